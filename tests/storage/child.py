"""Another process on the same store: `python -m tests.storage.child WHAT STATE_DIR ...`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.ports import AlreadyRan, Conflict, NewExecution, Owner
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

SAME_PLAN = UUID("cccccccc-0000-4000-8000-000000000001")


def say(*words: object) -> None:
    print(*words, flush=True)


async def when_told() -> None:
    """Both processes are up before either begins."""
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)


async def append(storage: StorageService) -> None:
    """Ten tasks append for ever, and say what was acknowledged."""
    news = [stories.execution() for _ in range(10)]
    for new in news:
        await storage.create_execution(new)

    async def tell(new: NewExecution) -> None:
        number = 0
        while True:
            number += 1
            await storage.append(stories.retries(new, number, 1), durable=number % 7 == 0)
            say(new.id, number)

    await asyncio.gather(*map(tell, news))


async def submit(storage: StorageService) -> None:
    """The same fifty plans as everybody else, and which entry each became."""
    await when_told()
    for last in range(50):
        of = stories.plan(id=UUID(int=SAME_PLAN.int + last))
        entry = await storage.add_entry(stories.submission(of))
        say(entry.id, entry.number)


async def execute(storage: StorageService) -> None:
    """Try to begin every entry that waits."""
    entries = await storage.entries()
    await when_told()
    for entry in entries:
        assert entry.plan is not None
        try:
            begun = await storage.create_execution(stories.execution(entry.plan, entry_id=entry.id))
        except (AlreadyRan, Conflict) as refusal:
            say(entry.id, type(refusal).__name__)
        else:
            say(entry.id, begun.id)


async def claim(storage: StorageService, pid: str) -> None:
    """Try to take every lease over."""
    unfinished = await storage.unfinished()
    me = Owner(int(pid), "boot", 1)
    await when_told()
    for one in unfinished:
        taken = await storage.claim(one.id, one.owner, me, stories.later(5))
        say(one.id, taken)


async def go_on(storage: StorageService, pid: str) -> None:
    """Try to go on with everything that has ended."""
    ended = await storage.records(ExecutionFilter(limit=100))
    stories_so_far = {one.id: await storage.journal(one.id) for one in ended}
    me = Owner(int(pid), "boot", 1)
    await when_told()
    for one, told in stories_so_far.items():
        events = stories.stamped([happened.Redriven(execution_id=one, by=pid, remaining=())], len(told) + 1)
        say(one, await storage.go_on(one, len(told), events, me, stories.later(9)))


async def cancel(storage: StorageService, execution_id: str) -> None:
    """Ask for an end."""
    await storage.request_cancel(UUID(execution_id), "bob")
    say("asked")


async def linger(storage: StorageService) -> None:
    """End without closing the store."""
    await storage.add_entry(replace(stories.submission(), source="lingering"))
    globals()["kept"] = storage
    say("stored")


async def do(what: str, state_dir: str, *rest: str) -> None:
    storage = StorageService(StorageConfig(state_dir=Path(state_dir)))
    doings: dict[str, Callable[..., Awaitable[None]]] = {
        "append": append, "submit": submit, "execute": execute, "claim": claim, "go_on": go_on, "cancel": cancel,
        "linger": linger,
    }  # fmt: skip
    await doings[what](storage, *rest)
    if what != "linger":
        await storage.close()


def main() -> None:
    asyncio.run(do(*sys.argv[1:]))


if __name__ == "__main__":
    main()
