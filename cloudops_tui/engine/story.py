"""One execution's story as it is told: stamped, folded, journalled, then published."""

from __future__ import annotations

from collections import deque

from cloudops_tui.engine.bus import EventBus
from cloudops_tui.engine.ports import Clock, Owner, Storage
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.reducer import apply


class Story:
    """The only way in which an execution changes.

    `state` holds every event that was told, at once, so that decisions never lag. Listeners hear of an event after it
    is committed, in order.
    """

    def __init__(self, state: ExecutionState, storage: Storage, bus: EventBus, clock: Clock) -> None:
        self.state = state
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._untold: deque[AnyExecutionEvent] = deque()
        self._committed: set[int] = set()
        self._owed: list[AnyExecutionEvent] = []
        self._seq = state.seq

    async def tell(self, *events: AnyExecutionEvent, durable: bool = False) -> None:
        """Stamp, fold and journal the events in one commit; returns once they are kept.

        Raises StorageError. What could not be kept is owed: the next call writes it before its own, so that the
        journal has no gap.
        """
        stamped = [self._stamp(event) for event in events]
        for event in stamped:
            self.state = apply(self.state, event)
            self._untold.append(event)
        durable = durable or bool(self._owed)
        writing, self._owed = [*self._owed, *stamped], []
        try:
            await self._storage.append(writing, durable=durable)
        except StorageError:
            self._owed = sorted((*self._owed, *writing), key=lambda event: event.seq or 0)
            raise
        self._committed.update(event.seq for event in writing if event.seq is not None)
        self.publish()

    async def take_up(self, owner: Owner, *events: AnyExecutionEvent) -> bool:
        """Tell the first events after the end of an execution, and take its lease with them; False, and nothing is
        told, when somebody else was faster. They are published by `publish`. Raises StorageError."""
        seen, now = self._seq, self._clock.now()
        stamped = [self._stamp(event) for event in events]
        if not await self._storage.go_on(self.state.execution_id, seen, stamped, owner, now):
            self._seq = seen
            return False
        for event in stamped:
            self.state = apply(self.state, event)
            self._untold.append(event)
            self._committed.add(event.seq or 0)
        return True

    def output(self, batch: OutputBatch) -> None:
        """Publish lines of output; they are not part of the journal."""
        self._bus.publish_output(batch)

    def _stamp(self, event: AnyExecutionEvent) -> AnyExecutionEvent:
        self._seq += 1
        return event.model_copy(update={"seq": self._seq, "at": event.at or self._clock.now()})

    def publish(self) -> None:
        """Tell listeners what is committed, in order."""
        while self._untold and self._untold[0].seq in self._committed:
            event = self._untold.popleft()
            self._committed.discard(event.seq or 0)
            self._bus.publish(event)
