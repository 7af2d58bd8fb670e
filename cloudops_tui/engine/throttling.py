"""The gate that all commands to a throttled service pass together, whichever execution they belong to."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from random import Random

from cloudops_tui.policy import throttle
from cloudops_tui.policy.throttle import FREE, Pace, Place

TOLD_ANEW = 1.0  # seconds by which the expected moment has to move before it is told again


class ThrottleGate:
    """One per engine. Costs nothing while nothing is throttled. The only place where chance lengthens a wait."""

    def __init__(self, chance: Random | None = None) -> None:
        self._chance = chance or Random()  # noqa: S311  spreads requests; nothing secret depends on it
        self._paces: dict[Place, Pace] = {}
        self._lines: defaultdict[Place, deque[object]] = defaultdict(deque)
        self._changed: defaultdict[Place, asyncio.Event] = defaultdict(asyncio.Event)

    def pace(self, place: Place) -> Pace:
        """How slowly the place is approached now."""
        return self._paces.get(place, FREE)

    async def turn(
        self, place: Place, first: float, cancel: asyncio.Event, tell: Callable[[float], Awaitable[None]]
    ) -> None:
        """Return when it is this command's turn, or `cancel` is set. `first` is the shortest pause in seconds; `tell`
        hears, in seconds, how long it still is, when there is a wait at all and whenever that has changed."""
        if self.pace(place).is_free:
            return
        ticket, line = object(), self._lines[place]
        line.append(ticket)
        told: float | None = None
        try:
            while not cancel.is_set():
                now, pace, before = _now(), self.pace(place), line.index(ticket)
                due = throttle.due(pace, before, first)
                if pace.is_free or (before == 0 and due <= now):
                    self._set(place, throttle.admitted(pace, now, first, self._chance.random()))
                    return
                if told is None or abs(due - told) >= TOLD_ANEW:
                    told = due
                    await tell(max(0.0, due - now))
                    continue
                await self._change(place, cancel, max(0.001, due - now))
        finally:
            line.remove(ticket)
            self._wake(place)

    def answered(self, place: Place, left_at: float, first: float, code: str | None) -> None:
        """A command that had left at `left_at` (the loop's time) was answered with `code`; None: it was done."""
        before = self.pace(place)
        if throttle.is_throttling(code):
            self._set(place, throttle.slower(before, left_at, _now(), first, self._chance.random()))
        elif not before.is_free:
            self._set(place, throttle.faster(before, left_at))

    def _set(self, place: Place, pace: Pace) -> None:
        if pace.is_free:
            self._paces.pop(place, None)
        else:
            self._paces[place] = pace
        self._wake(place)

    def _wake(self, place: Place) -> None:
        self._changed.pop(place, asyncio.Event()).set()
        if not self._lines[place]:
            del self._lines[place]

    async def _change(self, place: Place, cancel: asyncio.Event, seconds: float) -> None:
        """Until something has changed, or that long."""
        waiting = [asyncio.ensure_future(one.wait()) for one in (self._changed[place], cancel)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()


def _now() -> float:
    return asyncio.get_running_loop().time()
