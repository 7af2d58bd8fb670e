"""What was approved is who, where and with what it runs, to the last command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from cloudops_tui.model.target import ProfileIdentity
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_put, put, sequence
from tests.engine.stub import Stub


class ByAccessKey(AwsAccounts):
    """Two accounts: whoever's key the environment holds."""

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        account = "222222222222" if os.environ["AWS_ACCESS_KEY_ID"].endswith("2") else "111111111111"
        return ProfileIdentity(profile=profile, region=region, account=account, partition="aws", principal="user/x")


async def test_another_account_behind_the_profile_ends_it_before_anything_more_is_sent(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make(accounts=ByAccessKey())
    plan = sequence(put("first"), put("second"))

    execution = await approved(engine, plan)
    await stub.holds("first")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0000000000000002")
    stub.release("first")
    result = await ended(engine, execution)

    assert how(plan, result) == {"first": "Completed", "second": "Failed"}
    assert result.status is ExecutionStatus.FAILED
    error = result.command_results[1].error or ""
    assert "account `111111111111` is now `222222222222`" in error
    assert "nothing was sent" in error
    assert stub.names == ["first"]


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


async def test_another_aws_program_ends_it_before_it_is_run(make: Maker, stub: Stub, tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\necho aws-cli/1.46.3 Python/3 Linux/6 botocore/1\n")
    program.chmod(0o755)
    engine = make(accounts=AwsAccounts(program))
    plan = sequence(put("first"), cli_put("second"))

    execution = await approved(engine, plan)
    await stub.holds("first")
    program.write_text("#!/bin/sh\necho aws-cli/1.46.4 Python/3 Linux/6 botocore/1\n")
    stub.release("first")
    result = await ended(engine, execution)

    assert result.command_results[1].status is CommandStatus.FAILED
    error = result.command_results[1].error or ""
    assert "The `aws` program changed since the approval" in error
    assert "1.46.3" in error
    assert "1.46.4" in error
    assert stub.names == ["first"]
