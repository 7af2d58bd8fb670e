"""The plan as a whole, as the person who decides should see it."""

from __future__ import annotations

from datetime import datetime

from cloudops_tui.model.review import Review
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, joined, line, marked, wrapped
from cloudops_tui.presentation.queue import order
from cloudops_tui.presentation.review import accounts, letters, origin, planners_words, reach, rehearsed, risk, undo
from cloudops_tui.presentation.review.fields import field, listed
from cloudops_tui.presentation.review.origin import NO_BACKGROUND, Background
from cloudops_tui.presentation.review.rehearsed import Rehearsal
from cloudops_tui.presentation.review.unknowns import unknowns


def summary(
    review: Review,
    rehearsal: Rehearsal,
    now: datetime,
    width: int,
    ascii_only: bool,
    background: Background = NO_BACKGROUND,
) -> tuple[Line, ...]:
    """The plan as a whole."""
    plan, entry = review.plan, review.entry
    shown: list[Line] = []
    if review.blocked is not None:
        shown += [*_banner(f"CANNOT BE APPROVED: {review.blocked}", width), BLANK]
    shown += [*planners_words.headline(plan.description, width), BLANK]
    shown += field("level", risk.verdict(review.level, plan.risk_level), width)
    shown += listed("flags", risk.flags_of(review), width)
    shown += listed("letters", letters.of_plan(review), width)
    shown += field("touches", reach.in_words(review), width)
    if named := reach.names(review):
        shown += field("named", named, width)
    shown += listed("where", map(accounts.identity, review.identities), width)
    shown += listed("between", (line(Span(safe_line(one), "caution")) for one in review.surroundings), width)
    if plan.expected_account:
        shown += field("expects", accounts.expected(plan.expected_account, review.identities), width)
    shown += listed("not known", unknowns(review, rehearsal), width)
    shown += field("undo", line(undo.in_words(review)), width)
    shown += field("rehearsal", rehearsed.in_words(rehearsal, len(plan.commands)), width)
    shown += field(
        "digest",
        line(Span(review.short_digest, "strong"), Span(f"  of plan {review.plan_digest[:12]}", "quiet")),
        width,
    )
    shown += field(
        "commands", joined((f"{len(plan.commands)}:", *risk.counted(review), Span(order(plan), "quiet"))), width
    )
    if plan.estimated_duration is not None:
        shown += field("takes", line(f"about {wording.elapsed(plan.estimated_duration)}, says the plan"), width)
    if review.tool is not None:
        shown += field("tool", line(safe_line(f"aws {review.tool.version}  {review.tool.path}")), width)
    if entry is not None:
        shown += field("from", origin.in_words(entry, now), width)
        if entry.user_prompt:
            shown += field("asked for", marked(entry.user_prompt), width)
        shown += field("talk", line(Span(str(entry.conversation_id), "quiet")), width)
        shown += origin.revisions(entry, background.revisions, now, width)
    shown += origin.past(background, now, width)
    return (*shown, *planners_words.whole(plan.description, width))


def _banner(text: str, width: int) -> list[Line]:
    return wrapped(safe_line(text), width, style="danger")
