"""Looking at an execution whose process died, without touching it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from cloudops_tui.engine.attempt import client_token, result_of_outcome
from cloudops_tui.engine.left_behind import outcome_left_behind
from cloudops_tui.engine.ports import Attempt, AttemptExecutor, AttemptOutcome, Clock, Storage
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutionConfig
from cloudops_tui.model.errors import ExecutionError, ExecutorNotAvailable
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.state.execution import CommandState, ExecutionState, with_command


async def of_orphan(
    state: ExecutionState,
    storage: Storage,
    clock: Clock,
    executor_for: Callable[[Command], AttemptExecutor],
    config: ExecutionConfig,
    interrupted: ExecutionError,
) -> ExecutionState:
    """The state as it would be found on taking over now: running only where a runner lives, completed only with a
    result, otherwise not known. Nothing is written, ended or begun."""
    alive = False
    compensations = [undo.compensation for undo in all_compensations(state.plan)]
    for command in (*state.plan.commands, *compensations):
        known = state.compensations.get(command.id) or state.command(command.id)
        if known.status is not CommandStatus.RUNNING:
            continue
        attempt = _attempt(state, command, known, storage, config)
        if _is_alive(executor_for, attempt):
            alive = True
            continue
        outcome = await outcome_left_behind(known, attempt, executor_for)
        found = _as_left(known, outcome, attempt, clock, doubtful=state.in_doubt(command.id))
        if command.id in state.compensations:
            state = replace(state, compensations=state.compensations.set(command.id, found))
        else:
            state = with_command(state, command.id, found)
    if alive:
        return state
    ended = state.ended_at or _last_moment(state)
    return replace(state, status=ExecutionStatus.FAILED, ended_at=ended, error=interrupted, held=None)


def _is_alive(executor_for: Callable[[Command], AttemptExecutor], attempt: Attempt) -> bool:
    try:
        return executor_for(attempt.command).alive(attempt.folder)
    except ExecutorNotAvailable:
        return False


def _attempt(
    state: ExecutionState, command: Command, known: CommandState, storage: Storage, config: ExecutionConfig
) -> Attempt:
    number = max(known.attempt, 1)
    return Attempt(
        execution_id=state.execution_id,
        command=command,
        argv=None,
        number=number,
        timeout=command.timeout or config.command_timeout,
        client_token=client_token(state.execution_id, command.id),
        folder=storage.attempt_folder(state.execution_id, command.id, number),
        sink=lambda stream, lines: None,
        cancel=asyncio.Event(),
    )


def _as_left(
    known: CommandState, found: AttemptOutcome, attempt: Attempt, clock: Clock, *, doubtful: bool
) -> CommandState:
    began = known.started_at or clock.now()
    # Whether it was a read is not looked up here: what is not known is shown as not known.
    ended = began + found.duration
    result = result_of_outcome(found, attempt, began, ended, reads=False, doubtful=doubtful)
    return replace(known, status=result.status, ended_at=result.completed_at, error=result.error, result=result)


def _last_moment(state: ExecutionState) -> datetime | None:
    moments = [one.ended_at or one.started_at for one in state.commands.values()]
    return max((one for one in moments if one is not None), default=state.started_at)
