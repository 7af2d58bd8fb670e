"""A profile that needs the code of a device: a person is asked once, and SDK, STS and `aws` share what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cloudops_tui.engine.asking import CodeDesk, executing, in_passing, wanted_for
from cloudops_tui.executors import codes
from cloudops_tui.executors.accounts import AwsAccounts
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.config import CliExecutorConfig
from tests.executors.attempts import attempt_at, cli_command, write_aws_files
from tests.executors.loopback import IDENTITY, Asked, Loopback, Says, loopback, refusal
from tests.executors.test_accounts import ASSUMED, ROLE_WITH_MFA, WHO_SDK

DEVICE = "arn:aws:iam::123456789012:mfa/me"
NOT_TAKEN = refusal("AccessDenied", 403)
NOT_TAKEN = Says(403, NOT_TAKEN.body.replace(b"Said the stub", b"MultiFactorAuthentication failed with invalid code"))


def sts(asked: Asked) -> Says:
    said = parse_qs(asked.body.decode())
    if said["Action"] != ["AssumeRole"]:
        return Says(body=IDENTITY)
    return Says(body=ASSUMED) if said.get("TokenCode") == ["222222"] else NOT_TAKEN


@pytest.fixture
def aws(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    write_aws_files(home, ROLE_WITH_MFA, {"base": "AKIABASE"})
    with loopback(sts) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        yield stub


@pytest.fixture
async def desk() -> AsyncIterator[CodeDesk]:
    desk = CodeDesk()
    codes.ask_with(desk.ask)
    yield desk
    codes.ask_with(None)


def refuse_all(desk: CodeDesk) -> None:
    for question in desk.questions:
        desk.answer(question.number, None)


def tries(stub: Loopback) -> list[str]:
    """Codes that arrived at STS."""
    found = (parse_qs(asked.body.decode()) for asked in stub.asked)
    return [code for said in found for code in said.get("TokenCode", [])]


async def test_many_who_need_a_code_share_one_answer_and_a_wrong_one_is_asked_for_again(
    aws: Loopback, desk: CodeDesk, aws_program: Path, tmp_path: Path
) -> None:
    seen = []

    def look() -> None:
        for question in desk.questions:
            if question not in seen:
                seen.append(question)
                desk.answer(question.number, "111111" if len(seen) == 1 else "222222")

    desk.attend(look)
    wanted_for.set("#418 Rotate keys")
    accounts, sdk = AwsAccounts(aws_program), SdkExecutor()

    who, other, _ = await asyncio.gather(
        accounts.identify("admin", "us-east-1"),
        accounts.identify("admin", "eu-west-1"),
        sdk.execute_sdk(WHO_SDK, "admin", "us-east-1"),
    )
    by_aws = CliExecutor(CliExecutorConfig(cli_path=aws_program))
    who_by_aws = cli_command("sts", "get-caller-identity", profile="admin")
    outcome = await by_aws.run(attempt_at(who_by_aws, tmp_path))
    for one in (accounts, sdk, by_aws):
        await one.close()

    assert (who.account, other.account) == ("123456789012", "123456789012")
    assert outcome.error is None
    assert tries(aws) == ["111111", "222222"]
    assert [(one.profile, one.device, one.wanted_for) for one in seen] == [("admin", DEVICE, "#418 Rotate keys")] * 2
    assert "MultiFactorAuthentication failed with invalid code" in seen[1].refused


@pytest.mark.parametrize("attended", [True, False], ids=["cancelled", "nobody-there"])
async def test_without_a_code_nothing_is_sent_and_the_remedy_is_named(
    aws: Loopback, desk: CodeDesk, aws_program: Path, *, attended: bool
) -> None:
    if attended:
        desk.attend(lambda: refuse_all(desk))
    accounts = AwsAccounts(aws_program)

    who = await accounts.identify("admin", "us-east-1")
    await accounts.close()

    assert "run `aws sts get-caller-identity --profile admin` in a terminal" in (who.reason or "")
    assert who.renew == "renew with: aws sts get-caller-identity --profile admin"
    assert aws.asked == []


async def test_who_declined_is_not_asked_again_until_they_ask_but_by_an_execution(
    aws: Loopback, desk: CodeDesk, aws_program: Path
) -> None:
    asked: list[str] = []

    def look() -> None:
        asked.extend(question.wanted_for for question in desk.questions)
        refuse_all(desk)

    desk.attend(look)
    accounts = AwsAccounts(aws_program)

    await accounts.identify("admin", "us-east-1")
    wanted_for.set("the review of #418")
    await asyncio.gather(accounts.identify("admin", "us-east-1"), accounts.identify("admin", "eu-west-1"))
    assert asked == [""]
    desk.ask_again()
    await asyncio.gather(accounts.identify("admin", "us-east-1"), accounts.identify("admin", "eu-west-1"))
    assert asked == ["", "the review of #418"]
    executing.set(True)
    wanted_for.set("#418 Rotate keys")
    await accounts.identify("admin", "us-east-1")
    await accounts.identify("admin", "us-east-1")
    assert asked == ["", "the review of #418", "#418 Rotate keys"]

    in_passing.set(True)
    desk.ask_again()
    await accounts.identify("admin", "us-east-1")
    await accounts.close()
    assert len(asked) == 3


async def test_who_only_looks_for_new_credentials_asks_nobody(
    aws: Loopback, desk: CodeDesk, aws_program: Path
) -> None:
    asked = []
    desk.attend(lambda: asked.append(desk.questions))
    accounts = AwsAccounts(aws_program)

    look = await accounts.look("admin", "us-east-1", None)
    await accounts.close()

    assert look.identity is not None
    assert look.identity.account is None
    assert asked == []


def test_what_the_libraries_of_aws_log_is_never_printed_over_the_screen() -> None:
    assert all(logging.getLogger(each).handlers for each in ("botocore", "aiobotocore", "aioboto3"))
