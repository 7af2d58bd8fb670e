"""The one fold: from what happened to what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import assert_never
from uuid import UUID

from cloudops_tui.model import events as happened
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.policy.rollback import extended
from cloudops_tui.state.execution import CommandState, ExecutionState, begin, with_command


def replay(execution_id: UUID, plan: ExecutionPlan, events: Iterable[AnyExecutionEvent]) -> ExecutionState:
    """What is known after all of `events`."""
    return reduce(apply, events, begin(execution_id, plan))


def apply(state: ExecutionState, event: AnyExecutionEvent) -> ExecutionState:
    """What is known after one more event. Output is kept elsewhere and changes nothing here."""
    if isinstance(event, happened.CommandOutput):
        return state
    return replace(_fold(state, event), seq=event.seq if event.seq is not None else state.seq + 1)


def _fold(state: ExecutionState, event: AnyExecutionEvent) -> ExecutionState:
    match event:
        case happened.Started():
            return replace(state, status=ExecutionStatus.RUNNING, started_at=event.at, approval=event.approval)
        case happened.CommandStarted():
            known = state.command(event.command_id)
            begun = with_command(state, event.command_id, _attempted(known, event.attempt, event.at))
            if event.before is None:
                return begun
            return replace(begun, befores=begun.befores.set(event.command_id, event.before))
        case happened.CommandRetryScheduled():
            known = state.command(event.command_id)
            due = _due(event.at, event.after)
            return with_command(state, event.command_id, replace(known, error=event.error, retry_at=due))
        case happened.CommandCompleted():
            done = with_command(state, event.command_id, _ended(state.command(event.command_id), event.result))
            return replace(done, completed=(*state.completed, event.command_id))
        case happened.CommandFailed():
            return with_command(state, event.command_id, _failed(state.command(event.command_id), event))
        case happened.CommandSkipped():
            return with_command(state, event.command_id, _skipped(event))
        case happened.CancellationRequested():
            return replace(state, cancelled_by=event.by)
        case happened.Completed():
            return _finished(state, event.result, event.at)
        case happened.Failed():
            status = event.result.status if event.result else ExecutionStatus.FAILED
            return replace(_finished(state, event.result, event.at), status=status, error=event.error.fresh())
        case happened.Cancelled():
            return replace(_finished(state, event.result, event.at), status=ExecutionStatus.CANCELLED)
        case happened.RollbackStarted():
            waited = event.at - state.ended_at if event.at and state.ended_at else timedelta(0)
            idle = state.idle + max(waited, timedelta(0))
            plan = extended(state.plan, event.proposed or ())
            return replace(
                state, plan=plan, status=ExecutionStatus.RUNNING, rolling_back=True, ended_at=None, idle=idle
            )
        case happened.CompensationStarted():
            known = state.compensations.get(event.compensation_id, CommandState())
            attempted = _attempted(known, event.attempt, event.at)
            return replace(state, compensations=state.compensations.set(event.compensation_id, attempted))
        case happened.CompensationEnded():
            known = state.compensations.get(event.compensation_id, CommandState())
            ended = _ended(known, event.result)
            return _undone(replace(state, compensations=state.compensations.set(event.compensation_id, ended)), event)
        case happened.RollbackCompleted():
            return _finished(state, event.result, event.at)
        case happened.CommandOutput():
            return state
        case _:
            assert_never(event)


def _attempted(known: CommandState, attempt: int | None, at: datetime | None) -> CommandState:
    return replace(
        known,
        status=CommandStatus.RUNNING,
        attempt=attempt or known.attempt + 1,
        started_at=known.started_at or at,
        ended_at=None,
        retry_at=None,
        result=None,
    )


def _due(at: datetime | None, after: timedelta) -> datetime | None:
    try:
        return at + after if at else None
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)  # a wait of centuries is no reason to lose the story


def _ended(known: CommandState, result: CommandResult) -> CommandState:
    return replace(
        known,
        status=result.status,
        started_at=known.started_at or result.started_at,
        ended_at=result.completed_at,
        error=result.error,
        retry_at=None,
        result=result,
    )


def _failed(known: CommandState, event: happened.CommandFailed) -> CommandState:
    if event.result is not None:
        return _ended(known, event.result)
    return replace(known, status=CommandStatus.FAILED, ended_at=event.at, error=event.error, retry_at=None)


def _skipped(event: happened.CommandSkipped) -> CommandState:
    return CommandState(
        status=CommandStatus.SKIPPED, started_at=event.at, ended_at=event.at, error=event.reason
    )


def _finished(state: ExecutionState, result: ExecutionResult | None, at: datetime | None) -> ExecutionState:
    if result is None:
        return replace(state, ended_at=at, rolling_back=False)
    return replace(
        state,
        status=result.status,
        ended_at=at,
        rolling_back=False,
        error=result.error.fresh() if result.error else None,
    )


def _undone(state: ExecutionState, event: happened.CompensationEnded) -> ExecutionState:
    """A command counts as rolled back once the last of its compensations has completed."""
    strategy = state.plan.rollback_strategy
    compensations = strategy.compensations.get(event.command_id, ()) if strategy else ()
    last = compensations[-1].id if compensations else None
    if event.compensation_id != last or event.result.status is not CommandStatus.COMPLETED:
        return state
    known = state.command(event.command_id)
    result = known.result.model_copy(update={"status": CommandStatus.ROLLED_BACK}) if known.result else None
    return with_command(
        state, event.command_id, replace(known, status=CommandStatus.ROLLED_BACK, result=result)
    )
