"""Moments as people type them: `today`, `2d` ago, a day, an instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from cloudops_tui.model.duration import Duration

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def moment(value: str, now: datetime, *, end: bool = False) -> datetime | None:
    """The instant that is meant, UTC where nothing else is said: of a day its beginning, or its `end`, and of a length
    as long ago. None for anything else."""
    found = day(value, now)
    if found is not None:
        midnight = datetime(found.year, found.month, found.day, tzinfo=UTC)
        return midnight + timedelta(days=1) if end and found != date.max else midnight
    try:
        if _INSTANT.fullmatch(value):
            instant = datetime.fromisoformat(value.upper())
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return now - Duration.spelled(value)
    except (ValueError, OverflowError):
        return None


def day(value: str, now: datetime) -> date | None:
    """`today`, `yesterday`, `2026-08-22`."""
    today = now.astimezone(UTC).date()
    match value.lower():
        case "today":
            return today
        case "yesterday":
            return today - timedelta(days=1)
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None
