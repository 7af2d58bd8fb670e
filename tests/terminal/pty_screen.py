"""A real terminal for tests: a pty with the program on one end and an emulator on the other."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from types import TracebackType
from typing import Self

from tests.terminal.emulator import Emulator

PATIENCE = 120.0  # seconds
ENOUGH = 1 << 20  # bytes to take in before one looks at the screen


class Terminal:
    """Runs a program in a pty of its own session, and shows what a person would see."""

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], *, columns: int = 80, rows: int = 24
    ) -> None:
        self.raw = bytearray()
        """Everything that the program sent."""
        self._screen = Emulator(columns, rows)
        self._text: str | None = None
        self._master, slave = os.openpty()
        self.before = self.modes
        """How it was before the program began."""
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), start_new_session=True,
            preexec_fn=_take_the_terminal,  # noqa: PLW1509  no Python beyond one ioctl
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    @property
    def text(self) -> str:
        """The screen, row by row."""
        if self._text is None:
            self._text = "\n".join(self._screen.rows)
        return self._text

    @property
    def modes(self) -> int:
        """Whether keys are echoed, and come by the line."""
        local: int = termios.tcgetattr(self._master)[3]
        return local & (termios.ECHO | termios.ICANON | termios.ISIG)

    def hang_up(self) -> None:
        """Close the terminal, as when its window goes or the line drops."""
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def press(self, keys: str) -> None:
        """Send keys as a terminal would."""
        os.write(self._master, keys.encode())

    def insist(self, key: str, holds: Callable[[], bool]) -> None:
        """Press a key until it has done what it should: a question takes none before it has stood for a moment."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"{key!r} does nothing; the screen shows:\n{self.text}"
            try:
                self.press(key)
            except OSError:
                pass  # the program has just ended
            self._read(1.0)

    def resize(self, columns: int, rows: int) -> None:
        """Another size. The pty controls no session here, so that the group is told by us."""
        self._screen.resize(columns, rows)
        self._text = None
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.killpg(self.process.pid, signal.SIGWINCH)

    def sees(self, *texts: str) -> None:
        """Wait until all of the texts are on screen."""
        deadline = time.monotonic() + PATIENCE
        while not all(text in self.text for text in texts):
            assert time.monotonic() < deadline, f"{texts} did not come; the screen shows:\n{self.text}"
            assert self._goes_on(), f"the program ended; the screen shows:\n{self.text}"

    def sees_one(self, *texts: str) -> str:
        """Wait until any of the texts is on screen; which one."""
        deadline = time.monotonic() + PATIENCE
        while (found := next((text for text in texts if text in self.text), None)) is None:
            assert time.monotonic() < deadline, f"none of {texts} came; the screen shows:\n{self.text}"
            assert self._goes_on(), f"the program ended; the screen shows:\n{self.text}"
        return found

    def was_sent(self, *pieces: bytes) -> None:
        """Wait until it was sent all of the pieces, though what follows may have covered them by the time we look."""
        deadline = time.monotonic() + PATIENCE
        while not all(piece in self.raw for piece in pieces):
            assert time.monotonic() < deadline, f"{pieces} did not come; the screen shows:\n{self.text}"
            assert self._goes_on(), f"the program ended; the screen shows:\n{self.text}"

    def shows(self, rows: Sequence[str]) -> None:
        """Wait until the screen is this one, row by row; blanks at the right end do not count."""
        deadline = time.monotonic() + PATIENCE
        while (seen := [row.rstrip() for row in self._screen.rows]) != [*rows]:
            others = [pair for pair in zip_longest(seen, rows) if pair[0] != pair[1]]
            assert time.monotonic() < deadline, f"the picture did not come; seen and wanted differ in {others}"
            assert self._goes_on(), f"the program ended; the screen shows:\n{self.text}"

    def lacks(self, text: str) -> None:
        """Wait until the text is not on screen any more."""
        deadline = time.monotonic() + PATIENCE
        while text in self.text:
            assert time.monotonic() < deadline, f"{text!r} did not go; the screen shows:\n{self.text}"
            self._read(0.2)

    def ends(self) -> int:
        """Wait until the program has ended; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it did not end; the screen shows:\n{self.text}"
            self._read(0.2)
        while self._read(0.0):
            pass
        return self.process.returncode

    def _goes_on(self) -> bool:
        """Take what comes; False once the program has ended and everything that it said has been taken."""
        ended = self.process.poll() is not None  # asked first: between the two it may say its last words
        return self._read(0.2) or not ended

    def _read(self, within: float) -> bool:
        """Take what is there, and what follows on its heels: a pty hands out four kilobytes at a time."""
        data = bytearray()
        while select.select([self._master], [], [], 0 if data else within)[0]:
            try:
                more = os.read(self._master, 65_536)
            except OSError:
                break  # the other end is closed
            data += more
            if not more or len(data) > ENOUGH:
                break
        self.raw += data
        self._screen.feed(bytes(data))
        self._text = None if data else self._text
        return bool(data)


def _take_the_terminal() -> None:
    """Make it the controlling one, in the child: only that terminal sends a hangup when it closes."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
