"""How much is touched, and what of it nobody can count."""

from __future__ import annotations

from collections.abc import Sequence

from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskLevel
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut_line, line, marked
from cloudops_tui.presentation.review.fields import field

_NAMES = 5
"""Names that are spelled out; the commands have all of them."""
_CELLS = 48  # of one name


def in_words(review: Review) -> Line:
    """How much, in how many accounts and regions; what nobody can count is said to be so."""
    regions = {identity.region for identity in review.identities}
    places = f"{_accounts(review)}, {wording.counted(len(regions), 'region')}"
    named = resources(each_once(review.radius, [(one.assessment, one.named) for one in review.commands]))
    return (*named, Span(f"in {places}", "quiet")) if named else line(places)


def _accounts(review: Review) -> str:
    """How many are known, and of how many profiles nobody knows theirs."""
    known = {one.account for one in review.identities if one.account}
    unknown = {one.profile for one in review.identities if one.account is None}
    counted = wording.counted(len(known), "account") if known or not unknown else ""
    missing = f"{wording.counted(len(unknown), 'profile')} of unknown account" if unknown else ""
    return " and ".join(part for part in (counted, missing) if part)


def resources(radius: BlastRadius) -> Line:
    """How many resources are named, and why nobody can count the rest; nothing where nothing is named."""
    named = wording.counted(radius.resources, "named resource")
    counted = line(named, "  ") if radius.resources else ()
    if not radius.unbounded:
        return counted
    return (*counted, Span(f"cannot be counted: {safe_line(', '.join(radius.unbounded))}", "caution"), Span("  "))


def names(review: Review) -> Line:
    """What the plan writes to, by name, the worst first: `orders-prod, orders-test and 3 more`."""
    worst_first = sorted(_writers(review), key=lambda each: each.assessment.level, reverse=True)
    every = list(dict.fromkeys(name for each in worst_first for name in each.named))
    shown = every[:_NAMES]
    spelled = [part for name in shown for part in (Span(", "), *_name(name))][1:]
    unspelled = sum(max(0, each.assessment.radius.resources - len(each.named)) for each in worst_first)
    more = len(every) - len(shown) + unspelled
    rest = (Span(f" and {more} more", "quiet"),) if more > 0 and shown else ()
    return (*spelled, *rest)


def each_once(radius: BlastRadius, commands: Sequence[tuple[RiskAssessment, tuple[str, ...]]]) -> BlastRadius:
    """A plan's reach, of its commands and what they name: two that name the same resource touch one, as far as names
    are known."""
    writers = [(each.radius.resources, named) for each, named in commands if each.level is not RiskLevel.READ_ONLY]
    if sum(many for many, _ in writers) != radius.resources:
        return radius  # what undoes it counts, too
    found: set[tuple[str, ...]] = set()
    for many, named in writers:
        if many == len(named):
            found |= {(name,) for name in named}
        elif many == 1 and named:
            found.add(named)  # a bucket and a key, say: two names of one thing
        else:
            return radius
    return radius.model_copy(update={"resources": len(found)})


def _writers(review: Review) -> list[CommandReview]:
    return [each for each in review.commands if each.assessment.level is not RiskLevel.READ_ONLY]


def _name(name: str) -> Line:
    return cut_line(marked(name), _CELLS)


def rows(radius: BlastRadius, width: int) -> list[Line]:
    """Of one command."""
    shown = resources(radius)
    return field("touches", shown, width) if shown else []
