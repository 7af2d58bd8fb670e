"""What nobody knows of a plan, said as plainly as what is known."""

from __future__ import annotations

from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.review.rehearsed import Rehearsal, tells
from cloudops_tui.presentation.seeing import numbers


def unknowns(review: Review, rehearsal: Rehearsal) -> list[Line]:
    """Each in a line; none where everything was found out. What a rehearsal would tell counts once it was there."""
    shown = [*_not_rehearsed(review, rehearsal), *_not_in_the_table(review), *_not_counted(review), *_nowhere(review)]
    return [line(Span(one, "caution")) for one in shown]


def _not_rehearsed(review: Review, rehearsal: Rehearsal) -> list[str]:
    if rehearsal.result is None:
        return []
    blind = [
        number
        for number, one in review.numbered
        if one.assessment.level is not RiskLevel.READ_ONLY and not tells(rehearsal.of(one.command.id))
    ]
    return [f"permission and effect of {_commands(blind)}"] if blind else []


def _not_in_the_table(review: Review) -> list[str]:
    found = [number for number, one in review.numbered if RiskFlag.UNKNOWN in one.assessment.flags]
    return [f"what {_commands(found)} may do: not in the risk table"] if found else []


def _not_counted(review: Review) -> list[str]:
    """By command: whoever reads that something cannot be counted wants to know where."""
    found = [number for number, one in review.numbered if one.assessment.radius.unbounded]
    return [f"how much {_commands(found)} may touch"] if found else []


def _nowhere(review: Review) -> list[str]:
    return [f"the account behind profile {safe_line(one.profile)}" for one in review.identities if one.account is None]


def _commands(found: list[int]) -> str:
    return f"command{'' if len(found) == 1 else 's'} {numbers(found)}"
