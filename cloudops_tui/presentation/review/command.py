"""One command, whole: what it calls, what it does, what is known of it and what undoes it."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.policy.graph import aborts
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, line
from cloudops_tui.presentation.review import accounts, call, letters, planners_words, reach, rehearsed, risk, undo
from cloudops_tui.presentation.review.fields import field, listed
from cloudops_tui.presentation.review.rehearsed import Rehearsal


def command(
    review: Review, command_id: UUID, rehearsal: Rehearsal, width: int, ascii_only: bool, most: int | None = None
) -> tuple[Line, ...]:
    """One command, whole; with `most`, no value takes more rows than that."""
    number, reviewed = next((number, one) for number, one in review.numbered if one.command.id == command_id)
    its = reviewed.command
    return (
        line(Span(f"command {number} of {len(review.commands)}", "quiet"), "   ", *risk.judged(reviewed.assessment)),
        *planners_words.headline(its.description, width),
        *risk.reasons(reviewed.assessment, width),
        *reach.rows(reviewed.assessment.radius, width),
        *rehearsed.rows(rehearsal, command_id, width),
        BLANK,
        *call.rows(reviewed, width, ascii_only, most=most),
        BLANK,
        *listed("letters", letters.of_command(reviewed), width),
        *call.taken(reviewed, width),
        *field("where", accounts.where(its, review.identities), width),
        *field("waits for", _waits_for(review, reviewed), width),
        *field("timeout", _timeout(its), width),
        *(field("sent", line(safe_line(reviewed.repeating)), width) if reviewed.repeating else ()),
        *field("if it fails", line(_if_it_fails(its)), width),
        *undo.rows(reviewed, width, ascii_only),
        *planners_words.whole(its.description, width),
    )


def _timeout(its: Command) -> Line:
    length = wording.elapsed(its.timeout) if its.timeout is not None else "as configured,"
    return line(length, Span(" per attempt", "quiet"))


def _waits_for(review: Review, reviewed: CommandReview) -> Line:
    names = [
        f"{number} {safe_line(each.command.description)}"
        for number, each in review.numbered
        if each.command.id in reviewed.waits_for
    ]
    return line("; ".join(names)) if names else line(Span("nothing", "quiet"))


def _if_it_fails(its: Command) -> str:
    if its.on_failure is OnFailure.ROLLBACK:
        return "nothing more begins, and what completed is undone by the plan's compensations"
    begun = "nothing more begins" if aborts(its) else "what does not wait for it goes on"
    return f"{begun}; the execution does not fail for it" if its.allow_failure else begun
