"""Opening what a plan names, in its own folder and nowhere else, whatever lies there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudops_tui.policy.files import ELSEWHERE, NotTaken
from cloudops_tui.policy.safe_text import safe_line

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SYSTEM = ("/proc", "/sys")
_BLOCK = 2**20


class Unfit(Exception):
    """Something that is not taken, and why."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.not_taken = NotTaken(why, remedy)


@dataclass(frozen=True)
class PlanFolder:
    """Where the files of one plan may lie."""

    path: Path | None
    """None: the plan came without a folder, as from standard input."""
    elsewhere: bool = False
    """Files outside are taken, too, and hidden ones, and those with several links."""
    never: Path | None = None
    """Where we keep what nobody may pass on: nothing in there is taken, unless the plan's own folder lies there."""

    def locate(self, path: str) -> Path:
        """The absolute path, links before the folder followed; raises Unfit where that is not the plan's to name."""
        base = self._real()
        if base is None and not os.path.isabs(path):
            raise Unfit(
                "cannot be found: the plan came without a folder, as from standard input",
                "Submit the plan as a file in the folder of its files",
            )
        joined = os.path.normpath(os.path.join(base or "/", path))
        inside = self._inside(base, joined)
        if inside is None:
            self._allow_elsewhere(path)
            found = Path(os.path.realpath(os.path.dirname(joined))) / os.path.basename(joined)
        else:
            assert base is not None
            found = Path(base, inside)
            if not self.elsewhere and any(part.startswith(".") for part in Path(inside).parts):
                remedy = f"Copy it to a name without a dot, or allow `{ELSEWHERE}` in `[safety]`"
                raise Unfit("is hidden, and hidden files are not taken", remedy)
        if self._is_ours(base, found):
            raise Unfit("belongs to this program", "Name a file of your own")
        return found

    def _real(self) -> str | None:
        return os.path.realpath(self.path) if self.path is not None else None

    def _inside(self, base: str | None, joined: str) -> str | None:
        """The path below the folder; None for one that lies elsewhere."""
        for folder in filter(None, (base, os.path.abspath(self.path) if self.path is not None else None)):
            if os.path.commonpath((folder, joined)) == folder:
                return os.path.relpath(joined, folder)
        return None

    def _allow_elsewhere(self, path: str) -> None:
        if not self.elsewhere:
            where = f"`{safe_line(os.fspath(self.path))}`" if self.path is not None else "any folder: there is none"
            raise Unfit(
                f"is outside the plan's own folder, {where}",
                f"Copy it beside the plan, or allow `{ELSEWHERE}` in `[safety]`",
            )

    def _is_ours(self, base: str | None, found: Path) -> bool:
        if self.never is None:
            return False
        never = os.path.realpath(self.never)
        lies_there = os.path.commonpath((never, os.path.realpath(found))) == never
        return lies_there and (base is None or os.path.commonpath((never, base)) != never)


def read_file(path: Path, largest: int, *, secret: bool = False, single: bool = True) -> bytes:
    """What the regular file holds, read once through a path without links; raises Unfit.

    `secret`: only its owner may read it, and that is us. `single`: it has no other name.
    """
    with _opened(path) as (descriptor, before):
        _check(before, secret=secret, single=single)
        if before.st_size > largest:
            raise Unfit(f"has {before.st_size:,} bytes, more than {largest:,}", "Upload it to S3, and name it there")
        data = _whole(descriptor, largest)
        after = os.fstat(descriptor)
    if len(data) != before.st_size or stamp(after) != stamp(before):
        raise Unfit("was written to while it was read", "Wait until it is written")
    return data


def size_of(path: Path, *, single: bool = True) -> int:
    """How large the regular file is; raises Unfit as `read_file`."""
    with _opened(path) as (_, found):
        _check(found, secret=False, single=single)
        return found.st_size


def stamp(found: os.stat_result) -> tuple[int, int, int, int, int]:
    """What differs once a file was written to, replaced or linked."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def check_place(path: Path, *, inside: Path | None, follows_links: bool) -> None:
    """Raise Unfit unless it is a folder or a file, reached without links.

    `inside`: where the command follows links, none in the folder may lead out of there.
    """
    try:
        found = os.stat(path, follow_symlinks=False)
        if os.path.realpath(path) != os.fspath(path):
            raise Unfit("is reached by a symbolic link", "Name what the link leads to")
        if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)) or found.st_dev in _system_devices():
            raise Unfit("is neither a folder nor a regular file", "Name a folder of yours")
        if follows_links and inside is not None:
            _check_links(path, inside)
    except OSError as error:
        raise _unfit_of(error) from error


def _check_links(folder: Path, inside: Path) -> None:
    room = os.path.realpath(inside)
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            one = os.path.join(here, name)
            if os.path.islink(one) and os.path.commonpath((room, os.path.realpath(one))) != room:
                raise Unfit(
                    f"holds a link that leads out of the plan's folder, `{safe_line(os.path.relpath(one, folder))}`",
                    "Remove it, or add `--no-follow-symlinks`",
                )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[int, os.stat_result]]:
    """The file, opened one component after the other, so that no link is followed and nothing but a file is opened."""
    try:
        folder = _folder_of(path)
        try:
            found = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
            _check_kind(found)
            # Without O_NONBLOCK a pipe that was put there in between would hold us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            descriptor = os.open(path.name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        try:
            opened = os.fstat(descriptor)
            _check_kind(opened)
            yield descriptor, opened
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise _unfit_of(error) from error


def _folder_of(path: Path) -> int:
    flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open("/", flags)
    for part in path.parent.parts[1:]:
        try:
            inner = os.open(part, flags, dir_fd=folder)
        except NotADirectoryError as error:
            raise Unfit(*_not_a_folder(part, folder)) from error
        finally:
            os.close(folder)
        folder = inner
    return folder


def _not_a_folder(part: str, folder: int) -> tuple[str, str]:
    if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
        return f"is reached by a symbolic link, `{safe_line(part)}`", "Name what the link leads to, or copy the file"
    return f"cannot be reached: `{safe_line(part)}` is not a folder", "Correct the path"


def _check_kind(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise Unfit("is a symbolic link", "Copy what it leads to beside the plan")
    if stat.S_ISDIR(found.st_mode):
        raise Unfit("is a folder", "Name a file")
    if not stat.S_ISREG(found.st_mode):
        raise Unfit("is not a regular file", "Copy what it holds into a file")
    if found.st_dev in _system_devices():
        raise Unfit("is made up by the system at each reading", "Copy what it holds into a file")


def _check(found: os.stat_result, *, secret: bool, single: bool) -> None:
    if secret and found.st_uid != os.geteuid():
        raise Unfit(f"holds a secret and belongs to user {found.st_uid}", "Make it your own")
    if secret and found.st_mode & _OTHERS:
        raise Unfit(f"holds a secret and has mode {stat.S_IMODE(found.st_mode):04o}", "`chmod 600` it")
    if (single or secret) and found.st_nlink != 1:
        raise Unfit(f"has {found.st_nlink} names (hard links)", f"Copy it, or allow `{ELSEWHERE}` in `[safety]`")


def _whole(descriptor: int, largest: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while length <= largest and (part := os.read(descriptor, _BLOCK)):
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def _system_devices() -> set[int]:
    return {os.stat(folder).st_dev for folder in _SYSTEM if os.path.isdir(folder)}


def _unfit_of(error: OSError | ValueError) -> Unfit:
    if isinstance(error, FileNotFoundError):
        return Unfit("does not exist", "Put it there, or correct the path")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unfit(f"cannot be read: {safe_line(why)}", "Make it readable, or correct the path")
