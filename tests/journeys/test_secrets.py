"""Known secrets, planted wherever they could come from: on no screen, in no file, in nothing that is printed."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cloudops_tui.cli.main import run
from cloudops_tui.policy.redaction import all_forms
from tests.executors.loopback import IDENTITY, Asked, Says, loopback
from tests.journeys.working import cli, plan, sdk
from tests.patience import PATIENT
from tests.terminal.pty_screen import Terminal

CTRL_Y = "\x19"
OWN_KEY, OWN_TOKEN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY", "a-session-token/of+our-own"
ANSWERED, VPN_KEY, CLIENT_SECRET, LITERAL = (
    "the-answer/is+42",
    "tunnel-key-of-24-chars",
    "client-secret-9",
    "literal-one",
)
PEM_LINE = "MIIEowIBAAKCAQEA7bq5Xp0zzzz"
SECRETS = (OWN_KEY, OWN_TOKEN, ANSWERED, VPN_KEY, CLIENT_SECRET, LITERAL, PEM_LINE)

PROGRAM = f"""#!{sys.executable}
import base64, json, os, sys, time, urllib.parse
if "--version" in sys.argv:
    print("aws-cli/1.46.3 Python/3"); raise SystemExit
def say(stream, text):
    data = text.encode()
    for at in range(0, len(data), 7):
        os.write(stream, data[at:at + 7])
        time.sleep(0.001)
key, token = os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]
if "--dry-run" in sys.argv:
    say(2, "An error occurred (DryRunOperation) when calling the Any operation: " + key + " would be let in\\n")
    sys.exit(254)
elif "describe-vpn-connections" in sys.argv:
    say(1, json.dumps({{"VpnConnections": [{{"Options": {{"TunnelOptions": [{{"PreSharedKey": "{VPN_KEY}"}}]}}}}]}}))
elif "describe-subnets" in sys.argv:
    say(2, "An error occurred (Denied) when calling the DescribeSubnets operation: " + key + " is not welcome\\n")
    sys.exit(254)
else:
    for stream in (1, 2):
        for text in (key, base64.b64encode(b"xy" + token.encode()).decode(), urllib.parse.quote(key, safe=""),
                     json.dumps({{"k": token}}), "-----BEGIN PRIVATE KEY-----", "{PEM_LINE}",
                     "-----END PRIVATE KEY-----"):
            say(stream, text + "\\n")
"""


def answer(asked: Asked) -> Says:
    """What AWS says to each operation of the plan."""
    match asked.headers.get("x-amz-target", "").rpartition(".")[2]:
        case "DescribeUserPoolClient":
            return _json({"UserPoolClient": {"ClientName": "web", "ClientSecret": CLIENT_SECRET}})
        case "GetSecretValue":
            return _json({"Name": "n", "SecretString": ANSWERED})
        case "GetParameter":
            said = f"neither {CLIENT_SECRET} nor {ANSWERED} nor {OWN_KEY} nor password={LITERAL}"
            return _json({"__type": "ParameterNotFound", "message": said}, 400)
        case _:
            return Says(body=IDENTITY)


def _json(value: object, status: int = 200) -> Says:
    return Says(status, json.dumps(value).encode())


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """An `aws` that says too much, and an AWS that answers too much."""
    program, config = tmp_path / "aws", tmp_path / "config.toml"
    program.write_text(PROGRAM)
    program.chmod(stat.S_IRWXU)
    config.write_text(f'[cli]\ncli_path = "{program}"\n')
    with loopback(answer) as stub, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": OWN_KEY,
            "AWS_SESSION_TOKEN": OWN_TOKEN,
            "AWS_ENDPOINT_URL": stub.address,
            "CLOUDOPS_CONFIG": str(config),
            "CLOUDOPS_STATE_DIR": str(tmp_path / "state"),
        }.items():
            patch.setenv(name, value)
        yield {**os.environ, "TERM": "xterm-256color"}


COMMANDS = [
    cli("Own keys", "ec2", "describe-vpcs"),
    cli("A key in the answer", "ec2", "describe-vpn-connections"),
    sdk("A secret in the answer", "cognito-idp", "DescribeUserPoolClient", {"UserPoolId": "x_y", "ClientId": "c"}),
    sdk("A secret as the answer", "secretsmanager", "GetSecretValue", {"SecretId": "s"}),
    sdk("A secret in the error", "ssm", "GetParameter", {"Name": "n"}, allow_failure=True),
    cli("Own key in the error", "ec2", "describe-subnets", allow_failure=True),
]
REFUSED = [
    sdk("A literal", "rds", "ModifyDBInstance", {"DBInstanceIdentifier": "d", "MasterUserPassword": LITERAL}),
    cli("A literal", "rds", "modify-db-instance", "--db-instance-identifier", "d", f"--master-user-password={LITERAL}"),
]


def test_no_secret_reaches_a_file_a_screen_or_anything_printed(
    tmp_path: Path, environment: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    (tmp_path / "plan.json").write_text(json.dumps(plan("Say too much", COMMANDS)))
    (tmp_path / "refused.json").write_text(json.dumps(plan("Hold a secret", REFUSED)))
    run(["submit", str(tmp_path / "plan.json")])
    (state / "inbox").mkdir(mode=0o700, exist_ok=True)
    (state / "inbox" / ".coming").write_text(json.dumps(plan("Hold one, too", REFUSED)))
    (state / "inbox" / ".coming").rename(state / "inbox" / "dropped.json")

    screen = _by_keys(environment)
    run(["check", str(tmp_path / "refused.json")])
    for verb in (["check", str(tmp_path / "refused.json")], ["queue"], ["show", "1"], ["history"]):
        run([*verb, "--json"])
    run(["show", "1"])
    run(["logs", "1"])
    printed = "".join(capsys.readouterr())

    found = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    found |= {Path("screen"): screen, Path("printed"): printed.encode()}
    for form in all_forms(secret.encode() for secret in SECRETS):
        assert [str(path) for path, content in found.items() if form in content] == []
    assert "file://PATH" in printed
    assert "output not kept: it holds secrets (" in printed
    assert "neither <redacted> nor <redacted> nor <redacted> nor password=<redacted>" in printed
    assert b"<redacted>" in (state / "inbox" / "refused" / "dropped.json").read_bytes()


def _by_keys(environment: Mapping[str, str]) -> bytes:
    """The operator looks at what was refused, approves the other, watches it; everything that the terminal was sent."""
    with Terminal([*PATIENT, "-m", "cloudops_tui"], environment, columns=100, rows=30) as terminal:
        terminal.sees("Say too much", "REVIEW", "refused")
        terminal.press("j\r")
        terminal.sees("<redacted>")  # what is kept of the refused one
        terminal.press("qk")
        terminal.sees("6 commands")
        terminal.press("a")
        terminal.sees("approve and run now", "│ ready")
        terminal.press(CTRL_Y)
        terminal.sees("4/6 commands", "Done in")
        terminal.press("jj")
        terminal.sees('{"k": "<redacted>"}')
        terminal.press("jjj")
        terminal.sees("output not kept: it holds secrets (")
        terminal.press("Q")
        assert terminal.ends() == 0
        return bytes(terminal.raw)
