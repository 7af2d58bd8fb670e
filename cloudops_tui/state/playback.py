"""A recorded execution played again: which of its events have happened at a moment, and how that moment moves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from cloudops_tui.model import events as happened
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.state.execution import ExecutionState, begin
from cloudops_tui.state.reducer import apply

AS_FAST_AS_ONE_CAN_FOLLOW = 60
"""Recorded seconds in one of ours at the highest speed, where silences are shortened as well."""

SPEEDS = (1, 2, 4, 16, AS_FAST_AS_ONE_CAN_FOLLOW)
LONGEST_SILENCE = timedelta(seconds=2)
KEPT_EVERY = 200  # events between two states that are kept, so that going back need not begin at the beginning

Sound = Callable[[datetime], datetime | None]
"""When something is heard next after a moment; None: nothing more."""


@dataclass(frozen=True)
class Recording:
    """The story of an execution, whole."""

    execution_id: UUID
    plan: ExecutionPlan
    events: tuple[AnyExecutionEvent, ...]
    """At least one."""

    @cached_property
    def moments(self) -> Sequence[datetime]:
        """When each event happened; never before the one before it, whatever the clock did."""
        found: list[datetime] = []
        for event in self.events:
            at = event.at or (found[-1] if found else _first(self.events))
            found.append(max(at, found[-1]) if found else at)
        return found

    @cached_property
    def failures(self) -> Sequence[int]:
        """The places of events that tell of a failure."""
        return [place for place, event in enumerate(self.events) if failed_command(event) is not None]

    @cached_property
    def _kept(self) -> list[ExecutionState]:
        return [begin(self.execution_id, self.plan)]

    def state_after(self, told: int) -> ExecutionState:
        """What is known after so many events."""
        kept = self._kept
        while len(kept) * KEPT_EVERY <= told:
            first = (len(kept) - 1) * KEPT_EVERY
            kept.append(_folded(kept[-1], self.events[first : first + KEPT_EVERY]))
        nearest = told // KEPT_EVERY
        return _folded(kept[nearest], self.events[nearest * KEPT_EVERY : told])


@dataclass(frozen=True)
class Playback:
    """How far a recording was played, and how it goes on."""

    recording: Recording
    at: datetime
    """The replayed moment."""
    told: int = 1
    """Events that have happened."""
    speed: int = 1
    """One of `SPEEDS`."""
    paused: bool = False

    @property
    def ended(self) -> bool:
        """Nothing more happens."""
        return self.told == len(self.recording.events)

    @property
    def goes_on(self) -> bool:
        """Time passes."""
        return not self.paused and not self.ended

    def advanced(self, seconds: float, next_line: Sound = lambda at: None) -> Playback:
        """So much of our time later; `next_line` is when a command is heard next."""
        if not self.goes_on:
            return self
        length = timedelta(seconds=seconds * self.speed)
        if self.speed == AS_FAST_AS_ONE_CAN_FOLLOW:
            return self._moved_to(self._without_silence(length, next_line))
        return self._moved_to(self.at + length)

    def stepped(self, by: int) -> Playback:
        """One event further, or back; it stands still there."""
        return self._placed(self.told + by)

    def at_failure(self, by: int) -> Playback | None:
        """At the next failure, or the one before; None where there is none."""
        places = [place for place in self.recording.failures if place >= self.told] if by > 0 else [
            place for place in self.recording.failures if place < self.told - 1
        ][::-1]
        return self._placed(places[0] + 1) if places else None

    def faster(self, by: int) -> Playback:
        """The next speed, or the one before."""
        place = min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)
        return replace(self, speed=SPEEDS[place])

    def again(self) -> Playback:
        """From the beginning, at the same speed."""
        return replace(started(self.recording), speed=self.speed)

    def _placed(self, told: int) -> Playback:
        told = min(max(told, 1), len(self.recording.events))
        return replace(self, told=told, at=self.recording.moments[told - 1], paused=True)

    def _moved_to(self, at: datetime) -> Playback:
        at = min(at, self.recording.moments[-1])
        return replace(self, at=at, told=max(self.told, bisect_right(self.recording.moments, at)))

    def _without_silence(self, length: timedelta, next_line: Sound) -> datetime:
        at = self.at
        while True:
            heard = [moment for moment in (self._next_event(at), next_line(at)) if moment is not None]
            if not heard:
                return at + length
            silence = min(heard) - at
            cost = min(silence, LONGEST_SILENCE)
            if cost > length:
                return at + silence * (length / cost)
            at, length = min(heard), length - cost

    def _next_event(self, at: datetime) -> datetime | None:
        place = bisect_right(self.recording.moments, at)
        return self.recording.moments[place] if place < len(self.recording.moments) else None


def started(recording: Recording, speed: int = 1) -> Playback:
    """At the first event."""
    return Playback(recording, recording.moments[0], speed=speed)


def failed_command(event: AnyExecutionEvent) -> UUID | None:
    """The command or compensation that an event says has failed; None for all other events."""
    match event:
        case happened.CommandFailed(command_id=command_id):
            return command_id
        case happened.CompensationEnded(compensation_id=command_id, result=result):
            return command_id if result.status is not CommandStatus.COMPLETED else None
        case _:
            return None


def _folded(state: ExecutionState, events: Sequence[AnyExecutionEvent]) -> ExecutionState:
    for event in events:
        state = apply(state, event)
    return state


def _first(events: Sequence[AnyExecutionEvent]) -> datetime:
    """The first moment that is known at all; a story without any is played in no time."""
    return next((event.at for event in events if event.at is not None), _NO_TIME)


_NO_TIME = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
