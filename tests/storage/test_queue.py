"""Plans wait, are decided once, and are the same entry however often they arrive."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from cloudops_tui.engine.ports import Conflict, NewEntry
from cloudops_tui.model.queue import Problem, QueueState
from cloudops_tui.storage.service import StorageService
from tests.storage import stories


async def test_a_submission_waits_in_review_with_everything_it_brought(storage: StorageService) -> None:
    new = replace(stories.submission(), base_dir="/plans", conversation_id=uuid4())

    entry = await storage.add_entry(new)

    assert (entry.number, entry.state, entry.revision) == (1, QueueState.REVIEW, 1)
    assert (entry.plan, entry.plan_digest, entry.base_dir) == (new.plan, "d1", "/plans")
    assert (entry.conversation_id, entry.user_prompt) == (new.conversation_id, "what do we run")
    assert await storage.entry(entry.id) == entry
    assert await storage.entries() == [entry]


async def test_a_submission_without_a_conversation_gets_one(storage: StorageService) -> None:
    entry = await storage.add_entry(stories.submission())

    assert isinstance(entry.conversation_id, UUID)


async def test_the_same_plan_twice_is_the_same_entry_unchanged(storage: StorageService) -> None:
    new = stories.submission()
    first = await storage.add_entry(new)

    second = await storage.add_entry(replace(new, source="elsewhere", submitted_at=stories.later(9)))

    assert second == first


async def test_a_changed_plan_under_the_same_id_is_the_next_revision(storage: StorageService) -> None:
    first = await storage.add_entry(stories.submission())
    changed = stories.plan("Changed", id=first.plan.id if first.plan else None)

    second = await storage.add_entry(stories.submission(changed, "d2", at=stories.later(5)))

    assert (second.id, second.number, second.revision) == (first.id, first.number, 2)
    assert (second.plan, second.plan_digest, second.state) == (changed, "d2", QueueState.REVIEW)
    assert (second.submitted_at, second.changed_at) == (stories.T0, stories.later(5))


async def test_a_revision_keeps_the_one_before_with_where_it_came_from(storage: StorageService) -> None:
    first = stories.submission()
    entry = await storage.add_entry(first)
    second = stories.plan("Changed", id=first.plan.id if first.plan else None)
    edited = replace(stories.submission(second, "d2", at=stories.later(5)), edited_by="bob")
    third = stories.plan("Changed again", id=first.plan.id if first.plan else None)

    assert (await storage.add_entry(edited)).edited_by == "bob"
    last = await storage.add_entry(stories.submission(third, "d3", source="stdin", at=stories.later(9)))

    one, two = await storage.revisions(entry.id)
    assert (one.revision, one.plan, one.plan_digest, one.edited_by) == (1, first.plan, "d1", None)
    assert (one.source, one.at, one.user_prompt) == ("plan.json", stories.T0, "what do we run")
    assert (two.revision, two.plan, two.edited_by, two.at) == (2, second, "bob", stories.later(5))
    assert (last.revision, last.edited_by) == (3, None)


async def test_what_waited_too_long_expires_once_and_is_reviewed_again_when_it_comes_again(
    storage: StorageService,
) -> None:
    old, young = stories.submission(), stories.submission(at=stories.later(100))
    entry, other = await storage.add_entry(old), await storage.add_entry(young)

    expired = await storage.expire_entries(stories.later(50), stories.later(200))
    again = await storage.expire_entries(stories.later(50), stories.later(201))

    assert [(one.id, one.state, one.changed_at) for one in expired] == [
        (entry.id, QueueState.EXPIRED, stories.later(200))
    ]
    assert again == []
    assert (await storage.entry(other.id)).state is QueueState.REVIEW
    with pytest.raises(Conflict, match="1 expired before anybody decided; submit it again"):
        await storage.reject_entry(entry.id, stories.approval("bob"), "no")
    revived = await storage.add_entry(replace(old, submitted_at=stories.later(300)))
    assert (revived.id, revived.state, revived.revision) == (entry.id, QueueState.REVIEW, 2)
    assert revived.changed_at == stories.later(300)


async def test_a_changed_plan_after_the_decision_is_a_conflict_that_says_what_became_of_it(
    storage: StorageService,
) -> None:
    new = stories.submission()
    entry = await storage.add_entry(new)
    await storage.reject_entry(entry.id, stories.approval("bob"), "too broad")

    with pytest.raises(Conflict, match="was rejected by bob"):
        await storage.add_entry(replace(new, plan_digest="d2"))
    again = await storage.add_entry(new)

    assert (again.id, again.state) == (entry.id, QueueState.REJECTED)


async def test_a_rejection_keeps_who_and_why_and_happens_once(storage: StorageService) -> None:
    entry = await storage.add_entry(stories.submission())

    rejected = await storage.reject_entry(entry.id, stories.approval("bob"), "too broad")

    assert (rejected.state, rejected.decided_by, rejected.reason) == (QueueState.REJECTED, "bob", "too broad")
    with pytest.raises(Conflict, match="1 was rejected by bob"):
        await storage.reject_entry(entry.id, stories.approval("carol"), "me too")


async def test_a_refused_text_is_kept_and_the_same_text_from_the_same_place_is_one_entry(
    storage: StorageService,
) -> None:
    problem = Problem(path="/commands", line=3, message="Empty", remedy="Add a command")
    new = NewEntry("inbox", stories.T0, None, None, None, problems=(problem,), refused_text='{"commands": []}')

    first = await storage.add_entry(new)
    same = await storage.add_entry(new)
    other_text = await storage.add_entry(replace(new, refused_text="[]"))
    other_place = await storage.add_entry(replace(new, source="stdin"))

    assert (first.state, first.problems, first.refused_text) == (QueueState.REFUSED, (problem,), '{"commands": []}')
    assert same == first
    assert [entry.number for entry in (other_text, other_place)] == [2, 3]


async def test_a_refused_plan_does_not_stand_in_the_way_of_a_good_one_of_the_same_id(storage: StorageService) -> None:
    new = stories.submission()
    problem = Problem(path="", message="Unknown service", remedy="Mend it")
    await storage.add_entry(replace(new, problems=(problem,), refused_text="x"))

    good = await storage.add_entry(new)

    assert good.state is QueueState.REVIEW


async def test_entries_are_listed_by_state_oldest_first(storage: StorageService) -> None:
    first, second, third = [await storage.add_entry(stories.submission()) for _ in range(3)]
    await storage.move_entry(second.id, QueueState.EXPIRED, stories.later(3))

    waiting = await storage.entries([QueueState.REVIEW])
    both = await storage.entries({QueueState.REVIEW, QueueState.EXPIRED})

    assert [entry.id for entry in waiting] == [first.id, third.id]
    assert [entry.id for entry in both] == [first.id, second.id, third.id]
    assert await storage.entries([]) == []


async def test_an_unknown_entry_is_a_key_error_in_words(storage: StorageService) -> None:
    stranger = uuid4()

    with pytest.raises(KeyError, match=f"No queue entry has the id `{stranger}`"):
        await storage.entry(stranger)
    with pytest.raises(KeyError):
        await storage.move_entry(stranger, QueueState.DONE, stories.T0)


async def test_a_file_name_that_is_no_text_is_spelled_out(storage: StorageService) -> None:
    entry = await storage.add_entry(stories.submission(source="caf\udce9.json"))

    assert entry.source == r"caf\udce9.json"
