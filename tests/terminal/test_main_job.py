"""The program in a real terminal: started as a user would, driven by keys, until the plan is done."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest

from tests.journeys.working import cli, plan, sdk
from tests.patience import PATIENT
from tests.terminal.pty_screen import Terminal

PROGRAM = [*PATIENT, "-m", "cloudops_tui"]
CTRL_Y = "\x19"
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")
"""What leaves the alternate screen and shows the cursor again."""


@pytest.fixture
def environment(aws_environment: Mapping[str, str], tmp_path: Path) -> dict[str, str]:
    return {**os.environ, **aws_environment, "CLOUDOPS_STATE_DIR": str(tmp_path / "state"), "TERM": "xterm-256color"}


def submit(document: dict[str, object], environment: Mapping[str, str], folder: Path) -> None:
    """Queue a plan as a user would."""
    file = folder / "plan.json"
    file.write_text(json.dumps(document))
    subprocess.run([*PROGRAM, "submit", str(file)], env=environment, check=True, capture_output=True, timeout=120)


def test_a_plan_is_approved_by_keys_and_seen_to_complete(environment: dict[str, str], tmp_path: Path) -> None:
    put = sdk("Put /web/color", "ssm", "PutParameter", {"Name": "/web/color", "Value": "blue", "Type": "String"})
    read = cli("Read it back", "ssm", "get-parameter", "--name", "/web/color")
    submit(plan("Paint the web blue", [put, read]), environment, tmp_path)

    with Terminal(PROGRAM, environment) as terminal:
        terminal.sees("Paint the web blue", "REVIEW", "123456789012")  # an account that comes late is a new approval
        terminal.press("\r")
        terminal.sees("digest")
        terminal.press("a")
        terminal.sees("approve and run now", "│ ready")
        terminal.press(CTRL_Y)
        terminal.sees("2/2 commands", "Done in")
        terminal.press("Q")
        code = terminal.ends()

    assert code == 0
    assert all(sequence in terminal.raw for sequence in RESTORED)
    at_the_prompt = terminal.raw.rpartition(RESTORED[0])[2].decode()
    assert "#1 Paint the web blue" in at_the_prompt
    assert "more: cloudops-tui show 1" in at_the_prompt
    assert boto3.client("ssm").get_parameter(Name="/web/color")["Parameter"]["Value"] == "blue"


def test_without_a_terminal_it_refuses_and_names_the_verbs_that_need_none(environment: dict[str, str]) -> None:
    ran = subprocess.run(
        PROGRAM, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )

    assert ran.returncode == 2
    assert "queue, check, run, status" in ran.stderr
    assert ran.stdout == ""
