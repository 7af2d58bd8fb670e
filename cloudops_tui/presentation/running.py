"""Executions that run, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.lease import Lease
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import execution, wording
from cloudops_tui.presentation.execution import Arrangement, Look
from cloudops_tui.presentation.holding import HELD
from cloudops_tui.presentation.lease import owner, silent_since
from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, line, pad
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import ExecutionState

_WORD, _NUMBER, _DONE, _TIME, _OWNER = 9, 6, 9, 8, 12
_NARROW = 64  # cells; in narrower rows the plan needs the room more than its owner
_WIDE = 110  # cells; from here on a row says how many failed


def header(width: int) -> Line:
    """The columns' names."""
    room = _room(width)
    names = (
        "   " + pad("STATE", _WORD) + pad("NO", _NUMBER) + pad("PLAN", room)
        + pad("COMMANDS", _done(width), right=True) + pad("FOR", _TIME, right=True) + pad("  OWNER", _owner(width))
    )  # fmt: skip
    return line(" ", Span(names, "quiet"))


def rows(
    states: Iterable[ExecutionState],
    numbers: Mapping[UUID, int],
    leases: Mapping[UUID, Lease],
    now: datetime,
    width: int,
    ascii_only: bool,
) -> tuple[Row, ...]:
    """Executions that have not ended, of whatever process, the latest first; `leases` says which."""
    going = [state for state in states if not state.status.ended]
    going.sort(key=lambda state: state.started_at or now, reverse=True)
    return tuple(
        Row(key, _row(state, numbers.get(key), leases.get(key), now, width, ascii_only))
        for state in going
        for key in (state.execution_id,)
    )


def preview(arrangement: Arrangement, number: int | None, look: Look, rows: int) -> tuple[Line, ...]:
    """One of them as its own screen shows it: its tree from the top, as much as fits in `rows`."""
    keys = execution.rows(arrangement, execution.FOLDED_AT_FIRST)
    room = max(1, rows - 4)
    shown = [execution.row(arrangement, key, execution.FOLDED_AT_FIRST, look) for key in keys[:room]]
    more = [line(Span(f"  and {len(keys) - room} more rows; enter shows them", "quiet"))] if len(keys) > room else []
    return (execution.header(arrangement, number, look), execution.counts(arrangement, look), BLANK, *shown, *more)


def nothing(entries: Sequence[QueueEntry], loaded: bool) -> tuple[Line, ...]:
    """What stands in the place of rows when nothing runs."""
    if not loaded:
        return (BLANK, line("  ", Span("loading ...", "quiet")))
    waiting = sum(entry.state is QueueState.REVIEW for entry in entries)
    need = "needs" if waiting == 1 else "need"
    more = f" {wording.counted(waiting, 'plan')} {need} review (1)." if waiting else ""
    return (BLANK, line("  ", Span("Nothing running.", "strong"), Span(more, "quiet")))


def _row(
    state: ExecutionState, number: int | None, lease: Lease | None, now: datetime, width: int, ascii_only: bool
) -> Line:
    silent = silent_since(lease, now) if lease is not None else None
    sign = wording.UNKNOWN if silent else _sign(state)
    until = silent or now  # nobody knows what it did since then: its clock stops
    counts = state.counts()
    failed = counts.get(CommandStatus.FAILED, 0) + counts.get(CommandStatus.UNKNOWN, 0)
    done = f"{failed} failed  " if failed and width >= _WIDE else ""
    done += f"{wording.completed(counts)}/{len(state.plan.commands)}"
    room = _room(width)
    return line(
        " ",
        Span(sign.shown(ascii_only) + " ", sign.style),
        Span(pad(sign.word, _WORD), sign.style),
        Span(pad(f"#{number}" if number is not None else str(state.execution_id)[:6], _NUMBER), "quiet"),
        pad(_named(state, lease, silent, room - 1), room - 1) + " ",
        Span(pad(done, _done(width), right=True), "failed" if failed else "quiet"),
        Span(pad(wording.elapsed(until - state.started_at) if state.started_at else "", _TIME, right=True), "quiet"),
        Span(pad(f"  {owner(lease)}" if lease else "", _owner(width)), "quiet"),
    )


def _sign(state: ExecutionState) -> Sign:
    if state.held is not None and state.cancelled_by is None:
        return HELD
    if state.rolling_back:
        return Sign("↶", "<", "undoing", "waiting")
    if state.cancelled_by or state.stopped_by:
        return Sign("⊘", "/", "stopping", "waiting")
    return wording.EXECUTION_SIGNS[state.status]


def _named(state: ExecutionState, lease: Lease | None, silent: datetime | None, room: int) -> str:
    """The plan; of one that nobody drives, first that it may still run on its targets."""
    described = safe_line(state.plan.description)
    if lease is None or silent is None:
        return described
    warning = f"since {wording.clock(silent)}, may still run: "
    return warning + described if room > len(warning) + 8 else f"may still run: {described}"


def _room(width: int) -> int:
    return max(8, width - 3 - _WORD - _NUMBER - _done(width) - _TIME - _owner(width) - 1)


def _done(width: int) -> int:
    """Cells for how many are done, and in wide rows how many failed."""
    return 2 * _DONE if width >= _WIDE else _DONE


def _owner(width: int) -> int:
    return _OWNER if width >= _NARROW else 0
