"""What SQLite or the system refused, in words that name the path and the remedy."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from shlex import quote

from cloudops_tui.model.errors import StorageError


class Damaged(StorageError):
    """The file is no database, or not a whole one."""


class Unfit(StorageError):
    """Folder or file cannot be written safely, or at all; what is there may still be looked at."""


def storage_error(error: Exception, path: Path) -> StorageError:
    """The failure of an operation on `path` as the operator should read it."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, sqlite3.Error):
        kinds = {sqlite3.SQLITE_CORRUPT: Damaged, sqlite3.SQLITE_NOTADB: Damaged, **dict.fromkeys(_UNFIT, Unfit)}
        return kinds.get(_code(error), StorageError)(_of_sqlite(error, path))
    if isinstance(error, OSError):
        kind = Unfit if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else StorageError
        return kind(_of_system(error, path))
    return StorageError(f"`{path}` could not take what was to be stored: {error}")


_UNFIT = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)
_NO_ROOM_TO_OPEN = sqlite3.SQLITE_IOERR_SHMSIZE
"""The extended code of a disk so full that the index of the log beside the file, 32 KiB, cannot be made."""


def has_no_room(error: StorageError) -> bool:
    """The file could not be opened for writing, since its disk is full."""
    return getattr(error.__cause__, "sqlite_errorcode", None) == _NO_ROOM_TO_OPEN


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _of_sqlite(error: sqlite3.Error, path: Path) -> str:
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"`{path}` is locked by another process; see who holds it with `fuser {_word(path)}` and try again"
        case sqlite3.SQLITE_FULL:
            return f"No space is left for `{path}`; free some on its disk (`df {_word(path.parent)}`) and try again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"`{path}` cannot be written; `chmod u+w {_word(path)}`, or choose another --state-dir"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged_words(path, str(error))
        case sqlite3.SQLITE_CANTOPEN:
            return f"`{path}` cannot be opened; look at its permissions (`ls -l {_word(path.parent)}`)"
        case sqlite3.SQLITE_IOERR if getattr(error, "sqlite_errorcode", None) == _NO_ROOM_TO_OPEN:
            return f"No space is left for `{path}`; free some on its disk (`df {_word(path.parent)}`) and start again"
        case sqlite3.SQLITE_IOERR:
            return f"The disk failed while `{path}` was in use ({error}); look at `dmesg` and `df {_word(path.parent)}`"
        case sqlite3.SQLITE_CONSTRAINT:
            return f"`{path}` refused a contradiction ({error}); nothing was stored"
        case _:
            return f"`{path}` could not be used: {error}; look at its permissions (`ls -l {_word(path.parent)}`)"


def damaged_words(path: Path, why: str) -> str:
    """What is said of a damaged file; the next start does what it says."""
    return (
        f"`{path}` is damaged or no database ({why}); end what runs from here (`fuser {_word(path)}` names it) and "
        "start again: it is then kept aside, and what can be read of it goes into a new one"
    )


def _of_system(error: OSError, path: Path) -> str:
    why = error.strerror or str(error)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"No space is left for `{path}`; free some on its disk (`df {_word(path.parent)}`) and try again"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"`{path}` cannot be written ({why}); choose another folder with --state-dir or CLOUDOPS_STATE_DIR"
        case _:
            return f"`{path}` could not be used ({why}); look at it with `ls -ld {_word(path)}`"


def _word(path: Path) -> str:
    return quote(str(path))
