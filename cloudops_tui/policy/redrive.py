"""What is left of an execution, and the plan that it makes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from uuid import UUID, uuid5

from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, RollbackTrigger
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.graph import Frontier

DONE = frozenset({CommandStatus.COMPLETED, CommandStatus.ROLLED_BACK})
FAILED = frozenset({CommandStatus.FAILED, CommandStatus.UNKNOWN})


def not_done(
    plan: ExecutionPlan, statuses: Mapping[UUID, CommandStatus], waived: Collection[UUID] = ()
) -> tuple[UUID, ...]:
    """What a redrive would run, in the plan's order: everything that did not complete and nobody left out.

    `statuses` lacks what has not begun and was not skipped.
    """
    return tuple(
        one.id for one in plan.commands if one.id not in waived and statuses.get(one.id) not in DONE
    )


def unfinished(
    plan: ExecutionPlan, statuses: Mapping[UUID, CommandStatus], waived: Collection[UUID] = ()
) -> tuple[UUID, ...]:
    """What could still begin, the plan's own rules for failures kept; empty when all of it had its turn."""
    frontier = Frontier(plan)
    left: list[UUID] = []
    while frontier.ready:
        command_id = frontier.begin()
        status = statuses.get(command_id)
        if status in DONE or command_id in waived:
            frontier.ended(command_id, CommandStatus.COMPLETED)
        elif status in FAILED:
            frontier.ended(command_id, CommandStatus.FAILED)
        else:
            left.append(command_id)
    return tuple(left)


def remaining_plan(plan: ExecutionPlan, remaining: Collection[UUID], title: str) -> ExecutionPlan:
    """What is left as a plan of its own, to be assessed, digested and decided on.

    Nobody waits any more for what is not in it: that has completed, or a person left it out. Nothing of it is undone by
    itself: undoing would reach what completed before, and that is not part of this decision.
    """
    changed: dict[str, object] = {
        "description": f"{title}: {plan.description}",
        "commands": tuple(one for one in plan.commands if one.id in remaining),
        "risk_level": RiskLevel.READ_ONLY,  # the claim for the whole; what is left is assessed anew
        "estimated_duration": None,
    }
    if isinstance(plan.mode, DependencyGraph):
        changed["mode"] = DependencyGraph(
            dependencies={
                one: tuple(need for need in needs if need in remaining)
                for one, needs in plan.mode.dependencies.items()
                if one in remaining
            }
        )
    strategy = plan.rollback_strategy
    if strategy is not None:
        kept = {one: undo for one, undo in strategy.compensations.items() if one in remaining}
        changed["rollback_strategy"] = strategy.model_copy(
            update={"trigger": RollbackTrigger.MANUAL, "compensations": kept}
        )
    return plan.model_copy(update=changed)


def edited_plan(plan: ExecutionPlan, edited: ExecutionPlan, remaining: Collection[UUID]) -> ExecutionPlan:
    """The plan with the edited commands in place of those that they change; raises ValueError saying what may not be.

    A command that was changed is another one, and gets an id of its own: under the old one it would carry the client
    token of a request that it is not. The id is derived from what the command says, so that whoever approves the
    digest elsewhere means the same.
    """
    _same_frame(plan, edited)
    ids: dict[UUID, UUID] = {}
    for before, after in zip(plan.commands, edited.commands, strict=True):
        if before == after:
            continue
        if before.id not in remaining:
            raise ValueError(f"`{before.description}` has completed or was left out, and was changed")
        ids[before.id] = _new_id(after)
    if not ids:
        raise ValueError("Nothing was changed")
    return _renamed(edited, ids)


def _same_frame(plan: ExecutionPlan, edited: ExecutionPlan) -> None:
    if [one.id for one in plan.commands] != [one.id for one in edited.commands]:
        raise ValueError("Commands were added, removed or moved; only what a command says can be changed here")
    for name in ("id", "mode", "expected_account"):
        if getattr(plan, name) != getattr(edited, name):
            raise ValueError(f"`{name}` was changed; only what a command says can be changed here")
    before, after = plan.rollback_strategy, edited.rollback_strategy
    if before != after:
        raise ValueError("How it is undone was changed; only what a command says can be changed here")


def _new_id(command: Command) -> UUID:
    return uuid5(command.id, json.dumps(command.model_dump(mode="json"), sort_keys=True))


def _renamed(plan: ExecutionPlan, ids: Mapping[UUID, UUID]) -> ExecutionPlan:
    changed: dict[str, object] = {
        "commands": tuple(one.model_copy(update={"id": ids.get(one.id, one.id)}) for one in plan.commands)
    }
    if isinstance(plan.mode, DependencyGraph):
        changed["mode"] = DependencyGraph(
            dependencies={
                ids.get(one, one): tuple(ids.get(need, need) for need in needs)
                for one, needs in plan.mode.dependencies.items()
            }
        )
    strategy = plan.rollback_strategy
    if strategy is not None:
        undone = {ids.get(one, one): undo for one, undo in strategy.compensations.items()}
        changed["rollback_strategy"] = strategy.model_copy(update={"compensations": undone})
    return plan.model_copy(update=changed)
