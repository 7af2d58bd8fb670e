"""Only what completed is undone, the last first."""

from __future__ import annotations

from uuid import UUID

import pytest

from cloudops_tui.model.command import Cli, CliCommand, Command
from cloudops_tui.model.plan import ExecutionPlan, Parallel, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.rollback import all_compensations, left_to_undo, runs_by_itself, undo_order


def command(number: int) -> Command:
    return Command(
        id=UUID(int=number),
        command_type=Cli(CliCommand(command="aws sts get-caller-identity")),
        description=str(number),
        risk_level=RiskLevel.MODIFY,
        profile="default",
        region="eu-west-1",
    )


def plan(strategy: RollbackStrategy | None) -> ExecutionPlan:
    return ExecutionPlan(
        id=UUID(int=99),
        description="",
        commands=tuple(map(command, (1, 2, 3))),
        mode=Parallel(),
        risk_level=RiskLevel.MODIFY,
        rollback_strategy=strategy,
    )


UNDONE = plan(
    RollbackStrategy(
        compensations={UUID(int=3): (command(31),), UUID(int=1): (command(11), command(12))},
    )
)


def order(*completed: int) -> list[tuple[int, int]]:
    undos = undo_order(UNDONE, [UUID(int=number) for number in completed])
    return [(undo.command_id.int, undo.compensation.id.int) for undo in undos]


@pytest.mark.parametrize(
    ("completed", "undone"),
    [
        ((), []),
        ((2,), []),
        ((1,), [(1, 11), (1, 12)]),
        ((1, 2, 3), [(3, 31), (1, 11), (1, 12)]),
        ((3, 1), [(1, 11), (1, 12), (3, 31)]),
    ],
)
def test_what_completed_last_is_undone_first(completed: tuple[int, ...], undone: list[tuple[int, int]]) -> None:
    assert order(*completed) == undone


def test_a_plan_without_a_strategy_undoes_nothing() -> None:
    assert undo_order(plan(None), [UUID(int=1)]) == []
    assert list(all_compensations(plan(None))) == []


def test_all_compensations_stand_in_the_order_of_the_plan() -> None:
    assert [undo.compensation.id.int for undo in all_compensations(UNDONE)] == [11, 12, 31]


def test_what_was_undone_is_not_undone_again() -> None:
    undos = undo_order(UNDONE, [UUID(int=1), UUID(int=3)])

    left = left_to_undo(undos, [UUID(int=31), UUID(int=11)])

    assert [undo.compensation.id.int for undo in left] == [12]


def test_only_a_trigger_on_failure_runs_by_itself() -> None:
    assert runs_by_itself(plan(RollbackStrategy(trigger=RollbackTrigger.ON_FAILURE)))
    assert not runs_by_itself(plan(RollbackStrategy(trigger=RollbackTrigger.MANUAL)))
    assert not runs_by_itself(plan(None))
