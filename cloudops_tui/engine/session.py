"""The engine as a screen or a script sees it: one front end, callable from any loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from cloudops_tui.engine import asking, ownership
from cloudops_tui.engine.asking import CodeDesk, CodeQuestion
from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import (
    ApprovalRefused,
    Decision,
    DecisionIncomplete,
    InvalidPlan,
    PlanQueue,
    Submission,
)
from cloudops_tui.engine.plugins import load_output_reader
from cloudops_tui.engine.ports import Clock, OutputFollower, OutputReader, Storage, StoredExecution
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.engine.reconcile import Reconciler
from cloudops_tui.engine.redrive import Redriver
from cloudops_tui.engine.watcher import StoreWatcher
from cloudops_tui.model.errors import Other
from cloudops_tui.model.events import AnyEvent, AnyExecutionEvent, ExecutionEventListener
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord, UnreadableRecord
from cloudops_tui.model.lease import Lease
from cloudops_tui.model.output import Found, OutputBatch, OutputLine, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, Revision
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import DryRunResult, ExecutionResult, ExecutionStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.search import Condition, Listed
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.model.unknown import RedriveWish, UnknownFacts
from cloudops_tui.policy.once_more import once_more
from cloudops_tui.state.execution import ExecutionState

__all__ = [
    "ApprovalRefused",
    "DecisionIncomplete",
    "EngineThread",
    "ExecutionSession",
    "InvalidPlan",
    "OutputLine",
    "Submission",
]

T = TypeVar("T")


class EngineThread:
    """A thread with a loop of its own, so that a stalled or lost terminal never delays a command."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run `work` on the engine's loop and wait for it; for callers that have no loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def stop(self) -> None:
        """End the loop and the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


class ExecutionSession:
    """Every coroutine may be awaited from any loop; the work happens on the engine's."""

    def __init__(
        self,
        engine: ExecutionEngine,
        output: OutputReader | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """`loop` is the one that the engine works on, by default the running one; `output` reads what commands said,
        by default the registered reader."""
        self._engine = engine
        self._queue = PlanQueue(engine)
        self._redriver = Redriver(engine, self._queue)
        self._reconciler = Reconciler(engine)
        self._output = output or load_output_reader()
        self._loop = loop or asyncio.get_running_loop()
        self._watcher = StoreWatcher(engine)
        self.operator = engine.operator
        self.host = os.uname().nodename
        self.clock: Clock = engine.clock
        self.settings = engine.settings
        self.desk = CodeDesk()
        """Where executors ask for codes of MFA devices; nobody answers until somebody attends."""

    @property
    def state_dir(self) -> Path:
        """Where everything is remembered."""
        return self._engine.storage.state_dir

    @property
    def remarks(self) -> Sequence[str]:
        """What the operator should hear of the store, so far."""
        return self._engine.storage.remarks

    @property
    def looks_only(self) -> bool:
        """Nothing can be written here, as the store turned out."""
        return self._engine.storage.looks_only

    @property
    def storage(self) -> Storage:
        """The store itself; its methods belong to the engine's loop."""
        return self._engine.storage

    # --- the reference's front-end commands --------------------------------------------------------------------------

    async def execute_plan(self, plan: ExecutionPlan) -> UUID:
        """Execute a plan that needs no decision; returns the execution's id at once. Raises ApprovalRequired."""
        return await self._there(self._engine.begin(plan))

    async def get_execution_status(self, execution_id: UUID) -> ExecutionStatus:
        """Where the execution stands."""
        return await self._there(self._engine.get_status(execution_id))

    async def cancel_execution(self, execution_id: UUID) -> None:
        """Stop it, whoever drives it."""
        await self._there(self._engine.cancel(execution_id))

    async def stop_execution(self, execution_id: UUID) -> None:
        """Finish what runs of it, and begin no more; whoever drives it."""
        await self._there(self._engine.stop(execution_id))

    async def list_execution_history(self, filter: ExecutionFilter) -> list[ExecutionRecord]:
        """Records, newest first."""
        return await self._there(self._engine.list_executions(filter))

    async def identify(
        self, profile: str = "default", region: str = "us-east-1", *, in_passing: bool = False
    ) -> ProfileIdentity:
        """Who a profile is now. `in_passing`: without asking anybody for a code."""

        async def ask() -> ProfileIdentity:
            asking.in_passing.set(in_passing)
            return await self._engine.identify(profile, region)

        return await self._there(ask())

    # --- queue -------------------------------------------------------------------------------------------------------

    async def queue(self) -> list[QueueEntry]:
        """All entries, oldest first."""
        return await self._there(self._queue.entries())

    async def entry(self, entry_id: UUID) -> QueueEntry:
        """One entry; raises KeyError."""
        return await self._there(self._queue.entry(entry_id))

    async def submit(
        self,
        text: str | bytes,
        *,
        source: str,
        base_dir: Path | None = None,
        user_prompt: str = "",
        conversation_id: UUID | None = None,
    ) -> QueueEntry:
        """Queue a text; an invalid one becomes an entry in state Refused. Raises Conflict (`engine.ports`)."""
        data = text.encode("utf-8", errors="surrogatepass") if isinstance(text, str) else text
        return await self.submit_data(
            Submission(data, source, base_dir, None, user_prompt, conversation_id)
        )

    async def submit_data(self, submission: Submission) -> QueueEntry:
        """As `submit`."""
        return await self._there(self._queue.submit(submission))

    async def check(self, submission: Submission) -> Review:
        """Judge a text without queueing it; raises InvalidPlan."""
        return await self._there(self._queue.check(submission))

    async def read(self, submission: Submission) -> Assessed:
        """Judge a text without asking who its profiles are; raises InvalidPlan."""
        return await self._there(self._queue.read(submission))

    async def review(self, entry_id: UUID) -> Review:
        """Everything for a decision on an entry, as it is now."""
        return await self._there(self._queue.review(entry_id))

    async def assess(self, entry_id: UUID) -> Assessed:
        """What we make of an entry's plan without asking anybody; no digest, no accounts."""
        return await self._there(self._queue.assess(entry_id))

    async def rehearse(self, entry_id: UUID, told: Callable[[int, int], None] | None = None) -> DryRunResult:
        """Rehearse an entry's plan; `told` hears, on the engine's thread, how many commands are done, of how many."""
        return await self._there(self._queue.rehearse(entry_id, told))

    async def dry_run(
        self, plan: ExecutionPlan, *, base_dir: Path | None = None, told: Callable[[int, int], None] | None = None
    ) -> DryRunResult:
        """As `rehearse`, a plan; `base_dir` is the folder of its files."""
        return await self._there(self._engine.dry_run(plan, base_dir=base_dir, told=told))

    async def remove_unused_files(self) -> int:
        """Remove copies of files that nothing refers to and nobody wanted for a day; returns how many."""
        return await self._there(self._engine.storage.remove_unused_files())

    async def approve(
        self,
        entry_id: UUID,
        *,
        digest: str,
        confirmation: str = "",
        reason: str = "",
        override: str = "",
        headless: str | None = None,
        again: bool = False,
        acknowledged: bool = False,
    ) -> UUID:
        """Approve exactly what `digest` names, and begin. Raises ApprovalRefused, DecisionIncomplete."""
        return await self._there(
            self._queue.approve(
                entry_id,
                digest=digest,
                confirmation=confirmation,
                reason=reason,
                override=override,
                headless=headless,
                again=again,
                acknowledged=acknowledged,
            )
        )

    async def run_unasked(self, entry_id: UUID, *, again: bool = False) -> UUID:
        """Begin an entry that the configuration lets run without a decision. Raises ApprovalRequired."""
        return await self._there(self._queue.run_unasked(entry_id, again=again))

    async def reject(self, entry_id: UUID, *, reason: str) -> QueueEntry:
        """Reject an entry; the reason is kept."""
        return await self._there(self._queue.reject(entry_id, reason=reason))

    async def modify(self, entry_id: UUID, text: str) -> QueueEntry:
        """Put a changed text in the entry's place, as its next revision. Raises InvalidPlan, ApprovalRefused."""
        return await self._there(self._queue.modify(entry_id, text))

    async def revisions(self, entry_id: UUID) -> list[Revision]:
        """The revisions of an entry that later ones took the place of, oldest first."""
        return await self._there(self._queue.revisions(entry_id))

    async def plan_text(self, entry_id: UUID) -> str:
        """The entry's plan, laid out for an editor; what was refused, as it came."""
        entry = await self.entry(entry_id)
        return entry.plan.model_dump_json(indent=2) + "\n" if entry.plan else entry.refused_text or ""

    # --- executions --------------------------------------------------------------------------------------------------

    async def execution(self, execution_id: UUID) -> StoredExecution:
        """One execution as the store has it; raises KeyError."""
        return await self._there(self._engine.storage.execution(execution_id))

    async def unfinished(self) -> list[StoredExecution]:
        """Executions that have not ended, oldest first."""
        return await self._there(self._engine.storage.unfinished())

    async def driving(self) -> list[UUID]:
        """Executions that this very process drives."""

        async def look() -> list[UUID]:
            return self._engine.driving

        return await self._there(look())

    async def began(self) -> list[UUID]:
        """What began or went on in this process because somebody asked for it, in order; also where they did not wait
        until they were told so."""

        async def look() -> list[UUID]:
            return list(self._engine.began)

        return await self._there(look())

    @property
    def busy(self) -> bool:
        """This very process drives something. From any thread, and also while the engine's loop does not answer."""
        return bool(self._engine.driving)

    async def lease(self, execution_id: UUID) -> Lease:
        """Which process drives an execution, and whether it lives; raises KeyError."""

        async def look() -> Lease:
            stored = await self._engine.storage.execution(execution_id)
            alive = ownership.is_driven(execution_id, stored.owner)
            here = execution_id in self._engine.driving
            return Lease(stored.owner.pid, alive, here, stored.heartbeat_at)

        return await self._there(look())

    async def story(self, execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        """The journal of an execution, `seq > after`."""
        return await self._there(self._engine.storage.journal(execution_id, after))

    async def wait(self, execution_id: UUID) -> ExecutionResult:
        """The result, once it has ended."""
        return await self._there(self._engine.wait(execution_id))

    async def get_result(self, execution_id: UUID) -> ExecutionResult:
        """The result so far."""
        return await self._there(self._engine.get_result(execution_id))

    async def record(self, execution_id: UUID) -> ExecutionRecord:
        """One record, as things stand."""
        return await self._there(self._engine.record(execution_id))

    async def records(
        self, filter: ExecutionFilter, query: str = "", unreadable: Callable[[UnreadableRecord], None] | None = None
    ) -> list[ExecutionRecord]:
        """Records that match, newest first. A damaged one raises Storage, or is told to `unreadable` and left out."""
        return await self._there(self._engine.records(filter, query, unreadable))

    async def listed(
        self, wanted: Sequence[Condition] = (), *, limit: int, before: int | None = None, up_to: int | None = None
    ) -> list[Listed]:
        """The newest records that meet every condition, in short: older than the place `before`, or not newer than
        `up_to`. Whoever stops waiting stops the search."""
        return await self._there(self._engine.storage.listed(wanted, limit=limit, before=before, up_to=up_to))

    async def count_listed(self, wanted: Sequence[Condition] = (), *, most: int, after: int | None = None) -> int:
        """How many records meet every condition, counted up to `most`; with `after`, those newer than that place."""
        return await self._there(self._engine.storage.count_listed(wanted, most=most, after=after))

    async def runs_of(self, title: str, limit: int) -> list[Listed]:
        """The latest executions of plans with exactly this description, newest first."""
        return await self._there(self._engine.storage.runs_of(title, limit))

    async def export(self, execution_id: UUID) -> Path:
        """Write a record, its story and its output to a new folder under the state folder's `exports`; returns it."""
        return await self._there(self._engine.storage.export(execution_id))

    async def run_again(self, execution_id: UUID) -> QueueEntry:
        """Queue the commands of an execution once more, as a plan with ids of its own, which says where it came from.

        It is taken in like any other, and runs only when somebody approves it. Raises KeyError, Conflict.
        """

        async def queue() -> QueueEntry:
            stored = await self._engine.storage.execution(execution_id)
            origin = await self._engine.storage.entry(stored.entry_id) if stored.entry_id else None
            return await self._queue.submit(
                Submission(
                    once_more(stored.plan, uuid4).model_dump_json().encode(),
                    f"re-run of #{stored.number}",
                    Path(origin.base_dir) if origin is not None and origin.base_dir else None,
                    "json",
                    stored.user_prompt,
                    stored.conversation_id,
                )
            )

        return await self._there(queue())

    async def output(
        self, execution_id: UUID, command_id: UUID, *, stream: str | None = None, last: int = 5000
    ) -> list[OutputLine]:
        """What the last attempt at a command said, from the files that its runner keeps."""

        async def read() -> list[OutputLine]:
            state = await self._engine.observe(execution_id)
            known = state.commands.get(command_id) or state.compensations.get(command_id)
            if known is None:
                return []
            folder = self._engine.storage.attempt_folder(execution_id, command_id, max(known.attempt, 1))
            return await asyncio.to_thread(self._output.lines, folder, stream=stream, last=last)

        return await self._there(read())

    async def attempt_output(
        self, execution_id: UUID, command_id: UUID, attempt: int, *, last: int = 5000
    ) -> list[OutputLine]:
        """What one attempt at a command said, each line with its time; nothing where its files are gone."""

        async def read() -> list[OutputLine]:
            folder = self._engine.storage.attempt_folder(execution_id, command_id, attempt)
            return await asyncio.to_thread(self._output.lines, folder, last=last)

        return await self._there(read())

    async def output_page(
        self, execution_id: UUID, command_id: UUID, attempt: int, wanted: PageWanted
    ) -> OutputPage:
        """Some lines of what an attempt said, however much that is and whoever runs it; not `complete`: ask again."""
        folder = self._engine.storage.attempt_folder(execution_id, command_id, attempt)
        return await asyncio.to_thread(self._output.page, folder, wanted)

    async def output_find(
        self, execution_id: UUID, command_id: UUID, attempt: int, selection: OutputSelection, sought: Wanted,
        number: int, by: int,
    ) -> Found:  # fmt: skip
        """The match after line `number` (`by` 1), before it (-1), or from it on (0); not `settled`: ask again."""
        folder = self._engine.storage.attempt_folder(execution_id, command_id, attempt)
        return await asyncio.to_thread(self._output.find, folder, selection, sought, number, by)

    async def follow_output(self, execution_id: UUID, command_id: UUID) -> OutputFollower | None:
        """The output of a command's last attempt, from its first line on; None while it has not begun."""
        state = await self._there(self._engine.observe(execution_id))
        known = state.commands.get(command_id) or state.compensations.get(command_id)
        if known is None or not known.attempt:
            return None
        return self._output.tail(self._engine.storage.attempt_folder(execution_id, command_id, known.attempt))

    async def recent_durations(self, kinds: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """By kind of command (`policy.kinds`): the seconds that its latest completed runs took."""
        return await self._there(self._engine.storage.recent_durations(kinds))
    def follow_attempt(self, execution_id: UUID, command_id: UUID, attempt: int) -> OutputFollower:
        """The output of one attempt at a command, from its first line on."""
        return self._output.tail(self._engine.storage.attempt_folder(execution_id, command_id, attempt))

    async def observe(self, execution_id: UUID) -> ExecutionState:
        """What is known of an execution, whoever drives it."""
        return await self._there(self._engine.observe(execution_id))

    async def recover(self) -> list[UUID]:
        """Take over every execution whose process died."""
        return await self._there(self._engine.recover())

    async def rollback_review(self, execution_id: UUID) -> Review:
        """What undoing an execution would run. Raises Other when nothing can be undone."""

        async def shown() -> Review:
            return await self._queue.shown(await self._engine.rollback_review(execution_id))

        return await self._there(shown())

    async def what_changed(self, digest: str, review: Review) -> str:
        """What is no longer as it was when `digest` was shown, in words."""
        return await self._there(self._queue.what_changed(digest, review))

    async def rollback(
        self,
        execution_id: UUID,
        *,
        digest: str,
        confirmation: str = "",
        reason: str = "",
        headless: str | None = None,
        acknowledged: bool = False,
    ) -> None:
        """Begin to undo exactly what `digest` names; returns at once. Raises ApprovalRefused, DecisionIncomplete."""
        decision = Decision(digest, confirmation, reason, headless, acknowledged=acknowledged)
        await self._there(self._redriver.roll_back(execution_id, decision))

    async def unresolved(self, execution_id: UUID) -> tuple[UUID, ...]:
        """Commands and compensations whose end is not known. Raises Other while it runs."""
        return await self._there(self._reconciler.unresolved(execution_id))

    async def unknown_facts(self, execution_id: UUID, command_id: UUID, *, ask: bool = True) -> UnknownFacts:
        """What can be found out about an Unknown command; with `ask`, its account is asked: reads only."""
        return await self._there(self._reconciler.facts(execution_id, command_id, ask=ask))

    async def reconcile(
        self, execution_id: UUID, command_id: UUID, *, resolution: Resolution, reason: str
    ) -> None:
        """Mark an Unknown command done or not done; nothing is sent. Raises ApprovalRefused."""
        await self._there(self._reconciler.resolve(execution_id, command_id, resolution, reason))

    async def read_edited(self, execution_id: UUID, text: str | bytes) -> ExecutionPlan:
        """The plan of an execution as somebody changed it, for a redrive. Raises InvalidPlan."""
        data = text.encode("utf-8", errors="surrogatepass") if isinstance(text, str) else text
        return await self._there(self._redriver.read_edited(execution_id, data))

    async def redrive_review(self, execution_id: UUID, wish: RedriveWish = RedriveWish()) -> Review | None:
        """What going on would run, to decide on; None where nothing is left to run. Raises Other, InvalidCommand."""

        async def shown() -> Review | None:
            found = (await self._redriver.look(execution_id, wish)).review
            return await self._queue.shown(found) if found is not None else None

        return await self._there(shown())

    async def redrive(
        self,
        execution_id: UUID,
        wish: RedriveWish = RedriveWish(),
        *,
        digest: str = "",
        confirmation: str = "",
        reason: str = "",
        headless: str | None = None,
        acknowledged: bool = False,
    ) -> None:
        """Go on with exactly what `digest` names; returns at once. Raises ApprovalRefused, DecisionIncomplete."""
        decision = Decision(digest, confirmation, reason, headless, acknowledged=acknowledged)
        await self._there(self._redriver.begin(execution_id, wish, decision))

    async def resolve(self, reference: str) -> UUID:
        """The execution or entry that an operator means. Raises Other, saying what was looked for."""
        try:
            return await self._there(self._engine.storage.resolve(reference))
        except KeyError as error:
            raise Other(str(error.args[0])) from error

    # --- live --------------------------------------------------------------------------------------------------------

    def listen(
        self, on_event: Callable[[AnyEvent], None], on_output: Callable[[OutputBatch], None] | None = None
    ) -> Callable[[], None]:
        """Call `on_event` on the engine's thread for everything that happens; it must return at once.

        With `on_output`, lines of output come there in batches, and not as an event each.
        """
        return self._engine.bus.subscribe(on_event, on_output)

    def attend_codes(self, changed: Callable[[], None]) -> None:
        """From now on somebody answers questions for codes; `changed` is called, on the engine's thread, whenever
        there is another question or one less."""
        self.desk.attend(changed)

    def code_questions(self) -> tuple[CodeQuestion, ...]:
        """What is asked now, oldest first."""
        return self.desk.questions

    def answer_code(self, number: int, code: str | None) -> None:
        """Answer a question; None: there will be no code. The code is handed on, and kept nowhere."""
        self._loop.call_soon_threadsafe(self.desk.answer, number, code)

    def ask_for_codes_again(self) -> None:
        """What was declined is asked for again where it is needed next. From any thread."""
        self._loop.call_soon_threadsafe(self.desk.ask_again)

    def leave_screen(self, *, as_configured: bool) -> None:
        """Nobody looks any more, and nobody answers. From any thread. `as_configured`: how long it waits for new
        credentials is the operator's own word, which holds without a screen, too."""
        self._loop.call_soon_threadsafe(self.desk.leave)
        if not as_configured:
            self._loop.call_soon_threadsafe(self._engine.nobody_looks)

    async def add_listener(self, listener: ExecutionEventListener) -> Callable[[], None]:
        """Push execution events to a listener of the reference's kind, on the engine's loop."""

        async def add() -> Callable[[], None]:
            return self._engine.add_listener(listener)

        return await self._there(add())

    async def watch_store(self) -> None:
        """From now on tell what other processes do to the store, as if it happened here."""

        async def begin() -> None:
            self._watcher.begin()

        await self._there(begin())

    async def heartbeat(self) -> None:
        """Returns once the engine's loop and the store have answered; raises what the store said instead."""
        await self._there(self._engine.storage.change_token())

    async def close(self, *, leave_running: bool = False, patience: float = 0.0) -> None:
        """Wait for what runs here, then let go of everything; `patience` as the engine's."""

        async def end() -> None:
            await self._watcher.end()
            await self._engine.close(leave_running=leave_running, patience=patience)

        try:
            await self._there(end())
        finally:
            self._output.close()

    async def _there(self, work: Awaitable[T]) -> T:
        """The result of `work`, done on the engine's loop."""
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_as_coroutine(work), self._loop))


async def _as_coroutine(work: Awaitable[T]) -> T:
    return await work
