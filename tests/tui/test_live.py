"""Watching an execution: where the cursor stands, what the output does, what a frame costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual.pilot import Pilot

from cloudops_tui.model import events as happened
from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.presentation import execution
from cloudops_tui.presentation.execution import Group
from cloudops_tui.presentation.lines import plain
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.live import SETTLE, LiveScreen
from cloudops_tui.tui.screens.stop import StopModal
from cloudops_tui.tui.widgets.command_tree import CommandTree
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.recorded import Story, ids
from tests.tui.twin import RecordedSession


@asynccontextmanager
async def watching(story: Story, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Pilot[Any]]:
    """The live screen of a story."""
    app = cockpit(story.session, **options)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.navigate(OpenExecution(story.id))
        await settled(pilot)
        yield pilot


def tree(pilot: Pilot[Any]) -> CommandTree:
    return front(pilot, LiveScreen).query_one(CommandTree)


def title(pilot: Pilot[Any]) -> str:
    return plain(front(pilot, LiveScreen).query_one("#output-title", OneLine).line)


def output(pilot: Pilot[Any]) -> OutputView:
    return front(pilot, LiveScreen).query_one(OutputView)


async def test_the_failed_command_and_its_error_are_in_sight_without_a_key(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        assert tree(pilot).cursor_key == ids(story, 7)[0]
        assert "i-0b7 is not connected" in shown(pilot)


async def test_the_cursor_stays_on_its_command_while_the_tree_moves_around_it(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j", "j")
        stood_on = tree(pilot).cursor_key
        assert stood_on == ids(story, 13)[0]

        story.wait(3).complete(6)
        await settled(pilot)

        assert tree(pilot).cursor_key == stood_on


async def test_rows_keep_their_places_until_the_cursor_has_been_still_for_two_seconds(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j")
        before = tree(pilot).keys

        story.wait(1).fail(13, "unhealthy")
        await settled(pilot)
        assert tree(pilot).keys == before
        assert "✗2 FAILED" in shown(pilot)

        story.wait(1.1)
        await settled(pilot)
        assert tree(pilot).keys[:2] == ids(story, 7, 13)


async def test_a_command_that_ends_under_the_cursor_keeps_cursor_row_and_output_until_one_folds_it(
    tmp_path: Path,
) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j")
        stood_on = ids(story, 6)[0]
        assert tree(pilot).cursor_key == stood_on

        story.complete(6).start(10).wait(SETTLE + 0.1)
        await settled(pilot)
        rows = tree(pilot).keys
        assert tree(pilot).cursor_key == stood_on
        assert rows[rows.index(stood_on) - 1] is Group.DONE  # beneath the heading of a group that stays folded
        assert not set(ids(story, 1, 2)) & set(rows)
        assert "Patch the kernel of web-02" in title(pilot)

        await press(pilot, "x")
        assert tree(pilot).cursor_key == stood_on  # its group has opened around it
        assert set(ids(story, 1, 2)) <= set(tree(pilot).keys)

        await press(pilot, "x")
        assert tree(pilot).cursor_key is Group.DONE
        assert stood_on not in tree(pilot).keys


async def test_whoever_reads_an_output_keeps_it_when_its_command_ends(tmp_path: Path) -> None:
    story = Story(RecordedSession(tmp_path), recorded.fleet()).begin().start(1)
    async with watching(story) as pilot:
        await press(pilot, "tab")
        story.complete(1).start(2, 3)
        await settled(pilot)

        assert "Snapshot the launch template" in title(pilot)


async def test_a_heading_shows_the_same_output_while_others_join_its_group(tmp_path: Path) -> None:
    story = Story(RecordedSession(tmp_path), recorded.wide_plan(20)).begin().start(*range(1, 9)).complete(5)
    async with watching(story) as pilot:
        await press(pilot, "G", "k")
        assert tree(pilot).cursor_key is Group.DONE
        assert "Tag volume 5" in title(pilot)

        story.complete(2).wait(SETTLE + 0.1)
        await settled(pilot)
        assert tree(pilot).cursor_key is Group.DONE
        assert "Tag volume 5" in title(pilot)


async def test_on_a_tall_screen_nothing_is_folded_that_fits(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story, size=(80, 50)) as pilot:
        assert set(ids(story, *range(1, 15))) <= set(tree(pilot).keys)
        assert output(pilot).size.height >= 10


async def test_f_goes_from_one_failed_command_to_the_next_and_round(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story) as pilot:
        visited = []
        for key in ("f", "f", "F", "F"):
            await press(pilot, key)
            visited.append(tree(pilot).cursor_key)

        seventh, eighth = ids(story, 7, 8)
        assert visited == [eighth, seventh, eighth, seventh]


async def test_f_says_so_when_nothing_has_failed(tmp_path: Path) -> None:
    async with watching(recorded.completed(tmp_path)) as pilot:
        await press(pilot, "f")

        assert "Nothing has failed" in shown(pilot)


async def test_x_opens_the_group_of_the_cursor_and_closes_it_again(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "G", "k")
        assert tree(pilot).cursor_key is Group.DONE

        await press(pilot, "x")
        opened = tree(pilot).keys
        await press(pilot, "j", "x")

        assert set(ids(story, 1, 2, 3, 4, 5, 9)) <= set(opened)
        assert tree(pilot).cursor_key is Group.DONE
        assert not set(ids(story, 1, 2)) & set(tree(pilot).keys)


# --- output ----------------------------------------------------------------------------------------------------------


async def test_the_output_follows_while_at_the_bottom_and_stands_still_while_somebody_reads(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j", "enter")
        story.say(6, *(f"line {n}" for n in range(100)))
        await settled(pilot)
        assert output(pilot).following
        await comes(pilot, "line 99")

        await press(pilot, "k", "k")
        story.say(6, *(f"later {n}" for n in range(312)))
        await settled(pilot)

        assert "[PAUSED +312]" in shown(pilot)
        assert "line 97" in shown(pilot)
        assert "later" not in shown(pilot)


@pytest.mark.parametrize("key", ["G", "space"])
async def test_following_is_taken_up_again_at_the_newest_line(key: str, tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j", "enter", "g")
        assert "[PAUSED" in shown(pilot)
        story.say(6, "the newest line")

        await press(pilot, key)

        await comes(pilot, "[FOLLOW]", "the newest line")


async def test_lines_of_standard_error_are_marked_by_a_sign_as_well(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "j", "enter")

        await comes(pilot, "! warning: /etc/sysctl.conf")


async def test_the_output_of_a_command_that_ended_before_we_watched_comes_from_its_files(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "k")

        await comes(pilot, "delete: s3://logs/2024/02.gz")


async def test_details_show_what_exactly_ran_and_go_again(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story, size=(100, 40)) as pilot:
        await press(pilot, "i")
        assert "--document-name AWS-RunPatchBaseline" in shown(pilot)
        assert f"/state/executions/{recorded.NUMBER}/7/1/stdout" in shown(pilot)

        await press(pilot, "i")
        assert "--document-name" not in shown(pilot)


async def test_back_leaves_the_zoomed_output_before_it_leaves_the_screen(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "enter")
        assert "Health of web-05" not in shown(pilot)

        await press(pilot, "q")
        assert "Health of web-05" in shown(pilot)
        await press(pilot, "q")
        assert not isinstance(pilot.app.screen, LiveScreen)


# --- stop and undo ---------------------------------------------------------------------------------------------------


async def stop(pilot: Pilot[Any]) -> None:
    """Ask, wait until the question is armed, and say yes."""
    await press(pilot, "X")
    front(pilot, StopModal).arm()
    await press(pilot, "ctrl+y")


async def test_a_key_that_was_typed_ahead_of_the_question_stops_nothing(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "X", "ctrl+y")

        assert isinstance(pilot.app.screen, StopModal)
        assert story.session.asked == []

@pytest.mark.parametrize("key", ["enter", "escape", "q"])
async def test_the_first_choice_of_the_stop_modal_is_to_let_it_run(key: str, tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "X")
        modal = front(pilot, StopModal)
        assert modal.focused is not None
        assert modal.focused.id == "keep"

        await press(pilot, key)

        assert isinstance(pilot.app.screen, LiveScreen)
        assert story.session.asked == []


async def test_stopping_asks_the_session_and_says_what_happens_meanwhile(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await stop(pilot)

        assert story.session.asked == [("cancel", story.id)]
        assert "cancelling" in shown(pilot)
        assert "Asked to stop" in shown(pilot)


async def test_finishing_what_runs_is_another_key_of_the_same_question(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "X")
        front(pilot, StopModal).arm()
        await settled(pilot)
        assert "Or f: finish what runs, begin no more" in shown(pilot)
        await press(pilot, "f")

        assert story.session.asked == [("stop", story.id)]
        assert "stopping" in shown(pilot)


async def test_the_stop_modal_stops_nothing_that_ended_while_it_was_read(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "X")
        front(pilot, StopModal).arm()
        story.end(ExecutionStatus.FAILED)
        await settled(pilot)
        assert "It has ended meanwhile" in shown(pilot)

        await press(pilot, "ctrl+y")

        assert story.session.asked == []


async def test_a_session_that_may_only_look_cannot_stop(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story, read_only=True) as pilot:
        await press(pilot, "X")

        assert isinstance(pilot.app.screen, LiveScreen)
        assert "This session only looks" in shown(pilot)


async def test_an_error_of_the_session_becomes_a_line_and_not_a_crash(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    story.session.fails["cancel_execution"] = RuntimeError("the lease belongs to nobody")
    async with watching(story) as pilot:
        await stop(pilot)

        assert "Cannot stop: the lease belongs to nobody" in shown(pilot)


async def test_undo_opens_the_approval_of_the_rollback_and_runs_nothing_by_itself(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "u")

        assert isinstance(pilot.app.screen, ApproveModal)
        assert story.session.asked == []


async def test_undo_while_it_runs_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with watching(recorded.running(tmp_path)) as pilot:
        await press(pilot, "u")

        assert "undo is possible once it has ended" in shown(pilot)


async def test_a_rollback_shows_its_compensations_as_they_end(tmp_path: Path) -> None:
    story = recorded.rolling_back(tmp_path)
    async with watching(story) as pilot:
        assert "1/4 undone" in shown(pilot)

        story.undo(2, CommandStatus.COMPLETED)
        await settled(pilot)

        assert "2/4 undone" in shown(pilot)


async def test_the_end_brings_a_summary_with_the_first_errors(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        story.complete(6, 13).fail(8, "Rate exceeded").skip(10, 12, 14, reason="a need failed")
        story.end(ExecutionStatus.FAILED)
        await settled(pilot)

        assert "FAILED in 1m25s: 2 failed, 8 ok, 4 skipped" in shown(pilot)
        assert "8 Patch the kernel of web-04: Rate exceeded" in shown(pilot)


async def test_the_end_unfolds_everything_where_it_fits_and_folds_again_by_hand(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story, size=(160, 48)) as pilot:
        assert set(ids(story, *range(1, 15))) <= set(tree(pilot).keys)

        await press(pilot, "G", "x")
        assert not set(ids(story, 14)) & set(tree(pilot).keys)


async def test_the_end_unfolds_nothing_where_it_does_not_fit(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story) as pilot:
        assert not set(ids(story, 14)) & set(tree(pilot).keys)


async def test_the_pane_with_the_keys_shows_the_pointer(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        assert "❯✗ FAILED" not in title(pilot)
        await press(pilot, "tab")
        assert title(pilot).startswith("❯")
        await press(pilot, "i")
        assert title(pilot).startswith("❯")
        await press(pilot, "tab")
        assert title(pilot).startswith(" ")


async def test_after_a_screen_too_small_the_keys_are_back_at_the_tree(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await pilot.resize_terminal(30, 8)
        await settled(pilot)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)

        assert tree(pilot).has_focus
        assert title(pilot).startswith(" ")


async def test_what_was_told_of_stopping_goes_once_it_has_ended(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        await stop(pilot)
        assert "Asked to stop" in shown(pilot)

        story.end(ExecutionStatus.CANCELLED)
        await settled(pilot)

        assert "Asked to stop" not in shown(pilot)


async def test_a_rolled_back_execution_names_who_asked_for_that(tmp_path: Path) -> None:
    story = recorded.rolled_back(tmp_path)
    async with watching(story, size=(160, 48)) as pilot:
        rows = shown(pilot).splitlines()

        assert any("rolled back, 1 UNKNOWN, asked for by alice" in row for row in rows)
        assert any("Rolled back in 1m31s, asked for by alice: " in row for row in rows)


async def test_what_a_failed_rollback_left_to_do_is_in_sight(tmp_path: Path) -> None:
    async with watching(recorded.rollback_failed(tmp_path)) as pilot:
        assert "left to do:" in shown(pilot)


# --- what a frame costs ----------------------------------------------------------------------------------------------


async def test_lines_of_output_in_a_plan_of_thousands_rebuild_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(RecordedSession(tmp_path), recorded.wide_plan(5000)).begin().start(*range(1, 9))
    async with watching(story, size=(100, 30)) as pilot:
        counted = _counted(monkeypatch)
        frames = 20
        for _ in range(frames):
            for line in range(250):
                story.say(1, f"line {line}")
            await settled(pilot)

        rows_in_view = tree(pilot).size.height
        assert output(pilot).place.total == 5_000
        assert counted["arranged"] == 0
        assert counted["ordered"] == 0
        # At most the rows in view a frame, of which the clock gives as many as the machine leaves time for.
        assert counted["row"] <= rows_in_view * counted["presented"]
        assert counted["repainted"] == 0


async def test_one_command_ending_in_a_plan_of_thousands_repaints_a_screenful_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(RecordedSession(tmp_path), recorded.wide_plan(5000)).begin().start(*range(1, 9))
    async with watching(story, size=(100, 30)) as pilot:
        counted = _counted(monkeypatch)

        story.complete(4)
        await settled(pilot)

        assert counted["arranged"] == 0
        assert counted["ordered"] == 1
        assert counted["row"] <= (2 + counted["presented"]) * tree(pilot).size.height


async def test_a_group_of_thousands_can_be_opened_and_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(RecordedSession(tmp_path), recorded.wide_plan(5000)).begin().start(1)
    async with watching(story, size=(100, 30)) as pilot:
        await press(pilot, "G", "x")
        await until(lambda: len(tree(pilot).keys) > 4_990)
        counted = _counted(monkeypatch)

        await press(pilot, "G")
        await comes(pilot, "5000 Tag volume 5000")

        assert tree(pilot).cursor_key == ids(story, 5000)[0]
        assert "5000 Tag volume 5000" in shown(pilot)
        assert counted["row"] <= (2 + counted["presented"]) * tree(pilot).size.height


def _counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often the dear functions are called from here on."""
    counted = {"presented": 0, "row": 0, "arranged": 0, "ordered": 0, "repainted": 0}

    def count(owner: Any, name: str, as_what: str) -> None:
        real = getattr(owner, name)

        def counting(*args: Any, **options: Any) -> Any:
            counted[as_what] += 1
            return real(*args, **options)

        monkeypatch.setattr(owner, name, counting)

    count(LiveScreen, "present", "presented")
    count(execution, "row", "row")
    count(execution, "arranged", "arranged")
    count(execution, "rows", "ordered")
    count(CommandTree, "_repaint", "repainted")
    count(LiveScreen, "present", "presented")
    return counted


async def test_an_execution_of_another_process_shows_what_its_files_have(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    command: UUID = ids(story, 13)[0]
    story.session.outputs[story.id, command] = [OutputLine("stdout", "from the files")]
    async with watching(story) as pilot:
        await press(pilot, "j", "j")

        assert "from the files" in shown(pilot)


async def test_a_live_screen_of_what_began_meanwhile_shows_its_number(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        story.session.tell(happened.CancellationRequested(execution_id=story.id, by="bob"))
        await settled(pilot)

        assert f"#{recorded.NUMBER} Patch" in shown(pilot)


async def test_a_frame_that_comes_before_a_move_was_heard_of_does_not_take_it_back(tmp_path: Path) -> None:
    async with watching(recorded.running(tmp_path)) as pilot:
        stood_on = tree(pilot).cursor_key

        tree(pilot).action_move(1)
        front(pilot, LiveScreen).present()

        assert tree(pilot).cursor_key != stood_on
