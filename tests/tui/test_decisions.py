"""Deciding by keyboard: what approves, what never does, and what stops counting while one thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.model import events as happened
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.result import DryRunResult
from cloudops_tui.model.review import Review
from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation.approval import Arming, Given, Locked, Ready, Submitting, Unknown
from cloudops_tui.presentation.lines import plain
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.at_once import noted
from cloudops_tui.tui.editor import EditorError
from cloudops_tui.tui.navigation import Approved, AskApproval, AskWhatToDo, Intent, OpenExecution
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.difference import DifferenceScreen
from cloudops_tui.tui.screens.problems import ProblemsModal
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.session import ApprovalRefused
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from tests.tui.driving import STEADY, cockpit, comes, falls_silent, front, heard, press, settled, shown, until
from tests.tui.estate import bucket_clean_up, key_rotation, working_day
from tests.tui.twin import DESTROY, MODIFY, RecordedSession, cli, plan, rehearsal_of, review_of, uid

MOST_SCREENFULS = 200  # of everything dangerous in any plan here


def one_plan(folder: Path, destructive: bool = False) -> tuple[RecordedSession, QueueEntry]:
    session = RecordedSession(folder)
    return session, session.add(1, bucket_clean_up() if destructive else key_rotation())


async def read_dangers(pilot: Pilot[Any]) -> None:
    """Everything dangerous was on screen."""
    review = front(pilot, ReviewScreen)
    for _ in range(MOST_SCREENFULS):
        if not review.unseen:
            return
        await press(pilot, "n")
    raise AssertionError(f"n did not show everything: {shown(pilot)}")


async def at_the_modal(pilot: Pilot[Any], *, armed: bool = True) -> ApproveModal:
    await settled(pilot)
    await press(pilot, "enter")
    await read_dangers(pilot)
    await press(pilot, "a")
    modal = front(pilot, ApproveModal)
    if armed:
        modal.arm()
        await settled(pilot)
    return modal


def approvals(session: RecordedSession) -> list[Any]:
    return [asked for what, asked in session.asked if what == "approve"]


class Watched(CloudOpsApp):
    """Notes where it is sent instead of watching an execution."""

    sent: list[Intent]

    def navigate(self, intent: Intent) -> None:
        self.sent = [*getattr(self, "sent", []), intent]
        if not isinstance(intent, OpenExecution):
            super().navigate(intent)


async def test_enter_never_approves(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await at_the_modal(pilot)

        await press(pilot, "enter")

        assert approvals(session) == []
        front(pilot, ReviewScreen)


async def test_enter_in_the_confirmation_says_what_is_missing(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test() as pilot:
        await at_the_modal(pilot)

        await press(pilot, *"2109", "enter")

        assert approvals(session) == []
        front(pilot, ApproveModal)
        assert "not ready: what is asked for above is not typed" in shown(pilot)
        assert shown(pilot).count("Type the account to confirm: 210987654321") == 1


async def test_before_it_is_armed_the_modal_takes_no_decision(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        modal = await at_the_modal(pilot, armed=False)

        await press(pilot, "ctrl+y")

        assert approvals(session) == []
        assert isinstance(modal.phase, Arming)


async def test_it_arms_by_itself(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session, arm_delay=0.01).run_test() as pilot:
        modal = await at_the_modal(pilot, armed=False)

        await until(lambda: isinstance(modal.phase, Ready))


async def test_ctrl_y_approves_the_digest_that_was_shown_and_watches_the_execution(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    app = Watched(session, **STEADY)
    async with app.run_test() as pilot:
        await at_the_modal(pilot)
        digest = (await session.review(entry.id)).digest
        assert digest[:12] in shown(pilot)

        await press(pilot, "ctrl+y")

        assert approvals(session) == [{"entry": entry.id, "digest": digest}]
        execution_id = session.entries[entry.id].execution_id
        assert execution_id is not None
        assert app.sent[-1] == OpenExecution(execution_id)


async def test_a_destructive_plan_wants_the_account_typed(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with Watched(session, **STEADY).run_test() as pilot:
        await at_the_modal(pilot)

        await press(pilot, "ctrl+y")
        assert approvals(session) == []

        await press(pilot, *"210987654321", "ctrl+y")
        assert approvals(session) == []
        assert "not ready: give a reason" in shown(pilot)

        await press(pilot, "tab", *"agreed", "ctrl+y")
        [asked] = approvals(session)
        assert (asked["confirmation"], asked["reason"]) == ("210987654321", "agreed")


async def test_a_pasted_confirmation_is_not_taken_and_the_modal_says_why_however_the_terminal_pastes(
    tmp_path: Path,
) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test() as pilot:
        modal = await at_the_modal(pilot)
        field = modal.query_one("#confirmation", Input)

        pilot.app.post_message(events.Paste("210987654321"))
        await settled(pilot)
        assert field.value == ""

        for at in (modal.query_one("#cancel"), field):
            at.focus()
            for key in noted([events.Key(letter, letter) for letter in "210987654321"]):
                pilot.app.post_message(key)
            await settled(pilot)
            assert field.value == ""
            assert "not taken: this is typed, not pasted (12 letters came at once)" in shown(pilot)

        await press(pilot, "2")
        assert field.value == "2"
        assert "not taken" not in shown(pilot)


async def test_the_modal_locks_when_the_plan_changes(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        modal = await at_the_modal(pilot)

        session.tell(happened.PlanQueued(entry=session.change(entry, revision=2, plan_digest="0" * 64)))
        await settled(pilot)
        await press(pilot, "ctrl+y")

        assert isinstance(modal.phase, Locked)
        assert approvals(session) == []
        assert "LOCKED: #1 changed from r1 to r2" in shown(pilot)


async def test_nothing_is_approved_while_the_engine_is_late_and_every_screen_says_that_it_is(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test(size=(100, 30)) as pilot:
        _ = await at_the_modal(pilot)
        app = pilot.app
        assert isinstance(app, CloudOpsApp)
        falls_silent(app)
        await press(pilot, "ctrl+y")

        front(pilot, ApproveModal)
        assert approvals(session) == []
        assert "The engine has not answered since" in shown(pilot)
        await press(pilot, "escape")
        for key in ("q", "2", "3", "4"):
            assert " LATE 12s" in shown(pilot).splitlines()[0]
            await press(pilot, key)


async def test_the_modal_locks_when_somebody_else_decides(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        modal = await at_the_modal(pilot)

        await session.reject(entry.id, reason="Not today")
        await settled(pilot)

        assert modal.phase == Locked("#1 was rejected by alice at 12:04:31Z")


async def test_a_refused_approval_says_why_and_leaves_the_modal_open(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    session.fails["approve"] = ApprovalRefused("The account changed since the review")
    async with cockpit(session).run_test() as pilot:
        await at_the_modal(pilot)

        await press(pilot, "ctrl+y")

        front(pilot, ApproveModal)
        assert "REFUSED: The account changed since the review" in shown(pilot)


async def test_a_plan_that_expires_while_one_looks_says_so_and_how_it_comes_back(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test(size=(160, 48)) as pilot:
        modal = await at_the_modal(pilot)

        session.tell(happened.PlanMoved(entry=session.change(entry, state=QueueState.EXPIRED)))
        await settled(pilot)
        await press(pilot, "ctrl+y")

        expired = "#1 expired before anybody decided; submit it again to have it reviewed"
        assert modal.phase == Locked(expired)
        assert approvals(session) == []
        await press(pilot, "escape", "4")
        assert f"warning {expired}" in shown(pilot)


async def test_what_is_blocked_cannot_be_approved(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    session.reviews[entry.id] = lambda review: replace(review, blocked="The account is not known; run `aws sso login`")
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter", "a")

        front(pilot, ReviewScreen)
        assert "CANNOT BE APPROVED: The account is not known" in shown(pilot)


async def test_the_queues_a_opens_the_review_and_its_modal(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "a")

        front(pilot, ApproveModal)
        assert isinstance(pilot.app.screen_stack[-2], ReviewScreen)


async def test_a_rejection_needs_a_reason(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter", "r", "space", "enter")
        front(pilot, RejectModal).arm()
        assert session.asked == []

        await press(pilot, "enter")
        front(pilot, RejectModal)
        assert "not ready: give a reason" in shown(pilot)
        await press(pilot, "f3", "enter")
        assert session.asked == [("reject", {"entry": entry.id, "reason": "too risky"})]
        front(pilot, QueueScreen)


async def test_the_rehearsal_is_shown_command_by_command(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter", "d", "j")

        assert ("rehearse", entry.id) in session.asked
        assert "account answered  Well formed; the account answered" in shown(pilot)


async def test_a_review_rehearses_by_itself_where_that_is_wanted(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session, rehearse_first=True).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter")

        assert session.asked == [("rehearse", entry.id)]


async def test_n_leads_to_the_next_dangerous_command(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test(size=(100, 30)) as pilot:
        await settled(pilot)

        await press(pilot, "enter", "n")
        assert "command 2 of 3" in shown(pilot)
        assert "1 not seen" in shown(pilot)

        await press(pilot, "n")
        assert "command 3 of 3" in shown(pilot)
        assert "danger 2" in shown(pilot)

        await press(pilot, "N")
        assert "command 2 of 3" in shown(pilot)


def told(pilot: Pilot[Any]) -> str:
    """The last notice: what a line on screen said, although it may have gone already because it is true no more."""
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    return app.notices[0].text


async def test_a_destructive_plan_is_not_approved_before_every_dangerous_command_was_on_screen(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test(size=(100, 30)) as pilot:
        await settled(pilot)

        await press(pilot, "a")
        front(pilot, ReviewScreen)
        assert told(pilot) == "2 of 2 dangerous commands still to be seen: 2 and 3; n reads on"
        assert "command 2 of 3" in shown(pilot)  # it jumped there
        assert "1 of 2 dangerous seen (n)" in shown(pilot)
        await press(pilot, "a")
        front(pilot, ReviewScreen)
        assert told(pilot) == "1 of 2 dangerous commands still to be seen: 3; n reads on"
        assert "2 of 2 dangerous seen" in shown(pilot)
        await comes(pilot, "All of it was seen; a approves")
        assert "still to be seen" not in shown(pilot)

        await press(pilot, "a")
        front(pilot, ApproveModal)


async def test_it_uses_the_height_and_the_width_that_there_is(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test(size=(80, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        review = front(pilot, ReviewScreen)
        assert review.query_one("#details").region.bottom <= review.query_one("#facts").region.y
        assert "a asks for it" in "\n".join(plain(row) for row in review.query_one("#facts", LinePane).lines)

        await press(pilot, "a")
        box = front(pilot, ApproveModal).query_one("#box")
        assert box.region.width == 76
        await pilot.resize_terminal(200, 50)
        await settled(pilot)
        assert box.region.width == 110


async def test_a_burst_of_keys_shows_nothing_to_anybody(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session, dwell=0.7).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "n", "n", "n", "n")
        review = front(pilot, ReviewScreen)
        assert "0 of 2 dangerous seen (n)" in shown(pilot)
        assert "rows to go here" in shown(pilot)

        session.clock.forward(0.8)
        await settled(pilot)
        assert len(review.unseen) == 1
        assert "1 of 2 dangerous seen (n)" in shown(pilot)

        await press(pilot, "n")
        session.clock.forward(0.8)
        await settled(pilot)
        assert "2 of 2 dangerous seen" in shown(pilot)


async def test_what_stands_behind_a_menu_is_not_seen(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session, dwell=0.7).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "n", "question_mark")
        session.clock.forward(60)
        await settled(pilot)

        await press(pilot, "escape")
        assert len(front(pilot, ReviewScreen).unseen) == 2

        session.clock.forward(0.8)
        await settled(pilot)
        assert len(front(pilot, ReviewScreen).unseen) == 1


async def test_the_end_of_a_long_command_is_not_the_whole_of_it(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    words = [f"--tag-{number}" for number in range(60)]
    session.add(1, plan(700, "Delete much", [cli(701, DESTROY, "Delete", "s3 rm", *words)]))
    async with cockpit(session, dwell=0.7).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        for key in ("n", "tab", "G"):
            await press(pilot, key)
            session.clock.forward(0.8)
            await settled(pilot)
        review = front(pilot, ReviewScreen)
        await until(lambda: review.query_one("#details", LinePane).end_in_view)
        assert len(review.unseen) == 1

        await press(pilot, "a")
        assert "--tag-20" in shown(pilot)  # the first lines that were skipped
        for _ in range(MOST_SCREENFULS):
            session.clock.forward(0.8)
            await settled(pilot)
            if not review.unseen:
                break
            await press(pilot, "n")
        assert review.unseen == []


async def test_a_dangerous_command_longer_than_the_screen_is_read_to_its_end(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    words = [f"--tag-{number}" for number in range(60)]
    session.add(1, plan(700, "Delete much", [cli(701, DESTROY, "Delete", "s3 rm", *words)]))
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "n", "a")
        front(pilot, ReviewScreen)
        assert "--tag-59" not in shown(pilot)

        await read_dangers(pilot)

        assert "undo        no rollback written" in shown(pilot)
        await press(pilot, "a")
        front(pilot, ApproveModal)


async def test_what_was_read_counts_for_the_plan_that_was_read_alone(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path, destructive=True)
    async with cockpit(session, rehearse_first=True).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await read_dangers(pilot)
        review = front(pilot, ReviewScreen)

        await press(pilot, "R")
        assert review.unseen == []
        await press(pilot, "q", "enter")
        assert front(pilot, ReviewScreen) is not review
        review = front(pilot, ReviewScreen)
        await until(lambda: review._rehearsal.result is not None)
        assert review.unseen == [], "who looks at the queue between has read it all the same"
        assert entry.plan is not None
        text = entry.plan.model_copy(update={"description": "Another"}).model_dump_json()
        await session.modify(entry.id, text)
        await press(pilot, "g", "R")

        assert len(review.unseen) == 2


async def test_the_difference_to_the_revision_before_is_a_key_away(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test(size=(150, 48)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "D")
        assert "This is its first revision" in shown(pilot)
        await session.modify(entry.id, (await session.plan_text(entry.id)).replace("sk-2026-03", "sk-2026-04"))
        await settled(pilot)
        assert "#1 changed from r1 to r2 (by alice) while you looked at it" in shown(pilot)

        await press(pilot, "D")
        front(pilot, DifferenceScreen)
        assert '+            "Value": "sk-2026-04"' in shown(pilot)
        await press(pilot, "enter", "R")
        assert "revision 2, edited by alice; D shows what changed" in shown(pilot)
        await press(pilot, "D")

        front(pilot, DifferenceScreen)
        assert '-            "Value": "sk-2026-03"' in shown(pilot)


async def test_an_engine_that_does_not_answer_leaves_the_decision_unknown_and_says_how_to_check(
    tmp_path: Path,
) -> None:
    session, entry = one_plan(tmp_path)
    session.answers.clear()
    app = Watched(session, **STEADY | {"patience": 0.01})
    async with app.run_test() as pilot:
        modal = await at_the_modal(pilot)

        await pilot.press("ctrl+y")
        await until(
            lambda: "UNKNOWN: still waiting: the engine has not confirmed; do not re-submit" in shown(pilot)
        )
        assert isinstance(modal.phase, Unknown)
        await pilot.press("ctrl+y", "R")
        await until(lambda: "nothing is recorded yet" in str(modal.phase))
        await until(lambda: "R  check what became of it" in shown(pilot))
        session.answers.set()
        await settled(pilot)

        assert len(approvals(session)) == 1
        assert app.sent[-1] == OpenExecution(session.entries[entry.id].execution_id or uid(0))


async def test_a_decision_left_to_an_engine_that_does_not_answer_is_told_when_it_does(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    session.answers.clear()
    app = Watched(session, **STEADY | {"patience": 0.01})
    async with app.run_test() as pilot:
        modal = await at_the_modal(pilot)
        await pilot.press("ctrl+y")
        await until(lambda: isinstance(modal.phase, Unknown))

        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, ReviewScreen))
        session.answers.set()
        await settled(pilot)

        told = [notice.text for notice in app.notices]
        assert "The decision on #1 was accepted after all" in told
        assert "The decision on #1 is unknown: the engine has not confirmed" in told


async def test_what_the_queue_says_of_an_unknown_decision_locks_the_modal(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    session.answers.clear()
    async with cockpit(session, patience=0.01).run_test() as pilot:
        modal = await at_the_modal(pilot)
        await pilot.press("ctrl+y")
        await until(lambda: isinstance(modal.phase, Unknown))
        session.change(entry, state=QueueState.RUNNING, decided_by="bob", decided_at=session.clock.now())

        await pilot.press("R")
        await until(lambda: isinstance(modal.phase, Locked))

        assert modal.phase == Locked("#1 was approved by bob at 12:04:31Z and is running")
        session.answers.set()


class Writing(CloudOpsApp):
    """Its editor is a function; each text that it was opened on is kept."""

    written: list[str]
    opened_on: list[str]

    async def edit(self, text: str) -> str:
        self.opened_on = [*getattr(self, "opened_on", []), text]
        return self.written.pop(0)


async def test_a_modification_shows_the_difference_then_the_fresh_review_and_approves_nothing(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    app = Writing(session, **STEADY)
    app.written = [(await session.plan_text(entry.id)).replace("sk-2026-03", "sk-2026-04")]
    async with app.run_test() as pilot:
        await settled(pilot)

        await press(pilot, "m")
        front(pilot, DifferenceScreen)
        assert '-            "Value": "sk-2026-03"' in shown(pilot)
        assert '+            "Value": "sk-2026-04"' in shown(pilot)

        await press(pilot, "enter")
        front(pilot, ReviewScreen)
        assert "#1 r2" in shown(pilot)
        assert approvals(session) == []


async def test_an_invalid_modification_is_kept_until_it_is_discarded(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    app = Writing(session, **STEADY)
    app.written = ["{ not a plan", "{ still not"]
    async with app.run_test() as pilot:
        await settled(pilot)

        await press(pilot, "m")
        front(pilot, ProblemsModal)
        await press(pilot, "escape", "e")
        assert app.opened_on[1] == "{ not a plan"

        await press(pilot, "x")
        front(pilot, ReviewScreen)
        assert not [asked for asked in session.asked if asked[0] == "modify"]


async def test_a_rehearsal_that_was_answered_with_no_is_overridden_with_a_reason_or_not_at_all(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    assert entry.plan is not None
    passed = rehearsal_of(entry.plan)
    refused = passed.commands[0].model_copy(update={"passed": False, "description": "Not authorised"})
    session.rehearsals[entry.id] = passed.model_copy(update={"passed": False, "commands": (refused,)})
    async with Watched(session, **STEADY | {"rehearse_first": True}).run_test() as pilot:
        await at_the_modal(pilot)

        await press(pilot, "ctrl+y")
        assert approvals(session) == []
        assert "not ready: the rehearsal said no to command 1; say why it is approved" in shown(pilot)
        assert "Override reason (rehearsal said no to command 1):" in shown(pilot)

        await press(pilot, "tab", *"known", "ctrl+y")
        assert [asked["override"] for asked in approvals(session)] == ["known"]


async def test_without_a_rehearsal_that_said_no_there_is_nothing_to_override(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session, rehearse_first=True).run_test() as pilot:
        modal = await at_the_modal(pilot)

        assert not modal.query_one("#overriding").display
        assert "Override" not in shown(pilot)


def many_deletions() -> ExecutionPlan:
    """More than any screen shows at once."""
    deletions = [
        cli(500 + number, DESTROY, f"Delete bucket {number}", "s3 rb", f"s3://b-{number}") for number in range(14)
    ]
    return plan(499, "Remove fourteen buckets", deletions)


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_what_does_not_fit_has_to_be_seen_to_its_end_before_it_is_approved(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    session = RecordedSession(tmp_path)
    _ = session.add(1, many_deletions())
    async with Watched(session, **STEADY).run_test(size=size) as pilot:
        modal = await at_the_modal(pilot)
        await press(pilot, *"210987654321", "tab", *"agreed", "shift+tab", "ctrl+y")
        assert approvals(session) == []
        assert "not ready: look at all of it first" in shown(pilot)
        assert "ctrl+y  approve and run now" in shown(pilot)
        assert "s3://b-13" not in shown(pilot)

        while "s3://b-13" not in shown(pilot):
            await press(pilot, "pagedown")
        assert modal.query_one("#confirmation", Input).has_focus
        await press(pilot, "pagedown")
        assert "│ ready" in shown(pilot)
        await press(pilot, "up", "ctrl+y")

        assert len(approvals(session)) == 1


async def test_the_modal_of_a_rollback_shows_each_command_that_it_would_run(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    undo = plan(600, "Roll back", [cli(601, MODIFY, "Tag it back", "ec2 create-tags", "--tags", "Key=R,Value=1")])
    review = review_of(undo, None, session.identity, session.clock.now())
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)

        async def submit(decision: Approved) -> None: ...

        app.navigate(AskApproval(review, submit, lambda decision: None, "Roll back"))
        await settled(pilot)

        assert "1 modify  Tag it back" in shown(pilot)
        assert "aws ec2 create-tags --tags Key=R,Value=1" in shown(pilot)


async def test_what_only_the_modal_shows_and_is_confirmed_by_typing_is_read_there_row_by_row(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    review = review_of(many_deletions(), None, session.identity, session.clock.now())
    app = cockpit(session, dwell=0.5)
    async with app.run_test() as pilot:
        await settled(pilot)

        async def submit(decision: Approved) -> None: ...

        app.navigate(AskApproval(review, submit, lambda decision: None, "Roll back"))
        await settled(pilot)
        modal = front(pilot, ApproveModal)
        modal.arm()
        modal.query_one("#confirmation", Input).value = "210987654321"
        modal.query_one("#reason", Input).value = "agreed"
        pane = modal.query_one("#approval", LinePane)
        for _ in range(MOST_SCREENFULS):
            modal.action_scroll_page(1)
        assert pane.end_in_view
        assert view.missing(review, Ready(), Given("210987654321", "agreed"), seen=modal._seen) == view.UNSEEN
        assert "above went by too fast (pageup)" in (modal._missing() or "")

        pane.scroll_to(y=0, animate=False, immediate=True)
        for _ in range(MOST_SCREENFULS):
            modal._look()
            session.clock.forward(0.6)
            modal._look()
            if modal._seen:
                break
            modal.action_scroll_page(1)
        await settled(pilot)

        assert "│ ready" in shown(pilot)


async def test_a_rehearsal_of_what_was_shown_before_says_nothing_of_what_is_shown_now(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    asked: list[asyncio.Future[DryRunResult]] = []

    tellers: list[Callable[[int, int], None]] = []

    async def rehearse(entry_id: UUID, told: Callable[[int, int], None] | None = None) -> DryRunResult:
        assert told is not None
        tellers.append(told)
        asked.append(asyncio.get_running_loop().create_future())
        return await asyncio.shield(asked[-1])

    session.rehearse = rehearse  # type: ignore[method-assign]
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        pilot.app.query_one(LineList).focus()
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, ReviewScreen) and pilot.app.screen._review is not None)
        screen = front(pilot, ReviewScreen)
        screen.action_rehearse()
        await until(lambda: len(asked) == 1)
        screen.action_reload()
        await until(lambda: not screen._rehearsal.under_way)
        screen.action_rehearse()
        await until(lambda: len(asked) == 2)

        tellers[1](2, 3)
        tellers[0](1, 3)
        await until(lambda: screen._rehearsal.done == 2)
        assert entry.plan is not None
        asked[0].set_result(rehearsal_of(entry.plan))
        await pilot.pause()
        assert screen._rehearsal.under_way, "the first answer is of what was there before"
        asked[1].set_result(rehearsal_of(entry.plan))
        await until(lambda: screen._rehearsal.result is not None)


async def test_while_it_arms_the_modal_does_not_say_ready(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await at_the_modal(pilot, armed=False)

        assert "arming ..." in shown(pilot)
        assert "ready" not in shown(pilot)
        await press(pilot, "ctrl+y")
        assert "arming ... ctrl+y counts once it says ready" in shown(pilot)
        assert approvals(session) == []


SMALLEST_MODALS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("r",): ("not ready: a moment ...", "Cancel (esc)", "enter  reject"),
    ("j", "a"): ("arming ...", "Cancel (esc)", "ctrl+y  approve and run now"),
    ("enter", *("n",) * 6, "a"): ("Type the account", "Reason:", "Cancel (esc)", "ctrl+y  approve and run now"),
    ("Q",): ("stay", "leave", "wait", "stop"),
    ("2", "enter", "X"): ("Let it run", "ctrl+y stop  f finish", "not yet: a moment ..."),
}


@pytest.mark.parametrize("keys", SMALLEST_MODALS)
async def test_at_the_smallest_size_every_modal_shows_its_status_and_choices(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(60, 16)) as pilot:
        await settled(pilot)

        await press(pilot, *keys)

        last = "\n".join(shown(pilot).splitlines()[-16:])
        for words in SMALLEST_MODALS[keys]:
            assert words in last


async def test_at_the_smallest_size_the_problems_of_a_modification_leave_room_for_the_choice(tmp_path: Path) -> None:
    app = cockpit(RecordedSession(tmp_path))
    problems = tuple(Problem(path=f"/{n}", message="It is wrong", remedy="Correct it") for n in range(20))
    async with app.run_test(size=(60, 16)) as pilot:
        await settled(pilot)

        app.navigate(AskWhatToDo(problems, lambda again: None))
        await settled(pilot)

        assert "e edit again   x discard what was written" in shown(pilot)


async def test_an_editor_that_fails_loses_nothing_that_was_written(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    app = Failing(session, **STEADY)
    app.written = ["{ not a plan"]
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "m", "e")

        front(pilot, ProblemsModal)
        assert "your editor ended with 3; nothing was changed" in shown(pilot)
        await press(pilot, "e")
        assert app.opened_on[1:] == ["{ not a plan", "{ not a plan"]


class Failing(Writing):
    """Its editor fails once nothing is left to hand back."""

    async def edit(self, text: str) -> str:
        if self.written:
            return await super().edit(text)
        self.opened_on.append(text)
        raise EditorError("your editor ended with 3; nothing was changed")


async def test_a_review_is_searched_and_goes_from_hit_to_hit(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter", "slash", *"deletebucket")
        assert "command 3 of 3" in shown(pilot)
        assert "/deletebucket  in 1 place" in shown(pilot)
        await press(pilot, *("backspace",) * 12, *"recursive", "enter")
        assert "command 1 of 3" in shown(pilot)
        await press(pilot, "ctrl+n")
        assert "command 2 of 3" in shown(pilot)

        await press(pilot, "escape")
        assert "/recursive" not in shown(pilot)
        front(pilot, ReviewScreen)


async def test_a_plan_decided_elsewhere_leaves_only_the_keys_that_still_mean_something(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")

        decided = {"state": QueueState.RUNNING, "decided_by": "bob", "decided_at": session.clock.now()}
        session.tell(happened.PlanMoved(entry=session.change(entry, **decided)))
        await settled(pilot)

        assert "#1 was approved by bob at 12:04:31Z and is running   2 watches it  R loads it" in shown(pilot)
        assert [hint.key for hint in front(pilot, ReviewScreen).key_hints()] == ["2", "R", "j/k", "q"]


async def test_a_dangerous_command_whose_long_values_are_folded_was_not_read(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, plan(700, "Delete much", [cli(701, DESTROY, "Delete", "s3 rm", "s3://" + "long/" * 120)]))
    async with cockpit(session).run_test(size=(100, 60)) as pilot:
        await settled(pilot)

        await press(pilot, "enter", "x", "j")
        assert "more rows; x shows them" in shown(pilot)
        assert len(front(pilot, ReviewScreen).unseen) == 1

        await press(pilot, "x")
        assert front(pilot, ReviewScreen).unseen == []


async def test_a_pane_that_is_zoomed_stands_alone_and_hides_what_counts_as_read(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test(size=(160, 40)) as pilot:
        await settled(pilot)

        await press(pilot, "enter", "z", "j", "j", "j")
        assert "command 3 of 3" not in shown(pilot)
        assert len(front(pilot, ReviewScreen).unseen) == 2

        await press(pilot, "z")
        assert "command 3 of 3" in shown(pilot)
        assert "risk" in shown(pilot)


async def test_the_approval_opens_on_cancel_and_letters_go_to_the_confirmation(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test() as pilot:
        modal = await at_the_modal(pilot)
        assert modal.query_one("#cancel").has_focus

        await press(pilot, *"jk2")

        assert modal.query_one("#confirmation", Input).value == "jk2"


async def test_approving_twice_hands_in_one_decision(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    session.answers.clear()
    async with Watched(session, **STEADY).run_test() as pilot:
        modal = await at_the_modal(pilot)

        await pilot.press("ctrl+y", "ctrl+y")
        await heard(pilot)
        assert isinstance(modal.phase, Submitting)
        session.answers.set()
        await settled(pilot)

        assert len(approvals(session)) == 1


async def test_a_rejection_typed_ahead_of_its_modal_does_not_count(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "r", "f2", "enter")

        front(pilot, RejectModal)
        assert session.asked == []
        assert "not ready: a moment ..." in shown(pilot)


async def test_a_rejection_locks_when_somebody_else_decides(tmp_path: Path) -> None:
    session, entry = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "r", "f2")
        front(pilot, RejectModal).arm()

        session.tell(happened.PlanMoved(entry=session.change(entry, state=QueueState.RUNNING, decided_by="bob")))
        await press(pilot, "enter")

        front(pilot, RejectModal)
        assert "LOCKED: #1 was approved by bob and is running" in shown(pilot)
        assert session.asked == []


async def test_what_a_review_offers_is_exactly_what_would_be_called(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path, destructive=True)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter", "j", "j")
        screen = front(pilot, ReviewScreen)

        offers = {one.label: one.text for one in screen.yanks()}
        reading = await screen.reading()

        assert offers["command"] == "aws s3 rm s3://storefront-logs-2024/ --recursive"
        assert reading is not None
        assert "command 3 of 3" in reading.text


async def test_an_a_behind_the_enter_is_not_lost_while_the_review_is_read(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    read, reading = session.review, asyncio.Event()

    async def slowly(entry_id: UUID) -> Review:
        await reading.wait()
        return await read(entry_id)

    async with cockpit(session).run_test() as pilot:
        await settled(pilot)  # the queue has read what it shows of the plan
        session.review = slowly  # type: ignore[method-assign]

        session.review = slowly  # type: ignore[method-assign]
        await pilot.press("enter", "a")
        await until(lambda: isinstance(pilot.app.screen, ReviewScreen))
        reading.set()

        await until(lambda: isinstance(pilot.app.screen, ApproveModal))


async def test_tab_in_a_zoomed_review_shows_the_next_pane_alone(tmp_path: Path) -> None:
    session, _ = one_plan(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter", "z")
        assert "digest" not in shown(pilot)

        await press(pilot, "tab")
        assert "digest" in shown(pilot)
        assert "the whole plan" not in shown(pilot)
        await press(pilot, "tab")
        assert "the whole plan" in shown(pilot)
