"""Engines for tests, and listeners that remember."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ports import Accounts, Executor, Storage
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.config import CliExecutorConfig, ExecutionConfig, Fixed, RetryConfig, StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.events import AnyEvent, AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionResult
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.storage.service import StorageService
from tests.engine.stub import PATIENCE

E = TypeVar("E")

QUICK = RetryConfig(backoff=Fixed(Duration.from_millis(10)))


class KnownAccounts(AwsAccounts):
    """Knows who everybody is without asking STS, which takes a client of its own each time."""

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        return ProfileIdentity(
            profile=profile,
            region=region,
            account="123456789012",
            partition="aws",
            principal="role/operator",
            endpoint=os.environ.get("AWS_ENDPOINT_URL"),
        )


class Maker:
    """Makes engines that share a store, one `StorageService` each, as processes would."""

    def __init__(self, state_dir: Path, catalogue: BotocoreCatalogue, aws: Path) -> None:
        self.state_dir = state_dir
        self.catalogue = catalogue
        self.aws = aws
        self.asks_sts = False
        self._engines: list[ExecutionEngine] = []

    def storage(self) -> StorageService:
        return StorageService(StorageConfig(state_dir=self.state_dir))

    def executors(self) -> list[Executor]:
        return [
            CliExecutor(CliExecutorConfig(cli_path=self.aws), catalogue=self.catalogue),
            SdkExecutor(catalogue=self.catalogue),
        ]

    def __call__(
        self,
        config: ExecutionConfig | None = None,
        *,
        storage: Storage | None = None,
        executors: Sequence[Executor] | None = None,
        accounts: Accounts | None = None,
        **more: Any,
    ) -> ExecutionEngine:
        engine = ExecutionEngine(
            storage or self.storage(),
            config or ExecutionConfig(retry_config=QUICK),
            executors=self.executors() if executors is None else executors,
            catalogue=self.catalogue,
            accounts=accounts or (AwsAccounts if self.asks_sts else KnownAccounts)(self.aws),
            operator="alice",
            **more,
        )
        self._engines.append(engine)
        return engine

    async def close(self) -> None:
        for engine in self._engines:
            await engine.close(leave_running=True)


class Heard:
    """Everything that an engine's bus says."""

    def __init__(self, engine: ExecutionEngine) -> None:
        self.events: list[AnyEvent] = []
        self.forget = engine.bus.subscribe(self.events.append)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def story(self, execution_id: UUID) -> list[AnyExecutionEvent]:
        """Without output."""
        return [
            event
            for event in self.events
            if isinstance(event, happened.VARIANTS)
            and not isinstance(event, happened.CommandOutput)
            and event.execution_id == execution_id
        ]


async def approved(engine: ExecutionEngine, plan: ExecutionPlan) -> UUID:
    return await engine.execute_with_approval(plan, Approve())


async def ended(engine: ExecutionEngine, execution_id: UUID) -> ExecutionResult:
    """The result, within a deadline: an execution that hangs is a failed test, not a stuck one."""
    async with asyncio.timeout(PATIENCE):
        return await engine.wait(execution_id)


def how(plan: ExecutionPlan, result: ExecutionResult) -> dict[str, str]:
    """Each command's status, by its name."""
    names = {command.id: command.description for command in plan.commands}
    return {names[one.command_id]: one.status.value for one in result.command_results}
