"""Inside tmux: a yank lands in its buffer, editor and pager open in a popup over the program, which goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import until
from tests.terminal.pty_screen import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


class Tmux:
    """A server of its own, without anybody's configuration."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE", "STY")
        }
        self.environment |= {"TMUX_TMPDIR": str(folder), "TERM": "xterm-256color", "LANG": "C.UTF-8"}

    def argv(self, *words: str) -> list[str]:
        return ["tmux", "-f", "/dev/null", "-u", *words]

    def asked(self, *words: str) -> str:
        return subprocess.run(
            self.argv(*words), env=self.environment, check=True, capture_output=True, text=True, timeout=120
        ).stdout


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    folder = Path(tempfile.mkdtemp(prefix="t"))  # short: the name of a socket has 107 characters at most
    server = Tmux(folder)
    yield server
    subprocess.run(server.argv("kill-server"), env=server.environment, check=False, capture_output=True, timeout=120)
    shutil.rmtree(folder, ignore_errors=True)


def test_what_leaves_the_program_goes_by_tmux_and_comes_back(tmux: Tmux, tmp_path: Path) -> None:
    """The editor's name holds what a shell would take apart, and ends in what tmux reads as the end of a command."""
    seen = tmp_path / "seen"
    editor = tmp_path / "my $(id); editor's.py"
    editor.write_text(
        "import os, pathlib, sys\n"
        f"pathlib.Path({str(seen)!r}).write_text(os.ttyname(0) + '|' + '|'.join(sys.argv[1:-1]))\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        "path.write_text(path.read_text().replace('sk-2026-03', 'sk-2026-04'))\n"
    )
    tmux.environment |= {
        "EDITOR": f'{sys.executable} "{editor}" "a b" \'c;\' "$HOME"',
        "PAGER": "less",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    program = [sys.executable, "-m", "tests.terminal.recorded_program", str(tmp_path)]

    with Terminal(tmux.argv("new-session", *program), tmux.environment) as terminal:
        terminal.sees("#416", "Q quit")
        pane = tmux.asked("display-message", "-p", "#{pane_tty}").strip()

        terminal.press("4")
        terminal.sees("no such action", "o pager")
        terminal.press("yl")  # at once: the letter waits for the menu
        terminal.sees("yanked this notice", "tmux's buffer")
        assert 'warning [keys] "no.such": no such action' in tmux.asked("show-buffer")
        assert tmux.asked("show-buffer") == (tmp_path / "cloudops-tui" / "yank").read_text()

        terminal.press("o")
        terminal.sees("(END)", "enter read whole")  # the program is still to be seen around the popup
        terminal.press("q")
        terminal.sees("1 Queue  2 Running")  # the popup is gone, and takes no more keys

        terminal.press("1jm")
        terminal.sees("sk-2026-04", "r1 to r2")
        tty, _, words = seen.read_text().partition("|")
        assert tty != pane
        assert words == "a b|c;|$HOME"
        until(lambda: not list(tmp_path.glob("copy-*")), "the pager's copy goes, too")
