"""The plan under the cursor in a few lines: what it is, what we make of it, where it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.rollback import all_compensations, runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import queue_columns, similar, wording
from cloudops_tui.presentation.lines import (
    BLANK,
    Line,
    Span,
    cut_line,
    first_rows,
    joined,
    line,
    line_width,
    pad,
    reflow,
    wrapped,
)
from cloudops_tui.presentation.queue import HEADLINE, order, place_of, risk_counts, risk_span, what_it_does
from cloudops_tui.presentation.review import reach
from cloudops_tui.presentation.review.risk import flags_in_words
from cloudops_tui.presentation.similar import Past
from cloudops_tui.state.execution import ExecutionState

_MOST_OUTLINED = 200
"""Commands in the outline; the review has all of them."""
_MOST_REASONS = 3


@dataclass(frozen=True)
class Judged:
    """What we make of a plan without asking anybody, and what became of its like."""

    level: RiskLevel
    flags: frozenset[RiskFlag]
    radius: BlastRadius
    assessments: Mapping[UUID, RiskAssessment]
    """By the command's id."""
    pasts: tuple[Past, ...] | None = None
    """None where the history was not asked."""
    named: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    """What each command names, by its id."""


def preview(
    entry: QueueEntry,
    state: ExecutionState | None,
    now: datetime,
    width: int,
    *,
    judged: Judged | None = None,
    patience: timedelta | None = None,
) -> tuple[Line, ...]:
    """The entry under the cursor, the most telling first: a small pane shows the first lines alone."""
    body: list[Line] = [*_headline(entry, width), *_identity(entry, now, patience, width)]
    if entry.state is QueueState.REFUSED:
        body += _first_problems(entry.problems, width)
    elif entry.state is not QueueState.REVIEW:
        body += wrapped(_fate(entry, state, now), width - 1, indent=1, style="waiting")
    if entry.plan is not None:
        body += _makes_of(entry.plan, judged, width)
        body.append(cut_line((Span(" "), *_places(entry.plan)), width))
    if judged is not None and judged.pasts:
        body += _hanging("similar", similar.briefly(judged.pasts), width)
    if entry.user_prompt:
        body += wrapped(f"asked for: {safe_line(entry.user_prompt)}", width - 1, indent=1, style="quiet")
    return tuple(body)


def outline(plan: ExecutionPlan, width: int, judged: Judged | None = None) -> tuple[Line, ...]:
    """The plan's commands for a pane with room: by our verdict where there is one, else by the plan's claims."""
    by = "as we judge them" if judged else "as the plan describes them"
    shown = [BLANK, line(" ", Span(f"commands, {by}", "quiet"))]
    for number, command in enumerate(plan.commands[:_MOST_OUTLINED], start=1):
        found = judged.assessments.get(command.id) if judged else None
        risk = risk_span(found.level if found else command.risk_level)
        flagged = Span("! " if found and found.flags else "", "caution")
        row = line(f" {number:>3} ", Span(pad(risk.text, 8), risk.style), flagged, safe_line(command.description))
        shown.append(cut_line(row, width))
    if len(plan.commands) > _MOST_OUTLINED:
        shown.append(line(" ", Span(f"and {len(plan.commands) - _MOST_OUTLINED:,} more", "quiet")))
    return tuple(shown)


def _headline(entry: QueueEntry, width: int) -> list[Line]:
    title = safe_line(entry.plan.description) if entry.plan else "Not a valid plan"
    head = wrapped(title, width - 1, indent=1, style="title")
    if len(head) > HEADLINE:
        return [*head[: HEADLINE - 1], line(" ", Span("... the review has all of it", "quiet"))]
    return head


def _identity(entry: QueueEntry, now: datetime, patience: timedelta | None, width: int) -> list[Line]:
    left = queue_columns.until(queue_columns.expiry(entry, patience), now) if patience is not None else ""
    by = f"edited by {safe_line(entry.edited_by)}" if entry.edited_by else ""
    facts = (
        Span(f"#{entry.number} r{entry.revision}", "strong"),
        Span(f"expires in {left}" if left and left != "now" else "", "quiet"),
        Span(f"plan {entry.plan_digest[:12]}" if entry.plan_digest else "", "quiet"),
        Span(f"from {safe_line(entry.source)}", "quiet"),
        Span(by, "caution"),
        Span(f"{wording.age(entry.submitted_at, now)} ago", "quiet"),
    )
    return [(Span(" "), *row) for row in _packed(facts, width - 1)]


def _packed(facts: Sequence[Span], width: int) -> list[Line]:
    """As many facts to a row as fit; none is torn apart that has room in a row of its own."""
    rows: list[list[Span]] = []
    for fact in filter(lambda each: each.text, facts):
        if rows and line_width(joined((*rows[-1], fact))) <= width:
            rows[-1].append(fact)
        else:
            rows.append([fact])
    return [piece for row in rows for piece in reflow(joined(row), width)]


def _makes_of(plan: ExecutionPlan, judged: Judged | None, width: int) -> list[Line]:
    if judged is None:
        return [cut_line((Span(" "), *what_it_does(plan)), width)]
    counts = risk_counts(judged.assessments[one.id].level for one in plan.commands if one.id in judged.assessments)
    does = joined((wording.counted(len(plan.commands), "command"), *counts, Span(order(plan), "quiet")))
    shown = [cut_line((Span(" "), *does), width)]
    shown += first_rows(_hanging("because", _because(plan, judged), width), 2)
    known = [
        (judged.assessments[one.id], judged.named.get(one.id, ()))
        for one in plan.commands if one.id in judged.assessments
    ]  # fmt: skip
    touched = reach.resources(reach.each_once(judged.radius, known))
    return shown + (first_rows(_hanging("touches", touched, width), 2) if touched else [])


def _because(plan: ExecutionPlan, judged: Judged) -> Line:
    """Flags, and the reasons of the commands that make the plan what it is, with their numbers: also of those that undo
    others, where their level counts."""
    numbers = {command.id: number for number, command in enumerate(plan.commands, 1)}
    called = {command_id: str(number) for command_id, number in numbers.items()}
    if runs_by_itself(plan):
        called |= {undo.compensation.id: f"undoing {numbers[undo.command_id]}" for undo in all_compensations(plan)}
    reasons: dict[str, list[str]] = {}
    for command_id, name in called.items():
        found = judged.assessments.get(command_id)
        if found is not None and found.level is judged.level:
            for reason in found.reasons:
                reasons.setdefault(reason, []).append(name)
    said = [
        f"{safe_line(reason)} ({', '.join(of[:4])}{', ...' if len(of) > 4 else ''})"
        for reason, of in list(reasons.items())[:_MOST_REASONS]
    ]
    flags = flags_in_words(judged.flags)
    return joined((Span(flags, "caution"), *(said or ("the plan says so",))), by="; ")


def _hanging(label: str, value: Line, width: int) -> list[Line]:
    rows = reflow(value, width - len(label) - 3)
    return [
        (Span(" "), Span(label if not number else " " * len(label), "quiet"), Span("  "), *row)
        for number, row in enumerate(rows)
    ]


def _places(plan: ExecutionPlan) -> Line:
    places = dict.fromkeys((command.profile, command.region) for command in plan.commands)
    named = ", ".join(f"{safe_line(profile)} {safe_line(region)}" for profile, region in places)
    return line(Span("profile ", "quiet"), named)


def _fate(entry: QueueEntry, state: ExecutionState | None, now: datetime) -> str:
    said = f"#{entry.number} {became(entry, now)}"
    if entry.state is QueueState.RUNNING and state is not None:
        known = [state.command(one.id) for one in state.plan.commands]
        counts = Counter(wording.command_sign(one.status, one.result) for one in known)
        signs = (*wording.COMMAND_SIGNS.values(), wording.CANCELLED)
        said += ": " + ", ".join(f"{counts[sign]} {sign.word}" for sign in signs if sign in counts)
    return f"{said}: {safe_line(entry.reason)}" if entry.reason else said


def _first_problems(problems: Sequence[Problem], width: int) -> list[Line]:
    shown: list[Line] = []
    for problem in problems[:2]:
        shown += wrapped(
            f"{place_of(problem)}: {safe_line(problem.message)}", width - 1, indent=1, hang=3, style="failed"
        )
    if len(problems) > 2:
        shown.append(line(" ", Span(f"and {len(problems) - 2} more; enter shows them all", "quiet")))
    return shown
