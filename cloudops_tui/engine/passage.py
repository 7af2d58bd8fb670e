"""What an attempt has to pass before it leaves: valid credentials, the pace of its service, the approval."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from cloudops_tui.engine.guard import Expired, Guard
from cloudops_tui.engine.holding import Holding
from cloudops_tui.engine.ports import AttemptOutcome, Ending
from cloudops_tui.engine.throttling import ThrottleGate
from cloudops_tui.engine.unless import StopAsked, unless
from cloudops_tui.model.command import Command
from cloudops_tui.policy.throttle import Place


@dataclass
class Passage:
    """Of one command; asked before each of its attempts, and told how it ended."""

    command: Command
    guard: Guard
    holding: Holding
    gate: ThrottleGate
    place: Place
    first_pause: float
    """Seconds of the shortest pause of a throttled service."""
    cancel: asyncio.Event
    throttled: Callable[[float], Awaitable[None]]
    """Tells that the command waits for its turn, and for how many seconds."""
    before_state: Callable[[], Coroutine[Any, Any, str | None]] | None = None
    """Why what it acts on is not what was approved; None where nothing is to be compared."""
    look: Callable[[], Coroutine[Any, Any, bool]] | None = None
    """Reads what it is about to change; False where that got no answer. None where nothing is to be read."""
    _to_compare: bool = True
    _to_look: bool = True
    """Nothing was done to it, and it was not seen since it last had to wait for a person."""
    looked_at: float = 0.0
    """When it last began to look at what it acts on, by the loop's time."""
    too_fast: bool = False
    """That look was turned away by a throttled service, or a part of it."""
    _to_look_anew: bool = True
    """It may wait for another turn then, once: unseen, it is neither held to what was approved nor undone later."""
    _left_at: float = 0.0
    _renewals: int = 0

    async def why_not(self) -> str | None:
        """Wait as long as has to be; then why the attempt may not leave. None when it may, or when somebody asked to
        stop meanwhile."""
        try:
            return await self._why_not()
        except StopAsked:
            return None

    async def _why_not(self) -> str | None:
        while not self.cancel.is_set():
            self._renewals = self.holding.renewals(self.command)
            await self._wait()
            if self.cancel.is_set():
                return None
            match await unless(self.cancel, self.guard.why_not(self.command)):
                case None:
                    why = await self._seen()
                    if why is None and self.too_fast and self._to_look_anew:
                        self._to_look_anew = False
                        self._to_compare = self._to_look = True
                        continue
                    return why
                case Expired() as expired:
                    why = await self.holding.why_not(self.command, expired, self._renewals)
                    if why is not None:
                        return None if self.cancel.is_set() else f"{expired.error}; {why}"
                case str(why):
                    return why
        return None

    def leaves(self) -> None:
        """The attempt leaves now."""
        self._left_at = asyncio.get_running_loop().time()

    def answered(self, outcome: AttemptOutcome) -> None:
        """The attempt has ended so."""
        if outcome.ending in (Ending.COMPLETED, Ending.FAILED):
            self.gate.answered(self.place, self._left_at, self.first_pause, outcome.error_code)

    @property
    def may_wait(self) -> bool:
        """Somebody could tell whether new credentials are those that were approved."""
        return self.guard.may_wait_for(self.command)

    async def renewed(self, expired: Expired, *, untouched: bool) -> str | None:
        """After an attempt for want of credentials: wait for new ones; None once there are some, else why not.
        `untouched`: none of the attempts so far can have done anything."""
        why = await self.holding.why_not(self.command, expired, self._renewals)
        # A person may have taken hours: what was seen before that counts for nothing any more.
        self._to_compare = self._to_look = untouched
        return why

    async def _wait(self) -> None:
        await self.holding.passed()
        await self.gate.turn(self.place, self.first_pause, self.cancel, self.throttled)
        await self.holding.passed()

    async def _seen(self) -> str | None:
        """Look at what it acts on, right before it leaves; why it may not, as `why_not`."""
        self.looked_at, self.too_fast = asyncio.get_running_loop().time(), False
        if self._to_compare and self.before_state is not None:
            why = await unless(self.cancel, self.before_state())
            if why is not None:
                return why
        self._to_compare = False
        if self._to_look and self.look is not None:
            # Without an answer the attempt leaves all the same; if it proves to have done nothing, the next one asks.
            self._to_look = not await unless(self.cancel, self.look())
        return None
