"""The same commands as another plan: every id is new, everything else stays."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan


def once_more(plan: ExecutionPlan, new_id: Callable[[], UUID]) -> ExecutionPlan:
    """The plan under a new id, with new ids for its commands and compensations wherever they are named."""
    strategy = plan.rollback_strategy
    compensations = strategy.compensations if strategy else {}
    commands = [*plan.commands, *(command for each in compensations.values() for command in each)]
    ids = {command.id: new_id() for command in commands}

    def renamed(command: Command) -> Command:
        return command.model_copy(update={"id": ids[command.id]})

    changed: dict[str, object] = {"id": new_id(), "commands": tuple(map(renamed, plan.commands))}
    if isinstance(plan.mode, DependencyGraph):
        changed["mode"] = DependencyGraph(
            dependencies={
                # An id that no command has stays: what takes the plan in says so.
                ids.get(one, one): tuple(ids.get(need, need) for need in needs)
                for one, needs in plan.mode.dependencies.items()
            }
        )
    if strategy is not None:
        undone = {ids.get(one, one): tuple(map(renamed, each)) for one, each in compensations.items()}
        changed["rollback_strategy"] = strategy.model_copy(update={"compensations": undone})
    return plan.model_copy(update=changed)
