"""What was approved is who, where and with what it runs, to the last command; see also `test_tampering`."""

from __future__ import annotations

import pytest

from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Maker, approved, ended
from tests.engine.plans import put, sequence
from tests.engine.stub import Stub
from tests.engine.test_tampering import ByAccessKey


async def test_new_credentials_of_the_same_account_change_nothing(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(accounts=ByAccessKey())
    plan = sequence(put("first"), put("second"))

    execution = await approved(engine, plan)
    await stub.holds("first")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000003")
    stub.release("first")
    await stub.holds("second")
    stub.release("second")
    result = await ended(engine, execution)

    assert result.status is ExecutionStatus.COMPLETED
