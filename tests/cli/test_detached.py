"""What runs goes on without the terminal that it was started in: real processes, real signals."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudops_tui.window import ONE_SIGNAL
from tests.cli.held_aws import HeldAws, held_aws
from tests.cli.program import Program, children, end, finish, lives, until
from tests.cli.warm import Started


@pytest.fixture
def aws(tmp_path: Path, aws_environment: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldAws]:
    settings = '[approval]\nauto_approve_readonly = true\n[execution]\ncancel_grace = "60s"\n'
    with held_aws(tmp_path, settings) as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.address)
        yield aws


@pytest.fixture
def program(tmp_path: Path, aws: HeldAws) -> Program:
    return Program(tmp_path / "state", {"CLOUDOPS_CONFIG": str(aws.config)})


@pytest.fixture
def running(program: Program, aws: HeldAws) -> Iterator[Started]:
    """`run` of three commands, of which the first is held."""
    child = program.start("run", aws.plan(3))
    until(aws.has_begun(1), "the first command runs")
    yield child
    aws.let_go(1, 2, 3)
    end(child)


def ends(program: Program, pid: int) -> dict[str, object]:
    """Wait for the end of the headless process; how the one execution stands then."""
    until(lambda: not lives(pid), "the process without a terminal ends")
    [record] = program.json("history")
    return {"status": record["result"]["status"], "commands": [
        one["status"] for one in record["result"]["command_results"]
    ]}  # fmt: skip


def test_the_first_term_leaves_the_terminal_and_every_command_still_runs(
    program: Program, aws: HeldAws, running: Started
) -> None:
    [engine] = children(running.pid)

    running.send_signal(signal.SIGTERM)
    left = finish(running)

    assert left.code == 143
    assert "1 goes on without a screen; look with `cloudops-tui" in left.err
    assert left.err.rstrip().endswith("watch 1`")
    [one] = program.json("status")["running"]
    assert (one["pid"], one["alive"], one["status"]) == (engine, True, "Running")
    assert (os.getsid(engine), os.readlink(f"/proc/{engine}/fd/0")) == (engine, os.devnull)
    aws.let_go(1, 2, 3)
    assert ends(program, engine) == {"status": "Completed", "commands": ["Completed"] * 3}
    assert program("logs", "1").out == aws.said(1, 2, 3)


def test_a_killed_parent_is_a_terminal_that_is_gone(program: Program, aws: HeldAws, running: Started) -> None:
    [engine] = children(running.pid)

    running.kill()
    running.wait()
    until(lambda: os.getsid(engine) == engine, "it has left")
    aws.let_go(1, 2, 3)

    assert ends(program, engine) == {"status": "Completed", "commands": ["Completed"] * 3}


def test_a_second_term_begins_nothing_more_and_leaves_the_runner_to_finish(
    program: Program, aws: HeldAws, running: Started
) -> None:
    [engine] = children(running.pid)
    running.send_signal(signal.SIGTERM)
    assert finish(running).code == 143
    time.sleep(ONE_SIGNAL + 0.1)  # sooner it is the same signal, once more

    os.kill(engine, signal.SIGTERM)

    until(lambda: not lives(engine), "it ends")
    [one] = program.json("status")["running"]
    assert (one["alive"], [each["status"] for each in one["commands"]]) == (False, ["Running", "Pending", "Pending"])
    aws.let_go(1, 2, 3)
    until(lambda: program.json("status")["running"][0]["commands"][0]["status"] == "Completed", "its runner has ended")
    assert not aws.has_begun(2)()


def test_a_second_int_leaves_what_the_first_has_not_ended_and_is_143(program: Program, aws: HeldAws) -> None:
    aws.ignore_term()
    child = program.start("run", aws.plan(2))
    until(aws.has_begun(1), "the first command runs")

    child.send_signal(signal.SIGINT)
    while b"Cancelling 1" not in (said := child.stderr.readline()):
        assert said, "it says that it cancels"
    time.sleep(ONE_SIGNAL + 0.1)  # from when it was heard: sooner it is the same signal, once more
    child.send_signal(signal.SIGINT)
    left = finish(child)

    assert left.code == 143, left.err
    aws.let_go(1, 2)
    assert not aws.has_begun(2)()


def test_stop_from_another_process_finishes_what_runs_and_begins_no_more(
    program: Program, aws: HeldAws, running: Started
) -> None:
    [engine] = children(running.pid)
    running.send_signal(signal.SIGHUP)
    finish(running)

    stopping = program.start("stop", "1", "--json")
    until(lambda: program.json("status", "1")["counts"].get("Skipped") == 2, "the rest is skipped")
    aws.let_go(1, 2, 3)
    stopped = finish(stopping)

    assert stopped.code == 0, stopped.err
    assert "1 command in flight: finished, however long that takes. 2 commands not begun: skipped." in stopped.err
    assert stopped.json["status"] == "Cancelled"
    assert [one["status"] for one in stopped.json["commands"]] == ["Completed", "Skipped", "Skipped"]
    assert stopped.json["commands"][1]["error"].startswith("Stopped by ")
    assert ends(program, engine)["status"] == "Cancelled"


def test_cancel_reaches_the_process_without_a_terminal(program: Program, aws: HeldAws, running: Started) -> None:
    [engine] = children(running.pid)
    running.send_signal(signal.SIGHUP)
    left = finish(running)
    assert left.code == 129
    assert "1 goes on without a screen" in left.err

    cancelled = program.json("cancel", "1")

    assert cancelled["status"] == "Cancelled"
    assert ends(program, engine) == {"status": "Cancelled", "commands": ["Failed", "Skipped", "Skipped"]}
