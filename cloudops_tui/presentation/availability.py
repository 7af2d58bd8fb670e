"""Which keys can be used now; and of those that cannot, why not."""

from __future__ import annotations

from typing import assert_never

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.policy.safe_text import safe_line

READ_ONLY = "This session is read-only"


def decide(entry: QueueEntry | None, *, read_only: bool) -> str | None:
    """Why this entry cannot be approved, rejected or modified; None when it can."""
    if entry is None:
        return "Nothing is selected"
    if entry.state is not QueueState.REVIEW:
        return f"#{entry.number} {decided(entry)}"
    return READ_ONLY if read_only else None


def approve(entry: QueueEntry | None, review: Review | None, *, read_only: bool) -> str | None:
    """Why it cannot be approved; None when it can, or when only its review could tell."""
    why_not = decide(entry, read_only=read_only)
    if why_not is None and review is not None and review.blocked is not None:
        return safe_line(review.blocked)
    return why_not


def rehearse(entry: QueueEntry | None, *, under_way: bool) -> str | None:
    """Why it cannot be rehearsed now."""
    if under_way:
        return "The rehearsal is under way"
    if entry is not None and entry.state is not QueueState.REVIEW:
        return f"#{entry.number} {decided(entry)}"
    return None


def decided(entry: QueueEntry) -> str:
    """What became of an entry, to follow its number: `was rejected by bob`."""
    by = f" by {safe_line(entry.decided_by)}" if entry.decided_by else ""
    match entry.state:
        case QueueState.REVIEW:
            return "waits for a decision"
        case QueueState.QUEUED:
            return f"was approved{by} and waits to start"
        case QueueState.RUNNING:
            return f"was approved{by} and runs"
        case QueueState.DONE:
            return f"was approved{by} and has run"
        case QueueState.REJECTED:
            return f"was rejected{by}"
        case QueueState.EXPIRED:
            return "expired before anybody decided"
        case QueueState.REFUSED:
            return "is not a valid plan; its sender has to correct it"
        case _:
            assert_never(entry.state)


def changed_since(shown: QueueEntry, now: QueueEntry | None) -> str | None:
    """Why a decision on what was shown would not count any more; None while it would."""
    if now is None:
        return f"#{shown.number} is not in the queue any more"
    if now.state is not QueueState.REVIEW:
        return f"#{now.number} {decided(now)}"
    if (now.revision, now.plan_digest) != (shown.revision, shown.plan_digest):
        return f"#{now.number} changed from r{shown.revision} to r{now.revision} while you looked at it"
    return None
