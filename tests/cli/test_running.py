"""What other terminals see of an execution, and what they can do to it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.program import Program, children, cli, end, finish, plan, sdk, until, write
from tests.cli.warm import Started
from tests.executors.loopback import IDENTITY, Asked, Loopback, Says, loopback

LISTED = Says(
    body=b'<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>o</ID></Owner>'
    b"<Buckets><Bucket><Name>held</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket></Buckets>"
    b"</ListAllMyBucketsResult>"
)

STUBBORN = """
import os, signal, sys, time

def stay():
    open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
    time.sleep(1000)

if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stay()
print("begun", flush=True)
stay()
"""
"""A command with a child, whose own child leaves the session and ignores TERM; each notes that it is there."""


@pytest.fixture
def held(aws_environment: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """An AWS that says who asks, and holds every other answer."""
    with loopback() as stub:

        def answer(asked: Asked) -> Says:
            if not _is_identity(asked):
                stub.let_go.wait(600)
                return LISTED
            return Says(body=IDENTITY)

        stub.answer = answer
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        yield stub


@pytest.fixture
def program(tmp_path: Path, aws_program: Path) -> Program:
    config = tmp_path / "config.toml"
    config.write_text(f'[cli]\ncli_path = "{aws_program}"\n', encoding="utf-8")
    return Program(tmp_path / "state", {"CLOUDOPS_CONFIG": str(config)})


@pytest.fixture
def running(program: Program, held: Loopback, tmp_path: Path) -> Iterator[Started]:
    """`run` of two commands, of which the first waits for its answer."""
    held.arrived.clear()
    file = write(tmp_path, plan(cli(1, "s3api list-buckets"), sdk(2, "s3", "ListBuckets")))
    digest = program.json("check", file)["digest"]
    child = program.start("run", file, "--approve", digest, "--json")
    until(lambda: [one for one in held.asked if not _is_identity(one)], "the command asks AWS")
    yield child
    end(child)


def test_status_shows_who_drives_what_and_cancel_ends_it_from_another_process(
    program: Program, running: Started
) -> None:
    [one] = program.json("status")["running"]
    assert (one["status"], [one["pid"]], one["alive"]) == ("Running", children(running.pid), True)
    assert [command["status"] for command in one["commands"]] == ["Running", "Pending"]
    asked = _processes_of(program)
    assert asked

    cancelled = program.json("cancel", str(one["number"]))

    assert cancelled["status"] == "Cancelled"
    until(lambda: not any(map(_lives, asked)), "nothing of it is left")
    ended = finish(running)
    assert ended.code == 130
    assert ended.json["status"] == "Cancelled"
    [record] = program.json("history", "--status", "cancelled")
    first, second = record["result"]["command_results"]
    assert (first["status"], first["outcome"]) == ("Failed", "Cancelled")
    assert (second["status"], second["error"]) == ("Skipped", "Execution cancelled by user")


@pytest.mark.usefixtures("held")
def test_cancel_ends_a_command_with_its_children_and_one_that_ignores_term(program: Program, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    _pretend_aws(program, STUBBORN, there)
    file = write(tmp_path, plan(cli(1, "s3api list-buckets")))
    child = program.start("run", file, "--approve", program.json("check", file)["digest"], "--json")
    until(lambda: len(list(there.iterdir())) == 3, "the command, its child and its grandchild are there")
    family = [int(one.name) for one in there.iterdir()]
    assert all(map(_lives, family))

    [one] = program.json("status")["running"]
    cancelled = program.json("cancel", str(one["number"]))

    assert [pid for pid in family if _lives(pid)] == []
    assert cancelled["status"] == "Cancelled"
    assert finish(child).code == 130
    until(lambda: not _processes_of(program), "its runner has ended, too")
    assert program("logs", str(one["number"])).out == "begun\n"


def test_the_first_sigint_cancels_and_waits(program: Program, running: Started) -> None:
    running.send_signal(signal.SIGINT)

    ended = finish(running)

    assert ended.code == 130, ended.err
    assert ended.json["status"] == "Cancelled"


def test_a_write_in_flight_is_unknown_when_cancelled_and_that_wins_as_exit_5(
    program: Program, held: Loopback, tmp_path: Path
) -> None:
    file = write(tmp_path, plan(cli(1, "sqs create-queue", "--queue-name", "q", risk="Modify"), risk="Modify"))
    digest = program.json("check", file)["digest"]
    child = program.start("run", file, "--approve", digest, "--json")
    until(lambda: [one for one in held.asked if not _is_identity(one)], "the command asks AWS")

    child.send_signal(signal.SIGINT)
    ended = finish(child)

    assert ended.code == 5, ended.err
    [result] = ended.json["command_results"]
    assert (result["status"], result["outcome"]) == ("Failed", "Unknown")


def test_a_killed_run_is_shown_as_it_is_and_the_next_run_takes_it_over(
    program: Program, running: Started, held: Loopback, tmp_path: Path
) -> None:
    _kill_engine(running)
    [one] = program.json("status")["running"]
    assert (one["alive"], one["commands"][0]["status"]) == (False, "Running")
    held.let_go.set()
    until(lambda: not _processes_of(program), "the command's runner ends")

    other = write(tmp_path, plan(cli(3, "s3api list-buckets"), number=2), "other.json")
    ran = program("run", other, "--approve", program.json("check", other)["digest"])

    assert ran.code == 0, ran.err
    interrupted = program.json("history", "--status", "Failed")
    assert [record["number"] for record in interrupted] == [one["number"]]
    assert "Interrupted" in str(interrupted[0]["result"]["error"])


def test_cancel_of_a_dead_process_execution_ends_it(program: Program, running: Started) -> None:
    _kill_engine(running)
    number = str(program.json("status")["running"][0]["number"])

    cancelled = program.json("cancel", number)

    assert cancelled["status"] == "Cancelled"
    until(lambda: not _processes_of(program), "nothing of it is left")


def test_logs_follow_a_command_to_its_end(
    program: Program, running: Started, held: Loopback
) -> None:
    number = str(program.json("status")["running"][0]["number"])
    following = program.start("logs", number, "-f")
    held.let_go.set()

    ended = finish(following)
    finish(running)

    assert ended.code == 0, ended.err
    assert ended.err.count("==> ") == 2
    assert ended.out.count("held") == 2
    assert ended.out == program("logs", number).out
    assert program("logs", number, "3").code == 2


def test_logs_are_one_document_with_stream_text_and_moment_of_every_line(
    program: Program, held: Loopback, tmp_path: Path
) -> None:
    said = 'print("one \\x1b[2J"); print("two", file=sys.stderr); sys.exit(3)'
    _pretend_aws(program, f"import sys; {said}", tmp_path)
    undo = cli(9, "sqs delete-queue", "--queue-url", "http://127.0.0.1/123456789012/q", risk="Destructive")
    strategy = {"trigger": "Manual", "compensations": {cli(1, "s3api")["id"]: [undo]}}
    document = plan(cli(1, "s3api list-buckets"), sdk(2, "s3", "ListBuckets"), rollback_strategy=strategy)
    entry = program.json("submit", write(tmp_path, document))
    number = str(entry["number"])
    before = datetime.now(UTC)
    assert program("run", number, "--approve", entry["digest"]).code == 1

    first, skipped, unneeded = program.json("logs", number)

    assert (first["command_id"], first["number"], first["attempt"]) == (document["commands"][0]["id"], 1, 1)
    assert sorted((one["stream"], one["text"]) for one in first["lines"]) == [
        ("stderr", "two"), ("stdout", "one \\x1b[2J"),
    ]  # fmt: skip
    assert all(before < datetime.fromisoformat(one["at"]) < datetime.now(UTC) for one in first["lines"])
    assert skipped == {"command_id": document["commands"][1]["id"], "number": 2, "lines": []}
    assert unneeded == {"command_id": undo["id"], "number": None, "lines": []}
    [one] = program.json("logs", number, "1", "--stderr")
    assert [line["text"] for line in one["lines"]] == ["two"]
    refused = program("logs", number, "-f", "--json")
    assert (refused.code, refused.out) == (2, "")


def _kill_engine(program: Started) -> None:
    """Not the process that was started, which would only be a terminal that is gone."""
    [engine] = children(program.pid)
    os.kill(engine, signal.SIGKILL)
    assert program.wait() == 128 + signal.SIGKILL


def _pretend_aws(program: Program, code: str, *arguments: Path) -> None:
    """From now on `aws` is a program of ours, for what the real one cannot be made to do."""
    config = Path(program.environment["CLOUDOPS_CONFIG"])
    body, fake = config.with_name("body.py"), config.with_name("aws")
    body.write_text(code, encoding="utf-8")
    words = " ".join(f"'{one}'" for one in (sys.executable, body, *arguments))
    fake.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "aws-cli/1.46.3 Python/3" && exit\nexec {words}\n')
    fake.chmod(0o700)
    config.write_text(f'[cli]\ncli_path = "{fake}"\n', encoding="utf-8")


def _is_identity(asked: Asked) -> bool:
    return b"GetCallerIdentity" in asked.body


def _processes_of(program: Program) -> list[int]:
    """Runners and their `aws` that work under the program's state folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it ended, or is not ours
        if str(program.state).encode() in environment + words and b"cloudops_tui\0--state-dir" not in words:
            found.append(int(folder.name))
    return [pid for pid in found if _lives(pid) and pid != os.getpid()]


def _lives(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
