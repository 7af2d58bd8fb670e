"""Whole journeys through one start of the real program: in a pty, and in tmux at 80x24."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.working import cli, plan
from tests.patience import PATIENT
from tests.terminal.pty_screen import Terminal
from tests.terminal.tmux_screen import Tmux, needs_tmux

PROGRAM = [*PATIENT, "-m", "cloudops_tui"]
PATIENCE = 120.0  # seconds
CTRL_Y, ENTER, ESCAPE, TAB = "\x19", "\r", "\x1b", "\t"
LINES = 60

STAND_IN = f"""#!{sys.executable}
import pathlib, sys, time
here = pathlib.Path(__file__).parent
words = " ".join(sys.argv[1:])
if words == "--version":
    print("aws-cli/1.46.3 Python/3 Linux/6 botocore/1")
elif "/slow" in words:
    print("waiting", flush=True)
    while not (here / "go").exists():
        time.sleep(0.05)
    (here / "went on").touch()
else:
    for number in range({LINES}):
        print(f"parameter {{number}} of the estate")
"""
"""An `aws` that answers at once, or when told to."""


@dataclass(frozen=True)
class Bastion:
    """A home with an inbox, and an `aws` of its own."""

    folder: Path
    environment: dict[str, str]

    def drop(self, document: dict[str, Any]) -> None:
        """Put a plan into the inbox, as a planner would: whole, by renaming."""
        inbox = self.folder / "state" / "inbox"
        for made in (inbox.parent, inbox):
            made.mkdir(mode=0o700, exist_ok=True)
        file = inbox / f"{document['description'].split()[0]}.json.tmp"
        file.write_text(json.dumps(document))
        os.utime(file, (0, 0))  # it has settled long ago
        file.rename(file.with_suffix(""))


@pytest.fixture
def bastion(tmp_path: Path, home: Path) -> Bastion:
    aws = tmp_path / "aws"
    aws.write_text(STAND_IN)
    editor = tmp_path / "editor"
    editor.write_text(f"#!{sys.executable}\nimport pathlib, sys\np = pathlib.Path(sys.argv[1])\n"
                      "p.write_text(p.read_text().replace('/web/size', '/web/color'))\n")  # fmt: skip
    for program in (aws, editor):
        program.chmod(0o755)
    config = tmp_path / "config.toml"
    config.write_text(f'[cli]\ncli_path = "{aws}"\n[ui]\narm_ms = 1\n[ui.tmux]\npopup = false\n')
    environment = {
        **os.environ,
        "CLOUDOPS_STATE_DIR": str(tmp_path / "state"),
        "CLOUDOPS_CONFIG": str(config),
        "EDITOR": str(editor),
        # Nobody answers there: the account stays unknown, which reads do not mind.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    return Bastion(tmp_path, environment)


def look(name: str) -> dict[str, Any]:
    """A command that reads a parameter."""
    return cli(f"Look at {name}", "ssm", "get-parameter", "--name", name)


def find(screen: Terminal | Tmux, word: str) -> None:
    """In the queue: only the plan with that word."""
    screen.press("/")
    screen.sees("enter keeps it")
    screen.press(f"plan:{word}{ENTER}")
    screen.lacks("Slow" if word != "Slow" else "Wrong")


def show_all(screen: Terminal | Tmux) -> None:
    """The queue, without its filter."""
    screen.press("1")
    screen.sees("1 of 5 plans")
    screen.press(ESCAPE)
    screen.sees("Slow reading", "Endless reading")


def approve(screen: Terminal | Tmux) -> None:
    """What is under the cursor, by the review and its modal."""
    screen.press(ENTER)
    screen.sees("digest")
    screen.press("a")
    screen.sees("approve and run now", "│ ready")
    screen.press(CTRL_Y)


def test_a_working_day_in_a_terminal_and_its_sudden_end(bastion: Bastion) -> None:
    for document in (
        plan("Take stock of the web", [look("/web/one"), look("/web/two")]),
        plan("Wrong account altogether", [look("/other")]),
        plan("Modify me before", [look("/web/size")]),
        plan("Slow reading", [look("/slow"), look("/web/after")]),
        plan("Endless reading", [look("/slow"), look("/web/after")]),
    ):
        bastion.drop(document)
    environment = bastion.environment | {"TERM": "xterm-256color"}

    with Terminal(PROGRAM, environment) as screen:
        screen.sees("Take stock", "Wrong account", "Modify me", "Slow reading", "Endless reading")
        # a storm of sizes, too small ones among them
        for columns, rows in ((120, 40), (59, 15), (1, 1), (60, 16), (140, 20), (80, 24)) * 2:
            screen.resize(columns, rows)
        screen.sees("Take stock", "Slow reading", "Q quit")
        screen.lacks("need 60x16")
        # reject
        find(screen, "Wrong")
        screen.press("r")
        screen.sees("Reject #")
        screen.press("not ours" + ENTER)
        screen.sees("rejected")
        show_all(screen)
        # modify
        find(screen, "Modify")
        screen.press("m")
        screen.sees("/web/color")
        screen.press(ENTER)
        screen.sees(" r2")
        show_all(screen)
        # approve
        find(screen, "Take")
        approve(screen)
        screen.sees("2/2 commands", "Done in")
        show_all(screen)
        # cancel
        find(screen, "Slow")
        approve(screen)
        screen.sees("waiting")
        screen.press("X")
        screen.sees("Let it run")
        screen.insist(CTRL_Y, lambda: "Cancelled" in screen.text)
        # search
        screen.press("3")
        screen.sees("Take stock", "Slow reading")
        screen.press("/stock" + ENTER)
        screen.lacks("Slow reading")
        screen.sees("Take stock")
        screen.press("1")
        screen.sees("Cancelled by")
        show_all(screen)
        # and somebody kills it while something runs
        find(screen, "Endless")
        approve(screen)
        screen.sees("waiting")
        screen.process.send_signal(signal.SIGTERM)
        code = screen.ends()

    assert code == 143
    assert b"1 goes on without a screen" in screen.raw[screen.raw.rindex(b"\x1b[?1049l") :]
    (bastion.folder / "go").touch()
    until((bastion.folder / "went on").exists)


@needs_tmux
def test_in_tmux_from_the_queue_to_the_history(bastion: Bastion) -> None:
    bastion.drop(plan("Take stock of the web", [look("/web/one"), look("/web/two")]))
    bastion.drop(plan("Slow reading", [look("/slow")]))

    with Tmux(PROGRAM, bastion.environment, columns=80, rows=24) as screen:
        screen.sees("Take stock", "Slow reading")
        find(screen, "Take")
        approve(screen)
        screen.sees("2/2 commands", "Done in", f"parameter {LINES - 1} of the estate")
        screen.resize(60, 16)
        screen.sees("2/2 commands", "Done in")
        screen.resize(80, 24)
        # search the output: typed at once
        screen.press(TAB + "/parameter 0 of" + ENTER)
        screen.sees("parameter 0 of the estate", "1/1")
        screen.press("3")
        screen.lacks("parameter")  # the live screen names the plan, too
        screen.sees("Take stock", "❯")
        screen.press(ENTER)
        screen.sees("[Outcome]")
        # watch the next one from a second window
        screen.press("11")  # first to where the queue was left
        screen.sees("1 of 2 plans")
        screen.press(ESCAPE)
        screen.sees("Slow reading")
        screen.press("/")
        screen.sees("enter keeps")
        screen.press("Slow" + ENTER)
        screen.lacks("Take stock")
        approve(screen)
        screen.sees("waiting")
        screen.tmux("new-window", shlex.join([*PROGRAM, "watch", "--exit"]))
        screen.sees("Driven by process", "waiting", "q leave")
        (bastion.folder / "go").touch()
        assert screen.ends() == 0
        screen.tmux("select-window", "-t", ":0")
        screen.sees("Done in")
        screen.press("Q")

        assert screen.ends() == 0


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
