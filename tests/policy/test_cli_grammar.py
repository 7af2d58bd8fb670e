"""The grammar of `aws` accepts only what has one reading, and writes that reading down so that awscli agrees."""

from __future__ import annotations

import os
import random
import re
import shlex

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.cli_grammar import CliProblem, ParsedCli, canonical, parse
from tests.policy.awscli_corpus import awscli_reads
from tests.policy.awscli_examples import examples

CATALOGUE = the_catalogue()
CORPUS = ("s3", "sqs", "sts", "s3api", "deploy")


def read(line: str) -> ParsedCli:
    parsed = parse(shlex.split(line), CATALOGUE)
    assert isinstance(parsed, ParsedCli), parsed
    return parsed


def refused(line: str) -> list[CliProblem]:
    problems = parse(shlex.split(line), CATALOGUE)
    assert isinstance(problems, list), problems
    return problems


def written(line: str) -> str:
    return shlex.join(canonical(read(line)))


# ---------------------------------------------------------------- one reading


def test_a_command_is_read_into_its_parts() -> None:
    parsed = read("ec2 --region eu-west-1 describe-instances --instance-ids i-1 i-2 --dry-run")

    assert parsed.path == ("ec2", "describe-instances")
    assert parsed.options == {"--instance-ids": ("i-1", "i-2"), "--dry-run": True}
    assert parsed.globals == {"--region": ("eu-west-1",)}
    assert parsed.shape.operation == "DescribeInstances"


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("--region=a ec2 describe-instances --max-items 5 --instance-ids i-1",
         "aws ec2 describe-instances --instance-ids i-1 --max-items 5 --region a"),
        ("s3 cp --recursive a b --only-show-errors", "aws s3 cp a b --only-show-errors --recursive"),
        ("s3 sync a b --include '*' --delete --exclude x --include y",
         "aws s3 sync a b --delete --include '*' --exclude x --include y"),
        ("s3api get-object --bucket b --key=-k out.txt", "aws s3api get-object out.txt --bucket b --key=-k"),
        ("sns publish --message='-- hi' --topic-arn t", "aws sns publish '--message=-- hi' --topic-arn t"),
        ("ec2 run-instances --cli-input-json=file://a.json", "aws ec2 run-instances --cli-input-json file://a.json"),
        ("s3 mb s3://b --tags k v --tags k2 v2", "aws s3 mb s3://b --tags k v --tags k2 v2"),
        ("s3 cp - s3://b/k", "aws s3 cp - s3://b/k"),
        ("ec2 modify-instance-attribute --instance-id i --no-source-dest-check",
         "aws ec2 modify-instance-attribute --instance-id i --no-source-dest-check"),
    ],
)  # fmt: skip
def test_the_canonical_line_has_one_fixed_order(line: str, argv: str) -> None:
    assert written(line) == argv
    assert canonical(read(shlex.join(canonical(read(line))[1:]))) == canonical(read(line))


def test_the_order_of_filters_is_kept_because_the_last_match_decides() -> None:
    one = canonical(read("s3 rm s3://b --recursive --exclude '*' --include '*.log'"))
    other = canonical(read("s3 rm s3://b --recursive --include '*.log' --exclude '*'"))

    assert one != other


def test_required_options_may_come_from_a_file_or_a_skeleton_may_be_asked_for() -> None:
    read("sqs delete-queue --cli-input-json file://queue.json")
    read("sqs delete-queue --generate-cli-skeleton")
    assert [problem.index for problem in refused("sqs delete-queue --generate-cli-skeleton output")] == [None]


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("line", "index", "remedy"),
    [
        ("ecc2 describe-instances", 0, "`ec2`"),
        ("ec2 describe-instance", 1, "`describe-instances`"),
        ("ec2 wait instance-runing --instance-ids i", 2, "`instance-running`"),
        ("ec2 describe-instances --instance-idz i", 2, "`--instance-ids`"),
        ("ec2 describe-instances --instance-id i", 2, "`--instance-ids`"),
        ("ec2 describe-instances --reg eu-west-1", 2, "`--region`"),
        ("ec2 describe-instances --dry-run true", 3, "`--no-dry-run`"),
        ("ec2 describe-instances --dry-run=true", 2, "`--no-dry-run`"),
        ("ec2 describe-instances --dry-run --no-dry-run", 3, "Keep one"),
        ("ec2 describe-instances --max-items 1 --max-items 2", 4, "Keep one"),
        ("ec2 describe-instances i-1", 2, "option's name"),
        ("ec2 describe-instances --max-items many", 3, "digits"),
        ("ec2 describe-instances --instance-ids", 2, "[]"),
        ("ec2 describe-instances --query --debug", 2, "--query=VALUE"),
        ("ec2 describe-instances --instance-ids a --region r b", 6, "global option"),
        ("ec2 --instance-ids i describe-instances", 1, "service and command first"),
        ("ec2 describe-instances --output yaml", 3, "one of them"),
        ("ec2 describe-instances --version", 2, "Remove it"),
        ("ec2 describe-instances -- --dry-run", 2, "--option=VALUE"),
        ("ec2 help", 1, "pager"),
        ("ec2 describe-instances help", 2, "option's name"),
        ("s3 cp a --quiet b", 4, "right after"),
        ("s3 cp a", 2, "right after"),
        ("ec2 wait", None, "first"),
        ("", None, "first"),
        ("sqs delete-queue", None, "`--queue-url`"),
    ],
)
def test_what_has_no_single_reading_is_refused_at_its_word_with_a_remedy(
    line: str, index: int | None, remedy: str
) -> None:
    problems = refused(line)

    assert index in [problem.index for problem in problems]
    assert any(problem.index == index and remedy in problem.remedy for problem in problems), problems


def test_all_problems_of_a_line_are_told_at_once() -> None:
    problems = refused("sqs send-message --queue-url a --queue-url b --mesage-body x --delay-seconds soon")

    assert [problem.index for problem in problems] == [4, 6, 9, None]


@pytest.mark.parametrize("word", ["a\0b", "\ud800", "x" * 200_000])
def test_words_that_no_process_can_be_given_are_refused(word: str) -> None:
    problems = parse(["sns", "publish", "--message", word], CATALOGUE)

    assert isinstance(problems, list)
    assert [problem.index for problem in problems] == [3]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ecc2 describe-instances", r"Service is not known to `aws`: found `ecc2`, expected one of the \d+ services"),
        ("s3 cpy a b", r"`aws s3` has no such command: found `cpy`, expected one of `cp`, .*`website`$"),
        ("ec2 describe-instance", r"`aws ec2` has no such command: found `describe-instance`, expected one of its \d+"),
        ("ec2 wait", r"`aws ec2 wait` needs a command: found nothing, expected one of its \d+ commands"),
        ("s3 ls --recursiv=x", r"Option is abbreviated: found `--recursiv`, expected the full name"),
        ("s3 ls --recursively=hunter2", r"`aws s3 ls` has no such option: found `--recursively`, expected one of its"),
        ("s3 --recursive=hunter2 ls", r"Option stands before the command .*: found `--recursive`, expected a command"),
        ("sqs delete-queue", r"Option `--queue-url` is required by `aws sqs delete-queue`: found nothing, expected"),
        ("ec2 describe-instances --output yaml", r"found an unknown value, expected one of `json`, `text`, `table`"),
        ("s3 cp a", r"takes 2 words of its own \(`paths`\): found 1, expected 2"),
        ("'e\x1bc2' x", r"found `e\\x1bc2`, expected"),
        (f"ec2 describe-instances --{'x' * 200}", rf"found `--{'x' * 58}\.\.\.`, expected"),
    ],
)
def test_a_problem_says_which_name_was_found_and_what_was_expected(line: str, told: str) -> None:
    [problem] = refused(line)

    assert re.search(told, problem.told), problem.told


@pytest.mark.parametrize(
    "line",
    [
        "rds create-db-instance --master-user-password --x hunter2 --port hunter2",
        "rds create-db-instance --x=hunter2 --master-user-password --hunter2",
        "s3 ls --query --hunter2",
        "--query --hunter2 s3 ls",
        "s3 --recursive=hunter2 ls",
        "s3 ls -hunter2",
        "s3 ls s3://b --output hunter2 --page-size hunter2 --human-readable hunter2",
        "s3 ls --pasword hunter2 --profile=a --profile=hunter2",
    ],
)
def test_problems_never_repeat_a_value(line: str) -> None:
    assert "hunter2" not in repr(refused(line))


def test_any_list_of_words_gets_an_answer_and_a_reading_reads_the_same_again() -> None:
    chance = random.Random(7)
    heads = [["ec2", "describe-instances"], ["s3", "cp"], ["s3", "mb"], ["s3api", "get-object"], ["ec2", "wait"], []]
    tails = [
        *["--", "-", "", "-1", "a", "a b", "é", "\n", "[]", "=", "--=", "out", "5", "help", "input"],
        *["--dry-run", "--no-dry-run", "--instance-ids", "--instance-ids=-x", "--tags", "--region", "--region="],
        *["--exclude", "--include=-", "--bucket", "--key", "--max-items", "--quiet"],
        *["--generate-cli-skeleton", "--cli-input-json=x"],
    ]
    readings = 0
    for _ in range(5_000 if os.environ.get("LONG_TESTS") else 1_200):
        words = [*chance.choice(heads), *chance.choices(tails, k=chance.randrange(7))]
        parsed = parse(words, CATALOGUE)
        if isinstance(parsed, ParsedCli):
            readings += 1
            again = parse(canonical(parsed)[1:], CATALOGUE)
            assert again == parsed, words

    assert readings > 40


# ---------------------------------------------------------------- the real awscli


def test_the_examples_of_awscli_are_read_and_awscli_reads_the_canonical_line_the_same() -> None:
    lines = [list(line.words) for service in CORPUS for line in examples(service) if line.form == "command"]
    pairs = [(words, parsed) for words in lines if isinstance(parsed := parse(words, CATALOGUE), ParsedCli)]

    assert len(lines) > 250
    assert len(pairs) / len(lines) > 0.95
    as_received = awscli_reads([words for words, _ in pairs])
    as_written = awscli_reads([list(canonical(parsed)[1:]) for _, parsed in pairs])
    assert [answer for answer in as_received if "error" in answer or answer["unknown"]] == []
    assert as_received == as_written


def test_awscli_refuses_or_misreads_what_the_grammar_refuses_to_guess() -> None:
    torn, scattered, help_ = awscli_reads([
        ["ec2", "describe-instances", "--instance-ids", "a", "--region", "r", "b"],
        ["s3", "cp", "a", "--quiet", "b"],
        ["ec2", "describe-instances", "i-1"],
    ])  # fmt: skip

    assert torn["given"]["instance_ids"] == ["a", "b"]
    assert "error" in scattered
    assert help_["unknown"] == ["i-1"]
