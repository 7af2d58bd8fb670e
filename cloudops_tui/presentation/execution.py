"""A running execution as its screen shows it: what stands where, in the order in which a person needs it."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import (
    FOLDABLE,
    FOLDED_AT_FIRST,
    Arrangement,
    Group,
    Key,
    arranged,
    failures,
    folded_in,
    foremost,
    group_of,
    hides,
    rearranged,
    rows,
)
from cloudops_tui.presentation.command_details import argv_lines, command_words, details, fact
from cloudops_tui.presentation.command_row import Look, brief, row, sign_of, ticking, why_skipped
from cloudops_tui.presentation.command_row import waits_words as _waits_for
from cloudops_tui.presentation.graph import SMALL_PLAN, Graph
from cloudops_tui.presentation.lines import Line, Span, line, wrapped
from cloudops_tui.presentation.outcome import (
    asked_to_undo,
    can_undo,
    counts,
    header,
    outcome_words,
    percent,
    sign_of_execution,
    summary,
    summary_head,
)
from cloudops_tui.presentation.stopping import Stop, stop, stop_lines

__all__ = [
    "FOLDABLE",
    "FOLDED_AT_FIRST",
    "SMALL_PLAN",
    "Arrangement",
    "Graph",
    "Group",
    "Key",
    "Look",
    "Stop",
    "argv_lines",
    "arranged",
    "asked_to_undo",
    "brief",
    "can_undo",
    "command_words",
    "counts",
    "details",
    "fact",
    "failures",
    "folded_in",
    "foremost",
    "group_of",
    "header",
    "hides",
    "nothing_printed",
    "outcome_words",
    "percent",
    "rearranged",
    "row",
    "rows",
    "sign_of",
    "sign_of_execution",
    "stop",
    "stop_lines",
    "summary",
    "summary_head",
    "ticking",
    "why_skipped",
]


def nothing_printed(arrangement: Arrangement, command_id: UUID, look: Look) -> tuple[Line, ...]:
    """What stands in the place of output where there is none: why, or the error instead."""
    known = arrangement.known(command_id)
    match known.status:
        case CommandStatus.PENDING:
            waits = _waits_for(arrangement, command_id)
            return _quietly(f"not begun; {waits}" if waits else "not begun")
        case CommandStatus.RUNNING:
            began = f"; began {wording.age(known.started_at, look.now)} ago" if known.started_at else ""
            return _quietly(f"nothing printed yet{began}")
        case CommandStatus.SKIPPED:
            return _quietly(f"skipped: {safe_line(why_skipped(arrangement, known))}")
        case CommandStatus.FAILED | CommandStatus.UNKNOWN if known.error:
            style = sign_of(arrangement, command_id).style
            error = wrapped(safe_text(known.error), look.width, indent=2, style=style)
            return (*_quietly("it printed nothing; the error:"), *error)
        case _:
            return _quietly("it printed nothing")


def _quietly(words: str) -> tuple[Line, ...]:
    return (line("  ", Span(words, "quiet")),)
