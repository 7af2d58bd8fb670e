"""How bad it is, and why: what counts, what the plan claims, which flags, which commands are dangerous."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import CLAIMED, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.queue import risk_counts, risk_span
from cloudops_tui.presentation.review.fields import field
from cloudops_tui.presentation.seeing import listed

_FLAG_WORDS = {
    RiskFlag.SECRET: "handles secrets",
    RiskFlag.PRIVILEGE: "changes who may do what",
    RiskFlag.EXPOSURE: "opens something to others",
    RiskFlag.EXEC: "runs code elsewhere",
    RiskFlag.COST: "costs money",
    RiskFlag.IRREVERSIBLE: "irreversible",
    RiskFlag.AVAILABILITY: "cuts off what runs",
    RiskFlag.LOCAL_READ: "reads local files",
    RiskFlag.LOCAL_WRITE: "writes local files",
    RiskFlag.NETWORK: "changes the network",
    RiskFlag.INTERACTIVE: "asks questions",
    RiskFlag.UNKNOWN: "not in the risk table",
}


def flags_in_words(flags: Collection[RiskFlag]) -> str:
    """`irreversible, costs money`."""
    return ", ".join(_FLAG_WORDS[flag] for flag in RiskFlag if flag in flags)


def verdict(level: RiskLevel, claimed: RiskLevel) -> Line:
    """What counts, and whether the plan said so itself."""
    if level > claimed:
        return line(risk_span(level), Span(f"  the plan says only {wording.RISK_WORDS[claimed]}", "caution"))
    return line(risk_span(level), Span("  as the plan says", "quiet"))


def judged(assessment: RiskAssessment) -> Line:
    """What counts, what the plan claims, what we found; only where they differ all three."""
    if assessment.assessed < assessment.claimed:
        found = wording.RISK_WORDS[assessment.assessed]
        return line(risk_span(assessment.level), Span(f"  as the plan says; we would say {found}", "quiet"))
    return verdict(assessment.level, assessment.claimed)


def reasons(assessment: RiskAssessment, width: int) -> list[Line]:
    """Why a command is what we say that it is; what the plan says itself stands beside its level."""
    flags = flags_in_words(assessment.flags)
    said = [line(Span(flags, "caution"))] if flags else []
    said += [line(safe_line(reason)) for reason in assessment.reasons if not reason.startswith(CLAIMED)]
    return [row for number, each in enumerate(said) for row in field("" if number else "because", each, width)]


def flags_of(review: Review) -> list[Line]:
    """Each flag in words, with the numbers of the commands that have it."""
    by_itself = "when it is undone"
    return [
        line(Span(_FLAG_WORDS[flag], "caution"), Span(f"  {_commands_with(review, flag) or by_itself}", "quiet"))
        for flag in RiskFlag
        if flag in review.flags
    ]


def _commands_with(review: Review, flag: RiskFlag) -> str:
    numbers = [number for number, each in review.numbered if flag in each.assessment.flags]
    return f"command {listed(numbers)}" if numbers else ""


def counted(review: Review) -> list[Span]:
    """`1 read  2 DESTROY`."""
    return risk_counts(each.assessment.level for each in review.commands)


def dangerous(review: Review) -> list[UUID]:
    """Commands to look at first: the destructive, the flagged, where plan and verdict differ, and those of which the
    undoing that runs by itself is so."""
    by_itself = runs_by_itself(review.plan)
    return [
        each.command.id
        for each in review.commands
        if _is_dangerous(each.assessment)
        or (by_itself and any(_is_dangerous(undoing.assessment) for undoing in each.compensations))
    ]


def has_to_be_seen(review: Review) -> list[UUID]:
    """The dangerous commands of a plan that is confirmed by typing: it is not approved before all were seen."""
    return dangerous(review) if review.confirmation.needed else []


def _is_dangerous(assessment: RiskAssessment) -> bool:
    return (
        assessment.level is RiskLevel.DESTRUCTIVE or bool(assessment.flags) or assessment.assessed > assessment.claimed
    )
