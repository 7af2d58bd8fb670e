"""Whoever changes what was written is named, with the place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService
from tests.storage import stories
from tests.storage.older import make_older

WHOLE = 6
"""Events of a whole story."""


async def finished(storage: StorageService) -> str:
    new = stories.execution()
    await storage.create_execution(new)
    for event in stories.story(new):
        await storage.append([event], durable=False)
    return str(new.id)


def tamper(storage: StorageService, *statements: str) -> None:
    with closing(sqlite3.connect(storage.path)) as file:
        for statement in statements:
            assert file.execute(statement).rowcount > 0
        file.commit()


async def test_what_nobody_changed_is_whole(storage: StorageService) -> None:
    for _ in range(3):
        await finished(storage)

    found = await storage.verify()

    assert found.breaks == ()
    assert (found.chains, found.events) == (3, 3 * WHOLE)


SWAP = (
    "UPDATE journal SET seq = 100 WHERE seq = 3",
    "UPDATE journal SET seq = 3 WHERE seq = 4",
    "UPDATE journal SET seq = 4 WHERE seq = 100",
)
FORGED = "INSERT INTO journal SELECT execution_id, {}, at, kind, body FROM journal WHERE seq = 3"


@pytest.mark.parametrize(
    ("tampering", "what", "seq"),
    [
        (("UPDATE journal SET body = replace(body, 'running', 'stopped') WHERE seq = 3",), "changed", 3),
        (("UPDATE journal SET at = at + 1 WHERE seq = 2",), "changed", 2),
        (("UPDATE journal SET kind = 'CommandFailed' WHERE seq = 5",), "changed", 5),
        (("UPDATE links SET link = zeroblob(32) WHERE place = 4",), "changed", 4),
        (("DELETE FROM journal WHERE seq = 3",), "missing", 3),
        (("DELETE FROM links WHERE place = 3",), "missing", None),
        (("DELETE FROM journal WHERE seq = 3", "DELETE FROM links WHERE place = 3"), "missing", None),
        (("DELETE FROM journal WHERE seq = 6",), "head cut", 6),
        (("DELETE FROM journal WHERE seq > 4", "DELETE FROM links WHERE place > 4"), "head cut", None),
        ((FORGED.format(7),), "inserted", 7),
        (SWAP, "reordered", 3),
        (("UPDATE ledger SET count = 5",), "inserted", None),
        (("UPDATE ledger SET head = zeroblob(32)",), "inserted", None),
        (("DELETE FROM executions",), "removed", None),
        (("DELETE FROM executions", "DELETE FROM links", "DELETE FROM ledger"), "missing", None),
        (("UPDATE executions SET result = replace(result, 'running', 'stopped')",), "record", 6),
        (("UPDATE executions SET plan = replace(plan, 'Look at instances', 'Nothing')",), "record", None),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_each_kind_of_tampering_is_named_with_its_place(
    storage: StorageService, tampering: tuple[str, ...], what: str, seq: int | None
) -> None:
    await finished(storage)
    tamper(storage, *tampering)

    found = await storage.verify()

    assert (found.breaks[0].what, found.breaks[0].seq) == (what, seq)


async def test_one_broken_chain_leaves_the_others_whole(storage: StorageService) -> None:
    whole, broken = await finished(storage), await finished(storage)
    tamper(storage, f"UPDATE journal SET body = body || ' ' WHERE seq = 2 AND execution_id = '{broken}'")

    found = await storage.verify()

    assert [one.execution_id for one in found.breaks] == [broken]
    assert (await storage.verify([whole])).breaks == ()
    assert (await storage.verify([broken])).breaks == found.breaks


async def test_events_that_were_written_late_are_whole_in_the_order_of_writing(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    first, second, third = stories.retries(new, 1, 3)

    await storage.append([second], durable=False)
    await storage.append([first, third], durable=True)

    assert (await storage.verify()).breaks == ()


async def test_two_processes_carry_the_same_chain_on(storage: StorageService, neighbour: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    for place, event in enumerate(stories.retries(new, 1, 6)):
        await (storage, neighbour)[place % 2].append([event], durable=False)

    assert (await storage.verify()).breaks == ()


async def test_a_write_that_failed_leaves_no_link(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    first, second = stories.retries(new, 1, 2)
    await storage.append([first], durable=False)

    with pytest.raises(Exception, match="refused a contradiction"):
        await storage.append([first], durable=False)
    await storage.append([second], durable=False)

    found = await storage.verify()
    assert (found.breaks, found.events) == ((), 2)


async def test_the_ledger_keeps_who_pruned_what_and_when(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path / "s"), now=lambda: stories.later(99)) as storage:
        gone = await finished(storage)
        kept = await finished(storage)
        with closing(sqlite3.connect(storage.path)) as file:
            [head] = file.execute("SELECT head FROM ledger WHERE execution_id = ?", (gone,)).fetchone()
        await storage.forget_execution(UUID(gone))
        await storage.prune(stories.T0)

        found = await storage.verify()

        [pruned] = found.pruned
        assert (pruned.execution_id, pruned.count, pruned.head) == (gone, WHOLE, head.hex())
        assert (pruned.at, bool(pruned.by)) == (stories.later(99), True)
        assert (found.chains, found.breaks) == (1, ())
        assert await storage.in_ledger("1") == gone
        assert await storage.in_ledger(kept[:9]) == kept


async def test_a_record_from_elsewhere_has_nothing_to_be_held_to(storage: StorageService) -> None:
    record = stories.record()
    await storage.put_record(record)
    await storage.put_record(record.model_copy(update={"user_prompt": "another"}))

    found = await storage.verify()

    assert (found.breaks, found.from_elsewhere) == ((), 1)


async def test_an_older_journal_is_chained_as_it_is_found_and_says_so(tmp_path: Path) -> None:
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        await finished(storage)
        await storage.put_record(stories.record())
    make_older(storage.path)

    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        await finished(storage)
        found = await storage.verify()
        assert (found.breaks, found.chains, found.made_at_migration, found.from_elsewhere) == ((), 3, 1, 1)

        tamper(storage, "UPDATE journal SET body = body || ' ' WHERE seq = 4")
        assert [one.what for one in (await storage.verify()).breaks] == ["changed", "changed"]
