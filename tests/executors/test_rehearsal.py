"""What a rehearsal says, against moto where it answers as AWS does, and a stub where it must be made to."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.engine.ports import Rehearsal
from cloudops_tui.executors import cli as cli_module
from cloudops_tui.executors import cli_rehearsal, rehearser
from cloudops_tui.executors.aws_failures import Failure
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.copies import contents_of, parameters_with_contents
from cloudops_tui.executors.rehearsal import Permission, State, answered, outcome
from cloudops_tui.executors.s3_listing import Sizes, changes_in, listed
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.command import SdkCommand
from cloudops_tui.model.config import CliExecutorConfig
from cloudops_tui.model.result import DryRunNo, DryRunOutput, DryRunRung
from cloudops_tui.policy.before.reading import Picture, absent, different
from tests.executors.attempts import cli_command, sdk_command
from tests.executors.loopback import Asked, Says, ec2_refusal, loopback
from tests.executors.test_cli import pretended

ALLOWED = Permission(True, "the service answered `DryRunOperation`")
REFUSED = answered(Failure("no", error_code="UnauthorizedOperation"))
FOUND = State(Picture(found=("log group /a",), changes=("retentionInDays  14 -> 30",)))
GONE = State(Picture(nos=(absent("log group /a is absent: nothing to change"),)))


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


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


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("permission", "state", "said", "rung"),
    [
        (None, None, "Not rehearsable: permission and effect unknown", None),
        (ALLOWED, None, "Allowed by a dry run: the service answered `DryRunOperation`", DryRunRung.AUTHORISED),
        (None, FOUND, "Read as it is now; permission unknown", DryRunRung.STATE),
        (
            ALLOWED,
            FOUND,
            "Read as it is now, and allowed by a dry run: the service answered `DryRunOperation`",
            DryRunRung.STATE,
        ),
        (
            Permission(None, "no answer within 5 s"),
            FOUND,
            "Read as it is now; permission unknown: no answer within 5 s",
            DryRunRung.STATE,
        ),
        (Permission(None, "no answer within 5 s"), None, "Not rehearsable: no answer within 5 s", None),
        (REFUSED, FOUND, "Refused by a dry run: no", DryRunRung.STATE),
        (ALLOWED, GONE, "Log group /a is absent: nothing to change", DryRunRung.STATE),
        (
            None,
            State(Picture(unread=("access denied",))),
            "Not rehearsable: permission and effect unknown: access denied",
            None,
        ),
        (
            ALLOWED,
            State(Picture(unread=("access denied",))),
            "Allowed by a dry run: the service answered `DryRunOperation`",
            DryRunRung.AUTHORISED,
        ),
        (
            None,
            State(FOUND.picture, native=True),
            "Listed by the service itself; permission unknown",
            DryRunRung.NATIVE,
        ),
    ],
)
def test_the_best_that_is_known_is_said(
    permission: Permission | None, state: State | None, said: str, rung: DryRunRung | None
) -> None:
    told = outcome(permission, state)

    assert (told.description, told.rung) == (said, rung)


def test_a_refusal_weighs_more_than_what_may_yet_come_or_change() -> None:
    both = State(Picture(nos=(absent("a is absent"), different("b is in use"))))

    assert outcome(REFUSED, both).no is DryRunNo.REFUSED
    assert outcome(ALLOWED, both).no is DryRunNo.DIFFERENT
    assert outcome(ALLOWED, GONE).no is DryRunNo.ABSENT
    assert outcome(answered(Failure("gone", error_code="InvalidInstanceID.NotFound")), None).no is DryRunNo.ABSENT
    assert outcome(ALLOWED, FOUND).no is None


def test_what_did_not_make_it_into_the_description_is_in_the_details() -> None:
    both = State(Picture(nos=(absent("a is absent"), absent("b is absent")), unread=("c: access denied",)))

    assert outcome(ALLOWED, both).details == (
        "not read: c: access denied", "a is absent", "b is absent",
        "dry run: allowed, the service answered `DryRunOperation`",
    )  # fmt: skip
    assert outcome(ALLOWED, None).details is None


def test_the_hash_of_what_was_found_differs_with_it() -> None:
    other = State(Picture(found=("log group /a",), changes=("retentionInDays  7 -> 30",)))

    assert outcome(None, FOUND).before_state == outcome(ALLOWED, FOUND).before_state
    assert outcome(None, FOUND).before_state != outcome(None, other).before_state
    assert outcome(ALLOWED, None).before_state is None


def test_a_service_that_does_not_answer_a_dry_run_as_it_should_is_not_trusted() -> None:
    assert "may have done what it was asked" in outcome(answered(None, service="ec2"), None).warnings[0]
    assert "may have done" not in "".join(outcome(answered(None, service="mgh"), None).warnings)


# ---------------------------------------------------------------- against moto


class Moto:
    """Makes things at moto, and rehearses writes to them."""

    def __init__(self, sdk: SdkExecutor) -> None:
        self._sdk = sdk

    async def made(self, service: str, operation: str, **parameters: Any) -> Any:
        done = await self._sdk.execute_sdk(_sdk(service, operation, parameters), "default", "us-east-1")
        return json.loads(done.stdout)

    async def told(self, service: str, operation: str, **parameters: Any) -> DryRunOutput:
        return await self._sdk.dry_run(sdk_command(service, operation, parameters))

    async def shows(self, line: str, service: str, operation: str, **parameters: Any) -> None:
        """The rehearsal read the state and tells this change."""
        told = await self.told(service, operation, **parameters)
        assert (told.refused, told.rung) == (None, DryRunRung.STATE), told
        assert line in told.changes, told
        assert "hunter2" not in repr(told)

    async def misses(self, service: str, operation: str, **parameters: Any) -> None:
        """The rehearsal fails, since there is no such thing."""
        told = await self.told(service, operation, **parameters)
        assert (told.refused, told.no) == (True, DryRunNo.ABSENT), told


@pytest.mark.usefixtures("aws_environment")
async def test_what_moto_holds_is_read_and_put_beside_what_is_asked(sdk: SdkExecutor) -> None:
    moto = Moto(sdk)
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    await moto.made("logs", "CreateLogGroup", logGroupName="/ecs/app")
    await moto.made("logs", "CreateLogGroup", logGroupName="/ecs/app-2")
    await moto.made("ssm", "PutParameter", Name="/mode", Value="hunter2-now", Type="String")
    await moto.made("s3", "CreateBucket", Bucket="data")
    await moto.made("s3", "PutObject", Bucket="data", Key="a", Body="12345")
    await moto.made("iam", "CreateRole", RoleName="deploy", AssumeRolePolicyDocument=policy)
    queue = (await moto.made("sqs", "CreateQueue", QueueName="orders"))["QueueUrl"]

    await moto.shows(
        "retentionInDays  never expires -> 14", "logs", "PutRetentionPolicy", logGroupName="/ecs/app",
        retentionInDays=14,
    )  # fmt: skip
    await moto.shows(
        "Value  (not shown, version 1) -> (not shown, version 2)", "ssm", "PutParameter", Name="/mode",
        Value="hunter2-new", Overwrite=True,
    )  # fmt: skip
    await moto.shows("absent: would be created", "s3", "PutObject", Bucket="data", Key="b", Body="1")
    await moto.shows("inline policy s3  absent: would be created", "iam", "PutRolePolicy", RoleName="deploy",
                     PolicyName="s3", PolicyDocument=policy)  # fmt: skip
    await moto.shows("VisibilityTimeout  30 -> 60", "sqs", "SetQueueAttributes", QueueUrl=queue,
                     Attributes={"VisibilityTimeout": "60"})  # fmt: skip
    await moto.misses("logs", "DeleteLogGroup", logGroupName="/ecs")
    await moto.misses("ssm", "DeleteParameter", Name="/none")
    await moto.misses("s3", "DeleteObject", Bucket="data", Key="none")
    await moto.misses("s3", "DeleteBucket", Bucket="no-such-bucket")
    await moto.misses("iam", "DeleteRole", RoleName="none")
    await moto.misses("sqs", "DeleteQueue", QueueUrl=queue.replace("orders", "none"))


LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="moto loads a dozen services; LONG_TESTS=1 runs it")


@LONG
@pytest.mark.usefixtures("aws_environment")
async def test_more_of_what_moto_holds_is_read(sdk: SdkExecutor) -> None:
    moto = Moto(sdk)
    topic = (await moto.made("sns", "CreateTopic", Name="ops"))["TopicArn"]
    await moto.made(
        "dynamodb", "CreateTable", TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    await moto.made("dynamodb", "PutItem", TableName="orders", Item={"id": {"S": "7"}})
    key = (await moto.made("kms", "CreateKey"))["KeyMetadata"]["KeyId"]
    await moto.made("secretsmanager", "CreateSecret", Name="db", SecretString="hunter2-now")
    await moto.made("events", "PutRule", Name="nightly", ScheduleExpression="rate(1 day)")
    await moto.made(
        "cloudwatch", "PutMetricAlarm", AlarmName="cpu", MetricName="CPU", Namespace="x", Period=60, Threshold=80,
        EvaluationPeriods=1, Statistic="Average", ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    group = (await moto.made("ec2", "CreateSecurityGroup", GroupName="web", Description="x"))["GroupId"]
    await moto.made("rds", "CreateDBInstance", DBInstanceIdentifier="orders", DBInstanceClass="db.t3.micro",
                    Engine="mysql")  # fmt: skip

    await moto.shows("DisplayName  (empty) -> Ops", "sns", "SetTopicAttributes", TopicArn=topic,
                     AttributeName="DisplayName", AttributeValue="Ops")  # fmt: skip
    await moto.shows("the item would be deleted", "dynamodb", "DeleteItem", TableName="orders", Key={"id": {"S": "7"}})
    await moto.shows("the item would be overwritten as a whole", "dynamodb", "PutItem", TableName="orders",
                     Item={"id": {"S": "7"}})  # fmt: skip
    await moto.shows("KeyState  Enabled -> Disabled", "kms", "DisableKey", KeyId=key)
    await moto.told("secretsmanager", "PutSecretValue", SecretId="db", SecretString="hunter2-new")
    await moto.shows("State  ENABLED -> DISABLED", "events", "DisableRule", Name="nightly")
    await moto.shows("alarm cpu: would be deleted", "cloudwatch", "DeleteAlarms", AlarmNames=["cpu"])
    await moto.shows(f"security group {group}: would be deleted", "ec2", "DeleteSecurityGroup", GroupId=group)
    await moto.shows("BackupRetentionPeriod  1 -> 0", "rds", "ModifyDBInstance", DBInstanceIdentifier="orders",
                     BackupRetentionPeriod=0)  # fmt: skip
    await moto.misses("sns", "DeleteTopic", TopicArn=topic.replace("ops", "none"))
    await moto.misses("dynamodb", "DeleteTable", TableName="none")
    await moto.misses("dynamodb", "DeleteItem", TableName="orders", Key={"id": {"S": "8"}})
    await moto.misses("kms", "DisableKey", KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")
    await moto.misses("secretsmanager", "DeleteSecret", SecretId="none")
    await moto.misses("events", "DisableRule", Name="none")
    await moto.misses("cloudwatch", "DeleteAlarms", AlarmNames=["none"])
    await moto.misses("rds", "DeleteDBInstance", DBInstanceIdentifier="none")
    await moto.misses("lambda", "DeleteFunction", FunctionName="none")
    await moto.misses("cloudformation", "DeleteStack", StackName="none")


def _sdk(service: str, operation: str, parameters: dict[str, Any]) -> SdkCommand:
    return SdkCommand(service=service, operation=operation, parameters=parameters)


@pytest.mark.usefixtures("aws_environment")
async def test_a_command_line_is_read_through_its_parameters(cli: CliExecutor, sdk: SdkExecutor) -> None:
    await sdk.execute_sdk(_sdk("logs", "CreateLogGroup", {"logGroupName": "/cli"}), "default", "us-east-1")
    words = ("logs", "put-retention-policy", "--log-group-name", "/cli", "--retention-in-days", "15")

    told = await cli.dry_run(cli_command(*words))

    assert told.changes == ("retentionInDays  never expires -> 15",)
    assert told.rung is DryRunRung.STATE


@LONG
@pytest.mark.usefixtures("aws_environment")
async def test_a_change_set_that_exists_is_listed(sdk: SdkExecutor) -> None:
    body = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "T": {"Type": "AWS::SNS::Topic"}}}'
    asked = {"StackName": "shop", "ChangeSetName": "first", "TemplateBody": body, "ChangeSetType": "CREATE"}
    await sdk.execute_sdk(_sdk("cloudformation", "CreateChangeSet", asked), "default", "us-east-1")

    told = await sdk.dry_run(
        sdk_command("cloudformation", "ExecuteChangeSet", {"StackName": "shop", "ChangeSetName": "first"})
    )

    assert (told.rung, told.natively) == (DryRunRung.NATIVE, True)
    assert told.changes == ("Add: AWS::SQS::Queue Q", "Add: AWS::SNS::Topic T")


# ---------------------------------------------------------------- answers that do not come


async def test_a_read_without_an_answer_leaves_what_the_dry_run_said(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearser, "REHEARSAL_PATIENCE", 0.5)
    with loopback() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        def answer(asked: Asked) -> Says:
            return ec2_refusal("DryRunOperation", 412) if b"DryRun=true" in asked.body else stub.never(asked)

        stub.answer = answer
        told = await sdk.dry_run(sdk_command("ec2", "StopInstances", {"InstanceIds": ["i-1"]}))

    assert told.rung is DryRunRung.AUTHORISED
    assert told.details == ("not read: no answer within 0 s",)
    assert told.refused is None


async def test_a_command_that_is_a_dry_run_says_so(sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(ec2_refusal("DryRunOperation", 412)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        told = await sdk.dry_run(sdk_command("ec2", "StopInstances", {"InstanceIds": ["i-1"], "DryRun": True}))

    assert told.description.startswith("The command is itself a dry run. Allowed by a dry run: ")


async def test_values_that_the_model_would_not_expect_are_warnings_and_nothing_more(
    sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(Says(body=b'{"logGroups": [{"logGroupName": "/a b"}]}')) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        told = await sdk.dry_run(sdk_command("logs", "DeleteLogGroup", {"logGroupName": "/a b"}))

    assert any(one.startswith("`logGroupName` `/a b` does not look like ") for one in told.warnings)
    assert told.refused is None


# ---------------------------------------------------------------- listings


def test_a_listing_is_counted_by_what_is_done_with_how_many_bytes(tmp_path: Path) -> None:
    (tmp_path / "up.txt").write_text("12345")
    lines = [
        "(dryrun) copy: s3://a/x to y to s3://b/x", "(dryrun) delete: s3://a/k", "(dryrun) delete: s3://a/gone",
        "(dryrun) upload: up.txt to s3://a/up.txt", "Completed 1 part(s)",
    ]  # fmt: skip
    sizes = Sizes({"s3://a/x to y": 1_500_000, "s3://a/k": 7}, "not all sizes were read: access denied")

    told = listed(changes_in("\n".join(lines)), sizes, tmp_path)

    assert told.description == (
        "Would copy 1 object, at least 1.5 MB; delete 2 objects, at least 7 bytes; "
        "upload 1 object, at least 5 bytes"
    )  # fmt: skip
    assert told.warnings == ("not all sizes were read: access denied",)
    assert told.rung is DryRunRung.NATIVE
    assert len(told.changes) == 4


def test_a_listing_of_nothing_and_one_that_was_cut_say_so(tmp_path: Path) -> None:
    assert listed([], Sizes(), tmp_path).description == "Would change nothing"
    cut = listed(["delete: s3://a/k"] * 300, Sizes({"s3://a/k": 1}), tmp_path, cut="The listing takes long")
    assert cut.description == "Would delete at least 300 objects, 300 bytes"
    assert cut.changes[-1] == "and 100 more"
    assert cut.warnings == ("The listing takes long",)


async def test_a_listing_that_takes_too_long_counts_as_far_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_module, "PROGRAM_STARTS_WITHIN", 2.0)
    monkeypatch.setattr(cli_rehearsal, "REHEARSAL_PATIENCE", 2.0)
    executor = pretended(tmp_path, "echo '(dryrun) delete: s3://arn:x/a'; printf '(dryrun) delete: s3://arn'; sleep 99")

    told = await executor.dry_run(cli_command("s3", "rm", "s3://arn:x", "--recursive"))

    assert told.description == "Would delete at least 1 object, at least 0 bytes"
    assert told.warnings == ("The listing takes long, and was cut",)
    await executor.close()


# ---------------------------------------------------------------- files


def test_copies_are_looked_into_but_never_secret_ones(tmp_path: Path) -> None:
    copy, secret = tmp_path / "copy", tmp_path / "secret"
    copy.write_text("{}")
    secret.write_text("hunter2")
    parameters = {"A": {"$file": "p.json"}, "B": [{"$env": "X"}, {"$file": "s"}]}

    contents = contents_of({"p.json": copy, "s": secret, "folder": tmp_path}, {"s"})

    assert contents == {"p.json": b"{}"}
    assert parameters_with_contents(parameters, contents) == {**parameters, "A": "{}"}


async def test_a_document_from_a_frozen_file_is_compared(
    sdk: SdkExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    copy.write_text('{"Statement":[{"Sid":"New"}]}')
    policy = b'{"Statement":[{"Sid":"Old"}]}'
    with loopback(lambda asked: Says(body=policy) if asked.method == "GET" else Says(status=500)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        command = sdk_command("s3", "PutBucketPolicy", {"Bucket": "data", "Policy": {"$file": "new.json"}})

        told = await sdk.rehearse(Rehearsal(command, None, {"new.json": copy}))

    assert told.changes == ('bucket policy  removes {"Sid": "Old"}', 'bucket policy  adds {"Sid": "New"}')
