"""What happened, in the order it happened: the story that everything else listens to."""

from __future__ import annotations

from typing import Annotated, Any, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import core_schema

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandResult, ExecutionResult
from cloudops_tui.model.undo import BeforeState, ProposedUndo
from cloudops_tui.model.wire import Tagged, Timestamp, Variant, additive, tagged_schema


class _Event(Variant):
    """A past-tense fact about one execution."""

    execution_id: UUID
    seq: int | None = additive("Position in the execution's story, from 1; stamped by the bus. Output has none.")
    at: Timestamp | None = additive("When it happened; stamped by the bus.")


class Started(_Event):
    """The execution began."""

    plan: ExecutionPlan
    approval: ApprovalMetadata | None = additive("The decision that it runs on.")
    conversation_id: UUID | None = additive()
    user_prompt: str | None = additive()
    files: tuple[FrozenFile, ...] | None = additive("What was frozen with the plan.")


class CommandStarted(_Event):
    """An attempt at a command is about to leave; the first has `attempt` 1."""

    command_id: UUID
    attempt: int | None = additive("From 1.")
    before: BeforeState | None = additive("What was there of what it writes, where our tables can put that back.")


class CommandOutput(_Event):
    """A line of output, made safe to show. Lines may be missing for a slow listener; the files have them all."""

    command_id: UUID
    line: str
    stream: str | None = additive("`stdout` or `stderr`.")


class CommandRetryScheduled(_Event):
    """An attempt failed and another will follow."""

    command_id: UUID
    """Of a command, or of a compensation."""
    attempt: int
    """The attempt that failed."""
    error: str
    after: Duration
    """How long until the next one."""


class CommandCompleted(_Event):
    """A command ended well."""

    command_id: UUID
    result: CommandResult


class CommandFailed(_Event):
    """A command ended otherwise: failed, was cancelled, or its end is not known. `result` says which."""

    command_id: UUID
    error: str
    result: CommandResult | None = additive("The whole result.")


class CommandSkipped(_Event):
    """A command will not begin."""

    command_id: UUID
    reason: str


class CommandThrottled(_Event):
    """A command waits for its turn: the service told us to slow down, and all commands that go there do so together."""

    command_id: UUID
    service: str
    region: str
    after: Duration
    """How long until it may leave, as far as is known now."""
    account: str | None = additive("Whose limit it is; absent where the account is not known.")


class BeforeStateCompared(_Event):
    """What a destructive command would act on was looked at once more, right before it was to leave."""

    command_id: UUID
    same: bool | None = additive("As it was when it was approved; absent where that could not be told.")
    said: str | None = additive("The difference, or why it could not be told.")


class ExecutionHeld(_Event):
    """Credentials have expired: nothing leaves until there are new ones of the same account and role."""

    profile: str
    error: str
    """What went wrong, in words."""
    renew: str
    """The command line, or else the words, that renew them."""
    command_id: UUID | None = additive("The command that met it.")
    gives_up_at: Timestamp | None = additive("When it fails instead; absent: it waits for as long as it takes.")


class ExecutionReleased(_Event):
    """It is not held any more: there are new credentials, or the wait has ended otherwise."""

    profile: str
    why: str | None = additive("Why nothing goes on; absent where the credentials were renewed.")


class CancellationRequested(_Event):
    """Somebody asked for the execution to stop."""

    by: str


class StopRequested(_Event):
    """Somebody asked that nothing more of the execution begins; what runs is finished."""

    by: str


class Completed(_Event):
    """The execution ended and did what it should."""

    result: ExecutionResult


class Failed(_Event):
    """The execution ended and did not."""

    error: ExecutionError
    result: ExecutionResult | None = additive("The whole result.")


class Cancelled(_Event):
    """The execution ended because it was asked to."""

    result: ExecutionResult | None = additive("The whole result.")


class RollbackStarted(_Event):
    """What completed is being undone."""

    reason: str | None = additive("Why, in words.")
    approval: ApprovalMetadata | None = additive("The decision, for a rollback that needed its own.")
    proposed: tuple[ProposedUndo, ...] | None = additive("What undoes commands for which the plan has nothing.")


class CompensationStarted(_Event):
    """An attempt at a compensating command is about to leave."""

    command_id: UUID
    """The command that is being undone."""
    compensation_id: UUID
    attempt: int


class CompensationEnded(_Event):
    """A compensating command ended; `result.command_id` is the compensation's."""

    command_id: UUID
    compensation_id: UUID
    result: CommandResult


class RollbackCompleted(_Event):
    """Every compensation completed."""

    result: ExecutionResult


class CommandReconciled(_Event):
    """A person said what came of a command, or of a compensation, whose end was not known."""

    command_id: UUID
    resolution: Resolution
    by: str
    reason: str


class Redriven(_Event):
    """An execution that had ended goes on with what is not done. What completed stays, and is not repeated."""

    by: str
    remaining: tuple[UUID, ...]
    """What runs now, in the plan's order."""
    reason: str | None = additive("Why, in words.")
    skipped: dict[UUID, str] | None = additive("What a person left out, and why; what waits for it may go on.")
    approval: ApprovalMetadata | None = additive("The decision on what remains.")
    plan: ExecutionPlan | None = additive("The plan from here on, where a command was edited.")


AnyExecutionEvent: TypeAlias = Annotated[
    Started
    | CommandStarted
    | CommandOutput
    | CommandRetryScheduled
    | CommandCompleted
    | CommandFailed
    | CommandSkipped
    | CommandThrottled
    | BeforeStateCompared
    | ExecutionHeld
    | ExecutionReleased
    | CancellationRequested
    | StopRequested
    | Completed
    | Failed
    | Cancelled
    | RollbackStarted
    | CompensationStarted
    | CompensationEnded
    | RollbackCompleted
    | CommandReconciled
    | Redriven,
    Tagged(),
]
VARIANTS = (
    Started, CommandStarted, CommandOutput, CommandRetryScheduled, CommandCompleted, CommandFailed, CommandSkipped,
    CommandThrottled, BeforeStateCompared, ExecutionHeld, ExecutionReleased,
    CancellationRequested, StopRequested, Completed, Failed, Cancelled, RollbackStarted, CompensationStarted,
    CompensationEnded, RollbackCompleted, CommandReconciled, Redriven,
)  # fmt: skip

TERMINAL = (Completed, Failed, Cancelled, RollbackCompleted)
"""After one of these nothing more of the execution begins by itself."""


class ExecutionEvent:
    """The events of an execution: `ExecutionEvent.CommandOutput` and its siblings."""

    Started = Started
    CommandStarted = CommandStarted
    CommandOutput = CommandOutput
    CommandRetryScheduled = CommandRetryScheduled
    CommandCompleted = CommandCompleted
    CommandFailed = CommandFailed
    CommandSkipped = CommandSkipped
    CommandThrottled = CommandThrottled
    BeforeStateCompared = BeforeStateCompared
    ExecutionHeld = ExecutionHeld
    ExecutionReleased = ExecutionReleased
    CancellationRequested = CancellationRequested
    StopRequested = StopRequested
    Completed = Completed
    Failed = Failed
    Cancelled = Cancelled
    RollbackStarted = RollbackStarted
    CompensationStarted = CompensationStarted
    CompensationEnded = CompensationEnded
    RollbackCompleted = RollbackCompleted
    CommandReconciled = CommandReconciled
    Redriven = Redriven

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema(VARIANTS, handler)


EVENT: TypeAdapter[AnyExecutionEvent] = TypeAdapter(AnyExecutionEvent)
"""Reads and writes one event: `EVENT.validate_json(line)`, `EVENT.dump_json(event)`."""


@runtime_checkable
class ExecutionEventListener(Protocol):
    """Somebody who wants to be told. One that raises is reported and dropped; it never stops an execution."""

    async def on_event(self, event: AnyExecutionEvent) -> None:
        """Called for every event, in order, on the engine's loop."""
        ...


class PlanQueued(Variant):
    """A plan arrived, or arrived anew as another revision."""

    entry: QueueEntry


class PlanRefused(Variant):
    """Something arrived that is not a valid plan; it is kept with its problems."""

    entry: QueueEntry


class ApprovalDecided(Variant):
    """A person decided on a plan."""

    entry: QueueEntry
    metadata: ApprovalMetadata


class PlanMoved(Variant):
    """An entry's state changed otherwise: it began, it ended."""

    entry: QueueEntry


AnyQueueEvent: TypeAlias = PlanQueued | PlanRefused | ApprovalDecided | PlanMoved
AnyEvent: TypeAlias = AnyExecutionEvent | AnyQueueEvent
"""Everything that the bus carries."""
