"""The terminal's bell and title: how the program is heard and seen from another window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import attention
from cloudops_tui.presentation.attention import Standing

KEEP_TITLE, PUT_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""Put the terminal's title on its stack, and take it from there again: xterm's XTWINOPS."""

QUIET = 1.0  # seconds between two bells


class Attention:
    """Looks at each frame that shows something new; says what has changed, once."""

    def __init__(self, write: Callable[[str], None], bell: Callable[[], None] | None, *, title: bool) -> None:
        """`write` says something to the terminal; `bell` rings, None never."""
        self._write = write
        self._bell = bell
        self._title = title
        self._before: Standing | None = None
        self._said: str | None = None
        self._due = False
        self._rung_at = float("-inf")

    def look(self, now: Standing, identities: Sequence[ProfileIdentity]) -> None:
        """Compare with the last look. What was there at the first one calls nobody."""
        if self._before is not None and attention.calls(self._before, now):
            self.call()
        self._before = now
        if self._title:
            self._say(attention.title(now, identities))

    def call(self) -> None:
        """Something needs a person."""
        self._due = True

    @property
    def due(self) -> bool:
        """Something called, and the bell has not rung for it yet."""
        return self._due

    def ring(self, at: float) -> None:
        """Ring if something called, and not sooner than a second after the last time. `at` is a steady clock's."""
        if self._due and at - self._rung_at >= QUIET:
            self._due, self._rung_at = False, at
            if self._bell is not None:
                self._bell()

    def leave(self) -> None:
        """Give the terminal the title that it had before."""
        if self._said is not None:
            self._said = None
            self._write(PUT_TITLE_BACK)

    def _say(self, said: str) -> None:
        if said != self._said:
            keep = KEEP_TITLE if self._said is None else ""
            self._said = said
            self._write(f"{keep}\x1b]2;{said}\x07")
