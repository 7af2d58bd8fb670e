"""The inbox folder: what is dropped there becomes an entry of the queue."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloudops_tui.engine.plan_queue import Submission
from cloudops_tui.engine.ports import Conflict
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.policy.plan_text import LARGEST
from cloudops_tui.policy.redaction import REDACTED
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.sources.plan_files import form_of

SETTLED = 0.5  # seconds without a change after which a file counts as written
LOOK_EVERY = 0.5  # seconds between two looks while watching
TAKEN, REFUSED = "taken", "refused"
"""Folders inside the inbox."""

_LONGEST_NAME = 200  # bytes; `.error.json` and a number still fit behind it

Report = Callable[[str], None]


@dataclass(frozen=True)
class Arrival:
    """A file that is ready to be taken; it is still where it was dropped."""

    name: str
    """As the file system has it: foreign text, perhaps with surrogates."""
    submission: Submission
    stamp: _Stamp
    """Of the very file that was read."""

    @property
    def shown(self) -> str:
        """The name, safe to show."""
        return safe_line(self.name)


class Inbox:
    """One inbox folder. Several processes may look after the same one: taking a file twice makes no second entry."""

    def __init__(
        self,
        folder: Path,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """The folder is made, for its owner only, when it is first looked at."""
        self.folder = folder
        self._wall = wall
        self._monotonic = monotonic
        self._seen: dict[str, tuple[_Stamp, float]] = {}
        self._in_the_making: set[int] = set()
        self.unsettled = 0
        """How many files the last look left for later, because they may still be written."""

    def take(self) -> list[Arrival]:
        """Files that are ready, by name. Each has to be moved away with `accept` or `refuse`.

        A file is ready when it was renamed to its name from one that is ignored, or when size and time stood still
        for half a second. Names that begin with a dot or end with `.tmp` are ignored, folders too. What is no regular
        file, has several links, belongs to somebody else or is too large arrives with that as its problem.
        Raises OSError where the folder itself cannot be used.
        """
        self._prepare()
        here = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return self._ready(here)
        finally:
            os.close(here)

    def waiting(self) -> int:
        """How many files lie there, ready or not; cheap: nothing of them is looked at but their names."""
        try:
            with os.scandir(self.folder) as there:
                return sum(not _in_the_making(one.name) and not one.is_dir(follow_symlinks=False) for one in there)
        except OSError:
            return 0  # `take` tells what is wrong with it

    def accept(self, arrival: Arrival) -> None:
        """Move the file to `taken`."""
        self._move(arrival, self.folder / TAKEN)

    def refuse(self, arrival: Arrival, problems: tuple[Problem, ...], kept: str | None = None) -> None:
        """Move the file to `refused`, with its problems in `NAME.error.json` beside it.

        Where `kept` lacks secrets that the file holds, it takes the file's place.
        """
        moved = self._move(arrival, self.folder / REFUSED)
        if moved is None:
            return  # another process was faster, and has written why; or another file lies there by now
        if kept is not None and REDACTED in kept.encode() and REDACTED not in arrival.submission.data:
            _replace(moved, kept)
        said = {"problems": [problem.model_dump(mode="json") for problem in problems]}
        beside = moved.with_name(moved.name + ".error.json")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(said, indent=2) + "\n")

    # --- looking -----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        for folder in (self.folder, self.folder / TAKEN, self.folder / REFUSED):
            make_private(folder)
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)

    def _ready(self, here: int) -> list[Arrival]:
        now, seen, making = self._monotonic(), dict[str, tuple[_Stamp, float]](), set[int]()
        arrivals: list[Arrival] = []
        self.unsettled = 0
        for name in sorted(os.listdir(here)):
            try:
                found = os.stat(name, dir_fd=here, follow_symlinks=False)
            except FileNotFoundError:
                continue  # another process took it
            if stat.S_ISDIR(found.st_mode):
                continue
            if _in_the_making(name):
                making.add(found.st_ino)
                continue
            stamp = _Stamp.of(found)
            before = self._seen.get(name)
            since = before[1] if before is not None and before[0] == stamp else now
            seen[name] = (stamp, since)
            renamed = found.st_ino in self._in_the_making and found.st_nlink == 1
            if not (renamed or now - since >= SETTLED or self._wall() - found.st_mtime >= SETTLED):
                self.unsettled += 1
                continue
            arrival = _arrival(here, self.folder, name, found)
            if arrival is None:
                self.unsettled += 1
            else:
                arrivals.append(arrival)
        self._seen, self._in_the_making = seen, making
        return arrivals

    # --- moving ------------------------------------------------------------------------------------------------------

    def _move(self, arrival: Arrival, into: Path) -> Path | None:
        """Where the file is now; None when it was gone already, or has become another, which is taken in its turn."""
        target = _free_name(into, arrival.name)
        try:
            os.rename(self.folder / arrival.name, target)
        except FileNotFoundError:
            return None
        if _Stamp.of(os.lstat(target)) != arrival.stamp:  # written anew under its name since it was read
            os.rename(target, _free_name(self.folder, arrival.name))
            return None
        return target


@dataclass(frozen=True)
class _Stamp:
    """What tells whether a file was written to."""

    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, found: os.stat_result) -> _Stamp:
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


async def take_arrivals(
    session: ExecutionSession, inbox: Inbox, report: Report | None = None, left: Callable[[int], None] | None = None
) -> list[QueueEntry]:
    """Queue what is ready in the inbox, in the order of names; `report` gets one line about each file, `left` before
    each and at the end how many are still there.

    A file is moved only once it is queued, so that a crash in between loses nothing.
    """
    entries: list[QueueEntry] = []
    for arrival in await asyncio.to_thread(inbox.take):
        if left is not None:
            left(inbox.waiting())
        if (entry := await _taken(session, inbox, arrival, report)) is not None:
            entries.append(entry)
    if left is not None:
        left(inbox.waiting())
    return entries


async def _taken(
    session: ExecutionSession, inbox: Inbox, arrival: Arrival, report: Report | None
) -> QueueEntry | None:
    """The file's entry; None where its id is another plan's."""
    try:
        entry = await session.submit_data(arrival.submission)
    except Conflict as error:
        said = Problem(path="", message=str(error), remedy="Give the changed plan an id of its own")
        inbox.refuse(arrival, (said,))
        _tell(report, f"inbox: `{arrival.shown}` refused: {said.message}")
        return None
    if entry.state is QueueState.REFUSED:
        inbox.refuse(arrival, entry.problems, entry.refused_text)
        _tell(report, f"inbox: `{arrival.shown}` refused as {entry.number}: {entry.problems[0].message}")
    else:
        inbox.accept(arrival)
        _tell(report, f"inbox: `{arrival.shown}` is {entry.number}, {entry.state.value}")
    return entry


async def sweep(session: ExecutionSession, folder: Path, report: Report | None = None) -> list[QueueEntry]:
    """Queue what is in the inbox now; what was written just before is given the time to settle."""
    inbox = Inbox(folder)
    entries = await take_arrivals(session, inbox, report)
    if inbox.unsettled:
        await asyncio.sleep(SETTLED + 0.05)
        entries += await take_arrivals(session, inbox, report)
    return entries


async def watch_inbox(
    session: ExecutionSession,
    folder: Path,
    report: Report | None = None,
    *,
    faults: Report | None = None,
    left: Callable[[int], None] | None = None,
) -> None:
    """Queue what arrives, until cancelled. A folder or a store that fails for a while is tried again; `faults`, by
    default `report`, gets a line about it. `left` is that of `take_arrivals`."""
    inbox = Inbox(folder)
    said = ""
    while True:
        try:
            await take_arrivals(session, inbox, report, left)
            said = ""
        except (OSError, StorageError) as error:
            words = _words(error)
            if words != said:
                said = words
                _tell(faults or report, f"inbox: {safe_line(said)}")
        await asyncio.sleep(LOOK_EVERY)


def make_private(folder: Path) -> None:
    """The folder and those above it that are missing, each for its owner only."""
    for part in reversed([part for part in (folder, *folder.parents) if not part.exists()]):
        part.mkdir(mode=0o700, exist_ok=True)


def files_beside(name: str) -> str:
    """The folder, beside a plan in the inbox, that the files it names lie in: `deploy.files` of `deploy.json`.

    Not the inbox itself, where each file is a plan of its own and is moved away, and other plans lie.
    """
    return f"{Path(name).stem}.files"


def _in_the_making(name: str) -> bool:
    return name.startswith(".") or name.endswith(".tmp")


def _replace(path: Path, text: str) -> None:
    """The file's content by another, so that the old one is not there under any name."""
    beside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    os.replace(beside, path)


def _words(error: OSError | StorageError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"`{error.filename}` cannot be used ({error.strerror})"
    return str(error)


def _arrival(here: int, folder: Path, name: str, found: os.stat_result) -> Arrival | None:
    """The file as a submission; None when it changed while it was read."""
    why = _unfit(found)
    if why is None:
        try:
            data = _content(here, name, found)
        except OSError as error:
            why = f"it cannot be read ({error.strerror})"
        else:
            if data is None:
                return None
            submission = Submission(data, _source(name), folder / files_beside(name), form=form_of(name))
            return Arrival(name, submission, _Stamp.of(found))
    problem = Problem(path="", message=f"The file is not taken: {why}", remedy="Copy the plan itself into the inbox")
    return Arrival(name, Submission(os.fsencode(name), _source(name), problems=(problem,)), _Stamp.of(found))


def _unfit(found: os.stat_result) -> str | None:
    """Why a file is not taken, as the end of a sentence."""
    if stat.S_ISLNK(found.st_mode):
        return "it is a symbolic link"
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    if found.st_nlink != 1:
        return f"it has {found.st_nlink} links"
    if found.st_uid != os.geteuid():
        return f"it belongs to user {found.st_uid}"
    if found.st_size > LARGEST:
        return f"it has {found.st_size:,} bytes, more than {LARGEST:,}"
    return None


def _content(here: int, name: str, found: os.stat_result) -> bytes | None:
    """What the very file that was looked at holds; None when it is another one by now, or was written to."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST + 1)
        now = os.fstat(descriptor)
    return data if _Stamp.of(now) == _Stamp.of(found) and _unfit(now) is None else None


def _source(name: str) -> str:
    return f"inbox/{safe_line(name)}"


def _free_name(folder: Path, name: str) -> Path:
    """The name, or the name with a number, that nothing in the folder has."""
    short = os.fsdecode(os.fsencode(name)[:_LONGEST_NAME])
    path, number = folder / short, 1
    while os.path.lexists(path):
        path, number = folder / f"{short}.{number}", number + 1
    return path


def _tell(report: Report | None, line: str) -> None:
    if report is not None:
        report(line)
