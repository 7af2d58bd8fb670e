"""Nothing is milder than we find it, whatever the plan claims, and nothing unknown is harmless."""

from __future__ import annotations

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk import DESTRUCTIVE_VERBS, READ_VERBS, READS_THAT_ACT, Subject, assess, worst

READ, MODIFY, DESTROY = RiskLevel


def level(service: str, operation: str, method: str = "POST") -> RiskLevel:
    return assess(Subject(service, operation, method), READ).assessed


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ec2", "DescribeInstances", READ), ("s3", "GetObject", READ), ("s3", "ListObjectsV2", READ),
        ("s3", "HeadBucket", READ), ("dynamodb", "Query", READ), ("dynamodb", "BatchGetItem", READ),
        ("ec2", "RunInstances", MODIFY), ("ssm", "PutParameter", MODIFY), ("dynamodb", "BatchWriteItem", MODIFY),
        ("ec2", "TerminateInstances", DESTROY), ("ec2", "StopInstances", DESTROY), ("ec2", "RebootInstances", DESTROY),
        ("iam", "DetachRolePolicy", DESTROY), ("ec2", "RevokeSecurityGroupIngress", DESTROY),
        ("kms", "DisableKey", DESTROY), ("kms", "ScheduleKeyDeletion", DESTROY), ("s3", "DeleteObjects", DESTROY),
        ("cloudtrail", "StopLogging", DESTROY), ("organizations", "LeaveOrganization", DESTROY),
        ("rds", "FailoverDBCluster", DESTROY), ("rds", "BacktrackDBCluster", DESTROY),
        ("ecr", "BatchDeleteImage", DESTROY), ("cognito-idp", "AdminDeleteUser", DESTROY),
        ("ec2", "DeregisterImage", DESTROY), ("sns", "Unsubscribe", DESTROY),
        ("redshift", "GetClusterCredentials", MODIFY), ("sts", "GetFederationToken", MODIFY),
        ("ec2", "Gettysburg", MODIFY), ("ec2", "Descriptor", MODIFY), ("ec2", "", MODIFY),
    ],
)  # fmt: skip
def test_an_operation_is_judged_by_its_verb(service: str, operation: str, expected: RiskLevel) -> None:
    assert level(service, operation) is expected


def test_a_read_verb_with_http_delete_is_destructive() -> None:
    assert level("ec2", "GetThing", "DELETE") is DESTROY


def test_no_verb_is_both() -> None:
    assert not READ_VERBS & DESTRUCTIVE_VERBS


def test_reads_that_hand_out_credentials_exist_and_are_flagged() -> None:
    catalogue = BotocoreCatalogue()

    for service, operation in READS_THAT_ACT:
        assert catalogue.operation(service, operation) is not None, (service, operation)
        assert RiskFlag.PRIVILEGE in assess(Subject(service, operation, "POST"), READ).flags


@pytest.mark.parametrize("claimed", RiskLevel)
@pytest.mark.parametrize("operation", ["DescribeInstances", "RunInstances", "TerminateInstances"])
def test_a_claim_can_only_raise(claimed: RiskLevel, operation: str) -> None:
    found = assess(Subject("ec2", operation, "POST"), claimed)

    assert found.level is max(found.assessed, claimed)
    assert found.claimed is claimed
    assert found.reasons
    assert any("claims" in reason for reason in found.reasons) is (claimed is not found.assessed)


@pytest.mark.parametrize(
    ("path", "options", "expected", "flags"),
    [
        ("s3 ls", (), READ, ()),
        ("s3 cp", (), MODIFY, ()),
        ("s3 sync", (), MODIFY, ()),
        ("s3 sync", ("--delete",), DESTROY, ()),
        ("s3 mv", (), DESTROY, ()),
        ("s3 rm", (), DESTROY, ()),
        ("s3 rb", (), DESTROY, ()),
        ("emr terminate-clusters", (), DESTROY, ()),
        ("cloudformation deploy", (), MODIFY, (RiskFlag.UNKNOWN,)),
        ("ecr get-login-password", (), MODIFY, (RiskFlag.UNKNOWN,)),
        ("", (), MODIFY, (RiskFlag.UNKNOWN,)),
    ],
)
def test_a_command_of_the_cli_s_own_is_never_read_only_unless_it_is_known(
    path: str, options: tuple[str, ...], expected: RiskLevel, flags: tuple[RiskFlag, ...]
) -> None:
    found = assess(Subject(None, None, cli_path=tuple(path.split()), options=frozenset(options)), READ)

    assert (found.assessed, found.flags) == (expected, flags)


def test_a_waiter_only_polls() -> None:
    assert assess(Subject("ec2", "DescribeInstances", "POST", is_waiter=True), READ).assessed is READ


def test_the_worst_counts() -> None:
    assert worst([READ, DESTROY, MODIFY]) is DESTROY
    assert worst([]) is READ
