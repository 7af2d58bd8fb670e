"""What rows of the matrix share: a folder, a stub, engines that start cold with anything in front of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import AnyExecutionMode, ExecutionPlan, RollbackStrategy, Sequential
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.state.execution import CommandState
from tests.faults.case import Blow, Case, Kind, call_of
from tests.faults.driver import SECRET, environment, padding_of, quick_aws
from tests.faults.engine_process import Order, start
from tests.faults.evidence import Evidence, Kept, end_processes_under
from tests.faults.invariants import Verdict, examine
from tests.faults.stub import Stub, Weather, counting_stub

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds for what must happen


class NotRun(Exception):
    """The row was not run here, and why."""


class Engine:
    """A process that drives an execution."""

    def __init__(self, order: Order, before: Sequence[str], variables: Mapping[str, str]) -> None:
        self._errors = order.errors
        self._warm: ForkServerProcess | None = None
        self._cold: subprocess.Popen[bytes] | None = None
        if not before and not variables:
            self._warm = start(order)
            assert self._warm.pid is not None
            self.pid = self._warm.pid
            return
        self._cold = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.faults.engine_process", order.to_json()],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.pid = self._cold.pid

    def lives(self) -> bool:
        if self._warm is not None:
            return self._warm.is_alive()
        assert self._cold is not None
        return self._cold.poll() is None

    def end(self) -> tuple[int, str, str]:
        """Its exit code, what it printed and its traceback, once it has ended."""
        if self._cold is not None:
            out, err = self._cold.communicate(timeout=PATIENCE)
            return self._cold.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        assert self._warm is not None
        self._warm.join(PATIENCE)
        assert self._warm.exitcode is not None, f"An engine did not end within {PATIENCE:.0f} s"
        said = self._errors.read_text() if self._errors is not None and self._errors.exists() else ""
        return self._warm.exitcode, "", said

    def kill(self) -> None:
        if self._warm is not None:
            self._warm.kill()
            self._warm.join()
        elif self._cold is not None and self._cold.poll() is None:
            self._cold.kill()
            self._cold.communicate()


@dataclass
class Scene:
    """One row's own world."""

    folder: Path
    stub: Stub
    long: bool
    aws: Path = field(init=False)
    """What engines run for `aws`; the quick one unless a row puts another here."""
    _engines: list[Engine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.aws = quick_aws(self.folder)

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.state_dir)

    @property
    def real_aws(self) -> Path:
        """The real `aws` of this environment."""
        return Path(sysconfig.get_path("scripts")) / "aws"

    def program(self, text: str, name: str = "aws-of-the-row") -> Path:
        """A program in place of `aws`: Python that has `words`; what asks for its version is answered before it."""
        path = self.folder / name
        head = f"#!{sys.executable} -IS\nimport os, sys, time\nwords = sys.argv[1:]\n"
        version = "if words == ['--version']:\n    print('aws-cli/1.46.3 Python/3.11 row')\n    sys.exit(0)\n"
        path.write_text(head + version + text)
        path.chmod(0o755)
        return path

    def engine(
        self,
        what: str,
        case: Case | None = None,
        *,
        before: Sequence[str] = (),
        variables: Mapping[str, str] = {},
        **order: Any,
    ) -> Engine:
        """An engine at work: forked warm, or cold with `before` in front of its command line."""
        plan = None
        if case is not None:
            plan = self.folder / f"plan-{case.plan.id}.json"
            plan.write_text(case.plan.model_dump_json())
        given = Order(
            what=what,
            state_dir=self.state_dir,
            aws=self.aws,
            environment={**environment(self.stub.address, self.folder), **variables},
            plan=plan,
            errors=self.folder / f"errors-{len(self._engines)}",
            **order,
        )
        engine = Engine(given, before, variables)
        self._engines.append(engine)
        return engine

    def ended(self, engine: Engine) -> tuple[int, str, str]:
        """Its exit code, what it printed and its traceback, once it has ended."""
        return engine.end()

    def settled(self) -> None:
        """Whatever is left was taken over and has ended."""
        code, _, err = self.ended(self.engine("settle"))
        assert code == 0, f"what was left could not be taken over: {err[-600:]}"

    def watch(self, case: Case) -> None:
        """Let the stub look for intents of this case, and give its weather."""
        self.stub.begin_anew()
        self.stub.weather = case.weather
        self.stub.padding = padding_of
        self.stub.witness = self.evidence.witness(case.names)

    def verdict(self, case: Case) -> Verdict:
        return examine(case, self.evidence, self.stub, lambda name, kind: None, SECRET.encode())

    def holds(self, case: Case) -> Verdict:
        """As `verdict`; fails where something is broken."""
        verdict = self.verdict(case)
        assert not verdict.broken, "; ".join(verdict.broken)
        return verdict

    def kept(self) -> Kept:
        [kept] = self.evidence.executions()
        return kept

    def statuses(self, case: Case) -> dict[str, str]:
        """Each command's status, by name."""
        state = self.kept().state
        return {name: self.known(case, name).status.value for one, name in case.names.items() if one in state.commands}

    def known(self, case: Case, name: str) -> CommandState:
        ids = {text: one for one, text in case.names.items()}
        return self.kept().state.command(ids[name])

    def until(self, so: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
            time.sleep(0.02)  # between two looks

    def wait(self, seconds: float) -> None:
        """Where time itself is the fault, or what is measured."""
        time.sleep(seconds)

    def clean_up(self) -> None:
        self.stub.release()
        for engine in self._engines:
            engine.kill()
        end_processes_under(self.folder)


def case(
    *kinds: Kind,
    mode: AnyExecutionMode = Sequential(),
    weather: Mapping[int, Sequence[Weather]] = {},
    timeout: float = 60.0,
    on_failure: OnFailure = OnFailure.CONTINUE,
    undo: Callable[[Sequence[Command]], tuple[RollbackStrategy, Mapping[UUID, str]]] | None = None,
) -> Case:
    """A case of these commands; `weather` by their place. Names are `c00`, `c01`, and so on."""
    commands = [
        command(kind, f"c{place:02}", timeout=timeout, on_failure=on_failure) for place, kind in enumerate(kinds)
    ]
    names = {one.id: one.description for one in commands}
    strategy, more = undo(commands) if undo else (None, {})
    plan = ExecutionPlan(
        id=uuid4(),
        description="A row of the matrix",
        commands=tuple(commands),
        mode=mode,
        risk_level=RiskLevel.READ_ONLY,
        rollback_strategy=strategy,
    )
    return Case(
        seed=0,
        plan=plan,
        kinds=dict(zip(names, kinds, strict=True)),
        names={**names, **more},
        weather={f"c{place:02}": tuple(of) for place, of in weather.items()},
        blow=Blow.NOTHING,
        at_write="",
        at_request=0,
        delay=0.0,
        kills_again=(),
        max_parallel=4,
    )


def command(kind: Kind, name: str, *, timeout: float = 60.0, on_failure: OnFailure = OnFailure.CONTINUE) -> Command:
    return Command(
        id=uuid4(),
        command_type=call_of(kind, name),
        description=name,
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="us-east-1",
        timeout=Duration.from_secs(timeout),
        on_failure=on_failure,
    )


@contextmanager
def scene(*, long: bool) -> Iterator[Scene]:
    """A world of its own for the time of the `with`."""
    folder = Path(tempfile.mkdtemp(prefix="cloudops-row-"))
    with counting_stub(folder / "ledger") as stub:
        made = Scene(folder, stub, long)
        try:
            yield made
        finally:
            made.clean_up()
            subprocess.run(["chmod", "-R", "u+rwX", folder], check=False)
            shutil.rmtree(folder, ignore_errors=True)


def in_a_namespace(*words: str) -> list[str]:
    """The command line of a shell script in a mount namespace of its own, where an unprivileged user may mount."""
    return ["unshare", "-Urm", "sh", "-euc", *words]


def can_mount() -> bool:
    """This machine lets us have a mount namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(in_a_namespace("mount -t tmpfs tmpfs /mnt"), capture_output=True, check=False).returncode == 0


def facts(text: str) -> dict[str, Any]:
    """The last line of what a child printed, as JSON."""
    lines = [line for line in text.splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found
