"""Pictures of the screens that watch and remember, at the two sizes that count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation.record import TABS
from cloudops_tui.tui.navigation import Intent, OpenArea, OpenExecution, OpenRecord
from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import cockpit, front, press, settled
from tests.tui.recorded import Story
from tests.tui.twin import MODIFY, RecordedSession

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])

Compare = Callable[..., bool]
Moment = Callable[[Path], Story]


def pictured(
    compare: Compare,
    session: RecordedSession,
    intent: Intent,
    size: tuple[int, int],
    *keys: str,
    search: str = "",
    **options: Any,
) -> bool:
    """The screen after these keys looks as it did when somebody last looked at it."""

    async def get_there(pilot: Pilot[Any]) -> None:
        app = pilot.app
        await settled(pilot)
        app.navigate(intent)  # type: ignore[attr-defined]
        await settled(pilot)
        if search:
            front(pilot, HistoryScreen).query_one(SearchBox).put(search)
        await press(pilot, *keys)
        await settled(pilot)

    return compare(cockpit(session, **options), terminal_size=size, run_before=get_there)


@SIZES
@pytest.mark.parametrize(
    "moment",
    [recorded.running, recorded.failed, recorded.rolling_back, recorded.cancelled, recorded.completed],
    ids=lambda moment: moment.__name__,
)
def test_live(moment: Moment, size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = moment(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size)


@SIZES
def test_live_output_alone(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size, "j", "enter", "k")


@SIZES
def test_live_details(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.failed(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size, "i")


def test_live_in_ascii(tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24), ascii_only=True)


@SIZES
def test_stop(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size, "X")


@SIZES
@pytest.mark.parametrize(
    "search",
    ["", "kernel status:failed", "rotate status:failed", "statu:failed kernel"],
    ids=["all", "some", "none", "hint"],
)
def test_history(search: str, size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    session = recorded.some_history(tmp_path)

    assert pictured(snap_compare, session, OpenArea("history"), size, search=search)


@SIZES
def test_history_that_is_empty(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, RecordedSession(tmp_path), OpenArea("history"), size)


@SIZES
def test_history_inspected(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    session = recorded.repeated(tmp_path)

    assert pictured(snap_compare, session, OpenArea("history"), size, *([] if size[0] > 120 else ["i"]))


def test_history_of_hostile_words(tmp_path: Path, snap_compare: Compare) -> None:
    session = recorded.some_history(tmp_path)
    session.older.insert(0, recorded.record(0, recorded.HOSTILE, ExecutionStatus.FAILED, MODIFY, 3))

    assert pictured(snap_compare, session, OpenArea("history"), (80, 24), search="owned")


@SIZES
@pytest.mark.parametrize("moment", [recorded.failed, recorded.completed], ids=lambda moment: moment.__name__)
def test_record(moment: Moment, size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = moment(tmp_path)

    assert pictured(snap_compare, story.session, OpenRecord(story.id), size)


@pytest.mark.parametrize("tab", TABS[1:], ids=str.lower)
def test_record_tabs(tab: str, tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.rolling_back(tmp_path)

    assert pictured(
        snap_compare, story.session, OpenRecord(story.id), (80, 24), *["right_square_bracket"] * TABS.index(tab)
    )
