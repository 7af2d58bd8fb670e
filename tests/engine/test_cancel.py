"""Stopping an execution, in each state that it can be in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.errors import Cancelled, RollbackFailed
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus, Outcome
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_get, cli_put, get, of, put, sequence, undoing
from tests.engine.process import child
from tests.engine.stub import FINE, Stub, until


async def test_cancelled_before_the_first_command_nothing_is_sent_and_the_story_begins_with_its_start(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    plan = of(Parallel(), *(put(f"p{number}") for number in range(12)))

    execution = await approved(engine, plan)
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert set(how(plan, result).values()) == {"Skipped"}
    assert result.status is ExecutionStatus.CANCELLED
    assert result.error == Cancelled()
    assert stub.names == []
    story = await engine.storage.journal(execution)
    assert [type(event) for event in story[:2]] == [happened.Started, happened.CancellationRequested]
    assert isinstance(story[-1], happened.Cancelled)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("read", [get, cli_get])
async def test_a_read_in_flight_is_failed_as_cancelled(make: Maker, stub: Stub, read) -> None:  # type: ignore[no-untyped-def]
    engine = make()
    plan = sequence(read("a"), get("b"))

    execution = await engine.begin(plan)
    await stub.holds("a")
    await engine.cancel(execution)
    result = await ended(engine, execution)

    first, second = result.command_results
    assert (first.status, first.outcome) == (CommandStatus.FAILED, Outcome.CANCELLED)
    assert first.error == "Execution cancelled by user"
    assert second.status is CommandStatus.SKIPPED
    assert result.status is ExecutionStatus.CANCELLED
    assert stub.names == ["a"]


@pytest.mark.usefixtures("quick")
async def test_a_write_in_flight_is_unknown(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(cli_put("a"), put("b"))

    execution = await approved(engine, plan)
    await stub.holds("a")
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Unknown", "b": "Skipped"}
    assert result.status is ExecutionStatus.CANCELLED
    assert stub.names == ["a"]


async def test_the_aws_process_and_its_children_are_gone_when_the_execution_has_ended(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    execution = await approved(engine, sequence(cli_put("a")))
    await stub.holds("a")
    before = processes_under(make.state_dir)
    assert len(before) >= 2, "a runner and its `aws`"

    await engine.cancel(execution)
    await ended(engine, execution)

    await until(lambda: not processes_under(make.state_dir), "no process of it lives")


async def test_what_completed_before_the_cancellation_stays_completed(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = of(Parallel(), put("a"), put("b"), put("c"), max_parallel=2)

    execution = await approved(engine, plan)
    await stub.holds("a", "b")
    stub.release("a")
    await stub.holds("b", "c")
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Completed", "b": "Unknown", "c": "Unknown"}


async def test_another_process_can_ask_for_the_end(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(put("a"), put("b"))
    execution = await approved(engine, plan)
    await stub.holds("a")

    async with child(make, "cancel", str(execution)) as other:
        assert await other.ends() == 0
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Unknown", "b": "Skipped"}
    assert result.status is ExecutionStatus.CANCELLED
    [request] = [
        event
        for event in await engine.storage.journal(execution)
        if isinstance(event, happened.CancellationRequested)
    ]
    assert request.by == "bob"


async def test_cancelling_a_rollback_leaves_what_is_known_of_the_commands_alone(make: Maker, stub: Stub) -> None:
    engine = make()
    commands = [put("a"), put("b")]
    undo = undoing({commands[0].id: [put("undo a")], commands[1].id: [put("undo b")]})
    plan = sequence(*commands, rollback_strategy=undo)
    stub.says = lambda call: None if call.name == "undo b" else FINE
    execution = await approved(engine, plan)
    await ended(engine, execution)

    await engine.start_rollback(execution, None)
    await stub.holds("undo b")
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Completed", "b": "Completed"}
    assert result.status is ExecutionStatus.FAILED
    assert isinstance(result.error, RollbackFailed)
    assert "`undo b`, `undo a`" in str(result.error)
    assert "undo a" not in stub.names


async def test_a_caller_who_gives_up_while_it_begins_leaves_no_execution_that_nobody_drives(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    await engine.storage.open()
    stub.says = lambda call: FINE
    plan = sequence(put("a"))
    assessed = await engine.preparer.assessed(plan)
    review = await engine.preparer.review_assessed(assessed)

    caller = asyncio.ensure_future(engine.start(assessed, review, engine.decided(Approve()), again=False))
    await asyncio.sleep(0)  # the caller has asked the store
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    await until(lambda: stub.times("a") == 1, "it runs all the same")
    await until(lambda: not engine.driving, "it has ended")
    assert await engine.storage.unfinished() == []


def processes_under(state_dir: Path) -> list[int]:
    """Processes that name the folder in their command line, or work in it."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            line = (process / "cmdline").read_bytes()
            folder = os.readlink(process / "cwd")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and (os.fsencode(state_dir) in line or folder.startswith(os.fspath(state_dir))):
            found.append(int(process.name))
    return found
