"""A damaged store is kept aside and named; what can be read of it, or of the runners' files, is in the new one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import CommandFailed, RollbackFailed, StorageError
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.plan import RollbackStrategy, RollbackTrigger
from cloudops_tui.model.result import CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import damage, keepsake, service
from cloudops_tui.storage.hold import Hold
from cloudops_tui.storage.rows import execution_values
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

LEAF = 0x0D
"""A page with rows of a table (https://www.sqlite.org/fileformat2.html#b_tree_pages)."""

NO_DATABASE = b"This is no database. " * 500


def store(folder: Path, patience: float = 120.0) -> StorageService:
    return StorageService(StorageConfig(state_dir=folder), patience=patience, now=lambda: stories.later(60))


async def one_ended_one_begun(folder: Path) -> tuple[NewExecution, NewExecution]:
    """The first ran to its end; of the second, the first command has begun: it has a folder."""
    ended, begun = stories.execution(), stories.execution()
    async with store(folder) as storage:
        await storage.add_entry(stories.submission())
        await storage.create_execution(ended)
        await storage.append(stories.story(ended), durable=True)
        await storage.create_execution(begun)
        started = happened.Started(execution_id=begun.id, plan=begun.plan, approval=begun.approval)
        await storage.append(stories.stamped([started]), durable=True)
        storage.attempt_folder(begun.id, begun.plan.commands[0].id, 2).mkdir(parents=True)
    return ended, begun


def garbled(database: Path) -> None:
    database.write_bytes(NO_DATABASE)


def emptied(database: Path) -> None:
    database.write_bytes(b"")


def removed(database: Path) -> None:
    database.unlink()


@pytest.mark.parametrize("hurt", [garbled, emptied, removed], ids=lambda one: one.__name__)
async def test_without_a_readable_row_executions_come_back_from_their_files(tmp_path: Path, hurt) -> None:  # type: ignore[no-untyped-def]
    ended, begun = await one_ended_one_begun(tmp_path)
    database = tmp_path / "cloudops.db"
    hurt(database)

    async with store(tmp_path) as storage:
        records = {record.id: record for record in await storage.records(ExecutionFilter())}
        told = await storage.journal(begun.id)

        assert records[ended.id].result == stories.result(ended.plan)
        assert records[ended.id].execution_plan == ended.plan
        assert records[ended.id].approval_metadata == ended.approval
        assert records[begun.id].result.status is ExecutionStatus.RUNNING
        assert [(event.tag, getattr(event, "attempt", None)) for event in told] == [
            ("Started", None), ("CommandStarted", 2),
        ]  # fmt: skip
        assert [one.id for one in await storage.unfinished()] == [begun.id]
        assert (await storage.verify()).breaks == ()
        with pytest.raises(Exception, match="ran already as 2"):
            await storage.create_execution(stories.execution(ended.plan))
        assert [one.id for one in await storage.records(ExecutionFilter(), "estate")] == [begun.id, ended.id]

    [remark] = storage.remarks
    assert f"`{database}` was damaged" in remark
    assert "2 executions were taken in from what their runners wrote (2, 3)" in remark
    kept = damage.kept_aside(database)
    assert [one.read_bytes() for one in kept] == ([NO_DATABASE] if hurt is garbled else [])
    assert all(f"`{one}`" in remark for one in kept)


async def test_one_bad_page_costs_what_is_on_it_and_no_more(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        entry = await storage.add_entry(stories.submission())
        several = [stories.execution() for _ in range(12)]
        for new in several:
            await storage.create_execution(new)
            await storage.append(stories.story(new), durable=False)
    database = tmp_path / "cloudops.db"
    pages = [database.read_bytes()[at : at + 4096] for at in range(0, database.stat().st_size, 4096)]
    of_journal = [number for number, page in enumerate(pages) if page[0] == LEAF and b"CommandStarted" in page]
    with database.open("r+b") as raw:
        raw.seek(of_journal[2] * 4096)
        raw.write(b"\xa5" * 4096)

    async with store(tmp_path) as storage:
        found = await storage.verify()

        assert await storage.entries() == [entry]
        assert {record.id for record in await storage.records(ExecutionFilter())} == {new.id for new in several}
        assert len(await storage.records(ExecutionFilter(), "estate")) == 12
        assert {one.what for one in found.breaks} <= {"missing", "head cut"}
        assert 0 < len(found.breaks) < 12
        assert sum([len(await storage.journal(new.id)) > 0 for new in several]) >= 9
    assert "12 executions and 1 queue entries could be read out of it" in storage.remarks[0]


async def test_a_log_that_lost_its_end_is_made_up_for_by_the_files(tmp_path: Path) -> None:
    before, after = stories.execution(), stories.execution()
    async with store(tmp_path / "s") as storage:
        await storage.create_execution(before)
        started = happened.Started(execution_id=before.id, plan=before.plan)
        await storage.append(stories.stamped([started]), durable=True)
    async with store(tmp_path / "s") as storage:
        command = before.plan.commands[0].id
        begun = happened.CommandStarted(execution_id=before.id, command_id=command, attempt=1)
        await storage.append(stories.stamped([begun], 2), durable=True)
        storage.attempt_folder(before.id, command, 1).mkdir(parents=True)
        await storage.create_execution(after)
        shutil.copytree(tmp_path / "s", tmp_path / "crashed")
    log = tmp_path / "crashed/cloudops.db-wal"
    with log.open("r+b") as file:
        file.truncate(40)

    async with store(tmp_path / "crashed") as storage:
        assert {one.id for one in await storage.unfinished()} == {before.id, after.id}
        assert [event.tag for event in await storage.journal(before.id)] == ["Started", "CommandStarted"]
        assert (await storage.verify()).breaks == ()
    assert "had lost its end: 1 executions were taken in" in storage.remarks[0]


async def test_an_attempt_after_those_that_the_journal_knows_is_not_taken_for_never_made(tmp_path: Path) -> None:
    execution = stories.execution()
    command = execution.plan.commands[0].id
    first, second = (
        happened.CommandStarted(execution_id=execution.id, command_id=command, attempt=number) for number in (1, 2)
    )
    async with store(tmp_path / "s") as storage:
        await storage.create_execution(execution)
        started = happened.Started(execution_id=execution.id, plan=execution.plan)
        await storage.append(stories.stamped([started, first]), durable=True)
    async with store(tmp_path / "s") as storage:
        await storage.append(stories.stamped([second], 3), durable=True)
        for number in (1, 2):
            storage.attempt_folder(execution.id, command, number).mkdir(parents=True)
        shutil.copytree(tmp_path / "s", tmp_path / "crashed")
    with (tmp_path / "crashed/cloudops.db-wal").open("r+b") as file:
        file.truncate(40)

    async with store(tmp_path / "crashed") as storage:
        told = await storage.journal(execution.id)

    assert [one.attempt for one in told if isinstance(one, happened.CommandStarted)] == [1, 2]


async def test_a_crash_that_lost_nothing_is_no_remark(tmp_path: Path) -> None:
    async with store(tmp_path / "s") as storage:
        await storage.create_execution(stories.execution())
        shutil.copytree(tmp_path / "s", tmp_path / "crashed")

    async with store(tmp_path / "crashed") as storage:
        assert len(await storage.unfinished()) == 1
    assert storage.remarks == ()


async def test_a_new_store_in_an_empty_folder_is_no_remark(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o700)
    (tmp_path / "s/cloudops.db").touch(mode=0o600)
    async with store(tmp_path / "s") as storage:
        await storage.entries()

    assert storage.remarks == ()
    assert damage.kept_aside(storage.path) == []


async def test_a_file_that_somebody_writes_is_not_moved_away_under_them(tmp_path: Path) -> None:
    await one_ended_one_begun(tmp_path)
    async with store(tmp_path) as storage:
        await storage.open()
        garbled(tmp_path / "cloudops.db")

        with pytest.raises(StorageError, match=r"damaged or no database.*end what runs.*start again"):
            await store(tmp_path).open()

        assert damage.kept_aside(storage.path) == []


async def test_two_that_start_at_once_put_it_right_once(tmp_path: Path) -> None:
    await one_ended_one_begun(tmp_path)
    garbled(tmp_path / "cloudops.db")
    both = store(tmp_path), store(tmp_path)

    await asyncio.gather(*(one.open() for one in both))

    assert len(damage.kept_aside(both[0].path)) == 1
    assert [len(await one.unfinished()) for one in both] == [1, 1]
    for one in both:
        await one.close()


async def test_who_lets_others_in_is_not_forgotten_where_one_of_them_is_alone_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs, later = (Hold(tmp_path) for _ in range(3))
    flock, came_between = fcntl.flock, asyncio.Event()

    def slow(descriptor: int, how: int) -> None:
        if how == fcntl.LOCK_SH | fcntl.LOCK_NB and not came_between.is_set():
            came_between.set()
            flock(descriptor, fcntl.LOCK_UN)  # as flock(2) does first
            assert theirs._descriptor is not None
            flock(theirs._descriptor, fcntl.LOCK_EX)
        flock(descriptor, how)

    await mine.begin(120)
    theirs._descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    monkeypatch.setattr(fcntl, "flock", slow)
    sharing = asyncio.create_task(mine.share(120))
    await came_between.wait()
    theirs.end()
    await sharing
    await later.begin(120)

    assert not later.alone
    mine.end()
    later.end()


def hurt_a_page(database: Path) -> None:
    """Nothing that opens the store or lists it looks at this one."""
    with closing(sqlite3.connect(database)) as file:
        [[page]] = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'executions_by_risk'")
    with database.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(b"\xa5" * 4096)


async def test_damage_that_is_found_behind_keeps_anything_more_from_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_ended_one_begun(tmp_path)
    database = tmp_path / "cloudops.db"
    hurt_a_page(database)
    monkeypatch.setattr(damage, "AFFORDABLE", 0)
    monkeypatch.setattr(service, "CHECK_AFTER", 0.0)

    async with store(tmp_path) as storage:
        async with asyncio.timeout(120):
            while not storage.remarks:
                await asyncio.sleep(0.01)
        with pytest.raises(StorageError, match="damaged or no database"):
            await storage.create_execution(stories.execution())
        assert damage.is_marked(database)

    async with store(tmp_path) as storage:
        await storage.create_execution(stories.execution())
    assert "was damaged" in storage.remarks[0]
    assert not damage.is_marked(database)


async def begin(storage: StorageService, _ended: NewExecution, _begun: NewExecution) -> None:
    await storage.create_execution(stories.execution())


async def redrive(storage: StorageService, ended: NewExecution, _: NewExecution) -> None:
    await storage.go_on(ended.id, 1, [], stories.OTHER, stories.later(60))


async def take_over(storage: StorageService, _: NewExecution, begun: NewExecution) -> None:
    await storage.claim(begun.id, begun.owner, stories.OTHER, stories.later(60))


@pytest.mark.parametrize("decide", [begin, redrive, take_over], ids=lambda one: one.__name__)
async def test_whatever_would_begin_something_is_decided_after_the_check_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decide: Callable[..., Awaitable[None]]
) -> None:
    """The check would come in a day."""
    both = await one_ended_one_begun(tmp_path)
    hurt_a_page(tmp_path / "cloudops.db")
    monkeypatch.setattr(damage, "AFFORDABLE", 0)
    monkeypatch.setattr(service, "CHECK_AFTER", 86_400.0)

    async with store(tmp_path) as storage:
        assert len(await storage.records(ExecutionFilter())) == 2
        with pytest.raises(StorageError, match="damaged or no database"):
            await decide(storage, *both)


async def test_who_waits_for_the_check_hears_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await one_ended_one_begun(tmp_path)
    monkeypatch.setattr(damage, "AFFORDABLE", 0)
    monkeypatch.setattr(service, "SAID_AFTER", 0.0)
    go_on = threading.Event()

    def slow(*_: object) -> None:
        go_on.wait(120)

    monkeypatch.setattr(damage, "why_damaged", slow)
    async with store(tmp_path) as storage:
        beginning = asyncio.create_task(storage.create_execution(stories.execution()))
        async with asyncio.timeout(120):
            while not storage.remarks:
                await asyncio.sleep(0.01)
        assert "is checked as a whole before anything begins" in storage.remarks[0]
        assert not beginning.done()
        go_on.set()
        await beginning


async def test_closing_does_not_wait_for_the_check_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_ended_one_begun(tmp_path)
    monkeypatch.setattr(damage, "AFFORDABLE", 0)

    async with store(tmp_path) as storage:
        await storage.entries()

    assert storage.remarks == ()


async def test_what_was_pruned_does_not_come_back_from_files(tmp_path: Path) -> None:
    ended, begun = await one_ended_one_begun(tmp_path)
    shutil.copytree(tmp_path / "executions", tmp_path / "before")
    async with store(tmp_path) as storage:
        await storage.forget_execution(ended.id)
        shutil.copytree(tmp_path / "before", tmp_path / "executions", dirs_exist_ok=True)
        shutil.copytree(tmp_path, tmp_path / "crashed")

    async with store(tmp_path / "crashed") as storage:
        assert [one.id for one in await storage.records(ExecutionFilter())] == [begun.id]


def undone_by_itself(folder: Path, storage: StorageService, *, undone: bool) -> NewExecution:
    """Of an execution that failed: its first command was undone, as its plan asks for; or nobody knows whether."""
    plan = stories.plan()
    first, second = plan.commands
    undo = first.model_copy(update={"id": stories.SOME_ID, "description": "undo it"})
    strategy = RollbackStrategy(trigger=RollbackTrigger.ON_FAILURE, compensations={first.id: (undo,)})
    new = stories.execution(plan.model_copy(update={"rollback_strategy": strategy}))
    for one in (first.id, second.id, undo.id):
        storage.attempt_folder(new.id, one, 1).mkdir(parents=True)
    done = stories.command_result(first.id)
    back = done.model_copy(update={"status": CommandStatus.ROLLED_BACK if undone else CommandStatus.COMPLETED})
    lost = stories.command_result(second.id).model_copy(update={"status": CommandStatus.FAILED, "error": "no"})
    result = ExecutionResult(
        plan_id=new.plan.id,
        status=ExecutionStatus.ROLLED_BACK if undone else ExecutionStatus.FAILED,
        command_results=(back, lost),
        duration=done.duration,
        error=CommandFailed("no") if undone else RollbackFailed("it broke off; left to do: `undo it`"),
    )
    keepsake.keep_begin(folder / "executions" / str(new.id), execution_values(new) | {"number": 7})
    keepsake.keep_end(folder / "executions" / str(new.id), result.model_dump_json(), 9)
    return new


@pytest.mark.parametrize("undone", [True, False])
async def test_what_a_plan_undid_by_itself_is_not_forgotten_with_the_database(tmp_path: Path, undone: bool) -> None:
    new = undone_by_itself(tmp_path, store(tmp_path), undone=undone)

    async with store(tmp_path) as storage:
        state = replay(new.id, new.plan, await storage.journal(new.id))

    undoing = state.compensations[stories.SOME_ID]
    assert (undoing.attempt, undoing.status) == (1, CommandStatus.COMPLETED if undone else CommandStatus.RUNNING)
    assert state.completed == (new.plan.commands[0].id,)
    assert state.status is (ExecutionStatus.ROLLED_BACK if undone else ExecutionStatus.RUNNING)
    assert state.rolling_back is not undone
    told = state.command(new.plan.commands[0].id).status
    assert told is (CommandStatus.ROLLED_BACK if undone else CommandStatus.COMPLETED)


async def test_a_file_of_an_execution_that_makes_no_sense_is_left_where_it_is(tmp_path: Path) -> None:
    ended, begun = await one_ended_one_begun(tmp_path)
    (tmp_path / "executions" / str(ended.id) / "execution.json").write_text('{"id": "x"')
    values = tmp_path / "executions" / str(begun.id) / "execution.json"
    values.write_text(values.read_text().replace('"commands', '"comm'))
    garbled(tmp_path / "cloudops.db")

    async with store(tmp_path) as storage:
        assert await storage.records(ExecutionFilter()) == []
        assert await storage.unfinished() == []
        assert (await storage.verify()).breaks == ()
