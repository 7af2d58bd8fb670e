"""The story of an execution up to each decision taken after its end, a second time, beside its output.

A redrive or a rollback changes what an execution is, and a database can be lost. So before one of them is committed,
the events that the file `executions/ID/story` does not have yet are appended to it, and are on disk: a part for each
decision, with a digest of its lines and the end of the chain that it makes. Once it is committed, a line says so. What
is read back from it is the journal itself, so that the same chain comes of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloudops_tui.engine.ports import Owner
from cloudops_tui.storage.chain import EventRow, first_link, next_link

STORY = "story"

PART, EVENT, SEALED, KEPT = "part", "event", "sealed", "kept"
"""The first word of each line, which is a JSON array."""

Placed = tuple[int, EventRow]
"""A place in the chain, from 1, and the event there."""


@dataclass(frozen=True)
class Part:
    """What one decision added to the file, whole."""

    events: tuple[Placed, ...]
    head: bytes
    """The chain's end with it."""
    owner: Owner
    """Who went on."""
    kept: bool = False
    """It was committed; where that is not said, nobody knows."""

    @property
    def count(self) -> int:
        """The place of its last event."""
        return self.events[-1][0]


def append_part(folder: Path, events: Sequence[Placed], head: bytes, owner: Owner) -> None:
    """On disk when this returns; raises OSError."""
    lines = [_line(EVENT, place, *row[1:]) for place, row in events]
    sealed = [events[-1][0], head.hex(), owner.pid, owner.boot_id, owner.started_ticks, _digest(lines)]
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, exist_ok=True)
    # A line that was cut off must not spoil this one.
    _append(folder, b"\n" + _line(PART, events[0][0]) + b"".join(lines) + _line(SEALED, *sealed), sync=True)


def mark_kept(folder: Path, head: bytes) -> None:
    """The part with that end was committed. Not synced: it only spares a doubt. Raises OSError."""
    _append(folder, _line(KEPT, head.hex()), sync=False)


def parts_of(folder: Path) -> tuple[Part, ...]:
    """The parts that are whole, in the order in which they were written; empty where there is no such file."""
    try:
        descriptor = os.open(folder / STORY, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with open(descriptor, "rb", closefd=False) as file:
                return tuple(_read(folder.name, file))
        finally:
            os.close(descriptor)
    except OSError:
        return ()


def whole_story(execution_id: str, parts: Sequence[Part]) -> tuple[Placed, ...]:
    """All events up to the last part, each in its place; empty where they make no chain that ends as that part says.

    A part takes the place of what an earlier one had there: that one was never committed.
    """
    events: list[Placed] = []
    for part in parts:
        first = part.events[0][0]
        if first > len(events) + 1:
            return ()
        events[first - 1 :] = part.events
    head = head_after(first_link(execution_id), events)
    return tuple(events) if parts and head == parts[-1].head else ()


def head_after(head: bytes, events: Sequence[Placed]) -> bytes:
    """The end of a chain once these are written."""
    for place, row in events:
        head = next_link(head, place, *row[1:])
    return head


def _read(execution_id: str, lines: Iterable[bytes]) -> list[Part]:
    found: list[Part] = []
    events: list[Placed] = []
    raw: list[bytes] = []
    for line in lines:
        match _words(line):
            case ["part", int()]:
                events, raw = [], []
            case ["event", int(place), int(seq), (int() | None) as at, str(kind), str(body)]:
                events.append((place, (execution_id, seq, at, kind, body)))
                raw.append(line)
            case ["sealed", int(count), str(head), int(pid), str(boot), int(ticks), str(digest)]:
                if events and events[-1][0] == count and _follow_each_other(events) and _digest(raw) == digest:
                    found.append(Part(tuple(events), bytes.fromhex(head), Owner(pid, boot, ticks)))
                events, raw = [], []
            case ["kept", str(head)]:
                found = [replace(one, kept=one.kept or one.head.hex() == head) for one in found]
            case _:
                continue  # cut off, or of a later version; a part without one of its lines has another digest
    return found


def _follow_each_other(events: Sequence[Placed]) -> bool:
    first = events[0][0]
    return first > 0 and [place for place, _ in events] == list(range(first, first + len(events)))


def _words(line: bytes) -> list[Any]:
    try:
        words = json.loads(line)
    except ValueError:
        return []
    return words if isinstance(words, list) else []


def _line(*words: object) -> bytes:
    return json.dumps(words).encode() + b"\n"


def _digest(lines: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _append(folder: Path, data: bytes, *, sync: bool) -> None:
    path = folder / STORY
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
        file.write(data)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    if sync:
        # Each time: whoever made the file may have been killed before its name was on disk.
        for one in (folder, folder.parent):
            _sync_folder(one)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
