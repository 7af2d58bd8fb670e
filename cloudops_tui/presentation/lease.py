"""Who drives an execution, and whether that process still gives a sign of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, line

SILENT_AFTER = timedelta(seconds=10)
"""A process renews its lease twice a second; one that has not for so long has died, hangs, or was stopped."""


@dataclass(frozen=True)
class Lease:
    """The process that drives an execution, as the store has it."""

    pid: int
    here: bool
    """It is this one."""
    heard_at: datetime
    """When it last gave a sign of life."""

    def silent_since(self, now: datetime) -> datetime | None:
        """Since when it gives none; None while it does."""
        return self.heard_at if not self.here and now - self.heard_at > SILENT_AFTER else None

    @property
    def owner(self) -> str:
        """`here`, or `pid 4242`."""
        return "here" if self.here else f"pid {self.pid}"


def silent_words(lease: Lease, since: datetime, *, ascii_only: bool) -> Line:
    """The banner over an execution of which nobody knows how it goes."""
    sign = wording.UNKNOWN
    return line(
        Span(f"{sign.shown(ascii_only)} {sign.word} since {wording.clock(since)}: ", sign.style),
        f"{lease.owner} is silent; commands may still be running",
    )
