"""What is kept of a refused plan: its text, without the secrets, however it spells them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.intake import take_in
from cloudops_tui.policy.plan_text import read_plan_text
from cloudops_tui.policy.refused_text import kept_text, written_secrets
from cloudops_tui.policy.secrets import is_literal
from tests.journeys.working import cli, plan, sdk

SECRET = 'hunter2/"quoted"\\ück'


def refused(data: str) -> tuple[str, str]:
    """What is kept of a text, and everything that its problems say."""
    taken = take_in(read_plan_text(data), the_catalogue())
    assert taken.plan is None
    said = " ".join(f"{one.path} {one.message} {one.remedy}" for one in taken.problems)
    return kept_text(data.encode(), None, taken.secrets), said


def modify(secret: str = SECRET) -> dict[str, Any]:
    return sdk("Set it", "rds", "ModifyDBInstance", {"DBInstanceIdentifier": "d", "MasterUserPassword": secret})


def by_option(*words: str) -> dict[str, Any]:
    return cli("Set it", "rds", "modify-db-instance", "--db-instance-identifier", "d", *words)


COMMANDS = {
    "a parameter": modify(),
    "an option and its word": by_option("--master-user-password", SECRET),
    "an option with its word": by_option(f"--master-user-password={SECRET}"),
    "JSON in a word": by_option("--cli-input-json", json.dumps({"MasterUserPassword": SECRET})),
    "an option that does not exist": by_option("--master-user-pasword-password", SECRET),
    "an operation that does not exist": sdk("Set it", "rds", "Modify", {"MasterUserPassword": SECRET}),
    "a structure that is none": {**modify(), "region": 5},
    "a list": sdk("Set it", "elasticache", "CreateUser", {"Passwords": [SECRET]}),
    "a secure parameter": sdk("Set it", "ssm", "PutParameter", {"Name": "n", "Value": SECRET, "Type": "SecureString"}),
}


@pytest.mark.parametrize("what", COMMANDS)
@pytest.mark.parametrize("form", ["json", "compact", "ascii", "yaml", "block"])
def test_a_secret_is_gone_whatever_is_wrong_and_however_it_is_spelled(what: str, form: str) -> None:
    document = plan("Change the password", [COMMANDS[what]])
    text = {
        "json": lambda: json.dumps(document, indent=2, ensure_ascii=False),
        "compact": lambda: json.dumps(document, separators=(",", ":"), ensure_ascii=False),
        "ascii": lambda: json.dumps(document),
        "yaml": lambda: yaml.safe_dump(document, allow_unicode=True),
        "block": lambda: yaml.safe_dump(document, default_style="|", allow_unicode=True).replace("null", "~"),
    }[form]()

    kept, said = refused(text)

    for spelled in (SECRET, json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1]):
        assert spelled not in kept
        assert spelled not in said
    assert "hunter2" not in kept + said
    assert "<redacted>" in kept
    assert "Change the password" in kept


def test_the_lines_stay_where_problems_point_to() -> None:
    text = json.dumps(plan("Change the password", [modify("simple-enough")]), indent=2)
    [problem] = take_in(read_plan_text(text), the_catalogue()).problems

    kept, _ = refused(text)

    assert problem.line is not None
    assert kept.splitlines()[problem.line - 1].strip() == '"MasterUserPassword": "<redacted>"'


@pytest.mark.parametrize(
    "text",
    [
        '{"commands": [{"MasterUserPassword": "hunter2", }',
        '{"args": ["--master-user-password", "hunter2"',
        "args:\n  - --master-user-password\n  - hunter2\n  bad: [",
        "MasterUserPassword: |\n  hunter2\n  hunter2\nid: [",
        "command: aws rds x --master-user-password hunter2 --y\n  bad: : [",
        'secret_string = "hunter2"\n{',
        "MasterUserPassword: !hunter2-is-it\nid: 1",
        "MasterUserPassword: *hunter2\nid: 1",
        "MasterUserPassword: &hunter2\nid: 1",
        '{"MasterUserPassword": "hunter2", "MasterUserPassword": "other"}',
    ],
)
def test_a_text_that_is_no_document_loses_what_stands_behind_a_secrets_name(text: str) -> None:
    kept, said = refused(text)

    assert "hunter2" not in kept + said
    assert "<redacted>" in kept


def test_a_short_secret_is_gone_though_its_letters_stand_elsewhere() -> None:
    kept, _ = refused(json.dumps(plan("abc abcabc", [modify("abc")])))

    assert "MasterUserPassword" in kept
    assert '"abc"' not in kept


def test_a_text_without_secrets_is_kept_as_it_is() -> None:
    text = json.dumps(plan("Nothing", [{**modify("x"), "command_type": {}}]), indent=1)

    assert kept_text(text.encode(), None) == text


def test_references_stay_readable() -> None:
    broken = {**modify(), "region": 5}
    broken["command_type"]["Sdk"]["parameters"]["MasterUserPassword"] = {"$file": "secret/file"}

    kept, _ = refused(json.dumps(plan("Change it", [broken])))

    assert "secret/file" in kept


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=4, max_size=30))
def test_no_secret_is_found_again_in_what_was_kept(secret: str) -> None:
    text = json.dumps(plan("Change it", [modify(secret), by_option("--master-user-password", secret)]))

    kept, _ = refused(text)

    again = read_plan_text(kept).document
    assert again is not None
    assert all("<redacted>" in value or value in "<redacted>" for value in written_secrets(again))


@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump])
def test_a_text_refused_for_what_it_holds_is_gone_as_well(form: Any) -> None:
    address = "postgres://app:hunter22@db.internal/x"
    by_sdk = sdk("Say it", "sns", "Publish", {"TopicArn": "t", "Message": address})
    by_cli = cli("Say it", "sns", "publish", "--topic-arn", "t", "--message", address)

    for command in (by_sdk, by_cli):
        kept, said = refused(form(plan("Say it", [command])))
        assert "hunter22" not in kept + said


@pytest.mark.parametrize("piece", ["x", "--a", "secret", "password: {", "password:   "])
def test_a_long_text_is_not_searched_anew_from_each_of_its_places(piece: str) -> None:
    """A search holds the whole process: with one that grew with the square, this would take hours."""
    text = '{"a": "' + piece * (60_000 // len(piece)) + '\n--password hunter2\n"password": "hunter3"'

    kept = kept_text(text.encode(), "json")

    assert "hunter" not in kept
    assert "--password <redacted>" in kept


def test_a_word_of_many_steps_is_told_from_a_way_at_once() -> None:
    steps = "/aa" * 60

    assert not is_literal(f"prod{steps}", free=True, called="DB_SECRET")
    assert is_literal(f"prod{steps}!", free=True, called="DB_SECRET")


def test_a_text_that_is_secrets_for_the_most_part_is_not_kept_at_all() -> None:
    kept, _ = refused(json.dumps({"password": "hunter2" * 10_000}))

    assert "hunter2" not in kept
    assert kept == "The text is not kept: too much of it stands behind the names of secrets"
