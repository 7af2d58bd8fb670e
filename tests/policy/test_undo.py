"""Ways back: each puts back exactly what was there, and notices who was there since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.undo import BeforeState, UndoKind
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.before.table import may_be_sent
from cloudops_tui.policy.before.values import HIDDEN, Veil
from cloudops_tui.policy.risk.subject import Subject
from cloudops_tui.policy.undo.by_hand import by_hand
from cloudops_tui.policy.undo.created import CREATIONS
from cloudops_tui.policy.undo.knowing import WAYS_BACK, Undoable, lacks_way_back, undoable, undoing
from cloudops_tui.policy.undo.proposing import Facts, proposed
from cloudops_tui.policy.undo.way_back import NoWayBack, WayBack
from tests.policy.judged import sdk

CATALOGUE = the_catalogue()
NOW = datetime(2026, 8, 22, 12, 0, tzinfo=UTC)
Body = Mapping[str, Any] | None


@dataclass(frozen=True)
class Story:
    """A command, what is answered before and after it, and what puts it back."""

    asked: dict[str, Any]
    before: Sequence[Body] | Body
    after: Sequence[Body] | Body
    back: Sequence[tuple[str, dict[str, Any]]]
    said: str = ""
    """With what words a service says that there is nothing."""


def of(body: Sequence[Body] | Body, said: str = "") -> list[Answer]:
    bodies: list[Any] = body if isinstance(body, list) else [body]
    return [Answer(one, said="" if one is not None else said or "NotFound: nothing") for one in bodies]


ROLE = {"RoleName": "web", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
USER = {"UserName": "bob", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
ATTACHED = {"AttachedPolicies": [{"PolicyArn": ROLE["PolicyArn"]}]}
NOT_ATTACHED: dict[str, Any] = {"AttachedPolicies": []}
RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
GROUP = {"GroupId": "sg-1", "IpPermissions": [RULE]}


def groups(*rules: Any, direction: str = "IpPermissions") -> dict[str, Any]:
    return {"SecurityGroups": [{"GroupId": "sg-1", direction: list(rules)}]}


def instances(**states: str) -> dict[str, Any]:
    return {"Reservations": [{"Instances": [
        {"InstanceId": name.replace("_", "-"), "State": {"Name": state}, "InstanceType": "t3.small"}
        for name, state in states.items()
    ]}]}  # fmt: skip


def volume(*attachments: Any) -> dict[str, Any]:
    return {"Volumes": [{"VolumeId": "vol-1", "Attachments": list(attachments)}]}


ON = {"InstanceId": "i-1", "Device": "/dev/sdf", "State": "attached"}
DISK = {"VolumeId": "vol-1", "InstanceId": "i-1", "Device": "/dev/sdf"}
ASG = {"AutoScalingGroupName": "web"}


def asg(**more: Any) -> dict[str, Any]:
    return {"AutoScalingGroups": [{**ASG, "MinSize": 1, "DesiredCapacity": 2, **more}]}


def rule_of(state: str) -> dict[str, Any]:
    return {"Name": "nightly", "State": state, "ScheduleExpression": "rate(1 day)"}


def alarms(*them: Any) -> dict[str, Any]:
    return {"MetricAlarms": list(them), "CompositeAlarms": []}


ALARM = {
    "AlarmName": "cpu", "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average", "Period": 60,
    "EvaluationPeriods": 2, "Threshold": 80.0, "ComparisonOperator": "GreaterThanThreshold", "ActionsEnabled": True,
}  # fmt: skip
SETTINGS = {name: value for name, value in ALARM.items() if name != "AlarmName"}
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TEXT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
WIDER = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
DB = {"DBInstanceIdentifier": "orders"}
CLUSTER = {"DBClusterIdentifier": "orders"}
SERVICE = {"cluster": "main", "service": "web"}
LIFE = [{"ID": "old", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 30}}]
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
OPEN = dict.fromkeys(BLOCK, False)
RECORD = {"Name": "web.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
NEW_RECORD = {**RECORD, "Name": "web.example.com", "ResourceRecords": [{"Value": "10.0.0.2"}]}
TARGETS = {"TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1", "Targets": [{"Id": "i-1"}]}
HEALTHY = {"TargetHealthDescriptions": [{"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "healthy"}}]}
DRAINING = {"TargetHealthDescriptions": [{"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "draining"}}]}
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:1:listener/app/web/1/2"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/web/1"
KEY = {"KeyId": "11111111-2222-3333-4444-555555555555"}
QUEUE = {"QueueUrl": "http://127.0.0.1/1/jobs"}
TOPIC = {"TopicArn": "arn:aws:sns:us-east-1:1:news"}
EDGE = {"UserName": "bob", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}


def forward(group: str) -> list[Any]:
    return [{"Type": "forward", "TargetGroupArn": f"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/{group}/1"}]


SCHEMA = {"Table": {"TableName": "t", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}}
SEVEN = {"id": {"S": "1"}, "n": {"N": "7"}}
LIMIT = {"Name": "/web/limit", "Type": "String", "Value": "5", "Version": 3, "DataType": "text"}

STORIES: dict[str, Story] = {
    "ec2.StartInstances": Story(
        {"InstanceIds": ["i-1", "i-2"]}, instances(i_1="stopped", i_2="running"),
        instances(i_1="pending", i_2="running"), [("StopInstances", {"InstanceIds": ["i-1"]})]),
    "ec2.StopInstances": Story(
        {"InstanceIds": ["i-1"]}, instances(i_1="running"), instances(i_1="stopping"),
        [("StartInstances", {"InstanceIds": ["i-1"]})]),
    "ec2.ModifyInstanceAttribute": Story(
        {"InstanceId": "i-1", "InstanceType": {"Value": "m5.large"}}, instances(i_1="stopped"),
        {"Reservations": [{"Instances": [{"InstanceId": "i-1", "InstanceType": "m5.large"}]}]},
        [("ModifyInstanceAttribute", {"InstanceId": "i-1", "InstanceType": {"Value": "t3.small"}})]),
    "ec2.AuthorizeSecurityGroupIngress": Story(
        GROUP, groups(), groups({**RULE, "UserIdGroupPairs": []}), [("RevokeSecurityGroupIngress", GROUP)]),
    "ec2.AuthorizeSecurityGroupEgress": Story(
        GROUP, groups(), groups(RULE, direction="IpPermissionsEgress"), [("RevokeSecurityGroupEgress", GROUP)]),
    "ec2.RevokeSecurityGroupIngress": Story(
        GROUP, groups({**RULE, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]}), groups(),
        [("AuthorizeSecurityGroupIngress", {
            "GroupId": "sg-1",
            "IpPermissions": [{**RULE, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]}],
        })]),
    "ec2.RevokeSecurityGroupEgress": Story(
        GROUP, groups(RULE, direction="IpPermissionsEgress"), groups(direction="IpPermissionsEgress"),
        [("AuthorizeSecurityGroupEgress", GROUP)]),
    "ec2.CreateTags": Story(
        {"Resources": ["i-1", "i-2"], "Tags": [{"Key": "stage", "Value": "prod"}]},
        {"Tags": [{"ResourceId": "i-1", "Key": "stage", "Value": "test"}]},
        {"Tags": [{"ResourceId": one, "Key": "stage", "Value": "prod"} for one in ("i-1", "i-2")]},
        [("CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "stage", "Value": "test"}]}),
         ("DeleteTags", {"Resources": ["i-2"], "Tags": [{"Key": "stage"}]})]),
    "ec2.DeleteTags": Story(
        {"Resources": ["i-1"], "Tags": [{"Key": "stage"}, {"Key": "owner", "Value": "nobody"}]},
        {"Tags": [{"ResourceId": "i-1", "Key": "stage", "Value": "test"},
                  {"ResourceId": "i-1", "Key": "owner", "Value": "me"}]},
        {"Tags": [{"ResourceId": "i-1", "Key": "owner", "Value": "me"}]},
        [("CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "stage", "Value": "test"}]})]),
    "ec2.AttachVolume": Story(
        DISK, volume(), volume(ON), [("DetachVolume", {"VolumeId": "vol-1", "InstanceId": "i-1"})]),
    "ec2.DetachVolume": Story({"VolumeId": "vol-1"}, volume(ON), volume(), [("AttachVolume", DISK)]),
    "autoscaling.UpdateAutoScalingGroup": Story(
        {**ASG, "MinSize": 0, "DesiredCapacity": 0}, asg(), asg(MinSize=0, DesiredCapacity=0),
        [("UpdateAutoScalingGroup", {**ASG, "MinSize": 1, "DesiredCapacity": 2})]),
    "autoscaling.SetDesiredCapacity": Story(
        {**ASG, "DesiredCapacity": 5}, asg(), asg(DesiredCapacity=5),
        [("SetDesiredCapacity", {**ASG, "DesiredCapacity": 2})]),
    "autoscaling.SuspendProcesses": Story(
        {**ASG, "ScalingProcesses": ["Launch", "Terminate"]},
        asg(SuspendedProcesses=[{"ProcessName": "Launch"}]),
        asg(SuspendedProcesses=[{"ProcessName": "Launch"}, {"ProcessName": "Terminate"}]),
        [("ResumeProcesses", {**ASG, "ScalingProcesses": ["Terminate"]})]),
    "autoscaling.ResumeProcesses": Story(
        {**ASG, "ScalingProcesses": ["Launch"]}, asg(SuspendedProcesses=[{"ProcessName": "Launch"}]), asg(),
        [("SuspendProcesses", {**ASG, "ScalingProcesses": ["Launch"]})]),
    "lambda.UpdateFunctionConfiguration": Story(
        {"FunctionName": "f", "Timeout": 30, "MemorySize": 512}, {"FunctionName": "f", "Timeout": 3, "MemorySize": 128},
        {"FunctionName": "f", "Timeout": 30, "MemorySize": 512},
        [("UpdateFunctionConfiguration", {"FunctionName": "f", "Timeout": 3, "MemorySize": 128})]),
    "lambda.UpdateAlias": Story(
        {"FunctionName": "f", "Name": "live", "FunctionVersion": "8"}, {"Name": "live", "FunctionVersion": "7"},
        {"Name": "live", "FunctionVersion": "8"},
        [("UpdateAlias", {"FunctionName": "f", "Name": "live", "FunctionVersion": "7"})]),
    "lambda.PutFunctionConcurrency": Story(
        {"FunctionName": "f", "ReservedConcurrentExecutions": 0}, {}, {"ReservedConcurrentExecutions": 0},
        [("DeleteFunctionConcurrency", {"FunctionName": "f"})]),
    "lambda.DeleteFunctionConcurrency": Story(
        {"FunctionName": "f"}, {"ReservedConcurrentExecutions": 5}, {},
        [("PutFunctionConcurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 5})]),
    "ecs.UpdateService": Story(
        {**SERVICE, "desiredCount": 0, "taskDefinition": "web:8"},
        {"services": [{"desiredCount": 2, "taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/web:7"}]},
        {"services": [{"desiredCount": 0, "taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/web:8"}]},
        [("UpdateService", {**SERVICE, "desiredCount": 2, "taskDefinition": "web:7"})]),
    "eks.UpdateNodegroupConfig": Story(
        {"clusterName": "c", "nodegroupName": "n", "scalingConfig": {"desiredSize": 0}},
        {"nodegroup": {"scalingConfig": {"minSize": 0, "desiredSize": 3}}},
        {"nodegroup": {"scalingConfig": {"minSize": 0, "desiredSize": 0}}},
        [("UpdateNodegroupConfig", {"clusterName": "c", "nodegroupName": "n", "scalingConfig": {"desiredSize": 3}})]),
    "elbv2.ModifyListener": Story(
        {"ListenerArn": LISTENER, "DefaultActions": forward("green")},
        {"Listeners": [{"ListenerArn": LISTENER, "DefaultActions": forward("blue")}]},
        {"Listeners": [{"ListenerArn": LISTENER, "DefaultActions": [{**forward("green")[0], "Order": 1}]}]},
        [("ModifyListener", {"ListenerArn": LISTENER, "DefaultActions": forward("blue")})]),
    "elbv2.ModifyLoadBalancerAttributes": Story(
        {"LoadBalancerArn": BALANCER, "Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
        {"Attributes": [{"Key": "deletion_protection.enabled", "Value": "true"}]},
        {"Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
        [("ModifyLoadBalancerAttributes", {
            "LoadBalancerArn": BALANCER, "Attributes": [{"Key": "deletion_protection.enabled", "Value": "true"}]})]),
    "elbv2.RegisterTargets": Story(
        TARGETS, {"TargetHealthDescriptions": []}, HEALTHY, [("DeregisterTargets", TARGETS)]),
    "elbv2.DeregisterTargets": Story(TARGETS, HEALTHY, DRAINING, [("RegisterTargets", TARGETS)]),
    "iam.AttachRolePolicy": Story(ROLE, NOT_ATTACHED, ATTACHED, [("DetachRolePolicy", ROLE)]),
    "iam.DetachRolePolicy": Story(ROLE, ATTACHED, NOT_ATTACHED, [("AttachRolePolicy", ROLE)]),
    "iam.AttachUserPolicy": Story(USER, NOT_ATTACHED, ATTACHED, [("DetachUserPolicy", USER)]),
    "iam.DetachUserPolicy": Story(USER, ATTACHED, NOT_ATTACHED, [("AttachUserPolicy", USER)]),
    "iam.PutRolePolicy": Story(
        {"RoleName": "web", "PolicyName": "p", "PolicyDocument": WIDER}, {"PolicyDocument": DOCUMENT},
        {"PolicyDocument": json.loads(WIDER)},
        [("PutRolePolicy", {"RoleName": "web", "PolicyName": "p", "PolicyDocument": TEXT})]),
    "iam.DeleteRolePolicy": Story(
        {"RoleName": "web", "PolicyName": "p"}, {"PolicyDocument": DOCUMENT}, None,
        [("PutRolePolicy", {"RoleName": "web", "PolicyName": "p", "PolicyDocument": TEXT})]),
    "iam.PutUserPolicy": Story(
        {"UserName": "bob", "PolicyName": "p", "PolicyDocument": TEXT}, None, {"PolicyDocument": DOCUMENT},
        [("DeleteUserPolicy", {"UserName": "bob", "PolicyName": "p"})]),
    "iam.DeleteUserPolicy": Story(
        {"UserName": "bob", "PolicyName": "p"}, {"PolicyDocument": DOCUMENT}, None,
        [("PutUserPolicy", {"UserName": "bob", "PolicyName": "p", "PolicyDocument": TEXT})]),
    "iam.UpdateAssumeRolePolicy": Story(
        {"RoleName": "web", "PolicyDocument": WIDER}, {"Role": {"AssumeRolePolicyDocument": DOCUMENT}},
        {"Role": {"AssumeRolePolicyDocument": WIDER}},
        [("UpdateAssumeRolePolicy", {"RoleName": "web", "PolicyDocument": TEXT})]),
    "iam.UpdateAccessKey": Story(
        {**EDGE, "Status": "Inactive"}, {"AccessKeyMetadata": [{**EDGE, "Status": "Active"}]},
        {"AccessKeyMetadata": [{**EDGE, "Status": "Inactive"}]}, [("UpdateAccessKey", {**EDGE, "Status": "Active"})]),
    "kms.DisableKey": Story(
        KEY, {"KeyMetadata": {"KeyState": "Enabled"}}, {"KeyMetadata": {"KeyState": "Disabled"}}, [("EnableKey", KEY)]),
    "kms.EnableKey": Story(
        KEY, {"KeyMetadata": {"KeyState": "Disabled"}}, {"KeyMetadata": {"KeyState": "Enabled"}},
        [("DisableKey", KEY)]),
    "kms.ScheduleKeyDeletion": Story(
        {**KEY, "PendingWindowInDays": 7}, {"KeyMetadata": {"KeyState": "Enabled"}},
        {"KeyMetadata": {"KeyState": "PendingDeletion"}}, [("CancelKeyDeletion", KEY), ("EnableKey", KEY)]),
    "secretsmanager.DeleteSecret": Story(
        {"SecretId": "db"}, {"Name": "db"}, {"Name": "db", "DeletedDate": "2026-08-22"},
        [("RestoreSecret", {"SecretId": "db"})]),
    "rds.ModifyDBInstance": Story(
        {**DB, "DBInstanceClass": "db.m5.large", "ApplyImmediately": True},
        {"DBInstances": [{**DB, "DBInstanceClass": "db.t3.small"}]},
        {"DBInstances": [{**DB, "DBInstanceClass": "db.t3.small",
                          "PendingModifiedValues": {"DBInstanceClass": "db.m5.large"}}]},
        [("ModifyDBInstance", {**DB, "DBInstanceClass": "db.t3.small", "ApplyImmediately": True})]),
    "rds.ModifyDBCluster": Story(
        {**CLUSTER, "DeletionProtection": False}, {"DBClusters": [{**CLUSTER, "DeletionProtection": True}]},
        {"DBClusters": [{**CLUSTER, "DeletionProtection": False}]},
        [("ModifyDBCluster", {**CLUSTER, "DeletionProtection": True})]),
    "rds.StopDBInstance": Story(
        DB, {"DBInstances": [{**DB, "DBInstanceStatus": "available"}]},
        {"DBInstances": [{**DB, "DBInstanceStatus": "stopping"}]}, [("StartDBInstance", DB)]),
    "rds.StartDBInstance": Story(
        DB, {"DBInstances": [{**DB, "DBInstanceStatus": "stopped"}]},
        {"DBInstances": [{**DB, "DBInstanceStatus": "starting"}]}, [("StopDBInstance", DB)]),
    "rds.StopDBCluster": Story(
        CLUSTER, {"DBClusters": [{**CLUSTER, "Status": "available"}]},
        {"DBClusters": [{**CLUSTER, "Status": "stopped"}]}, [("StartDBCluster", CLUSTER)]),
    "rds.StartDBCluster": Story(
        CLUSTER, {"DBClusters": [{**CLUSTER, "Status": "stopped"}]},
        {"DBClusters": [{**CLUSTER, "Status": "starting"}]}, [("StopDBCluster", CLUSTER)]),
    "dynamodb.UpdateTable": Story(
        {"TableName": "t", "DeletionProtectionEnabled": False}, {"Table": {"DeletionProtectionEnabled": True}},
        {"Table": {"DeletionProtectionEnabled": False}},
        [("UpdateTable", {"TableName": "t", "DeletionProtectionEnabled": True})]),
    "dynamodb.DeleteItem": Story(
        {"TableName": "t", "Key": {"id": {"S": "1"}}}, {"Item": {"id": {"S": "1"}, "n": {"N": "7"}}}, {},
        [("PutItem", {"TableName": "t", "Item": {"id": {"S": "1"}, "n": {"N": "7"}}})]),
    "dynamodb.PutItem": Story(
        {"TableName": "t", "Item": {"id": {"S": "1"}, "n": {"N": "8"}}}, [SCHEMA, {"Item": SEVEN}],
        [SCHEMA, {"Item": {"id": {"S": "1"}, "n": {"N": "8.0"}}}], [("PutItem", {"TableName": "t", "Item": SEVEN})]),
    "dynamodb.UpdateItem": Story(
        {"TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET n = :n, #s = :s REMOVE old",
         "ExpressionAttributeNames": {"#s": "state"},
         "ExpressionAttributeValues": {":n": {"N": "8"}, ":s": {"S": "on"}}},
        {"Item": {**SEVEN, "old": {"L": [{"S": "x"}]}}}, {"Item": {"id": {"S": "1"}, "n": {"N": "8"},
                                                                  "state": {"S": "on"}, "others": {"S": "stay"}}},
        [("UpdateItem", {
            "TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET #a0 = :was0, #a2 = :was2 REMOVE #a1",
            "ConditionExpression": "#a0 = :made0 AND #a1 = :made1 AND attribute_not_exists(#a2)",
            "ExpressionAttributeNames": {"#a0": "n", "#a1": "state", "#a2": "old"},
            "ExpressionAttributeValues": {":was0": {"N": "7"}, ":was2": {"L": [{"S": "x"}]},
                                          ":made0": {"N": "8"}, ":made1": {"S": "on"}}})]),
    "ssm.PutParameter": Story(
        {"Name": "/web/limit", "Value": "9", "Overwrite": True, "Description": "More"},
        [{"Parameters": [LIMIT], "InvalidParameters": []}, {"Parameters": [{"Name": "/web/limit"}]}],
        [{"Parameters": [{**LIMIT, "Value": "9", "Version": 4}], "InvalidParameters": []},
         {"Parameters": [{"Name": "/web/limit", "Description": "More"}]}],
        [("PutParameter", {"Name": "/web/limit", "Value": "5", "Type": "String", "DataType": "text",
                           "Description": "", "Overwrite": True})]),
    "s3.PutBucketPolicy": Story(
        {"Bucket": "b", "Policy": WIDER}, None, {"Policy": WIDER}, [("DeleteBucketPolicy", {"Bucket": "b"})],
        said="NoSuchBucketPolicy: none"),
    "s3.DeleteBucketPolicy": Story(
        {"Bucket": "b"}, {"Policy": TEXT}, None, [("PutBucketPolicy", {"Bucket": "b", "Policy": TEXT})],
        said="NoSuchBucketPolicy: none"),
    "s3.PutBucketLifecycleConfiguration": Story(
        {"Bucket": "b", "LifecycleConfiguration": {"Rules": [{**LIFE[0], "Expiration": {"Days": 1}}]}}, {"Rules": LIFE},
        {"Rules": [{**LIFE[0], "Expiration": {"Days": 1}}]},
        [("PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": {"Rules": LIFE}})]),
    "s3.DeleteBucketLifecycle": Story(
        {"Bucket": "b"}, {"Rules": LIFE}, None,
        [("PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": {"Rules": LIFE}})],
        said="NoSuchLifecycleConfiguration: none"),
    "s3.PutPublicAccessBlock": Story(
        {"Bucket": "b", "PublicAccessBlockConfiguration": OPEN}, {"PublicAccessBlockConfiguration": BLOCK},
        {"PublicAccessBlockConfiguration": OPEN},
        [("PutPublicAccessBlock", {"Bucket": "b", "PublicAccessBlockConfiguration": BLOCK})]),
    "s3.DeletePublicAccessBlock": Story(
        {"Bucket": "b"}, {"PublicAccessBlockConfiguration": BLOCK}, None,
        [("PutPublicAccessBlock", {"Bucket": "b", "PublicAccessBlockConfiguration": BLOCK})],
        said="NoSuchPublicAccessBlockConfiguration: none"),
    "s3.PutBucketVersioning": Story(
        {"Bucket": "b", "VersioningConfiguration": {"Status": "Suspended"}}, {"Status": "Enabled"},
        {"Status": "Suspended"},
        [("PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}})]),
    "logs.PutRetentionPolicy": Story(
        {"logGroupName": "g", "retentionInDays": 7}, {"logGroups": [{"logGroupName": "g"}]},
        {"logGroups": [{"logGroupName": "g", "retentionInDays": 7}]},
        [("DeleteRetentionPolicy", {"logGroupName": "g"})]),
    "logs.DeleteRetentionPolicy": Story(
        {"logGroupName": "g"}, {"logGroups": [{"logGroupName": "g", "retentionInDays": 30}]},
        {"logGroups": [{"logGroupName": "g"}]},
        [("PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 30})]),
    "cloudwatch.PutMetricAlarm": Story(
        {**ALARM, "Threshold": 90.0}, alarms(ALARM), alarms({**ALARM, "Threshold": 90.0}),
        [("PutMetricAlarm", ALARM)]),
    "cloudwatch.DeleteAlarms": Story(
        {"AlarmNames": ["cpu"]}, alarms({**ALARM, "StateValue": "OK"}), alarms(), [("PutMetricAlarm", ALARM)]),
    "cloudwatch.DisableAlarmActions": Story(
        {"AlarmNames": ["cpu"]}, alarms(ALARM), alarms({**ALARM, "ActionsEnabled": False}),
        [("EnableAlarmActions", {"AlarmNames": ["cpu"]})]),
    "cloudwatch.EnableAlarmActions": Story(
        {"AlarmNames": ["cpu"]}, alarms({**ALARM, "ActionsEnabled": False}), alarms(ALARM),
        [("DisableAlarmActions", {"AlarmNames": ["cpu"]})]),
    "events.DisableRule": Story(
        {"Name": "nightly"}, rule_of("ENABLED"), rule_of("DISABLED"), [("EnableRule", {"Name": "nightly"})]),
    "events.EnableRule": Story(
        {"Name": "nightly"}, rule_of("DISABLED"), rule_of("ENABLED"), [("DisableRule", {"Name": "nightly"})]),
    "events.PutRule": Story(
        {"Name": "nightly", "ScheduleExpression": "rate(2 days)"}, rule_of("DISABLED"),
        {"Name": "nightly", "State": "ENABLED", "ScheduleExpression": "rate(2 days)"},
        [("PutRule", rule_of("DISABLED"))]),
    "events.PutTargets": Story(
        {"Rule": "nightly", "Targets": [{"Id": "1", "Arn": "arn:new"}]}, {"Targets": []},
        {"Targets": [{"Id": "1", "Arn": "arn:new"}]}, [("RemoveTargets", {"Rule": "nightly", "Ids": ["1"]})]),
    "events.RemoveTargets": Story(
        {"Rule": "nightly", "Ids": ["1"]}, {"Targets": [{"Id": "1", "Arn": "arn:old"}]}, {"Targets": []},
        [("PutTargets", {"Rule": "nightly", "Targets": [{"Id": "1", "Arn": "arn:old"}]})]),
    "sqs.SetQueueAttributes": Story(
        {**QUEUE, "Attributes": {"VisibilityTimeout": "60"}}, {"Attributes": {"VisibilityTimeout": "30"}},
        {"Attributes": {"VisibilityTimeout": "60"}},
        [("SetQueueAttributes", {**QUEUE, "Attributes": {"VisibilityTimeout": "30"}})]),
    "sns.SetTopicAttributes": Story(
        {**TOPIC, "AttributeName": "DisplayName", "AttributeValue": "New"}, {"Attributes": {"DisplayName": "Old"}},
        {"Attributes": {"DisplayName": "New"}},
        [("SetTopicAttributes", {**TOPIC, "AttributeName": "DisplayName", "AttributeValue": "Old"})]),
    "route53.ChangeResourceRecordSets": Story(
        {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": NEW_RECORD}]}},
        {"ResourceRecordSets": [RECORD]}, {"ResourceRecordSets": [{**NEW_RECORD, "Name": "web.example.com."}]},
        [("ChangeResourceRecordSets", {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [
            {"Action": "UPSERT", "ResourceRecordSet": {**RECORD, "Name": "web.example.com"}}]}})]),
}  # fmt: skip


def test_every_way_back_has_a_story() -> None:
    assert sorted(STORIES) == sorted(".".join(key) for key in WAYS_BACK)
    assert len(WAYS_BACK) >= 40


@pytest.mark.parametrize("name", STORIES)
def test_what_was_there_is_put_back_and_who_changed_it_since_is_noticed(name: str) -> None:
    service, operation = name.split(".")
    story = STORIES[name]
    found = undoable(Subject(service, operation, parameters=story.asked), CATALOGUE)
    assert isinstance(found, Undoable), found
    way, asked = found.way, found.asked
    assert isinstance(way, WayBack)
    reads = way.reads(asked)
    reads = [*reads, *way.then(asked, of(story.before, story.said)[: len(reads)])]
    before = way.image(asked, of(story.before, story.said))
    after = way.image(asked, of(story.after, story.said))

    calls = way.calls(asked, before)

    assert [(call.operation, dict(call.parameters)) for call in calls] == list(story.back)
    assert not CATALOGUE.parameter_problems(service, operation, story.asked)
    for call in calls:
        assert not CATALOGUE.parameter_problems(service, call.operation, call.parameters), call
    assert reads
    assert all(map(may_be_sent, reads))
    for read in reads:
        assert not CATALOGUE.parameter_problems(read.service, read.operation, read.parameters), read
    for answers in (of(story.before, story.said), of(story.after, story.said)):
        for read, answer in zip(reads, answers, strict=False):
            assert not strangers(read, answer.there), read
    assert way.changed_since(asked, before, after) is None
    assert not way.is_back(asked, before, after)
    assert way.is_back(asked, before, before)
    assert way.calls(asked, after) == (), "a command that changed nothing has nothing to undo"


def strangers(read: Read, answer: Any) -> list[str]:
    """Members of an answer that the service's model does not have: a story that no service ever tells."""
    shape = CATALOGUE.operation(read.service, read.operation)
    assert shape is not None
    return list(_strangers(read.service, shape.output_shape, answer, read.operation))


def _strangers(service: str, name: str | None, value: Any, path: str) -> Iterator[str]:
    shape = CATALOGUE.shape(service, name) if name else None
    match value:
        case Mapping() if shape is not None and shape.type == "structure":
            for member, inner in value.items():
                if member not in shape.members:
                    yield f"{path}.{member}"
                else:
                    yield from _strangers(service, shape.members[member].shape, inner, f"{path}.{member}")
        case Mapping() if shape is not None and shape.element is not None:
            for inner in value.values():
                yield from _strangers(service, shape.element.shape, inner, path)
        case list() if shape is not None and shape.element is not None:
            for inner in value:
                yield from _strangers(service, shape.element.shape, inner, path)


@pytest.mark.parametrize("name", STORIES)
def test_what_is_done_by_hand_is_a_command_that_awscli_has(name: str) -> None:
    service, _ = name.split(".")
    for operation, parameters in STORIES[name].back:
        argv = by_hand(_command(service, operation, parameters))
        assert CATALOGUE.cli_command(tuple(argv[1:3])) is not None, argv
        assert argv[3] == "--cli-input-json"


@pytest.mark.parametrize("key", CREATIONS, ids=".".join)
def test_what_was_made_is_deleted_by_a_call_that_the_service_knows(key: tuple[str, str]) -> None:
    creation = CREATIONS[key]
    shape, deletion = CATALOGUE.operation(*key), CATALOGUE.operation(key[0], creation.delete_by)

    assert shape is not None
    assert deletion is not None
    assert set(creation.asked.values()) <= set(shape.members)
    assert {*creation.answered, *creation.asked} <= set(deletion.members)
    required = {name for name, member in deletion.members.items() if member.required}
    assert required <= {*creation.answered, *creation.asked}
    for place in creation.answered.values():
        assert not strangers(Read(".".join(key), {}), _at_place(place)), place
    made = creation.call(_named(creation.asked), json.dumps(_merged(creation.answered.values())))
    assert not CATALOGUE.parameter_problems(key[0], made.operation, made.parameters)
    assert creation.answered or creation.asked


def back(name: str, asked: dict[str, Any], *bodies: Body) -> list[tuple[str, dict[str, Any]]]:
    """What puts back what these answers say was there."""
    service, operation = name.split(".")
    found = undoable(Subject(service, operation, parameters=asked), CATALOGUE)
    assert isinstance(found, Undoable), found
    assert isinstance(found.way, WayBack)
    image = found.way.image(found.asked, of(list(bodies)))
    return [(call.operation, dict(call.parameters)) for call in found.way.calls(found.asked, image)]


NEW_ITEM = {"TableName": "t", "Item": SEVEN}
NEW_PARAMETER = {"Name": "/web/new", "Value": "1", "Type": "String", "Tags": [{"Key": "stage", "Value": "test"}]}
ONE_SET = {
    "TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "set n=:n",
    "ExpressionAttributeValues": {":n": {"N": "7"}},
}  # fmt: skip


def test_what_was_not_there_is_deleted_again() -> None:
    key = {"TableName": "t", "Key": {"id": {"S": "1"}}}

    assert back("dynamodb.PutItem", NEW_ITEM, SCHEMA, {}) == [("DeleteItem", key)]
    assert back("dynamodb.UpdateItem", ONE_SET, {}) == [("DeleteItem", key)]
    assert back("ssm.PutParameter", NEW_PARAMETER, {"InvalidParameters": ["/web/new"]}) == [
        ("DeleteParameter", {"Name": "/web/new"})
    ]


def test_an_item_that_only_lost_an_attribute_is_put_back_whole() -> None:
    was = {**SEVEN, "gone": {"BOOL": True}}

    assert back("dynamodb.PutItem", NEW_ITEM, SCHEMA, {"Item": was}) == [("PutItem", {"TableName": "t", "Item": was})]


def test_an_attribute_that_somebody_added_to_an_item_is_not_written_over() -> None:
    found = undoable(Subject("dynamodb", "PutItem", parameters=NEW_ITEM), CATALOGUE)
    assert isinstance(found, Undoable)
    assert isinstance(found.way, WayBack)
    before = found.way.image(found.asked, of([SCHEMA, {"Item": {**SEVEN, "n": {"N": "6"}}}]))
    now = found.way.image(found.asked, of([SCHEMA, {"Item": {**SEVEN, "by": {"S": "somebody else"}}}]))

    assert "somebody else" in (found.way.changed_since(found.asked, before, now) or "")


def test_a_secure_string_is_never_read_and_not_put_back() -> None:
    encrypted = {**LIMIT, "Type": "SecureString", "Value": "AQICAHg"}
    plain = {"Name": "/web/limit", "Value": "9", "Overwrite": True}

    with pytest.raises(NoWayBack, match="the value of a SecureString is never read"):
        back("ssm.PutParameter", plain, {"Parameters": [encrypted], "InvalidParameters": []})
    assert undoable(Subject("ssm", "PutParameter", parameters={**plain, "Type": "SecureString"}), CATALOGUE) == (
        "the value of a SecureString is never read"
    )
    veiled = Veil("ssm", "GetParameters", CATALOGUE).over_answer({"Parameters": [encrypted, LIMIT]})
    assert [one["Value"] for one in veiled["Parameters"]] == [HIDDEN, "5"]


@pytest.mark.parametrize(
    "expression", ["SET n = n + :n", "ADD n :n", "SET a.b = :n", "SET l[0] = :n", "SET n = if_not_exists(n, :n)", "n"]
)
def test_an_update_that_computes_something_has_no_way_back(expression: str) -> None:
    asked = {**ONE_SET, "UpdateExpression": expression}

    found = undoable(Subject("dynamodb", "UpdateItem", parameters=asked), CATALOGUE)

    assert found == "what its expression makes is known only to DynamoDB"


def _at_place(place: str) -> dict[str, Any]:
    """An answer with a text at that place."""
    name, _, rest = place.partition(".")
    value: Any = _at_place(rest) if rest else "arn:aws:iam::123456789012:policy/made-by-us"
    return {name.removesuffix("[]"): [value]} if name.endswith("[]") else {name: value}


def _merged(places: Iterable[str]) -> dict[str, Any]:
    return {name: value for place in places for name, value in _at_place(place).items()}


def _named(places: Mapping[str, str]) -> dict[str, Any]:
    return dict.fromkeys(places.values(), "made-by-us")


def test_an_instance_that_was_made_is_found_in_what_our_own_record_says() -> None:
    creation = CREATIONS["ec2", "RunInstances"]

    call = creation.call({}, '{"Instances": [{"InstanceId": "i-7"}, {"InstanceId": "i-8"}]}')

    assert (call.operation, call.parameters) == ("TerminateInstances", {"InstanceIds": ["i-7", "i-8"]})
    with pytest.raises(NoWayBack, match="does not say which instance"):
        creation.call({}, "i-7\ti-8")


def test_somebody_else_s_change_is_said_in_words() -> None:
    found = undoable(Subject("autoscaling", "SetDesiredCapacity", parameters={**ASG, "DesiredCapacity": 5}), CATALOGUE)
    assert isinstance(found, Undoable)
    assert isinstance(found.way, WayBack)

    said = found.way.changed_since(found.asked, {"DesiredCapacity": 2}, {"DesiredCapacity": 9})

    assert said == "DesiredCapacity is 9 now, and the command had made it 5"


def test_a_setting_that_cannot_be_put_back_leaves_no_way_back() -> None:
    asked = {**DB, "DBInstanceClass": "db.m5.large", "AllocatedStorage": 500}

    found = undoable(Subject("rds", "ModifyDBInstance", parameters=asked), CATALOGUE)

    assert found == "`AllocatedStorage` is not among what can be put back"


def test_what_destroys_and_has_no_way_back_lacks_one_and_what_the_plan_undoes_does_not() -> None:
    found = undoable(Subject("ec2", "TerminateInstances", parameters={"InstanceIds": ["i-1"]}), CATALOGUE)

    assert lacks_way_back(RiskLevel.DESTRUCTIVE, undoing(RiskLevel.DESTRUCTIVE, found, 0))
    assert not lacks_way_back(RiskLevel.DESTRUCTIVE, undoing(RiskLevel.DESTRUCTIVE, found, 1))
    assert not lacks_way_back(RiskLevel.READ_ONLY, undoing(RiskLevel.READ_ONLY, found, 0))


def test_a_setting_that_was_not_there_is_put_back_to_none_in_plain_words() -> None:
    parameters = {"logGroupName": "g", "retentionInDays": 7}
    command = _command("logs", "PutRetentionPolicy", parameters)
    found = undoable(Subject("logs", "PutRetentionPolicy", parameters=parameters), CATALOGUE)
    never = BeforeState(at=NOW, image={"retention in days": None})

    undo = proposed(UUID(int=9), Facts(command, found, never, ""))

    assert not isinstance(undo, str)
    assert undo.compensations[0].description.startswith("Put back retention in days: none (DeleteRetentionPolicy;")


def test_what_was_made_is_named_for_many_rows_may_undo_the_same_kind() -> None:
    parameters = {"TableName": "shop-9"}
    found = undoable(Subject("dynamodb", "CreateTable", parameters=parameters), CATALOGUE)
    made = json.dumps({"TableDescription": {"TableName": "shop-9"}})

    undo = proposed(UUID(int=9), Facts(_command("dynamodb", "CreateTable", parameters), found, None, made))

    assert not isinstance(undo, str)
    assert undo.compensations[0].description.startswith("Delete the table shop-9 that was made (DeleteTable;")


def test_the_same_facts_propose_the_same_commands_and_what_was_not_read_none() -> None:
    parameters = {**ASG, "DesiredCapacity": 5}
    command = _command("autoscaling", "SetDesiredCapacity", parameters)
    found = undoable(Subject("autoscaling", "SetDesiredCapacity", parameters=parameters), CATALOGUE)
    before = BeforeState(at=NOW, image={"DesiredCapacity": 2})

    first, second = (proposed(UUID(int=9), Facts(command, found, before, "")) for _ in range(2))

    assert first == second
    assert not isinstance(first, str)
    assert first.kind is UndoKind.RESTORE_BEFORE
    assert first.compensations[0].description.startswith("Put back DesiredCapacity 2 (SetDesiredCapacity; undoes")
    unread = BeforeState(at=NOW, unread="no answer within 5 s")
    assert proposed(UUID(int=9), Facts(command, found, unread, "")) == (
        "what was there before is not known: no answer within 5 s"
    )


def _command(service: str, operation: str, parameters: dict[str, Any]) -> Command:
    return Command(
        id=UUID(int=1),
        command_type=Sdk(SdkCommand(service=service, operation=operation, parameters=parameters)),
        description="Change it",
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="us-east-1",
    )




def way_of(name: str, asked: dict[str, Any]) -> tuple[WayBack, Mapping[str, Any]]:
    service, operation = name.split(".")
    found = undoable(Subject(service, operation, parameters=asked), CATALOGUE)
    assert isinstance(found, Undoable), found
    assert isinstance(found.way, WayBack)
    return found.way, found.asked


def test_hundreds_of_instances_are_read_in_groups_and_started_again_together() -> None:
    names = [f"i-{number:03}" for number in range(401)]
    asked = {"InstanceIds": names}
    way, _ = way_of("ec2.StopInstances", asked)

    reads = way.reads(asked)
    there = [instances(**dict.fromkeys((one.replace("-", "_") for one in names[at : at + 200]), "running"))
             for at in (0, 200, 400)]  # fmt: skip

    asked_for = [read.parameters["Filters"][0]["Values"] for read in reads]
    assert [len(one) for one in asked_for] == [200, 200, 1]
    assert [name for one in asked_for for name in one] == names
    assert back("ec2.StopInstances", asked, *there) == [("StartInstances", {"InstanceIds": names})]
    there[2] = instances()
    with pytest.raises(NoWayBack, match="instance i-400 is absent"):
        way.image(asked, of(there))


def test_tags_of_hundreds_of_resources_are_read_in_groups() -> None:
    names = [f"i-{number:03}" for number in range(201)]
    asked = {"Resources": names, "Tags": [{"Key": "Owner", "Value": "new"}]}
    reads = way_of("ec2.CreateTags", asked)[0].reads(asked)
    old = {"ResourceId": names[200], "Key": "Owner", "Value": "old"}

    assert [len(read.parameters["Filters"][0]["Values"]) for read in reads] == [200, 1]
    assert back("ec2.CreateTags", asked, {"Tags": []}, {"Tags": [old]}) == [
        ("DeleteTags", {"Resources": names[:200], "Tags": [{"Key": "Owner"}]}),
        ("CreateTags", {"Resources": names[200:], "Tags": [{"Key": "Owner", "Value": "old"}]}),
    ]
    with pytest.raises(NoWayBack, match="not all tags were listed"):
        back("ec2.CreateTags", asked, {"Tags": []}, {"Tags": [old], "NextToken": "more"})


@pytest.mark.parametrize(("member", "name", "what"), [
    ("InstanceIds", "ec2.StopInstances", "instances"), ("Resources", "ec2.DeleteTags", "resources"),
])  # fmt: skip
def test_of_more_than_are_read_it_is_said_how_many(member: str, name: str, what: str) -> None:
    service, operation = name.split(".")
    asked = {member: [f"i-{number}" for number in range(1_001)], "Tags": [{"Key": "a"}]}

    said = undoable(Subject(service, operation, parameters=asked), CATALOGUE)

    assert said == f"it names 1,001 {what}, and at most 1,000 are read"


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("autoscaling.SetDesiredCapacity", {**ASG, "DesiredCapacity": 5}, "DesiredCapacity is"),
        ("autoscaling.UpdateAutoScalingGroup", {**ASG, "MinSize": 1, "MaxSize": 2}, "MinSize, MaxSize are"),
        ("ec2.CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "Owner"}]}, "tags Owner are"),
        ("ec2.DeleteTags", {"Resources": ["i-1"]}, "the tags are"),
        ("ec2.StopInstances", {"InstanceIds": ["i-1", "i-2"]}, "the state of each instance is"),
        ("cloudwatch.DisableAlarmActions", {"AlarmNames": ["cpu"]}, "the actions of cpu are"),
    ],
)
def test_what_is_read_before_it_is_told_in_one_number(name: str, asked: dict[str, Any], words: str) -> None:
    service, operation = name.split(".")
    found = undoable(Subject(service, operation, parameters=asked), CATALOGUE)

    assert undoing(RiskLevel.MODIFY, found, 0).words == f"{words} read before it, and can be put back"


def asks_to_acknowledge(name: str, asked: dict[str, Any]) -> bool:
    service, operation = name.split(".")
    judged = sdk(service, operation, asked)
    found = undoable(Subject(service, operation, parameters=asked), CATALOGUE)
    assert isinstance(found, Undoable), found
    known = undoing(judged.level, found, 0, judged.flags)
    assert known.kind is not UndoKind.NONE
    return lacks_way_back(judged.level, known)


def test_where_only_the_setting_comes_back_what_goes_by_it_is_acknowledged_and_nothing_else_is() -> None:
    loses = {
        **{name: story.asked for name, story in STORIES.items()},
        "rds.ModifyDBInstance": {**DB, "BackupRetentionPeriod": 0},
        "sqs.SetQueueAttributes": {**QUEUE, "Attributes": {"MessageRetentionPeriod": "60"}},
    }

    assert sorted(name for name, asked in loses.items() if asks_to_acknowledge(name, asked)) == [
        "logs.PutRetentionPolicy", "rds.ModifyDBInstance", "s3.PutBucketLifecycleConfiguration",
        "sqs.SetQueueAttributes",
    ]  # fmt: skip
    longest = {"logGroupName": "g", "retentionInDays": 3653}
    assert asks_to_acknowledge("logs.PutRetentionPolicy", longest), "what is kept now is not known before it is read"


def test_a_key_that_waits_for_its_end_and_an_item_that_was_read_come_back_whole() -> None:
    for name in ("kms.ScheduleKeyDeletion", "dynamodb.DeleteItem", "dynamodb.UpdateItem"):
        service, operation = name.split(".")
        assert RiskFlag.IRREVERSIBLE in sdk(service, operation, STORIES[name].asked).flags
        assert not asks_to_acknowledge(name, STORIES[name].asked)
