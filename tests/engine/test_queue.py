"""Plans that arrive, and decisions that hold or do not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, DecisionIncomplete, InvalidPlan, PlanQueue, Submission
from cloudops_tui.engine.ports import Conflict
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.errors import ApprovalRequired, ExecutionError, Other
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.settings import ProfileSettings, SafetySettings, Settings
from tests.engine.made import Heard, Maker, ended
from tests.engine.plans import cli_put, delete, get, put, sequence
from tests.engine.process import child, said
from tests.engine.stub import FINE, Stub
from tests.faults.driver import quick_aws


@pytest.fixture(autouse=True)
def identities_come_from_sts(make: Maker) -> None:
    make.asks_sts = True


def text(plan: ExecutionPlan) -> str:
    return plan.model_dump_json()


async def submitted(engine: ExecutionEngine, plan: ExecutionPlan) -> QueueEntry:
    return await PlanQueue(engine).submit(Submission(text(plan).encode(), "stdin"))


def with_value(plan: ExecutionPlan, description: str) -> ExecutionPlan:
    return plan.model_copy(update={"description": description})


async def test_the_same_plan_is_the_same_entry_and_a_changed_one_the_next_revision(make: Maker, stub: Stub) -> None:
    engine = make()
    heard = Heard(engine)
    plan = sequence(put("a"))

    first, again = await submitted(engine, plan), await submitted(engine, plan)
    spaced = await PlanQueue(engine).submit(Submission(plan.model_dump_json(indent=4).encode(), "stdin"))
    changed = await submitted(engine, with_value(plan, "Another"))

    assert first == again == spaced
    assert (changed.id, changed.revision) == (first.id, 2)
    assert [event.entry.revision for event in heard.of(happened.PlanQueued)] == [1, 2]
    assert len(await engine.storage.entries()) == 1


async def test_what_is_no_plan_is_kept_with_its_problems_and_cannot_be_approved(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    heard = Heard(engine)

    entry = await queue.submit(Submission(b'{"id": "x", "commands": []}', "stdin"))

    assert entry.state is QueueState.REFUSED
    assert entry.problems
    assert entry.refused_text == '{"id": "x", "commands": []}'
    assert heard.of(happened.PlanRefused)
    for asking in (queue.review(entry.id), queue.approve(entry.id, digest="0" * 64)):
        with pytest.raises(Other, match="refused as a plan"):
            await asking


async def test_an_approval_runs_exactly_what_its_digest_names(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    heard = Heard(engine)
    stub.says = lambda call: FINE
    entry = await submitted(engine, sequence(put("a")))
    review = await queue.review(entry.id)

    execution = await queue.approve(entry.id, digest=review.digest, reason="as agreed")
    await ended(engine, execution)

    now = await queue.entry(entry.id)
    assert (now.state, now.execution_id, now.decided_by) == (QueueState.DONE, execution, "alice")
    [decided] = heard.of(happened.ApprovalDecided)
    assert decided.metadata.digest == review.digest
    record = await engine.record(execution)
    assert record.approval_metadata is not None
    assert record.approval_metadata.notes == "as agreed"


@pytest.mark.parametrize("digest", ["0" * 64, "", "abc"])
async def test_another_digest_is_refused(make: Maker, stub: Stub, digest: str) -> None:
    engine = make()
    entry = await submitted(engine, sequence(put("a")))

    with pytest.raises(ApprovalRefused, match="look at it again"):
        await PlanQueue(engine).approve(entry.id, digest=digest)
    assert stub.names == []


async def test_a_digest_that_differs_late_is_told_whole_and_one_too_short_is_asked_for(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    entry = await submitted(engine, sequence(put("a")))
    digest = (await queue.review(entry.id)).digest
    late = digest[:63] + ("0" if digest[63] != "0" else "1")

    for given in (late, digest + "0", digest[:12] + "x"):
        with pytest.raises(ApprovalRefused, match=f"has digest {digest}, not {given}: "):
            await queue.approve(entry.id, digest=given)
    with pytest.raises(ApprovalRefused, match=f"has digest {digest[:12]}, not 000000000000: "):
        await queue.approve(entry.id, digest="0" * 64)
    with pytest.raises(ApprovalRefused, match="is only the beginning of the digest"):
        await queue.approve(entry.id, digest=digest[:12])
    assert stub.names == []


async def test_a_destructive_plan_wants_its_account_typed(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    stub.says = lambda call: FINE
    entry = await submitted(engine, sequence(delete("a")))
    digest = (await queue.review(entry.id)).digest

    for typed in ("", "123", "yes"):
        with pytest.raises(ApprovalRefused, match="Type the account"):
            await queue.approve(entry.id, digest=digest, confirmation=typed)
    assert stub.names == []

    with pytest.raises(ApprovalRefused, match="Say why"):
        await queue.approve(entry.id, digest=digest, confirmation="123456789012", reason=" ")
    assert stub.names == []

    execution = await queue.approve(
        entry.id, digest=digest, confirmation=" 123456789012 ", reason="agreed", acknowledged=True
    )
    await ended(engine, execution)
    assert stub.names == ["a"]


async def test_without_a_screen_the_configuration_decides_and_says_what_is_missing(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    entry = await submitted(engine, sequence(delete("a")))
    digest = (await queue.review(entry.id)).digest

    with pytest.raises(ApprovalRefused, match="headless"):
        await queue.approve(entry.id, digest=digest, headless="modify")
    with pytest.raises(DecisionIncomplete, match="--reason"):
        await queue.approve(entry.id, digest=digest, headless="all")
    with pytest.raises(DecisionIncomplete, match="--confirm"):
        await queue.approve(entry.id, digest=digest, headless="all", reason="agreed")
    assert stub.names == []


async def test_an_account_that_changed_since_the_review_is_refused(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    entry = await submitted(engine, sequence(put("a")))
    digest = (await queue.review(entry.id)).digest
    stub.account = "999999999999"

    with pytest.raises(ApprovalRefused, match=r"`default` changed \(123456789012 -> 999999999999\)"):
        await queue.approve(entry.id, digest=digest)
    assert stub.names == []


async def test_a_tool_that_changed_since_the_review_is_refused(make: Maker, stub: Stub, tmp_path: Path) -> None:
    engine = make()
    program = tmp_path / "aws"
    (tmp_path / "real").mkdir()
    real = quick_aws(tmp_path / "real")
    program.write_text(f"#!/bin/sh\nexec {real} \"$@\"\n")
    program.chmod(0o700)
    engine.preparer.accounts = AwsAccounts(program)
    queue = PlanQueue(engine)
    entry = await submitted(engine, sequence(cli_put("a")))
    digest = (await queue.review(entry.id)).digest
    program.write_text(f"#!/bin/sh\n# another one\nexec {real} \"$@\"\n")

    with pytest.raises(ApprovalRefused, match="the `aws` program changed "):
        await queue.approve(entry.id, digest=digest)
    assert stub.names == []


async def test_a_plan_that_changed_since_the_review_is_refused(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    plan = sequence(put("a"))
    entry = await submitted(engine, plan)
    digest = (await queue.review(entry.id)).digest
    await submitted(engine, with_value(plan, "Another"))

    with pytest.raises(ApprovalRefused):
        await queue.approve(entry.id, digest=digest)


async def test_what_was_decided_cannot_be_decided_changed_or_submitted_otherwise(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    plan = sequence(put("a"))
    entry = await submitted(engine, plan)
    digest = (await queue.review(entry.id)).digest
    with pytest.raises(ApprovalRefused, match="Say why"):
        await queue.reject(entry.id, reason="  ")
    rejected = await queue.reject(entry.id, reason="not today")

    assert (rejected.state, rejected.reason) == (QueueState.REJECTED, "not today")
    with pytest.raises(ApprovalRefused):
        await queue.approve(entry.id, digest=digest)
    with pytest.raises(ApprovalRefused):
        await queue.reject(entry.id, reason="again")
    with pytest.raises(ApprovalRefused):
        await queue.modify(entry.id, text(with_value(plan, "Another")))
    with pytest.raises(Conflict):
        await submitted(engine, with_value(plan, "Another"))
    assert stub.names == []


async def test_a_modified_plan_is_a_revision_with_a_digest_of_its_own(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    plan = sequence(put("a"))
    entry = await submitted(engine, plan)
    before = (await queue.review(entry.id)).digest

    with pytest.raises(InvalidPlan):
        await queue.modify(entry.id, "{}")
    with pytest.raises(InvalidPlan, match="keeps its id"):
        await queue.modify(entry.id, text(sequence(put("a"))))
    changed = await queue.modify(entry.id, text(plan.model_copy(update={"commands": (put("b"),)})))

    assert (changed.id, changed.revision) == (entry.id, 2)
    assert (await queue.review(entry.id)).digest != before


async def test_a_read_only_session_approves_nothing(make: Maker, stub: Stub) -> None:
    engine = make(settings=Settings(safety=SafetySettings(read_only=True)))
    entry = await submitted(engine, sequence(get("a")))
    digest = (await PlanQueue(engine).review(entry.id)).digest

    with pytest.raises(ApprovalRefused, match="read-only"):
        await PlanQueue(engine).approve(entry.id, digest=digest)


async def test_a_read_only_session_runs_nothing_that_needs_no_decision_either(make: Maker, stub: Stub) -> None:
    engine = make(settings=Settings(safety=SafetySettings(read_only=True)))
    entry = await submitted(engine, sequence(get("a")))

    with pytest.raises(ApprovalRefused, match="read-only"):
        await PlanQueue(engine).run_unasked(entry.id)
    assert stub.names == []


@pytest.mark.parametrize("write", [False, True], ids=["it reads", "it writes"])
async def test_a_plan_that_reaches_a_read_only_profile_is_looked_at_and_never_run(
    make: Maker, stub: Stub, write: bool
) -> None:
    engine = make(settings=Settings(profiles={"default": ProfileSettings(read_only=True)}))
    queue, plan = PlanQueue(engine), sequence((put if write else get)("a"))
    entry = await submitted(engine, plan)
    review = await queue.review(entry.id)

    assert review.blocked is not None
    assert "`default` is read-only here" in review.blocked
    with pytest.raises(ApprovalRefused, match="read-only here"):
        await queue.approve(entry.id, digest=review.digest)
    with pytest.raises((ApprovalRefused, ApprovalRequired)):
        await queue.run_unasked(entry.id)
    with pytest.raises(ExecutionError, match="read-only here"):
        await engine.execute_with_approval(plan, Approve())
    assert stub.names == []


async def test_a_plan_of_another_profile_is_not_held_by_a_read_only_one(make: Maker, stub: Stub) -> None:
    engine = make(settings=Settings(profiles={"prod": ProfileSettings(read_only=True)}))
    entry = await submitted(engine, sequence(put("a")))

    assert (await PlanQueue(engine).review(entry.id)).blocked is None


async def test_of_two_who_decide_at_once_exactly_one_wins(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: FINE
    one, other = make(), make()
    entry = await submitted(one, sequence(put("a")))
    digest = (await PlanQueue(one).review(entry.id)).digest

    decided = await asyncio.gather(
        PlanQueue(one).approve(entry.id, digest=digest),
        PlanQueue(other).approve(entry.id, digest=digest),
        PlanQueue(one).approve(entry.id, digest=digest),
        PlanQueue(other).reject(entry.id, reason="no"),
        return_exceptions=True,
    )

    won = [answer for answer in decided if not isinstance(answer, BaseException)]
    assert len(won) == 1
    assert all(isinstance(answer, UUID | QueueEntry | ApprovalRefused) for answer in decided)
    for execution in won:
        if isinstance(execution, UUID):
            assert (await ended(other, execution)).status is ExecutionStatus.COMPLETED
    assert len(stub.names) == sum(isinstance(answer, UUID) for answer in won)


async def test_of_two_processes_that_decide_at_once_exactly_one_wins(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: FINE
    entry = await submitted(make(), sequence(put("a")))

    async with (
        child(make, "decide", str(entry.id)) as one,
        child(make, "decide", str(entry.id)) as other,
    ):
        for process in (one, other):
            assert await said(process) == "ready"
        for process in (one, other):
            process.tell(b"now\n")
        answers = [await said(one), await said(other)]
        await asyncio.gather(one.ends(), other.ends())

    assert sum(answer.startswith("refused:") for answer in answers) == 1
    assert stub.names == ["a"]
