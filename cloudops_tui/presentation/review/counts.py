"""The line above a review: how bad its commands are, and how much of it was read."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from uuid import UUID

from cloudops_tui.model.review import Review
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut_line, joined, line_width
from cloudops_tui.presentation.review import risk


def counts(
    review: Review,
    seen: Collection[Hashable],
    dangers: Sequence[UUID],
    to_go: int,
    expires: str,
    folded: bool,
    width: int,
) -> Line:
    """`1 read  2 DESTROY   1 of 2 dangerous seen (n)   14 rows to go here`; in fewer words where it does not fit.
    `dangers` are those that have to be seen, `to_go` is how many rows of the one that is shown were not."""
    head = (Span(" "), *joined(risk.counted(review)), Span("   "))
    so_far = _dangers_seen(seen, dangers) if dangers else _all_seen(review, seen)
    whole = (
        Span(f"{wording.counted(to_go, 'row')} to go here" if to_go else "", "caution"),
        Span("long values folded (x)" if folded else "", "caution"),
        Span(f"expires {'in ' * (expires != 'now')}{expires}" if expires else "", "quiet"),
    )
    brief = (
        Span(f"{wording.counted(to_go, 'row')} to go" if to_go else "", "caution"),
        Span("folded (x)" if folded else "", "caution"),
        Span("expires now" if expires == "now" else f"{expires} left" if expires else "", "quiet"),
    )
    wordy, short = ((*head, *joined((so_far, *rest), by="   ")) for rest in (whole, brief))
    return wordy if line_width(wordy) <= width else cut_line(short, width)


def _all_seen(review: Review, seen: Collection[Hashable]) -> Span:
    return Span(f"seen {sum(each.command.id in seen for each in review.commands)}/{len(review.commands)}", "quiet")


def _dangers_seen(seen: Collection[Hashable], dangers: Sequence[UUID]) -> Span:
    so_far = sum(one in seen for one in dangers)
    missing = so_far < len(dangers)
    return Span(f"{so_far} of {len(dangers)} dangerous seen{' (n)' if missing else ''}", "caution" if missing else "ok")
