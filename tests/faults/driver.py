"""Runs cases: an engine in a process of its own, a blow, restarts until nothing is left, and the invariants."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import botocore

from cloudops_tui.storage import folders
from tests.faults.case import Blow, Case, Kind
from tests.faults.engine_process import CRASHED, Order, start
from tests.faults.evidence import Evidence, end_processes_under
from tests.faults.invariants import Tally, Verdict, examine, lost, names_of
from tests.faults.quick_aws import expected_output
from tests.faults.stub import Stub, counting_stub

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PATIENCE = 90.0  # seconds after which a run that has not ended is a finding, not a slow machine
MOST_RESTARTS = 6


@dataclass(frozen=True)
class Ended:
    """A case that was run."""

    case: Case
    verdict: Verdict
    seconds: float
    how: str
    """What the blow met, in words."""


class Ring:
    """Where cases are run, one after the other: a stub, a program that stands in for `aws`, and a folder."""

    def __init__(self, folder: Path, stub: Stub, aws: Path, *, foretold: bool) -> None:
        self.folder = folder
        self.stub = stub
        self.aws = aws
        self.foretold = foretold
        """What `aws` prints is known before: it is the quick one."""

    def run(self, case: Case) -> Ended:
        """Run the case to its end and examine what it left."""
        began = time.monotonic()
        state_dir = Path(tempfile.mkdtemp(prefix=f"seed-{case.seed}-", dir=self.folder)) / "state"
        evidence = Evidence(state_dir)
        bout = _Bout(self, case, state_dir, evidence)
        try:
            how = bout.fight()
            verdict = examine(case, evidence, self.stub, self._expected(case), SECRET.encode())
            verdict.tally.kills = bout.kills
            broken = (*verdict.broken, *bout.lost_with_the_database())
            if bout.errors.exists():
                broken = (*broken, f"An engine ended with an exception: {bout.errors.read_text()[-1500:]}")
            verdict = replace(verdict, broken=broken)
        finally:
            bout.clean_up()
        if not verdict.broken:
            shutil.rmtree(state_dir.parent, ignore_errors=True)
        return Ended(case, verdict, time.monotonic() - began, how)

    def _expected(self, case: Case) -> Callable[[str, Kind], bytes | None]:
        def expected(name: str, kind: Kind) -> bytes | None:
            if kind is not Kind.CLI_GET or not self.foretold:
                return None
            answer = {"Parameter": {"Name": name, "Value": padding_of(name), "Type": "String", "Version": 1}}
            return expected_output(json.dumps(answer).encode(), name)

        return expected


def padding_of(name: str) -> str:
    """A parameter's value: from a byte to several blocks of a pipe, always the same for a name."""
    chance = random.Random(name)
    return "".join(chance.choice("0123456789abcdef ") for _ in range(2000)) * chance.choice((1, 1, 3, 60))


class _Bout:
    """One case in the ring."""

    def __init__(self, ring: Ring, case: Case, state_dir: Path, evidence: Evidence) -> None:
        self.case = case
        self.ring = ring
        self.stub = ring.stub
        self.state_dir = state_dir
        self.evidence = evidence
        self.kills = 0
        self.errors = state_dir.parent / "errors"
        self._plan = state_dir.parent / "plan.json"
        self._plan.write_text(case.plan.model_dump_json())
        self._processes: list[ForkServerProcess] = []
        self._has_settled = False

    def fight(self) -> str:
        case, stub = self.case, self.stub
        stub.begin_anew()
        stub.weather = case.weather
        stub.padding = padding_of
        stub.witness = self.evidence.witness(case.names)
        engine = self._start("run", crash=case.at_write if case.blow is Blow.KILL_AT_WRITE else "")
        how = self._strike(engine)
        code = self._end_of(engine)
        self.kills += code == CRASHED
        self._settle()
        for one in case.later:
            code = self._end_of(self._start(one.what, crash=one.crash, about=self._about(one.what)))
            self.kills += code == CRASHED
            how = f"{how}; {one.what} {'was killed' if code == CRASHED else f'ended with {code}'}"
            self._settle()
        self.stub.until_quiet(PATIENCE)
        return f"{how}; the engine ended with {code}"

    def _about(self, what: str) -> tuple[str, ...]:
        """What an order has to know: what has had its effect, or what may be sent twice."""
        case = self.case
        if what == "again":
            return tuple(str(one) for one, kind in case.kinds.items() if kind is Kind.TOKEN)
        self.stub.until_quiet(PATIENCE)
        names = {one: name for kept in self.evidence.executions() for one, name in names_of(case, kept).items()}
        done = {request.name for request in self.stub.effects}
        return tuple(str(one) for one, name in names.items() if name in done)

    def lost_with_the_database(self) -> list[str]:
        """What the files beside the output know too little of: of a copy without its database, taken in and settled."""
        if not self.case.later:
            return []
        copy = self.state_dir.with_name("without")
        shutil.copytree(self.state_dir, copy)
        for file in copy.glob(f"{folders.DATABASE}*"):
            file.unlink()
        code = self._end_of(self._start("settle", state_dir=copy))
        found = list(lost(self.case, Evidence(copy), self.stub)) if code == 0 else [f"I6: it ended with {code}"]
        shutil.rmtree(copy, ignore_errors=True)
        return found

    def _settle(self) -> None:
        """New engines until nothing is left to take over; some of them may be killed, too."""
        again = () if self._has_settled else self.case.kills_again
        self._has_settled = True
        for crash in (*again, *[""] * MOST_RESTARTS):
            code = self._end_of(self._start("settle", crash=crash))
            self.kills += code == CRASHED
            if code != CRASHED and not crash:
                return
        raise AssertionError("It does not settle")

    def _strike(self, engine: ForkServerProcess) -> str:
        match self.case.blow:
            case Blow.NOTHING:
                return "nothing was done"
            case Blow.KILL_AT_WRITE:
                return f"killed {self.case.at_write}. write"
            case Blow.KILL_AT_REQUEST:
                arrived = self._wait_for_requests(engine, self.case.at_request)
                return f"{self._kill_owner(engine)} after {arrived} requests"
            case Blow.KILL_AT_MOMENT:
                time.sleep(self.case.delay)  # the moment is the fault, nothing is waited for
                return f"{self._kill_owner(engine)} after {self.case.delay * 1000:.0f} ms"
            case Blow.KILL_RUNNER | Blow.KILL_CHILD | Blow.KILL_BOTH:
                return self._kill_below(engine)
            case Blow.CANCEL | Blow.CANCEL_AND_KILL:
                self._wait_for_requests(engine, self.case.at_request)
                canceller, said = self._start("cancel"), "asked to cancel"
                if self.case.blow is Blow.CANCEL_AND_KILL:
                    time.sleep(self.case.delay)  # as above
                    said = f"{said}, {self._kill_owner(engine)}"
                self._end_of(canceller)
                return said

    def _kill_owner(self, engine: ForkServerProcess) -> str:
        """Kill the pid in the lease; where there is no lease yet, the process that is about to make one."""
        pid = self.evidence.owner() or engine.pid
        assert pid is not None
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return "too late to kill anything"
        return "killed"

    def _kill_below(self, engine: ForkServerProcess) -> str:
        key = "child_pid" if self.case.blow is Blow.KILL_CHILD else "runner_pid"
        names = [self.case.names[one] for one, kind in self.case.kinds.items() if kind.is_cli]
        self.stub.holds = frozenset(names)
        try:
            self._until(lambda: self.stub.held > 0 or not engine.is_alive(), "a command of the CLI has begun")
            if self.case.blow is Blow.KILL_BOTH:
                self._kill_owner(engine)
            killed = 0
            for started in list(self.evidence.started()):
                pid = json.loads(started.read_text()).get(key)
                if pid:
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        except (ProcessLookupError, FileNotFoundError):
            return "it ended on its way"
        finally:
            self.stub.release()
        self.kills += killed
        return f"killed {killed} of `{key}`"

    def _wait_for_requests(self, engine: ForkServerProcess, number: int) -> int:
        self._until(lambda: len(self.stub.requests) >= number or not engine.is_alive(), "requests arrive")
        return len(self.stub.requests)

    def _until(self, so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.stub.wait_for(so, 0.05):
            if time.monotonic() > deadline:
                raise AssertionError(f"Not within {PATIENCE:.0f} s: {what}")

    def _start(
        self, what: str, *, crash: str = "", about: tuple[str, ...] = (), state_dir: Path | None = None
    ) -> ForkServerProcess:
        order = Order(
            what=what,
            state_dir=state_dir or self.state_dir,
            aws=self.ring.aws,
            environment=environment(self.stub.address, self.ring.folder),
            plan=self._plan,
            crash=crash,
            about=about,
            max_parallel=self.case.max_parallel,
            errors=self.errors,
        )
        process = start(order)
        self._processes.append(process)
        return process

    def _end_of(self, engine: ForkServerProcess) -> int:
        engine.join(PATIENCE)
        assert engine.exitcode is not None, f"An engine did not end within {PATIENCE:.0f} s"
        return engine.exitcode

    def clean_up(self) -> None:
        self.stub.release()
        for process in self._processes:
            if process.is_alive():
                process.kill()
            process.join()
            process.close()
        end_processes_under(self.state_dir)


def environment(endpoint: str, home: Path) -> dict[str, str]:
    """Of every engine: throwaway credentials, and no AWS but the stub."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.fspath(home),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": os.fspath(_one_authority(home)),
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _one_authority(folder: Path) -> Path:
    """A bundle of one certificate: every client loads one, though nothing here is encrypted; the usual one is large."""
    bundle = folder / "authority.pem"
    if not bundle.exists():
        whole = (Path(botocore.__file__).parent / "cacert.pem").read_text()
        end = "-----END CERTIFICATE-----\n"
        bundle.write_text(whole[whole.index("-----BEGIN") : whole.index(end) + len(end)])
    return bundle


@contextmanager
def ring(*, real_aws: Path | None = None, upstream: str = "", inside: Path | None = None) -> Iterator[Ring]:
    """A place for cases; with `real_aws` that program runs their CLI commands, else the quick one.

    `upstream`: the address of moto's server, which then does the work and answers; the stub counts on the way.
    Its folder, made `inside` another one, goes with it, unless a case broke something in there; then that is said.
    """
    folder = Path(tempfile.mkdtemp(prefix="cloudops-faults-", dir=inside))
    looked_at = True
    try:
        with counting_stub(folder / "ledger", upstream) as stub:
            yield Ring(folder, stub, real_aws or quick_aws(folder), foretold=real_aws is None)
    except (KeyboardInterrupt, GeneratorExit):
        looked_at = False  # somebody ended it: nothing broke
        raise
    finally:
        if looked_at and any(folder.glob("seed-*")):
            print(f"kept for a look: {folder}", file=sys.stderr, flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def quick_aws(folder: Path) -> Path:
    """The quick stand-in as a program."""
    program = folder / "aws"
    source = Path(__file__).with_name("quick_aws.py").read_text()
    program.write_text(f"#!{sys.executable} -IS\n{source}")
    program.chmod(0o755)
    return program


def run_all(
    cases: Iterable[Case], place: Ring, say: Callable[[Ended], None], tally: Tally | None = None
) -> tuple[Tally, list[Ended]]:
    """Run them; the sums, added to `tally` as they come, and those that broke something."""
    tally, broken = Tally() if tally is None else tally, []
    for case in cases:
        ended = place.run(case)
        tally.add(ended.verdict.tally)
        if ended.verdict.broken:
            broken.append(ended)
        say(ended)
    return tally, broken
