"""A person's word after the end, in words: an Unknown that was resolved, an execution that went on."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.events import CommandReconciled, Redriven
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Reconciliation
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording


def reconciled_words(event: CommandReconciled) -> str:
    """`marked done by alice: seen in the console`."""
    said = Reconciliation(resolution=event.resolution, by=event.by, reason=event.reason, at=event.at)
    return safe_line(said.words)


def redriven_words(event: Redriven) -> str:
    """`by alice: 3 commands, 1 left out, the plan edited: the quota was raised`."""
    parts = [wording.counted(len(event.remaining), "command")]
    if event.skipped:
        parts.append(f"{len(event.skipped)} left out")
    if event.plan is not None:
        parts.append("the plan edited")
    because = f": {event.reason}" if event.reason else ""
    return safe_line(f"by {event.by}: {', '.join(parts)}{because}")


def title_of(plan: ExecutionPlan, command_id: UUID) -> str:
    """The command's description, of a compensation too; its id where the plan has none such."""
    strategy = plan.rollback_strategy
    undoing = [one for each in (strategy.compensations.values() if strategy else ()) for one in each]
    found = (one.description for one in (*plan.commands, *undoing) if one.id == command_id)
    return safe_line(next(found, str(command_id)))
