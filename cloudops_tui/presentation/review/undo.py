"""What can be undone, when, and what not."""

from __future__ import annotations

from cloudops_tui.model.plan import ExecutionPlan, RollbackTrigger
from cloudops_tui.model.review import NO_UNDOING, CommandReview, Review
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, line, pad
from cloudops_tui.presentation.queue import risk_span
from cloudops_tui.presentation.review import call
from cloudops_tui.presentation.review.fields import LABEL, field
from cloudops_tui.presentation.seeing import numbers

_IN_A_CELL = {UndoKind.RESTORE_BEFORE: "restore", UndoKind.INVERSE: "inverse", UndoKind.DELETE_CREATED: "delete"}
"""What the column says where the plan has nothing and our tables have."""


def in_words(review: Review) -> str:
    """What can be undone, when, and what not."""
    written = sum(bool(each.compensations) for each in review.commands)
    others = [(number, each) for number, each in review.numbered if not each.compensations and _writes(each)]
    lost = [number for number, each in others if each.undoing.kind is UndoKind.NONE]
    found = len(others) - len(lost)
    if not written and not others:
        return "nothing to undo"
    said = [f"{written} of {len(review.commands)} commands, {_when(review.plan)}" if written else "no rollback written"]
    said += [f"{wording.counted(found, 'command')} can be put back by what is recorded, on request"] if found else []
    what = "command" if len(lost) == 1 else "commands"
    said += [f"nothing undoes {what} {numbers(lost)}"] if lost and (found or written) else []
    return "; ".join(said)


def way_back(reviewed: CommandReview) -> Line:
    """`undo restore-before: DesiredCapacity is read before it, and can be put back`."""
    known = reviewed.undoing
    if known.kind is UndoKind.NONE and not _writes(reviewed):
        return line(Span("nothing to undo", "quiet"))
    style = "danger" if reviewed.no_way_back else "caution" if known.kind is UndoKind.NONE else "quiet"
    kind = line(Span(f"undo {known.kind.value}", style), *_not_all(reviewed))
    return (*kind, Span(f": {safe_line(known.words)}", "quiet"))


def in_part(reviewed: CommandReview) -> bool:
    """Something of it can be put back, and it is irreversible all the same: a setting, not what went meanwhile."""
    known = reviewed.undoing
    if known.kind is UndoKind.COMPENSATION:
        return RiskFlag.IRREVERSIBLE in reviewed.assessment.flags
    return known.in_part is True


def _not_all(reviewed: CommandReview) -> Line:
    return line(Span(", not all of it", "danger")) if in_part(reviewed) else ()


def cell(reviewed: CommandReview, cells: int, ascii_only: bool) -> Span:
    """Whether there is a way back: written, none, or none there can be."""
    if reviewed.compensations:
        sign = wording.ROLLED_BACK.shown(ascii_only)
        return Span(pad(f" {sign} undo", cells), "quiet")
    if RiskFlag.IRREVERSIBLE in reviewed.assessment.flags:  # also where a setting of it could be put back
        return Span(pad(" IRREV", cells), "failed")
    if (word := _IN_A_CELL.get(reviewed.undoing.kind)) is not None:
        return Span(pad(f" {word}", cells), "quiet")
    return Span(pad("" if reviewed.assessment.level is RiskLevel.READ_ONLY else " no undo", cells), "caution")


def rows(reviewed: CommandReview, width: int, ascii_only: bool) -> list[Line]:
    """Of one command: what undoes it, as it would run; or that nothing does."""
    if not reviewed.compensations:
        known = reviewed.undoing
        if known.kind is UndoKind.NONE and not _writes(reviewed):
            return field("undo", line(Span("nothing to undo", "quiet")), width)
        style = "danger" if reviewed.no_way_back else "caution" if known.kind is UndoKind.NONE else "quiet"
        words = line(Span(known.kind.value, style), *_not_all(reviewed), f"  {safe_line(known.words)}")
        if known.kind is UndoKind.NONE:
            why = "" if known == NO_UNDOING else f"; {safe_line(known.words)}"
            words = line(Span(f"no rollback written{why}", style))
        what = "only the setting comes back" if in_part(reviewed) else "nothing undoes it"
        lost = line(Span(f"It destroys: the approval has to acknowledge that {what}", "danger"))
        return [*field("undo", words, width), *(field("", lost, width) if reviewed.no_way_back else ())]
    shown: list[Line] = []
    for number, each in enumerate(reviewed.compensations):
        shown += field(
            "" if number else "undo",
            line(risk_span(each.assessment.level), f"  {safe_line(each.command.description)}"),
            width,
        )
        shown += call.rows(each, width, ascii_only, indent=LABEL)
        shown += call.taken(each, width)
    return shown


def _when(plan: ExecutionPlan) -> str:
    strategy = plan.rollback_strategy
    if strategy is not None and strategy.trigger is RollbackTrigger.ON_FAILURE:
        return "by itself when the execution fails; this approval covers it"
    if runs_by_itself(plan):
        return "by itself when a command fails that says so; this approval covers it"
    return "when you ask for it"


def _writes(reviewed: CommandReview) -> bool:
    return reviewed.assessment.level is not RiskLevel.READ_ONLY
