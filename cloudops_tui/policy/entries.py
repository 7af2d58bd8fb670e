"""What became of a plan in the queue: in words, and when it has waited too long."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import assert_never

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.policy.safe_text import safe_line


def became(entry: QueueEntry, now: datetime) -> str:
    """To follow the entry's number: `was approved by alice at 12:05:10Z and is running`. Safe to show."""
    by = f" by {safe_line(entry.decided_by)}" if entry.decided_by else ""
    decided = f"{by} at {moment(entry.decided_at, now)}" if entry.decided_at else by
    match entry.state:
        case QueueState.REVIEW:
            return f"waits for a decision, at revision {entry.revision}"
        case QueueState.QUEUED:
            return f"was approved{decided} and waits to start"
        case QueueState.RUNNING:
            return f"was {_begun(entry)}{decided} and is running"
        case QueueState.DONE:
            return f"was {_begun(entry)}{decided} and has run"
        case QueueState.REJECTED:
            return f"was rejected{decided}"
        case QueueState.EXPIRED:
            return "expired before anybody decided; submit it again to have it reviewed"
        case QueueState.REFUSED:
            return "is not a valid plan; its sender has to correct it"
        case _:
            assert_never(entry.state)


def only_looked_at(profile: str) -> str:
    """Why nothing is run with this profile from here."""
    return (
        f"Profile `{profile}` is read-only here: its plans can be looked at and rehearsed, not run; "
        f'`[profiles."{profile}"] read_only` in the configuration says so'
    )


def closed_to(plan: ExecutionPlan, profiles: Collection[str]) -> str | None:
    """Why a plan cannot run that uses one of these read-only profiles; None when it uses none of them."""
    if not profiles:
        return None
    undoing = (undo.compensation for undo in all_compensations(plan))
    return next(
        (only_looked_at(command.profile) for command in (*plan.commands, *undoing) if command.profile in profiles), None
    )


def moment(at: datetime, now: datetime) -> str:
    """`12:05:10Z` on the same day, else with its date."""
    shown = at.astimezone(UTC)
    return f"{shown:%H:%M:%S}Z" if shown.date() == now.astimezone(UTC).date() else f"{shown:%Y-%m-%d %H:%M:%S}Z"


def overdue(entries: Iterable[QueueEntry], now: datetime, longest: Duration) -> list[QueueEntry]:
    """Entries whose last revision has waited for its decision longer than may be."""
    return [
        entry for entry in entries if entry.state is QueueState.REVIEW and now - entry.changed_at >= longest
    ]


def _begun(entry: QueueEntry) -> str:
    """Who ran something that needed no decision did not approve it."""
    return "approved" if entry.decided_by else "begun"
