"""What stopping an execution would do right now, for the person who is about to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import Arrangement, Group
from cloudops_tui.presentation.command_row import Look
from cloudops_tui.presentation.lines import Line, Span, line, pad_line, wrapped


@dataclass(frozen=True)
class Stop:
    """What cancelling would do right now, for the person who is about to."""

    title: str
    ends: tuple[Line, ...]
    """What is ended, one line a command; at most eight and then how many more."""
    leaves: tuple[str, ...]
    """What it leaves behind, in sentences."""


def stop(arrangement: Arrangement, number: int | None, look: Look) -> Stop:
    """The consequence of cancelling in this state."""
    undoing = arrangement.members.get(Group.ROLLBACK, ())
    running = (
        *arrangement.members.get(Group.RUNNING, ()),
        *arrangement.members.get(Group.RETRYING, ()),
        *(key for key in undoing if arrangement.known(key).status is CommandStatus.RUNNING),
    )
    shown, sign = 5, wording.RUNNING
    ends = [
        pad_line(line(Span(f"{sign.shown(look.ascii)} ", sign.style), arrangement.graph.title(key)), look.width)
        for key in running[:shown]
    ]
    if len(running) > shown:
        ends.append(pad_line(line(Span(f"  and {len(running) - shown} more", "quiet")), look.width))
    label = f"#{number} " if number is not None else ""
    return Stop(
        title=f"Stop {label}{safe_line(arrangement.state.plan.description)}?",
        ends=tuple(ends),
        leaves=tuple(_left_behind(arrangement, len(running))),
    )


def stop_lines(consequence: Stop, ended: bool, look: Look) -> tuple[Line, ...]:
    """The consequence as the lines of its question; of an execution that ended meanwhile, only that."""
    if ended:
        return (line(Span("It has ended meanwhile; there is nothing to stop.", "waiting")),)
    ends = consequence.ends or (line(Span("  nothing runs right now", "quiet")),)
    leaves = [part for words in consequence.leaves for part in wrapped(f"- {words}", look.width, indent=2, hang=4)]
    now, behind = line(Span("Ends now", "title")), line(Span("Leaves behind", "title"))
    return (now, *ends, (), behind, *leaves)


def _left_behind(arrangement: Arrangement, running: int) -> Iterable[str]:
    begun_not = arrangement.count(Group.QUEUED) + arrangement.count(Group.WAITING)
    done = arrangement.count(Group.DONE)
    if running:
        yield "Running commands are ended: TERM, a moment of grace, then KILL."
        yield "A write that is in flight becomes UNKNOWN; look at AWS to learn what became of it."
    if arrangement.state.rolling_back:
        yield "The rollback ends here: what it has not undone stays as it is."
        return
    if begun_not:
        yield f"{wording.counted(begun_not, 'command')} not begun: skipped."
    if done:
        yield f"{wording.counted(done, 'command')} completed: what they did stays done{_undo_later(arrangement)}."


def _undo_later(arrangement: Arrangement) -> str:
    strategy = arrangement.graph.plan.rollback_strategy
    return "; `u` can undo it afterwards" if strategy and strategy.compensations else ""
