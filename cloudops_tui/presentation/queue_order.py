"""In which order the queue stands, and how it stays put while somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, assert_never
from uuid import UUID

from cloudops_tui.model.queue import QueueEntry, QueueState

IDLE = timedelta(seconds=5)
"""So long the cursor has to stand still before rows may move."""

_ORDER = {
    state: place
    for place, state in enumerate(
        (
            QueueState.REVIEW, QueueState.RUNNING, QueueState.QUEUED, QueueState.REFUSED,
            QueueState.DONE, QueueState.REJECTED, QueueState.EXPIRED,
        )
    )
}  # fmt: skip
_SOON = (timedelta(hours=1), timedelta(days=1))
"""An expiry counts in steps: within the hour, within the day, later. In a week of patience, exact moments would say
nothing but age, and hide the dangerous ones."""


class Sort(Enum):
    """What the sort menu offers."""

    NEEDS_ME = "needs me"
    AGE = "age"
    RISK = "risk"
    EXPIRY = "expiry"
    SOURCE = "source"


MEANINGS = {
    Sort.NEEDS_ME: "decisions first: soon to expire, dangerous, old",
    Sort.AGE: "the newest first",
    Sort.RISK: "the most dangerous first",
    Sort.EXPIRY: "what expires next first",
    Sort.SOURCE: "by where it came from, the newest first",
}

Rank = tuple[Any, ...]


def ranking(sort: Sort, now: datetime, longest: timedelta) -> Callable[[QueueEntry], Rank]:
    """The place of an entry; the smallest stands first."""
    match sort:
        case Sort.NEEDS_ME:
            return lambda entry: _needs_me(entry, now, longest)
        case Sort.AGE:
            return lambda entry: (-entry.submitted_at.timestamp(),)
        case Sort.RISK:
            return lambda entry: (-_risk(entry), _ORDER[entry.state], -entry.submitted_at.timestamp())
        case Sort.EXPIRY:
            return lambda entry: (entry.state is not QueueState.REVIEW, entry.changed_at.timestamp())
        case Sort.SOURCE:
            return lambda entry: (entry.source.casefold(), -entry.submitted_at.timestamp())
        case _:
            assert_never(sort)


def in_order(entries: Collection[QueueEntry], rank: Callable[[QueueEntry], Rank]) -> list[UUID]:
    """Ids, sorted anew; where two rank alike, as they were."""
    return [entry.id for entry in sorted(entries, key=rank)]


@dataclass(frozen=True)
class Settled:
    """An order that stays: known rows keep their places, new ones come in where they belong."""

    ids: tuple[UUID, ...] = ()

    def joined_by(self, entries: Mapping[UUID, QueueEntry], rank: Callable[[QueueEntry], Rank]) -> Settled:
        """The order with new entries in it and without those that are gone."""
        kept = [one for one in self.ids if one in entries]
        known = set(kept)
        new = sorted((entry for entry in entries.values() if entry.id not in known), key=rank)
        if not new and len(kept) == len(self.ids):
            return self
        return Settled(tuple(_merged(kept, new, entries, rank)))


def _merged(
    kept: Sequence[UUID],
    new: Sequence[QueueEntry],
    entries: Mapping[UUID, QueueEntry],
    rank: Callable[[QueueEntry], Rank],
) -> list[UUID]:
    """Each new one before the first row that ranks behind it."""
    merged: list[UUID] = []
    waiting = list(reversed(new))
    for one in kept:
        while waiting and rank(waiting[-1]) < rank(entries[one]):
            merged.append(waiting.pop().id)
        merged.append(one)
    return merged + [entry.id for entry in reversed(waiting)]


def _needs_me(entry: QueueEntry, now: datetime, longest: timedelta) -> Rank:
    if entry.state is not QueueState.REVIEW:
        return _ORDER[entry.state], 0, 0, -entry.submitted_at.timestamp()
    left = entry.changed_at + longest - now
    step = next((place for place, limit in enumerate(_SOON) if left <= limit), len(_SOON))
    return 0, step, -_risk(entry), entry.submitted_at.timestamp()


def _risk(entry: QueueEntry) -> int:
    return entry.risk_level.rank if entry.risk_level else -1
