"""Where everything is kept, and that nobody else can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from shlex import quote
from uuid import UUID

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.errors import Unfit, storage_error
from cloudops_tui.storage.place import DATABASE, VARIABLE, state_folder_of

__all__ = ["DATABASE", "VARIABLE", "attempt_folder", "execution_folder", "prepare", "state_folder"]

EXECUTIONS = "executions"

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def state_folder(config: StorageConfig) -> Path:
    """The configured folder, else the one the environment names, else `cloudops-tui` under the XDG state folder."""
    return state_folder_of(config.state_dir)


def attempt_folder(state_dir: Path, execution_id: UUID, command_id: UUID, attempt: int) -> Path:
    """`executions/<execution>/<command>/<attempt>` under the state folder."""
    return execution_folder(state_dir, execution_id) / str(command_id) / str(attempt)


def execution_folder(state_dir: Path, execution_id: UUID) -> Path:
    """All files of one execution."""
    return state_dir / EXECUTIONS / str(execution_id)


def prepare(state_dir: Path) -> Path:
    """Make the folder (0700) and an empty database file (0600) where they are missing; returns the database's path.

    Raises StorageError where somebody else could write here, or where a link leads elsewhere.
    """
    database = state_dir / DATABASE
    try:
        _make_private(state_dir)
        _create_private(database)
        for beside in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
            _check_file(beside)
        _check_writable(state_dir, database)
    except OSError as error:
        raise storage_error(error, Path(error.filename or state_dir)) from error
    return database


def _make_private(folder: Path) -> None:
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        try:
            part.mkdir(mode=0o700)
        except FileExistsError:
            continue  # another process was faster
        part.chmod(0o700)  # a strange umask takes bits even from 0700
    if folder.is_symlink():
        _check_owner(folder, folder.lstat())  # one of ours is our choice; one that somebody planted is not followed
    found = folder.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise StorageError(f"`{folder}` is not a folder; choose another with --state-dir or {VARIABLE}")
    _check_owner(folder, found)
    if not missing and not _is_ours(folder):
        raise StorageError(
            f"`{folder}` holds other things; name a folder of its own, for example `{folder / 'cloudops-tui'}`"
        )
    if found.st_mode & _OTHERS_WRITE:
        raise Unfit(f"Others may write in `{folder}`; look at its files, then `chmod 700 {quote(str(folder))}`")
    if found.st_mode & _OTHERS:
        folder.chmod(0o700)


def _is_ours(folder: Path) -> bool:
    """It is empty, or holds our database, an inbox alone, or files of executions: its mode is ours to set."""
    names = set(os.listdir(folder))
    if names <= {"inbox"} or any(name.startswith(DATABASE) for name in names):
        return True
    return any((folder / "executions").glob("*/execution.json"))


def _create_private(file: Path) -> None:
    """Before SQLite does: it would use the umask, and the files beside it inherit the mode of this one."""
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _check_file(file: Path) -> None:
    try:
        found = file.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise Unfit(f"`{file}` is a link; put the file itself there, or choose another folder with --state-dir")
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(f"`{file}` is not a file; move it away (`mv {quote(str(file))} {quote(str(file))}.other`)")
    _check_owner(file, found)
    if found.st_mode & _OTHERS:
        file.chmod(0o600)


def _check_writable(folder: Path, file: Path) -> None:
    for path in (folder, file):
        if os.access(path, os.W_OK):
            continue
        frozen = os.statvfs(path).f_flag & os.ST_RDONLY
        remedy = "choose another folder" if frozen else f"`chmod u+w {quote(str(path))}`, or choose another folder"
        why = " (its file system is mounted read-only)" if frozen else ""
        raise Unfit(f"`{path}` cannot be written{why}; {remedy} with --state-dir or {VARIABLE}")


def _check_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise Unfit(
            f"`{path}` belongs to user {found.st_uid}, not to you ({os.geteuid()}); "
            f"`chown {os.geteuid()} {quote(str(path))}`, or choose another folder with --state-dir or {VARIABLE}"
        )
