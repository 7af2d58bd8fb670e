"""What an approval is: of whom, of exactly what, for how long, and for one execution."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ownership import login_here
from cloudops_tui.engine.plan_queue import ApprovalRefused, PlanQueue, Submission
from cloudops_tui.engine.system_clock import SystemClock
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import ApprovalMetadata, Approve, ModifyAndApprove, Reject
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Other
from cloudops_tui.model.events import AnyEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import DryRunRung
from cloudops_tui.model.settings import AccountSettings, ApprovalSettings, Settings
from tests.engine.made import Heard, Maker, ended, how
from tests.engine.plans import get, put, sequence
from tests.engine.process import child, said
from tests.engine.stub import FINE, Stub


@dataclass
class SetClock(SystemClock):
    """Both clocks go on as they do, from where a test sets them."""

    wall: timedelta = field(default_factory=timedelta)
    steady: float = 0.0

    def now(self) -> datetime:
        return super().now() + self.wall

    def monotonic(self) -> float:
        return super().monotonic() + self.steady


def once_started(engine: ExecutionEngine, do: object) -> None:
    """Act between the execution's first word and its first command."""

    def hear(event: AnyEvent) -> None:
        if isinstance(event, happened.Started) and callable(do):
            do()

    engine.bus.subscribe(hear)


async def submitted(engine: ExecutionEngine, plan: ExecutionPlan) -> QueueEntry:
    return await PlanQueue(engine).submit(Submission(plan.model_dump_json().encode(), "stdin"))


async def record_of(engine: ExecutionEngine, plan: ExecutionPlan) -> ApprovalMetadata:
    """The approval of the plan's execution, as it is kept."""
    execution = await engine.execute_with_approval(plan, Approve())
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata
    assert kept is not None
    return kept


# --- for how long ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wall", "steady", "why"),
    [
        (timedelta(minutes=15), 900.0, "expired at"),
        (timedelta(minutes=16), 0.0, "expired at"),  # the machine slept: its steady clock stood still
        (timedelta(), 901.0, "expired at"),  # the clock was set back by as much as has passed
        (timedelta(hours=-1), 1.0, "the clock was set back, and its age cannot be told"),
    ],
    ids=["late", "slept", "hidden", "set back"],
)
async def test_an_approval_that_is_too_old_begins_nothing_whatever_the_clock_says(
    make: Maker, stub: Stub, wall: timedelta, steady: float, why: str
) -> None:
    clock = SetClock()
    engine = make(clock=clock)
    stub.says = lambda call: FINE
    plan = sequence(put("a"), put("b"))

    def wait() -> None:
        clock.wall, clock.steady = wall, steady

    once_started(engine, wait)
    execution = await engine.execute_with_approval(plan, Approve())
    result = await ended(engine, execution)

    assert how(plan, result) == {"a": "Failed", "b": "Skipped"}
    error = result.command_results[0].error or ""
    assert error.startswith("The approval by alice of ")
    assert why in error
    assert error.endswith("nothing was sent. Approve the plan anew")
    assert stub.names == []


async def test_what_an_approval_has_begun_goes_on_after_it_expired(make: Maker, stub: Stub) -> None:
    clock = SetClock()
    engine = make(clock=clock)
    plan = sequence(put("a"), put("b"))

    execution = await engine.execute_with_approval(plan, Approve())
    await stub.holds("a")
    clock.wall, clock.steady = timedelta(hours=1), 3600.0
    stub.release("a")
    await stub.holds("b")
    stub.release("b")

    assert how(plan, await ended(engine, execution)) == {"a": "Completed", "b": "Completed"}


async def test_valid_for_is_configured_and_kept_with_the_approval(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: FINE
    settings = Settings(approval=ApprovalSettings(valid_for=Duration.spelled("90s")))

    ninety = await record_of(make(settings=settings), sequence(put("a")))
    usual = await record_of(make(), sequence(put("b")))

    assert ninety.expires_at == ninety.approved_at + timedelta(seconds=90)
    assert usual.expires_at == usual.approved_at + timedelta(minutes=15)


async def test_an_approval_of_an_hour_ago_creates_no_execution(make: Maker, stub: Stub) -> None:
    clock = SetClock()
    engine = make(clock=clock)
    assessed = await engine.preparer.assessed(sequence(put("a")))
    review = await engine.preparer.review_assessed(assessed)
    approval = engine.decided(Approve(), review=review)
    clock.wall = timedelta(hours=1)

    with pytest.raises(Other, match=r"expired at .*, before anything had begun; approve anew"):
        await engine.start(assessed, review, approval)
    assert await engine.storage.unfinished() == []


async def test_of_one_approval_only_one_execution_begins(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE
    assessed = await engine.preparer.assessed(sequence(put("a")))
    review = await engine.preparer.review_assessed(assessed)
    approval = engine.decided(Approve(), review=review)
    await ended(engine, await engine.start(assessed, review, approval))

    with pytest.raises(Exception, match="This very approval began"):
        await engine.start(assessed, review, approval, again=True)
    assert stub.names == ["a"]


async def test_a_first_command_that_comes_late_is_preceded_by_a_fresh_look_at_the_account(
    make: Maker, stub: Stub
) -> None:
    make.asks_sts = True
    clock = SetClock()
    engine = make(clock=clock)
    plan = sequence(put("a"))

    def wait() -> None:
        clock.wall, clock.steady = timedelta(seconds=40), 40.0
        stub.account = "999999999999"  # as a credential process would: no file changes

    once_started(engine, wait)
    result = await ended(engine, await engine.execute_with_approval(plan, Approve()))

    assert "account `123456789012` is now `999999999999`" in (result.command_results[0].error or "")
    assert stub.names == []


async def test_credentials_that_changed_while_the_review_was_made_are_noticed(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.asks_sts = True
    engine = make()
    assessed = await engine.preparer.assessed(sequence(put("a")))
    review = await engine.preparer.review_assessed(assessed)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000002")
    stub.account = "999999999999"

    execution = await engine.start(assessed, review, engine.decided(Approve(), review=review))
    [result] = (await ended(engine, execution)).command_results

    assert "is now `999999999999`" in (result.error or "")
    assert stub.names == []


# --- waiting for a decision ------------------------------------------------------------------------------------------


async def test_what_waits_for_a_week_expires_when_somebody_looks_and_comes_back_when_it_is_sent_again(
    make: Maker, stub: Stub
) -> None:
    clock = SetClock()
    engine = make(clock=clock)
    queue = PlanQueue(engine)
    heard = Heard(engine)
    stub.says = lambda call: FINE
    plan = sequence(put("a"))
    entry = await submitted(engine, plan)
    digest = (await queue.review(entry.id)).digest
    clock.wall = timedelta(days=7)

    for deciding in (
        queue.approve(entry.id, digest=digest),
        queue.reject(entry.id, reason="no"),
        queue.modify(entry.id, plan.model_dump_json()),
    ):
        with pytest.raises(ApprovalRefused, match="expired before anybody decided; submit it again"):
            await deciding
    [listed] = await queue.entries()

    assert listed.state is QueueState.EXPIRED
    assert [moved.entry.state for moved in heard.of(happened.PlanMoved)] == [QueueState.EXPIRED]
    assert stub.names == []

    revived = await submitted(engine, plan)
    assert (revived.id, revived.state, revived.revision) == (entry.id, QueueState.REVIEW, 2)
    await ended(engine, await queue.approve(entry.id, digest=digest))
    assert stub.names == ["a"]


# --- of whom ---------------------------------------------------------------------------------------------------------


async def test_who_approved_is_kept_as_far_as_the_machine_knows(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.says = lambda call: FINE
    monkeypatch.setenv("SUDO_USER", "mallory\x1b[2J\u202e")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")

    who = (await record_of(make(), sequence(put("a")))).operator

    assert who is not None
    assert who.uid == os.getuid()
    assert who.sudo_user == r"mallory\x1b[2J\u202e"
    assert who.ssh_connection == "192.0.2.7 50000 192.0.2.1 22"
    assert who.principals == ("123456789012 role/operator",)


def test_a_login_uid_that_was_never_set_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proc = tmp_path / "self"
    proc.mkdir()
    monkeypatch.setattr("cloudops_tui.engine.ownership._PROC", tmp_path)
    seen = []
    for written in ("4294967295", "1000\n", "nonsense"):
        (proc / "loginuid").write_text(written)
        seen.append(login_here().login_uid)
    (proc / "loginuid").unlink()

    assert [*seen, login_here().login_uid] == [None, 1000, None, None]


async def test_a_hint_is_no_longer_than_what_belongs_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "x" * 100_000)
    monkeypatch.setenv("SUDO_USER", "")

    assert len(login_here().ssh_connection or "") == 200
    assert login_here().sudo_user is None


# --- of exactly what -------------------------------------------------------------------------------------------------


async def test_a_modified_plan_is_approved_with_the_original_and_the_difference(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE
    plan = sequence(put("before"))
    modified = plan.model_copy(update={"commands": (put("after").model_copy(update={"id": plan.commands[0].id}),)})
    original = (await engine.preparer.assessed(plan)).plan_digest

    execution = await engine.execute_with_approval(plan, ModifyAndApprove(modified_plan=modified))
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata

    assert kept is not None
    assert kept.original_digest == original
    assert kept.difference is not None
    changed = [line for line in kept.difference.splitlines() if line[:1] in "+-"]
    assert '-            "Name": "before",' in changed
    assert '+            "Name": "after",' in changed
    assert all("id" not in line for line in changed)


async def test_an_original_that_could_not_run_is_kept_in_the_difference(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE
    good = sequence(put("a"))
    bad = good.model_copy(update={"commands": (good.commands[0], good.commands[0])})

    execution = await engine.execute_with_approval(bad, ModifyAndApprove(modified_plan=good))
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata

    assert kept is not None
    assert kept.original_digest is None
    assert kept.difference


async def test_what_a_person_edited_in_the_queue_is_approved_with_what_had_been_sent(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    stub.says = lambda call: FINE
    plan = sequence(put("sent"))
    entry = await submitted(engine, plan)
    await queue.modify(entry.id, plan.model_copy(update={"description": "edited"}).model_dump_json())
    edited = await queue.modify(entry.id, plan.model_copy(update={"description": "edited again"}).model_dump_json())

    execution = await queue.approve(entry.id, digest=(await queue.review(entry.id)).digest)
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata

    assert (edited.revision, edited.edited_by) == (3, "alice")
    assert [one.edited_by for one in await queue.revisions(entry.id)] == [None, "alice"]
    assert kept is not None
    assert kept.original_digest == entry.plan_digest
    assert '-  "description": "A plan of a test",' in (kept.difference or "")
    assert '+  "description": "edited again",' in (kept.difference or "")


async def test_what_came_changed_from_its_sender_has_no_other_original(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    stub.says = lambda call: FINE
    plan = sequence(put("a"))
    entry = await submitted(engine, plan)
    await submitted(engine, plan.model_copy(update={"description": "Sent again"}))

    execution = await queue.approve(entry.id, digest=(await queue.review(entry.id)).digest)
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata

    assert kept is not None
    assert (kept.original_digest, kept.difference) == (None, None)


# --- rehearsed -------------------------------------------------------------------------------------------------------


async def test_a_rehearsal_that_was_answered_with_no_is_overridden_with_a_reason_or_not_at_all(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    queue = PlanQueue(engine)
    stub.says = lambda call: FINE
    entry = await submitted(engine, sequence(put("a")))
    digest = (await queue.review(entry.id)).digest
    said_no = await queue.rehearse(entry.id)
    asked = list(stub.names)
    refused = said_no.commands[0].model_copy(update={"passed": False, "rung": DryRunRung.STATIC})
    queue._rehearsed[digest] = said_no.model_copy(update={"passed": False, "commands": (refused,)})

    for override in ("", "  "):
        with pytest.raises(ApprovalRefused, match="answered with no, for command 1; say why it is approved"):
            await queue.approve(entry.id, digest=digest, override=override)
    assert stub.names == asked

    execution = await queue.approve(entry.id, digest=digest, override=" the role cannot dry-run ")
    await ended(engine, execution)
    kept = (await engine.record(execution)).approval_metadata
    assert kept is not None
    assert kept.override == "the role cannot dry-run"


async def test_an_override_of_nothing_is_not_kept(make: Maker, stub: Stub) -> None:
    engine = make()
    queue = PlanQueue(engine)
    stub.says = lambda call: FINE
    entry = await submitted(engine, sequence(put("a")))

    execution = await queue.approve(
        entry.id, digest=(await queue.review(entry.id)).digest, override="nobody rehearsed it"
    )
    await ended(engine, execution)

    kept = (await engine.record(execution)).approval_metadata
    assert kept is not None
    assert kept.override is None


# --- protected accounts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "typed"), [(put, True), (get, False)])
async def test_a_plan_that_writes_to_a_protected_account_wants_its_name_and_a_reason(
    make: Maker, stub: Stub, command: object, typed: bool
) -> None:
    stub.says = lambda call: FINE
    prod = {"123456789012": AccountSettings(name="prod", protected=True)}
    engine = make(settings=Settings(accounts=prod))
    queue = PlanQueue(engine)
    assert callable(command)
    entry = await submitted(engine, sequence(command("a")))
    digest = (await queue.review(entry.id)).digest

    if typed:
        with pytest.raises(ApprovalRefused, match="Type the account, `prod` or `123456789012`"):
            await queue.approve(entry.id, digest=digest, reason="agreed")
        with pytest.raises(ApprovalRefused, match="Say why"):
            await queue.approve(entry.id, digest=digest, confirmation="prod")
    await ended(
        engine,
        await queue.approve(
            entry.id, digest=digest, confirmation="prod" if typed else "", reason="agreed" if typed else ""
        ),
    )

    assert stub.names == ["a"]


# --- decided once ----------------------------------------------------------------------------------------------------


async def test_a_second_decision_in_another_process_hears_who_took_the_first_and_when(make: Maker, stub: Stub) -> None:
    engine = make()
    entry = await submitted(engine, sequence(put("a")))

    async with child(make, "decide", str(entry.id)) as late:
        assert await said(late) == "ready"
        digest = (await PlanQueue(engine).review(entry.id)).digest
        execution = await PlanQueue(engine).approve(entry.id, digest=digest)
        await stub.holds("a")
        late.tell(b"now\n")
        answer = await said(late)
        await late.ends()
    stub.release("a")
    await ended(engine, execution)

    at = (await engine.storage.entry(entry.id)).decided_at
    assert at is not None
    assert answer == (
        f"refused: {entry.number} was approved by alice at {at:%H:%M:%S}Z and is running; it cannot be started"
    )
    assert stub.names == ["a"]


async def test_a_rejection_after_an_approval_hears_who_and_when_too(make: Maker, stub: Stub) -> None:
    one, other = make(), make(clock=SetClock(wall=timedelta(days=1)))
    entry = await submitted(one, sequence(put("a")))
    digest = (await PlanQueue(one).review(entry.id)).digest
    await PlanQueue(one).approve(entry.id, digest=digest)

    at = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"
    with pytest.raises(ApprovalRefused, match=f"was approved by alice at {at} and is running"):
        await PlanQueue(other).reject(entry.id, reason="no")


async def test_of_a_rejection_the_record_says_who_and_it_never_expires(make: Maker, stub: Stub) -> None:
    engine = make()

    decided = engine.decided(Reject(reason="no"), notes="no")

    assert decided.expires_at is None
    assert decided.operator is not None
    assert decided.operator.uid == os.getuid()
