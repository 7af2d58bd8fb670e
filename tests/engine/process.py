"""Another process on the store of a test, which it can speak with, and kill."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.cli.warm import Started
from tests.engine.made import Maker
from tests.engine.stub import PATIENCE


class Process:
    """A run of `tests.engine.child`."""

    def __init__(self, started: Started) -> None:
        self._started = started
        self.pid = started.pid

    async def says(self) -> str:
        """The next line of it."""
        async with asyncio.timeout(PATIENCE):
            line: bytes = await asyncio.to_thread(self._started.stdout.readline)
            return line.decode().strip()

    def tell(self, line: bytes) -> None:
        """Give it a line to read."""
        self._started.stdin.write(line)
        self._started.stdin.flush()

    async def ends(self) -> int:
        """Wait for its end: the exit code."""
        return await asyncio.to_thread(self._started.wait, PATIENCE)

    async def kill(self) -> None:
        """End it at once, and wait until it is gone."""
        self._started.send_signal(signal.SIGKILL)
        await self.ends()


@asynccontextmanager
async def child(make: Maker, what: str, *rest: str) -> AsyncIterator[Process]:
    """`what` of `tests.engine.child`, warm; whatever is left of it afterwards is killed."""
    words = (what, str(make.state_dir), str(make.aws), *rest)
    started = Started(words, {**os.environ}, module="tests.engine.child")
    try:
        yield Process(started)
    finally:
        started.kill()
        await asyncio.to_thread(started.communicate)


async def said(process: Process) -> str:
    return await process.says()
