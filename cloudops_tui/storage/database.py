"""The file's connections: one that writes, one that reads, one that searches; and the steps to the newest schema."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.errors import storage_error
from cloudops_tui.storage.journal import BEGIN, GroupingConnection
from cloudops_tui.storage.statements import migrations, newest_version

LARGEST_LOG = 64 * 2**20
"""Bytes that the write-ahead log keeps on disk after a checkpoint."""


@dataclass(frozen=True)
class Database:
    """An open database."""

    path: Path
    version: int
    reading: aiosqlite.Connection
    searching: aiosqlite.Connection
    """Reads, too; the only one whose work is interrupted."""
    writing: aiosqlite.Connection | None
    """None where a newer program made the schema: reading is safe, writing is not; and where one only looks."""
    stands_in: bool = False
    """There is no store yet; this is an empty one in memory, in its place."""

    def read_only_error(self) -> StorageError:
        """Why nothing can be written."""
        if self.version <= newest_version():
            return StorageError(f"`{self.path}` was opened only to look; nothing is written from here")
        return StorageError(
            f"`{self.path}` was written by a newer cloudops-tui (schema {self.version}, this one knows "
            f"{newest_version()}) and is open for reading only; upgrade cloudops-tui, or choose another --state-dir"
        )

    async def close(self) -> None:
        """Let go of the file. The readers go first, so that the writer's end can clear the log."""
        await self.reading.close()
        if self.searching is not self.reading:
            await self.searching.close()
        if self.writing is not None:
            await self.writing.close()


async def connect(path: Path, patience: float) -> Database:
    """Open the file, bring its schema up to date; raises StorageError. `patience` is in seconds."""
    writing: aiosqlite.Connection | None = None
    reading: aiosqlite.Connection | None = None
    searching: aiosqlite.Connection | None = None
    try:
        writing = await _connection(path, patience)
        version = await _version(writing)
        if version > newest_version():
            await writing.close()
            writing = None
        else:
            await _prepare(writing, path, patience)
            version = newest_version()
        reading = await _connection(path, patience, "?mode=ro")
        searching = await _connection(path, patience, "?mode=ro")
        return Database(path, version, reading, searching, writing)
    except (sqlite3.Error, OSError, StorageError) as error:
        for connection in (searching, reading, writing):
            if connection is not None:
                await connection.close()
        raise storage_error(error, path) from error


async def connect_to_look(path: Path, patience: float) -> Database:
    """Open the file without making, changing or migrating anything; raises StorageError.

    Where there is none yet, an empty store in memory stands in.
    """
    reading: aiosqlite.Connection | None = None
    searching: aiosqlite.Connection | None = None
    try:
        if await asyncio.to_thread(is_there, path):
            reading = await _connection(path, patience, "?mode=ro")
            version = await _version(reading)
            if version:
                searching = await _connection(path, patience, "?mode=ro")
                return Database(path, _known(version, path), reading, searching, None)
            await reading.close()  # somebody makes it this moment
        reading = await _opened(aiosqlite.connect(":memory:", isolation_level=None, factory=GroupingConnection))
        await _migrate(reading)
        return Database(path, newest_version(), reading, reading, None, stands_in=True)
    except (sqlite3.Error, OSError, StorageError) as error:
        for connection in (searching, reading):
            if connection is not None:
                await connection.close()
        raise storage_error(error, path) from error


def is_there(path: Path) -> bool:
    """There is a database, and something in it."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _known(version: int, path: Path) -> int:
    if version < newest_version():
        raise StorageError(
            f"`{path}` was written by an older cloudops-tui (schema {version}, this one knows {newest_version()}) and "
            "is not changed by looking; `cloudops-tui queue` brings it up to date"
        )
    return version


async def _connection(path: Path, patience: float, how: str = "") -> aiosqlite.Connection:
    connection = aiosqlite.connect(
        f"{path.as_uri()}{how}", uri=True, timeout=patience, isolation_level=None, factory=GroupingConnection
    )
    return await _opened(connection)


async def _opened(connection: aiosqlite.Connection) -> aiosqlite.Connection:
    # A program that ends without closing the store must still end. Older releases are the thread themselves.
    thread: Any = getattr(connection, "_thread", connection)
    thread.daemon = True
    opened = await connection
    opened.row_factory = sqlite3.Row
    return opened


async def _prepare(connection: aiosqlite.Connection, path: Path, patience: float) -> None:
    await _use_log(connection, path, patience)
    await connection.execute_fetchall(f"PRAGMA journal_size_limit = {LARGEST_LOG}")
    await connection.execute_fetchall("PRAGMA foreign_keys = ON")
    await connection.execute_fetchall("PRAGMA synchronous = FULL")
    await _migrate(connection)


async def _use_log(connection: aiosqlite.Connection, path: Path, patience: float) -> None:
    """Write-ahead logging. SQLite does not wait by itself when two processes turn it on at once."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            [row] = await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            locked = (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.02)  # between two tries; the other process needs milliseconds
            continue
        if row[0] != "wal":
            raise StorageError(
                f"`{path}` cannot keep a write-ahead log (network file systems cannot); "
                "choose a local folder with --state-dir or CLOUDOPS_STATE_DIR"
            )
        return


async def _migrate(connection: aiosqlite.Connection) -> None:
    """Each step is one transaction that looks again whether it is needed: another process may have been faster."""
    if await _version(connection) == newest_version():
        return
    for number, script in migrations():
        await connection.execute_fetchall(BEGIN)
        try:
            if await _version(connection) < number:
                for statement in script:
                    await connection.execute_fetchall(statement)
                await connection.execute_fetchall(f"PRAGMA user_version = {number:d}")
            await connection.commit()
        except BaseException:
            await connection.rollback()
            raise


async def _version(connection: aiosqlite.Connection) -> int:
    [row] = await connection.execute_fetchall("PRAGMA user_version")
    return int(row[0])
