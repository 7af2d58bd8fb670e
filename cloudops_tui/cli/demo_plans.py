"""The plans of the demo, as a planner would send them, with how each should end and what should exist afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

WAVE = 6
"""Web servers that a rolling change touches before it looks whether they are well."""

NEW_RELEASE = "2026.02"
RETENTION_DAYS = 30
NEW_SIGNING_KEY = "sk-2025-02"
DEAD_LETTERS = "storefront-orders-dlq"
ALERTS = "storefront-orders-alerts"
ON_CALL = "on-call@storefront.example"
FORGOTTEN_BUCKET = "storefront-thumbnails"
"""A bucket that the planner believes in and that does not exist."""


@dataclass(frozen=True)
class Check:
    """One read by SDK after the plan has ended, and whether its answer is as it should be."""

    what: str
    service: str
    operation: str
    parameters: Json
    holds: Callable[[Mapping[str, Any]], bool]
    """Given the answer as plain JSON values."""


@dataclass(frozen=True)
class Ends:
    """The plan runs and ends so; statuses in their wire spelling."""

    status: str
    commands: Mapping[str, str]
    """Status by command id."""
    attempts: Mapping[str, int] = field(default_factory=dict)
    """Attempts by command id, where it takes more than one."""


@dataclass(frozen=True)
class IsRefused:
    """The plan is invalid; intake reports a problem at or below each of these JSON pointers."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class DemoPlan:
    """One plan file of the demo."""

    file_name: str
    text: str
    """The file's content: JSON, or YAML when the name says so."""
    user_prompt: str
    expected: Ends | IsRefused
    checks: tuple[Check, ...] = ()


def demo_plans(estate: Mapping[str, Any]) -> list[DemoPlan]:
    """Every plan of the demo over the embedded AWS's `estate`, in the order in which they are submitted.

    No plan depends on another: any order, and any overlap, ends the same.
    """
    return [
        _read_the_estate(estate),
        _roll_out_a_release(estate),
        _set_log_retention(estate),
        _mirror_artifacts(estate),
        _rotate_signing_key(estate),
        _add_dead_letter_queue(estate),
        _harden_buckets(estate),
        _remove_old_logs(estate),
        _retire_old_workers(estate),
        _invalid_shutdown(estate),
    ]


def _read_the_estate(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(1, estate)
    web = ["Name=tag:Role,Values=web", "Name=instance-state-name,Values=running"]
    columns = "Reservations[].Instances[].[InstanceId,InstanceType,Tags[?Key=='Name']|[0].Value]"
    artifacts = f"s3://{estate['buckets']['artifacts']}/releases/"
    commands = [
        pen.cli("ReadOnly", "Who is asking", "sts get-caller-identity"),
        pen.cli("ReadOnly", "Web servers that run", "ec2 describe-instances", "--filters", *web, "--query", columns),
        pen.sdk("ReadOnly", "Settings of the database", "rds", "DescribeDBInstances",
                {"DBInstanceIdentifier": estate["database"]}),
        pen.sdk("ReadOnly", "Shape of the orders table", "dynamodb", "DescribeTable", {"TableName": estate["table"]}),
        pen.sdk("ReadOnly", "All buckets", "s3", "ListBuckets", {}),
        pen.cli("ReadOnly", "Size of the release artifacts", "s3 ls", artifacts, "--recursive", "--summarize"),
        pen.sdk("ReadOnly", "Backlog of the orders queue", "sqs", "GetQueueAttributes",
                {"QueueUrl": estate["queues"]["orders"], "AttributeNames": ["ApproximateNumberOfMessages"]}),
        pen.sdk("ReadOnly", "Log groups and their retention", "logs", "DescribeLogGroups",
                {"logGroupNamePrefix": "/storefront/"}),
        pen.cli("ReadOnly", "Roles of the shop", "iam list-roles", "--query",
                "Roles[?starts_with(RoleName,'storefront-')].RoleName"),
    ]  # fmt: skip
    plan = pen.plan("Take stock of the storefront estate", "ReadOnly", "Parallel", commands, seconds=15)
    return DemoPlan(
        file_name="01-read-the-estate.json",
        text=_written(plan),
        user_prompt="What do we actually run for the shop in production?",
        expected=_completes(commands),
    )


def _roll_out_a_release(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(2, estate)
    commands: list[Json] = []
    dependencies: dict[str, list[str]] = {}
    healthy: list[str] = []
    for number, servers in enumerate(_waves(estate["web_instances"]), start=1):
        tagged = [_tag_release(pen, server, estate["release"], number) for server in servers]
        health = _read_health(pen, servers, number)
        dependencies |= {command["id"]: healthy for command in tagged if healthy}
        dependencies[health["id"]] = [command["id"] for command in tagged]
        commands += [*tagged, health]
        healthy = [health["id"]]
    mode = {"DependencyGraph": {"dependencies": dependencies}}
    title = f"Mark the web fleet for release {NEW_RELEASE}, {WAVE} servers at a time"
    return DemoPlan(
        file_name="02-roll-out-a-release.json",
        text=_written(pen.plan(title, "Modify", mode, commands, seconds=60)),
        user_prompt=f"Roll {NEW_RELEASE} out to the web servers, and look at their health after each wave",
        expected=_completes(commands),
        checks=(
            Check(
                f"all {len(estate['web_instances'])} web servers carry {NEW_RELEASE}",
                "ec2",
                "DescribeInstances",
                {"Filters": [{"Name": "tag:Release", "Values": [NEW_RELEASE]}]},
                lambda answer: set(_instance_states(answer)) == set(estate["web_instances"]),
            ),
        ),
    )


def _tag_release(pen: _Pen, server: str, previous: str, wave: int) -> Json:
    tags = [{"Key": "Release", "Value": NEW_RELEASE}, {"Key": "PreviousRelease", "Value": previous}]
    return pen.sdk("Modify", f"Wave {wave}: tag {server}", "ec2", "CreateTags", {"Resources": [server], "Tags": tags})


def _read_health(pen: _Pen, servers: Sequence[str], wave: int) -> Json:
    query = "InstanceStatuses[].[InstanceId,InstanceState.Name,InstanceStatus.Status]"
    description = f"Wave {wave}: health of its {len(servers)} servers"
    return pen.cli(
        "ReadOnly", description, "ec2 describe-instance-status", "--instance-ids", *servers, "--query", query
    )


def _set_log_retention(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(3, estate)
    put, read = pen.next_id(), pen.next_id()
    group = estate["log_groups"][0]
    return DemoPlan(
        file_name="03-set-log-retention.yaml",
        text=f"""\
# The web log group has never expired anything. The first calls of the day are often throttled here.
id: {pen.plan_id}
description: Keep the web logs for {RETENTION_DAYS} days instead of for ever
mode: Sequential
risk_level: modify
rollback_strategy: null
estimated_duration: 10s
commands:
  - id: {put}
    description: Expire the events of {group} after {RETENTION_DAYS} days
    risk_level: modify
    profile: {pen.profile}
    region: {pen.region}
    command_type:
      Sdk:
        service: logs
        operation: PutRetentionPolicy
        parameters:
          logGroupName: {group}
          retentionInDays: {RETENTION_DAYS}
  - id: {read}
    description: Read the retention back
    risk_level: read_only
    profile: {pen.profile}
    region: {pen.region}
    command_type:
      Sdk:
        service: logs
        operation: DescribeLogGroups
        parameters:
          logGroupNamePrefix: {group}
""",
        user_prompt="We pay for years of web logs nobody reads",
        expected=Ends("Completed", {put: "Completed", read: "Completed"}, attempts={put: 3}),
        checks=(
            Check(
                f"{group} keeps its events for {RETENTION_DAYS} days",
                "logs",
                "DescribeLogGroups",
                {"logGroupNamePrefix": group},
                lambda answer: [each.get("retentionInDays") for each in answer["logGroups"]] == [RETENTION_DAYS],
            ),
        ),
    )


def _mirror_artifacts(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(4, estate)
    source, target = estate["buckets"]["artifacts"], estate["buckets"]["backup"]
    commands = [
        pen.cli("Modify", f"Copy every artifact to {target}", "s3 cp", f"s3://{source}", f"s3://{target}",
                "--recursive", "--no-progress", supports_dry_run=True, timeout={"secs": 120, "nanos": 0}),
        pen.cli("ReadOnly", "Count what arrived", "s3 ls", f"s3://{target}", "--recursive", "--summarize"),
    ]  # fmt: skip
    return DemoPlan(
        file_name="04-mirror-artifacts.json",
        text=_written(pen.plan(f"Mirror {source} to {target}", "Modify", "Sequential", commands, seconds=20)),
        user_prompt="Copy the release artifacts to the backup bucket before the migration",
        expected=_completes(commands),
        checks=(
            Check(
                f"{target} holds all {estate['artifacts']} artifacts",
                "s3",
                "ListObjectsV2",
                {"Bucket": target},
                lambda answer: answer["KeyCount"] == estate["artifacts"],
            ),
        ),
    )


def _rotate_signing_key(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(5, estate)
    active, previous, rotated = (f"/storefront/prod/signing/{name}" for name in
                                 ("active-key-id", "previous-key-id", "rotated-on"))  # fmt: skip
    before = estate["parameters"]
    keep = _put_parameter(pen, "Keep the present key for verification", previous, before[active])
    switch = _put_parameter(pen, f"Sign with {NEW_SIGNING_KEY}", active, NEW_SIGNING_KEY)
    # The planner counted a rotation that never happened: the parameter has no version 7.
    label = pen.sdk("Modify", "Label the new version `live`", "ssm", "LabelParameterVersion",
                    {"Name": active, "ParameterVersion": 7, "Labels": ["live"]})  # fmt: skip
    date = _put_parameter(pen, "Note the day of the rotation", rotated, "2025-02-03")
    commands = [keep, switch, label, date]
    rollback = {
        "trigger": "OnFailure",
        "compensations": {
            keep["id"]: [_put_parameter(pen, "Restore the previous key id", previous, before[previous])],
            switch["id"]: [_put_parameter(pen, "Sign with the old key again", active, before[active])],
            date["id"]: [_put_parameter(pen, "Restore the day of the rotation", rotated, before[rotated])],
        },
    }
    title = "Rotate the signing key of the shop; restore it if anything fails"
    statuses = {keep["id"]: "RolledBack", switch["id"]: "RolledBack", label["id"]: "Failed", date["id"]: "Skipped"}
    return DemoPlan(
        file_name="05-rotate-signing-key.json",
        text=_written(pen.plan(title, "Modify", "Sequential", commands, seconds=10, rollback=rollback)),
        user_prompt=f"Rotate the signing key to {NEW_SIGNING_KEY}, all or nothing",
        expected=Ends("RolledBack", statuses),
        checks=(
            Check(
                "all three parameters have their old values",
                "ssm",
                "GetParameters",
                {"Names": [active, previous, rotated]},
                lambda answer: (
                    {each["Name"]: each["Value"] for each in answer["Parameters"]}
                    == {name: before[name] for name in (active, previous, rotated)}
                ),
            ),
            Check(
                "the active key was really changed, and changed back",
                "ssm",
                "GetParameterHistory",
                {"Name": active},
                lambda answer: (
                    [each["Value"] for each in answer["Parameters"]]
                    == [before[active], NEW_SIGNING_KEY, before[active]]
                ),
            ),
        ),
    )


def _put_parameter(pen: _Pen, description: str, name: str, value: str) -> Json:
    parameters = {"Name": name, "Value": value, "Type": "String", "Overwrite": True}
    return pen.sdk("Modify", description, "ssm", "PutParameter", parameters)


def _add_dead_letter_queue(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(6, estate)
    orders = estate["queues"]["orders"]
    region, account = estate["region"], estate["account"]
    queue_arn, topic_arn = f"arn:aws:sqs:{region}:{account}:{DEAD_LETTERS}", f"arn:aws:sns:{region}:{account}:{ALERTS}"
    redrive = json.dumps({"deadLetterTargetArn": queue_arn, "maxReceiveCount": "5"})
    fortnight = "MessageRetentionPeriod=1209600"
    queue = pen.cli("Modify", "Create the queue for dead letters, kept two weeks",
                    "sqs create-queue", "--queue-name", DEAD_LETTERS, "--attributes", fortnight)  # fmt: skip
    topic = pen.cli("Modify", "Create the topic for alerts", "sns create-topic", "--name", ALERTS)
    policy = pen.cli("Modify", "Send an order there after five failed deliveries",
                     "sqs set-queue-attributes", "--queue-url", orders,
                     "--attributes", json.dumps({"RedrivePolicy": redrive}))  # fmt: skip
    subscription = pen.cli("Modify", "Send alerts to the people on call", "sns subscribe", "--topic-arn", topic_arn,
                           "--protocol", "email", "--notification-endpoint", ON_CALL)  # fmt: skip
    read = pen.cli("ReadOnly", "Read the redrive policy back", "sqs get-queue-attributes",
                   "--queue-url", orders, "--attribute-names", "RedrivePolicy")  # fmt: skip
    commands = [queue, topic, policy, subscription, read]
    dependencies = {
        policy["id"]: [queue["id"]],
        subscription["id"]: [topic["id"]],
        read["id"]: [policy["id"]],
    }
    dead_letters_url = orders.rpartition("/")[0] + f"/{DEAD_LETTERS}"
    rollback = {
        "trigger": "Manual",
        "compensations": {
            queue["id"]: [pen.cli("Destructive", "Delete the queue for dead letters", "sqs delete-queue",
                                  "--queue-url", dead_letters_url)],
            topic["id"]: [pen.cli("Destructive", "Delete the topic and its subscription", "sns delete-topic",
                                  "--topic-arn", topic_arn)],
            policy["id"]: [pen.cli("Modify", "Take the redrive policy off the orders queue",
                                   "sqs set-queue-attributes", "--queue-url", orders,
                                   "--attributes", json.dumps({"RedrivePolicy": ""}))],
        },
    }  # fmt: skip
    mode = {"DependencyGraph": {"dependencies": dependencies}}
    title = "Catch orders that cannot be processed in a dead letter queue, with a topic for alerts"
    return DemoPlan(
        file_name="06-add-dead-letter-queue.json",
        text=_written(pen.plan(title, "Modify", mode, commands, seconds=10, rollback=rollback)),
        user_prompt="Poison orders block the queue every weekend; park them and page us",
        expected=_completes(commands),
        checks=(
            Check(
                "the orders queue sends its dead letters to the new queue",
                "sqs",
                "GetQueueAttributes",
                {"QueueUrl": orders, "AttributeNames": ["RedrivePolicy"]},
                lambda answer: json.loads(answer["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"] == queue_arn,
            ),
            Check(
                "the people on call are subscribed to the new topic",
                "sns",
                "ListSubscriptions",
                {},
                lambda answer: (
                    [(each["TopicArn"], each["Endpoint"]) for each in answer["Subscriptions"]] == [(topic_arn, ON_CALL)]
                ),
            ),
        ),
    )


def _harden_buckets(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(7, estate)
    assets, uploads = estate["buckets"]["assets"], estate["buckets"]["uploads"]
    versioning = ("--versioning-configuration", "Status=Enabled")
    forgotten = pen.cli("Modify", f"Keep old versions in {FORGOTTEN_BUCKET}, if it still exists",
                        "s3api put-bucket-versioning", "--bucket", FORGOTTEN_BUCKET, *versioning,
                        on_failure="Continue", allow_failure=True)  # fmt: skip
    commands = [
        _block_public_access(pen, assets),
        _block_public_access(pen, uploads),
        pen.sdk("Modify", f"Keep old versions in {assets}", "s3", "PutBucketVersioning",
                {"Bucket": assets, "VersioningConfiguration": {"Status": "Enabled"}}),
        pen.cli("Modify", f"Keep old versions in {uploads}", "s3api put-bucket-versioning",
                "--bucket", uploads, *versioning),
        forgotten,
    ]  # fmt: skip
    statuses = {command["id"]: "Completed" for command in commands} | {forgotten["id"]: "Failed"}
    title = "Close the shop's buckets to the public and keep old versions"
    return DemoPlan(
        file_name="07-harden-buckets.json",
        text=_written(pen.plan(title, "Modify", "Parallel", commands, seconds=10)),
        user_prompt="Fix the findings on the storefront buckets; thumbnails may be gone already",
        expected=Ends("Completed", statuses),
        checks=tuple(check for bucket in (assets, uploads) for check in _hardened(bucket)),
    )


def _block_public_access(pen: _Pen, bucket: str) -> Json:
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    parameters = {"Bucket": bucket, "PublicAccessBlockConfiguration": dict.fromkeys(switches, True)}
    return pen.sdk("Modify", f"Close {bucket} to the public", "s3", "PutPublicAccessBlock", parameters)


def _hardened(bucket: str) -> tuple[Check, Check]:
    return (
        Check(
            f"{bucket} is closed to the public",
            "s3",
            "GetPublicAccessBlock",
            {"Bucket": bucket},
            lambda answer: all(answer["PublicAccessBlockConfiguration"].values()),
        ),
        Check(
            f"{bucket} keeps old versions",
            "s3",
            "GetBucketVersioning",
            {"Bucket": bucket},
            lambda answer: answer.get("Status") == "Enabled",
        ),
    )


def _remove_old_logs(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(8, estate)
    bucket = estate["buckets"]["logs"]
    commands = [
        pen.cli("ReadOnly", "What will be lost", "s3 ls", f"s3://{bucket}", "--recursive", "--summarize"),
        pen.cli("Destructive", f"Delete all {estate['log_files']} objects", "s3 rm", f"s3://{bucket}", "--recursive",
                supports_dry_run=True),
        pen.cli("Destructive", f"Delete the bucket {bucket}", "s3api delete-bucket", "--bucket", bucket),
    ]  # fmt: skip
    title = "Remove the access logs of 2023; their retention ended"
    return DemoPlan(
        file_name="08-remove-old-logs.json",
        text=_written(
            pen.plan(title, "Destructive", "Sequential", commands, seconds=10, expected_account=estate["account"])
        ),
        user_prompt="The 2023 access logs are past retention, delete them and their bucket",
        expected=_completes(commands),
        checks=(
            Check(
                f"{bucket} is gone",
                "s3",
                "ListBuckets",
                {},
                lambda answer: bucket not in [each["Name"] for each in answer["Buckets"]],
            ),
        ),
    )


def _retire_old_workers(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(9, estate)
    workers = {"InstanceIds": estate["retired_instances"]}
    commands = [
        pen.sdk("ReadOnly", "See that they are the retired ones", "ec2", "DescribeTags",
                {"Filters": [{"Name": "resource-id", "Values": estate["retired_instances"]}]}),
        pen.sdk("Destructive", "Stop the old batch workers", "ec2", "StopInstances", workers),
        pen.sdk("Destructive", "Terminate them", "ec2", "TerminateInstances", workers),
    ]  # fmt: skip
    title = "Retire the two m4.large batch workers that nothing uses any more"
    return DemoPlan(
        file_name="09-retire-old-workers.json",
        text=_written(
            pen.plan(title, "Destructive", "Sequential", commands, seconds=10, expected_account=estate["account"])
        ),
        user_prompt="Get rid of the old batch machines, the new ones run since March",
        expected=_completes(commands),
        checks=(
            Check(
                "both workers are terminated",
                "ec2",
                "DescribeInstances",
                workers,
                lambda answer: _instance_states(answer) == dict.fromkeys(estate["retired_instances"], "terminated"),
            ),
            Check(
                "the web fleet still runs",
                "ec2",
                "DescribeInstances",
                {"InstanceIds": estate["web_instances"]},
                lambda answer: set(_instance_states(answer).values()) == {"running"},
            ),
        ),
    )


def _invalid_shutdown(estate: Mapping[str, Any]) -> DemoPlan:
    pen = _Pen(10, estate)
    servers = estate["web_instances"][:2]
    stop = pen.sdk("Destructive", "Stop two web servers", "ec2", "StopInstances", {"InstanceIds": servers[0]})
    end = pen.sdk("Destructive", "Terminate them", "ec2", "TerminateInstance", {"InstanceIds": servers})
    start = pen.sdk("Modify", "Start them again", "ec2", "StartInstances", {"InstanceIds": servers})
    commands = [stop, end, start]
    dependencies = {
        stop["id"]: [start["id"]],
        start["id"]: [stop["id"]],
        end["id"]: [_id(10, 99)],
    }
    mode = {"DependencyGraph": {"dependencies": dependencies}}
    graph = "/mode/DependencyGraph/dependencies"
    return DemoPlan(
        file_name="10-restart-web-servers.json",
        text=_written(pen.plan("Restart two web servers", "Destructive", mode, commands)),
        user_prompt="Turn web-01 and web-02 off and on again",
        expected=IsRefused(
            paths=(
                "/commands/0/command_type/Sdk/parameters/InstanceIds",
                "/commands/1/command_type/Sdk/operation",
                f"{graph}/{end['id']}/0",
                graph,
            )
        ),
    )


class _Pen:
    """Writes the commands of one plan, with fixed ids: the same plan on every day is the same entry."""

    def __init__(self, number: int, estate: Mapping[str, Any]) -> None:
        self.plan_id = _id(number, 0)
        self.profile = "storefront"
        self.region = str(estate["region"])
        self._number = number
        self._written = 0

    def next_id(self) -> str:
        self._written += 1
        return _id(self._number, self._written)

    def sdk(self, risk: str, description: str, service: str, operation: str, parameters: Json) -> Json:
        kind = {"Sdk": {"service": service, "operation": operation, "parameters": parameters}}
        return self._command(risk, description, kind)

    def cli(
        self, risk: str, description: str, words: str, *args: str, supports_dry_run: bool = False, **additive: Any
    ) -> Json:
        kind = {"Cli": {"command": f"aws {words}", "args": list(args), "supports_dry_run": supports_dry_run}}
        return self._command(risk, description, kind) | additive

    def plan(
        self,
        description: str,
        risk: str,
        mode: str | Json,
        commands: Sequence[Json],
        *,
        seconds: int | None = None,
        rollback: Json | None = None,
        **additive: Any,
    ) -> Json:
        return {
            "id": self.plan_id,
            "description": description,
            "commands": list(commands),
            "mode": mode,
            "risk_level": risk,
            "rollback_strategy": rollback,
            "estimated_duration": None if seconds is None else {"secs": seconds, "nanos": 0},
        } | additive

    def _command(self, risk: str, description: str, kind: Json) -> Json:
        return {
            "id": self.next_id(),
            "command_type": kind,
            "description": description,
            "risk_level": risk,
            "profile": self.profile,
            "region": self.region,
        }


def _id(plan: int, command: int) -> str:
    # Told apart by the first digits, which is what screens show.
    return f"{plan:02x}{command:02x}de30-0000-4000-8000-000000000000"


def _completes(commands: Sequence[Json]) -> Ends:
    return Ends("Completed", {command["id"]: "Completed" for command in commands})


def _written(plan: Json) -> str:
    return json.dumps(plan, indent=2) + "\n"


def _waves(servers: Sequence[str]) -> list[Sequence[str]]:
    return [servers[start : start + WAVE] for start in range(0, len(servers), WAVE)]


def _instance_states(answer: Mapping[str, Any]) -> dict[str, str]:
    instances = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
    return {instance["InstanceId"]: instance["State"]["Name"] for instance in instances}
