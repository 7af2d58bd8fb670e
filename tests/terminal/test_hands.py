"""What hands do at a real terminal: type faster than screens open, and leave while an editor has it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.terminal.pty_screen import Terminal

EDITOR = """
import pathlib, signal, sys
def leave(*_):
    pathlib.Path(sys.argv[1]).write_text("was told to leave")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("the editor has the terminal", flush=True)
signal.pause()
"""


def program(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.terminal.recorded_program", str(folder)]


def environment(**more: str) -> dict[str, str]:
    root = Path(__file__).resolve().parents[2]
    kept = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE", "VISUAL")}
    return {**kept, "TERM": "xterm-256color", "PYTHONPATH": str(root), **more}


def test_a_search_that_arrives_in_one_piece_lands_in_its_field(tmp_path: Path) -> None:
    with Terminal(program(tmp_path), environment()) as terminal:
        terminal.sees("#416", "Q quit")
        terminal.press("/logs\r")
        terminal.sees("1 of 7 plans", "#417", "Q quit")

        terminal.press("3/stock\r")
        terminal.sees("search> stock", "Nothing matches stock")


def test_an_editor_that_has_the_terminal_is_told_to_leave_before_the_program_does(tmp_path: Path) -> None:
    script, told = tmp_path / "editor.py", tmp_path / "told"
    script.write_text(EDITOR)
    with Terminal(program(tmp_path), environment(EDITOR=f"{sys.executable} {script} {told}")) as terminal:
        terminal.sees("#416", "Q quit")
        terminal.press("m")
        terminal.sees("the editor has the terminal")
        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.ends() == 143
        assert told.read_text() == "was told to leave"
        assert list(tmp_path.glob("copy-*")) == []
        assert terminal.raw.rpartition(b"the editor has the terminal")[2].count(b"\x1b[?1049h") == 0


def test_an_editor_that_cannot_be_started_gives_the_screen_back(tmp_path: Path) -> None:
    with Terminal(program(tmp_path), environment(EDITOR="nosuchprog")) as terminal:
        terminal.sees("#416", "Q quit")
        terminal.press("m")
        terminal.sees("`nosuchprog` cannot be started; set EDITOR")
        terminal.press("q")
        terminal.lacks("cannot be started")
        terminal.sees("#416", "Q quit")


def test_a_line_that_drops_while_something_runs_is_the_exit_code_although_the_last_words_reach_nobody(
    tmp_path: Path,
) -> None:
    with Terminal(program(tmp_path), environment()) as terminal:
        terminal.sees("#412", "Q quit")
        terminal.hang_up()

        assert terminal.process.wait(120) == 129


def cockpit(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The whole program, over a store of its own; no AWS answers."""
    quiet = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "eu-west-1"}
    (folder / "config.toml").write_text("")
    own = {"CLOUDOPS_CONFIG": str(folder / "config.toml"), "CLOUDOPS_STATE_DIR": str(folder / "state")}
    return [sys.executable, "-m", "cloudops_tui"], environment(**quiet, **own)


def test_a_key_that_is_pressed_at_the_first_picture_is_heard_once_there_is_somebody_to_hear_it(tmp_path: Path) -> None:
    with Terminal(*cockpit(tmp_path)) as terminal:
        terminal.was_sent(b"? review ? running", b"account not asked yet")
        terminal.press("?")

        terminal.sees("Keys of this screen")
        assert terminal.raw.count(b"\x1b[?1049h") == 1


def test_a_program_that_is_told_to_leave_at_its_first_picture_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with Terminal(*cockpit(tmp_path)) as terminal:
        terminal.sees("1 Queue")
        terminal.process.send_signal(signal.SIGTERM)

        assert terminal.ends() == 143
        assert terminal.modes == terminal.before != 0
        assert terminal.raw.rpartition(b"\x1b[?1049h")[2].count(b"\x1b[?1049l") == 1
