"""Executions that the database does not know any more, taken in again from the files beside their output."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.result import CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import executions
from cloudops_tui.storage.folders import execution_folder
from cloudops_tui.storage.journal import Transaction
from cloudops_tui.storage.keepsake import Keepsake, begun
from cloudops_tui.storage.rows import bodies, event_row, record_of, stored_of

FROM_FILES = "files"
"""The origin of a chain in the ledger."""

_WANTED = (
    "id", "number", "entry_id", "plan_id", "plan_digest", "approval_digest", "plan", "risk_level", "approval",
    "created_at", "conversation_id", "user_prompt", "owner_pid", "owner_boot", "owner_ticks", "files",
)  # fmt: skip


async def take_in(transaction: Transaction, found: Keepsake, now: datetime) -> int | None:
    """One execution: begun as it was begun, ended as it ended; what had begun and not ended is left for the engine to
    take over. Its number; None where it is known, was pruned, or its files make no sense."""
    values = {name: found.values.get(name) for name in _WANTED}
    if not await _is_new(transaction, values) or not await _add(transaction, values):
        return None
    stored = await executions.fetch(transaction, UUID(values["id"]))
    result = _result(found)
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
        story.append(_end(stored.id, result))
    await tell(transaction, story, 1, now)
    return stored.number


async def begin_what_began(transaction: Transaction, state_dir: Path, now: datetime) -> list[int]:
    """Commands of unfinished executions that have files and, after a log that lost its end, no word in the journal:
    told as begun, so that nobody takes them for never run; so are attempts after those that the journal knows. Returns
    the numbers of the executions."""
    changed = []
    for row in await transaction.rows("unfinished"):
        stored = stored_of(row)
        told = bodies(await transaction.rows("journal_after", id=str(stored.id), after=0))
        known = _told_attempts(told)
        planned = {command.id for command in stored.plan.commands}
        attempts = begun(execution_folder(state_dir, stored.id))
        lost = [
            one
            for one in _beginnings(stored.id, attempts, known)
            if isinstance(one, happened.CommandStarted) and one.command_id in planned
        ]
        if lost:
            await tell(transaction, lost, replay(stored.id, stored.plan, told).seq + 1, now)
            changed.append(stored.number)
    return changed


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


def _told_attempts(told: Iterable[AnyExecutionEvent]) -> dict[UUID, int]:
    """By command: the last attempt in the journal."""
    known: dict[UUID, int] = {}
    for event in told:
        if isinstance(event, happened.CommandStarted):
            known[event.command_id] = event.attempt or known.get(event.command_id, 0) + 1
    return known


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
        if one.status is CommandStatus.COMPLETED:
            yield happened.CommandCompleted(execution_id=execution_id, command_id=command_id, result=one)
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
