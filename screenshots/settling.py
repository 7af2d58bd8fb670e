"""Wait until the application has done all that was begun: for pictures of it, and for its tests.

Nothing here waits for a length of time. What is waited for is what the application, Textual and the loop say of
themselves; a machine may be as slow as it likes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from rich.console import RenderableType
from textual import app as textual_app
from textual import pilot as textual_pilot
from textual._compositor import Compositor
from textual.pilot import Pilot
from textual.screen import Screen

from cloudops_tui.tui import typeahead
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.widgets import flash_line
from cloudops_tui.tui.widgets.output_view import OutputView

PATIENCE = 120.0  # seconds; a machine may be many times slower than ours, and busy
ROUNDS = 5
NEVER = 3600.0  # seconds; longer than anything here takes

Put = Callable[[Any, str, Any], None]

_draw = Compositor.render_update
_STANDARD = CloudOpsApp.__init__.__kwdefaults__ or {}


def be_steady(put: Put = setattr) -> None:
    """An answer is waited for, a key waits for its place, and what was said stays, as long as anybody waits at all.

    Textual's own pauses look at how busy the processor is; who gets little of it looks idle too early.
    """
    put(CloudOpsApp.__init__, "__kwdefaults__", _STANDARD | {"patience": NEVER})
    for name in ("LONGEST", "PATIENCE"):
        put(typeahead, name, PATIENCE * 10)  # frames
    put(flash_line, "SHOWN_FOR", PATIENCE)
    put(textual_pilot.Pilot._wait_for_screen, "__defaults__", (PATIENCE,))
    for module in (textual_app, textual_pilot):
        put(module, "wait_for_idle", nothing_left)


def be_unseen(put: Put = setattr) -> None:
    """There is no terminal here: a quarter of all the time went into pictures for nobody. Who asks for one has it."""

    def render_update(self: Compositor, full: bool = False, **how: Any) -> RenderableType | None:
        if full:
            return _draw(self, full, **how)
        self._dirty_regions.clear()
        return None

    put(Compositor, "render_update", render_update)


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
    """Wait for a condition; who waits in vain says so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.005)


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
