"""Driving the application in a test: wait for what was begun, read what is on screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.screen import Screen

from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.tui.twin import RecordedSession

PATIENCE = 120.0  # seconds; a machine may be many times slower than ours, and busy
ROUNDS = 5
NEVER = 3600.0  # seconds; longer than any test
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


async def settled(pilot: Pilot[Any]) -> None:
    """Everything that was begun has ended, and is on screen; so has what only drawing it began, an account's name say.

    What a running execution tells goes on arriving: some rounds are enough for what a screen asks of itself.
    """
    app = pilot.app
    assert isinstance(app, CloudOpsApp)
    await _laid_out(pilot)
    for _ in range(ROUNDS):
        await until(lambda: app.loaded and not _under_way(app))
        await _frame(app)
        await _laid_out(pilot)
        if not (_under_way(app) or app.bridge.dirty):
            return


async def nothing_left(*_: float) -> None:
    """Every message that was sent has been heard, and what it sent, too: nothing on the loop is ready to run.

    What waits for a thread, a file or a timer is not waited for.
    """
    loop: Any = asyncio.get_running_loop()
    deadline = time.monotonic() + PATIENCE
    await asyncio.sleep(0)
    while loop._ready:
        assert time.monotonic() < deadline, "it goes on and on"
        await asyncio.sleep(0)


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition; a test that waits in vain says so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.005)


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


async def _frame(app: CloudOpsApp) -> None:
    """All that a frame does: notices, questions, title and bell as well. Its timer may be late, or just have been."""
    changed = app.bridge.dirty
    await app._frame()
    if not changed:
        app.present_now()


async def _laid_out(pilot: Pilot[Any]) -> None:
    """No widget waits for room, and nobody for the next picture; in a window of no size at all they go on waiting."""
    for _ in range(ROUNDS):
        await pilot.pause()
        await nothing_left()
        screen = pilot.app.screen
        waiting = screen._callbacks or screen._dirty_widgets
        if not (waiting or screen._layout_required or screen._scroll_required or screen._repaint_required):
            return


def _under_way(app: CloudOpsApp) -> bool:
    if app._resize_event is not None or not app.idle:
        return True
    return any(getattr(screen, "_tasks", ()) or _to_be_painted(screen) for screen in app.screen_stack)


def _to_be_painted(screen: Screen[Any]) -> bool:
    """Output that came quickly waits for its turn to be painted."""
    return any(view._painting is not None for view in screen.query(OutputView))
