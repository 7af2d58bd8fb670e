"""Whether the database is whole, and keeping a damaged one aside, under a name that says when."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from cloudops_tui.storage.database import log_of

AFFORDABLE = 4_000_000
"""Bytes that are checked before the store opens, in about 10 ms. More is checked behind: 600 MB take 1.3 s."""

_MARK = ".check-first"


def why_lost(path: Path) -> str | None:
    """Why a database that is not there, or has nothing in it, is not simply a new one; None where it is."""
    try:
        if path.is_symlink() or path.stat().st_size:
            return None
        found = "is empty"
    except FileNotFoundError:
        found = "is gone"
    except OSError:
        return None
    with suppress(OSError):
        if log_of(path).stat().st_size:
            return f"{found}, and its log is not"
    with suppress(OSError):
        if any(True for _ in (path.parent / "executions").iterdir()):
            return f"{found}, and files of executions are there"
    return None


def why_damaged(source: str, begun: Callable[[sqlite3.Connection], None] = lambda connection: None) -> str | None:
    """What SQLite's quick check finds first (https://www.sqlite.org/pragma.html#pragma_quick_check); None where all is
    well, or where it was interrupted. Blocks. `begun` hears of the connection, to interrupt it."""
    try:
        with closing(sqlite3.connect(source, uri=True, isolation_level=None, check_same_thread=False)) as connection:
            begun(connection)
            said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        return str(error) if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else None
    return None if said == "ok" else said.splitlines()[-1]


def mark(path: Path) -> None:
    """The next start checks all of it before it opens it."""
    with suppress(OSError):
        os.close(os.open(f"{path}{_MARK}", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def is_marked(path: Path) -> bool:
    """Something was seen to be wrong with it."""
    return Path(f"{path}{_MARK}").exists()


def unmark(path: Path) -> None:
    """It was checked."""
    with suppress(OSError):
        Path(f"{path}{_MARK}").unlink(missing_ok=True)


def set_aside(path: Path, now: datetime) -> Path:
    """Rename the database and its log, as far as there is something in them; returns the new name. Raises OSError.
    Nobody may have it open."""
    wanted = f"{path}.corrupt-{now:%Y%m%dT%H%M%SZ}"
    aside, number = Path(wanted), 1
    while aside.exists() or log_of(aside).exists():
        number += 1
        aside = Path(f"{wanted}-{number}")
    if log_of(path).exists():
        os.rename(log_of(path), log_of(aside))
    if path.exists() and path.stat().st_size:
        os.rename(path, aside)
    path.unlink(missing_ok=True)
    Path(f"{path}-shm").unlink(missing_ok=True)  # an index of the log; SQLite makes it anew
    unmark(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return aside


def kept_aside(path: Path) -> list[Path]:
    """Damaged databases that are still there, oldest first."""
    found = path.parent.glob(f"{path.name}.corrupt-*")
    return sorted(one for one in found if not one.name.endswith(("-wal", "-shm")))
