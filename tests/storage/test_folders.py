"""Nobody else reads or plants anything in the state folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage import folders
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

FOREIGN_USER = 65534


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=["umask 000", "umask 022", "umask 777"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_everything_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    state_dir = tmp_path / "made" / "state"
    async with StorageService(StorageConfig(state_dir=state_dir)) as storage:
        await storage.add_entry(stories.submission())

        assert (mode(state_dir), mode(state_dir.parent)) == (0o700, 0o700)
        files = {path.name: mode(path) for path in state_dir.iterdir()}
        assert files == {"cloudops.db": 0o600, "cloudops.db-wal": 0o600, "cloudops.db-shm": 0o600}


async def test_a_readable_folder_and_file_are_made_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "cloudops.db").touch()
    (tmp_path / "cloudops.db").chmod(0o644)

    async with StorageService(StorageConfig(state_dir=tmp_path)):
        assert (mode(tmp_path), mode(tmp_path / "cloudops.db")) == (0o700, 0o600)


@pytest.mark.parametrize("bits", [0o770, 0o777, 0o1777])
def test_a_folder_that_others_may_write_in_is_refused(tmp_path: Path, bits: int) -> None:
    tmp_path.chmod(bits)

    with pytest.raises(StorageError, match=f"`{tmp_path}`.*chmod 700 {tmp_path}"):
        folders.prepare(tmp_path)


@pytest.mark.parametrize("name", ["cloudops.db", "cloudops.db-wal", "cloudops.db-shm"])
def test_a_link_in_place_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StorageError, match=f"{name}` is a link"):
        folders.prepare(tmp_path / "state")

    assert not (tmp_path / "elsewhere").exists()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cloudops.db").mkdir()

    with pytest.raises(StorageError, match="is not a file; move it away"):
        folders.prepare(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_foreign_owner_is_refused(tmp_path: Path) -> None:
    folders.prepare(tmp_path)
    os.chown(tmp_path / "cloudops.db", FOREIGN_USER, FOREIGN_USER)
    with pytest.raises(StorageError, match=f"cloudops.db` belongs to user {FOREIGN_USER}"):
        folders.prepare(tmp_path)
    os.chown(tmp_path, FOREIGN_USER, FOREIGN_USER)

    with pytest.raises(StorageError, match=f"`{tmp_path}` belongs to user {FOREIGN_USER}.*chown"):
        folders.prepare(tmp_path)


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=f"`{tmp_path}/file"):
        folders.prepare(tmp_path / "file" / "state")


def test_the_folder_is_the_configured_one_then_the_variables_then_the_xdg_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folders.state_folder(StorageConfig()) == home / ".local/state/cloudops-tui"
    monkeypatch.setenv("CLOUDOPS_STATE_DIR", "~/elsewhere")
    assert folders.state_folder(StorageConfig()) == home / "elsewhere"
    assert folders.state_folder(StorageConfig(state_dir=tmp_path)) == tmp_path


async def test_a_folder_that_holds_other_things_is_not_taken_for_ours(tmp_path: Path) -> None:
    folder = tmp_path / "somebody"
    folder.mkdir(mode=0o755)
    (folder / "letter.txt").write_text("mine")

    with pytest.raises(StorageError, match="holds other things"):
        await StorageService(StorageConfig(state_dir=folder)).open()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
