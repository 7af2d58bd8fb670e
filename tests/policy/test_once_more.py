"""The same commands as another plan."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan
from cloudops_tui.policy.once_more import once_more
from tests.tui import recorded
from tests.tui.estate import rolling_tags


def again(plan: ExecutionPlan) -> ExecutionPlan:
    numbers = count(1)
    return once_more(plan, lambda: UUID(int=next(numbers)))


def test_every_id_is_new_and_the_order_and_the_way_back_name_the_new_ones() -> None:
    for plan in (recorded.fleet(), rolling_tags()):
        made = again(plan)

        places = {command.id: place for place, command in enumerate(plan.commands)}
        fresh = {command.id: place for place, command in enumerate(made.commands)}
        assert not places.keys() & fresh.keys()
        assert made.id != plan.id
        assert isinstance(plan.mode, DependencyGraph)
        assert isinstance(made.mode, DependencyGraph)
        assert _by_place(made.mode, fresh) == _by_place(plan.mode, places)
        assert plan.rollback_strategy is not None
        assert made.rollback_strategy is not None
        before, after = plan.rollback_strategy.compensations, made.rollback_strategy.compensations
        assert [places[one] for one in before] == [fresh[one] for one in after]
        ids = {one.id for each in (*before.values(), *after.values()) for one in each}
        assert len(ids) == 2 * len(before)


def test_nothing_else_differs() -> None:
    plan = recorded.fleet()

    made = again(plan)

    assert [one.model_dump(exclude={"id"}) for one in made.commands] == [
        one.model_dump(exclude={"id"}) for one in plan.commands
    ]
    assert made.model_dump(include={"description", "risk_level"}) == plan.model_dump(
        include={"description", "risk_level"}
    )


def _by_place(mode: DependencyGraph, places: dict[UUID, int]) -> dict[int, list[int]]:
    return {places[one]: [places[need] for need in needs] for one, needs in mode.dependencies.items()}
