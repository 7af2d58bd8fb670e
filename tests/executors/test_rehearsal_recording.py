"""Everything that a rehearsal sends, recorded: each request is a read or carries the service's own dry-run switch.

All operations with such a switch: `python -m tests.executors.test_rehearsal_recording`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.rehearser import NotARead, Rehearser
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.catalogue import CliCommandShape, CliOption
from cloudops_tui.model.config import CliExecutorConfig
from cloudops_tui.model.errors import InvalidCommand
from cloudops_tui.model.result import DryRunOutput, DryRunRung
from cloudops_tui.policy.before.reading import Read
from cloudops_tui.policy.cli_grammar import ParsedCli, canonical, parse
from cloudops_tui.policy.native_dry_runs import ANOTHER_MEANING, UNDOCUMENTED, switch_of
from tests.executors.attempts import cli_command, sdk_command, write_aws_files
from tests.executors.least import least_parameters
from tests.executors.loopback import Asked, Loopback, Says, ec2_refusal, loopback, refusal
from tests.executors.recognising import recognised
from tests.policy.before.samples import SAMPLES

CATALOGUE = the_catalogue()

ALLOWED_READS = frozenset(
    {
        "autoscaling.DescribeAutoScalingGroups", "cloudformation.DescribeChangeSet",
        "cloudformation.DescribeStacks", "cloudformation.ListStackResources", "cloudformation.ValidateTemplate",
        "cloudwatch.DescribeAlarms", "dynamodb.DescribeTable", "dynamodb.GetItem", "ec2.DescribeAddresses",
        "ec2.DescribeImages", "ec2.DescribeInstanceAttribute", "ec2.DescribeInstances",
        "ec2.DescribeNetworkInterfaces", "ec2.DescribeSecurityGroupRules", "ec2.DescribeSecurityGroups",
        "ec2.DescribeSnapshots", "ec2.DescribeTags", "ec2.DescribeVolumes", "ecs.DescribeServices",
        "ecs.DescribeTaskDefinition", "eks.DescribeNodegroup", "elbv2.DescribeListeners",
        "elbv2.DescribeLoadBalancerAttributes", "elbv2.DescribeLoadBalancers", "elbv2.DescribeTargetGroups",
        "elbv2.DescribeTargetHealth", "events.DescribeRule", "events.ListTargetsByRule",
        "iam.GetAccessKeyLastUsed", "iam.GetPolicy", "iam.GetRole", "iam.GetRolePolicy", "iam.GetUser",
        "iam.GetUserPolicy", "iam.ListAccessKeys", "iam.ListAttachedRolePolicies",
        "iam.ListAttachedUserPolicies", "iam.ListInstanceProfilesForRole", "iam.ListPolicyVersions",
        "iam.ListRolePolicies", "kms.DescribeKey", "lambda.GetAlias", "lambda.GetFunctionConcurrency",
        "lambda.GetFunctionConfiguration", "logs.DescribeLogGroups", "rds.DescribeDBClusters",
        "rds.DescribeDBInstances", "route53.ListResourceRecordSets", "s3.GetBucketLifecycleConfiguration",
        "s3.GetBucketPolicy", "s3.GetBucketVersioning", "s3.GetPublicAccessBlock", "s3.HeadBucket",
        "s3.HeadObject", "s3.ListObjectVersions", "s3.ListObjectsV2", "secretsmanager.DescribeSecret",
        "sns.GetSubscriptionAttributes", "sns.GetTopicAttributes", "sqs.GetQueueAttributes",
        "ssm.DescribeParameters", "sts.GetCallerIdentity",
    }
)  # fmt: skip
"""Written out again on purpose: the program's own list may not decide what is harmless."""

REGION = "us-east-1"
LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: one more start of `aws`")


@pytest.fixture(autouse=True)
def keys(home: Path) -> None:
    write_aws_files(home, credentials={"default": "AKIAIOSFODNN7EXAMPLE"})


@pytest.fixture
async def sdk() -> AsyncIterator[SdkExecutor]:
    made = SdkExecutor()
    yield made
    await made.close()


@pytest.fixture
async def cli(aws_program: Path) -> AsyncIterator[CliExecutor]:
    made = CliExecutor(CliExecutorConfig(cli_path=aws_program))
    yield made
    await made.close()


@contextmanager
def recording(patch: pytest.MonkeyPatch, answer: Says = refusal("AccessDenied", 403)) -> Iterator[Loopback]:
    with loopback(answer) as stub:
        patch.setenv("AWS_ENDPOINT_URL", stub.address)
        yield stub


def harmless(asked: Sequence[Asked]) -> list[str]:
    """The calls that were recorded; fails at the first that is neither a read nor a dry run."""
    calls = []
    for one in asked:
        request = recognised(one)
        assert request.is_dry_run or request.call in ALLOWED_READS, f"{request.call} was sent, and is no rehearsal"
        calls.append(request.call)
    return calls


# ---------------------------------------------------------------- the judge itself


def test_reads_are_reads_by_their_names() -> None:
    for call in ALLOWED_READS - {"cloudformation.ValidateTemplate"}:
        assert call.partition(".")[2].startswith(("Describe", "Get", "List", "Head"))


async def test_the_judge_tells_a_dry_run_from_the_real_thing(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, dict[str, Any]]] = [
        ("ec2", "StopInstances", {"InstanceIds": ["i-1"]}),
        ("lambda", "Invoke", {"FunctionName": "f"}),
        ("s3", "DeleteObject", {"Bucket": "b", "Key": "k"}),
        ("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": "{}"}),
    ]
    with recording(monkeypatch) as stub:
        for service, operation, parameters in sent:
            stub.asked.clear()
            await _really(sdk, service, operation, parameters)

            with pytest.raises(AssertionError, match=f"{service}.{operation} was sent"):
                harmless(stub.asked)


async def _really(sdk: SdkExecutor, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    try:
        await sdk.execute(sdk_command(service, operation, parameters))
    except Exception:  # noqa: BLE001 - the stub refuses; that it was sent is all that counts
        pass


# ---------------------------------------------------------------- every operation with a switch of its own

SERVICES = (
    "appstream", "cloud9", "clouddirectory", "ec2", "emr", "es", "kms", "lambda", "launch-wizard", "license-manager",
    "medialive", "meteringmarketplace", "mgh", "migrationhub-config", "network-firewall", "opensearch", "outposts",
    "pinpoint-sms-voice-v2", "redshift", "ssm", "tnb",
)  # fmt: skip
"""Reading all 407 models takes ten seconds; the long command does it."""


def with_switch(services: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (service, operation)
        for service in services
        for operation in CATALOGUE.operations(service)
        if (shape := CATALOGUE.operation(service, operation)) is not None and shape.dry_run_member is not None
    ]


@cache
def switched() -> list[tuple[str, str]]:
    return with_switch(SERVICES)


NOT_ASKED = {*UNDOCUMENTED, *ANOTHER_MEANING}


def test_the_pinned_botocore_has_as_many_as_was_counted() -> None:
    assert len(switched()) == 716
    assert len(NOT_ASKED) == 5
    assert set(switched()) > NOT_ASKED


async def rehearsed(sdk: SdkExecutor, service: str, operation: str) -> DryRunOutput:
    shape = CATALOGUE.operation(service, operation)
    assert shape is not None
    return await sdk.dry_run(sdk_command(service, operation, least_parameters(shape, CATALOGUE)))


async def all_rehearsed(sdk: SdkExecutor, stub: Loopback, chosen: Sequence[tuple[str, str]]) -> None:
    """Each is asked once with its switch set, except those of which nobody knows what the switch does."""
    gate = asyncio.Semaphore(8)

    async def one(service: str, operation: str) -> None:
        async with gate:
            await rehearsed(sdk, service, operation)

    await asyncio.gather(*(one(service, operation) for service, operation in chosen))

    asked = {recognised(one).call for one in stub.asked if recognised(one).is_dry_run}
    harmless(stub.asked)
    assert asked == {f"{service}.{operation}" for service, operation in chosen if (service, operation) not in NOT_ASKED}


async def test_operations_with_a_dry_run_are_asked_by_it_and_nothing_else_is_sent(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services with a protocol each: a client costs more than a hundred questions. All by the long command."""
    services = ("kms", "lambda", "mgh", "opensearch", "redshift")
    chosen = [one for one in switched() if one[0] in services]
    chosen += random.Random(716).sample([one for one in switched() if one[0] == "ec2"], 80)

    with recording(monkeypatch) as stub:
        await all_rehearsed(sdk, stub, chosen)


@pytest.mark.parametrize(("service", "operation"), sorted(NOT_ASKED))
async def test_a_switch_of_which_nobody_says_what_it_does_is_not_tried(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch, service: str, operation: str
) -> None:
    with recording(monkeypatch) as stub:
        told = await rehearsed(sdk, service, operation)

    assert stub.asked == []
    assert told.description.startswith("Not rehearsable: permission and effect unknown: ")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("lambda", "Invoke", {"FunctionName": "resize", "Payload": "hunter2"}),
        ("outposts", "StartOutpostDecommission", {"OutpostIdentifier": "op-1"}),
        ("timestream-query", "PrepareQuery", {"QueryString": "SELECT 1"}),
    ],
)
async def test_other_words_for_a_dry_run_are_known(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    with recording(monkeypatch) as stub:
        told = await sdk.dry_run(sdk_command(service, operation, parameters))

    assert f"{service}.{operation}" in harmless(stub.asked)
    assert told.refused
    assert not any(b"hunter2" in one.body for one in stub.asked)


# ---------------------------------------------------------------- every write that is looked at first


async def test_looking_before_writes_sends_reads_only_by_sdk(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording(monkeypatch) as stub:
        for name, sample in SAMPLES.items():
            service, _, operation = name.partition(".")
            before = len(stub.asked)
            await sdk.dry_run(sdk_command(service, operation, sample.parameters))

            assert len(stub.asked) > before, f"{name} asked nobody"

    calls = harmless(stub.asked)
    assert len(set(calls)) > 60


def command_for(service: str, operation: str) -> CliCommandShape | None:
    for word in dict.fromkeys((service, *_OTHER_WORDS.get(service, ()))):
        for name in CATALOGUE.cli_commands(word):
            shape = CATALOGUE.cli_command((word, *name.split()))
            if shape and (shape.service, shape.operation, shape.is_waiter) == (service, operation, False):
                return shape
    return None


_OTHER_WORDS = {"s3": ("s3api",)}


def words_for(shape: CliCommandShape, parameters: Mapping[str, Any]) -> list[str] | None:
    """A command line that says the same; None where a value cannot be said on one."""
    words = list(shape.path)
    words += ["out.bin"] * len(shape.positionals)
    for name, value in parameters.items():
        options = [one for one in shape.options.values() if one.member == name]
        said = _said(options, value)
        if said is None:
            return None
        words += said
    return words


def _said(options: Sequence[CliOption], value: Any) -> list[str] | None:
    flag = next((one for one in options if one.kind == "flag" and one.sets is value), None)
    if flag is not None:
        return [flag.name]
    option = next((one for one in options if one.kind != "flag" and one.type != "blob"), None)
    if option is None:
        return None
    return [option.name, value if isinstance(value, str) else json.dumps(value)]


CLI_FORMS = {
    name: words
    for name, sample in SAMPLES.items()
    if (shape := command_for(*name.split(".", 1))) is not None
    and (words := words_for(shape, sample.parameters)) is not None
}


def test_nearly_every_sample_can_be_said_on_a_command_line() -> None:
    assert len(CLI_FORMS) >= 105


async def test_looking_before_writes_sends_reads_only_by_command_line(
    cli: CliExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of EC2 start the real `aws` as well, which takes its time: one of them here, all by the long command."""
    services = ("iam", "logs", "rds", "s3", "sqs", "ssm")
    chosen = {name: words for name, words in CLI_FORMS.items() if name.startswith(tuple(f"{one}." for one in services))}
    chosen |= {"ec2.TerminateInstances": CLI_FORMS["ec2.TerminateInstances"]}

    with recording(monkeypatch) as stub:
        await looked_at(cli, stub, chosen)


async def looked_at(cli: CliExecutor, stub: Loopback, chosen: Mapping[str, Sequence[str]]) -> None:
    for name, words in chosen.items():
        before = len(stub.asked)
        await cli.dry_run(cli_command(*words))

        calls = harmless(stub.asked[before:])
        assert calls, f"{name} asked nobody"
        assert (name in calls) == (name.startswith("ec2.") or name == "lambda.UpdateFunctionCode")


# ---------------------------------------------------------------- command lines with `--dry-run`


def test_every_command_line_with_a_dry_run_carries_it_once_and_never_its_opposite() -> None:
    from cloudops_tui.executors.cli_rehearsal import option_of

    seen = 0
    for service in CATALOGUE.cli_services():
        for name in CATALOGUE.cli_commands(service):
            shape = CATALOGUE.cli_command((service, *name.split()))
            assert shape is not None
            switch = switch_of(shape.service, shape.operation, shape.dry_run_member)
            option = option_of(shape, switch) if switch is not None else None
            if option is None or switch is None:
                continue
            asking = parse(canonical(ParsedCli(shape.path, {option: True}, (), {}, shape))[1:], CATALOGUE)
            flag = shape.options[option]
            assert (flag.member, flag.sets, flag.origin) == (switch.member, True, "model")
            assert option in ("--dry-run", "--validate-only", "--perform-check-only")
            assert isinstance(asking, ParsedCli | list)
            seen += 1
    assert seen > 780


@pytest.mark.parametrize(
    "words",
    [
        ("ec2", "stop-instances", "--instance-ids", "i-1", "--no-dry-run"),
        pytest.param(("opensearch", "cancel-domain-config-change", "--domain-name", "logs"), marks=LONG),
    ],
)
async def test_the_real_aws_sends_the_dry_run_and_nothing_else(
    cli: CliExecutor, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    with recording(monkeypatch, ec2_refusal("DryRunOperation", 412)) as stub:
        await cli.dry_run(cli_command(*words))

    harmless(stub.asked)


async def test_lambda_is_asked_without_aws_which_would_write_the_file_for_the_answer(
    cli: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with recording(monkeypatch, Says(status=204)) as stub:
        told = await cli.dry_run(cli_command("lambda", "invoke", "--function-name", "resize", "answer.json"))

    assert harmless(stub.asked) == ["lambda.Invoke"]
    assert told.rung is DryRunRung.AUTHORISED
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- commands of awscli's own

@cache
def custom() -> list[CliCommandShape]:
    return [
        shape
        for service in CATALOGUE.cli_services()
        for name in ("", *CATALOGUE.cli_commands(service))
        if (shape := CATALOGUE.cli_command((service, *name.split()))) is not None and shape.operation is None
    ]


def least_words(shape: CliCommandShape) -> list[str]:
    """The least that the grammar takes."""
    words = list(shape.path)
    values = ["s3://bucket/a", "s3://bucket/b"] if shape.path[0] == "s3" else ["x", "x"]
    for positional in shape.positionals:
        words += values[: positional.least]
    for option in shape.options.values():
        if option.required:
            value = option.choices[0] if option.choices else "1" if option.type in ("integer", "long") else "x"
            words += [option.name] + ([] if option.kind == "flag" else [value] * max(option.least, 1))
    return words


def test_there_are_as_many_custom_commands_as_were_counted() -> None:
    assert len(custom()) == 64


async def test_commands_of_awsclis_own_send_nothing(
    cli: CliExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with recording(monkeypatch) as stub:
        for shape in custom():
            if shape.path not in LISTING:
                await says_nothing(cli, stub, shape)
                assert list(tmp_path.iterdir()) == []


# All four by the long command.
@pytest.mark.parametrize("path", [("s3", "sync"), pytest.param(("s3", "rm"), marks=LONG)])
async def test_commands_of_s3_send_nothing_but_listings(
    cli: CliExecutor, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    shape = CATALOGUE.cli_command(path)
    assert shape is not None
    with recording(monkeypatch) as stub:
        await says_nothing(cli, stub, shape)


LISTING = {("s3", "cp"), ("s3", "mv"), ("s3", "rm"), ("s3", "sync")}


async def says_nothing(cli: CliExecutor, stub: Loopback, shape: CliCommandShape) -> None:
    """Nothing that changes anything."""
    stub.asked.clear()
    try:
        told = await cli.dry_run(cli_command(*least_words(shape)))
    except InvalidCommand:
        told = None  # refused before anything could be asked

    may = {"s3.ListObjectsV2", "s3.HeadObject"} if shape.path in LISTING else set()
    assert set(harmless(stub.asked)) <= may
    assert told is None or shape.path in LISTING or told.description.startswith("Not rehearsable: ")


# ---------------------------------------------------------------- the last gate


async def test_what_is_not_known_to_be_a_read_does_not_leave() -> None:
    rehearser = Rehearser(AwsClients(), CATALOGUE)

    with pytest.raises(NotARead):
        await rehearser.read(Read("ec2.TerminateInstances", {"InstanceIds": ["i-1"]}), "default", REGION)


# ---------------------------------------------------------------- everything


async def everything(aws: str) -> None:
    with pytest.MonkeyPatch.context() as patch, recording(patch) as stub:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        sdk, cli = SdkExecutor(), CliExecutor(CliExecutorConfig(cli_path=Path(aws)))
        assert sorted(with_switch(CATALOGUE.services())) == sorted(switched())
        await all_rehearsed(sdk, stub, switched())
        asked = len(switched()) - len(NOT_ASKED)
        print(f"{asked} of {len(switched())} asked by their dry run; {len(stub.asked)} requests")
        before = len(stub.asked)
        await looked_at(cli, stub, CLI_FORMS)
        print(f"{len(CLI_FORMS)} command lines looked at; {len(stub.asked) - before} requests")
        for shape in custom():
            await says_nothing(cli, stub, shape)
        print(f"{len(custom())} commands of awscli's own tried; everything that was sent is a read or a dry run")
        await sdk.close()
        await cli.close()


if __name__ == "__main__":
    asyncio.run(everything(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("AWS_PROGRAM", "aws")))
