"""What stopping an execution would do right now, for the person who is about to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import Arrangement, Group
from cloudops_tui.presentation.command_row import Look
from cloudops_tui.presentation.lines import Line, Span, line, pad_line, spread, wrapped

SHOWN = 5  # commands; the tree behind has them all


@dataclass(frozen=True)
class Stop:
    """What cancelling would do right now, for the person who is about to."""

    title: str
    ends: tuple[Line, ...]
    """What is ended and what becomes of it, one line a command; writes first, at most five and then how many more."""
    leaves: tuple[str, ...]
    """What it leaves behind, in sentences."""
    finishing: str
    """What finishing what runs, and beginning no more, would mean instead."""


def stop(arrangement: Arrangement, number: int | None, look: Look) -> Stop:
    """The consequence of cancelling in this state."""
    undoing = arrangement.members.get(Group.ROLLBACK, ())
    running = (
        *arrangement.members.get(Group.RUNNING, ()),
        *arrangement.members.get(Group.RETRYING, ()),
        *(key for key in undoing if arrangement.known(key).status is CommandStatus.RUNNING),
    )
    # What becomes unknown is what a person has to weigh: it stands first.
    ordered = sorted(running, key=lambda key: _is_read(arrangement, key))
    ends = [_ends(arrangement, key, look) for key in ordered[:SHOWN]]
    if more := ordered[SHOWN:]:
        writes = sum(not _is_read(arrangement, key) for key in more)
        of_them = f", {wording.counted(writes, 'write')} among them" if writes else ", all reads"
        ends.append(pad_line(line(Span(f"  and {len(more)} more{of_them}", "quiet")), look.width))
    label = f"#{number} " if number is not None else ""
    return Stop(
        title=f"Stop {label}{safe_line(arrangement.state.plan.description)}?",
        ends=tuple(ends),
        leaves=tuple(_left_behind(arrangement, len(running))),
        finishing=finishing(arrangement),
    )


def finishing(arrangement: Arrangement) -> str:
    """What becomes of everything when what runs is finished and nothing more begins; said to a person beforehand."""
    running = arrangement.count(Group.RUNNING)
    retrying = arrangement.count(Group.RETRYING)
    if arrangement.state.rolling_back:
        return "The compensation that runs is finished; what it has not undone then stays as it is."
    not_begun = arrangement.count(Group.QUEUED) + arrangement.count(Group.WAITING)
    if arrangement.state.stopped_by:
        return f"Asked for already by {safe_line(arrangement.state.stopped_by)}."
    said = [
        f"{wording.counted(running, 'command')} in flight: finished, however long that takes."
        if running else "Nothing is in flight: it ends at once.",
        f"{wording.counted(retrying, 'command')} waiting to try again: not tried again, ends as it failed."
        if retrying else "",
        f"{wording.counted(not_begun, 'command')} not begun: skipped." if not_begun else "",
        "Nothing is undone; what is done stays done.",
    ]  # fmt: skip
    return " ".join(filter(None, said))


def _ends(arrangement: Arrangement, command_id: UUID, look: Look) -> Line:
    """`▶ 6 Patch the kernel of web-02      write: becomes UNKNOWN`."""
    if arrangement.known(command_id).waiting_to_retry:
        becomes = Span("waits to try again: ends as it failed", "quiet")
    elif _is_read(arrangement, command_id):
        becomes = Span("read: nothing is left", "quiet")
    else:
        becomes = Span(f"write: becomes {wording.UNKNOWN.word}", wording.UNKNOWN.style)
    sign = wording.RUNNING
    named = line(Span(f"{sign.shown(look.ascii)} ", sign.style), arrangement.graph.title(command_id))
    return spread(named, line(becomes), look.width)


def _is_read(arrangement: Arrangement, command_id: UUID) -> bool:
    """By the plan's claim, which approval held against what the table says; an unclaimed read counts as a write."""
    return arrangement.graph.commands[command_id].risk_level is RiskLevel.READ_ONLY


def stop_lines(consequence: Stop, ended: bool, look: Look) -> tuple[Line, ...]:
    """The consequence as the lines of its question; of an execution that ended meanwhile, only that."""
    if ended:
        return (line(Span("It has ended meanwhile; there is nothing to stop.", "waiting")),)
    ends = consequence.ends or (line(Span("  nothing runs right now", "quiet")),)
    leaves = [part for words in consequence.leaves for part in wrapped(f"- {words}", look.width, indent=2, hang=4)]
    now, behind = line(Span("Ends now", "title")), line(Span("Leaves behind", "title"))
    finish = line(Span("Or f: finish what runs, begin no more", "title"))
    finished = wrapped(consequence.finishing, look.width, indent=2)
    return (now, *ends, (), behind, *leaves, (), finish, *finished)


def _left_behind(arrangement: Arrangement, running: int) -> Iterable[str]:
    begun_not = arrangement.count(Group.QUEUED) + arrangement.count(Group.WAITING)
    done = arrangement.count(Group.DONE)
    if running:
        yield "Running commands are ended: TERM, a moment of grace, then KILL."
        yield "A write in flight becomes UNKNOWN: nothing tries it again; look at AWS to learn what became of it."
    if arrangement.state.rolling_back:
        yield "The rollback ends here: what it has not undone stays as it is."
        return
    if begun_not:
        yield f"{wording.counted(begun_not, 'command')} not begun: skipped."
    if runs_by_itself(arrangement.graph.plan):
        yield "Nothing is undone by itself: that is for what fails, and this is ended by you."
    if done:
        they = "it" if done == 1 else "they"
        yield f"{wording.counted(done, 'command')} completed: what {they} did stays done{_undo_later(arrangement)}."


def _undo_later(arrangement: Arrangement) -> str:
    strategy = arrangement.graph.plan.rollback_strategy
    read = any(before.image is not None for before in arrangement.state.befores.values())
    return "; `u` can undo it afterwards" if read or (strategy and strategy.compensations) else ""
