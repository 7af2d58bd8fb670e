"""A label and its value, as every part of a review is laid out."""

from __future__ import annotations

from collections.abc import Iterable

from cloudops_tui.presentation.lines import Line, Span, pad, reflow

LABEL = 12


def listed(label: str, values: Iterable[Line], width: int) -> list[Line]:
    """Several values below one label."""
    return [row for number, value in enumerate(values) for row in field("" if number else label, value, width)]


def field(label: str, value: Line, width: int) -> list[Line]:
    """A label and its value, which goes on below itself."""
    rows = reflow(value, width - LABEL)
    return [(Span(pad(label if not number else "", LABEL), "quiet"), *row) for number, row in enumerate(rows)]
