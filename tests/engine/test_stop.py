"""Finishing what runs and beginning no more, in each state that an execution can be in."""

from __future__ import annotations

import asyncio

import pytest

from cloudops_tui.model import events as happened
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Cancelled, RollbackFailed
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import cli_put, of, put, sequence, undoing
from tests.engine.stub import FINE, Stub, refusal, until


async def test_what_runs_is_finished_and_the_rest_is_skipped_with_who_asked(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = of(Parallel(), put("a"), put("b"), put("c"), put("d"), max_parallel=2)
    execution = await approved(engine, plan)
    await stub.holds("a", "b")

    await engine.stop(execution)
    await engine.stop(execution)
    stub.release("a", "b")
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Completed", "b": "Completed", "c": "Skipped", "d": "Skipped"}
    assert (result.status, result.error) == (ExecutionStatus.CANCELLED, Cancelled())
    assert result.command_results[2].error == "Stopped by alice; nothing more was begun"
    story = await engine.storage.journal(execution)
    assert [one.by for one in story if isinstance(one, happened.StopRequested)] == ["alice"]
    assert (await engine.observe(execution)).stopped_by == "alice"
    assert sorted(stub.names) == ["a", "b"]


async def test_when_nothing_was_left_to_begin_it_ends_as_it_would_have(make: Maker, stub: Stub) -> None:
    engine = make()
    execution = await approved(engine, sequence(put("a")))
    await stub.holds("a")

    await engine.stop(execution)
    stub.release("a")

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED


async def test_before_the_first_command_nothing_begins(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(put("a"), put("b"))

    execution = await approved(engine, plan)
    await engine.stop(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Skipped", "b": "Skipped"}
    assert result.status is ExecutionStatus.CANCELLED
    assert stub.names == []


async def test_between_two_attempts_it_is_not_tried_again(make: Maker, stub: Stub) -> None:
    engine = make(ExecutionConfig(retry_config=RetryConfig(backoff=Fixed(Duration.from_secs(60)))))
    heard = Heard(engine)
    stub.says = lambda call: refusal("ThrottlingException")
    plan = sequence(put("a"), put("b"))

    execution = await approved(engine, plan)
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "it waits to try again")
    await engine.stop(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Failed", "b": "Skipped"}
    assert stub.names == ["a"]


async def test_no_rollback_begins_by_itself_afterwards(make: Maker, stub: Stub) -> None:
    engine = make()
    first, second = put("a"), put("b")
    plan = sequence(first, second, rollback_strategy=undoing({first.id: [put("undo a")]}, by_itself=True))
    stub.says = lambda call: FINE if call.name == "a" else None
    execution = await approved(engine, plan)
    await stub.holds("b")

    await engine.stop(execution)
    stub.release("b", answer=refusal("ValidationException"))
    result = await ended(engine, execution)

    assert (result.status, how(plan, result)) == (ExecutionStatus.FAILED, {"a": "Completed", "b": "Failed"})
    assert stub.names == ["a", "b"]


async def test_a_rollback_finishes_the_compensation_that_runs_and_names_what_is_left(make: Maker, stub: Stub) -> None:
    engine = make()
    commands = [put("a"), put("b")]
    undo = undoing({commands[0].id: [put("undo a")], commands[1].id: [put("undo b")]})
    stub.says = lambda call: None if call.name == "undo b" else FINE
    execution = await approved(engine, sequence(*commands, rollback_strategy=undo))
    await ended(engine, execution)
    await engine.start_rollback(execution, None)
    await stub.holds("undo b")

    await engine.stop(execution)
    stub.release("undo b")
    result = await ended(engine, execution)

    assert isinstance(result.error, RollbackFailed)
    assert str(result.error).endswith("left to do: `undo a`")
    state = await engine.observe(execution)
    assert [one.status for one in state.compensations.values()] == [CommandStatus.COMPLETED]


@pytest.mark.usefixtures("quick")
async def test_whoever_drives_it_hears_of_it_by_the_store(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(cli_put("a"), put("b"))
    execution = await approved(engine, plan)
    await stub.holds("a")

    heard = Heard(engine)
    other = make.storage()
    await other.request_stop(execution, "bob")
    await other.close()
    await until(lambda: bool(heard.of(happened.StopRequested)), "the engine has heard")
    stub.release("a")
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Completed", "b": "Skipped"}
    assert result.command_results[1].error == "Stopped by bob; nothing more was begun"
    assert (await engine.storage.execution(execution)).stop_requested_by == "bob"


async def test_an_engine_that_leaves_waits_for_a_call_without_a_runner_and_begins_nothing_more(
    make: Maker, stub: Stub
) -> None:
    plan = sequence(put("a"), put("b"))
    engine = make()
    execution = await approved(engine, plan)
    await stub.holds("a")

    leaving = asyncio.ensure_future(engine.close(leave_running=True, patience=30))
    stub.release("a")
    await leaving

    assert stub.names == ["a"]
    async with make.storage() as storage:
        story = await storage.journal(execution)
    assert [type(one) for one in story] == [happened.Started, happened.CommandStarted, happened.CommandCompleted]
