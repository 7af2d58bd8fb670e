"""The words of a command line come to the parameters that awscli itself would send."""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.cli_grammar import ParsedCli, parse
from cloudops_tui.policy.cli_values import UNREAD, parameters_of
from cloudops_tui.policy.shorthand import UnreadableShorthand, read_shorthand
from tests.policy.awscli_examples import examples as awscli_examples

CATALOGUE = the_catalogue()
TELLER = Path(__file__).parent / "awscli_values.py"
SERVICES = ("autoscaling", "dynamodb", "ec2", "elbv2", "s3api", "ssm", "sqs", "route53", "workspaces", "elb")
SAMPLE = int(os.environ.get("CLI_VALUES_SAMPLE", "12"))
"""How many of the example lines are compared; 0 takes them all, of every service, which lasts half an hour."""

COMPUTED_BY_AWSCLI = {
    ("cloudwatch", "put-metric-data"), ("deploy", "create-deployment"), ("deploy", "get-application-revision"),
    ("deploy", "register-application-revision"), ("emr", "list-clusters"), ("emr", "add-tags"), ("ses", "send-email"),
    ("cloudfront", "create-distribution"), ("cloudfront", "create-invalidation"), ("cloudfront", "update-distribution"),
    ("cloudsearch", "define-expression"), ("cloudsearch", "define-index-field"), ("ec2", "bundle-instance"),
    ("datapipeline", "put-pipeline-definition"), ("datapipeline", "activate-pipeline"),
    ("configservice", "put-configuration-recorder"),
}  # fmt: skip
"""Commands whose own options awscli turns into parameters that no rule looks at."""


def read(line: str, contents: dict[str, bytes] | None = None) -> dict[str, Any]:
    parsed = parse(shlex.split(line), CATALOGUE)
    assert isinstance(parsed, ParsedCli), parsed
    return parameters_of(parsed, CATALOGUE, contents)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ec2 terminate-instances --instance-ids i-1 i-2", {"InstanceIds": ["i-1", "i-2"]}),
        ("ec2 terminate-instances --instance-ids '[\"i-1\"]'", {"InstanceIds": ["i-1"]}),
        ("ec2 describe-instances --filters Name=a,Values=b,c Name=d,Values=e",
         {"Filters": [{"Name": "a", "Values": ["b", "c"]}, {"Name": "d", "Values": ["e"]}]}),
        ("ec2 describe-instances --filters '[{\"Name\": \"a\"}]'", {"Filters": [{"Name": "a"}]}),
        ("ec2 describe-instances --filters '{\"Name\": \"a\"}' '{\"Name\": \"b\"}'",
         {"Filters": [{"Name": "a"}, {"Name": "b"}]}),
        ("autoscaling set-desired-capacity --auto-scaling-group-name g --desired-capacity 0 --no-honor-cooldown",
         {"AutoScalingGroupName": "g", "DesiredCapacity": 0, "HonorCooldown": False}),
        ("ec2 modify-instance-attribute --instance-id i --no-ebs-optimized",
         {"InstanceId": "i", "EbsOptimized": {"Value": False}}),
        ("ec2 modify-instance-attribute --instance-id i --ebs-optimized",
         {"InstanceId": "i", "EbsOptimized": {"Value": True}}),
        ("ec2 modify-instance-attribute --instance-id i --ebs-optimized Value=false",
         {"InstanceId": "i", "EbsOptimized": {"Value": False}}),
        ("ec2 modify-instance-attribute --instance-id i --instance-type t3.small",
         {"InstanceId": "i", "InstanceType": {"Value": "t3.small"}}),
        ("elb deregister-instances-from-load-balancer --load-balancer-name l --instances i-1 i-2",
         {"LoadBalancerName": "l", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}),
        ("ec2 authorize-security-group-ingress --group-id g --protocol tcp --port 1-2 --cidr 0.0.0.0/0",
         {"GroupId": "g", "IpPermissions": [
             {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}),
        ("ec2 run-instances --count 2:5", {"MinCount": 2, "MaxCount": 5}),
        ("ec2 run-instances", {"MinCount": 1, "MaxCount": 1}),
        ("""ec2 run-instances --cli-input-json '{"MinCount": 500, "MaxCount": 501}'""",
         {"MinCount": 500, "MaxCount": 501}),
        ("""ec2 run-instances --count 2 --cli-input-json '{"MinCount": 500, "MaxCount": 500}'""",
         {"MinCount": 2, "MaxCount": 2}),
        ("dynamodb get-item --table-name t --key '{\"a\": {\"S\": \"b\"}}'",
         {"TableName": "t", "Key": {"a": {"S": "b"}}}),
        ("sqs create-queue --queue-name q --attributes DelaySeconds=1,Policy=p",
         {"QueueName": "q", "Attributes": {"DelaySeconds": "1", "Policy": "p"}}),
        ("s3files list-file-systems --bucket b", {"bucket": "b"}),
        ("s3api list-objects-v2 --bucket b --max-items 3 --page-size 2", {"Bucket": "b"}),
    ],
)  # fmt: skip
def test_words_become_parameters(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected


def test_what_stands_in_files_is_read_where_it_is_known() -> None:
    line = "dynamodb put-item --table-name t --item file://i.json"
    input_line = "ecs update-service --cli-input-json file://x.json --service mine"
    held = b'{"service": "theirs", "desiredCount": 3}'

    assert read(line, {"file://i.json": b'{"a": {"S": "b"}}'})["Item"] == {"a": {"S": "b"}}
    assert read(line)["Item"] is UNREAD
    assert read(line, {"file://i.json": b"{"})["Item"] is UNREAD
    assert read(input_line, {"file://x.json": held}) == {"service": "mine", "desiredCount": 3}
    assert read(input_line)["desiredCount"] is UNREAD
    assert read(input_line)["service"] == "mine"
    assert read("ecs update-service --cli-input-json '{\"desiredCount\": 1}'") == {"desiredCount": 1}


def test_what_is_not_understood_is_not_guessed() -> None:
    for value in ("Name", "Name=a,Name=b", "Name='a", "Values=[a", "=a,,"):
        assert read(f"ec2 describe-instances --filters {shlex.quote(value)}")["Filters"] is UNREAD, value
    assert read("s3api put-object --bucket b --key k --body file.bin")["Body"] is UNREAD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a=", {"a": ""}),
        ("a=b,c=d", {"a": "b", "c": "d"}),
        ("a=b,c,d=e", {"a": ["b", "c"], "d": "e"}),
        ("a=[b,c],d={e=f,g=[h]}", {"a": ["b", "c"], "d": {"e": "f", "g": ["h"]}}),
        ("a='b,c',d=\"e=f\"", {"a": "b,c", "d": "e=f"}),
        (r"a=b\,c", {"a": "b,c"}),
        (r"a='it\'s'", {"a": "it's"}),
        ("a = b , c = d", {"a": "b", "c": "d"}),
        ("a=[]", {"a": []}),
        ("a=b=c", {"a": "b=c"}),
        ("tag:Name/x#1=v", {"tag:Name/x#1": "v"}),
        ("a=b,'c d',e=f", {"a": ["b", "c d"], "e": "f"}),
        ("a@=file://x,b=y", {"a": "<file://x>", "b": "y"}),
    ],
)
def test_shorthand_is_read_as_the_user_guide_describes_it(text: str, expected: dict[str, Any]) -> None:
    assert read_shorthand(text, lambda value: f"<{value}>") == expected


@pytest.mark.parametrize("text", ["a", "a=b,", "a=[b", "a={b}", "a='b", "a=b,a=c", "a=b c=d]x", "a=[" * 60])
def test_shorthand_that_awscli_refuses_is_refused(text: str) -> None:
    with pytest.raises(UnreadableShorthand):
        read_shorthand(text, lambda value: value)


def test_any_text_of_shorthand_gets_an_answer() -> None:
    chance = random.Random(11)
    for _ in range(5_000):
        text = "".join(chance.choices("ab=,[]{}'\"\\@ \n\U0001f600", k=chance.randrange(12)))
        try:
            assert isinstance(read_shorthand(text, lambda value: value), dict)
        except UnreadableShorthand:
            continue


# ---------------------------------------------------------------- the real awscli


SHORTHAND = [
    "Name=a,Values=b,c", "Name=a,Values=[b,c]", "Name='a,b',Values=\"c=d\"", r"Name=a\,b", "Name=a,Values=b,Name=c",
    "Name=a, Values=b , c", "Name=", "Name=a=b", "Values=a,'b c',d", "Name=a,Values=", "Name=é,Values=日本", "Name=a]b",
    "Name=a}b,Values=c", "Values=[ a , b ]", "Values=[a,b,]", "Name=[a]x", "Name=a\nb", "Name@=b", "a=b", "Name={a=b}",
    "Values=a,b=c", "Name=\U0001f600", 'Name=a"b', 'Name="a"b', "Values='a','b'", "Name=a,,Values=b",
]  # fmt: skip


@pytest.fixture(scope="module")
def examples() -> list[tuple[list[str], dict[str, Any]]]:
    return some_examples()


@pytest.fixture(scope="module")
def told(examples: list[tuple[list[str], dict[str, Any]]]) -> list[dict[str, Any] | None]:
    """awscli's parameters of the examples and of the shorthand, asked in one process."""
    return awscli_tells([*(words for words, _ in examples), *(shorthand_line(text) for text in SHORTHAND)])


def shorthand_line(text: str) -> list[str]:
    return ["ssm", "describe-instance-information", f"--filters={text}"]


def test_awscli_computes_the_same_parameters_from_its_examples(
    examples: list[tuple[list[str], dict[str, Any]]], told: list[dict[str, Any] | None]
) -> None:
    """Of a random 700 of 6,097 lines it accepted 695, and of those all were read the same, page options aside."""
    pairs = zip(examples, told, strict=False)
    compared = [(words, mine, theirs) for (words, mine), theirs in pairs if theirs is not None]

    assert len(compared) >= len(examples) * 0.9
    assert [(words, mine, theirs) for words, mine, theirs in compared if mine != theirs] == []


def test_awscli_reads_shorthand_the_same(told: list[dict[str, Any] | None]) -> None:
    refused = 0
    for text, theirs in zip(SHORTHAND, told[-len(SHORTHAND) :], strict=True):
        mine = read(shlex.join(shorthand_line(text)))
        refused += theirs is None
        assert mine == (theirs if theirs is not None else {"Filters": UNREAD}), text

    assert 0 < refused < len(SHORTHAND) / 2


def some_examples() -> list[tuple[list[str], dict[str, Any]]]:
    """Example lines with our reading; a fixed sample of those that name no file and are not computed."""
    found: list[tuple[list[str], dict[str, Any]]] = []
    services = SERVICES if SAMPLE else all_services()
    lines = [list(one.words) for service in services for one in awscli_examples(service) if one.form == "command"]
    for words in random.Random(5).sample(lines, len(lines)):
        parsed = parse(words, CATALOGUE)
        if (
            isinstance(parsed, ParsedCli)
            and parsed.shape.operation
            and not parsed.shape.is_waiter
            and parsed.path not in COMPUTED_BY_AWSCLI
            and not any("file" in word and "://" in word for word in words)
        ):
            found.append((words, parameters_of(parsed, CATALOGUE)))
        if len(found) == SAMPLE > 0:
            break
    return found


def all_services() -> list[str]:
    from importlib.util import find_spec

    spec = find_spec("awscli")
    assert spec is not None
    assert spec.origin is not None
    return sorted(one.name for one in (Path(spec.origin).parent / "examples").iterdir() if one.is_dir())


def awscli_tells(lines: list[list[str]]) -> list[dict[str, Any] | None]:
    """What awscli would send, without its own paging and with the counts that it adds later; None where it refuses."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", str(TELLER)],
        input=json.dumps(lines), capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    told: list[dict[str, Any] | None] = json.loads(answer.stdout)
    return [None if one is None else completed(one) for one in told]


def completed(told: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = told["parameters"]
    if told["operation"] == "RunInstances":
        given = {"MinCount": 1, "MaxCount": 1} | given
    return {name: value for name, value in given.items() if name != "PaginationConfig"}
