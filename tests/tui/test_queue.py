"""The queue on screen: its order, its cursor, its filter, its words when there is nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from cloudops_tui.model import events as happened
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.settings import ProfileSettings, Settings
from cloudops_tui.policy.entries import only_looked_at
from cloudops_tui.presentation import queue as view
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.refused import RefusedScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.report import ReportModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.widgets.line_list import LineList
from tests.tui.driving import cockpit, front, press, settled, shown
from tests.tui.estate import bucket_clean_up, key_rotation, working_day
from tests.tui.twin import RecordedSession, ago, uid


async def test_the_cursor_stays_on_its_plan_when_a_more_dangerous_one_arrives(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, key_rotation())
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        lines = front(pilot, QueueScreen).query_one("#entries", LineList)
        stood_on = lines.cursor_id
        await press(pilot, "j")  # somebody is there

        session.tell(happened.PlanQueued(entry=session.add(2, bucket_clean_up())))
        await settled(pilot)

        assert lines.cursor_id == stood_on
        assert lines.cursor_index == 1


async def test_an_empty_queue_says_how_a_plan_gets_there(tmp_path: Path) -> None:
    async with cockpit(RecordedSession(tmp_path)).run_test() as pilot:
        await settled(pilot)

        assert "cloudops-tui submit PLAN.json" in shown(pilot)


async def test_a_plan_of_a_read_only_profile_says_at_once_that_it_cannot_run_from_here(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, key_rotation())
    closed = Settings(profiles={"default": ProfileSettings(read_only=True)})
    async with cockpit(session, settings=closed).run_test() as pilot:
        await settled(pilot)
        why_not = {hint.key: hint.why_not for hint in front(pilot, QueueScreen).key_hints()}
        await press(pilot, "m")

        assert why_not["a"] == why_not["m"] == only_looked_at("default")
        assert why_not["r"] is None
        assert "Profile `default` is read-only here" in shown(pilot)
        front(pilot, QueueScreen)


async def test_a_queue_that_cannot_be_read_says_why_and_reads_again_on_r(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.fails["queue"] = OSError("disk I/O error")
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        assert "disk I/O error" in shown(pilot)

        session.fails.clear()
        await press(pilot, "R")

        assert "#418" in shown(pilot)
        assert "The queue was read again at" in shown(pilot)


async def test_the_filter_narrows_while_typing_and_escape_clears_it(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "slash", *"logs", "enter")
        assert "#417" in shown(pilot)
        assert "#418" not in shown(pilot)
        assert "1 of 7 plans" in shown(pilot)

        await press(pilot, "escape")
        assert "#418" in shown(pilot)


async def test_a_filter_that_nothing_matches_says_so(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "slash", *"zzz")

        assert "0 of 7 plans match `zzz`" in shown(pilot)


async def test_a_refused_plan_opens_with_every_problem_its_remedy_and_its_text(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, *"jjjjj", "enter")

        front(pilot, RefusedScreen)
        for words in (
            "/commands/0/command_type/Cli/command, line 5",
            "Did you mean `ec2 stop-instances`?",
            "/mode",
            'Add `"mode": "Sequential"`',
            '"description": "Shut the shop down"',
        ):
            assert words in shown(pilot)


async def test_enter_opens_a_review_and_q_leads_back(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "enter")
        front(pilot, ReviewScreen)

        await press(pilot, "q")
        front(pilot, QueueScreen)


async def test_a_decided_plan_cannot_be_approved_and_says_why(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(5, key_rotation(), state=QueueState.REJECTED, decided_by="bob", reason="Wrong account", at=ago(hours=1))
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "a")

        front(pilot, QueueScreen)
        assert "#5 was rejected by bob" in shown(pilot)


async def test_a_rejection_from_the_queue_takes_its_reason_along(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(5, key_rotation())
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "r", *"no")
        front(pilot, RejectModal).arm()
        await press(pilot, "enter")

        assert session.asked == [("reject", {"entry": entry.id, "reason": "no"})]
        assert "rejected" in shown(pilot)


async def test_a_read_only_session_decides_nothing(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path), read_only=True).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "r")

        front(pilot, QueueScreen)
        assert "This session is read-only" in shown(pilot)


async def test_a_terminal_that_is_too_small_still_says_what_waits(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(58, 12)) as pilot:
        await settled(pilot)

        assert "need 60x16, have 58x12 | 4 review 1 running | Q quit" in shown(pilot)


async def test_errors_stay_in_the_notices_after_they_faded(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.fails["reject"] = OSError("the disk is full")
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "r", *"no")
        front(pilot, RejectModal).arm()
        await press(pilot, "enter", "4")

        assert "12:04:31Z  error   Cannot reject #417: the disk is full" in shown(pilot)


async def test_the_footer_has_the_key_that_quits_and_dims_decisions_that_cannot_be_taken(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)
        assert shown(pilot).splitlines()[-1].split("  ")[1:4] == ["a approve", "r reject", "m modify"]
        assert "Q quit" in shown(pilot).splitlines()[-1]

        await press(pilot, "G", "m")
        assert [hint.why_not for hint in front(pilot, QueueScreen).key_hints() if hint.key == "a"] == [
            "#409 was rejected by bob"
        ]
        assert "#409 was rejected by bob" in shown(pilot).splitlines()[-2]


async def marked(pilot: Pilot[Any], *numbers: int) -> None:
    """Mark these rows, wherever they stand."""
    lines = front(pilot, QueueScreen).query_one("#entries", LineList)
    for number in numbers:
        lines.move_to(uid(1000 + number))
        await press(pilot, "space")


async def test_marked_plans_are_rejected_together_and_what_cannot_be_stays_marked_and_says_why(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await marked(pilot, 417, 418, 416)
        assert "3 marked" in shown(pilot)

        await press(pilot, "r", "f3")
        front(pilot, RejectModal).arm()
        await settled(pilot)
        assert "Reject 3 marked plans" in shown(pilot)
        session.change(session.entries[uid(1416)], state=QueueState.RUNNING, decided_by="bob")
        session.tell(happened.PlanMoved(entry=session.entries[uid(1416)]))
        await settled(pilot)
        assert "not: #416 was approved by bob and is running" in shown(pilot)
        await press(pilot, "enter")

        front(pilot, ReportModal)
        assert "#416 was approved by bob and is running" in shown(pilot)
        rejected = {asked["entry"] for what, asked in session.asked if what == "reject"}
        assert rejected == {uid(1417), uid(1418)}
        await press(pilot, "escape")
        assert "1 marked" in shown(pilot)


async def test_a_rejection_that_fails_keeps_none_of_the_others(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.fails["reject"] = OSError("the disk is full")
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await marked(pilot, 417, 418)

        await press(pilot, "r", "f1")
        front(pilot, RejectModal).arm()
        await press(pilot, "enter")

        assert "2 of 2 were not rejected" in shown(pilot)
        assert shown(pilot).count("the disk is full") == 2


async def test_nothing_is_approved_in_a_batch(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)
        await marked(pilot, 417, 418)

        await press(pilot, "a")

        front(pilot, QueueScreen)
        assert "Nothing is approved in a batch. Open each plan: " in shown(pilot)
        await press(pilot, "escape")
        assert "marked" not in shown(pilot)


async def test_rows_stand_still_while_somebody_moves_and_are_sorted_when_nobody_does(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        lines = front(pilot, QueueScreen).query_one("#entries", LineList)
        await press(pilot, "j")
        before = [row.id for row in lines.rows]

        await session.reject(uid(1417), reason="Not now")
        await settled(pilot)
        assert [row.id for row in lines.rows] == before
        session.clock.forward(6)
        await settled(pilot)

        assert lines.rows[0].id == uid(1416)
        assert lines.cursor_id == uid(1416)


async def test_what_came_above_the_view_is_told_and_does_not_move_it(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    for number in range(1, 41):
        session.add(number, key_rotation(), at=ago(minutes=number))
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        lines = front(pilot, QueueScreen).query_one("#entries", LineList)
        await press(pilot, "G")
        at = lines.top

        session.tell(happened.PlanQueued(entry=session.add(99, bucket_clean_up(), at=ago())))
        await settled(pilot)
        assert lines.top == at + 1
        assert "^1 new (g)" in shown(pilot)

        await press(pilot, "g")
        assert "new (g)" not in shown(pilot)
        assert "*◆ REVIEW      DESTROY #99" in shown(pilot)


async def test_a_filter_that_was_cleared_comes_back_with_up(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "slash", *"risk:destroy", "enter", "escape", "slash", "up", "enter")

        assert "filter: risk:destroy   1 of 7 plans" in shown(pilot)


async def test_only_faults_are_left_on_f(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "f")

        assert "faults only (f)   1 of 7 plans" in shown(pilot)
        assert "#417" not in shown(pilot)


async def test_a_watched_plan_tells_when_it_is_decided_elsewhere(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "w")

        await session.reject(uid(1417), reason="Not now")
        screen = front(pilot, QueueScreen)
        screen._look_after_watched()
        await settled(pilot)

        assert "#417, which you watch, was rejected by alice at 12:04:31Z" in shown(pilot)
        assert "#417, which you watch" in next(iter(pilot.app.notices)).text  # type: ignore[attr-defined]


async def test_sort_and_columns_are_chosen_from_a_menu(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "s", "j", "enter")
        assert "sorted by age" in shown(pilot)
        assert front(pilot, QueueScreen).query_one("#entries", LineList).rows[0].id == uid(1418)
        await press(pilot, "c", "j", "space", "enter")

        assert "RISK" not in shown(pilot)


async def test_an_engine_that_does_not_answer_makes_the_queue_old_and_takes_no_decision(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.beats.clear()
    app = cockpit(session, patience=0.01)
    async with app.run_test() as pilot:
        await settled(pilot)
        session.clock.forward(12)

        await app.heartbeat.ask()
        await settled(pilot)
        assert "LATE 12s" in shown(pilot)
        await press(pilot, "r")
        front(pilot, QueueScreen)
        assert "The engine has not answered since 12:04:31Z; this may be old" in shown(pilot)

        session.beats.set()
        await app.heartbeat.ask()
        await settled(pilot)
        assert "LATE" not in shown(pilot)


async def test_a_store_that_cannot_be_read_is_said_in_its_own_words(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.fails["heartbeat"] = OSError("disk I/O error")
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)

        await app.heartbeat.ask()
        await settled(pilot)

        assert "since 12:04:31Z: disk I/O error" in shown(pilot)
        assert "NO STORE 0s" in shown(pilot).splitlines()[0]


async def test_an_empty_queue_says_how_the_last_execution_ended(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, key_rotation())
    execution = session.run(entry, 1)
    session.change(session.entries[entry.id], state=QueueState.DONE, changed_at=ago(minutes=14))
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.bridge.states.pop(execution)
        app.bridge.outcomes[execution] = ExecutionStatus.COMPLETED

        await press(pilot, "slash", *"zzz", "escape")

        assert "The last execution ended 14m ago (ok)." in view.last_ended(
            session.entries.values(), app.bridge.outcomes, session.clock.now()
        )


async def test_what_can_be_yanked_and_read_is_that_of_the_row(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)
        screen = front(pilot, QueueScreen)

        offers = {one.label: one.text for one in screen.yanks()}
        reading = await screen.reading()

        assert offers["number"] == "417"
        assert "aws s3 rm s3://storefront-logs-2024/ --recursive" in offers["commands"].splitlines()
        assert reading is not None
        assert (reading.name, '"DeleteBucket"' in reading.text) == ("plan-417.json", True)


async def test_the_queue_is_read_where_an_execution_of_it_was_pruned(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    done = session.add(1, key_rotation())
    session.change(done, state=QueueState.DONE, execution_id=uid(7), decided_by="bob")
    async with cockpit(session).run_test(size=(100, 30)) as pilot:
        await settled(pilot)

        assert "· done" in shown(pilot)
        assert "? review" not in shown(pilot)
        assert "cannot be read" not in shown(pilot)
