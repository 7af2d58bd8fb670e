"""Records in short: how they are stored, and how the conditions of a search become SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import (
    ApprovedBy,
    Asked,
    Condition,
    Ended,
    Exited,
    Identified,
    InConversation,
    Listed,
    Mine,
    Named,
    Reached,
    Risked,
    Since,
    Until,
    Word,
)
from cloudops_tui.policy.summary import summary
from cloudops_tui.storage.rows import SLOTS, Row, micros, moment, serial_after, writable
from cloudops_tui.storage.search import word_match
from cloudops_tui.storage.statements import statements

Values = dict[str, Any]

_PARAMETER = re.compile(r":(\w+)")
_NUMBER = re.compile(r"#?(\d{1,6})", re.ASCII)


def listed_values(
    serial: int, stored: StoredExecution, result: ExecutionResult | None, reached: Iterable[str] = ()
) -> Values:
    """The row of the list for one execution; `reached` are accounts that neither its plan nor its approval name."""
    short = summary(stored.plan, stored.approval, result)
    return {
        "serial": serial,
        "id": str(stored.id),
        "number": stored.number,
        "plan_id": str(stored.plan.id),
        "conversation_id": str(stored.conversation_id),
        "created_at": micros(stored.created_at),
        "status": stored.status,
        "risk_level": stored.risk_level.value,
        "took": result.duration // timedelta(microseconds=1) if result else None,
        "title": writable(short.title),
        "approver": writable(short.approver) if short.approver is not None else None,
        "approved_at": micros(stored.approval.approved_at) if stored.approval else None,
        "accounts": _blanked(dict.fromkeys((*short.accounts, *reached))),
        "commands": short.commands,
        "completed": short.completed,
        "unknown": short.unknown,
        "exits": _blanked(map(str, short.exits)),
        "exit_code": short.exit_code,
        "failed_command": writable(short.failed_command) if short.failed_command is not None else None,
        "error": writable(short.error) if short.error is not None else None,
        "output_bytes": short.output_bytes,
        "user_prompt": stored.user_prompt,
    }


def listed_of(row: Row) -> Listed:
    """A row of the list."""
    return Listed(
        place=row["serial"],
        id=UUID(row["id"]),
        number=row["number"],
        status=ExecutionStatus(row["status"]),
        risk_level=RiskLevel(row["risk_level"]),
        created_at=moment(row["created_at"]),
        duration=timedelta(microseconds=row["took"]) if row["took"] is not None else None,
        title=row["title"],
        approver=row["approver"],
        approved_at=moment(row["approved_at"]) if row["approved_at"] is not None else None,
        accounts=tuple(row["accounts"].split()),
        commands=row["commands"],
        completed=row["completed"],
        unknown=row["unknown"],
        exits=tuple(sorted(map(int, row["exits"].split()))),
        exit_code=row["exit_code"],
        failed_command=row["failed_command"],
        error=row["error"],
        output_bytes=row["output_bytes"],
        user_prompt=row["user_prompt"],
        unreadable=bool(row["unreadable"]),
    )


def page(
    wanted: Sequence[Condition], limit: int, *, before: int | None = None, up_to: int | None = None
) -> tuple[str, Values]:
    """The newest records that meet the conditions, older than the place `before`, or not newer than `up_to`."""
    text, values = _where(wanted)
    parts = [statements()["listed"], text]
    if before is not None:
        parts.append(statements()["listed_before"])
        values["before"] = before
    if up_to is not None:
        parts.append(statements()["listed_up_to"])
        values["up_to"] = up_to
    return "\n".join([*parts, statements()["page_of_listed"]]), values | {"limit": limit}


def number_of(wanted: Sequence[Condition], most: int, *, after: int | None = None) -> tuple[str, Values]:
    """How many records meet the conditions, at most so many; with `after`, of those that are newer than that place."""
    text, values = _where(wanted)
    parts = [statements()["count_listed"], text]
    if after is not None:
        parts.append(statements()["listed_after"])
        values["after"] = after
    return "\n".join([*parts, statements()["most_counted"]]), values | {"most": most}


def _where(wanted: Sequence[Condition]) -> tuple[str, Values]:
    """Every condition in brackets, its parameters under names of their own. What is not known (NULL) does not hold."""
    parts: list[str] = []
    values: Values = {}
    for place, condition in enumerate(wanted):
        text, own = _asked(condition.asked)
        prefix = f"c{place}_"
        named = _PARAMETER.sub(rf":{prefix}\1", text)
        parts.append(f"AND NOT coalesce(({named}), 0)" if condition.negated else f"AND ({named})")
        values |= {prefix + name: value for name, value in own.items()}
    return "\n".join(parts), values


def _asked(asked: Asked) -> tuple[str, Values]:
    named = statements()
    match asked:
        case Word(text=text, phrase=phrase):
            found = word_match(text, phrase=phrase)
            # A word of signs alone is in no index; what it asks for is not known, and nothing is hidden for it.
            return (named["asks_word"], {"match": found}) if found else ("1", {})
        case Ended(statuses=statuses, unknown=unknown):
            return named["asks_status"], {"statuses": _array(one.value for one in statuses), "unknown": unknown}
        case Risked(levels=levels):
            return named["asks_risk"], {"levels": _array(one.value for one in levels)}
        case ApprovedBy(name=name):
            return named["asks_approver"], {"name": writable(name)}
        case Mine(name=name):
            return named["asks_mine"], {"name": writable(name)}
        case Named(text=text):
            return named["asks_plan"], {"text": writable(text)}
        case Exited(codes=codes):
            return named["asks_exit"], {"codes": json.dumps(sorted(codes))}
        case Since(at=at):
            return named["asks_since"], {"at": micros(at), "first": micros(at) * SLOTS}
        case Until(at=at):
            return named["asks_until"], {"at": micros(at), "last": serial_after(micros(at))}
        case Identified(text=text):
            if number := _NUMBER.fullmatch(text):
                return named["asks_number"], {"number": int(number[1])}
            return named["asks_id"], {"prefix": writable(text.lower())}
        case Reached(accounts=accounts, or_not_recorded=or_not_recorded):
            return named["asks_account"], {"accounts": _array(accounts), "or_not_recorded": or_not_recorded}
        case InConversation(prefix=prefix):
            return named["asks_conversation"], {"prefix": writable(prefix.lower())}
        case _:
            assert_never(asked)


def _array(values: Iterable[str]) -> str:
    return json.dumps(sorted(values))


def _blanked(values: Iterable[str]) -> str:
    """With a blank before and after each, so that no value is found inside another."""
    text = " ".join(values)
    return f" {text} " if text else ""
