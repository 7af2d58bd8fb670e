"""An engine that is killed in the middle, and what is found afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from uuid import UUID

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ownership import this_process
from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.engine.reconcile import Reconciler
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import Other, RollbackFailed
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.state.reducer import replay
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_get, cli_put, get, of, put, sequence, undoing
from tests.engine.process import child, said
from tests.engine.stub import FINE, PATIENCE, Answer, Stub, until
from tests.engine.test_cancel import processes_under


async def killed_while_it_holds(make: Maker, stub: Stub, plan: ExecutionPlan, *names: str) -> UUID:
    """The execution of an engine that was killed while AWS held exactly these."""
    make.state_dir.parent.mkdir(exist_ok=True)
    file = make.state_dir.parent / "plan.json"
    file.write_text(plan.model_dump_json())
    async with child(make, "run", str(file)) as engine:
        execution_id = UUID(await said(engine))
        await stub.holds(*names)
        await engine.kill()
    return execution_id


async def statuses(engine: ExecutionEngine, execution_id: UUID) -> dict[str, str]:
    state = await engine.observe(execution_id)
    return {one.description: state.command(one.id).status.value for one in state.plan.commands}


async def test_a_command_of_the_aws_program_runs_on_and_its_result_is_found(make: Maker, stub: Stub) -> None:
    plan = sequence(put("first"), cli_get("a"), put("never"))
    stub.says = lambda call: FINE if call.name == "first" else None
    execution = await killed_while_it_holds(make, stub, plan, "a")
    engine = make()

    assert [one.id for one in await engine.storage.unfinished()] == [execution]
    assert await statuses(engine, execution) == {"first": "Completed", "a": "Running", "never": "Pending"}
    assert await engine.get_status(execution) is ExecutionStatus.RUNNING

    stub.release("a", answer=Answer(body={"Parameter": {"Name": "a", "Value": "found again", "Type": "String"}}))
    async with asyncio.timeout(PATIENCE):
        while (await statuses(engine, execution))["a"] == "Running":
            await asyncio.sleep(0.02)
    before = await engine.storage.journal(execution)
    assert await statuses(engine, execution) == {"first": "Completed", "a": "Completed", "never": "Pending"}
    assert await engine.get_status(execution) is ExecutionStatus.FAILED
    record = await engine.record(execution)
    assert record.result.status is ExecutionStatus.FAILED
    assert [one.id for one in await engine.list_executions(ExecutionFilter())] == [execution]
    assert await engine.storage.journal(execution) == before, "reading takes nothing over"
    assert [one.id for one in await engine.storage.unfinished()] == [execution]

    assert await engine.recover() == [execution]
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Completed", "a": "Completed", "never": "Skipped"}
    assert result.status is ExecutionStatus.FAILED
    assert str(result.error).startswith("Interrupted: ")
    found = result.command_results[1]
    assert "found again" in found.output
    assert found.output_file is not None
    with open(found.output_file) as file:
        assert "found again" in file.read()
    assert stub.names == ["first", "a"], "nothing was sent twice"
    story = await engine.storage.journal(execution)
    assert [event.seq for event in story] == list(range(1, len(story) + 1))
    assert replay(execution, plan, story).status is ExecutionStatus.FAILED


async def test_calls_of_the_sdk_in_flight_are_unknown_unless_they_only_read(make: Maker, stub: Stub) -> None:
    plan = of(Parallel(), put("write"), get("read"))
    execution = await killed_while_it_holds(make, stub, plan, "write", "read")
    engine = make()

    assert (await statuses(engine, execution))["write"] == "Unknown"
    assert await engine.get_status(execution) is ExecutionStatus.FAILED
    await engine.recover()
    result = await ended(engine, execution)

    assert how(plan, result) == {"write": "Unknown", "read": "Failed"}
    assert str(result.error).startswith("Interrupted: ")
    assert (result.command_results[1].error or "").startswith("Interrupted: ")
    assert sorted(stub.names) == ["read", "write"]


@pytest.mark.usefixtures("quick")
async def test_a_runner_that_was_killed_as_well_leaves_the_command_unknown(make: Maker, stub: Stub) -> None:
    execution = await killed_while_it_holds(make, stub, sequence(cli_put("a")), "a")
    for process in processes_under(make.state_dir):
        os.kill(process, signal.SIGKILL)
    await until(lambda: not processes_under(make.state_dir), "all of it is gone")
    engine = make()

    assert await statuses(engine, execution) == {"a": "Unknown"}
    await engine.recover()

    assert (await ended(engine, execution)).command_results[0].status is CommandStatus.UNKNOWN


@pytest.mark.usefixtures("quick")
async def test_cancel_takes_a_dead_engines_execution_over_and_ends_what_still_runs(make: Maker, stub: Stub) -> None:
    plan = sequence(put("first"), cli_put("a"), put("never"))
    stub.says = lambda call: FINE if call.name == "first" else None
    execution = await killed_while_it_holds(make, stub, plan, "a")
    engine = make()

    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Completed", "a": "Unknown", "never": "Skipped"}
    assert result.status is ExecutionStatus.CANCELLED
    kinds = [type(event).__name__ for event in await engine.storage.journal(execution)]
    assert kinds[-4:] == ["CancellationRequested", "CommandFailed", "CommandSkipped", "Cancelled"]


@pytest.mark.usefixtures("quick")
async def test_recover_and_cancel_at_once_take_over_once_and_cancel(make: Maker, stub: Stub) -> None:
    plan = sequence(cli_put("a"), put("never"))
    execution = await killed_while_it_holds(make, stub, plan, "a")
    engine, other = make(), make()

    await asyncio.gather(engine.recover(), engine.cancel(execution), other.recover(), other.cancel(execution))
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.CANCELLED
    story = await engine.storage.journal(execution)
    assert sum(isinstance(event, happened.CommandFailed) for event in story) == 1
    assert [event.seq for event in story] == list(range(1, len(story) + 1))


async def test_a_rollback_that_was_cut_off_lists_what_is_left_and_can_go_on(make: Maker, stub: Stub) -> None:
    a, b, c = put("a"), put("b"), put("c")
    undo = undoing({one.id: [put(f"undo {one.description}")] for one in (a, b, c)})
    plan = sequence(a, b, c, rollback_strategy=undo)
    stub.says = lambda call: None if (call.name, call.number) == ("undo b", 1) else FINE
    engine = make()
    execution = await approved(engine, plan)
    await ended(engine, execution)
    async with child(make, "roll_back", str(execution)) as process:
        await stub.holds("undo b")
        await process.kill()

    observed = await engine.observe(execution)
    assert observed.status is ExecutionStatus.FAILED
    assert await engine.recover() == [execution]
    result = await ended(engine, execution)

    assert isinstance(result.error, RollbackFailed)
    assert str(result.error).endswith("left to do: `undo b`, `undo a`")
    assert how(plan, result) == {"a": "Completed", "b": "Completed", "c": "RolledBack"}
    state = await engine.observe(execution)
    assert {known.status for known in state.compensations.values()} == {CommandStatus.COMPLETED, CommandStatus.UNKNOWN}

    with pytest.raises(Other, match="reconcile it first"):
        await engine.start_rollback(execution, None)
    [unknown] = [one for one, known in state.compensations.items() if known.status is CommandStatus.UNKNOWN]
    await Reconciler(engine).resolve(execution, unknown, Resolution.NOT_DONE, "it is not there")
    await engine.start_rollback(execution, None)
    assert (await ended(engine, execution)).status is ExecutionStatus.ROLLED_BACK
    assert stub.times("undo c") == 1


@pytest.mark.usefixtures("quick")
async def test_an_engine_that_leaves_its_commands_running_finds_them_again(make: Maker, stub: Stub) -> None:
    plan = sequence(cli_put("a"), put("never"))
    engine = make()
    execution = await approved(engine, plan)
    await stub.holds("a")

    await engine.close(leave_running=True)
    next_engine = make()
    assert await next_engine.recover() == [execution]
    stub.release("a")
    result = await ended(next_engine, execution)

    assert how(plan, result) == {"a": "Completed", "never": "Skipped"}
    assert stub.names == ["a"]


async def test_an_execution_that_was_created_and_never_begun_is_recovered_too(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(get("a"))
    assessed = await engine.preparer.assessed(plan)
    dead = replace(this_process(), pid=2**22 + 1)
    new = NewExecution(
        id=UUID(int=7), plan=plan, plan_digest=assessed.plan_digest, approval_digest=None,
        risk_level=RiskLevel.READ_ONLY, approval=None, created_at=engine.clock.now(), conversation_id=UUID(int=8),
        user_prompt="", owner=dead,
    )  # fmt: skip
    await engine.storage.create_execution(new)

    assert await engine.get_status(new.id) is ExecutionStatus.FAILED
    await engine.recover()
    result = await ended(engine, new.id)

    assert how(plan, result) == {"a": "Skipped"}
    assert (await engine.get_result(new.id)).status is ExecutionStatus.FAILED
    assert stub.names == []
