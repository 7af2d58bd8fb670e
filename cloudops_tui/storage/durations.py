"""How long each kind of command took lately: written as executions end, read by who wants to know what is usual."""

from __future__ import annotations

import json
from collections import defaultdict

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandStatus, ExecutionResult
from cloudops_tui.policy.kinds import kind_of
from cloudops_tui.storage.journal import Transaction

KEPT = 20
"""Of each kind, the latest; a median needs no more, and a row stays small."""


async def remember(transaction: Transaction, plan: ExecutionPlan, result: ExecutionResult) -> None:
    """Keep what the commands that completed took. Compensations are not among the results, and do not count."""
    kinds = {command.id: kind_of(command) for command in plan.commands}
    took: defaultdict[str, list[float]] = defaultdict(list)
    for each in result.command_results:
        if each.status is CommandStatus.COMPLETED and each.command_id in kinds:
            took[kinds[each.command_id]].append(round(each.duration.total_seconds(), 3))
    for kind, seconds in took.items():
        row = await transaction.row("durations_of", kind=kind)
        before = json.loads(row["seconds"]) if row is not None else []
        await transaction.change("keep_durations", kind=kind, seconds=json.dumps([*before, *seconds][-KEPT:]))
