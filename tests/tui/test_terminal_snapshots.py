"""How the screens look in ASCII, without colours, in the terminal's own colours, and where there is no room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.tui.screens.approve import ApproveModal
from tests.tui import recorded
from tests.tui.driving import cockpit, press, settled
from tests.tui.estate import protected_day, working_day
from tests.tui.twin import RecordedSession

STATE = Path("/var/lib/cloudops-tui")
Day = Callable[[Path], RecordedSession]


def running(folder: Path) -> RecordedSession:
    return recorded.running(folder).session


QUEUE: tuple[Day, tuple[str, ...]] = (working_day, ("j",))
APPROVE: tuple[Day, tuple[str, ...]] = (protected_day, ("enter", *"nnnnnnnn", "a", *"pro"))
LIVE: tuple[Day, tuple[str, ...]] = (running, ("2", "enter"))


@pytest.mark.parametrize(
    ("walk", "options", "size"),
    [
        pytest.param(QUEUE, {"ascii_only": True}, (80, 24), id="ascii-queue"),
        pytest.param(APPROVE, {"ascii_only": True}, (80, 24), id="ascii-approve"),
        pytest.param(LIVE, {"ascii_only": True}, (80, 24), id="ascii-live"),
        pytest.param(QUEUE, {"no_color": True}, (80, 24), id="no-color-queue"),
        pytest.param(APPROVE, {"no_color": True}, (80, 24), id="no-color-approve"),
        pytest.param(LIVE, {"no_color": True}, (80, 24), id="no-color-live"),
        pytest.param(QUEUE, {"look": "ansi"}, (80, 24), id="ansi-queue"),
        pytest.param(QUEUE, {"look": "light"}, (80, 24), id="light-queue"),
        pytest.param((working_day, ()), {}, (40, 8), id="too-small"),
    ],
)
def test_it_looks_as_it_did(
    walk: tuple[Day, tuple[str, ...]],
    options: dict[str, Any],
    size: tuple[int, int],
    snap_compare: Callable[..., bool],
) -> None:
    day, keys = walk

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, *keys)
        if isinstance(pilot.app.screen, ApproveModal):
            pilot.app.screen.arm()
        await settled(pilot)

    assert snap_compare(cockpit(day(STATE), **options), terminal_size=size, run_before=drive)
