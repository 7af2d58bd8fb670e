"""What an attempt has to pass before it leaves: valid credentials, the pace of its service, the approval."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cloudops_tui.engine.guard import Expired, Guard
from cloudops_tui.engine.holding import Holding
from cloudops_tui.engine.ports import AttemptOutcome, Ending
from cloudops_tui.engine.throttling import ThrottleGate
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
    before_state: Callable[[], Awaitable[str | None]] | None = None
    """Why what it acts on is not what was approved; None where nothing is to be compared."""
    waited: bool = False
    """It had to wait before it could leave, and an execution may have been cancelled meanwhile."""
    _left_at: float = 0.0
    _renewals: int = 0

    async def why_not(self, first: bool) -> str | None:
        """Wait as long as has to be; then why the attempt may not leave, None when it may. `first`: nothing of the
        command has left yet."""
        while not self.cancel.is_set():
            self._renewals = self.holding.renewals(self.command)
            await self._wait()
            if self.cancel.is_set():
                return None
            match await self.guard.why_not(self.command):
                case None:
                    return await self._compared() if first else None
                case Expired() as expired:
                    self.waited = True
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

    async def renewed(self, expired: Expired) -> str | None:
        """After an attempt for want of credentials: wait for new ones; None once there are some, else why not."""
        return await self.holding.why_not(self.command, expired, self._renewals)

    async def _wait(self) -> None:
        async def tell(seconds: float) -> None:
            self.waited = True
            await self.throttled(seconds)

        if self.holding.is_held:
            self.waited = True
        await self.holding.passed()
        await self.gate.turn(self.place, self.first_pause, self.cancel, tell)
        await self.holding.passed()

    async def _compared(self) -> str | None:
        return await self.before_state() if self.before_state is not None else None
