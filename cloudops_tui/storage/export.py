"""A record to take along: one folder with the record, its story and what its commands printed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import EVENT, AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.storage.errors import storage_error

EXPORTS = "exports"
STREAMS = ("stdout", "stderr")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def export_record(
    state_dir: Path, record: ExecutionRecord, story: Sequence[AnyExecutionEvent], attempts: Path
) -> Path:
    """Write `record.json`, `events.jsonl` and `output/` into a folder that did not exist before; returns it.

    `attempts` is where the execution's output lies, `COMMAND/ATTEMPT/stdout` and `stderr`; links in it are not
    followed. Folders are 0700, files 0600. Raises StorageError and leaves nothing behind.
    """
    called = f"record-{record.number}" if record.number is not None else f"record-{record.id}"
    try:
        folder = _new_folder(state_dir / EXPORTS, called)
    except OSError as error:
        raise storage_error(error, state_dir / EXPORTS) from error
    try:
        _write(folder / "record.json", record.model_dump_json(indent=2).encode() + b"\n")
        _write(folder / "events.jsonl", b"".join(EVENT.dump_json(event) + b"\n" for event in story))
        places = {str(command.id): place for place, command in enumerate(record.execution_plan.commands, 1)}
        for attempt in _attempts(attempts):
            command, number = attempt.parts[-2:]
            kept = f"{places[command]:03d}-{command}" if command in places else command
            _copy_streams(attempt, folder / "output" / kept / number)
    except (OSError, StorageError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise storage_error(error, folder) from error
    return folder


def _new_folder(parent: Path, called: str) -> Path:
    parent.mkdir(mode=0o700, exist_ok=True)
    for number in count(1):
        folder = parent / (called if number == 1 else f"{called}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise AssertionError("there is always a next number")


def _write(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, _NEW, 0o600), "wb") as to:
        to.write(data)


def _attempts(folder: Path) -> Iterator[Path]:
    for command in _folders_in(folder):
        yield from _folders_in(command)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except FileNotFoundError:
        return []  # it printed nothing, or what it printed is pruned


def _copy_streams(attempt: Path, to: Path) -> None:
    for stream in STREAMS:
        try:
            source = os.open(attempt / stream, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        with os.fdopen(source, "rb") as read:
            # `parents=True` would give the folders above the mode of the umask.
            for folder in (to.parents[1], to.parents[0], to):
                folder.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(to / stream, _NEW, 0o600), "wb") as write:
                shutil.copyfileobj(read, write)
