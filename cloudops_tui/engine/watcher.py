"""What other processes do to the store, told here as if it happened here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.untold import ANY
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import AnyEvent, ApprovalDecided, PlanMoved, PlanQueued, PlanRefused
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueEntry, QueueState

LOOK_EVERY = 0.5  # seconds; one PRAGMA when nothing changed
CLOCKS_DIFFER = timedelta(seconds=5)  # between the moment that an execution is given and the one it is committed at
MOST_RECENT = 1_000  # executions of other processes that may begin between two looks


class StoreWatcher:
    """Follows the queue and the journals of executions that this process does not drive."""

    def __init__(self, engine: ExecutionEngine) -> None:
        self._engine = engine
        self._storage = engine.storage
        self._task: asyncio.Task[None] | None = None
        self._entries: dict[UUID, QueueEntry] = {}
        self._followed: set[UUID] = set()
        self._told: dict[UUID, int] = {}
        self._since = engine.clock.now()
        self._forget: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Follow from now on; idempotent."""
        if self._task is None:
            self._since = self._engine.clock.now()
            self._forget = self._engine.bus.subscribe(self._heard, lambda batch: None)
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def end(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            self._forget()

    def _heard(self, event: AnyEvent) -> None:
        """What was told needs no telling again."""
        match event:
            case PlanQueued() | PlanRefused() | PlanMoved() | ApprovalDecided():
                self._entries[event.entry.id] = event.entry
            case _:
                if event.seq is not None:
                    self._told[event.execution_id] = event.seq

    async def _watch(self) -> None:
        token: int | None = None
        first = True
        while True:
            try:
                if first:
                    for entry in await self._storage.entries():
                        self._entries.setdefault(entry.id, entry)
                    first = False
                now = await self._storage.change_token()
                if now != token or self._followed:
                    token = None
                    told_all = await self._tell_entries()
                    await self._tell_executions()
                    token = now if told_all else None
            except StorageError:
                pass  # the store may be busy or gone for a while; whoever asks it for something is told
            await asyncio.sleep(LOOK_EVERY)

    async def _tell_entries(self) -> bool:
        """Whether that was all; what this process changes this moment it tells itself, and the next look sees to it."""
        with self._engine.untold.look() as touched:
            entries = await self._storage.entries()
        for entry in entries:
            before = self._entries.get(entry.id)
            if before == entry or ANY in touched or (entry.plan is not None and entry.plan.id in touched):
                continue
            if entry.state is QueueState.REFUSED:
                self._engine.bus.publish(PlanRefused(entry=entry))
            elif before is None or before.revision != entry.revision:
                self._engine.bus.publish(PlanQueued(entry=entry))
            else:
                self._engine.bus.publish(PlanMoved(entry=entry))
        return not touched

    async def _tell_executions(self) -> None:
        unfinished = {one.id for one in await self._storage.unfinished()}
        self._followed |= unfinished | await self._recent()
        for execution_id in list(self._followed):
            for event in await self._storage.journal(execution_id, self._told.get(execution_id, 0)):
                if self._engine.tells(execution_id):
                    break  # the engine tells what it drives, and has since begun to
                if (event.seq or 0) <= self._told.get(execution_id, 0):
                    continue  # it has told this, and has since ended
                self._engine.bus.publish(event)
            if execution_id not in unfinished or execution_id in self._engine.driving:
                self._followed.discard(execution_id)

    async def _recent(self) -> set[UUID]:
        """Executions that began since the last look: a short one may have ended by now, too."""
        since, self._since = self._since, self._engine.clock.now()
        wanted = ExecutionFilter(from_date=since - CLOCKS_DIFFER, limit=MOST_RECENT)
        recent = await self._storage.records(wanted, unreadable=lambda damaged: None)
        return {one.id for one in recent if one.id not in self._told}
