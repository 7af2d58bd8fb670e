"""How an entry fills the columns of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.column_heads import Column, cells_of, gap_before, plan_room
from cloudops_tui.presentation.lines import Line, Span, line, pad
from cloudops_tui.presentation.wording import Sign


@dataclass(frozen=True)
class Facts:
    """What a row says of its entry beyond the entry itself. Two rows with the same facts look the same."""

    sign: Sign
    title: str
    age: str
    expires: str
    marked: bool = False
    watched: bool = False
    new: bool = False
    dim: bool = False


def row(entry: QueueEntry, facts: Facts, columns: Sequence[Column], width: int, ascii_only: bool) -> Line:
    """One entry, `width` cells wide without the pointer."""
    room = plan_room(columns, width)
    mark = ("@" if ascii_only else "◉") if facts.marked else " "
    news = "*" if facts.new else "w" if facts.watched else " "
    spans = line(
        Span(mark, "key"),
        Span(news, "review" if facts.new else "key"),
        Span(facts.sign.shown(ascii_only) + " ", facts.sign.style),
        *(_cell(column, entry, facts, room, width) for column in columns),
    )
    return tuple(Span(span.text, "faint") for span in spans) if facts.dim else spans


def expiry(entry: QueueEntry, longest: timedelta) -> datetime | None:
    """When it is too late to decide; None for what waits for no decision."""
    return entry.changed_at + longest if entry.state is QueueState.REVIEW else None


def until(at: datetime | None, now: datetime) -> str:
    """`25m`, `6d`: how long there is left; empty where nothing expires."""
    if at is None:
        return ""
    return "now" if at <= now else wording.age(now, at)


def says_so_until(entry: QueueEntry, longest: timedelta, new_for: timedelta, now: datetime) -> datetime:
    """The next moment at which the entry's row says something else by itself."""
    moments = [entry.submitted_at + _next_step(now - entry.submitted_at)]
    if (end := entry.changed_at + new_for) > now:
        moments.append(end)
    if (late := expiry(entry, longest)) is not None and late > now:
        left = late - now
        step = _step(left)
        moments.append(late - left // step * step + _A_MOMENT)
    return min(moments)


_A_MOMENT = timedelta(microseconds=1)


def _next_step(age: timedelta) -> timedelta:
    """The age at which its words change."""
    step = _step(age)
    return (max(age, timedelta()) // step + 1) * step


def _step(length: timedelta) -> timedelta:
    for step in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if length >= step:
            return step
    return timedelta(seconds=1)


def _cell(column: Column, entry: QueueEntry, facts: Facts, room: int, width: int) -> Span:
    over = entry.state in (QueueState.DONE, QueueState.REJECTED, QueueState.EXPIRED)
    if column.name == "plan":
        return Span(pad(facts.title, room - 1) + " ", "quiet" if over else "")
    text, style = _said(column.name, entry, facts, over=over)
    return Span(pad(gap_before(column) + text, cells_of(column, width), right=column.right), style)


RISK_STYLES = {RiskLevel.READ_ONLY: "quiet", RiskLevel.MODIFY: "waiting", RiskLevel.DESTRUCTIVE: "failed"}


def _said(name: str, entry: QueueEntry, facts: Facts, *, over: bool) -> tuple[str, str]:
    plan, risk = entry.plan, entry.risk_level
    match name:
        case "state":
            return facts.sign.word, facts.sign.style
        case "risk":
            return (wording.RISK_WORDS[risk], "quiet" if over else RISK_STYLES[risk]) if risk else ("", "")
        case "no":
            return f"#{entry.number}", "quiet"
        case "cmds":
            return str(len(plan.commands)) if plan else "", "quiet"
        case "age":
            return facts.age, "quiet"
        case "expires":
            return facts.expires, "quiet"
        case "from":
            return safe_line(entry.source), "quiet"
        case "by":
            return safe_line(entry.decided_by or entry.edited_by or ""), "quiet"
        case "account":
            return safe_line(plan.expected_account or "") if plan else "", "quiet"
        case "profile":
            return safe_line(",".join(dict.fromkeys(one.profile for one in plan.commands))) if plan else "", "quiet"
        case _:
            return str(plan.id)[:8] if plan else "", "quiet"
