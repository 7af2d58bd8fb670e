"""What each part does rightly alone, where two of them meet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending
from cloudops_tui.engine.session import ApprovalRefused, ExecutionSession
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import RollbackFailed
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.policy.before.reading import Answer, Read
from tests.engine import stub as stub_aws
from tests.engine.cloud import Cloud, scale, terminate
from tests.engine.made import Heard, Maker, approved, ended, how
from tests.engine.plans import of, put, sequence, token, undoing
from tests.engine.stub import CUT, FINE, Stub, refusal, until
from tests.engine.test_redrive import NO, go_on, kept, session_of
from tests.engine.test_undoing import undone

WAITS_LONG = ExecutionConfig(retry_config=RetryConfig(backoff=Fixed(Duration.from_secs(600))))


class Forgetful(Cloud):
    """Does the work, and where `loses` says so nobody hears of it."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = True
        self.breaks = False

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        found = await super().run(attempt)
        return AttemptOutcome(Ending.LOST, Duration.from_secs(0), "lost") if self.loses else found

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        if self.breaks:
            raise asyncio.CancelledError
        return await super().ask(reads, profile, region)


async def test_what_destroys_without_a_way_back_is_redriven_once_that_is_acknowledged(make: Maker) -> None:
    cloud = Cloud()
    cloud.refuses.add(("TerminateInstances", "None"))
    session = ExecutionSession(make(executors=[cloud]), OutputFiles())
    plan = sequence(terminate("i-1"))
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    cloud.refuses.clear()
    review = await session.redrive_review(execution)
    assert review is not None
    account = review.confirmation.accepted[0]

    with pytest.raises(ApprovalRefused, match="acknowledge that first"):
        await session.redrive(execution, digest=review.digest, confirmation=account, reason="old")
    await session.redrive(execution, digest=review.digest, confirmation=account, reason="old", acknowledged=True)

    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    [begun] = [one for one in await session.story(execution) if isinstance(one, happened.Redriven)]
    assert begun.approval is not None
    assert begun.approval.acknowledged == (plan.commands[0].id,)


async def test_a_process_that_dies_while_it_sends_once_more_leaves_what_was_unknown_unknown(
    make: Maker, stub: Stub
) -> None:
    session = ExecutionSession(make(WAITS_LONG), OutputFiles())
    stub.says = lambda call: CUT if call.number == 1 else refusal("ThrottlingException")
    plan = sequence(put("x"))
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    heard = Heard(session._engine)
    await go_on(session, execution, RedriveWish(again=plan.commands[0].id), confirmation="twice")
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "it waits to try again")
    await session._engine.close(leave_running=True)

    after = make()
    seen = await after.observe(execution)
    await after.recover()
    result = await ended(after, execution)

    assert seen.command(plan.commands[0].id).status is CommandStatus.UNKNOWN
    assert how(plan, result) == {"x": "Unknown"}, "the first request may have done its work"
    assert stub.times("x") == 2


async def test_what_was_there_before_an_attempt_that_was_lost_is_what_is_put_back(make: Maker) -> None:
    cloud = Forgetful()
    session = ExecutionSession(make(executors=[cloud]), OutputFiles())
    plan = sequence(scale("web", 5))
    execution = await approved(session._engine, plan)
    assert how(plan, await ended(session._engine, execution)) == {"SetDesiredCapacity web": "Unknown"}
    cloud.loses = False
    again = RedriveWish(again=plan.commands[0].id)
    review = await session.redrive_review(execution, again)
    assert review is not None
    typed = (*review.confirmation.accepted, "")[0]
    await go_on(session, execution, again, confirmation=typed)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED

    assert (await undone(session._engine, execution)).status is ExecutionStatus.ROLLED_BACK
    assert cloud.groups["web"] == 2


async def test_a_redrive_that_is_stopped_ends_as_a_first_run_does(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("bad"), put("c"))
    stub.says = lambda call: NO if call.number == 1 and call.name == "bad" else None
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    await go_on(session, execution)
    await stub.holds("bad")

    await session.stop_execution(execution)
    stub.release("bad")
    result = await ended(session._engine, execution)

    assert (result.status, how(plan, result)) == (ExecutionStatus.CANCELLED, {"bad": "Completed", "c": "Skipped"})
    await kept(make, execution, plan)
    stub.says = lambda call: FINE
    await go_on(session, execution)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == ["bad", "bad", "c"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [(refusal("ThrottlingException"), CommandStatus.FAILED), (CUT, CommandStatus.UNKNOWN)],
    ids=["turned-away", "lost"],
)
async def test_a_compensation_that_waited_to_be_tried_again_when_its_process_died_is_what_its_last_attempt_says(
    make: Maker, stub: Stub, answer: stub_aws.Answer, status: CommandStatus
) -> None:
    engine = make(WAITS_LONG)
    heard = Heard(engine)
    a, undo = put("a"), token("undo a")
    stub.says = lambda call: FINE if call.name == "a" else answer
    execution = await approved(engine, sequence(a, rollback_strategy=undoing({a.id: [undo]})))
    await ended(engine, execution)
    await engine.start_rollback(execution, None)
    await until(lambda: bool(heard.of(happened.CommandRetryScheduled)), "it waits to try again")
    await engine.close(leave_running=True)

    after = make()
    await after.recover()
    result = await ended(after, execution)

    assert isinstance(result.error, RollbackFailed)
    state = await after.observe(execution)
    assert state.compensations[undo.id].status is status
    assert set(state.commands) == {a.id}


async def test_a_look_that_is_cancelled_from_within_ends_the_run_and_is_not_waited_for(make: Maker) -> None:
    cloud = Forgetful()
    cloud.breaks = True
    engine = make(executors=[cloud])
    plan = of(Parallel(), scale("web", 5), scale("jobs", 7))

    result = await ended(engine, await approved(engine, plan))

    assert result.status is ExecutionStatus.FAILED
    assert cloud.sent == []
