"""One remembered execution: its tabs, its outputs, its undo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.presentation.record import TABS
from cloudops_tui.tui.navigation import OpenRecord
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.tui import recorded
from tests.tui.driving import cockpit, press, settled, shown
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
        await press(pilot, "right_square_bracket", "right_square_bracket", "j", "j", "enter")

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

        assert "The plan says nothing about how to undo it" in shown(pilot)


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
