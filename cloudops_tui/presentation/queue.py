"""The queue as rows, and the entry under the cursor in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, Parallel, Sequential
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import queue_columns as columns
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.presentation.column_heads import Column
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, cut_line, joined, line, wrapped
from cloudops_tui.presentation.opening import READING
from cloudops_tui.presentation.queue_columns import RISK_STYLES, Facts
from cloudops_tui.presentation.queue_filter import Filter
from cloudops_tui.presentation.queue_order import Sort
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import ExecutionState

DONE = Sign("·", ".", "done", "quiet")
"""It has run; how it ended is not known here."""

NEW_FOR = timedelta(seconds=10)
"""So long a row says that it is new, or changed."""

HEADLINE = 3
"""Rows of a description before the facts, wherever it stands: whatever it says, what we found is on the same screen."""


def sign(entry: QueueEntry, outcome: ExecutionStatus | None) -> Sign:
    """The entry's sign; of one that has run, its execution's."""
    if entry.state is QueueState.DONE:
        return wording.EXECUTION_SIGNS[outcome] if outcome is not None and outcome.ended else DONE
    return wording.QUEUE_SIGNS[entry.state]


@dataclass(frozen=True)
class Look:
    """How the list is looked at."""

    marked: frozenset[UUID] = frozenset()
    watched: frozenset[UUID] = frozenset()
    stale: bool = False
    """The engine does not answer: what is shown may be old, and is dim."""

    def of(self, entry_id: UUID) -> tuple[bool, bool, bool]:
        """How one row is looked at."""
        if not self.marked and not self.watched:  # an id is dear to look up, thousands of times a frame
            return False, False, self.stale
        return entry_id in self.marked, entry_id in self.watched, self.stale


class Rows:
    """The rows of the list, each drawn once for as long as it says the same."""

    def __init__(self, columns: Sequence[Column], width: int, ascii_only: bool, patience: timedelta) -> None:
        """`patience` is how long a plan may wait for its decision."""
        self.columns, self.width, self.ascii_only, self.patience = tuple(columns), width, ascii_only, patience
        self._drawn: dict[UUID, _Drawn] = {}

    def fits(self, columns: Sequence[Column], width: int) -> bool:
        """These rows are drawn for that."""
        return (self.columns, self.width) == (tuple(columns), width)

    def of(
        self,
        entries: Sequence[QueueEntry],
        states: Mapping[UUID, ExecutionState],
        outcomes: Mapping[UUID, ExecutionStatus],
        now: datetime,
        look: Look = Look(),
    ) -> tuple[Row, ...]:
        """One row an entry, in the order given."""
        drawn, rows = self._drawn, []
        for entry in entries:
            known = drawn.get(entry.id)
            ran = entry.execution_id
            state, outcome = (states.get(ran), outcomes.get(ran)) if ran else (None, None)
            if known is None or not known.holds(entry, state, outcome, look, now):
                said = facts(entry, states, outcomes, now, self.patience, look)
                row = Row(entry.id, columns.row(entry, said, self.columns, self.width, self.ascii_only))
                # The very row of before, where it says the same: nobody has to compare it.
                row = known.row if known is not None and known.row == row else row
                until = columns.says_so_until(entry, self.patience, NEW_FOR, now)
                known = drawn[entry.id] = _Drawn(entry, state, outcome, look.of(entry.id), now, until, row)
            rows.append(known.row)
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A row, what it was drawn for, and the span of time in which it says that."""

    entry: QueueEntry
    state: ExecutionState | None
    outcome: ExecutionStatus | None
    look: tuple[bool, bool, bool]
    since: datetime
    until: datetime
    row: Row

    def holds(
        self,
        entry: QueueEntry,
        state: ExecutionState | None,
        outcome: ExecutionStatus | None,
        look: Look,
        now: datetime,
    ) -> bool:
        """It still says what is so."""
        return (
            self.entry is entry
            and self.state is state
            and self.outcome is outcome
            and self.since <= now < self.until
            and self.look == look.of(entry.id)
        )


def facts(
    entry: QueueEntry,
    states: Mapping[UUID, ExecutionState],
    outcomes: Mapping[UUID, ExecutionStatus],
    now: datetime,
    patience: timedelta,
    look: Look = Look(),
) -> Facts:
    """What the entry's row says now."""
    state = states.get(entry.execution_id) if entry.execution_id else None
    return Facts(
        sign=sign(entry, _outcome(entry, states, outcomes)),
        title=_title(entry, state),
        age=wording.age(entry.submitted_at, now),
        expires=columns.until(columns.expiry(entry, patience), now),
        marked=entry.id in look.marked,
        watched=entry.id in look.watched,
        new=is_new(entry, now),
        dim=look.stale,
    )


def is_new(entry: QueueEntry, now: datetime) -> bool:
    """It came, or changed, a moment ago."""
    return abs(now - entry.changed_at) < NEW_FOR


@dataclass(frozen=True)
class Standing:
    """What the list leaves out and holds back, for the line below it."""

    shown: int
    total: int
    wanted: str = ""
    faults_only: bool = False
    marked: int = 0
    above: int = 0
    """New rows above what is in view."""
    sort: Sort = Sort.NEEDS_ME
    expected: int = 0
    """Plans in the inbox that are still to be read."""


MANY = 10  # plans in the inbox; fewer are read before anybody could read how many they are


def count_line(standing: Standing, width: int) -> Line:
    """What the filter leaves, what is marked, what came above; blank where nothing is out of the ordinary."""
    narrowed = bool(standing.wanted or standing.faults_only)
    parts = (
        Span(f"{standing.expected:,} more in the inbox" if standing.expected >= MANY else "", "running"),
        Span(f"^{standing.above} new (g)" if standing.above else "", "review"),
        Span(f"{standing.marked} marked" if standing.marked else "", "key"),
        Span("faults only (f)" if standing.faults_only else "", "key"),
        Span(f"filter: {safe_line(standing.wanted)}" if standing.wanted else "", "key"),
        Span(f"{standing.shown} of {standing.total} plans" if narrowed else "", "quiet"),
        Span("esc clears" if narrowed or standing.marked else "", "quiet"),
        Span(f"sorted by {standing.sort.value}" if standing.sort is not Sort.NEEDS_ME else "", "quiet"),
    )
    said = joined(parts, by="   ")
    return cut_line((Span(" "), *said), width) if said else BLANK


def typing_line(looked_for: Filter, shown: int, total: int, width: int) -> Line:
    """Beside the field while a filter is typed: what it leaves, or what is not understood."""
    if looked_for.hints:
        return cut_line(line(" ", Span(looked_for.hints[0], "caution")), width)
    count = Span(f"{shown} of {total} plans", "strong" if shown else "caution")
    keys = "   status: risk: from: user: plan: id: env: since: until:"
    return cut_line(line(" ", count, Span(keys, "quiet")), width)


def late_line(late: Lateness, now: datetime, width: int) -> Line:
    """Above a list that may be old."""
    said = f" {late.word} {wording.age(late.since, now)} "
    return cut_line(line(" ", Span(said, "danger"), " ", Span(safe_line(late.refusal), "caution")), width)


def nothing(
    *,
    loaded: bool,
    error: str | None,
    total: int,
    looked_for: Filter,
    faults_only: bool,
    left: Sequence[tuple[str, int]],
    last: str,
    state_dir: str,
    width: int,
) -> tuple[Line, ...]:
    """What stands in the place of rows when there are none. `left` is what each part of the filter keeps away."""
    if error is not None:
        said = wrapped(safe_line(f"The queue cannot be read: {error}"), width, indent=2, style="failed")
        return (
            BLANK, *said, BLANK,
            line("  ", Span("R", "key"), Span(" tries again   ", "quiet"), Span("4", "key"), Span(" notices", "quiet")),
        )  # fmt: skip
    if not loaded:
        return READING
    if total and (looked_for.text or faults_only):
        return _nothing_left(total, looked_for, faults_only, left, width)
    return (
        BLANK,
        *wrapped(f"No plan waits.{last}", width, indent=2, style="strong"),
        BLANK,
        *wrapped("Hand one in from another terminal:", width, indent=2, style="quiet"),
        line("    cloudops-tui submit PLAN.json"),
        *wrapped("or move a file into the inbox:", width, indent=2, style="quiet"),
        *wrapped(safe_line(f"{state_dir}/inbox/"), width, indent=4),
        BLANK,
        *wrapped("What has run is in 3 History.", width, indent=2, style="quiet"),
    )


def _nothing_left(
    total: int, looked_for: Filter, faults_only: bool, left: Sequence[tuple[str, int]], width: int
) -> tuple[Line, ...]:
    shown: list[Line] = [BLANK]
    if looked_for.text:
        said = f"0 of {total} plans match `{safe_line(looked_for.text)}`; esc clears the filter, / edits it"
        shown += wrapped(said, width, indent=2, style="quiet")
    if faults_only:
        fault = "none of these is at fault" if looked_for.text else f"None of {total} plans is at fault"
        shown.append(line("  ", Span(f"{fault}; ", "quiet"), Span("f", "key"), Span(" shows all", "quiet")))
    if len(left) > 1 or (left and faults_only):
        shown.append(BLANK)
        for part, count in left:
            left_then = Span(str(count), "strong" if count else "quiet")
            shown.append(cut_line(line("  ", Span(f"without {safe_line(part)}  ", "quiet"), left_then), width))
    return tuple(shown)


def last_ended(
    entries: Iterable[QueueEntry], outcomes: Mapping[UUID, ExecutionStatus], now: datetime
) -> str:
    """` The last execution ended 14m ago (ok).`; empty where none is known."""
    done = [entry for entry in entries if entry.state is QueueState.DONE]
    if not done:
        return ""
    latest = max(done, key=lambda entry: entry.changed_at)
    how = sign(latest, _outcome(latest, {}, outcomes)).word
    return f" The last execution ended {wording.age(latest.changed_at, now)} ago ({how})."


def watched_change(before: QueueEntry, after: QueueEntry, ended: str, now: datetime) -> str | None:
    """What became of a plan that somebody watches; None where nothing did. `ended` is how it ran, once it has."""
    if after.state is not before.state:
        said = f" ({ended})" if ended and after.state is QueueState.DONE else ""
        return f"#{after.number}, which you watch, {became(after, now)}{said}"
    if (after.revision, after.plan_digest) != (before.revision, before.plan_digest):
        by = f" by {safe_line(after.edited_by)}" if after.edited_by else ""
        return f"#{after.number}, which you watch, was changed{by}: now r{after.revision}"
    return None


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
        Span(f"{found.count(level)} {wording.RISK_WORDS[level]}", RISK_STYLES[level])
        for level in RiskLevel
        if level in found
    ]


def risk_span(level: RiskLevel) -> Span:
    """The level's word in its colour."""
    return Span(wording.RISK_WORDS[level], RISK_STYLES[level])


def order(plan: ExecutionPlan) -> str:
    """The mode in words; a single command has none."""
    if len(plan.commands) == 1:
        return ""
    most = f", {plan.max_parallel} at a time" if plan.max_parallel is not None else ""
    match plan.mode:
        case Sequential():
            return "one after the other"
        case Parallel():
            return f"in parallel{most}"
        case DependencyGraph():
            return f"as a graph{most}"


def refused_lines(problems: Sequence[Problem], text: str | None, width: int) -> tuple[Line, ...]:
    """Every problem with its place and remedy, then what was refused."""
    handed_in = (BLANK, *refused_text(problems, text, width)) if text is not None else ()
    return (*refused_problems(problems, width), *handed_in)


def refused_problems(problems: Sequence[Problem], width: int) -> tuple[Line, ...]:
    """Every problem with its place and remedy."""
    shown: list[Line] = [line(" ", Span(wording.counted(len(problems), "problem"), "failed"))]
    for problem in problems:
        shown += [BLANK, *_problem(problem, width)]
    return tuple(shown)


def refused_text(problems: Sequence[Problem], text: str, width: int) -> tuple[Line, ...]:
    """What was refused, its lines numbered; those with a problem stand out."""
    shown: list[Line] = [line(" ", Span("what was handed in", "title")), BLANK]
    wrong = {problem.line for problem in problems}
    for number, written in enumerate(safe_text(text).split("\n"), start=1):
        style = "caution" if number in wrong else ""
        pieces = wrapped(written, width - 7, style=style)
        shown += [(Span(f" {number if not part else '':>4}  ", "faint"), *piece) for part, piece in enumerate(pieces)]
    return tuple(shown)


def _title(entry: QueueEntry, state: ExecutionState | None) -> str:
    if entry.plan is None:
        first = entry.problems[0].message if entry.problems else "not a valid plan"
        return safe_line(first)
    revision = f" r{entry.revision}" if entry.revision > 1 else ""
    if entry.state is QueueState.RUNNING and state is not None:
        return f"{wording.completed(state.counts())}/{len(state.plan.commands)} {safe_line(entry.plan.description)}"
    return safe_line(entry.plan.description) + revision


def _outcome(
    entry: QueueEntry, states: Mapping[UUID, ExecutionState], outcomes: Mapping[UUID, ExecutionStatus]
) -> ExecutionStatus | None:
    state = states.get(entry.execution_id) if entry.execution_id else None
    if state is not None:
        return state.status
    return outcomes.get(entry.execution_id) if entry.execution_id else None


def _problem(problem: Problem, width: int) -> list[Line]:
    return [
        *wrapped(place_of(problem), width, indent=2, hang=4, style="strong"),
        *wrapped(safe_line(problem.message), width, indent=4),
        *wrapped(safe_line(problem.remedy), width, indent=4, style="ok"),
    ]


def place_of(problem: Problem) -> str:
    """Where in what was handed in."""
    where = safe_line(problem.path) or "the plan"
    return f"{where}, line {problem.line}" if problem.line is not None else where
