"""What is said of an execution that is held, and of commands that wait for their turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut_line, line, line_width
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import ExecutionState, Turn

HELD = Sign("‖", "=", "HELD", "waiting")


def held_words(profile: str, renew: str) -> str:
    """`credentials of profile prod expired; renew with: aws sso login --profile prod`."""
    return f"credentials of profile {safe_line(profile)} expired; {safe_line(renew)}"


def banner(state: ExecutionState | None, now: datetime, width: int, ascii_only: bool = False) -> Line:
    """What stands above an execution that is held; empty where it is not. The way out is never cut."""
    if state is None or state.status.ended:
        return ()
    held = state.held
    if held is None:
        return _throttled(state, now, width)
    head = Span(f"{HELD.shown(ascii_only)} {HELD.word}: ", HELD.style)
    left = "" if held.gives_up_at is None else f"  fails in {_left(held.gives_up_at, now)}"
    whole, renew = held_words(held.profile, held.renew), safe_line(held.renew)
    forms = (
        line(head, Span(whole, "strong"), Span(left, "quiet")),
        line(head, Span(whole, "strong")),
        line(head, Span(f"credentials expired; {renew}", "strong")),
    )
    shortest = line(head, Span(renew, "strong"))
    return next((form for form in forms if line_width(form) <= width), cut_line(shortest, width))


def _throttled(state: ExecutionState, now: datetime, width: int) -> Line:
    """`throttled: sqs eu-west-1, next try in 4 s; 12 commands wait`: of those that wait, whose turn comes first."""
    waiting = sorted(state.turns.values(), key=lambda turn: turn.at or now)
    if not waiting:
        return ()
    more = f"; {wording.counted(len(waiting), 'command')} wait" if len(waiting) > 1 else ""
    return cut_line(line(Span(turn_words(waiting[0], now) + more, "waiting")), width)


def turn_words(turn: Turn, now: datetime) -> str:
    """`throttled: sqs eu-west-1, next try in 4 s`."""
    next_try = f"next try in {_left(turn.at, now)}" if turn.at is not None else "it waits for its turn"
    return f"throttled: {safe_line(turn.service)} {safe_line(turn.region)}, {next_try}"


def _left(at: datetime, now: datetime) -> str:
    seconds = max(0, ceil((at - now).total_seconds()))
    return f"{seconds} s" if seconds < 60 else wording.elapsed(timedelta(seconds=seconds))
