"""Values as rows, and rows as values."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from cloudops_tui.engine.ports import NewEntry, NewExecution, Owner, StoredExecution
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import EVENT, AnyExecutionEvent
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState, Revision
from cloudops_tui.model.result import ExecutionResult
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.held import Held
from cloudops_tui.storage.chain import EventRow

Row = Mapping[str, Any] | sqlite3.Row
M = TypeVar("M")

SLOTS = 32
"""Serials in a microsecond. With that many, the year 9999 still fits into 63 bits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PROBLEMS: TypeAdapter[tuple[Problem, ...]] = TypeAdapter(tuple[Problem, ...])
_DURATION: TypeAdapter[Duration] = TypeAdapter(Duration)
_FILES: TypeAdapter[tuple[FrozenFile, ...]] = TypeAdapter(tuple[FrozenFile, ...])


def micros(at: datetime) -> int:
    """A moment as it is stored."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """A stored moment."""
    return _EPOCH + timedelta(microseconds=value)


def serial_after(at: int) -> int:
    """An upper bound for the serials of what was created before a moment, with room for a crowded microsecond."""
    return min((at + 100_000) * SLOTS, 2**63 - 1)


def writable(text: str) -> str:
    """Text that SQLite takes: what Python could not decode (a strange file name) is spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def event_row(event: AnyExecutionEvent) -> EventRow:
    """A stamped event as the journal has it."""
    if event.seq is None:
        raise ValueError(f"`{event.tag}` has no `seq`; only the bus's stamped events are journalled")
    return (
        str(event.execution_id),
        event.seq,
        micros(event.at) if event.at else None,
        event.tag,
        EVENT.dump_json(event).decode(),
    )


def event_of(body: str) -> AnyExecutionEvent:
    """A journalled event."""
    return _read(EVENT.validate_json, body, "event")


def entry_values(new: NewEntry) -> dict[str, Any]:
    """A submission as the queue's row; its id, number and state are the caller's."""
    return {
        "plan_id": str(new.plan.id) if new.plan else None,
        "plan_digest": new.plan_digest,
        "plan": new.plan.model_dump_json() if new.plan else None,
        "risk_level": new.risk_level.value if new.risk_level else None,
        "source": writable(new.source),
        "base_dir": writable(new.base_dir) if new.base_dir is not None else None,
        "submitted_at": micros(new.submitted_at),
        "conversation_id": str(new.conversation_id) if new.conversation_id else None,
        "user_prompt": writable(new.user_prompt),
        "problems": _PROBLEMS.dump_json(new.problems).decode(),
        "refused_text": writable(new.refused_text) if new.refused_text is not None else None,
        "refused_key": refusal_key(new),
        "files": files_text(new.files),
        "edited_by": writable(new.edited_by) if new.edited_by is not None else None,
    }


def refusal_key(new: NewEntry) -> str:
    """What makes two refused submissions the same: their text and where they came from."""
    text = new.refused_text if new.refused_text is not None else _PROBLEMS.dump_json(new.problems).decode()
    return hashlib.sha256(json.dumps([new.source, text]).encode()).hexdigest()


def entry_of(row: Row) -> QueueEntry:
    """An entry as the queue has it."""
    return QueueEntry(
        id=UUID(row["id"]),
        number=row["number"],
        state=QueueState(row["state"]),
        revision=row["revision"],
        plan=_plan(row["plan"]) if row["plan"] is not None else None,
        plan_digest=row["plan_digest"],
        risk_level=RiskLevel(row["risk_level"]) if row["risk_level"] else None,
        source=row["source"],
        base_dir=row["base_dir"],
        submitted_at=moment(row["submitted_at"]),
        changed_at=moment(row["changed_at"]),
        conversation_id=UUID(row["conversation_id"]),
        user_prompt=row["user_prompt"],
        problems=_read(_PROBLEMS.validate_json, row["problems"], "list of problems"),
        refused_text=row["refused_text"],
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]) if row["decided_at"] is not None else None,
        edited_by=row["edited_by"],
        reason=row["reason"],
        execution_id=UUID(row["execution_id"]) if row["execution_id"] else None,
        files=files_of(row["files"]),
    )


def held_of(body: str) -> Held:
    """What a digest stood for."""
    return _read(Held.model_validate_json, body, "part of a digest")


def files_text(files: Sequence[FrozenFile]) -> str | None:
    """Frozen files as they are stored; None where there are none."""
    return _FILES.dump_json(tuple(files)).decode() if files else None


def files_of(body: str | None) -> tuple[FrozenFile, ...]:
    """Stored frozen files."""
    return _read(_FILES.validate_json, body, "list of files") if body is not None else ()


def revision_of(row: Row) -> Revision:
    """A revision that another took the place of."""
    return Revision(
        revision=row["revision"],
        plan=_plan(row["plan"]),
        plan_digest=row["plan_digest"],
        risk_level=RiskLevel(row["risk_level"]),
        source=row["source"],
        at=moment(row["at"]),
        user_prompt=row["user_prompt"],
        conversation_id=UUID(row["conversation_id"]),
        edited_by=row["edited_by"],
    )


def execution_values(new: NewExecution) -> dict[str, Any]:
    """An execution as its row; its serial and number are the caller's."""
    return {
        "id": str(new.id),
        "entry_id": str(new.entry_id) if new.entry_id else None,
        "plan_id": str(new.plan.id),
        "plan_digest": new.plan_digest,
        "approval_digest": new.approval_digest,
        "plan": new.plan.model_dump_json(),
        "risk_level": new.risk_level.value,
        "approval": new.approval.model_dump_json() if new.approval else None,
        "created_at": micros(new.created_at),
        "conversation_id": str(new.conversation_id),
        "user_prompt": writable(new.user_prompt),
        "files": files_text(new.files),
        **{f"owner_{key}": value for key, value in owner_values(new.owner).items()},
    }


def owner_values(owner: Owner) -> dict[str, Any]:
    """A process as a lease names it."""
    return {"pid": owner.pid, "boot": owner.boot_id, "ticks": owner.started_ticks}


def stored_of(row: Row) -> StoredExecution:
    """An execution with its lease."""
    return StoredExecution(
        id=UUID(row["id"]),
        number=row["number"],
        plan=_plan(row["plan"]),
        plan_digest=row["plan_digest"] or "",
        approval_digest=row["approval_digest"],
        risk_level=RiskLevel(row["risk_level"]),
        status=row["status"],
        owner=Owner(row["owner_pid"], row["owner_boot"], row["owner_ticks"]),
        heartbeat_at=moment(row["heartbeat_at"]),
        created_at=moment(row["created_at"]),
        conversation_id=UUID(row["conversation_id"]),
        user_prompt=row["user_prompt"],
        approval=approval_of(row["approval"]),
        entry_id=UUID(row["entry_id"]) if row["entry_id"] else None,
        cancel_requested_by=row["cancel_requested_by"],
        files=files_of(row["files"]),
        stop_requested_by=row["stop_requested_by"],
    )


def record_values(record: ExecutionRecord) -> dict[str, Any]:
    """A finished record, from wherever it came, as its row; its serial and number are the caller's."""
    return {
        "id": str(record.id),
        "plan_id": str(record.execution_plan.id),
        "plan": record.execution_plan.model_dump_json(),
        "risk_level": (record.risk_level or record.execution_plan.risk_level).value,
        "status": record.result.status.value,
        "approval": record.approval_metadata.model_dump_json() if record.approval_metadata else None,
        "approval_digest": record.approval_metadata.digest if record.approval_metadata else None,
        "created_at": micros(record.timestamp),
        "ended_at": micros(record.timestamp + record.duration) if record.result.status.ended else None,
        "conversation_id": str(record.conversation_id),
        "user_prompt": writable(record.user_prompt),
        "result": record.result.model_dump_json(),
        "duration": duration_text(record.duration),
    }


def record_of(row: Row, result: ExecutionResult | None = None) -> ExecutionRecord:
    """One record; `result` where the stored one is not the last word."""
    known = result or _read(ExecutionResult.model_validate_json, row["result"], "result")
    stored = row["duration"] if result is None else None
    return ExecutionRecord(
        id=UUID(row["id"]),
        conversation_id=UUID(row["conversation_id"]),
        timestamp=moment(row["created_at"]),
        user_prompt=row["user_prompt"],
        execution_plan=_plan(row["plan"]),
        approval_metadata=approval_of(row["approval"]),
        result=known,
        duration=_DURATION.validate_json(stored) if stored else known.duration,
        number=row["number"],
        risk_level=RiskLevel(row["risk_level"]),
    )


def duration_text(duration: Duration) -> str:
    """A duration as it is stored."""
    return _DURATION.dump_json(duration).decode()


def approval_of(body: str | None) -> ApprovalMetadata | None:
    """A stored decision."""
    return _read(ApprovalMetadata.model_validate_json, body, "approval") if body is not None else None


def bodies(rows: Sequence[sqlite3.Row]) -> list[AnyExecutionEvent]:
    """Journalled events, in the order of their rows."""
    return [event_of(row["body"]) for row in rows]


@lru_cache(maxsize=8)  # one of 5,000 commands takes a tenth of a second, and what runs is read every few seconds
def _plan(body: str) -> ExecutionPlan:
    return _read(ExecutionPlan.model_validate_json, body, "plan")


def _read(read: Callable[[str], M], body: str, what: str) -> M:
    try:
        return read(body)
    except ValidationError as error:
        raise StorageError(
            f"A stored {what} cannot be read ({error.error_count()} problems, the first at "
            f"`{'/'.join(map(str, error.errors()[0]['loc']))}`); the program that wrote it was another version"
        ) from error
