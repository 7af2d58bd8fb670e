"""One row of the tree: what a command is, where it stands, why, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import assert_never
from uuid import UUID

from cloudops_tui.model.plan import Sequential
from cloudops_tui.model.result import UNKNOWN_PREFIX, CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import FOLDABLE, Arrangement, Group, Key, group_of
from cloudops_tui.presentation.holding import turn_words
from cloudops_tui.presentation.lines import Line, Span, line, line_width, pad, pad_line, spread, width
from cloudops_tui.presentation.timing import UNTIMED, WORTH_SAYING, Timing, quiet_for, times_the_usual
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import CommandState

ALIGNED = 100  # cells; in narrower rows the reason needs the room more than the times a column of their own
FORECASTS = 64  # cells; in narrower rows there is no room to tell what is usual
LEAST_NOTE = 16  # cells; enough to begin a reason with, which the details have whole
NAMED = 3  # commands that a waiting one names; the details name them all

SIGNS: dict[Group, Sign] = {
    Group.FAILED: wording.FAILED,
    Group.CANCELLED: wording.CANCELLED,
    Group.ROLLBACK: Sign("↶", "<", "rollback", "waiting"),
    Group.RUNNING: wording.RUNNING,
    Group.RETRYING: wording.RETRYING,
    Group.WAITING: wording.WAITS,
    Group.ROLLED_BACK: wording.ROLLED_BACK,
    Group.DONE: wording.OK,
    Group.SKIPPED: wording.SKIPPED,
    Group.QUEUED: wording.QUEUED,
}


@dataclass(frozen=True)
class Look:
    """How a screen looks at things: when, how wide, and with which signs."""

    now: datetime
    width: int
    ascii: bool = False
    attempts: int | None = None
    """How many attempts the configuration allows; None: not known, and not shown."""
    timing: Timing = UNTIMED
    lost: bool = False
    """Whoever drives it gives no sign of life: what ran is not known to run, and `now` is when that was last known."""


def row(arrangement: Arrangement, key: Key, folded: frozenset[Group], look: Look) -> Line:
    """One row of the tree, exactly `look.width` cells."""
    if isinstance(key, Group):
        return _heading(arrangement, key, key in folded, look)
    return _command_row(arrangement, key, look)


def _heading(arrangement: Arrangement, group: Group, is_folded: bool, look: Look) -> Line:
    sign = SIGNS[group]
    mark = ("[+]" if is_folded else "[-]") if look.ascii else ("▸" if is_folded else "▾")
    left = line(
        Span(f"{sign.shown(look.ascii)} {pad(sign.word, _word_width(arrangement))} ", sign.style),
        Span(f"{mark} {_group_words(arrangement, group)}", "quiet" if sign.style == "quiet" else ""),
    )
    return pad_line(left, look.width)


def _group_words(arrangement: Arrangement, group: Group) -> str:
    number = arrangement.count(group)
    if not number:
        return "none any more"  # while somebody moves among the rows, they stay where they are
    if group is not Group.ROLLBACK:
        return wording.counted(number, "command")
    return undone_words(arrangement) if arrangement.state.rolling_back else wording.counted(number, "compensation")


def undone_words(arrangement: Arrangement) -> str:
    """`2/4 undone`."""
    ids = arrangement.members.get(Group.ROLLBACK, ())
    done = sum(arrangement.known(key).status is CommandStatus.COMPLETED for key in ids)
    return f"{done}/{len(ids)} undone"


def _command_row(arrangement: Arrangement, command_id: UUID, look: Look) -> Line:
    graph, known = arrangement.graph, arrangement.known(command_id)
    sign = sign_of(arrangement, command_id)
    if look.lost and known.status is CommandStatus.RUNNING:
        sign = wording.UNKNOWN
    quiet = "quiet" if sign.style == "quiet" else ""
    indent = "" if group_of(arrangement, command_id) not in FOLDABLE or _is_flat(arrangement, command_id) else "  "
    place = graph.positions.get(command_id)
    number = f"{place:>{len(str(len(graph.positions)))}} " if place else "undo "
    right = line(*_times(command_id, known, sign, look))
    left = line(
        Span(f"{indent}{sign.shown(look.ascii)} {pad(sign.word, _word_width(arrangement))} ", sign.style),
        Span(number, "quiet"),
        Span(safe_line(graph.commands[command_id].description), quiet or "strong"),
    )
    note = _note(arrangement, command_id, known, look)
    if not note:
        return spread(left, right, look.width)
    room = look.width - line_width(left) - line_width(right) - 3
    described = line(*left, "  ", Span(note, _note_style(sign, note)))
    # A long description gives half of its room to the note: the reason is what a person reads first. A little is left
    # to the description's end, which is often all that tells two rows apart.
    if room < min(width(note), LEAST_NOTE):
        room = min(width(note), max(12, (look.width - line_width(right)) * 2 // 5))
        left = pad_line(left, max(10, look.width - line_width(right) - room - 3))
        described = line(*left, "  ", Span(note, _note_style(sign, note)))
    return spread(described, right, look.width)


def _is_flat(arrangement: Arrangement, command_id: UUID) -> bool:
    return arrangement.graph.is_small and command_id in arrangement.standing


def _word_width(arrangement: Arrangement) -> int:
    longest = Group.ROLLED_BACK if Group.ROLLED_BACK in arrangement.members else Group.CANCELLED
    return len(SIGNS[longest].word)


def sign_of(arrangement: Arrangement, command_id: UUID) -> Sign:
    """The sign of a command or a compensation."""
    known = arrangement.known(command_id)
    if known.waiting_to_retry:
        return wording.RETRYING
    if known.status is CommandStatus.PENDING and arrangement.standing.get(command_id) is Group.WAITING:
        return wording.WAITS
    return wording.command_sign(known.status, known.result)


def _note_style(sign: Sign, note: str) -> str:
    if sign is wording.RUNNING:
        return "quiet" if note.startswith("attempt") else "caution"
    return sign.style if sign.style in ("failed", "unknown", "waiting") else "quiet"


def _note(arrangement: Arrangement, command_id: UUID, known: CommandState, look: Look) -> str:
    if look.lost and known.status is CommandStatus.RUNNING:
        return f"since {wording.clock(look.now)}, it may still run"
    if arrangement.state.held is not None and known.waiting_to_retry:
        return f"held: {brief(known.error)}"
    if (turn := arrangement.state.turns.get(command_id)) is not None:
        return turn_words(turn, look.now)
    if known.waiting_to_retry:
        attempt = attempts_words(known.attempt, look)
        return f"again {_countdown(known, look.now)}, attempt {attempt} failed: {brief(known.error)}"
    match known.status:
        case CommandStatus.RUNNING:
            return _running_note(command_id, known, look)
        case CommandStatus.COMPLETED | CommandStatus.ROLLED_BACK:
            return f"attempt {attempts_words(known.attempt, look)}" if known.attempt > 1 else ""
        case CommandStatus.FAILED | CommandStatus.UNKNOWN:
            return brief(known.error)
        case CommandStatus.SKIPPED:
            return brief(why_skipped(arrangement, known))
        case CommandStatus.PENDING:
            return waits_words(arrangement, command_id)
        case _:
            assert_never(known.status)


def why_skipped(arrangement: Arrangement, known: CommandState) -> str:
    """Why a command has not run; where a person's word, or another attempt, has removed what stopped it, that."""
    why = known.error or ""
    if known.skipped_by is not None or why.count("`") < 2:
        return why
    name = why.split("`", 1)[1].rpartition("`")[0]
    stopper = arrangement.graph.described.get(name)
    if stopper is not None and arrangement.known(stopper).status is CommandStatus.COMPLETED:
        return f"not run yet: `{name}` has completed since"
    return why


def _running_note(command_id: UUID, known: CommandState, look: Look) -> str:
    """`3x the usual, quiet for 2m10s, attempt 2/3`: what is out of the ordinary about a command that runs."""
    silence = quiet_for(command_id, known, look.timing, look.now)
    times = _times_the_usual(command_id, known, look)
    notes = (
        f"{times}x the usual" if times else "",
        f"quiet for {ticking(silence)}" if silence is not None else "",
        f"attempt {attempts_words(known.attempt, look)}" if known.attempt > 1 else "",
    )
    return ", ".join(filter(None, notes))


def _times_the_usual(command_id: UUID, known: CommandState, look: Look) -> int | None:
    took = time_taken(known, look.now)
    return None if took is None else times_the_usual(took, look.timing.usual.get(command_id))


def waits_words(arrangement: Arrangement, command_id: UUID) -> str:
    """`waits for 3 restart web`, `waits for 3, 5`; empty where it waits for nothing that is worth a word."""
    graph = arrangement.graph
    needs = graph.waits_for.get(command_id, ())
    open_needs = [need for need in needs if not arrangement.known(need).status.ended]
    if not open_needs or (isinstance(graph.plan.mode, Sequential) and graph.is_small):
        return ""
    if len(open_needs) == 1:
        return f"waits for {graph.title(open_needs[0])}"
    places = [str(graph.positions[need]) for need in open_needs[:NAMED] if need in graph.positions]
    more = len(open_needs) - len(places)
    return f"waits for {', '.join(places)}" + (f" and {more} more" if more else "")


def _times(command_id: UUID, known: CommandState, sign: Sign, look: Look) -> tuple[Span, ...]:
    length = time_taken(known, look.now)
    shown = "" if length is None or sign is wording.SKIPPED else (
        wording.elapsed(length) if known.status.ended else ticking(length)
    )
    style = "" if sign.style == "running" else "quiet"
    if not look.timing.usual or look.width < FORECASTS:
        return (Span(f"{shown:>7}", style),)
    usual = look.timing.usual.get(command_id)
    expected = f" of ~{about(usual)}" if usual is not None and _is_forecast(known, usual) else ""
    aligned = f"{expected:<12}" if look.width >= ALIGNED else expected
    return (Span(f"{shown:>7}", style), Span(aligned, "quiet"))


def _is_forecast(known: CommandState, usual: timedelta) -> bool:
    return known.status is CommandStatus.RUNNING and not known.waiting_to_retry and usual >= WORTH_SAYING


def about(length: timedelta) -> str:
    """A length as a forecast has it: `8s`, `40s`, `2m`, `2m30s`, `1h05m`; from a minute on in steps of ten seconds."""
    seconds = max(1, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    rounded = wording.elapsed(timedelta(seconds=round(seconds, -1)))
    return rounded.removesuffix("00s")


def time_taken(known: CommandState, now: datetime) -> timedelta | None:
    """How long it took, or has taken so far; None before it began."""
    if known.result is not None:
        return known.result.duration
    if known.started_at is None:
        return None
    return (known.ended_at or now) - known.started_at


def ticking(length: timedelta) -> str:
    """A length that still grows, in whole seconds: tenths would flicker."""
    seconds = int(max(0.0, length.total_seconds()))
    return f"{seconds}s" if seconds < 10 else wording.elapsed(timedelta(seconds=seconds))


def _countdown(known: CommandState, now: datetime) -> str:
    left = (known.retry_at - now).total_seconds() if known.retry_at else 0.0
    return f"in {ticking(timedelta(seconds=ceil(left)))}" if left > 0 else "now"


def attempts_words(attempt: int, look: Look) -> str:
    """`2/3`, or `2` where nobody knows how many are allowed."""
    return f"{attempt}/{look.attempts}" if look.attempts else str(attempt)


def first_line(text: str | None) -> str:
    """The first line that says something."""
    return safe_line(next(filter(None, (part.strip() for part in (text or "").splitlines())), ""))


_RETRIES = r" ?\(reached max retries: \d+\)"
_AWS_SAYS = re.compile(rf"An error occurred \(([^()\s]+)\) when calling the \S+ operation(?:{_RETRIES})?: ")
_TRIED_AGAIN = re.compile(_RETRIES)


def brief(error: str | None) -> str:
    """The first line of an error without what every error of AWS begins with, so that the reason is in sight."""
    first = first_line(error).removeprefix(UNKNOWN_PREFIX)
    return _TRIED_AGAIN.sub("", _AWS_SAYS.sub(r"\1: ", first))
