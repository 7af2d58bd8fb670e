"""Commands and plans of the tests: parameters of SSM, told apart by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from cloudops_tui.model.command import Cli, CliCommand, Command, OnFailure, Sdk, SdkCommand
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import (
    AnyExecutionMode,
    DependencyGraph,
    ExecutionPlan,
    RollbackStrategy,
    RollbackTrigger,
    Sequential,
)
from cloudops_tui.model.risk import RiskLevel


def get(name: str, **more: Any) -> Command:
    """A read."""
    return _sdk("GetParameter", {"Name": name}, name, more)


def put(name: str, **more: Any) -> Command:
    """A write that may not be sent twice."""
    return _sdk("PutParameter", {"Name": name, "Value": "1", "Type": "String"}, name, more)


def token(name: str, **more: Any) -> Command:
    """A write that carries a client token, and so may be sent twice."""
    return _sdk("CreatePatchBaseline", {"Name": name}, name, more)


def delete(name: str, **more: Any) -> Command:
    return _sdk("DeleteParameter", {"Name": name}, name, more)


def cli_get(name: str, **more: Any) -> Command:
    return _command(Cli(CliCommand(command="aws ssm get-parameter", args=("--name", name))), name, more)


def cli_put(name: str, **more: Any) -> Command:
    args = ("ssm", "put-parameter", "--name", name, "--value", "1", "--type", "String")
    return _command(Cli(CliCommand(command="aws", args=args)), name, more)


def sequence(*commands: Command, **more: Any) -> ExecutionPlan:
    return _plan(commands, Sequential(), more)


def graph(commands: Sequence[Command], waits: Mapping[str, Sequence[str]], **more: Any) -> ExecutionPlan:
    """`waits[name]` lists the names that `name` waits for."""
    ids = {command.description: command.id for command in commands}
    edges = {ids[name]: tuple(ids[need] for need in needs) for name, needs in waits.items()}
    return _plan(commands, DependencyGraph(dependencies=edges), more)


def of(mode: AnyExecutionMode, *commands: Command, **more: Any) -> ExecutionPlan:
    return _plan(commands, mode, more)


def undoing(compensations: Mapping[UUID, Sequence[Command]], *, by_itself: bool = False) -> RollbackStrategy:
    return RollbackStrategy(
        trigger=RollbackTrigger.ON_FAILURE if by_itself else RollbackTrigger.MANUAL,
        compensations={one: tuple(commands) for one, commands in compensations.items()},
    )


CONTINUE = OnFailure.CONTINUE
ABORT = OnFailure.ABORT


def seconds(number: float) -> Duration:
    return Duration.from_secs(number)


def _sdk(operation: str, parameters: dict[str, Any], name: str, more: dict[str, Any]) -> Command:
    return _command(Sdk(SdkCommand(service="ssm", operation=operation, parameters=parameters)), name, more)


def _command(kind: Cli | Sdk, name: str, more: dict[str, Any]) -> Command:
    return Command(
        id=uuid4(),
        command_type=kind,
        description=name,
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="us-east-1",
        **more,
    )


def _plan(commands: Sequence[Command], mode: AnyExecutionMode, more: dict[str, Any]) -> ExecutionPlan:
    return ExecutionPlan(
        id=uuid4(),
        description="A plan of a test",
        commands=tuple(commands),
        mode=mode,
        risk_level=RiskLevel.READ_ONLY,
        **more,
    )
