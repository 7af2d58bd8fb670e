"""What somebody decided after an end is beside the output before it counts, and outlives the database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import CommandFailed, StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan, RollbackStrategy, RollbackTrigger
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.state.execution import left_of
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage import retold
from cloudops_tui.storage.service import StorageService
from cloudops_tui.storage.take_in import NOBODY_KNOWS
from tests.storage import stories

SEQ = 6
"""The last event of the first part of every story here."""


def store(folder: Path) -> StorageService:
    return StorageService(StorageConfig(state_dir=folder), now=lambda: stories.later(60))


def execution() -> NewExecution:
    """Its first command can be undone."""
    plan = stories.plan()
    undo = plan.commands[0].model_copy(update={"id": stories.SOME_ID, "description": "undo it"})
    strategy = RollbackStrategy(trigger=RollbackTrigger.MANUAL, compensations={plan.commands[0].id: (undo,)})
    return stories.execution(plan.model_copy(update={"rollback_strategy": strategy}))


def failed(command: Command, status: CommandStatus = CommandStatus.FAILED) -> CommandResult:
    said = {"status": status, "error": "no such thing", "output": ""}
    return stories.command_result(command.id).model_copy(update=said)


def half_done(new: NewExecution, status: CommandStatus = CommandStatus.FAILED) -> list[AnyExecutionEvent]:
    """The first command completed, the second did not."""
    first, second = new.plan.commands
    result = ExecutionResult(
        plan_id=new.plan.id,
        status=ExecutionStatus.FAILED,
        command_results=(stories.command_result(first.id), failed(second, status)),
        duration=stories.result(new.plan).duration,
        error=CommandFailed("no such thing"),
    )
    of: Any = {"execution_id": new.id}
    return stories.stamped(
        [
            happened.Started(**of, plan=new.plan, approval=new.approval),
            happened.CommandStarted(**of, command_id=first.id, attempt=1),
            happened.CommandCompleted(**of, command_id=first.id, result=result.command_results[0]),
            happened.CommandStarted(**of, command_id=second.id, attempt=1),
            happened.CommandFailed(**of, command_id=second.id, error="no", result=result.command_results[1]),
            happened.Failed(**of, error=CommandFailed("no such thing"), result=result),
        ]
    )


def edited(plan: ExecutionPlan) -> ExecutionPlan:
    """As a redrive with an edit makes it."""
    first, second = plan.commands
    other = second.model_copy(update={"id": uuid4(), "description": "edited"})
    return plan.model_copy(update={"commands": (first, other)})


def redriven(new: NewExecution, plan: ExecutionPlan | None = None) -> happened.Redriven:
    remaining = ((plan or new.plan).commands[1].id,)
    return happened.Redriven(execution_id=new.id, by="bob", remaining=remaining, reason="fixed", plan=plan)


def reconciled(new: NewExecution, resolution: Resolution) -> happened.CommandReconciled:
    second = new.plan.commands[1].id
    return happened.CommandReconciled(
        execution_id=new.id, command_id=second, resolution=resolution, by="bob", reason="seen"
    )


async def go_on(storage: StorageService, new: NewExecution, *events: AnyExecutionEvent, seen: int = SEQ) -> None:
    told = stories.stamped(list(events), seen + 1)
    assert await storage.go_on(new.id, seen, told, stories.OTHER, stories.later(20))


async def begun(storage: StorageService, new: NewExecution, command: Command, attempt: int, seq: int) -> None:
    """Its folder is made, then its record."""
    storage.attempt_folder(new.id, command.id, attempt).mkdir(parents=True)
    event = happened.CommandStarted(execution_id=new.id, command_id=command.id, attempt=attempt)
    await storage.append(stories.stamped([event], seq), durable=True)


async def before(storage: StorageService, status: CommandStatus = CommandStatus.FAILED) -> NewExecution:
    new = execution()
    await storage.create_execution(new)
    for command in new.plan.commands:
        storage.attempt_folder(new.id, command.id, 1).mkdir(parents=True)
    await storage.append(half_done(new, status), durable=True)
    return new


def lose(folder: Path) -> None:
    """Not one row can be read any more."""
    for name in ("cloudops.db-wal", "cloudops.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "cloudops.db").write_bytes(b"This is no database. " * 500)


def tags(told: Sequence[AnyExecutionEvent]) -> list[str]:
    return [event.tag for event in told]


async def test_a_lost_redrive_comes_back_with_its_edited_plan_and_is_running_as_it_was(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        plan = edited(new.plan)
        await go_on(storage, new, redriven(new, plan))
        await begun(storage, new, plan.commands[1], 1, SEQ + 2)
        story = await storage.journal(new.id)
    lose(tmp_path)

    async with store(tmp_path) as storage:
        [stored] = await storage.unfinished()
        assert (stored.plan, stored.owner) == (plan, stories.OTHER)
        told = await storage.journal(new.id)
        assert told[:-1] == story[:-1], "what the file has is what was written, to the letter"
        assert (told[-1].tag, told[-1].seq) == ("CommandStarted", SEQ + 2)
        found = await storage.verify()
        assert found.breaks == ()
        [rebuilt] = found.rebuilt
        assert (rebuilt.kept, rebuilt.count) == (SEQ + 1, SEQ + 2), "it names what is not as it was written"


async def test_a_rollback_whose_end_alone_is_left_has_undone_everything_and_nothing_is_undone_twice(
    tmp_path: Path,
) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        first, undo = new.plan.commands[0].id, stories.SOME_ID
        of: Any = {"execution_id": new.id}
        await go_on(storage, new, happened.RollbackStarted(**of, reason="asked for"))
        storage.attempt_folder(new.id, undo, 1).mkdir(parents=True)
        ended = stories.result(new.plan).model_copy(update={"status": ExecutionStatus.ROLLED_BACK})
        undone: Any = {"command_id": first, "compensation_id": undo}
        story: list[AnyExecutionEvent] = [
            happened.CompensationStarted(**of, **undone, attempt=1),
            happened.CompensationEnded(**of, **undone, result=stories.command_result(undo)),
            happened.RollbackCompleted(**of, result=ended),
        ]
        await storage.append(stories.stamped(story, SEQ + 2), durable=True)
    lose(tmp_path)

    async with store(tmp_path) as storage:
        state = replay(new.id, new.plan, await storage.journal(new.id))
        assert state.status is ExecutionStatus.ROLLED_BACK
        assert state.command(first).status is CommandStatus.ROLLED_BACK
        assert left_of(state) == []
        assert (await storage.verify()).breaks == ()


async def test_what_came_after_the_redrive_counts_and_not_the_end_before_it(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        await go_on(storage, new, redriven(new))
        shutil.copytree(tmp_path, tmp_path / "running")
        second = new.plan.commands[1]
        await begun(storage, new, second, 2, SEQ + 2)
        done = stories.result(new.plan)
        done = done.model_copy(
            update={"command_results": (done.command_results[0], stories.command_result(second.id, "at last"))}
        )
        end = happened.Completed(execution_id=new.id, result=done)
        await storage.append(stories.stamped([end], SEQ + 3), durable=True)
    for folder in (tmp_path, tmp_path / "running"):
        lose(folder)

    async with store(tmp_path) as storage:
        assert (await storage.record(new.id)).result.status is ExecutionStatus.RUNNING, "its second attempt has no end"
    ended = tmp_path / "executions" / str(new.id) / "ended.json"
    results = done.command_results[0], done.command_results[1].model_copy(update={"attempts": 2})
    ended.write_text(
        done.model_copy(update={"command_results": results}).model_dump_json().removesuffix("}") + f',"seq":{SEQ + 3}}}'
    )
    lose(tmp_path)
    async with store(tmp_path) as storage:
        record = await storage.record(new.id)
        assert record.result.status is ExecutionStatus.COMPLETED
        assert record.result.command_results == results
    async with store(tmp_path / "running") as storage:
        assert (await storage.record(new.id)).result.status is ExecutionStatus.RUNNING
        assert tags(await storage.journal(new.id))[SEQ:] == ["Redriven"]


async def test_what_a_person_said_of_an_unknown_command_outlives_the_database(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage, CommandStatus.UNKNOWN)
        await go_on(storage, new, reconciled(new, Resolution.DONE))
        record = await storage.record(new.id)
    lose(tmp_path)

    async with store(tmp_path) as storage:
        assert record.result.status is ExecutionStatus.COMPLETED
        assert (await storage.record(new.id)).result == record.result
        assert await storage.unfinished() == []
        assert (await storage.verify()).breaks == ()


async def test_an_undoing_in_flight_is_not_taken_for_never_sent(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        await go_on(storage, new, happened.RollbackStarted(execution_id=new.id, reason="asked for by bob"))
        storage.attempt_folder(new.id, stories.SOME_ID, 1).mkdir(parents=True)
    lose(tmp_path)

    async with store(tmp_path) as storage:
        assert tags(await storage.journal(new.id))[SEQ:] == ["RollbackStarted", "CompensationStarted"]
        assert [one.id for one in await storage.unfinished()] == [new.id]


async def test_an_attempt_of_a_decision_whose_record_is_lost_has_begun_all_the_same(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage, CommandStatus.UNKNOWN)
        await go_on(storage, new, reconciled(new, Resolution.NOT_DONE))
        storage.attempt_folder(new.id, new.plan.commands[1].id, 2).mkdir(parents=True)
    lose(tmp_path)

    async with store(tmp_path) as storage:
        redrive, again = (await storage.journal(new.id))[SEQ + 1 :]
        assert isinstance(redrive, happened.Redriven)
        assert redrive.by == NOBODY_KNOWS
        assert isinstance(again, happened.CommandStarted)
        assert again.attempt == 2
        assert [one.id for one in await storage.unfinished()] == [new.id]


async def test_a_disk_that_lost_a_whole_redrive_has_it_put_back_to_the_letter(tmp_path: Path) -> None:
    async with store(tmp_path / "s") as storage:
        new = await before(storage)
    async with store(tmp_path / "s") as storage:
        await go_on(storage, new, redriven(new))
        await begun(storage, new, new.plan.commands[1], 2, SEQ + 2)
        story = await storage.journal(new.id)
        shutil.copytree(tmp_path / "s", tmp_path / "crashed")
    with (tmp_path / "crashed/cloudops.db-wal").open("r+b") as file:
        file.truncate(40)

    async with store(tmp_path / "crashed") as storage:
        [stored] = await storage.unfinished()
        assert stored.owner == stories.OTHER
        told = await storage.journal(new.id)
        assert told[: SEQ + 1] == story[: SEQ + 1]
        assert tags(told[SEQ + 1 :]) == ["CommandStarted"]
        assert (await storage.verify()).breaks == ()
    assert "decisions on 1 were put back (1), and commands of 1 were found begun (1)" in storage.remarks[0]


async def test_a_decision_that_is_gone_from_the_journal_is_named(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        head = (await storage.verify()).breaks
        with closing(sqlite3.connect(storage.path)) as file:
            [[link]] = file.execute("SELECT head FROM ledger").fetchall()
        await go_on(storage, new, redriven(new))
    with closing(sqlite3.connect(tmp_path / "cloudops.db", isolation_level=None)) as file:
        file.execute("DELETE FROM journal WHERE seq = ?", (SEQ + 1,))
        file.execute("DELETE FROM links WHERE seq = ?", (SEQ + 1,))
        file.execute("UPDATE ledger SET count = ?, head = ?", (SEQ, link))

    async with store(tmp_path) as storage:
        [found] = (await storage.verify()).breaks

    assert head == ()
    assert (found.number, found.seq, found.what) == (1, SEQ + 1, "decision lost")
    assert "Redriven" in found.told


@pytest.mark.parametrize("sent", [False, True], ids=["nothing was sent", "something was sent"])
async def test_a_decision_that_was_cut_off_before_its_commit_counts_only_where_something_began(
    tmp_path: Path, sent: bool
) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        await go_on(storage, new, redriven(new))
    folder = tmp_path / "executions" / str(new.id)
    file = folder / retold.STORY
    file.write_bytes(b"".join(one for one in file.read_bytes().splitlines(keepends=True) if b'"kept"' not in one))
    if sent:
        (folder / str(new.plan.commands[1].id) / "2").mkdir()
    lose(tmp_path)

    async with store(tmp_path) as storage:
        told = tags(await storage.journal(new.id))
        assert told[-2:] == (["Redriven", "CommandStarted"] if sent else ["CommandFailed", "Failed"])


async def test_nothing_goes_on_where_its_decision_cannot_be_kept(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        (tmp_path / "executions" / str(new.id) / retold.STORY).mkdir()

        with pytest.raises(StorageError, match="story"):
            await go_on(storage, new, redriven(new))

        assert (await storage.execution(new.id)).owner == stories.ME
        assert len(await storage.journal(new.id)) == SEQ


async def test_each_decision_adds_what_the_file_does_not_have_yet(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        await go_on(storage, new, redriven(new))
        end = half_done(new)[-1].model_copy(update={"seq": SEQ + 2})
        await storage.append([end], durable=True)
        await go_on(storage, new, redriven(new), seen=SEQ + 2)
        story = await storage.journal(new.id)

    parts = retold.parts_of(tmp_path / "executions" / str(new.id))
    assert [[place for place, _ in part.events] for part in parts] == [[1, 2, 3, 4, 5, 6, 7], [8, 9]]
    assert all(part.kept for part in parts)
    assert [row[1] for _, row in retold.whole_story(str(new.id), parts)] == [event.seq for event in story]


async def test_a_file_that_is_cut_off_anywhere_is_read_up_to_the_last_whole_part(tmp_path: Path) -> None:
    async with store(tmp_path) as storage:
        new = await before(storage)
        await go_on(storage, new, redriven(new))
    folder = tmp_path / "executions" / str(new.id)
    whole = (folder / retold.STORY).read_bytes()
    [part] = retold.parts_of(folder)
    sealed = whole.index(b"\n", whole.index(b'"sealed"'))

    for length in (*range(0, len(whole), len(whole) // 7), sealed - 1, len(whole) - 1):
        (folder / retold.STORY).write_bytes(whole[:length])
        retold.append_part(folder, part.events, part.head, part.owner)
        parts = retold.parts_of(folder)
        assert [one.events for one in parts] == [part.events] * (1 if length < sealed else 2), length
        assert len(retold.whole_story(str(new.id), parts)) == SEQ + 1
    changed = whole.replace(b"no such thing", b"NO SUCH THING")
    (folder / retold.STORY).write_bytes(changed)
    assert changed != whole
    assert retold.parts_of(folder) == (), "its digest says that it is not what was written"
