"""Which values of a command stand elsewhere, and which ways of naming one are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.cli_grammar import ParsedCli, canonical, parse
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.digest import plan_digest
from cloudops_tui.policy.files import (
    STREAMED_PATHS,
    FilesTaken,
    Named,
    NotTaken,
    files_of_cli,
    files_of_sdk,
    named_in_cli,
    named_in_sdk,
    outside_work_folder,
    with_contents,
    with_words,
)
from tests.engine.plans import sequence
from tests.executors.attempts import cli_command

SHA = "0" * 64


class Held:
    """A source that holds these, by path."""

    def __init__(self, **content: str) -> None:
        self.content = {name.replace("_", "."): text.encode() for name, text in content.items()}

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        if named.path not in self.content:
            return NotTaken("does not exist", "Put it there")
        file = FrozenFile(kind=named.kind, written=named.written, sha256=SHA, secret=named.secret)
        return file, None if named.secret else self.content[named.path]

    def why_not_written(self, path: str) -> NotTaken | None:
        return outside_work_folder(path)

    def keep(self) -> None:
        """Nothing is written here."""


@pytest.fixture(scope="module")
def catalogue() -> BotocoreCatalogue:
    return the_catalogue()


@pytest.fixture(scope="module")
def read(catalogue: BotocoreCatalogue) -> Callable[[str], ParsedCli]:
    def reading(line: str) -> ParsedCli:
        found = parse(line.split(" "), catalogue)
        assert isinstance(found, ParsedCli), found
        return found

    return reading


Reading = Callable[[str], ParsedCli]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("iam create-policy --policy-name p --policy-document file://p.json", [(FileKind.PARAMETER, "file://p.json")]),
        ("ec2 run-instances --cli-input-json file:///x/a.json", [(FileKind.PARAMETER, "file:///x/a.json")]),
        (
            "lambda update-function-code --function-name f --zip-file fileb://f.zip",
            [(FileKind.PARAMETER, "fileb://f.zip")],
        ),
        ("s3api put-object --bucket b --key k --body a.zip", [(FileKind.PATH, "a.zip")]),
        ("cloudformation deploy --stack-name t.yaml --template-file t.yaml", [(FileKind.PATH, "t.yaml")]),
        ("s3 cp a.txt s3://b/k", [(FileKind.PATH, "a.txt")]),
        ("s3 mv a.txt s3://b/k", [(FileKind.MOVED, "a.txt")]),
        ("s3 cp build s3://b/k --recursive", [(FileKind.PLACE, "build")]),
        ("s3 sync build s3://b/k", [(FileKind.PLACE, "build")]),
        ("s3 sync s3://b/k build", []),
        ("s3 cp s3://b/k s3://c/k", []),
        ("s3 cp - s3://b/k", []),
        ("sqs send-message --queue-url https://q --message-body text", []),
        ("cloudformation create-stack --stack-name s --template-url file://t.yaml", []),
    ],
)
def test_a_command_line_says_what_it_takes_from_elsewhere(
    read: Reading, line: str, named: list[tuple[FileKind, str]]
) -> None:
    assert [(one.kind, one.written) for one in named_in_cli(read(line))] == named


@pytest.mark.parametrize(
    "line",
    [
        "s3 cp a s3://b/k --sse-c AES256 --sse-c-key fileb://key",
        "cloudfront sign --url https://u --key-pair-id K --private-key file://key --date-less-than 2030-01-01",
        "ec2 get-password-data --instance-id i-1 --priv-launch-key key",
    ],
)
def test_keys_of_awsclis_own_options_are_secrets(read: Reading, line: str) -> None:
    assert [one.secret for one in named_in_cli(read(line)) if one.path == "key"] == [True]


def test_words_are_replaced_only_where_they_name_a_file(read: Reading) -> None:
    parsed = read("cloudformation deploy --stack-name t.yaml --template-file t.yaml")

    [named] = named_in_cli(parsed)

    assert not isinstance(named.at, tuple)
    assert canonical(with_words(parsed, {named.at: "/copy"})) == (
        "aws", "cloudformation", "deploy", "--stack-name", "t.yaml", "--template-file", "/copy",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("iam create-policy --policy-name p --policy-document file://~/p.json", "`aws` would expand"),
        ("iam create-policy --policy-name p --policy-document file://$HOME/p.json", "`aws` would expand"),
        ("iam create-policy --policy-name p --policy-document file://", "names no file"),
        ("iam create-policy --policy-name p --policy-document file://gone", "does not exist"),
        ("iam create-policy --policy-name p --policy-document file://p\u202egpj.exe", "cannot be shown"),
        ("s3api put-object --bucket b --key k --body file://a.zip", "would read the path from that file"),
        ("ec2 terminate-instances --instance-ids file://a file://b", "only value"),
        ("ec2 create-tags --resources i-1 --tags Key@=file://a,Value=b", "`@=` takes parts"),
        ("ec2 create-tags --resources i-1 --tags file://nested.txt", "takes values from other files"),
        ("s3 ls file://bucket", "would read the word itself"),
        ("iam update-access-key --access-key-id A --status fileb://off", "is for binary values"),
        ("rds modify-db-instance --cli-input-json fileb://db.json", "is for binary values"),
        ("s3 cp s3://b/k ../x", "outside the folder of the attempt"),
        ("s3 cp s3://b/k /tmp/x", "outside the folder of the attempt"),
        ("s3 sync s3://b/k a/../../x", "outside the folder of the attempt"),
        ("s3api get-object --bucket b --key k /tmp/x", "outside the folder of the attempt"),
        ("iam create-virtual-mfa-device --virtual-mfa-device-name m --bootstrap-method QRCodePNG --outfile ~/x.png",
         "`aws` would expand"),
        ("iot create-keys-and-certificate --private-key-outfile /tmp/key", "outside the folder of the attempt"),
    ],
)  # fmt: skip
def test_a_way_of_naming_a_file_that_cannot_be_frozen_is_refused_with_its_reason(
    read: Reading, line: str, why: str
) -> None:
    taken = files_of_cli(read(line), Held(nested_txt="Key@=file:///etc/passwd,Value=x", a_zip="x"))

    assert [why in one.message for one in taken.refused] == [True], taken.refused
    assert all(one.remedy and "\u202e" not in one.message for one in taken.refused)


@pytest.mark.parametrize(
    "line",
    [
        "s3 cp s3://b/k .",
        "s3 sync s3://b/k down/here",
        "s3 cp s3://b/k -",
        "s3api get-object --bucket b --key k /dev/stdout",
        "lambda invoke --function-name f out.json",
        "iot create-keys-and-certificate --private-key-outfile key.pem",
    ],
)
def test_a_command_may_write_below_its_own_folder(read: Reading, line: str) -> None:
    assert files_of_cli(read(line), Held()) == FilesTaken()


def test_the_contents_of_files_are_handed_on_but_not_of_secrets_and_bare_paths(read: Reading) -> None:
    held = Held(p_json='{"Statement": []}', a="bytes", key="hunter2")

    policy_file = files_of_cli(read("iam create-policy --policy-name p --policy-document file://p.json"), held)
    upload = files_of_cli(read("s3 cp a s3://b/k --sse-c AES256 --sse-c-key fileb://key"), held)

    assert policy_file.contents == {"file://p.json": b'{"Statement": []}'}
    assert (len(upload.frozen), upload.contents) == (2, {})


# --- parameters ------------------------------------------------------------------------------------------------------


def test_parameters_name_files_where_text_or_bytes_stand_and_nowhere_else(catalogue: BotocoreCatalogue) -> None:
    parameters = {
        "FunctionName": {"$file": "name"},
        "Code": {"ZipFile": {"$file": "code.zip"}},
        "Environment": {"Variables": {"TOKEN": {"$env": "TOKEN"}}},
        "Layers": ["arn", {"$file": "layer"}],
        "Role": {"$base64": "eA=="},
    }

    named = named_in_sdk("lambda", "CreateFunction", parameters, catalogue)

    assert {(one.at, one.kind, one.written, one.secret) for one in named} == {
        (("FunctionName",), FileKind.MEMBER, "name", False),
        (("Code", "ZipFile"), FileKind.MEMBER, "code.zip", False),
        (("Environment", "Variables", "TOKEN"), FileKind.ENVIRONMENT, "TOKEN", True),
        (("Layers", 1), FileKind.MEMBER, "layer", False),
    }


def test_what_looks_like_a_reference_inside_a_document_is_data(catalogue: BotocoreCatalogue) -> None:
    use = {"toolUseId": "1", "name": "n", "input": {"$file": "a"}}
    parameters = {
        "modelId": "m",
        "messages": [{"role": "user", "content": [{"toolUse": use}]}],
    }

    assert named_in_sdk("bedrock-runtime", "Converse", parameters, catalogue) == []


def test_risk_is_judged_on_what_stands_in_the_files_and_secrets_stay_unread(catalogue: BotocoreCatalogue) -> None:
    parameters = {"Sql": {"$file": "a.sql"}, "Database": {"$env": "DB"}, "ClusterIdentifier": "c"}
    contents = {"a.sql": b"DROP TABLE t"}

    filled = with_contents("redshift-data", "ExecuteStatement", parameters, contents, catalogue)

    assert filled == {"Sql": "DROP TABLE t", "Database": UNREAD, "ClusterIdentifier": "c"}


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "aws_session_token", "CLOUDOPS_STATE_DIR", "", "A=B", "A\nB"]
)
def test_a_variable_of_this_machines_access_to_aws_is_refused(catalogue: BotocoreCatalogue, name: str) -> None:
    parameters = {"Name": "n", "Value": {"$env": name}}
    taken = files_of_sdk(
        "ssm", "PutParameter", parameters, Held(**{name: "x"} if name.isidentifier() else {}), catalogue
    )

    assert [one.at for one in taken.refused] == [("Value",)]
    assert "\n" not in taken.refused[0].message


def test_secret_members_are_taken_as_secrets(catalogue: BotocoreCatalogue) -> None:
    parameters = {"Name": {"$file": "a"}, "SecretString": {"$file": "b"}}

    taken = files_of_sdk("secretsmanager", "CreateSecret", parameters, Held(a="n", b="hunter2"), catalogue)

    assert {(one.written, one.secret) for one in taken.frozen} == {("a", False), ("b", True)}
    assert taken.contents == {"a": b"n"}


# --- digest ----------------------------------------------------------------------------------------------------------


def test_the_digest_changes_with_the_content_and_not_with_where_a_copied_file_lay() -> None:
    command = cli_command("iam", "create-policy")
    plan = sequence(command)
    file = FrozenFile(kind=FileKind.PARAMETER, written="file://p.json", origin="/here/p.json", sha256=SHA, size=1)

    def digest(**changed: Any) -> str:
        return plan_digest(plan, {command.id: ("aws",)}, {command.id: (file.model_copy(update=changed),)})

    assert digest() == digest(origin="/there/p.json") == digest(size=2)
    different = {
        digest(),
        plan_digest(plan, {command.id: ("aws",)}),
        digest(sha256="1" * 64),
        digest(written="file://q.json"),
        digest(secret=True),
        digest(kind=FileKind.MEMBER),
        digest(kind=FileKind.PLACE),
        digest(kind=FileKind.PLACE, origin="/there/p.json"),
    }
    assert len(different) == 8


# --- the table -------------------------------------------------------------------------------------------------------

ASK_AWSCLI = """
import json, sys
from awscli.clidriver import create_clidriver
session = create_clidriver().session
found = []
for service in json.load(sys.stdin):
    model = session.get_service_model(service)
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        for member, its in (shape.members.items() if shape is not None else ()):
            if its.type_name == "blob" and its.serialization.get("streaming"):
                found.append([service, name, member])
json.dump(found, sys.stdout)
"""


def test_the_options_whose_value_is_a_path_are_those_that_awscli_streams(catalogue: BotocoreCatalogue) -> None:
    """Asked of the models of awscli itself, for every service of the table, and for some that only look alike."""
    table = {
        (shape.service, shape.operation, shape.options[option].member)
        for path, options in STREAMED_PATHS.items()
        for option in options
        if (shape := catalogue.cli_command(path)) is not None
    }
    services = sorted({str(service) for service, _, _ in table} | {"lambda", "iot-data", "bedrock-runtime"})
    asked = subprocess.run(
        [sys.executable, "-c", ASK_AWSCLI], input=json.dumps(services), capture_output=True, text=True, check=True
    )

    assert len(table) == len(STREAMED_PATHS)
    assert table == {tuple(one) for one in json.loads(asked.stdout)}
