"""The one bounded, mutable buffer: the last lines that a command printed, by their number since its beginning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from cloudops_tui.model.output import STDERR, OutputLine

CAPACITY = 5000  # lines; what came before is on disk
LONGEST_LINE = 4000  # characters; far beyond any terminal's width

_Said: TypeAlias = tuple[str, str, datetime | None]


class OutputBuffer:
    """A ring of lines. One thread appends while others read: a reader may miss a line, never see a broken one.

    Lines are numbered from 0 since the command's first line; a number stays with its line for good.
    """

    __slots__ = ("_errors", "_ring", "_size", "_skipped", "_total", "capacity")

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 1:
            raise ValueError("A buffer holds at least one line")
        self.capacity = capacity
        self._ring: list[_Said] = []
        self._total = 0
        self._errors = 0
        self._skipped = 0
        self._size = 0

    @classmethod
    def of(cls, lines: Iterable[OutputLine], capacity: int = CAPACITY) -> OutputBuffer:
        """A buffer that holds `lines`, or the last of them."""
        buffer = cls(capacity)
        for line in lines:
            buffer.append(line.stream, line.text, line.at)
        return buffer

    def append(self, stream: str, text: str, at: datetime | None = None) -> None:
        """Take one more line, already safe to show; the oldest makes room. Constant time."""
        # A command may say 50,000 lines a second: a tuple takes a third of the time of a line, and few are ever read.
        said = (stream, text if len(text) <= LONGEST_LINE else _bounded(text), at)
        ring = self._ring
        if len(ring) < self.capacity:
            ring.append(said)
        else:
            place = (self._total - self._skipped) % self.capacity
            self._size -= _weight(ring[place])
            ring[place] = said
        self._size += _weight(said)
        self._total += 1
        if stream == STDERR:
            self._errors += 1

    def skip(self, number: int) -> None:
        """Note that `number` lines went by unseen before the next one: a slow reader was passed. Starts afresh."""
        if number < 1:
            return
        self._ring = []
        self._size = 0
        self._total += number
        self._skipped = self._total

    def keep_last(self, number: int) -> None:
        """Give up the oldest lines, all but the last `number`: others need the memory."""
        kept = [(line.stream, line.text, line.at) for line in self.lines(self._total - max(0, number), self._total)]
        # The size goes with its ring: a line that comes next is weighed against both.
        self._skipped, self._ring = self._total - len(kept), kept
        self._size = sum(map(_weight, kept))

    @property
    def total(self) -> int:
        """Lines since the beginning, kept or not; the number of the next one."""
        return self._total

    @property
    def size(self) -> int:
        """Bytes of memory that the lines take, about."""
        return self._size

    @property
    def errors(self) -> int:
        """Lines of standard error since the beginning."""
        return self._errors

    @property
    def dropped(self) -> int:
        """Lines that are no longer here; the number of the oldest that is."""
        return self._total - len(self._ring)

    def line(self, number: int) -> OutputLine | None:
        """The line of that number; None when it was dropped or has not come."""
        if not self.dropped <= number < self._total:
            return None
        ring, place = self._ring, (number - self._skipped) % self.capacity
        return OutputLine(*ring[place]) if place < len(ring) else None  # the writer may just have given lines up

    def lines(self, start: int, stop: int) -> list[OutputLine]:
        """The lines numbered `start` to `stop` (exclusive) that are here."""
        numbers = range(max(start, self.dropped), min(stop, self._total))
        return [line for number in numbers if (line := self.line(number)) is not None]


LINE_ITSELF = 150
"""Bytes that a line takes beside its characters: the value, its string's head, its place in the ring."""


def _weight(said: _Said) -> int:
    return len(said[1]) + LINE_ITSELF


def _bounded(text: str) -> str:
    more = len(text) - LONGEST_LINE
    return text if more <= 0 else f"{text[:LONGEST_LINE]} ... {more:,} more characters on disk"
