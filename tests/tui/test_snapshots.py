"""How the deciding screens look, at the smallest usual terminal and at a wide one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model import events as happened
from cloudops_tui.model.queue import Problem, QueueState
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.navigation import AskWhatToDo, OpenDifference
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.reject import RejectModal
from tests.tui.driving import NEVER, cockpit, falls_silent, heard, press, settled
from tests.tui.estate import protected_day, working_day
from tests.tui.twin import DESTROY, MODIFY, RecordedSession, cli, plan

SIZES = {"80x24": (80, 24), "160x48": (160, 48)}
STATE = Path("/var/lib/cloudops-tui")

PROBLEMS = (
    Problem(
        path="/commands/3/command_type/Sdk/operation",
        line=41,
        message="`StopInstance` is not an operation of `ec2`",
        remedy="Write one of its operations, such as `StopInstances`",
    ),
    Problem(path="", message="The plan has no `id`", remedy="Give it a UUID of its own; a changed plan keeps its id"),
)

Drive = Callable[[Pilot[Any]], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """A way to something worth seeing."""

    keys: tuple[str, ...] = ()
    then: Drive | None = None
    day: Callable[[Path], RecordedSession] = working_day
    settles: bool = True
    """False where something is still under way in the picture."""


async def armed(pilot: Pilot[Any]) -> None:
    assert isinstance(pilot.app.screen, ApproveModal)
    pilot.app.screen.arm()


async def changed(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    session = app.session
    assert isinstance(session, RecordedSession)
    before = next(entry for entry in session.entries.values() if entry.number == 416)
    text = (await session.plan_text(before.id)).replace("sk-2026-03", "sk-2026-04").replace("payments", "checkout")
    app.navigate(OpenDifference(before, await session.modify(before.id, text)))


async def misspelt(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    app.navigate(AskWhatToDo(PROBLEMS, lambda again: None))


async def decided_elsewhere(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    session = app.session
    assert isinstance(session, RecordedSession)
    entry = next(entry for entry in session.entries.values() if entry.number == 416)
    decided = {"state": QueueState.RUNNING, "decided_by": "bob", "decided_at": session.clock.now()}
    session.tell(happened.PlanMoved(entry=session.change(entry, **decided)))


async def unanswered(pilot: Pilot[Any]) -> None:
    app, modal = pilot.app, pilot.app.screen
    assert isinstance(app, CloudOpsApp)
    assert isinstance(modal, ApproveModal)
    assert isinstance(app.session, RecordedSession)
    modal.arm()
    await settled(pilot)
    app.session.answers.clear()
    await pilot.press("ctrl+y")
    await heard(pilot)
    modal._give_up_waiting()
    await pilot.pause()


async def late(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    falls_silent(app)
    app.present_now()


async def settled_reject(pilot: Pilot[Any]) -> None:
    assert isinstance(pilot.app.screen, RejectModal)
    pilot.app.screen.arm()


async def told(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    app.note("Cannot reject #417: the disk is full")
    app.note("#416 changed from r1 to r2 while you looked at it", "warning")


def hostile_day(folder: Path) -> RecordedSession:
    """Strangers who would like to be obeyed, and one who talks too much."""
    session = RecordedSession(folder)
    nasty = "[/x][@click=app.quit]q[/] \x1b]52;c;QQ==\x07 \u202egnp.exe \x1b[2J"
    rotate = plan(1, nasty, [cli(2, DESTROY, nasty, "s3 rm", nasty)])
    session.add(1, rotate, source=nasty, user_prompt=nasty)
    session.add(2, plan(3, "Quite long " * 40, [cli(4, MODIFY, "Long " * 60, "s3 cp", "x" * 400)]), source="y" * 90)
    session.add(3, plan(5, "日本語の計画 ключ", [cli(6, MODIFY, "日本", "s3 ls", "ключ")]), source="входящие")
    return session


def quiet_day(folder: Path) -> RecordedSession:
    """Nothing was handed in yet."""
    return RecordedSession(folder)


READ_ALL = ("n",) * 8
"""More than enough to have every dangerous command on screen to its end."""

PICTURES = {
    "queue": Picture(),
    "queue-filtered": Picture(("slash", *"modify")),
    "queue-empty": Picture(day=quiet_day),
    "queue-filtered-empty": Picture(("slash", *"status:review user:zed", "enter")),
    "queue-marked": Picture(("space", "space", "w")),
    "queue-hostile": Picture(day=hostile_day),
    "queue-late": Picture((), late),
    "queue-sort": Picture(("s",)),
    "review-graph": Picture(("j", "j", "enter", "j")),
    "approve-locked": Picture(("j", "a"), decided_elsewhere),
    "approve-unknown": Picture(("j", "a"), unanswered, settles=False),
    "review": Picture(("j", "j", "enter")),
    "review-rehearsed-destructive": Picture(("enter", "d", "n"), day=protected_day),
    "approve-modify": Picture(("j", "a"), armed),
    "approve-destructive": Picture(("enter", *READ_ALL, "a", *"pro"), armed, protected_day),
    "reject": Picture(("j", "r", "f3"), settled_reject),
    "difference": Picture((), changed),
    "problems": Picture((), misspelt),
    "refused": Picture(("j", "j", "j", "j", "j", "enter")),
    "quit": Picture(("Q",)),
    "running": Picture(("2",)),
    "notices": Picture(("4",), told),
}


SCREENS = {"queue", "review", "difference", "refused", "running", "notices"}
"""A wide terminal is another layout for whole screens; modals and states stand in the same box, or the same row."""

SEEN = [(name, size) for name in PICTURES for size in SIZES if size == "80x24" or name in SCREENS]


@pytest.mark.parametrize(("name", "size"), SEEN, ids=[f"{name}-{size}" for name, size in SEEN])
def test_it_looks_as_it_did(name: str, size: str, snap_compare: Callable[..., bool]) -> None:
    picture = PICTURES[name]

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *picture.keys)
        if picture.then is not None:
            await picture.then(pilot)
        if picture.settles:
            await settled(pilot)

    app = cockpit(picture.day(STATE), arm_delay=NEVER)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=drive)
