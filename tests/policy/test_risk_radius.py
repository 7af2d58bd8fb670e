"""How much a plan may touch is counted where it is named, told where it cannot be, and limited."""

from __future__ import annotations

import pytest

from cloudops_tui.model.risk import BlastRadius
from cloudops_tui.model.settings import SafetySettings
from cloudops_tui.policy.limits import beyond_limits
from cloudops_tui.policy.risk import together
from tests.policy.judged import cli, sdk


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ec2 terminate-instances --instance-ids i-1 i-2 i-3", 3),
        ("ec2 stop-instances --instance-ids i-1", 1),
        ("ec2 create-tags --resources i-1 i-2 --tags Key=a,Value=b Key=c,Value=d Key=e,Value=f", 2),
        ("ec2 run-instances --count 5", 5),
        ("ec2 run-instances", 1),
        ("elbv2 deregister-targets --target-group-arn a --targets Id=i-1 Id=i-2", 2),
        ("ecs update-service --cluster c --service s --desired-count 2", 1),
        ("s3api delete-objects --bucket b --delete 'Objects=[{Key=a},{Key=b},{Key=c}]'", 3),
        ("sqs purge-queue --queue-url q", 1),
        ("eks untag-resource --resource-arn a --tag-keys k1 k2", 1),
        ("s3 rm s3://b/k", 1),
        ("emr terminate-clusters --cluster-ids j-1 j-2", 2),
        ("iam delete-user --user-name u", 1),
        ("ec2 describe-instances --instance-ids i-1 i-2", 0),
    ],
)
def test_resources_are_counted_by_their_names(line: str, expected: int) -> None:
    assert cli(line).radius.resources == expected


def test_requests_of_a_batch_are_counted() -> None:
    request: dict[str, object] = {"PutRequest": {"Item": {}}}
    found = sdk("dynamodb", "BatchWriteItem", {"RequestItems": {"a": [request] * 3, "b": [request]}})

    assert found.radius.resources == 4


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("s3 rm s3://b --recursive", "everything under a prefix or folder"),
        ("s3 sync a s3://b", "everything under a prefix or folder"),
        ("s3 rb s3://b --force", "every object of the bucket"),
        ("ssm send-command --document-name d --targets Key=tag:Env,Values=prod", "`Targets` chooses by tag"),
        ("cloudformation delete-stack --stack-name s", "everything in the stack"),
        ("cloudformation deploy --stack-name s --template-file t", "everything in the stack"),
        ("rds-data execute-statement --resource-arn a --secret-arn s --sql 'DELETE FROM t'", "every row of a table"),
        ("sqs purge-queue --queue-url q", "every message of the queue"),
        (
            "cloudfront create-invalidation --distribution-id d --paths '/*'",
            "`InvalidationBatch.Paths.Items` holds a wildcard",
        ),
        ("resource-groups tag --arn a --tags a=b", None),
        ("ssm send-command --document-name d --targets Key=InstanceIds,Values=i-1", None),
        ("ec2 terminate-instances --instance-ids i-1", None),
        ("s3 cp a s3://b/k", None),
        ("ec2 describe-instances --filters Name=tag:Env,Values=prod", None),
    ],
)
def test_what_cannot_be_counted_is_told(line: str, why: str | None) -> None:
    found = cli(line).radius.unbounded

    assert found == ((why,) if why else ())


def test_a_plan_adds_up_what_its_commands_name() -> None:
    one, other = BlastRadius(resources=2, unbounded=("a",)), BlastRadius(resources=3, unbounded=("a", "b"))

    assert together([one, other]) == BlastRadius(resources=5, unbounded=("a", "b"))
    assert together([]) == BlastRadius()


def test_a_limit_says_which_by_how_much_and_what_helps() -> None:
    radius = BlastRadius(resources=34, unbounded=("everything in the stack",))

    def told(**limits: object) -> str | None:
        return beyond_limits(radius, {"1", "2"}, {"eu-west-1"}, SafetySettings.model_validate(limits))

    assert told() is None
    assert told(max_resources=34, max_accounts=2, max_regions=1) is None
    assert told(max_resources=20) == (
        "The plan names 34 resources that it writes to, 14 more than `[safety] max_resources = 20` allows; "
        "split it, or raise the limit"
    )
    assert "2 accounts, 1 more than `[safety] max_accounts = 1`" in str(told(max_accounts=1))
    assert told(allow_unbounded=False) == (
        "Nobody can count what the plan writes to (everything in the stack), and `[safety] allow_unbounded` is false; "
        "name each resource, or allow it"
    )
