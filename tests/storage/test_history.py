"""What was executed is found again: by filter, by words, by number, by the beginning of an id."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as given_by

from cloudops_tui.engine.ports import NewExecution
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.storage.history import ExecutionHistory
from cloudops_tui.storage.search import match
from cloudops_tui.storage.service import StorageService, _selection
from tests.storage import stories


async def ended(storage: StorageService, new: NewExecution, output: str = "i-0abc running") -> NewExecution:
    await storage.create_execution(new)
    await storage.append(stories.story(new, output=output), durable=False)
    return new


async def failed(storage: StorageService, new: NewExecution, error: str) -> NewExecution:
    await storage.create_execution(new)
    result = stories.result(new.plan, ExecutionStatus.FAILED)
    reason = ExecutionError.CommandFailed(error)
    end = happened.Failed(
        execution_id=new.id, error=reason, result=result.model_copy(update={"error": reason})
    )
    started = happened.Started(execution_id=new.id, plan=new.plan)
    await storage.append(stories.stamped([started, end]), durable=False)
    return new


async def found(storage: StorageService, query: str, **filters: object) -> list[UUID]:
    return [record.id for record in await storage.records(ExecutionFilter.model_validate(filters), query)]


async def test_records_come_newest_first_in_pages(storage: StorageService) -> None:
    ids = [(await ended(storage, stories.execution(at=stories.later(n)))).id for n in (3, 1, 2)]

    assert await found(storage, "") == [ids[0], ids[2], ids[1]]
    assert await found(storage, "", limit=1, offset=1) == [ids[2]]
    assert await found(storage, "estate", limit=1, offset=1) == [ids[2]]
    assert await found(storage, "", limit=0) == []


async def test_filters_hold_together(storage: StorageService) -> None:
    talk = uuid4()
    good = await ended(storage, stories.execution(conversation_id=talk, at=stories.later(1)))
    bad = await failed(
        storage, stories.execution(risk_level=RiskLevel.DESTRUCTIVE, at=stories.later(2)), "AccessDenied"
    )

    assert await found(storage, "", status="Failed") == [bad.id]
    assert await found(storage, "", risk_level="ReadOnly") == [good.id]
    assert await found(storage, "", conversation_id=talk) == [good.id]
    assert await found(storage, "", from_date=stories.later(2)) == [bad.id]
    assert await found(storage, "", to_date=stories.later(2)) == [good.id]
    assert await found(storage, "", status="Failed", conversation_id=talk) == []
    assert await found(storage, "estate", status="Failed", risk_level="Destructive") == [bad.id]
    assert await found(storage, "estate", status="Completed", from_date=stories.later(2)) == []


@pytest.mark.parametrize(
    "query",
    [
        "estate",
        "esta",
        "LIST est",
        '"the estate"',
        "describe-instances",
        "ec2 ssm",
        "instances",
        "GetParam",
        "get parameter",
        "/app/col",
        "what run",
        "i-0abc",
        "completed",
        "readonly",
        "read",
        "1",
    ],
)
async def test_an_execution_is_found_by(storage: StorageService, query: str) -> None:
    new = await ended(storage, stories.execution())

    assert await found(storage, query) == [new.id]


async def test_an_execution_is_found_by_its_ids_and_by_what_went_wrong(storage: StorageService) -> None:
    new = await failed(storage, stories.execution(), "An error occurred (AccessDenied): no")

    for query in (str(new.id), str(new.plan.id)[:13], str(new.conversation_id), "accessden", "failed"):
        assert await found(storage, query) == [new.id], query


async def test_words_that_are_not_all_there_find_nothing(storage: StorageService) -> None:
    await ended(storage, stories.execution())

    for query in ("estate nowhere", '"estate the"', "stat"):
        assert await found(storage, query) == [], query


async def test_a_running_execution_is_found_and_its_end_replaces_what_was_indexed(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)
    await storage.append(told[:1], durable=False)

    assert await found(storage, "estate", status="Running") == [new.id]
    assert await found(storage, "estate", status="Pending") == []
    assert await found(storage, "i-0abc") == []

    await storage.append(told[1:], durable=False)

    assert await found(storage, "estate", status="Running") == []
    assert await found(storage, "i-0abc", status="Completed") == [new.id]


HOSTILE = [
    '"', '""', '"""', "'", "*", "a*", "^a", "a AND", "NEAR(a b, 2)", "plan : x", "-a", "(", ")", "a) OR (b", "{a}", "+",
    "a\0b", "\0", "\ud800", "statusCompleted", "facets : status0Completed", "; DROP TABLE executions; --", "a" * 5000,
    "x " * 5000, '"unclosed phrase', "\u202e\u0301", "日本語", "🙂", "%", "_", "\\", "a:b", "NOT", "OR", "AND",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
async def test_no_query_is_an_error(storage: StorageService, query: str) -> None:
    new = await ended(storage, stories.execution())

    assert set(await found(storage, query)) <= {new.id}
    assert set(await found(storage, query, status="Completed", risk_level="ReadOnly")) <= {new.id}


@given(query=given_by.text(max_size=60))
def test_whatever_is_typed_makes_an_expression_that_sqlite_accepts(query: str) -> None:
    expression = match(query, ExecutionStatus.FAILED, RiskLevel.MODIFY)

    if expression is not None:
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.execute("CREATE VIRTUAL TABLE search USING fts5 (plan, words, facts, outcome, facets)")
            assert memory.execute("SELECT * FROM search WHERE search MATCH ?", (expression,)).fetchall() == []


async def test_a_query_of_signs_alone_asks_for_nothing_and_gets_everything(storage: StorageService) -> None:
    new = await ended(storage, stories.execution())

    assert await found(storage, ' "- ') == [new.id]


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("", {}),
        ("", {"status": "Failed"}),
        ("", {"risk_level": "Modify"}),
        ("", {"status": "Failed", "risk_level": "Modify"}),
        ("", {"conversation_id": uuid4()}),
        ("", {"from_date": stories.T0, "to_date": stories.later(1)}),
        ("two words", {}),
        ("two words", {"status": "Failed", "risk_level": "Modify", "from_date": stories.T0}),
    ],
)
async def test_the_newest_page_never_sorts_the_whole_history(
    storage: StorageService, query: str, filters: dict[str, object]
) -> None:
    text, values = _selection(ExecutionFilter.model_validate(filters), query)

    steps = [row["detail"] for row in await storage._query(f"EXPLAIN QUERY PLAN {text}", values)]

    assert [step for step in steps if "TEMP B-TREE" in step] == []


async def test_a_number_means_the_execution_before_the_entry(storage: StorageService) -> None:
    waiting = await storage.add_entry(stories.submission())
    of = stories.plan()
    entry = await storage.add_entry(stories.submission(of))
    new = await ended(storage, stories.execution(of, entry_id=entry.id))

    assert await storage.resolve("1") == waiting.id
    assert await storage.resolve("2") == new.id
    assert await storage.resolve(" #2 ") == new.id
    with pytest.raises(KeyError, match="Nothing has the number 3"):
        await storage.resolve("3")


async def test_the_beginning_of_an_id_means_its_execution_or_entry(storage: StorageService) -> None:
    of = stories.plan(id=UUID("aaaaaaaa-0000-4000-8000-000000000001"))
    entry = await storage.add_entry(stories.submission(of))

    assert await storage.resolve(str(entry.id)[:7]) == entry.id
    assert await storage.resolve("aaaaaaa") == entry.id

    first = await ended(storage, stories.execution(of, entry_id=entry.id))
    second = await ended(storage, stories.execution(of, again=True, at=stories.later(9)))

    assert await storage.resolve("AAAAAAAA-0000") == second.id
    assert await storage.resolve(of.id.hex) == second.id
    assert await storage.resolve(str(first.id)) == first.id
    assert await storage.resolve(str(entry.id)) == entry.id


async def test_an_ambiguous_or_unusable_reference_says_why(storage: StorageService) -> None:
    for last in (1, 2):
        await storage.add_entry(stories.submission(stories.plan(id=UUID(f"bbbbbbbb-0000-4000-8000-00000000000{last}"))))

    with pytest.raises(KeyError, match=r"more than one id: plan `bbbbbbbb-.*1` \(1\), plan `bbbbbbbb-.*2` \(2\)"):
        await storage.resolve("bbbbbbbb")
    with pytest.raises(KeyError, match="has an id that begins with `ccccccc`"):
        await storage.resolve("ccccccc")
    for unusable in ("", "bbbbbb", "nonsense", "1234567890%", "' OR 1=1"):
        with pytest.raises(KeyError, match="neither a number"):
            await storage.resolve(unusable)


async def test_the_six_methods_of_the_reference(storage: StorageService) -> None:
    history = ExecutionHistory(storage)
    brought = stories.record()

    await history.store(brought)

    kept = await history.get(brought.id)
    assert kept == brought.model_copy(update={"number": 1, "risk_level": RiskLevel.READ_ONLY})
    assert kept.duration.nanos == 4_000_000_007
    assert await history.list(ExecutionFilter(status=ExecutionStatus.COMPLETED)) == [kept]
    assert await history.search("another mach") == [kept]
    assert await history.get_by_conversation(brought.conversation_id) == [kept]
    assert await history.cleanup(stories.later(1)) == 1
    assert await history.list(ExecutionFilter()) == []


async def test_a_stored_record_replaces_the_one_of_its_id(storage: StorageService) -> None:
    history = ExecutionHistory(storage)
    first = stories.record("Before")
    await history.store(first)
    other = first.model_copy(
        update={"execution_plan": stories.plan("Afterwards"), "timestamp": stories.later(5), "user_prompt": "new"}
    )

    await history.store(other)

    assert [one.user_prompt for one in await history.list(ExecutionFilter())] == ["new"]
    assert await history.search("before") == []
    assert [one.timestamp for one in await history.search("afterwards")] == [stories.later(5)]


async def test_a_record_brings_its_number_where_it_is_free(storage: StorageService) -> None:
    history = ExecutionHistory(storage)
    await storage.add_entry(stories.submission())
    taken, free, huge = stories.record(number=1), stories.record(number=40), stories.record(number=2**70)
    for one in (taken, free, huge):
        await history.store(one)

    numbers = [(await history.get(one.id)).number for one in (taken, free, huge)]

    assert numbers == [2, 40, 41]


async def test_a_record_that_says_it_runs_elsewhere_is_nobodys_to_recover(storage: StorageService) -> None:
    history = ExecutionHistory(storage)
    brought = stories.record()
    running = brought.model_copy(
        update={"result": brought.result.model_copy(update={"status": ExecutionStatus.RUNNING})}
    )

    await history.store(running)

    assert await storage.unfinished() == []
    assert (await history.get(running.id)).result.status is ExecutionStatus.RUNNING


async def test_an_execution_that_runs_here_is_not_replaced(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)

    with pytest.raises(ExecutionError.Other, match="1 is still running"):
        await ExecutionHistory(storage).store(stories.record().model_copy(update={"id": new.id}))


async def test_many_records_of_one_moment_all_fit(storage: StorageService) -> None:
    history = ExecutionHistory(storage)
    for _ in range(70):
        await history.store(stories.record())

    same_moment = ExecutionFilter(from_date=stories.T0, to_date=stories.T0 + timedelta(microseconds=1), limit=100)

    assert len(await history.list(same_moment)) == 70
    assert await history.list(ExecutionFilter(from_date=stories.T0 + timedelta(microseconds=1))) == []


async def test_a_clean_up_removes_what_has_ended_and_is_old_and_nothing_else(storage: StorageService) -> None:
    old = await ended(storage, stories.execution(at=stories.later(1)), output="needle")
    fresh = await ended(storage, stories.execution(at=stories.later(9)))
    running = stories.execution(at=stories.later(1))
    await storage.create_execution(running)
    orphan = storage.attempt_folder(uuid4(), uuid4(), 1)
    for folder in (*(storage.attempt_folder(one.id, uuid4(), 1) for one in (old, fresh, running)), orphan):
        folder.mkdir(parents=True)
        (folder / "stdout").write_text("x")

    count = await ExecutionHistory(storage).cleanup(stories.later(9))

    assert count == 1
    assert await found(storage, "") == [fresh.id, running.id]
    assert await found(storage, "needle") == []
    assert await storage.journal(old.id) == []
    left = {path.name for path in (storage.state_dir / "executions").iterdir()}
    assert left == {str(fresh.id), str(running.id)}
