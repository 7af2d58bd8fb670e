"""How far something long has come, in a line that is written over; only where somebody looks on."""

from __future__ import annotations

import sys

from cloudops_tui.cli.speaking import say_over

STEPS = 1000  # times at most that the line is written


class Counting:
    """`rehearsed 812 of 3,500` on standard error, if that is a terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._cells = 0

    def __call__(self, done: int, of: int) -> None:
        """One more is done. Whatever thread it is on, nothing else is written meanwhile."""
        if done % max(1, of // STEPS) == 0 and sys.stderr.isatty():
            self._write(f"{self._verb} {done:,} of {of:,}")

    def end(self) -> None:
        """Nothing of it stays on the screen."""
        if self._cells:
            self._write("")
            self._cells = 0

    def _write(self, text: str) -> None:
        say_over(f"{text:<{self._cells}}")
        if not text:
            say_over("")
        self._cells = len(text)
