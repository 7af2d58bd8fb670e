"""An operator at work: the real program, engine and store, on moto; driven by keys, read from the screen."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from textual.pilot import Pilot

from cloudops_tui.bootstrap import load_setup, make_session
from cloudops_tui.engine.session import EngineThread, ExecutionSession
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.tui.app import CloudOpsApp

PATIENCE = 180.0  # seconds; a real `aws` on a busy machine takes a few


class Cockpit(CloudOpsApp):
    """The program, with an editor that hands back what the test wrote."""

    rewrite: Callable[[str], str] | None = None

    async def edit(self, text: str) -> str:
        return self.rewrite(text) if self.rewrite else text


class Operator:
    """Presses keys and reads the screen."""

    def __init__(self, pilot: Pilot[Any], app: Cockpit, session: ExecutionSession) -> None:
        self.pilot = pilot
        self.app = app
        self.session = session

    async def press(self, *keys: str) -> None:
        """One key after the other, each once the last was taken."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """A text, letter by letter."""
        await self.press(*("space" if letter == " " else letter for letter in text))

    async def sees(self, *texts: str) -> None:
        """All of the texts are on screen, now or before patience ends."""
        await self._until(lambda: all(text in self.screen for text in texts), str(texts))

    async def ends(self, status: ExecutionStatus) -> ExecutionRecord:
        """What is kept of the only execution, once it is in that state: the screen may know it of a command first."""
        deadline = time.monotonic() + PATIENCE
        while True:
            [record] = await self.session.records(ExecutionFilter())
            if record.result.status is status:
                return record
            assert time.monotonic() < deadline, record.result
            await self.pilot.pause(0.05)

    async def may_answer(self) -> None:
        """The question on screen has stood long enough: from now on its keys count."""
        await self._until(lambda: bool(getattr(self.app.screen, "_armed", False)), "a question that is armed")

    async def _until(self, so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < deadline, f"{what} did not come; the screen shows:\n{self.screen}"
            await self.pilot.pause(0.05)

    async def approves(self, typed: str = "", *, knows: bool = False) -> None:
        """From an open modal: confirm with a reason, wait until it takes a decision, and approve.

        `knows`: acknowledge that nothing undoes what it destroys."""
        await self.sees("approve and run now")
        if typed:
            await self.type(typed)
            await self.press("tab")
            await self.type("as agreed")
        if knows:
            await self.sees("ctrl+n says that you")  # it has armed: the key counts now
            await self.press("ctrl+n")
        await self.sees("│ ready")
        await self.press("ctrl+y")

    @property
    def screen(self) -> str:
        """The words on screen, row by row."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())


@asynccontextmanager
async def at_work(state_dir: Path, *plans: dict[str, Any]) -> AsyncIterator[Operator]:
    """The program on a queue that holds the plans."""
    thread = EngineThread()
    try:
        session = thread.call(_made(state_dir, thread.loop))
        for plan in plans:
            await session.submit(json.dumps(plan), source="journey")
        app = Cockpit(session, arm_delay=0.05, dwell=0, rehearse_first=False)
        async with app.run_test(size=(100, 30)) as pilot:
            operator = Operator(pilot, app, session)
            await operator.sees("Queue", "REVIEW")
            yield operator
        await session.close(leave_running=True)
    finally:
        await asyncio.to_thread(thread.stop)


async def _made(state_dir: Path, loop: asyncio.AbstractEventLoop) -> ExecutionSession:
    return make_session(load_setup(state_dir), loop)


def plan(description: str, commands: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A plan in wire form; its claim is modest, ours counts."""
    return {
        "id": str(uuid4()),
        "description": description,
        "commands": list(commands),
        "mode": "Sequential",
        "risk_level": "ReadOnly",
        "rollback_strategy": None,
        "estimated_duration": None,
    } | more


def sdk(description: str, service: str, operation: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A command of the SDK."""
    return _command(description, {"Sdk": {"service": service, "operation": operation, "parameters": parameters}}, more)


def cli(description: str, *args: str, **more: Any) -> dict[str, Any]:
    """A command of the `aws` program."""
    return _command(description, {"Cli": {"command": "aws", "args": list(args), "supports_dry_run": False}}, more)


def _command(description: str, kind: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "command_type": kind,
        "description": description,
        "risk_level": "ReadOnly",
        "profile": "default",
        "region": "us-east-1",
    } | more
