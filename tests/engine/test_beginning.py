"""A signal while an execution begins: either there is none, or whoever asked for it has its name."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from cloudops_tui.cli.driving import Left, begun
from cloudops_tui.engine.ports import NewExecution, Owner, StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.headless import Arrived
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.storage.service import StorageService
from tests.engine.made import Maker, approved, ended
from tests.engine.plans import put, sequence
from tests.engine.stub import FINE, Stub, refusal


class SignalledStorage(StorageService):
    """The real store; a signal arrives before or after it has taken in what begins, while nobody has heard of that."""

    def __init__(self, make: Maker, when: str) -> None:
        super().__init__(StorageConfig(state_dir=make.state_dir))
        self._when = when
        self.arrived: Arrived = asyncio.Queue()
        self.armed = True

    async def _signal(self, when: str) -> None:
        if self.armed and self._when == when:
            self.arrived.put_nowait(signal.SIGTERM)
            for _ in range(20):  # whoever waits for it hears of it before this goes on
                await asyncio.sleep(0)

    async def create_execution(self, new: NewExecution) -> StoredExecution:
        await self._signal("before")
        stored = await super().create_execution(new)
        await self._signal("after")
        return stored

    async def entry(self, entry_id: UUID) -> QueueEntry:
        found = await super().entry(entry_id)
        if found.execution_id is not None:
            await self._signal("while it is told")
        return found

    async def go_on(
        self, execution_id: UUID, seen: int, events: Sequence[AnyExecutionEvent], owner: Owner, at: datetime
    ) -> bool:
        await self._signal("before")
        taken = await super().go_on(execution_id, seen, events, owner, at)
        await self._signal("after")
        return taken


@pytest.mark.parametrize("when", ["before", "after", "while it is told"])
async def test_what_the_store_took_in_while_a_signal_came_is_named_and_the_signal_is_obeyed_later(
    make: Maker, stub: Stub, when: str
) -> None:
    storage = SignalledStorage(make, when)
    session = ExecutionSession(make(storage=storage), OutputFiles())
    stub.says = lambda call: FINE
    entry = await session.submit(sequence(put("a")).model_dump_json(), source="a test")
    review = await session.review(entry.id)

    execution = await begun(session, session.approve(entry.id, digest=review.digest), storage.arrived)

    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert storage.arrived.get_nowait() is signal.SIGTERM
    assert [one.id for one in await storage.records(ExecutionFilter())] == [execution]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_goes_on_while_a_signal_came_is_driven_and_the_signal_is_obeyed_later(
    make: Maker, stub: Stub, when: str
) -> None:
    storage = SignalledStorage(make, when)
    storage.armed = False
    session = ExecutionSession(make(storage=storage), OutputFiles())
    stub.says = lambda call: refusal("ParameterLimitExceeded") if call.number == 1 else FINE
    execution = await approved(session._engine, sequence(put("bad")))
    await ended(session._engine, execution)
    review = await session.redrive_review(execution)
    assert review is not None
    storage.armed = True

    await begun(session, session.redrive(execution, digest=review.digest, reason="again"), storage.arrived)

    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert storage.arrived.get_nowait() is signal.SIGTERM


async def test_a_signal_before_the_store_is_asked_leaves_no_execution(make: Maker, stub: Stub) -> None:
    engine = make()
    arrived: Arrived = asyncio.Queue()
    arrived.put_nowait(signal.SIGINT)

    with pytest.raises(Left) as left:
        await begun(ExecutionSession(engine, OutputFiles()), approved(engine, sequence(put("a"))), arrived)

    assert left.value.code == 130
    assert await engine.storage.records(ExecutionFilter()) == []
    assert stub.names == []
