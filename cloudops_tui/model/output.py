"""What a command said: a line of it, or the lines that came together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class OutputBatch:
    """Lines of one command and one stream that came together: many thousands a second cannot be told one by one."""

    execution_id: UUID
    command_id: UUID
    stream: str
    """`stdout` or `stderr`."""
    lines: Sequence[str]
    """Each safe to show."""
    at: datetime | None = None
    """When they came."""
