"""What is known of an execution can be counted and cut at any moment."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pyrsistent import pmap

from cloudops_tui.model.command import Cli, CliCommand, Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.plan import ExecutionPlan, Parallel
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.state.execution import CommandState, ExecutionState, command_result, result_of, with_command

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NOW = START + timedelta(seconds=30)
ONE, TWO = UUID(int=1), UUID(int=2)


def command(command_id: UUID) -> Command:
    return Command(
        id=command_id,
        command_type=Cli(CliCommand(command="aws sts get-caller-identity")),
        description="",
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="eu-west-1",
    )


PLAN = ExecutionPlan(
    id=UUID(int=9),
    description="",
    commands=(command(ONE), command(TWO)),
    mode=Parallel(),
    risk_level=RiskLevel.READ_ONLY,
)
STATE = ExecutionState(UUID(int=8), PLAN, status=ExecutionStatus.RUNNING, started_at=START)
RUNNING = CommandState(status=CommandStatus.RUNNING, attempt=2, started_at=START + timedelta(seconds=10))


def test_a_running_execution_is_cut_at_now() -> None:
    found = result_of(with_command(STATE, TWO, RUNNING), NOW)

    assert (found.status, found.duration) == (ExecutionStatus.RUNNING, Duration.from_secs(30))
    [running] = found.command_results
    assert (running.command_id, running.status, running.attempts) == (TWO, CommandStatus.RUNNING, 2)
    assert (running.duration, running.completed_at) == (Duration.from_secs(20), None)


def test_an_ended_execution_does_not_grow_older() -> None:
    ended = ExecutionState(
        UUID(int=8), PLAN, status=ExecutionStatus.COMPLETED, started_at=START, ended_at=START + timedelta(seconds=5)
    )

    assert result_of(ended, NOW) == result_of(ended, NOW + timedelta(days=1))
    assert result_of(ended, NOW).duration == Duration.from_secs(5)


def test_a_clock_set_back_gives_no_negative_duration() -> None:
    assert result_of(STATE, START - timedelta(hours=1)).duration == Duration()
    found = command_result(RUNNING, TWO, START)
    assert found is not None
    assert found.duration == Duration()


def test_a_command_that_has_not_begun_has_no_result() -> None:
    assert command_result(None, ONE, NOW) is None
    assert result_of(STATE, NOW).command_results == ()


def test_a_result_holds_a_fresh_error() -> None:
    error = ExecutionError.Other("x")
    error.__cause__ = KeyError("secret")
    found = result_of(ExecutionState(UUID(int=8), PLAN, error=error), NOW).error

    assert found == error
    assert found is not None
    assert found.__cause__ is None


def test_every_command_of_the_plan_is_counted_once() -> None:
    foreign = with_command(STATE, UUID(int=77), RUNNING)

    assert foreign.counts() == {CommandStatus.PENDING: 2}
    assert with_command(STATE, ONE, RUNNING).counts() == {CommandStatus.RUNNING: 1, CommandStatus.PENDING: 1}


def test_a_state_does_not_change_when_the_next_is_made() -> None:
    following = with_command(STATE, ONE, RUNNING)

    assert STATE.commands == pmap()
    assert following.command(ONE) is RUNNING
    with pytest.raises(FrozenInstanceError):
        STATE.seq = 3  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("status", ExecutionStatus)
def test_which_executions_have_ended(status: ExecutionStatus) -> None:
    assert status.ended is (status.value in {"Completed", "Failed", "Cancelled", "RolledBack"})


@pytest.mark.parametrize("status", CommandStatus)
def test_which_commands_have_ended(status: CommandStatus) -> None:
    assert status.ended is (status.value not in {"Pending", "Running"})
