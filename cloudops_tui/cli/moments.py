"""Moments and lengths of time as people type them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import click

from cloudops_tui.model.duration import Duration

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII)


class Moment(click.ParamType[datetime]):
    """RFC 3339, a date (its midnight, UTC), or how long ago: `7d`, `12h`."""

    name = "WHEN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return self._read(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no moment; write `2026-03-04`, `2026-03-04T05:06:07Z`, or `7d` for 7 days ago")

    @staticmethod
    def _read(text: str) -> datetime:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        if _MOMENT.fullmatch(text):
            found = datetime.fromisoformat(text.upper())
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return datetime.now(UTC) - Duration.spelled(text)


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
