"""A running execution as its screen shows it: what stands where, in the order in which a person needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import assert_never
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.errors import RollbackFailed
from cloudops_tui.model.events import AnyExecutionEvent, RollbackStarted
from cloudops_tui.model.plan import ExecutionPlan, RollbackTrigger, Sequential
from cloudops_tui.model.result import UNKNOWN_PREFIX, CommandStatus, ExecutionStatus, Outcome
from cloudops_tui.policy import graph as graphs
from cloudops_tui.policy import rollback
from cloudops_tui.policy.safe_text import quoted, safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import (
    Line,
    Span,
    line,
    line_width,
    pad,
    pad_line,
    spread,
    width,
    wrap,
    wrapped,
)
from cloudops_tui.presentation.wording import Sign
from cloudops_tui.state.execution import NOT_BEGUN, CommandState, ExecutionState

SMALL_PLAN = 8  # commands; a plan that fits beside its output is shown whole, without groups
FIRST_ERRORS = 3  # lines of the summary; the tree has them all
TITLE = 20  # cells; what a header keeps for number and description before it tells why
LEFT_TO_UNDO = 4  # lines of the summary; the record has it whole
NAMED = 3  # commands that a waiting one names; the details name them all


class Group(Enum):
    """Where a command stands in the tree; the order here is the order there."""

    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLBACK = "rollback"
    """The compensations, each with a status of its own."""
    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waits"
    """Not begun, and what it waits for runs right now."""
    ROLLED_BACK = "rolled back"
    DONE = "ok"
    SKIPPED = "skipped"
    QUEUED = "queued"


Key = UUID | Group
"""A row of the tree: a command, a compensation, or the heading of a group."""

FOLDABLE = (Group.ROLLBACK, Group.WAITING, Group.ROLLED_BACK, Group.DONE, Group.SKIPPED, Group.QUEUED)
"""Groups with a heading. What failed or runs is never hidden behind one."""

FOLDED_AT_FIRST = frozenset({Group.DONE, Group.SKIPPED, Group.QUEUED})

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
COUNTED = (
    Group.FAILED, Group.CANCELLED, Group.RUNNING, Group.RETRYING, Group.DONE, Group.ROLLED_BACK, Group.WAITING,
    Group.QUEUED, Group.SKIPPED,
)  # fmt: skip
STARTING = Sign("·", ".", "starting", "quiet")
CANCELLING = Sign("⊘", "/", "cancelling", "waiting")
ROLLING_BACK = Sign("↶", "<", "rolling back", "waiting")


# --- what never changes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graph:
    """What the plan alone says, worked out once."""

    plan: ExecutionPlan

    @cached_property
    def positions(self) -> Mapping[UUID, int]:
        """The place of each command in the plan, from 1."""
        return {command.id: place for place, command in enumerate(self.plan.commands, 1)}

    @cached_property
    def commands(self) -> Mapping[UUID, Command]:
        """Every command, compensations included."""
        found = {command.id: command for command in self.plan.commands}
        return found | {command.id: command for _, command in self.compensations.values()}

    @cached_property
    def compensations(self) -> Mapping[UUID, tuple[UUID, Command]]:
        """By the compensation's id: what it undoes, and itself."""
        strategy = self.plan.rollback_strategy
        undone = strategy.compensations if strategy else {}
        return {command.id: (target, command) for target, commands in undone.items() for command in commands}

    @cached_property
    def waits_for(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """By command: what has to end before it, in the plan's order; commands that wait for nothing are absent."""
        needs = graphs.waits_for(self.plan)
        place = self.positions.__getitem__
        return {command: tuple(sorted(found, key=place)) for command, found in needs.items() if found}

    @cached_property
    def dependents(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """By command: who waits for it."""
        found: dict[UUID, list[UUID]] = {}
        for command, needs in self.waits_for.items():
            for needed in needs:
                found.setdefault(needed, []).append(command)
        return {needed: tuple(commands) for needed, commands in found.items()}

    @property
    def is_small(self) -> bool:
        """It is shown whole, without groups."""
        return len(self.plan.commands) <= SMALL_PLAN

    def title(self, command_id: UUID) -> str:
        """`3 restart web`; a compensation has no number."""
        described = safe_line(self.commands[command_id].description)
        place = self.positions.get(command_id)
        return f"{place} {described}" if place else described


# --- the order of the tree -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrangement:
    """Which command stands in which group, in order."""

    graph: Graph
    state: ExecutionState
    standing: Mapping[UUID, Group]
    """Of the plan's commands."""
    members: Mapping[Group, tuple[UUID, ...]]
    """Groups without anybody are absent."""
    seen: Mapping[UUID, CommandState] = field(repr=False, compare=False)
    """What was known of the commands, in a plain dict: many times quicker to compare with than the persistent map."""

    def count(self, group: Group) -> int:
        """How many are in that group."""
        return len(self.members.get(group, ()))

    @property
    def completed(self) -> int:
        """Commands of the plan that did what they should, whether or not that was undone later."""
        return self.count(Group.DONE) + self.count(Group.ROLLED_BACK)

    def known(self, command_id: UUID) -> CommandState:
        """What is known of a command or a compensation."""
        return self.state.commands.get(command_id) or self.state.compensations.get(command_id) or NOT_BEGUN


def arranged(graph: Graph, state: ExecutionState) -> Arrangement:
    """The arrangement of a state, from nothing."""
    standing = {command.id: _standing(command.id, graph, state) for command in graph.plan.commands}
    members = _gathered(standing, set(Group), graph, state)
    return Arrangement(graph, state, standing, members, dict(state.commands.items()))


def rearranged(before: Arrangement, state: ExecutionState) -> Arrangement:
    """The arrangement of a later state; only groups that gained, lost or reordered somebody are made anew."""
    if state is before.state:
        return before
    graph = before.graph
    seen = before.seen if state.commands is before.state.commands else dict(state.commands.items())
    moved = _moved(before, state, seen)
    if not moved and state.compensations is before.state.compensations:
        return replace(before, state=state, seen=seen)
    standing = {**before.standing, **moved}
    touched = {before.standing[command] for command in moved} | set(moved.values()) | {Group.ROLLBACK}
    kept = {group: ids for group, ids in before.members.items() if group not in touched}
    return Arrangement(graph, state, standing, kept | _gathered(standing, touched, graph, state), seen)


def rows(arrangement: Arrangement, folded: frozenset[Group]) -> tuple[Key, ...]:
    """The rows of the tree from top to bottom; the members of folded groups are left out."""
    found: list[Key] = []
    for group in Group:
        ids = arrangement.members.get(group, ())
        if not ids:
            continue
        if group in FOLDABLE and (group is Group.ROLLBACK or not arrangement.graph.is_small):
            found.append(group)
            if group in folded:
                continue
        found.extend(ids)
    return tuple(found)


def unfolded_fits(arrangement: Arrangement, room: int) -> bool:
    """Everything has ended and all of it, headings included, takes at most `room` rows: nothing needs to be folded."""
    state = arrangement.state
    rows_of_all = sum(map(len, arrangement.members.values())) + len(arrangement.members)
    return state.status.ended and not state.rolling_back and rows_of_all <= room


def group_of(arrangement: Arrangement, key: Key) -> Group:
    """The group that a row belongs to."""
    return key if isinstance(key, Group) else arrangement.standing.get(key, Group.ROLLBACK)


def foremost(arrangement: Arrangement) -> UUID | None:
    """The command that a person wants to see when they have chosen none: failed, undoing, running, next, last done."""
    for group in (Group.FAILED, Group.ROLLBACK, Group.RUNNING, Group.RETRYING, Group.CANCELLED, Group.WAITING):
        ids = arrangement.members.get(group)
        if ids:
            running = [command for command in ids if arrangement.known(command).status is CommandStatus.RUNNING]
            return running[0] if running else ids[0]
    if arrangement.state.completed:
        return arrangement.state.completed[-1]
    return next(iter(arrangement.graph.positions), None)


def failures(arrangement: Arrangement) -> tuple[UUID, ...]:
    """Everything that failed, compensations included, in the tree's order."""
    undone = arrangement.members.get(Group.ROLLBACK, ())
    broken = [key for key in undone if arrangement.known(key).status in (CommandStatus.FAILED, CommandStatus.UNKNOWN)]
    return (*arrangement.members.get(Group.FAILED, ()), *broken)


def _moved(before: Arrangement, state: ExecutionState, seen: Mapping[UUID, CommandState]) -> dict[UUID, Group]:
    """Commands whose group, or place in it, may differ: those that changed, and of those that wait for them some."""
    if seen is before.seen:
        return {}
    graph, old, standing = before.graph, before.seen, before.standing
    changed = [command for command, known in seen.items() if old.get(command) is not known and command in standing]
    waiting = {later for command in changed for later in graph.dependents.get(command, ()) if later not in seen}
    moved = {command: _standing(command, graph, state) for command in (*changed, *waiting)}
    return {command: group for command, group in moved.items() if command in seen or group is not standing[command]}


def _standing(command_id: UUID, graph: Graph, state: ExecutionState) -> Group:
    known = state.command(command_id)
    match known.status:
        case CommandStatus.PENDING:
            needed = graph.waits_for.get(command_id, ())
            runs = any(state.command(need).status is CommandStatus.RUNNING for need in needed)
            return Group.WAITING if runs else Group.QUEUED
        case CommandStatus.RUNNING:
            return Group.RETRYING if known.waiting_to_retry else Group.RUNNING
        case CommandStatus.COMPLETED:
            return Group.DONE
        case CommandStatus.FAILED:
            return Group.CANCELLED if _was_cancelled(known) else Group.FAILED
        case CommandStatus.UNKNOWN:
            return Group.FAILED
        case CommandStatus.SKIPPED:
            return Group.SKIPPED
        case CommandStatus.ROLLED_BACK:
            return Group.ROLLED_BACK
        case _:
            assert_never(known.status)


def _gathered(
    standing: Mapping[UUID, Group], wanted: Iterable[Group], graph: Graph, state: ExecutionState
) -> dict[Group, tuple[UUID, ...]]:
    found: dict[Group, list[UUID]] = {group: [] for group in wanted}
    for command_id, group in standing.items():  # in the plan's order
        if group in found:
            found[group].append(command_id)
    for group in (Group.FAILED, Group.CANCELLED):
        found.get(group, []).sort(key=lambda command_id: _moment(state.command(command_id).ended_at))
    for group in (Group.RUNNING, Group.RETRYING):
        found.get(group, []).sort(key=lambda command_id: _moment(state.command(command_id).started_at))
    if Group.ROLLBACK in found and (state.rolling_back or state.compensations):
        found[Group.ROLLBACK] = _compensations(graph, state)
    return {group: tuple(ids) for group, ids in found.items() if ids}


def _compensations(graph: Graph, state: ExecutionState) -> list[UUID]:
    """In the order in which they run; one that ran although nobody expected it stands last."""
    due = [undo.compensation.id for undo in rollback.undo_order(graph.plan, state.completed)]
    return due + [known for known in state.compensations if known not in set(due)]


_LATEST = datetime.max.replace(tzinfo=UTC)


def _moment(at: datetime | None) -> datetime:
    return at or _LATEST


def _was_cancelled(known: CommandState) -> bool:
    return known.result is not None and known.result.outcome is Outcome.CANCELLED


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """How a screen looks at things: when, how wide, and with which signs."""

    now: datetime
    width: int
    ascii: bool = False
    attempts: int | None = None
    """How many attempts the configuration allows; None: not known, and not shown."""


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
    if group is not Group.ROLLBACK:
        return wording.counted(number, "command")
    return _undone_words(arrangement) if arrangement.state.rolling_back else wording.counted(number, "compensation")


def _undone_words(arrangement: Arrangement) -> str:
    ids = arrangement.members.get(Group.ROLLBACK, ())
    done = sum(arrangement.known(key).status is CommandStatus.COMPLETED for key in ids)
    return f"{done}/{len(ids)} undone"


def _command_row(arrangement: Arrangement, command_id: UUID, look: Look) -> Line:
    graph, known = arrangement.graph, arrangement.known(command_id)
    sign = sign_of(arrangement, command_id)
    quiet = "quiet" if sign.style == "quiet" else ""
    indent = "" if group_of(arrangement, command_id) not in FOLDABLE or _is_flat(arrangement, command_id) else "  "
    place = graph.positions.get(command_id)
    number = f"{place:>{len(str(len(graph.positions)))}} " if place else "undo "
    right = line(*_times(known, sign, look))
    left = line(
        Span(f"{indent}{sign.shown(look.ascii)} {pad(sign.word, _word_width(arrangement))} ", sign.style),
        Span(number, "quiet"),
        Span(safe_line(graph.commands[command_id].description), quiet or "strong"),
    )
    note = _note(arrangement, command_id, known, look)
    if not note:
        return spread(left, right, look.width)
    room = look.width - line_width(left) - line_width(right) - 3
    described = line(*left, "  ", Span(note, _note_style(sign)))
    # A long description gives half of its room to the note: the reason is what a person reads first.
    if room < min(width(note), 24):
        room = min(width(note), max(12, (look.width - line_width(right)) * 2 // 5))
        left = pad_line(left, max(10, look.width - line_width(right) - room - 3))
        described = line(*left, "  ", Span(note, _note_style(sign)))
    return spread(described, right, look.width)


def _is_flat(arrangement: Arrangement, command_id: UUID) -> bool:
    return arrangement.graph.is_small and command_id in arrangement.standing


def _word_width(arrangement: Arrangement) -> int:
    longest = Group.ROLLED_BACK if Group.ROLLED_BACK in arrangement.members else Group.CANCELLED
    return len(SIGNS[longest].word)


def sign_of(arrangement: Arrangement, command_id: UUID) -> Sign:
    """The sign of a command or a compensation."""
    known = arrangement.known(command_id)
    if _was_cancelled(known):
        return wording.CANCELLED
    if known.waiting_to_retry:
        return wording.RETRYING
    if known.status is CommandStatus.PENDING and arrangement.standing.get(command_id) is Group.WAITING:
        return wording.WAITS
    return wording.COMMAND_SIGNS[known.status]


def _note_style(sign: Sign) -> str:
    return sign.style if sign.style in ("failed", "unknown", "waiting") else "quiet"


def _note(arrangement: Arrangement, command_id: UUID, known: CommandState, look: Look) -> str:
    if known.waiting_to_retry:
        return f"again {_countdown(known, look.now)}, attempt {_of(known.attempt, look)} failed: {brief(known.error)}"
    match known.status:
        case CommandStatus.RUNNING | CommandStatus.COMPLETED | CommandStatus.ROLLED_BACK:
            return f"attempt {_of(known.attempt, look)}" if known.attempt > 1 else ""
        case CommandStatus.FAILED | CommandStatus.UNKNOWN | CommandStatus.SKIPPED:
            return brief(known.error)
        case CommandStatus.PENDING:
            return _waits_for(arrangement, command_id)
        case _:
            assert_never(known.status)


def _waits_for(arrangement: Arrangement, command_id: UUID) -> str:
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


def _times(known: CommandState, sign: Sign, look: Look) -> tuple[Span, ...]:
    length = _length(known, look.now)
    shown = "" if length is None or sign is wording.SKIPPED else (
        wording.elapsed(length) if known.status.ended else ticking(length)
    )
    return (Span(f"{shown:>7}", "" if sign.style == "running" else "quiet"),)


def _length(known: CommandState, now: datetime) -> timedelta | None:
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


def _of(attempt: int, look: Look) -> str:
    return f"{attempt}/{look.attempts}" if look.attempts else str(attempt)


def _error(known: CommandState) -> str:
    return _first_line(known.error)


def _first_line(text: str | None) -> str:
    """The first line that says something."""
    return safe_line(next(filter(None, (part.strip() for part in (text or "").splitlines())), ""))


_RETRIES = r" ?\(reached max retries: \d+\)"
_AWS_SAYS = re.compile(rf"An error occurred \(([^()\s]+)\) when calling the \S+ operation(?:{_RETRIES})?: ")
_TRIED_AGAIN = re.compile(_RETRIES)


def brief(error: str | None) -> str:
    """The first line of an error without what every error of AWS begins with, so that the reason is in sight."""
    first = _first_line(error).removeprefix(UNKNOWN_PREFIX)
    return _TRIED_AGAIN.sub("", _AWS_SAYS.sub(r"\1: ", first))


# --- header, counts, summary -----------------------------------------------------------------------------------------


def sign_of_execution(state: ExecutionState | None) -> Sign:
    """Where the whole stands."""
    if state is None or state.status is ExecutionStatus.PENDING:
        return STARTING
    if state.rolling_back:
        return ROLLING_BACK
    if state.cancelled_by is not None and not state.status.ended:
        return CANCELLING
    return wording.EXECUTION_SIGNS[state.status]


def asked_to_undo(story: Iterable[AnyExecutionEvent]) -> str:
    """Why the last rollback in a story began: `asked for by alice`, or the engine's reason; nothing where none did."""
    begun = [event for event in story if isinstance(event, RollbackStarted)]
    if not begun:
        return ""
    approval = begun[-1].approval
    return f"asked for by {safe_line(approval.approved_by)}" if approval else brief(begun[-1].reason)


def header(arrangement: Arrangement, number: int | None, look: Look, undo: str = "") -> Line:
    """`#418 rotate keys   ▶ running  37%  14/38 commands  elapsed 4m10s`; the description gives way.

    `undo` is why a rollback began, from `asked_to_undo`; it is told where there is room for it.
    """
    state = arrangement.state
    done = percent(arrangement.completed, len(arrangement.graph.positions))
    took = _took(state, look.now)
    rest = line(
        Span(f"  {done}%" if not state.status.ended and not state.rolling_back else "", "strong"),
        f"  {_undone_words(arrangement) if state.rolling_back else _done_words(arrangement)}",
        Span(f"  {took}" if took else "", ""),
    )
    left = line(
        Span(f"#{number} " if number is not None else "", "strong"),
        Span(safe_line(state.plan.description), "strong"),
    )
    return spread(left, (*outcome_words(arrangement, look, undo, line_width(rest)), *rest), look.width)


def _done_words(arrangement: Arrangement) -> str:
    return f"{arrangement.completed}/{wording.counted(len(arrangement.graph.positions), 'command')}"


def outcome_words(arrangement: Arrangement, look: Look, undo: str, taken: int) -> Line:
    """`⊘ cancelled, 1 UNKNOWN` or `↶ rolled back, asked for by alice`: where the whole stands, for a header.

    Why it is rolled back is left out where that, beside `taken` cells, would leave no room to name the execution.
    """
    state = arrangement.state
    sign, unknown = sign_of_execution(state), _unknown(arrangement)
    left_open = Span(f", {unknown} UNKNOWN", wording.UNKNOWN.style) if unknown and state.status.ended else ""
    words = line(Span(f"{sign.shown(look.ascii)} {sign.word}", sign.style), left_open)
    because = f", {undo}" if undo and sign in (wording.ROLLED_BACK, ROLLING_BACK) else ""
    return (*words, Span(because)) if line_width(words) + width(because) + taken <= look.width - TITLE else words


def percent(part: int, whole: int) -> int:
    """Whole percents, rounded down: 100 means all of it."""
    return 100 * part // whole if whole else 100


def _took(state: ExecutionState, now: datetime) -> str:
    if state.started_at is None:
        return ""
    if state.ended_at is None:
        return f"elapsed {ticking(state.lasted(now))}"
    return f"took {wording.elapsed(state.lasted(state.ended_at))}"


def counts(arrangement: Arrangement, look: Look) -> Line:
    """`✗ 1 FAILED  ▶ 3 running  ✓ 9 ok  · 24 queued  – 1 skipped`: who has nobody is absent."""
    unknown = _unknown(arrangement)
    numbers = [(SIGNS[group], arrangement.count(group)) for group in COUNTED]
    numbers[0] = (wording.FAILED, numbers[0][1] - unknown)
    numbers.insert(1, (wording.UNKNOWN, unknown))
    shown = [Span(f"{sign.shown(look.ascii)}{number} {sign.word}  ", sign.style) for sign, number in numbers if number]
    return pad_line(tuple(shown), look.width)


def _unknown(arrangement: Arrangement) -> int:
    """Of those that failed, the ones whose end is not known."""
    failed = arrangement.members.get(Group.FAILED, ())
    return sum(arrangement.known(key).status is CommandStatus.UNKNOWN for key in failed)


def summary(arrangement: Arrangement, look: Look, undo: str = "") -> tuple[Line, ...]:
    """What came of it and what can be done now; empty while it runs. `undo` is why it was rolled back."""
    state = arrangement.state
    if not state.status.ended or state.rolling_back:
        return ()
    shown = (*summary_head(arrangement, look, undo), *_first_errors(arrangement), *_left_to_undo(state, look))
    return tuple(pad_line(each, look.width) for each in shown)


def summary_head(arrangement: Arrangement, look: Look, undo: str = "") -> tuple[Line, ...]:
    """How it ended and with which numbers, on one line, or on two where one has no room."""
    state, sign = arrangement.state, sign_of_execution(arrangement.state)
    took = f" in {wording.elapsed(state.lasted(state.ended_at))}" if state.ended_at and state.started_at else ""
    because = f", {undo}" if undo and state.status is ExecutionStatus.ROLLED_BACK else ""
    ended = Span(f"{sign.shown(look.ascii)} {_ended_word(state, sign)}{took}{because}: ", sign.style)
    tally = Span(_tally(arrangement), "strong")
    whole = line(ended, tally)
    return (whole,) if line_width(whole) <= look.width else (line(ended), line("  ", tally))


def _ended_word(state: ExecutionState, sign: Sign) -> str:
    match state.status:
        case ExecutionStatus.COMPLETED:
            return "Done"
        case ExecutionStatus.CANCELLED if state.cancelled_by:
            return f"Cancelled by {safe_line(state.cancelled_by)}"
        case ExecutionStatus.FAILED:
            return sign.word
        case _:
            return sign.word.capitalize()


def _tally(arrangement: Arrangement) -> str:
    unknown = _unknown(arrangement)
    tally = [
        (arrangement.count(Group.FAILED) - unknown, "failed"),
        (unknown, "UNKNOWN"),
        (arrangement.count(Group.CANCELLED), "cancelled"),
        (arrangement.count(Group.DONE), "ok"),
        (arrangement.count(Group.ROLLED_BACK), "rolled back"),
        (arrangement.count(Group.SKIPPED), "skipped"),
        (arrangement.count(Group.QUEUED) + arrangement.count(Group.WAITING), "not begun"),
    ]
    return ", ".join(f"{number} {word}" for number, word in tally if number)


def _first_errors(arrangement: Arrangement) -> Iterable[Line]:
    found = failures(arrangement)
    for command_id in found[:FIRST_ERRORS]:
        sign = sign_of(arrangement, command_id)
        error = brief(arrangement.known(command_id).error) or "no reason was given"
        yield line(Span(f"  {arrangement.graph.title(command_id)}: ", "strong"), Span(error, sign.style))
    if len(found) > FIRST_ERRORS:
        yield line(Span(f"  and {len(found) - FIRST_ERRORS} more; `f` goes from one to the next", "quiet"))
    if not found and arrangement.state.error is not None and not isinstance(arrangement.state.error, RollbackFailed):
        yield line(Span(f"  {brief(str(arrangement.state.error))}", "failed"))


def _left_to_undo(state: ExecutionState, look: Look) -> Iterable[Line]:
    """What a rollback that failed did not come to: the operator's work now."""
    if isinstance(state.error, RollbackFailed):
        yield from wrapped(brief(str(state.error)), look.width, indent=2, hang=4, style="failed")[:LEFT_TO_UNDO]


def can_undo(state: ExecutionState) -> str | None:
    """Why there is nothing to undo now; None when a rollback can be asked for."""
    strategy = state.plan.rollback_strategy
    if not state.status.ended or state.rolling_back:
        return "It still runs: undo is possible once it has ended"
    if strategy is None or not strategy.compensations:
        return "The plan says nothing about how to undo it"
    if state.status is ExecutionStatus.ROLLED_BACK:
        return "It is rolled back already"
    left = [command for command in state.completed if state.command(command).status is CommandStatus.COMPLETED]
    if not any(strategy.compensations.get(command) for command in left):
        return "Nothing that completed has a compensation"
    return None


# --- stopping --------------------------------------------------------------------------------------------------------


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


# --- one command -----------------------------------------------------------------------------------------------------


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
            return _quietly(f"skipped: {_error(known)}")
        case CommandStatus.FAILED | CommandStatus.UNKNOWN if known.error:
            style = sign_of(arrangement, command_id).style
            error = wrapped(safe_text(known.error), look.width, indent=2, style=style)
            return (*_quietly("it printed nothing; the error:"), *error)
        case _:
            return _quietly("it printed nothing")


def _quietly(words: str) -> tuple[Line, ...]:
    return (line("  ", Span(words, "quiet")),)


def details(arrangement: Arrangement, command_id: UUID, look: Look) -> tuple[Line, ...]:
    """Everything about one command: what runs, as what, how far it came, what it said."""
    command, known = arrangement.graph.commands[command_id], arrangement.known(command_id)
    sign = sign_of(arrangement, command_id)
    skipped = known.status is CommandStatus.SKIPPED
    facts: list[tuple[str, str, str]] = [
        ("status", f"{sign.shown(look.ascii)} {sign.word}", sign.style),
        ("reason" if skipped else "error", safe_text(known.error or ""), sign.style),
        ("runs as", f"profile {safe_line(command.profile)}, {safe_line(command.region)}", ""),
        ("waits for", ", ".join(map(arrangement.graph.title, arrangement.graph.waits_for.get(command_id, ()))), ""),
        *(() if skipped else _run_facts(known, look)),
        ("undone by", _undone_by(arrangement.graph, command_id), ""),
    ]
    found = [*argv_lines(command, look.width)]
    for label, words, style in facts:
        found += fact(label, words, style, look.width)
    return tuple(found)


def fact(label: str, words: str, style: str, width: int) -> Iterable[Line]:
    """A labelled text over as many lines as it needs; nothing for no words."""
    if not words:
        return
    for index, part in enumerate(wrap(words, width - 12)):
        yield line(Span(f"{label if not index else '':<11} ", "quiet"), Span(part, style))


def command_words(command: Command) -> list[str]:
    """What is run, one argument an item: of the CLI as a shell would need it quoted, of the SDK with its parameters."""
    match command.command_type:
        case Cli(value=cli):
            return [quoted(word) for word in (*cli.command.split(), *cli.args)]
        case Sdk(value=sdk):
            parameters = sdk.parameters if isinstance(sdk.parameters, dict) else {"parameters": sdk.parameters}
            pairs = [safe_line(f"{name}={value}") for name, value in parameters.items()]
            return [safe_line(f"{sdk.service} {sdk.operation}"), *pairs]
        case _:
            assert_never(command.command_type)


def argv_lines(command: Command, cells: int) -> Iterable[Line]:
    """What is run: program and subcommands on the first line, then an option with its values on each."""
    label = "command"
    for part in _argument_lines(command):
        for piece in wrap(part, cells - 12):
            yield line(Span(f"{label:<11} ", "quiet"), Span(piece, "strong"))
            label = ""


def _argument_lines(command: Command) -> Iterable[str]:
    words = command_words(command)
    if isinstance(command.command_type, Sdk):
        yield from (word if not place else f"  {word}" for place, word in enumerate(words))
        return
    starts = [place for place, word in enumerate(words) if place and word.startswith("--")]
    for start, end in pairwise([0, *starts, len(words)]):
        yield ("  " if start else "") + " ".join(words[start:end])


def _ended_words(known: CommandState, now: datetime) -> str:
    length = _length(known, now)
    if known.ended_at is None or length is None:
        return ""
    return f"{wording.clock(known.ended_at)} after {wording.elapsed(length)}"


def _run_facts(known: CommandState, look: Look) -> list[tuple[str, str, str]]:
    """What only a command has that was begun, or may still be."""
    return [
        ("attempts", _of(known.attempt, look) if known.attempt else "none yet", ""),
        ("started", wording.clock(known.started_at) if known.started_at else "", ""),
        ("ended", _ended_words(known, look.now), ""),
        *_result_facts(known),
    ]


def _result_facts(known: CommandState) -> list[tuple[str, str, str]]:
    result = known.result
    if result is None:
        return []
    return [
        ("exit code", "" if result.exit_code is None else str(result.exit_code), ""),
        ("error code", safe_line(result.error_code or ""), ""),
        ("output", "" if result.output_bytes is None else wording.size(result.output_bytes), ""),
        ("file", safe_line(result.output_file or ""), ""),
    ]


def _undone_by(graph: Graph, command_id: UUID) -> str:
    strategy = graph.plan.rollback_strategy
    if strategy is None or command_id not in graph.positions:
        return ""
    names = [safe_line(command.description) for command in strategy.compensations.get(command_id, ())]
    when = "on failure" if strategy.trigger is RollbackTrigger.ON_FAILURE else "when asked"
    return f"{'; '.join(names)} ({when})" if names else ""
