"""What happens to queue entries, inside one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cloudops_tui.engine.ports import Conflict, NewEntry
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.policy.entries import became
from cloudops_tui.storage.journal import Transaction
from cloudops_tui.storage.rows import entry_of, entry_values, micros, writable


async def add(transaction: Transaction, new: NewEntry) -> QueueEntry:
    """The entry of a submission: the one that is there already, its next revision, or a new one."""
    values = entry_values(new)
    refused = new.plan is None or bool(new.problems)
    known = await transaction.row(
        "entry_of_refusal" if refused else "entry_of_plan",
        **{key: values[key] for key in (("refused_key",) if refused else ("plan_id",))},
    )
    if known is None:
        return await _queue(transaction, values, QueueState.REFUSED if refused else QueueState.REVIEW)
    entry = entry_of(known)
    expired = entry.state is QueueState.EXPIRED
    if refused or (entry.plan_digest == new.plan_digest and not expired):
        return entry
    if entry.state is not QueueState.REVIEW and not expired:
        raise Conflict(
            f"Plan `{values['plan_id']}` {became(entry, new.submitted_at)}, as it was; "
            "a changed plan needs an id of its own"
        )
    await transaction.change("keep_revision", id=str(entry.id))
    await transaction.change("revise_entry", **{**values, "id": str(entry.id)})
    return await fetch(transaction, entry.id)


async def fetch(transaction: Transaction, entry_id: UUID) -> QueueEntry:
    """One entry; raises KeyError."""
    row = await transaction.row("entry", id=str(entry_id))
    if row is None:
        raise KeyError(f"No queue entry has the id `{entry_id}`; `cloudops-tui queue` lists them")
    return entry_of(row)


async def reject(transaction: Transaction, entry_id: UUID, metadata: ApprovalMetadata, reason: str) -> QueueEntry:
    """Review -> Rejected; raises Conflict."""
    entry = await fetch(transaction, entry_id)
    if entry.state is not QueueState.REVIEW:
        now = metadata.approved_at
        raise Conflict(f"{entry.number} {became(entry, now)}; only what is in review can be rejected")
    await transaction.change(
        "reject_entry",
        id=str(entry_id),
        decided_by=writable(metadata.approved_by),
        reason=writable(reason),
        decision=metadata.model_dump_json(),
        at=micros(metadata.approved_at),
    )
    return await fetch(transaction, entry_id)


async def expire(transaction: Transaction, last: datetime, at: datetime) -> list[QueueEntry]:
    """Review -> Expired for everything whose last revision came at `last` or before; returns what expired."""
    rows = await transaction.rows("overdue_entries", last=micros(last))
    if rows:
        await transaction.change("expire_entries", last=micros(last), at=micros(at))
    return [await fetch(transaction, UUID(row["id"])) for row in rows]


async def move(transaction: Transaction, entry_id: UUID, state: QueueState, at: datetime) -> QueueEntry:
    """Set an entry's state; raises KeyError."""
    await transaction.change("move_entry", id=str(entry_id), state=state.value, at=micros(at))
    return await fetch(transaction, entry_id)


async def take_number(transaction: Transaction) -> int:
    """The next short number, of entries and executions alike."""
    await transaction.change("take_number")
    row = await transaction.row("taken_number")
    assert row is not None
    return int(row[0])


async def _queue(transaction: Transaction, values: dict[str, Any], state: QueueState) -> QueueEntry:
    entry_id = uuid4()
    await transaction.change(
        "add_entry",
        **{
            **values,
            "id": str(entry_id),
            "number": await take_number(transaction),
            "state": state.value,
            "conversation_id": values["conversation_id"] or str(uuid4()),
        },
    )
    return await fetch(transaction, entry_id)
