"""Before a schema changes the file is copied, so that there is a way back."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage import copies
from cloudops_tui.storage.service import StorageService
from cloudops_tui.storage.statements import newest_version
from tests.storage import stories
from tests.storage.older import make_older

Usage = namedtuple("Usage", "total used free")


def store(folder: Path) -> StorageService:
    return StorageService(StorageConfig(state_dir=folder))


async def older(folder: Path) -> Path:
    async with store(folder) as storage:
        await storage.add_entry(stories.submission())
    make_older(storage.path)
    return storage.path


def version(file: Path) -> int:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
        return int(opened.execute("PRAGMA user_version").fetchone()[0])


async def test_the_copy_is_whole_private_and_of_before(tmp_path: Path) -> None:
    path = await older(tmp_path)

    async with store(tmp_path) as storage:
        assert len(await storage.entries()) == 1

    [copy] = copies.kept(path)
    assert copy.name == "cloudops.db.copy-0001-schema-5"
    assert (version(copy), version(path)) == (5, newest_version())
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    assert {one.name for one in tmp_path.iterdir()} <= {path.name, copy.name, "install.key"}


async def test_the_newest_few_copies_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    path = await older(tmp_path)
    for _ in range(copies.KEPT + 2):
        copies.keep(path, 5)

    assert [one.name for one in copies.kept(path)] == [
        f"cloudops.db.copy-{number:04d}-schema-5" for number in (3, 4, 5)
    ]


async def test_without_room_for_the_copy_nothing_changes_and_the_need_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await older(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda place: Usage(10**9, 10**9, 1000))

        with pytest.raises(StorageError, match=f"`{path}` is of an older cloudops-tui .* MB.* are free.*df"):
            await store(tmp_path).open()

    assert version(path) == 5
    assert copies.kept(path) == []
    async with store(tmp_path) as storage:
        assert len(await storage.entries()) == 1


async def test_a_new_store_needs_no_copy(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        await storage.entries()

    assert copies.kept(storage.path) == []
