"""Everything that is wrong with a plan is told at once: where, in which line, and what to do about it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.executors.catalogue import BotocoreCatalogue, the_catalogue
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.intake import Taken, take_in, take_plan
from cloudops_tui.policy.plan_text import PlanText, read_plan_text
from cloudops_tui.policy.refusals import REFUSED_COMMANDS, REFUSED_OPTIONS
from cloudops_tui.policy.risk import assess

A, B, C = (f"10000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
UNDO = "20000000-0000-4000-8000-000000000001"
Plan = dict[str, Any]


@pytest.fixture(scope="session")
def catalogue() -> BotocoreCatalogue:
    return the_catalogue()


def cli(command_id: str, *args: str, command: str = "aws", **more: Any) -> Plan:
    return {
        "id": command_id,
        "command_type": {"Cli": {"command": command, "args": list(args), "supports_dry_run": False}},
        "description": "say it",
        "risk_level": "ReadOnly",
        "profile": "default",
        "region": "eu-west-1",
    } | more


def sdk(command_id: str, service: str, operation: str, parameters: Any, **more: Any) -> Plan:
    call = {"service": service, "operation": operation, "parameters": parameters}
    return cli(command_id) | {"command_type": {"Sdk": call}} | more


def plan(*commands: Plan, **more: Any) -> Plan:
    return {
        "id": "00000000-0000-4000-8000-000000000000",
        "description": "Rotate",
        "commands": list(commands),
        "mode": "Sequential",
        "risk_level": "Modify",
        "rollback_strategy": None,
        "estimated_duration": None,
    } | more


def graph(dependencies: dict[str, list[str]]) -> Plan:
    return {"DependencyGraph": {"dependencies": dependencies}}


def good() -> Plan:
    return plan(
        cli(A, "ec2", "describe-instances", "--max-items", "5"),
        sdk(B, "ssm", "PutParameter", {"Name": "/a", "Type": "String", "Value": "1"}, timeout={"secs": 9, "nanos": 0}),
        cli(C, "rm", "s3://b1", "--recursive", command="aws s3", on_failure="Continue", allow_failure=True),
        mode=graph({B: [A], C: [A, B]}),
        rollback_strategy={
            "trigger": "OnFailure",
            "compensations": {B: [sdk(UNDO, "ssm", "DeleteParameter", {"Name": "/a"})]},
        },
        max_parallel=2,
        expected_account="123456789012",
    )


def taken(document: Any, catalogue: BotocoreCatalogue) -> Taken:
    return take_in(read_plan_text(json.dumps(document, indent=1)), catalogue)


# ---------------------------------------------------------------- a good plan


def test_a_good_plan_is_taken_with_the_argv_and_subject_of_every_command(catalogue: BotocoreCatalogue) -> None:
    result = taken(good(), catalogue)

    assert result.problems == ()
    assert result.plan == ExecutionPlan.model_validate(good())
    assert result.argvs == {
        UUID(A): ("aws", "ec2", "describe-instances", "--max-items", "5"),
        UUID(C): ("aws", "s3", "rm", "s3://b1", "--recursive"),
    }
    assert {one: subject.operation for one, subject in result.subjects.items()} == {
        UUID(A): "DescribeInstances", UUID(B): "PutParameter", UUID(C): None, UUID(UNDO): "DeleteParameter",
    }  # fmt: skip


def test_a_plan_that_is_a_value_already_is_judged_alike(catalogue: BotocoreCatalogue) -> None:
    value = ExecutionPlan.model_validate(good())

    assert take_plan(value, catalogue).plan == value
    assert take_plan(value.model_copy(update={"commands": ()}), catalogue).plan is None


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("aws ec2 describe-instances", ["--max-items", "5"]),
        ("aws", ["ec2", "describe-instances", "--max-items", "5"]),
        ("aws  ec2\tdescribe-instances --max-items=5", []),
        ("aws ec2", ["describe-instances", "--max-items=5"]),
        ("aws ec2 describe-instances --region eu-west-1 --profile default --max-items 5", []),
    ],
)
def test_every_spelling_of_a_command_line_is_one_argv(
    command: str, args: list[str], catalogue: BotocoreCatalogue
) -> None:
    result = taken(plan(cli(A, *args, command=command)), catalogue)

    assert result.argvs == {UUID(A): ("aws", "ec2", "describe-instances", "--max-items", "5")}
    assert result.plan is not None
    [received] = result.plan.commands
    held = received.command_type.model_dump()["value"]
    assert (held["command"], held["args"]) == (command, tuple(args))


def test_a_plan_s_own_output_format_stays(catalogue: BotocoreCatalogue) -> None:
    result = taken(plan(cli(A, "ec2", "describe-instances", "--output", "text")), catalogue)

    assert result.argvs[UUID(A)][-2:] == ("--output", "text")


def test_a_plan_in_yaml_is_the_same_plan(catalogue: BotocoreCatalogue) -> None:
    text = f"""
id: 00000000-0000-4000-8000-000000000000
description: 2026-03-04
mode: sequential
risk_level: read_only
estimated_duration: 5m
expected_account: 012345670123
commands:
  - id: {A}
    command_type:
      cli: {{command: aws sts get-caller-identity}}
    description: no
    risk_level: ReadOnly
    profile: default
    region: eu-west-1
"""
    result = take_in(read_plan_text(text), catalogue)

    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.expected_account == "012345670123"
    assert (result.plan.description, result.plan.commands[0].description) == ("2026-03-04", "no")
    assert result.argvs == {UUID(A): ("aws", "sts", "get-caller-identity")}


# ---------------------------------------------------------------- bad plans

S3_CP = ("s3", "cp", "a", "s3://b/k")
DESCRIBE = ("ec2", "describe-instances")
PUT = {"Name": "/a", "Type": "String", "Value": "1"}
AT = "/commands/0"
CLI = f"{AT}/command_type/Cli"
SDK = f"{AT}/command_type/Sdk"

BAD: dict[str, tuple[Any, str, str, str]] = {
    "not an object": ([], "", "A plan is an object; found a list", "Write `{...}`"),
    "empty": (plan(), "/commands", "no commands", "Add at least one"),
    "a null for a text": (plan(cli(A, *DESCRIBE), description=None), "/description", "Found null", "Write a text"),
    "a field is missing": (
        {key: held for key, held in plan(cli(A, *DESCRIBE)).items() if key != "mode"},
        "/mode", "`mode` is missing", "Add `mode`",
    ),
    "a field of a command is missing": (
        plan({key: held for key, held in cli(A, *DESCRIBE).items() if key != "region"}),
        f"{AT}/region", "`region` is missing", "Add `region`",
    ),
    "unknown field": (plan(cli(A, *DESCRIBE), descripton="x"), "/descripton", "Unknown field", "`description`"),
    "unknown field of a command": (plan(cli(A, *DESCRIBE, regoin="x")), f"{AT}/regoin", "Unknown field", "`region`"),
    "unknown field of a command line": (
        plan(cli(A) | {"command_type": {"Cli": {"command": "aws sts get-caller-identity", "arg": []}}}),
        f"{CLI}/arg", "Unknown field", "`args`",
    ),
    "unknown field of an operation": (
        plan(cli(A) | {"command_type": {"Sdk": {"service": "sts", "operation": "GetCallerIdentity", "params": {}}}}),
        f"{SDK}/params", "Unknown field", "`parameters`",
    ),
    "unknown field of a graph": (
        plan(cli(A, *DESCRIBE), mode={"DependencyGraph": {"dependencies": {}, "dependency": {}}}),
        "/mode/DependencyGraph/dependency", "Unknown field", "`dependencies`",
    ),
    "unknown field of a strategy": (
        plan(cli(A, *DESCRIBE), rollback_strategy={"triger": "Manual"}),
        "/rollback_strategy/triger", "Unknown field", "`trigger`",
    ),
    "unknown field of a compensation": (
        plan(cli(A, *DESCRIBE), rollback_strategy={"compensations": {A: [cli(UNDO, *DESCRIBE, profil="x")]}}),
        f"/rollback_strategy/compensations/{A}/0/profil", "Unknown field", "`profile`",
    ),
    "unknown mode": (plan(cli(A, *DESCRIBE), mode="Fast"), "/mode", 'one of `"Sequential"`', "Correct `mode`"),
    "a mode that hides something": (
        plan(cli(A, *DESCRIBE), mode={"Parallel": {"x": 1}}), "/mode", 'one of `"Sequential"`', "Correct `mode`",
    ),
    "unknown level": (plan(cli(A, *DESCRIBE, risk_level="Safe")), f"{AT}/risk_level", "`Safe`", "Correct"),
    "unknown kind": (plan(cli(A) | {"command_type": {"Shell": {}}}), f"{AT}/command_type", "one of", "Correct"),
    "an id that is none": (plan(cli("one", *DESCRIBE)), f"{AT}/id", "`one`, expected a UUID", "Write a UUID"),
    "a number for a text": (plan(cli(A, *DESCRIBE, region=1)), f"{AT}/region", "`1`, expected a text", "in quotes"),
    "a text for a truth value": (
        plan(cli(A, *DESCRIBE, allow_failure="yes")), f"{AT}/allow_failure", "expected `true` or `false`", "Correct",
    ),
    "an argument that is a number": (
        plan(cli(A) | {"command_type": {"Cli": {"command": "aws", "args": ["ec2", 5]}}}),
        f"{CLI}/args/1", "`5`, expected a text", "in quotes",
    ),
    "a duration that is none": (plan(cli(A, *DESCRIBE, timeout="soon")), f"{AT}/timeout", "a duration", "Correct"),
    "a timeout of zero": (plan(cli(A, *DESCRIBE, timeout="0s")), f"{AT}/timeout", "lets nothing run", "longer"),
    "an account that is none": (
        plan(cli(A, *DESCRIBE), expected_account="prod"), "/expected_account", "`prod`", "twelve",
    ),
    "nothing in parallel": (plan(cli(A, *DESCRIBE), max_parallel=0), "/max_parallel", "at least 1", "positive"),
    "a region that is none": (plan(cli(A, *DESCRIBE, region="Ireland")), f"{AT}/region", "`Ireland`", "eu-west-1"),
    "a blank profile": (plan(cli(A, *DESCRIBE, profile=" ")), f"{AT}/profile", "not the name of a profile", "default"),
    "a profile that moves the cursor": (plan(cli(A, *DESCRIBE, profile="a\x1b[2J")), f"{AT}/profile", "\\x1b", "AWS"),
    "a doubled id": (plan(cli(A, *DESCRIBE), cli(A, *DESCRIBE)), "/commands/1/id", "stands 2 times", "its own id"),
    "a compensation with a command's id": (
        plan(cli(A, *DESCRIBE), rollback_strategy={"compensations": {A: [cli(A, *DESCRIBE)]}}),
        f"/rollback_strategy/compensations/{A}/0/id", "stands 2 times", "its own id",
    ),
    "a dependency on nothing": (
        plan(cli(A, *DESCRIBE), mode=graph({A: [B]})),
        f"/mode/DependencyGraph/dependencies/{A}/0", f"`{B}`", "Name a command",
    ),
    "a dependency of nothing": (
        plan(cli(A, *DESCRIBE), mode=graph({B: [A]})),
        f"/mode/DependencyGraph/dependencies/{B}", f"`{B}`", "Name a command",
    ),
    "a compensation of nothing": (
        plan(cli(A, *DESCRIBE), rollback_strategy={"compensations": {B: []}}),
        f"/rollback_strategy/compensations/{B}", f"`{B}`", "Name a command",
    ),
    "one id in two spellings": (
        plan(cli(A, *DESCRIBE), mode=graph({A: [], A.replace("-", ""): []})),
        f"/mode/DependencyGraph/dependencies/{A.replace('-', '')}", "stands twice", "Keep one",
    ),
    "compensations in two spellings": (
        plan(cli(A, *DESCRIBE), rollback_strategy={"compensations": {A: [], A.replace("-", ""): []}}),
        f"/rollback_strategy/compensations/{A.replace('-', '')}", "stands twice", "Keep one",
    ),
    "a cycle": (
        plan(cli(A, *DESCRIBE), cli(B, *DESCRIBE), mode=graph({A: [B], B: [A]})),
        "/mode/DependencyGraph/dependencies", "[0] say it (10000000) -> [1] say it (10000000) -> [0]", "Remove one",
    ),
    "a command that waits for itself": (
        plan(cli(A, *DESCRIBE), mode=graph({A: [A]})),
        "/mode/DependencyGraph/dependencies", "wait for each other", "Remove one",
    ),
    "an unknown service": (plan(sdk(A, "ecc2", "X", {})), f"{SDK}/service", "`ecc2`", "`ec2`"),
    "an unknown operation": (
        plan(sdk(A, "ec2", "DescribeInstance", {})), f"{SDK}/operation", "`DescribeInstance`", "`DescribeInstances`",
    ),
    "an unknown parameter": (
        plan(sdk(A, "ssm", "PutParameter", PUT | {"Overwrit": True})), f"{SDK}/parameters/Overwrit", "", "`Overwrite`",
    ),
    "a missing parameter": (
        plan(sdk(A, "ssm", "PutParameter", {"Type": "String", "Value": "1"})), f"{SDK}/parameters/Name", "", "",
    ),
    "a parameter of the wrong type": (
        plan(sdk(A, "ssm", "PutParameter", PUT | {"Overwrite": "yes"})), f"{SDK}/parameters/Overwrite", "", "",
    ),
    "parameters that are no object": (
        plan(sdk(A, "sts", "GetCallerIdentity", [])), f"{SDK}/parameters", "expected an object", "{...}",
    ),
    "a value from a file": (
        plan(sdk(A, "ssm", "PutParameter", PUT | {"Value": {"$file": "/etc/shadow"}})),
        f"{SDK}/parameters/Value", "`/etc/shadow` stands elsewhere", "as a file",
    ),
    "a value from the environment": (
        plan(sdk(A, "ssm", "PutParameter", PUT | {"Value": {"$env": "HOME"}, "Type": "SecureString"})),
        f"{SDK}/parameters/Value", "`HOME` stands elsewhere", "as a file",
    ),
    "a quoted command": (plan(cli(A, command="aws ec2 'x y'")), f"{CLI}/command", "quotes are not taken", "`args`"),
    "another program": (plan(cli(A, command="sh -c ls")), f"{CLI}/command", "Found `sh`, expected `aws`", "aws"),
    "a path to aws": (plan(cli(A, command="/usr/bin/aws s3 ls")), f"{CLI}/command", "expected `aws`", "aws"),
    "no program": (plan(cli(A, command=" ")), f"{CLI}/command", "expected `aws`", "aws"),
    "an endpoint of a command's own": (
        plan(cli(A, "dlm", "create-default-role", "--iam-endpoint", "http://127.0.0.1:1")),
        f"{CLI}/args/2", "endpoints come from the AWS configuration only", "--iam-endpoint",
    ),
    "a template of this machine": (
        plan(cli(A, "cloudformation", "deploy", "--template-file", "t.yaml", "--stack-name", "s")),
        f"{CLI}/args/2", "`t.yaml` stands elsewhere", "as a file",
    ),
    "an unknown aws service": (
        plan(cli(A, "ecc2", "x")), f"{CLI}/args/0", "found `ecc2`, expected one of the", "`ec2`",
    ),
    "an unknown aws command": (
        plan(cli(A, "ec2", "describe-instance")), f"{CLI}/args/1", "found `describe-instance`", "describe-instances",
    ),
    "an unknown option": (
        plan(cli(A, *DESCRIBE, "--max-item", "5")), f"{CLI}/args/2", "found `--max-item`", "--max-items",
    ),
    "an unknown option in the words": (
        plan(cli(A, command="aws ec2 describe-instances --max-item 5")),
        f"{CLI}/command", "found `--max-item`", "--max-items",
    ),
    "a missing option": (plan(cli(A, "ssm", "get-parameter")), f"{CLI}/command", "--name", "--name"),
    "another profile": (
        plan(cli(A, *DESCRIBE, "--profile", "prod")), f"{CLI}/args/2", "contradicts", "Remove `--profile`",
    ),
    "another region": (plan(cli(A, *DESCRIBE, "--region=us-east-1")), f"{CLI}/args/2", "contradicts", "--region"),
    "another region in the words": (
        plan(cli(A, *DESCRIBE, command="aws --region us-east-1")), f"{CLI}/command", "contradicts", "--region",
    ),
    "a fetched value": (
        plan(cli(A, "ssm", "get-parameter", "--name", "http://169.254.169.254/x")), f"{CLI}/args/2", "fetch", "itself",
    ),
    "a value read from a file": (
        plan(cli(A, "ssm", "get-parameter", "--name", "file:///etc/shadow")),
        f"{CLI}/args/2", "`/etc/shadow` stands elsewhere", "as a file",
    ),
    "a whole request read from a file": (
        plan(cli(A, "ec2", "run-instances", "--cli-input-json", "file://x.json")),
        f"{CLI}/args/2", "`x.json` stands elsewhere", "as a file",
    ),
    "a value read from a file by shorthand": (
        plan(cli(A, "ec2", "create-tags", "--resources", "i-1", "--tags", "Key@=file:///etc/shadow,Value=x")),
        f"{CLI}/args/4", "`@=`", "as JSON",
    ),
    "a value read by shorthand with spaces": (
        plan(cli(A, "ec2", "create-tags", "--resources", "i-1", "--tags", "Key=a", "Key@ = 'file:///etc/shadow'")),
        f"{CLI}/args/4", "`@=`", "as JSON",
    ),
    "a fetched path": (plan(cli(A, "s3", "ls", "http://169.254.169.254/x")), f"{CLI}/args/2", "fetch", "itself"),
    "a path read from a file": (
        plan(cli(A, "s3", "ls", "file:///etc/hostname")), f"{CLI}/args/2", "from that file", "itself",
    ),
    "a fetched out file": (
        plan(cli(A, "lambda", "invoke", "https://x", "--function-name", "f")), f"{CLI}/args/2", "fetch", "itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plan_is_refused_with_place_line_words_and_remedy(name: str, catalogue: BotocoreCatalogue) -> None:
    document, path, message, remedy = BAD[name]

    result = taken(document, catalogue)

    assert result.plan is None
    assert (result.argvs, result.subjects) == ({}, {})
    found = [one for one in result.problems if one.path == path]
    assert len(found) == len(result.problems) == 1, result.problems
    assert message in found[0].message
    assert remedy in found[0].remedy
    assert found[0].remedy
    assert found[0].line == line_of(document, path)


def line_of(document: Any, path: str) -> int:
    """The line where the value, or the nearest holder that is there, opens in the indented JSON."""
    marked, here = copy.deepcopy(document), None
    if path:
        holder: Any = marked
        key: Any = None
        for part in path[1:].split("/"):
            step: Any = int(part) if isinstance(holder if key is None else holder[key], list) else part
            inner = holder if key is None else holder[key]
            there = step < len(inner) if isinstance(inner, list) else isinstance(inner, dict) and step in inner
            if not there:
                break
            holder, key = inner, step
        here = key
        if here is None:
            return 1
        holder[here] = "<here>"
    lines = json.dumps(marked, indent=1).split("\n")
    return next((number for number, line in enumerate(lines, 1) if "<here>" in line), 1)


def test_what_looks_like_a_reference_and_is_a_value_passes(catalogue: BotocoreCatalogue) -> None:
    queue = ("sqs", "get-queue-attributes", "--queue-url", "https://sqs.eu-west-1.amazonaws.com/1/q")
    tags = ("ec2", "create-tags", "--resources", "i-1", "--tags", '[{"Key": "mail", "Value": "a@=b"}]')

    assert taken(plan(cli(A, *queue), cli(B, *tags), cli(C, *S3_CP)), catalogue).problems == ()


@pytest.mark.parametrize("option", REFUSED_OPTIONS)
def test_options_that_would_change_whom_we_talk_to_are_refused(option: str, catalogue: BotocoreCatalogue) -> None:
    value = () if option in ("--no-verify-ssl", "--no-sign-request", "--debug") else ("http://x",)

    [problem] = taken(plan(cli(A, *DESCRIBE, option, *value)), catalogue).problems

    assert problem.path == f"{CLI}/args/2"
    assert f"`{option}` is refused" in problem.message
    assert problem.remedy == f"Remove `{option}`, or allow `{option}` in `[safety]`"


@pytest.mark.parametrize("option", ["--endpoint-ur", "--endpoint", "--no-verify", "--deb", "--no-cli-pager"])
def test_a_shortened_option_is_refused_like_an_unknown_one(option: str, catalogue: BotocoreCatalogue) -> None:
    assert taken(plan(cli(A, *DESCRIBE, f"{option}=http://x")), catalogue).plan is None


@pytest.mark.parametrize("words", REFUSED_COMMANDS)
def test_commands_that_reach_past_aws_are_refused(words: tuple[str, ...], catalogue: BotocoreCatalogue) -> None:
    shape = next(
        (
            found
            for service in (words[0],)
            for command in catalogue.cli_commands(service)
            if (found := catalogue.cli_command((service, *command.split()))) and found.path[: len(words)] == words
        ),
        None,
    )
    needed = [
        part for option in (shape.options.values() if shape else ()) if option.required for part in (option.name, "x")
    ]

    result = taken(plan(cli(A, *(shape.path if shape else words), *needed)), catalogue)

    assert result.plan is None
    assert result.argvs == {}


def test_all_problems_are_told_at_once_in_the_order_of_the_document(catalogue: BotocoreCatalogue) -> None:
    document = plan(
        cli(A, *DESCRIBE, "--nope", region="X"),
        sdk(B, "ssm", "PutParameter", {"Nam": "/a"}),
        cli("x", *DESCRIBE),
        sdk(C, "ec3", "X", {}),
        cli(C, "ec2"),
        mode=graph({A: [B], B: [A]}),
        sureness=1,
    )

    problems = taken(document, catalogue).problems

    paths = [problem.path for problem in problems]
    assert {
        f"{CLI}/args/2", f"{AT}/region", "/commands/1/command_type/Sdk/parameters/Nam",
        "/commands/1/command_type/Sdk/parameters/Name", "/commands/2/id", "/commands/3/command_type/Sdk/service",
        "/commands/4/id", "/mode/DependencyGraph/dependencies", "/sureness",
    } <= set(paths)  # fmt: skip
    assert paths.index("/commands/2/id") < paths.index("/commands/4/id") < paths.index("/sureness")
    assert all(problem.line and problem.remedy for problem in problems)


def test_the_same_problem_is_told_once(catalogue: BotocoreCatalogue) -> None:
    problems = taken(plan(cli(A, *DESCRIBE, region="X")), catalogue).problems

    assert len(problems) == len(set(problems)) == 1


def test_a_hopeless_plan_is_not_listed_to_its_end(catalogue: BotocoreCatalogue) -> None:
    document = plan(*(cli(str(UUID(int=n)), "nope") for n in range(1, 400)))

    assert len(taken(document, catalogue).problems) == 200


def test_a_cycle_of_many_is_shown_whole(catalogue: BotocoreCatalogue) -> None:
    ids = [str(UUID(int=n)) for n in range(1, 5)]
    needs = {one: [ids[place - 1]] for place, one in enumerate(ids)}

    [problem] = taken(plan(*(cli(one, *DESCRIBE) for one in ids), mode=graph(needs)), catalogue).problems

    assert problem.message.count(" -> ") == 4
    assert [problem.message.count(f"[{place}]") for place in range(4)] == [2, 1, 1, 1]


def test_hostile_words_come_back_as_visible_characters(catalogue: BotocoreCatalogue) -> None:
    evil = "\x1b]52;c;x\x07\u202e\u200b"
    document = plan(
        cli(A, evil, evil, region=evil, profile=evil, risk_level=evil),
        sdk(B, evil, evil, {evil: evil}),
        sdk(C, "ssm", "PutParameter", PUT | {evil: evil}),
        mode=graph({evil: [evil]}),
        expected_account=evil,
    ) | {evil: evil}

    problems = taken(document, catalogue).problems

    assert problems
    assert all(text.isprintable() for problem in problems for text in (problem.path, problem.message, problem.remedy))


# ---------------------------------------------------------------- never raises

anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from([A, B, "aws", "Sequential", "ec2", "ReadOnly", "\ud800", "--x", "Cli", "$file"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.text(max_size=4),
                st.sampled_from(
                    ["id", "commands", "mode", "Cli", "sdk", "DependencyGraph", "dependencies", "command_type", A,
                     "rollback_strategy", "compensations", "parameters", "service", "secs", "nanos", "$file", "[key]"]
                ),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@given(document=anything)
@settings(max_examples=200)
def test_no_json_makes_intake_raise(document: Any, catalogue: BotocoreCatalogue) -> None:
    refused_in_words(take_in(PlanText(document), catalogue))


@given(data=st.data())
@settings(max_examples=200)
def test_no_change_to_a_good_plan_makes_intake_raise(data: st.DataObject, catalogue: BotocoreCatalogue) -> None:
    document = good()
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(document, data)

    result = take_in(PlanText(document), catalogue)

    if result.plan is None:
        refused_in_words(result)


def mutate(document: Any, data: st.DataObject) -> None:
    here = document
    while True:
        if isinstance(here, dict):
            keys: list[Any] = list(here)
        elif isinstance(here, list):
            keys = list(range(len(here)))
        else:
            return
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        match data.draw(st.sampled_from(["down", "down", "down", "replace", "delete", "add"])):
            case "replace":
                here[key] = data.draw(anything)
                return
            case "delete":
                del here[key]
                return
            case "add" if isinstance(here, dict):
                here[data.draw(st.sampled_from(["Id", "x", A.upper(), "Cli"]))] = data.draw(anything)
                return
            case _:
                here = here[key]


def refused_in_words(result: Taken) -> None:
    assert result.plan is None
    assert result.problems
    for problem in result.problems:
        assert problem.message
        assert problem.remedy
        assert not any(ord(character) < 32 for text in (problem.path, problem.message) for character in text)


FIELDS: list[tuple[str, Callable[[Plan], Plan]]] = [
    ("the plan", lambda document: document),
    ("a command", lambda document: document["commands"][0]),
    ("a line", lambda document: document["commands"][0]["command_type"]["Cli"]),
    ("an operation", lambda document: document["commands"][1]["command_type"]["Sdk"]),
    ("a timeout", lambda document: document["commands"][1]["timeout"]),
    ("a graph", lambda document: document["mode"]["DependencyGraph"]),
    ("a strategy", lambda document: document["rollback_strategy"]),
    ("an undo", lambda document: document["rollback_strategy"]["compensations"][B][0]),
]


@pytest.mark.parametrize(("name", "find"), FIELDS)
def test_an_unknown_field_is_refused_wherever_it_stands(
    name: str, find: Callable[[Plan], Plan], catalogue: BotocoreCatalogue
) -> None:
    document = good()
    find(document)["zzz"] = 1

    assert taken(document, catalogue).plan is None, name


def test_a_read_that_writes_a_file_of_this_machine_is_no_read(catalogue: BotocoreCatalogue) -> None:
    document = plan(cli(A, "s3api", "get-object", "--bucket", "b", "--key", "k", "/home/me/.bashrc"))

    taken = take_in(read_plan_text(json.dumps(document)), catalogue)
    found = assess(taken.subjects[UUID(A)], RiskLevel.READ_ONLY)

    assert found.level is RiskLevel.MODIFY
    assert RiskFlag.LOCAL_WRITE in found.flags
    assert "it writes, or overwrites, a file on this machine" in found.reasons


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"description": "\ud800"}, "/description", "The text holds an unpaired surrogate"),
        ({"commands": [cli(A, "s3", "ls", "x\udfff")]}, f"{CLI}/args/2", "The text holds an unpaired surrogate"),
        ({"commands": [sdk(A, "dynamodb", "PutItem", {"TableName": "abc", "Item": {"\ud800": {"S": "x"}}})]},
         f"{SDK}/parameters/Item/\\ud800", "The key holds an unpaired surrogate"),
        ({"commands": [sdk(A, "cloudwatch", "PutMetricAlarm", {"Threshold": float("nan")})]},
         f"{SDK}/parameters/Threshold", "The value is not a number"),
        ({"commands": [sdk(A, "cloudwatch", "PutMetricAlarm", {"Threshold": float("-inf")})]},
         f"{SDK}/parameters/Threshold", "The number is too large"),
    ],
)  # fmt: skip
def test_a_plan_that_is_a_value_may_not_hold_what_no_text_could(
    changes: Plan, path: str, message: str, catalogue: BotocoreCatalogue
) -> None:
    value = ExecutionPlan.model_validate({**plan(cli(A, *S3_CP)), **changes})

    problems = take_plan(value, catalogue).problems

    assert (path, message) in [(problem.path, problem.message) for problem in problems]
    assert all(problem.path.isprintable() for problem in problems)
