"""An execution whose credentials have expired: nothing leaves until there are new ones of the same account and role."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from cloudops_tui.engine.guard import Expired, Guard, Renewed
from cloudops_tui.engine.ports import Clock
from cloudops_tui.engine.unless import StopAsked, unless
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.events import AnyExecutionEvent

LOOK_EVERY = 5.0  # seconds between two looks for new credentials

DEFAULT_HOLD = Duration.from_secs(15 * 60)
"""How long an execution is held where nobody can see that it is."""
CANCELLED = "cancelled while it waited for new credentials"


class Patience:
    """How long an execution is held: as configured, and less from the moment on that nobody sees it any more."""

    def __init__(self, longest: Duration) -> None:
        self._longest = longest
        self._unseen: tuple[float, Duration] | None = None

    def nobody_looks(self, now: float, longest: Duration) -> None:
        """From `now` on, in the clock's monotonic seconds, it is held no longer than `longest`."""
        self._unseen = (now, min(longest, self._longest))

    def longest(self, since: float) -> timedelta:
        """How long what is held since then may be held in all."""
        if self._unseen is None:
            return self._longest
        left_at, longest = self._unseen
        return min(longest + timedelta(seconds=max(0.0, left_at - since)), self._longest)


class Holding:
    """One per run. The first command that meets expired credentials holds all others of the execution with it."""

    def __init__(
        self,
        execution_id: UUID,
        guard: Guard,
        cancel: asyncio.Event,
        clock: Clock,
        patience: Patience,
        tell: Callable[[AnyExecutionEvent], Awaitable[None]],
    ) -> None:
        self._execution_id = execution_id
        self._guard = guard
        self._cancel = cancel
        self._clock = clock
        self._patience = patience
        self._tell = tell
        self._one = asyncio.Lock()
        self._open = asyncio.Event()
        self._open.set()
        self._renewals: dict[str, int] = {}
        self._tried: dict[str, object] = {}
        """By profile, what tells the credentials that it went on with from others."""

    async def passed(self) -> None:
        """Return once nothing is held any more, or the execution is cancelled."""
        while not self._open.is_set() and not self._cancel.is_set():
            await _either(self._open, self._cancel)

    @property
    def is_held(self) -> bool:
        """Nothing leaves now."""
        return not self._open.is_set()

    def renewals(self, command: Command) -> int:
        """How often the command's profile has had new credentials; to be noted before an attempt leaves."""
        return self._renewals.get(command.profile, 0)

    async def why_not(self, command: Command, expired: Expired, renewals: int) -> str | None:
        """Wait for new credentials; None once there are some, else why the command cannot go on.

        `renewals` is what was noted before: credentials that were renewed since have not been tried.
        """
        async with self._one:
            if self.renewals(command) != renewals:
                return None
            if self._cancel.is_set():
                return CANCELLED
            # They may be there already, and STS knows whether they are valid. Where the service then says again that
            # they are not, the same ones are not tried a third time.
            try:
                look = await self._looked(command)
            except StopAsked:
                return CANCELLED
            if isinstance(look, Expired):
                return await self._held(command, expired)
            return self._gone_on(command, look)

    async def _looked(self, command: Command) -> Renewed | Expired | str:
        """A `credential_process` may take its time; whoever asks to stop does not wait for it."""
        return await unless(self._cancel, self._guard.look(command, self._tried.get(command.profile)))

    def _gone_on(self, command: Command, look: Renewed | str) -> str | None:
        if isinstance(look, str):
            return look
        self._tried[command.profile] = look.stamp
        self._renewals[command.profile] = self.renewals(command) + 1
        return None

    async def _held(self, command: Command, expired: Expired) -> str | None:
        self._open.clear()
        try:
            why = await self._until_renewed(command, expired)
            await self._tell(
                happened.ExecutionReleased(execution_id=self._execution_id, profile=command.profile, why=why)
            )
        finally:
            self._open.set()
        return why

    async def _tell_held(self, command: Command, expired: Expired, left: float) -> None:
        await self._tell(
            happened.ExecutionHeld(
                execution_id=self._execution_id,
                profile=command.profile,
                error=expired.error,
                renew=expired.renew,
                command_id=command.id,
                gives_up_at=_later(self._clock.now(), left),
            )
        )

    async def _until_renewed(self, command: Command, expired: Expired) -> str | None:
        since, told = self._clock.monotonic(), None
        while True:
            longest = self._patience.longest(since)
            left = longest.total_seconds() - (self._clock.monotonic() - since)
            if longest != told:
                told = longest
                await self._tell_held(command, expired, left)
            if left <= 0:
                waited = f"{longest.total_seconds():.0f} s"
                return f"no new credentials of profile `{command.profile}` came within {waited}; {expired.renew}"
            await _either(self._cancel, within=min(LOOK_EVERY, left))
            if self._cancel.is_set():
                return CANCELLED
            try:
                look = await self._looked(command)
            except StopAsked:
                return CANCELLED
            if not isinstance(look, Expired):
                return self._gone_on(command, look)


def _later(now: datetime, seconds: float) -> datetime | None:
    return None if seconds > FOR_EVER.total_seconds() else now + timedelta(seconds=seconds)


FOR_EVER = timedelta(days=1)
"""Longer than any person leaves a production change half done; such a wait is told as one without an end."""


async def _either(*events: asyncio.Event, within: float | None = None) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
