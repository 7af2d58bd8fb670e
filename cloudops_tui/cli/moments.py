"""Moments and lengths of time as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from cloudops_tui.model.duration import Duration
from cloudops_tui.presentation.moments import moment


class Moment(click.ParamType[datetime]):
    """RFC 3339, a date (its midnight, UTC), or how long ago: `7d`, `12h`."""

    name = "WHEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        found = moment(str(value).strip(), datetime.now(UTC))
        if found is None:
            self.fail(f"{value!r} is no moment; write `2026-03-04`, `2026-03-04T05:06:07Z`, or `7d` for 7 days ago")
        return found.astimezone(UTC)


class Length(click.ParamType[Duration]):
    """`30d`, `12h`, `90m`."""

    name = "LENGTH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Duration:
        if isinstance(value, Duration):
            return value
        try:
            length = Duration.spelled(str(value))
            datetime.now(UTC) - length  # longer than the calendar is no length
            return length
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no length of time; write `30d` or `12h`")
