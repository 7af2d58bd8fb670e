"""`watch` on a screen: follows what another process runs, opens what there is to open, and can do nothing to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.errors import ExecutionError, Other
from cloudops_tui.model.lease import Lease
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.watching import TAKEN_OVER_WITHIN, WaitingScreen, WatchApp
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import comes, front, press, settled, shown, until
from tests.tui.recorded import Story
from tests.tui.twin import RecordedSession

PID = 4711


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are looked at more often than a person would need."""
    monkeypatch.setattr("cloudops_tui.tui.app.LOOK_EVERY", 0.3)


def code_of(state: ExecutionState) -> int:
    return 1 if state.status is ExecutionStatus.FAILED else 0


def elsewhere(story: Story, *, alive: bool = True) -> Story:
    """Another process drives it, or did."""
    story.session.leases[story.id] = Lease(PID, alive=alive, here=False, beat_at=story.session.clock.now())
    return story


def orphaned(story: Story) -> Story:
    """Its process died with commands in flight."""
    elsewhere(story, alive=False)
    state = story.session.state(story.id)
    left = {
        command_id: replace(known, status=CommandStatus.UNKNOWN, ended_at=story.session.clock.now())
        if known.status is CommandStatus.RUNNING
        else known
        for command_id, known in state.commands.items()
    }
    story.session.orphans[story.id] = replace(
        state,
        status=ExecutionStatus.FAILED,
        ended_at=story.session.clock.now(),
        error=Other("Interrupted: the process that drove this execution ended"),
        commands=state.commands.update(left),
    )
    return story


@asynccontextmanager
async def watching(
    session: RecordedSession, *, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Pilot[Any]]:
    async with WatchApp(session, **options).run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def test_it_opens_the_one_that_runs_and_says_who_drives_it(tmp_path: Path) -> None:
    story = elsewhere(recorded.running(tmp_path))
    async with watching(story.session) as pilot:
        await comes(pilot, f"Driven by process {PID}, heartbeat 0s ago", "#418 Patch the kernel", " RO ")

        assert front(pilot, LiveScreen).execution_id == story.id
        story.session.clock.forward(12)
        await comes(pilot, "was not heard of for 12s; this may be old")


async def test_where_nothing_runs_it_waits_and_opens_the_next_that_begins(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    async with watching(session) as pilot:
        assert "Nothing runs. The next execution that begins opens here." in shown(pilot)
        assert "q leave" in shown(pilot).splitlines()[-1]

        story = Story(session, recorded.fleet()).begin()
        elsewhere(story)

        await comes(pilot, "Driven by process")


async def test_of_several_one_chooses_and_may_come_back_to_choose_again(tmp_path: Path) -> None:
    first = elsewhere(recorded.running(tmp_path))
    elsewhere(Story(first.session, recorded.wide_plan(3), number=419).begin())
    async with watching(first.session) as pilot:
        await comes(pilot, "#418", "#419")
        assert isinstance(pilot.app.screen, WaitingScreen)

        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, LiveScreen))
        await pilot.press("q")

        await until(lambda: isinstance(pilot.app.screen, WaitingScreen))


async def test_q_leaves_at_once_with_0_whatever_runs(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)  # even where the twin says that it is driven from here
    async with watching(story.session) as pilot:
        await until(lambda: isinstance(pilot.app.screen, LiveScreen))
        await comes(pilot, "q leave")
        await pilot.press("q")
        await until(lambda: pilot.app.return_value is not None)

    assert pilot.app.return_value == 0


async def test_q_in_a_search_is_a_letter(tmp_path: Path) -> None:
    async with watching(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "3", "slash", "q")

        assert front(pilot, HistoryScreen).query_one(SearchBox).value == "q"
        assert pilot.app.is_running


async def test_keys_that_write_are_dimmed_and_say_why(tmp_path: Path) -> None:
    story = elsewhere(recorded.running(tmp_path))
    async with watching(story.session) as pilot:
        await until(lambda: isinstance(pilot.app.screen, LiveScreen))
        await settled(pilot)
        hints = {hint.key: hint.why_not for hint in front(pilot, LiveScreen).key_hints()}
        await press(pilot, "X")

        assert "only looks" in (hints["X"] or "")
        assert "This session only looks" in shown(pilot)
        assert story.session.asked == []


async def test_an_owner_that_died_is_said_plainly_and_nothing_is_shown_as_running(tmp_path: Path) -> None:
    story = elsewhere(recorded.running(tmp_path))
    async with watching(story.session) as pilot:
        await comes(pilot, "Driven by process")

        orphaned(story)

        await comes(pilot, "! the process that ran it is gone; outcome of running commands unknown")
        assert "running" not in shown(pilot).partition("\n")[2].partition("Running")[2].replace("running commands", "")
        assert story.session.asked == []


async def test_what_somebody_takes_over_goes_on_from_its_story(tmp_path: Path) -> None:
    story = orphaned(recorded.running(tmp_path))
    async with watching(story.session) as pilot:
        await comes(pilot, "the process that ran it is gone")

        elsewhere(story)
        story.complete(6, seconds=90)

        await comes(pilot, "Driven by process")
        assert pilot.app.bridge.states[story.id] == story.session.state(story.id)  # type: ignore[attr-defined]


async def test_with_exit_it_leaves_at_the_end_with_the_executions_code(tmp_path: Path) -> None:
    story = elsewhere(recorded.running(tmp_path))
    async with watching(story.session, code_at_end=code_of) as pilot:
        await comes(pilot, "Driven by process")

        story.end(ExecutionStatus.FAILED, ExecutionError.CommandFailed("no"))

        await until(lambda: not pilot.app.is_running)
    assert pilot.app.return_value == 1


async def test_with_exit_what_lost_its_process_ends_once_nobody_has_taken_it_over(tmp_path: Path) -> None:
    story = orphaned(recorded.running(tmp_path))
    async with watching(story.session, code_at_end=code_of) as pilot:
        app = pilot.app
        assert isinstance(app, WatchApp)
        await comes(pilot, "the process that ran it is gone")
        await until(lambda: app._gone_at is not None)
        assert app.is_running

        story.session.clock.forward(TAKEN_OVER_WITHIN)

        await until(lambda: not app.is_running)
    assert app.return_value == 1
