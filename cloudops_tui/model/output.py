"""A line of what a command said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

STDERR = "stderr"


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One line, safe to show."""

    stream: str
    """`stdout` or `stderr`."""
    text: str
    at: datetime | None = None
    """When it was written; None where nobody noted it."""

    @property
    def is_error(self) -> bool:
        """It came from standard error."""
        return self.stream == STDERR
