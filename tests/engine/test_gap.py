"""Nothing is decided by a story of which a part is lost: what is left of it would say that something was never done."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cloudops_tui.engine.ports import Storage
from cloudops_tui.engine.session import ApprovalRefused
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import Other, StorageError
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import put, sequence
from tests.engine.stub import CUT, FINE, Stub
from tests.engine.test_redrive import session_of


@pytest.mark.parametrize("ledger_too", [False, True])
async def test_what_lost_a_part_of_its_story_is_listed_as_damaged_and_nothing_of_it_goes_on(
    make: Maker, stub: Stub, ledger_too: bool
) -> None:
    session, plan = session_of(make), sequence(put("a"), put("bad"), put("c"))
    stub.says = lambda call: CUT if call.name == "bad" else FINE
    execution = await approved(session._engine, plan)
    await ended(session._engine, execution)
    with closing(sqlite3.connect(make.state_dir / "cloudops.db")) as file, file:
        file.execute("DELETE FROM journal WHERE seq IN (2, 3)")  # that `a` began, and that it completed
        if ledger_too:
            file.execute("DELETE FROM links")
            file.execute("DELETE FROM ledger")
    other = session_of(make)
    storage: Storage = other._engine.storage
    lost = "2 of the 7 events of 1 are lost"

    for decide in (
        other.redrive_review(execution), other.redrive(execution), other.rollback_review(execution),
        other.reconcile(execution, plan.commands[1].id, resolution=Resolution.DONE, reason="it was looked at"),
    ):  # fmt: skip
        with pytest.raises((Other, ApprovalRefused), match=lost):
            await decide
    going_on = [happened.Redriven(execution_id=execution, by="alice", remaining=())]
    with pytest.raises(StorageError, match=lost):
        await storage.go_on(execution, 7, going_on, other._engine._driver.owner, other._engine.clock.now())

    [listed] = await storage.listed(limit=5)
    assert (listed.unreadable, listed.status) == (True, ExecutionStatus.FAILED)
    assert how(plan, (await storage.record(execution)).result) == {"a": "Completed", "bad": "Unknown", "c": "Skipped"}
    assert stub.names == ["a", "bad"]
