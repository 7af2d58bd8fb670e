"""What the planner says of a plan or a command: never so much of it that it pushes a fact from the screen."""

from __future__ import annotations

from cloudops_tui.presentation.lines import BLANK, Line, Span, fold, line, marked
from cloudops_tui.presentation.queue import HEADLINE


def headline(text: str, width: int) -> list[Line]:
    """The planner's words, in a few rows: whatever they say, what we found stands on the same screen."""
    rows = _description(text, width)
    if len(rows) <= HEADLINE:
        return rows
    return [*rows[: HEADLINE - 1], line(Span("... all of it stands at the end", "quiet"))]


def whole(text: str, width: int) -> list[Line]:
    """All of a description that was too long for the head."""
    rows = _description(text, width)
    return [BLANK, line(Span("the whole description", "quiet")), *rows] if len(rows) > HEADLINE else []


def _description(text: str, width: int) -> list[Line]:
    return [tuple(Span(span.text, span.style or "title") for span in row) for row in fold(marked(text), width)]
