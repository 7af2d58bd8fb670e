"""A real tmux for tests: a server of its own with one pane, pressed and read like `pty_screen.Terminal`."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import pytest

PATIENCE = 120.0  # seconds
LOOK_EVERY = 0.05  # seconds

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: `apt-get install tmux`")


class Tmux:
    """Runs a program in the one pane of a tmux server that reads no configuration and ends with the test."""

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], *, columns: int = 80, rows: int = 24
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tmux-")  # pytest's own are too long for a socket's name
        self._environment = {name: value for name, value in environment.items() if name not in ("TMUX", "TMUX_PANE")}
        self.tmux(
            *("start-server", ";", "set", "-g", "remain-on-exit", "on", ";", "set", "-g", "status", "off", ";"),
            *("new-session", "-d", "-x", str(columns), "-y", str(rows), shlex.join(argv)),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill_server()
        self._folder.cleanup()

    @property
    def text(self) -> str:
        """The pane, row by row, without the spaces at the end of each."""
        return self.tmux("capture-pane", "-p")

    @property
    def pid(self) -> int:
        """The process of the pane."""
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def tmux(self, *words: str) -> str:
        """What tmux answers to a command."""
        ran = subprocess.run(
            ["tmux", "-S", f"{self._folder.name}/socket", "-f", "/dev/null", *words],
            env=self._environment, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert ran.returncode == 0, f"tmux {shlex.join(words)}: {ran.stderr}"
        return ran.stdout.rstrip("\n")

    def press(self, keys: str) -> None:
        """Send keys as a terminal would."""
        if keys.isascii():
            self.tmux("send-keys", "-H", *(f"{ord(key):x}" for key in keys))
        else:
            self.tmux("send-keys", "-l", keys)

    def sees(self, *texts: str) -> None:
        """Wait until all of the texts are on screen."""
        deadline = time.monotonic() + PATIENCE
        while not all(text in (shown := self.text) for text in texts):
            assert time.monotonic() < deadline, f"{texts} did not come; the screen shows:\n{shown}"
            assert self._code() is None, f"the program ended; the screen shows:\n{shown}"
            time.sleep(LOOK_EVERY)

    def lacks(self, text: str) -> None:
        """Wait until the text is not on screen any more."""
        deadline = time.monotonic() + PATIENCE
        while text in (shown := self.text):
            assert time.monotonic() < deadline, f"{text!r} did not go; the screen shows:\n{shown}"
            time.sleep(LOOK_EVERY)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def ends(self) -> int:
        """Wait until the program has ended; its exit code. What it left on the main screen can be read afterwards."""
        deadline = time.monotonic() + PATIENCE
        while (code := self._code()) is None:
            assert time.monotonic() < deadline, f"it did not end; the screen shows:\n{self.text}"
            time.sleep(LOOK_EVERY)
        return code

    def kill_server(self) -> None:
        """End tmux itself, as when somebody kills it: every pane loses its terminal."""
        subprocess.run(
            ["tmux", "-S", f"{self._folder.name}/socket", "kill-server"],
            env=self._environment, capture_output=True, check=False, timeout=PATIENCE,
        )  # fmt: skip

    def _code(self) -> int | None:
        how = "#{pane_dead} #{pane_dead_status}#{?pane_dead_signal,-#{pane_dead_signal},}"
        dead, code = self.tmux("display-message", "-p", how).split(" ", 1)
        if dead == "1" and not code:
            # The terminal closed before tmux has waited for the process, and it may have missed the signal to do so:
            # the end of another child is one more.
            self.tmux("run-shell", "true")
        return int(code) if dead == "1" and code else None
