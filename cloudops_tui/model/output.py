"""A line of what a command said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One line, safe to show."""

    stream: str
    """`stdout` or `stderr`."""
    text: str
    at: datetime | None = None
    """When it was written, as the runner noted it."""
