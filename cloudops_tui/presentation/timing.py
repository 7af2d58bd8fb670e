"""How long things usually take, whether one takes longer, how long the whole will take, and who has gone quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from cloudops_tui.model.config import DEFAULT_MAX_PARALLEL, MOST_PARALLEL, ExecutionConfig
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.policy.kinds import kind_of
from cloudops_tui.presentation.arrangement import Arrangement, Group
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.state.execution import CommandState

LEAST_RUNS = 3
"""Past runs without which nothing is called usual."""

WORTH_SAYING = timedelta(seconds=2)
"""What is usually over sooner needs no forecast."""

SLOW = 2.0
"""Times the usual, from which a command is told to be slow."""

SHORTEST_SILENCE = timedelta(seconds=30)
"""A command that printed nothing for so long, and for longer than it usually takes, is told to be quiet."""


@dataclass(frozen=True)
class Timing:
    """What is known beside the state: what commands usually take, and when they were last heard."""

    usual: Mapping[UUID, timedelta] = field(default_factory=dict)
    """Commands with fewer than three past runs are absent."""
    heard: Mapping[UUID, datetime] = field(default_factory=dict)
    """When a command last printed something; absent: not since it began."""
    listening: datetime | None = None
    """Since when output is heard as it comes. None: it is not, and nobody can tell that a command is quiet."""


UNTIMED = Timing()


def usual_of(plan: ExecutionPlan, recent: Mapping[str, Sequence[float]]) -> dict[UUID, timedelta]:
    """By command: the median of its kind's past completed runs, in `recent` by kind, in seconds."""
    medians = {kind: median(seconds) for kind, seconds in recent.items() if len(seconds) >= LEAST_RUNS}
    kinds = {command.id: kind_of(command) for command in plan.commands}
    return {command: timedelta(seconds=medians[kind]) for command, kind in kinds.items() if kind in medians}


def times_the_usual(took: timedelta, usual: timedelta | None) -> int | None:
    """How many times the usual it has taken, rounded down; None while that is nothing to speak of."""
    if usual is None or took < WORTH_SAYING or took < SLOW * usual or not usual:
        return None
    return int(took / usual)


def quiet_for(command_id: UUID, known: CommandState, timing: Timing, now: datetime) -> timedelta | None:
    """How long a running command has printed nothing, once that is longer than a person would expect."""
    if timing.listening is None or known.started_at is None or known.waiting_to_retry or known.status.ended:
        return None
    since = max(known.started_at, timing.listening, timing.heard.get(command_id, known.started_at))
    silence = now - since
    return silence if silence > max(SHORTEST_SILENCE, timing.usual.get(command_id, SHORTEST_SILENCE)) else None


@dataclass(frozen=True)
class Forecast:
    """What the rest of a plan takes, as far as it usually does; made once for a graph and what is usual."""

    graph: Graph
    usual: Mapping[UUID, timedelta]
    at_once: int
    """Commands that may run together."""
    tail: Mapping[UUID, timedelta]
    """By command: the longest way from its beginning to the end of everything that waits for it."""

    def after(self, command_id: UUID) -> timedelta:
        """The longest way from its end on."""
        return max((self.tail[late] for late in self.graph.dependents.get(command_id, ())), default=timedelta())


def forecast(graph: Graph, usual: Mapping[UUID, timedelta], config: ExecutionConfig) -> Forecast:
    """The forecast of a plan; commands without a usual take no time in it, and `left` asks for none of them."""
    tail: dict[UUID, timedelta] = {}
    for command_id in _latest_first(graph):
        after = max((tail[late] for late in graph.dependents.get(command_id, ())), default=timedelta())
        tail[command_id] = usual.get(command_id, timedelta()) + after
    return Forecast(graph, usual, _at_once(graph.plan, config), tail)


def left(arrangement: Arrangement, known_before: Forecast, now: datetime) -> timedelta | None:
    """How long the rest usually takes: the longest path, or the work over the places, whichever is longer.

    None where that would be a guess: some command that runs or waits has no usual, or runs longer than that, or the
    execution is being stopped or undone, or held until somebody renews credentials.
    """
    state = arrangement.state
    if state.status.ended or state.rolling_back or state.held is not None:
        return None
    if state.cancelled_by is not None or state.stopped_by:
        return None
    longest, work = timedelta(), timedelta()
    for command_id in _not_ended(arrangement):
        if (usual := known_before.usual.get(command_id)) is None:
            return None
        rest = _rest(arrangement.known(command_id), usual, now)
        if rest is None:
            return None
        work += rest
        longest = max(longest, rest + known_before.after(command_id))
    return max(longest, work / known_before.at_once)


def _rest(known: CommandState, usual: timedelta, now: datetime) -> timedelta | None:
    """What a command still takes; None once it has taken much longer than it usually does."""
    if known.started_at is None:
        return usual
    if known.retry_at is not None:
        return max(known.retry_at - now, timedelta()) + usual
    took = now - known.started_at
    return None if times_the_usual(took, usual) else max(usual - took, timedelta())


def _not_ended(arrangement: Arrangement) -> Iterator[UUID]:
    for group in (Group.RUNNING, Group.RETRYING, Group.WAITING, Group.QUEUED):
        yield from arrangement.members.get(group, ())


def _latest_first(graph: Graph) -> list[UUID]:
    """Every command after all that wait for it."""
    open_ends = {command: len(graph.dependents.get(command, ())) for command in graph.positions}
    found = [command for command, number in open_ends.items() if not number]
    for command in found:  # grows while it is read
        for needed in graph.waits_for.get(command, ()):
            open_ends[needed] -= 1
            if not open_ends[needed]:
                found.append(needed)
    return found


def _at_once(plan: ExecutionPlan, config: ExecutionConfig) -> int:
    if isinstance(plan.mode, Sequential):
        return 1
    wanted = plan.max_parallel or config.max_parallel or DEFAULT_MAX_PARALLEL
    return max(1, min(wanted, config.max_parallel or MOST_PARALLEL))
