"""One session for one verb."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from cloudops_tui.bootstrap import load_setup, open_session
from cloudops_tui.cli.speaking import say
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.sources.inbox import sweep
from cloudops_tui.window import here

INBOX = "inbox"
"""The folder's name, under the state folder."""

Work = Callable[[ExecutionSession], Awaitable[int]]


def in_session(state_dir: Path | None, work: Work) -> int:
    """Do the work of a verb with a session of its own; its exit code."""

    if (window := here()) is not None:
        window.watch()

    async def do() -> int:
        async with open_session(load_setup(state_dir), tell=say) as session:
            return await work(session)

    return asyncio.run(do())


async def sweep_inbox(session: ExecutionSession) -> None:
    """Queue what waits in the inbox. An inbox that cannot be used is said, and keeps nobody from looking."""
    await session.unfinished()  # the store makes the state folder, and says what is wrong with it, before we do
    try:
        await sweep(session, session.state_dir / INBOX, say)
    except OSError as error:
        say(f"The inbox `{session.state_dir / INBOX}` cannot be used: {error.strerror}")
