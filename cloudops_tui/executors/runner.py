"""The small detached process that runs one command, keeps its output and its end, and needs nobody.

It is started as `python -I -S runner.py FOLDER REDACTION` with the spec (JSON) on standard input, the doorbell as
standard output and, as descriptor 3, the job's lock, which stays held for as long as this process lives. REDACTION is
the source of `policy/redaction.py`, which it runs as it is, for it cannot import the package.
Nothing of it depends on the process that started it: that one may be killed at any moment.

In the folder, all files 0600:

    started.json   written and synced before the command starts, again once its pid is known
    stdout stderr  the command's bytes after redaction, appended as they come
    index          one record per append, in the order in which the output arrived
    result.json    written and synced at the end; where it exists, the command is over and no process of it lives
    runner.log     the traceback of a runner that failed by itself; empty otherwise
    cancel         asks a runner that nobody can signal yet to begin nothing

A record of the index is 24 bytes, little-endian: stream (1 stdout, 2 stderr) and length as 4 bytes each, offset in
that stream's file and time (nanoseconds since 1970 UTC) as 8 bytes each. A record is written after the bytes it speaks
of; an incomplete one at the end, or one of stream 0, was torn by a crash and is not there.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False  # spelled out, for `typing` costs 5 ms at every start
if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable
    from typing import TypedDict

    from cloudops_tui.policy.redaction import Redaction

    class Spec(TypedDict):
        argv: list[str]
        env: dict[str, str]
        cwd: str
        timeout: float | None
        grace: float
        secrets: list[str]
        members: list[str]
        withheld: bool
        hash_key: str


RECORD_SIZE = 24
TORN, STDOUT, STDERR = 0, 1, 2
LOCK_FD = 3
KEY_LENGTH = 32  # bytes

_BLOCK = 65536  # the size of a Linux pipe: one read empties it
_KILL_PATIENCE = 10.0  # seconds that a killed process gets to vanish; one in a dead device (state D) never does
_KILL_AGAIN = 0.05  # seconds between two passes over descendants that may have forked meanwhile
_IDLE = 0.2  # seconds without output after which a question before an answer is shown
_SMALL = 4096  # bytes up to which `in` is faster than a call of the C library
_RESULT_ROOM = 8192  # bytes kept free on the disk so that the end can be told even when output filled it
_SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_F_GETPIPE_SZ = 1032  # fcntl.h; the module has it since 3.10 only where the headers of the build had it


def main(folder: str, redaction: str) -> None:
    spec = json.loads(_read_all(0))
    load_redaction(redaction)
    inherited_umask = os.umask(0o077)
    os.chdir(folder)
    doorbell = _detach()
    signals = Signals()
    if os.path.exists("started.json"):
        raise SystemExit("The folder holds a job that was begun already")
    run = Run(spec, signals, doorbell, inherited_umask)
    run.begin()
    run.watch()
    run.finish()


class Signals:
    """SIGTERM and SIGCHLD as something to poll; the signals of terminals do not reach a job."""

    def __init__(self) -> None:
        self.asked_to_end = False
        self.wake, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP):
            signal.signal(ignored, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def drain(self) -> None:
        _read_now(self.wake, _BLOCK)

    def _end(self, *_: object) -> None:
        self.asked_to_end = True


def load_redaction(path: str) -> None:
    """Run the module at `path`, from its bytecode where that is there; what else this process imports stays as it is.

    It is read now: what is installed may be another version by the time that the command says something.
    """
    from _frozen_importlib_external import SourceFileLoader  # is there already; `importlib` would take 2 ms

    sys.dont_write_bytecode = True
    module = type(sys)("redaction")
    SourceFileLoader("redaction", path).exec_module(module)
    sys.modules["redaction"] = module


def _redaction(spec: Spec) -> Redaction:
    secrets = [os.fsencode(secret) for secret in spec["secrets"]]
    made: Redaction = sys.modules["redaction"].Redaction(secrets, spec["members"], _contains)
    return made


def _contains(data: bytes, wanted: bytes) -> bool:
    """As `wanted in data`, which takes thrice as long in large blocks."""
    if len(data) < _SMALL:
        return wanted in data
    return _libc.memmem(data, len(data), wanted, len(wanted)) is not None


class Stream:
    """One pipe of the command and the file that keeps what came out of it."""

    def __init__(self, code: int, name: str, redaction: Redaction | None, hash_key: bytes) -> None:
        """Without `redaction` the output is withheld: only a line that says so is kept."""
        self.code, self.name = code, name
        self.pipe, self.child_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.pipe, False)
        self.open = True
        self.raw_bytes = 0
        self.bytes = 0
        self.truncated = False
        self._file = _create(name)
        self._redaction = redaction
        self._hash_key = hash_key
        self._hash: hashlib._Hash | None = None
        self._raw_hash: hashlib._Hash | None = None

    def append(self, data: bytes, index: int) -> bool:
        """Keep `data`; False when nothing new can be read from the files."""
        if not data or self.truncated:
            return False
        kept = _write(self._file, data)
        self.truncated = kept < len(data)
        if not kept:
            return False
        if _write(index, _record(self.code, self.bytes, kept)) < RECORD_SIZE:
            # A record cut short ends the index for both streams, for what follows it could not be found.
            os.ftruncate(self._file, self.bytes)
            self.truncated = True
            raise IndexFull
        self._count(data[:kept])
        return True

    def take(self, index: int) -> bool:
        """Move what is in the pipe to the file; False when there was nothing to tell anybody."""
        data = _read_now(self.pipe, _BLOCK)
        if data is None:
            return False
        if data:
            self._count_raw(data)
            return self._redaction is not None and self.append(self._redaction.feed(data), index)
        self.open = False
        os.close(self.pipe)
        return False

    def take_rest(self, index: int) -> bool:
        """Everything the pipe still holds; more than its size was written by a stranger after the end."""
        room = fcntl.fcntl(self.pipe, _F_GETPIPE_SZ) if self.open else 0
        before, rang = self.raw_bytes, False
        while self.open and self.raw_bytes - before < room:
            seen = self.raw_bytes
            rang |= self.take(index)
            if self.raw_bytes == seen:
                break
        last = self._notice() if self._redaction is None else self._redaction.close()
        return self.append(last, index) or rang

    @property
    def is_holding(self) -> bool:
        """Something has come that may still become a secret."""
        return self._redaction is not None and self._redaction.is_holding

    def take_idle(self, index: int) -> bool:
        """Nothing has come for a while: keep what is harmless even if more follows."""
        return self._redaction is not None and self.append(self._redaction.idle(), index)

    def sync(self) -> None:
        if self.bytes:
            _try_sync(self._file)

    def totals(self) -> dict[str, object]:
        digest = self._hash.hexdigest() if self._hash else _SHA256_OF_NOTHING
        return {"bytes": self.bytes, "raw_bytes": self.raw_bytes, "sha256": digest, "keyed_hash": self._keyed_hash()}

    def _notice(self) -> bytes:
        return withheld_notice(self.raw_bytes, self._keyed_hash()) if self.raw_bytes else b""

    def _keyed_hash(self) -> str:
        return "" if self._raw_hash is None else keyed_hash(self._raw_hash.digest(), self._hash_key)

    def _count_raw(self, data: bytes) -> None:
        if self._raw_hash is None:
            import hashlib  # loads OpenSSL: 4 ms that a silent command need not pay, and others pay while it runs

            self._raw_hash = hashlib.sha256()
        self._raw_hash.update(data)
        self.raw_bytes += len(data)

    def _count(self, kept: bytes) -> None:
        if self._hash is None:
            import hashlib

            self._hash = hashlib.sha256()
        self._hash.update(kept)
        self.bytes += len(kept)


def keyed_hash(sha256: bytes, key: bytes) -> str:
    """Tells the same output from another, and to nobody without the key what it was: BLAKE2b (RFC 7693) of its hash."""
    import hashlib

    return hashlib.blake2b(sha256, digest_size=32, key=key).hexdigest()


def withheld_notice(size: int, keyed: str) -> bytes:
    """What stands in place of output that was not kept."""
    return f"output not kept: it holds secrets ({size:,} bytes, keyed hash {keyed[:16]})\n".encode()


class IndexFull(Exception):
    """The index can take no more records."""


class Run:
    """One command from its start to the record of its end."""

    def __init__(self, spec: Spec, signals: Signals, doorbell: int, child_umask: int) -> None:
        hash_key = bytes.fromhex(spec["hash_key"]) or os.urandom(KEY_LENGTH)
        self._spec = spec
        self._signals = signals
        self._doorbell = doorbell
        self._child_umask = child_umask
        self._grace = spec["grace"]
        self._timeout = spec["timeout"]
        self._room = _reserve("result.json.tmp", _RESULT_ROOM)
        self._index = _create("index")
        self._streams = [
            Stream(STDOUT, "stdout", None if spec["withheld"] else _redaction(spec), hash_key),
            Stream(STDERR, "stderr", _redaction(spec), hash_key),
        ]
        self._child: int | None = None
        self._status: int | None = None
        self._spawn_error: str | None = None
        self._ending: str | None = None
        self._survivors = 0
        self._started_at = _now()
        self._began = time.monotonic()
        self._ended: tuple[str, float] | None = None

    def begin(self) -> None:
        """Say that the command begins, then begin it."""
        _write_durably("started.json", self._started())
        self._ring()
        if self._signals.asked_to_end or os.path.exists("cancel"):
            self._ending = "cancel"
            return
        self._started_at, self._began = _now(), time.monotonic()
        try:
            self._child = _spawn(self._spec, [stream.child_end for stream in self._streams], self._child_umask)
        except OSError as error:
            self._spawn_error = f"{error.strerror}: `{error.filename or self._spec['argv'][0]}`"
        for stream in self._streams:
            os.close(stream.child_end)
        if self._child is not None:
            try:
                _write_durably("started.json", self._started())
            except OSError:
                pass  # The disk is full; the first record stands, and the command runs.

    def watch(self) -> None:
        """Keep output until the command and everything it left behind are gone."""
        poll = select.poll()
        poll.register(self._signals.wake, select.POLLIN)
        for stream in self._streams:
            poll.register(stream.pipe, select.POLLIN)
        by_pipe = {stream.pipe: stream for stream in self._streams}
        deadline = None if self._timeout is None else self._began + self._timeout
        kill_at = give_up_at = None
        while self._reap():
            now = time.monotonic()
            if self._ending is None and self._must_end(now, deadline):
                self._terminate()
                kill_at, give_up_at = now + self._grace, now + self._grace + _KILL_PATIENCE
            elif kill_at is not None and now >= kill_at:
                self._kill()
                kill_at = now + _KILL_AGAIN
            if give_up_at is not None and now >= give_up_at:
                self._survivors = len(_descendants(os.getpid()))
                return
            ready = poll.poll(_milliseconds_until(self._next_look(kill_at or deadline, now), now))
            if not ready:
                for stream in self._streams:
                    self._keep(stream.take_idle)
            for fd, _ in ready:
                if fd == self._signals.wake:
                    self._signals.drain()
                    continue
                stream = by_pipe[fd]
                self._keep(stream.take)
                if not stream.open:
                    poll.unregister(fd)

    def finish(self) -> None:
        """Write down how it ended, after everything that it said."""
        ended_at, ended = self._ended or (_now(), time.monotonic())
        for stream in self._streams:
            self._keep(stream.take_rest)
            stream.sync()
        if any(stream.bytes for stream in self._streams):
            _try_sync(self._index)
        _fill(self._room, "result.json.tmp", "result.json", self._result(ended_at, ended - self._began))

    def _next_look(self, moment: float | None, now: float) -> float | None:
        """When to look again at the latest: soon while output is held that may never go on."""
        if not any(stream.is_holding for stream in self._streams):
            return moment
        return now + _IDLE if moment is None else min(moment, now + _IDLE)

    def _must_end(self, now: float, deadline: float | None) -> bool:
        if self._status is not None:
            self._ending = "leftovers"
        elif self._signals.asked_to_end:
            self._ending = "cancel"
        elif deadline is not None and now >= deadline:
            self._ending = "timeout"
        return self._ending is not None

    def _reap(self) -> bool:
        """Collect whatever ended; whether anything still lives. Orphans count: they became children of this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._child:
                self._status, self._ended = status, (_now(), time.monotonic())

    def _terminate(self) -> None:
        group = self._child if self._status is None else None
        if group is not None:
            signal_group(group, signal.SIGTERM)
        for pid in _descendants(os.getpid()):
            signal_one(pid, signal.SIGTERM, but_group=group)
            signal_one(pid, signal.SIGCONT)  # one that is stopped would not notice before

    def _kill(self) -> None:
        if self._status is None and self._child is not None:
            signal_group(self._child, signal.SIGKILL)
        for pid in _descendants(os.getpid()):
            signal_one(pid, signal.SIGKILL)

    def _keep(self, take: Callable[[int], bool]) -> None:
        try:
            rang = take(self._index)
        except IndexFull:
            for stream in self._streams:
                stream.truncated = True
            return
        if rang:
            self._ring()

    def _ring(self) -> None:
        try:
            os.write(self._doorbell, b".")
        except OSError:
            pass  # Nobody listens (EPIPE) or they are behind (EAGAIN): the files say everything.

    def _started(self) -> dict[str, object]:
        return {
            "runner_pid": os.getpid(),
            "runner_start": start_ticks(os.getpid()),
            "boot_id": boot_id(),
            "child_pid": self._child,
            "started_at": self._started_at,
        }

    def _result(self, ended_at: str, duration: float) -> dict[str, object]:
        ended = self._status
        return {
            "exit_code": os.WEXITSTATUS(ended) if ended is not None and os.WIFEXITED(ended) else None,
            "signal": os.WTERMSIG(ended) if ended is not None and os.WIFSIGNALED(ended) else None,
            "timed_out": self._ending == "timeout",
            "cancelled": self._ending == "cancel",
            "spawn_error": self._spawn_error,
            "started_at": self._started_at,
            "ended_at": ended_at,
            "duration_seconds": round(duration, 6),
            "stdout": self._streams[0].totals(),
            "stderr": self._streams[1].totals(),
            "output_truncated": any(stream.truncated for stream in self._streams),
            "survivors": self._survivors,
        }


def start_ticks(pid: int) -> int | None:
    """When process `pid` started, in clock ticks since boot (proc(5), field 22); None when there is none.

    Together with the boot id it tells a process from a later one that was given the same number.
    """
    fields = _stat(str(pid))
    return int(fields[19]) if fields else None


def boot_id() -> str:
    """The identity of this run of the kernel (random(4))."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as source:
        return source.read().strip()


def parse_record(record: bytes) -> tuple[int, int, int, int]:
    """Stream, length, offset and time of one record of the index; `_record` writes it."""
    stream, length, offset, at = record[:4], record[4:8], record[8:16], record[16:]
    return tuple(int.from_bytes(part, "little") for part in (stream, length, offset, at))  # type: ignore[return-value]


def _detach() -> int:
    """Leave the starter's session and descriptors; give the doorbell."""
    try:
        os.setsid()
    except PermissionError:
        pass  # Already the leader of a session of its own.
    doorbell = os.dup(1)  # not inheritable, as all that Python opens
    os.set_blocking(doorbell, False)
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
        if fd > LOCK_FD and fd != doorbell:
            _close_quietly(fd)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.set_inheritable(LOCK_FD, False)
    fcntl.flock(LOCK_FD, fcntl.LOCK_EX)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    return doorbell


def _spawn(spec: Spec, outputs: list[int], umask: int) -> int:
    """Start the command in a session of its own; its pid, or the OSError that kept it from starting."""
    argv = [os.fsencode(word) for word in spec["argv"]]
    env = {os.fsencode(k): os.fsencode(v) for k, v in spec["env"].items()}
    cwd = os.fsencode(spec["cwd"])
    programs = _candidates(argv[0], env)
    parent = os.getpid()
    report, tell = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        failure = str(errno.EINVAL)  # what a NUL within a word comes to: a ValueError without a number
        try:
            _become_the_command(parent, outputs, umask)
            failure = _execute(programs, argv, env, cwd)
        except ValueError:
            pass
        except OSError as error:
            failure = f"{error.errno} cwd" if error.filename == cwd else f"{error.errno}"
        finally:
            os.write(tell, failure.encode())
            os._exit(127)
    os.close(tell)
    failure = _read_all(report).decode()
    os.close(report)
    if not failure:
        return child
    os.waitpid(child, 0)
    number, _, what = failure.partition(" ")
    raise OSError(int(number), os.strerror(int(number)), os.fsdecode(cwd if what == "cwd" else argv[0]))


def _become_the_command(parent: int, outputs: list[int], umask: int) -> None:
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no runner, no record: then no command either
    if os.getppid() != parent:
        os._exit(127)
    signal.set_wakeup_fd(-1)
    for number in range(1, signal.NSIG):
        if signal.getsignal(number) not in (signal.SIG_DFL, None):
            signal.signal(number, signal.SIG_DFL)
    os.umask(umask)
    os.dup2(outputs[0], 1)
    os.dup2(outputs[1], 2)


def _execute(programs: list[bytes], argv: list[bytes], env: dict[bytes, bytes], cwd: bytes) -> str:
    os.chdir(cwd)
    failure = errno.ENOENT
    for program in programs:
        try:
            os.execve(program, argv, env)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            failure = error.errno or failure
    return str(failure)


def _candidates(program: bytes, env: dict[bytes, bytes]) -> list[bytes]:
    """Where a program may be: as named when it holds a slash, else along the PATH that the command itself gets."""
    if b"/" in program:
        return [program]
    path = env.get(b"PATH") or os.fsencode(os.defpath)
    return [os.path.join(folder, program) for folder in path.split(b":") if folder]


def living_below(runner: int) -> list[int]:
    """Every process below `runner` that has not ended."""
    return [pid for pid in _descendants(runner) if (_stat(str(pid)) or [b"X"])[0] not in (b"Z", b"X")]


def is_stopped(pid: int) -> bool:
    """By a signal or a debugger (proc(5), field 3)."""
    return (_stat(str(pid)) or [b"X"])[0] in (b"T", b"t")


def _descendants(runner: int) -> list[int]:
    """Every process below `runner`. Orphans hang directly below it, for it is their subreaper."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        fields = _stat(name) if name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    found, todo = [], [runner]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def _stat(pid: str) -> list[bytes] | None:
    """The fields of /proc/PID/stat from the state on: what stands before them may hold blanks and brackets."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as source:
            return source.read(4096).rpartition(b")")[2].split() or None
    except OSError:
        return None


def signal_group(leader: int, number: int) -> None:
    """Only while `leader` is not reaped: until then its number belongs to nobody else."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass


def signal_one(pid: int, number: int, but_group: int | None = None) -> None:
    try:
        if but_group is None or os.getpgid(pid) != but_group:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _prctl(option: int, value: int) -> None:
    _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


_libc = ctypes.CDLL(None)  # loaded before any fork
_libc.memmem.restype = ctypes.c_void_p
_libc.memmem.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)


def _record(stream: int, offset: int, length: int) -> bytes:
    numbers = ((stream, 4), (length, 4), (offset, 8), (time.time_ns(), 8))
    return b"".join(number.to_bytes(size, "little") for number, size in numbers)


def _create(name: str) -> int:
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW, 0o600)


def _reserve(name: str, size: int) -> int:
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
    return fd


def _fill(fd: int, temporary: str, name: str, value: dict[str, object]) -> None:
    """Write into room that was reserved, and let it appear under its name only when it is whole and on the disk."""
    data = json.dumps(value).encode()
    _write_whole(fd, data)
    os.ftruncate(fd, len(data))
    os.fsync(fd)
    os.close(fd)
    os.rename(temporary, name)
    _sync_folder()


def _write_durably(name: str, value: dict[str, object]) -> None:
    temporary = name + ".tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        _write_whole(fd, json.dumps(value).encode())
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(temporary, name)
    _sync_folder()


def _sync_folder() -> None:
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _try_sync(fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError:
        pass  # The totals and the hash in the result show what is missing.


def _write_whole(fd: int, data: bytes) -> None:
    if _write(fd, data) < len(data):
        raise OSError(errno.ENOSPC, "The record of a job could not be written whole")


def _write(fd: int, data: bytes) -> int:
    """Write as much as fits; how much that was."""
    done = 0
    view = memoryview(data)
    while done < len(data):
        try:
            done += os.write(fd, view[done:])
        except OSError:
            break  # No room (ENOSPC, EDQUOT, EFBIG) or a broken disk (EIO): the caller flags it.
    return done


def _read_now(fd: int, size: int) -> bytes | None:
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None


def _read_all(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, _BLOCK):
        parts.append(part)
    return b"".join(parts)


def _close_quietly(fd: int) -> None:
    try:
        os.close(fd)
    except OSError:
        pass


def _milliseconds_until(moment: float | None, now: float) -> int | None:
    """For poll, which takes no number beyond 31 bits; to wake up too early does no harm."""
    return None if moment is None else min(max(0, int((moment - now) * 1000) + 1), 3_600_000)


def _now() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # Everything is on the disk; tearing the interpreter down would only keep the engine waiting.
