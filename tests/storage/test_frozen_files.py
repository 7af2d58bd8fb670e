"""The private copies: what was frozen is what is used, and what changed is named."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from cloudops_tui.model.errors import StorageError
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.files import LARGEST_FILE, Named, NotTaken
from cloudops_tui.storage.frozen_files import UNUSED_FOR, FrozenFiles
from cloudops_tui.storage.install_key import install_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plans"
    made.mkdir()
    return made


@pytest.fixture
def files(tmp_path: Path) -> FrozenFiles:
    return FrozenFiles(tmp_path / "state", {"THE_PASSWORD": "hunter2"})


def named(written: str, kind: FileKind = FileKind.MEMBER, *, secret: bool = False, large: bool = False) -> Named:
    return Named(kind, written, ("Value",), secret=secret, may_be_large=large)


def frozen(files: FrozenFiles, folder: Path | None, one: Named) -> FrozenFile:
    source = files.freezing(folder)
    answer = source.take(one)
    assert not isinstance(answer, NotTaken), answer
    source.keep()
    return answer[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_copy_lies_under_its_hash_for_its_owner_only(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("content")

    file = frozen(files, folder, named("a"))

    [copy] = files.paths_of([file]).values()
    assert copy == files.folder / hashlib.sha256(b"content").hexdigest()
    assert copy.read_bytes() == b"content"
    assert (mode(files.folder), mode(copy)) == (0o700, 0o400)
    assert (file.size, file.origin, file.secret) == (7, str(folder / "a"), False)
    assert os.listdir(files.folder) == [copy.name]


def test_the_same_content_is_one_copy_and_other_content_another(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("content")
    (folder / "b").write_text("content")
    (folder / "c").write_text("other")

    for name in "abc":
        frozen(files, folder, named(name))

    assert len(os.listdir(files.folder)) == 2


def test_two_commands_of_one_plan_that_name_a_file_mean_the_same_content(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("first")
    source = files.freezing(folder)

    first = source.take(named("a"))
    (folder / "a").write_text("second")
    again = source.take(named("file://a", FileKind.PARAMETER))

    assert not isinstance(first, NotTaken)
    assert not isinstance(again, NotTaken)
    assert first[1] == again[1] == b"first"


def test_what_was_frozen_is_found_again_without_its_original(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("content")
    file = frozen(files, folder, named("a"))
    (folder / "a").unlink()

    assert files.frozen([file]).take(named("a")) == (file, b"content")
    assert files.why_changed(file) is None
    assert isinstance(files.frozen([file]).take(named("b")), NotTaken)


def test_a_changed_copy_is_named_and_freezing_anew_puts_it_right(files: FrozenFiles, folder: Path) -> None:
    (folder / "policy.json").write_text("content")
    file = frozen(files, folder, named("file://policy.json", FileKind.PARAMETER))
    [copy] = files.paths_of([file]).values()
    assert files.why_changed(file) is None
    copy.chmod(0o600)
    copy.write_text("changed")

    why = files.why_changed(file) or ""
    assert why.startswith("The frozen copy of `policy.json` changed: ")
    assert (file.sha256 or "")[:12] in why
    refused = files.frozen([file]).take(named("file://policy.json", FileKind.PARAMETER))
    assert isinstance(refused, NotTaken)
    assert "the frozen copy of `policy.json` changed" in refused.why

    frozen(files, folder, named("file://policy.json", FileKind.PARAMETER))
    assert files.why_changed(file) is None


def test_a_copy_that_is_gone_or_became_a_link_is_named(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("content")
    file = frozen(files, folder, named("a"))
    [copy] = files.paths_of([file]).values()
    copy.rename(folder / "moved")
    assert files.why_changed(file) == "The frozen copy of `a` is gone"

    copy.symlink_to(folder / "moved")
    assert files.why_changed(file) == "The frozen copy of `a` is gone"


def test_a_secret_is_never_copied_and_its_hash_says_nothing_without_the_key(
    files: FrozenFiles, folder: Path, tmp_path: Path
) -> None:
    (folder / "password").write_text("hunter2")
    (folder / "password").chmod(0o600)

    file = frozen(files, folder, named("password", secret=True))
    elsewhere = frozen(FrozenFiles(tmp_path / "other"), folder, named("password", secret=True))

    assert not files.folder.exists()
    assert (file.size, file.copied) == (None, False)
    assert file.sha256 not in (hashlib.sha256(b"hunter2").hexdigest(), elsewhere.sha256)
    assert files.frozen([file]).take(named("password", secret=True)) == (file, None)
    assert list(files.paths_of([file]).values()) == [folder / "password"]


def test_a_secret_that_changed_or_lost_its_privacy_is_named_without_its_value(
    files: FrozenFiles, folder: Path
) -> None:
    password = folder / "password"
    password.write_text("hunter2")
    password.chmod(0o600)
    file = frozen(files, folder, named("password", secret=True))
    assert files.why_changed(file) is None

    password.write_text("hunter3")
    assert files.why_changed(file) == "The secret in `password` is not what it was when the plan was frozen"
    password.write_text("hunter2")
    password.chmod(0o644)
    assert "has mode 0644" in (files.why_changed(file) or "")
    password.unlink()
    assert "does not exist" in (files.why_changed(file) or "")


def test_a_variable_is_a_secret(files: FrozenFiles) -> None:
    file = frozen(files, None, named("THE_PASSWORD", FileKind.ENVIRONMENT))

    assert (file.secret, file.size, files.paths_of([file])) == (True, None, {})
    assert files.why_changed(file) is None
    files.environment = {"THE_PASSWORD": "hunter3"}
    assert files.why_changed(file) == "The variable `THE_PASSWORD` is not what it was when the plan was frozen"
    files.environment = {}
    assert files.why_changed(file) == "The variable `THE_PASSWORD` is not set in the environment of this program"
    assert isinstance(files.freezing(None).take(named("THE_PASSWORD", FileKind.ENVIRONMENT)), NotTaken)


def test_a_file_that_is_moved_away_is_compared_where_it_is(files: FrozenFiles, folder: Path) -> None:
    (folder / "a").write_text("content")
    file = frozen(files, folder, named("a", FileKind.MOVED, large=True))

    assert not files.folder.exists()
    assert files.why_changed(file) is None
    (folder / "a").write_text("changed")
    assert (files.why_changed(file) or "").startswith("`a` changed: ")
    (folder / "a").unlink()
    assert "does not exist" in (files.why_changed(file) or "")


def test_what_is_too_large_is_refused_and_only_for_uploads_used_where_it_is(files: FrozenFiles, folder: Path) -> None:
    with (folder / "a").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)

    refused = files.freezing(folder).take(named("a"))
    assert isinstance(refused, NotTaken)
    assert "more than 67,108,864" in refused.why
    place = frozen(files, folder, named("a", FileKind.PATH, large=True))
    assert (place.kind, place.sha256, place.origin) == (FileKind.PLACE, None, str(folder / "a"))
    assert files.frozen([place]).take(named("a", FileKind.PATH, large=True)) == (place, None)


def test_a_place_is_held_to_where_it_was(files: FrozenFiles, folder: Path) -> None:
    (folder / "build").mkdir()
    place = frozen(files, folder, named("build", FileKind.PLACE))
    assert files.why_changed(place) is None

    (folder / "build").rename(folder / "other")
    (folder / "build").symlink_to(folder / "other")

    assert "symbolic link" in (files.why_changed(place) or "")


def test_nobody_uploads_the_state_folder(files: FrozenFiles, tmp_path: Path) -> None:
    files.keep(b"content")

    refused = files.freezing(tmp_path).take(named(".", FileKind.PLACE))

    assert isinstance(refused, NotTaken)
    assert "holds the state folder" in refused.why


def test_a_command_writes_only_below_its_own_folder_unless_that_is_allowed(files: FrozenFiles, folder: Path) -> None:
    strict, open_ = files.freezing(folder), files.freezing(folder, elsewhere=True)

    for path in ("/tmp/x", "../x", "a/../../x", f"{files.state_dir}/x"):
        assert strict.why_not_written(path) is not None
    assert open_.why_not_written("/tmp/x") is None
    assert open_.why_not_written("../x") is not None
    assert open_.why_not_written(f"{files.state_dir}/x") is not None


def test_unused_copies_go_after_a_day_and_no_others(files: FrozenFiles, folder: Path) -> None:
    used, wanted, old = (files.keep(text) for text in (b"used", b"wanted again", b"old"))
    long_ago = time.time() - UNUSED_FOR - 60
    half_written = files.folder / ".0123456789abcdef.1.x"
    half_written.touch()
    for name in (used, wanted, old, half_written.name):
        os.utime(files.folder / name, (long_ago, long_ago))
    files.keep(b"wanted again")
    young = files.keep(b"young")

    assert files.remove_unused([used]) == 1

    assert sorted(os.listdir(files.folder)) == sorted([used, wanted, young])


def test_a_folder_that_others_may_look_into_is_not_used(files: FrozenFiles) -> None:
    files.keep(b"content")
    files.folder.chmod(0o755)

    with pytest.raises(StorageError, match="Others may look into"):
        files.keep(b"more")


def test_the_key_is_made_once_and_kept_private(files: FrozenFiles) -> None:
    first = files.keyed(b"x")
    path = files.state_dir / "install.key"

    assert mode(path) == 0o600
    assert FrozenFiles(files.state_dir).keyed(b"x") == first
    assert len(install_key(files.state_dir)) == 32
    assert [one for one in os.listdir(files.state_dir) if one.startswith(".")] == []

    path.chmod(0o644)
    with pytest.raises(StorageError, match="private key file"):
        files.keyed(b"x")
