"""What is kept of an execution beside its output, for the day on which the database is lost.

In `executions/ID`, all 0600: `execution.json`, what it was begun with; `ended.json`, its result, and which event told
it; `last-words`, blanks that are written over when the store takes nothing any more: that needs no room on a full disk.
They are a second copy: what cannot be written here stops nothing. `story` (`storage.retold`) is what came before each
decision after its end, and that has to be written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.storage.retold import Part, parts_of

EXECUTION, ENDED, LAST_WORDS = "execution.json", "ended.json", "last-words"

ROOM_FOR_WORDS = 1024  # bytes


@dataclass(frozen=True)
class Keepsake:
    """One execution as its files know it."""

    values: Mapping[str, Any]
    """As `rows.execution_values` made them, and its number."""
    result: str | None
    """Of its end, as JSON."""
    ended_by: int
    """The event that told its end; 0 where that is not known."""
    parts: tuple[Part, ...]
    """Its story up to each decision after its end."""
    attempts: Mapping[str, int]
    """By command: the last attempt that began."""


def keep_begin(folder: Path, values: Mapping[str, Any]) -> None:
    """Raises OSError. Not synced: the database is, and only who loses both at one moment misses it."""
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True)
    _write(folder / LAST_WORDS, b" " * ROOM_FOR_WORDS)
    _write(folder / EXECUTION, json.dumps(dict(values)).encode())


def keep_end(folder: Path, result: str, seq: int) -> None:
    """`result` is a JSON object, `seq` the event that told it. Raises OSError. Where the folder is not there any more,
    nobody wants it."""
    with suppress(FileNotFoundError):
        _write(folder / ENDED, f'{result.removesuffix("}")},"seq":{seq}}}'.encode())


def keep_words(folder: Path, words: str) -> None:
    """Raises OSError."""
    data = words.encode()[:ROOM_FOR_WORDS].decode(errors="ignore").encode().ljust(ROOM_FOR_WORDS)
    descriptor = os.open(folder / LAST_WORDS, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, data, 0)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def words_of(folder: Path) -> str:
    """What was said when the store took nothing any more; empty where nothing was."""
    return _read(folder / LAST_WORDS, ROOM_FOR_WORDS).decode(errors="replace").strip().strip("\0")


def keepsake_of(folder: Path) -> Keepsake | None:
    """What the files of an execution know; None where that is not enough to say what it was."""
    try:
        values = json.loads(_read(folder / EXECUTION))
    except ValueError:
        return None
    if not isinstance(values, dict) or values.get("id") != folder.name:
        return None
    ended = _read(folder / ENDED).decode(errors="replace") or None
    return Keepsake(values, ended, _seq_in(ended), parts_of(folder), begun(folder))


def begun(folder: Path) -> dict[str, int]:
    """By command: the last attempt that has a folder. It is made before anything leaves this machine."""
    found: dict[str, int] = {}
    for command in _names_in(folder):
        attempts = [int(one) for one in _names_in(folder / command) if one.isdecimal()]
        if _is_id(command) and attempts:
            found[command] = max(attempts)
    return found


def _seq_in(ended: str | None) -> int:
    try:
        found = json.loads(ended or "")
    except ValueError:
        return 0
    seq = found.get("seq") if isinstance(found, dict) else None
    return seq if isinstance(seq, int) else 0


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _read(path: Path, most: int = -1) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.rename(part, path)
