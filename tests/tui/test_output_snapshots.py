"""Pictures of an output that is searched and filtered, wrapped, and paused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from cloudops_tui.tui.navigation import OpenExecution
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, press, settled
from tests.tui.recorded import Story

Compare = Callable[..., bool]


def talking(folder: Path) -> Story:
    story = recorded.running(folder)
    for place in range(60):
        package = f"kernel-modules-extra-5.10.{220 + place}-209.867.amzn2.x86_64"
        story.wait(1).say(6, f"Verifying : {package}  {place + 1}/60")
        if place % 20 == 7:
            story.say(6, f"error: scriptlet of kernel-{place} failed, exit status 1", stream="stderr")
    story.say(6, "Complete: " + "kernel-5.10.220 kernel-tools-5.10.220 日本語 " * 4)
    return story


def pictured(compare: Compare, folder: Path, *keys: str, later: int = 0) -> bool:
    """The output pane alone, after these keys."""
    story = talking(folder)

    async def get_there(pilot: Pilot[Any]) -> None:
        app = pilot.app
        await settled(pilot)
        app.navigate(OpenExecution(story.id))  # type: ignore[attr-defined]
        await comes(pilot, "6 Patch the kernel of web-02")
        await press(pilot, "j", "enter", *keys)
        if later:
            story.say(6, *["Cleanup"] * later)
            story.say(6, "error: no space left on device", stream="stderr")
        await settled(pilot)
        await settled(pilot)

    return compare(cockpit(story.session), terminal_size=(80, 24), run_before=get_there)


def test_filtered(tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, tmp_path, "ampersand", *"error", "enter", "slash", *"fail", "enter")


def test_wrapped_with_times(tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, tmp_path, "W", "t", "left_curly_bracket", "M", "G")


def test_paused(tmp_path: Path, snap_compare: Compare) -> None:
    assert pictured(snap_compare, tmp_path, "k", "k", "k", later=1233)
