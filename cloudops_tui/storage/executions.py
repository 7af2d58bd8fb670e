"""What happens to executions and their records, inside one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.engine.ports import AlreadyRan, Conflict, NewExecution, Owner, StoredExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.summary import callers
from cloudops_tui.state.execution import result_of
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import chain, durations, queue, retold
from cloudops_tui.storage.errors import storage_error
from cloudops_tui.storage.journal import Transaction
from cloudops_tui.storage.listing import listed_values
from cloudops_tui.storage.rows import (
    SLOTS,
    bodies,
    duration_text,
    event_row,
    execution_values,
    micros,
    owner_values,
    record_values,
    serial_after,
    stored_of,
    writable,
)
from cloudops_tui.storage.search import index_values

LARGEST_NUMBER = 999_999
"""Six digits: what the command line takes as a number."""

Follow = Callable[[Transaction], Awaitable[None]]


async def create(transaction: Transaction, new: NewExecution) -> StoredExecution:
    """The row, its lease and its consumed approval; raises AlreadyRan, Conflict, KeyError."""
    entry = await queue.fetch(transaction, new.entry_id) if new.entry_id else None
    if entry is not None:
        _check_entry(entry, new)
    if not new.again:
        await _refuse_second_run(transaction, new, entry)
    values = execution_values(new)
    await _refuse_used_approval(transaction, values)
    number = await _number_for(transaction, entry)
    serial = await free_serial(transaction, values["created_at"])
    await transaction.change("add_execution", **values, serial=serial, number=number)
    await transaction.change(
        "remember_run", id=values["id"], number=number, plan_id=values["plan_id"], plan_digest=new.plan_digest
    )
    await enter(transaction, values["id"], number, chain.HERE)
    if entry is not None:
        await transaction.change(
            "begin_entry",
            id=str(entry.id),
            decided_by=writable(new.approval.approved_by) if new.approval else None,
            decided_at=micros(new.approval.approved_at if new.approval else new.created_at),
            decision=values["approval"],
            execution_id=values["id"],
            at=values["created_at"],
        )
    await index(transaction, new.id, None, reached=new.reaches)
    return await fetch(transaction, new.id)


async def fetch(transaction: Transaction, execution_id: UUID) -> StoredExecution:
    """One execution; raises KeyError."""
    return stored_of(await fetch_row(transaction, execution_id))


async def fetch_row(transaction: Transaction, execution_id: UUID) -> sqlite3.Row:
    """One execution's row; raises KeyError."""
    row = await transaction.row("execution", id=str(execution_id))
    if row is None:
        raise unknown_execution(execution_id)
    return row


def unknown_execution(execution_id: UUID) -> KeyError:
    """What is said of an id that nothing has."""
    gone = f"No execution has the id `{execution_id}`: it was pruned, or never was"
    return KeyError(f"{gone}; `cloudops-tui history` lists what there is")


def following(event: AnyExecutionEvent) -> Follow | None:
    """What an event changes beside the journal; None for the many that change nothing."""
    execution_id = str(event.execution_id)
    match event:
        case happened.Started():
            return lambda transaction: _begin(transaction, execution_id)
        case happened.CancellationRequested(by=by):
            return lambda transaction: _mark(transaction, "mark_cancel_requested", id=execution_id, by=writable(by))
        case happened.StopRequested(by=by):
            return lambda transaction: _mark(transaction, "mark_stop_requested", id=execution_id, by=writable(by))
        case happened.RollbackStarted():
            return lambda transaction: _roll_back(transaction, event)
        case happened.Redriven():
            return lambda transaction: _go_on(transaction, event)
        case happened.CommandReconciled(resolution=Resolution.DONE | Resolution.NOT_DONE):
            return lambda transaction: _reconcile(transaction, event)
        case happened.Completed() | happened.Failed() | happened.Cancelled() | happened.RollbackCompleted():
            return lambda transaction: _end(transaction, event)
        case _:
            return None


async def go_on(
    transaction: Transaction,
    folder: Path,
    execution_id: UUID,
    seen: int,
    events: Sequence[AnyExecutionEvent],
    owner: Owner,
    at: datetime,
) -> bool:
    """The story after an end, and its lease; False when it has not ended, or is longer than `seen`. Before it can be
    committed, `folder` has all that was told, too."""
    row = await fetch_row(transaction, execution_id)
    last = await transaction.row("last_event", id=str(execution_id))
    if not ExecutionStatus(row["status"]).ended or last is None or last["seq"] != seen:
        return False
    if (why := lost_words(row["number"], await transaction.row("lost_events", id=str(execution_id)))) is not None:
        raise StorageError(why)
    await transaction.change("take_up", id=str(execution_id), at=micros(at), **owner_values(owner))
    await transaction.journal([event_row(event) for event in events])
    for event in events:
        if (follow := following(event)) is not None:
            await follow(transaction)
    if events:
        await _retell(transaction, folder, execution_id, owner)
    return True


def lost_words(number: int, lost: sqlite3.Row | None) -> str | None:
    """Why nothing may be decided by the story of an execution: a part of it is gone. None where it is whole."""
    if lost is None or lost["lost"] <= 0:
        return None
    return (
        f"{lost['lost']} of the {lost['count']} events of {number} are lost, and the rest does not tell what was done, "
        f"so that nothing of it can go on, be undone or be resolved; `cloudops-tui verify {number}` names the first"
    )


async def _retell(transaction: Transaction, folder: Path, execution_id: UUID, owner: Owner) -> None:
    """Append what the file does not have yet. Should this transaction be undone, the next part replaces this one."""
    there = 0
    for part in await asyncio.to_thread(retold.parts_of, folder):
        link = await transaction.row("link_at", id=str(execution_id), place=part.count)
        if link is not None and link["link"] == part.head:
            there = part.count
    rows = await transaction.rows("told_in_order", id=str(execution_id), after=there)
    told = [(row["place"], (str(execution_id), row["seq"], row["at"], row["kind"], row["body"])) for row in rows]
    head = await transaction.row("head_of", id=str(execution_id))
    assert head is not None
    try:
        await asyncio.to_thread(retold.append_part, folder, told, head["head"], owner)
    except OSError as error:
        raise storage_error(error, folder / retold.STORY) from error


async def index(
    transaction: Transaction, execution_id: UUID, result: ExecutionResult | None, *, reached: Iterable[str] = ()
) -> None:
    """Write what can be found of an execution, in place of what was there; accounts that it `reached` are kept."""
    row = await fetch_row(transaction, execution_id)
    stored = stored_of(row)
    values = index_values(
        stored.plan,
        ids=(stored.id, stored.plan.id, stored.conversation_id, stored.entry_id),
        number=stored.number,
        user_prompt=stored.user_prompt,
        status=stored.status,
        risk_level=stored.risk_level,
        result=result,
    )
    await transaction.change("unindex_execution", serial=row["serial"])
    await transaction.change("index_execution", serial=row["serial"], **values)
    before = await transaction.row("accounts_of", id=str(execution_id))
    known = before["accounts"].split() if before is not None else ()
    await transaction.change("list_execution", **listed_values(row["serial"], stored, result, (*known, *reached)))


async def store(transaction: Transaction, record: ExecutionRecord, at: datetime) -> None:
    """A record from elsewhere, or another version of one that has ended; raises Conflict for one that still runs."""
    values = record_values(record)
    known = await transaction.row("execution", id=values["id"])
    if known is None:
        serial = await free_serial(transaction, values["created_at"])
        number = await imported_number(transaction, record.number)
        await transaction.change("store_record", **values, serial=serial, number=number)
        await enter(transaction, values["id"], number, chain.ELSEWHERE)
    else:
        _check_ended(known)
        same_time = known["created_at"] == values["created_at"]
        serial = known["serial"] if same_time else await free_serial(transaction, values["created_at"])
        await transaction.change("unindex_execution", serial=known["serial"])
        await transaction.change("replace_record", **values, serial=serial)
        await transaction.change("mark_replaced", id=values["id"], at=micros(at))
    await index(transaction, record.id, record.result)


async def forget(transaction: Transaction, execution_id: UUID, by: str, now: datetime) -> None:
    """Remove an ended execution's row, journal and index; nothing happens where there is none. The ledger keeps who."""
    known = await transaction.row("execution", id=str(execution_id))
    if known is None:
        return
    _check_ended(known)
    await _remove(transaction, known["serial"], by, now)


async def prune(transaction: Transaction, older_than: datetime, most: int, by: str, now: datetime) -> list[UUID]:
    """Remove at most that many ended executions created before a moment, oldest first; returns which."""
    at = micros(older_than)
    found = await transaction.rows("ended_before", last=serial_after(at), older_than=at, limit=most)
    for row in found:
        await _remove(transaction, row["serial"], by, now)
    return [UUID(row["id"]) for row in found]


async def free_serial(transaction: Transaction, created_at: int) -> int:
    """A free serial of that microsecond, or of the next one that has any."""
    first = created_at * SLOTS
    while True:
        row = await transaction.row("last_serial_between", first=first, last=first + SLOTS - 1)
        if row is None or row[0] is None:
            return first
        if row[0] < first + SLOTS - 1:
            return int(row[0]) + 1
        first += SLOTS


async def _begin(transaction: Transaction, execution_id: str) -> None:
    await transaction.change("mark_started", id=execution_id)
    await transaction.change("list_started", id=execution_id)


async def _mark(transaction: Transaction, name: str, **values: Any) -> None:
    await transaction.change(name, **values)


async def _roll_back(transaction: Transaction, event: happened.RollbackStarted) -> None:
    """It runs again; a cancellation that ended its first part is not meant for this one."""
    await transaction.change("mark_rolling_back", id=str(event.execution_id))
    await index(transaction, event.execution_id, None, reached=callers(event.approval))


async def _go_on(transaction: Transaction, event: happened.Redriven) -> None:
    """As after `_roll_back`; an edited plan takes the place of the old one, which Started still has."""
    await transaction.change("mark_rolling_back", id=str(event.execution_id))
    if event.plan is not None:
        plan = event.plan.model_dump_json()
        await transaction.change("put_edited_plan", id=str(event.execution_id), plan=plan)
    await index(transaction, event.execution_id, None, reached=callers(event.approval))


async def _reconcile(transaction: Transaction, event: happened.CommandReconciled) -> None:
    """What the whole story says by now; of an execution that has not ended its end will say it."""
    stored = await fetch(transaction, event.execution_id)
    if not ExecutionStatus(stored.status).ended:
        return
    story = bodies(await transaction.rows("journal_after", id=str(event.execution_id), after=0))
    state = replay(event.execution_id, stored.plan, story)
    ended_at = state.ended_at or event.at or stored.created_at
    result = result_of(state, ended_at)
    await transaction.change(
        "mark_ended",
        id=str(event.execution_id),
        status=result.status.value,
        result=result.model_dump_json(),
        duration=duration_text(result.duration),
        at=micros(ended_at),
    )
    await index(transaction, event.execution_id, result)


async def _end(
    transaction: Transaction,
    event: happened.Completed | happened.Failed | happened.Cancelled | happened.RollbackCompleted,
) -> None:
    result = await _final_result(transaction, event)
    at = micros(event.at) if event.at else None
    await _remember_durations(transaction, event.execution_id, result)
    await transaction.change(
        "mark_ended",
        id=str(event.execution_id),
        status=result.status.value,
        result=result.model_dump_json(),
        duration=duration_text(result.duration),
        at=at,
    )
    await transaction.change("finish_entry", execution_id=str(event.execution_id), at=at)
    await index(transaction, event.execution_id, result)


async def _remember_durations(transaction: Transaction, execution_id: UUID, result: ExecutionResult) -> None:
    """Once an execution: a rollback that was asked for later ends it again, and took nothing of these times."""
    row = await fetch_row(transaction, execution_id)
    if row["ended_at"] is None and result.command_results:
        await durations.remember(transaction, stored_of(row).plan, result)


async def _final_result(
    transaction: Transaction,
    event: happened.Completed | happened.Failed | happened.Cancelled | happened.RollbackCompleted,
) -> ExecutionResult:
    """What the event says; where it brings no result, what the whole story says."""
    if event.result is None:
        stored = await fetch(transaction, event.execution_id)
        story = bodies(await transaction.rows("journal_after", id=str(event.execution_id), after=0))
        return result_of(replay(event.execution_id, stored.plan, story), event.at or stored.created_at)
    if isinstance(event, happened.Cancelled):
        return event.result.model_copy(update={"status": ExecutionStatus.CANCELLED})
    return event.result


async def _refuse_second_run(transaction: Transaction, new: NewExecution, entry: QueueEntry | None) -> None:
    ran = await transaction.row("last_run", plan_id=str(new.plan.id), plan_digest=new.plan_digest)
    if ran is not None:
        decided = entry is not None and entry.state is QueueState.DONE
        said = became(entry, new.created_at) if entry is not None and decided else ""
        raise AlreadyRan(UUID(ran["execution_id"]), ran["number"], said)
    if entry is not None and entry.state is QueueState.DONE:
        raise Conflict(f"{entry.number} {became(entry, new.created_at)}; it cannot be started")


async def _refuse_used_approval(transaction: Transaction, values: Mapping[str, Any]) -> None:
    """One approval, one execution: not even `again` lets the same record begin a second one."""
    used = await transaction.row("used_approval", plan_id=values["plan_id"], approval=values["approval"])
    if used is not None:
        raise Conflict(f"This very approval began {used['number']}; each approval begins one execution, approve anew")


def _check_entry(entry: QueueEntry, new: NewExecution) -> None:
    # What has run is refused below, or not, for what it is: a plan that would run a second time.
    if entry.state not in (QueueState.REVIEW, QueueState.DONE):
        raise Conflict(f"{entry.number} {became(entry, new.created_at)}; it cannot be started")
    if entry.plan_digest != new.plan_digest:
        raise Conflict(
            f"The plan of {entry.number} has changed and {became(entry, new.created_at)}; "
            "review it again before approving it"
        )


async def _number_for(transaction: Transaction, entry: QueueEntry | None) -> int:
    if entry is not None and await transaction.row("number_has_run", number=entry.number) is None:
        return entry.number
    return await queue.take_number(transaction)


async def imported_number(transaction: Transaction, wanted: int | None) -> int:
    """The number that the record brings, if it is free here."""
    if wanted is None or not 1 <= wanted <= LARGEST_NUMBER:
        return await queue.take_number(transaction)
    if await transaction.row("number_is_used", number=wanted) is not None:
        return await queue.take_number(transaction)
    await transaction.change("skip_number", number=wanted)
    return wanted


def _check_ended(row: sqlite3.Row) -> None:
    if row["owner_pid"] > 0 and not ExecutionStatus(row["status"]).ended:
        raise Conflict(f"{row['number']} is still running; `cloudops-tui cancel {row['number']}` ends it")


async def enter(transaction: Transaction, execution_id: str, number: int, origin: str) -> None:
    """Into the ledger; where its row outlived a pruning, that one goes on to count."""
    values = {"id": execution_id, "number": number, "origin": origin, "head": chain.first_link(execution_id)}
    await transaction.change("enter_new", **values)


async def _remove(transaction: Transaction, serial: int, by: str, now: datetime) -> None:
    await transaction.change("cross_out", serial=serial, by=writable(by), at=micros(now))
    await transaction.change("forget_links", serial=serial)
    await transaction.change("unindex_execution", serial=serial)
    await transaction.change("forget_execution", serial=serial)
