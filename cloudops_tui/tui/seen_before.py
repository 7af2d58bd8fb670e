"""What of each review was seen, for who leaves it and comes back while the program runs."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from cloudops_tui.presentation.seeing import Seeing

MOST_KEPT = 100  # plans; the one that was looked at longest ago goes first

Of = tuple[int, str] | None
"""Revision and digest; None is of no entry of the queue, and not kept."""


class SeenBefore:
    """By plan. It counts for the revision and the digest that were looked at, and for nothing that came after them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, tuple[Of, Seeing]] = OrderedDict()

    def of(self, plan_id: UUID, of: Of) -> Seeing | None:
        """What was seen of exactly this; what was seen of anything else under this id is forgotten."""
        known = self._kept.get(plan_id)
        if known is not None and known[0] == of:
            return known[1]
        self._kept.pop(plan_id, None)
        return None

    def keep(self, plan_id: UUID, of: Of, seen: Seeing) -> None:
        """In place of what was kept of the plan."""
        if of is None:
            return
        self._kept[plan_id] = (of, seen)
        self._kept.move_to_end(plan_id)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
