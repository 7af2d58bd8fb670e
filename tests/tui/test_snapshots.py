"""How the deciding screens look, at the smallest usual terminal and at a wide one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.queue import Problem
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.navigation import AskWhatToDo, OpenDifference
from cloudops_tui.tui.screens.approve import ApproveModal
from tests.tui.driving import NEVER, cockpit, press, settled
from tests.tui.estate import protected_day, working_day
from tests.tui.twin import RecordedSession, rehearsal_of

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


async def told(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    app.note("Cannot reject #417: the disk is full")
    app.note("#416 changed from r1 to r2 while you looked at it", "warning")


def refused_day(folder: Path) -> RecordedSession:
    """The rehearsal of the key's rotation is answered with a no."""
    session = working_day(folder)
    entry = next(entry for entry in session.entries.values() if entry.number == 416)
    assert entry.plan is not None
    passed = rehearsal_of(entry.plan)
    said_no = "An error occurred (AccessDeniedException): not authorised to perform ssm:PutParameter"
    refused = passed.commands[0].model_copy(update={"passed": False, "description": said_no})
    commands = (refused, *passed.commands[1:])
    session.rehearsals[entry.id] = passed.model_copy(update={"passed": False, "commands": commands})
    return session


READ_ALL = ("n",) * 8
"""More than enough to have every dangerous command on screen to its end."""

PICTURES = {
    "queue": Picture(),
    "queue-filtered": Picture(("slash", *"modify")),
    "review": Picture(("j", "j", "enter")),
    "review-command": Picture(("j", "j", "enter", "j")),
    "review-rehearsed-destructive": Picture(("enter", "d", "n"), day=protected_day),
    "approve-modify": Picture(("j", "a"), armed),
    "review-unread": Picture(("enter", "n"), day=protected_day),
    "review-refused": Picture(("j", "enter", "d", "a", "tab", *"known"), armed, refused_day),
    "approve-destructive": Picture(("enter", *READ_ALL, "a", *"pro"), armed, protected_day),
    "approve-ready": Picture(("enter", *READ_ALL, "a", *"prod", "tab", *"INC-5521"), armed, protected_day),
    "reject": Picture(("j", "r", "f3")),
    "difference": Picture((), changed),
    "problems": Picture((), misspelt),
    "refused": Picture(("j", "j", "j", "j", "j", "enter")),
    "quit": Picture(("Q",)),
    "running": Picture(("2",)),
    "notices": Picture(("4",), told),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(name: str, size: str, snap_compare: Callable[..., bool]) -> None:
    picture = PICTURES[name]

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *picture.keys)
        if picture.then is not None:
            await picture.then(pilot)
        await settled(pilot)

    app = cockpit(picture.day(STATE), arm_delay=NEVER)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=drive)
