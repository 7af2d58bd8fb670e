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


USUAL: dict[str, tuple[float, ...]] = {
    "aws ssm send-command": (20.0, 30.0, 25.0), "aws elbv2 describe-target-health": (12.0, 13.0, 14.0),
    "aws s3 cp": (4.0, 4.0, 4.0),
}  # fmt: skip


@SIZES
def test_live_with_what_is_usual(size: tuple[int, int], tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)
    story.session.durations = USUAL

    assert pictured(snap_compare, story.session, OpenExecution(story.id), size)


def test_live_of_five_thousand(tmp_path: Path, snap_compare: Compare) -> None:
    story = Story(RecordedSession(tmp_path), recorded.wide_plan(5_000)).begin()
    story.start(*range(1, 9)).wait(3).complete(*range(1, 7)).fail(7, recorded.REFUSED, 3).start(*range(9, 16)).wait(2)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24))


def test_live_of_a_hostile_plan(tmp_path: Path, snap_compare: Compare) -> None:
    long = recorded.HOSTILE + " very" * 40 + " long"
    commands = [cli(1, MODIFY, recorded.HOSTILE, "ec2 stop-instances"), cli(2, READ, long, "ec2 describe-instances")]
    story = Story(RecordedSession(tmp_path), plan(9, recorded.HOSTILE, commands)).begin().start(1).wait(2)
    story.fail(1, recorded.HOSTILE, 2).start(2).wait(1)

    assert pictured(snap_compare, story.session, OpenExecution(story.id), (80, 24))


@pytest.mark.parametrize("where", ["area", "screen"])
def test_what_nobody_drives_any_more(where: str, tmp_path: Path, snap_compare: Compare) -> None:
    story = recorded.running(tmp_path)
    silent = story.session.clock.now() - timedelta(seconds=40)
    story.session.leases[story.id] = Lease(4242, alive=True, here=False, beat_at=silent)

    intent = OpenArea("running") if where == "area" else OpenExecution(story.id)
    assert pictured(snap_compare, story.session, intent, (80, 24))


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
