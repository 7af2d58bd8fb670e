"""The execution engine: plans in, results out, everything told on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

from cloudops_tui.engine import answers, observation, ownership
from cloudops_tui.engine.answers import kept, replayed
from cloudops_tui.engine.attempts import Means
from cloudops_tui.engine.bus import EventBus
from cloudops_tui.engine.driver import NOT_ENDED, Driver
from cloudops_tui.engine.guard import Guard
from cloudops_tui.engine.holding import DEFAULT_HOLD, Patience
from cloudops_tui.engine.left_behind import interruption
from cloudops_tui.engine.plan_run import PlanRun
from cloudops_tui.engine.plugins import executor_configs, load_accounts, load_catalogue, load_executors
from cloudops_tui.engine.ports import (
    Accounts,
    AlreadyRan,
    AttemptExecutor,
    Clock,
    Closing,
    Conflict,
    Executor,
    NewEntry,
    NewExecution,
    ServiceCatalogue,
    Storage,
    StoredExecution,
)
from cloudops_tui.engine.prepare import Assessed, Preparer, unassessed
from cloudops_tui.engine.rehearsal import rehearse
from cloudops_tui.engine.system_clock import SystemClock
from cloudops_tui.engine.throttling import ThrottleGate
from cloudops_tui.engine.undoing import PreparedUndo, Unchanged, Undoing, nothing_to_undo, with_kinds
from cloudops_tui.engine.untold import Untold
from cloudops_tui.engine.whoami import operator_here
from cloudops_tui.engine.wrapped import WrappedExecutor
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import AnyApprovalDecision, ApprovalMetadata, ModifyAndApprove, Reject
from cloudops_tui.model.command import Cli, Command
from cloudops_tui.model.config import ApprovalConfig, ExecutionConfig, ExecutorType
from cloudops_tui.model.errors import (
    ApprovalRequired,
    ExecutionError,
    ExecutorNotAvailable,
    InvalidCommand,
    Other,
    StorageError,
)
from cloudops_tui.model.errors import Storage as StorageFailed
from cloudops_tui.model.events import AnyExecutionEvent, ExecutionEventListener
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord, UnreadableRecord
from cloudops_tui.model.plan import ExecutionPlan, RollbackTrigger, Sequential
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.result import CommandStatus, DryRunResult, ExecutionResult, ExecutionStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.settings import Settings
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.model.wire import as_value
from cloudops_tui.policy.approval import requires_approval, weight
from cloudops_tui.policy.difference import difference
from cloudops_tui.policy.freshness import stale
from cloudops_tui.policy.rollback import all_compensations, extended, left_to_undo, undo_order
from cloudops_tui.state.execution import ExecutionState, begin, result_of, undone

CHANGED = "It changed while this was decided; look at it again"

LOOK_AGAIN = 0.5  # seconds between two looks at what another process drives


class ExecutionEngine:
    """Runs plans on one asyncio loop. Raises `ExecutionError` variants.

    With the reference's arguments alone, `ExecutionEngine(storage, config)`, executors, catalogue and accounts are
    found through entry points. `approval` None: `execute` takes plans that only read.
    """

    def __init__(
        self,
        storage: Storage,
        config: ExecutionConfig | None = None,
        approval: ApprovalConfig | None = None,
        *,
        executors: Sequence[Executor] | None = None,
        catalogue: ServiceCatalogue | None = None,
        accounts: Accounts | None = None,
        clock: Clock | None = None,
        settings: Settings | None = None,
        operator: str | None = None,
        bus: EventBus | None = None,
        gate: ThrottleGate | None = None,
    ) -> None:
        self.storage = storage
        self.config = config or ExecutionConfig()
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self.bus = bus or EventBus()
        self.untold = Untold()
        self.operator = operator or operator_here()
        self._patience = Patience(self.config.hold_for or DEFAULT_HOLD)
        self._approval = approval
        self._given_executors = executors
        self._loaded_executors: tuple[AttemptExecutor, ...] | None = None
        self._given_catalogue = catalogue
        self._given_accounts = accounts
        self._made_preparer: Preparer | None = None
        self._undoing = Undoing(self.executor_for, self.clock)
        means = Means(
            self.storage, self.clock, self.config, self.executor_for,
            gate=gate or ThrottleGate(), undoing=self._undoing, patience=self._patience,
        )  # fmt: skip
        self._driver = Driver(means, self.bus)

    # --- the reference -----------------------------------------------------------------------------------------------

    async def execute_with_approval(
        self,
        plan: ExecutionPlan,
        approval: AnyApprovalDecision,
        *,
        again: bool = False,
        conversation_id: UUID | None = None,
        user_prompt: str = "",
        notes: str | None = None,
        base_dir: Path | None = None,
    ) -> UUID:
        """Execute a plan that was decided on; returns the execution's id at once, and runs on.

        `base_dir` is the folder of the files that the plan names; without one, a plan that names any is refused.
        A rejection is recorded and raises `Other("Rejected: reason")`. A plan (same id, same digest) that ran before
        raises Other unless `again`.
        """
        decision = as_value(approval)
        chosen = decision.modified_plan if isinstance(decision, ModifyAndApprove) else plan
        assessed = await self.preparer.assessed(chosen, base_dir=base_dir)
        if isinstance(decision, Reject):
            metadata = self.decided(decision, notes=notes)
            await self._record_rejection(assessed, metadata, decision, conversation_id, user_prompt)
            raise Other(f"Rejected: {decision.reason}")
        review = await self.preparer.review_assessed(assessed)
        metadata = self.decided(decision, notes=notes, review=review)
        if isinstance(decision, ModifyAndApprove):
            metadata = await self._with_original(metadata, plan, chosen)
        return await self.start(
            assessed,
            review,
            metadata,
            again=again,
            conversation_id=conversation_id,
            user_prompt=user_prompt,
        )

    async def execute(
        self,
        plan: ExecutionPlan,
        *,
        again: bool = False,
        conversation_id: UUID | None = None,
        user_prompt: str = "",
        base_dir: Path | None = None,
    ) -> ExecutionResult:
        """Execute a plan that needs no decision, to its end. Raises ApprovalRequired where one is needed."""
        execution_id = await self.begin(
            plan, again=again, conversation_id=conversation_id, user_prompt=user_prompt, base_dir=base_dir
        )
        return await self.wait(execution_id)

    async def dry_run(
        self, plan: ExecutionPlan, *, base_dir: Path | None = None, told: Callable[[int, int], None] | None = None
    ) -> DryRunResult:
        """Rehearse a plan. Sends STS's who-am-I, reads, and calls that carry the service's own dry-run member. `told`
        hears after each command how many are done, of how many."""
        review = await self.preparer.review(plan, base_dir=base_dir)
        return await rehearse(review, self.executor_for, self.storage.files, told)

    async def get_status(self, execution_id: UUID) -> ExecutionStatus:
        """Where the execution stands. Raises Other for an unknown id."""
        return (await self.observe(execution_id)).status

    async def get_result(self, execution_id: UUID) -> ExecutionResult:
        """The result; of a running execution, so far. Raises Other for an unknown id."""
        return result_of(await self.observe(execution_id), self.clock.now())

    async def cancel(self, execution_id: UUID) -> None:
        """Stop an execution: running commands are ended, the rest is skipped. Idempotent; nothing to do once ended.

        One that another process drives is asked to stop; one whose process died is taken over first.
        """
        await self._tell_driver(
            execution_id,
            lambda run: run.cancel(self.operator),
            lambda: self.storage.request_cancel(execution_id, self.operator),
            cancel_by=self.operator,
        )

    async def stop(self, execution_id: UUID) -> None:
        """Finish what runs of an execution, and begin no more of it. Idempotent; nothing to do once ended.

        One that another process drives is asked to; of one whose process died nothing more begins anyway, and it is
        taken over.
        """
        await self._tell_driver(
            execution_id,
            lambda run: run.stop(self.operator),
            lambda: self.storage.request_stop(execution_id, self.operator),
        )

    async def rollback(self, execution_id: UUID) -> ExecutionResult:
        """Undo what an execution completed, to the end. Raises ApprovalRequired where a decision is needed."""
        review = await self.rollback_review(execution_id)
        if self.needs_decision(weight(review)):
            raise ApprovalRequired
        if review.blocked:
            raise Other(review.blocked)
        await self.start_rollback(execution_id, None, review)
        return await self.wait(execution_id)

    async def list_executions(self, filter: ExecutionFilter) -> list[ExecutionRecord]:
        """Records, newest first."""
        return await self.records(filter)

    async def search_executions(self, query: str) -> list[ExecutionRecord]:
        """Records that hold all words of the query, newest first."""
        return await self.records(ExecutionFilter(), query)

    # --- beyond it ---------------------------------------------------------------------------------------------------

    def add_listener(self, listener: ExecutionEventListener) -> Callable[[], None]:
        """Tell the listener every event from now on; returns the way out."""
        return self.bus.add_listener(listener)

    async def begin(
        self,
        plan: ExecutionPlan,
        *,
        again: bool = False,
        conversation_id: UUID | None = None,
        user_prompt: str = "",
        base_dir: Path | None = None,
    ) -> UUID:
        """As `execute`, but return the id at once."""
        assessed = await self.preparer.assessed(plan, base_dir=base_dir)
        if self.needs_decision(assessed.level):
            raise ApprovalRequired
        review = await self.preparer.review_assessed(assessed)
        if self.needs_decision(weight(review)):
            raise ApprovalRequired
        return await self.start(
            assessed, review, None, again=again, conversation_id=conversation_id, user_prompt=user_prompt
        )

    async def start(
        self,
        assessed: Assessed,
        review: Review,
        approval: ApprovalMetadata | None,
        *,
        entry: QueueEntry | None = None,
        again: bool = False,
        conversation_id: UUID | None = None,
        user_prompt: str = "",
    ) -> UUID:
        """Create the execution of a reviewed plan and let it run.

        Raises Other when it may not, ExecutorNotAvailable when something of it could not, Conflict, Storage.
        """
        if review.blocked:
            raise Other(review.blocked)
        if approval is not None and (why := stale(approval, self.clock.now())) is not None:
            raise Other(f"{why}; approve anew")
        for command in (*assessed.plan.commands, *(undo.compensation for undo in all_compensations(assessed.plan))):
            self.executor_for(command)
        new = NewExecution(
            id=uuid4(),
            plan=assessed.plan,
            plan_digest=assessed.plan_digest,
            approval_digest=review.digest,
            risk_level=assessed.level,
            approval=approval,
            created_at=self.clock.now(),
            conversation_id=entry.conversation_id if entry else conversation_id or uuid4(),
            user_prompt=entry.user_prompt if entry else user_prompt,
            owner=self._driver.owner,
            entry_id=entry.id if entry else None,
            again=again,
            files=assessed.frozen,
            reaches=tuple(dict.fromkeys(one.account for one in review.identities if one.account)),
        )
        self._driver.refuse_when_closing()

        async def create() -> UUID:
            try:
                stored = await self.storage.create_execution(new)
            except (AlreadyRan, StorageError) as error:
                raise StorageFailed(error) if isinstance(error, StorageError) else Other(str(error)) from error
            ownership.take(stored.id)
            story = self._driver.story(begin(stored.id, stored.plan))
            self._driver.drive(stored, assessed, story, PlanRun.run, self._guard(review, approval))
            return stored.id

        return await self._driver.begun(new.id, create())

    async def wait(self, execution_id: UUID) -> ExecutionResult:
        """The result, once the execution has ended; whoever drives it."""
        here = self._driver.result_of(execution_id)
        if here is not None:
            return await here
        while True:
            state = await self.observe(execution_id)
            if state.status.ended:
                return result_of(state, self.clock.now())
            await asyncio.sleep(LOOK_AGAIN)

    async def rollback_review(self, execution_id: UUID) -> Review:
        """What undoing the execution would run, as a plan of its own to decide on. Raises Other when nothing can be."""
        stored = await self._stored(execution_id)
        if not ExecutionStatus(stored.status).ended:
            raise Other(NOT_ENDED)
        await self._refuse_when_lost(execution_id)
        state = await self.observe(execution_id)
        _refuse_unknown_undo(state)
        prepared = await self._undoing_of(stored, state)
        if not prepared.undos:
            raise Other(nothing_to_undo(prepared))
        undoing = state.plan.model_copy(
            update={
                "description": f"Undo #{stored.number}: {state.plan.description}",
                "commands": tuple(undo.compensation for undo in prepared.undos),
                "mode": Sequential(),
                "risk_level": RiskLevel.READ_ONLY,
                "rollback_strategy": None,
                "estimated_duration": None,
            }
        )
        review = await self.preparer.review(undoing, frozen=stored.files)
        return with_kinds(review, prepared)

    async def _undoing_of(self, stored: StoredExecution, state: ExecutionState) -> PreparedUndo:
        """What is left to undo: what the plan says, and what can be proposed where it says nothing."""
        assessed = await self._assessed_again(stored, stored.plan)
        return await self._undoing.prepared(state, stored.plan, assessed)

    def _guard(self, review: Review, approval: ApprovalMetadata | None) -> Guard:
        """Holds what begins to the accounts, the tool and the files of its review, and to its approval's time."""
        return Guard(self.preparer.accounts, review, approval, self.clock, self.storage.files)

    async def start_rollback(
        self, execution_id: UUID, approval: ApprovalMetadata | None, review: Review | None = None
    ) -> None:
        """Begin to undo; returns at once. Raises Other when it cannot be, or somebody undoes it already.

        `review` is what was decided on; without one it is made now.
        """
        held_to = review or await self.rollback_review(execution_id)
        if held_to.blocked:
            raise Other(held_to.blocked)

        async def undo(stored: StoredExecution) -> None:
            state = await replayed(self.storage, stored)
            _refuse_unknown_undo(state)
            proposed = (await self._undoing_of(stored, state)).held_to(held_to)
            plan = extended(state.plan, proposed)
            left = left_to_undo(undo_order(plan, state.completed), undone(state))
            if not all(one.compensation in held_to.plan.commands for one in left):
                raise Other(CHANGED)
            assessed = await self.preparer.assessed(plan, frozen=stored.files)
            strategy = stored.plan.rollback_strategy
            asked = strategy is not None and strategy.trigger is RollbackTrigger.MANUAL
            reason = f"asked for by {self.operator}" if asked or approval else f"run by {self.operator}"
            begun = happened.RollbackStarted(
                execution_id=execution_id, reason=reason, approval=approval, proposed=tuple(proposed) or None
            )
            story = await self._driver.taken_up(state, begun)
            unchanged = Unchanged(self._undoing, assessed, proposed, lambda: story.state)
            held = self._guard(held_to, approval)
            undoing = replace(stored, approval_digest=held_to.digest)
            self._driver.drive(undoing, assessed, story, PlanRun.roll_back, held, unchanged)

        await self._driver.after_its_end(execution_id, undo)

    async def at_rest(self, execution_id: UUID) -> StoredExecution:
        """An execution that has ended; one whose process died is written down as ended first. Raises Other while
        something of it runs, and where a part of its story is lost: the rest may not know of what was done."""
        stored = await self._stored(execution_id)
        await self._refuse_when_lost(execution_id)
        if ExecutionStatus(stored.status).ended:
            return stored
        if execution_id in self.driving or ownership.is_driven(execution_id, stored.owner):
            raise Other(NOT_ENDED)
        if not (await self.observe(execution_id)).status.ended:
            raise Other("A command of it still runs, though the process that began it has ended; cancel it, or wait")
        if self.settings.safety.read_only:
            return stored
        await self._take_over(stored)
        await self.wait(execution_id)
        return await self._stored(execution_id)

    async def add_to_story(
        self, execution_id: UUID, said: Callable[[ExecutionState], AnyExecutionEvent]
    ) -> ExecutionState:
        """Keep something that a person said of an execution that has ended; nothing begins. `said` sees the state that
        it will stand on, and may raise. Raises Other while something of it runs."""

        async def add(stored: StoredExecution) -> ExecutionState:
            state = await replayed(self.storage, stored)
            story = await self._driver.taken_up(state, said(state))
            story.publish()
            return story.state

        return await self._driver.after_its_end(execution_id, add)

    async def drive_on(
        self,
        stored: StoredExecution,
        seen: ExecutionState,
        told: Sequence[AnyExecutionEvent],
        assessed: Assessed | None,
        review: Review | None,
        approval: ApprovalMetadata | None,
    ) -> None:
        """Let an execution that has ended go on with what was decided on; returns at once, `told` kept and the lease
        taken. `seen` is the state that it was decided on: another one refuses. Raises Other.
        """

        async def begin_again(current: StoredExecution) -> None:
            state = await replayed(self.storage, current)
            if state.seq != seen.seq:
                raise Other(CHANGED)
            story = await self._driver.taken_up(state, *told)
            digest = review.digest if review is not None else stored.approval_digest
            going_on = replace(stored, approval_digest=digest)
            rest = assessed or unassessed(stored.plan, stored.plan_digest, stored.risk_level)
            left = assessed.plan if assessed is not None else stored.plan.model_copy(update={"commands": ()})
            guard = self._guard(review, approval) if review is not None else None
            self._driver.drive(going_on, rest, story, lambda run: run.redrive(left), guard)

        await self._driver.after_its_end(stored.id, begin_again)

    async def recover(self) -> list[UUID]:
        """Take over every execution whose process died; returns their ids. They end by themselves from here."""
        await kept(self._driver.record_ends())
        unfinished = await kept(self.storage.unfinished())
        dead = [one for one in unfinished if not ownership.is_driven(one.id, one.owner)]
        return [one.id for one in dead if await self._take_over(one)]

    async def observe(self, execution_id: UUID) -> ExecutionState:
        """What is known, whoever drives it; changes nothing. An execution whose process died is shown as it is:
        a command runs only while its runner lives, and completed only with its result."""
        known = self._driver.state_of(execution_id)
        if known is not None:
            return known
        stored = await self._stored(execution_id)
        state = await replayed(self.storage, stored)
        if ExecutionStatus(stored.status).ended or ownership.is_driven(execution_id, stored.owner):
            return state
        why = Other(interruption(self.storage.last_words(execution_id)))
        return await observation.of_orphan(state, self.storage, self.clock, self.executor_for, self.config, why)

    async def record(self, execution_id: UUID) -> ExecutionRecord:
        """One record, as things really stand. Raises Other for an unknown id."""
        try:
            record = await kept(self.storage.record(execution_id))
        except KeyError as error:
            raise Other(str(error.args[0])) from error
        return await self._as_it_stands(record)

    async def records(
        self, filter: ExecutionFilter, query: str = "", unreadable: Callable[[UnreadableRecord], None] | None = None
    ) -> list[ExecutionRecord]:
        """Records that match, newest first, as things really stand. A damaged one raises Storage, or is told to
        `unreadable` and left out."""
        found = await kept(self.storage.records(filter, query, unreadable))
        return [await self._as_it_stands(one) for one in found]

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        """Who a profile is now, with the name that our configuration gives its account."""
        return await self.preparer.identify(profile, region)

    def needs_decision(self, level: RiskLevel) -> bool:
        """A plan of this level may not run without a person's decision."""
        if self._approval is None:
            return level is not RiskLevel.READ_ONLY
        return requires_approval(level, self._approval)

    def decided(
        self,
        decision: AnyApprovalDecision,
        *,
        notes: str | None = None,
        review: Review | None = None,
        override: str = "",
        acknowledged: bool = False,
    ) -> ApprovalMetadata:
        """A decision of this engine's operator, now; an approval is bound to `review`, and begins nothing for ever.

        `acknowledged`: that nothing undoes some of what destroys was seen, and is accepted."""
        now = self.clock.now()
        approves = not isinstance(decision, Reject)
        identities = review.identities if review else ()
        callers = dict.fromkeys(f"{one.account} {one.principal or ''}".strip() for one in identities if one.account)
        return ApprovalMetadata(
            approved_by=self.operator,
            approved_at=now,
            decision=decision,
            notes=notes,
            digest=review.digest if review else None,
            operator=ownership.login_here().model_copy(update={"principals": tuple(callers)}),
            override=override.strip() or None,
            expires_at=now + self.settings.approval.valid_for if approves else None,
            acknowledged=(review.without_way_back if review and approves and acknowledged else ()) or None,
        )

    def executor_for(self, command: Command) -> AttemptExecutor:
        """Who runs the command; raises ExecutorNotAvailable."""
        kind = ExecutorType.CLI if isinstance(command.command_type, Cli) else ExecutorType.SDK
        wanted = self.config.default_executor
        if wanted is not ExecutorType.AUTO and wanted is not kind:
            said = f"the configuration allows {wanted.value} only, and this is a {kind.value} command"
            raise ExecutorNotAvailable(said)
        for executor in self._executors():
            if executor.executor_type() in (kind, ExecutorType.AUTO) and executor.supports(command):
                return executor
        raise ExecutorNotAvailable(f"nothing here runs {kind.value} commands; install the executors of cloudops-tui")

    @property
    def preparer(self) -> Preparer:
        """Prepares plans for decisions."""
        if self._made_preparer is None:
            catalogue = self._given_catalogue or load_catalogue()
            accounts = self._given_accounts or load_accounts()
            retry = self.config.retry_config
            self._made_preparer = Preparer(catalogue, accounts, self.clock, self.settings, self.storage.files, retry)
        return self._made_preparer

    @property
    def began(self) -> Sequence[UUID]:
        """What began or went on here because somebody asked for it, in order; also where they did not wait for it."""
        return self._driver.began

    def tells(self, execution_id: UUID) -> bool:
        """What happens to it is told by this process."""
        return self._driver.tells(execution_id)

    @property
    def driving(self) -> list[UUID]:
        """Executions that this process drives now."""
        return self._driver.driving

    def nobody_looks(self) -> None:
        """The screen is gone, and what waits for new credentials does so no longer than without one."""
        self._patience.nobody_looks(self.clock.monotonic(), DEFAULT_HOLD)

    async def close(self, *, leave_running: bool = False, patience: float = 0.0) -> None:
        """Wait for what runs, then let go. With `leave_running`, commands in flight go on under their runners and
        the next start takes the executions over; calls that have no runner get `patience` seconds to end."""
        await self._driver.close(leave_running=leave_running, patience=patience)
        await self.bus.drained()
        parts: list[object] = [*(self._loaded_executors or ())]
        if self._made_preparer is not None:
            parts.append(self._made_preparer.accounts)
        for part in parts:
            if isinstance(part, Closing):
                await part.close()
        await self.storage.close()

    async def __aenter__(self) -> ExecutionEngine:
        await self.storage.open()
        self._driver.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- helpers -----------------------------------------------------------------------------------------------------

    async def _tell_driver(
        self,
        execution_id: UUID,
        here: Callable[[PlanRun], Awaitable[None]],
        elsewhere: Callable[[], Awaitable[None]],
        *,
        cancel_by: str = "",
    ) -> None:
        """Have whoever drives an execution end it: us, another process, or us once we took it over."""
        while True:
            run = self._driver.run_of(execution_id)
            if run is not None:
                await here(run)
                return
            stored = await self._stored(execution_id)
            if ExecutionStatus(stored.status).ended:
                return
            if ownership.is_driven(execution_id, stored.owner):
                await kept(elsewhere())
                return
            if await self._take_over(stored, cancel_by=cancel_by):
                return
            # Somebody else was faster: ask again who drives it.

    async def _take_over(self, stored: StoredExecution, cancel_by: str = "") -> bool:
        """Drive an execution on whose process died; False when somebody else was faster."""
        return await self._driver.take_over(stored, lambda state: self._assessed_again(stored, state.plan), cancel_by)

    async def _refuse_when_lost(self, execution_id: UUID) -> None:
        if (why := await kept(self.storage.why_not_whole(execution_id))) is not None:
            raise Other(why)

    async def _assessed_again(self, stored: StoredExecution, plan: ExecutionPlan) -> Assessed:
        """The stored plan, with what a rollback has added to it."""
        try:
            return await self.preparer.assessed(plan, frozen=stored.files)
        except ExecutionError:
            return unassessed(stored.plan, stored.plan_digest, stored.risk_level)

    def _executors(self) -> tuple[AttemptExecutor, ...]:
        if self._loaded_executors is None:
            given = self._given_executors
            if given is None:
                given = load_executors(executor_configs(self.settings))
            self._loaded_executors = tuple(
                one if isinstance(one, AttemptExecutor) else WrappedExecutor(one) for one in given
            )
        return self._loaded_executors

    async def _as_it_stands(self, record: ExecutionRecord) -> ExecutionRecord:
        if record.result.status.ended:
            return record
        result = result_of(await self.observe(record.id), self.clock.now())
        return record.model_copy(update={"result": result, "duration": result.duration})

    async def _record_rejection(
        self,
        assessed: Assessed,
        metadata: ApprovalMetadata,
        decision: Reject,
        conversation_id: UUID | None,
        user_prompt: str,
    ) -> None:
        if not decision.reason.strip():
            raise Other("A rejection needs a reason")
        new = NewEntry(
            source="library",
            submitted_at=self.clock.now(),
            plan=assessed.plan,
            plan_digest=assessed.plan_digest,
            risk_level=assessed.level,
            conversation_id=conversation_id,
            user_prompt=user_prompt,
            files=assessed.frozen,
        )
        try:
            entry = await kept(self.storage.add_entry(new))
            await kept(self.storage.reject_entry(entry.id, metadata, decision.reason))
        except Conflict as error:
            raise Other(str(error)) from error

    async def _with_original(
        self, metadata: ApprovalMetadata, original: ExecutionPlan, modified: ExecutionPlan
    ) -> ApprovalMetadata:
        """The decision with what was changed; an original that is no valid plan has no digest, and is in the diff."""
        try:
            digest = (await self.preparer.assessed(original)).plan_digest
        except InvalidCommand:
            digest = None
        return metadata.model_copy(
            update={"original_digest": digest, "difference": difference(original, modified)}
        )

    async def _stored(self, execution_id: UUID) -> StoredExecution:
        return await answers.stored(self.storage, execution_id)


def _refuse_unknown_undo(state: ExecutionState) -> None:
    """What undoes and may have done so is not sent a second time. Raises Other."""
    if any(known.status is CommandStatus.UNKNOWN for known in state.compensations.values()):
        raise Other("A command that undoes is Unknown; reconcile it first: it may have been executed")
