"""Where the engine's story meets the screens: folded as it comes, looked at once a frame."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import assert_never
from uuid import UUID

from cloudops_tui.model.events import (
    TERMINAL,
    VARIANTS,
    AnyEvent,
    AnyExecutionEvent,
    ApprovalDecided,
    CommandOutput,
    PlanMoved,
    PlanQueued,
    PlanRefused,
    Started,
)
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.frame import Notice
from cloudops_tui.presentation.told import told
from cloudops_tui.state.execution import ExecutionState, begin
from cloudops_tui.state.output import OutputBuffer
from cloudops_tui.state.reducer import apply
from cloudops_tui.tui.session import Session

BUFFERS_KEPT = 256
"""Commands whose output is in memory; the one that was quiet longest goes first."""

OUTPUT_KEPT = 48_000_000
"""Bytes of output in memory, all commands together. Beyond it the one that was quiet longest gives up its older half;
what is gone from here is on disk."""

OUTCOMES_LOADED = 100
"""Entries that have run of which the end is looked up at start, the latest."""


class Bridge:
    """Everything that screens show of queue and executions; `states`, `outputs` and `entries` hold frozen values."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._dirty = True
        self._wake: Callable[[], None] | None = None
        self._told: list[Notice] = []
        self._early: dict[UUID, list[AnyExecutionEvent]] = {}
        self._behind: set[UUID] = set()
        self._loading: dict[UUID, asyncio.Lock] = {}
        self._stop: Callable[[], None] | None = None
        self._output_kept = 0
        self.expected = 0
        """Plans in the inbox that are still to be read."""
        self.listening_since: datetime | None = None
        self.states: dict[UUID, ExecutionState] = {}
        self.outputs: OrderedDict[tuple[UUID, UUID], OutputBuffer] = OrderedDict()
        """By execution and command."""
        self.entries: dict[UUID, QueueEntry] = {}
        self.numbers: dict[UUID, int] = {}
        """Of executions that were watched; those that were heard to begin are numbered by their entries."""
        self.outcomes: dict[UUID, ExecutionStatus] = {}
        """How executions ended that were over before this program began."""

    def start(self) -> None:
        """Begin to listen; what is already there is loaded by `load`."""
        if self._stop is None:
            self.listening_since = self._session.clock.now()
            self._stop = self._session.listen(self.hear, self.hear_output)

    def stop(self) -> None:
        """Hear no more."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    async def load(self) -> None:
        """Read the queue, and the story of every execution that has not ended."""
        entries = await self._session.queue()
        with self._lock:
            for entry in entries:
                self._keep(entry)
            self._touch()
        for stored in await self._session.unfinished():
            await self.watch(stored.id)
        await self._load_outcomes()

    async def watch(self, execution_id: UUID) -> ExecutionState:
        """The state of an execution, from its first event on; live events go on from there, none missed, none twice.

        Raises KeyError for an execution that nobody knows.
        """
        loading = self._loading.setdefault(execution_id, asyncio.Lock())
        async with loading:
            with self._lock:
                known = self.states.get(execution_id)
                if known is not None and execution_id not in self._behind:
                    return known
                self._early.setdefault(execution_id, [])
            stored = await self._session.execution(execution_id)
            story = await self._session.story(execution_id)
            with self._lock:
                self.numbers[execution_id] = stored.number
                state = begin(execution_id, stored.plan)
                for event in story:
                    state = _applied(state, event)
                for event in self._early.pop(execution_id, []):
                    state = _applied(state, event)
                self._behind.discard(execution_id)
                self.states[execution_id] = state
                self._touch()
                return state

    async def catch_up(self) -> None:
        """Read anew the stories of which live events went missing."""
        for execution_id in tuple(self._behind):
            await self.watch(execution_id)

    async def read_again(self, execution_id: UUID) -> ExecutionState:
        """The state from the story alone, whatever was shown in its place meanwhile."""
        with self._lock:
            self._behind.add(execution_id)
        return await self.watch(execution_id)

    @property
    def behind(self) -> bool:
        """Some story has a gap that `catch_up` would close."""
        return bool(self._behind)

    @property
    def dirty(self) -> bool:
        """Something changed since the last frame."""
        return self._dirty

    def take_dirty(self) -> bool:
        """Whether anything changed since the last call."""
        with self._lock:
            dirty, self._dirty = self._dirty, False
            return dirty

    def take_told(self) -> list[Notice]:
        """What was heard since the last call and is to be kept among the notices, oldest first."""
        with self._lock:
            taken, self._told = self._told, []
            return taken

    def known_entries(self) -> list[QueueEntry]:
        """Every entry of the queue, as of now."""
        with self._lock:
            return list(self.entries.values())

    def known_states(self) -> list[ExecutionState]:
        """Every execution that was heard of or watched, as of now."""
        with self._lock:
            return list(self.states.values())

    def known_numbers(self) -> dict[UUID, int]:
        """The numbers of executions, as far as they are known."""
        with self._lock:
            queued = {entry.execution_id: entry.number for entry in self.entries.values() if entry.execution_id}
            return queued | self.numbers

    def running(self) -> list[ExecutionState]:
        """Executions that have not ended."""
        return [state for state in self.known_states() if not state.status.ended]

    def last_heard(self, execution_id: UUID, command_id: UUID) -> datetime | None:
        """When a command last printed something that was heard here; None where nothing was."""
        buffer = self.outputs.get((execution_id, command_id))
        last = buffer.line(buffer.total - 1) if buffer is not None else None
        return last.at if last is not None else None

    def wake(self, by: Callable[[], None] | None) -> None:
        """Call it when something changes after everything was shown; from whatever thread, and never to wait."""
        with self._lock:
            self._wake = by

    def mark_dirty(self) -> None:
        """Ask for one more frame."""
        with self._lock:
            self._touch()

    def tell(self, text: str) -> None:
        """Keep an error of what goes on behind the screens among the notices; from any thread."""
        with self._lock:
            self._told.append(Notice(self._session.clock.now(), "error", safe_line(text)))
            self._touch()

    def expect(self, plans: int) -> None:
        """So many plans of the inbox are still to be read; from any thread."""
        with self._lock:
            if plans != self.expected:
                self.expected = plans
                self._touch()

    def keep(self, entry: QueueEntry) -> None:
        """Take in an entry that the session handed out."""
        with self._lock:
            self._keep(entry)
            self._touch()

    def hear(self, event: AnyEvent) -> None:
        """One more event; called on the engine's thread."""
        with self._lock:
            self._touch()
            match event:
                case PlanQueued(entry=entry) | PlanRefused(entry=entry) | PlanMoved(entry=entry):
                    self._keep(entry)
                case ApprovalDecided(entry=entry):
                    self._keep(entry)
                case CommandOutput(execution_id=execution_id, command_id=command_id, line=line):
                    stream = event.stream or "stdout"
                    self._keep_output(OutputBatch(execution_id, command_id, stream, (line,), event.at))
                case _ if isinstance(event, VARIANTS):
                    self._fold(event)
                case _:
                    assert_never(event)
            notice = told(event, self._called(event), self._session.clock.now())
            if notice is not None:
                self._told.append(notice)

    def hear_output(self, batch: OutputBatch) -> None:
        """Lines that came together; called on the engine's thread."""
        with self._lock:
            self._touch()
            self._keep_output(batch)

    def _touch(self) -> None:
        """Something changed; the lock is held."""
        if not self._dirty:
            self._dirty = True
            if self._wake is not None:
                self._wake()

    def _called(self, event: AnyEvent) -> str:
        """The execution's number in the queue, or the head of its id."""
        if not isinstance(event, TERMINAL):
            return ""
        for entry in self.entries.values():
            if entry.execution_id == event.execution_id:
                return f"#{entry.number}"
        return str(event.execution_id)[:8]

    async def _load_outcomes(self) -> None:
        done = [entry for entry in self.known_entries() if entry.state is QueueState.DONE]
        for entry in sorted(done, key=lambda entry: entry.changed_at, reverse=True)[:OUTCOMES_LOADED]:
            if entry.execution_id is not None and entry.execution_id not in self.states:
                with suppress(KeyError):  # it was pruned; that the plan ran stays known
                    stored = await self._session.execution(entry.execution_id)
                    self.outcomes[entry.execution_id] = ExecutionStatus(stored.status)
        self.mark_dirty()

    def _keep(self, entry: QueueEntry) -> None:
        known = self.entries.get(entry.id)
        if known is None or (entry.revision, entry.changed_at) >= (known.revision, known.changed_at):
            self.entries[entry.id] = entry

    def _keep_output(self, batch: OutputBatch) -> None:
        place = (batch.execution_id, batch.command_id)
        buffer = self.outputs.get(place)
        if buffer is None:
            buffer = self.outputs[place] = OutputBuffer()
            while len(self.outputs) > BUFFERS_KEPT:
                self._output_kept -= self.outputs.popitem(last=False)[1].size
        else:
            self.outputs.move_to_end(place)
        before = buffer.size
        buffer.skip(len(batch.lines) - buffer.capacity)
        for text in batch.lines[-buffer.capacity :]:
            buffer.append(batch.stream, text, batch.at)
        self._output_kept += buffer.size - before
        if self._output_kept > OUTPUT_KEPT:
            self._make_room()

    def _make_room(self) -> None:
        """Older halves go, of those that were quiet longest first, until a quarter is free: seldom, then much."""
        while self._output_kept > OUTPUT_KEPT * 3 // 4:
            for buffer in self.outputs.values():
                before = buffer.size
                buffer.keep_last((buffer.total - buffer.dropped) // 2)
                self._output_kept -= before - buffer.size
                if self._output_kept <= OUTPUT_KEPT * 3 // 4:
                    return

    def _fold(self, event: AnyExecutionEvent) -> None:
        early = self._early.get(event.execution_id)
        state = self.states.get(event.execution_id)
        if early is not None:
            early.append(event)
        elif state is None and isinstance(event, Started):
            self.states[event.execution_id] = apply(begin(event.execution_id, event.plan), event)
        elif state is None or _leaves_a_gap(state, event):
            self._behind.add(event.execution_id)
        else:
            self.states[event.execution_id] = _applied(state, event)


def _applied(state: ExecutionState, event: AnyExecutionEvent) -> ExecutionState:
    """The state with the event in it, once."""
    if event.seq is not None and event.seq <= state.seq:
        return state
    return apply(state, event)


def _leaves_a_gap(state: ExecutionState, event: AnyExecutionEvent) -> bool:
    return event.seq is not None and event.seq > state.seq + 1
