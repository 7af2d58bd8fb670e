"""What would undo an execution, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.plan import ExecutionPlan, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.undo import ProposedUndo


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


def extended(plan: ExecutionPlan, proposals: Sequence[ProposedUndo]) -> ExecutionPlan:
    """The plan with what was proposed where it has nothing itself. It is still the plan that its digest names."""
    if not proposals:
        return plan
    strategy = plan.rollback_strategy or RollbackStrategy()
    made = {one.command_id: one.compensations for one in proposals}
    whole = strategy.model_copy(update={"compensations": {**strategy.compensations, **made}})
    return plan.model_copy(update={"rollback_strategy": whole})


def runs_by_itself(plan: ExecutionPlan) -> bool:
    """The plan may be undone without asking again: when it fails, or when a command fails that says so."""
    strategy = plan.rollback_strategy
    if strategy is None:
        return False
    asks_for_it = any(command.on_failure is OnFailure.ROLLBACK for command in plan.commands)
    return strategy.trigger is RollbackTrigger.ON_FAILURE or asks_for_it


def is_undone(plan: ExecutionPlan, failed: Iterable[Command]) -> bool:
    """An execution that failed by these commands is undone without asking again."""
    strategy = plan.rollback_strategy
    if strategy is None:
        return False
    by_command = any(command.on_failure is OnFailure.ROLLBACK for command in failed)
    return strategy.trigger is RollbackTrigger.ON_FAILURE or by_command


def with_names(plan: ExecutionPlan, compensations: Sequence[Command]) -> ExecutionPlan:
    """The plan with more compensations, of whichever command: only so that each can be named by its id."""
    strategy = plan.rollback_strategy or RollbackStrategy()
    known = {one.id for each in strategy.compensations.values() for one in each}
    more = tuple(one for one in compensations if one.id not in known)
    if not more or not plan.commands:
        return plan
    first = plan.commands[0].id
    whole = {**strategy.compensations, first: (*strategy.compensations.get(first, ()), *more)}
    return plan.model_copy(update={"rollback_strategy": strategy.model_copy(update={"compensations": whole})})


def left_to_undo(undos: Sequence[Undo], done: Iterable[UUID]) -> list[Undo]:
    """What has not been undone; `done` holds ids of compensations that completed."""
    finished = set(done)
    return [undo for undo in undos if undo.compensation.id not in finished]
