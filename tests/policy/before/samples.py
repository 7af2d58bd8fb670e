"""One call of every operation that is looked at before it is made, and what AWS would answer the reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ABSENT = "ABSENT"
"""The first of the errors by which the read says that there is no such thing."""


@dataclass(frozen=True)
class Sample:
    """A write and the world around it."""

    parameters: Mapping[str, Any]
    answers: Mapping[str, Any] = field(default_factory=dict)
    """By call: a body, a list of bodies in order, ABSENT, or an error as `Code: message`."""


def _instance(name: str, state: str = "running", **more: Any) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": "web-1"}]
    zone = {"AvailabilityZone": "eu-west-1a"}
    return {
        "InstanceId": name, "InstanceType": "t3.large", "State": {"Name": state}, "Placement": zone, "Tags": tags,
        **more,
    }  # fmt: skip


def _instances(*all_of_them: dict[str, Any]) -> dict[str, Any]:
    return {"ec2.DescribeInstances": {"Reservations": [{"Instances": list(all_of_them)}]}}


def _rule(port: int, source: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}


GROUP = {
    "GroupId": "sg-1", "GroupName": "web", "VpcId": "vpc-1", "IpPermissions": [_rule(443, "0.0.0.0/0")],
    "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
}  # fmt: skip
GROUPS = {"ec2.DescribeSecurityGroups": {"SecurityGroups": [GROUP]}}
VOLUME = {"VolumeId": "vol-1", "State": "available", "Size": 100, "VolumeType": "gp3", "Iops": 3000}
IN_USE = {**VOLUME, "State": "in-use", "Attachments": [{"InstanceId": "i-1", "Device": "/dev/sdf"}]}
SCALING = {
    "AutoScalingGroupName": "web", "MinSize": 2, "MaxSize": 8, "DesiredCapacity": 4,
    "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}], "HealthCheckType": "EC2",
}  # fmt: skip
SCALED = {"autoscaling.DescribeAutoScalingGroups": {"AutoScalingGroups": [SCALING]}}
DB = {
    "DBInstanceIdentifier": "orders", "DBInstanceStatus": "available", "Engine": "postgres", "EngineVersion": "16.3",
    "DBInstanceClass": "db.r6g.large", "AllocatedStorage": 100, "MultiAZ": True, "BackupRetentionPeriod": 7,
    "DeletionProtection": False, "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "default.postgres16"}], "PendingModifiedValues": {},
}  # fmt: skip
CLUSTER = {
    "DBClusterIdentifier": "orders", "Status": "available", "Engine": "aurora-postgresql", "EngineVersion": "16.2",
    "DBClusterMembers": [], "BackupRetentionPeriod": 7, "DeletionProtection": False,
    "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
}  # fmt: skip
TABLE = {
    "TableName": "orders", "TableStatus": "ACTIVE", "ItemCount": 1200, "TableSizeBytes": 4_300_000,
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "DeletionProtectionEnabled": False,
    "ProvisionedThroughput": {"ReadCapacityUnits": 10, "WriteCapacityUnits": 5},
    "GlobalSecondaryIndexes": [{"IndexName": "by-day"}],
}  # fmt: skip
POLICY = '{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
NEW_POLICY = POLICY.replace("s3:GetObject", "s3:*")
OBJECT = {"ContentLength": 1_400_000, "LastModified": "2026-01-31T08:00:00Z", "ETag": '"1"'}
ROLE = {
    "RoleName": "deploy", "Arn": "arn:aws:iam::123456789012:role/deploy", "CreateDate": "2024-01-01T00:00:00Z",
    "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]},
    "RoleLastUsed": {"LastUsedDate": "2026-01-30T12:00:00Z"},
}  # fmt: skip
USER = {"UserName": "ann", "Arn": "arn:aws:iam::123456789012:user/ann", "CreateDate": "2024-01-01T00:00:00Z"}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ATTACHED = {"AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}], "IsTruncated": False}
MANAGED = "arn:aws:iam::123456789012:policy/deploy"
MANAGED_POLICY = {"PolicyName": "deploy", "Arn": MANAGED, "DefaultVersionId": "v3", "AttachmentCount": 2}
FUNCTION = {
    "FunctionName": "resize", "Runtime": "python3.12", "MemorySize": 256, "Timeout": 30, "CodeSize": 52_000,
    "LastModified": "2026-01-02T03:04:05.000+0000", "State": "Active", "LastUpdateStatus": "Successful",
    "CodeSha256": "rjZk6GJh0z6GW4TCVkWWFhM2X2I7vNmYFAv5gV3kg1k=", "Layers": [{"Arn": "arn:aws:lambda:::layer:a:1"}],
    "Environment": {"Variables": {"TOKEN": "hunter2-now", "STAGE": "prod"}},
}  # fmt: skip
SERVICE = {
    "serviceName": "web", "status": "ACTIVE", "desiredCount": 4, "runningCount": 4,
    "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:11",
}  # fmt: skip
TASK = {
    "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12", "status": "ACTIVE"
    }
}  # fmt: skip
NODES = {
    "nodegroupName": "workers", "clusterName": "main", "status": "ACTIVE", "version": "1.31",
    "releaseVersion": "1.31.4-20260101", "labels": {"team": "web"},
    "scalingConfig": {"minSize": 2, "maxSize": 6, "desiredSize": 4}, "taints": [],
}  # fmt: skip
TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/1"
OTHER_TARGETS = TARGETS.replace("web/1", "web-new/2")
HEALTH = {
    "TargetHealthDescriptions": [
        {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "healthy"}},
        {"Target": {"Id": "i-2", "Port": 80}, "TargetHealth": {"State": "healthy"}},
    ]
}
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/web/1/2"
LISTENING = {
    "ListenerArn": LISTENER, "Port": 80, "Protocol": "HTTP",
    "DefaultActions": [
        {
            "Type": "forward", "TargetGroupArn": TARGETS,
            "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": TARGETS, "Weight": 1}]},
        }
    ],
}  # fmt: skip
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1"
BALANCING = {
    "LoadBalancerArn": BALANCER, "LoadBalancerName": "web", "Type": "application", "Scheme": "internal",
    "State": {"Code": "active"}, "DNSName": "web-1.elb.amazonaws.com",
}  # fmt: skip
STACK = {
    "StackName": "shop", "StackStatus": "UPDATE_COMPLETE", "CreationTime": "2025-01-01T00:00:00Z",
    "EnableTerminationProtection": False, "Tags": [{"Key": "team", "Value": "web"}],
    "Parameters": [
        {"ParameterKey": "Size", "ParameterValue": "small"}, {"ParameterKey": "Password", "ParameterValue": "****"},
    ],
}  # fmt: skip
STACKS = {"cloudformation.DescribeStacks": {"Stacks": [STACK]}}
TEMPLATE = {
    "Parameters": [{"ParameterKey": "Size", "DefaultValue": "small"}, {"ParameterKey": "Password", "NoEcho": True}],
    "Capabilities": ["CAPABILITY_IAM"], "CapabilitiesReason": "The following resource(s) require capabilities: [Role]",
}  # fmt: skip
ALARM = {
    "AlarmName": "cpu", "StateValue": "OK", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Threshold": 80.0,
    "Period": 300, "EvaluationPeriods": 3, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Average",
    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"], "ActionsEnabled": True,
}  # fmt: skip
ALARMS = {"cloudwatch.DescribeAlarms": {"MetricAlarms": [ALARM]}}
RULE = {"Name": "nightly", "State": "ENABLED", "ScheduleExpression": "rate(1 day)", "Description": "Backup"}
RULED = {"events.DescribeRule": RULE}
TARGET_LIST = {"Targets": [{"Id": "1", "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:backup"}]}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
QUEUED = {
    "sqs.GetQueueAttributes": {
        "Attributes": {
            "ApproximateNumberOfMessages": "17", "ApproximateNumberOfMessagesNotVisible": "2",
            "VisibilityTimeout": "30", "Policy": POLICY,
        }
    }
}  # fmt: skip
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"
TOPICAL = {"sns.GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "3", "DisplayName": "Ops"}}}
KEY = {
    "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "KeyState": "Enabled", "KeyManager": "CUSTOMER",
    "Arn": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "Description": "Backups",
}  # fmt: skip
KEYED = {"kms.DescribeKey": {"KeyMetadata": KEY}}
SECRET = {
    "Name": "db/orders", "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/orders-AbCdEf",
    "LastChangedDate": "2026-01-01T00:00:00Z", "RotationEnabled": True,
    "VersionIdsToStages": {"11111111-1111-1111-1111-111111111111": ["AWSCURRENT"]},
}  # fmt: skip
SECRETS = {"secretsmanager.DescribeSecret": SECRET}
PARAMETER = {
    "Name": "/app/mode", "Type": "String", "Version": 4, "LastModifiedDate": "2026-01-01T00:00:00Z",
    "LastModifiedUser": "arn:aws:iam::123456789012:user/ann", "Tier": "Standard",
}  # fmt: skip
PARAMETERS = {"ssm.DescribeParameters": {"Parameters": [PARAMETER]}}
RECORD = {"Name": "www.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}]}
LOGS = {
    "logs.DescribeLogGroups": {
        "logGroups": [
            {"logGroupName": "/ecs/app", "storedBytes": 12_300_000, "retentionInDays": 30},
            {"logGroupName": "/ecs/app-2", "storedBytes": 1},
        ]
    }
}


def _change(action: str, value: str, name: str = "www.example.com") -> dict[str, Any]:
    record = {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value}]}
    return {"Action": action, "ResourceRecordSet": record}


def _resource(action: str, name: str, replacement: str | None = None) -> dict[str, Any]:
    change = {"Action": action, "LogicalResourceId": name, "ResourceType": "AWS::EC2::Instance"}
    if replacement:
        change |= {"Replacement": replacement, "PhysicalResourceId": f"i-{name.lower()}"}
    return {"Type": "Resource", "ResourceChange": change}


CHANGE_SET = {
    "ChangeSetName": "bigger", "StackName": "shop", "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE",
}  # fmt: skip

SAMPLES: dict[str, Sample] = {
    "ec2.RunInstances": Sample(
        {"ImageId": "ami-1", "MinCount": 2, "MaxCount": 2, "InstanceType": "t3.large"},
        {"ec2.DescribeImages": {"Images": [{"ImageId": "ami-1", "Name": "base-2026", "State": "available",
                                            "DeprecationTime": "2026-02-01T00:00:00Z"}]}},
    ),
    "ec2.StartInstances": Sample({"InstanceIds": ["i-1", "i-2"]}, _instances(_instance("i-1", "stopped"))),
    "ec2.StopInstances": Sample({"InstanceIds": ["i-1", "i-2"]}, _instances(_instance("i-1"), _instance("i-2"))),
    "ec2.RebootInstances": Sample({"InstanceIds": ["i-1"]}, _instances(_instance("i-1"))),
    "ec2.TerminateInstances": Sample(
        {"InstanceIds": ["i-1", "i-2"]},
        _instances(
            _instance("i-1", BlockDeviceMappings=[{"Ebs": {"VolumeId": "vol-1", "DeleteOnTermination": True}}]),
            _instance("i-2", "terminated"),
        )
        | {"ec2.DescribeInstanceAttribute": [
            {"InstanceId": "i-1", "DisableApiTermination": {"Value": True}},
            {"InstanceId": "i-2", "DisableApiTermination": {"Value": False}},
        ]},
    ),
    "ec2.ModifyInstanceAttribute": Sample(
        {"InstanceId": "i-1", "InstanceType": {"Value": "t3.xlarge"}}, _instances(_instance("i-1"))
    ),
    "ec2.AuthorizeSecurityGroupIngress": Sample(
        {"GroupId": "sg-1", "IpPermissions": [_rule(443, "0.0.0.0/0"), _rule(22, "10.0.0.0/8")]}, GROUPS
    ),
    "ec2.AuthorizeSecurityGroupEgress": Sample(
        {"GroupId": "sg-1", "IpPermissions": [_rule(443, "192.0.2.0/24")]}, GROUPS
    ),
    "ec2.RevokeSecurityGroupIngress": Sample(
        {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}, GROUPS
    ),
    "ec2.RevokeSecurityGroupEgress": Sample(
        {"GroupId": "sg-1", "SecurityGroupRuleIds": ["sgr-1", "sgr-2"]},
        GROUPS | {"ec2.DescribeSecurityGroupRules": {"SecurityGroupRules": [
            {"SecurityGroupRuleId": "sgr-1", "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"},
        ]}},
    ),
    "ec2.DeleteSecurityGroup": Sample(
        {"GroupId": "sg-1"},
        {
            "ec2.DescribeSecurityGroups": [{"SecurityGroups": [GROUP]}, {"SecurityGroups": [{"GroupId": "sg-2"}]}],
            "ec2.DescribeNetworkInterfaces": {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]},
        },
    ),
    "ec2.CreateTags": Sample(
        {"Resources": ["i-1"], "Tags": [{"Key": "Name", "Value": "web-2"}, {"Key": "team", "Value": "web"}]},
        {"ec2.DescribeTags": {"Tags": [{"ResourceId": "i-1", "Key": "Name", "Value": "web-1"}]}},
    ),
    "ec2.DeleteTags": Sample(
        {"Resources": ["i-1"], "Tags": [{"Key": "Name"}, {"Key": "team"}]},
        {"ec2.DescribeTags": {"Tags": [{"ResourceId": "i-1", "Key": "Name", "Value": "web-1"}]}},
    ),
    "ec2.DeleteVolume": Sample({"VolumeId": "vol-1"}, {"ec2.DescribeVolumes": {"Volumes": [IN_USE]}}),
    "ec2.DetachVolume": Sample({"VolumeId": "vol-1"}, {"ec2.DescribeVolumes": {"Volumes": [IN_USE]}}),
    "ec2.ModifyVolume": Sample({"VolumeId": "vol-1", "Size": 200, "Iops": 3000},
                               {"ec2.DescribeVolumes": {"Volumes": [VOLUME]}}),
    "ec2.DeleteSnapshot": Sample(
        {"SnapshotId": "snap-1"},
        {
            "ec2.DescribeSnapshots": {"Snapshots": [{"SnapshotId": "snap-1", "State": "completed", "VolumeSize": 8,
                                                     "VolumeId": "vol-1", "StartTime": "2026-01-01T00:00:00Z"}]},
            "ec2.DescribeImages": {"Images": [{"ImageId": "ami-1"}]},
        },
    ),
    "ec2.DeregisterImage": Sample({"ImageId": "ami-1"}, {"ec2.DescribeImages": {"Images": [
        {"ImageId": "ami-1", "Name": "base", "State": "available", "CreationDate": "2026-01-01T00:00:00Z"}]}}),
    "ec2.ReleaseAddress": Sample({"AllocationId": "eipalloc-1"}, {"ec2.DescribeAddresses": {"Addresses": [
        {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", "InstanceId": "i-1", "AssociationId": "eipassoc-1"}]}}),
    "autoscaling.UpdateAutoScalingGroup": Sample(
        {"AutoScalingGroupName": "web", "MinSize": 0, "DesiredCapacity": 0, "HealthCheckType": "EC2"}, SCALED
    ),
    "autoscaling.SetDesiredCapacity": Sample({"AutoScalingGroupName": "web", "DesiredCapacity": 12}, SCALED),
    "autoscaling.DeleteAutoScalingGroup": Sample({"AutoScalingGroupName": "web"}, SCALED),
    "lambda.UpdateFunctionConfiguration": Sample(
        {"FunctionName": "resize", "MemorySize": 512, "Timeout": 30,
         "Environment": {"Variables": {"TOKEN": "hunter2-new", "LEVEL": "debug"}}},
        {"lambda.GetFunctionConfiguration": FUNCTION},
    ),
    "lambda.UpdateFunctionCode": Sample(
        {"FunctionName": "resize", "ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}},
        {"lambda.GetFunctionConfiguration": FUNCTION},
    ),
    "lambda.DeleteFunction": Sample({"FunctionName": "resize"}, {"lambda.GetFunctionConfiguration": FUNCTION}),
    "lambda.PutFunctionConcurrency": Sample(
        {"FunctionName": "resize", "ReservedConcurrentExecutions": 0}, {"lambda.GetFunctionConcurrency": {}}
    ),
    "lambda.DeleteFunctionConcurrency": Sample(
        {"FunctionName": "resize"}, {"lambda.GetFunctionConcurrency": {"ReservedConcurrentExecutions": 5}}
    ),
    "lambda.UpdateAlias": Sample(
        {"FunctionName": "resize", "Name": "live", "FunctionVersion": "8"},
        {"lambda.GetAlias": {"Name": "live", "FunctionVersion": "7"}},
    ),
    "lambda.DeleteAlias": Sample({"FunctionName": "resize", "Name": "live"}, {"lambda.GetAlias": ABSENT}),
    "ecs.UpdateService": Sample(
        {"cluster": "main", "service": "web", "desiredCount": 1, "taskDefinition": "web"},
        {"ecs.DescribeServices": {"services": [SERVICE]}, "ecs.DescribeTaskDefinition": TASK},
    ),
    "ecs.DeleteService": Sample(
        {"cluster": "main", "service": "web"}, {"ecs.DescribeServices": {"services": [SERVICE]}}
    ),
    "eks.UpdateNodegroupConfig": Sample(
        {
            "clusterName": "main", "nodegroupName": "workers", "scalingConfig": {"desiredSize": 1, "maxSize": 6},
            "labels": {"addOrUpdateLabels": {"tier": "front"}, "removeLabels": ["team"]},
            "taints": {"addOrUpdateTaints": [{"key": "gone", "value": "1", "effect": "NO_EXECUTE"}]},
        },
        {"eks.DescribeNodegroup": {"nodegroup": NODES}},
    ),
    "eks.UpdateNodegroupVersion": Sample(
        {"clusterName": "main", "nodegroupName": "workers", "version": "1.32"},
        {"eks.DescribeNodegroup": {"nodegroup": NODES}},
    ),
    "eks.DeleteNodegroup": Sample(
        {"clusterName": "main", "nodegroupName": "workers"}, {"eks.DescribeNodegroup": {"nodegroup": NODES}}
    ),
    "elbv2.DeregisterTargets": Sample(
        {"TargetGroupArn": TARGETS, "Targets": [{"Id": "i-1"}, {"Id": "i-9"}]}, {"elbv2.DescribeTargetHealth": HEALTH}
    ),
    "elbv2.RegisterTargets": Sample(
        {"TargetGroupArn": TARGETS, "Targets": [{"Id": "i-1"}, {"Id": "i-9"}]}, {"elbv2.DescribeTargetHealth": HEALTH}
    ),
    "elbv2.ModifyListener": Sample(
        {"ListenerArn": LISTENER, "Port": 80, "DefaultActions": [{"Type": "forward", "TargetGroupArn": OTHER_TARGETS}]},
        {"elbv2.DescribeListeners": {"Listeners": [LISTENING]}},
    ),
    "elbv2.DeleteListener": Sample({"ListenerArn": LISTENER}, {"elbv2.DescribeListeners": {"Listeners": [LISTENING]}}),
    "elbv2.DeleteLoadBalancer": Sample(
        {"LoadBalancerArn": BALANCER},
        {
            "elbv2.DescribeLoadBalancers": {"LoadBalancers": [BALANCING]},
            "elbv2.DescribeLoadBalancerAttributes": {
                "Attributes": [{"Key": "deletion_protection.enabled", "Value": "true"}]
            },
        },
    ),
    "elbv2.DeleteTargetGroup": Sample(
        {"TargetGroupArn": TARGETS},
        {"elbv2.DescribeTargetGroups": {"TargetGroups": [
            {"TargetGroupArn": TARGETS, "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80,
             "LoadBalancerArns": [BALANCER]}]}},
    ),
    "cloudformation.DeleteStack": Sample(
        {"StackName": "shop"},
        STACKS | {"cloudformation.ListStackResources": {"StackResourceSummaries": [{"LogicalResourceId": "A"}] * 2}},
    ),
    "cloudformation.UpdateStack": Sample(
        {
            "StackName": "shop", "TemplateBody": "{}",
            "Parameters": [
                {"ParameterKey": "Size", "ParameterValue": "large"},
                {"ParameterKey": "Password", "ParameterValue": "hunter2-new"},
            ],
        },
        STACKS | {"cloudformation.ValidateTemplate": TEMPLATE},
    ),
    "cloudformation.CreateStack": Sample(
        {"StackName": "shop-2", "TemplateBody": "{}", "Capabilities": ["CAPABILITY_NAMED_IAM"]},
        {"cloudformation.DescribeStacks": "ValidationError: Stack with id shop-2 does not exist",
         "cloudformation.ValidateTemplate": TEMPLATE},
    ),
    "cloudformation.ExecuteChangeSet": Sample(
        {"ChangeSetName": "bigger", "StackName": "shop"},
        {"cloudformation.DescribeChangeSet": [
            {**CHANGE_SET, "Changes": [_resource("Add", "New"), _resource("Modify", "Tag", "False")], "NextToken": "2"},
            {**CHANGE_SET, "Changes": [
                _resource("Modify", "Maybe", "Conditional"), _resource("Remove", "Old"),
                _resource("Modify", "Disk", "True")]},
        ]},
    ),
    "rds.ModifyDBInstance": Sample(
        {
            "DBInstanceIdentifier": "Orders", "DBInstanceClass": "db.r6g.xlarge", "BackupRetentionPeriod": 0,
            "VpcSecurityGroupIds": ["sg-1"], "DBParameterGroupName": "tuned", "MasterUserPassword": "hunter2-new",
        },
        {"rds.DescribeDBInstances": {"DBInstances": [DB]}},
    ),
    "rds.DeleteDBInstance": Sample(
        {"DBInstanceIdentifier": "orders", "SkipFinalSnapshot": True},
        {"rds.DescribeDBInstances": {"DBInstances": [{**DB, "DeletionProtection": True}]}},
    ),
    "rds.StopDBInstance": Sample(
        {"DBInstanceIdentifier": "orders"}, {"rds.DescribeDBInstances": {"DBInstances": [DB]}}
    ),
    "rds.StartDBInstance": Sample(
        {"DBInstanceIdentifier": "orders"}, {"rds.DescribeDBInstances": {"DBInstances": [DB]}}
    ),
    "rds.RebootDBInstance": Sample(
        {"DBInstanceIdentifier": "orders", "ForceFailover": True}, {"rds.DescribeDBInstances": {"DBInstances": [DB]}}
    ),
    "rds.ModifyDBCluster": Sample(
        {"DBClusterIdentifier": "orders", "BackupRetentionPeriod": 14, "ApplyImmediately": True},
        {"rds.DescribeDBClusters": {"DBClusters": [CLUSTER]}},
    ),
    "rds.DeleteDBCluster": Sample(
        {"DBClusterIdentifier": "orders", "FinalDBSnapshotIdentifier": "last"},
        {"rds.DescribeDBClusters": {"DBClusters": [
            {**CLUSTER, "DBClusterMembers": [{"DBInstanceIdentifier": "orders-1"}]}]}},
    ),
    "rds.StopDBCluster": Sample({"DBClusterIdentifier": "orders"}, {"rds.DescribeDBClusters": ABSENT}),
    "rds.FailoverDBCluster": Sample(
        {"DBClusterIdentifier": "orders"}, {"rds.DescribeDBClusters": {"DBClusters": [CLUSTER]}}
    ),
    "dynamodb.UpdateTable": Sample(
        {
            "TableName": "orders", "BillingMode": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexUpdates": [
                {"Delete": {"IndexName": "by-day"}}, {"Delete": {"IndexName": "by-hour"}}
            ],
        },
        {"dynamodb.DescribeTable": {"Table": TABLE}},
    ),
    "dynamodb.DeleteTable": Sample({"TableName": "orders"}, {"dynamodb.DescribeTable": {"Table": TABLE}}),
    "dynamodb.DeleteItem": Sample({"TableName": "orders", "Key": {"id": {"S": "7"}}}, {"dynamodb.GetItem": {}}),
    "dynamodb.UpdateItem": Sample(
        {"TableName": "orders", "Key": {"id": {"S": "7"}}}, {"dynamodb.GetItem": {"Item": {"id": {"S": "7"}}}}
    ),
    "dynamodb.PutItem": Sample(
        {"TableName": "orders", "Item": {"id": {"S": "7"}, "note": {"S": "hunter2-new"}}},
        {"dynamodb.DescribeTable": {"Table": TABLE}, "dynamodb.GetItem": {"Item": {"id": {"S": "7"}}}},
    ),
    "s3.PutBucketPolicy": Sample(
        {"Bucket": "data", "Policy": NEW_POLICY}, {"s3.GetBucketPolicy": {"Policy": POLICY}}
    ),
    "s3.DeleteBucketPolicy": Sample({"Bucket": "data"}, {"s3.GetBucketPolicy": {"Policy": POLICY}}),
    "s3.PutBucketLifecycleConfiguration": Sample(
        {"Bucket": "data", "LifecycleConfiguration": {"Rules": [
            {"ID": "logs", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 1}}]}},
        {"s3.GetBucketLifecycleConfiguration": {"Rules": [
            {"ID": "logs", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 30}},
            {"ID": "tmp", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}]}},
    ),
    "s3.DeleteBucketLifecycle": Sample({"Bucket": "data"}, {"s3.GetBucketLifecycleConfiguration": ABSENT}),
    "s3.PutPublicAccessBlock": Sample(
        {"Bucket": "data", "PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
        {"s3.GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True}}},
    ),
    "s3.PutBucketVersioning": Sample(
        {"Bucket": "data", "VersioningConfiguration": {"Status": "Suspended"}},
        {"s3.GetBucketVersioning": {"Status": "Enabled"}},
    ),
    "s3.DeleteBucket": Sample(
        {"Bucket": "data"},
        {"s3.HeadBucket": {}, "s3.ListObjectVersions": {"Versions": [{"Key": "a"}]}},
    ),
    "s3.DeleteObject": Sample(
        {"Bucket": "data", "Key": "a b"}, {"s3.GetBucketVersioning": {}, "s3.HeadObject": OBJECT}
    ),
    "s3.DeleteObjects": Sample(
        {"Bucket": "data", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}},
        {"s3.GetBucketVersioning": {"Status": "Enabled"}, "s3.HeadObject": [OBJECT, ABSENT]},
    ),
    "s3.PutObject": Sample({"Bucket": "data", "Key": "a"}, {"s3.GetBucketVersioning": {}, "s3.HeadObject": OBJECT}),
    "s3.CopyObject": Sample(
        {"Bucket": "data", "Key": "a", "CopySource": "data/b"},
        {"s3.GetBucketVersioning": {"Status": "Enabled"}, "s3.HeadObject": ABSENT},
    ),
    "iam.AttachRolePolicy": Sample(
        {"RoleName": "deploy", "PolicyArn": MANAGED},
        {"iam.ListAttachedRolePolicies": ATTACHED, "iam.GetPolicy": {"Policy": MANAGED_POLICY}},
    ),
    "iam.DetachRolePolicy": Sample(
        {"RoleName": "deploy", "PolicyArn": READ_ONLY}, {"iam.ListAttachedRolePolicies": ATTACHED}
    ),
    "iam.AttachUserPolicy": Sample(
        {"UserName": "ann", "PolicyArn": READ_ONLY},
        {"iam.ListAttachedUserPolicies": ATTACHED, "iam.GetPolicy": {"Policy": MANAGED_POLICY}},
    ),
    "iam.DetachUserPolicy": Sample(
        {"UserName": "ann", "PolicyArn": MANAGED}, {"iam.ListAttachedUserPolicies": ATTACHED}
    ),
    "iam.PutRolePolicy": Sample(
        {"RoleName": "deploy", "PolicyName": "s3", "PolicyDocument": NEW_POLICY},
        {"iam.GetRole": {"Role": ROLE}, "iam.GetRolePolicy": {"PolicyDocument": POLICY}},
    ),
    "iam.DeleteRolePolicy": Sample(
        {"RoleName": "deploy", "PolicyName": "s3"}, {"iam.GetRole": {"Role": ROLE}, "iam.GetRolePolicy": ABSENT}
    ),
    "iam.PutUserPolicy": Sample(
        {"UserName": "ann", "PolicyName": "s3", "PolicyDocument": NEW_POLICY},
        {"iam.GetUser": {"User": USER}, "iam.GetUserPolicy": ABSENT},
    ),
    "iam.DeleteRole": Sample(
        {"RoleName": "deploy"},
        {
            "iam.GetRole": {"Role": ROLE}, "iam.ListAttachedRolePolicies": ATTACHED,
            "iam.ListRolePolicies": {"PolicyNames": []}, "iam.ListInstanceProfilesForRole": {"InstanceProfiles": []},
        },
    ),
    "iam.DeletePolicy": Sample(
        {"PolicyArn": MANAGED},
        {"iam.GetPolicy": {"Policy": MANAGED_POLICY},
         "iam.ListPolicyVersions": {"Versions": [
             {"VersionId": "v3", "IsDefaultVersion": True}, {"VersionId": "v2", "IsDefaultVersion": False}]}},
    ),
    "iam.UpdateAssumeRolePolicy": Sample(
        {"RoleName": "deploy", "PolicyDocument":
            '{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}]}'},
        {"iam.GetRole": {"Role": ROLE}},
    ),
    "iam.UpdateAccessKey": Sample(
        {"UserName": "ann", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Inactive"},
        {
            "iam.ListAccessKeys": {"AccessKeyMetadata": [
                {"UserName": "ann", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active"}]},
            "iam.GetAccessKeyLastUsed": {"AccessKeyLastUsed": {
                "LastUsedDate": "2026-01-31T00:00:00Z", "ServiceName": "s3", "Region": "eu-west-1"}},
        },
    ),
    "iam.DeleteAccessKey": Sample(
        {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"},
        {"iam.ListAccessKeys": {"AccessKeyMetadata": []}, "iam.GetAccessKeyLastUsed": {}},
    ),
    "kms.ScheduleKeyDeletion": Sample({"KeyId": KEY["KeyId"], "PendingWindowInDays": 7}, KEYED),
    "kms.CancelKeyDeletion": Sample({"KeyId": KEY["KeyId"]}, KEYED),
    "kms.DisableKey": Sample(
        {"KeyId": KEY["KeyId"]}, {"kms.DescribeKey": {"KeyMetadata": {**KEY, "KeyManager": "AWS"}}}
    ),
    "kms.EnableKey": Sample({"KeyId": KEY["KeyId"]}, KEYED),
    "secretsmanager.DeleteSecret": Sample({"SecretId": "db/orders", "RecoveryWindowInDays": 7}, SECRETS),
    "secretsmanager.RestoreSecret": Sample({"SecretId": "db/orders"}, SECRETS),
    "secretsmanager.PutSecretValue": Sample({"SecretId": "db/orders", "SecretString": "hunter2-new"}, SECRETS),
    "secretsmanager.UpdateSecret": Sample({"SecretId": "db/orders", "Description": "Orders"}, SECRETS),
    "secretsmanager.RotateSecret": Sample(
        {"SecretId": "db/orders"},
        {"secretsmanager.DescribeSecret": {**SECRET, "DeletedDate": "2026-01-02T00:00:00Z"}},
    ),
    "ssm.PutParameter": Sample(
        {"Name": "/app/mode", "Value": "hunter2-new", "Type": "SecureString", "Overwrite": True}, PARAMETERS
    ),
    "ssm.DeleteParameter": Sample({"Name": "/app/mode"}, PARAMETERS),
    "ssm.DeleteParameters": Sample({"Names": ["/app/mode", "/app/gone"]}, PARAMETERS),
    "logs.PutRetentionPolicy": Sample({"logGroupName": "/ecs/app", "retentionInDays": 7}, LOGS),
    "logs.DeleteRetentionPolicy": Sample({"logGroupName": "/ecs/app"}, LOGS),
    "logs.DeleteLogGroup": Sample({"logGroupName": "/ecs"}, LOGS),
    "cloudwatch.PutMetricAlarm": Sample(
        {
            "AlarmName": "cpu", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Threshold": 90, "Period": 300,
            "EvaluationPeriods": 3, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Average",
        },
        ALARMS,
    ),
    "cloudwatch.DeleteAlarms": Sample({"AlarmNames": ["cpu", "disk"]}, ALARMS),
    "cloudwatch.DisableAlarmActions": Sample({"AlarmNames": ["cpu"]}, ALARMS),
    "cloudwatch.EnableAlarmActions": Sample({"AlarmNames": ["cpu"]}, ALARMS),
    "events.DisableRule": Sample({"Name": "nightly"}, RULED),
    "events.EnableRule": Sample({"Name": "nightly"}, RULED),
    "events.PutRule": Sample(
        {"Name": "nightly", "ScheduleExpression": "rate(2 days)", "State": "DISABLED"}, RULED
    ),
    "events.DeleteRule": Sample({"Name": "nightly"}, RULED | {"events.ListTargetsByRule": TARGET_LIST}),
    "events.RemoveTargets": Sample(
        {"Rule": "nightly", "Ids": ["1", "2"]}, RULED | {"events.ListTargetsByRule": TARGET_LIST}
    ),
    "sqs.SetQueueAttributes": Sample(
        {"QueueUrl": QUEUE, "Attributes": {"VisibilityTimeout": "60", "Policy": NEW_POLICY}}, QUEUED
    ),
    "sqs.DeleteQueue": Sample({"QueueUrl": QUEUE}, {"sqs.GetQueueAttributes": ABSENT}),
    "sqs.PurgeQueue": Sample({"QueueUrl": QUEUE}, QUEUED),
    "sns.SetTopicAttributes": Sample(
        {"TopicArn": TOPIC, "AttributeName": "DisplayName", "AttributeValue": "Operations"}, TOPICAL
    ),
    "sns.DeleteTopic": Sample({"TopicArn": TOPIC}, TOPICAL),
    "sns.Unsubscribe": Sample(
        {"SubscriptionArn": f"{TOPIC}:1-2"},
        {"sns.GetSubscriptionAttributes": {"Attributes": {"Protocol": "email", "TopicArn": TOPIC}}},
    ),
    "route53.ChangeResourceRecordSets": Sample(
        {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [
            _change("UPSERT", "192.0.2.9"), _change("CREATE", "192.0.2.1"), _change("DELETE", "192.0.2.1"),
            _change("DELETE", "192.0.2.7"), _change("DELETE", "192.0.2.1", "old.example.com")]}},
        {"route53.ListResourceRecordSets": {"ResourceRecordSets": [RECORD]}},
    ),
}  # fmt: skip
