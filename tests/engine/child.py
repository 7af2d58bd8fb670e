"""Another process on the same store: `python -m tests.engine.child WHAT STATE_DIR AWS ...`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, PlanQueue, Submission
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.config import CliExecutorConfig, ExecutionConfig, StorageConfig
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.storage.service import StorageService


def say(*words: object) -> None:
    print(*words, flush=True)


async def when_told() -> None:
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)


async def cancel(engine: ExecutionEngine, execution_id: str) -> None:
    await engine.cancel(UUID(execution_id))


async def run(engine: ExecutionEngine, plan_file: str) -> None:
    """Approve and run the plan to its end; the id first."""
    plan = ExecutionPlan.model_validate_json(Path(plan_file).read_text())
    execution_id = await engine.execute_with_approval(plan, Approve())
    say(execution_id)
    result = await engine.wait(execution_id)
    say(result.status.value)


async def roll_back(engine: ExecutionEngine, execution_id: str) -> None:
    await engine.start_rollback(UUID(execution_id), engine.decided(Approve()))
    say("begun")
    await engine.wait(UUID(execution_id))


async def submit(engine: ExecutionEngine, plan_file: str) -> None:
    entry = await PlanQueue(engine).submit(Submission(Path(plan_file).read_bytes(), plan_file))
    say(entry.id)


async def approve(engine: ExecutionEngine, entry_id: str) -> None:
    """Approve an entry as it is, and run it; the execution's id first."""
    queue = PlanQueue(engine)
    review = await queue.review(UUID(entry_id))
    execution_id = await queue.approve(UUID(entry_id), digest=review.digest)
    say(execution_id)
    await engine.wait(execution_id)


async def decide(engine: ExecutionEngine, entry_id: str) -> None:
    """Approve as soon as it is said, and say what came of it."""
    queue = PlanQueue(engine)
    review = await queue.review(UUID(entry_id))
    await when_told()
    try:
        say(await queue.approve(UUID(entry_id), digest=review.digest))
    except ApprovalRefused as refusal:
        say("refused:", refusal.reason)


async def do(what: str, state_dir: str, aws: str, *rest: str) -> None:
    catalogue = BotocoreCatalogue()
    doings = {one.__name__: one for one in (cancel, run, roll_back, submit, approve, decide)}
    async with ExecutionEngine(
        StorageService(StorageConfig(state_dir=Path(state_dir))),
        ExecutionConfig(),
        executors=[
            CliExecutor(CliExecutorConfig(cli_path=Path(aws)), catalogue=catalogue),
            SdkExecutor(catalogue=catalogue),
        ],
        catalogue=catalogue,
        accounts=AwsAccounts(Path(aws)),
        operator="bob",
    ) as engine:
        await doings[what](engine, *rest)


def main() -> None:
    asyncio.run(do(*sys.argv[1:]))


if __name__ == "__main__":
    main()
