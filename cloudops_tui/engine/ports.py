"""What the engine needs of the world: clock, store, executors, accounts, catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import UUID

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.catalogue import ServiceCatalogue
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord, UnreadableRecord
from cloudops_tui.model.output import Found, OutputLine, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState, Revision
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import Condition, Listed
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.files import FileSource
from cloudops_tui.policy.held import Held

__all__ = [
    "Accounts",
    "AlreadyRan",
    "AskingExecutor",
    "Attempt",
    "AttemptExecutor",
    "AttemptOutcome",
    "Clock",
    "Closing",
    "Conflict",
    "Ending",
    "Executor",
    "FrozenFiles",
    "NewEntry",
    "NewExecution",
    "OutputFollower",
    "OutputReader",
    "OutputSink",
    "Owner",
    "ServiceCatalogue",
    "Storage",
    "StoredExecution",
]


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that is never set back."""
        ...


# --- executors -------------------------------------------------------------------------------------------------------

OutputSink = Callable[[str, Sequence[str]], None]
"""`sink(stream, lines)`: whole lines as they come, safe to show, `stream` is `stdout` or `stderr`. Never blocks."""


class Ending(Enum):
    """How an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    """AWS or the program said no; the effect, if any, is what that error means."""
    TIMED_OUT = "timed out"
    """We ended it, and cannot know how far it came."""
    CANCELLED = "cancelled"
    """It was ended on request, and cannot know how far it came."""
    LOST = "lost"
    """Its process or connection vanished; its end is not known."""
    NEVER_BEGAN = "never began"
    """Nothing left this machine."""


@dataclass(frozen=True)
class Attempt:
    """One try at one command."""

    execution_id: UUID
    command: Command
    argv: tuple[str, ...] | None
    """The canonical argv of a CLI command."""
    number: int
    """From 1."""
    timeout: Duration
    client_token: str
    """The same for every attempt of the command; passed where the operation takes one."""
    folder: Path
    """Where this attempt's files go: `stdout`, `stderr`, `index`; made by the executor, 0700."""
    sink: OutputSink
    cancel: asyncio.Event
    """Set when the attempt should end now."""
    grace: Duration = field(default_factory=lambda: Duration.from_secs(3))
    """Between asking a process to end and ending it."""
    agent_note: str = ""
    """`cloudops-plan-<digest>`, for the user agent, so that every AWS event names the approved plan."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Where the frozen copy of each value from elsewhere lies, by `FrozenFile.written`; where the file itself, for what
    is not copied: a secret, a file that is moved away, a folder."""
    secret_files: frozenset[str] = frozenset()
    """Those of `files` that hold a secret."""
    hash_key: bytes = field(default=b"", repr=False)
    """For the keyed hash of output that is not kept; empty: a key that nobody keeps."""


@dataclass(frozen=True)
class AttemptOutcome:
    """What came of one try."""

    ending: Ending
    duration: Duration
    error: str | None = None
    """In words, ready to show; None when completed."""
    error_code: str | None = None
    """AWS's code, such as `ThrottlingException`."""
    not_executed: bool = False
    """The error proves that nothing was executed: throttled, refused connection, name not found, invalid request."""
    timed_out_or_reset: bool = False
    """A read timeout or a connection that broke after the request left."""
    renew: str | None = None
    """What renews the credentials, where it failed for want of valid ones and so did nothing."""
    exit_code: int | None = None
    output: str = ""
    """The last 64 KiB of standard output, safe to show."""
    output_file: str | None = None
    output_bytes: int | None = None
    output_truncated: bool = False


@runtime_checkable
class Executor(Protocol):
    """The reference's trait. Others can add one through the entry point group `cloudops_tui.executors`."""

    async def execute(self, command: Command) -> CommandOutput:
        """Run the command to its end; raises ExecutionError when it fails."""
        ...

    async def dry_run(self, command: Command) -> DryRunOutput:
        """Say what is known of the command without running it; sends reads and native dry runs only."""
        ...

    def supports(self, command: Command) -> bool:
        """This executor can run that command."""
        ...

    def executor_type(self) -> ExecutorType:
        """The kind of executor."""
        ...


@runtime_checkable
class AttemptExecutor(Executor, Protocol):
    """An executor that streams, can be cancelled, and can find its attempts again after a crash."""

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        """Make the attempt; never raises for what AWS or the program answers."""
        ...

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        """The outcome of an attempt that a dead engine began, followed to its end; None when nothing is known of it."""
        ...

    def alive(self, folder: Path) -> bool:
        """Somebody still works on the attempt whose files are in `folder`."""
        ...


Hears = Callable[[Sequence[Read], Sequence[Answer]], None]
"""Questions that were put, and the answers to the first of them, in their order."""


@dataclass(frozen=True)
class Rehearsal:
    """A command to be rehearsed."""

    command: Command
    argv: tuple[str, ...] | None
    """The canonical argv of a CLI command."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """As in `Attempt`."""
    secret_files: frozenset[str] = frozenset()
    """As in `Attempt`; they may be sent, never shown or compared."""
    state_only: bool = False
    """Only read what is there: no dry run is sent, and nothing is said about permission."""
    heard: Hears | None = None
    """Told of the reads, as they are answered."""


@runtime_checkable
class RehearsingExecutor(Executor, Protocol):
    """An executor that can rehearse the frozen form of a command; others are asked by `dry_run`."""

    async def rehearse(self, rehearsal: Rehearsal) -> DryRunOutput:
        """As `dry_run`: sends reads and native dry runs only."""
        ...


@runtime_checkable
class AskingExecutor(Protocol):
    """An executor that can ask the services what is there; what it may send is a fixed list of reads."""

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        """An answer to each, without anything that the models call sensitive; never raises for what AWS says."""
        ...


@runtime_checkable
class Closing(Protocol):
    """Something that holds connections."""

    async def close(self) -> None:
        """Let go of them. Idempotent."""
        ...


# --- accounts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CliLine:
    """A command line of `aws`, and for whom it runs."""

    argv: tuple[str, ...]
    """Canonical; what follows the first option may be left out."""
    profile: str
    region: str


class Accounts(Protocol):
    """Who a profile is, and which `aws` would run."""

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        """Ask STS (2 s connect, 5 s read, one try). An unreachable STS is an answer: account None, with the reason."""
        ...

    async def tool(self) -> ToolIdentity | None:
        """The `aws` program; None where there is none."""
        ...

    def surroundings(self, profiles: Collection[str] = ()) -> tuple[str, ...]:
        """What lies between us and AWS that is not standard, each `NAME=value`, safe to show and without passwords.

        Proxies, and certificate authorities set by variables or by the configuration of `profiles`.
        """
        ...

    async def other_meaning(self, lines: Collection[CliLine]) -> str | None:
        """Why `aws` would do something else than one of the canonical argvs says, with the remedy: aliases, plugins or
        models in the operator's AWS files. None when it would not."""
        ...

    def fingerprint(self) -> object:
        """Differs after credentials, configuration or environment changed; costs a few looks at files."""
        ...


@dataclass(frozen=True)
class CredentialsLook:
    """What credentials a profile has now."""

    stamp: object
    """Tells them from others, without being them; None where there are none."""
    identity: ProfileIdentity | None
    """Who they are; None for those that were tried already, of which nobody is asked."""


@runtime_checkable
class RenewingAccounts(Accounts, Protocol):
    """Accounts whose credentials can be looked at anew, also where a session has kept the old ones."""

    async def look(self, profile: str, region: str, tried: object) -> CredentialsLook:
        """As `identify`, from the files and programs as they are now; asks nobody on a screen or a terminal."""
        ...


# --- store -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owner:
    """The process that drives an execution; told apart from a later process of the same number by its start."""

    pid: int
    boot_id: str
    started_ticks: int


class AlreadyRan(Exception):
    """This plan (same id, same plan digest) was executed before."""

    def __init__(self, execution_id: UUID, number: int, became: str = "") -> None:
        """`became` says who decided on it and when: `was approved by alice at 12:05:10Z and has run`."""
        said = f" (it {became})" if became else ""
        super().__init__(f"This plan ran already as {number}{said}; run it once more with `again`")
        self.execution_id = execution_id
        self.number = number


class Conflict(Exception):
    """Somebody else decided first, or the plan changed; the message says what is so now."""


class FrozenFiles(Protocol):
    """The copies of files that plans name. Its methods look at files, so they are called off the loop."""

    def freezing(self, base_dir: Path | None, *, elsewhere: bool = False) -> FileSource:
        """What the plan's own folder holds now, copied as it is taken. For one plan: each file is read once."""
        ...

    def frozen(self, files: Sequence[FrozenFile], *, elsewhere: bool = False) -> FileSource:
        """What was frozen with a plan before."""
        ...

    def paths_of(self, files: Iterable[FrozenFile]) -> dict[str, Path]:
        """Where a command finds each, by what the plan wrote; variables are left out."""
        ...

    def why_changed(self, file: FrozenFile) -> str | None:
        """Why what is there now is not what was frozen, naming it; None while it is."""
        ...


@dataclass(frozen=True)
class NewEntry:
    """A submission to be queued."""

    source: str
    submitted_at: datetime
    plan: ExecutionPlan | None
    plan_digest: str | None
    risk_level: RiskLevel | None
    base_dir: str | None = None
    conversation_id: UUID | None = None
    """None: a new id."""
    user_prompt: str = ""
    problems: tuple[Problem, ...] = ()
    refused_text: str | None = None
    files: tuple[FrozenFile, ...] = ()
    """What was frozen with the plan."""
    edited_by: str | None = None
    """Who wrote it here, as a revision of what somebody sent."""


@dataclass(frozen=True)
class NewExecution:
    """An execution about to exist."""

    id: UUID
    plan: ExecutionPlan
    plan_digest: str
    approval_digest: str | None
    risk_level: RiskLevel
    """Effective."""
    approval: ApprovalMetadata | None
    created_at: datetime
    conversation_id: UUID
    user_prompt: str
    owner: Owner
    entry_id: UUID | None = None
    again: bool = False
    """True: run it even if the same plan ran before."""
    files: tuple[FrozenFile, ...] = ()
    """What was frozen with the plan."""
    reaches: tuple[str, ...] = ()
    """Accounts behind its profiles, as far as they are known; also where nobody had to approve it."""


@dataclass(frozen=True)
class StoredExecution:
    """An execution as the store has it, with its lease."""

    id: UUID
    number: int
    plan: ExecutionPlan
    plan_digest: str
    approval_digest: str | None
    risk_level: RiskLevel
    status: str
    """`ExecutionStatus` value."""
    owner: Owner
    heartbeat_at: datetime
    created_at: datetime
    conversation_id: UUID
    user_prompt: str
    approval: ApprovalMetadata | None
    entry_id: UUID | None
    cancel_requested_by: str | None
    files: tuple[FrozenFile, ...] = ()
    """What was frozen with the plan."""
    stop_requested_by: str | None = None
    """Who asked that nothing more of it begins."""


class Storage(Protocol):
    """Everything that is remembered. Raises StorageError, naming path and remedy."""

    @property
    def state_dir(self) -> Path:
        """The folder of everything, 0700."""
        ...

    @property
    def files(self) -> FrozenFiles:
        """The copies of files that plans name."""
        ...

    @property
    def hash_key(self) -> bytes:
        """The random key of this installation; empty where it cannot be had."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """What the operator should hear of the store since it was opened: damage, and why nothing can be written."""
        ...

    @property
    def looks_only(self) -> bool:
        """It is open, and nothing can be written into it."""
        ...

    async def open(self) -> None:
        """Make folders and schema where missing; other methods do it themselves on first use. Idempotent."""
        ...

    async def close(self) -> None:
        """Write what is pending and let go of the file. Idempotent."""
        ...

    def attempt_folder(self, execution_id: UUID, command_id: UUID, attempt: int) -> Path:
        """Where an attempt's files go. Not created."""
        ...

    # queue
    async def add_entry(self, new: NewEntry) -> QueueEntry:
        """Queue a submission. The same plan id and plan digest is the same entry, returned unchanged; the same id with
        another digest is the next revision while in Review, and the old one is kept; once decided it raises Conflict.
        What had expired is reviewed again, as its next revision."""
        ...

    async def entries(self, states: Collection[QueueState] | None = None) -> list[QueueEntry]:
        """Entries, oldest first."""
        ...

    async def entry(self, entry_id: UUID) -> QueueEntry:
        """One entry; raises KeyError."""
        ...

    async def reject_entry(self, entry_id: UUID, metadata: ApprovalMetadata, reason: str) -> QueueEntry:
        """Review -> Rejected, durable; raises Conflict when it is not in Review any more."""
        ...

    async def expire_entries(self, last: datetime, at: datetime) -> list[QueueEntry]:
        """Review -> Expired, in one transaction, for everything whose last revision came at `last` or before; returns
        what expired now."""
        ...

    async def revisions(self, entry_id: UUID) -> list[Revision]:
        """The revisions that later ones took the place of, oldest first."""
        ...

    async def move_entry(self, entry_id: UUID, state: QueueState, at: datetime) -> QueueEntry:
        """Set the state of a decided entry."""
        ...

    # executions
    async def create_execution(self, new: NewExecution) -> StoredExecution:
        """In one durable transaction: refuse an entry that is not in Review or whose plan digest differs (Conflict), a
        plan that ran already (AlreadyRan, unless `again`), and an approval that began an execution already (Conflict);
        take the entry to Running, store the approval as consumed, write the row with status Pending and the lease."""
        ...

    async def append(self, events: Sequence[AnyExecutionEvent], *, durable: bool) -> None:
        """Journal stamped events, in order; returns once committed (group commit). `durable` survives a power cut.
        Started makes the row Running; an event that ends an execution writes status, result and search index in the
        same transaction and takes its queue entry to Done."""
        ...

    def keep_last_words(self, execution_id: UUID, words: str) -> None:
        """Keep, beside the store, why nothing of an execution can be recorded any more. Never raises."""
        ...

    def last_words(self, execution_id: UUID) -> str:
        """Why nothing of it could be recorded any more; empty where that never was."""
        ...

    async def journal(self, execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        """The story so far, `seq > after`, in order."""
        ...

    async def why_not_whole(self, execution_id: UUID) -> str | None:
        """Why nothing may be decided by its journal: a part of that is lost. None where it is whole."""
        ...

    async def execution(self, execution_id: UUID) -> StoredExecution:
        """One execution; raises KeyError."""
        ...

    async def unfinished(self) -> list[StoredExecution]:
        """Executions whose row has not ended, oldest first; a damaged one is left out, and among the `remarks`."""
        ...

    async def heartbeat(self, owner: Owner, at: datetime) -> list[UUID]:
        """Renew this owner's leases; returns those of its executions whose cancellation was requested."""
        ...

    async def claim(self, execution_id: UUID, current: Owner, new: Owner, at: datetime) -> bool:
        """Take the lease of what has not ended over from a dead owner, in one transaction; False when somebody else was
        faster."""
        ...

    async def go_on(
        self, execution_id: UUID, seen: int, events: Sequence[AnyExecutionEvent], owner: Owner, at: datetime
    ) -> bool:
        """In one durable transaction: where the execution has ended, and `seen` is the last event of its story, journal
        the stamped events, with what follows from each, and give the lease to `owner`. False, and nothing is changed,
        when somebody else was faster."""
        ...

    async def request_cancel(self, execution_id: UUID, by: str) -> None:
        """Ask the owner to cancel; idempotent."""
        ...

    async def request_stop(self, execution_id: UUID, by: str) -> None:
        """Ask the owner to begin no more of it; idempotent."""
        ...

    async def stops(self, owner: Owner) -> Mapping[UUID, str]:
        """Who asked to begin no more of this owner's executions, where somebody did."""
        ...

    async def forget_execution(self, execution_id: UUID) -> None:
        """Remove an ended execution, its journal and its files (`store_history = false`)."""
        ...

    async def remember_digest(self, digest: str, held: Held, at: datetime) -> None:
        """Keep for a while what a digest that was shown stands for."""
        ...

    async def held_by_digest(self, digest: str) -> Held | None:
        """What a digest that was shown here stood for; None where that is not known any more."""
        ...

    async def remove_unused_files(self) -> int:
        """Remove copies of files that no entry and no execution refers to; returns how many."""
        ...

    async def recent_durations(self, kinds: Collection[str]) -> Mapping[str, tuple[float, ...]]:
        """By kind (`policy.kinds`): the seconds that its latest runs took that completed; others are absent."""
        ...

    async def change_token(self) -> int:
        """A number that differs after another process committed something."""
        ...

    # history
    async def record(self, execution_id: UUID) -> ExecutionRecord:
        """One record, result so far when it still runs; raises KeyError."""
        ...

    async def records(
        self, filter: ExecutionFilter, query: str = "", unreadable: Callable[[UnreadableRecord], None] | None = None
    ) -> list[ExecutionRecord]:
        """Records that match filter and query (words, all of them, prefix of the last), newest first. A damaged one
        raises StorageError, or is told to `unreadable` and left out."""
        ...

    async def listed(
        self, wanted: Sequence[Condition] = (), *, limit: int, before: int | None = None, up_to: int | None = None
    ) -> list[Listed]:
        """The newest records that meet every condition, in short, newest first: older than the place `before`, or not
        newer than `up_to`. Whoever stops waiting stops the search."""
        ...

    async def count_listed(self, wanted: Sequence[Condition] = (), *, most: int, after: int | None = None) -> int:
        """How many records meet every condition, counted up to `most`; with `after`, those newer than that place."""
        ...

    async def runs_of(self, title: str, limit: int) -> list[Listed]:
        """The latest executions of plans with exactly this description, newest first."""
        ...

    async def export(self, execution_id: UUID) -> Path:
        """Write a record with its story and output files, as they are stored, to a new folder; returns the folder."""
        ...

    async def resolve(self, reference: str) -> UUID:
        """The execution or entry that an operator means: a number of one to six digits, or a unique prefix (seven
        characters or more) of an id. Raises KeyError with the reason."""
        ...


class OutputFollower(Protocol):
    """An attempt's output from its first line on, read as it grows."""

    def more(self) -> list[OutputLine]:
        """The lines that were completed since the last call; may leave some for the next."""
        ...

    def rest(self) -> list[OutputLine]:
        """Last lines without a break, once the command has ended and `more` has nothing."""
        ...


class OutputReader(Protocol):
    """Reads back the output files of attempts."""

    def tail(self, folder: Path) -> OutputFollower:
        """All of an attempt's output, to be followed."""
        ...

    def lines(self, folder: Path, *, stream: str | None = None, last: int = 5000) -> list[OutputLine]:
        """The last lines, in the order in which they were said; empty where there is nothing."""
        ...

    def page(self, folder: Path, wanted: PageWanted) -> OutputPage:
        """Some lines of an output of any length; where the page is not complete, ask again. Blocks for a moment."""
        ...

    def find(self, folder: Path, selection: OutputSelection, sought: Wanted, number: int, by: int) -> Found:
        """The match after line `number` (`by` 1), before it (-1), or from it on (0). Blocks for a moment."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...
