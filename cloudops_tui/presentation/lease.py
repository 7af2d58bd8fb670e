"""Who drives an execution, in words, and whether that process still gives a sign of life."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudops_tui.model.lease import Lease

SILENT_AFTER = timedelta(seconds=10)
"""A process renews its lease twice a second; one that has not for so long has died, hangs, or was stopped."""


def silent_since(lease: Lease, now: datetime) -> datetime | None:
    """Since when the process gives no sign of life; None while it does."""
    return lease.beat_at if not lease.here and now - lease.beat_at > SILENT_AFTER else None


def owner(lease: Lease) -> str:
    """`here`, or `pid 4242`."""
    return "here" if lease.here else f"pid {lease.pid}"
