"""A service that takes a request and never answers, or stops in the middle of the answer: what may not be sent twice is
sent once, and how it ended is not known; what may is sent as often as is configured."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

import pytest

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import code_of
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.command import Cli, CliCommand, Command, Sdk, SdkCommand
from cloudops_tui.model.config import ExecutionConfig, Fixed, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.risk import RiskLevel
from tests.engine.made import Maker, approved, ended, how
from tests.engine.plans import of
from tests.executors.loopback import Asked, Loopback, Says, loopback

SERVICES = ("sns", "sqs", "lambda")
TOPIC, QUEUE = "arn:aws:sns:us-east-1:123456789012:t", "http://127.0.0.1/123456789012/q"
CONFIG = ExecutionConfig(retry_config=RetryConfig(max_attempts=2, backoff=Fixed(Duration.from_millis(1))))
IN_THE_MIDDLE = Says(200, b"<Pub", {"Content-Length": "1000", "Connection": "close"})
LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it")


def sdk(service: str, operation: str, **parameters: str) -> Sdk:
    return Sdk(SdkCommand(service=service, operation=operation, parameters=dict(parameters)))


def cli(*words: str) -> Cli:
    return Cli(CliCommand(command="aws", args=words))


ONCE_BY_SDK = {
    "publish": sdk("sns", "Publish", TopicArn=TOPIC, Message="m"),
    "send": sdk("sqs", "SendMessage", QueueUrl=QUEUE, MessageBody="m"),
    "invoke": sdk("lambda", "Invoke", FunctionName="f"),
}
ONCE_BY_CLI = {
    "publish": cli("sns", "publish", "--topic-arn", TOPIC, "--message", "m"),
    "send": cli("sqs", "send-message", "--queue-url", QUEUE, "--message-body", "m"),
    "invoke": cli("lambda", "invoke", "--function-name", "f", "answer.json"),
}
READ_BY_SDK = {"read topic": sdk("sns", "GetTopicAttributes", TopicArn=TOPIC)}
READ_BY_CLI = {"read topic": cli("sns", "get-topic-attributes", "--topic-arn", TOPIC)}


def named(kinds: dict[str, Cli] | dict[str, Sdk], timeout: float) -> list[Command]:
    return [
        Command(
            id=uuid4(),
            command_type=kind,
            description=name,
            risk_level=RiskLevel.READ_ONLY,
            profile="default",
            region="us-east-1",
            timeout=Duration.from_secs(timeout),
        )
        for name, kind in kinds.items()
    ]


def counted(asked: Sequence[Asked]) -> Counter[str]:
    """Requests by what they want."""
    return Counter(_wanted(one) for one in asked)


def _wanted(asked: Asked) -> str:
    if "/functions/" in asked.path:
        return "invoke"
    if b"Action=Publish" in asked.body:
        return "publish"
    return "read topic" if b"Action=GetTopicAttributes" in asked.body else "send"


async def outcome(
    make: Maker, monkeypatch: pytest.MonkeyPatch, commands: Sequence[Command], stub: Loopback, clients: AwsClients
) -> tuple[dict[str, str], int]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
    by_aws = make.executors()[0]
    engine = make(CONFIG, executors=[by_aws, SdkExecutor(catalogue=make.catalogue, clients=clients)])
    for service in SERVICES:  # the time that runs out is to be the service's, not that of making a client
        async with clients.client(service, "default", "us-east-1"):
            pass
    plan = of(Parallel(), *commands, max_parallel=4)

    result = await ended(engine, await approved(engine, plan))

    return how(plan, result), code_of(result)


ENDS = {"publish": "Unknown", "send": "Unknown", "invoke": "Unknown", "read topic": "Failed"}
REQUESTS = {"publish": 1, "send": 1, "invoke": 1, "read topic": 2}




async def test_by_the_sdk_when_no_answer_comes(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [*named(ONCE_BY_SDK, 5), *named(READ_BY_SDK, 5)]
    with loopback() as stub:
        stub.answer = stub.never
        ends, code = await outcome(make, monkeypatch, commands, stub, AwsClients())

    assert (ends, code) == (ENDS, exit_codes.UNKNOWN)
    assert counted(stub.asked) == REQUESTS


async def test_by_the_sdk_when_the_answer_breaks_off(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [*named(ONCE_BY_SDK, 60), *named(READ_BY_SDK, 60)]
    with loopback(IN_THE_MIDDLE) as stub:
        ends, code = await outcome(make, monkeypatch, commands, stub, AwsClients())

    assert (ends, code) == (ENDS, exit_codes.UNKNOWN)
    assert counted(stub.asked) == REQUESTS


@pytest.mark.parametrize("name", ["send", pytest.param("publish", marks=LONG), pytest.param("invoke", marks=LONG)])
async def test_by_the_command_line_when_the_answer_breaks_off(
    make: Maker, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with loopback(IN_THE_MIDDLE) as stub:
        commands = named({name: ONCE_BY_CLI[name]}, 60)
        ends, code = await outcome(make, monkeypatch, commands, stub, AwsClients())

    assert (ends, code) == ({name: "Unknown"}, exit_codes.UNKNOWN)
    assert counted(stub.asked) == {name: 1}


@LONG
async def test_by_the_command_line_when_no_answer_comes(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt is given long enough for `aws` to start on a busy machine."""
    commands = [*named(ONCE_BY_CLI, 20), *named(READ_BY_CLI, 9)]
    with loopback() as stub:
        stub.answer = stub.never
        ends, code = await outcome(make, monkeypatch, commands, stub, AwsClients())

    assert (ends, code) == (ENDS, exit_codes.UNKNOWN)
    assert counted(stub.asked) == REQUESTS
