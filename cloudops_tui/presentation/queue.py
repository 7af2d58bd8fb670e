"""The queue as rows, and the entry under the cursor in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, Parallel, Sequential
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, cut_line, joined, line, pad, wrapped
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import ExecutionState

DONE = Sign("·", ".", "done", "quiet")
"""It has run; how it ended is not known here."""

_ORDER = (
    QueueState.REVIEW, QueueState.RUNNING, QueueState.QUEUED, QueueState.REFUSED,
    QueueState.DONE, QueueState.REJECTED, QueueState.EXPIRED,
)  # fmt: skip
_RISK_STYLES = {RiskLevel.READ_ONLY: "quiet", RiskLevel.MODIFY: "waiting", RiskLevel.DESTRUCTIVE: "failed"}
_WORD, _RISK, _NUMBER, _COUNT, _AGE, _SOURCE = 12, 8, 6, 5, 5, 15
_FIXED = 3 + _WORD + _RISK + _NUMBER + _COUNT + _AGE + 2 + _SOURCE
_NARROW_SOURCE = 9


HEADLINE = 3
"""Rows of a description before the facts, wherever it stands: whatever it says, what we found is on the same screen."""


def in_order(entries: Iterable[QueueEntry]) -> list[QueueEntry]:
    """What needs a decision first, the most dangerous and then the oldest; what is over last, the newest first."""
    return sorted(entries, key=_rank)


def matching(entries: Iterable[QueueEntry], wanted: str) -> list[QueueEntry]:
    """Entries that hold every word of `wanted` in number, state, risk, description, source or prompt."""
    words = wanted.casefold().split()
    return [entry for entry in entries if all(word in _searched(entry) for word in words)]


def sign(entry: QueueEntry, outcome: ExecutionStatus | None) -> Sign:
    """The entry's sign; of one that has run, its execution's."""
    if entry.state is QueueState.DONE:
        return wording.EXECUTION_SIGNS[outcome] if outcome is not None and outcome.ended else DONE
    return wording.QUEUE_SIGNS[entry.state]


def header(width: int) -> Line:
    """The columns' names."""
    source, plan = _flexible(width)
    names = (
        "   " + pad("STATE", _WORD) + pad("RISK", _RISK) + pad("NO", _NUMBER) + pad("PLAN", plan)
        + pad("CMDS", _COUNT, right=True) + pad("AGE", _AGE, right=True) + "  " + pad("FROM", source)
    )  # fmt: skip
    return line(" ", Span(names, "quiet"))


def rows(
    entries: Sequence[QueueEntry],
    states: Mapping[UUID, ExecutionState],
    outcomes: Mapping[UUID, ExecutionStatus],
    now: datetime,
    width: int,
    ascii_only: bool,
) -> tuple[Row, ...]:
    """One row an entry, in the order given, `width` cells wide without the pointer."""
    return tuple(
        Row(entry.id, _row(entry, _state(entry, states), _outcome(entry, states, outcomes), now, width, ascii_only))
        for entry in entries
    )


def count_line(shown: int, total: int, wanted: str) -> Line:
    """What the filter leaves."""
    if not wanted:
        return BLANK
    return line(
        " ", Span(f"filter: {safe_line(wanted)}", "key"), Span(f"   {shown} of {total} plans   esc clears", "quiet")
    )


def nothing(
    *, loaded: bool, error: str | None, total: int, wanted: str, state_dir: str, width: int
) -> tuple[Line, ...]:
    """What stands in the place of rows when there are none."""
    if error is not None:
        said = wrapped(safe_line(f"The queue cannot be read: {error}"), width, indent=2, style="failed")
        return (BLANK, *said, BLANK, line("  ", Span("R", "key"), Span(" tries again", "quiet")))
    if not loaded:
        return (BLANK, line("  ", Span("loading ...", "quiet")))
    if total and wanted:
        return (
            BLANK,
            line("  ", Span(f"0 of {total} plans match `{safe_line(wanted)}`; esc clears the filter", "quiet")),
        )
    return (
        BLANK,
        line("  ", Span("No plan waits.", "strong")),
        BLANK,
        *wrapped("Hand one in from another terminal:", width, indent=2, style="quiet"),
        line("    cloudops-tui submit PLAN.json"),
        *wrapped("or move a file into the inbox:", width, indent=2, style="quiet"),
        *wrapped(safe_line(f"{state_dir}/inbox/"), width, indent=4),
        BLANK,
        *wrapped("What has run is in 3 History.", width, indent=2, style="quiet"),
    )


def preview(entry: QueueEntry, state: ExecutionState | None, now: datetime, width: int) -> tuple[Line, ...]:
    """The entry under the cursor: what it is, what it would do, where it came from."""
    title = safe_line(entry.plan.description) if entry.plan else "Not a valid plan"
    head = wrapped(title, width - 1, indent=1, style="title")
    if len(head) > HEADLINE:
        head = [*head[: HEADLINE - 1], line(" ", Span("... the review has all of it", "quiet"))]
    identity = joined(
        (
            Span(f"#{entry.number} r{entry.revision}", "strong"),
            Span(f"plan {entry.plan_digest[:12]}" if entry.plan_digest else "", "quiet"),
            Span(f"from {safe_line(entry.source)}", "quiet"),
            Span(f"{wording.age(entry.submitted_at, now)} ago", "quiet"),
        )
    )
    body: list[Line] = [*head, cut_line((Span(" "), *identity), width)]
    if entry.plan is not None:
        body += [
            cut_line((Span(" "), *what_it_does(entry.plan)), width),
            cut_line((Span(" "), *_places(entry.plan)), width),
        ]
    if entry.state is QueueState.REFUSED:
        body += _first_problems(entry.problems, width)
    elif entry.state is not QueueState.REVIEW:
        body += wrapped(_fate(entry, state, now), width - 1, indent=1, style="waiting")
    if entry.user_prompt:
        body += wrapped(f"asked for: {safe_line(entry.user_prompt)}", width - 1, indent=1, style="quiet")
    return tuple(body)


def outline(plan: ExecutionPlan, width: int) -> tuple[Line, ...]:
    """The plan's commands by their claims, for a pane with room."""
    shown = [BLANK, line(" ", Span("commands, as the plan describes them", "quiet"))]
    for number, command in enumerate(plan.commands, start=1):
        risk = Span(pad(wording.RISK_WORDS[command.risk_level], _RISK), _RISK_STYLES[command.risk_level])
        shown.append(cut_line(line(f" {number:>3} ", risk, safe_line(command.description)), width))
    return tuple(shown)


def what_it_does(plan: ExecutionPlan) -> Line:
    """How many commands, of which claim, and in which order: what we say ourselves stands in the review."""
    said = f"{wording.counted(len(plan.commands), 'command')}; the plan says"
    return joined((said, *claims(plan), Span(order(plan), "quiet")))


def claims(plan: ExecutionPlan) -> list[Span]:
    """`2 read`, `1 DESTROY`, by the plan's own claims."""
    return risk_counts(command.risk_level for command in plan.commands)


def risk_counts(levels: Iterable[RiskLevel]) -> list[Span]:
    """`2 read`, `3 modify`, `1 DESTROY`; what there is none of is left out."""
    found = list(levels)
    return [
        Span(f"{found.count(level)} {wording.RISK_WORDS[level]}", _RISK_STYLES[level])
        for level in RiskLevel
        if level in found
    ]


def risk_span(level: RiskLevel) -> Span:
    """The level's word in its colour."""
    return Span(wording.RISK_WORDS[level], _RISK_STYLES[level])


def order(plan: ExecutionPlan) -> str:
    """The mode in words."""
    match plan.mode:
        case Sequential():
            return "one after the other"
        case Parallel():
            return "all at once"
        case DependencyGraph():
            return "as a graph"


def refused_lines(problems: Sequence[Problem], text: str | None, width: int) -> tuple[Line, ...]:
    """Every problem with its place and remedy, then what was refused, its lines numbered."""
    shown: list[Line] = [line(" ", Span(wording.counted(len(problems), "problem"), "failed"))]
    for problem in problems:
        shown += [BLANK, *_problem(problem, width)]
    if text is not None:
        shown += [BLANK, line(" ", Span("what was handed in", "title")), BLANK]
        wrong = {problem.line for problem in problems}
        for number, written in enumerate(safe_text(text).split("\n"), start=1):
            style = "caution" if number in wrong else ""
            pieces = wrapped(written, width - 7, style=style)
            shown += [
                (Span(f" {number if not part else '':>4}  ", "faint"), *piece) for part, piece in enumerate(pieces)
            ]
    return tuple(shown)


def _row(
    entry: QueueEntry,
    state: ExecutionState | None,
    outcome: ExecutionStatus | None,
    now: datetime,
    width: int,
    ascii_only: bool,
) -> Line:
    source, room = _flexible(width)
    shown = sign(entry, outcome)
    over = entry.state in (QueueState.DONE, QueueState.REJECTED, QueueState.EXPIRED)
    risk = entry.risk_level
    return line(
        " ",
        Span(shown.shown(ascii_only) + " ", shown.style),
        Span(pad(shown.word, _WORD), shown.style),
        Span(
            pad(wording.RISK_WORDS[risk] if risk else "", _RISK), _RISK_STYLES[risk] if risk and not over else "quiet"
        ),
        Span(pad(f"#{entry.number}", _NUMBER), "quiet"),
        Span(pad(_title(entry, state), room - 1) + " ", "quiet" if over else ""),
        Span(pad(str(len(entry.plan.commands)) if entry.plan else "", _COUNT, right=True), "quiet"),
        Span(pad(wording.age(entry.submitted_at, now), _AGE, right=True), "quiet"),
        Span("  " + pad(safe_line(entry.source), source), "quiet"),
    )


def _title(entry: QueueEntry, state: ExecutionState | None) -> str:
    if entry.plan is None:
        first = entry.problems[0].message if entry.problems else "not a valid plan"
        return safe_line(first)
    revision = f" r{entry.revision}" if entry.revision > 1 else ""
    if entry.state is QueueState.RUNNING and state is not None:
        ended = sum(number for status, number in state.counts().items() if status.ended)
        return f"{ended}/{len(state.plan.commands)} {safe_line(entry.plan.description)}"
    return safe_line(entry.plan.description) + revision


def _flexible(width: int) -> tuple[int, int]:
    """Cells for source and plan; what is left after the pointer and the fixed columns is the plan's."""
    source = _SOURCE if width >= 90 else _NARROW_SOURCE
    return source, max(8, width - (_FIXED - _SOURCE + source) - 1)


def _rank(entry: QueueEntry) -> tuple[int, int, float]:
    waiting = entry.state is QueueState.REVIEW
    risk = entry.risk_level.rank if waiting and entry.risk_level else 0
    when = entry.submitted_at.timestamp()
    return _ORDER.index(entry.state), -risk, when if waiting else -when


def _searched(entry: QueueEntry) -> str:
    risk = wording.RISK_WORDS[entry.risk_level] if entry.risk_level else ""
    description = entry.plan.description if entry.plan else " ".join(problem.message for problem in entry.problems)
    parts = (
        f"#{entry.number}",
        entry.state.value,
        risk,
        description,
        entry.source,
        entry.user_prompt,
        entry.decided_by or "",
    )
    return " ".join(parts).casefold()


def _state(entry: QueueEntry, states: Mapping[UUID, ExecutionState]) -> ExecutionState | None:
    return states.get(entry.execution_id) if entry.execution_id else None


def _outcome(
    entry: QueueEntry, states: Mapping[UUID, ExecutionState], outcomes: Mapping[UUID, ExecutionStatus]
) -> ExecutionStatus | None:
    state = _state(entry, states)
    if state is not None:
        return state.status
    return outcomes.get(entry.execution_id) if entry.execution_id else None


def _places(plan: ExecutionPlan) -> Line:
    places = dict.fromkeys((command.profile, command.region) for command in plan.commands)
    named = ", ".join(f"{safe_line(profile)} {safe_line(region)}" for profile, region in places)
    return line(Span("profile ", "quiet"), named)


def _fate(entry: QueueEntry, state: ExecutionState | None, now: datetime) -> str:
    said = f"#{entry.number} {became(entry, now)}"
    if entry.state is QueueState.RUNNING and state is not None:
        counts = state.counts()
        parts = [
            f"{counts[status]} {wording.COMMAND_SIGNS[status].word}" for status in CommandStatus if status in counts
        ]
        said += ": " + ", ".join(parts)
    return f"{said}: {safe_line(entry.reason)}" if entry.reason else said


def _first_problems(problems: Sequence[Problem], width: int) -> list[Line]:
    shown: list[Line] = []
    for problem in problems[:2]:
        shown += wrapped(
            f"{_place(problem)}: {safe_line(problem.message)}", width - 1, indent=1, hang=3, style="failed"
        )
    if len(problems) > 2:
        shown.append(line(" ", Span(f"and {len(problems) - 2} more; enter shows them all", "quiet")))
    return shown


def _problem(problem: Problem, width: int) -> list[Line]:
    return [
        cut_line(line("  ", Span(_place(problem), "strong")), width),
        *wrapped(safe_line(problem.message), width, indent=4),
        *wrapped(safe_line(problem.remedy), width, indent=4, style="ok"),
    ]


def _place(problem: Problem) -> str:
    where = safe_line(problem.path) or "the plan"
    return f"{where}, line {problem.line}" if problem.line is not None else where
