"""A hand-written twin of the session: everything in memory, a clock that stands still, ids that never change."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.engine.asking import CodeQuestion
from cloudops_tui.engine.ports import Conflict, Owner, StoredExecution
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import ApprovalMetadata, ApprovalRequest, Approve, CommandSummary, Reject
from cloudops_tui.model.command import Cli, CliCommand, Command, Sdk, SdkCommand
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.events import AnyEvent, AnyExecutionEvent
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.model.lease import Lease
from cloudops_tui.model.output import Found, OutputBatch, OutputLine, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.model.plan import DependencyGraph, ExecutionMode, ExecutionPlan, RollbackStrategy, Sequential
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState, Revision
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import (
    CommandDryRun,
    CommandResult,
    CommandStatus,
    DryRunResult,
    DryRunRung,
    ExecutionStatus,
)
from cloudops_tui.model.review import CommandReview, Confirmation, Review
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.model.search import (
    ApprovedBy,
    Asked,
    Condition,
    Ended,
    Listed,
    Mine,
    Reached,
    Risked,
    Since,
    Until,
    Word,
)
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.model.unknown import AttemptSeen, RedriveWish, UnknownFacts
from cloudops_tui.policy.approval import unacknowledged
from cloudops_tui.policy.query import terms
from cloudops_tui.policy.summary import summary
from cloudops_tui.state.execution import ExecutionState, result_of
from cloudops_tui.state.output_book import Book, Gathered, InThisProcess
from cloudops_tui.state.reducer import replay
from cloudops_tui.state.resolving import remaining
from cloudops_tui.tui.session import ApprovalRefused, InvalidPlan

NOON = datetime(2026, 3, 4, 12, 4, 31, tzinfo=UTC)
OWNER = Owner(pid=4242, boot_id="boot", started_ticks=1)
READ, MODIFY, DESTROY = RiskLevel.READ_ONLY, RiskLevel.MODIFY, RiskLevel.DESTRUCTIVE

PROD = ProfileIdentity(
    profile="default",
    region="eu-west-1",
    account="123456789012",
    partition="aws",
    principal="role/operator",
    account_name="prod",
    protected=True,
)
LAB = ProfileIdentity(
    profile="default", region="eu-west-1", account="210987654321", partition="aws", principal="role/operator"
)


def uid(number: int) -> UUID:
    """The `number`th id; the same in every run."""
    return UUID(int=0x0C10_0D00_0000_4000_8000_0000_0000_0000 + number)


def ago(**length: float) -> datetime:
    """So long before the twin's clock."""
    return NOON - timedelta(**length)


@dataclass
class StillClock:
    """A clock that moves only when told to."""

    present: datetime = NOON

    def now(self) -> datetime:
        return self.present

    def monotonic(self) -> float:
        return self.present.timestamp()

    def forward(self, seconds: float) -> None:
        """Time passes."""
        self.present += timedelta(seconds=seconds)


# --- making plans ----------------------------------------------------------------------------------------------------


def cli(number: int, level: RiskLevel, description: str, command: str, *args: str, **more: Any) -> Command:
    """A command of the `aws` program."""
    kind = {"Cli": CliCommand(command=f"aws {command}", args=args)}
    return _command(number, level, description, kind, more)


def sdk(
    number: int, level: RiskLevel, description: str, service: str, operation: str, parameters: Any, **more: Any
) -> Command:
    """An operation of the SDK."""
    kind = {"Sdk": SdkCommand(service=service, operation=operation, parameters=parameters)}
    return _command(number, level, description, kind, more)


def _command(
    number: int, level: RiskLevel, description: str, kind: Mapping[str, Any], more: Mapping[str, Any]
) -> Command:
    where = {"profile": "default", "region": "eu-west-1"} | dict(more)
    fields = {"id": uid(number), "command_type": kind, "description": description, "risk_level": level} | where
    return Command.model_validate(fields)


def plan(
    number: int,
    description: str,
    commands: Sequence[Command],
    *,
    mode: Any = None,
    rollback: RollbackStrategy | None = None,
    **more: Any,
) -> ExecutionPlan:
    """A plan whose claim is the worst of its commands'."""
    return ExecutionPlan(
        id=uid(number),
        description=description,
        commands=tuple(commands),
        mode=mode if mode is not None else Sequential(),
        risk_level=max(command.risk_level for command in commands),
        rollback_strategy=rollback,
        **more,
    )


def graph(waits_for: Mapping[Command, Iterable[Command]]) -> DependencyGraph:
    """Who waits for whom."""
    return ExecutionMode.DependencyGraph(
        dependencies={command.id: tuple(each.id for each in needs) for command, needs in waits_for.items()}
    )


def digest_of(meaning: Any, salt: str = "") -> str:
    """Sixty-four hex digits that follow from the meaning."""
    return hashlib.sha256((salt + str(meaning)).encode("utf-8", "surrogatepass")).hexdigest()


# --- the twin --------------------------------------------------------------------------------------------------------


@dataclass
class RecordedSession:
    """Same methods as `ExecutionSession`; nothing runs. Tests feed it, and look at what it was asked."""

    state_dir: Path
    operator: str = "alice"
    host: str = "bastion-3"
    clock: StillClock = field(default_factory=StillClock)
    identity: ProfileIdentity = LAB
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """What changes something, in order: `("approve", {...})`."""
    fails: dict[str, Exception] = field(default_factory=dict)
    """Methods that raise, by name."""
    remarks: list[str] = field(default_factory=list)
    """Of the store."""
    looks_only: bool = False
    """Nothing can be written into the store."""

    def __post_init__(self) -> None:
        self.entries: dict[UUID, QueueEntry] = {}
        self.executions: dict[UUID, StoredExecution] = {}
        self.journals: dict[UUID, list[AnyExecutionEvent]] = {}
        self.outputs: dict[tuple[UUID, UUID], list[OutputLine]] = {}
        self._read_until: datetime | None = None
        self.older: list[ExecutionRecord] = []
        """Executions that another process drives."""
        self.durations: dict[str, tuple[float, ...]] = {}
        """What kinds of commands took lately."""
        self.reviews: dict[UUID, Callable[[Review], Review]] = {}
        """Changes to the review of an entry, by its id."""
        self.rehearsals: dict[UUID, DryRunResult] = {}
        self.earlier: dict[UUID, list[Revision]] = {}
        self.leases: dict[UUID, Lease] = {}
        """Who drives what; what is not among them is driven from here."""
        self.orphans: dict[UUID, ExecutionState] = {}
        """What is found of executions whose process died."""
        self.answers = asyncio.Event()
        """Cleared, the engine does not answer an approval."""
        self.answers.set()
        self.beats = asyncio.Event()
        """Cleared, the engine's heart stands still."""
        self.beats.set()
        self._listeners: list[Callable[[AnyEvent], None]] = []
        self.identified: list[tuple[str, bool]] = []
        """Profiles that were asked for, and whether only in passing."""
        self.codes_asked_again = 0
        self.open_codes: tuple[CodeQuestion, ...] = ()
        self.codes_changed: Callable[[], None] = lambda: None

    # feeding

    def add(
        self,
        number: int,
        submitted: ExecutionPlan | None,
        *,
        state: QueueState = QueueState.REVIEW,
        source: str = "inbox",
        at: datetime | None = None,
        **more: Any,
    ) -> QueueEntry:
        """Put an entry into the queue, silently."""
        when = at or ago(minutes=number)
        entry = QueueEntry(
            id=uid(1000 + number),
            number=number,
            state=state,
            revision=1,
            plan=submitted,
            plan_digest=digest_of(submitted.model_dump_json()) if submitted else None,
            risk_level=max(command.risk_level for command in submitted.commands) if submitted else None,
            source=source,
            submitted_at=when,
            changed_at=when,
            conversation_id=uid(2000 + number),
            **more,
        )
        self.entries[entry.id] = entry
        return entry

    def change(self, entry: QueueEntry, **to: Any) -> QueueEntry:
        """The entry becomes another, silently."""
        changed = self.entries[entry.id].model_copy(update={"changed_at": self.clock.now(), **to})
        self.entries[entry.id] = changed
        return changed

    def tell(self, *events: AnyEvent) -> None:
        """Say it to every listener; what belongs to an execution is journalled first, stamped with seq and time."""
        for event in map(self._stamped, events):
            for listener in tuple(self._listeners):
                listener(event)

    def run(self, entry: QueueEntry, number: int) -> UUID:
        """An execution of the entry's plan exists, not begun; silently."""
        assert entry.plan is not None
        assert entry.risk_level is not None
        execution_id = uid(3000 + number)
        self.executions[execution_id] = StoredExecution(
            id=execution_id,
            number=number,
            plan=entry.plan,
            plan_digest=entry.plan_digest or "",
            approval_digest=digest_of(entry.plan_digest, "approval"),
            risk_level=entry.risk_level,
            status=ExecutionStatus.PENDING.value,
            owner=OWNER,
            heartbeat_at=self.clock.now(),
            created_at=self.clock.now(),
            conversation_id=entry.conversation_id,
            user_prompt=entry.user_prompt,
            approval=self._approval(digest_of(entry.plan_digest, "approval")),
            entry_id=entry.id,
            cancel_requested_by=None,
        )
        self.journals[execution_id] = []
        self.change(
            entry,
            state=QueueState.RUNNING,
            execution_id=execution_id,
            decided_by=self.operator,
            decided_at=self.clock.now(),
        )
        return execution_id

    def state(self, execution_id: UUID) -> ExecutionState:
        """What the journal says."""
        return replay(execution_id, self.executions[execution_id].plan, self.journals[execution_id])

    # the session's own methods

    async def identify(
        self, profile: str = "default", region: str = "us-east-1", *, in_passing: bool = False
    ) -> ProfileIdentity:
        self._fail("identify")
        self.identified.append((profile, in_passing))
        return self.identity.model_copy(update={"profile": profile, "region": region})

    async def queue(self) -> list[QueueEntry]:
        self._fail("queue")
        return list(self.entries.values())

    async def review(self, entry_id: UUID) -> Review:
        self._fail("review")
        entry = self.entries[entry_id]
        assert entry.plan is not None
        made = review_of(entry.plan, entry, self.identity, self.clock.now())
        return self.reviews[entry_id](made) if entry_id in self.reviews else made

    async def assess(self, entry_id: UUID) -> Assessed:
        self._fail("assess")
        review = await self.review(entry_id)
        return Assessed(
            plan=review.plan,
            argvs={},
            assessments={each.command.id: each.assessment for each in review.commands},
            level=review.level,
            flags=review.flags,
            plan_digest=review.plan_digest,
            repeatable={},
            radius=review.radius,
        )

    async def heartbeat(self) -> None:
        await self.beats.wait()
        self._fail("heartbeat")

    async def rehearse(self, entry_id: UUID, told: Callable[[int, int], None] | None = None) -> DryRunResult:
        self._fail("rehearse")
        self.asked.append(("rehearse", entry_id))
        submitted = self.entries[entry_id].plan
        assert submitted is not None
        return self.rehearsals.get(entry_id) or rehearsal_of(submitted)

    async def approve(
        self, entry_id: UUID, *, digest: str, confirmation: str = "", reason: str = "", override: str = "",
        acknowledged: bool = False,
    ) -> UUID:  # fmt: skip
        await self.answers.wait()
        self._fail("approve")
        review = await self.review(entry_id)
        if review.digest != digest:
            raise ApprovalRefused("The plan changed since it was shown")
        if not review.confirmation.given_by(confirmation):
            raise ApprovalRefused(review.confirmation.prompt)
        if review.confirmation.needed and not reason.strip():
            raise ApprovalRefused("Say why")
        if (unseen := unacknowledged(review, acknowledged)) is not None:
            raise ApprovalRefused(unseen)
        given = {"confirmation": confirmation, "reason": reason, "override": override}
        said = {name: words for name, words in given.items() if words}
        self.asked.append(("approve", {"entry": entry_id, "digest": digest, **said}))
        entry = self.entries[entry_id]
        execution_id = self.run(entry, entry.number)
        self.tell(happened.ApprovalDecided(entry=self.entries[entry_id], metadata=self._approval(digest)))
        return execution_id

    async def reject(self, entry_id: UUID, *, reason: str) -> QueueEntry:
        self._fail("reject")
        self.asked.append(("reject", {"entry": entry_id, "reason": reason}))
        decided = {"decided_by": self.operator, "decided_at": self.clock.now()}
        entry = self.change(self.entries[entry_id], state=QueueState.REJECTED, reason=reason, **decided)
        metadata = ApprovalMetadata(
            approved_by=self.operator, approved_at=self.clock.now(), decision=Reject(reason=reason)
        )
        self.tell(happened.ApprovalDecided(entry=entry, metadata=metadata))
        return entry

    async def modify(self, entry_id: UUID, text: str) -> QueueEntry:
        self._fail("modify")
        try:
            changed = ExecutionPlan.model_validate_json(text)
        except ValueError as error:
            problem = Problem(path="", line=3, message=str(error).splitlines()[0], remedy="Write a plan as JSON")
            raise InvalidPlan((problem,)) from error
        self.asked.append(("modify", {"entry": entry_id, "text": text}))
        known = self.entries[entry_id]
        self.earlier.setdefault(entry_id, []).append(revision_of(known))
        entry = self.change(
            known,
            revision=known.revision + 1,
            edited_by=self.operator,
            plan=changed,
            plan_digest=digest_of(changed.model_dump_json()),
            risk_level=max(command.risk_level for command in changed.commands),
        )
        self.tell(happened.PlanQueued(entry=entry))
        return entry

    async def revisions(self, entry_id: UUID) -> list[Revision]:
        return self.earlier.get(entry_id, [])

    async def plan_text(self, entry_id: UUID) -> str:
        submitted = self.entries[entry_id].plan
        assert submitted is not None
        return json.dumps(submitted.model_dump(mode="json"), indent=2, ensure_ascii=False)

    async def execute_plan(self, submitted: ExecutionPlan) -> UUID:
        raise Conflict("The twin takes plans by `add`")

    async def get_execution_status(self, execution_id: UUID) -> ExecutionStatus:
        return self.state(execution_id).status

    async def cancel_execution(self, execution_id: UUID) -> None:
        self._fail("cancel_execution")
        self.asked.append(("cancel", execution_id))
        self.tell(happened.CancellationRequested(execution_id=execution_id, by=self.operator))

    async def stop_execution(self, execution_id: UUID) -> None:
        self._fail("stop_execution")
        self.asked.append(("stop", execution_id))
        self.tell(happened.StopRequested(execution_id=execution_id, by=self.operator))

    async def execution(self, execution_id: UUID) -> StoredExecution:
        return self.executions[execution_id]

    async def unfinished(self) -> list[StoredExecution]:
        return [stored for stored in self.executions.values() if not self.state(stored.id).status.ended]

    async def driving(self) -> list[UUID]:
        return [stored.id for stored in await self.unfinished() if stored.id not in self.leases]

    async def lease(self, execution_id: UUID) -> Lease:
        here = Lease(OWNER.pid, alive=True, here=True, beat_at=self.clock.now())
        return self.leases.get(execution_id, here)

    async def observe(self, execution_id: UUID) -> ExecutionState:
        return self.orphans.get(execution_id) or self.state(execution_id)

    async def attempt_output(
        self, execution_id: UUID, command_id: UUID, attempt: int, *, last: int = 5000
    ) -> list[OutputLine]:
        return self.outputs.get((execution_id, command_id), [])[-last:]

    async def story(self, execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        return [event for event in self.journals[execution_id] if (event.seq or 0) > after]

    async def record(self, execution_id: UUID) -> ExecutionRecord:
        for known in self.older:
            if known.id == execution_id:
                return known
        stored, state = self.executions[execution_id], self.state(execution_id)
        result = result_of(state, self.clock.now())
        return ExecutionRecord(
            id=execution_id,
            conversation_id=stored.conversation_id,
            timestamp=stored.created_at,
            user_prompt=stored.user_prompt,
            execution_plan=stored.plan,
            approval_metadata=stored.approval,
            result=result,
            duration=result.duration,
            number=stored.number,
            risk_level=stored.risk_level,
        )

    async def records(self, filter: ExecutionFilter, query: str = "") -> list[ExecutionRecord]:
        self._fail("records")
        known = [await self.record(execution_id) for execution_id in self.executions] + self.older
        wanted = [term.value.casefold() for term in terms(query)]
        found = [
            record
            for record in sorted(known, key=lambda record: record.timestamp, reverse=True)
            if (filter.status is None or record.result.status is filter.status)
            and (filter.risk_level is None or record.risk_level is filter.risk_level)
            and all(word in _words(record) for word in wanted)
        ]
        return found[filter.offset : filter.offset + filter.limit]

    async def listed(
        self, wanted: Sequence[Condition] = (), *, limit: int, before: int | None = None, up_to: int | None = None
    ) -> list[Listed]:
        self._fail("listed")
        found = [
            one
            for one in await self._all_listed()
            if (before is None or one.place < before) and (up_to is None or one.place <= up_to) and meets(one, wanted)
        ]
        return found[:limit]

    async def count_listed(self, wanted: Sequence[Condition] = (), *, most: int, after: int | None = None) -> int:
        known = await self._all_listed()
        return min(most, sum((after is None or one.place > after) and meets(one, wanted) for one in known))

    async def runs_of(self, title: str, limit: int) -> list[Listed]:
        return [one for one in await self._all_listed() if one.title == title][:limit]

    async def _all_listed(self) -> list[Listed]:
        """Newest first, by what a store would have kept of each."""
        known = [await self.record(execution_id) for execution_id in self.executions] + self.older
        return sorted(map(listed_of, known), key=lambda one: one.place, reverse=True)

    async def export(self, execution_id: UUID) -> Path:
        self._fail("export")
        self.asked.append(("export", execution_id))
        return self.state_dir / "exports" / f"record-{(await self.record(execution_id)).number}"

    async def run_again(self, execution_id: UUID) -> QueueEntry:
        self._fail("run_again")
        self.asked.append(("run_again", execution_id))
        record = await self.record(execution_id)
        again = record.execution_plan.model_copy(update={"id": uid(8000 + (record.number or 0))})
        entry = self.add(500 + len(self.entries), again, source=f"re-run of #{record.number}")
        self.tell(happened.PlanQueued(entry=entry))
        return entry

    async def entry(self, entry_id: UUID) -> QueueEntry:
        if entry_id not in self.entries:
            raise KeyError(f"No queue entry has the id `{entry_id}`")
        return self.entries[entry_id]

    async def list_execution_history(self, filter: ExecutionFilter) -> list[ExecutionRecord]:
        return await self.records(filter)

    async def output(
        self, execution_id: UUID, command_id: UUID, *, stream: str | None = None, last: int = 5000
    ) -> list[OutputLine]:
        lines = self.outputs.get((execution_id, command_id), [])
        return [line for line in lines if stream is None or line.stream == stream][-last:]

    async def recent_durations(self, kinds: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        return {kind: self.durations[kind] for kind in kinds if kind in self.durations}

    async def output_page(
        self, execution_id: UUID, command_id: UUID, attempt: int, wanted: PageWanted
    ) -> OutputPage:
        self._fail("output_page")
        self._read_until = wanted.until
        return self._book(execution_id, command_id).page(wanted)

    async def output_find(
        self, execution_id: UUID, command_id: UUID, attempt: int, selection: OutputSelection, sought: Wanted,
        number: int, by: int,
    ) -> Found:  # fmt: skip
        return self._book(execution_id, command_id).find(selection, sought, number, by)

    def _book(self, execution_id: UUID, command_id: UUID) -> Book:
        """As far as it was last read, as the real one is."""
        until, lines = self._read_until, self.outputs.get((execution_id, command_id), [])
        said = [line for line in lines if until is None or line.at is None or line.at <= until]
        return Book(Gathered(said), InThisProcess())

    async def rollback_review(self, execution_id: UUID) -> Review:
        self._fail("rollback_review")
        stored = self.executions[execution_id]
        strategy = stored.plan.rollback_strategy
        assert strategy is not None
        done = reversed(self.state(execution_id).completed)
        undoing = [command for each in done for command in strategy.compensations.get(each, ())]
        undo = plan(9000 + stored.number, f"Roll back {stored.plan.description}", undoing)
        return review_of(undo, None, self.identity, self.clock.now())

    async def rollback(
        self, execution_id: UUID, *, digest: str, confirmation: str = "", reason: str = "", acknowledged: bool = False
    ) -> None:
        self._fail("rollback")
        self.asked.append(("rollback", {"execution": execution_id, "digest": digest, "confirmation": confirmation}))
        self.tell(happened.RollbackStarted(execution_id=execution_id, reason=reason or None))

    async def unknown_facts(self, execution_id: UUID, command_id: UUID, *, ask: bool = True) -> UnknownFacts:
        self._fail("unknown_facts")
        state = self.state(execution_id)
        known = state.compensations.get(command_id) or state.command(command_id)
        places = {one.id: place for place, one in enumerate(state.plan.commands, start=1)}
        now = CommandDryRun(
            command_id=command_id, rung=DryRunRung.STATE, passed=True, description="It is there",
            found=("instance i-04: running",), changes=("agent  3.2.0 -> 3.3.1",),
        )  # fmt: skip
        return UnknownFacts(
            execution_id=execution_id,
            number=self.executions[execution_id].number,
            command=state.plan.command(command_id),
            place=places.get(command_id),
            argv=None,
            error=known.error or "",
            attempts=(AttemptSeen(1, known.started_at, known.error, ("stdout 0 B",)),),
            client_token=None,
            repeatable=False,
            repeatable_why="nothing tells AWS that it is the same request: sent once more it may do its work twice",
            account="default in us-east-1: 123456789012",
            now=now if ask else None,
            not_asked="" if ask else "not asked",
        )

    async def reconcile(self, execution_id: UUID, command_id: UUID, *, resolution: Resolution, reason: str) -> None:
        self._fail("reconcile")
        self.asked.append(("reconcile", {"command": command_id, "resolution": resolution, "reason": reason}))
        self.tell(
            happened.CommandReconciled(
                execution_id=execution_id, command_id=command_id, resolution=resolution, by=self.operator, reason=reason
            )
        )

    async def read_edited(self, execution_id: UUID, text: str | bytes) -> ExecutionPlan:
        self._fail("read_edited")
        return ExecutionPlan.model_validate_json(text)

    async def redrive_review(self, execution_id: UUID, wish: RedriveWish = RedriveWish()) -> Review | None:
        self._fail("redrive_review")
        stored, state = self.executions[execution_id], self.state(execution_id)
        left = (wish.again,) if wish.again else tuple(one for one in remaining(state) if one not in wish.skip)
        if not left:
            return None
        rest = plan(9500 + stored.number, stored.plan.description, [stored.plan.command(one) for one in left])
        places = tuple(place for place, one in enumerate(stored.plan.commands, 1) if one.id in left)
        return replace(review_of(rest, None, self.identity, self.clock.now()), places=places)

    async def redrive(
        self,
        execution_id: UUID,
        wish: RedriveWish = RedriveWish(),
        *,
        digest: str = "",
        confirmation: str = "",
        reason: str = "",
        acknowledged: bool = False,
    ) -> None:
        self._fail("redrive")
        self.asked.append(("redrive", {"skip": dict(wish.skip), "again": wish.again, "reason": reason}))
        rest = tuple(one for one in remaining(self.state(execution_id)) if one not in wish.skip)
        left, skipped = (wish.again,) if wish.again else rest, dict(wish.skip) or None
        self.tell(
            happened.Redriven(
                execution_id=execution_id, by=self.operator, remaining=left, skipped=skipped, reason=reason or None
            )
        )

    def attend_codes(self, changed: Callable[[], None]) -> None:
        self.codes_changed = changed

    def code_questions(self) -> tuple[CodeQuestion, ...]:
        return self.open_codes

    def answer_code(self, number: int, code: str | None) -> None:
        self.asked.append(("code", {"number": number, "code": code}))
        self.ask_codes(*(one for one in self.open_codes if one.number != number))

    def ask_for_codes_again(self) -> None:
        self.codes_asked_again += 1

    def ask_codes(self, *questions: CodeQuestion) -> None:
        """These are open now."""
        self.open_codes = questions
        self.codes_changed()

    def listen(
        self, on_event: Callable[[AnyEvent], None], on_output: Callable[[OutputBatch], None] | None = None
    ) -> Callable[[], None]:
        self._listeners.append(on_event)
        return lambda: self._listeners.remove(on_event)

    # inside

    def _stamped(self, event: AnyEvent) -> AnyEvent:
        match event:
            case (
                happened.PlanQueued(entry=entry)
                | happened.PlanRefused(entry=entry)
                | happened.PlanMoved(entry=entry)
                | happened.ApprovalDecided(entry=entry)
            ):
                self.entries[entry.id] = entry
                return event
            case happened.CommandOutput():
                stamped = event.model_copy(update={"at": event.at or self.clock.now()})
                place = (event.execution_id, event.command_id)
                self.outputs.setdefault(place, []).append(OutputLine(event.stream or "stdout", event.line, stamped.at))
                return stamped
            case _:
                journal = self.journals.setdefault(event.execution_id, [])
                stamped_too = event.model_copy(update={"seq": len(journal) + 1, "at": event.at or self.clock.now()})
                journal.append(stamped_too)
                return stamped_too

    def _approval(self, digest: str) -> ApprovalMetadata:
        return ApprovalMetadata(
            approved_by=self.operator, approved_at=self.clock.now(), decision=Approve(), digest=digest
        )

    def _fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]


def listed_of(record: ExecutionRecord) -> Listed:
    """A record in short, as the store would list it."""
    running = not record.result.status.ended
    short = summary(record.execution_plan, record.approval_metadata, None if running else record.result)
    fields = {name: getattr(short, name) for name in short.__dataclass_fields__}
    return Listed(
        place=int(record.timestamp.timestamp() * 1_000_000) * 32 + (record.number or 0) % 32,
        id=record.id,
        number=record.number or 0,
        status=record.result.status,
        risk_level=record.risk_level or record.execution_plan.risk_level,
        created_at=record.timestamp,
        duration=None if running else record.duration,
        approved_at=record.approval_metadata.approved_at if record.approval_metadata else None,
        user_prompt=record.user_prompt,
        **fields,
    )


def meets(one: Listed, wanted: Sequence[Condition]) -> bool:
    """Every condition holds, as far as the tests ask for any; words are looked for in the plan's name and prompt."""
    return all(_holds(one, condition.asked) is not condition.negated for condition in wanted)


def _holds(one: Listed, asked: Asked) -> bool:
    match asked:
        case Word(text=text):
            return text.casefold() in f"{one.title} {one.user_prompt}".casefold()
        case Ended(statuses=statuses, unknown=unknown):
            return one.status in statuses or (unknown and one.unknown > 0)
        case Risked(levels=levels):
            return one.risk_level in levels
        case ApprovedBy(name=name):
            return name in (one.approver or "")
        case Mine(name=name):
            return one.approver in (None, name)
        case Since(at=at):
            return one.created_at >= at
        case Until(at=at):
            return one.created_at < at
        case Reached(accounts=accounts, or_not_recorded=or_not_recorded):
            return bool(accounts & set(one.accounts)) or (or_not_recorded and not one.accounts)
        case _:
            raise NotImplementedError(asked)


def _words(record: ExecutionRecord) -> str:
    said = [record.execution_plan.description, record.user_prompt]
    for command in record.execution_plan.commands:
        match command.command_type:
            case Cli(value=call):
                said += [call.command, *call.args]
            case Sdk(value=call):
                said.append(f"{call.service} {call.operation}")
    return " ".join(said).casefold()


def revision_of(entry: QueueEntry) -> Revision:
    """What is kept of an entry when another revision takes its place."""
    assert entry.plan is not None
    assert entry.plan_digest is not None
    assert entry.risk_level is not None
    return Revision(
        revision=entry.revision,
        plan=entry.plan,
        plan_digest=entry.plan_digest,
        risk_level=entry.risk_level,
        source=entry.source,
        at=entry.changed_at,
        user_prompt=entry.user_prompt,
        conversation_id=entry.conversation_id,
        edited_by=entry.edited_by,
    )


def review_of(reviewed: ExecutionPlan, entry: QueueEntry | None, identity: ProfileIdentity, now: datetime) -> Review:
    """A review as the engine would make it, judged by the plan's own claims."""
    waits_for = reviewed.mode.dependencies if isinstance(reviewed.mode, DependencyGraph) else {}
    compensations = reviewed.rollback_strategy.compensations if reviewed.rollback_strategy else {}
    commands = tuple(
        _reviewed(command, frozenset(waits_for.get(command.id, ())), compensations.get(command.id, ()))
        for command in reviewed.commands
    )
    level = max(command.assessment.level for command in commands)
    plan_digest = digest_of(reviewed.model_dump_json())
    account = identity.account_name or identity.account or ""
    typed = level is DESTROY or (identity.protected and level is not READ)
    return Review(
        plan=reviewed,
        entry=entry,
        request=ApprovalRequest(
            plan_id=reviewed.id,
            description=reviewed.description,
            risk_level=level,
            commands=tuple(
                CommandSummary(
                    id=each.command.id, description=each.command.description, risk_level=each.assessment.level
                )
                for each in commands
            ),
            created_at=now,
        ),
        commands=commands,
        level=level,
        flags=frozenset(flag for each in commands for flag in each.assessment.flags),
        digest=digest_of(plan_digest, "approval"),
        plan_digest=plan_digest,
        identities=(identity,),
        tool=ToolIdentity(path="/usr/bin/aws", version="1.46.3", sha256="0" * 64),
        confirmation=(
            Confirmation(
                accepted=tuple(filter(None, (identity.account_name, identity.account))),
                prompt=f"Type the account to confirm: {account}",
            )
            if typed
            else Confirmation()
        ),
    )


def _reviewed(command: Command, waits_for: frozenset[UUID], undone_by: Sequence[Command]) -> CommandReview:
    verdicts = {
        READ: (RiskAssessment(level=READ, assessed=READ, claimed=READ, reasons=("A read verb",))),
        MODIFY: (RiskAssessment(level=MODIFY, assessed=MODIFY, claimed=MODIFY, reasons=("Creates or changes",))),
        DESTROY: (
            RiskAssessment(
                level=DESTROY,
                assessed=DESTROY,
                claimed=DESTROY,
                flags=(RiskFlag.IRREVERSIBLE,),
                reasons=("Deletes; nothing brings it back",),
            )
        ),
    }
    argv: tuple[str, ...] | None = None
    match command.command_type:
        case Cli(value=call):
            argv = (*call.command.split(), *call.args)
        case Sdk():
            pass
    return CommandReview(
        command=command,
        argv=argv,
        assessment=verdicts[command.risk_level],
        waits_for=waits_for,
        compensations=tuple(_reviewed(each, frozenset(), ()) for each in undone_by),
    )


def rehearsal_of(rehearsed: ExecutionPlan) -> DryRunResult:
    """A rehearsal in which everything passes."""
    return DryRunResult(
        plan_id=rehearsed.id,
        passed=True,
        natively=0,
        commands=tuple(
            CommandDryRun(
                command_id=command.id,
                rung=DryRunRung.IDENTITY,
                passed=True,
                description="Well formed; the account answered",
            )
            for command in rehearsed.commands
        ),
    )


def result(
    command: Command, status: CommandStatus, seconds: float, *, end: datetime = NOON, **more: Any
) -> CommandResult:
    """What a command came to."""
    return CommandResult(
        command_id=command.id,
        status=status,
        output=more.pop("output", ""),
        duration=Duration.from_secs(seconds),
        started_at=end - timedelta(seconds=seconds),
        completed_at=end,
        attempts=more.pop("attempts", 1),
        **more,
    )
