"""Where each command stands in the tree of its execution, in the order in which a person needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import assert_never
from uuid import UUID

from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy import rollback
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.presentation.wording import was_cancelled
from cloudops_tui.state.execution import NOT_BEGUN, CommandState, ExecutionState


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
    if state.plan.rollback_strategy != before.graph.plan.rollback_strategy:
        return arranged(Graph(state.plan), state)  # a rollback has added what undoes it
    graph = before.graph
    if state.redrives != before.state.redrives:
        return arranged(graph, state)  # what had ended has not begun any more
    seen = before.seen if state.commands is before.state.commands else dict(state.commands.items())
    moved = _moved(before, state, seen)
    if not moved and state.compensations is before.state.compensations:
        return replace(before, state=state, seen=seen)
    standing = {**before.standing, **moved}
    touched = {before.standing[command] for command in moved} | set(moved.values()) | {Group.ROLLBACK}
    kept = {group: ids for group, ids in before.members.items() if group not in touched}
    return Arrangement(graph, state, standing, kept | _gathered(standing, touched, graph, state), seen)


def rows(arrangement: Arrangement, folded: frozenset[Group], kept: UUID | None = None) -> tuple[Key, ...]:
    """The rows of the tree from top to bottom; the members of folded groups are left out, but for the one `kept`."""
    found: list[Key] = []
    for group in Group:
        ids = arrangement.members.get(group, ())
        if not ids:
            continue
        if group in FOLDABLE and (group is Group.ROLLBACK or not arrangement.graph.is_small):
            found.append(group)
            if group in folded:
                if kept is not None and hides(arrangement, folded, kept) is group:
                    found.append(kept)
                continue
        found.extend(ids)
    return tuple(found)


def hides(arrangement: Arrangement, folded: frozenset[Group], command_id: UUID) -> Group | None:
    """The folded group that a command is in; None where it is in sight, or unknown."""
    if command_id in arrangement.standing:
        group = arrangement.standing[command_id]
        return group if group in folded and not arrangement.graph.is_small else None
    undone = Group.ROLLBACK in folded and command_id in arrangement.members.get(Group.ROLLBACK, ())
    return Group.ROLLBACK if undone else None


def folded_in(arrangement: Arrangement, room: int) -> frozenset[Group]:
    """Which groups are folded where the tree has `room` rows: none where all of it fits; of what runs, what is done.

    While it runs, every heading that may yet come is counted, and what is done only leaves the rest: what opened does
    not close again. At the end half a screen more is scrolled through sooner than opened by hand.
    """
    ended = arrangement.state.status.ended and not arrangement.state.rolling_back
    headings = len(arrangement.members) if ended else len(FOLDABLE)
    rows_of_all = sum(map(len, arrangement.members.values())) + headings
    if rows_of_all <= (room * 3 // 2 if ended else room):
        return frozenset()
    if not ended and rows_of_all - arrangement.count(Group.DONE) <= room:
        return frozenset({Group.DONE})
    return FOLDED_AT_FIRST


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
            return Group.CANCELLED if was_cancelled(known.result) else Group.FAILED
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
    # By identity: an enum's own hash is a Python function, and thousands of commands come by in every frame.
    places = {id(group): members for group, members in found.items()}
    for command_id, group in standing.items():  # in the plan's order
        if (members := places.get(id(group))) is not None:
            members.append(command_id)
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
