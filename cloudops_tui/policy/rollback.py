"""What would undo an execution, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import ExecutionPlan, RollbackTrigger


@dataclass(frozen=True)
class Undo:
    """One compensating command, and the command that it undoes."""

    command_id: UUID
    compensation: Command


def undo_order(plan: ExecutionPlan, completed: Sequence[UUID]) -> list[Undo]:
    """The compensations of what completed, the last that completed first; of one command in the plan's order."""
    if plan.rollback_strategy is None:
        return []
    compensations = plan.rollback_strategy.compensations
    return [
        Undo(command_id, compensation)
        for command_id in reversed(completed)
        for compensation in compensations.get(command_id, ())
    ]


def all_compensations(plan: ExecutionPlan) -> Iterable[Undo]:
    """Every compensation that the plan holds, in the order of its commands."""
    compensations = plan.rollback_strategy.compensations if plan.rollback_strategy else {}
    for command in plan.commands:
        for compensation in compensations.get(command.id, ()):
            yield Undo(command.id, compensation)


def runs_by_itself(plan: ExecutionPlan) -> bool:
    """The plan is undone without asking again when it fails."""
    return plan.rollback_strategy is not None and plan.rollback_strategy.trigger is RollbackTrigger.ON_FAILURE


def left_to_undo(undos: Sequence[Undo], done: Iterable[UUID]) -> list[Undo]:
    """What has not been undone; `done` holds ids of compensations that completed."""
    finished = set(done)
    return [undo for undo in undos if undo.compensation.id not in finished]
