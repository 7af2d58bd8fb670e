"""The last look before a decision: what is approved, what is still missing, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.review import NO_UNDOING, CommandReview, Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.approval import unacknowledged
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, fold, joined, line, marked, pad, reflow, wrapped
from cloudops_tui.presentation.plan_review import (
    call_in_a_row,
    flags_in_words,
    resources_in_words,
    way_back,
)
from cloudops_tui.presentation.queue import HEADLINE, order, risk_counts, risk_span

_PARAMETER_ROWS = 12
"""Rows of one command's parameters; the review has them whole."""

UNSEEN = "look at all of it first (down, pagedown)"


@dataclass(frozen=True)
class Arming:
    """Just opened: a key that was pressed before does not count."""


@dataclass(frozen=True)
class Ready:
    """A decision counts."""

    told: str = ""
    """What was refused a moment ago, and why."""


@dataclass(frozen=True)
class Submitting:
    """The decision is on its way."""


@dataclass(frozen=True)
class Unknown:
    """The decision was handed in, and the engine has not answered for so long that nobody can say what became of it."""

    told: str = ""
    """What a look at the queue has found."""


@dataclass(frozen=True)
class Locked:
    """A decision would not count any more."""

    why: str


Phase: TypeAlias = Arming | Ready | Submitting | Unknown | Locked


@dataclass(frozen=True)
class Given:
    """What was typed so far."""

    confirmation: str = ""
    reason: str = ""
    override: str = ""
    acknowledged: bool = False
    """That nothing undoes some of what destroys."""


def title(review: Review, called: str = "") -> str:
    """What the modal is headed with."""
    number = f"#{review.entry.number} r{review.entry.revision}" if review.entry else ""
    return f"{called or 'Approve'} {number}".strip()


def body(review: Review, width: int) -> tuple[Line, ...]:
    """What is approved, in at most a dozen lines, and then each command that would do something, whole."""
    plan = review.plan
    shown: list[Line] = [*_first_rows(marked(plan.description), width, 2), BLANK]
    shown += _field("level", line(risk_span(review.level), "  ", Span(flags_in_words(review.flags), "caution")), width)
    counts = risk_counts(each.assessment.level for each in review.commands)
    shown += _field("commands", joined((f"{len(plan.commands)}:", *counts, Span(order(plan), "quiet"))), width)
    touched = resources_in_words(review.radius)
    shown += _field("touches", touched, width) if touched else []
    for number, identity in enumerate(review.identities[:3]):
        name = (
            Span(f"[{safe_line(identity.account_name).upper()}]", "danger" if identity.protected else "strong")
            if identity.account_name
            else ""
        )
        account = Span(identity.account, "strong") if identity.account else Span("account unknown", "failed")
        where = joined(
            (name, account, safe_line(identity.region), Span(safe_line(identity.principal or ""), "quiet")), by=" "
        )
        shown += _field("" if number else "account", where, width)
    if len(review.identities) > 3:
        shown += _field("", line(f"and {len(review.identities) - 3} more"), width)
    if review.surroundings:
        between = line(Span(safe_line(", ".join(review.surroundings)), "caution"))
        shown += _field("between", _first_rows(between, width - 10, 1)[0], width)
    shown += _field("digest", line(Span(review.short_digest, "strong")), width)
    shown += _field("then", line(_consequence(review)), width)
    if once := _sent_once(review):
        shown += _field("sent", line(once), width)
    return (*shown, BLANK, *_what_runs(review, width))


def _sent_once(review: Review) -> str:
    """`2 of 3 once: a repeat could do it twice; a timeout makes it UNKNOWN`; empty where all can be repeated."""
    once = sum(each.once for each in review.commands)
    if not once:
        return ""
    which = "once" if once == len(review.commands) else f"{once} of {len(review.commands)} once"
    return f"{which}: a repeat could do it twice; a timeout makes it UNKNOWN"


def missing(
    review: Review, phase: Phase, given: Given, *, hindered: str | None = None, refused: str | None = None, seen: bool
) -> str | None:
    """What is still missing before `ctrl+y` approves; None when nothing is.

    `hindered` is what stands in the way; `refused` to what the rehearsal was answered with a no; `seen` says that the
    end of the body was on screen.
    """
    if review.blocked is not None:
        return safe_line(review.blocked)
    match phase:
        case Arming():
            return "arming ..."
        case Submitting() | Unknown():
            return "the decision is on its way"
        case Locked(why=why):
            return why
        case Ready():
            return _not_given(review, given, hindered, refused, seen=seen)
        case _:
            assert_never(phase)


def _not_given(
    review: Review, given: Given, hindered: str | None, refused: str | None, *, seen: bool
) -> str | None:
    if hindered is not None:
        return safe_line(hindered)
    if not seen:
        return UNSEEN
    if not review.confirmation.given_by(given.confirmation):
        return "what is asked for above is not typed" + (" so" if given.confirmation else "")
    if review.confirmation.needed and not given.reason.strip():
        return "give a reason"
    if (why := unacknowledged(review, given.acknowledged)) is not None:
        return f"{safe_line(why)}: ctrl+n says that you know"
    if refused is not None and not given.override.strip():
        return f"{safe_line(refused)}; say why it is approved all the same"
    return None


def status(phase: Phase, lacking: str | None, width: int) -> tuple[Line, ...]:
    """One or two lines: locked, refused, or what is lacking; None lacks nothing."""
    match phase:
        case Locked(why=why):
            return tuple(wrapped(f"LOCKED: {why}; esc closes, look again", width, style="danger")[:2])
        case Submitting():
            return (line(Span("submitting ...", "running")),)
        case Unknown(told=told):
            said = told or "still waiting: the engine has not confirmed; do not re-submit"
            return tuple(wrapped(f"UNKNOWN: {safe_line(said)}", width, style="unknown")[:2])
        case Ready(told=told) if told:
            return tuple(wrapped(f"REFUSED: {safe_line(told)}", width, style="failed")[:2])
        case Arming():
            return (line(Span("arming ...", "quiet")),)
        case Ready():
            if lacking is not None:
                return tuple(wrapped(f"not ready: {lacking}", width, style="caution")[:2])
            return (line(Span("ready", "ok")),)
        case _:
            assert_never(phase)


def found(entry: QueueEntry | None, now: datetime) -> Phase:
    """Where a decision stands of which the engine has not said what became of it, as far as the queue tells."""
    if entry is None:
        return Unknown("the queue does not tell; the list of what runs, or the history, does")
    if entry.state is QueueState.REVIEW:
        return Unknown(f"#{entry.number} is in review at {wording.clock(now)}: nothing is recorded yet; R looks again")
    return Locked(f"#{entry.number} {became(entry, now)}")


def override_label(refused: str | None) -> str:
    """What stands before the field that takes why it is approved all the same."""
    return f"Override reason ({safe_line(refused.removeprefix('the '))}): " if refused else ""


def acknowledgement(review: Review, given: bool, ascii_only: bool, width: int) -> tuple[Line, ...]:
    """The tick that says that nothing undoes what destroys; nothing where there is no such command."""
    why = unacknowledged(review, acknowledged=False)
    if why is None:
        return ()
    tick = wording.OK.shown(ascii_only) if given else " "
    known, style = ("acknowledged", "strong") if given else ("not acknowledged", "danger")
    head = (Span(f"[{tick}] ", "ok" if given else "caution"), Span("ctrl+n", "key"))
    return tuple(reflow(line(*head, Span(f"  {safe_line(why)}: {known}", style)), width))


def approve_key(phase: Phase, lacking: str | None) -> Line:
    """The key that approves, dim while it would not; the key that looks, where nobody knows."""
    if isinstance(phase, Unknown):
        return line(Span("R", "key"), Span("  check what became of it", "strong"))
    style = ("faint", "faint") if lacking else ("key", "strong")
    return line(Span("ctrl+y", style[0]), Span("  approve and run now", style[1]))


def _what_runs(review: Review, width: int) -> list[Line]:
    """Commands with their exact calls: all of a rollback, which has no review of its own; else all but plain reads."""
    shown: list[Line] = []
    left_out = 0
    by_itself = runs_by_itself(review.plan)
    for number, each in enumerate(review.commands, start=1):
        if review.entry is not None and each.assessment.level is RiskLevel.READ_ONLY and not each.assessment.flags:
            left_out += 1
            continue
        shown += _runs(f"{number:>3} ", each, width)
        for undoing in each.compensations if by_itself else ():
            shown += _runs("    undone by ", undoing, width)
    for one in review.remains:
        shown += _first_rows(line(Span("stays done ", "caution"), safe_line(one)), width, 2)
    if left_out:
        more = f"and {wording.counted(left_out, 'command')} of level read"
        shown.append(line(Span(f"    {more}" if shown else more, "quiet")))
    return shown


def _runs(lead: str, reviewed: CommandReview, width: int) -> list[Line]:
    """Level and description, and below it what exactly is called."""
    head = line(Span(lead, "quiet"), risk_span(reviewed.assessment.level), "  ")
    indent = " " * (len(lead) if len(lead) < 6 else 6)
    title = (Span(span.text, span.style or "strong") for span in marked(reviewed.command.description))
    said = fold((*head, *title), width - len(indent))
    if len(said) > HEADLINE:
        said = [*said[: HEADLINE - 1], line(Span("... the review has all of it", "quiet"))]
    said = [said[0], *((Span(indent), *row) for row in said[1:])]
    call = fold(call_in_a_row(reviewed), width - len(indent))
    said_of_undoing = _way_back(reviewed)
    way = reflow(said_of_undoing, width - len(indent)) if said_of_undoing else []
    rows = [*said, *((Span(indent), *row) for row in (*way, *call))]
    if reviewed.argv is None and len(call) > _PARAMETER_ROWS:
        kept = len(said) + len(way) + _PARAMETER_ROWS
        cut = f"{indent}and {wording.counted(len(rows) - kept, 'row')} more of parameters"
        return [*rows[:kept], line(Span(cut, "caution"))]
    return rows


def _way_back(reviewed: CommandReview) -> Line:
    """What undoes it; of a command that undoes another, what kind of undoing that is."""
    if reviewed.undoes:
        return line(Span(safe_line(reviewed.undoes), "quiet"))
    known = reviewed.undoing
    if known.kind is UndoKind.NONE and (known == NO_UNDOING or not reviewed.no_way_back):
        return ()  # the line that acknowledges it names the command
    return way_back(reviewed)


def _field(label: str, value: Line, width: int) -> list[Line]:
    rows = reflow(value, width - 10)
    return [(Span(pad(label if not number else "", 10), "quiet"), *row) for number, row in enumerate(rows)]


def _first_rows(text: Line, width: int, most: int) -> list[Line]:
    rows = [tuple(Span(span.text, span.style or "title") for span in row) for row in fold(text, width)]
    if len(rows) <= most:
        return rows
    return [*rows[: most - 1], (*fold(rows[most - 1], width - 4)[0], Span(" ...", "quiet"))]


def _consequence(review: Review) -> str:
    if review.level is RiskLevel.READ_ONLY:
        return "it starts at once; level read"
    undoable = sum(bool(each.compensations) or each.undoing.kind is not UndoKind.NONE for each in review.commands)
    if not undoable:
        return "it starts at once; no rollback is written"
    by_itself = ", by itself on failure" if runs_by_itself(review.plan) else ""
    return f"it starts at once; {wording.counted(undoable, 'command')} can be undone{by_itself}"
