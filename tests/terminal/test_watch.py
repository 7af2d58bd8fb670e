"""`watch` in a terminal of its own, beside the process that drives the execution."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cloudops_tui.engine.ownership import this_process
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService
from tests.cli.test_watch import Driver
from tests.storage import stories
from tests.terminal.pty_screen import Terminal


async def test_from_a_second_terminal_one_sees_what_the_first_one_runs_and_leaves_it_alone(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "cloudops_tui", "--state-dir", str(tmp_path / "state"), "watch"]
    async with StorageService(StorageConfig(state_dir=tmp_path / "state")) as storage:
        driver = await Driver(storage, stories.execution(owner=this_process())).begin()
        await driver.start(0, b"it speaks from a file\n")

        with Terminal(argv, {**os.environ, "TERM": "xterm-256color"}) as terminal:
            await asyncio.to_thread(terminal.sees, " RO ", f"process {os.getpid()} drives it", "it speaks from a file")
            terminal.press("X")
            await asyncio.to_thread(terminal.sees, "This session only looks")
            terminal.press("q")
            code = await asyncio.to_thread(terminal.ends)

        stored = await storage.execution(driver.new.id)

    assert code == 0
    assert (stored.owner, stored.status, stored.cancel_requested_by) == (this_process(), "Running", None)
