"""Ways back against moto: what was there, the command, what leads back, and what is there then.

`LONG_TESTS=1 python -m pytest tests/executors/test_ways_back.py -rs` runs them; one core needs about a minute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from cloudops_tui.executors.answers import plain_answer
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.clients import AwsClients
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.policy.risk.subject import Subject
from cloudops_tui.policy.undo.created import CREATIONS
from cloudops_tui.policy.undo.knowing import Undoable, undoable
from cloudops_tui.policy.undo.way_back import WayBack

pytestmark = pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="LONG_TESTS=1 runs it: a minute of moto")

Asked = dict[str, Any]
Call = Callable[..., Awaitable[dict[str, Any]]]
CATALOGUE = BotocoreCatalogue()
READ_ONLY = "arn:aws:iam::123456789012:policy/look"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
OTHER = POLICY.replace("s3:*", "s3:Get*")
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]})  # fmt: skip
ALARM = {
    "AlarmName": "cpu", "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "Average", "Period": 60,
    "EvaluationPeriods": 2, "Threshold": 80.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
RULE = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "us"}]}
LIFE = {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}]}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
TABLE = {
    "TableName": "t", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}  # fmt: skip
KEY = {"id": {"S": "1"}}
ITEM = {**KEY, "n": {"N": "7"}, "l": {"L": [{"S": "b"}, {"S": "a"}]}, "gone": {"BOOL": True}}


async def instance(call: Call) -> str:
    images = await call("ec2.DescribeImages", Owners=["amazon"])
    made = await call("ec2.RunInstances", ImageId=images["Images"][0]["ImageId"], MinCount=1, MaxCount=1)
    return str(made["Instances"][0]["InstanceId"])


async def instances(call: Call, *, stopped: bool = False) -> Asked:
    name = await instance(call)
    if stopped:
        await call("ec2.StopInstances", InstanceIds=[name])
    return {"InstanceIds": [name]}


async def group(call: Call, operation: str = "") -> Asked:
    made = await call("ec2.CreateSecurityGroup", GroupName="web", Description="Of a test")
    asked = {"GroupId": made["GroupId"], "IpPermissions": [RULE]}
    if operation:
        await call(operation, **asked)
    return asked


async def tags(call: Call, value: str = "") -> Asked:
    volume = (await call("ec2.CreateVolume", AvailabilityZone="us-east-1a", Size=1))["VolumeId"]
    await call("ec2.CreateTags", Resources=[volume], Tags=[{"Key": "stage", "Value": "test"}])
    return {"Resources": [volume], "Tags": [{"Key": "stage", **({"Value": value} if value else {})}]}


async def volume(call: Call, *, attached: bool = False) -> Asked:
    disk = (await call("ec2.CreateVolume", AvailabilityZone="us-east-1a", Size=1))["VolumeId"]
    asked = {"VolumeId": disk, "InstanceId": await instance(call), "Device": "/dev/sdf"}
    if attached:
        await call("ec2.AttachVolume", **asked)
    return asked


async def scaling(call: Call) -> None:
    images = await call("ec2.DescribeImages", Owners=["amazon"])
    image = images["Images"][0]["ImageId"]
    await call(
        "autoscaling.CreateLaunchConfiguration", LaunchConfigurationName="l", ImageId=image, InstanceType="t3.small"
    )
    await call(
        "autoscaling.CreateAutoScalingGroup", AutoScalingGroupName="web", LaunchConfigurationName="l", MinSize=0,
        MaxSize=4, DesiredCapacity=1, AvailabilityZones=["us-east-1a"],
    )  # fmt: skip


async def after(call: Call, asked: Asked, *made: tuple[str, Mapping[str, Any]]) -> Asked:
    for operation, parameters in made:
        await call(operation, **parameters)
    return asked


async def kms(call: Call, *, disabled: bool = False) -> Asked:
    key = (await call("kms.CreateKey"))["KeyMetadata"]["KeyId"]
    if disabled:
        await call("kms.DisableKey", KeyId=key)
    return {"KeyId": key}


async def queue(call: Call) -> Asked:
    url = (await call("sqs.CreateQueue", QueueName="jobs"))["QueueUrl"]
    return {"QueueUrl": url, "Attributes": {"VisibilityTimeout": "60"}}


async def topic(call: Call) -> Asked:
    arn = (await call("sns.CreateTopic", Name="news"))["TopicArn"]
    return {"TopicArn": arn, "AttributeName": "DisplayName", "AttributeValue": "New"}


async def record(call: Call, action: str, *, there: bool) -> Asked:
    zone = (await call("route53.CreateHostedZone", Name="example.com.", CallerReference="1"))["HostedZone"]["Id"]
    old = {"Name": "web.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
    new = old if action == "DELETE" else {**old, "ResourceRecords": [{"Value": "10.0.0.2"}]}

    def batch(what: str, one: Asked) -> Asked:
        changes = [{"Action": what, "ResourceRecordSet": one}]
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}

    if there:
        await call("route53.ChangeResourceRecordSets", **batch("CREATE", old))
    return batch(action, new)


async def access_key(call: Call) -> Asked:
    await call("iam.CreateUser", UserName="bob")
    made = await call("iam.CreateAccessKey", UserName="bob")
    return {"UserName": "bob", "AccessKeyId": made["AccessKey"]["AccessKeyId"], "Status": "Inactive"}


B = {"Bucket": "a-bucket"}
BUCKET = ("s3.CreateBucket", B)
LOOK = ("iam.CreatePolicy", {"PolicyName": "look", "PolicyDocument": OTHER})
ROLE = ("iam.CreateRole", {"RoleName": "web", "AssumeRolePolicyDocument": TRUST})
USER = ("iam.CreateUser", {"UserName": "bob"})
INLINE = {"PolicyName": "p", "PolicyDocument": OTHER}
LOGS = ("logs.CreateLogGroup", {"logGroupName": "g"})
NIGHTLY = ("events.PutRule", {"Name": "nightly", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"})
TARGET = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:jobs"}
DB = (
    "rds.CreateDBInstance",
    {"DBInstanceIdentifier": "d", "DBInstanceClass": "db.t3.small", "Engine": "mysql", "AllocatedStorage": 20,
     "MasterUsername": "root", "MasterUserPassword": "not-a-secret-1", "BackupRetentionPeriod": 1},
)  # fmt: skip
PUT = ("dynamodb.PutItem", {"TableName": "t", "Item": ITEM})
T = ("dynamodb.CreateTable", TABLE)
PARAMETER = {"Name": "/web/limit", "Value": "5", "Type": "String", "Description": "How many"}

CASES: dict[str, Callable[[Call], Awaitable[Asked]]] = {
    "ec2.StartInstances": lambda call: instances(call, stopped=True),
    "ec2.StopInstances": instances,
    "ec2.AuthorizeSecurityGroupIngress": group,
    "ec2.AuthorizeSecurityGroupEgress": group,
    "ec2.RevokeSecurityGroupIngress": lambda call: group(call, "ec2.AuthorizeSecurityGroupIngress"),
    "ec2.RevokeSecurityGroupEgress": lambda call: group(call, "ec2.AuthorizeSecurityGroupEgress"),
    "ec2.CreateTags": lambda call: tags(call, "prod"),
    "ec2.DeleteTags": tags,
    "ec2.AttachVolume": volume,
    "ec2.DetachVolume": lambda call: volume(call, attached=True),
    "autoscaling.UpdateAutoScalingGroup": lambda call: _scaled(call, {"MinSize": 1, "MaxSize": 6}),
    "autoscaling.SetDesiredCapacity": lambda call: _scaled(call, {"DesiredCapacity": 3}),
    "autoscaling.SuspendProcesses": lambda call: _scaled(call, {"ScalingProcesses": ["Launch"]}),
    "iam.AttachRolePolicy": lambda call: after(call, {"RoleName": "web", "PolicyArn": READ_ONLY}, LOOK, ROLE),
    "iam.DetachRolePolicy": lambda call: after(
        call, {"RoleName": "web", "PolicyArn": READ_ONLY}, LOOK, ROLE,
        ("iam.AttachRolePolicy", {"RoleName": "web", "PolicyArn": READ_ONLY})),
    "iam.AttachUserPolicy": lambda call: after(call, {"UserName": "bob", "PolicyArn": READ_ONLY}, LOOK, USER),
    "iam.DetachUserPolicy": lambda call: after(
        call, {"UserName": "bob", "PolicyArn": READ_ONLY}, LOOK, USER,
        ("iam.AttachUserPolicy", {"UserName": "bob", "PolicyArn": READ_ONLY})),
    "iam.PutRolePolicy": lambda call: after(
        call, {"RoleName": "web", "PolicyName": "p", "PolicyDocument": POLICY}, ROLE,
        ("iam.PutRolePolicy", {"RoleName": "web", **INLINE})),
    "iam.DeleteRolePolicy": lambda call: after(
        call, {"RoleName": "web", "PolicyName": "p"}, ROLE, ("iam.PutRolePolicy", {"RoleName": "web", **INLINE})),
    "iam.PutUserPolicy": lambda call: after(call, {"UserName": "bob", **INLINE}, USER),
    "iam.DeleteUserPolicy": lambda call: after(
        call, {"UserName": "bob", "PolicyName": "p"}, USER, ("iam.PutUserPolicy", {"UserName": "bob", **INLINE})),
    "iam.UpdateAssumeRolePolicy": lambda call: after(
        call, {"RoleName": "web", "PolicyDocument": TRUST.replace("ec2.", "lambda.")}, ROLE),
    "iam.UpdateAccessKey": access_key,
    "kms.DisableKey": kms,
    "kms.EnableKey": lambda call: kms(call, disabled=True),
    "kms.ScheduleKeyDeletion": kms,
    "secretsmanager.DeleteSecret": lambda call: after(
        call, {"SecretId": "db"}, ("secretsmanager.CreateSecret", {"Name": "db", "SecretString": "x"})),
    "rds.ModifyDBInstance": lambda call: after(
        call, {"DBInstanceIdentifier": "d", "BackupRetentionPeriod": 7, "ApplyImmediately": True}, DB),
    "rds.StopDBInstance": lambda call: after(call, {"DBInstanceIdentifier": "d"}, DB),
    "rds.StartDBInstance": lambda call: after(
        call, {"DBInstanceIdentifier": "d"}, DB, ("rds.StopDBInstance", {"DBInstanceIdentifier": "d"})),
    "dynamodb.UpdateTable": lambda call: after(call, {"TableName": "t", "DeletionProtectionEnabled": True}, T),
    "dynamodb.DeleteItem": lambda call: after(call, {"TableName": "t", "Key": KEY}, T, PUT),
    "dynamodb.PutItem": lambda call: after(call, {"TableName": "t", "Item": {**KEY, "n": {"N": "8"}}}, T, PUT),
    "dynamodb.PutItem of a new item": lambda call: after(call, {"TableName": "t", "Item": ITEM}, T),
    "dynamodb.UpdateItem": lambda call: after(call, _update("SET n = :n, made = :n REMOVE gone"), T, PUT),
    "dynamodb.UpdateItem of a new item": lambda call: after(call, _update("SET n = :n"), T),
    "ssm.PutParameter": lambda call: after(
        call, {**PARAMETER, "Value": "9", "Description": "More", "Overwrite": True}, ("ssm.PutParameter", PARAMETER)),
    "ssm.PutParameter of a new one": lambda call: after(call, PARAMETER),
    "s3.PutBucketPolicy": lambda call: after(call, {**B, "Policy": POLICY}, BUCKET),
    "s3.DeleteBucketPolicy": lambda call: after(call, B, BUCKET, ("s3.PutBucketPolicy", {**B, "Policy": POLICY})),
    "s3.PutBucketLifecycleConfiguration": lambda call: after(call, {**B, "LifecycleConfiguration": LIFE}, BUCKET),
    "s3.DeleteBucketLifecycle": lambda call: after(
        call, B, BUCKET, ("s3.PutBucketLifecycleConfiguration", {**B, "LifecycleConfiguration": LIFE})),
    "s3.PutPublicAccessBlock": lambda call: after(call, {**B, "PublicAccessBlockConfiguration": BLOCK}, BUCKET),
    "s3.DeletePublicAccessBlock": lambda call: after(
        call, B, BUCKET, ("s3.PutPublicAccessBlock", {**B, "PublicAccessBlockConfiguration": BLOCK})),
    "s3.PutBucketVersioning": lambda call: after(
        call, {**B, "VersioningConfiguration": {"Status": "Suspended"}}, BUCKET,
        ("s3.PutBucketVersioning", {**B, "VersioningConfiguration": {"Status": "Enabled"}})),
    "logs.PutRetentionPolicy": lambda call: after(call, {"logGroupName": "g", "retentionInDays": 7}, LOGS),
    "logs.DeleteRetentionPolicy": lambda call: after(
        call, {"logGroupName": "g"}, LOGS, ("logs.PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 30})),
    "cloudwatch.PutMetricAlarm": lambda call: after(
        call, {**ALARM, "Threshold": 90.0}, ("cloudwatch.PutMetricAlarm", ALARM)),
    "cloudwatch.DeleteAlarms": lambda call: after(call, {"AlarmNames": ["cpu"]}, ("cloudwatch.PutMetricAlarm", ALARM)),
    "cloudwatch.DisableAlarmActions": lambda call: after(
        call, {"AlarmNames": ["cpu"]}, ("cloudwatch.PutMetricAlarm", ALARM)),
    "events.DisableRule": lambda call: after(call, {"Name": "nightly"}, NIGHTLY),
    "events.EnableRule": lambda call: after(
        call, {"Name": "nightly"}, NIGHTLY, ("events.DisableRule", {"Name": "nightly"})),
    "events.PutRule": lambda call: after(call, {"Name": "nightly", "ScheduleExpression": "rate(2 days)"}, NIGHTLY),
    "events.PutTargets": lambda call: after(call, {"Rule": "nightly", "Targets": [TARGET]}, NIGHTLY),
    "events.RemoveTargets": lambda call: after(
        call, {"Rule": "nightly", "Ids": ["1"]}, NIGHTLY,
        ("events.PutTargets", {"Rule": "nightly", "Targets": [TARGET]})),
    "sqs.SetQueueAttributes": queue,
    "sns.SetTopicAttributes": topic,
    "route53.ChangeResourceRecordSets": lambda call: record(call, "UPSERT", there=True),
    "route53.ChangeResourceRecordSets of a new record": lambda call: record(call, "CREATE", there=False),
    "route53.ChangeResourceRecordSets that deletes": lambda call: record(call, "DELETE", there=True),
}  # fmt: skip


async def _scaled(call: Call, asked: Asked) -> Asked:
    await scaling(call)
    return {"AutoScalingGroupName": "web", **asked}


def _update(expression: str) -> Asked:
    return {
        "TableName": "t", "Key": KEY, "UpdateExpression": expression, "ExpressionAttributeValues": {":n": {"N": "8"}}
    }  # fmt: skip


MADE: dict[str, Asked] = {
    "ec2.AllocateAddress": {"Domain": "vpc"},
    "ec2.CreateInternetGateway": {},
    "ec2.CreateKeyPair": {"KeyName": "k"},
    "ec2.CreateSecurityGroup": {"GroupName": "g", "Description": "Of a test"},
    "ec2.CreateVolume": {"AvailabilityZone": "us-east-1a", "Size": 1},
    "ec2.CreateVpc": {"CidrBlock": "10.1.0.0/16"},
    "dynamodb.CreateTable": TABLE,
    "iam.CreateGroup": {"GroupName": "g"},
    "iam.CreateInstanceProfile": {"InstanceProfileName": "p"},
    "iam.CreatePolicy": {"PolicyName": "p", "PolicyDocument": POLICY},
    "iam.CreateRole": ROLE[1],
    "iam.CreateUser": USER[1],
    "logs.CreateLogGroup": LOGS[1],
    "secretsmanager.CreateSecret": {"Name": "db", "SecretString": "x"},
}  # fmt: skip


SILENT = {"ec2.CreateKeyPair"}
"""Deleted twice, nobody complains."""


@pytest.fixture
async def call(aws_environment: Mapping[str, str]) -> Any:
    clients = AwsClients()

    async def made(name: str, **parameters: Any) -> dict[str, Any]:
        from botocore import xform_name

        service, operation = name.split(".")
        async with clients.client(service, "default", "us-east-1") as client:
            return await plain_answer(await getattr(client, xform_name(operation))(**parameters), None)

    yield made
    await clients.close()


@pytest.mark.parametrize("name", CASES)
async def test_what_was_there_is_there_again(call: Call, name: str) -> None:
    service, operation = name.partition(" ")[0].split(".")
    asked = await CASES[name](call)
    found = undoable(Subject(service, operation, parameters=asked), CATALOGUE)
    assert isinstance(found, Undoable), found
    way = found.way
    assert isinstance(way, WayBack)
    executor = SdkExecutor(catalogue=CATALOGUE)

    async def image() -> Mapping[str, Any]:
        answers = list(await executor.ask(way.reads(found.asked), "default", "us-east-1"))
        if more := way.then(found.asked, answers):
            answers += await executor.ask(more, "default", "us-east-1")
        kept: Mapping[str, Any] = json.loads(json.dumps(way.image(found.asked, answers)))
        return kept

    before = await image()
    await call(f"{service}.{operation}", **asked)
    after_it = await image()
    calls = way.calls(found.asked, before)
    said = way.changed_since(found.asked, before, after_it)
    was_back = way.is_back(found.asked, before, after_it)
    for one in calls:
        await call(f"{service}.{one.operation}", **one.parameters)
    now = await image()
    await executor.close()

    assert calls
    assert said is None
    assert not was_back, "the command changed something"
    assert way.is_back(found.asked, before, now)
    assert now == before


@pytest.mark.parametrize("name", MADE)
async def test_what_was_made_is_deleted(call: Call, name: str) -> None:
    service, operation = name.split(".")
    asked = MADE[name]

    answer = await call(name, **asked)
    deletion = CREATIONS[service, operation].call(asked, json.dumps(answer))
    await call(f"{service}.{deletion.operation}", **deletion.parameters)

    if name in SILENT:
        return
    gone = r"(?i)not exist|not found|nosuch|invalid|cannot be found|unknown|deleted"
    with pytest.raises(Exception, match=gone):
        await call(f"{service}.{deletion.operation}", **deletion.parameters)
