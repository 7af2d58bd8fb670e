"""How help, palette, yank menu and quit dialog look at the smallest usual terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.screens.quit import QuitModal
from tests.tui.driving import cockpit, press, settled
from tests.tui.estate import protected_day, working_day

STATE = Path("/var/lib/cloudops-tui")
PICTURES = {
    "help": ("enter", "question_mark"),
    "palette": ("colon",),
    "yank": ("4", "y"),
    "quit-stopping": ("Q", "arm", "X"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_looks_as_it_did(name: str, snap_compare: Callable[..., bool]) -> None:
    app = cockpit((protected_day if "help" in name else working_day)(STATE))

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app.note("Cannot reject #417: the disk is full")
        for key in PICTURES[name]:
            if key != "arm":
                await press(pilot, key)
            elif isinstance(pilot.app.screen, QuitModal):
                pilot.app.screen.arm()

    assert snap_compare(app, terminal_size=(80, 24), run_before=drive)


def test_without_unicode_the_palette_is_drawn_in_ascii(snap_compare: Callable[..., bool]) -> None:
    app: CloudOpsApp = cockpit(working_day(STATE), ascii_only=True)

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, "colon", *"plan")

    assert snap_compare(app, terminal_size=(60, 16), run_before=drive)
