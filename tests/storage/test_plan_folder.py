"""What a plan may name, and what it may not, with real files of every kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudops_tui.storage.plan_folder import PlanFolder, Unfit, check_place, read_file

LARGEST = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plans"
    made.mkdir()
    (made / "policy.json").write_text("{}")
    (tmp_path / "outside").write_text("theirs")
    return made


def taken(folder: PlanFolder, path: str, *, secret: bool = False) -> bytes:
    return read_file(folder.locate(path), LARGEST, secret=secret, single=not folder.elsewhere)


def refused(folder: PlanFolder, path: str, *, secret: bool = False) -> str:
    with pytest.raises(Unfit) as caught:
        taken(folder, path, secret=secret)
    assert caught.value.not_taken.remedy
    return caught.value.not_taken.why


@pytest.mark.parametrize("path", ["policy.json", "./policy.json", "gone/../policy.json", "{folder}/policy.json"])
def test_a_file_of_the_folder_is_read_however_its_path_is_written(folder: Path, path: str) -> None:
    assert taken(PlanFolder(folder), path.format(folder=folder)) == b"{}"


def test_the_folder_itself_may_be_reached_by_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)

    found = PlanFolder(tmp_path / "link")

    assert taken(found, "policy.json") == b"{}"
    assert taken(found, f"{tmp_path}/link/policy.json") == b"{}"
    assert found.locate("policy.json") == folder / "policy.json"


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/hostname", "{folder}/../outside", "x/../../outside", "{folder}-x"]
)
def test_a_file_outside_is_refused_and_taken_where_that_is_allowed(folder: Path, tmp_path: Path, path: str) -> None:
    written = path.format(folder=folder)
    (tmp_path / "plans-x").write_text("beside")

    assert "is outside the plan's own folder" in refused(PlanFolder(folder), written)
    assert taken(PlanFolder(folder, elsewhere=True), written)


def test_a_plan_without_a_folder_names_nothing_relative(folder: Path) -> None:
    assert "without a folder" in refused(PlanFolder(None), "policy.json")
    assert "outside" in refused(PlanFolder(None), f"{folder}/policy.json")
    assert taken(PlanFolder(None, elsewhere=True), f"{folder}/policy.json") == b"{}"


def _link(folder: Path) -> None:
    (folder / "x").symlink_to(folder / "policy.json")


def _folder_link(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "y").write_text("y")
    (folder / "x").symlink_to(folder / "real")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "x")


def _directory(folder: Path) -> None:
    (folder / "x").mkdir()


def _huge(folder: Path) -> None:
    with (folder / "x").open("wb") as file:
        file.truncate(10 * 2**30)


def _two_names(folder: Path) -> None:
    os.link(folder.parent / "outside", folder / "x")


def _hidden(folder: Path) -> None:
    (folder / ".aws").mkdir()
    (folder / ".aws" / "credentials").write_text("key")


def _nothing(folder: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "path", "why"),
    [
        (_link, "x", "is a symbolic link"),
        (_folder_link, "x/y", "is reached by a symbolic link, `x`"),
        (_pipe, "x", "is not a regular file"),
        (_directory, "x", "is a folder"),
        (_huge, "x", "has 10,737,418,240 bytes, more than 1,000"),
        (_two_names, "x", "has 2 names"),
        (_hidden, ".aws/credentials", "is hidden"),
        (_nothing, "x", "does not exist"),
        (_nothing, "policy.json/x", "`policy.json` is not a folder"),
    ],
    ids=["link", "link to a folder", "pipe", "folder", "huge", "two names", "hidden", "missing", "below a file"],
)
def test_what_is_no_plain_file_of_the_folder_is_refused(
    folder: Path, prepare: Callable[[Path], None], path: str, why: str
) -> None:
    prepare(folder)

    assert why in refused(PlanFolder(folder), path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/proc/self/environ", "is made up by the system"),
        ("/proc/sys/kernel/hostname", "is made up by the system"),
        ("/dev/zero", "is not a regular file"),
        ("/dev/stdin", "is a symbolic link"),
    ],
)
def test_not_even_elsewhere_is_anything_taken_that_is_no_file(path: str, why: str) -> None:
    assert why in refused(PlanFolder(None, elsewhere=True), path)


def test_a_secret_is_for_its_owner_only_and_has_one_name(folder: Path) -> None:
    secret = folder / "password"
    secret.write_text("hunter2")
    for mode in (0o644, 0o640, 0o604):
        secret.chmod(mode)
        assert f"has mode {mode:04o}" in refused(PlanFolder(folder), "password", secret=True)

    secret.chmod(0o600)
    assert taken(PlanFolder(folder), "password", secret=True) == b"hunter2"

    os.link(secret, folder / "again")
    assert "2 names" in refused(PlanFolder(folder, elsewhere=True), "password", secret=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_secret_of_somebody_else_is_refused(folder: Path) -> None:
    (folder / "password").touch(0o600)
    os.chown(folder / "password", 4242, 4242)

    assert "belongs to user 4242" in refused(PlanFolder(folder), "password", secret=True)


def test_our_own_files_are_never_taken_except_by_a_plan_whose_folder_is_among_them(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "inbox" / "deploy.files").mkdir(parents=True)
    (state / "install.key").write_text("ours")
    (state / "inbox" / "deploy.files" / "policy.json").write_text("{}")

    assert "belongs to this program" in refused(PlanFolder(tmp_path, never=state), "state/install.key")
    assert "belongs to this program" in refused(PlanFolder(None, True, never=state), f"{state}/install.key")
    assert taken(PlanFolder(state / "inbox" / "deploy.files", never=state), "policy.json") == b"{}"


def test_a_place_is_a_folder_whose_links_stay_in_the_plans_folder(folder: Path) -> None:
    place = folder / "build"
    place.mkdir()
    (place / "inside").symlink_to(folder / "policy.json")
    check_place(place, inside=folder, follows_links=True)

    (place / "out").symlink_to("/etc/hostname")
    with pytest.raises(Unfit, match="a link that leads out of the plan's folder, `out`"):
        check_place(place, inside=folder, follows_links=True)
    check_place(place, inside=folder, follows_links=False)

    (folder / "link").symlink_to(place)
    with pytest.raises(Unfit, match="symbolic link"):
        check_place(folder / "link", inside=folder, follows_links=True)
