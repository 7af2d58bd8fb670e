"""What is wrong with a plan is said all at once, each with its place and its remedy, and exit code 2."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.program import Json, Program, cli, identifier, plan, sdk


def graph(**dependencies: list[int]) -> Json:
    edges = {identifier(int(name[1:])): [identifier(one) for one in needs] for name, needs in dependencies.items()}
    return {"DependencyGraph": {"dependencies": edges}}


def without(document: Json, field: str) -> Json:
    return {name: value for name, value in document.items() if name != field}


READS = (sdk(1, "s3", "ListBuckets"), sdk(2, "s3", "ListBuckets"))
GIVEN = "/commands/0/command_type/Sdk/parameters"

BAD: dict[str, tuple[Any, str]] = {
    "unknown id in the graph": (plan(*READS, mode=graph(c1=[9])), "/mode/DependencyGraph/dependencies"),
    "cycle": (plan(*READS, mode=graph(c1=[2], c2=[1])), "/mode"),
    "duplicate id": (plan(READS[0], READS[0]), "/commands/1/id"),
    "empty plan": (plan(), "/commands"),
    "unknown service": (plan(sdk(1, "s4", "ListBuckets")), "/commands/0/command_type/Sdk/service"),
    "unknown operation": (plan(sdk(1, "s3", "ListBuckts")), "/commands/0/command_type/Sdk/operation"),
    "unknown parameter": (plan(sdk(1, "s3", "HeadBucket", {"Bucket": "b", "Buket": "b"})), f"{GIVEN}/Buket"),
    "wrong type": (plan(sdk(1, "s3", "HeadBucket", {"Bucket": 7})), f"{GIVEN}/Bucket"),
    "missing parameter": (plan(sdk(1, "s3", "HeadBucket")), GIVEN),
    "unknown command of aws": (plan(cli(1, "ec3 describe-instances")), "/commands/0/command_type/Cli/command"),
    "unknown option": (plan(cli(1, "s3api list-buckets", "--buckett", "b")), "/commands/0/command_type/Cli/args/0"),
    "unknown field": (plan(*READS, risks="low"), "/risks"),
    "missing field": (without(plan(*READS), "risk_level"), "/risk_level"),
    "contradicting region": (
        plan(cli(1, "s3api list-buckets", "--region", "eu-west-1")),
        "/commands/0/command_type/Cli/args/0",
    ),
    "not aws": (
        plan({**cli(1, "x"), "command_type": {"Cli": {"command": "rm -rf", "args": [], "supports_dry_run": False}}}),
        "/commands/0/command_type/Cli/command",
    ),
    "no JSON": ('{"id": 1,', ""),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_plan_is_exit_2_with_path_line_message_and_remedy(program: Program, kind: str) -> None:
    document, path = BAD[kind]
    text = document if isinstance(document, str) else json.dumps(document, indent=2)

    ended = program("check", "-", "--json", stdin=text)

    assert ended.code == 2, ended.out
    problems = ended.json["problems"]
    assert [one for one in problems if one["path"].startswith(path)], problems
    for one in problems:
        assert set(one) == {"path", "line", "message", "remedy"}
        assert one["message"]
        assert one["remedy"]
        assert one["line"] is None or 1 <= one["line"] <= text.count("\n") + 1


def test_every_problem_is_said_at_once_in_words_too_and_nothing_reaches_the_terminal_raw(program: Program) -> None:
    first = sdk(1, "s4", "ListBuckets")
    second = sdk(2, "s3", "HeadBucket", {"Bucket": "b", "Bu\x1b]0;owned\x07ket": "b"})

    ended = program("check", "-", stdin=json.dumps(plan(first, second, flavour="\x9b31m")))

    assert (ended.code, ended.out) == (2, "")
    assert "/commands/0/command_type/Sdk/service" in ended.err
    assert "/commands/1/command_type/Sdk/parameters" in ended.err
    assert "/flavour" in ended.err
    assert not {"\x1b", "\x07", "\x9b"} & set(ended.err)


def test_a_file_that_is_not_there_is_exit_2_and_named(program: Program) -> None:
    ended = program("check", "absent\x1b[2J.json")

    assert (ended.code, ended.out) == (2, "")
    assert "absent\\x1b[2J.json" in ended.err


def test_submit_keeps_what_is_invalid_as_refused_with_its_problems(program: Program) -> None:
    ended = program("submit", "-", "--json", stdin=json.dumps(BAD["unknown service"][0]))

    assert ended.code == 2
    assert ended.json["problems"] == ended.json["entry"]["problems"]
    [entry] = program.json("queue")
    assert (entry["state"], entry["plan"], entry["digest"]) == ("Refused", None, None)
    assert "s4" in entry["refused_text"]
