"""Who acts: the same for `aws`, the SDK and STS, whatever the environment holds."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloudops_tui.executors import accounts as accounts_module
from cloudops_tui.executors.accounts import AwsAccounts, principal_of
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.command import CliCommand, SdkCommand
from cloudops_tui.model.config import CliExecutorConfig
from cloudops_tui.model.errors import ExecutionError
from tests.executors.attempts import write_aws_files
from tests.executors.loopback import CUT, IDENTITY, Asked, Says, loopback, refusal, unused_address

WHO = CliCommand(command="aws sts get-caller-identity")
WHO_SDK = SdkCommand(service="sts", operation="GetCallerIdentity", parameters={})


@pytest.fixture
async def accounts(aws_program: Path) -> AsyncIterator[AwsAccounts]:
    made = AwsAccounts(aws_program)
    yield made
    await made.close()


@pytest.fixture
async def sdk() -> AsyncIterator[SdkExecutor]:
    made = SdkExecutor()
    yield made
    await made.close()


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "secret-of-environment"}
SITUATIONS = {
    "keys in the environment and a named profile": (KEYS, "prod", "AKIAPROD"),
    "keys in the environment and the standard chain": (KEYS, "default", "AKIAENVIRONMENT"),
    "a foreign AWS_PROFILE and the standard chain": ({"AWS_PROFILE": "other"}, "default", "AKIADEFAULT"),
    "a foreign AWS_PROFILE and a named profile": ({"AWS_PROFILE": "other", **KEYS}, "prod", "AKIAPROD"),
    "a foreign AWS_DEFAULT_PROFILE": ({"AWS_DEFAULT_PROFILE": "other"}, "default", "AKIADEFAULT"),
    "web identity variables and a named profile": (
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere", "AWS_ROLE_ARN": "arn:aws:iam::1:role/web"},
        "prod",
        "AKIAPROD",
    ),
}


LONG = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: one more start of `aws`")
SHARPEST = (
    "keys in the environment and a named profile",
    "a foreign AWS_PROFILE and the standard chain",
    "web identity variables and a named profile",
)
"""What is left of the others, test_environment.py holds of the child's environment."""


@pytest.mark.parametrize("situation", [pytest.param(one, marks=() if one in SHARPEST else LONG) for one in SITUATIONS])
async def test_the_command_line_the_sdk_and_sts_sign_with_the_same_key(
    situation: str,
    home: Path,
    aws_program: Path,
    accounts: AwsAccounts,
    sdk: SdkExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variables, profile, key = SITUATIONS[situation]
    write_aws_files(
        home,
        "[profile prod]\nregion = eu-west-1\n[profile other]\nregion = eu-west-1\n",
        {"default": "AKIADEFAULT", "prod": "AKIAPROD", "other": "AKIAOTHER"},
    )
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with loopback(Says(body=IDENTITY)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        await CliExecutor(CliExecutorConfig(cli_path=aws_program)).execute_cli(WHO, profile, "us-east-1")
        await sdk.execute_sdk(WHO_SDK, profile, "us-east-1")
        await accounts.identify(profile, "us-east-1")

    assert [asked.key for asked in stub.asked] == [key] * 3


async def test_without_any_aws_file_the_three_sign_with_the_keys_of_the_environment(
    home: Path, aws_program: Path, accounts: AwsAccounts, sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**KEYS, "AWS_PROFILE": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    with loopback(Says(body=IDENTITY)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        await CliExecutor(CliExecutorConfig(cli_path=aws_program)).execute_cli(WHO, "default", "us-east-1")
        await sdk.execute_sdk(WHO_SDK, "default", "us-east-1")
        await accounts.identify("default", "us-east-1")

    assert not (home / ".aws" / "config").exists()
    assert [asked.key for asked in stub.asked] == ["AKIAENVIRONMENT"] * 3


async def test_the_region_is_the_commands_whatever_profile_and_environment_say(
    home: Path, aws_program: Path, accounts: AwsAccounts, sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aws_files(home, "[profile prod]\nregion = eu-west-1\n", {"prod": "AKIAPROD"})
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    with loopback(Says(body=IDENTITY)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)

        await CliExecutor(CliExecutorConfig(cli_path=aws_program)).execute_cli(WHO, "prod", "ap-south-1")
        await sdk.execute_sdk(WHO_SDK, "prod", "ap-south-1")
        await accounts.identify("prod", "ap-south-1")

    assert ["/ap-south-1/sts/" in asked.headers["authorization"] for asked in stub.asked] == [True] * 3


async def test_keys_that_changed_on_disk_are_used_at_once(
    home: Path, accounts: AwsAccounts, sdk: SdkExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback(Says(body=IDENTITY)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        for key in ("AKIABEFORE", "AKIAAFTERWARDS"):
            write_aws_files(home, "", {"default": key})
            await sdk.execute_sdk(WHO_SDK, "default", "us-east-1")
            await accounts.identify("default", "us-east-1")

    assert [asked.key for asked in stub.asked] == ["AKIABEFORE"] * 2 + ["AKIAAFTERWARDS"] * 2


@pytest.mark.usefixtures("aws_environment")
async def test_sts_says_account_partition_and_principal(accounts: AwsAccounts, aws_endpoint: str) -> None:
    who = await accounts.identify("default", "us-east-1")

    assert (who.account, who.partition, who.principal) == ("123456789012", "aws", "user/moto")
    assert (who.endpoint, who.reason) == (aws_endpoint, None)


async def test_names_and_protection_come_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = AwsAccounts(names={"123456789012": "prod"}, protected=["123456789012"])
    with loopback(Says(body=IDENTITY)) as stub:
        _environment(monkeypatch, stub.address)
        who = await accounts.identify("default", "us-east-1")
    await accounts.close()

    assert (who.account_name, who.protected, who.principal) == ("prod", True, "role/operator")


async def test_an_sts_that_cannot_be_reached_is_an_answer_with_the_reason(
    accounts: AwsAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = unused_address()
    _environment(monkeypatch, address)

    who = await accounts.identify("default", "us-east-1")

    assert who.account is None
    assert who.reason is not None
    assert address in who.reason


@pytest.mark.parametrize("answer", [CUT, refusal("ThrottlingException"), refusal("InternalFailure", 500)])
async def test_sts_is_asked_exactly_once(accounts: AwsAccounts, monkeypatch: pytest.MonkeyPatch, answer: Says) -> None:
    with loopback(answer) as stub:
        _environment(monkeypatch, stub.address)
        who = await accounts.identify("default", "us-east-1")

    assert who.account is None
    assert len(stub.asked) == 1


async def test_an_sts_that_says_nothing_is_not_waited_for(
    accounts: AwsAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts_module, "STS_READ", 0.2)
    with loopback() as stub:
        stub.answer = stub.never
        _environment(monkeypatch, stub.address)
        who = await accounts.identify("default", "us-east-1")

    assert "timeout" in (who.reason or "").lower()
    assert len(stub.asked) == 1


async def test_an_unknown_profile_is_an_answer_that_names_the_files(home: Path, accounts: AwsAccounts) -> None:
    who = await accounts.identify("prod", "us-east-1")

    assert who.account is None
    assert str(home / ".aws" / "config") in (who.reason or "")


async def test_no_credentials_at_all_is_an_answer_with_the_remedy(accounts: AwsAccounts) -> None:
    who = await accounts.identify("default", "us-east-1")

    assert "run `aws configure`" in (who.reason or "")


ROLE_WITH_MFA = """
[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
"""


async def test_a_profile_that_needs_a_code_asks_nobody_and_names_the_remedy(
    home: Path, accounts: AwsAccounts, sdk: SdkExecutor, aws_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aws_files(home, ROLE_WITH_MFA, {"base": "AKIABASE"})
    with loopback() as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        who = await accounts.identify("admin", "us-east-1")
        with pytest.raises(ExecutionError) as by_sdk:
            await sdk.execute_sdk(WHO_SDK, "admin", "us-east-1")
        with pytest.raises(ExecutionError) as by_cli:
            await CliExecutor(CliExecutorConfig(cli_path=aws_program)).execute_cli(WHO, "admin", "us-east-1")

    remedy = "run `aws sts get-caller-identity --profile admin` in a terminal"
    assert [remedy in said for said in (who.reason or "", str(by_sdk.value), str(by_cli.value))] == [True] * 3
    assert stub.asked == []


ASSUMED = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/admin/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult></AssumeRoleResponse>"""


async def test_a_role_is_assumed_once_for_the_sdk_sts_and_the_command_line_together(
    home: Path, accounts: AwsAccounts, sdk: SdkExecutor, aws_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_aws_files(home, ROLE_WITH_MFA.replace("mfa_serial", "#"), {"base": "AKIABASE"})

    def answer(asked: Asked) -> Says:
        return Says(body=ASSUMED if b"AssumeRole" in asked.body else IDENTITY)

    with loopback(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        await accounts.identify("admin", "us-east-1")
        await sdk.execute_sdk(WHO_SDK, "admin", "us-east-1")
        await CliExecutor(CliExecutorConfig(cli_path=aws_program)).execute_cli(WHO, "admin", "us-east-1")

    assert [asked.key for asked in stub.asked] == ["AKIABASE", *["ASIAROLE"] * 3]


async def test_a_credential_process_has_no_terminal_and_the_childs_environment(
    home: Path, accounts: AwsAccounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _script(
        tmp_path / "keys",
        f'echo "profile=$AWS_PROFILE key=$AWS_ACCESS_KEY_ID said=$(cat)" > {tmp_path}/seen\n'
        """echo '{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}'""",
    )
    write_aws_files(home, f"[profile prod]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_PROFILE", "foreign")
    with loopback(Says(body=IDENTITY)) as stub:
        _environment(monkeypatch, stub.address)
        await accounts.identify("prod", "us-east-1")

    assert [asked.key for asked in stub.asked] == ["AKIAPROCESS"]
    assert (tmp_path / "seen").read_text() == "profile= key= said=\n"


async def test_the_tool_is_told_by_real_path_version_and_content(aws_program: Path, tmp_path: Path) -> None:
    link = tmp_path / "aws"
    link.symlink_to(aws_program)

    tool = await AwsAccounts(link).tool()

    assert tool is not None
    assert tool.path == os.path.realpath(aws_program)
    assert tool.version == "1.46.3"
    assert tool.sha256 == hashlib.sha256(aws_program.read_bytes()).hexdigest()


async def test_a_replaced_program_is_seen(tmp_path: Path) -> None:
    program = _script(tmp_path / "aws", "echo aws-cli/1.46.3 Python/3.11")
    before = await AwsAccounts(program).tool()
    program.unlink()
    _script(program, "echo aws-cli/2.31.0 Python/3.13")

    after = await AwsAccounts(program).tool()

    assert before is not None
    assert after is not None
    assert (before.version, after.version) == ("1.46.3", "2.31.0")


async def test_an_aws_that_is_not_on_path_is_found_beside_the_interpreter(
    aws_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    tool = await AwsAccounts().tool()

    assert Path(sys.executable).parent == aws_program.parent
    assert tool is not None
    assert tool.path == os.path.realpath(aws_program)


@pytest.mark.parametrize("answer", ["echo hello", "exit 3"])
async def test_a_program_that_is_not_the_aws_cli_is_none(tmp_path: Path, answer: str) -> None:
    assert await AwsAccounts(_script(tmp_path / "aws", answer)).tool() is None


async def test_a_program_that_is_missing_is_none(tmp_path: Path) -> None:
    assert await AwsAccounts(tmp_path / "aws").tool() is None


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:sts::123456789012:assumed-role/admin/alice@host", "role/admin"),
        ("arn:aws:iam::123456789012:user/team/alice", "user/team/alice"),
        ("arn:aws-cn:iam::123456789012:root", "root"),
        ("arn:aws:sts::123456789012:federated-user/alice", "federated-user/alice"),
    ],
)
def test_a_principal_never_holds_the_session(arn: str, principal: str) -> None:
    assert principal_of(arn) == principal


def _environment(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)


def _script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(stat.S_IRWXU)
    return path
