"""Engines in processes of their own, forked warm from a server that has imported everything and done nothing else.

A fork costs a few milliseconds where a start of Python with the AWS libraries costs a second: that is what makes
hundreds of kills affordable. The process is one like any other: own pid, own lease, own connections to the store.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import Decision, PlanQueue
from cloudops_tui.engine.ports import NewExecution, Owner, StoredExecution
from cloudops_tui.engine.reconcile import Reconciler
from cloudops_tui.engine.redrive import Redriver
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.config import CliExecutorConfig, ExecutionConfig, Fixed, RetryConfig, StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Other
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.storage import retold
from cloudops_tui.storage.service import StorageService
from tests.engine.made import KnownAccounts

CRASHED = -signal.SIGKILL


@dataclass(frozen=True)
class Order:
    """What an engine shall do."""

    what: str
    """`run` approves and runs the plan; `settle` takes over what is left and waits for its end; `cancel` asks for the
    end of whatever runs, `stop` that no more of it begins. Of what has ended: `redrive` goes on with what is left,
    `again` sends once more those of `about` that are Unknown, `rollback` undoes what was done, and `reconcile` says of
    everything Unknown whether it was done: those of `about` were."""
    state_dir: Path
    aws: Path
    environment: dict[str, str]
    plan: Path | None = None
    crash: str = ""
    """Where it kills itself: `before` or `after`, a colon, and which write to the store, after another colon the kind
    of event that alone counts; nothing: nowhere. Where something goes on after its end, that write may also be struck
    `within`, when the file beside the output has it and the database does not, or with that file `torn`."""
    about: tuple[str, ...] = ()
    """Ids of commands and compensations."""
    max_parallel: int = 4
    patience: float = 5.0
    """Seconds that it waits for a store that somebody else keeps locked."""
    measures: bool = False
    """It prints at the end what memory it held."""
    errors: Path | None = None
    """Where a traceback goes, should there be one."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=os.fspath)

    @staticmethod
    def from_json(text: str) -> Order:
        given = json.loads(text)
        paths = {name: given[name] and Path(given[name]) for name in ("state_dir", "aws", "plan", "errors")}
        return Order(**{**given, **paths, "about": tuple(given["about"])})


class CrashingStorage(StorageService):
    """The real store; its process is killed right before or right after its n-th write."""

    def __init__(self, state_dir: Path, crash: str, patience: float) -> None:
        super().__init__(StorageConfig(state_dir=state_dir), patience=patience)
        self._when, at, self._kind = [*crash.split(":"), *["", ""]][:3]
        self._left = int(at or 0)

    async def append(self, events: Sequence[AnyExecutionEvent], *, durable: bool) -> None:
        counts = not self._kind or self._kind in {type(event).__name__ for event in events}
        self._left -= counts
        if counts:
            self._die("before")
        await super().append(events, durable=durable)
        if counts:
            self._die("after")

    async def create_execution(self, new: NewExecution) -> StoredExecution:
        self._left -= not self._kind
        self._die("before")
        stored = await super().create_execution(new)
        self._die("after")
        return stored

    async def claim(self, execution_id: UUID, current: Owner, new: Owner, at: Any) -> bool:
        self._left -= not self._kind
        self._die("before")
        taken = await super().claim(execution_id, current, new, at)
        self._die("after")
        return taken

    async def go_on(
        self, execution_id: UUID, seen: int, events: Sequence[AnyExecutionEvent], owner: Owner, at: Any
    ) -> bool:
        self._left -= not self._kind
        self._die("before")
        if self._left == 0 and self._when in ("within", "torn"):
            _die_at_the_story(torn=self._when == "torn")
        taken = await super().go_on(execution_id, seen, events, owner, at)
        self._die("after")
        return taken

    def _die(self, when: str) -> None:
        if self._when == when and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _die_at_the_story(*, torn: bool) -> None:
    """Kill this process as soon as the next part of a story's file is on disk, or half of it is."""
    append = retold._append

    def appended(folder: Path, data: bytes, *, sync: bool) -> None:
        append(folder, data[: len(data) // 2] if torn else data, sync=sync)
        os.kill(os.getpid(), signal.SIGKILL)

    retold._append = appended


def start(order: Order) -> ForkServerProcess:
    """An engine that is at work; it ends when it is done."""
    process = _server().Process(target=_obey, args=(order,), daemon=True)
    process.start()
    return process


@cache
def _server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.engine_process"])
    return context


@cache
def _catalogue() -> BotocoreCatalogue:
    return BotocoreCatalogue()


def _obey(order: Order) -> None:
    os.environ.clear()
    os.environ.update(order.environment)
    try:
        asyncio.run(_obeyed(order))
    except BaseException:
        if order.errors is not None:
            with order.errors.open("a") as file:
                traceback.print_exc(file=file)
        raise


async def _obeyed(order: Order) -> None:
    config = ExecutionConfig(
        retry_config=RetryConfig(max_attempts=3, backoff=Fixed(Duration.from_millis(20))),
        max_parallel=order.max_parallel,
        cancel_grace=Duration.from_millis(300),
    )
    catalogue = _catalogue()
    async with ExecutionEngine(
        CrashingStorage(order.state_dir, order.crash, order.patience),
        config,
        executors=[
            CliExecutor(CliExecutorConfig(cli_path=order.aws), catalogue=catalogue),
            SdkExecutor(catalogue=catalogue),
        ],
        catalogue=catalogue,
        accounts=KnownAccounts(order.aws),
        operator="driver",
    ) as engine:
        match order.what:
            case "run":
                assert order.plan is not None
                plan = ExecutionPlan.model_validate_json(order.plan.read_text())
                execution_id = await engine.execute_with_approval(plan, Approve())
                before = _forget_the_peak()
                await engine.wait(execution_id)
                if order.measures:
                    print(json.dumps({"idle": before, "peak": memory("VmHWM")}), flush=True)
            case "cancel":
                for one in await engine.storage.unfinished():
                    await engine.cancel(one.id)
            case "stop":
                for one in await engine.storage.unfinished():
                    await engine.stop(one.id)
            case "settle":
                for execution_id in await engine.recover():
                    await engine.wait(execution_id)
            case "reconcile" | "again" | "redrive" | "rollback":
                for record in await engine.records(ExecutionFilter()):
                    await _go_on(engine, record.id, order)
            case _:
                raise ValueError(order.what)


async def _go_on(engine: ExecutionEngine, execution_id: UUID, order: Order) -> None:
    """As a person does who has looked, and decides on what is there; where nothing can be done, nothing is."""
    redriver, reconciler = Redriver(engine, PlanQueue(engine)), Reconciler(engine)
    about = [UUID(one) for one in order.about]
    unknown = await reconciler.unresolved(execution_id)
    match order.what:
        case "reconcile":
            for one in unknown:
                said = Resolution.DONE if one in about else Resolution.NOT_DONE
                await reconciler.resolve(execution_id, one, said, "the ledger says so")
        case "again" | "redrive":
            wishes = [RedriveWish(again=one) for one in unknown if one in about]
            for wish in wishes[:1] if order.what == "again" else [RedriveWish()]:
                try:
                    found = await redriver.look(execution_id, wish)
                except Other:
                    return
                await redriver.begin(execution_id, wish, _decision_on(found.review))
                await engine.wait(execution_id)
        case "rollback":
            try:
                review = await engine.rollback_review(execution_id)
            except Other:
                return
            await redriver.roll_back(execution_id, _decision_on(review))
            await engine.wait(execution_id)


def _decision_on(review: Review | None) -> Decision:
    typed = review.confirmation.accepted[0] if review is not None and review.confirmation.needed else ""
    digest = review.digest if review is not None else ""
    return Decision(digest, typed, "the driver goes on", acknowledged=True)


def memory(what: str, pid: int | str = "self") -> int:
    """Bytes of a process by that name of proc(5), such as `VmRSS`; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:")), 0)


def _forget_the_peak() -> int:
    """What this process holds now; its peak counts from here (proc(5), clear_refs)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # some containers do not allow it; the peak then counts from the start
    return memory("VmRSS")


def _warm() -> None:
    """What every engine would load for itself; only in the server, which this module's import is for."""
    import aioboto3  # noqa: F401
    import aiobotocore.httpsession  # noqa: F401
    import aiosqlite  # noqa: F401

    catalogue = _catalogue()
    for name in ("ssm PutParameter", "sqs SendMessage", "sns Publish", "lambda Invoke"):
        catalogue.operation(*name.split())


if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    _warm()

if __name__ == "__main__":
    _obey(Order.from_json(sys.argv[1]))
