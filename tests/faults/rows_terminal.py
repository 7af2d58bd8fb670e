"""Rows of the terminal: it closes, the program in it is killed or signalled, it is hostile or tiny."""

from __future__ import annotations

import json
import os
import pty
import signal
import sys

from tests.faults.case import Kind
from tests.faults.driver import environment
from tests.faults.matrix import by_tests, row
from tests.faults.rows_network import the_program
from tests.faults.scene import ROOT, NotRun, Scene, case


def run_in_a_terminal(place: Scene) -> tuple[int, int]:
    """`cloudops-tui run` of two commands in a pty of its own, the first held by AWS; its pid and the pty's master."""
    one = case(Kind.CLI_PUT, Kind.PUT)
    plan = place.folder / "plan.json"
    plan.write_text(one.plan.model_dump_json())
    place.watch(one)
    place.stub.holds = frozenset({"c00"})
    variables = {"CLOUDOPS_CLI__CLI_PATH": os.fspath(place.aws), "CLOUDOPS_APPROVAL__HEADLESS": "all"}
    checked = the_program(place, "check", os.fspath(plan), "--json", **variables)
    assert checked.returncode == 0, checked.stderr
    digest = json.loads(checked.stdout)["digest"]
    words = ["--state-dir", os.fspath(place.state_dir), "run", os.fspath(plan), "--approve", digest]
    given = {**environment(place.stub.address, place.folder), **variables, "TERM": "xterm-256color"}
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "cloudops_tui", *words], given)
    place.until(lambda: place.stub.held == 1, "the first command has begun")
    return pid, master


@row(
    3,
    "kill -9 of the process that has the terminal",
    injected="SIGKILL to the process that was started in a pty; the engine is another where the program forks",
    expected="the engine goes on to the end, or another takes over; nothing is sent twice",
)
def screen_killed(place: Scene) -> str:
    pid, master = run_in_a_terminal(place)
    owner = place.evidence.owner()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(master)
    return _went_on(place, pid, owner)


@row(
    4,
    "the line drops",
    injected="the master of the pty is closed while a command runs",
    expected="the execution goes on without a terminal and completes; nothing is sent twice",
)
def line_drops(place: Scene) -> str:
    pid, master = run_in_a_terminal(place)
    owner = place.evidence.owner()
    os.close(master)
    place.until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, "the process in the terminal ends")
    return _went_on(place, pid, owner)


def _went_on(place: Scene, started: int, owner: int | None) -> str:
    place.stub.release()
    alone = owner != started
    if alone:
        place.until(lambda: place.kept().status not in ("Running", "Pending"), "the execution ends")
    place.settled()
    counts = {name: len(place.stub.of(name)) for name in ("c00", "c01")}
    assert counts["c00"] == 1, counts
    status = place.kept().status
    if not alone:
        raise NotRun(f"no detach in this version: the engine ended with its terminal; taken over: {status}, {counts}")
    assert status == "Completed", status
    assert counts == {"c00": 1, "c01": 1}, counts
    return f"the pid in the lease, {owner}, is not the one started, {started}; {status}, sent {counts}"


@row(
    5,
    "SIGTERM, SIGINT, SIGQUIT to the TUI",
    injected="signals to the real program in a pty",
    expected="the terminal is restored, the exit code is the signal's, work goes on or is asked about",
)
def screen_signalled(place: Scene) -> str:
    return by_tests(place, "tests/terminal/test_findings.py", "tests/terminal/test_hands.py")


@row(
    24,
    "escape sequences and markup in plans, output, tags, errors",
    injected="a list of payloads in every text, on every screen in a pty and by every verb",
    expected="I9: no foreign control byte reaches the terminal, nothing can be clicked",
)
def hostile(place: Scene) -> str:
    return by_tests(place, "tests/terminal/test_hostile_bytes.py")


@row(
    30,
    "a terminal of one cell, without colours, without UTF-8",
    injected="a storm of sizes, TERM=dumb, 16 colours, --ascii, in ptys",
    expected="the picture is right afterwards; what was not shown whole cannot be approved",
)
def tiny(place: Scene) -> str:
    return by_tests(place, "tests/terminal/test_colours.py", "tests/tui/test_decisions.py")
