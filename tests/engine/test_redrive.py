"""Going on after the end: an Unknown resolved by a person, what is not done run, and nothing twice."""

from __future__ import annotations

from uuid import UUID

import pytest

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending
from cloudops_tui.engine.session import ApprovalRefused, DecisionIncomplete, ExecutionSession, InvalidPlan
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve, RehearsedState
from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.errors import Other
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.presentation import unknown
from cloudops_tui.state.execution import result_of
from cloudops_tui.state.reducer import replay
from tests.engine.cloud import NOTHING, Cloud, scale
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import CONTINUE, get, graph, of, put, sequence, token, undoing
from tests.engine.stub import CUT, FINE, FOUND, Stub, refusal
from tests.engine.test_crash import killed_while_it_holds

NO = refusal("ParameterLimitExceeded")


def session_of(make: Maker) -> ExecutionSession:
    return ExecutionSession(make(), OutputFiles())


async def go_on(
    session: ExecutionSession, execution: UUID, wish: RedriveWish = RedriveWish(), *, confirmation: str = ""
) -> None:
    review = await session.redrive_review(execution, wish)
    await session.redrive(
        execution, wish, digest=review.digest if review else "", confirmation=confirmation, reason="a test says so"
    )


async def kept(make: Maker, execution: UUID, plan: ExecutionPlan) -> tuple[ExecutionStatus, dict[str, str]]:
    """What another process reads: the record in the store, which must be what the journal says."""
    other = make()
    record = await other.storage.record(execution)
    story = await other.storage.journal(execution)
    assert [event.seq for event in story] == list(range(1, len(story) + 1))
    state = replay(execution, plan, story)
    assert result_of(state, record.timestamp).command_results == record.result.command_results
    assert state.status is record.result.status
    [listed] = await other.storage.listed(limit=5)
    assert listed.status is record.result.status
    storage = make.storage()
    breaks = (await storage.verify()).breaks
    await storage.close()
    assert breaks == (), "whoever says something after the end breaks no chain"
    return record.result.status, how(plan, record.result)


def command(plan: ExecutionPlan, name: str) -> UUID:
    return next(one.id for one in plan.commands if one.description == name)


async def test_a_failed_execution_goes_on_with_what_is_not_done_and_repeats_nothing(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("a"), put("bad"), put("c"))
    stub.says = lambda call: NO if (call.name, call.number) == ("bad", 1) else FINE
    execution = await approved(session._engine, plan)
    first = await ended(session._engine, execution)
    assert how(plan, first) == {"a": "Completed", "bad": "Failed", "c": "Skipped"}

    review = await session.redrive_review(execution)
    assert review is not None
    assert [(number, one.command.description) for number, one in review.numbered] == [(2, "bad"), (3, "c")]
    with pytest.raises(ApprovalRefused):
        await session.redrive(execution, digest="0" * 64)
    assert stub.names == ["a", "bad"]
    await session.redrive(execution, digest=review.digest, reason="the quota was raised")
    result = await ended(session._engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
    assert stub.names == ["a", "bad", "bad", "c"]
    assert await kept(make, execution, plan) == (
        ExecutionStatus.COMPLETED, {"a": "Completed", "bad": "Completed", "c": "Completed"},
    )  # fmt: skip
    [begun] = [one for one in await session.story(execution) if isinstance(one, happened.Redriven)]
    assert begun.by == "alice"
    assert begun.approval is not None
    assert begun.approval.digest == review.digest
    assert [one.id for one in await session.list_execution_history(ExecutionFilter())] == [execution], "the same one"
    with pytest.raises(Other, match="nothing is left"):
        await session.redrive_review(execution)


async def test_each_attempt_of_each_redrive_has_a_number_and_a_folder_of_its_own(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("bad"))
    stub.says = lambda call: NO if call.number < 3 else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    for _ in range(2):
        await go_on(session, execution)
        await ended(session._engine, execution)

    assert (await session.get_result(execution)).status is ExecutionStatus.COMPLETED
    begun = [one for one in await session.story(execution) if isinstance(one, happened.CommandStarted)]
    assert [one.attempt for one in begun] == [1, 2, 3]
    folders = [session.storage.attempt_folder(execution, plan.commands[0].id, number) for number in (1, 2, 3)]
    assert all(folder.is_dir() for folder in folders)


async def test_what_is_left_out_counts_neither_as_failed_nor_keeps_others_from_going_on(
    make: Maker, stub: Stub
) -> None:
    session = session_of(make)
    plan = graph([put("a"), put("bad"), put("after bad")], {"bad": ["a"], "after bad": ["bad"]})
    stub.says = lambda call: NO if call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    wish = RedriveWish(skip={command(plan, "bad"): "made by hand"})

    with pytest.raises(ApprovalRefused, match="Say why"):
        await go_on(session, execution, RedriveWish(skip={command(plan, "bad"): " "}))
    await go_on(session, execution, wish)
    result = await ended(session._engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
    assert how(plan, result) == {"a": "Completed", "bad": "Skipped", "after bad": "Completed"}
    assert (result.command_results[1].error or "") == "left out by alice: made by hand"
    assert stub.names == ["a", "bad", "after bad"]
    await kept(make, execution, plan)


async def test_an_edited_command_is_another_one_with_a_token_of_its_own(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("a"), token("bad"), put("c"))
    stub.says = lambda call: NO if call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)

    def changed(one: Command) -> Command:
        kind = Sdk(SdkCommand(service="ssm", operation="CreatePatchBaseline", parameters={"Name": "good"}))
        return one.model_copy(update={"command_type": kind, "description": "good"})

    a, bad, c = plan.commands
    with pytest.raises(Other, match="`a` has completed"):
        await session.redrive_review(
            execution, RedriveWish(edited=plan.model_copy(update={"commands": (changed(a), bad, c)}))
        )
    text = plan.model_copy(update={"commands": (a, changed(bad), c)}).model_dump_json()
    with pytest.raises(InvalidPlan):
        await session.read_edited(execution, text.replace("CreatePatchBaseline", "NoSuchThing"))
    wish = RedriveWish(edited=await session.read_edited(execution, text))
    reviews = [await session.redrive_review(execution, wish) for _ in range(2)]
    assert len({one.digest for one in reviews if one}) == 1, "whoever approves it elsewhere means the same"
    await go_on(session, execution, wish)
    result = await ended(session._engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
    assert stub.names == ["a", "bad", "good", "c"]
    tokens = [call.body["ClientToken"] for call in stub.calls if "ClientToken" in call.body]
    assert len(set(tokens)) == 2
    record = await session.record(execution)
    assert [one.description for one in record.execution_plan.commands] == ["a", "good", "c"]
    await kept(make, execution, record.execution_plan)
    [begun] = [one for one in await session.story(execution) if isinstance(one, happened.Started)]
    assert begun.plan == plan, "what ran first stays in the story"


async def test_a_cancelled_execution_goes_on_and_can_be_cancelled_again(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(get("a"), put("b"))
    stub.says = lambda call: FINE if call.name == "b" or call.number > 2 else None
    execution = await approved(session._engine, plan)
    await stub.holds("a")
    await session.cancel_execution(execution)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.CANCELLED

    await go_on(session, execution)
    await stub.holds("a")
    await session.cancel_execution(execution)
    again = await ended(session._engine, execution)
    assert again.status is ExecutionStatus.CANCELLED
    assert how(plan, again) == {"a": "Failed", "b": "Skipped"}

    await go_on(session, execution)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.times("b") == 1
    await kept(make, execution, plan)


async def test_a_killed_execution_is_reconciled_and_redriven_with_every_effect_once(make: Maker, stub: Stub) -> None:
    plan = sequence(put("first"), token("baseline"), put("last"))
    stub.says = lambda call: FINE if call.name == "first" else None
    execution = await killed_while_it_holds(make, stub, plan, "baseline")
    stub.says = lambda call: FINE
    session = session_of(make)
    baseline = command(plan, "baseline")

    with pytest.raises(Other, match="reconcile first"):
        await session.redrive_review(execution)
    assert await session.unresolved(execution) == (baseline,)
    facts = await session.unknown_facts(execution, baseline)
    assert facts.repeatable
    assert facts.client_token == stub.calls[1].body["ClientToken"]
    assert [one.number for one in facts.attempts] == [1]
    assert facts.attempts[0].sent_at is not None
    await go_on(session, execution, RedriveWish(again=baseline))
    between = await ended(session._engine, execution)
    assert how(plan, between) == {"first": "Completed", "baseline": "Completed", "last": "Skipped"}
    assert between.status is ExecutionStatus.FAILED
    assert str(between.error).startswith("Not finished: 1 of 3")
    await go_on(session, execution)
    result = await ended(session._engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
    assert [stub.times(name) for name in ("first", "last")] == [1, 1]
    tokens = [call.body["ClientToken"] for call in stub.calls if call.name == "baseline"]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1, "AWS tells by the token that it is one request: one effect"
    assert await kept(make, execution, plan) == (
        ExecutionStatus.COMPLETED, dict.fromkeys(("first", "baseline", "last"), "Completed"),
    )  # fmt: skip


async def test_marking_done_or_not_done_sends_nothing_and_the_status_follows(make: Maker, stub: Stub) -> None:
    plan = of(Parallel(), put("x", on_failure=CONTINUE), put("y", on_failure=CONTINUE))
    session = session_of(make)
    stub.says = lambda call: CUT
    execution = await approved(session._engine, plan)
    assert how(plan, await ended(session._engine, execution)) == {"x": "Unknown", "y": "Unknown"}
    sent = list(stub.names)
    x, y = (one.id for one in plan.commands)

    with pytest.raises(ApprovalRefused, match="Say why"):
        await session.reconcile(execution, x, resolution=Resolution.DONE, reason=" ")
    await session.reconcile(execution, x, resolution=Resolution.DONE, reason="seen in the console")
    assert await kept(make, execution, plan) == (ExecutionStatus.FAILED, {"x": "Completed", "y": "Unknown"})
    with pytest.raises(ApprovalRefused, match="is not Unknown: it is Completed, marked done by alice: seen in"):
        await session.reconcile(execution, x, resolution=Resolution.NOT_DONE, reason="no")
    await session.reconcile(execution, y, resolution=Resolution.DONE, reason="seen, too")

    assert await kept(make, execution, plan) == (ExecutionStatus.COMPLETED, {"x": "Completed", "y": "Completed"})
    assert stub.names == sent
    result = await session.get_result(execution)
    assert result.error is None
    assert [one.reconciled.words for one in result.command_results if one.reconciled] == [
        "marked done by alice: seen in the console", "marked done by alice: seen, too",
    ]  # fmt: skip


async def test_what_is_marked_not_done_is_redriven_like_a_failure(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("x"))
    stub.says = lambda call: CUT if call.number == 1 else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)

    await session.reconcile(execution, plan.commands[0].id, resolution=Resolution.NOT_DONE, reason="it is not there")
    assert await kept(make, execution, plan) == (ExecutionStatus.FAILED, {"x": "Failed"})
    await go_on(session, execution)

    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == ["x", "x"]


async def test_sending_a_request_without_a_token_once_more_has_to_be_typed_and_stays_doubtful(
    make: Maker, stub: Stub
) -> None:
    session, plan = session_of(make), sequence(put("x"))
    stub.says = lambda call: CUT if call.number == 1 else NO
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    x = plan.commands[0].id
    wish = RedriveWish(again=x)
    review = await session.redrive_review(execution, wish)
    assert review is not None
    assert review.confirmation.accepted == ("twice",)

    for typed in ("", "123456789012"):
        with pytest.raises(DecisionIncomplete, match="twice"):
            await session.redrive(
                execution, wish, digest=review.digest, confirmation=typed, reason="lost", headless="modify"
            )
    with pytest.raises(ApprovalRefused, match="Say why"):
        await session.redrive(execution, wish, digest=review.digest, confirmation="twice")
    assert stub.names == ["x"]
    await session.redrive(execution, wish, digest=review.digest, confirmation="twice", reason="lost")
    result = await ended(session._engine, execution)

    assert how(plan, result) == {"x": "Unknown"}, "a refusal of the second request says nothing about the first"
    assert "an earlier attempt may have been executed" in (result.command_results[0].error or "")
    await kept(make, execution, plan)


async def test_what_was_to_be_sent_once_more_and_was_not_is_unknown_as_before(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(token("baseline"), put("y"))
    stub.says = lambda call: CUT
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    state = await session.observe(execution)
    x = plan.commands[0].id
    begun = happened.Redriven(execution_id=execution, by="alice", remaining=(x,), seq=state.seq + 1)
    skipped = happened.CommandSkipped(execution_id=execution, command_id=x, reason="cancelled", seq=state.seq + 2)

    story = [*await session.story(execution), begun, skipped]

    assert replay(execution, plan, story).command(x).status is CommandStatus.UNKNOWN


async def test_a_change_after_the_decision_refuses_it(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("bad"))
    stub.says = lambda call: NO
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    redriver = session._redriver
    found = await redriver.look(execution)
    await go_on(session, execution)
    await ended(session._engine, execution)

    with pytest.raises(Other, match="It changed while this was decided"):
        await session._engine.drive_on(found.stored, found.state, (), found.assessed, found.review, None)
    assert stub.names == ["bad", "bad"]


async def test_a_redrive_that_loses_its_process_is_unknown_where_it_was_and_goes_on_once_more(
    make: Maker, stub: Stub
) -> None:
    session, plan = session_of(make), sequence(put("bad"), put("c"))
    stub.says = lambda call: NO if call.number == 1 and call.name == "bad" else None
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    await go_on(session, execution)
    await stub.holds("bad")
    await session._engine.close(leave_running=True)
    stub.says = lambda call: FINE

    after = session_of(make)
    assert await after.unresolved(execution) == (command(plan, "bad"),)
    await after.reconcile(execution, command(plan, "bad"), resolution=Resolution.DONE, reason="it is there")
    await go_on(after, execution)

    assert (await ended(after._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == ["bad", "bad", "c"]
    await kept(make, execution, plan)


async def test_a_redrive_whose_store_is_lost_is_unknown_where_it_was_and_nothing_runs_by_itself(
    make: Maker, stub: Stub
) -> None:
    session, plan = session_of(make), sequence(put("a"), put("bad"), put("c"))
    stub.says = lambda call: FINE if call.name == "a" else NO if call.number == 1 else None
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    await go_on(session, execution)
    await stub.holds("bad")
    await session._engine.close(leave_running=True)
    for name in ("cloudops.db", "cloudops.db-wal", "cloudops.db-shm"):
        (make.state_dir / name).unlink(missing_ok=True)
    stub.says = lambda call: FINE

    after = session_of(make)
    await after.recover()
    result = await ended(after._engine, execution)

    assert how(plan, result) == {"a": "Completed", "bad": "Unknown", "c": "Skipped"}
    assert stub.names == ["a", "bad", "bad"]
    assert sum(isinstance(one, happened.Redriven) for one in await after.story(execution)) == 1
    await after.reconcile(execution, command(plan, "bad"), resolution=Resolution.DONE, reason="it is there")
    await go_on(after, execution)
    assert (await ended(after._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == ["a", "bad", "bad", "c"]
    await kept(make, execution, plan)


async def test_guards_hold_again_when_it_goes_on(make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    session, plan = session_of(make), sequence(put("bad"), put("c"))
    stub.says = lambda call: NO if call.number == 1 and call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    found = await session._redriver.look(execution)
    assert found.review is not None
    # Another endpoint than the one that the decision saw.
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address.replace("127.0.0.1", "localhost"))

    begun = happened.Redriven(execution_id=execution, by="alice", remaining=tuple(one.id for one in plan.commands))
    await session._engine.drive_on(found.stored, found.state, (begun,), found.assessed, found.review, None)
    result = await ended(session._engine, execution)

    assert "is not what was approved" in (result.command_results[0].error or "")
    assert stub.names == ["bad"], "nothing was sent elsewhere"


async def test_what_was_undone_does_not_go_on(make: Maker, stub: Stub) -> None:
    session, a = session_of(make), put("a")
    plan = sequence(a, put("bad"), rollback_strategy=undoing({a.id: [put("undo a")]}, by_itself=True))
    stub.says = lambda call: NO if call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.ROLLED_BACK

    with pytest.raises(Other, match="It was undone"):
        await session.redrive_review(execution)


async def test_an_unknown_compensation_is_resolved_before_anything_is_undone_again(make: Maker, stub: Stub) -> None:
    session, a = session_of(make), put("a")
    undo = put("undo a")
    plan = sequence(a, put("bad"), rollback_strategy=undoing({a.id: [undo]}, by_itself=True))
    stub.says = lambda call: {"bad": NO, "undo a": CUT}.get(call.name, FINE)
    execution = await approved(session._engine, plan)
    assert (await ended(session._engine, execution)).status is ExecutionStatus.FAILED

    with pytest.raises(Other, match="Unknown; reconcile it first"):
        await session.rollback_review(execution)
    await session.reconcile(execution, undo.id, resolution=Resolution.DONE, reason="it is gone")

    assert await kept(make, execution, plan) == (ExecutionStatus.ROLLED_BACK, {"a": "RolledBack", "bad": "Failed"})
    assert stub.times("undo a") == 1


async def test_nothing_left_to_run_ends_it_without_a_decision(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("a"), put("bad"))
    stub.says = lambda call: NO if call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    wish = RedriveWish(skip={command(plan, "bad"): "not needed"})

    assert await session.redrive_review(execution, wish) is None
    await session.redrive(execution, wish)

    assert (await ended(session._engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == ["a", "bad"]


async def test_the_facts_hold_what_is_there_now_beside_what_is_asked(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("x"))
    stub.says = lambda call: CUT
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    stub.says = lambda call: FOUND
    before = len(stub.calls)

    facts = await session.unknown_facts(execution, plan.commands[0].id)

    assert not facts.repeatable
    assert facts.client_token is None
    assert facts.now is not None
    assert facts.account == "default in us-east-1: 123456789012"
    assert {call.operation for call in stub.calls[before:]} <= {"DescribeParameters"}, "only reads"


class CutOff(Cloud):
    """It does what it is asked to, and its answer is lost."""

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        await super().run(attempt)
        return AttemptOutcome(Ending.LOST, NOTHING, "the line was cut")


async def test_the_facts_hold_what_was_there_before_the_first_attempt_of_which_nobody_knows_what_became(
    make: Maker,
) -> None:
    cloud, plan = CutOff(), sequence(scale("web", 5))
    session = ExecutionSession(make(executors=[cloud]), OutputFiles())
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    web = plan.commands[0].id
    await go_on(session, execution, RedriveWish(again=web), confirmation="twice")
    await ended(session._engine, execution)

    facts = await session.unknown_facts(execution, web, ask=False)

    assert cloud.groups["web"] == 5
    assert len(facts.attempts) == 2
    assert ("then", "DesiredCapacity 2") in unknown.facts(facts)
    assert unknown.as_json(facts)["then"] == ["DesiredCapacity 2"]


async def test_the_facts_hold_what_the_rehearsal_found_before_the_decision(make: Maker, stub: Stub) -> None:
    session, plan = session_of(make), sequence(put("x"))
    engine, x = session._engine, plan.commands[0].id
    stub.says = lambda call: CUT
    assessed = await engine.preparer.assessed(plan)
    review = await engine.preparer.review_assessed(assessed)
    found = RehearsedState(command_id=x, digest="0" * 64, found=("/x is `old`, version 3",))
    decided = engine.decided(Approve(), review=review).model_copy(update={"before": (found,)})
    execution = await engine.start(assessed, review, decided)
    await ended(engine, execution)

    facts = await session.unknown_facts(execution, x, ask=False)

    assert facts.then == found.found
    assert ("then", found.found[0]) in unknown.facts(facts)
