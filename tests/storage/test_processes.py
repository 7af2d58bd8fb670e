"""Several processes on one file: nothing is begun twice, and what was acknowledged survives a kill."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.engine.ports import Owner
from cloudops_tui.model import events as happened
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService
from tests.cli.warm import Started
from tests.storage import stories

PATIENCE = 180  # seconds; a start of the interpreter with pydantic on a busy machine takes a few


@contextmanager
def child(what: str, state_dir: Path, *rest: str) -> Iterator[Started]:
    """`what` of `tests.storage.child`, warm; whatever is left of it afterwards is killed."""
    started = Started((what, str(state_dir), *rest), {**os.environ}, module="tests.storage.child")
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def lines_of(what: str, state_dir: Path, *rests: tuple[str, ...]) -> list[list[list[str]]]:
    """The words that two children said which began at the same moment."""
    with ExitStack() as open_ones:
        children = [open_ones.enter_context(child(what, state_dir, *rest)) for rest in rests]
        for one in children:
            assert one.stdout.readline() == b"ready\n"
        for one in children:
            one.stdin.write(b"go\n")
            one.stdin.flush()
        said = [one.communicate(timeout=PATIENCE)[0].decode() for one in children]
        assert [one.returncode for one in children] == [0, 0]
    return [[line.split() for line in text.splitlines()] for text in said]


@pytest.mark.parametrize("acknowledged", [1, 137, 1500])
async def test_after_a_kill_every_acknowledged_event_is_there_and_no_story_has_a_gap(
    tmp_path: Path, acknowledged: int
) -> None:
    last: dict[str, int] = defaultdict(int)
    with child("append", tmp_path) as victim:
        for _ in range(acknowledged):
            execution_id, number = victim.stdout.readline().decode().split()
            last[execution_id] = int(number)
        victim.kill()
        for line in map(bytes.decode, victim.stdout):  # said before the kill, still in the pipe
            if line.endswith("\n") and len(words := line.split()) == 2:
                last[words[0]] = int(words[1])

    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        stored = await storage.unfinished()
        assert len(stored) == 10
        for execution in stored:
            seqs = [event.seq for event in await storage.journal(execution.id)]
            assert seqs == list(range(1, len(seqs) + 1))
            assert len(seqs) >= last[str(execution.id)]
            await storage.append(
                stories.retries(replace(stories.execution(execution.plan), id=execution.id), len(seqs) + 1, 1),
                durable=True,
            )


async def test_two_processes_submit_the_same_plans_and_each_is_one_entry(tmp_path: Path) -> None:
    one, other = lines_of("submit", tmp_path, (), ())

    assert one == other
    assert len({number for _, number in one}) == len({entry for entry, _ in one}) == 50


async def test_two_processes_begin_the_same_entries_and_each_begins_once(storage: StorageService) -> None:
    for _ in range(30):
        await storage.add_entry(stories.submission())

    one, other = lines_of("execute", storage.state_dir, (), ())

    for (entry, mine), (same_entry, theirs) in zip(one, other, strict=True):
        assert entry == same_entry
        assert sorted(word in ("AlreadyRan", "Conflict") for word in (mine, theirs)) == [False, True], (mine, theirs)
        begun = await storage.execution(UUID(mine if len(mine) == 36 else theirs))
        assert begun.number == (await storage.entry(UUID(entry))).number


async def test_two_processes_claim_the_same_leases_and_each_goes_to_one(storage: StorageService) -> None:
    for _ in range(30):
        await storage.create_execution(stories.execution())

    one, other = lines_of("claim", storage.state_dir, ("1001",), ("1002",))

    for (execution_id, mine), (_, theirs) in zip(one, other, strict=True):
        assert {mine, theirs} == {"True", "False"}
        owner = (await storage.execution(UUID(execution_id))).owner
        assert owner == Owner(1001 if mine == "True" else 1002, "boot", 1)


async def test_two_processes_go_on_with_what_has_ended_and_who_tells_it_has_the_lease(storage: StorageService) -> None:
    for _ in range(30):
        new = stories.execution()
        await storage.create_execution(new)
        await storage.append(stories.story(new), durable=False)

    one, other = lines_of("go_on", storage.state_dir, ("1001",), ("1002",))

    for (execution_id, mine), (same, theirs) in zip(one, other, strict=True):
        assert execution_id == same
        assert {mine, theirs} == {"True", "False"}
        winner = 1001 if mine == "True" else 1002
        stored = await storage.execution(UUID(execution_id))
        last = (await storage.journal(stored.id))[-1]
        assert (stored.owner, stored.status) == (Owner(winner, "boot", 1), "Running")
        assert isinstance(last, happened.Redriven)
        assert last.by == str(winner)
    assert (await storage.verify()).breaks == ()


async def test_another_process_asks_for_an_end_and_the_owner_hears_of_it(storage: StorageService) -> None:
    new = stories.execution()
    await storage.create_execution(new)
    before = await storage.change_token()

    with child("cancel", storage.state_dir, str(new.id)) as asker:
        said, _ = asker.communicate(timeout=PATIENCE)

    assert said == b"asked\n"
    assert await storage.change_token() != before
    assert await storage.heartbeat(stories.ME, stories.later(1)) == [new.id]


async def test_a_process_that_forgets_to_close_the_store_still_ends(tmp_path: Path) -> None:
    with child("linger", tmp_path) as forgetful:
        forgetful.communicate(timeout=PATIENCE)

    assert forgetful.returncode == 0
    async with StorageService(StorageConfig(state_dir=tmp_path)) as storage:
        assert [entry.source for entry in await storage.entries()] == ["lingering"]
