"""Everything that is remembered, in one SQLite file that several processes share."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from cloudops_tui.engine.ports import NewEntry, NewExecution, Owner, StoredExecution
from cloudops_tui.engine.whoami import operator_here
from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.events import (
    AnyExecutionEvent,
    Cancelled,
    CommandOutput,
    Completed,
    Failed,
    RollbackCompleted,
)
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord, UnreadableRecord
from cloudops_tui.model.queue import QueueEntry, QueueState, Revision
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.search import Condition, Listed
from cloudops_tui.policy.held import Held
from cloudops_tui.state.execution import result_of
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import copies, damage, executions, folders, keepsake, queue, retold
from cloudops_tui.storage.database import Database, connect_to_look, is_there, log_of
from cloudops_tui.storage.errors import Damaged, damaged_words, storage_error
from cloudops_tui.storage.export import export_record
from cloudops_tui.storage.frozen_files import FrozenFiles
from cloudops_tui.storage.install_key import install_key
from cloudops_tui.storage.journal import Transaction, Work, Writer, closed
from cloudops_tui.storage.listing import listed_of, number_of, page
from cloudops_tui.storage.opening import Opened, open_store
from cloudops_tui.storage.rows import (
    SLOTS,
    Row,
    bodies,
    entry_of,
    event_row,
    execution_values,
    held_of,
    micros,
    moment,
    owner_values,
    record_of,
    revision_of,
    serial_after,
    stored_of,
    writable,
)
from cloudops_tui.storage.search import match
from cloudops_tui.storage.statements import statements
from cloudops_tui.storage.verify import Verified, verify

T = TypeVar("T")

_ENDS = (Completed, Failed, Cancelled, RollbackCompleted)

PATIENCE = 5.0
"""Seconds that a writer waits for another process to finish its transaction."""

CHECK_AFTER = 3.0
"""Seconds after which a large file is checked: the first picture is there by then, and a short verb has ended. What
would begin something does not wait for them: it has the file checked at once, and begins when that is done."""

SAID_AFTER = 0.5
"""Seconds of such a check after which it is said what is waited for; a warm file of 400 MB takes as long."""

DIGESTS_KEPT = 1000
"""What so many digests stood for is remembered."""

PRUNED_AT_ONCE = 500
"""Executions removed in one transaction: about a tenth of a second, so that nobody waits long for a big clean-up."""

_NUMBER = re.compile(r"#?(\d{1,6})", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f]{7,8}[0-9a-f-]*", re.ASCII)
_BARE = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class StoreFacts:
    """What there is to know of the store without walking it."""

    size: int
    """In bytes, with its log."""
    schema: int
    chains: int
    events: int
    pruned: int
    copies: tuple[tuple[Path, int], ...]
    """Made before the schema changed, with their sizes."""
    damaged: tuple[tuple[Path, int], ...]
    """Kept aside, with their sizes."""


@dataclass(frozen=True)
class Prunable:
    """What would be pruned."""

    many: int
    of: int
    """All executions that there are."""
    oldest: datetime | None
    newest: datetime | None
    """When the first and the last of those that would go were created."""


class StorageService:
    """The store (`engine.ports.Storage`). It opens by itself on first use; `async with` closes it.

    All writes go through one writer that shares commits; reads have a connection of their own and do not wait.
    One instance belongs to one event loop. Raises StorageError, naming path and remedy.
    """

    def __init__(
        self,
        config: StorageConfig | None = None,
        *,
        patience: float = PATIENCE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        read_only: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`now` cuts the duration of what still runs. `read_only`: nothing is made, changed or migrated, and a store
        that is not there yet is an empty one until somebody makes it. `tell` hears each of `remarks` at once."""
        self._state_dir = folders.state_folder(config or StorageConfig())
        self._patience = patience
        self._now = now
        self._read_only = read_only
        self._tell = tell
        self._opening = asyncio.Lock()
        self._opened_store: Opened | None = None
        self._closed = False
        self._remarks: list[str] = []
        self._damage: Damaged | None = None
        self._takes_no_records = False
        self._checking: asyncio.Task[None] | None = None
        self._check: list[sqlite3.Connection] = []
        self._check_now = asyncio.Event()
        self._one_search = asyncio.Lock()
        self._files = FrozenFiles(self._state_dir)
        self._hash_key = b""

    @property
    def state_dir(self) -> Path:
        """The folder of everything, 0700."""
        return self._state_dir

    @property
    def path(self) -> Path:
        """The database."""
        return self._state_dir / folders.DATABASE

    @property
    def files(self) -> FrozenFiles:
        """The copies of files that plans name."""
        return self._files

    @property
    def hash_key(self) -> bytes:
        """The random key of this installation; empty where it cannot be had: nothing is worth stopping for that."""
        if not self._hash_key and not self._read_only:
            try:
                self._hash_key = install_key(self._state_dir)
            except StorageError:
                return b""
        return self._hash_key

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Make folders and schema where missing; a closed store opens again. Idempotent.

        A damaged file is kept aside and a new one begun (`remarks` says so). What cannot be written is opened to look.
        """
        async with self._opening:
            self._closed = False
            if self._read_only:
                await self._open_to_look()
            elif self._opened_store is None or self._opened_store.database.is_outdated:
                before = self._opened_store
                self._opened_store = await open_store(self._state_dir, self._patience, self._now)
                for remark in self._opened_store.remarks:
                    if remark not in self._remarks:
                        self._remark(remark)
                if before is not None:
                    await before.close()
                if not self._opened_store.is_checked and self._opened_store.writer is not None:
                    self._check_now = asyncio.Event()
                    self._checking = asyncio.create_task(self._check_behind(self._opened_store.database))

    async def _open_to_look(self) -> None:
        before = self._opened_store
        if before is None or _is_behind(before.database):
            self._opened_store = Opened(await connect_to_look(self.path, self._patience))
            if before is not None:
                await before.close()

    async def _check_behind(self, database: Database) -> None:
        """A large file is checked while it is used already; nothing new begins once damage is found."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_AFTER):
                await self._check_now.wait()
        why = await asyncio.to_thread(damage.why_damaged, database.source, self._check.append)
        if why is not None and not self._closed:
            self._is_damaged(Damaged(damaged_words(database.path, why)))

    async def _refuse_when_damaged(self) -> None:
        """Nothing begins, and nothing is taken over, in a file that nobody has looked at as a whole: a page that is
        gone may be the one that says what has begun already. Raises Damaged."""
        await self._opened()
        checking = self._checking
        if checking is not None and not checking.done():
            self._check_now.set()
            done, _ = await asyncio.wait([checking], timeout=SAID_AFTER)
            if not done:
                self._remark(f"`{self.path}` is large, and is checked as a whole before anything begins: please wait")
                await asyncio.wait([checking])
        if self._damage is not None:
            raise self._damage

    def _is_damaged(self, error: Damaged) -> None:
        if self._damage is None and not self._read_only:
            self._damage = error
            self._remark(str(error))
            damage.mark(self.path)

    def _takes_nothing(self, error: StorageError) -> None:
        if not self._takes_no_records:
            self._takes_no_records = True
            self._remark(f"{error}. What happens cannot be recorded: what runs goes on, and nothing more begins")

    def _takes_records(self) -> None:
        if self._takes_no_records:
            self._takes_no_records = False
            self._remark(f"`{self.path}` takes records again")

    def _remark(self, text: str) -> None:
        self._remarks.append(text)
        if self._tell is not None:
            self._tell(text)

    async def close(self) -> None:
        """Write what is pending and let go of the file. Idempotent."""
        async with self._opening:
            self._closed = True
            opened, self._opened_store = self._opened_store, None
            checking, self._checking = self._checking, None
            if checking is not None:
                for connection in self._check:
                    with suppress(sqlite3.ProgrammingError):  # it has ended by itself
                        connection.interrupt()
                if not self._check:
                    checking.cancel()
                await asyncio.wait([checking])
            self._check.clear()
            if opened is not None:
                await opened.close()

    @property
    def remarks(self) -> Sequence[str]:
        """What the operator should hear of the store, in order: damage, and when it took nothing, or took it again."""
        return tuple(self._remarks)

    @property
    def looks_only(self) -> bool:
        """It is open, and nothing can be written into it."""
        return self._opened_store is not None and self._opened_store.writer is None

    def attempt_folder(self, execution_id: UUID, command_id: UUID, attempt: int) -> Path:
        """Where an attempt's files go. Not created."""
        return folders.attempt_folder(self._state_dir, execution_id, command_id, attempt)

    # queue

    async def add_entry(self, new: NewEntry) -> QueueEntry:
        """Queue a submission; the same plan id and plan digest, or the same refused text, is the same entry."""
        return await self._write(lambda transaction: queue.add(transaction, new))

    async def entries(self, states: Collection[QueueState] | None = None) -> list[QueueEntry]:
        """Entries, oldest first."""
        if states is None:
            rows = await self._read("all_entries")
        else:
            rows = await self._read("entries_in", states=json.dumps([state.value for state in states]))
        return [entry_of(row) for row in rows]

    async def entry(self, entry_id: UUID) -> QueueEntry:
        """One entry; raises KeyError."""
        rows = await self._read("entry", id=str(entry_id))
        if not rows:
            raise KeyError(f"No queue entry has the id `{entry_id}`; `cloudops-tui queue` lists them")
        return entry_of(rows[0])

    async def reject_entry(self, entry_id: UUID, metadata: ApprovalMetadata, reason: str) -> QueueEntry:
        """Review -> Rejected, durable; raises Conflict when it is not in Review any more."""
        return await self._write(lambda transaction: queue.reject(transaction, entry_id, metadata, reason))

    async def expire_entries(self, last: datetime, at: datetime) -> list[QueueEntry]:
        """Review -> Expired for everything whose last revision came at `last` or before; returns what expired."""
        return await self._write(lambda transaction: queue.expire(transaction, last, at))

    async def revisions(self, entry_id: UUID) -> list[Revision]:
        """The revisions that later ones took the place of, oldest first."""
        return [revision_of(row) for row in await self._read("revisions", id=str(entry_id))]

    async def move_entry(self, entry_id: UUID, state: QueueState, at: datetime) -> QueueEntry:
        """Set the state of a decided entry."""
        return await self._write(lambda transaction: queue.move(transaction, entry_id, state, at))

    # executions

    async def create_execution(self, new: NewExecution) -> StoredExecution:
        """One durable transaction that begins an execution; raises AlreadyRan, Conflict, KeyError."""
        await self._refuse_when_damaged()
        stored = await self._write(lambda transaction: executions.create(transaction, new))
        folder = folders.execution_folder(self._state_dir, stored.id)
        values = execution_values(new) | {"number": stored.number}
        with suppress(OSError):  # a second copy; the first one counts
            await asyncio.to_thread(keepsake.keep_begin, folder, values)
        return stored

    async def append(self, events: Sequence[AnyExecutionEvent], *, durable: bool) -> None:
        """Journal stamped events, in order; returns once committed. Output is not journalled."""
        kept = [event for event in events if not isinstance(event, CommandOutput)]
        rows = [event_row(event) for event in kept]
        follows = [follow for event in kept if (follow := executions.following(event)) is not None]
        writer = await self._writing()
        try:
            if follows:

                async def follow_all(transaction: Transaction) -> None:
                    for follow in follows:
                        await follow(transaction)

                await writer.transact(follow_all, rows=rows, durable=durable)
            elif rows:
                await writer.append(rows, durable=durable)
        except StorageError as error:
            if isinstance(error, Damaged):
                self._is_damaged(error)
            self._takes_nothing(error)
            raise _of_append(error, kept) from error
        self._takes_records()
        for event in kept:
            if isinstance(event, _ENDS) and event.result is not None:
                folder = folders.execution_folder(self._state_dir, event.execution_id)
                with suppress(OSError):
                    await asyncio.to_thread(keepsake.keep_end, folder, event.result.model_dump_json(), event.seq or 0)

    def keep_last_words(self, execution_id: UUID, words: str) -> None:
        """Keep why nothing of an execution can be recorded any more, in room that it has since it began."""
        with suppress(OSError):
            keepsake.keep_words(folders.execution_folder(self._state_dir, execution_id), words)

    def last_words(self, execution_id: UUID) -> str:
        """Why nothing of it could be recorded any more; empty where that never was."""
        return keepsake.words_of(folders.execution_folder(self._state_dir, execution_id))

    async def journal(self, execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        """The story so far, `seq > after`, in order."""
        return bodies(await self._read("journal_after", id=str(execution_id), after=after))

    async def why_not_whole(self, execution_id: UUID) -> str | None:
        """That a part of its story is lost, in words; None where that is whole."""
        row = await self._execution_row(execution_id)
        lost = await self._read("lost_events", id=str(execution_id))
        return executions.lost_words(row["number"], lost[0] if lost else None)

    async def execution(self, execution_id: UUID) -> StoredExecution:
        """One execution; raises KeyError."""
        return stored_of(await self._execution_row(execution_id))

    async def unfinished(self) -> list[StoredExecution]:
        """Executions whose row has not ended, oldest first; records from elsewhere are not among them, and a damaged
        one is a remark: it must not keep the others from being taken over."""
        found = []
        for row in await self._read("unfinished"):
            try:
                found.append(stored_of(row))
            except (StorageError, ValueError) as error:
                said = f"Execution {row['number']} cannot be read, and so not be taken over: {error}"
                if said not in self._remarks:
                    self._remark(said)
        return found

    async def heartbeat(self, owner: Owner, at: datetime) -> list[UUID]:
        """Renew this owner's leases; returns those of its executions whose cancellation was requested."""

        async def renew(transaction: Transaction) -> list[UUID]:
            await transaction.change("renew_leases", **owner_values(owner), at=micros(at))
            return [UUID(row["id"]) for row in await transaction.rows("cancellations", **owner_values(owner))]

        return await self._write(renew, durable=False)

    async def claim(self, execution_id: UUID, current: Owner, new: Owner, at: datetime) -> bool:
        """Take the lease of what has not ended over from a dead owner; False when somebody else was faster."""
        old = {f"old_{key}": value for key, value in owner_values(current).items()}
        values = {**owner_values(new), **old, "id": str(execution_id), "at": micros(at)}

        async def take(transaction: Transaction) -> bool:
            return await transaction.change("take_lease", **values) == 1

        await self._refuse_when_damaged()
        return await self._write(take)

    async def go_on(
        self, execution_id: UUID, seen: int, events: Sequence[AnyExecutionEvent], owner: Owner, at: datetime
    ) -> bool:
        """Where the execution has ended and `seen` is its last event: journal stamped events and give the lease to
        `owner`, in one durable transaction; False when somebody else was faster."""
        await self._refuse_when_damaged()
        folder = folders.execution_folder(self._state_dir, execution_id)

        async def work(transaction: Transaction) -> bytes | None:
            if not await executions.go_on(transaction, folder, execution_id, seen, events, owner, at):
                return None
            head = await transaction.row("head_of", id=str(execution_id))
            return bytes(head["head"]) if head is not None else b""

        head = await self._write(work)
        if head:
            with suppress(OSError):
                await asyncio.to_thread(retold.mark_kept, folder, head)
        return head is not None

    async def request_cancel(self, execution_id: UUID, by: str) -> None:
        """Ask the owner to cancel; the first who asked stays named. Nothing happens to what has ended."""

        async def request(transaction: Transaction) -> None:
            if await transaction.change("request_cancel", id=str(execution_id), by=writable(by)) == 0:
                await executions.fetch_row(transaction, execution_id)

        await self._write(request)

    async def request_stop(self, execution_id: UUID, by: str) -> None:
        """As `request_cancel`, that nothing more of it begins."""

        async def request(transaction: Transaction) -> None:
            if await transaction.change("request_stop", id=str(execution_id), by=writable(by)) == 0:
                await executions.fetch_row(transaction, execution_id)

        await self._write(request)

    async def stops(self, owner: Owner) -> dict[UUID, str]:
        """Who asked to begin no more of this owner's executions, where somebody did."""
        return {UUID(row["id"]): row["stop_requested_by"] for row in await self._read("stops", **owner_values(owner))}

    async def forget_execution(self, execution_id: UUID) -> None:
        """Remove an ended execution, its journal and its files; that it ran stays known. Raises Conflict while it
        runs."""
        by, now = operator_here(), self._now()
        await self._write(lambda transaction: executions.forget(transaction, execution_id, by, now))
        await self._remove_files([execution_id])

    async def recent_durations(self, kinds: Collection[str]) -> dict[str, tuple[float, ...]]:
        """By kind (`policy.kinds`): the seconds that its latest runs took that completed; others are absent."""
        rows = await self._read("durations_of_all", kinds=json.dumps(sorted(set(kinds))))
        return {row["kind"]: tuple(json.loads(row["seconds"])) for row in rows}

    async def change_token(self) -> int:
        """A number that differs after another process, or this one, committed something.

        https://www.sqlite.org/pragma.html#pragma_data_version
        """
        rows = await self._query("PRAGMA data_version", {})
        opened = self._opened_store
        return -1 if opened is not None and opened.database.stands_in else int(rows[0][0])

    # history

    async def record(self, execution_id: UUID) -> ExecutionRecord:
        """One record, result so far when it still runs; raises KeyError."""
        return await self._record(await self._execution_row(execution_id))

    async def records(
        self, filter: ExecutionFilter, query: str = "", unreadable: Callable[[UnreadableRecord], None] | None = None
    ) -> list[ExecutionRecord]:
        """Records that match filter and query (words, all of them, prefix of the last), newest first. A damaged one
        raises StorageError, or is told to `unreadable` and left out."""
        text, values = _selection(filter, query)
        found = []
        for row in await self._query(text, values):
            try:
                found.append(await self._record(row))
            except (StorageError, ValueError) as error:
                if unreadable is None:
                    raise
                unreadable(UnreadableRecord(UUID(row["id"]), row["number"], moment(row["created_at"]), str(error)))
        return found

    async def listed(
        self, wanted: Sequence[Condition] = (), *, limit: int, before: int | None = None, up_to: int | None = None
    ) -> list[Listed]:
        """The newest records that meet every condition, in short, newest first; `before` and `up_to` are places.

        Whoever stops waiting stops the search: it is interrupted.
        """
        return [listed_of(row) for row in await self._search(*page(wanted, limit, before=before, up_to=up_to))]

    async def count_listed(self, wanted: Sequence[Condition] = (), *, most: int, after: int | None = None) -> int:
        """How many records meet every condition, counted up to `most`; with `after`, those newer than that place."""
        return int((await self._search(*number_of(wanted, most, after=after)))[0][0])

    async def runs_of(self, title: str, limit: int) -> list[Listed]:
        """The latest executions of plans with exactly this description, newest first."""
        found = await self._search(statements()["runs_of"], {"title": writable(title), "limit": limit})
        return [listed_of(row) for row in found]

    async def export(self, execution_id: UUID) -> Path:
        """Write a record with its story and its output files to a new folder under `exports`; returns the folder.

        Everything in it is as it is stored: redacted, for this user alone. Raises KeyError, StorageError.
        """
        record, story = await self.record(execution_id), await self.journal(execution_id)
        output = folders.execution_folder(self._state_dir, execution_id)
        return await asyncio.to_thread(export_record, self._state_dir, record, story, output)

    async def resolve(self, reference: str) -> UUID:
        """The execution or entry of a number, or of a unique prefix of an execution's, entry's or plan's id."""
        wanted = reference.strip().lower()
        if number := _NUMBER.fullmatch(wanted):
            return await self._numbered(int(number[1]))
        if _BARE.fullmatch(wanted):
            wanted = str(UUID(wanted))
        if not _PREFIX.fullmatch(wanted):
            raise KeyError(
                f"`{reference}` is neither a number of one to six digits "
                "nor the beginning (seven characters or more) of an id"
            )
        found = await self._read("by_prefix", low=wanted, high=wanted + "~")
        if not found:
            raise KeyError(f"No execution, queue entry or plan has an id that begins with `{wanted}`")
        if len(found) > 1:
            named = ", ".join(f"{row['kind']} `{row['found']}` ({row['number']})" for row in found)
            raise KeyError(f"`{wanted}` begins more than one id: {named}; give more of it, or the number")
        return UUID(found[0]["target"])

    async def verify(self, wanted: Collection[str] | None = None) -> Verified:
        """Walk the chains of these executions (ids), by default all and the ledger. Off the loop."""
        database = await self._opened()
        if database.stands_in:
            return Verified(0, 0, 0, 0, (), ())
        ids = frozenset(wanted) if wanted is not None else None
        try:
            files = self._state_dir / folders.EXECUTIONS
            return await asyncio.to_thread(_verified, database.source, self._patience, ids, files)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    async def facts(self) -> StoreFacts:
        """Sizes, counts, and what lies beside the database."""
        database = await self._opened()
        [ledger] = await self._read("ledger_in_short")
        sized = await asyncio.to_thread(
            lambda: [_sized(found) for found in (copies.kept(self.path), damage.kept_aside(self.path))]
        )
        return StoreFacts(
            size=sum(size for _, size in _sized([self.path, log_of(self.path)])),
            schema=database.version,
            chains=ledger["chains"],
            events=ledger["events"] or 0,
            pruned=ledger["pruned"],
            copies=sized[0],
            damaged=sized[1],
        )

    async def in_ledger(self, reference: str) -> str:
        """The id of an execution, also of a pruned one, by its number or by a unique beginning of its id."""
        wanted = reference.strip().lower()
        if number := _NUMBER.fullmatch(wanted):
            rows = await self._read("ledger_numbered", number=int(number[1]))
        elif _PREFIX.fullmatch(wanted):
            rows = await self._read("ledger_begins_with", low=wanted, high=wanted + "~")
        else:
            rows = []
        if len(rows) != 1:
            how = "begins more than one id" if rows else "names no execution that ever was"
            raise KeyError(f"`{reference}` {how}; `cloudops-tui history` lists what there is")
        return str(rows[0]["execution_id"])

    async def put_record(self, record: ExecutionRecord) -> None:
        """Store a finished record from elsewhere, or replace one that has ended; raises Conflict while it runs."""
        await self._write(lambda transaction: executions.store(transaction, record, self._now()))

    async def prunable(self, older_than: datetime) -> Prunable:
        """What `prune` would remove."""
        at = micros(older_than)
        [row] = await self._read("would_be_pruned", last=serial_after(at), older_than=at)
        first, last = (moment(row[name]) if row[name] is not None else None for name in ("oldest", "newest"))
        return Prunable(row["many"], row["together"], first, last)

    async def prune(self, older_than: datetime) -> int:
        """Remove ended executions created before `older_than`, with journal, index and files; returns how many. The
        ledger keeps the end of each one's chain, and when and by whom it was pruned."""
        count = 0
        by, now = operator_here(), self._now()
        while True:
            gone = await self._write(
                lambda transaction: executions.prune(transaction, older_than, PRUNED_AT_ONCE, by, now)
            )
            await self._remove_files(gone)
            count += len(gone)
            if len(gone) < PRUNED_AT_ONCE:
                break
        await self._remove_orphans()
        await self.remove_unused_files()
        return count

    async def remember_digest(self, digest: str, held: Held, at: datetime) -> None:
        """Keep what a digest that was shown stands for; the newest thousand are kept."""
        values = {"digest": digest, "at": micros(at), "held": held.model_dump_json()}

        async def remember(transaction: Transaction) -> None:
            await transaction.change("remember_digest", **values)
            await transaction.change("forget_old_digests", kept=DIGESTS_KEPT - 1)

        await self._write(remember, durable=False)

    async def held_by_digest(self, digest: str) -> Held | None:
        """What a digest that was shown here stood for; None where that is not known any more."""
        rows = await self._read("shown_digest", digest=digest)
        return held_of(rows[0]["held"]) if rows else None

    async def remove_unused_files(self) -> int:
        """Remove copies of files that no entry and no execution refers to, and that are a day old; returns how many."""
        used = {row["sha256"] for row in await self._read("frozen_hashes")}
        return await asyncio.to_thread(self._files.remove_unused, used, lambda: self._now().timestamp())

    # helpers

    async def _opened(self) -> Database:
        if self._closed:
            raise closed(self.path)
        if self._opened_store is None or _is_behind(self._opened_store.database):
            await self.open()
        assert self._opened_store is not None
        return self._opened_store.database

    async def _writing(self) -> Writer:
        database = await self._opened()
        if self._opened_store is None or self._opened_store.writer is None:
            raise database.read_only_error()
        return self._opened_store.writer

    def _failed(self, error: Exception) -> StorageError:
        """The failure in words; where the file itself is damaged, remembered."""
        if self._closed:
            return closed(self.path)
        known = storage_error(error, self.path)
        if isinstance(known, Damaged):
            self._is_damaged(known)
        return known

    async def _write(self, work: Work[T], *, durable: bool = True) -> T:
        writer = await self._writing()
        try:
            return await writer.transact(work, durable=durable)
        except Damaged as error:
            raise self._failed(error) from error

    async def _read(self, name: str, **values: Any) -> list[sqlite3.Row]:
        return await self._query(statements()[name], values)

    async def _query(self, text: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        database = await self._opened()
        try:
            return list(await database.reading.execute_fetchall(text, values))
        except (sqlite3.Error, ValueError) as error:
            raise self._failed(error) from error

    async def _search(self, text: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        """As `_query`, on a connection of its own: giving up interrupts it, and nothing else waits for it."""
        async with self._one_search:
            database = await self._opened()
            running = asyncio.ensure_future(database.searching.execute_fetchall(text, values))
            try:
                return list(await asyncio.shield(running))
            except (sqlite3.Error, ValueError) as error:
                raise self._failed(error) from error
            except asyncio.CancelledError:
                await database.searching.interrupt()
                # Until it has ended, so that it is not the next search that is interrupted.
                _ = await asyncio.wait([running])
                _ = running.exception()
                raise

    async def _execution_row(self, execution_id: UUID) -> Row:
        rows = await self._read("execution", id=str(execution_id))
        if not rows:
            raise executions.unknown_execution(execution_id)
        return rows[0]

    async def _record(self, row: Row) -> ExecutionRecord:
        """A stored result is the last word of what has ended or came from elsewhere; else the journal is."""
        if row["result"] is not None and (row["owner_pid"] == 0 or ExecutionStatus(row["status"]).ended):
            return record_of(row)
        stored = stored_of(row)
        state = replay(stored.id, stored.plan, await self.journal(stored.id))
        return record_of(row, result_of(state, self._now()))

    async def _numbered(self, number: int) -> UUID:
        found = await self._read("by_number", number=number)
        if not found:
            raise KeyError(f"Nothing has the number {number}; `cloudops-tui queue` and `history` list what there is")
        return UUID(found[0]["id"])

    async def _remove_files(self, ids: Sequence[UUID]) -> None:
        trees = [folders.execution_folder(self._state_dir, execution_id) for execution_id in ids]
        await asyncio.to_thread(_remove_trees, trees)

    async def _remove_orphans(self) -> None:
        """Folders whose execution is gone: a clean-up that was cut off. Listed before the rows are looked at, so that
        a new execution's folder is never among them."""
        found = await asyncio.to_thread(_names_in, self._state_dir / "executions")
        known = {row["id"] for row in await self._read("still_known", ids=json.dumps(found))}
        await self._remove_files([UUID(name) for name in found if name not in known])


def _verified(source: str, patience: float, wanted: frozenset[str] | None, files: Path) -> Verified:
    with closing(sqlite3.connect(source, uri=True, timeout=patience, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        return verify(connection, wanted, files)


def _sized(files: Sequence[Path]) -> tuple[tuple[Path, int], ...]:
    return tuple((file, file.stat().st_size) for file in files if file.exists())


def _is_behind(database: Database) -> bool:
    """There is more to see than when it was opened."""
    return database.is_outdated or (database.stands_in and is_there(database.path))


def _selection(filter: ExecutionFilter, query: str) -> tuple[str, dict[str, Any]]:
    """The statement and values for a filter; a query without any word asks for nothing."""
    found = match(query, filter.status, filter.risk_level)
    parts = ["records_found" if found else "records"]
    values: dict[str, Any] = {"limit": _countable(filter.limit), "offset": _countable(filter.offset)}
    if found:
        values["match"] = found
    if filter.status is not None:
        parts.append("of_status")
        values["status"] = filter.status.value
    if filter.risk_level is not None:
        parts.append("of_risk")
        values["risk_level"] = filter.risk_level.value
    if filter.conversation_id is not None:
        parts.append("of_conversation")
        values["conversation_id"] = str(filter.conversation_id)
    if filter.from_date is not None:
        parts.append("since")
        values |= {"from_date": micros(filter.from_date), "first": micros(filter.from_date) * SLOTS}
    if filter.to_date is not None:
        parts.append("until")
        values |= {"to_date": micros(filter.to_date), "last": serial_after(micros(filter.to_date))}
    parts.append("found_newest_first" if found else "newest_first")
    return "\n".join(statements()[part] for part in parts), values


def _countable(number: int) -> int:
    return min(number, 2**63 - 1)


def _of_append(error: StorageError, events: Sequence[AnyExecutionEvent]) -> StorageError:
    """The failure with the execution that it befell."""
    named = ", ".join(sorted({str(event.execution_id) for event in events}))
    return StorageError(f"{error} (while journalling `{named}`)")


def _remove_trees(trees: Sequence[Path]) -> None:
    for tree in trees:
        try:
            shutil.rmtree(tree)
        except FileNotFoundError:
            continue  # it wrote no files
        except OSError as error:
            raise storage_error(error, tree) from error


def _names_in(folder: Path) -> list[str]:
    """The execution ids that have a folder."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise storage_error(error, folder) from error
    return [name for name in names if _is_id(name)]


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
