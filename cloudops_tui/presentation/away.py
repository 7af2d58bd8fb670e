"""What happened since somebody looked last: one line for the start of a session, and its parts as notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording

NAMED = 2
"""Executions that did not end well and are named in the line; the notices name all."""


@dataclass(frozen=True)
class Away:
    """What is told."""

    line: str
    """Empty where nothing happened."""
    kind: str
    """`info`, or `warning` where something did not end well."""
    parts: tuple[tuple[str, str], ...]
    """Texts with their kinds, oldest first."""
    states: Mapping[UUID, QueueState] = field(default_factory=dict)
    """Where the plans that it is about stood; once one stands elsewhere it is not so any more."""

    def holds(self, known: Mapping[UUID, QueueEntry]) -> bool:
        """It is still so."""
        return all(one in known and known[one].state is state for one, state in self.states.items())


def away(entries: Iterable[QueueEntry], ends: Mapping[UUID, ExecutionStatus], since: datetime | None) -> Away:
    """What changed after `since`; nothing where it is not known. `ends` says how executions ended."""
    changed = sorted(
        (entry for entry in entries if since is not None and entry.changed_at > since), key=lambda each: each.changed_at
    )
    done = [(entry, _end(entry, ends)) for entry in changed if entry.state is QueueState.DONE]
    bad = [(entry, end) for entry, end in done if end is not None and end is not ExecutionStatus.COMPLETED]
    came = [entry for entry in changed if entry.state is QueueState.REVIEW]
    refused = [entry for entry in changed if entry.state is QueueState.REFUSED]
    expired = [entry for entry in changed if entry.state is QueueState.EXPIRED]
    words = [
        *(f"#{entry.number} {_ended(entry, end)}" for entry, end in bad[-NAMED:]),
        *((f"{len(bad) - NAMED} more ended badly",) if len(bad) > NAMED else ()),
        *((f"{len(done) - len(bad)} ok",) if len(done) > len(bad) else ()),
        *((wording.counted(len(came), "new review"),) if came else ()),
        *((f"{len(refused)} refused",) if refused else ()),
        *((f"{len(expired)} expired",) if expired else ()),
    ]
    parts = tuple(part for entry in changed if (part := _part(entry, ends)) is not None)
    return Away(
        f"while you were away: {', '.join(words)}" if words else "",
        "warning" if bad else "info",
        parts,
        {entry.id: entry.state for entry in changed},
    )


def _part(entry: QueueEntry, ends: Mapping[UUID, ExecutionStatus]) -> tuple[str, str] | None:
    title = safe_line(entry.plan.description if entry.plan else entry.source)
    match entry.state:
        case QueueState.DONE:
            end = _end(entry, ends)
            kind = "error" if end is ExecutionStatus.FAILED else "info"
            return f"While you were away #{entry.number} {_ended(entry, end)}: {title}", kind
        case QueueState.REVIEW:
            return f"While you were away #{entry.number} came from {safe_line(entry.source)}: {title}", "info"
        case QueueState.REFUSED | QueueState.EXPIRED:
            return f"While you were away #{entry.number} was {entry.state.value.lower()}: {title}", "warning"
        case _:
            return None


def _end(entry: QueueEntry, ends: Mapping[UUID, ExecutionStatus]) -> ExecutionStatus | None:
    return ends.get(entry.execution_id) if entry.execution_id else None


def _ended(entry: QueueEntry, end: ExecutionStatus | None) -> str:
    word = wording.EXECUTION_SIGNS[end].word if end is not None else "ended"
    return f"{word} {wording.clock(entry.changed_at)}"
