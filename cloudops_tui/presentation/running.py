"""Executions that run, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, line, pad
from cloudops_tui.state.execution import ExecutionState

_WORD, _NUMBER, _DONE, _TIME = 12, 7, 9, 9


def header(width: int) -> Line:
    """The columns' names."""
    room = _room(width)
    names = (
        "   " + pad("STATE", _WORD) + pad("NO", _NUMBER) + pad("PLAN", room)
        + pad("COMMANDS", _DONE, right=True) + pad("FOR", _TIME, right=True)
    )  # fmt: skip
    return line(" ", Span(names, "quiet"))


def rows(
    states: Iterable[ExecutionState], numbers: Mapping[UUID, int], now: datetime, width: int, ascii_only: bool
) -> tuple[Row, ...]:
    """Executions that have not ended, the latest first."""
    going = [state for state in states if not state.status.ended]
    going.sort(key=lambda state: state.started_at or now, reverse=True)
    return tuple(Row(state.execution_id, _row(state, numbers, now, width, ascii_only)) for state in going)


def nothing(entries: Sequence[QueueEntry], loaded: bool) -> tuple[Line, ...]:
    """What stands in the place of rows when nothing runs."""
    if not loaded:
        return (BLANK, line("  ", Span("loading ...", "quiet")))
    waiting = sum(entry.state is QueueState.REVIEW for entry in entries)
    need = "needs" if waiting == 1 else "need"
    more = f" {wording.counted(waiting, 'plan')} {need} review (1)." if waiting else ""
    return (BLANK, line("  ", Span("Nothing running.", "strong"), Span(more, "quiet")))


def _row(state: ExecutionState, numbers: Mapping[UUID, int], now: datetime, width: int, ascii_only: bool) -> Line:
    sign = wording.EXECUTION_SIGNS[state.status]
    word = "undoing" if state.rolling_back else "stopping" if state.cancelled_by else sign.word
    counts = state.counts()
    ended = sum(number for status, number in counts.items() if status.ended)
    failed = counts.get(CommandStatus.FAILED, 0)
    number = numbers.get(state.execution_id)
    lasted = wording.elapsed(now - state.started_at) if state.started_at else ""
    return line(
        " ",
        Span(sign.shown(ascii_only) + " ", sign.style),
        Span(pad(word, _WORD), "waiting" if state.cancelled_by else sign.style),
        Span(pad(f"#{number}" if number is not None else str(state.execution_id)[:6], _NUMBER), "quiet"),
        pad(safe_line(state.plan.description), _room(width) - 1) + " ",
        Span(pad(f"{ended}/{len(state.plan.commands)}", _DONE, right=True), "failed" if failed else "quiet"),
        Span(pad(lasted, _TIME, right=True), "quiet"),
    )


def _room(width: int) -> int:
    return max(8, width - 3 - _WORD - _NUMBER - _DONE - _TIME - 1)
