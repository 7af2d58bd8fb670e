"""What a plan alone says about the order of its commands, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.policy import graph as graphs
from cloudops_tui.policy.safe_text import safe_line

SMALL_PLAN = 8  # commands; a plan that fits beside its output is shown whole, without groups


@dataclass(frozen=True)
class Graph:
    """What the plan alone says, worked out once."""

    plan: ExecutionPlan

    @cached_property
    def positions(self) -> Mapping[UUID, int]:
        """The place of each command in the plan, from 1."""
        return {command.id: place for place, command in enumerate(self.plan.commands, 1)}

    @cached_property
    def commands(self) -> Mapping[UUID, Command]:
        """Every command, compensations included."""
        found = {command.id: command for command in self.plan.commands}
        return found | {command.id: command for _, command in self.compensations.values()}

    @cached_property
    def compensations(self) -> Mapping[UUID, tuple[UUID, Command]]:
        """By the compensation's id: what it undoes, and itself."""
        strategy = self.plan.rollback_strategy
        undone = strategy.compensations if strategy else {}
        return {command.id: (target, command) for target, commands in undone.items() for command in commands}

    @cached_property
    def waits_for(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """By command: what has to end before it, in the plan's order; commands that wait for nothing are absent."""
        needs = graphs.waits_for(self.plan)
        place = self.positions.__getitem__
        return {command: tuple(sorted(found, key=place)) for command, found in needs.items() if found}

    @cached_property
    def dependents(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """By command: who waits for it."""
        found: dict[UUID, list[UUID]] = {}
        for command, needs in self.waits_for.items():
            for needed in needs:
                found.setdefault(needed, []).append(command)
        return {needed: tuple(commands) for needed, commands in found.items()}

    @cached_property
    def described(self) -> Mapping[str, UUID]:
        """The plan's commands by what they are called."""
        return {command.description: command.id for command in self.plan.commands}

    @property
    def is_small(self) -> bool:
        """It is shown whole, without groups."""
        return len(self.plan.commands) <= SMALL_PLAN

    def title(self, command_id: UUID) -> str:
        """`3 restart web`; a compensation has no number."""
        described = safe_line(self.commands[command_id].description)
        place = self.positions.get(command_id)
        return f"{place} {described}" if place else described
