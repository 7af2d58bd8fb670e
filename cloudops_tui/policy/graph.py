"""What waits for what, and whether that can ever end."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from cloudops_tui.model.command import Command, OnFailure
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, Sequential
from cloudops_tui.model.result import CommandStatus

Node = TypeVar("Node")


def waits_for(plan: ExecutionPlan) -> dict[UUID, frozenset[UUID]]:
    """For each command of the plan, what must have ended before it begins.

    Raises KeyError for a dependency that is not in the plan.
    """
    ids = [command.id for command in plan.commands]
    match plan.mode:
        case DependencyGraph(dependencies=dependencies):
            known = set(ids)
            for needs in dependencies.values():
                for need in needs:
                    if need not in known:
                        raise KeyError(need)
            return {one: frozenset(dependencies.get(one, ())) for one in ids}
        case Sequential():
            return {one: frozenset(ids[place - 1 : place]) for place, one in enumerate(ids)}
        case _:
            return {one: frozenset() for one in ids}


def in_order(edges: Mapping[Node, Collection[Node]]) -> list[Node]:
    """The nodes, each behind all that it waits for; those in a cycle, or behind one, are left out. Never recurses."""
    waiting = {node: len(set(needs) & edges.keys()) for node, needs in edges.items()}
    followers = _followers(edges)
    found = [node for node, count in waiting.items() if count == 0]
    for node in found:  # it grows meanwhile
        for follower in followers.get(node, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                found.append(follower)
    return found


def cycle(edges: Mapping[Node, Collection[Node]]) -> list[Node] | None:
    """One cycle, its first node repeated at the end; None where there is none. Never recurses."""
    stuck = edges.keys() - set(in_order(edges))
    if not stuck:
        return None
    # Every stuck node waits for another stuck node, so walking along must come back to where it was.
    node = next(node for node in edges if node in stuck)
    path: list[Node] = []
    place: dict[Node, int] = {}
    while node not in place:
        place[node] = len(path)
        path.append(node)
        node = next(need for need in edges[node] if need in stuck)
    return [*path[place[node] :], node]


def aborts(command: Command) -> bool:
    """The failure of this command keeps everything that has not begun from beginning.

    Without an `on_failure` of its own that is so, unless its failure is allowed.
    """
    if command.on_failure is None:
        return not command.allow_failure
    return command.on_failure is not OnFailure.CONTINUE


@dataclass(frozen=True)
class Skip:
    """A command that will not begin, and why."""

    command_id: UUID
    reason: str


class Frontier:
    """Which commands may begin: in-degree counters, moved on as commands end. Cost: one step an edge."""

    def __init__(self, plan: ExecutionPlan) -> None:
        """All commands wait; raises KeyError for an unknown dependency."""
        self._commands = {command.id: command for command in plan.commands}
        self._in_order = isinstance(plan.mode, Sequential)
        edges = waits_for(plan)
        self._followers = _followers(edges)
        self._waiting = {one: len(needs) for one, needs in edges.items()}
        self._settled: set[UUID] = set()
        self.ready: deque[UUID] = deque(one for one, count in self._waiting.items() if count == 0)
        """May begin now, oldest first; take from the left."""
        self.aborted: str | None = None
        """Why nothing more begins, once that is so."""

    def ended(self, command_id: UUID, status: CommandStatus) -> list[Skip]:
        """Move on after a command ended; what can never begin because of it comes back as skips, already settled."""
        self._settled.add(command_id)
        command = self._commands[command_id]
        if status is not CommandStatus.COMPLETED and aborts(command):
            return self.abort(f"`{command.description}` did not complete")
        if status is CommandStatus.COMPLETED or self._in_order:
            self._release(command_id)
            return []
        return self._skip_behind(command_id, f"it waits for `{command.description}`, which did not complete")

    def abort(self, reason: str) -> list[Skip]:
        """Nothing more begins; everything that has not is skipped."""
        self.aborted = self.aborted or reason
        self.ready.clear()
        return self._settle((one for one in self._commands if self._waiting[one] >= 0), reason)

    def begin(self) -> UUID:
        """Take the next command that may begin; raises IndexError when there is none."""
        command_id = self.ready.popleft()
        self._waiting[command_id] = -1
        return command_id

    def _release(self, command_id: UUID) -> None:
        for follower in self._followers.get(command_id, ()):
            if self._waiting[follower] > 0:
                self._waiting[follower] -= 1
                if self._waiting[follower] == 0:
                    self.ready.append(follower)

    def _skip_behind(self, command_id: UUID, reason: str) -> list[Skip]:
        behind: dict[UUID, None] = {}
        edge = deque([command_id])
        while edge:
            for follower in self._followers.get(edge.popleft(), ()):
                # What stands behind a settled one was settled with it: no edge is walked twice.
                if follower not in behind and follower not in self._settled:
                    behind[follower] = None
                    edge.append(follower)
        return self._settle(behind, reason)

    def _settle(self, commands: Iterable[UUID], reason: str) -> list[Skip]:
        skips = [Skip(one, reason) for one in commands if one not in self._settled]
        for skip in skips:
            self._settled.add(skip.command_id)
            self._waiting[skip.command_id] = -1
        return skips


def _followers(edges: Mapping[Node, Collection[Node]]) -> dict[Node, list[Node]]:
    followers: dict[Node, list[Node]] = {}
    for node, needs in edges.items():
        for need in set(needs):
            followers.setdefault(need, []).append(node)
    return followers
