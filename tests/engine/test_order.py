"""What runs when: graphs, sequences and parallel plans, seen from the side of AWS."""

from __future__ import annotations

import pytest

from cloudops_tui.model.config import ExecutionConfig
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_put, get, graph, of, put, sequence
from tests.engine.stub import FOUND, Stub


async def test_the_middle_of_a_diamond_overlaps_and_its_end_waits_for_both(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = graph(
        [put("top"), put("left"), put("right"), put("end")],
        {"left": ["top"], "right": ["top"], "end": ["left", "right"]},
    )

    execution = await approved(engine, plan)
    await stub.holds("top")
    stub.release("top")
    await stub.holds("left", "right")
    stub.release("right")
    await stub.holds("left")
    assert "end" not in stub.names
    stub.release("left")
    await stub.holds("end")
    stub.release("end")

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names.count("end") == 1


@pytest.mark.usefixtures("quick")
async def test_a_diamond_of_two_processes_overlaps_too(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = graph(
        [put("top"), cli_put("left"), cli_put("right"), put("end")],
        {"left": ["top"], "right": ["top"], "end": ["left", "right"]},
    )

    execution = await approved(engine, plan)
    await stub.holds("top")
    stub.release("top")
    await stub.holds("left", "right")
    stub.release("left", "right")
    await stub.holds("end")
    stub.release("end")

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED


async def test_nothing_waits_for_a_level(make: Maker, stub: Stub) -> None:
    engine = make()
    plan = graph(
        [put("slow"), put("a1"), put("a2"), put("a3"), put("behind slow")],
        {"a2": ["a1"], "a3": ["a2"], "behind slow": ["slow"]},
    )

    execution = await approved(engine, plan)
    for name in ("a1", "a2", "a3"):
        await stub.holds("slow", name)
        stub.release(name)
    await stub.holds("slow")
    stub.release("slow")
    await stub.holds("behind slow")
    stub.release("behind slow")

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED


async def test_a_sequence_sends_one_at_a_time_in_the_plans_order(make: Maker, stub: Stub) -> None:
    engine = make()
    names = [f"p{number}" for number in range(6)]

    execution = await approved(engine, sequence(*map(put, names)))
    for name in names:
        await stub.holds(name)
        stub.release(name)

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.names == names
    assert stub.most_at_once == 1


@pytest.mark.parametrize(
    ("of_plan", "of_config", "most"), [(None, None, 8), (None, 3, 3), (2, 5, 2)], ids=["default", "config", "plan"]
)
async def test_a_parallel_plan_sends_as_many_as_the_limit_allows(
    make: Maker, stub: Stub, of_plan: int | None, of_config: int | None, most: int
) -> None:
    engine = make(ExecutionConfig(max_parallel=of_config))
    names = [f"p{number:02}" for number in range(10)]

    execution = await approved(engine, of(Parallel(), *map(put, names), max_parallel=of_plan))
    await stub.holds(*names[:most])
    stub.release(names[0])
    await stub.holds(*names[1 : most + 1])
    for name in names[1:]:
        await stub.until(lambda name=name: name in stub.held, name)  # type: ignore[misc]
        stub.release(name)

    assert (await ended(engine, execution)).status is ExecutionStatus.COMPLETED
    assert stub.most_at_once == most


async def test_several_executions_run_at_once_each_with_a_story_of_its_own(make: Maker, stub: Stub) -> None:
    engine = make()
    plans = [sequence(put(f"{number}a"), put(f"{number}b")) for number in range(4)]

    executions = [await approved(engine, plan) for plan in plans]
    await stub.holds("0a", "1a", "2a", "3a")
    stub.release("3a")
    await stub.holds("0a", "1a", "2a", "3b")
    stub.release("0a", "1a", "2a", "3b")
    await stub.holds("0b", "1b", "2b")
    stub.release("0b", "1b", "2b")

    for plan, execution in zip(plans, executions, strict=True):
        result = await ended(engine, execution)
        assert set(how(plan, result).values()) == {"Completed"}
        story = await engine.storage.journal(execution)
        assert [event.seq for event in story] == list(range(1, 7))


async def test_a_large_graph_ends_whole(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: FOUND
    names = [f"n{number}" for number in range(80)]
    waits = {name: names[max(0, place - 3) : place] for place, name in enumerate(names)}
    plan = graph([get(name) for name in names], waits, max_parallel=20)

    engine = make()
    result = await ended(engine, await engine.begin(plan))

    assert result.status is ExecutionStatus.COMPLETED
    assert sorted(stub.names) == sorted(names)
