"""One remembered execution: its tabs, its outputs, its undo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.presentation.record import TABS, command_of
from cloudops_tui.storage.executions import unknown_execution
from cloudops_tui.tui.navigation import OpenRecord
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.output_view import OutputView
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import cockpit, front, heard, press, settled, shown, until
from tests.tui.recorded import Story


@asynccontextmanager
async def reading(story: Story, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    app = cockpit(story.session)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.navigate(OpenRecord(story.id))
        await settled(pilot)
        yield pilot


async def test_a_failed_record_opens_at_its_errors(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        assert "The agent last answered 3 days ago" in shown(pilot)
        assert "[Outcome]" in shown(pilot)


async def test_the_brackets_turn_the_tabs_round(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        seen = []
        for _ in TABS:
            await press(pilot, "right_square_bracket")
            seen.append(next(name for name in TABS if f"[{name}]" in shown(pilot)))
        assert seen == [*TABS[1:], TABS[0]]

        await press(pilot, "left_square_bracket")
        assert "[Raw]" in shown(pilot)


async def test_enter_on_a_command_shows_its_output_from_disk(tmp_path: Path) -> None:
    async with reading(recorded.completed(tmp_path)) as pilot:
        await press(pilot, *["right_square_bracket"] * TABS.index("Commands"), "g", "j", "j", "enter")

        assert "[Output]" in shown(pilot)
        assert "delete: s3://logs/2024/01.gz" in shown(pilot)
        assert isinstance(pilot.app.screen.focused, OutputView)


async def test_f_shows_what_the_failed_commands_said_one_after_the_other(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        await press(pilot, "f")
        assert "! Sending the command to i-03" in shown(pilot)

        await press(pilot, "f")
        assert "Outcome unknown: the connection broke" in shown(pilot)


async def test_the_approval_tab_tells_whose_decision_the_rollback_was(tmp_path: Path) -> None:
    async with reading(recorded.rolled_back(tmp_path), size=(120, 40)) as pilot:
        assert "rolled back, 1 UNKNOWN, asked for by alice" in shown(pilot)

        await press(pilot, *["right_square_bracket"] * TABS.index("Approval"))

        assert "The rollback" in shown(pilot)
        assert "b" * 64 in shown(pilot)


async def test_undo_asks_for_its_own_approval(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with reading(story) as pilot:
        await press(pilot, "u")

        assert isinstance(pilot.app.screen, ApproveModal)
        assert story.session.asked == []


async def test_undo_of_a_plan_that_does_not_say_how_is_refused_with_that_reason(tmp_path: Path) -> None:
    async with reading(recorded.completed(tmp_path)) as pilot:
        await press(pilot, "u")

        assert "Nothing is known that would undo it" in shown(pilot)


@pytest.mark.parametrize("key", ["q", "h", "escape"])
async def test_every_way_back_leads_back(key: str, tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        await press(pilot, key)

        assert not isinstance(pilot.app.screen, RecordScreen)


async def test_a_record_that_still_grows_is_read_again(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with reading(story) as pilot:
        story.fail(6, "the disk is full")
        await settled(pilot)
        await settled(pilot)

        assert "the disk is full" in shown(pilot)


async def test_a_failed_record_opens_with_the_cursor_on_the_command_that_failed_first(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    failed = recorded.ids(story, 7)[0]
    async with reading(story) as pilot:
        rows = pilot.app.screen.query_one(LineList)
        assert command_of(rows.cursor_id) == failed
        assert "✗ FAILED in 1m26s" in shown(pilot)

        await press(pilot, *["right_square_bracket"] * TABS.index("Commands"))
        assert command_of(rows.cursor_id) == failed


async def test_a_word_is_found_in_the_raw_record_and_n_goes_on(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        await press(pilot, "left_square_bracket", "slash")
        pilot.app.screen.query_one(SearchBox).value = "send-command"
        await press(pilot, "enter")
        assert "/send-command  1 of 4   n next  N previous" in shown(pilot)
        first = pilot.app.screen.query_one(LineList).cursor_index

        await press(pilot, "n")
        assert "2 of 4" in shown(pilot)
        assert pilot.app.screen.query_one(LineList).cursor_index > first

        await press(pilot, "N", "N")
        assert "4 of 4" in shown(pilot)


async def test_r_puts_the_plan_into_the_queue_once_more_and_opens_its_review(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with reading(story) as pilot:
        await press(pilot, "r")

        assert story.session.asked == [("run_again", story.id)]
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "re-run of #418" in {entry.source for entry in story.session.entries.values()}


async def test_a_key_that_is_held_down_queues_one_plan(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    run_again, going = story.session.run_again, asyncio.Event()

    async def slowly(execution_id: UUID) -> QueueEntry:
        await going.wait()
        return await run_again(execution_id)

    story.session.run_again = slowly  # type: ignore[method-assign]
    async with reading(story) as pilot:
        await pilot.press("r", "r", "r")
        await heard(pilot)
        going.set()
        await until(lambda: isinstance(pilot.app.screen, ReviewScreen))

        assert story.session.asked == [("run_again", story.id)]


async def test_a_session_that_only_looks_queues_nothing_again(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    app = cockpit(story.session, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.navigate(OpenRecord(story.id))
        await settled(pilot)
        await press(pilot, "r")

        assert "This session only looks" in shown(pilot)
        assert story.session.asked == []


async def test_an_export_says_where_it_lies_and_one_that_fails_says_why(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with reading(story, size=(200, 50)) as pilot:
        await press(pilot, "E")
        assert f"Exported to {tmp_path}/exports/record-418" in shown(pilot)

        story.session.fails["export"] = OSError("No space is left")
        await press(pilot, "E")
        assert "Cannot export the record: No space is left" in shown(pilot)


async def test_a_record_that_cannot_be_read_says_why_and_reads_again_on_r(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    async def damaged(execution_id: UUID) -> ExecutionRecord:
        raise StorageError("A stored plan cannot be read")

    story.session.record = damaged  # type: ignore[method-assign]
    async with reading(story) as pilot:
        assert "! This record cannot be read" in shown(pilot)
        assert "A stored plan cannot be read" in shown(pilot)

        del story.session.record
        await press(pilot, "R")
        assert "The agent last answered 3 days ago" in shown(pilot)


async def test_a_record_that_was_pruned_is_not_offered_to_be_read_again(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    async def pruned(execution_id: UUID) -> ExecutionRecord:
        raise Other(str(unknown_execution(execution_id).args[0]))  # as the engine tells it

    story.session.record = pruned  # type: ignore[method-assign]
    async with reading(story) as pilot:
        assert "! This record is gone" in shown(pilot)
        assert "reads it again" not in shown(pilot)

        await press(pilot, "R")
        assert "This record is gone; there is nothing to read again" in shown(pilot)


async def test_the_pager_gets_the_open_tab_and_the_whole_output(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        screen = front(pilot, RecordScreen)
        outcome = await screen.reading()
        await press(pilot, "f")
        output = await screen.reading()

        assert outcome is not None
        assert output is not None
        assert (outcome.name, output.name) == ("record-418-outcome.txt", "record-418-output.txt")
        assert "The agent last answered 3 days ago" in outcome.text
        assert output.text.startswith("Sending the command to i-03")


async def test_the_open_output_is_yanked_from_as_well_by_letters_of_its_own(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path)) as pilot:
        screen = front(pilot, RecordScreen)
        await press(pilot, "f")
        offers = screen.yanks()

        assert len({offer.key for offer in offers}) == len(offers)
        assert {"line", "lines in view", "execution id", "error"} <= {offer.label for offer in offers}


async def test_where_there_is_room_the_output_of_the_command_stands_beside_the_other_tabs(tmp_path: Path) -> None:
    async with reading(recorded.failed(tmp_path), size=(180, 40)) as pilot:
        screen = front(pilot, RecordScreen)
        assert screen.query_one("#output").display
        assert screen.query_one("#rows").has_focus

        await press(pilot, *["]"] * TABS.index("Output"))
        assert not screen.query_one("#rows").display
        await pilot.resize_terminal(100, 30)
        await press(pilot, "[")
        assert not screen.query_one("#output").display
