"""Rows of the terminal: it closes, the program in it is killed or signalled, it is hostile or tiny."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.case import Kind
from tests.faults.driver import environment
from tests.faults.matrix import by_tests, row
from tests.faults.rows_network import configuration, the_program
from tests.faults.scene import ROOT, Scene, case
from tests.terminal.pty_screen import Terminal

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l")
"""Alternate screen, cursor and paste, as they were."""
CTRL_Y = "\x19"
PROGRAM = (sys.executable, "-m", "cloudops_tui")


def planned(place: Scene) -> Path:
    """The file of a plan of two commands, the first held by AWS once it arrives."""
    one = case(Kind.CLI_PUT, Kind.PUT)
    plan = place.folder / "plan.json"
    plan.write_text(one.plan.model_dump_json())
    place.watch(one)
    place.stub.holds = frozenset({"c00"})
    return plan


def variables(place: Scene) -> dict[str, str]:
    return {"CLOUDOPS_CONFIG": configuration(place, "config.toml", cli_path=os.fspath(place.aws))}


def approving(place: Scene, plan: Path) -> list[str]:
    """The words that run the plan without a screen."""
    checked = the_program(place, "check", os.fspath(plan), "--json", **variables(place))
    assert checked.returncode == 0, checked.stderr
    return ["run", os.fspath(plan), "--approve", json.loads(checked.stdout)["digest"]]


@contextmanager
def in_a_terminal(place: Scene, words: Sequence[str]) -> Iterator[Terminal]:
    """The program in a pty of its own."""
    given = {**environment(place.stub.address, place.folder), **variables(place), "TERM": "xterm-256color"}
    line = [*PROGRAM, "--state-dir", os.fspath(place.state_dir), *words]
    with Terminal(line, {**given, "PYTHONPATH": os.fspath(ROOT)}) as terminal:
        yield terminal


def driver_of(place: Scene) -> int:
    """The pid in the lease, once AWS holds the first command."""
    place.until(lambda: place.stub.held == 1, "the first command has begun")
    owner = place.evidence.owner()
    assert owner is not None
    return owner


def went_on(place: Scene, engine: int) -> str:
    """The engine lives without a terminal, and ends the execution as it would have ended with one."""
    place.until(lambda: os.getsid(engine) == engine, "the engine has a session of its own")
    ends = [f"/proc/{engine}/fd/{number}" for number in range(3)]
    place.until(lambda: {os.readlink(one) for one in ends} == {os.devnull}, "its descriptors are the null device")
    before = _cpu(engine)
    place.wait(0.5)  # what it burns meanwhile is what is looked at
    burnt = _cpu(engine) - before
    place.stub.release()
    place.until(lambda: place.kept().status not in ("Running", "Pending"), "the execution ends")
    place.until(lambda: not _lives(engine), "the engine ends with its work")
    counts = {name: len(place.stub.of(name)) for name in ("c00", "c01")}
    assert (place.kept().status, counts) == ("Completed", {"c00": 1, "c01": 1}), (place.kept().status, counts)
    assert not place.evidence.broken_links()
    return f"the engine, {engine}, goes on without a terminal ({burnt:.2f} s of CPU in 0.5 s); Completed, sent {counts}"


def _cpu(pid: int) -> float:
    """Seconds that a process has used (proc(5), stat)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@row(
    3,
    "kill -9 of the process that has the terminal",
    injected="SIGKILL to the process that the shell started, in a pty; the engine, whose pid is in the lease, is its"
    " child",
    expected="the engine leaves the terminal and goes on to the end; nothing is sent twice",
)
def screen_killed(place: Scene) -> str:
    words = approving(place, planned(place))
    with in_a_terminal(place, words) as terminal:
        engine = driver_of(place)
        assert engine != terminal.process.pid, "the lease names the process that was started"
        terminal.process.kill()
        assert terminal.process.wait() == -signal.SIGKILL
        return went_on(place, engine)


@row(
    4,
    "the line drops",
    injected="the master of the pty is closed while a command runs; sshd on loopback: tests.terminal.drop_line",
    expected="the execution goes on without a terminal and completes; nothing is sent twice; the shell gets 129",
)
def line_drops(place: Scene) -> str:
    words = approving(place, planned(place))
    with in_a_terminal(place, words) as terminal:
        engine = driver_of(place)
        terminal.hang_up()
        code = terminal.process.wait(PATIENCE)
        assert code == 129, code
        said = went_on(place, engine)
    if place.long:
        said += f"; over ssh: {_over_ssh()}"
    return said


def _over_ssh() -> str:
    command = [sys.executable, "-m", "tests.terminal.drop_line"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = ended.stdout.strip().splitlines()
    return lines[0] if len(lines) == 1 else f"{len(lines)} things looked at, all as they should be"


PATIENCE = 90.0  # seconds


@row(
    5,
    "SIGTERM, SIGINT, SIGQUIT to the TUI",
    injected="SIGTERM to the real program in a pty, a plan approved by keys and its first command held by AWS; the"
    " other signals, and a program with nothing to do, by the suite's tests (--long)",
    expected="the terminal is restored, the exit code is the signal's, work goes on",
)
def screen_signalled(place: Scene) -> str:
    plan = planned(place)
    submitted = the_program(place, "submit", os.fspath(plan), **variables(place))
    assert submitted.returncode == 0, submitted.stderr
    with in_a_terminal(place, ()) as terminal:
        terminal.sees("A row of the matrix", "REVIEW")
        terminal.press("\r")
        terminal.sees("digest")
        terminal.press("a")
        terminal.sees("approve and run now")
        terminal.press("\x1b[6~" * 4)  # all of it has to be looked at
        terminal.sees("│ ready")
        terminal.press(CTRL_Y)
        engine = driver_of(place)
        terminal.process.send_signal(signal.SIGTERM)
        code = terminal.ends()
        assert code == 143, code
        missing = [sequence for sequence in RESTORED if sequence not in terminal.raw]
        assert not missing, missing
        place.until(lambda: terminal.modes == terminal.before, "its settings are those of before")
        said = f"SIGTERM: exit 143, restored; {went_on(place, engine)}"
    if place.long:
        tests = ("test_findings.py", "test_hands.py", "test_detached.py")
        said += f"; {by_tests(place, *(f'tests/terminal/{one}' for one in tests))}"
    return said


@row(
    6,
    "SIGTERM to the engine",
    injected="SIGTERM to the pid in the lease of `run`, without a terminal, while AWS holds a command of the CLI; and"
    " once more more than a second later",
    expected="the first lets it go on alone; the second: no new command, the running one goes on under its runner and"
    " its end is taken in",
)
def engine_terminated(place: Scene) -> str:
    words = approving(place, planned(place))
    given = {**environment(place.stub.address, place.folder), **variables(place)}
    line = [*PROGRAM, "--state-dir", os.fspath(place.state_dir), *words]
    with subprocess.Popen(line, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        try:
            engine = driver_of(place)
            os.kill(engine, signal.SIGTERM)
            place.until(lambda: started.poll() is not None, "the shell gets its prompt")
            assert started.returncode == 143, started.returncode
            place.until(lambda: os.getsid(engine) == engine, "the engine has a session of its own")
            place.wait(1.2)  # within a second it would be the same signal once more
            os.kill(engine, signal.SIGTERM)
            place.until(lambda: not _lives(engine), "the engine leaves its runner alone")
        finally:
            started.kill()
    runners = len(list(place.evidence.started()))
    assert runners == 1, runners
    assert place.stub.held == 1
    place.stub.release()
    place.until(lambda: not list(place.evidence.started()), "the command ends under its runner")
    place.settled()
    counts = {name: len(place.stub.of(name)) for name in ("c00", "c01")}
    assert counts == {"c00": 1, "c01": 0}, counts
    statuses = [place.kept().state.command(one.id).status.value for one in place.kept().plan.commands]
    assert statuses[0] == "Completed", statuses
    assert not place.evidence.broken_links()
    return f"once: exit 143, it goes on alone; twice: it ends, its runner lives; taken in: {statuses}, sent {counts}"


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
