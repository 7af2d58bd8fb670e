"""What a destructive command acts on is looked at again right before it leaves."""

from __future__ import annotations

from typing import Any

from cloudops_tui.engine.plan_queue import PlanQueue, Submission
from cloudops_tui.model import events as happened
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionResult
from tests.engine.made import Heard, Maker, ended, how
from tests.engine.plans import delete, get, sequence, token
from tests.engine.stub import FINE, Answer, Call, Stub, refusal


class Parameters:
    """What is there; a write changes it, and so may anybody else."""

    def __init__(self, stub: Stub) -> None:
        self.there: dict[str, Any] = {"Name": "a", "Type": "String", "Version": 3}
        self.readable = True
        self.too_fast = 0
        """So many reads more are throttled."""
        stub.says = self.answer

    def answer(self, call: Call) -> Answer:
        if call.operation != "DescribeParameters":
            return FINE
        if self.too_fast:
            self.too_fast -= 1
            return refusal("ThrottlingException")
        return Answer(body={"Parameters": [self.there]}) if self.readable else refusal("AccessDeniedException")


async def run_rehearsed(
    make: Maker, plan: ExecutionPlan, meanwhile: Any = lambda: None
) -> tuple[ExecutionResult, list[happened.BeforeStateCompared]]:
    """Rehearse, approve what was rehearsed after something happened `meanwhile`, and run."""
    engine = make()
    heard = Heard(engine)
    queue = PlanQueue(engine)
    entry = await queue.submit(Submission(plan.model_dump_json().encode(), "test"))
    await queue.rehearse(entry.id)
    review = await queue.review(entry.id)
    meanwhile()
    execution = await queue.approve(
        entry.id,
        digest=review.digest,
        confirmation="123456789012",
        reason="it is not used any more",
        acknowledged=True,
    )
    return await ended(engine, execution), heard.of(happened.BeforeStateCompared)


async def test_what_is_as_it_was_is_deleted(make: Maker, stub: Stub) -> None:
    Parameters(stub)
    plan = sequence(delete("a"))

    result, [compared] = await run_rehearsed(make, plan)

    assert how(plan, result) == {"a": "Completed"}
    assert compared.same is True


async def test_what_changed_since_is_not_deleted_and_the_difference_is_told(make: Maker, stub: Stub) -> None:
    world = Parameters(stub)
    plan = sequence(delete("a"))

    result, [compared] = await run_rehearsed(make, plan, lambda: world.there.update(Version=4))

    assert how(plan, result) == {"a": "Failed"}
    error = result.command_results[0].error or ""
    assert "has changed since the approval" in error
    assert "3" in error
    assert "4" in error
    assert compared.same is False
    assert [call.operation for call in stub.calls if call.operation == "DeleteParameter"] == []


async def test_what_cannot_be_read_is_said_and_blocks_nothing(make: Maker, stub: Stub) -> None:
    world = Parameters(stub)
    plan = sequence(delete("a"))

    result, [compared] = await run_rehearsed(make, plan, lambda: setattr(world, "readable", False))

    assert how(plan, result) == {"a": "Completed"}
    assert compared.same is None
    assert "AccessDenied" in (compared.said or "")


async def test_a_look_that_was_throttled_is_made_once_more_and_what_changed_is_not_deleted(
    make: Maker, stub: Stub
) -> None:
    world = Parameters(stub)
    plan = sequence(delete("a"))

    def busy_and_changed() -> None:
        world.there.update(Version=4)
        world.too_fast = 1

    result, compared = await run_rehearsed(make, plan, busy_and_changed)

    assert how(plan, result) == {"a": "Failed"}
    assert [one.same for one in compared] == [None, False]
    assert [call.operation for call in stub.calls if call.operation == "DeleteParameter"] == []


async def test_what_an_earlier_command_of_the_plan_may_have_changed_is_not_held_against_it(
    make: Maker, stub: Stub
) -> None:
    world = Parameters(stub)
    plan = sequence(get("a"), token("baseline"), delete("a"))

    result, [compared] = await run_rehearsed(make, plan, lambda: world.there.update(Version=4))

    assert [one.status.value for one in result.command_results] == ["Completed"] * 3
    assert (compared.same, compared.said) == (
        None, "command 2 of this plan ran before it, and may have changed what it acts on"
    )  # fmt: skip
