"""The file's connections: one that writes, one that reads, one that searches; and the ways to look at what is there."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import aiosqlite

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.errors import storage_error
from cloudops_tui.storage.journal import GroupingConnection
from cloudops_tui.storage.schema import bring_up_to_date
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
    source: str
    """What further readers open: a URI."""
    stands_in: bool = False
    """There is no store yet; this is an empty one in memory, in its place."""
    is_still: bool = False
    """Read as a file that nobody changes, so that nothing is made beside it. Once somebody does, it is opened again."""
    why_not: StorageError | None = None
    """Why nothing can be written, where that is not for the schema."""
    snapshot: Path | None = None
    """A folder of ours with a copy that is read in place of the file."""

    def read_only_error(self) -> StorageError:
        """Why nothing can be written."""
        if self.version > newest_version():
            return StorageError(
                f"`{self.path}` was written by a newer cloudops-tui (schema {self.version}, this one knows "
                f"{newest_version()}) and is open for reading only; upgrade cloudops-tui, or choose another --state-dir"
            )
        if self.why_not is not None:
            return StorageError(f"{self.why_not} (until then it is open for reading only)")
        return StorageError(f"`{self.path}` was opened only to look; nothing is written from here")

    @property
    def is_outdated(self) -> bool:
        """Somebody writes by now, and this is only what was there before."""
        return self.is_still and self.snapshot is None and log_of(self.path.resolve()).exists()

    async def close(self) -> None:
        """Let go of the file. The readers go first, so that the writer's end can clear the log."""
        await self.reading.close()
        if self.searching is not self.reading:
            await self.searching.close()
        if self.writing is not None:
            await self.writing.close()
        if self.snapshot is not None:
            await asyncio.to_thread(shutil.rmtree, self.snapshot, ignore_errors=True)


async def connect(path: Path, patience: float) -> Database:
    """Open the file, bring its schema up to date; raises StorageError. `patience` is in seconds."""
    writing: aiosqlite.Connection | None = None
    reading: aiosqlite.Connection | None = None
    searching: aiosqlite.Connection | None = None
    try:
        writing = await _connection(path.as_uri(), patience)
        version = await _version(writing)
        if version > newest_version():
            await writing.close()
            writing = None
        else:
            await _prepare(writing, path, patience)
            version = newest_version()
        source = f"{path.as_uri()}?mode=ro"
        reading = await _connection(source, patience)
        searching = await _connection(source, patience)
        return Database(path, version, reading, searching, writing, source)
    except (sqlite3.Error, OSError, StorageError) as error:
        for connection in (searching, reading, writing):
            if connection is not None:
                await connection.close()
        raise storage_error(error, path) from error


async def connect_to_look(path: Path, patience: float, why_not: StorageError | None = None) -> Database:
    """Open the file without making, changing or migrating anything; raises StorageError.

    Where there is none yet, an empty store in memory stands in. `why_not`: why it is not opened for writing.
    """
    try:
        if await asyncio.to_thread(is_there, path):
            source, is_still, snapshot = await asyncio.to_thread(_way_to_look, path, why_not is not None)
            try:
                reading = await _connection(source, patience)
                try:
                    version = await _version(reading)
                    if version:
                        _check_known(version, path, why_not)
                        searching = await _connection(source, patience)
                        return Database(
                            path, version, reading, searching, None, source,
                            is_still=is_still, why_not=why_not, snapshot=snapshot,
                        )  # fmt: skip
                except BaseException:
                    await reading.close()
                    raise
                await reading.close()  # somebody makes it this moment
            except BaseException:
                if snapshot is not None:
                    shutil.rmtree(snapshot, ignore_errors=True)
                raise
        return await _stand_in(path)
    except (sqlite3.Error, OSError, StorageError) as error:
        raise storage_error(error, path) from error


async def _stand_in(path: Path) -> Database:
    empty = aiosqlite.connect(":memory:", isolation_level=None, factory=GroupingConnection)
    reading = await _opened(empty)
    try:
        for statement in (one for _, script in migrations() for one in script):
            await reading.execute_fetchall(statement)
    except BaseException:
        await reading.close()
        raise
    return Database(path, newest_version(), reading, reading, None, ":memory:", stands_in=True)


def is_there(path: Path) -> bool:
    """There is a database, and something in it."""
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def log_of(path: Path) -> Path:
    """The write-ahead log beside a database."""
    return Path(f"{path}-wal")


def _way_to_look(path: Path, careful: bool) -> tuple[str, bool, Path | None]:
    """How to read the file without changing what is beside it: its URI, whether as one that nobody changes, and the
    folder of a copy. `careful`: nothing may be made beside it, even where that is possible.

    Where we may write in the folder, SQLite makes and shares what it needs. Where we may not, it needs a log that is
    readable with its index beside it; a file without a log is read as one that nobody changes; and a log without its
    index, which a crash leaves, is read from a copy of both (https://www.sqlite.org/wal.html#read_only_databases).
    """
    path = path.resolve()
    log, index = log_of(path), Path(f"{path}-shm")
    if not careful and os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return f"{path.as_uri()}?mode=ro", False, None
    if not log.exists() or not log.stat().st_size:
        return f"{path.as_uri()}?mode=ro&immutable=1", True, None
    if index.exists() and os.access(index, os.R_OK):
        return f"{path.as_uri()}?mode=ro", False, None
    folder = Path(tempfile.mkdtemp(prefix="cloudops-tui-look-"))
    try:
        _check_room(path, log, folder)
        copy = folder / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(log, log_of(copy))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return f"{copy.as_uri()}?mode=ro", True, folder


def _check_room(path: Path, log: Path, folder: Path) -> None:
    size = path.stat().st_size + log.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < size:
        raise StorageError(
            f"`{path}` cannot be written here and its log has no index, so that a copy must be read; `{folder.parent}` "
            f"has no room for {size / 1e6:.0f} MB: name a larger folder with TMPDIR (`df {quote(str(folder.parent))}`)"
        )


def _check_known(version: int, path: Path, why_not: StorageError | None) -> None:
    if version >= newest_version():
        return
    how = f"; and {why_not}" if why_not is not None else "; `cloudops-tui queue` brings it up to date"
    raise StorageError(
        f"`{path}` was written by an older cloudops-tui (schema {version}, this one knows {newest_version()}) and "
        f"is not changed by looking{how}"
    )


async def _connection(source: str, patience: float) -> aiosqlite.Connection:
    connection = aiosqlite.connect(
        source, uri=True, timeout=patience, isolation_level=None, factory=GroupingConnection
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
    if await _version(connection) < newest_version():
        await asyncio.to_thread(bring_up_to_date, path, patience)


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


async def _version(connection: aiosqlite.Connection) -> int:
    [row] = await connection.execute_fetchall("PRAGMA user_version")
    return int(row[0])
