"""What the attempts at the commands of one execution are made of, what they have to pass, and how they came out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cloudops_tui.engine.attempt import Telling, Tries, client_token, result_of_outcome
from cloudops_tui.engine.before_state import BeforeStates
from cloudops_tui.engine.guard import Guard
from cloudops_tui.engine.holding import DEFAULT_HOLD, Holding, Patience
from cloudops_tui.engine.left_behind import outcome_left_behind
from cloudops_tui.engine.passage import Passage
from cloudops_tui.engine.ports import (
    Attempt,
    AttemptExecutor,
    AttemptOutcome,
    Clock,
    Ending,
    Hears,
    Storage,
    StoredExecution,
)
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.engine.story import Story
from cloudops_tui.engine.throttling import ThrottleGate
from cloudops_tui.engine.undoing import Unchanged, Undoing
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import DEFAULT_CANCEL_GRACE, ExecutionConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutorNotAvailable, StorageError
from cloudops_tui.model.files import secret_of
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.model.result import CommandResult
from cloudops_tui.model.undo import BeforeState
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.kinds import service_of
from cloudops_tui.policy.throttle import Place, first_wait, is_throttling
from cloudops_tui.state.execution import CommandState


@dataclass(frozen=True)
class Means:
    """What a run needs of the engine."""

    storage: Storage
    clock: Clock
    config: ExecutionConfig
    executor_for: Callable[[Command], AttemptExecutor]
    """Raises ExecutorNotAvailable."""
    guard: Guard | None = None
    """Holds what begins to its review; None where nothing begins."""
    gate: ThrottleGate = field(default_factory=ThrottleGate)
    """Shared by everything that this engine runs."""
    undoing: Undoing | None = None
    """Reads what commands are about to change; None: nothing is read."""
    patience: Patience = field(default_factory=lambda: Patience(DEFAULT_HOLD))
    """How long it waits for new credentials."""
    unchanged: Unchanged | None = None
    """Says of what is put back whether somebody changed it since; None where nothing was proposed."""


@dataclass(frozen=True)
class Tried:
    """How the attempts at a command ended."""

    result: CommandResult | None
    """None: it was kept from beginning."""
    unrecorded: StorageError | None = None
    """The store did not take what has to be told of it; nothing more may begin."""


@dataclass
class Seen:
    """What a command is about to change, as it was read right before; told with the attempt that leaves next."""

    before: BeforeState | None = None


class Attempts:
    """Of one run. Decides nothing about the execution."""

    def __init__(
        self,
        execution: StoredExecution,
        assessed: Assessed,
        story: Story,
        means: Means,
        cancel: asyncio.Event,
        no_more: asyncio.Event,
    ) -> None:
        self._execution = execution
        self._assessed = assessed
        self._story = story
        self._means = means
        self._cancel = cancel
        self._no_more = no_more
        self._holding = self._made_holding()
        self._before_states = BeforeStates(means.guard, means.executor_for, means.storage.files)

    def known(self, command: Command) -> CommandState:
        """What is known of a command or a compensation."""
        return self._story.state.compensations.get(command.id) or self._story.state.command(command.id)

    def before(self, command: Command) -> int:
        """The number of the last attempt that was made, be it in an earlier redrive."""
        return max(self.known(command).attempt, self._story.state.tried.get(command.id, 0))

    def attempt(self, command: Command, number: int) -> Attempt:
        """Everything that one attempt needs."""
        execution = self._execution
        files = self._assessed.files.get(command.id, ())
        return Attempt(
            execution_id=execution.id,
            command=command,
            argv=self._assessed.argvs.get(command.id),
            number=number,
            timeout=command.timeout or self._means.config.command_timeout,
            client_token=client_token(execution.id, command.id),
            folder=self._means.storage.attempt_folder(execution.id, command.id, number),
            sink=self._sink(command),
            cancel=self._cancel,
            grace=self._means.config.cancel_grace or DEFAULT_CANCEL_GRACE,
            agent_note=f"cloudops-plan-{(execution.approval_digest or execution.plan_digest)[:12]}",
            files=self._means.storage.files.paths_of(files),
            secret_files=secret_of(files),
            hash_key=self._means.storage.hash_key,
        )

    async def tried(self, command: Command, telling: Telling, seen: Seen | None = None) -> Tried:
        """Try a command to its end; a missing executor is a failure like another. What it is about to change is read
        into `seen`."""
        began = self._means.clock.now()
        doubtful = self._story.state.in_doubt(command.id)
        try:
            executor = self._means.executor_for(command)
        except ExecutorNotAvailable as error:
            number = self.before(command) + 1
            await telling.started(number)
            outcome = AttemptOutcome(Ending.NEVER_BEGAN, Duration.from_secs(0), str(error), not_executed=True)
            attempt, now = self.attempt(command, number), self._means.clock.now()
            return Tried(result_of_outcome(outcome, attempt, began, now, reads=not doubtful, doubtful=doubtful))
        tries = Tries(
            command,
            executor,
            lambda number: self.attempt(command, number),
            telling,
            retry=self._means.config.retry_config,
            retry_class=self._assessed.retry_class(command.id),
            reads=self._assessed.reads(command.id),
            cancel=self._cancel,
            no_more=self._no_more,
            clock=self._means.clock,
            before=self.before(command),
            passage=self._passage(command, seen),
            doubtful=doubtful,
        )
        result = await tries.run()
        return Tried(None if tries.unbegun and tries.unrecorded is None else result, tries.unrecorded)

    # --- left behind by a dead process, or by us ---------------------------------------------------------------------

    def lives(self, command: Command) -> bool:
        """A runner still works on its last attempt."""
        try:
            executor = self._means.executor_for(command)
        except ExecutorNotAvailable:
            return False
        return executor.alive(self._last(command).folder)

    async def left_behind(self, command: Command) -> CommandResult:
        """How a command ended that a dead process began."""
        known, attempt = self.known(command), self._last(command)
        outcome = await outcome_left_behind(known, attempt, self._means.executor_for)
        began = known.started_at or self._means.clock.now()
        return result_of_outcome(
            outcome,
            attempt,
            began,
            self._end_left_behind(outcome, began),
            reads=self._assessed.reads(command.id),
            doubtful=self._story.state.in_doubt(command.id),
        )

    def vanished(self, command: Command, why: str) -> CommandResult:
        """What is told of a command that is given up while it runs."""
        now = self._means.clock.now()
        outcome = AttemptOutcome(Ending.LOST, Duration.from_secs(0), why)
        began = self.known(command).started_at or now
        return result_of_outcome(outcome, self._last(command), began, now, reads=self._assessed.reads(command.id))

    def _last(self, command: Command) -> Attempt:
        return self.attempt(command, max(self.known(command).attempt, 1))

    def _end_left_behind(self, outcome: AttemptOutcome, began: datetime) -> datetime:
        """When it ended: by the runner's own clock where there was one, else now."""
        return began + outcome.duration if outcome.duration.nanos else self._means.clock.now()

    # --- what has to be passed ---------------------------------------------------------------------------------------

    def _made_holding(self) -> Holding | None:
        guard = self._means.guard
        if guard is None:
            return None
        return Holding(
            self._execution.id, guard, self._no_more, self._means.clock, self._means.patience, self._tell_at_once
        )

    async def _tell_at_once(self, event: happened.AnyExecutionEvent) -> None:
        await self._story.tell(event)

    def _passage(self, command: Command, seen: Seen | None) -> Passage | None:
        """What the attempts at a command have to pass; None where nothing begins that was decided on."""
        guard, holding = self._means.guard, self._holding
        if guard is None or holding is None:
            return None
        place = self._place(guard, command, service_of(command, self._assessed.argvs.get(command.id)))
        first_pause = first_wait(self._means.config.retry_config.backoff)

        async def throttled(seconds: float) -> None:
            await self._story.tell(
                happened.CommandThrottled(
                    execution_id=self._execution.id,
                    command_id=command.id,
                    service=place.service,
                    region=place.region,
                    after=Duration.from_secs(round(seconds, 3)),
                    account=guard.account_of(command),
                )
            )

        def heard(reads: Sequence[Read], answers: Sequence[Answer]) -> None:
            # What is read counts in the same limit as what is written; that it was answered says little about writes.
            for read, answer in zip(reads, answers, strict=False):
                if is_throttling(answer.code):
                    passage.too_fast = True
                    there = self._place(guard, command, read.service)
                    self._means.gate.answered(there, passage.looked_at, first_pause, answer.code)

        async def before_state() -> str | None:
            return await self._changed_before(command, heard)

        async def look() -> bool:
            if seen is None:
                return True
            seen.before = await self._what_is_there(command, heard)
            return seen.before is None or seen.before.unread is None

        passage = Passage(
            command, guard, holding, self._means.gate, place, first_pause, self._no_more, throttled, before_state, look
        )
        return passage

    @staticmethod
    def _place(guard: Guard, command: Command, service: str) -> Place:
        return Place(guard.account_of(command) or f"profile {command.profile}", command.region, service)

    async def _what_is_there(self, command: Command, heard: Hears) -> BeforeState | None:
        """What the command is about to change, as far as it could be put back. After an attempt of which nobody knows
        what became, what was there before that one counts."""
        undoing = self._means.undoing
        if undoing is None or self._story.state.in_doubt(command.id):
            return None
        return await undoing.before(command, self._assessed, heard)

    async def _changed_before(self, command: Command, heard: Hears) -> str | None:
        """Why it may not leave, where what it acts on is not what it was; None when it may."""
        state = self._story.state
        if self._means.unchanged is not None and state.rolling_back:
            return await self._means.unchanged.why_not(command, heard)

        def begun(other: UUID) -> bool:
            return other != command.id and state.command(other).attempt > 0

        found = await self._before_states.compared(command, begun, heard)
        if found is None:
            return None
        event = happened.BeforeStateCompared(
            execution_id=self._execution.id, command_id=command.id, same=found.same, said=found.said or None
        )
        await self._story.tell(event)
        return found.refusal

    def _sink(self, command: Command) -> Callable[[str, Sequence[str]], None]:
        if not self._means.config.stream_output:
            return lambda stream, lines: None

        def publish(stream: str, lines: Sequence[str]) -> None:
            self._story.output(OutputBatch(self._execution.id, command.id, stream, lines, self._means.clock.now()))

        return publish
