"""Driving the application in a test: wait for what was begun, read what is on screen."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any, TypeVar

from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.screen import Screen

from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.tui.app import CloudOpsApp
from screenshots.settling import NEVER, PATIENCE, nothing_left, settled, until
from tests.tui.twin import RecordedSession

__all__ = (
    "NEVER", "PATIENCE", "STEADY", "cockpit", "comes", "falls_silent", "front", "heard", "nothing_left", "press",
    "settled", "shown", "until",
)  # fmt: skip

STEADY: dict[str, Any] = {"arm_delay": NEVER, "dwell": 0.0, "rehearse_first": False}
"""Modals arm when told to, nothing is rehearsed unasked; as everywhere here, nobody gives up waiting for the engine."""

Shown = TypeVar("Shown", bound=Screen[Any])


def cockpit(session: RecordedSession, **options: Any) -> CloudOpsApp:
    """The application over the twin; steady, but for `options`."""
    return CloudOpsApp(session, **STEADY | options)


def falls_silent(app: CloudOpsApp) -> None:
    """The engine has not answered for twelve seconds, and does not any more."""

    async def unanswered() -> None:
        pass

    app.heartbeat.ask = unanswered  # type: ignore[method-assign]
    app.heartbeat.late = Lateness(app.clock_now() - timedelta(seconds=12))


async def comes(pilot: Pilot[Any], *texts: str) -> None:
    """The texts are on screen, and what came with them is, too; what brings them may be begun more than once."""
    deadline = time.monotonic() + PATIENCE
    await settled(pilot)
    while not all(text in shown(pilot) for text in texts):
        assert time.monotonic() < deadline, f"{texts} did not come; the screen shows:\n{shown(pilot)}"
        await asyncio.sleep(0.01)
        await settled(pilot)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Each key, and what it began."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def heard(pilot: Pilot[Any]) -> None:
    """Every key that was pressed has been heard; what it began may go on."""
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    await until(lambda: app._typed.idle)


def front(pilot: Pilot[Any], kind: type[Shown]) -> Shown:
    """The screen in front, which is of that kind."""
    screen = pilot.app.screen
    assert isinstance(screen, kind), screen
    return screen


def shown(pilot: Pilot[Any]) -> str:
    """The words on screen, row by row."""
    visible_screen_stack.set(pilot.app._background_screens)  # what a modal leaves visible of the screens below
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
