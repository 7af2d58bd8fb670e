"""Coming back: what happened since, and everything where it was."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation.away import away
from cloudops_tui.presentation.remembered import FILE, Remembered, read, write
from cloudops_tui.tui import remembering
from cloudops_tui.tui.remembering import RememberingApp
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.widgets.line_list import LineList
from tests.tui import recorded
from tests.tui.driving import NEVER, STEADY, comes, front, press, settled, shown, until
from tests.tui.estate import working_day
from tests.tui.twin import NOON, RecordedSession, ago


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "LOOK_EVERY", 0.02)


@asynccontextmanager
async def at_work(session: RecordedSession) -> AsyncIterator[Pilot[Any]]:
    app = RememberingApp(session, **STEADY)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app._back)
        await settled(pilot)
        yield pilot
        here = app._here()
        await until(lambda: (app._place.area, app._place.kept) == (here.area, here.kept))


def left(folder: Path, **what: Any) -> Path:
    file = folder / FILE
    file.write_text(write(Remembered(**what)))
    return file


async def test_who_comes_back_is_told_in_one_line_what_ended_and_what_came(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    story.session.change(next(iter(story.session.entries.values())), state=QueueState.DONE)
    ended = replace(story.session.executions[story.id], status="Failed")
    story.session.executions[story.id] = ended
    story.session.add(420, recorded.wide_plan(2), at=story.session.clock.now())
    left(tmp_path, looked_at=ago(hours=1))
    async with at_work(story.session) as pilot:
        await comes(pilot, "while you were away: #418 FAILED 12:03:57Z, 1 new review")

        await press(pilot, "4")
        assert "While you were away #418 FAILED" in shown(pilot)
        await press(pilot, "1")
        assert "while you were away" not in shown(pilot), "whoever acts has read it"


async def test_who_was_never_here_is_told_nothing_and_known_the_next_time(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with at_work(session) as pilot:
        assert "while you were away" not in shown(pilot)

    file = tmp_path / FILE
    assert read(file.read_text()).looked_at == NOON
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


async def test_area_filter_and_cursor_are_where_they_were(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with at_work(session) as pilot:
        await press(pilot, "j", "j")
        stood_on = front(pilot, QueueScreen).query_one("#entries", LineList).cursor_id
        await press(pilot, "3")
    kept = read((tmp_path / FILE).read_text())
    assert (kept.area, kept.kept) == ("history", {"filter": "", "cursor": str(stood_on)})

    chosen = next(entry.id for entry in session.entries.values() if entry.number == 416)
    left(tmp_path, looked_at=NOON, area="history", kept={"filter": "key", "cursor": str(chosen)})
    async with at_work(session) as pilot:
        await comes(pilot, "3 History")
        assert pilot.app.current_mode == "history"
        await press(pilot, "1")

        screen = front(pilot, QueueScreen)
        assert screen.query_one("#filter", Input).value == "key"
        assert screen.query_one("#entries", LineList).cursor_id == chosen


async def test_a_bad_file_is_ignored_with_a_notice_and_written_anew(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    (tmp_path / FILE).write_text("{")
    async with at_work(session) as pilot:
        await press(pilot, "4")

        assert "is not used" in shown(pilot)

    assert read((tmp_path / FILE).read_text()).area == "notices"


async def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    (state / FILE).symlink_to(elsewhere)
    async with at_work(working_day(state)):
        pass

    assert not elsewhere.exists()
    assert not (state / FILE).is_symlink()


def test_what_is_told_counts_all_and_names_the_last_that_did_not_end_well(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    ends = {}
    states = (ExecutionStatus.FAILED, ExecutionStatus.CANCELLED, ExecutionStatus.FAILED, ExecutionStatus.COMPLETED)
    for number, status in enumerate(states, 1):
        entry = session.add(number, recorded.wide_plan(1), at=ago(minutes=10 - number))
        ends[session.run(entry, number)] = status
        session.change(entry, state=QueueState.DONE, changed_at=ago(minutes=10 - number))
    session.add(9, None, state=QueueState.REFUSED, at=ago(minutes=1))
    session.add(8, recorded.wide_plan(1), at=ago(minutes=30))

    told = away(session.entries.values(), ends, NOON - timedelta(minutes=20))

    assert told.line == (
        "while you were away: #2 cancelled 11:56:31Z, #3 FAILED 11:57:31Z, 1 more ended badly, 1 ok, 1 refused"
    )
    assert (told.kind, len(told.parts)) == ("warning", 5)
    assert told.holds(session.entries)
    refused = next(entry for entry in session.entries.values() if entry.number == 9)
    assert not told.holds({**session.entries, refused.id: refused.model_copy(update={"state": QueueState.REVIEW})})
    assert away(session.entries.values(), ends, None).line == ""
    assert away(session.entries.values(), ends, NOON).line == ""


async def test_nothing_moves_under_the_hands_of_who_has_begun_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "LOOK_EVERY", NEVER)
    session = working_day(tmp_path)
    chosen = next(entry.id for entry in session.entries.values() if entry.number == 416)
    left(tmp_path, looked_at=NOON, area="history", kept={"filter": "key", "cursor": str(chosen)})
    app = RememberingApp(session, **STEADY)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "G")
        stood_on = front(pilot, QueueScreen).query_one("#entries", LineList).cursor_id
        app._keep_place()
        await settled(pilot)

        screen = front(pilot, QueueScreen)
        assert screen.query_one("#entries", LineList).cursor_id == stood_on != chosen
        assert screen.query_one("#filter", Input).value == ""


async def test_what_is_wrong_with_the_store_stays_in_sight(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    async with at_work(session) as pilot:
        session.remarks.append("The store `/x/cloudops.db` was damaged")

        await comes(pilot, "The store `/x/cloudops.db` was damaged")


async def test_the_frame_does_not_promise_to_write_into_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    async with at_work(session) as pilot:
        await comes(pilot, " RW ")
        session.looks_only = True

        await comes(pilot, " RO ")
