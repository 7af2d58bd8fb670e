"""What Textual does behind one's back, in a real terminal: one test and more for each finding that needs one.

The fourteen findings, and the tests that fail without their remedy:

| no | finding | held by |
|---|---|---|
| 1 | every text path passes raw escapes | `tui/test_findings.py`, `test_hostile_bytes.py`, `tui/test_hostile_text.py` |
| 2 | markup deletes data and crashes | `tui/test_findings.py`, `architecture/test_screen_text.py` |
| 3 | `escape()` is no round trip | `tui/test_findings.py` |
| 4 | SIGHUP and SIGTERM kill at once | here |
| 5 | the obvious remedy deadlocks | here |
| 6 | a closed terminal is read for ever | here; without a terminal: `test_main_job.py` |
| 7 | a stalled terminal freezes the loop | here, `tui/test_findings.py` |
| 8 | an editor freezes the loop | `tui/test_findings.py`, in a terminal: `test_journeys.py` |
| 9 | Enter pressed ahead approves | `tui/test_findings.py`, `tui/test_keys.py` |
| 10 | a keymap can swap approve and reject | `presentation/test_keymap.py` |
| 11 | a crash prints local variables, and exits with 0 | here, `tui/test_app.py` |
| 12 | OSC 52 does nothing in tmux | `test_tmux_tools.py` |
| 13 | `Log` draws everything for each line | `tui/test_findings.py` |
| 14 | workers die with their screen, eager tasks | `tui/test_findings.py` |
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.cockpit_alone import SECRET
from tests.terminal.pty_screen import Terminal
from tests.terminal.tmux_screen import Tmux, needs_tmux

PATIENCE = 120.0  # seconds
RESTORED = (b"\x1b[?2004l", b"\x1b[<u", b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1004l")
"""Paste, keyboard, alternate screen, cursor, focus: as they were."""
IGNORING_HANGUPS = ["sh", "-c", "trap '' HUP; exec \"$@\"", "nohup"]
CODE_INTO_FILE = ["sh", "-c", 'trap : HUP; file=$1; shift; "$@"; echo $? > "$file"', "sh"]


def cockpit_alone(folder: Path, how: str = "") -> list[str]:
    return [sys.executable, "-m", "tests.terminal.cockpit_alone", str(folder), *filter(None, [how])]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(root)}


@pytest.mark.parametrize(("which", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=["HUP", "INT"])
def test_4_a_signal_restores_the_terminal_and_is_the_exit_code(
    tmp_path: Path, environment: dict[str, str], which: signal.Signals, code: int
) -> None:
    with Terminal(cockpit_alone(tmp_path), environment) as terminal:
        terminal.sees("No plan waits")
        terminal.process.send_signal(signal.SIGCONT)  # a hangup sends it, too: nothing is to begin a second time
        terminal.press("4")
        terminal.sees("no plan arrived")
        terminal.process.send_signal(which)

        assert terminal.ends() == code
        assert terminal.raw.count(b"\x1b[?1049h") == 1
        assert [sequence for sequence in RESTORED if sequence not in terminal.raw] == []


@pytest.mark.parametrize("before", [[], IGNORING_HANGUPS], ids=["5-hangup-kills", "6-hangup-ignored"])
def test_5_and_6_a_terminal_that_closes_ends_the_program(
    tmp_path: Path, environment: dict[str, str], before: list[str]
) -> None:
    with Terminal([*before, *cockpit_alone(tmp_path)], environment) as terminal:
        terminal.sees("No plan waits")

        terminal.hang_up()

        assert terminal.process.wait(PATIENCE) == 129


def test_7_a_terminal_that_nobody_reads_does_not_keep_the_program_from_leaving(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with Terminal(cockpit_alone(tmp_path, "painting"), environment, columns=160, rows=50) as terminal:
        until((tmp_path / "painted").exists)

        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.process.wait(PATIENCE) == 143


def test_7_after_a_stall_the_terminal_shows_what_it_should(tmp_path: Path, environment: dict[str, str]) -> None:
    with Terminal(cockpit_alone(tmp_path, "painting"), environment, columns=160, rows=50) as terminal:
        until((tmp_path / "half painted").exists)
        terminal.press("4")
        until((tmp_path / "painted").exists)

        terminal.sees("nothing ended badly and nothing went wrong")
        terminal.lacks("No plan waits")
        terminal.press("Q")
        assert terminal.ends() == 0


def test_11_a_crash_tells_no_local_variable_and_is_no_success(tmp_path: Path, environment: dict[str, str]) -> None:
    with Terminal(cockpit_alone(tmp_path, "falling"), environment) as terminal:
        assert terminal.ends() == 1

        [written] = tmp_path.glob("crash-*.txt")
        assert "the screen fell over after 18 letters" in written.read_text()
        assert str(written).encode() in terminal.raw
        assert SECRET.encode() not in terminal.raw
        assert SECRET not in written.read_text()
        assert stat.S_IMODE(written.stat().st_mode) == 0o600


@needs_tmux
def test_a_killed_tmux_ends_the_program_and_leaves_no_traceback(tmp_path: Path, environment: dict[str, str]) -> None:
    code, folder = tmp_path / "code", tmp_path / "state"
    folder.mkdir()
    with Tmux([*CODE_INTO_FILE, str(code), *cockpit_alone(folder)], environment) as tmux:
        tmux.sees("No plan waits")

        tmux.kill_server()

        until(lambda: code.exists() and code.read_text() == "129\n")
        assert (folder / "faults.txt").read_text() == ""
        assert list(folder.glob("crash-*")) == []


@needs_tmux
def test_a_screen_that_grew_in_tmux_leaves_nothing_of_it_behind(tmp_path: Path, environment: dict[str, str]) -> None:
    with Tmux(["sh", "-c", 'seq 40; "$@"; seq 41 42', "sh", *cockpit_alone(tmp_path)], environment) as tmux:
        tmux.sees("No plan waits")
        tmux.resize(100, 30)
        tmux.sees("No plan waits")
        tmux.press("Q")

        assert tmux.ends() == 0
        everything = tmux.tmux("capture-pane", "-p", "-S", "-")
        assert "42" in everything
        assert "Queue" not in everything


def test_leaving_that_hangs_ends_all_the_same_and_says_where_it_hung(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with Terminal(cockpit_alone(tmp_path, "hanging"), environment) as terminal:
        terminal.sees("No plan waits")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.was_sent(b"The cockpit is closed")
        terminal.process.send_signal(signal.SIGCONT)  # who leaves does not go on: the terminal stays as it was

        assert terminal.ends() == 143
        assert terminal.modes == terminal.before != 0
        assert "in hang" in (tmp_path / "faults.txt").read_text()


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
