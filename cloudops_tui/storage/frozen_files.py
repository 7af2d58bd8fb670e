"""Private copies of the files that plans name, each under the hash of its content."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.files import (
    LARGEST_FILE,
    LARGEST_SECRET,
    LARGEST_TOGETHER,
    FileSource,
    Named,
    NotTaken,
    outside_work_folder,
)
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.storage import folders
from cloudops_tui.storage.errors import storage_error
from cloudops_tui.storage.install_key import install_key, keyed_hash
from cloudops_tui.storage.plan_folder import PlanFolder, Unfit, check_place, read_file, size_of, stamp

FOLDER = "frozen"
UNUSED_FOR = 24 * 3600.0
"""Seconds after which a copy that nothing refers to is removed: a plan that is being looked at needs no entry yet."""

_NAME = re.compile(r"[0-9a-f]{64}")
_PURPOSE = "cloudops/file/v1"
_AGAIN = "Submit the plan again, and approve what it says then"


class FrozenFiles:
    """The copies under one state folder (`engine.ports.FrozenFiles`). Raises StorageError where they cannot be kept."""

    def __init__(self, state_dir: Path, environment: Mapping[str, str] = os.environ) -> None:
        self.state_dir = state_dir
        self.folder = state_dir / FOLDER
        self.environment = environment
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}
        self._lock = threading.Lock()

    # --- what the engine asks ----------------------------------------------------------------------------------------

    def freezing(self, base_dir: Path | None, *, elsewhere: bool = False) -> FileSource:
        """What the plan's own folder holds now, copied as it is taken. For one plan: each file is read once."""
        return _Freezing(self, PlanFolder(base_dir, elsewhere, never=self.state_dir))

    def frozen(self, files: Sequence[FrozenFile], *, elsewhere: bool = False) -> FileSource:
        """What was frozen with a plan before; the files themselves are not looked at."""
        return _Frozen(self, files, elsewhere)

    def paths_of(self, files: Iterable[FrozenFile]) -> dict[str, Path]:
        """Where a command finds each: the copy, or for what is not copied the file itself. Variables are left out."""
        return {
            one.written: self.folder / (one.sha256 or "") if one.copied else Path(one.origin)
            for one in files
            if one.kind is not FileKind.ENVIRONMENT
        }

    def why_changed(self, file: FrozenFile) -> str | None:
        """Why what is there now is not what was frozen, naming it; None while it is. Costs a look where nothing was
        touched."""
        if file.copied:
            return self._why_copy_changed(file)
        if file.kind is FileKind.ENVIRONMENT:
            return self._why_variable_changed(file)
        return self._why_original_changed(file)

    def why_not_written(self, path: str, *, elsewhere: bool) -> NotTaken | None:
        """Why a command may not write to a path that leads out of its attempt's folder."""
        if not elsewhere or not path.startswith("/") or ".." in path.split("/"):
            return outside_work_folder(path)
        ours = os.path.realpath(self.state_dir)
        if os.path.commonpath((ours, os.path.realpath(path))) == ours:
            return NotTaken("belongs to this program", "Name a file of your own")
        return None

    # --- keeping -----------------------------------------------------------------------------------------------------

    def keep(self, content: bytes) -> str:
        """Copy, durably; returns its SHA-256. The same content is one copy."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.folder / sha256
        try:
            with self._locked(fcntl.LOCK_SH):
                if self._hash_of(path) == sha256:
                    os.utime(path)  # it is wanted again: nobody removes it as unused now
                else:
                    self._write(path, content)
        except OSError as error:
            raise storage_error(error, path) from error
        return sha256

    def content(self, sha256: str) -> bytes | None:
        """What the copy holds; None where it is gone."""
        try:
            return (self.folder / sha256).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise storage_error(error, self.folder / sha256) from error

    def keyed(self, content: bytes) -> str:
        """The keyed hash of a secret."""
        self._prepare()
        return keyed_hash(install_key(self.state_dir), _PURPOSE, content)

    def remove_unused(self, used: Collection[str], now: Callable[[], float] = time.time) -> int:
        """Remove copies that are not among `used` and were not wanted for a day; returns how many.

        `used` may be old: what somebody freezes in the meantime is young.
        """
        try:
            if not self.folder.is_dir():
                return 0
            with self._locked(fcntl.LOCK_EX):
                oldest = now() - UNUSED_FOR
                unused = [one for one in self.folder.iterdir() if one.name not in used and _is_left(one, oldest)]
                for one in unused:
                    one.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.folder) from error
        return sum(bool(_NAME.fullmatch(one.name)) for one in unused)

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        folders.prepare(self.state_dir)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """The folder, made where it is missing; those who keep share it, who removes has it alone."""
        self._prepare()
        try:
            self.folder.mkdir(mode=0o700)
            self.folder.chmod(0o700)
        except FileExistsError:
            pass  # it is looked at below
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise StorageError(f"Others may look into `{self.folder}`; look at its files, then `chmod 700` it")
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def _write(self, path: Path, content: bytes) -> None:
        made = path.with_name(f".{path.name[:16]}.{os.getpid()}.{secrets.token_hex(8)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
                os.fchmod(descriptor, 0o400)
            os.rename(made, path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def _hash_of(self, path: Path) -> str | None:
        """The SHA-256 of what is there now, None where nothing is; remembered while the file is not touched."""
        try:
            with path.open("rb") as file:
                now = stamp(os.fstat(file.fileno()))
                with self._lock:
                    known = self._known.get(path)
                if known is not None and known[0] == now:
                    return known[1]
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                if stamp(os.fstat(file.fileno())) == now:
                    with self._lock:
                        self._known[path] = now, sha256
                return sha256
        except FileNotFoundError:
            return None

    def _why_copy_changed(self, file: FrozenFile) -> str | None:
        path = self.folder / (file.sha256 or "")
        try:
            now = None if path.is_symlink() else self._hash_of(path)
        except OSError as error:
            return f"The frozen copy of `{safe_line(file.name)}` cannot be read: {error.strerror}"
        if now is None:
            return f"The frozen copy of `{safe_line(file.name)}` is gone"
        if now != file.sha256:
            return (
                f"The frozen copy of `{safe_line(file.name)}` changed: sha256 {(file.sha256 or '')[:12]} was frozen, "
                f"and it is {now[:12]} now"
            )
        return None

    def _why_variable_changed(self, file: FrozenFile) -> str | None:
        name = safe_line(file.written)
        value = self.environment.get(file.written)
        if value is None:
            return f"The variable `{name}` is not set in the environment of this program"
        changed = self.keyed(os.fsencode(value)) != file.sha256
        return f"The variable `{name}` is not what it was when the plan was frozen" if changed else None

    def _why_original_changed(self, file: FrozenFile) -> str | None:
        """It is read anew each time: of a secret nothing is remembered, and what moves is used once."""
        name, path = safe_line(file.name), Path(file.origin)
        try:
            if file.kind is FileKind.PLACE:
                check_place(path, inside=None, follows_links=False)
                return None
            content = read_file(path, LARGEST_FILE, secret=file.secret, single=file.secret)
        except Unfit as error:
            return f"`{name}`, which was frozen with the plan, {error.not_taken.why}"
        if file.secret:
            changed = self.keyed(content) != file.sha256
            return f"The secret in `{name}` is not what it was when the plan was frozen" if changed else None
        now = hashlib.sha256(content).hexdigest()
        if now == file.sha256:
            return None
        return f"`{name}` changed: sha256 {(file.sha256 or '')[:12]} was frozen, and it is {now[:12]} now"


class _Freezing:
    """The plan's folder as it is now."""

    def __init__(self, files: FrozenFiles, folder: PlanFolder) -> None:
        self._files = files
        self._folder = folder
        self._read: dict[tuple[Path, bool], bytes] = {}
        self._to_keep: dict[str, bytes] = {}
        """By SHA-256: what is copied once the plan was taken in."""
        self._together = 0

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        """Freeze one value."""
        try:
            return self._take(named)
        except Unfit as error:
            return error.not_taken

    def why_not_written(self, path: str) -> NotTaken | None:
        """Nothing outside the attempt's folder, unless files elsewhere are allowed."""
        return self._files.why_not_written(path, elsewhere=self._folder.elsewhere)

    def keep(self) -> None:
        """Copy what was taken; raises StorageError where that cannot be."""
        for content in self._to_keep.values():
            self._files.keep(content)

    def _take(self, named: Named) -> tuple[FrozenFile, bytes | None]:
        if named.kind is FileKind.ENVIRONMENT:
            return self._variable(named), None
        path = self._folder.locate(named.path)
        if named.kind is FileKind.PLACE or (named.may_be_large and self._is_large(path)):
            return self._place(named, path), None
        content = self._content(path, secret=named.secret)
        file = FrozenFile(kind=named.kind, written=named.written, origin=os.fspath(path), secret=named.secret)
        if named.secret:
            return file.model_copy(update={"sha256": self._files.keyed(content)}), None
        sha256 = hashlib.sha256(content).hexdigest()
        if file.copied:
            self._to_keep[sha256] = content
        return file.model_copy(update={"sha256": sha256, "size": len(content)}), content

    def _content(self, path: Path, *, secret: bool) -> bytes:
        """Read once a plan, so that two commands that name one file mean the same content."""
        known = self._read.get((path, secret))
        if known is not None:
            return known
        largest = LARGEST_SECRET if secret else LARGEST_FILE
        content = read_file(path, largest, secret=secret, single=not self._folder.elsewhere)
        self._together += len(content)
        if self._together > LARGEST_TOGETHER:
            remedy = "Upload the large ones to S3, and name them there"
            raise Unfit(f"brings the files of the plan to more than {LARGEST_TOGETHER:,} bytes", remedy)
        self._read[path, secret] = content
        return content

    def _is_large(self, path: Path) -> bool:
        return size_of(path, single=not self._folder.elsewhere) > LARGEST_FILE

    def _variable(self, named: Named) -> FrozenFile:
        value = self._files.environment.get(named.written)
        if value is None:
            raise Unfit("is not set", "Set the variable before the plan is submitted, and where it runs")
        return FrozenFile(
            kind=FileKind.ENVIRONMENT,
            written=named.written,
            origin=named.written,
            sha256=self._files.keyed(os.fsencode(value)),
            secret=True,
        )

    def _place(self, named: Named, path: Path) -> FrozenFile:
        inside = None if self._folder.elsewhere else self._folder.path
        check_place(path, inside=inside, follows_links=named.follows_links)
        ours = os.path.realpath(self._files.state_dir)
        if os.path.commonpath((ours, os.fspath(path))) == os.fspath(path):
            raise Unfit(
                "holds the state folder of this program", "Put the plan and its files into a folder of their own"
            )
        return FrozenFile(kind=FileKind.PLACE, written=named.written, origin=os.fspath(path))


class _Frozen:
    """What was frozen with a plan."""

    def __init__(self, files: FrozenFiles, frozen: Sequence[FrozenFile], elsewhere: bool) -> None:
        self._files = files
        self._elsewhere = elsewhere
        self._by_name = {(one.kind, one.written, one.secret): one for one in frozen}

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        """The copy's content, as long as it is what it was."""
        file = self._by_name.get((named.kind, named.written, named.secret))
        if file is None and named.may_be_large:
            file = self._by_name.get((FileKind.PLACE, named.written, False))
        if file is None:
            return NotTaken("was not frozen with the plan", _AGAIN)
        if not file.copied:
            return file, None
        if (why := self._files.why_changed(file)) is not None:
            return NotTaken(f"cannot be used: {why[0].lower()}{why[1:]}", _AGAIN)
        if named.kind is FileKind.PATH:
            return file, None
        content = self._files.content(file.sha256 or "")
        if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
            return NotTaken("cannot be used: the frozen copy changed while it was read", _AGAIN)
        return file, content

    def why_not_written(self, path: str) -> NotTaken | None:
        """As when it was frozen."""
        return self._files.why_not_written(path, elsewhere=self._elsewhere)

    def keep(self) -> None:
        """They are kept already."""


def _is_left(path: Path, oldest: float) -> bool:
    """A copy, or the beginning of one whose writer is gone, that is old enough."""
    try:
        return path.lstat().st_mtime < oldest
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
