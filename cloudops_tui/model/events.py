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


class CancellationRequested(_Event):
    """Somebody asked for the execution to stop."""

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


AnyExecutionEvent: TypeAlias = Annotated[
    Started
    | CommandStarted
    | CommandOutput
    | CommandRetryScheduled
    | CommandCompleted
    | CommandFailed
    | CommandSkipped
    | CancellationRequested
    | Completed
    | Failed
    | Cancelled
    | RollbackStarted
    | CompensationStarted
    | CompensationEnded
    | RollbackCompleted,
    Tagged(),
]
VARIANTS = (
    Started, CommandStarted, CommandOutput, CommandRetryScheduled, CommandCompleted, CommandFailed, CommandSkipped,
    CancellationRequested, Completed, Failed, Cancelled, RollbackStarted, CompensationStarted, CompensationEnded,
    RollbackCompleted,
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
    CancellationRequested = CancellationRequested
    Completed = Completed
    Failed = Failed
    Cancelled = Cancelled
    RollbackStarted = RollbackStarted
    CompensationStarted = CompensationStarted
    CompensationEnded = CompensationEnded
    RollbackCompleted = RollbackCompleted

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
