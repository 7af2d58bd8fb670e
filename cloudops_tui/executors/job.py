"""A command that outlives its engine: started under a runner, followed, cancelled and found again by its folder."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, TypeVar, assert_never

from cloudops_tui.executors import runner
from cloudops_tui.policy import redaction

StreamName: TypeAlias = Literal["stdout", "stderr"]

LARGEST_CHUNK = 65536  # bytes
POLL_INTERVAL = 0.1  # seconds between two looks at the files of a job that has no doorbell here
FAR_BEHIND = 4 * 1024 * 1024  # bytes unread when the command has ended, from which on a follower may skip
LAST_PART = 1024 * 1024  # bytes, about, that it is given all the same
KEPT_OF_A_GAP = 65536  # bytes at the end of what was skipped
FORCE_AFTER = 12.0  # seconds after the grace; the runner itself gives up ten after it, and then writes down the end

_T = TypeVar("_T")


class JobError(Exception):
    """Something is wrong with a job itself, not with the command that it runs."""


class JobNotBegun(JobError):
    """The runner ended before it began; the command was not started."""


class JobLost(JobError):
    """The runner is gone without a result: whether the command did its work is not known."""


class OutputDamaged(JobError):
    """The kept output is not what the runner wrote; `Job.inspect` still tells how the command ended."""


@dataclass(frozen=True)
class JobSpec:
    """What to run, and how long to wait for it."""

    argv: tuple[str, ...]
    """The program and its arguments. A name without a slash is looked for along the PATH of `env`. Never a shell."""
    env: Mapping[str, str]
    """The whole environment; nothing is added."""
    cwd: Path
    timeout: float | None
    """Seconds from the start, counted by the runner on the monotonic clock; None waits for ever."""
    grace: float = 3.0
    """Seconds between SIGTERM and SIGKILL."""
    secrets: tuple[str, ...] = ()
    """Values that never reach a file. Exactly these bytes: `policy.redaction.all_forms` gives the ways to spell one."""
    members: tuple[str, ...] = ()
    """Members of the answer whose values never reach a file, where it is JSON or YAML."""
    withheld: bool = False
    """Standard output is a secret as a whole: only its length and its keyed hash are kept."""
    hash_key: bytes = field(default=b"", repr=False)
    """For the keyed hash; empty: a key that nobody keeps."""


@dataclass(frozen=True)
class StreamTotals:
    """What one stream came to."""

    bytes: int
    """What stands in the file."""
    raw_bytes: int
    """What the command wrote, before redaction and whether or not there was room to keep it."""
    sha256: str
    """Of what stands in the file, in hexadecimal."""
    keyed_hash: str = ""
    """Of what the command wrote, in hexadecimal; empty when it wrote nothing."""


@dataclass(frozen=True)
class JobResult:
    """How a command ended. Times are UTC."""

    exit_code: int | None
    """None when a signal ended it or it never started."""
    signal: int | None
    timed_out: bool
    cancelled: bool
    """Asked to end while it ran. A command that ended by itself before the request is not cancelled."""
    spawn_error: str | None
    """Why it could not be started, naming the program or folder; nothing ran then."""
    started_at: datetime
    ended_at: datetime
    duration_seconds: float
    """On the monotonic clock, up to the end of the command itself."""
    stdout: StreamTotals
    stderr: StreamTotals
    output_truncated: bool = False
    """The disk had no room for all of it; `raw_bytes` is the true length."""
    survivors: int = 0
    """Processes that even SIGKILL did not end within ten seconds."""


@dataclass(frozen=True)
class OutputChunk:
    """Some bytes as they came; a character or a line may be cut at either end."""

    stream: StreamName
    data: bytes
    at: datetime


@dataclass(frozen=True)
class OutputGap:
    """What a follower was not given of one stream, for it was far behind when the command had ended."""

    stream: StreamName
    length: int
    """In bytes."""
    last: bytes
    """The last of them, at most 64 KiB."""


@dataclass(frozen=True)
class Finished:
    """It is over, and no process of it lives."""

    result: JobResult


@dataclass(frozen=True)
class Running:
    """Its runner lives."""

    runner_pid: int | None
    """None in the first milliseconds, before the runner has written its own number down."""


@dataclass(frozen=True)
class Lost:
    """It began, and its runner is gone without a result."""

    reason: str


@dataclass(frozen=True)
class NotStarted:
    """The command was never started, and nobody is about to."""


JobState: TypeAlias = Finished | Running | Lost | NotStarted


class Job:
    """One command under its runner, seen from an engine. Belongs to the event loop that started or attached it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rings = 0  # of the doorbell, its last one included: that it was closed
        self._begun = False
        self._waiting: set[asyncio.Future[None]] = set()
        self._doorbell: int | None = None
        self._child: int | None = None
        self.killed = False
        """Its runner did not end when asked, and was killed from here."""

    @classmethod
    async def start(cls, folder: Path, spec: JobSpec) -> Job:
        """Start `spec` in a new `folder` (0700); returns when the runner holds the job, the command starting.

        Raises FileExistsError when the folder exists, OSError when it cannot be made, JobNotBegun when the runner
        fails before it begins. A program that cannot be started is no error here but a result with `spawn_error`.
        """
        job = cls._spawned(folder, spec)
        assert job._doorbell is not None
        asyncio.get_running_loop().add_reader(job._doorbell, job._answer_doorbell)
        await job._next_ring(seen=0)
        if not job._begun:
            raise JobNotBegun(f"The runner of `{job.folder}` did not begin: {_last_words(job.folder)}")
        return job

    @classmethod
    def attach(cls, folder: Path) -> Job:
        """Take up a job that another process started, in whatever state it is."""
        return cls(folder.absolute())

    @staticmethod
    def inspect(folder: Path) -> JobState:
        """What is known about the job in `folder`; changes nothing."""
        try:
            result = _read_result(folder)
            if result is None and _is_locked(folder):
                return Running(_runner_pid(folder))
            result = result or _read_result(folder)  # It may have ended between the two looks.
            if result is not None:
                return Finished(result)
            started = _started(folder)
        except _Damaged as damage:
            return Lost(str(damage))
        return Lost(_why_lost(started)) if started else NotStarted()

    async def known(self) -> JobState:
        """As `inspect`, waiting while this process has no means to look, such as a free descriptor."""
        return await _patiently(self._state)

    async def follow(
        self,
        sink: Callable[[OutputChunk], None],
        *,
        from_start: bool = True,
        skipped: Callable[[Sequence[OutputGap]], None] | None = None,
    ) -> JobResult:
        """Give `sink` the output in the order in which it arrived, and return how the command ended.

        Every byte of both streams, or with `from_start=False` what arrives from now on. With `skipped`, a follower
        that has more than 4 MiB to read when the command has ended is told the gaps, then given about the last
        megabyte, from the beginning of a line on. Any number may follow at once.
        Cancelling the follower leaves the job running. Raises JobLost when there will be no result, JobNotBegun when
        nothing was ever started, OutputDamaged when less is there than was written: `end` still tells how it ends.
        """
        with _Reader(self.folder) as reader:
            if not from_start:
                await _patiently(reader.skip_to_end)
            while True:
                rings = self._rings
                state = await self.known()  # Before reading: what was said before the end is then all there.
                is_over = not isinstance(state, Running)
                if skipped is not None and is_over and (gaps := await _patiently(reader.skip_ahead)):
                    skipped(gaps)
                if not await _handed_over(reader, sink):
                    continue
                if (result := self._result_in(state)) is not None:
                    reader.check(result)
                    return result
                await self._next_ring(rings)

    async def end(self) -> JobResult:
        """How the command ends, without a look at its output; raises JobLost and JobNotBegun as `follow`."""
        while True:
            rings = self._rings
            if (result := self._result_in(await self.known())) is not None:
                return result
            await self._next_ring(rings)

    async def last_bytes(self, stream: StreamName, size: int) -> tuple[bytes, int]:
        """The last `size` bytes in the file of `stream` and its length; nothing where it cannot be read."""
        with _Reader(self.folder) as reader:
            try:
                return await _patiently(lambda: reader.last_bytes(stream, size))
            except OutputDamaged:
                return b"", 0

    def cancel(self) -> bool:
        """Ask the runner to end the command: TERM, grace, KILL, and everything that fled.

        Returns whether there was a runner to ask. May be called in any state and more than once; the answer is the
        result that `follow` returns.
        """
        if not isinstance(self.inspect(self.folder), Running):
            return False
        try:
            if not _started(self.folder):
                # The runner looks for this file after it has written its number: one of the two sees the other.
                (self.folder / "cancel").touch(mode=0o600)
            started = _started(self.folder)
        except (_Damaged, FileNotFoundError):
            return False
        return _signal_runner(started, signal.SIGTERM, signal.SIGCONT) if started else True

    async def stop(self, grace: float) -> None:
        """Cancel until the runner is gone; kill it, and all that is below it, when it does not end by itself.

        `grace` is that of the spec, in seconds. The runner is left alone while it only writes down the end.
        """
        now = asyncio.get_running_loop().time
        force_at = now() + grace + FORCE_AFTER
        while isinstance(await self.known(), Running):
            try:
                if now() >= force_at:
                    self.killed |= _force(_started(self.folder))
                else:
                    self.cancel()  # Again each time: whoever stopped the runner may do so again.
            except (OSError, _Damaged):
                pass  # no means to signal it now, such as a free descriptor
            await asyncio.sleep(POLL_INTERVAL)

    @classmethod
    def _spawned(cls, folder: Path, spec: JobSpec) -> Job:
        job = cls(folder.absolute())
        job.folder.mkdir(mode=0o700)
        job._child, job._doorbell = _spawn_runner(job.folder, spec)
        return job

    def _state(self) -> JobState:
        """As `inspect`, without a look at the disk while the doorbell is open: its runner lives then."""
        if self._doorbell is not None:
            return Running(self._child)
        return self.inspect(self.folder)

    def _result_in(self, state: JobState) -> JobResult | None:
        """None while it runs; raises JobLost or JobNotBegun where there will be none."""
        match state:
            case Finished(result=result):
                return result
            case Running():
                return None
            case Lost(reason=reason):
                raise JobLost(reason)
            case NotStarted() if self._begun:
                raise JobLost(f"`{self.folder}` was removed while the command ran")
            case NotStarted():
                raise JobNotBegun(f"Nothing was started in `{self.folder}`")
            case _:
                assert_never(state)

    def _answer_doorbell(self) -> None:
        assert self._doorbell is not None
        try:
            rung = os.read(self._doorbell, LARGEST_CHUNK)
        except BlockingIOError:
            return
        self._rings += 1
        if rung:
            self._begun = True
        else:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._doorbell)
            os.close(self._doorbell)
            self._doorbell = None
            self._reap()
        self._wake()

    def _reap(self) -> None:
        """Collect the runner, which closed its doorbell by ending: it is a zombie now or within a moment."""
        assert self._child is not None
        try:
            pid, _ = os.waitpid(self._child, os.WNOHANG)
        except ChildProcessError:
            pid = self._child  # Something else in this process collects every child.
        if pid:
            self._child = None
        else:
            asyncio.get_running_loop().call_later(0.002, self._reap)

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def _next_ring(self, seen: int) -> None:
        """Return once there may be something new since the ring number `seen`."""
        if self._rings != seen:
            return
        if self._doorbell is None:
            await asyncio.sleep(POLL_INTERVAL if self._child is None else 0.001)
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)


class _Damaged(Exception):
    """A file of the job cannot be what its runner wrote."""


async def _patiently(look: Callable[[], _T]) -> _T:
    """What `look` finds, however long it takes until it can: how a command ended is not ours to guess."""
    while True:
        try:
            return look()
        except OSError:
            await asyncio.sleep(POLL_INTERVAL)


async def _handed_over(reader: _Reader, sink: Callable[[OutputChunk], None]) -> bool:
    """Give `sink` what is there; False when others had to run first and there may be more."""
    while (chunk := await _patiently(reader.next_chunk)) is not None:
        sink(chunk)
        if reader.has_read_much():
            await asyncio.sleep(0)
            return False
    return True


class _Reader:
    """Reads the index and the two files behind it, forward only, in pieces of bounded size.

    An OSError means that this process lacks something for now; nothing has changed then, and the same call goes on
    where it was. What will not pass is OutputDamaged.
    """

    _NAMES: Mapping[int, StreamName] = {runner.STDOUT: "stdout", runner.STDERR: "stderr"}
    _RECORDS_AT_ONCE = 512
    _MUCH = 4 * LARGEST_CHUNK
    _PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self._position = 0  # in the index
        self._records: deque[tuple[StreamName, int, datetime]] = deque()  # stream, where it ends there, and when
        self._indexed: dict[StreamName, int] = {"stdout": 0, "stderr": 0}  # where the next record must begin
        self._end: dict[StreamName, int] = {"stdout": 0, "stderr": 0}  # of what was read
        self._since_pause = 0
        self._skipped = False

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def next_chunk(self) -> OutputChunk | None:
        """What follows; None when nothing is there now."""
        record = self._next_record()
        if record is None:
            return None
        stream, end, at = record
        start = self._end[stream]
        data = self._read(stream, start, min(LARGEST_CHUNK, end - start))
        if not data:
            raise OutputDamaged(f"`{self._folder / stream}` is shorter than its index says")
        self._end[stream] += len(data)
        self._since_pause += len(data)
        return OutputChunk(stream, data, at)

    def skip_to_end(self) -> None:
        while self._new_records():
            self._end.update(self._indexed)
            self._records.clear()

    def skip_ahead(self) -> list[OutputGap]:
        """Once, where very much is unread: leave out all but the last part; what that was."""
        sizes = {stream: self._size(stream) for stream in self._end}
        if self._skipped or sum(sizes.values()) - sum(self._end.values()) <= FAR_BEHIND:
            return []
        position, indexed = self._last_part(sizes)
        starts = {stream: self._line_from(stream, indexed[stream], sizes[stream]) for stream in indexed}
        gaps = [self._gap(stream, start) for stream, start in starts.items() if start > self._end[stream]]
        self._skipped = True
        self._position, self._indexed, self._end = position, indexed, starts
        self._records.clear()
        return gaps

    def last_bytes(self, stream: StreamName, size: int) -> tuple[bytes, int]:
        length = self._size(stream)
        return self._read(stream, max(0, length - size), size), length

    def check(self, result: JobResult) -> None:
        """Raises OutputDamaged unless everything that `result` counts was read."""
        if (self._end["stdout"], self._end["stderr"]) != (result.stdout.bytes, result.stderr.bytes):
            raise OutputDamaged(f"`{self._folder / 'index'}` does not reach the end of the output")

    def has_read_much(self) -> bool:
        """Whether it is time to let others run."""
        if self._since_pause < self._MUCH:
            return False
        self._since_pause = 0
        return True

    def _next_record(self) -> tuple[StreamName, int, datetime] | None:
        while self._records or self._new_records():
            stream, end, _ = self._records[0]
            if end > self._end[stream]:
                return self._records[0]
            self._records.popleft()
        return None

    def _new_records(self) -> bool:
        """Take up what the index says next, as far as it can be believed; whether there was anything."""
        data = self._read("index", self._position, runner.RECORD_SIZE * self._RECORDS_AT_ONCE)
        before = self._position
        for start in range(0, len(data) - len(data) % runner.RECORD_SIZE, runner.RECORD_SIZE):
            code, length, offset, nanoseconds = runner.parse_record(data[start : start + runner.RECORD_SIZE])
            if code == runner.TORN:
                break
            stream = self._NAMES.get(code)
            if stream is None or offset != self._indexed[stream]:
                if self._position > before:
                    break  # The next call says so; what stands before is good.
                raise OutputDamaged(f"`{self._folder / 'index'}` is damaged at byte {self._position}")
            self._indexed[stream] += length
            self._position += runner.RECORD_SIZE
            at = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
            self._records.append((stream, self._indexed[stream], at))
        return self._position > before

    def _last_part(self, sizes: Mapping[StreamName, int]) -> tuple[int, dict[StreamName, int]]:
        """Where in the index the last part begins, and where in each file."""
        starts = dict(sizes)
        position = self._size("index") // runner.RECORD_SIZE * runner.RECORD_SIZE
        total = 0
        while position > 0 and total < LAST_PART:
            block = max(0, position - self._RECORDS_AT_ONCE * runner.RECORD_SIZE)
            data = self._read("index", block, position - block)
            if len(data) < position - block:
                raise OutputDamaged(f"`{self._folder / 'index'}` became shorter")
            while position > block and total < LAST_PART:
                position -= runner.RECORD_SIZE
                record = data[position - block : position - block + runner.RECORD_SIZE]
                code, length, offset, _ = runner.parse_record(record)
                if (stream := self._NAMES.get(code)) is None:
                    continue
                if not self._end[stream] <= offset <= offset + length <= sizes[stream]:
                    raise OutputDamaged(f"`{self._folder / 'index'}` is damaged at byte {position}")
                starts[stream] = offset
                total += length
        return position, starts

    def _line_from(self, stream: StreamName, start: int, size: int) -> int:
        """Where the first line begins from `start` on; in one endless line, where the first character does."""
        if start == self._end[stream] or start >= size:
            return start
        data = self._read(stream, start - 1, min(size - start + 1, 2 * LAST_PART))
        line = start + data.find(b"\n")
        if start <= line < size:
            return line
        halved = len(data[1:4]) - len(data[1:4].lstrip(bytes(range(0x80, 0xC0))))
        return start + halved

    def _gap(self, stream: StreamName, start: int) -> OutputGap:
        kept_from = max(self._end[stream], start - KEPT_OF_A_GAP)
        return OutputGap(stream, start - self._end[stream], self._read(stream, kept_from, start - kept_from))

    def _read(self, name: str, offset: int, size: int) -> bytes:
        try:
            file = self._open(name)
            return os.pread(file.fileno(), size, offset) if file else b""
        except OSError as error:
            raise self._lasting(name, error) from error

    def _size(self, name: str) -> int:
        try:
            file = self._open(name)
            return os.fstat(file.fileno()).st_size if file else 0
        except OSError as error:
            raise self._lasting(name, error) from error

    def _lasting(self, name: str, error: OSError) -> Exception:
        if error.errno in self._PASSING:
            return error
        return OutputDamaged(f"`{self._folder / name}` cannot be read: {error.strerror}")

    def _open(self, name: str) -> BinaryIO | None:
        if name not in self._files:
            try:
                self._files[name] = (self._folder / name).open("rb", buffering=0)
            except FileNotFoundError:
                return None
        return self._files[name]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _spawn_runner(folder: Path, spec: JobSpec) -> tuple[int, int]:
    """Start a runner in a session of its own; its pid and the reading end of its doorbell."""
    ours: list[int] = []
    try:
        lock = _lifted(ours, _create(folder / "lock"))
        # Taken here and handed over open, so that at no moment an existing job looks as if nobody had it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = _lifted(ours, _create(folder / "runner.log"))
        source = _lifted(ours, _in_memory(_as_json(spec)))
        doorbell, button = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        button = _lifted(ours, button)
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", _runner_path(), os.fspath(folder), redaction.__file__],
                _runner_environment(),
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, source, 0),
                    (os.POSIX_SPAWN_DUP2, button, 1),
                    (os.POSIX_SPAWN_DUP2, log, 2),
                    (os.POSIX_SPAWN_DUP2, lock, runner.LOCK_FD),
                ],
                setsid=True,
                setsigmask=(),
            )
        except BaseException:
            os.close(doorbell)
            raise
        return pid, doorbell
    finally:
        for fd in ours:
            os.close(fd)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _lifted(ours: list[int], fd: int) -> int:
    """The same file under a number that none of the runner's own four descriptors can overwrite."""
    lifted = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, runner.LOCK_FD + 1)
    os.close(fd)
    ours.append(lifted)
    return lifted


def _in_memory(data: bytes) -> int:
    """A file that is on no disk, for it holds secrets; whole at once, however large, and so never half sent."""
    fd = os.memfd_create("job-spec", os.MFD_CLOEXEC)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _as_json(spec: JobSpec) -> bytes:
    return json.dumps(
        {
            "argv": spec.argv,
            "env": dict(spec.env),
            "cwd": os.fspath(spec.cwd.absolute()),
            "timeout": spec.timeout,
            "grace": spec.grace,
            "secrets": spec.secrets,
            "members": spec.members,
            "withheld": spec.withheld,
            "hash_key": spec.hash_key.hex(),
        }
    ).encode()


def _runner_path() -> str:
    """The compiled runner where there is one: compiling it anew at each start costs 14 ms of 35."""
    source = Path(runner.__file__).absolute()
    compiled = Path(cache_from_source(source))
    return os.fspath(compiled if _is_compiled_from(source, compiled) else source)


def _is_compiled_from(source: Path, compiled: Path) -> bool:
    """Whether `compiled` carries this interpreter's mark and the time and size of `source` as it is (PEP 552).

    Nobody else looks: an interpreter that is given a .pyc runs it, and where bytecode is not written it may be old.
    """
    try:
        with compiled.open("rb") as file:
            header = file.read(16)
    except OSError:
        return False
    now = source.stat()
    stamp = (int(now.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little") + (now.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    return header == MAGIC_NUMBER + bytes(4) + stamp


def _runner_environment() -> dict[str, str]:
    """Nothing of the operator's but what the interpreter itself may need to load."""
    return {"LC_ALL": "C.UTF-8", **{name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}}


def _is_locked(folder: Path) -> bool:
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _signal_runner(started: Mapping[str, Any], *numbers: int) -> bool:
    """Signals to the very process that wrote `started`, never to a later one with its number."""
    pid, ticks = started.get("runner_pid"), started.get("runner_start")
    if pid is None or started.get("boot_id") != runner.boot_id():
        return False
    try:
        handle = _pidfd(pid)
        try:
            if runner.start_ticks(pid) != ticks:
                return False
            for number in numbers:
                if handle is None:
                    os.kill(pid, number)
                else:
                    signal.pidfd_send_signal(handle, number)
        finally:
            if handle is not None:
                os.close(handle)
    except ProcessLookupError:
        return False
    return True


def _force(started: Mapping[str, Any]) -> bool:
    """Kill the runner that wrote `started` and all below it; whether that was done.

    It is stopped first: until it collects a dead child, the child's number belongs to nobody else.
    """
    pid, group = started.get("runner_pid"), started.get("child_pid")
    if pid is None or not (runner.is_stopped(pid) or runner.living_below(pid)):
        return False  # It only writes down the end, however long the disk takes.
    if not _signal_runner(started, signal.SIGSTOP):
        return False
    for _ in range(_PASSES):
        below = runner.living_below(pid)
        if group in below:
            runner.signal_group(group, signal.SIGKILL)
        for one in below:
            runner.signal_one(one, signal.SIGKILL)
    return _signal_runner(started, signal.SIGKILL)


_PASSES = 5  # over descendants that fork while they are killed


def _pidfd(pid: int) -> int | None:
    """A handle that stays with this very process; None on kernels before 5.3."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        return None


def _started(folder: Path) -> dict[str, Any]:
    """What the runner wrote when it began; empty when it has not."""
    return _read_json(folder / "started.json") or {}


def _runner_pid(folder: Path) -> int | None:
    try:
        return _started(folder).get("runner_pid")
    except _Damaged:
        return None  # It lives all the same, for the lock is held.


def _why_lost(started: Mapping[str, Any]) -> str:
    if started.get("boot_id") != runner.boot_id():
        return "The machine was restarted while the command ran"
    return f"The runner (process {started.get('runner_pid')}) ended without a result"


def _read_result(folder: Path) -> JobResult | None:
    path = folder / "result.json"
    value = _read_json(path)
    if value is None:
        return None
    try:
        return JobResult(
            **{
                **value,
                "started_at": datetime.fromisoformat(value["started_at"]),
                "ended_at": datetime.fromisoformat(value["ended_at"]),
                "stdout": StreamTotals(**value["stdout"]),
                "stderr": StreamTotals(**value["stderr"]),
            }
        )
    except (TypeError, ValueError, KeyError) as error:
        raise _Damaged(f"`{path}` is damaged: {error}") from error


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise _Damaged(f"`{path}` is damaged: {error}") from error
    if not isinstance(value, dict):
        raise _Damaged(f"`{path}` is damaged: it holds no object")
    return value


def _last_words(folder: Path) -> str:
    lines = (folder / "runner.log").read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it left no message"
