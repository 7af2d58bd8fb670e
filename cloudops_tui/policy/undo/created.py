"""What a command makes, and how exactly that is deleted again: by the id in our own record of the answer.

Only operations that fail where the thing exists already, or always make a new one. Those that answer with what was
there before (`sns create-topic`, `sqs create-queue`, `s3 create-bucket`) would make us delete what is not ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudops_tui.policy.before.reading import Asked
from cloudops_tui.policy.before.values import at, each
from cloudops_tui.policy.undo.way_back import Call, NoWayBack


@dataclass(frozen=True, slots=True)
class Creation:
    """How what an operation made is deleted."""

    noun: str
    delete_by: str
    answered: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the deletion, each with its place in the answer; `[]` makes it a list."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the deletion, each with its place in the command's own parameters."""

    def call(self, asked: Asked, output: str) -> Call:
        """The deletion of exactly what this run made; raises NoWayBack where its record does not name it."""
        answer = _answer(output) if self.answered else {}
        found = {name: _at(answer, place) for name, place in self.answered.items()}
        found |= {name: _at(asked, place) for name, place in self.asked.items()}
        if missing := [name for name, value in found.items() if not value]:
            raise NoWayBack(f"what it answered does not say which {self.noun} it made (`{missing[0]}`)")
        return Call(self.delete_by, found)

    def why_not(self, asked: Asked) -> str | None:
        """Why it could not be named afterwards, as far as the parameters alone say."""
        unread = [place for place in self.asked.values() if not _at(asked, place)]
        return f"`{unread[0]}` could not be read from it" if unread else None


def _at(value: Any, place: str) -> Any:
    return each(value, place) if "[]" in place else at(value, place)


def _answer(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return {}


def _ec2(noun: str, delete_by: str, member: str, place: str = "") -> Creation:
    return Creation(noun, delete_by, {member: f"{place}{member}"})


CREATIONS: Mapping[tuple[str, str], Creation] = {
    ("ec2", "AllocateAddress"): _ec2("address", "ReleaseAddress", "AllocationId"),
    ("ec2", "CreateImage"): _ec2("image", "DeregisterImage", "ImageId"),
    ("ec2", "CreateInternetGateway"): _ec2(
        "gateway", "DeleteInternetGateway", "InternetGatewayId", "InternetGateway."
    ),
    ("ec2", "CreateKeyPair"): _ec2("key pair", "DeleteKeyPair", "KeyPairId"),
    ("ec2", "CreateLaunchTemplate"): _ec2(
        "launch template", "DeleteLaunchTemplate", "LaunchTemplateId", "LaunchTemplate."
    ),
    ("ec2", "CreateNatGateway"): _ec2("NAT gateway", "DeleteNatGateway", "NatGatewayId", "NatGateway."),
    ("ec2", "CreateNetworkInterface"): _ec2(
        "network interface", "DeleteNetworkInterface", "NetworkInterfaceId", "NetworkInterface."
    ),
    ("ec2", "CreateRouteTable"): _ec2("route table", "DeleteRouteTable", "RouteTableId", "RouteTable."),
    ("ec2", "CreateSecurityGroup"): _ec2("security group", "DeleteSecurityGroup", "GroupId"),
    ("ec2", "CreateSnapshot"): _ec2("snapshot", "DeleteSnapshot", "SnapshotId"),
    ("ec2", "CreateSubnet"): _ec2("subnet", "DeleteSubnet", "SubnetId", "Subnet."),
    ("ec2", "CreateVolume"): _ec2("volume", "DeleteVolume", "VolumeId"),
    ("ec2", "CreateVpc"): _ec2("VPC", "DeleteVpc", "VpcId", "Vpc."),
    ("ec2", "RunInstances"): Creation(
        "instance", "TerminateInstances", {"InstanceIds": "Instances[].InstanceId"}
    ),
    ("cloudformation", "CreateStack"): Creation("stack", "DeleteStack", {"StackName": "StackId"}),
    ("dynamodb", "CreateBackup"): Creation("backup", "DeleteBackup", {"BackupArn": "BackupDetails.BackupArn"}),
    ("dynamodb", "CreateTable"): Creation("table", "DeleteTable", asked={"TableName": "TableName"}),
    ("iam", "CreateGroup"): Creation("group", "DeleteGroup", asked={"GroupName": "GroupName"}),
    ("iam", "CreateInstanceProfile"): Creation(
        "instance profile", "DeleteInstanceProfile", asked={"InstanceProfileName": "InstanceProfileName"}
    ),
    ("iam", "CreatePolicy"): Creation("policy", "DeletePolicy", {"PolicyArn": "Policy.Arn"}),
    ("iam", "CreateRole"): Creation("role", "DeleteRole", asked={"RoleName": "RoleName"}),
    ("iam", "CreateUser"): Creation("user", "DeleteUser", asked={"UserName": "UserName"}),
    ("lambda", "CreateAlias"): Creation(
        "alias", "DeleteAlias", asked={"FunctionName": "FunctionName", "Name": "Name"}
    ),
    ("lambda", "CreateFunction"): Creation("function", "DeleteFunction", asked={"FunctionName": "FunctionName"}),
    ("logs", "CreateLogGroup"): Creation("log group", "DeleteLogGroup", asked={"logGroupName": "logGroupName"}),
    ("rds", "CreateDBClusterSnapshot"): Creation(
        "snapshot", "DeleteDBClusterSnapshot", asked={"DBClusterSnapshotIdentifier": "DBClusterSnapshotIdentifier"}
    ),
    ("rds", "CreateDBSnapshot"): Creation(
        "snapshot", "DeleteDBSnapshot", asked={"DBSnapshotIdentifier": "DBSnapshotIdentifier"}
    ),
    ("secretsmanager", "CreateSecret"): Creation("secret", "DeleteSecret", {"SecretId": "ARN"}),
}
"""By service and operation."""
