"""The queue on screen: its order, its cursor, its filter, its words when there is nothing."""

from __future__ import annotations

from pathlib import Path

from cloudops_tui.model import events as happened
from cloudops_tui.model.queue import QueueState
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.refused import RefusedScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.widgets.line_list import LineList
from tests.tui.driving import cockpit, front, press, settled, shown
from tests.tui.estate import bucket_clean_up, key_rotation, working_day
from tests.tui.twin import RecordedSession, ago


async def test_the_cursor_stays_on_its_plan_when_a_more_dangerous_one_arrives(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, key_rotation())
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        lines = front(pilot, QueueScreen).query_one("#entries", LineList)
        stood_on = lines.cursor_id

        session.tell(happened.PlanQueued(entry=session.add(2, bucket_clean_up())))
        await settled(pilot)

        assert lines.cursor_id == stood_on
        assert lines.cursor_index == 1


async def test_an_empty_queue_says_how_a_plan_gets_there(tmp_path: Path) -> None:
    async with cockpit(RecordedSession(tmp_path)).run_test() as pilot:
        await settled(pilot)

        assert "cloudops-tui submit PLAN.json" in shown(pilot)


async def test_a_queue_that_cannot_be_read_says_why_and_reads_again_on_r(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    session.fails["queue"] = OSError("disk I/O error")
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        assert "disk I/O error" in shown(pilot)

        session.fails.clear()
        await press(pilot, "R")

        assert "#418" in shown(pilot)


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
