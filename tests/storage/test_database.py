"""The file opens, moves on to the newest schema, and says what is wrong when it cannot."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloudops_tui.engine.ports import Storage
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.storage import database, schema
from cloudops_tui.storage.service import StorageService
from cloudops_tui.storage.statements import migrations, newest_version, split
from tests.storage import stories
from tests.storage.older import make_older


def store(folder: Path, patience: float = 5.0) -> StorageService:
    return StorageService(StorageConfig(state_dir=folder), patience=patience)


async def test_the_service_is_the_store_that_the_engine_asks_for(storage: StorageService) -> None:
    port: Storage = storage  # mypy holds this line

    assert port.attempt_folder(stories.SOME_ID, stories.SOME_ID, 3) == (
        port.state_dir / "executions" / str(stories.SOME_ID) / str(stories.SOME_ID) / "3"
    )


async def test_the_first_use_of_any_method_opens_the_store(tmp_path: Path) -> None:
    storage = store(tmp_path)

    entries = await asyncio.gather(*(storage.add_entry(stories.submission()) for _ in range(5)))

    assert sorted(entry.number for entry in entries) == [1, 2, 3, 4, 5]
    await storage.close()


async def test_what_was_stored_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        entry = await storage.add_entry(stories.submission())

    async with store(tmp_path) as storage:
        assert await storage.entries() == [entry]


async def test_closing_writes_what_is_pending_and_lets_go_of_the_file(tmp_path: Path) -> None:
    storage = store(tmp_path)
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)
    pending = [asyncio.create_task(storage.append([event], durable=False)) for event in told]
    await asyncio.sleep(0)

    await storage.close()
    await storage.close()

    assert await asyncio.gather(*pending) == [None] * len(told)
    assert not (tmp_path / "cloudops.db-wal").exists()
    with pytest.raises(StorageError, match="was closed"):
        await storage.entries()
    with pytest.raises(StorageError, match="was closed"):
        await storage.append(told, durable=False)
    async with storage:
        assert await storage.journal(new.id) == told


async def test_closing_a_store_that_was_never_used_makes_no_file(tmp_path: Path) -> None:
    await store(tmp_path / "never").close()

    assert not (tmp_path / "never").exists()


async def test_a_new_file_has_the_newest_schema_and_a_write_ahead_log(storage: StorageService) -> None:
    await storage.add_entry(stories.submission())

    with closing(sqlite3.connect(storage.path)) as beside:
        assert beside.execute("PRAGMA user_version").fetchone() == (newest_version(),)
        assert beside.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert beside.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_an_older_schema_is_brought_up_step_by_step_and_keeps_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store(tmp_path) as storage:
        entry = await storage.add_entry(stories.submission())
    steps = (*migrations(), (newest_version() + 1, ("CREATE TABLE extra (x)", "INSERT INTO extra VALUES (1)")))
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    for module in (schema, database):
        monkeypatch.setattr(module, "newest_version", lambda: steps[-1][0])

    async with store(tmp_path) as storage:
        assert await storage.entries() == [entry]
        with closing(sqlite3.connect(storage.path)) as beside:
            assert beside.execute("SELECT x FROM extra").fetchall() == [(1,)]


async def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with store(tmp_path) as storage:
        await storage.add_entry(stories.submission())
    version = newest_version()
    steps = (*migrations(), (version + 1, ("CREATE TABLE half (x)", "INSERT INTO nowhere VALUES (1)")))
    with monkeypatch.context() as patch:
        patch.setattr(schema, "migrations", lambda: steps)
        for module in (schema, database):
            patch.setattr(module, "newest_version", lambda: version + 1)
        with pytest.raises(StorageError, match="no such table: nowhere"):
            await store(tmp_path).open()

    with closing(sqlite3.connect(tmp_path / "cloudops.db")) as beside:
        assert beside.execute("PRAGMA user_version").fetchone() == (version,)
        assert beside.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


async def test_a_newer_schema_is_read_but_never_written(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        entry = await storage.add_entry(stories.submission())
    with closing(sqlite3.connect(tmp_path / "cloudops.db")) as beside:
        beside.execute("PRAGMA user_version = 999")

    async with store(tmp_path) as storage:
        assert await storage.entries() == [entry]
        for write in (
            storage.add_entry(stories.submission()),
            storage.create_execution(stories.execution()),
            storage.append([], durable=True),
            storage.heartbeat(stories.ME, stories.T0),
        ):
            with pytest.raises(StorageError, match=r"newer cloudops-tui \(schema 999.*upgrade"):
                await write


async def test_a_file_that_another_process_holds_is_waited_for_and_then_named(tmp_path: Path) -> None:
    async with store(tmp_path, patience=0.1) as storage:
        new = stories.execution()
        await storage.create_execution(new)
        first, second = stories.retries(new, 1, 2)
        with closing(sqlite3.connect(storage.path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            answers = await asyncio.gather(
                storage.append([first], durable=True), storage.append([second], durable=False), return_exceptions=True
            )
            assert await storage.records(ExecutionFilter()) != []
            holder.execute("ROLLBACK")

        await storage.append([first, second], durable=True)

        assert [type(answer) for answer in answers] == [StorageError, StorageError]
        assert "is locked by another process" in str(answers[0])
        assert await storage.journal(new.id) == [first, second]


async def test_a_full_disk_is_named_and_nothing_that_was_stored_is_lost(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.retries(new, 1, 400)
    await storage.append(told[:5], durable=True)
    assert storage._opened_store is not None
    assert storage._opened_store.database.writing is not None
    writing = storage._opened_store.database.writing
    [pages] = await writing.execute_fetchall("PRAGMA page_count")
    await writing.execute_fetchall(f"PRAGMA max_page_count = {pages[0]}")

    with pytest.raises(StorageError, match=f"No space is left for `{storage.path}`.*df"):
        await storage.append(told[5:], durable=True)
    await writing.execute_fetchall("PRAGMA max_page_count = 1000000")

    assert await storage.journal(new.id) == told[:5]
    await storage.append(told[5:], durable=True)
    assert await storage.journal(new.id) == told


async def test_appends_that_wait_together_share_one_commit_which_is_durable_if_one_asks(
    storage: StorageService,
) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    said: list[str] = []
    assert storage._opened_store is not None
    assert storage._opened_store.database.writing is not None
    await storage._opened_store.database.writing.set_trace_callback(said.append)

    await asyncio.gather(*(storage.append([event], durable=False) for event in stories.retries(new, 1, 50)))
    plain, said[:] = tuple(said), ()
    await asyncio.gather(
        *(storage.append([event], durable=event.seq == 60) for event in stories.retries(new, 51, 50))
    )

    assert plain[:2] == ("PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE")
    assert said[:2] == ["PRAGMA synchronous = FULL", "BEGIN IMMEDIATE"]
    assert [statements.count("COMMIT") for statements in (plain, said)] == [1, 1]
    assert len(await storage.journal(new.id)) == 100


def test_a_script_is_split_into_its_statements() -> None:
    script = "-- why\nCREATE TABLE a (\n  x TEXT DEFAULT ';'\n);\n\n-- more\nCREATE INDEX b ON a (x);\n"

    assert list(split(script)) == ["CREATE TABLE a (\n  x TEXT DEFAULT ';'\n);", "CREATE INDEX b ON a (x);"]


async def test_a_file_of_the_first_schema_keeps_its_entries_and_learns_when_they_were_decided(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        waiting, begun, refused = [stories.submission() for _ in range(3)]
        await storage.add_entry(waiting)
        entry = await storage.add_entry(begun)
        await storage.create_execution(stories.execution(begun.plan, at=stories.later(7), entry_id=entry.id))
        await storage.reject_entry((await storage.add_entry(refused)).id, stories.approval("bob"), "no")
    make_older(storage.path, 1)

    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        entries = await storage.entries()

        assert [one.decided_at for one in entries] == [None, stories.later(7), stories.T0]
        assert await storage.revisions(entry.id) == []
