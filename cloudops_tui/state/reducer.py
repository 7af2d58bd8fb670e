"""The one fold: from what happened to what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import assert_never
from uuid import UUID

from pyrsistent import pmap

from cloudops_tui.model import events as happened
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import (
    UNKNOWN_PREFIX,
    CommandResult,
    CommandStatus,
    ExecutionResult,
    ExecutionStatus,
)
from cloudops_tui.policy.rollback import extended
from cloudops_tui.state import resolving
from cloudops_tui.state.execution import CommandState, ExecutionState, Held, Turn, begin, with_command


def replay(execution_id: UUID, plan: ExecutionPlan, events: Iterable[AnyExecutionEvent]) -> ExecutionState:
    """What is known after all of `events`."""
    return reduce(apply, events, begin(execution_id, plan))


def apply(state: ExecutionState, event: AnyExecutionEvent) -> ExecutionState:
    """What is known after one more event. Output is kept elsewhere and changes nothing here."""
    if isinstance(event, happened.CommandOutput):
        return state
    folded = _fold(state, event)
    if state.turns or state.held:
        folded = _no_longer_waiting(folded, event)
    return replace(folded, seq=event.seq if event.seq is not None else state.seq + 1)


def _no_longer_waiting(state: ExecutionState, event: AnyExecutionEvent) -> ExecutionState:
    """What leaves or has ended waits for nothing any more."""
    match event:
        case happened.CommandStarted() | happened.CommandCompleted() | happened.CommandFailed():
            return replace(state, turns=state.turns.discard(event.command_id))
        case happened.CommandSkipped():
            return replace(state, turns=state.turns.discard(event.command_id))
        case happened.CompensationStarted() | happened.CompensationEnded():
            return replace(state, turns=state.turns.discard(event.compensation_id))
        case happened.Completed() | happened.Failed() | happened.Cancelled() | happened.RollbackCompleted():
            return replace(state, turns=pmap(), held=None)
        case _:
            return state


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
            one = event.command_id
            if one in state.compensations:
                undoing = _between_attempts(state.compensations[one], event)
                return replace(state, compensations=state.compensations.set(one, undoing))
            return with_command(state, one, _between_attempts(state.command(one), event))
        case happened.CommandCompleted():
            done = with_command(state, event.command_id, _ended(state.command(event.command_id), event.result))
            certain = done.doubtful - {event.command_id}
            return replace(done, completed=(*state.completed, event.command_id), doubtful=certain)
        case happened.CommandFailed():
            return with_command(state, event.command_id, _failed(state.command(event.command_id), event))
        case happened.CommandSkipped():
            return with_command(state, event.command_id, _skipped(state, event))
        case happened.CommandThrottled():
            turn = Turn(event.service, event.region, _due(event.at, event.after))
            return replace(state, turns=state.turns.set(event.command_id, turn))
        case happened.BeforeStateCompared():
            return state
        case happened.ExecutionHeld():
            held = Held(event.profile, event.error, event.renew, event.at, event.gives_up_at)
            return replace(state, held=held)
        case happened.ExecutionReleased():
            return replace(state, held=None)
        case happened.CancellationRequested():
            return replace(state, cancelled_by=event.by)
        case happened.StopRequested():
            return replace(state, stopped_by=event.by)
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
                state,
                plan=plan,
                status=ExecutionStatus.RUNNING,
                cancelled_by=None,
                stopped_by=None,
                rolling_back=True,
                ended_at=None,
                idle=idle,
            )
        case happened.CompensationStarted():
            known = state.compensations.get(event.compensation_id, CommandState())
            attempted = _attempted(known, event.attempt, event.at)
            return replace(state, compensations=state.compensations.set(event.compensation_id, attempted))
        case happened.CompensationEnded():
            known = state.compensations.get(event.compensation_id, CommandState())
            ended = _ended(known, event.result)
            ended_so = replace(state, compensations=state.compensations.set(event.compensation_id, ended))
            return resolving.undone(ended_so, event.command_id, event.compensation_id)
        case happened.RollbackCompleted():
            return _finished(state, event.result, event.at)
        case happened.CommandReconciled():
            return resolving.reconciled(state, event)
        case happened.Redriven():
            return resolving.redriven(state, event)
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


def _between_attempts(known: CommandState, event: happened.CommandRetryScheduled) -> CommandState:
    doubtful = known.doubtful or event.error.startswith(UNKNOWN_PREFIX)
    return replace(known, error=event.error, retry_at=_due(event.at, event.after), doubtful=doubtful)


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
        doubtful=False,
    )


def _failed(known: CommandState, event: happened.CommandFailed) -> CommandState:
    if event.result is not None:
        return _ended(known, event.result)
    return replace(known, status=CommandStatus.FAILED, ended_at=event.at, error=event.error, retry_at=None)


def _skipped(state: ExecutionState, event: happened.CommandSkipped) -> CommandState:
    if event.command_id in state.doubtful:
        # It was to be sent once more, and was not: what its earlier attempt did is as little known as before.
        said = f"{UNKNOWN_PREFIX}an earlier attempt may have been executed, and it was not sent again: {event.reason}"
        tried = state.attempts(event.command_id)
        return CommandState(CommandStatus.UNKNOWN, tried, event.at, event.at, error=said)
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
