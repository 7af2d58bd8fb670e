"""Profile, region, endpoints and child environment, against botocore's own reading where it has one."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.executors.aws_environment import (
    UnusableProfile,
    asks_for_code,
    child_environment,
    fingerprint,
    resolve,
    secrets_in,
)
from cloudops_tui.executors.aws_program import AwsProgram
from tests.executors.attempts import write_aws_files

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
WEB_IDENTITY = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")


def test_a_named_profile_must_exist_and_the_error_names_the_files_looked_in(home: Path) -> None:
    with pytest.raises(UnusableProfile) as refused:
        resolve("prod", "eu-west-1", os.environ)

    assert "`prod`" in str(refused.value)
    assert str(home / ".aws" / "config") in str(refused.value)
    assert str(home / ".aws" / "credentials") in str(refused.value)


@pytest.mark.parametrize("file", ["config", "credentials"])
def test_a_profile_of_either_file_exists(home: Path, file: str) -> None:
    if file == "config":
        write_aws_files(home, "[profile prod]\nregion = eu-west-1\n")
    else:
        write_aws_files(home, credentials={"prod": "AKIAPROD"})

    assert resolve("prod", "eu-west-1", os.environ).name == "prod"


def test_default_is_the_standard_chain_also_where_there_are_no_files() -> None:
    target = resolve("default", "eu-west-1", os.environ)

    assert target.name is None
    assert target.cli_options("ec2") == ()


def test_files_that_cannot_be_read_are_an_error_that_names_them(home: Path) -> None:
    write_aws_files(home, "[profile prod\nregion = eu-west-1\n")

    with pytest.raises(UnusableProfile, match="config"):
        resolve("default", "eu-west-1", os.environ)


def test_a_changed_file_is_read_anew(home: Path) -> None:
    write_aws_files(home, "[profile one]\n")
    resolve("one", "eu-west-1", os.environ)
    write_aws_files(home, "[profile one]\n[profile two]\n")

    assert resolve("two", "eu-west-1", os.environ).name == "two"


def test_a_named_profile_drops_every_inherited_identity(home: Path) -> None:
    write_aws_files(home, "[profile prod]\n")
    inherited = dict.fromkeys((*KEYS, *WEB_IDENTITY, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "foreign")
    environment = {**os.environ, **inherited}

    child = child_environment(resolve("prod", "eu-west-1", environment), environment)

    assert not set(child) & set(inherited)


def test_the_standard_chain_keeps_inherited_keys_but_never_a_profile() -> None:
    environment = {**os.environ, **dict.fromkeys((*KEYS, *WEB_IDENTITY), "/ours"), "AWS_PROFILE": "foreign"}

    child = child_environment(resolve("default", "eu-west-1", environment), environment)

    assert {child[name] for name in (*KEYS, *WEB_IDENTITY)} == {"/ours"}
    assert "AWS_PROFILE" not in child


def test_nothing_inherited_steers_the_interpreter_the_shell_a_pager_or_the_models() -> None:
    steering = (
        "LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONSTARTUP", "BASH_ENV", "ENV", "BASH_FUNC_aws%%",
        "AWS_DATA_PATH", "AWS_PAGER", "PAGER", "AWS_CLI_AUTO_PROMPT", "AWS_CLI_FILE_ENCODING", "AWS_CLI_HISTORY_FILE",
    )  # fmt: skip
    environment = {**os.environ, **dict.fromkeys(steering, "/tmp/evil")}

    child = child_environment(resolve("default", "eu-west-1", environment), environment)

    assert "/tmp/evil" not in child.values()


def test_proxies_certificates_and_other_aws_settings_are_passed_on() -> None:
    wanted = {"HTTPS_PROXY": "http://p", "AWS_CA_BUNDLE": "/ca", "AWS_USE_FIPS_ENDPOINT": "true", "PATH": "/bin"}

    child = child_environment(resolve("default", "eu-west-1", wanted), wanted)

    assert wanted.items() <= child.items()


def test_a_path_means_the_same_file_wherever_the_program_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {"AWS_SHARED_CREDENTIALS_FILE": "keys", "AWS_CONFIG_FILE": "~/config", "AWS_CA_BUNDLE": ""}

    child = child_environment(resolve("default", "eu-west-1", environment), environment)

    assert child["AWS_SHARED_CREDENTIALS_FILE"] == str(tmp_path / "keys")
    assert (child["AWS_CONFIG_FILE"], child["AWS_CA_BUNDLE"]) == ("~/config", "")


def test_region_retries_and_note_are_set_for_both_versions_of_the_program() -> None:
    environment = {**os.environ, "AWS_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "9", "AWS_EXECUTION_ENV": "foreign"}

    child = child_environment(resolve("default", "eu-west-1", environment), environment, "cloudops-plan-abc")

    assert child["AWS_REGION"] == child["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert (child["AWS_RETRY_MODE"], child["AWS_MAX_ATTEMPTS"]) == ("standard", "1")
    assert child["AWS_EXECUTION_ENV"] == "cloudops-plan-abc"


@cache
def models() -> Any:
    """botocore's models, read once for all the clients that are compared."""
    from botocore.loaders import Loader

    return Loader()


CONFIGURED = """
[default]
region = us-east-1
endpoint_url = http://profile.test

[profile prod]
endpoint_url = http://profile.test
services = local

[profile quiet]
endpoint_url = http://profile.test
ignore_configured_endpoint_urls = true

[services local]
sqs =
  endpoint_url = http://sqs-section.test
elastic_beanstalk =
  endpoint_url = http://beanstalk-section.test
"""


@pytest.mark.parametrize("profile", ["default", "prod", "quiet"])
@pytest.mark.parametrize("service", ["sqs", "s3", "elasticbeanstalk", "config"])
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"AWS_ENDPOINT_URL": "http://everywhere.test"},
        {"AWS_ENDPOINT_URL_SQS": "http://sqs.test", "AWS_ENDPOINT_URL_CONFIG_SERVICE": "http://config.test"},
        {"AWS_ENDPOINT_URL": "http://everywhere.test", "AWS_ENDPOINT_URL_S3": "http://s3.test"},
        {"AWS_ENDPOINT_URL": "http://everywhere.test", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_SQS": ""},
    ],
)
def test_an_endpoint_is_the_one_that_botocore_would_take(
    home: Path, monkeypatch: pytest.MonkeyPatch, profile: str, service: str, variables: dict[str, str]
) -> None:
    import botocore.session

    write_aws_files(home, CONFIGURED)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.Session(profile=None if profile == "default" else profile)
    session.register_component("data_loader", models())
    client = session.create_client(
        service, region_name="us-east-1", aws_access_key_id="AKIA", aws_secret_access_key="s"
    )

    ours = resolve(profile, "us-east-1", os.environ).endpoints.of(service)

    theirs = client.meta.endpoint_url
    assert ours == theirs or (ours is None and theirs.endswith(".amazonaws.com"))


def test_a_services_section_that_does_not_exist_is_an_error(home: Path) -> None:
    write_aws_files(home, "[profile prod]\nservices = gone\n")

    with pytest.raises(UnusableProfile, match="`gone`"):
        resolve("prod", "us-east-1", os.environ)


def test_profile_and_endpoint_are_what_the_argv_is_given(home: Path) -> None:
    write_aws_files(home, CONFIGURED)

    target = resolve("prod", "us-east-1", os.environ)

    assert target.cli_options("sqs") == ("--profile", "prod", "--endpoint-url", "http://sqs-section.test")
    assert target.cli_options("sqs", endpoint_given=True) == ("--profile", "prod")


@pytest.mark.parametrize(
    ("version", "told"),
    [("1.46.3", None), ("1.9.99", None), ("1.46.4", "newer than"), ("1.100.0", "newer than"), ("2.9.19", "version 2")],
)
def test_a_program_that_may_know_more_than_the_table_is_told(version: str, told: str | None) -> None:
    beyond = AwsProgram(Path("/aws"), version, "0" * 64).beyond("1.46.3")

    assert beyond is None if told is None else told in (beyond or "")


def test_a_profile_asks_for_a_code_when_any_profile_that_it_stands_on_does(home: Path) -> None:
    write_aws_files(
        home,
        "[profile a]\nrole_arn = r\nsource_profile = b\n"
        "[profile b]\nrole_arn = r\nmfa_serial = m\nsource_profile = a\n"
        "[profile c]\nsource_profile = d\n[profile d]\nsource_profile = c\n",
    )

    asking = [name for name in "abcd" if asks_for_code(resolve(name, "us-east-1", os.environ))]

    assert asking == ["a", "b"]


def test_a_changed_key_variable_or_file_changes_the_fingerprint(home: Path) -> None:
    before = fingerprint(os.environ)
    other_key = fingerprint({**os.environ, "AWS_ACCESS_KEY_ID": "AKIAOTHER"})
    write_aws_files(home, "[profile new]\n")
    other_file = fingerprint(os.environ)

    assert len({str(one) for one in (before, other_key, other_file)}) == 3
    assert fingerprint({**os.environ, "COLUMNS": "80"}) == other_file


def test_secret_variables_are_known_as_values_that_no_output_may_show() -> None:
    environment = {"AWS_SECRET_ACCESS_KEY": "a-long-secret", "AWS_SESSION_TOKEN": "short", "AWS_REGION": "eu-west-1"}

    assert secrets_in(environment) == ("a-long-secret",)
