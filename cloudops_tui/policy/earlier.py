"""Which commands of a plan come before another one, and may change what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from uuid import UUID

from cloudops_tui.model.review import CommandReview
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.graph import in_order
from cloudops_tui.policy.kinds import service_of

NAMED = 5
"""So many are told, the first by number."""

_MAKES_ANYTHING = frozenset({"cloudformation", "cloudcontrol", "servicecatalog", "proton"})
"""Services that make and change things of other services."""

_UNBOUNDED = frozenset({RiskFlag.EXEC, RiskFlag.UNKNOWN})

_Place = tuple[str, str]
"""Where a command looks: a profile, and a service."""


class Earlier:
    """Of one review. What was found of a place is kept: thousands of commands ask about few of them."""

    def __init__(self, numbered: Iterable[tuple[int, CommandReview]]) -> None:
        self._numbered = {one.command.id: (number, one) for number, one in numbered}
        self._writers: dict[_Place, dict[UUID, int]] = {}
        self._ended: dict[_Place, dict[UUID, tuple[int, ...]]] = {}

    def among(self, begun: Callable[[UUID], bool], later: CommandReview) -> tuple[int, ...]:
        """The numbers of those that have begun and may change what `later` looks at."""
        writers = self._writing_to(_place(later))
        return tuple(islice((number for one, number in writers.items() if begun(one)), NAMED))

    def ended_before(self, later: CommandReview) -> tuple[int, ...]:
        """The numbers of those that have ended before `later` begins, and may change what it looks at."""
        place = _place(later)
        if place not in self._ended:
            self._ended[place] = self._first_before_each(self._writing_to(place))
        return self._ended[place].get(later.command.id, ())

    def _writing_to(self, place: _Place) -> dict[UUID, int]:
        if place not in self._writers:
            found = {one: number for one, (number, review) in self._numbered.items() if may_change(review, place)}
            self._writers[place] = found
        return self._writers[place]

    def _first_before_each(self, writers: Mapping[UUID, int]) -> dict[UUID, tuple[int, ...]]:
        """Once along every edge: what is before a command is what it waits for, and what is before that."""
        found: dict[UUID, tuple[int, ...]] = {}
        for one in in_order({one: review.waits_for for one, (_, review) in self._numbered.items()}):
            numbers: set[int] = set()
            for need in self._numbered[one][1].waits_for:
                numbers.update(found.get(need, ()))
                if need in writers:
                    numbers.add(writers[need])
            found[one] = tuple(sorted(numbers)[:NAMED])
        return found


def may_change(earlier: CommandReview, place: tuple[str, str]) -> bool:
    """It writes to that profile and service, or where it writes cannot be said."""
    profile, looked_at = place
    if earlier.assessment.level is RiskLevel.READ_ONLY or earlier.command.profile != profile:
        return False
    service = _service(earlier)
    return service == looked_at or service in _MAKES_ANYTHING or not _UNBOUNDED.isdisjoint(earlier.assessment.flags)


def _place(review: CommandReview) -> _Place:
    return review.command.profile, _service(review)


def _service(review: CommandReview) -> str:
    return service_of(review.command, review.argv)
