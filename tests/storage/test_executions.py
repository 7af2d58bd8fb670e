"""An execution begins once, belongs to one process, and its story is kept in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from cloudops_tui.engine.ports import AlreadyRan, Conflict
from cloudops_tui.model import events as happened
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError, StorageError
from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.policy.kinds import kind_of
from cloudops_tui.storage.service import StorageService
from tests.storage import stories


async def test_the_first_execution_of_an_entry_takes_its_number_and_takes_it_to_running(
    storage: StorageService,
) -> None:
    new = stories.submission()
    entry = await storage.add_entry(new)
    await storage.add_entry(stories.submission())

    begun = await storage.create_execution(stories.execution(new.plan, entry_id=entry.id))
    loose = await storage.create_execution(stories.execution())

    assert (begun.number, begun.status, begun.owner) == (entry.number, "Pending", stories.ME)
    assert loose.number == 3
    moved = await storage.entry(entry.id)
    assert (moved.state, moved.execution_id, moved.decided_by) == (QueueState.RUNNING, begun.id, "alice")
    assert await storage.execution(begun.id) == begun


async def test_an_approval_begins_one_execution_even_where_the_plan_may_run_again(storage: StorageService) -> None:
    of = stories.plan()
    first = stories.execution(of)
    await storage.create_execution(first)

    with pytest.raises(Conflict, match="This very approval began 1; each approval begins one execution"):
        await storage.create_execution(replace(first, id=uuid4(), again=True))


async def test_a_second_decision_hears_who_took_the_first_and_when(storage: StorageService) -> None:
    new = stories.submission()
    entry = await storage.add_entry(new)
    first = stories.execution(new.plan, entry_id=entry.id)
    await storage.create_execution(first)
    at = f"{stories.T0:%H:%M:%S}Z"

    with pytest.raises(Conflict, match=f"^1 was approved by alice at {at} and is running; it cannot be started$"):
        await storage.create_execution(stories.execution(new.plan, entry_id=entry.id))
    with pytest.raises(Conflict, match=f"^1 was approved by alice at {at} and is running; only what is in review"):
        await storage.reject_entry(entry.id, stories.approval("bob"), "no")
    await storage.append(stories.story(first), durable=True)
    with pytest.raises(AlreadyRan, match=f"as 1 .it was approved by alice at {at} and has run.; run it once more"):
        await storage.create_execution(stories.execution(new.plan, entry_id=entry.id))

    assert (await storage.entry(entry.id)).decided_at == stories.T0


async def test_a_plan_that_ran_is_refused_unless_again(storage: StorageService) -> None:
    of = stories.plan()
    first = await storage.create_execution(stories.execution(of))

    with pytest.raises(AlreadyRan) as refusal:
        await storage.create_execution(stories.execution(of))
    second = await storage.create_execution(stories.execution(of, again=True))

    assert (refusal.value.execution_id, refusal.value.number) == (first.id, first.number)
    assert second.number == first.number + 1


async def test_again_takes_a_done_entry_to_running_under_the_next_number(storage: StorageService) -> None:
    new = stories.submission()
    entry = await storage.add_entry(new)
    first = stories.execution(new.plan, entry_id=entry.id)
    await storage.create_execution(first)
    await storage.append(stories.story(first), durable=True)
    assert (await storage.entry(entry.id)).state is QueueState.DONE
    assert (await storage.add_entry(new)).id == entry.id

    second = await storage.create_execution(stories.execution(new.plan, entry_id=entry.id, again=True))

    moved = await storage.entry(entry.id)
    assert (second.number, moved.state, moved.execution_id) == (entry.number + 1, QueueState.RUNNING, second.id)


async def test_a_changed_or_decided_entry_cannot_be_started(storage: StorageService) -> None:
    new = stories.submission()
    entry = await storage.add_entry(new)
    with pytest.raises(Conflict, match="plan of 1 has changed and waits for a decision, at revision 1"):
        await storage.create_execution(stories.execution(new.plan, "d0", entry_id=entry.id))
    await storage.reject_entry(entry.id, stories.approval("bob"), "no")

    with pytest.raises(Conflict, match="1 was rejected by bob"):
        await storage.create_execution(stories.execution(new.plan, entry_id=entry.id))
    with pytest.raises(Conflict, match="1 was rejected by bob"):
        await storage.create_execution(stories.execution(new.plan, entry_id=entry.id, again=True))
    with pytest.raises(KeyError):
        await storage.create_execution(stories.execution(new.plan, entry_id=uuid4()))

    assert await storage.unfinished() == []


async def test_the_story_comes_back_as_it_was_told(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)

    await storage.append(told[:2], durable=True)
    await storage.append(told[2:], durable=False)

    assert await storage.journal(new.id) == told
    assert await storage.journal(new.id, after=3) == told[3:]


async def test_output_is_never_journalled(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)

    await storage.append(
        [happened.CommandOutput(execution_id=new.id, command_id=new.plan.commands[0].id, line="hello")], durable=False
    )

    assert await storage.journal(new.id) == []


async def test_an_unstamped_event_is_a_mistake_of_the_program(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)

    with pytest.raises(ValueError, match="no `seq`"):
        await storage.append([happened.Started(execution_id=new.id, plan=new.plan)], durable=False)


async def test_a_position_is_taken_once_and_a_neighbour_in_the_same_commit_is_not_harmed(
    storage: StorageService,
) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    first, second, third = stories.retries(new, 1, 3)
    await storage.append([first], durable=False)

    answers = await asyncio.gather(
        storage.append([first], durable=False),
        storage.append([second], durable=False),
        storage.append([third], durable=True),
        return_exceptions=True,
    )

    assert isinstance(answers[0], StorageError)
    assert [answers[1], answers[2]] == [None, None]
    assert await storage.journal(new.id) == [first, second, third]


async def test_an_event_of_an_execution_that_does_not_exist_is_refused(storage: StorageService) -> None:
    stranger = stories.execution()

    with pytest.raises(StorageError, match=str(stranger.id)):
        await storage.append(stories.retries(stranger, 1, 1), durable=False)


async def test_appends_of_many_tasks_keep_the_order_of_each(storage: StorageService) -> None:
    news = [stories.execution() for _ in range(10)]
    for new in news:
        await storage.create_execution(new)

    async def tell(number: int) -> None:
        for event in stories.retries(news[number], 1, 50):
            await storage.append([event], durable=number % 3 == 0)

    await asyncio.gather(*map(tell, range(10)))

    for new in news:
        assert [event.seq for event in await storage.journal(new.id)] == list(range(1, 51))


async def test_appends_that_nobody_waits_for_one_by_one_are_committed_in_the_order_they_were_made(
    storage: StorageService,
) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)

    await asyncio.gather(*(storage.append([event], durable=False) for event in told))

    assert await storage.journal(new.id) == told
    assert (await storage.execution(new.id)).status == "Completed"


async def test_a_waiter_that_is_cancelled_harms_nobody(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    first, second = stories.retries(new, 1, 2)
    impatient = asyncio.create_task(storage.append([first], durable=True))
    patient = asyncio.create_task(storage.append([second], durable=True))
    await asyncio.sleep(0)
    impatient.cancel()

    await patient

    assert second in await storage.journal(new.id)


async def test_the_row_follows_the_story(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)

    await storage.append(told[:1], durable=True)
    running = await storage.execution(new.id)
    await storage.append(told[1:], durable=True)
    ended = await storage.execution(new.id)

    assert (running.status, ended.status) == ("Running", "Completed")
    assert await storage.unfinished() == []


async def test_an_end_without_a_result_is_told_by_the_whole_story(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)[:-1]
    end = happened.Failed(execution_id=new.id, error=ExecutionError.Other("Interrupted: the host restarted"))
    await storage.append([*told, *stories.stamped([end], len(told) + 1)], durable=True)

    record = await storage.record(new.id)

    assert record.result.status is ExecutionStatus.FAILED
    assert record.result.error == ExecutionError.Other("Interrupted: the host restarted")
    assert [one.status for one in record.result.command_results] == [CommandStatus.COMPLETED] * 2


async def test_a_cancelled_execution_is_cancelled_whatever_its_result_says(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)[:-1]
    end = happened.Cancelled(execution_id=new.id, result=stories.result(new.plan, ExecutionStatus.FAILED))
    await storage.append([*told, *stories.stamped([end], len(told) + 1)], durable=True)

    record = await storage.record(new.id)

    assert record.result.status is ExecutionStatus.CANCELLED
    assert await storage.records(ExecutionFilter(status=ExecutionStatus.CANCELLED)) == [record]


async def test_a_rollback_runs_again_without_the_old_wish_to_cancel(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    told = stories.story(new)
    await storage.append(told[:1], durable=True)
    await storage.request_cancel(new.id, "bob")
    await storage.append(told[1:], durable=True)

    await storage.append(
        stories.stamped([happened.RollbackStarted(execution_id=new.id)], len(told) + 1), durable=True
    )

    again = await storage.execution(new.id)
    assert (again.status, again.cancel_requested_by) == ("Running", None)
    assert await storage.heartbeat(stories.ME, stories.later(1)) == []
    found = await storage.records(ExecutionFilter(status=ExecutionStatus.RUNNING), "estate")
    assert [one.result.status for one in found] == [ExecutionStatus.RUNNING]


async def test_a_running_record_says_what_is_known_so_far(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    pending = await storage.record(new.id)
    await storage.append(stories.story(new)[:4], durable=False)

    record = await storage.record(new.id)

    assert pending.result.status is ExecutionStatus.PENDING
    assert record.result.status is ExecutionStatus.RUNNING
    assert [one.status for one in record.result.command_results] == [CommandStatus.COMPLETED, CommandStatus.RUNNING]
    assert record.approval_metadata == new.approval
    assert record.number == 1


async def test_a_lease_is_taken_over_from_the_owner_one_names_and_from_nobody_else(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)

    first = await storage.claim(new.id, stories.ME, stories.OTHER, stories.later(60))
    second = await storage.claim(new.id, stories.ME, stories.OTHER, stories.later(61))

    assert (first, second) == (True, False)
    taken = await storage.execution(new.id)
    assert (taken.owner, taken.heartbeat_at) == (stories.OTHER, stories.later(60))


async def test_a_wish_to_cancel_reaches_the_owner_from_another_connection(
    storage: StorageService, neighbour: StorageService
) -> None:
    mine, foreign = stories.execution(), stories.execution(owner=stories.OTHER)
    for new in (mine, foreign):
        await storage.create_execution(new)

    await neighbour.request_cancel(mine.id, "bob")
    await neighbour.request_cancel(mine.id, "carol")
    await neighbour.request_cancel(foreign.id, "bob")

    assert await storage.heartbeat(stories.ME, stories.later(2)) == [mine.id]
    known = await storage.execution(mine.id)
    assert (known.cancel_requested_by, known.heartbeat_at) == ("bob", stories.later(2))
    assert (await storage.execution(foreign.id)).heartbeat_at == stories.T0
    with pytest.raises(KeyError):
        await storage.request_cancel(uuid4(), "bob")


async def test_a_wish_to_cancel_what_has_ended_changes_nothing(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    await storage.append(stories.story(new), durable=True)

    await storage.request_cancel(new.id, "bob")

    assert (await storage.execution(new.id)).cancel_requested_by is None


async def test_the_token_changes_when_somebody_else_commits_and_only_then(
    storage: StorageService, neighbour: StorageService
) -> None:
    before = await storage.change_token()
    still = await storage.change_token()
    await neighbour.add_entry(stories.submission())

    after = await storage.change_token()

    assert before == still
    assert after != before


async def test_a_forgotten_execution_leaves_nothing_but_that_it_ran(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    folder = storage.attempt_folder(new.id, new.plan.commands[0].id, 1)
    folder.mkdir(parents=True)
    with pytest.raises(Conflict, match="still running"):
        await storage.forget_execution(new.id)
    await storage.append(stories.story(new), durable=True)

    await storage.forget_execution(new.id)
    await storage.forget_execution(new.id)

    assert not folder.parents[1].exists()
    assert await storage.journal(new.id) == []
    assert await storage.records(ExecutionFilter(), "estate") == []
    with pytest.raises(KeyError):
        await storage.record(new.id)
    with pytest.raises(AlreadyRan):
        await storage.create_execution(stories.execution(new.plan))


async def test_what_kinds_of_commands_took_is_kept_once_an_execution_and_outlives_it(storage: StorageService) -> None:
    for number in range(3):
        new = stories.execution(stories.plan(id=uuid4()), f"d{number}")
        await storage.create_execution(new)
        told = stories.story(new)
        await storage.append(told, durable=False)
        begun = happened.RollbackStarted(execution_id=new.id, reason="asked for")
        ended = happened.RollbackCompleted(execution_id=new.id, result=stories.result(new.plan))
        await storage.append(stories.stamped([begun, ended], len(told) + 1), durable=False)
        await storage.forget_execution(new.id)

    plan = stories.plan()
    kinds = {kind_of(command) for command in plan.commands}
    found = await storage.recent_durations({*kinds, "aws ec2 never-ran"})

    assert set(found) == kinds
    each = len(plan.commands) / len(kinds)
    assert all(took == (1.0,) * int(3 * each) for took in found.values())


async def test_of_each_kind_the_latest_twenty_are_kept_and_only_what_completed_counts(storage: StorageService) -> None:
    for number in range(22):
        new = stories.execution(stories.plan(id=uuid4()), f"d{number}")
        await storage.create_execution(new)
        whole = stories.result(new.plan)
        results = tuple(
            each.model_copy(update={"duration": Duration.from_secs(number)})
            if place or number % 2
            else each.model_copy(update={"status": CommandStatus.FAILED})
            for place, each in enumerate(whole.command_results)
        )
        done = happened.Completed(execution_id=new.id, result=whole.model_copy(update={"command_results": results}))
        begun = happened.Started(execution_id=new.id, plan=new.plan)
        await storage.append(stories.stamped([begun, done]), durable=False)

    kind = kind_of(stories.plan().commands[0])
    [took] = (await storage.recent_durations({kind})).values()

    assert len(took) <= 20
    assert took[-1] == 21.0
