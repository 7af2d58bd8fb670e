"""What every test of the interface starts from."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import RenderableType
from textual import app, pilot
from textual._compositor import Compositor

from cloudops_tui.tui import typeahead
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.widgets import flash_line
from tests.tui.driving import NEVER, PATIENCE, nothing_left

_draw = Compositor.render_update
STANDARD = CloudOpsApp.__init__.__kwdefaults__ or {}


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_slow_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is waited for, a key waits for its place, and what was said stays, as long as a test waits at all."""
    monkeypatch.setattr(CloudOpsApp.__init__, "__kwdefaults__", STANDARD | {"patience": NEVER})
    for name in ("LONGEST", "PATIENCE"):
        monkeypatch.setattr(typeahead, name, PATIENCE * 10)  # frames
    monkeypatch.setattr(flash_line, "SHOWN_FOR", PATIENCE)
    monkeypatch.setattr(pilot.Pilot._wait_for_screen, "__defaults__", (PATIENCE,))


@pytest.fixture(autouse=True)
def what_was_begun_is_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own pauses look at how busy the processor is; who gets little of it looks idle too early."""
    for module in (app, pilot):
        monkeypatch.setattr(module, "wait_for_idle", nothing_left)


@pytest.fixture(autouse=True)
def what_nobody_looks_at_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no terminal here: a quarter of all the time went into pictures for nobody. `shown` and snapshots draw.

    What a terminal gets is for `tests/terminal`.
    """

    def render_update(self: Compositor, full: bool = False, **how: Any) -> RenderableType | None:
        if full:
            return _draw(self, full, **how)
        self._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", render_update)


@pytest.fixture
def everything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a terminal: for tests that count what is drawn."""
    monkeypatch.setattr(Compositor, "render_update", _draw)
