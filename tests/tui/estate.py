"""A queue like one on a working day, for the twin."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import ExecutionPlan, Parallel, RollbackStrategy
from cloudops_tui.model.queue import Problem, QueueState
from tests.tui.twin import DESTROY, MODIFY, PROD, READ, RecordedSession, ago, cli, graph, plan, sdk

REFUSED_TEXT = """{
  "id": "0c100d00-0000-4000-8000-000000000900",
  "description": "Shut the shop down",
  "commands": [
    {"command_type": {"Cli": {"command": "aws ec2 stop-instance", "args": []}}}
  ]
}"""


def rolling_tags() -> ExecutionPlan:
    """A graph that tags servers in waves."""
    tag = ("--tags", "Key=Release,Value=2026.02")
    first = [_tagged(number, *tag, "Key=Note,Value=canary wave; ask ops") for number in (11, 12, 13)]
    health = cli(14, READ, "Health of wave 1", "ec2 describe-instance-status", "--instance-ids", "i-0abc000000000011")
    second = [_tagged(number, *tag) for number in (15, 16)]
    undo: dict[UUID, tuple[Command, ...]] = {
        command.id: (_tagged(100 + number, "--tags", "Key=Release,Value=2026.01"),)
        for number, command in enumerate(first, start=11)
    }
    return plan(
        10,
        "Mark the web fleet for release 2026.02, wave by wave",
        [*first, health, *second],
        mode=graph({health: first, second[0]: [health], second[1]: [health]}),
        rollback=RollbackStrategy(compensations=undo),
        estimated_duration=Duration.from_secs(60),
    )


def _tagged(number: int, *tags: str) -> Command:
    server = f"{number % 100:02d}"
    return cli(
        number,
        MODIFY,
        f"Tag web-{server} with its release",
        "ec2 create-tags",
        "--resources",
        f"i-0abc0000000000{server}",
        *tags,
        timeout=Duration.from_secs(60),
    )


def bucket_clean_up() -> ExecutionPlan:
    """A destructive plan."""
    look = cli(21, READ, "What is in the bucket", "s3 ls", "s3://storefront-logs-2024/", "--recursive", "--summarize")
    empty = cli(22, DESTROY, "Delete the logs of 2024", "s3 rm", "s3://storefront-logs-2024/", "--recursive")
    remove = sdk(23, DESTROY, "Delete the bucket itself", "s3", "DeleteBucket", {"Bucket": "storefront-logs-2024"})
    return plan(20, "Remove the access logs of 2024", [look, empty, remove], expected_account="210987654321")


def key_rotation() -> ExecutionPlan:
    """A sequence by SDK with a way back."""
    put = sdk(31, MODIFY, "Write the new signing key", "ssm", "PutParameter",
              {"Name": "/storefront/signing-key", "Value": "sk-2026-03", "Type": "String", "Overwrite": True,
               "Tags": [{"Key": "owner", "Value": "payments"}]})  # fmt: skip
    check = sdk(32, READ, "Read it back", "ssm", "GetParameter", {"Name": "/storefront/signing-key"})
    return plan(30, "Rotate the signing key of the shop", [put, check])


def stock_taking() -> ExecutionPlan:
    """Reads, all at once."""
    commands = [
        cli(41, READ, "Who is asking", "sts get-caller-identity"),
        cli(42, READ, "Web servers that run", "ec2 describe-instances", "--filters", "Name=tag:Role,Values=web"),
        sdk(43, READ, "All buckets", "s3", "ListBuckets", {}),
    ]
    return plan(40, "Take stock of the storefront estate", commands, mode=Parallel())


def working_day(folder: Path) -> RecordedSession:
    """Five plans to decide, one that runs, some that are over, one that was refused."""
    session = RecordedSession(folder)
    session.add(418, rolling_tags(), source="deploy-pipeline.json", at=ago(minutes=4, seconds=12),
                user_prompt="Roll 2026.02 out to the web servers, and look at their health")  # fmt: skip
    session.add(417, bucket_clean_up(), source="inbox", at=ago(minutes=9), user_prompt="We pay for logs nobody reads")
    session.add(416, key_rotation(), source="stdin", at=ago(minutes=12))
    session.add(414, stock_taking(), source="inbox", at=ago(hours=1))
    running = session.add(412, plan(50, "Copy the release artifacts to the mirror", [
        cli(51, MODIFY, "Copy everything", "s3 cp", "s3://a/", "s3://b/", "--recursive", "--no-progress"),
        cli(52, READ, "Count what arrived", "s3 ls", "s3://b/", "--recursive", "--summarize"),
    ]), at=ago(minutes=15))  # fmt: skip
    execution = session.run(running, 412)
    assert running.plan is not None
    session.clock.present = ago(minutes=12)
    session.tell(happened.Started(execution_id=execution, plan=running.plan))
    session.tell(happened.CommandStarted(execution_id=execution, command_id=running.plan.commands[0].id, attempt=1))
    session.clock.present = ago()
    session.add(409, plan(60, "Rename the staging queue", [cli(61, MODIFY, "Tag it", "sqs tag-queue")]),
                state=QueueState.REJECTED, decided_by="bob", reason="Wrong account", at=ago(hours=3))  # fmt: skip
    session.add(
        408,
        None,
        state=QueueState.REFUSED,
        source="inbox/shutdown.json",
        at=ago(hours=5),
        problems=(
            Problem(
                path="/commands/0/command_type/Cli/command",
                line=5,
                message="Found `ec2 stop-instance`, which `aws` does not have",
                remedy="Did you mean `ec2 stop-instances`?",
            ),
            Problem(
                path="/mode",
                line=None,
                message="Nothing was found; expected an execution mode",
                remedy='Add `"mode": "Sequential"`',
            ),
        ),
        refused_text=REFUSED_TEXT,
    )
    return session


def protected_day(folder: Path) -> RecordedSession:
    """The same day in a protected account."""
    session = working_day(folder)
    session.identity = PROD
    return session
