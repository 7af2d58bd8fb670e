"""What one process drives: each execution with its task and its lease, from its first word to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from cloudops_tui.engine import asking, ownership
from cloudops_tui.engine.answers import kept, replayed, stored
from cloudops_tui.engine.attempts import Means
from cloudops_tui.engine.bus import EventBus
from cloudops_tui.engine.guard import Guard
from cloudops_tui.engine.plan_run import PlanRun
from cloudops_tui.engine.ports import Conflict, StoredExecution
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.engine.story import Story
from cloudops_tui.engine.undoing import Unchanged
from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.state.execution import ExecutionState

T = TypeVar("T")
Way = Callable[[PlanRun], Awaitable[ExecutionResult]]
"""Which of PlanRun's ways to begin."""

NOT_ENDED = "The execution has not ended; cancel it first, or wait"
FASTER = "Another process has just taken this execution over"
GONE = "This execution was pruned a moment ago"

LOOK_AT_CALLS = 0.05  # seconds
HEARTBEAT = 0.5  # seconds between two looks at leases and requests of other processes


@dataclass
class _Active:
    """An execution that this process drives."""

    run: PlanRun
    task: asyncio.Task[ExecutionResult]


class Driver:
    """Works on one loop. Nothing that it was asked to begin is lost where the caller gives up."""

    def __init__(self, means: Means, bus: EventBus) -> None:
        """`means`: what every run needs, less what belongs to one of them."""
        self.owner = ownership.this_process()
        self.began: list[UUID] = []
        """What began or went on here because somebody asked for it, in order."""
        self._means = means
        self._storage = means.storage
        self._clock = means.clock
        self._bus = bus
        self._active: dict[UUID, _Active] = {}
        self._forgotten: dict[UUID, ExecutionState] = {}
        """Ends of executions that the store does not keep (`store_history = false`)."""
        self._taking: set[UUID] = set()
        """Of which something is told, though nothing of them runs here, or not yet."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unrecorded: dict[UUID, PlanRun] = {}
        self._heart: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def driving(self) -> list[UUID]:
        """Executions that run here now."""
        return list(self._active)

    def tells(self, execution_id: UUID) -> bool:
        """What happens to it is told by this process."""
        return execution_id in self._active or execution_id in self._taking

    def run_of(self, execution_id: UUID) -> PlanRun | None:
        """The run of what is driven here."""
        active = self._active.get(execution_id)
        return active.run if active is not None else None

    def result_of(self, execution_id: UUID) -> asyncio.Future[ExecutionResult] | None:
        """The result of what is driven here, once it has ended; giving up waiting for it changes nothing."""
        active = self._active.get(execution_id)
        return asyncio.shield(active.task) if active is not None else None

    def state_of(self, execution_id: UUID) -> ExecutionState | None:
        """What is known here, where that is more than the store knows."""
        active = self._active.get(execution_id)
        return active.run.state if active is not None else self._forgotten.get(execution_id)

    def story(self, state: ExecutionState) -> Story:
        """To go on from a state."""
        return Story(state, self._storage, self._bus, self._clock)

    def drive(
        self,
        execution: StoredExecution,
        assessed: Assessed,
        story: Story,
        way: Way,
        guard: Guard | None = None,
        unchanged: Unchanged | None = None,
    ) -> PlanRun:
        """Let it run; returns at once. Its lease is ours, and `ownership` knows so."""
        run = PlanRun(execution, assessed, story, replace(self._means, guard=guard, unchanged=unchanged))
        task = self._task(self._driven(execution, run, way))
        self._active[execution.id] = _Active(run, task)
        story.publish()
        if self._heart is None or self._heart.done():
            self._heart = asyncio.get_running_loop().create_task(self._beat())
        return run

    async def begun(self, execution_id: UUID, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to. A caller who is cancelled meanwhile must not leave something behind that nobody drives;
        `began` names it once that caller has ended."""

        async def named() -> T:
            result = await work
            self.began.append(execution_id)
            return result

        task = self._task(named())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            _ = await asyncio.wait([task])
            raise

    async def after_its_end(self, execution_id: UUID, work: Callable[[StoredExecution], Awaitable[T]]) -> T:
        """Do `work` with an execution that has ended, and nobody else of this process meanwhile. Raises Other."""
        self.refuse_when_closing()
        if not ownership.take(execution_id):
            raise Other(NOT_ENDED)

        async def alone() -> T:
            self._taking.add(execution_id)
            try:
                execution = await stored(self._storage, execution_id)
                if not ExecutionStatus(execution.status).ended:
                    raise Other(NOT_ENDED)
                return await work(execution)
            finally:
                self._taking.discard(execution_id)
                if execution_id not in self._active:
                    ownership.let_go(execution_id)

        return await self.begun(execution_id, alone())

    async def taken_up(self, state: ExecutionState, *told: AnyExecutionEvent) -> Story:
        """The story of an execution that has ended goes on with `told`, and its lease is ours: both, or neither. Raises
        Other."""
        story = self.story(state)
        try:
            taken = await kept(story.take_up(self.owner, *told))
        except KeyError as error:
            raise Other(GONE) from error
        if not taken:
            raise Other(FASTER)
        return story

    async def take_over(
        self, execution: StoredExecution, assess: Callable[[ExecutionState], Awaitable[Assessed]], cancel_by: str = ""
    ) -> bool:
        """Drive an execution on whose process died, and cancel it where somebody asks; False when somebody else was
        faster."""
        self.refuse_when_closing()
        if not ownership.take(execution.id):
            return False

        async def claim() -> PlanRun | None:
            try:
                now = self._clock.now()
                if not await kept(self._storage.claim(execution.id, execution.owner, self.owner, now)):
                    ownership.let_go(execution.id)
                    return None
                state = await replayed(self._storage, execution)
                assessed = await assess(state)
            except BaseException:
                ownership.let_go(execution.id)
                raise
            return self.drive(execution, assessed, self.story(state), PlanRun.take_over)

        run = await asyncio.shield(self._task(claim()))
        if run is not None and cancel_by:
            await run.cancel(cancel_by)
        return run is not None

    async def record_ends(self) -> None:
        """Write down ends that the store did not take at their time; else others would take them for running."""
        for execution_id, run in list(self._unrecorded.items()):
            if not ownership.take(execution_id):
                continue
            try:
                ended = ExecutionStatus((await self._storage.execution(execution_id)).status).ended
                if not ended:
                    await run.record_end()
                if ended or not run.unrecorded:
                    self._unrecorded.pop(execution_id, None)
            except KeyError:
                self._unrecorded.pop(execution_id, None)  # removed by somebody, and with it what was to be ended
            finally:
                ownership.let_go(execution_id)

    def refuse_when_closing(self) -> None:
        """Raises Other."""
        if self._closing:
            raise Other("The engine is closed; nothing more begins here")

    def open(self) -> None:
        """From now on something may begin, also after an end."""
        self._closing = False

    async def close(self, *, leave_running: bool, patience: float) -> None:
        """Begin nothing more, and wait for what runs. With `leave_running` it is let go of; calls that have no runner
        get `patience` seconds to end."""
        self._closing = True
        if leave_running:
            await self._hold(patience)
        while self._tasks:
            if leave_running:
                for active in self._active.values():
                    active.task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)

    async def _hold(self, patience: float) -> None:
        """Begin nothing more, and wait for what would be lost with this process."""
        runs = [active.run for active in self._active.values()]
        for run in runs:
            run.hold()
        left = round(patience / LOOK_AT_CALLS)
        while left > 0 and any(run.ends_with_us() for run in runs):
            await asyncio.sleep(LOOK_AT_CALLS)
            left -= 1

    async def _driven(self, execution: StoredExecution, run: PlanRun, way: Way) -> ExecutionResult:
        asking.wanted_for.set(f"#{execution.number} {execution.plan.description}")
        asking.executing.set(True)
        try:
            result = await way(run)
        finally:
            self._active.pop(execution.id, None)
            ownership.let_go(execution.id)
            if run.unrecorded:
                self._unrecorded[execution.id] = run
        await self._bus.drained()
        if not self._means.config.store_history:
            self._forgotten[execution.id] = run.state
            await self._forget(execution.id)
        return result

    async def _forget(self, execution_id: UUID) -> None:
        try:
            await self._storage.forget_execution(execution_id)
        except (StorageError, Conflict):
            pass  # the result counts; what could not be removed can be seen, and pruned, in the history

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that `close` waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _beat(self) -> None:
        """Renew leases, obey what other processes ask for, and record what could not be recorded at its time."""
        while self._active or self._unrecorded:
            try:
                for execution_id in await self._storage.heartbeat(self.owner, self._clock.now()):
                    run = self.run_of(execution_id)
                    if run is not None and not run.asked_to_end:
                        asked_by = (await self._storage.execution(execution_id)).cancel_requested_by
                        await run.cancel(asked_by or "another process")
                for execution_id, asked_by in (await self._storage.stops(self.owner)).items():
                    run = self.run_of(execution_id)
                    if run is not None and not run.asked_to_stop:
                        await run.stop(asked_by)
                await self.record_ends()
            except StorageError:
                pass  # the run meets the same error at its next record, and says so there
            await asyncio.sleep(HEARTBEAT)
