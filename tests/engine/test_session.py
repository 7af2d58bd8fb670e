"""The front end: callable from any loop, and told what other processes do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.engine.plan_queue import PlanQueue, Submission
from cloudops_tui.engine.ports import NewEntry
from cloudops_tui.engine.session import ApprovalRefused, EngineThread, ExecutionSession
from cloudops_tui.engine.watcher import StoreWatcher
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import ApprovalRequired, Other, StorageError
from cloudops_tui.model.events import AnyEvent, AnyExecutionEvent
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Heard, Maker, ended
from tests.engine.plans import cli_put, get, put, sequence, undoing
from tests.engine.process import child, said
from tests.engine.stub import FINE, FOUND, PATIENCE, Stub, until


@asynccontextmanager
async def session_on_a_thread(make: Maker) -> AsyncIterator[ExecutionSession]:
    """A session whose engine works on a thread of its own, as under the terminal interface."""
    thread = EngineThread()

    async def made() -> ExecutionSession:
        engine = make()
        make._engines.remove(engine)  # it belongs to the other loop, and is closed there
        return ExecutionSession(engine, OutputFiles(), asyncio.get_running_loop())

    session = await asyncio.to_thread(thread.call, made())
    try:
        yield session
    finally:
        await session.close(leave_running=True)
        await asyncio.to_thread(thread.stop)


def file_of(make: Maker, plan: ExecutionPlan) -> str:
    make.state_dir.parent.mkdir(exist_ok=True)
    file = make.state_dir.parent / f"{plan.id}.json"
    file.write_text(plan.model_dump_json())
    return str(file)


async def test_the_whole_job_from_another_loop_while_the_engine_works(make: Maker, stub: Stub) -> None:
    a = put("a")
    plan = sequence(a, put("b"), rollback_strategy=undoing({a.id: [put("undo a")]}))
    heard: list[AnyEvent] = []
    threads: set[str] = set()

    def hear(event: AnyEvent) -> None:
        threads.add(threading.current_thread().name)
        heard.append(event)

    async with session_on_a_thread(make) as session:
        leave = session.listen(hear)
        entry = await session.submit(plan.model_dump_json(), source="stdin", user_prompt="please")
        review = await session.review(entry.id)
        execution = await session.approve(entry.id, digest=review.digest)
        await stub.holds("a")
        assert await session.get_execution_status(execution) is ExecutionStatus.RUNNING
        assert [one.id for one in await session.unfinished()] == [execution]
        assert await session.driving() == [execution]
        assert await session.resolve(str(entry.number)) == execution
        stub.release("a")
        await stub.holds("b")
        assert [line.text for line in await session.output(execution, a.id) if "Standard" in line.text]
        stub.release("b")
        async with asyncio.timeout(PATIENCE):
            result = await session.wait(execution)
        record = await session.record(execution)
        found = await session.list_execution_history(ExecutionFilter())

        undo = await session.rollback_review(execution)
        with pytest.raises(ApprovalRefused):
            await session.rollback(execution, digest="0" * 64)
        await session.rollback(execution, digest=undo.digest, reason="wrong one")
        await stub.holds("undo a")
        stub.release("undo a")
        async with asyncio.timeout(PATIENCE):
            undone = await session.wait(execution)
        story = await session.story(execution)
        leave()

    assert result.status is ExecutionStatus.COMPLETED
    assert record.user_prompt == "please"
    assert [one.id for one in found] == [execution]
    assert undone.status is ExecutionStatus.ROLLED_BACK
    assert threads == {"engine"}
    told = [event for event in heard if isinstance(event, happened.VARIANTS) and event.seq is not None]
    assert told == story


async def test_an_execution_that_is_run_again_waits_as_a_new_plan_that_says_where_it_came_from(
    make: Maker, stub: Stub
) -> None:
    plan = sequence(put("a"), rollback_strategy=None)
    async with session_on_a_thread(make) as session:
        entry = await session.submit(plan.model_dump_json(), source="stdin", user_prompt="please")
        execution = await session.approve(entry.id, digest=(await session.review(entry.id)).digest)
        await stub.holds("a")
        stub.release("a")
        await session.wait(execution)

        again = await session.run_again(execution)
        [listed] = await session.listed(limit=9)
        folder = await session.export(execution)

        assert again.state is QueueState.REVIEW
        assert (again.source, again.user_prompt) == (f"re-run of #{listed.number}", "please")
        assert again.conversation_id == entry.conversation_id
        assert again.plan is not None
        assert again.plan.id != plan.id
        assert again.plan.commands[0].command_type == plan.commands[0].command_type
        assert await session.count_listed(most=9) == 1
        assert [one.id for one in await session.runs_of(plan.description, 9)] == [execution]
        assert (folder / "record.json").exists()


async def test_errors_arrive_in_the_callers_loop(make: Maker, stub: Stub) -> None:
    async with session_on_a_thread(make) as session:
        with pytest.raises(ApprovalRequired):
            await session.execute_plan(sequence(put("a")))
        with pytest.raises(Other):
            await session.resolve("999999")
        with pytest.raises(KeyError):
            await session.execution(UUID(int=1))


async def test_a_caller_who_gives_up_leaves_the_engine_at_work(make: Maker, stub: Stub) -> None:
    async with session_on_a_thread(make) as session:
        execution = await session.execute_plan(sequence(get("a")))
        await stub.holds("a")
        waiting = asyncio.ensure_future(session.wait(execution))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        stub.release("a", answer=FOUND)
        async with asyncio.timeout(PATIENCE):
            assert (await session.wait(execution)).status is ExecutionStatus.COMPLETED


@pytest.mark.usefixtures("quick")
async def test_leaving_while_commands_run_leaves_no_task_behind(make: Maker, stub: Stub) -> None:
    async with session_on_a_thread(make) as session:
        await session.watch_store()
        entry = await session.submit(sequence(cli_put("a")).model_dump_json(), source="stdin")
        review = await session.review(entry.id)
        execution = await session.approve(entry.id, digest=review.digest)
        await stub.holds("a")

    engine = make()
    assert await engine.recover() == [execution]
    stub.release("a")
    result = await ended(engine, execution)
    assert result.command_results[0].status.value == "Completed"


async def test_what_another_process_submits_and_runs_is_heard_here(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: None if call.name == "held" else FINE
    held, short = sequence(put("held")), sequence(put("short"))
    heard: list[AnyEvent] = []

    def of(kind: type[AnyEvent], execution: UUID) -> bool:
        return any(isinstance(event, kind) and getattr(event, "execution_id", None) == execution for event in heard)

    async with session_on_a_thread(make) as session:
        session.listen(heard.append)
        await session.watch_store()
        async with child(make, "submit", file_of(make, sequence(put("queued")))) as submitting:
            entry = UUID(await said(submitting))
        await until(
            lambda: any(isinstance(one, happened.PlanQueued) and one.entry.id == entry for one in heard), "the plan"
        )
        async with child(make, "run", file_of(make, held)) as running:
            execution = UUID(await said(running))
            await stub.holds("held")
            await until(lambda: of(happened.CommandStarted, execution), "it began there")
            assert not of(happened.Completed, execution)
            stub.release("held")
            assert await said(running) == "Completed"
            await until(lambda: of(happened.Completed, execution), "it ended there")
        async with child(make, "run", file_of(make, short)) as running:
            brief = UUID(await said(running))
            assert await said(running) == "Completed"
        await until(lambda: of(happened.Completed, brief), "one that ended between two looks")
        stories = {one: await session.story(one) for one in (execution, brief)}

    for one, story in stories.items():
        told = [event for event in heard if getattr(event, "execution_id", None) == one]
        assert told == story, "each event once, in order"


async def test_what_happens_here_is_told_once_although_the_store_is_watched(make: Maker, stub: Stub) -> None:
    stub.says = lambda call: FINE
    heard: list[AnyEvent] = []
    async with session_on_a_thread(make) as session:
        session.listen(heard.append)
        await session.watch_store()
        entry = await session.submit(sequence(put("a"), put("b")).model_dump_json(), source="stdin")
        execution = await session.approve(entry.id, digest=(await session.review(entry.id)).digest)
        await session.wait(execution)
        await until(lambda: any(isinstance(one, happened.PlanMoved) for one in heard), "the entry is done")
        story = await session.story(execution)

    told = [event for event in heard if isinstance(event, happened.VARIANTS) and event.seq is not None]
    assert told == story
    assert sum(isinstance(event, happened.PlanQueued) for event in heard) == 1


async def test_the_watcher_survives_a_store_that_cannot_be_read_for_a_while(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    entries = engine.storage.entries
    times: list[None] = []

    async def fails_at_first(*_: object):  # type: ignore[no-untyped-def]
        times.append(None)
        if len(times) < 3:
            raise StorageError("busy")
        return await entries()

    monkeypatch.setattr("cloudops_tui.engine.watcher.LOOK_EVERY", 0.02)
    monkeypatch.setattr(engine.storage, "entries", fails_at_first)
    watcher = StoreWatcher(engine)
    heard = Heard(engine)
    watcher.begin()
    await until(lambda: len(times) > 3, "it looks again")
    async with child(make, "submit", file_of(make, sequence(put("queued")))) as submitting:
        await said(submitting)
    await until(lambda: bool(heard.of(happened.PlanQueued)), "the plan")
    await watcher.end()


@pytest.fixture
async def watched(make: Maker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[PlanQueue, StoreWatcher, Heard]]:
    """A queue whose store is watched by a watcher that looks all the time."""
    monkeypatch.setattr("cloudops_tui.engine.watcher.LOOK_EVERY", 0.005)
    engine = make()
    watcher = StoreWatcher(engine)
    heard = Heard(engine)
    watcher.begin()
    yield PlanQueue(engine), watcher, heard
    await watcher.end()


def text_of(plan: ExecutionPlan) -> Submission:
    return Submission(plan.model_dump_json().encode(), "stdin")


async def test_what_is_decided_while_the_watcher_reads_is_not_told_as_it_was_before(
    watched: tuple[PlanQueue, StoreWatcher, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, watcher, heard = watched
    read, go_on, looks = queue._storage.entries, asyncio.Event(), list[set[UUID]]()

    async def entries() -> list[QueueEntry]:
        found = await read()
        if asyncio.current_task() is watcher._task:
            looks.append({one.id for one in found})
            await go_on.wait()
        return found

    entry = await queue.submit(text_of(sequence(put("a"))))
    monkeypatch.setattr(queue._storage, "entries", entries)
    await queue.submit(text_of(sequence(put("another"))))
    await until(lambda: bool(looks) and entry.id in looks[-1], "the watcher has read it in review")
    await queue.reject(entry.id, reason="no")
    go_on.set()
    at = len(looks)
    await until(lambda: len(looks) > at, "it has looked again")

    told = [event for event in heard.events if not isinstance(event, happened.VARIANTS) and event.entry.id == entry.id]
    assert [type(event) for event in told] == [happened.PlanQueued, happened.ApprovalDecided]


async def test_what_the_watcher_reads_before_the_queue_can_tell_it_is_told_once(
    watched: tuple[PlanQueue, StoreWatcher, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, watcher, heard = watched
    read, add, looks = queue._storage.entries, queue._storage.add_entry, list[int]()

    async def entries() -> list[QueueEntry]:
        found = await read()
        if asyncio.current_task() is watcher._task:
            looks.append(len(found))
        return found

    async def add_entry(new: NewEntry) -> QueueEntry:
        entry = await add(new)
        await until(lambda: bool(looks) and looks[-1] == 1, "the watcher has seen it")
        return entry

    monkeypatch.setattr(queue._storage, "entries", entries)
    monkeypatch.setattr(queue._storage, "add_entry", add_entry)
    await queue.submit(text_of(sequence(put("a"))))

    assert len(heard.of(happened.PlanQueued)) == 1


async def test_what_ended_here_while_the_watcher_read_its_journal_is_told_once(
    watched: tuple[PlanQueue, StoreWatcher, Heard], stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, watcher, heard = watched
    engine, read, go_on, reads = queue._engine, queue._storage.journal, asyncio.Event(), list[int]()

    async def journal(execution_id: UUID, after: int = 0) -> list[AnyExecutionEvent]:
        if after and asyncio.current_task() is watcher._task:
            reads.append(after)
            await go_on.wait()
        return await read(execution_id, after)

    execution = await engine.begin(sequence(get("a")))
    await stub.holds("a")
    monkeypatch.setattr(queue._storage, "journal", journal)
    await until(lambda: bool(reads), "the watcher is about to read")
    stub.release("a", answer=FOUND)
    await ended(engine, execution)
    go_on.set()
    await until(lambda: execution not in watcher._followed, "it has read")

    assert heard.story(execution) == await read(execution)


def test_a_thread_that_stops_ends_what_is_left_on_its_loop(tmp_path: Path) -> None:
    thread = EngineThread()
    ended_by: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended_by.append("cancelled")
            raise

    async def begin() -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(linger())
        await asyncio.sleep(0)
        return task

    task = thread.call(begin())
    thread.stop()

    assert ended_by == ["cancelled"]
    assert task.cancelled()
