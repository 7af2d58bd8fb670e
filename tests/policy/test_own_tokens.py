"""A token that the plan gives tells AWS that a repetition is the same request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.engine.prepare import assess
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.model.command import Cli, CliCommand, Command, Sdk, SdkCommand
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.intake import take_plan
from cloudops_tui.policy.own_tokens import UNMARKED
from cloudops_tui.policy.retry import RetryClass

CATALOGUE = BotocoreCatalogue()
STACK = "cloudformation delete-stack --stack-name web"
VOLUME = "ec2 create-volume --availability-zone us-east-1a --size 1"
MESSAGE = "sqs send-message --queue-url http://127.0.0.1/1/q.fifo --message-body a --message-group-id a"


def retry_class(kind: Cli | Sdk) -> tuple[RetryClass, str | None]:
    command = Command(
        id=UUID(int=1), command_type=kind, description="It", risk_level=RiskLevel.READ_ONLY, profile="default",
        region="us-east-1",
    )  # fmt: skip
    plan = ExecutionPlan(
        id=UUID(int=2), description="A plan", commands=(command,), mode=Sequential(), risk_level=RiskLevel.READ_ONLY
    )
    assessed = assess(take_plan(plan, CATALOGUE, None), CATALOGUE)
    return assessed.retry_class(command.id), assessed.repeatable[command.id].own_token


@pytest.mark.parametrize(
    ("line", "token", "its_class"),
    [
        (STACK, "", RetryClass.B),
        (f"{STACK} --client-request-token mine", "mine", RetryClass.A),
        (VOLUME, "", RetryClass.A),  # the engine gives it one
        (f"{VOLUME} --client-token mine", "mine", RetryClass.A),
        (f"{MESSAGE} --message-deduplication-id mine", "", RetryClass.B),  # forgotten after five minutes
    ],
)
def test_a_command_line_counts_as_what_its_token_makes_it(line: str, token: str, its_class: RetryClass) -> None:
    assert retry_class(Cli(CliCommand(command=f"aws {line}"))) == (its_class, token or None)


def test_a_call_counts_as_what_its_token_makes_it() -> None:
    asked = {"StackName": "web"}

    def of(parameters: Any) -> tuple[RetryClass, str | None]:
        return retry_class(Sdk(SdkCommand(service="cloudformation", operation="DeleteStack", parameters=parameters)))

    assert of(asked) == (RetryClass.B, None)
    assert of({**asked, "ClientRequestToken": "mine"}) == (RetryClass.A, "mine")


@pytest.mark.parametrize("service", UNMARKED)
def test_every_unmarked_token_is_a_member_that_the_service_has(service: str) -> None:
    shapes = [CATALOGUE.operation(service, one) for one in CATALOGUE.operations(service)]

    assert any(shape is not None and UNMARKED[service] in shape.members for shape in shapes)
