"""`status --line`: one line for a status bar, once a second, from a store that it leaves as it is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudops_tui.cli.status import status
from cloudops_tui.cli.status_line import show_line
from cloudops_tui.engine.ownership import this_process
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.glance import Glance, GlancedRun
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.glance import for_tmux, status_line, unreadable_line
from cloudops_tui.presentation.holding import HELD
from cloudops_tui.presentation.remembered import FILE, NotOurs, Remembered, read, write
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

HOSTILE = "web #(touch /tmp/owned) #[fg=red] %H \x1b]2;t\x07 \u202e"
NOW = datetime.now(UTC)


def said(folder: Path, capsys: pytest.CaptureFixture[str], *, tmux: bool = False) -> str:
    """The line, in ASCII; that it is one line, and that it went well."""
    assert show_line(folder, ascii_only=True, tmux=tmux) == 0
    line, rest = capsys.readouterr().out.split("\n")
    assert rest == ""
    return line


async def filled(folder: Path, *, close: bool = True) -> StorageService:
    """Two plans in review; one execution half way, one of a process that died, one that failed."""
    store = StorageService(StorageConfig(state_dir=folder))
    for _ in range(2):
        await store.add_entry(stories.submission(stories.plan(HOSTILE)))
    half = stories.execution(stories.plan(HOSTILE), owner=this_process())
    dead = stories.execution()
    failed = stories.execution()
    for new in (half, dead, failed):
        await store.create_execution(new)
        await store.append(
            [happened.Started(execution_id=new.id, plan=new.plan, seq=1, at=new.created_at)], durable=False
        )
    first = half.plan.commands[0].id
    done = stories.command_result(first)
    await store.append(
        [happened.CommandCompleted(execution_id=half.id, command_id=first, result=done, seq=2, at=NOW)], durable=False
    )
    whole = stories.result(failed.plan, ExecutionStatus.FAILED)
    error = ExecutionError.CommandFailed(HOSTILE)
    await store.append(
        [happened.Failed(execution_id=failed.id, error=error, result=whole, seq=2, at=NOW)], durable=True
    )
    if close:
        await store.close()
    return store


def test_where_there_is_no_store_it_is_idle_and_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(tmp_path / "state", capsys) == "idle"
    assert not (tmp_path / "state").exists()


async def test_an_empty_store_is_idle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)):
        assert said(tmp_path, capsys) == "idle"


async def test_it_counts_what_waits_runs_failed_and_has_lost_its_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(tmp_path)

    assert said(tmp_path, capsys) == "2 review 1 running 50% #3 UNKNOWN #4 FAILED 1"


async def test_an_execution_that_waits_for_credentials_is_told_until_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(tmp_path)
    store = StorageService(StorageConfig(state_dir=tmp_path))
    half = next(one.id for one in await store.unfinished() if one.number == 3)
    held = happened.ExecutionHeld(execution_id=half, profile="prod", error="expired", renew="aws sso login", seq=3)
    await store.append([held], durable=False)
    assert said(tmp_path, capsys) == "2 review HELD #3 UNKNOWN #4 FAILED 1"

    await store.append([happened.ExecutionReleased(execution_id=half, profile="prod", seq=4)], durable=False)
    assert said(tmp_path, capsys).startswith("2 review 1 running 50% #3")
    await store.close()


async def test_a_closed_store_stays_as_it_is_to_the_last_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}

    said(tmp_path, capsys)

    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


async def test_what_another_process_has_not_checkpointed_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await filled(tmp_path, close=False)

    assert said(tmp_path, capsys).startswith("2 review 1 running 50% #3")
    await store.close()


async def test_a_failure_that_somebody_looked_at_since_is_no_news(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(tmp_path)
    (tmp_path / FILE).write_text(write(Remembered(looked_at=NOW + timedelta(seconds=1))))

    assert "FAILED" not in said(tmp_path, capsys)


async def test_a_file_that_is_none_of_ours_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await filled(tmp_path)
    (tmp_path / FILE).write_text("[" * 100_000)

    assert said(tmp_path, capsys).endswith("FAILED 1")


async def test_a_locked_store_is_exit_1_and_still_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await filled(tmp_path)
    with sqlite3.connect(tmp_path / "cloudops.db", isolation_level=None) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("DELETE FROM journal")

        code = show_line(tmp_path, ascii_only=True, tmux=False)
    holder.close()

    out, err = capsys.readouterr()
    assert (code, out) == (1, "cloudops UNKNOWN\n")
    assert str(tmp_path / "cloudops.db") in err


def test_a_damaged_store_is_exit_1_and_still_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cloudops.db").write_bytes(b"not a database at all" * 1000)

    assert show_line(tmp_path, ascii_only=True, tmux=True) == 1
    assert capsys.readouterr().out == "#[fg=red,bold]cloudops UNKNOWN#[default]\n"


async def test_in_tmux_nothing_is_left_to_expand_but_our_own_colours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(tmp_path)

    assert said(tmp_path, capsys, tmux=True) == (
        "#[fg=yellow,bold]2 review#[default] #[fg=cyan]1 running 50% ##3#[default] "
        "#[fg=red,bold]UNKNOWN ##4#[default] #[fg=red,bold]FAILED 1#[default]"
    )
    assert for_tmux("#(rm) #{x} #[fg=red]") == "##(rm) ##{x} ##[fg=red]"


def test_signs_are_those_of_every_screen() -> None:
    runs = (GlancedRun(3, 1, 2, False, True), GlancedRun(4, 0, 1, False, False))

    line = status_line(Glance(1, runs, 1), ascii_only=False, tmux=False)

    signs = (wording.REVIEW, wording.RUNNING, wording.UNKNOWN, wording.FAILED)
    assert [word for word in line.split() if not word.isascii()] == [sign.glyph for sign in signs]
    assert unreadable_line(ascii_only=False, tmux=False).startswith(wording.UNKNOWN.glyph)


def test_a_held_execution_has_the_sign_of_every_screen() -> None:
    held = Glance(running=(GlancedRun(3, 1, 2, False, True, held=True),))

    assert status_line(held, ascii_only=False, tmux=False) == f"{HELD.glyph} {HELD.word} #3"


def test_several_runs_share_one_percentage_and_an_undoing_one_has_none() -> None:
    several = (GlancedRun(3, 1, 2, False, True), GlancedRun(4, 2, 8, False, True))
    undoing = (GlancedRun(3, 1, 2, True, True),)

    assert status_line(Glance(0, several, 0), ascii_only=True, tmux=False) == "2 running 30%"
    assert status_line(Glance(0, undoing, 0), ascii_only=True, tmux=False) == "1 running undoing #3"


def test_it_loads_nothing_that_a_status_bar_would_feel(tmp_path: Path) -> None:
    asked = ["-X", "importtime", "-m", "cloudops_tui", "--state-dir", str(tmp_path / "state"), "status", "--line"]

    child = subprocess.run(
        [sys.executable, *asked], capture_output=True, text=True, check=True, env={**os.environ, "LANG": "C.UTF-8"}
    )

    loaded = {line.rpartition("|")[2].strip() for line in child.stderr.splitlines()}
    assert "sqlite3" in loaded
    assert loaded.isdisjoint(
        {"pydantic", "asyncio", "aiosqlite", "botocore", "textual", "rich", "ssl", "importlib.metadata", "subprocess"}
    )
    assert child.stdout == "· idle\n"


@pytest.mark.parametrize("words", [["1"], ["--json"]], ids=["id", "json"])
def test_a_line_is_about_everything_and_in_words(words: list[str]) -> None:
    ended = CliRunner().invoke(status, ["--line", *words], standalone_mode=True)

    assert ended.exit_code == 2


def test_what_is_remembered_is_read_as_it_was_written() -> None:
    kept = Remembered(NOW, "history", {"filter": "status:review", "cursor": "x"})

    assert read(write(kept)) == kept


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 60_000, '{"kept": {"a": 1}}', '{"looked_at": "2026-01-01"}'],
                         ids=["empty", "list", "open", "deep", "no text", "no zone"])  # fmt: skip
def test_a_bad_file_is_told_from_a_good_one(text: str) -> None:
    with pytest.raises(NotOurs):
        read(text)
