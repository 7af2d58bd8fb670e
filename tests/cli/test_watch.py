"""`watch` in a process of its own, on a store that another one writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.cli import watch
from cloudops_tui.engine.living import boot_id, started
from cloudops_tui.engine.ownership import this_process
from cloudops_tui.engine.ports import NewExecution, Owner
from cloudops_tui.executors.output_files import AttemptFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import ExecutionError, StorageError
from cloudops_tui.model.events import EVENT
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.storage.service import StorageService
from tests.cli.program import Program, end, finish, until
from tests.cli.warm import Started
from tests.storage import stories


class Driver:
    """What the process that drives an execution writes: its journal, and the files of its commands."""

    def __init__(self, storage: StorageService, new: NewExecution) -> None:
        self.storage, self.new, self._seq = storage, new, 0

    async def begin(self) -> Driver:
        await self.storage.create_execution(self.new)
        return await self.tell(happened.Started(execution_id=self.new.id, plan=self.new.plan))

    async def tell(self, event: happened.AnyExecutionEvent) -> Driver:
        self._seq += 1
        stamped = event.model_copy(update={"seq": self._seq, "at": stories.later(self._seq)})
        await self.storage.append([stamped], durable=True)
        return self

    async def start(self, place: int, said: bytes) -> UUID:
        command_id = self.new.plan.commands[place].id
        files = AttemptFiles(self.storage.attempt_folder(self.new.id, command_id, 1))
        files.write("stdout", said)
        files.close()
        await self.tell(happened.CommandStarted(execution_id=self.new.id, command_id=command_id, attempt=1))
        return command_id

    async def complete(self, command_id: UUID) -> Driver:
        done = stories.command_result(command_id)
        return await self.tell(
            happened.CommandCompleted(execution_id=self.new.id, command_id=command_id, result=done)
        )

    async def fail(self) -> Driver:
        error = ExecutionError.CommandFailed("it broke \x1b[31m")
        whole = stories.result(self.new.plan, ExecutionStatus.FAILED).model_copy(update={"error": error})
        return await self.tell(happened.Failed(execution_id=self.new.id, error=error, result=whole))


@pytest.fixture
async def storage(program: Program) -> AsyncIterator[StorageService]:
    async with StorageService(StorageConfig(state_dir=program.state)) as storage:
        yield storage


@pytest.fixture
def started_one() -> Iterator[list[Started]]:
    children: list[Started] = []
    yield children
    for child in children:
        end(child)


def heard(child: Started) -> str:
    """The next line that it narrates."""
    line: bytes = child.stderr.readline()
    return line.decode()


def line_of(child: Started) -> str:
    """The next line of its data."""
    line: bytes = child.stdout.readline()
    return line.decode()


async def test_it_waits_without_making_a_store_and_then_follows_to_the_end(
    program: Program, started_one: list[Started]
) -> None:
    child = program.start("watch", "--plain", "--exit")
    started_one.append(child)
    assert "waiting for the next execution" in heard(child)
    assert not program.state.exists()

    async with StorageService(StorageConfig(state_dir=program.state)) as storage:
        driver = await Driver(storage, stories.execution(owner=this_process())).begin()
        command_id = await driver.start(0, b"first \x1b]0;owned\x07\nlast without a break")
        assert line_of(child).endswith(" 1 List the estate: started\n")
        assert line_of(child).endswith(" 1/2 Look at instances: started\n")
        assert line_of(child).endswith(" 1 | first \\x1b]0;owned\\x07\n")
        await driver.complete(command_id)
        await driver.fail()

        ended = finish(child)

    assert ended.code == 1
    rest = [line.split(" ", 1)[1] for line in ended.out.splitlines()]
    assert rest == ["1 | last without a break", "1/2 Look at instances: done in 1.0s", rest[-1]]
    assert rest[-1].startswith("1 FAILED in 4.0s: ")
    assert "\x1b" not in ended.out


async def test_as_json_it_is_events_with_output_among_them(
    program: Program, storage: StorageService, started_one: list[Started]
) -> None:
    driver = await Driver(storage, stories.execution(owner=this_process())).begin()
    command_id = await driver.start(0, b"one\n")
    await driver.complete(command_id)
    await driver.fail()

    ended = program("watch", "1", "--json")

    assert ended.code == 0
    events = [EVENT.validate_json(line) for line in ended.out.splitlines()]
    assert [type(event).__name__ for event in events] == [
        "Started", "CommandStarted", "CommandOutput", "CommandCompleted", "Failed",
    ]  # fmt: skip


async def test_an_owner_that_is_killed_is_said_and_touched_by_nobody(
    program: Program, storage: StorageService, started_one: list[Started]
) -> None:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as owner:
        lease = Owner(owner.pid, boot_id(), until(lambda: started(owner.pid), "it is there"))
        driver = await Driver(storage, stories.execution(owner=lease)).begin()
        await driver.start(0, b"one\n")
        child = program.start("watch", "--plain")
        started_one.append(child)
        for _ in range(3):
            assert line_of(child)

        owner.kill()

        assert heard(child).startswith(f"! the process that ran it is gone (pid {owner.pid}); outcome of running")
    stored = await storage.execution(driver.new.id)
    assert (stored.owner, stored.status) == (lease, "Running")
    assert len(await storage.journal(driver.new.id)) == 2


async def test_several_are_named_to_choose_from(program: Program, storage: StorageService) -> None:
    for _ in range(2):
        await Driver(storage, stories.execution(owner=this_process())).begin()

    ended = program("watch", "--plain")

    assert (ended.code, ended.out) == (2, "")
    assert "name one: 1 List the estate; 2 List the estate" in ended.err


async def test_what_nobody_takes_over_ends_as_it_is_found(
    program: Program, storage: StorageService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Owner(pid=2**22 + 1, boot_id="another boot", started_ticks=1)
    driver = await Driver(storage, stories.execution(owner=gone)).begin()
    await driver.start(0, b"one\n")
    monkeypatch.setattr(watch, "TAKEN_OVER_WITHIN", 0.0)

    code = await watch._plainly(program.state, "1", as_events=False, leave=True)

    assert code == 1
    assert "the process that ran it is gone" in capsys.readouterr().err
    assert len(await storage.journal(driver.new.id)) == 2


async def test_a_store_of_an_older_program_is_left_as_it_is(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        await storage.entries()
    with sqlite3.connect(tmp_path / "cloudops.db") as old:
        old.execute("PRAGMA user_version = 1")
    old.close()

    with pytest.raises(StorageError, match="was written by an older cloudops-tui"):
        await StorageService(StorageConfig(state_dir=tmp_path), read_only=True).open()

    with sqlite3.connect(tmp_path / "cloudops.db") as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
    old.close()
