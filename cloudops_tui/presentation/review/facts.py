"""What the decision hangs on, for a pane beside the command."""

from __future__ import annotations

from datetime import datetime

from cloudops_tui.model.review import Review
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import similar
from cloudops_tui.presentation.lines import BLANK, Line, Span, line, reflow
from cloudops_tui.presentation.review import accounts, reach, rehearsed, risk, undo
from cloudops_tui.presentation.review.origin import NO_BACKGROUND, Background
from cloudops_tui.presentation.review.rehearsed import Rehearsal
from cloudops_tui.presentation.review.unknowns import unknowns


def facts(
    review: Review,
    rehearsal: Rehearsal,
    why_not: str | None,
    now: datetime,
    width: int,
    background: Background = NO_BACKGROUND,
) -> tuple[Line, ...]:
    """What the decision hangs on, for a pane beside the command: risk, rehearsal, account, approval. `why_not` is why
    it cannot be approved now."""
    shown: list[Line] = [line(Span("risk", "title"))]
    shown += reflow(risk.verdict(review.level, review.plan.risk_level), width)
    for said in risk.flags_of(review):
        shown += reflow(line(Span("! ", "caution"), *said), width)
    shown += reflow(reach.in_words(review), width)
    if named := reach.names(review):
        shown += reflow(line(Span("named ", "quiet"), *named), width)
    if gaps := unknowns(review, rehearsal):
        shown += [BLANK, line(Span("not known", "title"))]
        shown += [row for one in gaps for row in reflow(line(Span("? ", "caution"), *one), width)]
    shown += [BLANK, line(Span("rehearsal", "title"))]
    shown += reflow(rehearsed.in_words(rehearsal, len(review.commands)), width)
    shown += [BLANK, line(Span("account", "title"))]
    for identity in review.identities:
        shown += reflow(accounts.identity(identity), width)
    shown += [BLANK, line(Span("undo", "title")), *reflow(line(undo.in_words(review)), width)]
    shown += [BLANK, line(Span("approval", "title"))]
    shown += reflow(line(Span("digest ", "quiet"), Span(review.short_digest, "strong")), width)
    if review.confirmation.needed:
        shown += reflow(line(Span(safe_line(review.confirmation.prompt), "quiet")), width)
    shown += reflow(line(Span(f"not yet: {why_not}", "caution") if why_not else Span("a asks for it", "ok")), width)
    if background.pasts is not None:
        shown += [BLANK, line(Span("plans like this one", "title"))]
        for row in similar.in_words(background.pasts, now):
            shown += reflow(row, width)
    return tuple(shown)
