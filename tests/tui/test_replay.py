"""A replay on the live screen: by a clock of its own, apart from what is live, and with its hands off."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot

from cloudops_tui.model.output import OutputLine
from cloudops_tui.presentation import replay
from cloudops_tui.tui.navigation import OpenRecord, OpenReplay
from cloudops_tui.tui.replaying import ReplayScreen
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.watching import WatchApp
from cloudops_tui.tui.widgets.command_tree import CommandTree
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.recorded import Story
from tests.tui.test_keys import bindings, documented
from tests.tui.test_watching import orphaned


@asynccontextmanager
async def replaying(story: Story, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    """A replay at its beginning, of which two events share the moment, with a clock that moves only when told to."""
    async with cockpit(story.session).run_test(size=size) as pilot:
        await settled(pilot)
        pilot.app.navigate(OpenReplay(story.id))  # type: ignore[attr-defined]
        await comes(pilot, "REPLAY", "event 2/")
        yield pilot


async def pass_time(pilot: Pilot[Any], story: Story, seconds: float) -> None:
    """So much time passes for everybody, and the screen has seen it."""
    before = position(pilot)
    story.session.clock.forward(seconds)
    await until(lambda: position(pilot) != before)
    await settled(pilot)


def position(pilot: Pilot[Any]) -> object:
    return front(pilot, ReplayScreen)._recording.playback


async def test_the_present_is_the_replayed_moment_and_the_frame_stays_in_ours(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        await pass_time(pilot, story, 10)

        rows = shown(pilot).splitlines()
        assert "elapsed 10s" in shown(pilot)
        assert rows[2].split()[:5] == ["REPLAY", "#418", "of", "2026-03-04", "12:02Z"]
        assert "12:02:41Z" in rows[2]
        assert "12:04:0" in rows[0]


async def test_speeds_and_pause_move_the_moment_as_they_say(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        await press(pilot, "plus", "plus")
        await comes(pilot, "4x")
        await pass_time(pilot, story, 4)
        assert "elapsed 16s" in shown(pilot)

        await press(pilot, "space")
        story.session.clock.forward(30)
        await settled(pilot)

        assert "paused" in shown(pilot)
        assert "elapsed 16s" in shown(pilot)


async def test_steps_go_back_as_well_and_what_had_begun_has_not(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        assert "▶1 running" in shown(pilot)

        await press(pilot, "comma")

        assert "event 1/" in shown(pilot)
        assert "▶1 running" not in shown(pilot)
        await press(pilot, "full_stop")
        assert "▶1 running" in shown(pilot)


async def test_f_goes_to_the_moment_of_the_failure_and_to_what_failed(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        await press(pilot, "f")

        assert "paused" in shown(pilot)
        assert "FAILED     7 Patch the kernel of web-03" in shown(pilot)
        await press(pilot, "f", "f")
        assert "Nothing fails after this moment" in shown(pilot)


async def test_it_stays_on_the_last_state_and_begins_again(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        await pass_time(pilot, story, 10_000)
        assert replay.ENDED in shown(pilot)
        assert "took" in shown(pilot)

        await press(pilot, "r")

        await comes(pilot, "event 2/")
        assert replay.ENDED not in shown(pilot)


async def test_output_appears_line_by_line_by_its_times(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    started = next(event.at for event in story.session.journals[story.id] if event.seq == 4)
    assert started is not None
    command_id = story.command(2).id
    story.session.outputs[story.id, command_id] = [
        OutputLine("stdout", f"line {n}", started.replace(microsecond=n * 300_000)) for n in range(3)
    ]
    async with replaying(story) as pilot:
        await comes(pilot, "2 Delete the logs of 2024")
        await press(pilot, "j")
        await until(lambda: front(pilot, ReplayScreen).query_one(CommandTree).cursor_key == command_id)
        await press(pilot, *["full_stop"] * 2)
        await comes(pilot, "line 0")
        assert "line 1" not in shown(pilot)

        await press(pilot, "space")
        await pass_time(pilot, story, 0.4)
        await comes(pilot, "line 1")
        assert "line 2" not in shown(pilot)

        await press(pilot, "comma", "full_stop")
        await comes(pilot, "line 0")


async def test_no_search_filter_or_pager_finds_a_line_of_the_future(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    started = next(event.at for event in story.session.journals[story.id] if event.seq == 4)
    assert started is not None
    story.session.outputs[story.id, story.command(2).id] = [
        OutputLine("stdout", f"line {n}", started + n * timedelta(seconds=1)) for n in range(3)
    ]
    async with replaying(story) as pilot:
        await press(pilot, "j", *["full_stop"] * 2, "tab")
        await comes(pilot, "line 0")

        await press(pilot, "slash", *"line", "enter")
        await comes(pilot, "1/1")
        await press(pilot, "ampersand", *"line", "enter")
        await comes(pilot, "1 of 1")
        read = await front(pilot, ReplayScreen).reading()

        assert read is not None
        assert read.text == "line 0\n"
        assert "line 1" not in shown(pilot)


async def test_pruned_output_is_said_to_be_gone(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    story.session.outputs.clear()
    journal = story.session.journals[story.id]
    for place, event in enumerate(journal):
        if event.tag == "CommandCompleted":
            bigger = event.result.model_copy(update={"output_bytes": 1_200_000})  # type: ignore[union-attr]
            journal[place] = event.model_copy(update={"result": bigger})
    async with replaying(story) as pilot:
        await press(pilot, "full_stop")

        await comes(pilot, "was pruned from disk")


async def test_nothing_of_it_reaches_what_is_live_and_nothing_can_be_done(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with replaying(story) as pilot:
        app = pilot.app
        before = dict(app.bridge.states)  # type: ignore[attr-defined]
        await press(pilot, "X", "u")
        await pass_time(pilot, story, 30)

        assert "Nothing runs in a replay" in shown(pilot)
        assert app.bridge.states == before  # type: ignore[attr-defined]
        assert {notice.text for notice in app.notices} == {replay.KEYS_OFF}  # type: ignore[attr-defined]
        assert story.session.asked == []
        assert {hint.key for hint in front(pilot, ReplayScreen).key_hints() if hint.why_not} >= {"X", "u"}


async def test_p_on_the_record_replays_it_and_q_comes_back(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with cockpit(story.session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        pilot.app.navigate(OpenRecord(story.id))  # type: ignore[attr-defined]
        await settled(pilot)

        await press(pilot, "P")
        await comes(pilot, "REPLAY")
        await press(pilot, "q")

        assert isinstance(pilot.app.screen, RecordScreen)


async def test_what_still_runs_is_not_replayed(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with cockpit(story.session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        pilot.app.navigate(OpenRecord(story.id))  # type: ignore[attr-defined]
        await settled(pilot)

        await press(pilot, "P")

        assert isinstance(pilot.app.screen, RecordScreen)
        assert "It still runs" in shown(pilot)


async def test_watch_begins_a_replay_at_the_speed_that_was_asked_for(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with WatchApp(story.session, execution_id=story.id, replay_speed=4).run_test(size=(80, 24)) as pilot:
        await comes(pilot, "REPLAY", "4x")
        await pilot.press("q")
        await until(lambda: pilot.app.return_value is not None)

    assert pilot.app.return_value == 0


OWNERS: tuple[type[DOMNode], ...] = (ReplayScreen, WatchApp)


@pytest.mark.parametrize("owner", OWNERS, ids=["replay", "watch"])
def test_every_key_is_in_the_table_as_it_is_bound(owner: type[DOMNode]) -> None:
    table = documented()

    for binding in bindings(owner):
        assert set(binding.key.split(",")) in table.get(binding.id or "", []), f"`{binding.id}` in docs/keys.md"


def test_no_key_of_a_replay_is_taken_by_a_pane_and_none_means_two_things() -> None:
    keys = Counter(each.key for each in bindings(ReplayScreen))
    taken = {key for pane in (CommandTree, OutputView) for each in bindings(pane) for key in each.key.split(",")}

    assert set(keys.values()) == {1}
    assert not keys.keys() & taken


def test_how_a_replay_looks(tmp_path: Path, snap_compare: Callable[..., bool]) -> None:
    story = recorded.failed(tmp_path)

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        pilot.app.navigate(OpenReplay(story.id))  # type: ignore[attr-defined]
        await comes(pilot, "event 2/")
        await press(pilot, "plus", "plus", "f")
        await comes(pilot, "paused", "FAILED")

    assert snap_compare(cockpit(story.session), terminal_size=(80, 24), run_before=drive)


def test_how_it_looks_when_the_owner_is_gone(
    tmp_path: Path, snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudops_tui.tui.app.LOOK_EVERY", 0.3)
    story = orphaned(recorded.running(tmp_path))

    async def drive(pilot: Pilot[Any]) -> None:
        await comes(pilot, "the process that ran it is gone")

    assert snap_compare(WatchApp(story.session), terminal_size=(80, 24), run_before=drive)
