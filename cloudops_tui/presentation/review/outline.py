"""The list of a review: the plan, who waits for whom, and the commands, a row each."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from cloudops_tui.model.plan import DependencyGraph
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Row, Span, line, pad
from cloudops_tui.presentation.queue import risk_span
from cloudops_tui.presentation.review import undo
from cloudops_tui.presentation.review.rehearsed import Rehearsal

SUMMARY = "summary"
"""The id of the row that stands for the plan as a whole."""
GRAPH = "graph"
"""The id of the row that stands for who waits for whom."""

_UNDO = 8  # cells of the last column
_NARROW_OUTLINE = 36  # cells; below, the description needs them all


class Outline:
    """The rows of a review, each drawn once: what was just read changes one of them."""

    def __init__(self, review: Review, rehearsal: Rehearsal, width: int, ascii_only: bool) -> None:
        self._review, self._rehearsal, self._width, self._ascii_only = review, rehearsal, width, ascii_only
        self._rows = outline(review, rehearsal, width, ascii_only)
        self._heads = len(self._rows) - len(review.commands)
        self._unseen: dict[UUID, Row] = {}

    def rows(self, unseen: Collection[UUID]) -> tuple[Row, ...]:
        """The plan, the graph, the commands; those that were not seen say so."""
        if not unseen:
            return self._rows
        rows = list(self._rows)
        for place, (number, each) in enumerate(self._review.numbered):
            if each.command.id in unseen:
                if each.command.id not in self._unseen:
                    self._unseen[each.command.id] = self._marked(number, each)
                rows[place + self._heads] = self._unseen[each.command.id]
        return tuple(rows)

    def _marked(self, number: int, each: CommandReview) -> Row:
        return _outline_row(number, each, self._rehearsal, self._width, self._ascii_only, unseen=True)


def outline(
    review: Review, rehearsal: Rehearsal, width: int, ascii_only: bool, unseen: Collection[UUID] = ()
) -> tuple[Row, ...]:
    """The plan and its commands, a row each: risk, number, description, what undoes it, whether the rehearsal said no
    (`✗`) and whether it is dangerous and was not seen yet (`!`)."""
    heads = [Row(SUMMARY, line(" ", Span(pad("the whole plan", max(8, width - 2)), "title")))]
    if has_graph(review):
        heads.append(Row(GRAPH, line(" ", Span(pad("who waits for whom", max(8, width - 2)), "title"))))
    return (
        *heads,
        *(
            _outline_row(number, each, rehearsal, width, ascii_only, unseen=each.command.id in unseen)
            for number, each in review.numbered
        ),
    )


def has_graph(review: Review) -> bool:
    """There is more to say of the order than a word."""
    return isinstance(review.plan.mode, DependencyGraph) and any(each.waits_for for each in review.commands)


def _outline_row(
    number: int, reviewed: CommandReview, rehearsal: Rehearsal, width: int, ascii_only: bool, *, unseen: bool
) -> Row:
    told = rehearsal.of(reviewed.command.id)
    refused = told is not None and not told.passed
    level = risk_span(reviewed.assessment.level)
    room = _UNDO if width >= _NARROW_OUTLINE else 0
    way_back = undo.cell(reviewed, room, ascii_only)
    sign = Span(wording.FAILED.shown(ascii_only), "failed") if refused else Span("!" if unseen else " ", "caution")
    return Row(
        reviewed.command.id,
        line(
            sign,
            Span(f"{number:>3} ", "quiet"),
            Span(pad(level.text, 8), level.style),
            Span(pad(safe_line(reviewed.command.description), max(4, width - 14 - room)), ""),
            *((way_back,) if room else ()),
        ),
    )
