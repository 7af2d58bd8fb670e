"""An execution that another process drives: who that is, and what is said when it is not heard of any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudops_tui.model.lease import Lease
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, cut_line, line, line_width
from cloudops_tui.state.execution import ExecutionState

LATE = timedelta(seconds=5)
"""A lease is renewed twice a second; one that is so old belongs to a process that hangs, or cannot write."""

GONE = "the process that ran it is gone"


def banner(lease: Lease | None, state: ExecutionState | None, now: datetime, width: int) -> Line:
    """What is said above an execution that is not driven from here; empty where there is nothing to say."""
    if lease is None or lease.here or state is None:
        return ()
    if not lease.alive:
        return _gone(lease, state, width)
    if state.status.ended:
        return ()
    quiet = now - lease.beat_at
    if quiet >= LATE:
        said = f"! process {lease.pid} drives it and was not heard of for {wording.elapsed(quiet)}; this may be old"
        return cut_line(line(Span(said, "caution")), width)
    heard = f", heartbeat {max(0, int(quiet.total_seconds()))}s ago"
    return cut_line(line(Span(f"Driven by process {lease.pid}{heard}", "quiet")), width)


def waiting(loaded: bool) -> tuple[Line, ...]:
    """What stands in the place of executions where none runs and somebody waits for one."""
    if not loaded:
        return (BLANK, line("  ", Span("loading ...", "quiet")))
    return (
        BLANK,
        line("  ", Span("Nothing runs.", "strong"), Span(" The next execution that begins opens here.", "quiet")),
        line("  ", Span("q leaves; 1 and 3 show what waits and what was.", "quiet")),
    )


def _gone(lease: Lease, state: ExecutionState, width: int) -> Line:
    """`! the process that ran it is gone; outcome of running commands unknown`."""
    unknown = sum(known.status is CommandStatus.UNKNOWN for known in state.commands.values())
    going = sum(known.status is CommandStatus.RUNNING for known in state.commands.values())
    if not state.status.ended:
        left = f"{wording.counted(going, 'command')} still run{'s' if going == 1 else ''} without it"
    elif unknown:
        left = "outcome of running commands unknown"
    else:
        left = "nothing of it runs any more"
    said = line(Span(f"! {GONE}; {left}", "failed"))
    more = f" (pid {lease.pid}; `cloudops-tui` takes it over)"
    whole = (*said, Span(more, "quiet"))
    return whole if line_width(whole) <= width else cut_line(said, width)
