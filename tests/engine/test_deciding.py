"""What may run without a decision, with which one, and how often."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve, ModifyAndApprove, Reject
from cloudops_tui.model.config import ApprovalConfig, ExecutionConfig, ExecutorType
from cloudops_tui.model.errors import ApprovalRequired, ExecutorNotAvailable, InvalidCommand, Other
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Heard, Maker, approved, ended
from tests.engine.plans import cli_get, delete, get, put, sequence, undoing
from tests.engine.stub import FINE, PATIENCE, Stub

ALL = ApprovalConfig(auto_approve_readonly=True, require_approval_modify=False, require_approval_destructive=False)


@pytest.mark.parametrize(
    ("approval", "free"),
    [
        (None, {"read"}),
        (ApprovalConfig(), set()),
        (ApprovalConfig(auto_approve_readonly=True), {"read"}),
        (ApprovalConfig(require_approval_modify=False), {"modify"}),
        (ApprovalConfig(require_approval_destructive=False), {"destroy"}),
        (ALL, {"read", "modify", "destroy"}),
    ],
    ids=["none", "default", "auto read", "free modify", "free destroy", "all"],
)
async def test_only_what_needs_no_decision_is_executed_without_one(
    make: Maker, stub: Stub, approval: ApprovalConfig | None, free: set[str]
) -> None:
    engine = make(approval=approval)
    stub.says = lambda call: FINE

    for name, command in {"read": get("read"), "modify": put("modify"), "destroy": delete("destroy")}.items():
        if name in free:
            assert (await engine.execute(sequence(command))).status is ExecutionStatus.COMPLETED
        else:
            with pytest.raises(ApprovalRequired):
                await engine.execute(sequence(command))

    assert set(stub.names) == free


async def test_compensations_that_run_by_themselves_count(make: Maker, stub: Stub) -> None:
    engine = make()
    a = get("a")

    with pytest.raises(ApprovalRequired):
        await engine.execute(sequence(a, rollback_strategy=undoing({a.id: [put("undo")]}, by_itself=True)))


async def test_a_rejection_is_kept_and_raised_and_sends_nothing(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(put("a"))

    with pytest.raises(Other, match=r"^Rejected: not today$"):
        await engine.execute_with_approval(plan, Reject(reason="not today"))

    [entry] = await engine.storage.entries()
    assert (entry.state, entry.reason, entry.decided_by) == (QueueState.REJECTED, "not today", "alice")
    assert stub.names == []
    with pytest.raises(Other, match="eject"):
        await engine.execute_with_approval(plan, Reject(reason="again"))
    with pytest.raises(Other, match="needs a reason"):
        await engine.execute_with_approval(sequence(put("b")), Reject(reason=" "))


async def test_a_modified_plan_runs_in_place_of_the_first(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE
    plan = sequence(put("a"))
    modified = plan.model_copy(update={"commands": (put("b"),)})

    execution = await engine.execute_with_approval(plan, ModifyAndApprove(modified_plan=modified))
    await ended(engine, execution)

    assert stub.names == ["b"]
    metadata = (await engine.record(execution)).approval_metadata
    assert metadata is not None
    assert metadata.approved_by == "alice"
    assert metadata.digest is not None


async def test_a_plan_runs_once_unless_again(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE
    plan = sequence(put("a"))
    first = await approved(engine, plan)
    await ended(engine, first)
    number = (await engine.record(first)).number

    with pytest.raises(Other, match=rf"ran already as {number}; run it once more with `again`$"):
        await approved(engine, plan)
    second = await engine.execute_with_approval(plan, Approve(), again=True)
    await ended(engine, second)

    assert second != first
    assert stub.names == ["a", "a"]


@pytest.mark.parametrize(("allowed", "other"), [(ExecutorType.CLI, get), (ExecutorType.SDK, cli_get)])
async def test_an_executor_that_the_configuration_excludes_is_not_available_and_nothing_begins(
    make: Maker, stub: Stub, allowed: ExecutorType, other: Any
) -> None:
    engine = make(ExecutionConfig(default_executor=allowed))
    first = get if allowed is ExecutorType.SDK else cli_get

    with pytest.raises(ExecutorNotAvailable, match=f"allows {allowed.value} only"):
        await engine.execute(sequence(first("first"), other("a")))

    assert stub.names == []
    assert await engine.storage.unfinished() == []


async def test_what_nobody_here_can_run_is_said_before_anything_begins(make: Maker, stub: Stub) -> None:
    engine = make(executors=[])

    with pytest.raises(ExecutorNotAvailable):
        await engine.execute(sequence(get("a")))


async def test_a_plan_that_cannot_run_is_refused_with_all_its_problems(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = sequence(get("a"), get("a"))
    wrong = plan.model_copy(update={"commands": (plan.commands[0], plan.commands[0])})

    with pytest.raises(InvalidCommand):
        await engine.execute(wrong)


async def test_without_history_nothing_stays(make: Maker, stub: Stub) -> None:
    engine = make(ExecutionConfig(store_history=False))
    stub.says = lambda call: FINE
    heard = Heard(engine)

    result = await engine.execute(sequence(get("a")))

    [started] = heard.of(happened.Started)
    assert result.status is ExecutionStatus.COMPLETED
    assert await engine.list_executions(ExecutionFilter()) == []
    assert await engine.storage.journal(started.execution_id) == []
    assert not (engine.storage.state_dir / "executions" / str(started.execution_id)).exists()


async def test_without_streaming_no_output_is_told_and_the_file_is_kept(make: Maker, stub: Stub) -> None:
    engine = make(ExecutionConfig(stream_output=False))
    stub.says = lambda call: FINE
    heard = Heard(engine)

    result = await engine.execute(sequence(get("a")))

    assert heard.of(happened.CommandOutput) == []
    assert result.command_results[0].output
    assert result.command_results[0].output_file is not None


async def test_a_closed_engine_begins_nothing(make: Maker, stub: Stub) -> None:
    engine = make()
    await engine.close()

    with pytest.raises(Other, match="closed"):
        await engine.execute(sequence(get("a")))
    assert stub.names == []


async def test_close_waits_for_what_runs(make: Maker, stub: Stub) -> None:
    engine = make()
    execution = await approved(engine, sequence(put("a"), put("b")))
    await stub.holds("a")

    closing = asyncio.ensure_future(engine.close())
    stub.release("a")
    await stub.holds("b")
    assert not closing.done()
    stub.release("b")
    async with asyncio.timeout(PATIENCE):
        await closing

    assert (await make().get_status(execution)) is ExecutionStatus.COMPLETED


async def test_an_unknown_id_is_said_to_be_unknown(make: Maker, stub: Stub) -> None:
    engine = make()

    for asking in (engine.get_status, engine.get_result, engine.cancel, engine.rollback, engine.wait, engine.record):
        with pytest.raises(Other):
            await asking(UUID(int=1))
