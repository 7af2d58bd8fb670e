"""What a journal folds to, in a form that can be kept beside it and compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cloudops_tui.state.execution import CommandState, ExecutionState


def folded(state: ExecutionState) -> dict[str, Any]:
    """Everything of the state that a screen or a decision depends on. May say more from version to version."""
    names = {command.id: command.description for command in state.plan.commands}
    strategy = state.plan.rollback_strategy
    undos = [one for some in strategy.compensations.values() for one in some] if strategy else []
    return {
        "status": state.status.value,
        "error": None if state.error is None else str(state.error),
        "seq": state.seq,
        "started_at": _moment(state.started_at),
        "ended_at": _moment(state.ended_at),
        "cancelled_by": state.cancelled_by,
        "stopped_by": state.stopped_by,
        "redrives": state.redrives,
        "doubtful": sorted(names[one] for one in state.doubtful),
        "held": None if state.held is None else state.held.profile,
        "befores": {names[one]: before.image for one, before in state.befores.items()},
        "acknowledged": [names[one] for one in (state.approval.acknowledged if state.approval else None) or ()],
        "rolling_back": state.rolling_back,
        "completed": [names[one] for one in state.completed],
        "commands": {name: _command(state.command(one)) for one, name in names.items()},
        "compensations": {
            one.description: _command(state.compensations[one.id]) for one in undos if one.id in state.compensations
        },
    }


def _command(known: CommandState) -> dict[str, Any]:
    result = known.result
    return {
        "status": known.status.value,
        "attempt": known.attempt,
        "skipped_by": known.skipped_by,
        "reconciled": None if known.reconciled is None else known.reconciled.words,
        "error": known.error,
        "started_at": _moment(known.started_at),
        "ended_at": _moment(known.ended_at),
        "output": None if result is None else result.output,
        "exit_code": None if result is None else result.exit_code,
        "error_code": None if result is None else result.error_code,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
