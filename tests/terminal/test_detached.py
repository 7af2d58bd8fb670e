"""The terminal goes, the plan goes on: the whole program in a real pty."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.held_aws import HeldAws, held_aws
from tests.cli.program import Program, children, lives, until
from tests.patience import PATIENT
from tests.terminal.pty_screen import Terminal

PROGRAM = [*PATIENT, "-m", "cloudops_tui"]
CTRL_Y = "\x19"
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l")


@pytest.fixture
def aws(tmp_path: Path, aws_environment: Mapping[str, str]) -> Iterator[HeldAws]:
    with held_aws(tmp_path) as aws:
        yield aws
        aws.let_go(1, 2, 3)


@pytest.fixture
def environment(aws: HeldAws, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.address,
        "CLOUDOPS_CONFIG": str(aws.config),
        "CLOUDOPS_STATE_DIR": str(tmp_path / "state"),
        "TERM": "xterm-256color",
    }


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Program:
    return Program(tmp_path / "state", environment)


def approved(terminal: Terminal, aws: HeldAws) -> int:
    """The plan in the queue is approved and its first command runs; the process that does the work."""
    terminal.sees("A plan of the tests", "REVIEW")
    terminal.press("\r")
    terminal.sees("digest")
    terminal.press("a")
    terminal.sees("approve and run now", "│ ready")
    terminal.press(CTRL_Y)
    until(aws.has_begun(1), "the first command runs")
    [engine] = children(terminal.process.pid)
    return engine


def test_a_line_that_drops_in_the_middle_loses_nothing(
    program: Program, aws: HeldAws, environment: dict[str, str]
) -> None:
    digest = program.json("submit", aws.plan(3))["digest"]

    with Terminal(PROGRAM, environment) as terminal:
        engine = approved(terminal, aws)
        terminal.hang_up()
        assert terminal.process.wait(90) == 129

    assert lives(engine)
    aws.let_go(1, 2, 3)
    until(lambda: not lives(engine), "the process without a terminal ends")
    [record] = program.json("history")
    assert record["result"]["status"] == "Completed"
    assert [one["status"] for one in record["result"]["command_results"]] == ["Completed"] * 3
    assert record["approval_metadata"]["digest"] == digest
    assert program("logs", "1").out == aws.said(1, 2, 3)


def test_d_lets_it_go_on_and_the_next_start_follows_it_and_stops_it(
    program: Program, aws: HeldAws, environment: dict[str, str]
) -> None:
    program.json("submit", aws.plan(3))
    with Terminal(PROGRAM, environment) as terminal:
        engine = approved(terminal, aws)
        terminal.press("Q")
        terminal.sees("It goes on without a screen")
        terminal.insist("d", lambda: terminal.process.poll() is not None)
        assert terminal.ends() == 0
        after = terminal.raw.rpartition(RESTORED[0])[2].decode()
        assert all(sequence in terminal.raw for sequence in RESTORED)
        assert "1 goes on without a screen; look with `cloudops-tui watch 1`" in after

    with Terminal(PROGRAM, environment) as terminal:
        terminal.sees("A plan of the tests", "running")
        terminal.press("\r")
        terminal.sees(f"Driven by process {engine}", "0/3 commands", "began 1")
        aws.let_go(1)
        terminal.sees("1/3 commands", "began 2")
        terminal.press("X")
        terminal.sees("finish what runs, begin no more", "1 command not begun: skipped")
        terminal.insist("f", lambda: "stopping" in terminal.text)
        aws.let_go(2)
        terminal.sees("Stopped by", "2 ok, 1 skipped")
        until(lambda: not lives(engine), "the process without a terminal ends")
        terminal.press("Q")
        assert terminal.ends() == 0
