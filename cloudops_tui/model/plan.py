"""What is to be done: a plan of commands, their order, and how to undo them."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import GetCoreSchemaHandler, StrictInt
from pydantic_core import core_schema

from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import Tagged, Unit, Variant, Wire, WireEnum, additive, tagged_schema


class Sequential(Unit):
    """One command after the other, in the plan's order."""


class Parallel(Unit):
    """All commands at once, within the limit on parallelism."""


class DependencyGraph(Variant):
    """Each command as soon as all that it waits for has completed."""

    dependencies: dict[UUID, tuple[UUID, ...]]
    """`dependencies[X]` lists what X waits for; absent means nothing."""


AnyExecutionMode: TypeAlias = Annotated[Sequential | Parallel | DependencyGraph, Tagged()]


class ExecutionMode:
    """The order of a plan: `ExecutionMode.Sequential()`, `.Parallel()` or `.DependencyGraph(dependencies=...)`."""

    Sequential = Sequential
    Parallel = Parallel
    DependencyGraph = DependencyGraph

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema((Sequential, Parallel, DependencyGraph), handler)


class RollbackTrigger(WireEnum):
    """When a plan's compensations run."""

    MANUAL = "Manual"
    """When the operator asks; each time with an approval of its own."""
    ON_FAILURE = "OnFailure"
    """By themselves when the execution fails; the plan's approval covers them and they count in its risk."""


class RollbackStrategy(Wire):
    """How a plan is undone: for each command the commands that compensate it.

    They run in reverse order of completion, and only for what completed. The first that fails ends the
    rollback; the rest is listed.
    """

    trigger: RollbackTrigger = RollbackTrigger.MANUAL
    compensations: dict[UUID, tuple[Command, ...]] = {}
    """By the id of the command that they undo; a command that is absent cannot be undone."""


class ExecutionPlan(Wire):
    """A complete plan, as a planner hands it in."""

    id: UUID
    description: str
    commands: tuple[Command, ...]
    mode: AnyExecutionMode
    risk_level: RiskLevel
    """The planner's claim about the whole."""
    rollback_strategy: RollbackStrategy | None = None
    estimated_duration: Duration | None = None
    max_parallel: StrictInt | None = additive("Commands at once in this execution; None takes the configuration's.")
    expected_account: str | None = additive("The account that every command must resolve to, twelve digits.")

    def command(self, command_id: UUID) -> Command:
        """The command of that id, compensations included; raises KeyError."""
        for command in self.commands:
            if command.id == command_id:
                return command
        for compensations in (self.rollback_strategy.compensations if self.rollback_strategy else {}).values():
            for command in compensations:
                if command.id == command_id:
                    return command
        raise KeyError(command_id)
