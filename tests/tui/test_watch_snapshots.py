"""Pictures of the screens that watch and remember, at the two sizes that count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.lease import Lease
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation.record import TABS
from cloudops_tui.tui.navigation import Intent, OpenArea, OpenExecution, OpenRecord
from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.screens.stop import StopModal
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import cockpit, front, press, settled
from tests.tui.recorded import Story
from tests.tui.twin import MODIFY, READ, RecordedSession, cli, plan

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
        if isinstance(app.screen, StopModal):
            app.screen.arm()
        await settled(pilot)

    return compare(cockpit(session, **options), terminal_size=size, run_before=get_there)


USUAL: dict[str, tuple[float, ...]] = {
    "aws ssm send-command": (20.0, 30.0, 25.0), "aws elbv2 describe-target-health": (12.0, 13.0, 14.0),
    "aws s3 cp": (4.0, 4.0, 4.0),
}  # fmt: skip


@SIZES
def test_live(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)
    story.session.durations = USUAL

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size)


@pytest.mark.parametrize("moment", [recorded.failed, recorded.rolling_back], ids=lambda moment: moment.__name__)
def test_live_after_a_failure(moment: Moment, tmp_path: Path, snap_compare: Compare) -> None:
    story = moment(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24))


def test_live_details(tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.failed(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24), "i")


def test_stop(tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24), "X")


def test_live_of_a_hostile_plan(tmp_path: Path, snap_compare: Compare) -> None:
    long = recorded.HOSTILE + " very" * 40 + " long"
    commands = [cli(1, MODIFY, recorded.HOSTILE, "ec2 stop-instances"), cli(2, READ, long, "ec2 describe-instances")]
    story = Story(RecordedSession(tmp_path), plan(9, recorded.HOSTILE, commands)).begin().start(1).wait(2)
    story.fail(1, recorded.HOSTILE, 2).start(2).wait(1)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24))


def test_what_nobody_drives_any_more(tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)
    silent = story.session.clock.now() - timedelta(seconds=40)
    story.session.leases[story.id] = Lease(4242, alive=True, here=False, beat_at=silent)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24))


@SIZES
def test_history(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, recorded.some_history(tmp_path), OpenArea("history"), size)


def test_history_of_which_nothing_matches(tmp_path: Path, snap_compare: Compare) -> None:
    session = recorded.some_history(tmp_path)

    assert pictured(snap_compare, session, OpenArea("history"), (80, 24), search="rotate status:failed")


def test_history_that_is_empty(tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, RecordedSession(tmp_path), OpenArea("history"), (80, 24))


def test_history_inspected(tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, recorded.repeated(tmp_path), OpenArea("history"), (80, 24), "i")


def test_history_of_hostile_words(tmp_path: Path, snap_compare: Compare) -> None:
    session = recorded.some_history(tmp_path)
    session.older.insert(0, recorded.record(0, recorded.HOSTILE, ExecutionStatus.FAILED, MODIFY, 3))

    assert pictured(snap_compare, session, OpenArea("history"), (80, 24), search="owned")


@SIZES
def test_record(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.failed(tmp_path)

    assert pictured(snap_compare, story.session, OpenRecord(story.id), size)


@pytest.mark.parametrize("tab", ["Timeline", "Approval", "Commands"], ids=str.lower)
def test_record_tabs(tab: str, tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.rolling_back(tmp_path)

    assert pictured(
        snap_compare, story.session, OpenRecord(story.id), (80, 24), *["right_square_bracket"] * TABS.index(tab)
    )
