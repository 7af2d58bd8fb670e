"""Undoing what completed: by itself, on request, and not further than it goes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.engine.plan_queue import Decision, PlanQueue
from cloudops_tui.engine.ports import Owner
from cloudops_tui.engine.redrive import Redriver
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.errors import ApprovalRequired, Other, RollbackFailed
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.state.execution import result_of
from cloudops_tui.state.reducer import replay
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_put, get, of, put, sequence, undoing
from tests.engine.stub import CUT, FINE, PATIENCE, Stub, refusal

NO = refusal("ParameterLimitExceeded")


def failing_plan(*, by_itself: bool = True) -> ExecutionPlan:
    """Two commands that complete, one that does not."""
    a, b, bad = put("a"), put("b"), put("bad")
    return sequence(
        a,
        b,
        bad,
        rollback_strategy=undoing(
            {a.id: [put("undo a 1"), put("undo a 2")], b.id: [put("undo b")], bad.id: [put("undo bad")]},
            by_itself=by_itself,
        ),
    )


async def test_a_failure_is_undone_by_itself_in_reverse_order_and_only_what_completed(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name == "bad" else FINE
    plan = failing_plan()

    execution = await approved(engine, plan)
    result = await ended(engine, execution)

    assert stub.names == ["a", "b", "bad", "undo b", "undo a 1", "undo a 2"]
    assert result.status is ExecutionStatus.ROLLED_BACK
    assert how(plan, result) == {"a": "RolledBack", "b": "RolledBack", "bad": "Failed"}
    state = replay(execution, plan, await engine.storage.journal(execution))
    assert state.status is ExecutionStatus.ROLLED_BACK
    assert result_of(state, engine.clock.now()).command_results == result.command_results
    assert (await engine.get_result(execution)).command_results == result.command_results


async def test_what_completed_last_is_undone_first_whatever_the_plans_order(make: Maker, stub: Stub) -> None:
    engine = make()
    a, b = put("a"), put("b")
    plan = of(
        Parallel(), a, b, put("bad"), rollback_strategy=undoing({a.id: [put("undo a")], b.id: [put("undo b")]},
                                                                 by_itself=True)
    )  # fmt: skip
    execution = await approved(engine, plan)
    await stub.holds("a", "b", "bad")
    stub.release("b")
    await stub.until(lambda: stub.held == ["a", "bad"], "b ended")
    async with asyncio.timeout(PATIENCE):
        while not (await engine.observe(execution)).completed:
            await asyncio.sleep(0.01)
    stub.release("a")
    async with asyncio.timeout(PATIENCE):
        while len((await engine.observe(execution)).completed) < 2:
            await asyncio.sleep(0.01)
    stub.release("bad", answer=NO)
    await stub.holds("undo a")
    stub.release("undo a")
    await stub.holds("undo b")
    stub.release("undo b")

    assert (await ended(engine, execution)).status is ExecutionStatus.ROLLED_BACK


async def test_the_first_compensation_that_fails_ends_it_and_the_rest_is_listed(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name in ("bad", "undo a 1") else FINE
    plan = failing_plan()

    result = await ended(engine, await approved(engine, plan))

    assert result.status is ExecutionStatus.FAILED
    assert isinstance(result.error, RollbackFailed)
    assert str(result.error).endswith("left to do: `undo a 1`, `undo a 2`")
    assert how(plan, result) == {"a": "Completed", "b": "RolledBack", "bad": "Failed"}
    assert "undo a 2" not in stub.names


async def test_a_rollback_that_failed_goes_on_where_it_ended(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: NO if call.name == "bad" or (call.name, call.number) == ("undo a 1", 1) else FINE
    plan = failing_plan()
    execution = await approved(engine, plan)
    await ended(engine, execution)

    review = await engine.rollback_review(execution)
    await engine.start_rollback(execution, engine.decided(Approve(), review=review))
    result = await ended(engine, execution)

    assert [one.command.description for one in review.commands] == ["undo a 1", "undo a 2"]
    assert result.status is ExecutionStatus.ROLLED_BACK
    assert stub.times("undo b") == 1
    assert stub.times("undo a 1") == 2


@pytest.mark.usefixtures("quick")
async def test_a_compensation_by_command_line_can_be_tried_in_a_second_rollback(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    plan = sequence(a, rollback_strategy=undoing({a.id: [cli_put("undo a")]}))
    stub.says = lambda call: NO if (call.name, call.number) == ("undo a", 1) else FINE
    execution = await approved(engine, plan)
    await ended(engine, execution)
    await engine.start_rollback(execution, None)
    assert (await ended(engine, execution)).status is ExecutionStatus.FAILED

    await engine.start_rollback(execution, None)

    assert (await ended(engine, execution)).status is ExecutionStatus.ROLLED_BACK


async def test_a_rollback_by_hand_needs_a_decision_and_then_undoes(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    plan = sequence(a, rollback_strategy=undoing({a.id: [put("undo a")]}))
    stub.says = lambda call: FINE
    execution = await approved(engine, plan)
    await ended(engine, execution)
    with pytest.raises(ApprovalRequired):
        await engine.rollback(execution)
    assert stub.names == ["a"]

    await engine.start_rollback(execution, engine.decided(Approve()))
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.ROLLED_BACK
    assert result.command_results[0].status is CommandStatus.ROLLED_BACK
    story = await engine.storage.journal(execution)
    [begun] = [event for event in story if isinstance(event, happened.RollbackStarted)]
    assert begun.approval is not None
    assert [event.seq for event in story] == list(range(1, len(story) + 1))


async def test_what_was_undone_cannot_be_undone_again(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    stub.says = lambda call: FINE
    execution = await approved(engine, sequence(a, rollback_strategy=undoing({a.id: [put("undo a")]})))
    await ended(engine, execution)
    await engine.start_rollback(execution, None)
    await ended(engine, execution)

    with pytest.raises(Other, match="Nothing to undo"):
        await engine.rollback_review(execution)


async def test_two_rollbacks_at_once_undo_once(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    execution = await approved(engine, sequence(a, rollback_strategy=undoing({a.id: [put("undo a")]})))
    await stub.holds("a")
    stub.release("a")
    await ended(engine, execution)

    began = await asyncio.gather(
        *(engine.start_rollback(execution, None) for _ in range(3)), return_exceptions=True
    )
    await stub.holds("undo a")
    stub.release("undo a")
    await ended(engine, execution)

    assert sum(one is None for one in began) == 1
    assert stub.times("undo a") == 1


async def test_a_running_execution_cannot_be_undone(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    execution = await approved(engine, sequence(a, rollback_strategy=undoing({a.id: [put("undo a")]})))
    await stub.holds("a")

    for asking in (engine.rollback_review(execution), engine.start_rollback(execution, None)):
        with pytest.raises(Other, match="has not ended"):
            await asking


async def test_a_rollback_of_reads_needs_no_decision(make: Maker, stub: Stub) -> None:
    engine = make()
    a = put("a")
    stub.says = lambda call: FINE
    execution = await approved(engine, sequence(a, rollback_strategy=undoing({a.id: [get("look")]})))
    await ended(engine, execution)

    result = await engine.rollback(execution)

    assert result.status is ExecutionStatus.ROLLED_BACK


async def test_what_completed_since_the_rollback_was_decided_on_is_not_undone_by_that_decision(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    stub.says = lambda call: NO if (call.name, call.number) == ("bad", 1) else FINE
    execution = await approved(engine, failing_plan(by_itself=False))
    await ended(engine, execution)
    shown = await engine.rollback_review(execution)
    redriver = Redriver(engine, PlanQueue(engine))
    left = (await redriver.look(execution)).review
    assert left is not None
    await redriver.begin(execution, RedriveWish(), Decision(left.digest))
    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED

    with pytest.raises(Other, match="It changed while this was decided; look at it again"):
        await engine.start_rollback(execution, engine.decided(Approve(), review=shown), shown)

    assert stub.names == ["a", "b", "bad", "bad"]
    assert (await engine.observe(execution)).status is ExecutionStatus.COMPLETED


async def test_what_somebody_undid_meanwhile_with_an_unknown_end_is_not_sent_a_second_time(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    stub.says = lambda call: CUT if call.name == "undo b" else FINE
    execution = await approved(engine, failing_plan(by_itself=False))
    await ended(engine, execution)
    shown = await engine.rollback_review(execution)
    await engine.start_rollback(execution, engine.decided(Approve(), review=shown), shown)
    await ended(engine, execution)

    with pytest.raises(Other, match="reconcile it first"):
        await engine.start_rollback(execution, engine.decided(Approve(), review=shown), shown)

    assert stub.times("undo b") == 1


async def test_an_execution_that_is_pruned_while_its_rollback_begins_is_said_to_be_gone(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    stub.says = lambda call: FINE
    execution = await approved(engine, failing_plan(by_itself=False))
    await ended(engine, execution)
    shown = await engine.rollback_review(execution)
    go_on = engine.storage.go_on

    async def late(execution_id: UUID, seen: int, events: Any, owner: Owner, at: datetime) -> bool:
        store = make.storage()
        assert await store.prune(at + timedelta(days=1)) == 1
        await store.close()
        return await go_on(execution_id, seen, events, owner, at)

    monkeypatch.setattr(engine.storage, "go_on", late)

    with pytest.raises(Other, match="was pruned a moment ago"):
        await engine.start_rollback(execution, engine.decided(Approve(), review=shown), shown)
