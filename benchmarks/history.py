"""How long the history takes to answer with many executions in a real store: `python benchmarks/history.py`."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from cloudops_tui.model.approval import ApprovalMetadata, Approve
from cloudops_tui.model.command import CliCommand, Command
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import ApprovedBy, Condition, Ended, Named, Since, Word
from cloudops_tui.storage.executions import store
from cloudops_tui.storage.service import StorageService

EXECUTIONS = 20_000
AT_ONCE = 500
PAGE = 200
COUNTED = 2001
TRIES = 31
NEWEST = datetime(2026, 3, 4, 12, tzinfo=UTC)
WHAT = ("Patch the kernel of", "Rotate the keys of", "Resize the volumes of", "Take stock of", "Drain")
WHERE = ("the web fleet", "the orders database", "the canaries", "staging", "the mirror")
BY = ("alice", "bob", "agent", "cron")


def a_record(number: int, chance: random.Random) -> ExecutionRecord:
    """One execution of an ordinary day: five commands with a few kilobytes of output."""
    at = NEWEST - timedelta(minutes=11 * number)
    commands = tuple(_command(chance, place) for place in range(1, 6))
    failed = chance.random() < 0.07
    plan = ExecutionPlan(
        id=_id(chance),
        description=f"{chance.choice(WHAT)} {chance.choice(WHERE)}",
        commands=commands,
        mode=Sequential(),
        risk_level=RiskLevel.MODIFY,
    )
    results = tuple(
        CommandResult(
            command_id=command.id,
            status=CommandStatus.FAILED if failed and place == 5 else CommandStatus.COMPLETED,
            output="".join(f"i-{chance.getrandbits(40):010x} running eu-west-1a t3.large\n" for _ in range(30)),
            error="An error occurred (AccessDenied): not allowed" if failed and place == 5 else None,
            duration=Duration.from_secs(3),
            started_at=at,
            completed_at=at + timedelta(seconds=3),
            attempts=1,
            exit_code=254 if failed and place == 5 else 0,
        )
        for place, command in enumerate(commands, 1)
    )
    took = Duration.from_secs(chance.randint(10, 900))
    status = ExecutionStatus.FAILED if failed else ExecutionStatus.COMPLETED
    return ExecutionRecord(
        id=_id(chance),
        conversation_id=_id(chance),
        timestamp=at,
        user_prompt="as every week",
        execution_plan=plan,
        approval_metadata=ApprovalMetadata(approved_by=chance.choice(BY), approved_at=at, decision=Approve()),
        result=ExecutionResult(plan_id=plan.id, status=status, command_results=results, duration=took),
        duration=took,
        risk_level=chance.choice(list(RiskLevel)),
    )


async def fill(storage: StorageService, executions: int = EXECUTIONS, seed: int = 4) -> None:
    """That many records, the same ones for the same seed."""
    chance = random.Random(seed)
    for first in range(0, executions, AT_ONCE):
        made = [a_record(number, chance) for number in range(first, min(first + AT_ONCE, executions))]

        async def put(transaction: object, made: list[ExecutionRecord] = made) -> None:
            for record in made:
                await store(transaction, record, record.timestamp)  # type: ignore[arg-type]

        await storage._write(put, durable=False)


async def measure(storage: StorageService, executions: int) -> dict[str, float]:
    """The median of each question, in milliseconds."""
    middle = (await storage.listed(limit=1, before=None))[0].place
    for _ in range(max(1, executions // 2 // PAGE)):
        middle = (await storage.listed(limit=PAGE, before=middle))[-1].place
    failed = Condition(Ended(frozenset({ExecutionStatus.FAILED})))
    wanted: dict[str, tuple[Condition, ...]] = {
        "all": (),
        "a common word": (Condition(Word("kernel")),),
        "a common beginning": (Condition(Word("k")),),
        "two words": (Condition(Word("kernel")), Condition(Word("canaries"))),
        "a word that must not be": (Condition(Word("kernel"), negated=True),),
        "a word, failed, 90 days": (Condition(Word("kernel")), failed, Condition(Since(NEWEST - timedelta(days=90)))),
        "failed": (failed,),
        "failed by bob": (failed, Condition(ApprovedBy("bob"))),
        "plan name": (Condition(Named("canaries")),),
        "nothing matches": (Condition(Word("kernel")), Condition(ApprovedBy("nobody"))),
    }
    found = {}
    for name, conditions in wanted.items():
        found[f"page: {name}"] = await _median(partial(storage.listed, conditions, limit=PAGE))
        found[f"count: {name}"] = await _median(partial(storage.count_listed, conditions, most=COUNTED))
    found["next page in the middle"] = await _median(lambda: storage.listed(limit=PAGE, before=middle))
    found["all counted"] = await _median(lambda: storage.count_listed(most=10_000_000))
    found["the same plan"] = await _median(lambda: storage.runs_of("Patch the kernel of the web fleet", 50))
    return found


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 2)


def _command(chance: random.Random, place: int) -> Command:
    return Command.model_validate(
        {
            "id": _id(chance),
            "description": f"Part {place} of the work",
            "command_type": CliCommand(
                command="aws ec2 create-tags", args=("--resources", f"i-{chance.getrandbits(40):010x}")
            ),
            "risk_level": RiskLevel.MODIFY,
            "profile": "default",
            "region": "eu-west-1",
        }
    )


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


async def main(executions: int, as_json: bool) -> None:
    """Fill a store, ask, say."""
    with tempfile.TemporaryDirectory() as folder:
        async with StorageService(StorageConfig(state_dir=Path(folder) / "state")) as storage:
            began = time.perf_counter()
            await fill(storage, executions)
            filled = time.perf_counter() - began
            figures = await measure(storage, executions)
            size = storage.path.stat().st_size
    if as_json:
        print(json.dumps({"name": "history", "executions": executions, "figures": figures}, indent=2))
        return
    print(f"{executions:,} executions, {size / 1e6:.0f} MB, filled in {filled:.0f} s; medians of {TRIES}")
    for name, milliseconds in figures.items():
        print(f"  {name:<34} {milliseconds:8.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.executions, chosen.json))
