"""One execution from its first command to its last word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from uuid import UUID

from cloudops_tui.engine.attempt import (
    FROM_WITHIN,
    Telling,
    cancelled_from_within,
)
from cloudops_tui.engine.attempts import Attempts, Means, Seen
from cloudops_tui.engine.left_behind import INTERRUPTED, interruption
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.engine.story import Story
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import DEFAULT_MAX_PARALLEL, MOST_PARALLEL, ExecutionConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import (
    Cancelled,
    CommandFailed,
    ExecutionError,
    Other,
    RollbackFailed,
    StorageError,
    Timeout,
)
from cloudops_tui.model.errors import Storage as StorageFailed
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.policy.graph import Frontier, Skip, aborts
from cloudops_tui.policy.rollback import Undo, is_undone, left_to_undo, undo_order
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.state.execution import ExecutionState, result_of, undone
from cloudops_tui.state.resolving import not_finished

CANCELLED = str(Cancelled())
STOPPED = "Stopped by {}; nothing more was begun"


class _KeptBack(Exception):
    """It may not begin any more, and did not."""


class PlanRun:
    """Drives one execution. Whatever happens, `run` ends the story with an event that ends it."""

    def __init__(self, execution: StoredExecution, assessed: Assessed, story: Story, means: Means) -> None:
        self._execution = execution
        self._plan = execution.plan
        self._assessed = assessed
        self._story = story
        self._means = means
        self._cancel = asyncio.Event()
        self._no_more = asyncio.Event()
        """No attempt begins: it was cancelled, or is to finish what runs."""
        self._held = asyncio.Event()
        """Nothing begins, and nothing is recorded for it: this process is about to end."""
        self._frontier = Frontier(self._plan)
        self._commands = {command.id: command for command in self._plan.commands}
        self._ready: asyncio.Queue[UUID | None] = asyncio.Queue()
        self._left = len(self._commands)
        self._workers = 0
        self._is_first_run = False
        self._begun = False
        self._asked_by: str | None = None
        self._stopped_by: str | None = None
        self._kept_back = False
        self._stopped: ExecutionError | None = None
        self._last_word: ExecutionResult | None = None
        self._attempts = Attempts(execution, assessed, story, means, self._cancel, self._no_more)
        self.unrecorded = False
        """It has ended, and the store did not take its end."""

    @property
    def asked_to_end(self) -> bool:
        """Somebody has asked for it to stop."""
        return self._asked_by is not None

    @property
    def asked_to_stop(self) -> bool:
        """Somebody has asked that nothing more of it begins."""
        return self._stopped_by is not None

    @property
    def state(self) -> ExecutionState:
        """What is known so far."""
        return self._story.state

    # --- the ways to begin -------------------------------------------------------------------------------------------

    async def run(self) -> ExecutionResult:
        """Execute the plan; the result is also the story's end."""
        self._is_first_run = True
        return await self._whatever_happens(self._run())

    async def take_over(self) -> ExecutionResult:
        """End an execution whose process died: follow what still runs, begin nothing, say what is not known."""
        return await self._whatever_happens(self._take_over())

    async def roll_back(self) -> ExecutionResult:
        """Undo what completed, as a person asked; the story says so already."""
        return await self._whatever_happens(self._undo(after=None))

    async def redrive(self, remaining: ExecutionPlan) -> ExecutionResult:
        """Go on with what remains, as a person decided; the story says so already."""
        return await self._whatever_happens(self._redrive(remaining))

    async def cancel(self, by: str) -> None:
        """Ask it to stop: running commands are ended, the rest is skipped. Idempotent; too late once it has ended."""
        if self._asked_by is not None or self._last_word is not None:
            return
        self._asked_by = by
        self._cancel.set()
        self._no_more.set()
        if self._begun:
            await self._tell_request(by)

    async def stop(self, by: str) -> None:
        """Finish the attempts that run, and begin no more: no command, no attempt, no compensation. Idempotent; too
        late once it has ended or was cancelled."""
        if self._stopped_by is not None or self._asked_by is not None or self._last_word is not None:
            return
        self._stopped_by = by
        self._no_more.set()
        if self._begun:
            await self._tell_stop(by)

    def hold(self) -> None:
        """From now on nothing begins here, and nothing is said of it: the next process decides about the rest."""
        self._held.set()

    def ends_with_us(self) -> bool:
        """Something is in flight that no runner would finish without this process."""
        commands = (*self._commands.values(), *(undo.compensation for undo in self._undoing()))
        return any(self._in_flight(command) and not self._attempts.lives(command) for command in commands)

    def _in_flight(self, command: Command) -> bool:
        known = self._attempts.known(command)
        return known.status is CommandStatus.RUNNING and not known.waiting_to_retry

    async def record_end(self) -> None:
        """Try once more to record an end that the store did not take; `unrecorded` says whether it does now."""
        self.unrecorded = False
        await self._give_up(self._stopped or Other(INTERRUPTED))

    # --- from the first word to the last -----------------------------------------------------------------------------

    async def _run(self) -> ExecutionResult:
        execution = self._execution
        started = happened.Started(
            execution_id=execution.id,
            plan=self._plan,
            approval=execution.approval,
            conversation_id=execution.conversation_id,
            user_prompt=execution.user_prompt or None,
            files=execution.files or None,
        )
        await self._story.tell(started, durable=True)
        await self._has_begun()
        await self._run_commands()
        return await self._finish()

    async def _redrive(self, remaining: ExecutionPlan) -> ExecutionResult:
        self._frontier = Frontier(remaining)
        self._left = len(remaining.commands)
        self._is_first_run = True
        await self._has_begun()
        await self._run_commands()
        if self._stopped is not None:
            return await self._give_up(self._stopped)
        if self._cancel.is_set() or self._kept_back:
            return await self._end(Cancelled())
        # Nothing is undone by itself here: that would reach what completed before this decision.
        return await self._end(self._first_failure() or not_finished(self.state))

    async def _whatever_happens(self, way: Awaitable[ExecutionResult]) -> ExecutionResult:
        """The result of `way`; where it cannot go on, the story still ends, as far as the store takes it."""
        try:
            return await way
        except StorageError as error:
            return await self._give_up(StorageFailed(error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not leave an execution running for ever
            return await self._give_up(_fault(error))
        except asyncio.CancelledError:
            if not cancelled_from_within():
                raise
            return await self._give_up(_fault(RuntimeError(FROM_WITHIN)))

    async def _has_begun(self) -> None:
        """The story's first word is told; a request to stop that came before it is told now."""
        if self._begun:
            return
        self._begun = True
        if self._stopped_by is not None:
            await self._tell_stop(self._stopped_by)
        if self._asked_by is not None:
            await self._tell_request(self._asked_by)

    async def _tell_request(self, by: str) -> None:
        # What a take-over or a rollback finds has its place in the story already.
        skips = self._frontier.abort(CANCELLED) if self._is_first_run else []
        try:
            request = happened.CancellationRequested(execution_id=self._execution.id, by=by)
            await self._story.tell(request, durable=True)
            await self._settle(skips)
        except StorageError as error:
            self._stop(StorageFailed(error))

    async def _tell_stop(self, by: str) -> None:
        skips = self._frontier.abort(self._stop_reason) if self._is_first_run else []
        self._kept_back = self._kept_back or bool(skips)
        try:
            request = happened.StopRequested(execution_id=self._execution.id, by=by)
            await self._story.tell(request, durable=True)
            await self._settle(skips)
        except StorageError as error:
            self._stop(StorageFailed(error))

    @property
    def _stop_reason(self) -> str:
        return STOPPED.format(self._stopped_by)

    async def _give_up(self, error: ExecutionError) -> ExecutionResult:
        """End the story here: nothing more begins, and nothing stays behind as running."""
        self._stopped = error
        self._keep_why(error)
        try:
            if self._last_word is not None:
                await self._story.tell(durable=True)  # the end was told, and only its record is owed
                return self._last_word
            if self.state.rolling_back:
                await self._close_compensations(str(error))
                return await self._end(RollbackFailed(_left(self._left_to_undo(), str(error))))
            await self._close_commands(str(error))
            return await self._end(error)
        except StorageError as unkept:
            # The result is what we know, and nobody may take it for recorded.
            self.unrecorded = True
            return self._result(ExecutionStatus.FAILED, StorageFailed(unkept), self._means.clock.now())

    async def _close_commands(self, why: str) -> None:
        for command in self._commands.values():
            if self._is_running(command):
                await self._story.tell(self._ended_event(self._attempts.vanished(command, why)), durable=True)
        await self._skip([Skip(one, why) for one in self._commands if one not in self.state.commands])

    async def _close_compensations(self, why: str) -> None:
        for undo in self._undoing():
            result = self._attempts.vanished(undo.compensation, why)
            await self._story.tell(self._compensated(undo, result), durable=True)

    # --- commands ----------------------------------------------------------------------------------------------------

    async def _run_commands(self) -> None:
        """A fixed number of workers take what is ready; each end may make more ready."""
        if not self._left:
            return
        self._workers = min(at_once(self._plan, self._means.config), len(self._commands))
        self._hand_out()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while (command_id := await self._ready.get()) is not None:
            await self._run_command(command_id)

    def _hand_out(self) -> None:
        while self._frontier.ready:
            self._ready.put_nowait(self._frontier.begin())

    async def _run_command(self, command_id: UUID) -> None:
        if self._stopped is not None:
            return  # the end of the story says so of everything that has not begun
        try:
            await self._bring_to_its_end(command_id)
        except StorageError as error:
            self._stop(StorageFailed(error))
        except Exception as error:  # noqa: BLE001  raised from here it would end the neighbours, too
            self._stop(_fault(error))
        except asyncio.CancelledError:
            if not cancelled_from_within():
                raise
            self._stop(_fault(RuntimeError(FROM_WITHIN)))  # a worker that vanished would be waited for, for ever

    async def _bring_to_its_end(self, command_id: UUID) -> None:
        command = self._commands[command_id]
        if await self._kept_from_beginning(command_id):
            return
        seen = Seen()
        try:
            result = await self._try(command, self._telling(command, seen), seen)
        except _KeptBack:
            result = None
        if result is None:
            await self._keep_back(command_id)
            return
        # A failure that aborts counts at once; a success releases others only when it is on disk.
        ended_badly = result.status is not CommandStatus.COMPLETED and aborts(command)
        skips = self._frontier.ended(command_id, result.status) if ended_badly else None
        await self._story.tell(self._ended_event(result), durable=True)
        self._left -= 1
        await self._settle(self._frontier.ended(command_id, result.status) if skips is None else skips)

    async def _kept_from_beginning(self, command_id: UUID) -> bool:
        """Nothing may begin any more; then the command has been skipped."""
        if not self._no_more.is_set() and not self._frontier.aborted:
            return False
        await self._keep_back(command_id)
        return True

    async def _keep_back(self, command_id: UUID) -> None:
        """It was handed out, and shall not begin any more."""
        stopped = self._stopped_by is not None and self._frontier.aborted in (None, self._stop_reason)
        self._kept_back = self._kept_back or stopped
        await self._settle([Skip(command_id, self._stop_reason if stopped else self._frontier.aborted or CANCELLED)])

    def _stop(self, error: ExecutionError) -> None:
        """Nothing more may begin; what runs still ends and is waited for."""
        self._stopped = self._stopped or error
        self._keep_why(error)
        self._frontier.abort(str(error))
        self._stop_workers()

    def _keep_why(self, error: ExecutionError) -> None:
        """Where the store takes nothing: should this process die before it does, the next one knows why it ended."""
        if isinstance(error, StorageFailed):
            self._means.storage.keep_last_words(self._execution.id, str(error))

    async def _settle(self, skips: Sequence[Skip]) -> None:
        await self._skip(skips)
        self._left -= len(skips)
        self._hand_out()
        if self._left <= 0:
            self._stop_workers()

    def _stop_workers(self) -> None:
        for _ in range(self._workers):
            self._ready.put_nowait(None)

    async def _skip(self, skips: Sequence[Skip]) -> None:
        if skips:
            await self._story.tell(
                *(
                    happened.CommandSkipped(
                        execution_id=self._execution.id, command_id=skip.command_id, reason=skip.reason
                    )
                    for skip in skips
                )
            )

    async def _try(self, command: Command, telling: Telling, seen: Seen | None = None) -> CommandResult | None:
        """The attempts at one command. None: it was kept from beginning."""
        tried = await self._attempts.tried(command, telling, seen)
        if tried.unrecorded is not None:
            self._stop(StorageFailed(tried.unrecorded))
        return tried.result

    def _telling(self, command: Command, seen: Seen) -> Telling:
        """How the attempts at a command of the plan are told. The intent to write survives a power cut, and with it
        what was `seen` before."""
        writes = not self._assessed.reads(command.id)
        execution_id, first = self._execution.id, self._attempts.before(command) + 1

        async def started(number: int) -> None:
            await self._may_begin(first=number == first)
            if number == first and self._frontier.aborted and not self._cancel.is_set():
                raise _KeptBack  # another command failed while this one waited
            event = happened.CommandStarted(
                execution_id=execution_id, command_id=command.id, attempt=number, before=seen.before
            )
            seen.before = None  # it is told once
            await self._story.tell(event, durable=writes)

        async def retrying(number: int, error: str, after: Duration) -> None:
            await self._story.tell(
                happened.CommandRetryScheduled(
                    execution_id=execution_id, command_id=command.id, attempt=number, error=error, after=after
                )
            )

        return Telling(started, retrying)

    async def _may_begin(self, *, first: bool) -> None:
        """Returns when an attempt may leave; raises _KeptBack where a stop came while its guard was asked."""
        if self._held.is_set():
            await asyncio.Event().wait()  # until the task is cancelled, which ends what drives here
        if first and self._stopped_by is not None and not self._cancel.is_set():
            raise _KeptBack

    def _ended_event(self, result: CommandResult) -> happened.AnyExecutionEvent:
        execution_id, command_id = self._execution.id, result.command_id
        if result.status is CommandStatus.COMPLETED:
            return happened.CommandCompleted(execution_id=execution_id, command_id=command_id, result=result)
        error = result.error or "failed"
        return happened.CommandFailed(execution_id=execution_id, command_id=command_id, error=error, result=result)

    # --- taking over -------------------------------------------------------------------------------------------------

    async def _take_over(self) -> ExecutionResult:
        await self._has_begun()
        running = [one for one in self._commands.values() if self._is_running(one)]
        if not any(self._attempts.lives(one) for one in running):
            # It ended with its process; a request to stop that comes after that stops nothing.
            self._cancel.clear()
        found = [self._found_again(command) for command in running]
        undoing = [self._found_undone(undo) for undo in self._undoing()]
        for ended in await asyncio.gather(*found, *undoing, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
        interrupted = interruption(self._means.storage.last_words(self._execution.id))
        why = CANCELLED if self._cancel.is_set() else interrupted
        await self._skip([Skip(one, why) for one in self._commands if one not in self.state.commands])
        if not self.state.rolling_back:
            return await self._end(Cancelled() if self._cancel.is_set() else Other(interrupted))
        left = self._left_to_undo()
        if left:
            return await self._end(RollbackFailed(_left(left, why)))
        return await self._end_undone(self._first_failure())

    def _is_running(self, command: Command) -> bool:
        return self.state.command(command.id).status is CommandStatus.RUNNING

    async def _found_again(self, command: Command) -> None:
        """Learn how a command ended that a dead process began."""
        await self._story.tell(self._ended_event(await self._attempts.left_behind(command)), durable=True)

    async def _found_undone(self, undo: Undo) -> None:
        """As `_found_again`, of a compensation."""
        result = await self._attempts.left_behind(undo.compensation)
        await self._story.tell(self._compensated(undo, result), durable=True)

    # --- ends --------------------------------------------------------------------------------------------------------

    async def _finish(self) -> ExecutionResult:
        if self._stopped is not None:
            return await self._give_up(self._stopped)
        if self._cancel.is_set() or self._kept_back:
            return await self._end(Cancelled())
        error = self._first_failure()
        if error is None and (lost := self._without_an_end()):
            return await self._give_up(_fault(RuntimeError(f"{lost} commands have no end")))
        if self._stopped_by is not None:
            return await self._end(error)
        undone_now = error is not None and is_undone(self._plan, self._failed())
        if undone_now and undo_order(self._plan, self.state.completed):
            begun = happened.RollbackStarted(execution_id=self._execution.id, reason=f"the execution failed: {error}")
            await self._story.tell(begun, durable=True)
            return await self._undo(after=error)
        return await self._end(error)

    def _without_an_end(self) -> int:
        """Commands that neither ended nor were skipped; that there are some is a fault of ours, and no completion."""
        ended = (one for one in self.state.commands.values() if one.status is not CommandStatus.RUNNING)
        return len(self._commands) - sum(1 for _ in ended)

    def _failed(self) -> list[Command]:
        """What failed, and the execution with it."""
        bad = (CommandStatus.FAILED, CommandStatus.UNKNOWN)
        commands = (one for one in self._plan.commands if not one.allow_failure)
        return [one for one in commands if self.state.command(one.id).status in bad]

    def _first_failure(self) -> ExecutionError | None:
        """The earliest failure that fails the execution."""
        known_of = self.state.command
        failed = [(known_of(one.id).ended_at, one, known_of(one.id)) for one in self._failed()]
        if not failed:
            return None
        _, command, known = min(failed, key=lambda one: (one[0] is None, one[0]))
        timeout = Timeout(command.timeout or self._means.config.command_timeout)
        if known.error == str(timeout):
            return timeout
        return CommandFailed(f"{command.description}: {known.error or 'failed'}")

    async def _end(self, error: ExecutionError | None) -> ExecutionResult:
        """Tell the end; `error` says which."""
        match error:
            case None:
                status = ExecutionStatus.COMPLETED
            case Cancelled():
                status = ExecutionStatus.CANCELLED
            case _:
                status = ExecutionStatus.FAILED
        now = self._means.clock.now()
        result = self._last_word = self._result(status, error, now)
        execution_id = self._execution.id
        last: happened.AnyExecutionEvent
        match error:
            case None:
                last = happened.Completed(execution_id=execution_id, at=now, result=result)
            case Cancelled():
                last = happened.Cancelled(execution_id=execution_id, at=now, result=result)
            case _:
                last = happened.Failed(execution_id=execution_id, at=now, error=error, result=result)
        await self._story.tell(last, durable=True)
        return result

    def _result(self, status: ExecutionStatus, error: ExecutionError | None, now: datetime) -> ExecutionResult:
        so_far = result_of(self.state, now)
        return so_far.model_copy(update={"status": status, "error": error.fresh() if error else None})

    # --- undoing -----------------------------------------------------------------------------------------------------

    async def _undo(self, after: ExecutionError | None) -> ExecutionResult:
        """Run the compensations in reverse order of completion; the first that fails ends it."""
        undos = self._left_to_undo()
        await self._has_begun()
        for place, undo in enumerate(undos):
            if self._stopped is not None:
                return await self._give_up(self._stopped)
            if self._cancel.is_set():
                return await self._end(RollbackFailed(_left(undos[place:], "cancelled")))
            if self._stopped_by is not None:
                return await self._end(RollbackFailed(_left(undos[place:], self._stop_reason)))
            try:
                result = await self._try(undo.compensation, self._telling_of(undo))
            except _KeptBack:
                return await self._end(RollbackFailed(_left(undos[place:], self._stop_reason)))
            if result is None:
                why = "cancelled" if self._cancel.is_set() else self._stop_reason
                return await self._end(RollbackFailed(_left(undos[place:], why)))
            await self._story.tell(self._compensated(undo, result), durable=True)
            if result.status is not CommandStatus.COMPLETED:
                said = f"{undo.compensation.description}: {result.error or 'failed'}"
                return await self._end(RollbackFailed(_left(undos[place:], said)))
        return await self._end_undone(after)

    async def _end_undone(self, after: ExecutionError | None) -> ExecutionResult:
        """Everything was undone; `after` is the failure that it followed."""
        now = self._means.clock.now()
        result = self._last_word = self._result(ExecutionStatus.ROLLED_BACK, after, now)
        completed = happened.RollbackCompleted(execution_id=self._execution.id, at=now, result=result)
        await self._story.tell(completed, durable=True)
        return result

    def _left_to_undo(self) -> list[Undo]:
        return left_to_undo(undo_order(self.state.plan, self.state.completed), undone(self.state))

    def _undoing(self) -> list[Undo]:
        """Compensations that have begun and not ended."""
        known = self.state.compensations
        undos = undo_order(self.state.plan, self.state.completed)
        return [
            undo
            for undo in undos
            if (one := known.get(undo.compensation.id)) is not None and one.status is CommandStatus.RUNNING
        ]

    def _compensated(self, undo: Undo, result: CommandResult) -> happened.CompensationEnded:
        return happened.CompensationEnded(
            execution_id=self._execution.id,
            command_id=undo.command_id,
            compensation_id=undo.compensation.id,
            result=result,
        )

    def _telling_of(self, undo: Undo) -> Telling:
        execution_id, first = self._execution.id, self._attempts.before(undo.compensation) + 1

        async def started(number: int) -> None:
            await self._may_begin(first=number == first)
            event = happened.CompensationStarted(
                execution_id=execution_id,
                command_id=undo.command_id,
                compensation_id=undo.compensation.id,
                attempt=number,
            )
            await self._story.tell(event, durable=True)

        async def retrying(number: int, error: str, after: Duration) -> None:
            await self._story.tell(
                happened.CommandRetryScheduled(
                    execution_id=execution_id,
                    command_id=undo.compensation.id,
                    attempt=number,
                    error=error,
                    after=after,
                )
            )

        return Telling(started, retrying)


def _fault(error: Exception) -> ExecutionError:
    if isinstance(error, ExecutionError):
        return error.fresh()
    return Other(f"The engine broke: {type(error).__name__}: {safe_line(str(error))}; please report it")


def at_once(plan: ExecutionPlan, config: ExecutionConfig) -> int:
    """How many commands may run together: what the plan wants, within what the operator allows."""
    wanted = plan.max_parallel or config.max_parallel or DEFAULT_MAX_PARALLEL
    return min(wanted, config.max_parallel or MOST_PARALLEL)


def _left(undos: Sequence[Undo], said: str) -> str:
    names = ", ".join(f"`{undo.compensation.description}`" for undo in undos)
    return f"{said}; left to do: {names}"
