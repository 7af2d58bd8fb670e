"""A terminal emulator for whoever reads a screen: pyte, without the colours, which take most of its time."""

from __future__ import annotations

import re

import pyte
from pyte.charsets import LAT1_MAP
from pyte.modes import IRM
from pyte.screens import Char
from wcwidth import wcwidth

COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")
BEGUN = re.compile(rb"\x1b(?:\[[0-9;:]*)?\Z")
"""What may become one with the bytes that come next."""


class Emulator:
    """What a person would read on a terminal of this size."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._begun = b""
        self._rows: list[str] | None = None

    @property
    def rows(self) -> list[str]:
        """From top to bottom, with the blanks at their ends."""
        if self._rows is None:
            self._rows = self._screen.read()
        return self._rows

    def feed(self, data: bytes) -> None:
        """The terminal is sent this."""
        plain = COLOURS.sub(b"", self._begun + data)
        begun = BEGUN.search(plain)
        self._begun = begun[0] if begun else b""
        self._stream.feed(plain[: begun.start()] if begun else plain)
        self._rows = None

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size; what it shows is cut off or filled up with blanks."""
        self._screen.resize(rows, columns)
        self._rows = None


class _Cells(dict[str, Char | None]):
    """The cell of each letter that fills one; None for those that fill none or two."""

    def __missing__(self, letter: str) -> Char | None:
        self[letter] = Char(letter) if wcwidth(letter) == 1 else None
        return self[letter]


CELLS = _Cells()


class _Screen(pyte.Screen):
    def draw(self, data: str) -> None:
        """Letters that have room in the row all go there at once."""
        cells, end = [cell for letter in data if (cell := CELLS[letter])], self.cursor.x + len(data)
        as_they_are = self.charset == 0 and self.g0_charset is LAT1_MAP and IRM not in self.mode
        if as_they_are and end <= self.columns and len(cells) == len(data):
            self.buffer[self.cursor.y].update(zip(range(self.cursor.x, end), cells, strict=True))
            self.cursor.x = end
        else:
            super().draw(data)

    def read(self) -> list[str]:
        """Its rows. Behind a letter of two cells stands an empty one."""
        lines = (self.buffer[row] for row in range(self.lines))
        return ["".join(line[column].data for column in range(self.columns)) for line in lines]
