"""What a command said: its lines, the lines that came together, and the pages in which somebody reads them."""

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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a line."""

    text: str
    regex: bool = False
    """A regular expression of Python's `re`; else the text itself."""
    errors: bool = False
    """A line of standard error, or one with a word of failure; `text` is not used."""


ERRORS = Wanted("", errors=True)


@dataclass(frozen=True, slots=True)
class OutputSelection:
    """Which lines of an output are there at all; the others are as if they had not been said."""

    stream: str | None = None
    """`stdout` or `stderr`; None is both."""
    only: Wanted | None = None
    inverted: bool = False
    """`only` the lines that do not match."""

    @property
    def is_all(self) -> bool:
        """Nothing is left out."""
        return self.stream is None and self.only is None


EVERYTHING = OutputSelection()


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A part of the lines of a selection. Places count them from 0; numbers count all that the command said."""

    count: int
    place: int | None = None
    """Of the first line; None: the last `count` lines."""
    number: int | None = None
    """Where it is set, the page begins at the first selected line of at least this number, `before` lines earlier."""
    before: int = 0
    selection: OutputSelection = EVERYTHING
    marked: Wanted | None = None
    """Where it matches is told of every line."""
    ended: bool = False
    """The command says no more: what has no line break at the end is a line."""
    until: datetime | None = None
    """What was said later is not there yet: for replays."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line in a page."""

    number: int
    """From 0, among all lines that the command said; it stays with its line for good."""
    line: OutputLine
    found: tuple[tuple[int, int], ...] = ()
    """Where it matches what is marked: begin and end, in characters."""


@dataclass(frozen=True, slots=True)
class OutputPage:
    """Some lines, and what is known of all of them."""

    place: int = 0
    """Of the first line in `lines`."""
    lines: tuple[PageLine, ...] = ()
    selected: int = 0
    """Lines of the selection, as far as they were looked at."""
    total: int = 0
    """Lines that the command said, as far as they were counted."""
    errors: int = 0
    """Of these, on standard error."""
    size: int = 0
    """Bytes in the files."""
    done: float = 1.0
    """How much of the files was looked at for this selection; 1.0 is all."""
    last_at: datetime | None = None
    """When the last line was written."""
    missing: bool = False
    """There are no files."""
    problem: str = ""
    """Why what was wanted cannot be looked for."""

    @property
    def complete(self) -> bool:
        """Everything that is in the files was looked at."""
        return self.done >= 1.0


UNREAD = OutputPage(done=0.0)
"""Nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search; ask again where it is not `settled`."""

    number: int | None = None
    """Of the line that was found."""
    place: int = 0
    """Its place in the selection."""
    ordinal: int = 0
    """Which match it is, from 0."""
    matches: int = 0
    """Lines that match, as far as they were looked at."""
    complete: bool = True
    """All were looked at: `matches` is final for now."""
    settled: bool = True
    """It is known which line comes next, or that there is none."""
    wrapped: bool = False
    """The search went on at the other end."""
    done: float = 1.0
    problem: str = ""
