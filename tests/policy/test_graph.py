"""A command begins only when all that it waits for has completed, and every command settles exactly once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.model.command import Cli, CliCommand, Command, OnFailure
from cloudops_tui.model.plan import AnyExecutionMode, DependencyGraph, ExecutionPlan, Parallel, Sequential
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.graph import Frontier, aborts, cycle, waits_for

ENDS = (CommandStatus.COMPLETED, CommandStatus.FAILED, CommandStatus.UNKNOWN)
CALL = Cli(CliCommand(command="aws sts get-caller-identity"))


def one(number: int) -> UUID:
    return UUID(int=number)


def command(number: int, on_failure: OnFailure | None = None, allow_failure: bool | None = None) -> Command:
    return Command(
        id=one(number),
        command_type=CALL,
        description=f"c{number}",
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="eu-west-1",
        on_failure=on_failure,
        allow_failure=allow_failure,
    )


def plan(*commands: Command, mode: AnyExecutionMode) -> ExecutionPlan:
    return ExecutionPlan(
        id=one(0), description="", commands=commands, mode=mode, risk_level=RiskLevel.READ_ONLY
    )


def graph(**needs: str) -> DependencyGraph:
    """`graph(c3="1 2")`: command 3 waits for 1 and 2."""
    dependencies = {one(int(name[1:])): tuple(one(int(need)) for need in held.split()) for name, held in needs.items()}
    return DependencyGraph(dependencies=dependencies)


def numbers(ids: object) -> list[int]:
    return [found.int for found in ids]  # type: ignore[attr-defined]


def begin_all(frontier: Frontier) -> list[int]:
    begun = []
    while frontier.ready:
        begun.append(frontier.begin().int)
    return begun


# ---------------------------------------------------------------- waiting


def test_a_sequence_waits_for_the_one_before() -> None:
    waiting = waits_for(plan(command(3), command(1), command(2), mode=Sequential()))

    assert waiting == {one(3): frozenset(), one(1): {one(3)}, one(2): {one(1)}}


def test_in_parallel_nobody_waits() -> None:
    assert set(waits_for(plan(command(1), command(2), mode=Parallel())).values()) == {frozenset()}


def test_a_dependency_outside_the_plan_is_an_error() -> None:
    with pytest.raises(KeyError):
        waits_for(plan(command(1), mode=graph(c1="9")))


def test_the_middle_of_a_diamond_overlaps_and_its_end_waits_for_both() -> None:
    frontier = Frontier(plan(*map(command, (1, 2, 3, 4)), mode=graph(c2="1", c3="1", c4="2 3")))

    assert begin_all(frontier) == [1]
    assert frontier.ended(one(1), CommandStatus.COMPLETED) == []
    assert begin_all(frontier) == [2, 3]
    frontier.ended(one(3), CommandStatus.COMPLETED)
    assert begin_all(frontier) == []
    frontier.ended(one(2), CommandStatus.COMPLETED)
    assert begin_all(frontier) == [4]


def test_nothing_waits_for_a_level() -> None:
    frontier = Frontier(plan(*map(command, (1, 2, 3, 4)), mode=graph(c2="1", c4="3")))

    assert begin_all(frontier) == [1, 3]
    frontier.ended(one(1), CommandStatus.COMPLETED)
    assert begin_all(frontier) == [2]


def test_there_is_nothing_to_begin_when_nothing_may() -> None:
    frontier = Frontier(plan(command(1), mode=Parallel()))
    frontier.begin()

    with pytest.raises(IndexError):
        frontier.begin()


# ---------------------------------------------------------------- failing


@pytest.mark.parametrize(
    ("on_failure", "allow_failure", "expected"),
    [
        (None, None, True),
        (None, False, True),
        (None, True, False),
        (OnFailure.ABORT, None, True),
        (OnFailure.ABORT, True, True),
        (OnFailure.CONTINUE, None, False),
        (OnFailure.CONTINUE, False, False),
        (OnFailure.CONTINUE, True, False),
    ],
)
def test_what_a_failure_means_for_the_rest(
    on_failure: OnFailure | None, allow_failure: bool | None, expected: bool
) -> None:
    assert aborts(command(1, on_failure, allow_failure)) is expected


@pytest.mark.parametrize("status", ENDS[1:])
def test_a_failure_that_aborts_skips_all_that_has_not_begun(status: CommandStatus) -> None:
    frontier = Frontier(plan(*map(command, (1, 2, 3, 4)), mode=graph(c4="1")))
    frontier.begin()
    frontier.begin()

    skips = frontier.ended(one(1), status)

    assert numbers(skip.command_id for skip in skips) == [3, 4]
    assert {skip.reason for skip in skips} == {"`c1` did not complete"}
    assert frontier.aborted == "`c1` did not complete"
    assert frontier.ended(one(2), CommandStatus.COMPLETED) == []
    assert begin_all(frontier) == []


def test_a_failure_that_continues_skips_only_what_stands_behind_it() -> None:
    frontier = Frontier(
        plan(command(1, OnFailure.CONTINUE), *map(command, (2, 3, 4, 5)), mode=graph(c2="1", c3="2", c5="4"))
    )
    begin_all(frontier)

    skips = frontier.ended(one(1), CommandStatus.FAILED)

    assert numbers(skip.command_id for skip in skips) == [2, 3]
    assert skips[0].reason == "it waits for `c1`, which did not complete"
    assert frontier.aborted is None
    frontier.ended(one(4), CommandStatus.COMPLETED)
    assert begin_all(frontier) == [5]


def test_those_behind_an_allowed_failure_are_skipped_too() -> None:
    frontier = Frontier(plan(command(1, allow_failure=True), command(2), mode=graph(c2="1")))
    begin_all(frontier)

    assert numbers(skip.command_id for skip in frontier.ended(one(1), CommandStatus.FAILED)) == [2]


def test_a_sequence_goes_on_after_a_failure_that_continues() -> None:
    frontier = Frontier(plan(command(1, OnFailure.CONTINUE), command(2), command(3), mode=Sequential()))
    begin_all(frontier)

    assert frontier.ended(one(1), CommandStatus.FAILED) == []
    assert begin_all(frontier) == [2]


def test_an_abort_from_outside_skips_the_rest_once() -> None:
    frontier = Frontier(plan(*map(command, (1, 2, 3)), mode=Sequential()))
    frontier.begin()

    assert numbers(skip.command_id for skip in frontier.abort("Execution cancelled by user")) == [2, 3]
    assert frontier.abort("again") == []
    assert frontier.aborted == "Execution cancelled by user"
    assert frontier.ended(one(1), CommandStatus.FAILED) == []


# ---------------------------------------------------------------- against a model that is plain and slow


@dataclass
class Drawn:
    plan: ExecutionPlan
    needs: dict[int, set[int]]


@st.composite
def drawn_plans(draw: st.DrawFn) -> Drawn:
    size = draw(st.integers(1, 7))
    mode_kind = draw(st.sampled_from(["graph", "graph", "sequential", "parallel"]))
    policies = st.sampled_from([None, OnFailure.ABORT, OnFailure.CONTINUE])
    commands = [
        command(number, draw(policies), draw(st.sampled_from([None, True, False]))) for number in range(1, size + 1)
    ]
    needs: dict[int, set[int]] = {number: set() for number in range(1, size + 1)}
    mode: AnyExecutionMode = Parallel()
    if mode_kind == "graph":
        for number in range(2, size + 1):
            needs[number] = draw(st.sets(st.integers(1, number - 1), max_size=3))
        shown = draw(st.permutations(commands))
        commands = list(shown)
        mode = DependencyGraph(
            dependencies={one(number): tuple(one(need) for need in held) for number, held in needs.items() if held}
        )
    elif mode_kind == "sequential":
        needs = {number: {number - 1} - {0} for number in range(1, size + 1)}
        mode = Sequential()
    return Drawn(plan(*commands, mode=mode), needs)


@given(drawn_plans(), st.data())
@settings(max_examples=300 if os.environ.get("LONG_TESTS") else 120)
def test_the_frontier_agrees_with_a_brute_force_model(drawn: Drawn, data: st.DataObject) -> None:
    by_number = {held.id.int: held for held in drawn.plan.commands}
    in_order = isinstance(drawn.plan.mode, Sequential)
    frontier = Frontier(drawn.plan)
    fates: dict[int, str] = {}
    running: list[int] = []
    aborted = False

    def may_begin(number: int) -> bool:
        settled = {"completed", "failed"} if in_order else {"completed"}
        return (
            not aborted
            and number not in fates
            and number not in running
            and all(fates.get(need) in settled for need in drawn.needs[number])
        )

    while True:
        assert sorted(numbers(frontier.ready)) == sorted(filter(may_begin, by_number))
        if frontier.ready and (not running or data.draw(st.booleans())):
            begun = frontier.begin().int
            assert may_begin(begun)
            running.append(begun)
            continue
        if not running:
            break
        ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
        status = data.draw(st.sampled_from(ENDS))
        skips = numbers(skip.command_id for skip in frontier.ended(one(ended), status))
        fates[ended] = "completed" if status is CommandStatus.COMPLETED else "failed"
        expected: set[int] = set()
        if fates[ended] == "failed" and aborts(by_number[ended]):
            aborted = True
            expected = set(by_number) - set(fates) - set(running)
        elif fates[ended] == "failed" and not in_order:
            expected = behind(drawn.needs, ended) - set(fates)
        assert sorted(skips) == sorted(expected)
        assert not set(skips) & set(fates)
        fates |= dict.fromkeys(skips, "skipped")

    assert set(fates) == set(by_number)


def behind(needs: dict[int, set[int]], start: int) -> set[int]:
    found: set[int] = set()
    while True:
        more = {number for number, held in needs.items() if held & (found | {start})} - found
        if not more:
            return found
        found |= more


# ---------------------------------------------------------------- cycles


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 8), max_size=4), max_size=7))
@settings(max_examples=300 if os.environ.get("LONG_TESTS") else 120)
def test_a_cycle_is_found_exactly_when_there_is_one(edges: dict[int, list[int]]) -> None:
    found = cycle(edges)

    if found is None:
        assert not any(node in reachable(edges, node) for node in edges)
        return
    assert found[0] == found[-1]
    assert len(found) >= 2
    assert len(set(found)) == len(found) - 1
    assert all(needed in edges[node] for node, needed in pairwise(found))


def reachable(edges: dict[int, list[int]], start: int) -> set[int]:
    found: set[int] = set()
    edge = [start]
    while edge:
        for need in edges.get(edge.pop(), ()):
            if need in edges and need not in found:
                found.add(need)
                edge.append(need)
    return found


def test_a_command_that_waits_for_itself_is_a_cycle() -> None:
    assert cycle({"a": ["a"]}) == ["a", "a"]


# ---------------------------------------------------------------- size

MANY = 100_000 if os.environ.get("LONG_TESTS") else 15_000
"""Far beyond what a recursion could reach."""


def test_a_chain_of_many_has_no_depth() -> None:
    edges = {number: [number - 1] for number in range(MANY)}

    assert cycle(edges) is None
    found = cycle(edges | {0: [MANY - 1]})
    assert found is not None
    assert len(found) == MANY + 1


def test_many_commands_run_one_behind_the_other() -> None:
    template = command(1)
    commands = tuple(template.model_copy(update={"id": one(number)}) for number in range(MANY))
    chain = DependencyGraph.model_construct(
        dependencies={one(number): (one(number - 1),) for number in range(1, MANY)}
    )
    long = plan(mode=Parallel()).model_copy(update={"commands": commands, "mode": chain})
    frontier = Frontier(long)

    for _ in range(MANY // 2):
        assert frontier.ended(frontier.begin(), CommandStatus.COMPLETED) == []
    frontier.begin()
    skips = frontier.abort("enough")

    assert len(skips) == MANY - MANY // 2 - 1


def test_many_failures_before_one_long_chain_walk_it_once() -> None:
    half = 3_000
    root = command(1, OnFailure.CONTINUE)
    commands = tuple(root.model_copy(update={"id": one(number)}) for number in range(2 * half))
    needs = {one(half): tuple(one(number) for number in range(half))}
    needs |= {one(number): (one(number - 1),) for number in range(half + 1, 2 * half)}
    mode = DependencyGraph.model_construct(dependencies=needs)
    frontier = Frontier(plan(mode=Parallel()).model_copy(update={"commands": commands, "mode": mode}))
    looked_up = CountingMapping(frontier._followers)
    frontier._followers = looked_up
    begin_all(frontier)

    skipped = sum(len(frontier.ended(one(number), CommandStatus.FAILED)) for number in range(half))

    assert skipped == half
    assert looked_up.count <= 2 * 2 * half


class CountingMapping(dict[UUID, list[UUID]]):
    """Counts how often somebody's followers were asked for."""

    count = 0

    def get(self, key: UUID, default: object = None) -> list[UUID]:
        self.count += 1
        return super().get(key, [])
