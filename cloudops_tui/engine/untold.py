"""Changes of the queue that this process makes this moment and has not told yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

ANY = None
"""Stands for whichever plan it may be."""


class Untold:
    """Keeps a change from being told twice, or an older state after a newer one: by whoever made it, and by whoever
    saw it in the store before that one could speak."""

    def __init__(self) -> None:
        self._now: Counter[UUID | None] = Counter()
        self._looks: list[set[UUID | None]] = []

    @contextmanager
    def change(self, plan_id: UUID | None = ANY) -> Iterator[None]:
        """From before the store is changed until it is told."""
        self._now[plan_id] += 1
        for touched in self._looks:
            touched.add(plan_id)
        try:
            yield
        finally:
            self._now.subtract([plan_id])
            self._now += Counter()  # what is at zero goes

    @contextmanager
    def look(self) -> Iterator[set[UUID | None]]:
        """While somebody reads the store: the plans whose entries were changed from here meanwhile, and may be read as
        they were, or as they are before that is told."""
        touched = set(self._now)
        self._looks.append(touched)
        try:
            yield touched
        finally:
            self._looks = [one for one in self._looks if one is not touched]
