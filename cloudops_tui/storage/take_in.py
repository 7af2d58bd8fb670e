"""Executions that the database does not know any more, taken in again from the files beside their output."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.policy.rollback import Undo, all_compensations, left_to_undo, undo_order
from cloudops_tui.state.execution import ExecutionState, result_of, undone
from cloudops_tui.state.reducer import apply, replay
from cloudops_tui.storage import executions
from cloudops_tui.storage.chain import FROM_FILES
from cloudops_tui.storage.folders import execution_folder
from cloudops_tui.storage.journal import Transaction
from cloudops_tui.storage.keepsake import Keepsake, begun
from cloudops_tui.storage.retold import Part, Placed, head_after, parts_of, whole_story
from cloudops_tui.storage.rows import bodies, event_of, event_row, owner_values, record_of, stored_of

NOBODY_KNOWS = "somebody of whom no record is left"

_WANTED = (
    "id", "number", "entry_id", "plan_id", "plan_digest", "approval_digest", "plan", "risk_level", "approval",
    "created_at", "conversation_id", "user_prompt", "owner_pid", "owner_boot", "owner_ticks", "files",
)  # fmt: skip


async def take_in(transaction: Transaction, found: Keepsake, now: datetime) -> int | None:
    """One execution: begun as it was begun, gone on as was decided, ended as it ended; what had begun and not ended is
    left for the engine to take over. Its number; None where it is known, was pruned, or its files make no sense."""
    values = {name: found.values.get(name) for name in _WANTED}
    if not await _is_new(transaction, values) or not await _add(transaction, values):
        return None
    stored = await executions.fetch(transaction, UUID(values["id"]))
    result = _result(found)
    if await put_back(transaction, stored, found.parts, found.attempts):
        await _tell_since(transaction, stored.id, result if found.ended_by else None, found, now)
        return stored.number
    later = _begun_later(found, result, {str(command.id) for command in stored.plan.commands})
    story: list[AnyExecutionEvent] = [
        happened.Started(
            execution_id=stored.id,
            plan=stored.plan,
            approval=stored.approval,
            conversation_id=stored.conversation_id,
            user_prompt=stored.user_prompt or None,
            files=stored.files or None,
        )
    ]
    story += _results_of(stored.id, result, later)
    story += _beginnings(stored.id, later, {})
    if result is not None and not later:
        story += _undone_by_itself(stored, result, found.attempts, now)
        if _all_ended(story):
            story.append(_end(stored.id, result))
    await tell(transaction, story, 1, now)
    return stored.number


async def put_back(
    transaction: Transaction, stored: StoredExecution, parts: Sequence[Part], attempts: Mapping[str, int]
) -> bool:
    """Give the journal back what the file of decisions has and it lacks; True where something was lacking.

    A decision that nobody knows to have been committed counts where something of it began.
    """
    while parts:
        events = whole_story(str(stored.id), parts)
        try:
            told = [event_of(row[-1]) for _, row in events]
            state = replay(stored.id, stored.plan, told)
        except (StorageError, ValueError):
            return False  # of another version: as if there were no such file
        if events and (parts[-1].kept or _begun_since(state, attempts)):
            return await _put_back(transaction, stored.id, events, parts[-1])
        parts = parts[:-1]
    return False


async def _put_back(
    transaction: Transaction, execution_id: UUID, events: Sequence[Placed], part: Part
) -> bool:
    """Where a link is left, only its event is lost; what comes after the last link is written as it was."""
    known = {one["place"]: one for one in await transaction.rows("chain_of", id=str(execution_id))}
    gone = [row for place, row in events if (one := known.get(place)) and (one["seq"], one["there"]) == (row[1], None)]
    for _, seq, at, kind, body in gone:
        await transaction.change("put_back_event", id=str(execution_id), seq=seq, at=at, kind=kind, body=body)
    end = await transaction.row("head_of", id=str(execution_id))
    if end is None or part.count <= end["count"]:
        return bool(gone)
    after = [(place, row) for place, row in events if place > end["count"]]
    if head_after(end["head"], after) != part.head:
        return bool(gone)  # it went on otherwise; `verify` names what its files know
    await transaction.journal([row for _, row in after])
    for _, row in after:
        if (follow := executions.following(event_of(row[-1]))) is not None:
            await follow(transaction)
    at = after[-1][1][2] or 0
    await transaction.change("take_up", id=str(execution_id), at=at, **owner_values(part.owner))
    return True


async def put_back_decisions(transaction: Transaction, state_dir: Path) -> list[int]:
    """Decisions after an end that the journal has lost, of executions that it knows. Returns their numbers."""
    changed = []
    for row in await transaction.rows("numbers_of_all"):
        folder = execution_folder(state_dir, UUID(row["id"]))
        if not (parts := parts_of(folder)):
            continue
        try:
            stored = await executions.fetch(transaction, UUID(row["id"]))
        except (StorageError, ValueError):
            continue  # damaged; it is listed as that
        if await put_back(transaction, stored, parts, begun(folder)):
            changed.append(stored.number)
    return changed


async def begin_what_began(transaction: Transaction, state_dir: Path, now: datetime) -> list[int]:
    """Commands of unfinished executions that have files and, after a log that lost its end, no word in the journal:
    told as begun, so that nobody takes them for never run; so are attempts after those that the journal knows. Returns
    the numbers of the executions."""
    changed = []
    for row in await transaction.rows("unfinished"):
        try:
            stored = stored_of(row)
            told = bodies(await transaction.rows("journal_after", id=str(stored.id), after=0))
        except (StorageError, ValueError):
            continue  # damaged; it is listed as that
        state = replay(stored.id, stored.plan, told)
        lost = _begun_since(state, begun(execution_folder(state_dir, stored.id)))
        if lost:
            await tell(transaction, lost, state.seq + 1, now)
            changed.append(stored.number)
    return changed


async def _tell_since(
    transaction: Transaction, execution_id: UUID, result: ExecutionResult | None, found: Keepsake, now: datetime
) -> None:
    """What the files know of the time after the last decision. What undoes has no result of its own there: the engine
    finds out what came of it."""
    told = bodies(await transaction.rows("journal_after", id=str(execution_id), after=0))
    state = replay(execution_id, (await executions.fetch(transaction, execution_id)).plan, told)
    newer = result if found.ended_by > state.seq and not state.status.ended else None
    story: list[AnyExecutionEvent] = []
    if newer is not None and not state.rolling_back:
        known = result_of(state, now).command_results
        fresh = tuple(one for one in newer.command_results if one not in known)
        story += _results_of(execution_id, newer.model_copy(update={"command_results": fresh}), {})
    seen = reduce(apply, story, state)
    begun_since = _begun_since(seen, found.attempts)
    if begun_since and seen.status.ended:
        again = tuple(one.command_id for one in begun_since if isinstance(one, happened.CommandStarted))
        story.append(happened.Redriven(execution_id=execution_id, by=NOBODY_KNOWS, remaining=again))
    if newer is not None and newer.status is ExecutionStatus.ROLLED_BACK:
        story += [*_all_undone(state, found.attempts, now), _end(execution_id, newer)]
    elif newer is not None and not (begun_since or state.rolling_back):
        story.append(_end(execution_id, newer))
    else:
        story += begun_since
    await tell(transaction, story, state.seq + 1, now)


async def index_anew(transaction: Transaction, serials: Sequence[int]) -> None:
    """What can be found of executions whose search text is lost."""
    for serial in serials:
        row = await transaction.row("execution_at", serial=serial)
        if row is None:
            continue
        try:
            ended = row["result"] is not None and ExecutionStatus(row["status"]).ended
            await executions.index(transaction, UUID(row["id"]), record_of(row).result if ended else None)
        except (StorageError, ValueError):
            continue  # damaged; it is listed as that


async def tell(transaction: Transaction, events: Sequence[AnyExecutionEvent], first: int, now: datetime) -> None:
    """Journal events, stamped, with what follows from each."""
    stamped = [event.model_copy(update={"seq": seq, "at": now}) for seq, event in enumerate(events, first)]
    await transaction.journal([event_row(event) for event in stamped])
    for event in stamped:
        if (follow := executions.following(event)) is not None:
            await follow(transaction)


async def _is_new(transaction: Transaction, values: dict[str, Any]) -> bool:
    if await transaction.row("execution", id=values["id"]) is not None:
        return False
    crossed_out = await transaction.row("pruned_in_ledger", id=values["id"])
    return crossed_out is None


async def _add(transaction: Transaction, values: dict[str, Any]) -> bool:
    number = await executions.imported_number(transaction, values.pop("number"))
    if values["entry_id"] is not None and await transaction.row("entry", id=values["entry_id"]) is None:
        values["entry_id"] = None
    try:
        serial = await executions.free_serial(transaction, int(values["created_at"]))
        await transaction.change("add_execution", **values, serial=serial, number=number)
        await executions.fetch(transaction, UUID(values["id"]))
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, StorageError, TypeError, ValueError, KeyError):
        await transaction.change("forget_by_id", id=str(values["id"]))
        return False
    if values["plan_digest"]:
        await transaction.change(
            "remember_run_again",
            id=values["id"], number=number, plan_id=values["plan_id"], plan_digest=values["plan_digest"],
        )  # fmt: skip
    await executions.enter(transaction, values["id"], number, FROM_FILES)
    await executions.index(transaction, UUID(values["id"]), None)
    return True


def _result(found: Keepsake) -> ExecutionResult | None:
    try:
        return ExecutionResult.model_validate_json(found.result) if found.result else None
    except ValidationError:
        return None


def _begun_later(found: Keepsake, result: ExecutionResult | None, planned: set[str]) -> dict[str, int]:
    """Attempts at commands of the plan that the result, if there is one, does not know."""
    known = {
        str(one.command_id): one.attempts or 1
        for one in (result.command_results if result else ())
        if one.status is not CommandStatus.SKIPPED
    }
    return {one: last for one, last in found.attempts.items() if one in planned and last > known.get(one, 0)}


def _begun_since(state: ExecutionState, attempts: Mapping[str, int]) -> list[AnyExecutionEvent]:
    """Attempts that have a folder, and that the story does not know of."""
    planned = {command.id for command in state.plan.commands}
    by_command = {one: last for one, last in attempts.items() if UUID(one) in planned}
    commands = _beginnings(state.execution_id, by_command, {one: state.attempts(one) for one in planned})
    return [*commands, *(_undoing_since(state, attempts) if state.rolling_back else ())]


def _undoing_since(state: ExecutionState, attempts: Mapping[str, int]) -> Iterator[AnyExecutionEvent]:
    for undo in all_compensations(state.plan):
        one, last = undo.compensation.id, attempts.get(str(undo.compensation.id), 0)
        known = state.compensations.get(one)
        if last > (known.attempt if known is not None else 0):
            yield happened.CompensationStarted(
                execution_id=state.execution_id, command_id=undo.command_id, compensation_id=one, attempt=last
            )


def _undone_by_itself(
    stored: StoredExecution, result: ExecutionResult, attempts: Mapping[str, int], now: datetime
) -> Iterator[AnyExecutionEvent]:
    """What the plan undid after its own failure, which no decision tells of. Of what began and whose command is not
    rolled back nobody has kept the end: it stays open, and the engine finds out what came of it."""
    undoing = [undo for undo in all_compensations(stored.plan) if str(undo.compensation.id) in attempts]
    if not undoing:
        return
    back = {one.command_id for one in result.command_results if one.status is CommandStatus.ROLLED_BACK}
    yield happened.RollbackStarted(execution_id=stored.id, reason="the execution failed")
    for undo in undoing:
        one = undo.compensation.id
        yield happened.CompensationStarted(
            execution_id=stored.id, command_id=undo.command_id, compensation_id=one, attempt=attempts[str(one)]
        )
        if undo.command_id in back:
            yield _undone(stored.id, undo, attempts, now)


def _all_ended(story: Sequence[AnyExecutionEvent]) -> bool:
    begun = {one.compensation_id for one in story if isinstance(one, happened.CompensationStarted)}
    return begun == {one.compensation_id for one in story if isinstance(one, happened.CompensationEnded)}


def _all_undone(state: ExecutionState, attempts: Mapping[str, int], now: datetime) -> Iterator[AnyExecutionEvent]:
    """It ended as RolledBack, and so everything that was left to undo was: nobody may undo it a second time."""
    yield from _undoing_since(state, attempts)
    for undo in left_to_undo(undo_order(state.plan, state.completed), undone(state)):
        yield _undone(state.execution_id, undo, attempts, now)


def _undone(execution_id: UUID, undo: Undo, attempts: Mapping[str, int], now: datetime) -> AnyExecutionEvent:
    one = undo.compensation.id
    return happened.CompensationEnded(
        execution_id=execution_id,
        command_id=undo.command_id,
        compensation_id=one,
        result=CommandResult(
            command_id=one,
            status=CommandStatus.COMPLETED,
            output="",
            error=None,
            duration=Duration.from_secs(0),
            started_at=now,
            completed_at=now,
            attempts=attempts.get(str(one)),
        ),
    )


def _beginnings(
    execution_id: UUID, attempts: Mapping[str, int], known: Mapping[UUID, int]
) -> list[AnyExecutionEvent]:
    return [
        happened.CommandStarted(execution_id=execution_id, command_id=UUID(command), attempt=attempt)
        for command, attempt in attempts.items()
        if attempt > known.get(UUID(command), 0)
    ]


def _results_of(
    execution_id: UUID, result: ExecutionResult | None, later: Mapping[str, int]
) -> Iterator[AnyExecutionEvent]:
    for one in result.command_results if result else ():
        command_id, error = one.command_id, one.error or "failed"
        if str(command_id) in later:
            continue
        if one.status is CommandStatus.SKIPPED:
            yield happened.CommandSkipped(execution_id=execution_id, command_id=command_id, reason=error)
            continue
        yield happened.CommandStarted(execution_id=execution_id, command_id=command_id, attempt=one.attempts or 1)
        if one.status in (CommandStatus.COMPLETED, CommandStatus.ROLLED_BACK):
            # What was undone had completed; what undid it is told after it.
            done = one.model_copy(update={"status": CommandStatus.COMPLETED})
            yield happened.CommandCompleted(execution_id=execution_id, command_id=command_id, result=done)
        else:
            yield happened.CommandFailed(execution_id=execution_id, command_id=command_id, error=error, result=one)


def _end(execution_id: UUID, result: ExecutionResult) -> AnyExecutionEvent:
    match result.status:
        case ExecutionStatus.COMPLETED:
            return happened.Completed(execution_id=execution_id, result=result)
        case ExecutionStatus.CANCELLED:
            return happened.Cancelled(execution_id=execution_id, result=result)
        case ExecutionStatus.ROLLED_BACK:
            return happened.RollbackCompleted(execution_id=execution_id, result=result)
        case _:
            return happened.Failed(execution_id=execution_id, error=result.error or Other("failed"), result=result)
