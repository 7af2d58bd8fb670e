"""Operations of the SDK: real requests to moto and to a stub that counts them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.engine.ports import AttemptExecutor, Ending
from cloudops_tui.executors import runner
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.command import SdkCommand
from cloudops_tui.model.config import ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from tests.executors.attempts import TOKEN, Told, attempt_at, cli_command, sdk_command, write_aws_files
from tests.executors.loopback import CUT, Asked, Loopback, Says, ec2_refusal, loopback, unused_address

pytestmark = pytest.mark.usefixtures("keys")

DESCRIBE = sdk_command("ec2", "DescribeVpcs")
NO_VPCS = Says(body=b"<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>")
VOLUME = {"AvailabilityZone": "us-east-1a", "Size": 1}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.fixture
async def executor() -> AsyncIterator[SdkExecutor]:
    made = SdkExecutor()
    yield made
    await made.close()


async def called(executor: SdkExecutor, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    command = SdkCommand(service=service, operation=operation, parameters=parameters)
    answer: dict[str, Any] = json.loads((await executor.execute_sdk(command, "default", "us-east-1")).stdout)
    return answer


def test_nothing_of_boto_is_loaded_before_a_call_needs_it() -> None:
    program = (
        "import sys, cloudops_tui.executors.sdk, cloudops_tui.executors.cli, cloudops_tui.executors.accounts\n"
        "print([m for m in ('botocore', 'boto3', 'aioboto3', 'aiobotocore', 'aiohttp') if m in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"


# ---------------------------------------------------------------- answers


@pytest.mark.usefixtures("aws_environment")
async def test_an_answer_is_json_without_metadata_and_with_moments_in_utc(executor: SdkExecutor) -> None:
    await called(executor, "iam", "CreateUser", UserName="alice")

    answer = await called(executor, "iam", "GetUser", UserName="alice")

    created = datetime.fromisoformat(answer["User"]["CreateDate"])
    assert answer["User"]["CreateDate"].endswith("Z")
    assert created.tzinfo == UTC
    assert set(answer) == {"User"}


@pytest.mark.usefixtures("aws_environment")
async def test_a_blob_comes_back_in_the_form_that_a_plan_may_send_it(executor: SdkExecutor) -> None:
    item = {"id": {"S": "1"}, "raw": {"B": {"$base64": "/wD+"}}}
    key = {"AttributeName": "id", "KeyType": "HASH"}
    await called(executor, "dynamodb", "CreateTable", TableName="t", KeySchema=[key], BillingMode="PAY_PER_REQUEST",
                 AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])  # fmt: skip
    await called(executor, "dynamodb", "PutItem", TableName="t", Item=item)

    read = await called(executor, "dynamodb", "GetItem", TableName="t", Key={"id": {"S": "1"}})

    assert read["Item"] == item


@pytest.mark.usefixtures("aws_environment")
async def test_a_body_goes_to_a_private_file_that_the_answer_names(executor: SdkExecutor, tmp_path: Path) -> None:
    await called(executor, "s3", "CreateBucket", Bucket="bucket")
    await called(executor, "s3", "PutObject", Bucket="bucket", Key="k", Body={"$base64": "/wD+"})
    attempt = attempt_at(sdk_command("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}), tmp_path)

    outcome = await executor.run(attempt)

    body = json.loads(outcome.output)["Body"]
    assert body == {"$file": str(attempt.folder / "body.bin"), "bytes": 3}
    assert Path(body["$file"]).read_bytes() == b"\xff\x00\xfe"
    assert Path(body["$file"]).stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("aws_environment")
async def test_an_attempt_leaves_the_files_that_a_runner_would_have_left(executor: SdkExecutor, tmp_path: Path) -> None:
    told = Told()
    attempt = attempt_at(DESCRIBE, tmp_path, sink=told)

    outcome = await executor.run(attempt)

    kept = (attempt.folder / "stdout").read_bytes()
    index = (attempt.folder / "index").read_bytes()
    assert outcome.ending is Ending.COMPLETED
    assert outcome.output_bytes == len(kept)
    assert told.of("stdout") == kept.decode().splitlines()
    assert runner.parse_record(index)[:3] == (runner.STDOUT, len(kept), 0)
    assert {path.name for path in attempt.folder.iterdir()} == {"stdout", "stderr", "index"}
    assert attempt.folder.stat().st_mode & 0o777 == 0o700


async def test_a_hostile_answer_is_shown_literally(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evil = "<DescribeVpcsResponse><vpcSet><item><vpcId>a\u202eb&#x9b;2J</vpcId></item></vpcSet></DescribeVpcsResponse>"
    told = Told()
    with loopback(Says(body=evil.encode())) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await executor.run(attempt_at(DESCRIBE, tmp_path, sink=told))

    assert r"a\u202eb\x9b2J" in "".join(told.of("stdout"))


# ---------------------------------------------------------------- requests


async def test_every_problem_is_told_at_once_and_nothing_is_sent(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = sdk_command("ec2", "CreateVolume", {"Size": "big", "AvailabilityZon": "x", "DryRun": 1})
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt_at(wrong, tmp_path))

    assert (outcome.ending, outcome.not_executed) == (Ending.NEVER_BEGAN, True)
    for problem in ("/Size", "/AvailabilityZon:", "did you mean `AvailabilityZone`?", "/DryRun"):
        assert problem in (outcome.error or "")
    assert stub.asked == []


@pytest.mark.parametrize(("own", "sent"), [({}, TOKEN), ({"ClientToken": "mine"}, "mine")])
async def test_the_client_token_is_sent_unless_the_plan_has_its_own(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: dict[str, str], sent: str
) -> None:
    with loopback(ec2_refusal("UnauthorizedOperation")) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await executor.run(attempt_at(sdk_command("ec2", "CreateVolume", {**VOLUME, **own}), tmp_path))

    assert f"ClientToken={sent}".encode() in stub.asked[0].body


async def test_each_call_carries_its_own_note_through_one_shared_client(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    notes = [f"cloudops-plan-{number:012x}" for number in range(4)]
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await asyncio.gather(
            *(executor.run(attempt_at(DESCRIBE, tmp_path / note, note=note)) for note in notes),
            executor.execute(DESCRIBE),
        )

    agents = [asked.headers["user-agent"] for asked in stub.asked]
    assert [sum(note in agent for agent in agents) for note in notes] == [1] * 4
    assert sum("cloudops-plan" in agent for agent in agents) == 4


async def test_a_client_is_made_once_for_service_profile_and_region(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aws_files(home, "[profile prod]\n", {"prod": "AKIAPROD"})
    clients = AwsClients()
    made = []
    here, there = ("ec2", "default", "us-east-1"), ("ec2", "default", "eu-west-1")
    for place in (here, here, there, ("ec2", "prod", "us-east-1")):
        async with clients.client(*place) as client:
            made.append(client)
    together = await asyncio.gather(*(_client(clients) for _ in range(5)))
    await clients.close()

    assert made[0] is made[1]
    assert len({id(client) for client in made}) == 3
    assert {id(client) for client in together} == {id(made[0])}


async def test_another_event_loop_gets_clients_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = SdkExecutor()
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        async def once() -> None:
            await executor.execute(DESCRIBE)
            await executor.close()

        await asyncio.to_thread(asyncio.run, once())
        await asyncio.to_thread(asyncio.run, once())

    assert len(stub.asked) == 2


async def test_a_referenced_value_is_sent_but_never_shown(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THE_SECRET", 'hunter2"\\')
    (tmp_path / "secret").write_text("from a file")
    parameters = {"Name": "n", "SecretString": {"$env": "THE_SECRET"}, "Description": {"$file": "its/secret"}}
    attempt = attempt_at(
        sdk_command("secretsmanager", "CreateSecret", parameters),
        tmp_path,
        files={"its/secret": tmp_path / "secret"},
        secret_files=["its/secret"],
    )

    def echo(asked: Asked) -> Says:
        sent = json.loads(asked.body)
        return Says(body=json.dumps({"Name": sent["SecretString"], "ARN": sent["Description"]}).encode())

    with loopback(echo) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt)

    assert json.loads(stub.asked[0].body)["SecretString"] == 'hunter2"\\'
    assert json.loads(outcome.output) == {"ARN": "<redacted>", "Name": "<redacted>"}


@pytest.mark.parametrize(
    ("reference", "why"),
    [({"$env": "NOT_SET"}, "`NOT_SET` is not set"), ({"$file": "/nowhere"}, "/nowhere"), ({"$file": "/dev"}, "/dev")],
)
async def test_a_reference_to_nothing_is_never_sent(
    executor: SdkExecutor, tmp_path: Path, reference: dict[str, str], why: str
) -> None:
    command = sdk_command("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": reference})

    outcome = await executor.run(attempt_at(command, tmp_path))

    assert outcome.ending is Ending.NEVER_BEGAN
    assert why in (outcome.error or "")


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("answer", "code", "not_executed"),
    [
        (ec2_refusal("RequestLimitExceeded", 503), "RequestLimitExceeded", True),
        (ec2_refusal("ThrottlingException"), "ThrottlingException", True),
        (ec2_refusal("AuthFailure", 401), "AuthFailure", True),
        (ec2_refusal("InternalError", 500), "InternalError", False),
        (ec2_refusal("InvalidVpcID.NotFound"), "InvalidVpcID.NotFound", False),
    ],
)
async def test_a_failed_call_is_typed_and_was_sent_exactly_once(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: Says, code: str, not_executed: bool
) -> None:
    told = Told()
    with loopback(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        outcome = await executor.run(attempt_at(DESCRIBE, tmp_path, sink=told))

    assert (outcome.ending, outcome.error_code, outcome.not_executed) == (Ending.FAILED, code, not_executed)
    assert told.of("stderr") == [outcome.error]
    assert len(stub.asked) == 1


async def test_a_broken_connection_is_told_from_one_that_never_was(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(CUT) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        cut = await executor.run(attempt_at(DESCRIBE, tmp_path / "cut"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", unused_address())
    refused = await executor.run(attempt_at(DESCRIBE, tmp_path / "refused"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://name.invalid")
    nameless = await executor.run(attempt_at(DESCRIBE, tmp_path / "nameless"))

    assert (cut.ending, cut.timed_out_or_reset, cut.not_executed) == (Ending.FAILED, True, False)
    for never in (refused, nameless):
        assert (never.ending, never.timed_out_or_reset, never.not_executed) == (Ending.FAILED, False, True)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("operation", ["PutObject", "DeleteObject", "GetObject"])
async def test_a_kept_connection_that_breaks_does_not_send_a_request_twice(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, operation: str
) -> None:
    with loopback(Says()) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        place = {"Bucket": "bucket", "Key": "k"}
        first = await executor.run(attempt_at(sdk_command("s3", "HeadObject", place), tmp_path / "first"))
        stub.answer = lambda _: CUT
        second = await executor.run(attempt_at(sdk_command("s3", operation, place), tmp_path / "second"))

    assert first.ending is Ending.COMPLETED
    assert (second.ending, second.timed_out_or_reset) == (Ending.FAILED, True)
    assert [asked.method for asked in stub.asked] == ["HEAD", operation.removesuffix("Object").upper()]


async def test_a_body_that_breaks_off_is_no_success(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(Says(body=b"half", headers={"Content-Length": "8", "Connection": "close"})) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        command = sdk_command("s3", "GetObject", {"Bucket": "bucket", "Key": "k"})
        outcome = await executor.run(attempt_at(command, tmp_path))

    assert (outcome.ending, outcome.timed_out_or_reset) == (Ending.FAILED, True)


async def test_without_credentials_nothing_leaves_and_the_remedy_is_named(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    outcome = await executor.run(attempt_at(DESCRIBE, tmp_path))

    assert outcome.ending is Ending.NEVER_BEGAN
    assert "run `aws configure`" in (outcome.error or "")


async def test_an_unknown_profile_is_refused_and_names_the_files(
    executor: SdkExecutor, home: Path, tmp_path: Path
) -> None:
    command = sdk_command("ec2", "DescribeVpcs", profile="prod")

    outcome = await executor.run(attempt_at(command, tmp_path))
    with pytest.raises(ExecutionError.InvalidCommand) as refused:
        await executor.execute(command)

    assert outcome.ending is Ending.NEVER_BEGAN
    for said in (outcome.error or "", refused.value.text):
        assert str(home / ".aws" / "config") in said


async def test_a_call_that_takes_too_long_is_broken_off(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback() as stub:
        stub.answer = stub.never
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await _warm(executor)
        outcome = await executor.run(attempt_at(DESCRIBE, tmp_path, timeout=5))
        with pytest.raises(ExecutionError.Timeout):
            await executor.execute(DESCRIBE.model_copy(update={"timeout": Duration.from_millis(300)}))

    assert (outcome.ending, outcome.timed_out_or_reset, outcome.not_executed) == (Ending.TIMED_OUT, True, False)
    assert outcome.error == "Execution timeout after 5s"


async def test_a_call_in_flight_is_cancelled_at_once(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback() as stub:
        stub.answer = stub.never
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        attempt = attempt_at(DESCRIBE, tmp_path)
        running = asyncio.ensure_future(executor.run(attempt))
        await _arrival(stub)
        attempt.cancel.set()
        outcome = await running

    assert (outcome.ending, outcome.not_executed) == (Ending.CANCELLED, False)
    assert outcome.error == "Execution cancelled by user"


async def test_a_call_that_was_cancelled_before_it_left_executed_nothing(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        attempt = attempt_at(DESCRIBE, tmp_path)
        attempt.cancel.set()
        outcome = await executor.run(attempt)

    assert (outcome.ending, outcome.not_executed) == (Ending.CANCELLED, True)
    assert stub.asked == []


async def test_of_a_call_that_died_with_its_engine_nothing_is_known(executor: SdkExecutor, tmp_path: Path) -> None:
    attempt = attempt_at(DESCRIBE, tmp_path)

    assert await executor.reattach(attempt) is None
    assert not executor.alive(attempt.folder)


def test_it_is_an_attempt_executor_for_operations_of_the_sdk(executor: SdkExecutor) -> None:
    assert isinstance(executor, AttemptExecutor)
    assert executor.executor_type() is ExecutorType.SDK
    assert executor.supports(DESCRIBE)
    assert not executor.supports(cli_command("ec2", "describe-vpcs"))


async def test_a_failed_call_raises_what_aws_said(executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback(ec2_refusal("UnauthorizedOperation", 403)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        with pytest.raises(ExecutionError.AwsSdk, match="Said the stub"):
            await executor.execute(DESCRIBE)


# ---------------------------------------------------------------- rehearsing


STOP = sdk_command("ec2", "StopInstances", {"InstanceIds": ["i-1"]})


async def test_a_dry_run_that_ec2_would_allow_is_allowed(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(ec2_refusal("DryRunOperation", 412)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(STOP)

    assert rehearsed.description == "Allowed by a dry run: the service answered `DryRunOperation`"
    stopped = [asked.body for asked in stub.asked if b"Action=StopInstances" in asked.body]
    assert [b"DryRun=true" in body for body in stopped] == [True]


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidInstanceID.NotFound"])
async def test_a_dry_run_that_is_refused_tells_the_answer(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    with loopback(ec2_refusal(code, 403)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(STOP)

    assert (rehearsed.refused, rehearsed.natively) == (True, True)
    assert code in rehearsed.description


@pytest.mark.parametrize("answer", [CUT, ec2_refusal("RequestLimitExceeded", 503)])
async def test_a_dry_run_without_an_answer_is_not_rehearsable_and_blocks_nothing(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch, answer: Says
) -> None:
    with loopback(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(STOP)

    assert rehearsed.description.startswith("Not rehearsable: ")
    assert (rehearsed.refused, rehearsed.natively) == (None, None)


async def test_an_operation_without_a_dry_run_is_not_rehearsable_and_is_not_sent(
    executor: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(NO_VPCS) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        rehearsed = await executor.dry_run(sdk_command("sqs", "CreateQueue", {"QueueName": "q"}))

    assert rehearsed.description == "Not rehearsable: permission and effect unknown"
    assert stub.asked == []


async def test_a_command_that_could_never_be_sent_is_invalid_also_in_a_dry_run(executor: SdkExecutor) -> None:
    with pytest.raises(ExecutionError.InvalidCommand, match="/InstanceIds"):
        await executor.dry_run(sdk_command("ec2", "StopInstances"))


# ---------------------------------------------------------------- helpers


async def _client(clients: AwsClients) -> Any:
    async with clients.client("ec2", "default", "us-east-1") as client:
        return client


async def _warm(executor: SdkExecutor) -> None:
    """Make the client, so that a short timeout is spent on the call."""
    async with executor._clients.client("ec2", "default", "us-east-1"):
        pass


async def _arrival(stub: Loopback) -> None:
    assert await asyncio.to_thread(stub.arrived.wait, 120), "nothing was asked"
