"""What AWS really holds afterwards, asked of moto."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import cli_put, delete, put, sequence, undoing


def parameters(variables: Mapping[str, str]) -> dict[str, str]:
    client: Any = boto3.client("ssm", endpoint_url=variables["AWS_ENDPOINT_URL"])
    return {one["Name"]: one["Value"] for one in client.describe_parameters()["Parameters"] for one in [
        client.get_parameter(Name=one["Name"])["Parameter"]]}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_failure_halfway_is_really_undone(make: Maker, aws_environment: Mapping[str, str]) -> None:
    engine = make()
    kept, first, second = put("kept"), cli_put("first"), put("second")
    await ended(engine, await approved(engine, sequence(kept)))
    undo = undoing({first.id: [delete("first")], second.id: [delete("second")]}, by_itself=True)
    plan = sequence(first, second, put("kept"), rollback_strategy=undo)

    result = await ended(engine, await approved(engine, plan))

    assert result.status is ExecutionStatus.ROLLED_BACK
    assert how(plan, result) == {"first": "RolledBack", "second": "RolledBack", "kept": "Failed"}
    assert result.command_results[2].error_code == "ParameterAlreadyExists"
    assert parameters(aws_environment) == {"kept": "1"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_completed_is_really_there(make: Maker, aws_environment: Mapping[str, str]) -> None:
    engine = make()

    result = await ended(engine, await approved(engine, sequence(put("a"), cli_put("b"))))

    assert result.status is ExecutionStatus.COMPLETED
    assert parameters(aws_environment) == {"a": "1", "b": "1"}
