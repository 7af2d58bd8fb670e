"""Processes of the program that start warm: forked from one that has imported its libraries and done nothing else.

A start of Python with pydantic and the AWS libraries costs a second of processor time, and the tests of the command
line start the program two hundred times. A forked process is one like any other (own pid, session, descriptors,
signals, end); only the imports were done before. Tests of the start itself use a cold one.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from tests.patience import be_patient

IMPORTED = (
    "aioboto3", "aiobotocore.httpsession", "aiosqlite", "yaml", "cloudops_tui.bootstrap", "cloudops_tui.cli.main",
    "cloudops_tui.engine.session", "cloudops_tui.executors.accounts", "cloudops_tui.executors.cli",
    "cloudops_tui.executors.output_reader", "cloudops_tui.executors.sdk", "cloudops_tui.storage.service",
    *(f"cloudops_tui.cli.{verb}" for verb in ("check", "history", "queue", "run", "show", "submit")),
)  # fmt: skip

PROGRAM = "cloudops_tui.__main__"

LENGTH = 4  # bytes that say how long a request is


class Started:
    """A process of the program, or of another module, with what tests use of `subprocess.Popen`.

    Its forker tells its end.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], module: str = PROGRAM) -> None:
        """`module` is what is run, by its `main`."""
        inner, outer = zip(os.pipe(), *(os.pipe()[::-1] for _ in range(2)), strict=True)
        folder = os.fspath(Path.cwd())
        asked = {"module": module, "words": [*words], "environment": {**environment}, "folder": folder}
        data = json.dumps(asked).encode()
        self._line = _new_line()
        socket.send_fds(self._line, [len(data).to_bytes(LENGTH, "big")], inner)
        self._line.sendall(data)
        for descriptor in inner:
            os.close(descriptor)
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(descriptor, mode) for descriptor, mode in zip(outer, ("wb", "rb", "rb"), strict=True)
        )
        self._heard = b""
        self._hear(None, lines=1)
        self.pid = int(self._heard.split()[0])
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, or the negative number of the signal that ended it; None while it runs."""
        if self.returncode is None and self._hear(0.0, lines=2):
            self.returncode = os.waitstatus_to_exitcode(int(self._heard.split()[1]))
            self._line.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """As `poll`, once it has ended; raises subprocess.TimeoutExpired."""
        if self.returncode is None and not self._hear(timeout, lines=2):
            raise subprocess.TimeoutExpired("cloudops-tui", timeout or 0.0)
        code = self.poll()
        assert code is not None
        return code

    def communicate(self, data: bytes = b"", timeout: float | None = None) -> tuple[bytes, bytes]:
        """Give it `data`, take what it says, and wait for its end. A second time it only waits, and answers nothing."""
        said: dict[IO[bytes], bytes] = {self.stdout: b"", self.stderr: b""}
        readers = [threading.Thread(target=_read_all, args=(stream, said), daemon=True) for stream in said]
        for reader in readers:
            reader.start()
        try:
            if not self.stdin.closed:
                self.stdin.write(data)
                self.stdin.close()
        except BrokenPipeError:
            pass
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        for stream in said:
            stream.close()
        return said[self.stdout], said[self.stderr]

    def send_signal(self, number: int) -> None:
        """Send it a signal; nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _hear(self, timeout: float | None, lines: int) -> bool:
        """Whether the forker has said that many lines, waiting for them no longer than `timeout`."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._line, selectors.EVENT_READ)
            while self._heard.count(b"\n") < lines and selector.select(timeout):
                heard = self._line.recv(64)
                assert heard, "The forker of warm processes has ended"
                self._heard += heard
        return self._heard.count(b"\n") >= lines


def _read_all(stream: IO[bytes], said: dict[IO[bytes], bytes]) -> None:
    said[stream] = b"" if stream.closed else stream.read()


@cache
def _forker() -> str:
    """The address of this process's forker, which ends with it."""
    name = f"\0cloudops-tui-tests-{os.getpid()}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.warm", name[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return name


def _new_line() -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(_forker())
    return line


# --- the forker ------------------------------------------------------------------------------------------------------


def serve(name: str) -> str:
    """Fork a process for each request, and tell its pid and its end on the line that it came by.

    Returns in the forked process alone, with the module that it is to run.
    """
    for module in IMPORTED:
        __import__(module)
    be_patient()
    gc.collect()
    gc.freeze()  # what every forked process shares is looked through by none of them, and copied by none
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(f"\0{name}")
    listening.listen(64)
    wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    lines: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for source in (listening, wake, 0):
            selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == 0:
                    sys.exit(0)
                if key.fileobj == wake:
                    os.read(wake, 64)
                    _tell_ends(lines)
                else:
                    forked = _forked(listening)
                    if isinstance(forked, str):
                        return forked
                    pid, request = forked
                    lines[pid] = request


def _forked(listening: socket.socket) -> tuple[int, socket.socket] | str:
    line, _ = listening.accept()
    length, descriptors, _, _ = socket.recv_fds(line, LENGTH, 3)
    data = b""
    while len(data) < int.from_bytes(length, "big"):
        data += line.recv(65_536)
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        line.sendall(f"{pid}\n".encode())
        return pid, line
    return _become_the_program(json.loads(data), descriptors)


def _become_the_program(asked: dict[str, Any], descriptors: Sequence[int]) -> str:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, 65_536)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        errors = "backslashreplace" if name == "stderr" else "strict"
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115 - its own for ever
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["cloudops-tui", *asked["words"]]
    return str(asked["module"])


def _tell_ends(lines: dict[int, socket.socket]) -> None:
    while lines:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with lines.pop(pid) as line:
            try:
                line.sendall(f"{status}\n".encode())
            except OSError:
                pass  # whoever asked has ended


if __name__ == "__main__":
    import_module(serve(sys.argv[1])).main()
