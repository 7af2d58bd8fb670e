"""What the planner says of a plan or a command: never so much of it, nor so placed, that it passes for a fact."""

from __future__ import annotations

import re

from cloudops_tui.presentation.lines import BLANK, Line, Span, line, line_width, marked, reflow
from cloudops_tui.presentation.queue import HEADLINE
from cloudops_tui.presentation.review.fields import LABEL

_GAP = re.compile(r"( {4,})")  # longer than anybody writes; enough of it would begin the next row where a fact begins


def rows(text: str, width: int, hang: int = LABEL, style: str = "title") -> list[Line]:
    """All of it. Rows after the first hang, so that none begins where a row of ours does; gaps are counted."""
    words = tuple(Span(span.text, span.style or style) for span in _without_gaps(text))
    if line_width(words) <= width:
        return [words]
    folded = reflow(words, max(8, width - hang))
    return [folded[0], *((Span(" " * hang), *row) for row in folded[1:])]


def headline(text: str, width: int) -> list[Line]:
    """In a few rows: whatever it says, what we found stands on the same screen."""
    shown = rows(text, width)
    if len(shown) <= HEADLINE:
        return shown
    return [*shown[: HEADLINE - 1], line(Span("... all of it stands at the end", "quiet"))]


def whole(text: str, width: int) -> list[Line]:
    """All of what was too long for the head."""
    shown = rows(text, width)
    return [BLANK, line(Span("the whole description", "quiet")), *shown] if len(shown) > HEADLINE else []


def _without_gaps(text: str) -> Line:
    return tuple(
        span
        for number, piece in enumerate(_GAP.split(text))
        for span in ((Span(f" [{len(piece)} blanks] ", "mark"),) if number % 2 else marked(piece))
    )
