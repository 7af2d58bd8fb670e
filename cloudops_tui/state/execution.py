"""What is known of an execution: one frozen value, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from pyrsistent import PMap, pmap

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Reconciliation
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.model.undo import BeforeState
from cloudops_tui.policy.rollback import left_to_undo, undo_order


@dataclass(frozen=True, slots=True)
class CommandState:
    """What is known of one command, or of one compensation."""

    status: CommandStatus = CommandStatus.PENDING
    attempt: int = 0
    """The attempt that runs or ran last; 0 before the first."""
    started_at: datetime | None = None
    """When the first attempt began."""
    ended_at: datetime | None = None
    error: str | None = None
    """Of the last attempt that failed, or the reason for skipping."""
    retry_at: datetime | None = None
    """When the next attempt is due, while waiting for it."""
    result: CommandResult | None = None
    skipped_by: str | None = None
    """Who left it out of a redrive; what waits for it goes on."""
    reconciled: Reconciliation | None = None
    """Who said what came of it, where its end had not been known."""
    doubtful: bool = False
    """An attempt that failed, and that another was to follow, may have been executed all the same."""

    @property
    def waiting_to_retry(self) -> bool:
        """Between two attempts."""
        return self.status is CommandStatus.RUNNING and self.retry_at is not None


NOT_BEGUN = CommandState()


@dataclass(frozen=True, slots=True)
class Turn:
    """A command that waits for its turn at a service that is throttled."""

    service: str
    region: str
    at: datetime | None
    """When it may leave, as far as is known."""


@dataclass(frozen=True, slots=True)
class Held:
    """Nothing leaves until a profile has valid credentials again."""

    profile: str
    error: str
    renew: str
    """What renews them."""
    since: datetime | None = None
    gives_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExecutionState:
    """What is known of one execution. What the engine decides from is what screens show and history keeps."""

    execution_id: UUID
    plan: ExecutionPlan
    """As it was approved, and from a rollback on with the compensations that were proposed and approved for it."""
    status: ExecutionStatus = ExecutionStatus.PENDING
    commands: PMap[UUID, CommandState] = field(default_factory=pmap)
    """A command that has not begun and was not skipped is absent."""
    compensations: PMap[UUID, CommandState] = field(default_factory=pmap)
    """By the compensating command's id."""
    completed: tuple[UUID, ...] = ()
    """Commands in the order in which they completed."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    idle: timedelta = timedelta(0)
    """Between an end and a rollback that was asked for later; no part of the duration."""
    error: ExecutionError | None = None
    cancelled_by: str | None = None
    """Who asked for the execution to stop, once somebody did."""
    stopped_by: str | None = None
    """Who asked that nothing more of it begins, once somebody did."""
    befores: PMap[UUID, BeforeState] = field(default_factory=pmap)
    """By command: what was there before it was sent, as far as that was read."""
    rolling_back: bool = False
    held: Held | None = None
    """Why nothing leaves now."""
    turns: PMap[UUID, Turn] = field(default_factory=pmap)
    """By command or compensation: those that wait for their turn."""
    approval: ApprovalMetadata | None = None
    tried: PMap[UUID, int] = field(default_factory=pmap)
    """By command: the last attempt before a redrive. Numbers go on from there: each attempt has a folder of its own."""
    doubtful: frozenset[UUID] = frozenset()
    """Sent once more while an earlier attempt may have been executed: only a completion clears that up."""
    redrives: int = 0
    """How often it went on after it had ended."""
    seq: int = 0
    """The last event that is in here."""

    def command(self, command_id: UUID) -> CommandState:
        """What is known of a command; NOT_BEGUN when nothing is."""
        return self.commands.get(command_id, NOT_BEGUN)

    def attempts(self, command_id: UUID) -> int:
        """The number of the last attempt at a command, whichever redrive it was in; 0 before the first."""
        return max(self.command(command_id).attempt, self.tried.get(command_id, 0))

    def in_doubt(self, one: UUID) -> bool:
        """An attempt at this command or compensation, before the one that counts now, may have been executed."""
        known = self.compensations.get(one) or self.command(one)
        return known.doubtful or one in self.doubtful

    def lasted(self, now: datetime) -> timedelta:
        """How long it has worked, up to its end or to `now`."""
        return max((self.ended_at or now) - (self.started_at or now) - self.idle, timedelta(0))

    def counts(self) -> dict[CommandStatus, int]:
        """How many commands of the plan stand where; statuses that nobody has are absent."""
        counts: dict[CommandStatus, int] = {}
        for command in self.plan.commands:
            status = self.command(command.id).status
            counts[status] = counts.get(status, 0) + 1
        return counts


def undone(state: ExecutionState) -> list[UUID]:
    """Compensations that completed."""
    return [one for one, known in state.compensations.items() if known.status is CommandStatus.COMPLETED]


def left_of(state: ExecutionState) -> list[Command]:
    """The compensations that are left to run, in their order."""
    undos = left_to_undo(undo_order(state.plan, state.completed), undone(state))
    return [undo.compensation for undo in undos]


def begin(execution_id: UUID, plan: ExecutionPlan) -> ExecutionState:
    """The state before the first event."""
    return ExecutionState(execution_id, plan)


def result_of(state: ExecutionState, now: datetime) -> ExecutionResult:
    """The result so far; `now` is where the duration of a running execution is cut."""
    found = (command_result(state.commands.get(command.id), command.id, now) for command in state.plan.commands)
    return ExecutionResult(
        plan_id=state.plan.id,
        status=state.status,
        command_results=tuple(result for result in found if result is not None),
        duration=Duration.of(state.lasted(now)),
        error=state.error.fresh() if state.error else None,
    )


def command_result(known: CommandState | None, command_id: UUID, now: datetime) -> CommandResult | None:
    """A command's result so far; None when it has not begun and was not skipped."""
    if known is None:
        return None
    if known.result is not None:
        return known.result
    started = known.started_at or known.ended_at or now
    return CommandResult(
        command_id=command_id,
        status=known.status,
        output="",
        error=known.error,
        duration=Duration.of((known.ended_at or now) - started),
        started_at=started,
        completed_at=known.ended_at,
        attempts=known.attempt or None,
    )


def with_command(state: ExecutionState, command_id: UUID, known: CommandState) -> ExecutionState:
    """The state with one command replaced."""
    return replace(state, commands=state.commands.set(command_id, known))
