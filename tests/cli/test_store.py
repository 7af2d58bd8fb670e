"""What the verbs say of a store that is damaged, changed, newer, or not to be written."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.cli.main import run
from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def made(state: Path) -> list[NewExecution]:
    """Two executions that ended, 1 and 2."""
    news = [stories.execution(stories.plan(f"The {word} one")) for word in ("first", "second")]

    async def fill() -> None:
        async with StorageService(StorageConfig(state_dir=state)) as storage:
            for new in news:
                await storage.create_execution(new)
                await storage.append(stories.story(new), durable=True)

    asyncio.run(fill())
    return news


@pytest.fixture
def verb(state: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    def verb(*words: str) -> tuple[int, str, str]:
        code = run(["--state-dir", str(state), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return verb


def change(state: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(state / "cloudops.db")) as file:
        assert file.execute(statement, values).rowcount != 0
        file.commit()


def test_verify_finds_nothing_where_nothing_was_changed(made: list[NewExecution], verb: Said) -> None:
    code, out, _ = verb("verify")

    assert (code, out.splitlines()) == (0, ["2 chains, 12 events", "Nothing was changed"])


def test_verify_names_the_execution_and_the_event_that_was_changed(
    state: Path, made: list[NewExecution], verb: Said
) -> None:
    change(state, "UPDATE journal SET body = body || ' ' WHERE seq = 3 AND execution_id = ?", str(made[1].id))

    code, out, _ = verb("verify")
    assert code == 1
    assert out.startswith(f"BROKEN 2 ({str(made[1].id)[:8]}) event 3: changed: ")
    assert verb("verify", "1")[0] == 0
    assert verb("verify", "2")[0] == 1

    code, out, _ = verb("verify", "--json")
    told = json.loads(out)
    assert (code, told["ok"], [(one["number"], one["seq"], one["what"]) for one in told["breaks"]]) == (
        1, False, [(2, 3, "changed")],
    )  # fmt: skip


def test_verify_shows_what_was_pruned_and_by_whom(made: list[NewExecution], verb: Said) -> None:
    assert verb("prune", "--older-than", "1s", "--yes")[0] == 0

    code, out, _ = verb("verify", "1")

    assert code == 0
    assert out.startswith(f"pruned 1 ({str(made[0].id)[:8]}) by ")
    assert "6 events, head " in out


def test_verify_says_how_much_of_what_was_put_together_from_files_is_as_it_was_written(
    state: Path, made: list[NewExecution], verb: Said
) -> None:
    again = happened.Redriven(execution_id=made[1].id, by="bob", remaining=())

    async def go_on() -> None:
        async with StorageService(StorageConfig(state_dir=state)) as storage:
            events = stories.stamped([again], 7)
            assert await storage.go_on(made[1].id, 6, events, stories.OTHER, stories.later(9))

    asyncio.run(go_on())
    (state / "cloudops.db").unlink()

    code, out, err = verb("verify")

    assert code == 0
    assert "was damaged" in err
    first, second, _, verdict = out.splitlines()
    assert first.startswith("rebuilt 1 (")
    assert first.endswith("the events of its journal are lost; what it has now is told anew from what its runners left")
    assert second.endswith("events 1 to 7 are as they were written; anything that came after them is lost")
    assert verdict == "Nothing was changed since 2 executions had to be put together from files"
    told = json.loads(verb("verify", "--json")[1])
    assert [(one["number"], one["as_written"]) for one in told["rebuilt"]] == [(1, 0), (2, 7)]


def test_verify_of_what_never_was_is_a_usage_error(made: list[NewExecution], verb: Said) -> None:
    code, _, err = verb("verify", "99")

    assert code == 2
    assert "`99` names no execution that ever was" in err


def test_history_shows_the_rest_and_names_what_is_damaged(state: Path, made: list[NewExecution], verb: Said) -> None:
    change(state, "UPDATE executions SET plan = '{' WHERE id = ?", str(made[0].id))

    code, out, err = verb("history")

    assert code == 1
    assert "The second one" in out
    assert err.startswith("1 of 03-04 05:06 is damaged: A stored plan cannot be read")


def test_a_damaged_store_is_named_where_it_is_found_and_the_work_goes_on(
    state: Path, made: list[NewExecution], verb: Said
) -> None:
    (state / "cloudops.db").write_bytes(b"no database " * 1000)

    code, out, err = verb("history")

    assert code == 0
    assert "The first one" in out
    assert "The second one" in out
    assert err.count("was damaged") == 1
    [kept] = state.glob("cloudops.db.corrupt-*")
    assert f"kept as `{kept}`" in err
    assert kept.name in verb("doctor")[1]


def test_a_store_of_a_newer_program_can_be_looked_at_and_every_change_names_the_remedy(
    state: Path, made: list[NewExecution], verb: Said
) -> None:
    change(state, "PRAGMA user_version = 999")

    for words in (["history"], ["show", "1"], ["status", "1"], ["logs", "1"], ["verify"]):
        code, out, err = verb(*words)
        assert (code, bool(out or err)) == (0, True), words
        assert "upgrade cloudops-tui" in err

    code, _, err = verb("prune", "--older-than", "1s", "--yes")
    assert code == 1
    assert "schema 999" in err


@pytest.mark.parametrize("log", [False, True], ids=["closed", "left by a crash"])
def test_a_store_that_cannot_be_written_can_be_looked_at_and_is_left_as_it_is(
    state: Path, made: list[NewExecution], verb: Said, monkeypatch: pytest.MonkeyPatch, log: bool
) -> None:
    if log:
        leave_a_log(state)
    can = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (mode == os.W_OK and Path(path).is_relative_to(state)) and can(path, mode)
    )
    before = listing(state)

    for words in (["history"], ["show", "1"], ["verify"]):
        code, out, err = verb(*words)
        assert (code, bool(out)) == (0, True), words
        assert f"`{state}` cannot be written; `chmod u+w {state}`" in err
    code, _, err = verb("prune", "--older-than", "1s", "--yes")

    assert code == 1
    assert "--state-dir" in err
    assert listing(state) == before


def leave_a_log(state: Path) -> None:
    """As a crash does: what was written last is in the log alone, and the log has no index."""
    writer = sqlite3.connect(state / "cloudops.db")
    writer.execute("UPDATE executions SET user_prompt = 'asked again'")
    writer.commit()
    kept = {one.name: one.read_bytes() for one in state.glob("cloudops.db*") if not one.name.endswith("-shm")}
    writer.close()
    for name, content in kept.items():
        (state / name).write_bytes(content)
        (state / name).chmod(0o600)


def listing(state: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in state.glob("cloudops.db*")}


def test_a_linked_database_can_be_looked_at_and_nothing_is_written_through_it(
    state: Path, made: list[NewExecution], verb: Said
) -> None:
    (state / "cloudops.db").rename(state.parent / "elsewhere.db")
    (state / "cloudops.db").symlink_to(state.parent / "elsewhere.db")

    code, out, err = verb("history")
    assert (code, "The second one" in out) == (0, True)
    assert "cloudops.db` is a link" in err

    assert verb("prune", "--older-than", "1s", "--yes")[0] == 1
    assert [one.name for one in state.parent.glob("elsewhere.db*")] == ["elsewhere.db"]


def test_a_minute_that_may_have_meant_a_month_is_not_pruned_without_a_word(
    made: list[NewExecution], verb: Said
) -> None:
    code, _, err = verb("prune", "--older-than", "1m")
    would_go = verb("prune", "--older-than", "1s", "--dry-run")[1]

    assert code == 2
    assert "is 1 minute, and forgets nearly everything: add `--yes`" in err
    assert would_go.startswith("2 of 2 executions would go with their output, of 2")
    assert json.loads(verb("prune", "--older-than", "9000d", "--dry-run", "--json")[1]) == {"would_prune": 0, "of": 2}
    assert verb("prune", "--older-than", "12h")[:2] == (0, "2 executions pruned\n")


@pytest.mark.parametrize(("typed", "left"), [("y", 2), ("", 2), ("prune", 0)])
def test_on_a_terminal_the_word_is_to_be_typed(
    made: list[NewExecution], verb: Said, monkeypatch: pytest.MonkeyPatch, typed: str, left: int
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Keyboard(typed + "\n"))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    code, _, err = verb("prune", "--older-than", "1s")

    assert "2 of 2 executions would go" in err
    assert code == (4 if left else 0)
    assert len(verb("history")[1].splitlines()[1:]) == left
