"""The columns of the queue: which there are, which are shown, and how an entry fills them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.query import nearest
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, line, pad
from cloudops_tui.presentation.wording import Sign

NARROW = 72  # cells; below, what a plan is needs the room more than how long it is and where it came from
WIDE = 90  # cells; from here on more of the source has room, and the expiry
NARROW = 70  # cells; in narrower rows what the plan is needs the room more than where it came from


@dataclass(frozen=True)
class Column:
    """One column; the plan's takes what the others leave."""

    name: str
    title: str
    cells: int
    meaning: str
    right: bool = False


COLUMNS = (
    Column("state", "STATE", 12, "where it stands"),
    Column("risk", "RISK", 8, "its effective level"),
    Column("no", "NO", 6, "its number"),
    Column("plan", "PLAN", 0, "what it is; takes the room that is left"),
    Column("cmds", "CMDS", 5, "how many commands it has", right=True),
    Column("age", "AGE", 5, "how long ago it came", right=True),
    Column("expires", "EXPIRES", 8, "how long it may still wait for a decision", right=True),
    Column("from", "FROM", 9, "where it came from"),
    Column("by", "BY", 9, "who decided, or edited it"),
    Column("account", "ACCOUNT", 13, "the account that it expects"),
    Column("profile", "PROFILE", 10, "the profiles that it uses"),
    Column("id", "PLAN ID", 9, "the head of the plan's id"),
)
NAMES = tuple(column.name for column in COLUMNS)
USUAL: tuple[str, ...] = ("state", "risk", "no", "plan", "cmds", "age", "from")
USUAL_IN_NARROW: tuple[str, ...] = ("state", "risk", "no", "plan", "age")
USUAL_IN_WIDE: tuple[str, ...] = ("state", "risk", "no", "plan", "cmds", "age", "expires", "from")
_BY_NAME = {column.name: column for column in COLUMNS}
_LEFT_PADDED = ("from", "by", "account", "profile", "id")
"""Text after a number that stands at the right of its column needs a gap."""
_SOURCE_IN_WIDE = 15
GUTTER = 4
"""Cells before the first column: mark, news, sign, a blank."""


def problem(name: str) -> str | None:
    """Why this is no column, with what was probably meant; None where it is one."""
    if name in NAMES:
        return None
    near = nearest(name, NAMES)
    return f"`{name}` is no column of the queue" + (
        f"; did you mean `{near}`?" if near else f"; there are {', '.join(NAMES)}"
    )


def chosen(wanted: Sequence[str] | None, width: int) -> tuple[Column, ...]:
    """The columns that are shown: those that were chosen, or what the width has room for. The plan is always there."""
    names = USUAL_IN_WIDE if width >= WIDE else USUAL if width >= NARROW else USUAL_IN_NARROW
    if wanted is not None:
        names = tuple(name for name in wanted if name in _BY_NAME)
        names = names if "plan" in names else (*names, "plan")
    return tuple(_BY_NAME[name] for name in names)


def header(columns: Sequence[Column], width: int) -> Line:
    """The columns' names."""
    room = plan_room(columns, width)
    names = "".join(_titled(column, room, width) for column in columns)
    return line(" " * (GUTTER + 1), Span(names, "quiet"))


def plan_room(columns: Sequence[Column], width: int) -> int:
    """Cells that the others leave to the plan."""
    return max(8, width - GUTTER - 2 - sum(_cells(column, width) for column in columns if column.name != "plan"))


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


def _titled(column: Column, room: int, width: int) -> str:
    if column.name == "plan":
        return pad(column.title, room)
    return pad(_gap(column) + column.title, _cells(column, width), right=column.right)


def _cells(column: Column, width: int) -> int:
    cells = _SOURCE_IN_WIDE if column.name == "from" and width >= WIDE else column.cells
    return cells + len(_gap(column))


def _gap(column: Column) -> str:
    return "  " if column.name in _LEFT_PADDED else ""


def _cell(column: Column, entry: QueueEntry, facts: Facts, room: int, width: int) -> Span:
    over = entry.state in (QueueState.DONE, QueueState.REJECTED, QueueState.EXPIRED)
    if column.name == "plan":
        return Span(pad(facts.title, room - 1) + " ", "quiet" if over else "")
    text, style = _said(column.name, entry, facts, over=over)
    return Span(pad(_gap(column) + text, _cells(column, width), right=column.right), style)


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
