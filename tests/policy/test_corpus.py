"""Every command line among awscli's own examples is parsed, or refused with a reason that somebody can act on."""

from __future__ import annotations

import os
import random
from pathlib import Path
from uuid import UUID

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.intake import take_in
from cloudops_tui.policy.plan_text import PlanText
from tests.policy.awscli_corpus import Folder, Verdict, outside_the_lists, table, verdicts
from tests.policy.awscli_examples import Example, examples, examples_folder, examples_on

PAGE = """
Some text about ``aws ec2 describe-vpcs`` first::

    $ aws s3 cp a.txt \\
        "s3://my bucket/" \\   \

Output::

    aws ec2 create-tags `
        --tags 'Key="a",
    Value=$b'
    aws s3 ls | grep x
    aws s3 ls s3://$BUCKET
    aws s3 ls s3://<name>
    aws s3 ls 'open
Text again, it's here.
"""


LONG = bool(os.environ.get("LONG_TESTS"))
SOME = ("cloudformation", "dynamodb", "ecs", "elbv2", "lambda", "route53", "s3", "s3api", "sns", "ssm")
"""Services that are always looked at; with LONG_TESTS=1 all of them are, otherwise some more of the others."""


@pytest.fixture(scope="module")
def lines() -> list[Example]:
    if LONG:
        return list(examples())
    services = sorted(path.name for path in examples_folder().iterdir() if path.is_dir() and path.name not in SOME)
    return [line for service in (*SOME, *random.Random(29).sample(services, 25)) for line in examples(service)]


@pytest.fixture(scope="module")
def found(lines: list[Example], tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    return verdicts(lines, tmp_path_factory.mktemp("plan"))


def test_a_page_is_read_as_a_shell_would_read_it() -> None:
    read = list(examples_on("page.rst", PAGE))

    assert [(one.row, one.form) for one in read] == [
        (4, "command"), (8, "command"), (11, "shell"), (12, "variable"), (13, "gap"), (14, "cut")
    ]  # fmt: skip
    assert read[0].words == ("s3", "cp", "a.txt", "s3://my bucket/")
    assert read[1].words == ("ec2", "create-tags", "--tags", 'Key="a",\n    Value=$b')


def test_every_example_is_parsed_or_refused_with_a_reason_and_a_remedy(
    lines: list[Example], found: list[Verdict]
) -> None:
    assert len(lines) > (7_000 if LONG else 1_000)
    assert len(found) > (6_900 if LONG else 950)
    assert [one.example.place for one in found if one.by is not None and not (one.cause and one.remedy)] == []


def test_under_three_percent_of_the_commands_that_awscli_reads_are_refused_outside_the_lists(
    lines: list[Example], found: list[Verdict]
) -> None:
    valid = [one for one in found if one.valid]
    outside = outside_the_lists(found)

    assert len(valid) > (6_800 if LONG else 950)
    assert len(outside) / len(valid) < 0.03, "\n".join(table(lines, found))
    # Both on purpose: awscli's next version may know two options that begin so, and takes the last of two values.
    assert {one.cause for one in outside} <= {"Option is abbreviated", "Option `...` is given more than once"}


def test_the_intake_of_plans_says_the_same(found: list[Verdict], tmp_path: Path) -> None:
    source = Folder(tmp_path)
    some = random.Random(3).sample([one for one in found if one.by != "files"], 300 if LONG else 100)
    plan = PlanText({
        "id": str(UUID(int=0)), "description": "", "mode": "Sequential", "risk_level": "ReadOnly",
        "rollback_strategy": None, "estimated_duration": None,
        "commands": [
            {
                "id": str(UUID(int=at + 1)), "description": "", "risk_level": "ReadOnly",
                "profile": given(one, "--profile", "default"), "region": given(one, "--region", "us-east-1"),
                "command_type": {"Cli": {
                    "command": "aws", "args": [source.at_home(word) for word in one.example.words],
                    "supports_dry_run": False,
                }},
            }
            for at, one in enumerate(some)
        ],
    })  # fmt: skip

    problems = take_in(plan, the_catalogue(), source).problems

    refused = {int(problem.path.split("/")[2]) for problem in problems}
    assert [some[at].example.text for at in refused ^ {at for at, one in enumerate(some) if one.by is not None}] == []


def given(verdict: Verdict, option: str, default: str) -> str:
    words = verdict.example.words
    return words[words.index(option) + 1] if option in words[:-1] else default
