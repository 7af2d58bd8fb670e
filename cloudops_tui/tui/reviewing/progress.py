"""How far a rehearsal of thousands of commands has come, without drawing the review anew for each of them."""

from __future__ import annotations

from collections.abc import Callable

STEPS = 100  # times at most that it is drawn anew


class Progress:
    """Of one rehearsal: told on the engine's thread, looked at on the screen's."""

    def __init__(self, moved: Callable[[], None]) -> None:
        """`moved` is called when there is something new to show, from whatever thread."""
        self._moved = moved
        self.done = 0
        """Commands that were rehearsed."""

    def __call__(self, done: int, commands: int) -> None:
        """One more was rehearsed."""
        if done % max(1, commands // STEPS) == 0:
            self.done = done
            self._moved()
