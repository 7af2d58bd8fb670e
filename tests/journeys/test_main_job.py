"""The main job, by keyboard, against moto: approve and watch, reject, modify, cancel, undo, find again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest

from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionStatus
from tests.journeys.working import at_work, cli, plan, sdk
from tests.tui.driving import until

ACCOUNT = "123456789012"  # moto's


@pytest.fixture(autouse=True)
def aws(aws_environment: Mapping[str, str]) -> Mapping[str, str]:
    return aws_environment


def parameter(name: str) -> str | None:
    """What stands in moto's parameter store."""
    client = boto3.client("ssm")
    found = client.get_parameters(Names=[name])["Parameters"]
    return found[0]["Value"] if found else None


async def test_approve_and_watch(tmp_path: Path) -> None:
    put = sdk("Put /web/color", "ssm", "PutParameter", {"Name": "/web/color", "Value": "blue", "Type": "String"})
    read = cli("Read it back", "ssm", "get-parameter", "--name", "/web/color")

    async with at_work(tmp_path, plan("Paint the web blue", [put, read])) as operator:
        await operator.press("enter")
        await operator.sees("Paint the web blue", "digest")
        await operator.press("a")
        await operator.approves()
        await operator.sees("2/2 commands", "ok")
        await operator.press("G", "tab")
        await operator.sees('"Value": "blue"')

        [record] = await operator.session.records(ExecutionFilter())

    assert record.result.status is ExecutionStatus.COMPLETED
    assert record.approval_metadata is not None
    assert record.approval_metadata.approved_by == operator.session.operator
    assert parameter("/web/color") == "blue"


async def test_reject_with_a_reason(tmp_path: Path) -> None:
    async with at_work(tmp_path, plan("Too much", [cli("Delete it", "s3", "rb", "s3://gone", "--force")])) as operator:
        await operator.press("r")
        await operator.sees("Reject")
        await operator.type("not on a friday")
        await operator.sees("│ ready")
        await operator.press("enter")
        await operator.sees("rejected")

        [entry] = await operator.session.queue()

    assert (entry.state, entry.reason) == (QueueState.REJECTED, "not on a friday")


async def test_modify_and_approve_are_two_decisions(tmp_path: Path) -> None:
    put = sdk("Put /web/size", "ssm", "PutParameter", {"Name": "/web/size", "Value": "30", "Type": "String"})

    async with at_work(tmp_path, plan("Resize the web", [put])) as operator:
        operator.app.rewrite = lambda text: text.replace('"Value": "30"', '"Value": "3"')
        await operator.press("enter")
        await operator.sees("Resize the web")
        await operator.press("m")
        await operator.sees('-', '"Value": "30"', '"Value": "3"')
        assert parameter("/web/size") is None
        await operator.press("enter")
        await operator.sees("r2")
        await operator.press("a")
        await operator.approves()
        await operator.sees("1/1 command ", "ok")

    assert parameter("/web/size") == "3"


async def test_a_destructive_plan_wants_the_account_and_then_really_destroys(tmp_path: Path) -> None:
    boto3.client("s3").create_bucket(Bucket="old-logs")
    remove = cli("Delete the bucket", "s3api", "delete-bucket", "--bucket", "old-logs")

    async with at_work(tmp_path, plan("Clean up", [remove])) as operator:
        await operator.press("a")
        unseen = "1 of 1 dangerous command still to be seen: 1; n reads on"
        await until(lambda: unseen in [each.text for each in operator.app.notices])  # on screen only until it is seen
        await operator.press("n")
        await operator.sees("danger 1")
        await operator.press("a")
        await operator.sees("Type the account", "not ready")
        await operator.press("ctrl+y", "enter")
        assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["old-logs"]
        await operator.press("a")  # Enter was on Cancel
        await operator.approves(ACCOUNT, knows=True)
        await operator.sees("1/1 command ", "ok")

        [record] = await operator.session.records(ExecutionFilter())

    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert record.approval_metadata is not None
    assert record.approval_metadata.notes == "as agreed"
    assert record.approval_metadata.acknowledged == (record.execution_plan.commands[0].id,)
    assert record.approval_metadata.operator is not None


async def test_cancel_midway_ends_what_runs_and_skips_the_rest(tmp_path: Path) -> None:
    wait = cli("Wait for a bucket that never comes", "s3api", "wait", "bucket-exists", "--bucket", "never")
    after = sdk("Put /late", "ssm", "PutParameter", {"Name": "/late", "Value": "1", "Type": "String"})

    async with at_work(tmp_path, plan("Wait, then write", [wait, after])) as operator:
        await operator.press("a")
        await operator.approves()
        await operator.sees("1 running")
        await operator.press("X")
        await operator.sees("ctrl+y")
        await operator.may_answer()
        await operator.press("ctrl+y")
        await operator.sees("cancelled", "skipped")

        record = await operator.ends(ExecutionStatus.CANCELLED)

    statuses = [result.status for result in record.result.command_results]
    assert statuses == [CommandStatus.FAILED, CommandStatus.SKIPPED]
    assert parameter("/late") is None


async def test_a_failure_rolls_back_what_was_done(tmp_path: Path) -> None:
    put = sdk("Put /a", "ssm", "PutParameter", {"Name": "/a", "Value": "1", "Type": "String"})
    fail = sdk("Label what is not there", "ssm", "GetParameter", {"Name": "/missing"})
    undo = sdk("Remove /a", "ssm", "DeleteParameter", {"Name": "/a"})
    strategy = {"trigger": "OnFailure", "compensations": {put["id"]: [undo]}}

    async with at_work(tmp_path, plan("Half a change", [put, fail], rollback_strategy=strategy)) as operator:
        await operator.press("enter")
        await operator.sees("1 not seen")
        await operator.press("n", "n")  # to the command, and on to its end
        await operator.sees("danger 1")
        await operator.press("a")
        await operator.approves(ACCOUNT)
        await operator.sees("rolled back")

        [record] = await operator.session.records(ExecutionFilter())

    assert record.result.status is ExecutionStatus.ROLLED_BACK
    assert record.result.command_results[0].status is CommandStatus.ROLLED_BACK
    assert parameter("/a") is None


async def test_undo_by_hand_is_a_decision_of_its_own(tmp_path: Path) -> None:
    put = sdk("Put /b", "ssm", "PutParameter", {"Name": "/b", "Value": "1", "Type": "String"})
    undo = sdk("Remove /b", "ssm", "DeleteParameter", {"Name": "/b"})
    strategy = {"trigger": "Manual", "compensations": {put["id"]: [undo]}}

    async with at_work(tmp_path, plan("A change", [put], rollback_strategy=strategy)) as operator:
        await operator.press("a")
        await operator.approves()
        await operator.sees("1/1 command ", "ok", "Done in")  # as long as it runs, nothing can be undone
        assert parameter("/b") == "1"
        await operator.press("u")
        await operator.approves(ACCOUNT)
        await operator.sees("rolled back")

    assert parameter("/b") is None


async def test_search_and_open(tmp_path: Path) -> None:
    looks = [plan(f"Look at {what}", [sdk("Look", "sqs", "ListQueues", {})]) for what in ("queues", "zebras", "topics")]

    async with at_work(tmp_path, *looks) as operator:
        for entry in await operator.session.queue():
            review = await operator.session.review(entry.id)
            await operator.session.wait(await operator.session.approve(entry.id, digest=review.digest))
        await operator.press("3")
        await operator.sees("Look at queues", "Look at zebras")
        await operator.press("slash")
        await operator.type("zebra")
        await operator.press("enter")
        await operator.sees("Look at zebras")
        await operator.press("enter")
        await operator.sees("Look at zebras", "[Outcome]")
        records = await operator.session.records(ExecutionFilter(), "zebra")

    assert [record.execution_plan.description for record in records] == ["Look at zebras"]
    assert json.loads(records[0].model_dump_json())["result"]["status"] == "Completed"
