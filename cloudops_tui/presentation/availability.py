"""Which keys can be used now; and of those that cannot, why not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.entries import became, closed_to
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.seeing import numbers

READ_ONLY = "This session is read-only"


@dataclass(frozen=True)
class Lateness:
    """The engine has not answered since then."""

    since: datetime
    why: str = ""
    """What it said instead, such as an error of the store."""

    def __str__(self) -> str:
        since = wording.clock(self.since)
        if self.why:
            return f"The store has not been usable since {since}: {safe_line(self.why)}"
        return f"The engine has not answered since {since}"

    @property
    def word(self) -> str:
        """What is wrong, for a place that has room for no more."""
        return "NO STORE" if self.why else "LATE"

    @property
    def refusal(self) -> str:
        """Why nothing can be decided now."""
        return f"{self}; this may be old"


def decide(
    entry: QueueEntry | None, now: datetime, *, read_only: bool, late: Lateness | None = None
) -> str | None:
    """Why this entry cannot be approved, rejected or modified; None when it can."""
    if entry is None:
        return "Nothing is selected"
    if entry.state is not QueueState.REVIEW:
        return f"#{entry.number} {became(entry, now)}"
    if read_only:
        return READ_ONLY
    return late.refusal if late is not None else None


def run(
    entry: QueueEntry | None,
    now: datetime,
    *,
    read_only: bool,
    closed: Collection[str],
    late: Lateness | None = None,
) -> str | None:
    """Why it cannot be approved or modified, as far as the list knows; `closed` are the read-only profiles."""
    why_not = decide(entry, now, read_only=read_only, late=late)
    if why_not is None and entry is not None and entry.plan is not None:
        why_not = closed_to(entry.plan, closed)
    return safe_line(why_not) if why_not is not None else None


def approve(
    entry: QueueEntry | None,
    review: Review,
    now: datetime,
    *,
    read_only: bool,
    unseen: Sequence[int],
    dangers: int,
    late: Lateness | None = None,
) -> str | None:
    """Why it cannot be approved; None when it can. `unseen` are the numbers of those of its `dangers` that
    were not seen yet."""
    why_not = decide(entry, now, read_only=read_only, late=late)
    if why_not is not None:
        return why_not
    if review.blocked is not None:
        return safe_line(review.blocked)
    if unseen:
        missing = f"{len(unseen)} of {wording.counted(dangers, 'dangerous command')}"
        return f"{missing} still to be seen: {numbers(unseen)}; n reads on"
    return None


def rehearse(entry: QueueEntry | None, now: datetime, *, under_way: bool) -> str | None:
    """Why it cannot be rehearsed now."""
    if under_way:
        return "The rehearsal is under way"
    if entry is not None and entry.state is not QueueState.REVIEW:
        return f"#{entry.number} {became(entry, now)}"
    return None


def known_by_now(review: Review | None, asked: Sequence[ProfileIdentity]) -> str | None:
    """That an account is known which was not when the review was made; None where there is none."""
    found = {(one.profile, one.region): one.account for one in asked}
    for one in review.identities if review is not None else ():
        account = found.get((one.profile, one.region))
        if one.account is None and account is not None:
            return f"Profile `{safe_line(one.profile)}` is account {safe_line(account)} by now"
    return None


def changed_since(shown: QueueEntry, known: QueueEntry | None, now: datetime) -> str | None:
    """Why a decision on what was shown would not count any more; None while it would. `known` is the entry by now."""
    if known is None:
        return f"#{shown.number} is not in the queue any more"
    if known.state is not QueueState.REVIEW:
        return f"#{known.number} {became(known, now)}"
    if (known.revision, known.plan_digest) != (shown.revision, shown.plan_digest):
        by = f" (by {safe_line(known.edited_by)})" if known.edited_by else ""
        return f"#{known.number} changed from r{shown.revision} to r{known.revision}{by} while you looked at it"
    return None
