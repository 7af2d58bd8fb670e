"""What was run before: the words of a search, and each record as one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import chain
from uuid import UUID

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.execution import brief
from cloudops_tui.presentation.lines import Line, Span, line, pad, pad_line, spread, width

KEYS = ("status", "risk", "since", "until", "conversation")
WINDOWS = ("today", "24h", "7d", "30d")
"""What `t` goes through; after the last, all of time."""
FAILED_ONLY = "failed,rolled_back"
"""What `f` means by failed: a failure that was undone was one."""
RISKS = ("destructive", "modify", "read")
"""What `s` goes through; after the last, every risk."""

NARROW = 72  # cells; below, the duration gives its room to the plan
WIDE = 120  # cells; from here on the seconds and the approver have room

_STATUSES = {
    "ok": ExecutionStatus.COMPLETED,
    "done": ExecutionStatus.COMPLETED,
    "completed": ExecutionStatus.COMPLETED,
    "failed": ExecutionStatus.FAILED,
    "cancelled": ExecutionStatus.CANCELLED,
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


# --- the words of a search -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Search:
    """What is looked for: free words, all of them, and what the record has to be."""

    text: str
    words: str = ""
    status: tuple[ExecutionStatus, ...] = ()
    """Any of these; without one, every status."""
    risk: RiskLevel | None = None
    conversation: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    terms: tuple[str, ...] = ()
    """Every part, as typed."""
    hints: tuple[str, ...] = field(default=(), compare=False)
    """What could not be understood, and what could be meant; such parts do not filter."""

    def pages(self, limit: int, offset: int = 0) -> tuple[ExecutionFilter, ...]:
        """The filters whose records, put together by `merged`, hold one page: a filter asks for one status only."""
        from_the_start = len(self.status) > 1
        return tuple(
            ExecutionFilter(
                status=status,
                risk_level=self.risk,
                conversation_id=self.conversation,
                from_date=self.since,
                to_date=self.until,
                limit=limit + offset if from_the_start else limit,
                offset=0 if from_the_start else offset,
            )
            for status in self.status or (None,)
        )

    def merged(
        self, found: Sequence[Sequence[ExecutionRecord]], limit: int, offset: int = 0
    ) -> list[ExecutionRecord]:
        """One page, newest first, from what each filter of `pages(limit, offset)` found."""
        if len(found) == 1:
            return list(found[0])
        records = sorted(chain.from_iterable(found), key=lambda record: record.timestamp, reverse=True)
        return records[offset : offset + limit]


def read(text: str, now: datetime) -> Search:
    """Understand a search such as `kernel status:failed since:7d`. Never fails: what it does not understand it says."""
    terms = tuple(text.split())
    words: list[str] = []
    hints: list[str] = []
    found: dict[str, object] = {}
    for term in terms:
        key, colon, value = term.partition(":")
        if not colon or key.lower() not in KEYS:
            words.append(term)
            hints += _nearest_key(key) if colon else []
            continue
        meaning = _meaning(key.lower(), value, now)
        if meaning is None:
            hints.append(_how(key.lower(), value))
        else:
            found[key.lower()] = meaning
    search = Search(text=text, words=" ".join(words), terms=terms, hints=tuple(hints))
    for key, meaning in found.items():
        object.__setattr__(search, key, meaning)
    return search


def without(text: str, term: str) -> str:
    """The search with one of its parts taken out."""
    terms = text.split()
    if term in terms:
        terms.remove(term)
    return " ".join(terms)


def with_failed_only(text: str) -> str:
    """Failed ones only, those that were rolled back included, or no longer."""
    only = _value(text, "status") in (FAILED_ONLY, "failed")
    return _with_value(text, "status", None if only else FAILED_ONLY)


def with_next_window(text: str) -> str:
    """Today, 24 hours, 7 days, 30 days, all."""
    return _with_value(text, "since", _next(WINDOWS, _value(text, "since")))


def with_next_risk(text: str) -> str:
    """Destructive, modify, read, all."""
    return _with_value(text, "risk", _next(RISKS, _value(text, "risk")))


def _meaning(key: str, value: str, now: datetime) -> object | None:
    match key:
        case "status":
            return _statuses(value)
        case "risk":
            return _RISKS.get(re.sub(r"[^a-z]", "", value.lower()))
        case "since":
            return _moment(value, now, end=False)
        case "until":
            return _moment(value, now, end=True)
        case _:
            return _uuid(value)


def _statuses(value: str) -> tuple[ExecutionStatus, ...] | None:
    """`failed`, or several with commas between."""
    found = [_STATUSES.get(re.sub(r"[^a-z]", "", each.lower())) for each in value.split(",")]
    known = tuple(dict.fromkeys(status for status in found if status is not None))
    return None if None in found else known


def _moment(value: str, now: datetime, *, end: bool) -> datetime | None:
    """`7d` ago, a day (`until` includes it), a moment, or `today`."""
    if value.lower() == "today":
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1) if end else midnight
    try:
        return now - Duration.spelled(value)
    except (ValueError, OverflowError):
        pass  # not a length; perhaps a date
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment + timedelta(days=1) if end and len(value) <= len("2026-08-22") else moment


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _how(key: str, value: str) -> str:
    shown = safe_line(value)
    match key:
        case "status":
            if value.lower() == "unknown":
                return "`status:unknown`: only commands end UNKNOWN; their executions are failed, cancelled"
            return f"`status:{shown}`: ok, failed, cancelled, rolled_back, running"
        case "risk":
            return f"`risk:{shown}`: read, modify, destructive"
        case "conversation":
            return f"`conversation:{shown}`: the whole id"
        case _:
            return f"`{key}:{shown}`: 7d, 24h, today or 2026-08-22"


def _nearest_key(key: str) -> list[str]:
    near = get_close_matches(key.lower(), KEYS, n=1, cutoff=0.7)
    return [f"`{safe_line(key)}:` is searched as a word; did you mean `{near[0]}:`?"] if near else []


def _value(text: str, key: str) -> str | None:
    values = [term.partition(":")[2].lower() for term in text.split() if term.lower().startswith(f"{key}:")]
    return values[-1] if values else None


def _with_value(text: str, key: str, value: str | None) -> str:
    kept = [term for term in text.split() if not term.lower().startswith(f"{key}:")]
    return " ".join([*kept, f"{key}:{value}"] if value else kept)


def _next(values: Sequence[str], current: str | None) -> str | None:
    if current not in values:
        return values[0]
    place = values.index(current) + 1
    return values[place] if place < len(values) else None


# --- records as lines ------------------------------------------------------------------------------------------------


def heading(cells: int) -> Line:
    """The names of the columns."""
    left, right = _columns("WHEN (UTC)", "STATE", "DUR", "RISK", "NO", "APPROVED BY", cells), "CMDS"
    return tuple(Span(span.text, "quiet") for span in spread(line(left, "PLAN"), line(right), cells))


def row(record: ExecutionRecord, cells: int, ascii_only: bool = False) -> Line:
    """One record on one line of exactly `cells` terminal cells."""
    result, sign = record.result, wording.EXECUTION_SIGNS[record.result.status]
    level = record.risk_level or record.execution_plan.risk_level
    when = record.timestamp.astimezone(UTC)
    approver = record.approval_metadata.approved_by if record.approval_metadata else "-"
    before, _, after = _columns(
        f"{when:%Y-%m-%d %H:%M:%S}" if cells >= WIDE else wording.day_and_time(when),
        "\0",
        wording.elapsed(record.duration) if result.status.ended else "",
        "\1",
        f"#{record.number}" if record.number is not None else "",
        safe_line(approver),
        cells,
    ).partition(pad("\0", _STATE))
    between, _, rest = after.partition(pad("\1", _RISK))
    left = line(
        Span(before, "quiet"),
        Span(pad(f"{sign.shown(ascii_only)} {sign.word}", _STATE), sign.style),
        between,
        Span(pad(wording.RISK_WORDS[level], _RISK), "danger" if level is RiskLevel.DESTRUCTIVE else "quiet"),
        Span(rest, "quiet"),
        Span(safe_line(record.execution_plan.description), "strong"),
    )
    return spread(left, line(Span(_progress(record), "quiet")), cells)


_STATE = 13
_RISK = 7


def _columns(when: str, state: str, took: str, risk: str, number: str, approver: str, cells: int) -> str:
    wide = cells >= WIDE
    columns = [(pad(when, 19 if wide else 11), 2), (pad(state, _STATE), 1)]
    columns += [(pad(took, 7, right=True), 2)] if cells >= NARROW else []
    columns += [(pad(risk, _RISK), 1), (pad(number, 5), 1)]
    columns += [(pad(approver, 14), 2)] if wide else []
    return "".join(words + " " * gap for words, gap in columns)


def _progress(record: ExecutionRecord) -> str:
    total = len(record.execution_plan.commands)
    good = sum(result.status is CommandStatus.COMPLETED for result in record.result.command_results)
    return f"{total}" if good == total else f"{good}/{total}"


def preview(record: ExecutionRecord, cells: int, ascii_only: bool = False) -> tuple[Line, Line]:
    """Two lines about the record under the cursor: who approved what, and what went wrong first."""
    sign = wording.EXECUTION_SIGNS[record.result.status]
    number = f"#{record.number} " if record.number is not None else ""
    approval = record.approval_metadata
    who = "no approval needed"
    if approval is not None:
        who = f"approved by {safe_line(approval.approved_by)} {wording.clock(approval.approved_at)}"
    first = spread(
        line(Span(number, "strong"), Span(safe_line(record.execution_plan.description), "strong")),
        line(Span(who, "quiet")),
        cells,
    )
    return first, pad_line(_first_problem(record) or _asked(record, sign, ascii_only), cells)


def _first_problem(record: ExecutionRecord) -> Line:
    described = {command.id: safe_line(command.description) for command in record.execution_plan.commands}
    for result in record.result.command_results:
        if result.status in (CommandStatus.FAILED, CommandStatus.UNKNOWN):
            sign = wording.COMMAND_SIGNS[result.status]
            error = brief(result.error) or "no reason was given"
            return line(Span(f"{described.get(result.command_id, '')}: ", ""), Span(error, sign.style))
    if record.result.error is not None:
        return line(Span(safe_line(str(record.result.error)), "failed"))
    return ()


def _asked(record: ExecutionRecord, sign: wording.Sign, ascii_only: bool) -> Line:
    if record.user_prompt.strip():
        return line(Span("asked for: ", "quiet"), safe_line(record.user_prompt.strip()))
    return line(Span(f"{sign.shown(ascii_only)} {sign.word}", sign.style))


# --- when there is nothing to list -----------------------------------------------------------------------------------


EMPTY = "No records yet. A record appears here as soon as a plan has been approved and begins to run."
LOADING = "Reading the history ..."


def nothing_found(search: Search, alternatives: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """Which part to drop. `alternatives` are parts of the search with how many records there are without them."""
    found = [(part, number) for part, number in alternatives if number != "0"]
    lines = [line(Span("Nothing matches ", "strong"), Span(safe_line(search.text.strip()), "waiting"))]
    for part, number in found:
        shown = safe_line(part)
        lines.append(line(Span(f"  without {pad(shown, max(12, width(shown)))}  ", "quiet"), Span(number, "strong")))
    if not found:
        lines.append(line(Span("  no single part can be dropped to find something", "quiet")))
    lines.append(line(Span("  backspace on the list drops the last part, / changes the search", "quiet")))
    return tuple(lines)


def found_words(number: int, more: bool) -> str:
    """`412 records`, or `200+ records` while there may be more."""
    return f"{number:,}+ records" if more else wording.counted(number, "record")
