"""The last look before a decision: what is approved, where it runs, and each call that it makes."""

from __future__ import annotations

from cloudops_tui.model.review import NO_UNDOING, CommandReview, Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
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
)
from cloudops_tui.presentation.queue import HEADLINE, order, risk_counts, risk_span
from cloudops_tui.presentation.review import accounts, call, letters, planners_words, reach, undo
from cloudops_tui.presentation.review.risk import flags_in_words

_LABEL = 10
_PARAMETER_ROWS = 12
"""Rows of one command's parameters where there is a review that has them whole."""


def title(review: Review, called: str = "") -> str:
    """What the modal is headed with."""
    number = f"#{review.entry.number} r{review.entry.revision}" if review.entry else ""
    return f"{called or 'Approve'} {number}".strip()


def only_look(review: Review) -> bool:
    """Nothing else shows it: a rollback or a part of a plan has no review screen of its own."""
    return review.entry is None


def has_to_be_read(review: Review) -> bool:
    """It is confirmed by typing, and was read nowhere else: row by row, then."""
    return only_look(review) and review.confirmation.needed


def body(review: Review, width: int, ascii_only: bool = False) -> tuple[Line, ...]:
    """What is approved and where, each command that would do something, whole, and what follows from it."""
    plan = review.plan
    shown = first_rows(planners_words.rows(plan.description, width, _LABEL), 2)
    shown += _field("level", line(risk_span(review.level), "  ", Span(flags_in_words(review.flags), "caution")), width)
    counts = risk_counts(each.assessment.level for each in review.commands)
    shown += _field("commands", joined((f"{len(plan.commands)}:", *counts, Span(order(plan), "quiet"))), width)
    shown += _field("touches", reach.in_words(review), width)
    # The protected ones stand first: whoever looks at no more than one sees that.
    for number, identity in enumerate(sorted(review.identities, key=lambda one: not one.protected)):
        shown += _field("" if number else "account", accounts.identity(identity), width)
    shown += [row for one in letters.of_plan(review) for row in _field("letters", one, width)]
    shown += _between(review, width)
    shown += _field("digest", line(Span(review.short_digest, "strong")), width)
    shown += [BLANK, *_what_runs(review, width, ascii_only), BLANK]
    shown += _field("then", line(_consequence(review)), width)
    if once := _sent_once(review):
        shown += _field("sent", line(once), width)
    return tuple(shown)


def _between(review: Review, width: int) -> list[Line]:
    if not review.surroundings:
        return []
    between = line(Span(safe_line(", ".join(review.surroundings)), "caution"))
    if only_look(review):
        return _field("between", between, width)
    room = width - _LABEL  # to the edge: there is one row
    if line_width(between) > room:
        between = (*cut_line(between, room - 4), Span(" ...", "quiet"))
    return _field("between", between, width)


def _sent_once(review: Review) -> str:
    """`2 of 3 once: a repeat could do it twice; a timeout makes it UNKNOWN`; empty where all can be repeated."""
    once = sum(each.once for each in review.commands)
    if not once:
        return ""
    which = "once" if once == len(review.commands) else f"{once} of {len(review.commands)} once"
    return f"{which}: a repeat could do it twice; a timeout makes it UNKNOWN"


def _what_runs(review: Review, width: int, ascii_only: bool) -> list[Line]:
    """Commands with their exact calls: all of them where nothing else shows them; else all but plain reads."""
    shown: list[Line] = []
    left_out = 0
    by_itself = runs_by_itself(review.plan)
    for number, each in review.numbered:
        if not only_look(review) and each.assessment.level is RiskLevel.READ_ONLY and not each.assessment.flags:
            left_out += 1
            continue
        undone_by = each.compensations if by_itself else ()
        shown += _runs(review, f"{number:>3} ", each, width, ascii_only, way=() if undone_by else _way_back(each))
        for undoing in undone_by:
            shown += _runs(review, "    undone by ", undoing, width, ascii_only)
    for one in review.remains:
        shown += _stays(one, width)
    if left_out:
        more = f"and {wording.counted(left_out, 'command')} of level read"
        shown.append(line(Span(f"    {more}" if shown else more, "quiet")))
    return shown


def _stays(what: str, width: int) -> list[Line]:
    """What no command of this takes back; on below itself, as a description is."""
    lead = "stays done "
    rows = first_rows(planners_words.rows(what, max(8, width - len(lead)), hang=0, style=""), 2)
    return [(Span(" " * len(lead) if number else lead, "caution"), *row) for number, row in enumerate(rows)]


def _runs(
    review: Review, lead: str, reviewed: CommandReview, width: int, ascii_only: bool, way: Line = ()
) -> list[Line]:
    """Level and description, and below it what exactly is called, and in which account where there are several."""
    head = line(Span(lead, "quiet"), risk_span(reviewed.assessment.level), "  ")
    indent = " " * (len(lead) if len(lead) < 6 else 6)
    room = width - len(indent)
    rows = _described(head, reviewed.command.description, width, whole=only_look(review))
    called = call.in_few_rows(reviewed, room, ascii_only)
    if reviewed.argv is None and len(called) > _PARAMETER_ROWS and not only_look(review):
        cut = f"and {wording.counted(len(called) - _PARAMETER_ROWS, 'row')} more of parameters"
        called = [*called[:_PARAMETER_ROWS], line(Span(cut, "caution"))]
    rows += _indented(indent, called)
    if len(review.identities) > 1:
        where = line(Span("in ", "quiet"), *accounts.where(reviewed.command, review.identities))
        rows += _indented(indent, reflow(where, room))
    if way:
        rows += _indented(indent, _whole_or_cut(reflow(way, room), whole=only_look(review)))
    if only_look(review):
        rows += _indented(indent, call.taken(reviewed, room))
    return rows


def _described(head: Line, description: str, width: int, *, whole: bool) -> list[Line]:
    """The planner's words, on below themselves: no row of theirs begins where a row of ours does."""
    hang = sum(len(span.text) for span in head)
    rows = planners_words.rows(description, max(8, width - hang), hang=0, style="strong")
    if len(rows) > HEADLINE and not whole:
        rows = [*rows[: HEADLINE - 1], line(Span("... the review has all of it", "quiet"))]
    return [(*head, *rows[0]), *((Span(" " * hang), *row) for row in rows[1:])]


def _indented(indent: str, rows: list[Line]) -> list[Line]:
    return [(Span(indent), *row) for row in rows]


def _way_back(reviewed: CommandReview) -> Line:
    """What undoes it; of a command that undoes another, what kind of undoing that is."""
    if reviewed.undoes:
        return line(Span("by ", "quiet"), Span(safe_line(reviewed.undoes), "quiet"))
    known = reviewed.undoing
    if known.kind is UndoKind.NONE and (known == NO_UNDOING or not reviewed.no_way_back):
        return ()  # the line that acknowledges it names the command
    return undo.way_back(reviewed)


def _field(label: str, value: Line, width: int) -> list[Line]:
    rows = reflow(value, width - _LABEL)
    return [(Span(pad(label if not number else "", _LABEL), "quiet"), *row) for number, row in enumerate(rows)]


def _whole_or_cut(rows: list[Line], *, whole: bool) -> list[Line]:
    """In one row where a review has all of it: two dozen commands are read here as well."""
    return rows if whole else first_rows(rows, 1)


def _consequence(review: Review) -> str:
    if review.level is RiskLevel.READ_ONLY:
        return "it starts at once; level read"
    undoable = sum(bool(each.compensations) or each.undoing.kind is not UndoKind.NONE for each in review.commands)
    if not undoable:
        return "it starts at once; nothing is known that would undo it"
    by_itself = ", by itself on failure" if runs_by_itself(review.plan) else ""
    in_part = ", not in all that they do" if any(map(undo.in_part, review.commands)) else ""
    return f"it starts at once; {wording.counted(undoable, 'command')} can be undone{by_itself}{in_part}"
