"""Copies of the store as it was before its schema changed: numbered, private, the newest few."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from shlex import quote

from cloudops_tui.model.errors import StorageError

KEPT = 3
PAGES_AT_ONCE = 4096
"""Of the backup: 16 MB."""

_NAME = re.compile(r".+\.copy-(\d{4,})-schema-(\d+)")


def keep(path: Path, version: int) -> Path:
    """Copy what is committed, also while others read and write; returns the copy. Raises StorageError where there is
    no room for it and for the step that it is made for, OSError, sqlite3.Error. Blocks."""
    _check_room(path)
    number = max((_number(one) for one in kept(path)), default=0) + 1
    made = path.with_name(f"{path.name}.copy-{number:04d}-schema-{version}")
    part = made.with_name(f".{made.name}.part")
    try:
        _private(part)
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target, pages=PAGES_AT_ONCE)
        _sync(part)
        part.rename(made)
    except BaseException:
        for left in (part, Path(f"{part}-wal"), Path(f"{part}-shm"), Path(f"{part}-journal")):
            left.unlink(missing_ok=True)
        raise
    _sync(path.parent)
    for old in kept(path)[:-KEPT]:
        with suppress(FileNotFoundError):
            old.unlink()
    return made


def kept(path: Path) -> list[Path]:
    """The copies of a store, oldest first."""
    found = [one for one in path.parent.glob(f"{path.name}.copy-*") if _NAME.fullmatch(one.name)]
    return sorted(found, key=_number)


def _number(copy: Path) -> int:
    found = _NAME.fullmatch(copy.name)
    return int(found[1]) if found else 0


def _check_room(path: Path) -> None:
    """The copy, and as much again for the log of the step itself."""
    log = Path(f"{path}-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    free = shutil.disk_usage(path.parent).free
    if free < 2 * size:
        raise StorageError(
            f"`{path}` is of an older cloudops-tui and is copied before it changes: that needs {_megabytes(2 * size)}, "
            f"and {_megabytes(free)} are free; make room on its disk (`df {quote(str(path.parent))}`) and start again"
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _private(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    file.chmod(0o600)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
