"""Records in short: every condition of a search, pages without gaps, searches that are given up, files of before."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Operator
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.result import CommandStatus, ExecutionStatus, Outcome
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.search import (
    ApprovedBy,
    Asked,
    Condition,
    Ended,
    Exited,
    Identified,
    InConversation,
    Mine,
    Named,
    Reached,
    Risked,
    Since,
    Until,
    Word,
)
from cloudops_tui.storage.service import StorageService
from tests.storage import stories
from tests.storage.older import make_older
from tests.storage.test_history import HOSTILE

PROD, LAB = "123456789012", "210987654321"


async def ended(storage: StorageService, new: NewExecution) -> NewExecution:
    await storage.create_execution(new)
    await storage.append(stories.story(new), durable=False)
    return new


async def some(storage: StorageService) -> tuple[NewExecution, NewExecution, NewExecution]:
    """One that completed, one of bob's in prod that failed with exit 254 and a command unknown, one that runs."""
    good = await ended(storage, stories.execution(stories.plan("Take stock of the mirror"), at=stories.later(1)))
    bob = stories.approval("bob").model_copy(
        update={"operator": Operator(uid=1000, principals=(f"{PROD} role/operator",))}
    )
    bad = stories.execution(
        stories.plan("Patch the kernel of the canaries"), at=stories.later(2), risk_level=RiskLevel.DESTRUCTIVE
    )
    bad = NewExecution(**(bad.__dict__ | {"approval": bob}))
    await storage.create_execution(bad)
    first, second = (stories.command_result(command.id) for command in bad.plan.commands)
    failure = {"status": CommandStatus.FAILED, "exit_code": 254, "error": "AccessDenied: no", "output_bytes": 700}
    unknown = {"status": CommandStatus.UNKNOWN, "outcome": Outcome.UNKNOWN, "error": "Outcome unknown: reset"}
    results = (first.model_copy(update=failure), second.model_copy(update=unknown))
    result = stories.result(bad.plan, ExecutionStatus.FAILED).model_copy(update={"command_results": results})
    end = happened.Failed(execution_id=bad.id, error=ExecutionError.CommandFailed("no"), result=result)
    await storage.append(
        stories.stamped([happened.Started(execution_id=bad.id, plan=bad.plan, approval=bob), end]), durable=False
    )
    runs = stories.execution(stories.plan("Rotate the keys"), at=stories.later(3))
    await storage.create_execution(runs)
    await storage.append(stories.story(runs)[:1], durable=False)
    return good, bad, runs


async def found(storage: StorageService, *asked: Asked, negated: bool = False) -> list[UUID]:
    wanted = [Condition(one, negated) for one in asked]
    listed = [one.id for one in await storage.listed(wanted, limit=50)]
    assert await storage.count_listed(wanted, most=50) == len(listed)
    return listed


async def test_each_condition_finds_what_meets_it_and_its_negation_all_the_others(storage: StorageService) -> None:
    good, bad, runs = await some(storage)
    numbers = {one.id: one.number for one in await storage.listed(limit=50)}
    all_three = {good.id, bad.id, runs.id}
    questions: list[tuple[Asked, set[UUID]]] = [
        (Word("kern"), {bad.id}),
        (Word("patch kernel", phrase=True), set()),
        (Word("the kernel", phrase=True), {bad.id}),
        (Word("accessdenied"), {bad.id}),
        (Ended(frozenset({ExecutionStatus.COMPLETED})), {good.id}),
        (Ended(frozenset({ExecutionStatus.RUNNING})), {runs.id}),
        (Ended(frozenset(), unknown=True), {bad.id}),
        (Ended(frozenset({ExecutionStatus.COMPLETED}), unknown=True), {good.id, bad.id}),
        (Risked(frozenset({RiskLevel.DESTRUCTIVE})), {bad.id}),
        (ApprovedBy("BO"), {bad.id}),
        (Mine("alice"), {good.id, runs.id}),
        (Named("the MIRROR"), {good.id}),
        (Named(str(bad.plan.id)[:9]), {bad.id}),
        (Exited(frozenset({254, 3})), {bad.id}),
        (Exited(frozenset({25})), set()),
        (Since(stories.later(2)), {bad.id, runs.id}),
        (Until(stories.later(2)), {good.id}),
        (Identified(f"#{numbers[runs.id]}"), {runs.id}),
        (Identified(str(good.id)[:8]), {good.id}),
        (Reached(frozenset({PROD, LAB})), {bad.id}),
        (Reached(frozenset({PROD}), or_not_recorded=True), all_three),
        (InConversation(str(runs.conversation_id)[:12]), {runs.id}),
    ]

    for asked, ids in questions:
        assert set(await found(storage, asked)) == ids, asked
        assert set(await found(storage, asked, negated=True)) == all_three - ids, asked


async def test_conditions_hold_together(storage: StorageService) -> None:
    good, bad, runs = await some(storage)

    assert await found(storage) == [runs.id, bad.id, good.id]
    assert await found(storage, Word("the"), Ended(frozenset({ExecutionStatus.FAILED})), ApprovedBy("bob")) == [bad.id]
    assert await found(storage, Word("the"), Word("kernel"), ApprovedBy("alice")) == []


async def test_what_nobody_had_to_approve_is_found_by_the_accounts_that_it_reached_also_after_its_end(
    storage: StorageService,
) -> None:
    looked = stories.execution(stories.plan("Look round"), at=stories.later(1))
    looked = NewExecution(**(looked.__dict__ | {"approval": None, "reaches": (LAB, PROD)}))
    await storage.create_execution(looked)
    running = await found(storage, Reached(frozenset({LAB})))
    await storage.append(stories.story(looked), durable=False)

    assert running == [looked.id]
    assert await found(storage, Reached(frozenset({LAB}))) == [looked.id]
    assert await found(storage, Reached(frozenset({PROD}))) == [looked.id]
    assert await found(storage, Reached(frozenset({"111111111111"}))) == []


async def test_a_listed_record_says_what_a_list_shows(storage: StorageService) -> None:
    _, bad, _ = await some(storage)

    runs, listed, good = await storage.listed(limit=50)

    assert (listed.id, listed.title, listed.approver) == (bad.id, "Patch the kernel of the canaries", "bob")
    assert (listed.commands, listed.completed, listed.unknown) == (2, 0, 1)
    assert (listed.exits, listed.exit_code, listed.accounts) == ((254,), 254, (PROD,))
    assert (listed.failed_command, listed.error) == ("Look at instances", "AccessDenied: no")
    assert (listed.output_bytes, listed.duration) == (700, timedelta(seconds=4))
    assert (runs.status, runs.duration, runs.completed) == (ExecutionStatus.RUNNING, None, None)
    assert (good.completed, good.error, good.unreadable) == (2, None, False)


async def test_pages_have_no_gap_and_no_double_though_all_began_at_once_and_more_arrive(
    storage: StorageService,
) -> None:
    ids = {(await ended(storage, stories.execution())).id for _ in range(50)}  # more than a microsecond has serials

    seen = await storage.listed(limit=7)
    while page := await storage.listed(limit=7, before=seen[-1].place):
        seen += page
        await ended(storage, stories.execution(at=stories.later(9)))

    assert len(seen) == len({one.id for one in seen}) == 50
    assert {one.id for one in seen} == ids
    assert [one.place for one in seen] == sorted((one.place for one in seen), reverse=True)


async def test_what_came_after_a_place_is_counted_and_what_was_there_is_listed_again(storage: StorageService) -> None:
    good, bad, runs = await some(storage)
    top, *_ = await storage.listed(limit=50)
    newer = await ended(storage, stories.execution(at=stories.later(60)))

    assert await storage.count_listed(most=50, after=top.place) == 1
    assert [one.id for one in await storage.listed(limit=50, up_to=top.place)] == [runs.id, bad.id, good.id]
    assert (await storage.listed(limit=1))[0].id == newer.id


async def test_counting_ends_where_it_is_told_to(storage: StorageService) -> None:
    await some(storage)

    assert await storage.count_listed(most=2) == 2


async def test_the_runs_of_a_plan_are_those_of_exactly_its_name(storage: StorageService) -> None:
    first = await ended(storage, stories.execution(stories.plan("Drain"), at=stories.later(1)))
    second = await ended(storage, stories.execution(stories.plan("Drain"), at=stories.later(2)))
    await ended(storage, stories.execution(stories.plan("Drain all"), at=stories.later(3)))

    assert [one.id for one in await storage.runs_of("Drain", 9)] == [second.id, first.id]
    assert [one.id for one in await storage.runs_of("Drain", 1)] == [second.id]


async def test_what_is_damaged_is_listed_with_the_others(storage: StorageService) -> None:
    good, bad, runs = await some(storage)
    with closing(sqlite3.connect(storage.path)) as beside:
        beside.execute("UPDATE executions SET plan = substr(plan, 1, 40) WHERE id = ?", (str(good.id),))
        beside.commit()

    assert [(one.id, one.unreadable) for one in await storage.listed(limit=50)] == [
        (runs.id, False), (bad.id, False), (good.id, True),
    ]  # fmt: skip


async def test_a_record_that_is_pruned_or_forgotten_is_listed_no_more(storage: StorageService) -> None:
    _, bad, runs = await some(storage)

    await storage.forget_execution(bad.id)
    await storage.prune(stories.later(2))

    assert [one.id for one in await storage.listed(limit=50)] == [runs.id]


async def test_a_record_from_elsewhere_that_is_replaced_is_listed_once_as_it_is_now(storage: StorageService) -> None:
    record = stories.record("From another machine")
    await storage.put_record(record)
    await storage.put_record(record.model_copy(update={"timestamp": stories.later(5)}))

    [one] = await storage.listed(limit=50)

    assert (one.id, one.created_at) == (record.id, stories.later(5))


async def test_a_file_of_before_is_found_by_the_same_conditions(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        await some(storage)
        before = await storage.listed(limit=50)
    make_older(storage.path, 4)

    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        after = await storage.listed(limit=50)

        # The description of the command that failed first is not looked up for old records.
        assert [one.__dict__ | {"failed_command": None} for one in after] == [
            one.__dict__ | {"failed_command": None} for one in before
        ]
        assert len(await storage.listed([Condition(Exited(frozenset({254})))], limit=9)) == 1


async def test_a_damaged_record_does_not_keep_an_old_file_from_being_brought_up_to_date(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        await some(storage)
    with closing(sqlite3.connect(storage.path)) as file:
        file.execute("UPDATE executions SET plan = '{', approval = 'x', result = NULL, duration = '['")
        file.commit()
    make_older(storage.path, 4)

    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        assert [one.unreadable for one in await storage.listed(limit=50)] == [True] * 3


async def test_a_search_that_is_given_up_is_interrupted_and_the_next_one_answers(storage: StorageService) -> None:
    await some(storage)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    began = asyncio.Event()
    await storage.listed(limit=1)
    assert storage._opened_store is not None
    loop = asyncio.get_running_loop()

    def tell() -> None:
        loop.call_soon_threadsafe(began.set)

    await storage._opened_store.database.searching.set_progress_handler(tell, 1000)
    search = asyncio.create_task(storage._search(endless, {}))
    await began.wait()

    search.cancel()

    with pytest.raises(asyncio.CancelledError):
        await search
    assert len(await storage.listed(limit=50)) == 3


async def test_no_text_is_an_error(storage: StorageService) -> None:
    await some(storage)
    for text in HOSTILE:
        for asked in (Word(text), Word(text, phrase=True), ApprovedBy(text), Named(text), Identified(text)):
            assert len(await found(storage, asked)) <= 3, asked


async def test_an_id_that_nothing_has_finds_nothing(storage: StorageService) -> None:
    await some(storage)

    assert await found(storage, Identified(str(uuid4()))) == []
