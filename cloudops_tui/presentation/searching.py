"""What the words of a history search mean, and how the quick keys change them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import (
    ApprovedBy,
    Asked,
    Condition,
    Ended,
    Exited,
    Identified,
    InConversation,
    Mine,
    Named,
    Reached,
    Risked,
    Since,
    Until,
    Word,
)
from cloudops_tui.policy import query
from cloudops_tui.policy.query import Term
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.moments import day as day_of
from cloudops_tui.presentation.moments import moment

KEYS = ("status", "user", "plan", "risk", "exit", "since", "until", "day", "id", "account", "env", "conversation")
WINDOWS = ("today", "24h", "7d", "30d")
"""What `t` goes through; after the last, all of time."""
FAILED_ONLY = "failed,rolled_back,unknown"
"""What `f` means by failed: a failure that was undone was one, and what nobody knows may have been."""
RISKS = ("destructive", "modify", "read")
"""What `s` goes through; after the last, every risk."""
ME = "me"

_STATUSES = {
    "ok": ExecutionStatus.COMPLETED,
    "done": ExecutionStatus.COMPLETED,
    "completed": ExecutionStatus.COMPLETED,
    "failed": ExecutionStatus.FAILED,
    "cancelled": ExecutionStatus.CANCELLED,
    "canceled": ExecutionStatus.CANCELLED,
    "rolledback": ExecutionStatus.ROLLED_BACK,
    "running": ExecutionStatus.RUNNING,
    "pending": ExecutionStatus.PENDING,
}
_RISKS = {
    "read": RiskLevel.READ_ONLY,
    "readonly": RiskLevel.READ_ONLY,
    "modify": RiskLevel.MODIFY,
    "destructive": RiskLevel.DESTRUCTIVE,
    "destroy": RiskLevel.DESTRUCTIVE,
}
_HOW = {
    "status": "ok, failed, cancelled, rolled_back, running, unknown",
    "user": "a part of the approver's name, or me",
    "plan": "a part of the plan's name",
    "risk": "read, modify, destructive",
    "exit": "an exit code, or several with commas between",
    "since": "7d, 24h, today or 2026-08-22",
    "until": "7d, 24h, today or 2026-08-22",
    "day": "today, yesterday or 2026-08-22",
    "id": "a number such as 418, or the beginning of an id",
    "account": "twelve digits, or the name of an account in the configuration",
    "env": "the name of an account in the configuration, or twelve digits",
    "conversation": "the beginning of its id",
}


class Scope(Enum):
    """Of which records a search is made."""

    ALL = "all"
    MINE = "mine"
    ACCOUNT = "this account"

    @property
    def next(self) -> Scope:
        """What `ctrl+r` goes on to."""
        scopes = list(Scope)
        return scopes[(scopes.index(self) + 1) % len(scopes)]


@dataclass(frozen=True)
class Standpoint:
    """What `me`, `today` and an account's name mean here and now."""

    now: datetime
    operator: str = ""
    account: str | None = None
    """The one that the frame shows; None while it is not known."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Names in the configuration, in lower case, and their twelve digits."""


@dataclass(frozen=True)
class Search:
    """What is looked for: every condition holds."""

    text: str
    conditions: tuple[Condition, ...] = ()
    terms: tuple[Term, ...] = ()
    """Every part, in the order in which it was typed."""
    hints: tuple[str, ...] = ()
    """What could not be understood, and what could be meant; such parts do not filter."""
    scope: Scope = Scope.ALL


def read(text: str, here: Standpoint, scope: Scope = Scope.ALL) -> Search:
    """Understand a search such as `kernel !canary status:failed since:7d`. Never fails: what it does not understand it
    says."""
    terms = query.terms(text)
    conditions = list(_of_scope(scope, here))
    hints: list[str] = []
    for term in terms:
        if term.key in KEYS:
            asked = _asked(term, here)
            if asked is None:
                hints += [] if not term.value else [f"`{term.key}:{safe_line(term.value)}`: {_HOW[term.key]}"]
            else:
                conditions += [Condition(one, term.negated) for one in asked]
            continue
        hints += _nearest_key(term) if term.key else []
        word = term.text.removeprefix("!") if term.key else term.value
        if any(map(str.isalnum, word)):
            conditions.append(Condition(Word(word.replace('"', ""), phrase=term.quoted), term.negated))
    return Search(text, tuple(conditions), terms, tuple(hints), scope)


# --- quick keys ------------------------------------------------------------------------------------------------------


def with_failed_only(text: str) -> str:
    """Failed ones only, those that were rolled back or are unknown included, or no longer."""
    only = query.value_of(text, "status") in (FAILED_ONLY, "failed")
    return query.with_value(text, "status", None if only else FAILED_ONLY)


def with_me(text: str) -> str:
    """What I approved, or what anyone did."""
    return query.with_value(text, "user", None if query.value_of(text, "user") == ME else ME)


def with_next_window(text: str) -> str:
    """Today, 24 hours, 7 days, 30 days, all."""
    since = _next(WINDOWS, query.value_of(text, "since"))
    return query.with_value(query.with_value(text, "day", None), "since", since)


def with_next_risk(text: str) -> str:
    """Destructive, modify, read, all."""
    return query.with_value(text, "risk", _next(RISKS, query.value_of(text, "risk")))


def with_day(text: str, by: int, now: datetime) -> str | None:
    """Another day: one earlier or later than the one that is asked for. The first is today, or yesterday for earlier.

    None where the day would not have come yet.
    """
    today = now.astimezone(UTC).date()
    asked = query.value_of(text, "day")
    shown = day_of(asked, now) if asked else None
    if shown is None:
        wanted = today - timedelta(days=1) if by < 0 else today
    elif shown == date.min and by < 0:
        return None
    else:
        wanted = shown + timedelta(days=by)
    if wanted > today:
        return None
    for key in ("since", "until"):
        text = query.with_value(text, key, None)
    return query.with_value(text, "day", wanted.isoformat())


def without(text: str, term: Term) -> str:
    """The search with one of its parts taken out."""
    return query.without(text, term)


def without_last(text: str) -> str:
    """The search less its last part."""
    return " ".join(term.text for term in query.terms(text)[:-1])


# --- what a part means -----------------------------------------------------------------------------------------------


def _of_scope(scope: Scope, here: Standpoint) -> Sequence[Condition]:
    match scope:
        case Scope.MINE:
            return (Condition(Mine(here.operator)),)
        case Scope.ACCOUNT if here.account:
            return (Condition(Reached(frozenset({here.account}), or_not_recorded=True)),)
        case _:
            return ()


def _asked(term: Term, here: Standpoint) -> Sequence[Asked] | None:
    """What has to hold; None where the value means nothing."""
    value = term.value.strip()
    if not value:
        return None
    match term.key:
        case "status":
            return _ended(value)
        case "user":
            return (ApprovedBy(here.operator if value.lower() == ME else value),)
        case "plan":
            return (Named(value),)
        case "risk":
            levels = [_RISKS.get(_letters(each)) for each in _listed(value)]
            return None if None in levels else (Risked(frozenset(filter(None, levels))),)
        case "exit":
            codes = _listed(value)
            return (Exited(frozenset(map(int, codes))),) if all(map(_is_code, codes)) else None
        case "since":
            at = moment(value, here.now)
            return None if at is None else (Since(at),)
        case "until":
            at = moment(value, here.now, end=True)
            return None if at is None else (Until(at),)
        case "day":
            return _of_day(value, here.now, negated=term.negated)
        case "id":
            return (Identified(value),) if re.fullmatch(r"#?\d{1,6}|[0-9a-fA-F-]+", value) else None
        case "account" | "env":
            return _reached(value, here)
        case _:
            return (InConversation(value),) if re.fullmatch(r"[0-9a-fA-F-]+", value) else None


def _ended(value: str) -> Sequence[Asked] | None:
    names = [_letters(each) for each in _listed(value)]
    known = [_STATUSES.get(name) for name in names if name != "unknown"]
    if None in known:
        return None
    return (Ended(frozenset(filter(None, known)), unknown="unknown" in names),)


def _of_day(value: str, now: datetime, *, negated: bool) -> Sequence[Asked] | None:
    day = day_of(value, now)
    if day is None or negated or day == date.max:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (Since(start), Until(start + timedelta(days=1)))


def _reached(value: str, here: Standpoint) -> Sequence[Asked] | None:
    found = [here.accounts.get(each.lower(), each) for each in _listed(value)]
    return (Reached(frozenset(found)),) if all(re.fullmatch(r"\d{12}", each) for each in found) else None


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def _letters(value: str) -> str:
    return re.sub(r"[^a-z]", "", value.lower())


def _is_code(value: str) -> bool:
    return re.fullmatch(r"-?\d{1,5}", value) is not None


def _nearest_key(term: Term) -> list[str]:
    # An ARN or a URL is no mistyped filter.
    near = None if ":" in term.value or term.value.startswith("//") else query.nearest(term.key, KEYS)
    return [f"`{safe_line(term.key)}:` is searched as a word; did you mean `{near}:`?"] if near else []


def _next(values: Sequence[str], current: str | None) -> str | None:
    if current not in values:
        return values[0]
    place = values.index(current) + 1
    return values[place] if place < len(values) else None
