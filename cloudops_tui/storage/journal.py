"""The one writer: whatever waits to be stored shares one commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage import chain
from cloudops_tui.storage.chain import EventRow
from cloudops_tui.storage.errors import storage_error
from cloudops_tui.storage.statements import statements

T = TypeVar("T")
Row = Mapping[str, Any]
BEGIN = "BEGIN IMMEDIATE"
"""A deferred transaction that reads first and writes later is refused at once when somebody else wrote meanwhile."""

EVENTS = "events, each with its link"
"""In place of SQL for `executemany`."""

MOST_AT_ONCE = 2000
"""Requests in one commit, so that the first does not wait for the thousandth's neighbour."""


class GroupingConnection(sqlite3.Connection):
    """Many statements in one hop to SQLite's thread."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Outside of a transaction it is one by itself: begin, rows, commit. Events are chained as they are written."""
        if self.in_transaction:
            return self._many(sql, parameters)
        self.execute(BEGIN)
        try:
            cursor = self._many(sql, parameters)
            self.commit()
        except BaseException:
            self.rollback()
            raise
        return cursor

    def _many(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        if sql == EVENTS:
            return chain.journal(self, parameters)
        return super().executemany(sql, parameters)


class Transaction:
    """The open transaction, as the work inside it sees it."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, name: str, **values: Any) -> list[sqlite3.Row]:
        """What the statement of that name gives."""
        return list(await self._connection.execute_fetchall(statements()[name], values))

    async def row(self, name: str, **values: Any) -> sqlite3.Row | None:
        """Its first row."""
        found = await self.rows(name, **values)
        return found[0] if found else None

    async def change(self, name: str, **values: Any) -> int:
        """Run it; returns how many rows it changed."""
        # Its cursor is not closed: the statement has ended, and closing would be one more hop to SQLite's thread.
        cursor = await self._connection.execute(statements()[name], values)
        return cursor.rowcount

    async def journal(self, rows: Sequence[EventRow]) -> None:
        """Add events to the journal: one hop to SQLite's thread, however many they are."""
        await self._connection.executemany(EVENTS, rows)


Work = Callable[[Transaction], Awaitable[T]]


@dataclass(frozen=True)
class _Request:
    rows: Sequence[EventRow]
    work: Work[Any] | None
    durable: bool
    answer: asyncio.Future[Any]


class Writer:
    """Takes requests from any number of tasks, and commits all that wait in one transaction, in their order.

    A batch in which somebody fails is undone and made again one by one, so that nobody fails for a neighbour;
    therefore work must be repeatable.
    """

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._transaction = Transaction(connection)
        self._waiting: list[_Request] = []
        self._something = asyncio.Event()
        self._closing = False
        self._full: bool | None = None
        self._task = asyncio.create_task(self._run(), name="journal writer")

    async def append(self, rows: Sequence[EventRow], *, durable: bool) -> None:
        """Journal events; returns once they are committed."""
        await self._ask(rows, None, durable)

    async def transact(self, work: Work[T], *, rows: Sequence[EventRow] = (), durable: bool = True) -> T:
        """Journal `rows`, then do `work`, in one transaction; what it raises undoes both and arrives here."""
        result: T = await self._ask(rows, work, durable)
        return result

    async def close(self) -> None:
        """Commit what waits and end. The connection stays open."""
        self._closing = True
        self._something.set()
        await asyncio.wait([self._task])

    def _ask(self, rows: Sequence[EventRow], work: Work[Any] | None, durable: bool) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._closing or self._task.done():
            answer.set_exception(closed(self._path))
            return answer
        self._waiting.append(_Request(rows, work, durable, answer))
        self._something.set()
        return answer

    async def _run(self) -> None:
        batch: list[_Request] = []
        try:
            while self._waiting or not self._closing:
                await self._something.wait()
                self._something.clear()
                while self._waiting:
                    batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                    await self._store(batch)
        finally:  # also when the loop ends around us: nobody may wait for ever
            self._closing = True
            for request in (*batch, *self._waiting):
                _fail(request, closed(self._path))
            self._waiting.clear()

    async def _store(self, batch: Sequence[_Request]) -> None:
        try:
            await self._sync(durable=any(request.durable for request in batch))
            results = await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - whatever a request raises belongs to whoever asked
            await self._undo()
            if _is_locked(error):  # for longer than we wait, and so for all of them
                for request in batch:
                    _fail(request, storage_error(error, self._path))
            elif len(batch) > 1:
                for request in batch:
                    await self._store([request])
            else:
                _fail(batch[0], storage_error(error, self._path) if isinstance(error, sqlite3.Error) else error)
            return
        for request, result in zip(batch, results, strict=True):
            if not request.answer.done():
                request.answer.set_result(result)

    async def _sync(self, *, durable: bool) -> None:
        """Whether the next commit survives a power cut; SQLite takes it between transactions only."""
        if durable is not self._full:
            await self._connection.execute_fetchall(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._full = durable

    async def _commit(self, batch: Sequence[_Request]) -> list[Any]:
        if all(request.work is None for request in batch):
            await self._transaction.journal([row for request in batch for row in request.rows])
            return [None] * len(batch)
        await self._connection.execute_fetchall(BEGIN)
        results = await self._fill(batch)
        await self._connection.commit()
        return results

    async def _fill(self, batch: Sequence[_Request]) -> list[Any]:
        results: list[Any] = []
        rows: list[EventRow] = []
        for request in batch:
            rows += request.rows
            if request.work is None:
                results.append(None)
                continue
            await self._flush(rows)
            results.append(await request.work(self._transaction))
        await self._flush(rows)
        return results

    async def _flush(self, rows: list[EventRow]) -> None:
        if rows:
            await self._transaction.journal(rows)
            rows.clear()

    async def _undo(self) -> None:
        if self._connection.in_transaction:  # a full disk has undone it already
            try:
                await self._connection.rollback()
            except sqlite3.Error:
                pass  # the error that led here is the one to tell


def closed(path: Path) -> StorageError:
    """What is said to those who come after the end."""
    return StorageError(f"`{path}` was closed; open the store again")


def _is_locked(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _fail(request: _Request, error: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(error)
