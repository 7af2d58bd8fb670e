"""The accounts that plans reach, as the frame shows them: asked for once, and again while they are not known."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.tui.session import Session

ASKED_AGAIN_AFTER = 30.0  # seconds; STS was late, or the way to it was closed, and neither need last

Place = tuple[str, str]
"""Profile and region."""


class Identities:
    """`begin` starts what asks; `changed` hears that there is something new to show."""

    def __init__(
        self,
        session: Session,
        begin: Callable[[Coroutine[Any, Any, None]], object],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._begin = begin
        self._changed = changed
        self._under_way: set[Place] = set()
        self._asked_at: dict[Place, float] = {}
        self._placed: tuple[ExecutionPlan, Sequence[Place]] | None = None
        self.known: dict[Place, ProfileIdentity] = {}

    def of(self, plan: ExecutionPlan | None) -> tuple[ProfileIdentity, ...]:
        """Those of a plan, as far as they are known; those that are not are asked for meanwhile.

        None: the one account that is known so far, or else the default profile's.
        """
        if plan is None:
            known = list(self.known.values())
            if len({identity.account for identity in known}) > 1:
                known = [identity for identity in known if identity.profile == "default"]
            return tuple(known[:1])
        places = self._places_of(plan)
        for place in places:
            if self._is_to_be_asked(place):
                self._under_way.add(place)
                _ = self._begin(self._ask(place))
        return tuple(self.known[place] for place in places if place in self.known)

    def learn(self, identities: Iterable[ProfileIdentity]) -> None:
        """What a review was told when it asked."""
        now = self._session.clock.monotonic()
        for one in identities:
            self.known[one.profile, one.region] = one
            self._asked_at[one.profile, one.region] = now
        self._changed()

    def ask_again(self) -> None:
        """Those that are not known are asked for at once, and may ask for a code."""
        for place in [place for place, one in self.known.items() if one.account is None]:
            self._asked_at.pop(place, None)

    def _is_to_be_asked(self, place: Place) -> bool:
        if place in self._under_way:
            return False
        asked_at, known = self._asked_at.get(place), self.known.get(place)
        if asked_at is None:
            return True
        lacking = known is None or (known.account is None and not known.unusable)
        return lacking and self._session.clock.monotonic() - asked_at >= ASKED_AGAIN_AFTER

    async def _ask(self, place: Place) -> None:
        # The first time a person may be asked for a code; what is tried again by itself opens no dialog.
        in_passing = place in self._asked_at
        try:
            self.known[place] = await self._session.identify(*place, in_passing=in_passing)
        finally:
            self._asked_at[place] = self._session.clock.monotonic()
            self._under_way.discard(place)
            self._changed()

    def _places_of(self, plan: ExecutionPlan) -> Sequence[Place]:
        """Each profile and region of a plan, once; kept for the plan on screen, which is asked for in every frame."""
        if self._placed is None or self._placed[0] is not plan:
            places = dict.fromkeys((command.profile, command.region) for command in plan.commands)
            self._placed = (plan, tuple(places))
        return self._placed[1]
