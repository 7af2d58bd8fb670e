"""Who drives an execution, as somebody who only looks can tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Lease:
    """The hold of a process on an execution."""

    pid: int
    alive: bool
    """The process lives, on this run of this machine."""
    here: bool
    """It is driven from this very program."""
    beat_at: datetime
    """When it last said that it drives it."""
