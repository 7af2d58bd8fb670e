"""A store that fails while something runs: nothing more begins, the run ends, and nothing is told that is not so."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence

import pytest

from cloudops_tui.engine.attempts import Attempts
from cloudops_tui.engine.ownership import this_process
from cloudops_tui.engine.plan_run import PlanRun
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import ExecutionConfig, StorageConfig
from cloudops_tui.model.errors import Storage as StorageFailed
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.storage.service import StorageService
from tests.engine.made import QUICK, Heard, Maker, approved, ended, how
from tests.engine.plans import get, graph, put, sequence, undoing
from tests.engine.stub import FINE, PATIENCE, Stub, refusal, until


class FailingStorage(StorageService):
    """The real store, whose journal fails from the n-th append on, or at that one only."""

    def __init__(self, make: Maker, *, at: int, once: bool) -> None:
        super().__init__(StorageConfig(state_dir=make.state_dir))
        self._at = at
        self._once = once
        self._count = 0
        self.works_again = False

    async def append(self, events: Sequence[AnyExecutionEvent], *, durable: bool) -> None:
        self._count += 1
        if not self.works_again and (self._count == self._at if self._once else self._count >= self._at):
            await asyncio.sleep(0)
            raise StorageError("The disk of the test is full")
        await super().append(events, durable=durable)


@pytest.mark.parametrize(
    ("at", "once"),
    [*((at, True) for at in range(1, 12)), *((at, False) for at in (1, 2, 4, 6, 9))],
    ids=lambda one: {True: "once", False: "for ever"}.get(one) if isinstance(one, bool) else str(one),
)
async def test_at_whichever_record_the_store_fails_the_run_ends_and_the_record_is_true(
    make: Maker, stub: Stub, at: int, once: bool
) -> None:
    storage = FailingStorage(make, at=at, once=once)
    engine = make(ExecutionConfig(retry_config=QUICK, max_parallel=2), storage=storage)
    stub.says = lambda call: refusal("ThrottlingException") if (call.name, call.number) == ("b", 1) else FINE
    plan = graph([put("a"), put("b"), put("c"), put("d")], {"c": ["a"], "d": ["b", "c"]})

    execution = await approved(engine, plan)
    result = await ended(engine, execution)

    sent = list(stub.names)
    assert result.status is ExecutionStatus.FAILED
    assert isinstance(result.error, StorageFailed)
    assert "full" in str(result.error)
    assert engine.driving == []

    storage.works_again = True
    await engine.recover()
    kept = await ended(engine, execution)
    story = await engine.storage.journal(execution)
    begun = {event.command_id for event in story if isinstance(event, happened.CommandStarted)}
    names = {command.id: command.description for command in plan.commands}
    assert kept.status is ExecutionStatus.FAILED
    assert set(sent) <= {names[one] for one in begun}, "nothing was sent without a record"
    assert stub.names == sent, "nothing more was sent"
    assert all(CommandStatus(status).ended for status in how(plan, kept).values())
    assert await engine.storage.unfinished() == []
    assert [event.seq for event in story] == list(range(1, len(story) + 1))
    assert how(plan, kept) == how(plan, result) or not once
    if once:
        assert kept == result


async def test_what_was_in_flight_is_waited_for_and_its_answer_is_in_the_result(make: Maker, stub: Stub) -> None:
    storage = FailingStorage(make, at=6, once=False)
    engine = make(storage=storage)
    plan = graph([put("slow"), put("quick"), put("next")], {"next": ["quick"]})

    execution = await approved(engine, plan)
    await stub.holds("slow", "quick")
    stub.release("quick")  # appends: started, 2 begun, quick ended, next begun, and next's end is the sixth
    await stub.holds("slow", "next")
    stub.release("next")
    await stub.until(lambda: stub.held == ["slow"], "next ended")
    stub.release("slow")
    result = await ended(engine, execution)

    assert how(plan, result) == {"slow": "Completed", "quick": "Completed", "next": "Completed"}
    assert isinstance(result.error, StorageFailed)


@pytest.mark.parametrize("once", [False, True], ids=["for ever", "once"])
async def test_a_request_to_stop_that_cannot_be_recorded_stops_all_the_same(
    make: Maker, stub: Stub, once: bool
) -> None:
    engine = make(storage=FailingStorage(make, at=3, once=once))
    plan = sequence(put("a"), put("b"), put("c"))

    execution = await approved(engine, plan)
    await stub.holds("a")
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.FAILED
    assert stub.names == ["a"]


@pytest.mark.parametrize("at", range(5, 12))
async def test_a_rollback_whose_record_fails_ends_too(make: Maker, stub: Stub, at: int) -> None:
    storage = FailingStorage(make, at=at, once=False)
    engine = make(storage=storage)
    a, b = put("a"), put("bad")
    stub.says = lambda call: refusal("ParameterLimitExceeded") if call.name == "bad" else FINE
    plan = sequence(a, b, rollback_strategy=undoing({a.id: [put("undo 1"), put("undo 2")]}, by_itself=True))

    execution = await approved(engine, plan)
    result = await ended(engine, execution)
    sent = list(stub.names)
    storage.works_again = True
    await engine.recover()
    kept = await ended(engine, execution)

    assert result.status in (ExecutionStatus.FAILED, ExecutionStatus.ROLLED_BACK)
    assert kept.status in (ExecutionStatus.FAILED, ExecutionStatus.ROLLED_BACK)
    assert stub.names == sent
    assert len(set(sent)) == len(sent)
    assert await engine.storage.unfinished() == []


async def test_a_database_that_another_program_keeps_locked_ends_the_run(make: Maker, stub: Stub) -> None:
    storage = StorageService(StorageConfig(state_dir=make.state_dir), patience=0.2)
    engine = make(storage=storage)
    plan = sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    await stub.holds("a")
    lock = sqlite3.connect(storage.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    stub.release("a")

    result = await ended(engine, execution)

    assert isinstance(result.error, StorageFailed)
    assert how(plan, result) == {"a": "Completed", "b": "Skipped"}
    assert stub.names == ["a"]
    lock.rollback()
    lock.close()
    await engine.recover()
    assert (await ended(engine, execution)).status is ExecutionStatus.FAILED


async def test_without_history_a_store_that_fails_still_gives_the_result(make: Maker, stub: Stub) -> None:
    config = ExecutionConfig(store_history=False)
    engine = make(config, storage=FailingStorage(make, at=3, once=False))
    stub.says = lambda call: FINE

    result = await ended(engine, await approved(engine, sequence(put("a"))))

    assert isinstance(result.error, StorageFailed)


@pytest.mark.parametrize(("part", "where"), [(Attempts, "attempt"), (PlanRun, "_ended_event")], ids=["attempt", "end"])
async def test_a_fault_of_the_engine_itself_ends_the_execution_visibly(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch, part: type, where: str
) -> None:
    engine = make()
    real = getattr(part, where)
    times = iter([True])

    def faulty(self: object, *given: object) -> object:
        if next(times, False):
            raise KeyError("a fault")
        return real(self, *given)

    plan = sequence(put("a"), put("b"))
    stub.says = lambda call: FINE
    monkeypatch.setattr(part, where, faulty)

    execution = await approved(engine, plan)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.FAILED
    assert "The engine broke: KeyError" in str(result.error)
    assert how(plan, result) == {"a": "Unknown", "b": "Skipped"}
    assert await engine.storage.unfinished() == []
    assert await engine.get_result(execution) == result


async def test_a_neighbour_in_flight_is_not_broken_off_by_a_fault(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    real = Attempts.attempt
    plan = graph([put("slow"), put("before"), put("faulty")], {"faulty": ["before"]})

    def faulty(self: Attempts, command, number):  # type: ignore[no-untyped-def]
        if command.description == "faulty" and self.known(command).result is None and not seen:
            seen.append(True)
            raise KeyError("a fault")
        return real(self, command, number)

    seen: list[bool] = []
    monkeypatch.setattr(Attempts, "attempt", faulty)
    heard = Heard(engine)

    execution = await approved(engine, plan)
    await stub.holds("slow", "before")
    stub.release("before")
    await until(lambda: bool(seen), "the fault")
    stub.release("slow")
    result = await ended(engine, execution)

    assert how(plan, result) == {"slow": "Completed", "before": "Completed", "faulty": "Unknown"}
    assert heard.of(happened.Failed)


async def test_the_lease_is_renewed_while_something_runs(make: Maker, stub: Stub) -> None:
    engine = make()
    execution = await approved(engine, sequence(get("a")))
    await stub.holds("a")
    before = (await engine.storage.execution(execution)).heartbeat_at

    async with asyncio.timeout(PATIENCE):
        while (await engine.storage.execution(execution)).heartbeat_at == before:
            await asyncio.sleep(0.02)
    assert (await engine.storage.execution(execution)).owner == this_process()
    await engine.cancel(execution)
    await ended(engine, execution)


async def test_what_could_not_be_recorded_is_recorded_once_the_store_works_again(make: Maker, stub: Stub) -> None:
    storage = FailingStorage(make, at=3, once=False)
    engine = make(storage=storage)
    stub.says = lambda call: FINE
    plan = sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    assert isinstance((await ended(engine, execution)).error, StorageFailed)
    assert [one.id for one in await engine.storage.unfinished()] == [execution]

    storage.works_again = True

    other = make()
    async with asyncio.timeout(PATIENCE):
        while await other.storage.unfinished():
            await asyncio.sleep(0.02)
    assert how(plan, await other.get_result(execution)) == {"a": "Completed", "b": "Skipped"}
    assert stub.names == ["a"]


async def test_who_takes_over_says_what_kept_the_dead_process_from_recording_the_end(make: Maker, stub: Stub) -> None:
    engine = make(storage=FailingStorage(make, at=3, once=False))
    stub.says = lambda call: FINE
    plan = sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    await ended(engine, execution)
    await engine.close(leave_running=True)

    other = make()
    seen = await other.get_result(execution)
    await other.recover()
    result = await ended(other, execution)

    for said in (seen, result):
        assert "Interrupted: " in str(said.error)
        assert "could be recorded: Storage error: The disk of the test is full" in str(said.error)
    assert stub.names == ["a"]


async def test_what_the_store_does_not_take_is_remarked_once_and_so_is_that_it_takes_it_again(
    make: Maker, stub: Stub
) -> None:
    storage = StorageService(StorageConfig(state_dir=make.state_dir), patience=0.1)
    engine = make(storage=storage)
    plan = sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    await stub.holds("a")
    lock = sqlite3.connect(storage.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    stub.release("a")
    await ended(engine, execution)
    lock.rollback()
    lock.close()
    await engine.recover()
    await until(lambda: len(storage.remarks) == 2, "the store takes records again")

    nothing, again = storage.remarks
    assert "is locked by another process" in nothing
    assert "nothing more begins" in nothing
    assert again.endswith("takes records again")
