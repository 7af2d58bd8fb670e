"""Who gets a window: found out before anything is loaded, and what leaving does when something hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import click
import pytest

from cloudops_tui.cli.main import cli
from cloudops_tui.cli.program import DRIVING, VALUED, VERBS, draws, drives
from cloudops_tui.window import LEAVE, ONE_SIGNAL, Repeats
from tests.cli.program import PATIENCE, until
from tests.terminal.pty_screen import Terminal

HANGING = """
import sys, time
from datetime import timedelta
from pathlib import Path
from cloudops_tui.tui.leaving import Leaving

runs, parted = map(Path, sys.argv[1:])
with Leaving(timedelta(milliseconds=50)) as leaving:
    leaving.busy = runs.exists
    leaving.part = parted.touch
    leaving.begin()
    time.sleep(3600)
"""

KILLED = """
import os, signal, tty
from cloudops_tui.window import open_window

open_window()
tty.setraw(0)
os.write(1, b"\\x1b[?1049h the last picture")
os.kill(os.getpid(), signal.SIGKILL)
"""

LOADING = """
import os, select, signal, sys
from cloudops_tui import echo
from cloudops_tui.window import open_window

echo.turn_off()
open_window()
print("loading", flush=True)
select.select([0], [], [])
echo.drop_unseen()
print("picture", flush=True)
print("heard:", *input(), flush=True)
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


HANGING_IN_A_TERMINAL = """
import os, time, tty
from datetime import timedelta
from cloudops_tui.tui.leaving import Leaving
from cloudops_tui.window import open_window

open_window()
tty.setraw(0)
os.write(1, b"\\x1b[?1049h the last picture")
with Leaving(timedelta(milliseconds=50)) as leaving:
    leaving.begin()
    time.sleep(3600)
"""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], True),
        (["--state-dir", "run", "--ascii"], True),
        (["--state-dir=x", "run", "plan.json"], True),
        (["--theme", "light", "demo", "--headless"], True),
        (["rollback", "418"], True),
        (["--color", "never", "check", "run"], False),
        (["status"], False),
        (["--version"], False),
        (["-h"], False),
    ],
)
def test_what_drives_executions_is_known_from_the_words_alone(words: list[str], wanted: bool) -> None:
    assert drives(words) is wanted


def test_every_option_that_takes_a_value_is_known_and_so_is_every_driving_verb() -> None:
    options = [one for one in cli.params if isinstance(one, click.Option)]

    assert {name for one in options if not one.is_flag for name in one.opts} == VALUED
    assert VERBS.keys() >= DRIVING


def test_a_window_costs_no_import_worth_naming() -> None:
    told = "import sys, cloudops_tui.__main__, cloudops_tui.window; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()

    assert not {"asyncio", "click", "ctypes", "pydantic", "subprocess", "textual", "threading"} & set(found)


def test_a_signal_that_comes_again_at_once_is_one() -> None:
    repeats = Repeats()

    assert [repeats.is_one(15, now) for now in (5.0, 5.0 + ONE_SIGNAL / 2, 5.0 + ONE_SIGNAL * 1.2)] == [
        False, True, False,
    ]  # fmt: skip
    assert not repeats.is_one(1, 5.0)


def test_leaving_that_hangs_ends_nothing_that_runs_and_then_itself(tmp_path: Path) -> None:
    runs, parted = tmp_path / "runs", tmp_path / "parted"
    runs.touch()
    child = subprocess.Popen([sys.executable, "-c", HANGING, str(runs), str(parted)])
    until(parted.exists, "it leaves the terminal")
    assert child.poll() is None

    runs.unlink()

    assert child.wait(PATIENCE) == 1


def test_a_program_that_is_killed_leaves_a_terminal_that_can_be_typed_into_and_a_word() -> None:
    with Terminal([sys.executable, "-c", KILLED], os.environ) as terminal:
        terminal.sees("killed by signal 9", "Start it again")

        assert terminal.ends() == 128 + signal.SIGKILL
        assert LEAVE.encode() in terminal.raw
        assert terminal.modes == terminal.before != 0


def test_leaving_that_hangs_with_the_screen_still_there_gives_the_terminal_back() -> None:
    with Terminal([sys.executable, "-c", HANGING_IN_A_TERMINAL], os.environ) as terminal:
        assert terminal.ends() == 1
        assert LEAVE.encode() in terminal.raw
        assert terminal.modes == terminal.before != 0


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], True),
        (["--state-dir", "demo"], True),
        (["--theme", "light", "demo"], True),
        (["demo", "--headless"], False),
        (["demo", "--help"], False),
        (["run", "plan.json"], False),
        (["status"], False),
        (["--version"], False),
    ],
)
def test_what_takes_the_screen_is_known_from_the_words_alone(words: list[str], wanted: bool) -> None:
    assert draws(words) is wanted


@pytest.mark.parametrize("how", ["ends", "killed"])
def test_what_is_typed_while_it_loads_is_not_echoed_nor_heard_by_the_picture_and_echo_comes_back(how: str) -> None:
    with Terminal([sys.executable, "-c", LOADING, how], os.environ) as terminal:
        terminal.sees("loading")
        assert not terminal.modes & termios.ECHO
        terminal.press("unseen\n")
        terminal.sees("picture")
        terminal.press("seen\n")
        terminal.sees("heard: s e e n")

        assert terminal.ends() == {"ends": 0, "killed": 128 + signal.SIGKILL}[how]
        assert "unseen" not in terminal.text
        assert terminal.modes == termios.ECHO | termios.ICANON | termios.ISIG
