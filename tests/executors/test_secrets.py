"""Secrets planted in answers, output and errors: nothing of them reaches a file, a sink or an outcome."""

from __future__ import annotations

import base64
import json
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from cloudops_tui.engine.ports import AttemptOutcome, Ending
from cloudops_tui.executors.aws_environment import resolve
from cloudops_tui.executors.cli import CliExecutor
from cloudops_tui.executors.known_values import SeenSecrets, own_secrets, secrets_in_files
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.config import CliExecutorConfig
from cloudops_tui.policy.redaction import all_forms
from tests.executors.attempts import Told, attempt_at, cli_command, sdk_command, write_aws_files
from tests.executors.loopback import Asked, Says, loopback

OWN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY"
SECRET = 'correct horse/battery+"staple"'


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OWN)
    monkeypatch.setenv("HOME", str(tmp_path))


def nowhere(folder: Path, told: Told, outcome: AttemptOutcome, *secrets: str) -> None:
    """None of the secrets, in any form, is in a file below the folder, in what was told, or in the outcome."""
    files = {path: path.read_bytes() for path in (folder / "attempts").rglob("*") if path.is_file()}
    files[Path("told")] = repr(told.lines).encode() + f"{outcome}".encode()
    for form in all_forms(secret.encode() for secret in secrets):
        assert [path for path, content in files.items() if form in content] == []


# ---------------------------------------------------------------- the SDK


async def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, parameters: Any, says: Any
) -> tuple[AttemptOutcome, Told]:
    """One attempt of an operation that is answered so."""
    answer = says if callable(says) or isinstance(says, Says) else Says(body=json.dumps(says).encode())
    executor, told = SdkExecutor(seen=SeenSecrets()), Told()
    with loopback(answer) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL", stub.address)
        attempt = attempt_at(sdk_command(service, operation, parameters), tmp_path, sink=told)
        outcome = await executor.run(replace(attempt, hash_key=b"k" * 32))
    await executor.close()
    return outcome, told


async def test_what_the_model_calls_sensitive_is_hidden_and_the_rest_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = {"ClientName": "web", "ClientSecret": SECRET, "ClientId": "abc", "CallbackURLs": ["https://x"]}
    told_twice = {"UserPoolClient": client | {"UserPoolId": f"echo {SECRET}"}}
    parameters = {"UserPoolId": "eu-west-1_a", "ClientId": "abc"}

    outcome, told = await asked(tmp_path, monkeypatch, "cognito-idp", "DescribeUserPoolClient", parameters, told_twice)

    shown = json.loads(outcome.output)["UserPoolClient"]
    assert (shown["ClientName"], shown["ClientSecret"]) == ("web", "<redacted>")
    assert shown["UserPoolId"] == "echo <redacted>"
    nowhere(tmp_path, told, outcome, SECRET)


async def test_a_value_whose_name_stands_for_a_secret_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = [{"name": "DB_PASSWORD", "value": SECRET}, {"name": "COLOUR", "value": "blue"}]
    answer = {
        "taskDefinition": {"containerDefinitions": [{"name": "web", "environment": environment}]},
        "tags": [{"key": "token", "value": "in the safe"}],
    }

    outcome, told = await asked(tmp_path, monkeypatch, "ecs", "DescribeTaskDefinition", {"taskDefinition": "t"}, answer)

    shown = json.loads(outcome.output)
    [container] = shown["taskDefinition"]["containerDefinitions"]
    assert [one["value"] for one in container["environment"]] == ["<redacted>", "blue"]
    nowhere(tmp_path, told, outcome, SECRET)


async def test_what_the_model_misses_is_hidden_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"items": [{"id": "k1", "name": "web", "value": SECRET}]}

    outcome, told = await asked(tmp_path, monkeypatch, "apigateway", "GetApiKeys", {}, {"item": answer["items"]})

    assert json.loads(outcome.output)["items"] == [{"id": "k1", "name": "web", "value": "<redacted>"}]
    nowhere(tmp_path, told, outcome, SECRET)


@pytest.mark.parametrize(("kind", "shown"), [("String", "blue-and-green"), ("SecureString", "<redacted>")])
async def test_a_parameter_in_clear_text_is_shown_and_a_secure_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, shown: str
) -> None:
    answer = {"Parameter": {"Name": "n", "Type": kind, "Value": "blue-and-green"}}

    outcome, _ = await asked(tmp_path, monkeypatch, "ssm", "GetParameter", {"Name": "n"}, answer)

    assert json.loads(outcome.output)["Parameter"]["Value"] == shown


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "answer"),
    [
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, {"Name": "s", "SecretString": SECRET}),
        ("ssm", "GetParameter", {"Name": "n", "WithDecryption": True}, {"Parameter": {"Value": SECRET}}),
        ("ecr", "GetAuthorizationToken", {}, {"authorizationData": [{"authorizationToken": SECRET}]}),
    ],
)
async def test_of_an_operation_that_hands_out_a_secret_only_length_and_keyed_hash_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, parameters: Any, answer: Any
) -> None:
    outcome, told = await asked(tmp_path, monkeypatch, service, operation, parameters, answer)

    assert outcome.ending is Ending.COMPLETED
    assert outcome.output.startswith("output not kept: it holds secrets (")
    assert "keyed hash" in outcome.output
    nowhere(tmp_path, told, outcome, SECRET)


async def test_an_error_that_repeats_a_secret_comes_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SECRET", SECRET)
    parameters = {"SecretId": "s", "SecretString": {"$env": "THE_SECRET"}}

    def refuse(request: Asked) -> Says:
        said = json.loads(request.body)["SecretString"]
        message = f"no {said} nor {base64.b64encode(said.encode()).decode()} nor {OWN}; password=hunter2"
        return Says(400, json.dumps({"__type": "InvalidRequestException", "message": message}).encode())

    outcome, told = await asked(tmp_path, monkeypatch, "secretsmanager", "PutSecretValue", parameters, refuse)

    assert outcome.error_code == "InvalidRequestException"
    assert "no <redacted> nor <redacted> nor <redacted>; password=<redacted>" in (outcome.error or "")
    nowhere(tmp_path, told, outcome, SECRET, OWN, "hunter2")


# ---------------------------------------------------------------- the `aws` program

PROGRAM = """#!{python}
import os, sys, time
if "--version" in sys.argv:
    print("aws-cli/1.46.3 Python/3"); raise SystemExit
def say(stream, *pieces):
    for piece in pieces:
        os.write(stream, piece)
        time.sleep(0.01)
{body}
"""


def pretended(folder: Path, body: str) -> CliExecutor:
    """An executor of a program that says it is `aws` and writes whatever a test wants, cut as it wants."""
    program = folder / "aws"
    program.write_text(PROGRAM.format(python=sys.executable, body=body))
    program.chmod(stat.S_IRWXU)
    return CliExecutor(CliExecutorConfig(cli_path=program), seen=SeenSecrets())


async def ran(
    tmp_path: Path, body: str, *words: str, change: Callable[[Any], Any] = lambda attempt: attempt
) -> tuple[AttemptOutcome, Told]:
    told = Told()
    attempt = change(attempt_at(cli_command(*words), tmp_path, sink=told))
    return await pretended(tmp_path, body).run(attempt), told


async def test_own_keys_are_hidden_in_every_form_and_across_pieces(tmp_path: Path) -> None:
    spelled = [
        OWN, base64.b64encode(f"key:{OWN}".encode()).decode(), quote(OWN, safe=""), json.dumps({"k": OWN})
    ]  # fmt: skip
    pieces = [piece.encode() for text in spelled for piece in (text[:5], text[5:20], text[20:], "\n")]
    body = f"say(1, *{pieces!r}); say(2, *{pieces!r}); sys.exit(1)"

    outcome, told = await ran(tmp_path, body, "ec2", "describe-vpcs")

    assert outcome.ending is Ending.FAILED
    assert len(told.of("stdout")) == len(told.of("stderr")) == len(spelled)
    nowhere(tmp_path, told, outcome, OWN)


async def test_keys_of_the_profile_and_of_single_sign_on_are_own_keys(tmp_path: Path) -> None:
    write_aws_files(tmp_path, "[profile role]\nsource_profile = base\n", {"base": "AKIA", "role": "AKIB"})
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    (cache / "a.json").write_text(json.dumps({"accessToken": "an-sso-token", "startUrl": "https://x"}))

    known = own_secrets(resolve("role", "eu-west-1", {"HOME": str(tmp_path)}), {"HOME": str(tmp_path)})

    assert set(known) == {b"secret-of-role", b"secret-of-base", b"an-sso-token"}


def test_the_account_of_a_role_whose_keys_are_kept_may_be_read(tmp_path: Path) -> None:
    cache = tmp_path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    keys = {"AccessKeyId": "ASIA-OF-ROLE", "SecretAccessKey": "secret-of-role", "SessionToken": "token-of-role",
            "Expiration": "2026-11-26T07:37:19UTC", "AccountId": "111122223333"}  # fmt: skip
    (cache / "a.json").write_text(json.dumps({"Credentials": keys, "ProviderType": "sso"}))

    known = own_secrets(None, {"HOME": str(tmp_path)})

    assert set(known) == {b"ASIA-OF-ROLE", b"secret-of-role", b"token-of-role"}


async def test_what_looks_like_a_secret_is_hidden_whoever_says_it(tmp_path: Path) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
    key = "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq5Xp0\nQUJDREVGR0g=\n-----END PRIVATE KEY-----\n"
    body = f"""
say(1, b"bearer {token[:30]}", b"{token[30:]} and\\n", {key[:40].encode()!r}, {key[40:].encode()!r}, b"tail\\n")
say(2, b"An error occurred (Denied) when calling the DescribeVpcs operation: pass", b"word=hunter2 is wrong\\n")
sys.exit(254)
"""
    outcome, told = await ran(tmp_path, body, "ec2", "describe-vpcs")

    assert "password=<redacted> is wrong" in (outcome.error or "")
    assert told.of("stdout")[-1] == "tail"
    nowhere(tmp_path, told, outcome, token, token.split(".")[1], "MIIEowIBAAKCAQEA7bq5Xp0", "hunter2")


async def test_members_of_the_answer_that_are_sensitive_are_hidden_in_json(tmp_path: Path) -> None:
    answer = {"VpnConnections": [{"VpnConnectionId": "vpn-1", "Options": {"TunnelOptions": [{"PreSharedKey": SECRET}]},
                                  "CustomerGatewayConfiguration": f"<xml>{SECRET}</xml>"}]}  # fmt: skip
    text = json.dumps(answer, indent=4).encode()
    body = f"say(1, *[{text!r}[at:at + 9] for at in range(0, {len(text)}, 9)])"

    outcome, told = await ran(tmp_path, body, "ec2", "describe-vpn-connections")

    shown = json.loads(outcome.output)["VpnConnections"][0]
    assert shown == {
        "VpnConnectionId": "vpn-1",
        "Options": {"TunnelOptions": [{"PreSharedKey": "<redacted>"}]},
        "CustomerGatewayConfiguration": "<redacted>",
    }
    nowhere(tmp_path, told, outcome, SECRET)


@pytest.mark.parametrize(
    "words",
    [
        ("secretsmanager", "get-secret-value", "--secret-id", "s"),
        ("ec2", "describe-vpn-connections", "--query", "VpnConnections[0].Options"),
        ("ec2", "describe-vpn-connections", "--output", "text"),
        ("sts", "get-session-token", "--query", "Credentials"),
    ],
)
async def test_of_output_that_is_a_secret_only_length_and_keyed_hash_are_kept(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    body = f"say(1, b'{SECRET[:9]}', b'{SECRET[9:]}'); say(2, b'a warning')"

    outcome, told = await ran(tmp_path, body, *words, change=lambda one: replace(one, hash_key=b"k" * 32))

    assert outcome.ending is Ending.COMPLETED
    [line] = told.of("stdout")
    assert line.startswith(f"output not kept: it holds secrets ({len(SECRET)} bytes, keyed hash ")
    assert outcome.output == line + "\n"
    assert told.of("stderr") == ["a warning"]
    nowhere(tmp_path, told, outcome, SECRET)


async def test_the_keyed_hash_tells_the_same_output_from_another(tmp_path: Path) -> None:
    async def line(said: str, key: bytes) -> str:
        folder = tmp_path / f"{said}-{key.decode()}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        attempt = attempt_at(cli_command("iam", "create-access-key"), folder)
        outcome = await pretended(folder, f"say(1, b'{said}')").run(replace(attempt, hash_key=key * 32))
        return outcome.output

    lines = [await line("one-secret", b"k"), await line("one-secret", b"k")]
    others = [await line("other-one!", b"k"), await line("one-secret", b"l")]

    assert lines[0] == lines[1]
    assert len({*lines, *others}) == 3


async def test_the_content_of_a_secret_file_is_hidden_and_so_are_the_secrets_in_it(tmp_path: Path) -> None:
    whole, document = tmp_path / "whole", tmp_path / "document"
    whole.write_text(f"{SECRET}\n")
    document.write_text(json.dumps({"Name": "n", "Password": "a-password-in-json"}))
    files = {"file://whole": whole, "file://document": document, "file://other": tmp_path / "other"}
    body = f"say(1, b'{SECRET[:7]}', b'{SECRET[7:]} a-password', b'-in-json of n')"

    outcome, told = await ran(
        tmp_path, body, "rds", "describe-db-instances",
        change=lambda one: replace(one, files=files, secret_files=frozenset(["file://whole", "file://document"])),
    )  # fmt: skip

    assert told.of("stdout") == ["<redacted> <redacted> of n"]
    assert secrets_in_files(files, ["file://other"]) == [b""]
    nowhere(tmp_path, told, outcome, SECRET, "a-password-in-json")


def test_what_one_executor_has_seen_the_other_knows() -> None:
    seen, execution = SeenSecrets(), UUID(int=1)
    seen.add(execution, [b"a-secret", b"short"])

    assert b"a-secret" in seen.forms(execution)
    assert seen.forms(UUID(int=2)) == ()
    assert not any(form.startswith(b"short") for form in seen.forms(execution))
