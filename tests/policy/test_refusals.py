"""What a plan may not ask of `aws`: each with its reason, each opened by its own name and by nothing else."""

from __future__ import annotations

import shlex

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy.cli_grammar import CliProblem, ParsedCli, canonical
from cloudops_tui.policy.cli_version_2 import ONLY_COMMANDS, ONLY_OPTIONS
from cloudops_tui.policy.refusals import (
    FETCHED_VALUES,
    NOTHING,
    OPENABLE,
    REFUSED_COMMANDS,
    REFUSED_OPTIONS,
    TAKEN_COMMANDS,
    UNKNOWN_COMMANDS,
    Allowed,
    Refusal,
    allowance_problem,
    opened,
    read_line,
    refused,
    with_openings,
)

CATALOGUE = the_catalogue()
UNKNOWN = frozenset({UNKNOWN_COMMANDS})


def read(line: str, allowed: Allowed = NOTHING) -> ParsedCli:
    parsed = read_line(shlex.split(line), CATALOGUE, allowed)
    assert isinstance(parsed, ParsedCli), parsed
    return parsed


def unreadable(line: str, allowed: Allowed = NOTHING) -> list[CliProblem]:
    problems = read_line(shlex.split(line), CATALOGUE, allowed)
    assert isinstance(problems, list), problems
    return problems


def refusals(line: str, allowed: Allowed = NOTHING) -> list[Refusal]:
    return list(refused(read(line, allowed), "default", "us-east-1", allowed))


# ---------------------------------------------------------------- the lists


def test_somebody_has_decided_about_every_command_that_has_no_operation_of_its_own() -> None:
    lines = [(name, *line.split(" ")) for name in CATALOGUE.cli_services() for line in CATALOGUE.cli_commands(name)]
    custom = {path for path in lines if (shape := CATALOGUE.cli_command(path)) is not None and shape.operation is None}
    refused_paths = {path for path in custom for length in (1, 2) if path[:length] in REFUSED_COMMANDS}

    assert custom == refused_paths | TAKEN_COMMANDS
    assert refused_paths & TAKEN_COMMANDS == set()


def test_what_version_2_alone_has_is_not_in_the_table() -> None:
    assert [words for words in ONLY_COMMANDS if CATALOGUE.cli_command(words) is not None] == []
    assert set(ONLY_OPTIONS) & set(CATALOGUE.global_options()) == set()


@pytest.mark.parametrize("option", REFUSED_OPTIONS)
def test_a_refused_option_is_opened_by_its_own_name_only(option: str) -> None:
    value = " http://127.0.0.1:1" if CATALOGUE.global_options()[option].kind == "value" else ""
    line = f"ec2 describe-vpcs {option}{value}"
    others = frozenset(OPENABLE) - {option}

    assert [one.at for one in refusals(line)] == [option]
    assert [one.at for one in refusals(line, others)] == [option]
    assert refusals(line, frozenset({option})) == []
    assert [one.name for one in opened(read(line), frozenset(OPENABLE))] == [option]
    assert canonical(read(line))[3] == option


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("configure set region x", "aws configure"),
        ("history list", "aws history"),
        ("codeartifact login --domain d --repository r --tool pip", "aws codeartifact login"),
        ("ecr get-login-password", "aws ecr get-login-password"),
        ("ssm start-session --target i-1", "aws ssm start-session"),
        ("ecs execute-command --command sh --interactive --task t", "aws ecs execute-command"),
        ("emr ssh --cluster-id j --key-pair-file k", "aws emr ssh"),
        ("codecommit credential-helper get", "aws codecommit credential-helper"),
        ("eks get-token --cluster-name c", "aws eks get-token"),
        ("eks update-kubeconfig --name c", "aws eks update-kubeconfig"),
        ("deploy install --config-file c", "aws deploy install"),
        ("rds generate-db-auth-token --hostname h --port 1 --username u", "aws rds generate-db-auth-token"),
        ("dlm create-default-role --iam-endpoint x", "--iam-endpoint"),
        ("sns publish --topic-arn t --message http://x", FETCHED_VALUES),
        ("s3 ls https://x", FETCHED_VALUES),
    ],
)
def test_a_refused_command_or_value_is_opened_by_its_own_name_only(line: str, name: str) -> None:
    [refusal] = refusals(line)

    assert f"allow `{name}` in `[safety]`" in refusal.remedy
    assert len(refusals(line, frozenset(OPENABLE) - {name})) == 1
    assert refusals(line, frozenset({name})) == []
    assert [one.name for one in opened(read(line), frozenset({name}))] == [name]


@pytest.mark.parametrize("option", ["--profile", "--region"])
def test_nothing_opens_another_profile_or_region_than_the_plans(option: str) -> None:
    [refusal] = refusals(f"ec2 describe-vpcs {option} other", frozenset(OPENABLE) | {option})

    assert refusal.at == option
    assert "cannot be opened" in (allowance_problem(option) or "")


@pytest.mark.parametrize(
    "line",
    [
        "sqs get-queue-attributes --queue-url https://sqs.eu-west-1.amazonaws.com/1/q",
        "cognito-idp create-user-pool-client --user-pool-id p --client-name c --callback-urls https://a https://b",
        "sns publish --topic-arn t --message 'see https://a'",
        "s3 cp https://a s3://b",
    ],
)
def test_an_address_that_awscli_would_not_fetch_is_a_value(line: str) -> None:
    assert refusals(line) == []


# ---------------------------------------------------------------- names in the configuration


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("--endpoint_url", "did you mean `--endpoint-url`?"),
        ("aws eks update-kubeconfg", "did you mean `aws eks update-kubeconfig`?"),
        ("fetched-value", "did you mean `fetched-values`?"),
        ("aws s3 ls\x1b[2J", "`aws s3 ls\\x1b[2J` is nothing that is refused by default"),
        ("", "is nothing that is refused by default"),
    ],
)
def test_a_name_that_opens_nothing_is_told_with_the_nearest_one(name: str, told: str) -> None:
    assert told in (allowance_problem(name) or "")


def test_every_name_that_opens_something_may_be_written() -> None:
    assert [name for name in OPENABLE if allowance_problem(name)] == []


# ---------------------------------------------------------------- what version 2 alone knows, and what nobody knows


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sso login --sso-session x", "`aws sso login` is refused: it exists in version 2 of `aws` only; it logs"),
        ("logs tail group", "`aws logs tail` is refused: it exists in version 2 of `aws` only; use `aws logs filter"),
        ("ddb put t x", "`aws ddb` is refused: it exists in version 2 of `aws` only"),
        ("configure sso", "`aws configure sso` is refused: it exists in version 2 of `aws` only"),
        ("ec2 describe-vpcs --cli-binary-format x", "it exists in version 2 of `aws` only; the engine sets it"),
        ("ec2 describe-vpcs --no-cli-pager", "it exists in version 2 of `aws` only; the engine sets it"),
        ("ec2 describe-vpcs --cli-auto-prompt", "it exists in version 2 of `aws` only; it is interactive"),
        ("ec2 describe-vpcs --cli-input-yaml x", "it exists in version 2 of `aws` only; use `--cli-input-json`"),
    ],
)
def test_what_version_2_alone_has_is_refused_with_that_reason(line: str, told: str) -> None:
    assert any(told in problem.message for problem in unreadable(line))


def test_an_unknown_command_is_read_word_for_word_once_that_is_opened() -> None:
    line = "newsvc --region us-east-1 do-it a --x -1 --name --query q y"

    [problem] = unreadable(line)
    parsed = read(line, UNKNOWN)

    assert problem.message == "Service is not known to `aws`"
    assert parsed.is_unknown
    assert shlex.join(canonical(parsed)) == "aws newsvc do-it a --x -1 --name y --query q --region us-east-1"
    assert read_line(canonical(parsed)[1:], CATALOGUE, UNKNOWN) == parsed
    assert [one.name for one in opened(parsed, UNKNOWN)] == [UNKNOWN_COMMANDS]


def test_a_known_service_with_an_unknown_command_is_unknown() -> None:
    assert read("ec2 describe-dreams --x", UNKNOWN).path == ("ec2", "describe-dreams")
    assert read("ecs wait dream-over --x", UNKNOWN).path == ("ecs", "wait", "dream-over")
    assert read("ec2 describe-vpcs", UNKNOWN).is_unknown is False


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("newsvc do --end http://x", "taken for a global one"),
        ("newsvc do --no-cli", "taken for a global one"),
        ("newsvc do -- x", "taken for a global one"),
        ("newsvc do --cli-binary-format x", "version 2"),
        ("newsvc do --x file:///etc/passwd", "files are not taken"),
        ("newsvc do --x=fileb://y", "files are not taken"),
        ("newsvc do --x Key@=file://y", "files are not taken"),
        ("newsvc do --version", "would end `aws`"),
        ("newsvc do help", "Service is not known"),
        ("ec2 --x describe-dreams", "before the command"),
    ],
)
def test_words_of_an_unknown_command_that_could_mean_more_are_refused(line: str, told: str) -> None:
    assert any(told in problem.message for problem in unreadable(line, UNKNOWN))


@pytest.mark.parametrize("line", ["newsvc do http://x", "newsvc do --x http://x", "newsvc do --x=https://x"])
def test_an_unknown_command_may_fetch_nothing_but_with_a_name_of_its_own(line: str) -> None:
    assert len(refusals(line, UNKNOWN)) == 1
    assert refusals(line, UNKNOWN | {FETCHED_VALUES}) == []


@pytest.mark.parametrize("line", ["newsvc do --debug", "newsvc do --endpoint-url http://x --profile other"])
def test_an_unknown_command_may_not_say_who_acts_or_with_whom_it_talks(line: str) -> None:
    assert refusals(line, UNKNOWN) != []


def test_a_command_of_version_2_that_logs_in_needs_its_own_name_and_counts_as_unknown() -> None:
    line = "sso login"

    assert len(refusals(line, UNKNOWN)) == 1
    [opening] = opened(read(line, frozenset({"aws sso login"})), frozenset({"aws sso login"}))
    assert opening.rule.least is RiskLevel.DESTRUCTIVE
    assert RiskFlag.UNKNOWN in opening.rule.flags


def test_openings_only_ever_raise_an_assessment() -> None:
    low = RiskAssessment(level=RiskLevel.READ_ONLY, assessed=RiskLevel.READ_ONLY, claimed=RiskLevel.READ_ONLY)
    high = RiskAssessment(level=RiskLevel.DESTRUCTIVE, assessed=RiskLevel.DESTRUCTIVE, claimed=RiskLevel.MODIFY)
    openings = opened(read("ec2 describe-vpcs --ca-bundle x"), frozenset(OPENABLE))

    assert with_openings(low, openings).level is RiskLevel.MODIFY
    assert with_openings(high, openings).level is RiskLevel.DESTRUCTIVE
    assert with_openings(high, openings).flags == (RiskFlag.NETWORK,)
    assert with_openings(low, ()) is low
