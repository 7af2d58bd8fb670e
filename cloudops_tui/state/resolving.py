"""What a person's word makes of an execution that had ended: an Unknown resolved, the rest redriven."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pyrsistent import pmap

from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import CommandFailed, ExecutionError, Other, RollbackFailed, Timeout
from cloudops_tui.model.reconcile import Reconciliation, Resolution
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionStatus
from cloudops_tui.policy import redrive
from cloudops_tui.policy.rollback import all_compensations, left_to_undo, undo_order
from cloudops_tui.state.execution import CommandState, ExecutionState, command_result, with_command

NOT_FINISHED = "Not finished"
UNDONE = "It was undone, in part or in whole; run its plan again instead"
_NO_TIME = datetime.min.replace(tzinfo=UTC)


def statuses(state: ExecutionState) -> dict[UUID, CommandStatus]:
    """Of everything that has begun or was skipped."""
    return {one: known.status for one, known in state.commands.items()}


def waived(state: ExecutionState) -> frozenset[UUID]:
    """What a person left out."""
    return frozenset(one for one, known in state.commands.items() if known.skipped_by is not None)


def unresolved(state: ExecutionState) -> tuple[UUID, ...]:
    """Commands, then compensations, whose end is not known, each in the plan's order."""
    commands = [one.id for one in state.plan.commands if state.command(one.id).status is CommandStatus.UNKNOWN]
    undoing = [one for one, known in state.compensations.items() if known.status is CommandStatus.UNKNOWN]
    return (*commands, *undoing)


def remaining(state: ExecutionState) -> tuple[UUID, ...]:
    """What a redrive would run."""
    return redrive.not_done(state.plan, statuses(state), waived(state))


def cannot_go_on(state: ExecutionState) -> str | None:
    """Why the execution cannot be redriven; None when it can."""
    if not state.status.ended or state.rolling_back:
        return "It has not ended; cancel it first, or wait"
    unknown = len(unresolved(state))
    if unknown:
        are = "1 command is" if unknown == 1 else f"{unknown} commands are"
        return f"{are} Unknown; reconcile first: nothing is repeated while it may have been executed"
    if state.status is ExecutionStatus.ROLLED_BACK or state.compensations:
        return UNDONE
    if state.status is ExecutionStatus.COMPLETED:
        return "It completed; nothing is left to do"
    return None


# --- reconcile -------------------------------------------------------------------------------------------------------


def reconciled(state: ExecutionState, event: happened.CommandReconciled) -> ExecutionState:
    """One Unknown is resolved; where the execution stands follows from what is known by now."""
    said = Reconciliation(resolution=event.resolution, by=event.by, reason=event.reason, at=event.at)
    undoing = event.command_id in state.compensations
    known = state.compensations[event.command_id] if undoing else state.command(event.command_id)
    if known.status is not CommandStatus.UNKNOWN:
        return state
    if event.resolution is Resolution.RUN_AGAIN:
        return with_command(state, event.command_id, replace(known, reconciled=said))
    resolved = _resolved(known, event.command_id, said)
    if undoing:
        state = replace(state, compensations=state.compensations.set(event.command_id, resolved))
        return _standing_of_undoing(undone(state, _undoes(state, event.command_id), event.command_id))
    state = with_command(state, event.command_id, resolved)
    state = replace(state, doubtful=state.doubtful - {event.command_id})
    if event.resolution is Resolution.DONE:
        state = replace(state, completed=(*state.completed, event.command_id))
    return _standing(state)


def _resolved(known: CommandState, command_id: UUID, said: Reconciliation) -> CommandState:
    done = said.resolution is Resolution.DONE
    status = CommandStatus.COMPLETED if done else CommandStatus.FAILED
    error = None if done else f"{said.words}; before, {known.error or 'its end was not known'}"
    result = command_result(known, command_id, said.at or known.ended_at or known.started_at or _NO_TIME)
    return replace(
        known,
        status=status,
        error=error,
        reconciled=said,
        result=result and _with(result, status, error, said),
    )


def _with(result: CommandResult, status: CommandStatus, error: str | None, said: Reconciliation) -> CommandResult:
    return result.model_copy(update={"status": status, "error": error, "outcome": None, "reconciled": said})


def undone(state: ExecutionState, command_id: UUID, compensation_id: UUID) -> ExecutionState:
    """A command counts as rolled back once the last of its compensations has completed."""
    strategy = state.plan.rollback_strategy
    compensations = strategy.compensations.get(command_id, ()) if strategy else ()
    last = compensations[-1].id if compensations else None
    if compensation_id != last or state.compensations[compensation_id].status is not CommandStatus.COMPLETED:
        return state
    known = state.command(command_id)
    result = known.result.model_copy(update={"status": CommandStatus.ROLLED_BACK}) if known.result else None
    return with_command(
        state, command_id, replace(known, status=CommandStatus.ROLLED_BACK, result=result)
    )


def _undoes(state: ExecutionState, compensation_id: UUID) -> UUID:
    """The command that a compensation undoes; the compensation itself where the plan has none such."""
    found = (one.command_id for one in all_compensations(state.plan) if one.compensation.id == compensation_id)
    return next(found, compensation_id)


# --- where it stands by now ------------------------------------------------------------------------------------------


def _standing(state: ExecutionState) -> ExecutionState:
    """Status and error of an execution of which an Unknown was resolved."""
    if not state.status.ended or state.rolling_back:
        return state
    if state.status is ExecutionStatus.ROLLED_BACK or isinstance(state.error, RollbackFailed):
        return _standing_of_undoing(state)
    error = still_wrong(state)
    if error is None:
        return replace(state, status=ExecutionStatus.COMPLETED, error=None)
    if state.status is ExecutionStatus.CANCELLED:
        return state
    named = isinstance(state.error, CommandFailed | Timeout) or state.error is None
    return replace(state, status=ExecutionStatus.FAILED, error=error if named else state.error)


def still_wrong(state: ExecutionState) -> ExecutionError | None:
    """Why the execution has not done what it should; None when it has."""
    return first_failure(state) or not_finished(state)


def first_failure(state: ExecutionState) -> ExecutionError | None:
    """The earliest failure that fails the execution."""
    failed = [
        (known.ended_at or datetime.max.replace(tzinfo=UTC), command, known)
        for command in state.plan.commands
        if (known := state.command(command.id)).status in redrive.FAILED and not command.allow_failure
    ]
    if not failed:
        return None
    _, command, known = min(failed, key=lambda one: one[0])
    return CommandFailed(f"{command.description}: {known.error or 'failed'}")


def not_finished(state: ExecutionState) -> ExecutionError | None:
    """That something has not had its turn, though nothing failed."""
    left = redrive.unfinished(state.plan, statuses(state), waived(state))
    if not left:
        return None
    number = len(remaining(state))
    return Other(f"{NOT_FINISHED}: {number} of {len(state.plan.commands)} commands did not run; it can go on with them")


def _standing_of_undoing(state: ExecutionState) -> ExecutionState:
    """Where it stands after a rollback, by what is known to be undone."""
    if not state.status.ended or state.rolling_back or not state.compensations:
        return state
    finished = [one for one, known in state.compensations.items() if known.status is CommandStatus.COMPLETED]
    left = left_to_undo(undo_order(state.plan, state.completed), finished)
    if not left:
        return replace(state, status=ExecutionStatus.ROLLED_BACK, error=None)
    names = ", ".join(f"`{one.compensation.description}`" for one in left)
    return replace(state, status=ExecutionStatus.FAILED, error=RollbackFailed(f"left to do: {names}"))


# --- redrive ---------------------------------------------------------------------------------------------------------


def redriven(state: ExecutionState, event: happened.Redriven) -> ExecutionState:
    """It runs again: what remains is forgotten as if it had not begun, less the numbers of its attempts."""
    waited = event.at - state.ended_at if event.at and state.ended_at else timedelta(0)
    again = set(event.remaining)
    doubtful = {one for one in again if state.command(one).status is CommandStatus.UNKNOWN}
    commands, tried = state.commands, state.tried
    for one in again:
        if attempts := state.attempts(one):
            tried = tried.set(one, attempts)
        commands = commands.discard(one)
    for one, reason in (event.skipped or {}).items():
        if attempts := state.attempts(one):
            tried = tried.set(one, attempts)
        said = f"left out by {event.by}: {reason}"
        commands = commands.set(
            one, CommandState(CommandStatus.SKIPPED, 0, event.at, event.at, error=said, skipped_by=event.by)
        )
    return replace(
        state,
        plan=event.plan or state.plan,
        status=ExecutionStatus.RUNNING,
        commands=commands,
        tried=tried,
        doubtful=state.doubtful | doubtful,
        redrives=state.redrives + 1,
        ended_at=None,
        idle=state.idle + max(waited, timedelta(0)),
        error=None,
        cancelled_by=None,
        stopped_by=None,
        held=None,
        turns=pmap(),
    )
