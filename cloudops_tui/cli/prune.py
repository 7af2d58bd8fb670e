"""`prune`: forget old executions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.moments import Length
from cloudops_tui.cli.speaking import show, show_json
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.presentation.wording import counted
from cloudops_tui.storage.history import ExecutionHistory
from cloudops_tui.storage.service import StorageService


@click.command("prune")
@click.option("--older-than", "age", type=Length(), required=True, help="How old: `30d`, `12h`.")
@click.option("--json", "as_json", is_flag=True, help='`{"pruned": N}`.')
@click.pass_obj
def prune(state_dir: Path | None, age: Duration, as_json: bool) -> int:
    """Forget executions that ended and are older than that, with their output. That a plan ran stays known."""

    async def work() -> int:
        async with StorageService(StorageConfig(state_dir=state_dir)) as storage:
            return await ExecutionHistory(storage).cleanup(datetime.now(UTC) - age)

    pruned = asyncio.run(work())
    if as_json:
        show_json({"pruned": pruned})
    else:
        show(f"{counted(pruned, 'execution')} pruned")
    return exit_codes.DONE
