"""Two processes decide on the same execution within a moment: one goes on, the other takes nothing."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.engine import ownership
from cloudops_tui.engine.living import boot_id, started
from cloudops_tui.engine.ports import Owner, StoredExecution
from cloudops_tui.engine.session import ApprovalRefused, ExecutionSession
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.storage.service import StorageService
from tests.engine.made import Maker, approved, ended
from tests.engine.plans import put, sequence, undoing
from tests.engine.stub import FINE, Stub, refusal

NO = refusal("ParameterLimitExceeded")


class Turns:
    """Lets one of several proceed to its next step, and only once all of them wait for theirs."""

    def __init__(self, seed: int, names: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._names = set(names)
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def take(self, name: str) -> None:
        if name not in self._names or name in self._waiting:
            return
        self._waiting[name] = turn = asyncio.get_running_loop().create_future()
        self._give()
        await turn

    def leave(self, name: str) -> None:
        self._names.discard(name)
        if name in self._waiting:
            self._waiting.pop(name).set_result(None)
        self._give()

    def _give(self) -> None:
        if self._names and self._names == set(self._waiting):
            self._waiting.pop(self._random.choice(sorted(self._names))).set_result(None)


class SteppingStorage(StorageService):
    """The real store, which waits for its turn before each call that a decision makes."""

    turns: Turns | None = None

    def __init__(self, make: Maker, name: str) -> None:
        super().__init__(StorageConfig(state_dir=make.state_dir))
        self._name = name

    async def _turn(self) -> None:
        if self.turns is not None:
            await self.turns.take(self._name)

    async def execution(self, execution_id: UUID) -> StoredExecution:
        await self._turn()
        return await super().execution(execution_id)

    async def journal(self, execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        await self._turn()
        return await super().journal(execution_id, after)

    async def append(self, events: Sequence[AnyExecutionEvent], *, durable: bool) -> None:
        await self._turn()
        await super().append(events, durable=durable)

    async def claim(self, execution_id: UUID, current: Owner, new: Owner, at: datetime) -> bool:
        await self._turn()
        return await super().claim(execution_id, current, new, at)

    async def go_on(
        self, execution_id: UUID, seen: int, events: Sequence[AnyExecutionEvent], owner: Owner, at: datetime
    ) -> bool:
        await self._turn()
        return await super().go_on(execution_id, seen, events, owner, at)


Decide = Callable[[ExecutionSession, UUID, str], Coroutine[Any, Any, None]]


async def redrive(session: ExecutionSession, execution: UUID, digest: str) -> None:
    await session.redrive(execution, digest=digest, reason="a test says so")


async def rollback(session: ExecutionSession, execution: UUID, digest: str) -> None:
    await session.rollback(execution, digest=digest, reason="a test says so")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("second", [redrive, rollback], ids=lambda one: one.__name__)
async def test_whoever_is_slower_by_a_moment_takes_no_lease_and_sends_nothing(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch, second: Decide, seed: int
) -> None:
    # As two processes would: what one drives is not known to the other but by the store.
    monkeypatch.setattr(ownership, "take", lambda execution_id: True)
    parent = os.getppid()
    a, bad = put("a"), put("bad")
    plan = sequence(a, bad, rollback_strategy=undoing({a.id: [put("undo a")]}, by_itself=False))
    stub.says = lambda call: NO if (call.name, call.number) == ("bad", 1) else FINE
    stores = SteppingStorage(make, "one"), SteppingStorage(make, "two")
    one, two = (ExecutionSession(make(storage=store), OutputFiles()) for store in stores)
    two._engine._driver.owner = Owner(parent, boot_id(), started(parent) or 0)
    execution = await approved(one._engine, plan)
    await ended(one._engine, execution)
    going_on, undoes = await one.redrive_review(execution), await one.rollback_review(execution)
    assert going_on is not None
    digests: dict[Decide, str] = {redrive: going_on.digest, rollback: undoes.digest}
    turns = SteppingStorage.turns = Turns(seed, ("one", "two"))

    async def decided(session: ExecutionSession, name: str, decide: Decide) -> bool:
        try:
            await decide(session, execution, digests[decide])
        except ApprovalRefused:
            return False
        finally:
            turns.leave(name)
        return True

    try:
        async with asyncio.timeout(60):
            went = await asyncio.gather(decided(one, "one", redrive), decided(two, "two", second))
    finally:
        SteppingStorage.turns = None

    assert sorted(went) == [False, True]
    winner = one if went[0] else two
    assert (await stores[0].execution(execution)).owner == winner._engine._driver.owner
    result = await ended(winner._engine, execution)
    assert result.status is (
        ExecutionStatus.ROLLED_BACK if second is rollback and went[1] else ExecutionStatus.COMPLETED
    )
    told = await stores[0].journal(execution)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert sum(isinstance(event, happened.Redriven | happened.RollbackStarted) for event in told) == 1
    assert stub.names == ["a", "bad", "undo a" if result.status is ExecutionStatus.ROLLED_BACK else "bad"]
