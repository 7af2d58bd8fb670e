"""Driving the application in a test: wait for what was begun, read what is on screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from textual.pilot import Pilot
from textual.screen import Screen

from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.tui.app import CloudOpsApp
from tests.tui.twin import RecordedSession

PATIENCE = 30.0  # seconds
ROUNDS = 5
NEVER = 3600.0  # seconds; a modal that arms only when a test says so

Shown = TypeVar("Shown", bound=Screen[Any])


def cockpit(session: RecordedSession, **options: Any) -> CloudOpsApp:
    """The application over the twin; modals arm when told to, nothing is rehearsed unasked."""
    return CloudOpsApp(session, **{"arm_delay": NEVER, "dwell": 0.0, "rehearse_first": False} | options)


def falls_silent(app: CloudOpsApp) -> None:
    """The engine has not answered for twelve seconds, and does not any more."""

    async def unanswered() -> None:
        pass

    app.heartbeat.ask = unanswered  # type: ignore[method-assign]
    app.heartbeat.late = Lateness(app.clock_now() - timedelta(seconds=12))


async def settled(pilot: Pilot[Any]) -> None:
    """Everything that was begun has ended, and is on screen; so has what only drawing it began, an account's name say.

    What a running execution tells goes on arriving: some rounds are enough for what a screen asks of itself.
    """
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    await pilot.pause()
    for _ in range(ROUNDS):
        await until(lambda: app.loaded and not _under_way(app))
        app.bridge.take_dirty()
        app.present_now()
        await pilot.pause()
        if not (_under_way(app) or app.bridge.dirty):
            return


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition; a test that waits in vain says so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.005)


async def comes(pilot: Pilot[Any], *texts: str) -> None:
    """The texts are on screen; what brings them may be begun more than once."""
    deadline = time.monotonic() + PATIENCE
    while not all(text in shown(pilot) for text in texts):
        assert time.monotonic() < deadline, f"{texts} did not come; the screen shows:\n{shown(pilot)}"
        await settled(pilot)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Each key, and what it began."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def front(pilot: Pilot[Any], kind: type[Shown]) -> Shown:
    """The screen in front, which is of that kind."""
    screen = pilot.app.screen
    assert isinstance(screen, kind), screen
    return screen


def shown(pilot: Pilot[Any]) -> str:
    """The words on screen, row by row."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def _under_way(app: CloudOpsApp) -> bool:
    return not app.idle or any(getattr(screen, "_tasks", ()) for screen in app.screen_stack)
