"""Rows of processes: who is killed, stopped, cancelled, starved, and what is left."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Sequence
from uuid import UUID

from cloudops_tui.executors.job import Finished
from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.errors import RollbackFailed
from cloudops_tui.model.plan import Parallel, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.result import CommandStatus
from tests.cli.program import lives
from tests.faults.case import CLI_KINDS, Blow, Case, Kind, case_of
from tests.faults.driver import Ring
from tests.faults.evidence import processes_under
from tests.faults.invariants import Tally
from tests.faults.matrix import row
from tests.faults.scene import NotRun, Scene, case, command
from tests.faults.stub import Weather


def fought(place: Scene, cases: Sequence[Case]) -> Tally:
    """Run cases in this scene's ring; fails at the first that breaks anything."""
    ring, tally = Ring(place.folder, place.stub, place.aws, foretold=True), Tally()
    for one in cases:
        ended = ring.run(one)
        assert not ended.verdict.broken, f"{one}: {'; '.join(ended.verdict.broken)}"
        tally.add(ended.verdict.tally)
    return tally


def told(tally: Tally) -> str:
    return (
        f"{tally.kills} kills over {tally.plans} plans: {tally.requests} requests, {tally.effects} effects,"
        f" {tally.without_intent} without intent, {tally.twice} twice, {tally.lost} lost, {tally.unknown} unknown"
        f" of which {tally.unknown_that_had_happened} had happened"
    )


@row(
    1,
    "kill -9 of the engine at any moment",
    injected="SIGKILL to the pid in the lease at random moments and requests; SIGKILL by itself before and after each"
    " write to its store; the engine that takes over is killed, too",
    expected="I1 to I3: no effect without intent, none twice, none lost, every Unknown true; one end",
)
def engine_killed(place: Scene) -> str:
    kills = (Blow.KILL_AT_WRITE, Blow.KILL_AT_REQUEST, Blow.KILL_AT_MOMENT)
    return told(fought(place, [case_of(1000 + one, blows=kills) for one in range(100 if place.long else 8)]))


@row(
    2,
    "kill -9 of a runner, of a command's process, of both",
    injected="SIGKILL by the pids in started.json, while AWS holds the request",
    expected="Unknown for a write, Failed for a read; no orphan; what depends on it does not begin",
)
def runner_killed(place: Scene) -> str:
    blows = (Blow.KILL_RUNNER, Blow.KILL_CHILD, Blow.KILL_BOTH)
    count = 30 if place.long else 3
    return told(fought(place, [case_of(2000 + one, blows=blows, kinds=CLI_KINDS) for one in range(count)]))


@row(
    7,
    "SIGSTOP and SIGCONT of the engine",
    injected="the pid in the lease is stopped for a second while a command runs, then goes on",
    expected="nothing is sent twice, the command's own time is its runner's, the execution completes",
)
def engine_stopped(place: Scene) -> str:
    one = case(Kind.CLI_PUT, Kind.PUT)
    place.watch(one)
    place.stub.holds = frozenset({"c00"})
    engine = place.engine("run", one)
    place.until(lambda: place.stub.held == 1, "the command has begun")
    os.kill(engine.pid, signal.SIGSTOP)
    place.stub.release()
    place.until(lambda: not list(place.evidence.started()), "the command ended while its engine stood still")
    time.sleep(1.0)  # how long it is stopped is the fault
    os.kill(engine.pid, signal.SIGCONT)
    assert engine.end()[0] == 0
    place.holds(one)
    duration = place.known(one, "c00").result
    assert duration is not None
    job = place.evidence.job(place.kept().id, one.plan.commands[0].id, 1)
    assert isinstance(job, Finished)
    assert set(place.statuses(one).values()) == {"Completed"}
    return f"both completed, one request each; the runner counted {job.result.duration_seconds:.2f} s"


@row(
    14,
    "two engines",
    injected="two processes begin the same plan on the same store at once; then two different plans",
    expected="one of the two runs it, the other is refused; different plans both complete",
)
def two_engines(place: Scene) -> str:
    one = case(Kind.PUT, Kind.PUT, Kind.CLI_PUT)
    place.watch(one)
    codes = [engine.end()[0] for engine in [place.engine("run", one) for _ in range(2)]]
    verdict = place.holds(one)
    assert sorted(codes) == [0, 1], codes
    other, third = case(Kind.PUT, Kind.PUT), case(Kind.SEND, Kind.SEND)
    place.stub.begin_anew()
    codes = [engine.end()[0] for engine in (place.engine("run", other), place.engine("run", third))]
    assert codes == [0, 0], codes
    states = [kept.status for kept in place.evidence.executions()]
    assert states == ["Completed"] * 3, states
    return f"the same plan: {verdict.tally.effects} effects of 3 commands, one engine refused; two others completed"


STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for flee in (False, True, True):
    if os.fork() == 0:
        if flee:
            os.setsid()
            if os.fork():
                os._exit(0)
        break
os.write(os.open(PIDS, os.O_WRONLY | os.O_CREAT | os.O_APPEND), b"%d\\n" % os.getpid())
while True:
    time.sleep(100)
"""


@row(
    20,
    "a child that ignores TERM, calls setsid and forks twice",
    injected="such a program in place of `aws`, cancelled from another process",
    expected="0 processes left, the end is not waited for in vain",
)
def stubborn_child(place: Scene) -> str:
    pids = place.folder / "pids"
    place.aws = place.program(STUBBORN.replace("PIDS", repr(str(pids))))
    one = case(Kind.CLI_PUT, Kind.PUT)
    place.watch(one)
    engine = place.engine("run", one)
    place.until(lambda: pids.exists() and len(pids.read_text().split()) == 4, "all four live")
    began = time.monotonic()
    canceller = place.engine("cancel")
    assert engine.end()[0] == 0
    canceller.end()
    seconds = time.monotonic() - began
    four = [int(pid) for pid in pids.read_text().split()]  # none ends by itself; what is killed takes a moment to go
    place.until(lambda: not any(lives(pid) for pid in four), "none of the four is left")
    place.until(lambda: not processes_under(place.state_dir), "nothing is left of its runner")
    assert place.statuses(one) == {"c00": "Unknown", "c01": "Skipped"}, place.statuses(one)
    return f"4 processes, 0 left {seconds:.1f} s after the request to cancel (0.3 s of grace); the write is Unknown"


@row(
    21,
    "cancel while retrying, starting, twice, after the end",
    injected="a request to cancel from another process at random requests, once with a kill after it; then again twice",
    expected="Cancelled only where nothing was in flight, else Unknown; a second request changes nothing",
)
def cancelled(place: Scene) -> str:
    blows = (Blow.CANCEL, Blow.CANCEL_AND_KILL)
    tally = fought(place, [case_of(3000 + one, blows=blows) for one in range(40 if place.long else 4)])
    one = case(Kind.PUT, weather={0: [Weather.THROTTLE] * 2})
    place.watch(one)
    assert place.engine("run", one).end()[0] == 0
    before = place.kept().story
    assert [place.engine("cancel").end()[0] for _ in range(2)] == [0, 0]
    assert place.kept().story == before, "a request after the end changed the story"
    return f"{told(tally)}; two requests after the end changed nothing"


@row(
    29,
    "resources run out",
    injected="prlimit: 17 to 24 open files, no file longer than 256 to 384 KiB; the OOM killer's SIGKILL is row 1",
    expected="each command fails cleanly or is Unknown; no half approved state; afterwards all is consistent",
)
def starved(place: Scene) -> str:
    if shutil.which("prlimit") is None:
        raise NotRun("there is no `prlimit` here")
    seen = []
    limits = {f"{number} files": f"--nofile={number}:{number}" for number in (17, 20, 22, 24)}
    limits |= {f"{size} KiB": f"--fsize={size * 1024}:{size * 1024}" for size in (256, 320, 384)}
    for name, limit in limits.items():
        one = case(Kind.CLI_PUT, Kind.PUT, Kind.CLI_GET, mode=Parallel())
        place.watch(one)
        code, _, said = place.engine("run", one, before=("prlimit", limit)).end()
        place.settled()
        executions = [kept for kept in place.evidence.executions() if kept.plan.id == one.plan.id]
        if not executions:
            assert not place.stub.requests
            last = (said.strip().splitlines() or [str(code)])[-1]
            seen.append(f"{name}: refused before anything began ({last[:100]})")
        else:
            known = executions[0].state
            assert known.status.ended
            for request in place.stub.effects:
                ids = {text: key for key, text in one.names.items()}
                status = known.command(ids[request.name]).status
                assert status in (CommandStatus.COMPLETED, CommandStatus.UNKNOWN), f"{request.name} is {status.value}"
            assert all(request.intent for request in place.stub.requests)
            words = ", ".join(known.command(command.id).status.value for command in one.plan.commands)
            seen.append(f"{name}: {executions[0].status} ({words})")
        assert not processes_under(place.state_dir)
        shutil.rmtree(place.state_dir, ignore_errors=True)
    return "; ".join(seen)


@row(
    32,
    "a rollback fails at step k",
    injected="the last of four commands is refused, which begins the rollback; the second compensation is refused, too",
    expected="it stops there, the rest is listed, and the record says exactly what was undone",
)
def rollback_fails(place: Scene) -> str:
    def undo(commands: Sequence[Command]) -> tuple[RollbackStrategy, dict[UUID, str]]:
        undos: dict[UUID, tuple[Command, ...]] = {
            one.id: (command(Kind.PUT, f"{one.description}-undo"),) for one in commands[:3]
        }
        strategy = RollbackStrategy(trigger=RollbackTrigger.ON_FAILURE, compensations=undos)
        return strategy, {one[0].id: one[0].description for one in undos.values()}

    one = case(
        Kind.PUT, Kind.CLI_PUT, Kind.PUT, Kind.PUT,
        weather={3: [Weather.REFUSE]}, on_failure=OnFailure.ABORT, undo=undo,
    )  # fmt: skip
    place.watch(one)
    place.stub.weather = {**one.weather, "c01-undo": (Weather.REFUSE,)}
    assert place.engine("run", one).end()[0] == 0
    place.holds(one)
    state = place.kept().state
    sent = [request.name for request in place.stub.requests]
    assert sent == ["c00", "c01", "c02", "c03", "c02-undo", "c01-undo"], sent
    assert isinstance(state.error, RollbackFailed), state.error
    assert str(state.error).endswith("left to do: `c01-undo`, `c00-undo`"), str(state.error)
    statuses = place.statuses(one)
    assert statuses == {"c00": "Completed", "c01": "Completed", "c02": "RolledBack", "c03": "Failed"}, statuses
    return f"undone c02; then: {state.error}"


