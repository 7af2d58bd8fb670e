"""The writes that operators use most, each with what is read before it; nothing but these reads is ever sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudops_tui.policy.before import access, change_sets, compute, data, ec2, operations
from cloudops_tui.policy.before.reading import BeforeRead, Read

BEFORE_READS: Mapping[tuple[str, str], BeforeRead] = {
    **ec2.BEFORE_READS,
    **compute.BEFORE_READS,
    **data.BEFORE_READS,
    **access.BEFORE_READS,
    **operations.BEFORE_READS,
    **change_sets.BEFORE_READS,
}
"""By botocore's service and operation."""

READS = frozenset(
    {
        "autoscaling.DescribeAutoScalingGroups",
        "cloudformation.DescribeChangeSet",
        "cloudformation.DescribeStacks",
        "cloudformation.ListStackResources",
        "cloudformation.ValidateTemplate",
        "cloudwatch.DescribeAlarms",
        "dynamodb.DescribeTable",
        "dynamodb.GetItem",
        "ec2.DescribeAddresses",
        "ec2.DescribeImages",
        "ec2.DescribeInstanceAttribute",
        "ec2.DescribeInstances",
        "ec2.DescribeNetworkInterfaces",
        "ec2.DescribeSecurityGroupRules",
        "ec2.DescribeSecurityGroups",
        "ec2.DescribeSnapshots",
        "ec2.DescribeTags",
        "ec2.DescribeVolumes",
        "ecs.DescribeServices",
        "ecs.DescribeTaskDefinition",
        "eks.DescribeNodegroup",
        "elbv2.DescribeListeners",
        "elbv2.DescribeLoadBalancerAttributes",
        "elbv2.DescribeLoadBalancers",
        "elbv2.DescribeTargetGroups",
        "elbv2.DescribeTargetHealth",
        "events.DescribeRule",
        "events.ListTargetsByRule",
        "iam.GetAccessKeyLastUsed",
        "iam.GetPolicy",
        "iam.GetRole",
        "iam.GetRolePolicy",
        "iam.GetUser",
        "iam.GetUserPolicy",
        "iam.ListAccessKeys",
        "iam.ListAttachedRolePolicies",
        "iam.ListAttachedUserPolicies",
        "iam.ListInstanceProfilesForRole",
        "iam.ListPolicyVersions",
        "iam.ListRolePolicies",
        "kms.DescribeKey",
        "lambda.GetAlias",
        "lambda.GetFunctionConcurrency",
        "lambda.GetFunctionConfiguration",
        "logs.DescribeLogGroups",
        "rds.DescribeDBClusters",
        "rds.DescribeDBInstances",
        "route53.ListResourceRecordSets",
        "s3.GetBucketLifecycleConfiguration",
        "s3.GetBucketPolicy",
        "s3.GetBucketVersioning",
        "s3.GetPublicAccessBlock",
        "s3.HeadBucket",
        "s3.HeadObject",
        "s3.ListObjectVersions",
        "s3.ListObjectsV2",
        "secretsmanager.DescribeSecret",
        "sns.GetSubscriptionAttributes",
        "sns.GetTopicAttributes",
        "sqs.GetQueueAttributes",
        "ssm.DescribeParameters",
    }
)
"""Every call that may be sent to look, whatever it asks. Anything else is refused before it leaves."""

ONLY_WITH: Mapping[str, Mapping[str, Any]] = {"ssm.GetParameters": {"WithDecryption": False}}
"""Calls that may be sent to look only where they say just this: without it they hand out what is secret."""


def may_be_sent(read: Read) -> bool:
    """It changes nothing, and hands out nothing that is secret."""
    if (needed := ONLY_WITH.get(read.call)) is not None:
        return all(read.parameters.get(name) is value for name, value in needed.items())
    return read.call in READS
