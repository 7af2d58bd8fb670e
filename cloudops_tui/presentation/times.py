"""Moments in words, for what is drawn before anything else is loaded, too."""

from __future__ import annotations

from datetime import UTC, datetime


def age(since: datetime, now: datetime) -> str:
    """How long ago, in one unit: `4s`, `12m`, `1h`, `3d`."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def clock(moment: datetime) -> str:
    """Time of day in UTC: `12:04:31Z`."""
    return f"{moment.astimezone(UTC):%H:%M:%S}Z"
