"""What was drawn last, and for what: thousands of commands are not drawn anew ten times a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID


class Once:
    """Draws a thing again only when something that it depends on is another."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[tuple[object, ...], tuple[Any, ...]]] = {}

    def __call__(self, what: str, seen_by: tuple[object, ...], draw: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """What `draw` gives; `seen_by` is everything that it looks at."""
        kept = self._drawn.get(what)
        if kept is None or not _same(kept[0], seen_by):
            kept = self._drawn[what] = (seen_by, draw())
        return kept[1]


def _same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    """The very same things; what is small may be equal: nothing here compares thousands of commands."""
    small = (str, int, datetime, UUID, type(None))
    return all(a is b or (isinstance(a, small) and a == b) for a, b in zip(before, now, strict=True))
