"""Undoing what the plan wrote nothing for: read before, proposed afterwards, and never over somebody else's change."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from cloudops_tui.engine import holding, undoing
from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, Decision, DecisionIncomplete, PlanQueue
from cloudops_tui.executors import rehearser
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.command import OnFailure
from cloudops_tui.model.errors import InvalidCommand, Other, RollbackFailed
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.before.reading import Read
from cloudops_tui.state.execution import left_of
from cloudops_tui.state.reducer import replay
from tests.engine.cloud import Cloud, make_group, scale, terminate
from tests.engine.made import Heard, KnownAccounts, Maker, approved, ended, how
from tests.engine.plans import of, sequence
from tests.engine.plans import undoing as compensated
from tests.engine.stub import PATIENCE, Stub, until


async def undone(engine: ExecutionEngine, execution: UUID, review: Review | None = None) -> ExecutionResult:
    shown = review or await engine.rollback_review(execution)
    await engine.start_rollback(execution, engine.decided(Approve(), review=shown), shown)
    return await ended(engine, execution)


async def test_what_was_there_is_kept_with_the_intent_and_put_back_in_reverse_order(make: Maker) -> None:
    cloud = Cloud()
    engine = make(executors=[cloud])
    plan = sequence(scale("web", 5), make_group("db"), scale("jobs", 0))

    execution = await approved(engine, plan)
    await ended(engine, execution)
    review = await engine.rollback_review(execution)
    again = await engine.rollback_review(execution)
    result = await undone(engine, execution, review)

    assert [one.undoes for one in review.commands] == ["restore-before", "delete-created", "restore-before"]
    assert not any("claims" in why for one in review.commands for why in one.assessment.reasons)
    assert review.digest == again.digest
    assert cloud.sent[3:] == [
        ("SetDesiredCapacity", "jobs"), ("DeleteSecurityGroup", "sg-1"), ("SetDesiredCapacity", "web")
    ]  # fmt: skip
    assert cloud.groups == {"web": 2, "jobs": 3}
    assert result.status is ExecutionStatus.ROLLED_BACK
    assert set(how(plan, result).values()) == {"RolledBack"}
    story = await engine.storage.journal(execution)
    begun = [one for one in story if isinstance(one, happened.CommandStarted)]
    assert [one.before.image if one.before else None for one in begun] == [
        {"DesiredCapacity": 2}, None, {"DesiredCapacity": 3}
    ]  # fmt: skip
    assert replay(execution, plan, story).status is ExecutionStatus.ROLLED_BACK


async def test_another_process_proposes_the_same_and_undoes_it(make: Maker) -> None:
    cloud = Cloud()
    first = make(executors=[cloud])
    execution = await approved(first, sequence(scale("web", 5)))
    await ended(first, execution)
    shown = await first.rollback_review(execution)
    await first.close()

    second = make(executors=[cloud])
    review = await second.rollback_review(execution)
    result = await undone(second, execution, review)

    assert review.digest == shown.digest
    assert result.status is ExecutionStatus.ROLLED_BACK
    assert cloud.groups["web"] == 2


async def test_what_somebody_else_changed_is_not_written_over_and_the_rest_is_listed(make: Maker) -> None:
    cloud = Cloud()
    engine = make(executors=[cloud])
    execution = await approved(engine, sequence(scale("web", 5), scale("jobs", 7)))
    await ended(engine, execution)
    cloud.groups["jobs"] = 11

    review = await engine.rollback_review(execution)
    result = await undone(engine, execution, review)

    said = "Somebody changed it since: DesiredCapacity is 11 now, and the command had made it 7"
    assert review.commands[0].undoes == f"restore-before: {said}"
    assert result.status is ExecutionStatus.FAILED
    assert isinstance(result.error, RollbackFailed)
    assert f"{said}; nothing was sent; left to do: " in str(result.error)
    assert cloud.groups == {"web": 5, "jobs": 11}
    assert len(left_of(await engine.observe(execution))) == 2


async def test_a_rollback_that_stopped_goes_on_from_there(make: Maker) -> None:
    cloud = Cloud()
    engine = make(executors=[cloud])
    execution = await approved(engine, sequence(scale("web", 5), scale("jobs", 7)))
    await ended(engine, execution)
    shown = await engine.rollback_review(execution)
    cloud.refuses.add(("SetDesiredCapacity", "web"))
    assert (await undone(engine, execution, shown)).status is ExecutionStatus.FAILED
    cloud.refuses.clear()

    review = await engine.rollback_review(execution)
    result = await undone(engine, execution, review)

    assert [one.command.id for one in review.commands] == [shown.commands[1].command.id]
    assert result.status is ExecutionStatus.ROLLED_BACK
    assert cloud.groups == {"web": 2, "jobs": 3}


async def test_what_is_back_already_is_left_out_even_where_it_was_proposed_before(make: Maker) -> None:
    cloud = Cloud()
    engine = make(executors=[cloud])
    execution = await approved(engine, sequence(scale("web", 5), scale("jobs", 7)))
    await ended(engine, execution)
    cloud.refuses.add(("SetDesiredCapacity", "jobs"))
    await undone(engine, execution)
    cloud.groups["jobs"] = 3  # by hand
    cloud.refuses.clear()

    review = await engine.rollback_review(execution)
    sent = len(cloud.sent)
    result = await undone(engine, execution, review)

    assert len(review.commands) == 1
    assert review.remains == (f"`SetDesiredCapacity jobs`: {undoing.IS_BACK}",)
    assert cloud.sent[sent:] == [("SetDesiredCapacity", "web")]
    assert result.status is ExecutionStatus.ROLLED_BACK


async def test_the_plan_s_own_word_counts_and_nothing_is_proposed_beside_it(make: Maker) -> None:
    cloud = Cloud()
    engine = make(executors=[cloud])
    web, back = scale("web", 5), scale("web", 4)
    execution = await approved(engine, sequence(web, rollback_strategy=compensated({web.id: [back]})))
    await ended(engine, execution)

    review = await engine.rollback_review(execution)

    assert [one.command for one in review.commands] == [back]
    assert review.commands[0].undoes == "compensation"


async def test_where_nothing_can_be_put_back_the_reason_is_said(make: Maker) -> None:
    engine = make(executors=[Cloud()])
    execution = await approved(engine, sequence(terminate("i-1")))
    await ended(engine, execution)

    with pytest.raises(Other, match=r"Nothing to undo: no way back is known .`TerminateInstances .*`.;"):
        await engine.rollback_review(execution)


async def test_a_read_that_is_never_answered_holds_nothing_up(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "PATIENCE", 0.05)
    cloud = Cloud()
    cloud.answers.clear()
    engine = make(executors=[cloud])

    execution = await approved(engine, sequence(scale("web", 5)))
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
    [before] = (await engine.observe(execution)).befores.values()
    assert (before.image, before.unread) == (None, "no answer within 0 s")
    with pytest.raises(Other, match="what was there before is not known: no answer"):
        await engine.rollback_review(execution)


async def test_cancelled_while_it_looks_nothing_is_sent_and_the_command_is_skipped(make: Maker) -> None:
    cloud = Cloud()
    cloud.answers.clear()
    engine = make(executors=[cloud])
    plan = sequence(scale("web", 5), scale("jobs", 7))

    execution = await approved(engine, plan)
    async with asyncio.timeout(PATIENCE):
        while not cloud.reads:
            await asyncio.sleep(0.01)
    await engine.cancel(execution)
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.CANCELLED
    assert set(how(plan, result).values()) == {"Skipped"}
    assert cloud.sent == []


async def test_what_destroys_without_a_way_back_is_acknowledged_or_not_approved(make: Maker) -> None:
    engine = make(executors=[Cloud()])
    review = await engine.preparer.review(sequence(scale("web", 5), terminate("i-1")))
    account = review.confirmation.accepted[0]

    with pytest.raises(DecisionIncomplete, match=r"Command 2 destroys, and nothing is known .*`--no-way-back`"):
        PlanQueue.hold_to(review, Decision(review.digest, account, "why", "all"))
    with pytest.raises(ApprovalRefused, match="acknowledge that first"):
        PlanQueue.hold_to(review, Decision(review.digest, account, "why"))
    PlanQueue.hold_to(review, Decision(review.digest, account, "why", "all", acknowledged=True))

    metadata = engine.decided(Approve(), review=review, acknowledged=True)
    assert metadata.acknowledged == (review.commands[1].command.id,)
    assert engine.decided(Approve(), review=review).acknowledged is None


@pytest.mark.parametrize("policy", [OnFailure.ROLLBACK, OnFailure.ABORT, OnFailure.CONTINUE])
async def test_only_the_command_that_says_so_leads_to_a_rollback(make: Maker, policy: OnFailure) -> None:
    cloud = Cloud()
    cloud.refuses.add(("SetDesiredCapacity", "jobs"))
    engine = make(executors=[cloud])
    web, bad, last = scale("web", 5), scale("jobs", 7, on_failure=policy), scale("web", 6)
    plan = sequence(web, bad, last, rollback_strategy=compensated({web.id: [scale("web", 2)]}))

    result = await ended(engine, await approved(engine, plan))

    undone_now = policy is OnFailure.ROLLBACK
    assert result.status is (ExecutionStatus.ROLLED_BACK if undone_now else ExecutionStatus.FAILED)
    assert cloud.groups["web"] == {OnFailure.ROLLBACK: 2, OnFailure.ABORT: 5, OnFailure.CONTINUE: 6}[policy]


async def test_a_rollback_without_anything_to_roll_back_with_is_no_valid_plan(make: Maker) -> None:
    engine = make(executors=[Cloud()])

    with pytest.raises(InvalidCommand, match="There is nothing to roll back with"):
        await engine.preparer.review(sequence(scale("web", 5, on_failure=OnFailure.ROLLBACK)))


async def test_an_answer_that_is_too_large_is_not_read_to_its_end_and_the_next_one_is(
    stub: Stub, catalogue: BotocoreCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearser, "LARGEST_ANSWER", 1000)
    executor = SdkExecutor(catalogue=catalogue)

    def of(name: str) -> list[Read]:
        return [Read("ssm.GetParameters", {"Names": [name], "WithDecryption": False})]

    [large] = await executor.ask(of("x" * 2000), "default", "us-east-1")
    [small] = await executor.ask(of("small"), "default", "us-east-1")

    assert large.unread.startswith("the answer is larger than")
    assert small.there == {"InvalidParameters": ["small"]}
    await executor.close()


class Expiring(KnownAccounts):
    """Credentials that are not valid until somebody renews them."""

    valid = True

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        known = await super().identify(profile, region)
        gone = {"account": None, "partition": None, "principal": None, "reason": "expired", "renew": "renew them"}
        return known if self.valid else known.model_copy(update=gone)


async def test_what_is_there_is_read_anew_after_a_wait_for_credentials(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LOOK_EVERY", 0.02)
    cloud, accounts = Cloud(), Expiring(make.aws)
    engine = make(executors=[cloud], accounts=accounts)
    heard = Heard(engine)
    accounts.valid = True
    cloud.expired.add("web")

    execution = await approved(engine, sequence(scale("web", 5)))
    accounts.valid = False
    await until(lambda: bool(heard.of(happened.ExecutionHeld)), "it is held")
    cloud.groups["web"] = 4  # by somebody else, while nobody renewed them
    cloud.expired.clear()
    accounts.valid = True
    await ended(engine, execution)
    await undone(engine, execution)

    assert cloud.groups["web"] == 4


async def test_a_command_that_waited_does_not_begin_once_another_one_has_ended_the_plan(make: Maker) -> None:
    cloud = Cloud()
    cloud.answers.clear()
    engine = make(executors=[cloud])
    bad = terminate("i-1")
    cloud.refuses.add(("TerminateInstances", "None"))
    plan = of(Parallel(), scale("web", 5), bad, max_parallel=2)
    heard = Heard(engine)

    execution = await approved(engine, plan)
    await until(lambda: bool(heard.of(happened.CommandFailed)) and cloud.reads > 0, "one failed, and one looks")
    cloud.answers.set()
    result = await ended(engine, execution)

    assert set(cloud.sent) == {("TerminateInstances", "None")}
    assert how(plan, result)["SetDesiredCapacity web"] == "Skipped"
