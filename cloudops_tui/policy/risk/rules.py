"""What single parameters of single operations do beyond the operation's name. Data; `parameters` applies it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.members import is_false, is_given, is_true, is_zero, number, texts

READ_ONLY, MODIFY, DESTRUCTIVE = RiskLevel
AVAILABILITY, EXPOSURE, IRREVERSIBLE = RiskFlag.AVAILABILITY, RiskFlag.EXPOSURE, RiskFlag.IRREVERSIBLE


@dataclass(frozen=True, slots=True)
class Rule:
    """If the value at `path` is as `when` says, the command is at least `level`, because `why`."""

    path: str
    when: Callable[[Any], bool]
    why: str
    flags: tuple[RiskFlag, ...] = ()
    level: RiskLevel | None = DESTRUCTIVE
    beside: tuple[str, ...] = ()
    """Counts only where one of these members is given too; empty: always."""
    assumed: bool = True
    """A value that could not be read counts as a hit."""


def rules_for(service: str, operation: str) -> tuple[Rule, ...]:
    """The rules of one operation."""
    return _rules().get((service, operation), ())


def one_of(*words: str) -> Callable[[Any], bool]:
    """The value is one of these words, whatever their case."""
    wanted = frozenset(word.lower() for word in words)
    return lambda value: isinstance(value, str) and value.lower() in wanted


def _interrupting(*names: str) -> Rule:
    why = "a change of this kind takes effect at once and interrupts it"
    return Rule("ApplyImmediately", is_true, why, (AVAILABILITY,), beside=names)


def _is_wide(value: Any) -> bool:
    """Every address, however it is spelled: `1.2.3.4/0` is as wide as `0.0.0.0/0`."""
    try:
        return isinstance(value, str) and ipaddress.ip_network(value, strict=False).prefixlen == 0
    except ValueError:
        return False


def below(least: float) -> Callable[[Any], bool]:
    """The value is a number that is smaller."""
    return lambda value: (found := number(value)) is not None and found < least


def _is_kept_for_a_time(value: Any) -> bool:
    """A number of days; -1 keeps it for good."""
    return number(value) not in (None, -1)


def _expires(policy: Any) -> bool:
    """A lifecycle policy, as text, deletes; one that cannot be read counts as one that does."""
    if not isinstance(policy, str) or "expire" in policy.lower():
        return True
    try:
        return any("expire" in text.lower() for text in texts(json.loads(policy)))
    except (ValueError, RecursionError):
        return True


_LONGEST_IN_A_QUEUE = 1_209_600  # seconds; SQS keeps nothing longer, so that no message goes


def _ends_retention(policy: Any) -> bool:
    """A lifecycle policy of OpenSearch, as text, keeps something for a time only."""
    return not isinstance(policy, str) or "MinIndexRetention" in policy.replace("NoMinIndexRetention", "")


def _drops_attributes(expression: Any) -> bool:
    """An update expression of DynamoDB has a clause that removes."""
    return isinstance(expression, str) and _DROPS.search(expression) is not None


_DROPS = re.compile(r"(?:^|\s)(?:REMOVE|DELETE)\s", re.IGNORECASE)
_ZERO_NOW = "it scales to nothing"
_WIDE = "opens it to every address"
_ALL = one_of("all", "*")
_SETTING_OFF = one_of("disabled", "off")

_DB_INTERRUPTIONS = (
    "DBInstanceClass", "EngineVersion", "NewDBInstanceIdentifier", "DBPortNumber", "CACertificateIdentifier",
    "OptionGroupName", "DBSubnetGroupName", "LicenseModel", "ProcessorFeatures", "Engine", "Port",
    "NewDBClusterIdentifier", "DBClusterInstanceClass", "ServerlessV2ScalingConfiguration", "MultiAZ", "StorageType",
)  # fmt: skip
_NO_BACKUPS = "no backups are kept, and those that exist are deleted"
_BACKUPS_OFF = Rule("BackupRetentionPeriod", is_zero, _NO_BACKUPS, (IRREVERSIBLE,))
_SHARED = Rule("ValuesToAdd", _ALL, "shares it with every account", (EXPOSURE,), None)
_GROUP_RULES = (
    *(Rule(path, _is_wide, _WIDE, (EXPOSURE,), None)
      for path in ("IpPermissions.IpRanges.CidrIp", "IpPermissions.Ipv6Ranges.CidrIpv6", "CidrIp")),
)  # fmt: skip


@cache
def _rules() -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    return {**_capacity(), **_databases(), **_storage(), **_access(), **_rest()}


def _capacity() -> dict[tuple[str, str], tuple[Rule, ...]]:
    zero = (AVAILABILITY,)
    group = (
        Rule("DesiredCapacity", is_zero, _ZERO_NOW, zero),
        Rule("MaxSize", is_zero, _ZERO_NOW, zero),
    )
    return {
        ("application-autoscaling", "PutScheduledAction"): (
            Rule("ScalableTargetAction.MaxCapacity", is_zero, _ZERO_NOW, zero),
        ),
        ("application-autoscaling", "RegisterScalableTarget"): (
            Rule("MaxCapacity", is_zero, _ZERO_NOW, zero),
            *(Rule(f"SuspendedState.{which}Suspended", is_true, "switches scaling off", zero)
              for which in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")),
        ),
        ("autoscaling", "CompleteLifecycleAction"): (
            Rule("LifecycleActionResult", one_of("ABANDON"), "a starting instance is ended", zero),
        ),
        ("autoscaling", "BatchPutScheduledUpdateGroupAction"): tuple(
            Rule(f"ScheduledUpdateGroupActions.{member}", is_zero, _ZERO_NOW, zero)
            for member in ("DesiredCapacity", "MaxSize")
        ),
        ("autoscaling", "PutScheduledUpdateGroupAction"): group,
        ("autoscaling", "SetDesiredCapacity"): group[:1],
        ("autoscaling", "SetInstanceHealth"): (
            Rule("HealthStatus", one_of("Unhealthy"), "the group ends an unhealthy instance", zero),
        ),
        ("autoscaling", "SetInstanceProtection"): (
            Rule("ProtectedFromScaleIn", is_false, "the instances may be ended by scaling"),
        ),
        ("autoscaling", "UpdateAutoScalingGroup"): group,
        ("appstream", "UpdateFleet"): (
            Rule("ComputeCapacity.DesiredInstances", is_zero, _ZERO_NOW, zero),
            Rule("ComputeCapacity.DesiredSessions", is_zero, _ZERO_NOW, zero),
        ),
        ("batch", "UpdateComputeEnvironment"): (
            Rule("computeResources.maxvCpus", is_zero, _ZERO_NOW, zero),
            Rule("state", one_of("DISABLED"), "no job starts there any more", zero),
        ),
        ("ec2", "ModifyInstanceMaintenanceOptions"): (
            Rule("AutoRecovery", one_of("disabled"), "the instance does not recover by itself any more"),
        ),
        ("ec2", "ModifyFleet"): (
            Rule("TargetCapacitySpecification.TotalTargetCapacity", is_zero, _ZERO_NOW, zero),
        ),
        ("ec2", "ModifySpotFleetRequest"): (Rule("TargetCapacity", is_zero, _ZERO_NOW, zero),),
        ("ecs", "PutAccountSetting"): (Rule("value", _SETTING_OFF, "switches a setting off"),),
        ("ecs", "PutAccountSettingDefault"): (Rule("value", _SETTING_OFF, "switches a setting off"),),
        ("ecs", "UpdateTaskSet"): (Rule("scale.value", is_zero, _ZERO_NOW, zero),),
        ("ecs", "UpdateService"): (
            Rule("desiredCount", is_zero, _ZERO_NOW, zero),
            Rule("forceNewDeployment", is_true, "replaces every running task", zero, MODIFY),
        ),
        ("ecs", "UpdateContainerInstancesState"): (
            Rule("status", one_of("DRAINING"), "moves every task away", zero),
        ),
        ("eks", "UpdateNodegroupConfig"): (
            Rule("scalingConfig.desiredSize", is_zero, _ZERO_NOW, zero),
            Rule("scalingConfig.maxSize", is_zero, _ZERO_NOW, zero),
            Rule("taints.addOrUpdateTaints.effect", one_of("NO_EXECUTE"), "evicts what runs on the nodes", zero),
        ),
        ("eks", "UpdateNodegroupVersion"): (
            Rule("force", is_true, "ends pods that will not move", zero),
        ),
        ("eks", "UpdateClusterVersion"): (
            Rule("version", is_given, "a cluster cannot go back to an older version", (IRREVERSIBLE,), None),
        ),
        ("emr", "RunJobFlow"): (
            Rule("Steps", is_given, "runs its steps", (RiskFlag.EXEC,), None),
            Rule("BootstrapActions", is_given, "runs its bootstrap actions", (RiskFlag.EXEC,), None),
        ),
        ("emr", "ModifyInstanceGroups"): (
            Rule("InstanceGroups.InstanceCount", is_zero, _ZERO_NOW, zero),
            Rule("InstanceGroups.EC2InstanceIdsToTerminate", is_given, "ends instances", zero),
        ),
        ("emr", "ModifyInstanceFleet"): (
            Rule("InstanceFleet.TargetOnDemandCapacity", is_zero, _ZERO_NOW, zero),
        ),
        ("emr", "SetKeepJobFlowAliveWhenNoSteps"): (
            Rule("KeepJobFlowAliveWhenNoSteps", is_false, "the clusters end after their steps", zero),
        ),
        ("emr", "PutAutoTerminationPolicy"): (
            Rule("AutoTerminationPolicy.IdleTimeout", is_given, "the cluster ends once it is idle", zero),
        ),
        ("emr", "SetUnhealthyNodeReplacement"): (
            Rule("UnhealthyNodeReplacement", is_false, "unhealthy nodes stay"),
        ),
        ("emr", "SetVisibleToAllUsers"): (Rule("VisibleToAllUsers", is_false, "takes access away"),),
        ("emr", "SetTerminationProtection"): (
            Rule("TerminationProtected", is_false, "the clusters may be ended"),
        ),
        ("gamelift", "UpdateFleetCapacity"): (
            Rule("DesiredInstances", is_zero, _ZERO_NOW, zero), Rule("MaxSize", is_zero, _ZERO_NOW, zero),
        ),
        ("lambda", "PutFunctionConcurrency"): (
            Rule("ReservedConcurrentExecutions", is_zero, "the function cannot run any more", zero),
        ),
        ("globalaccelerator", "UpdateEndpointGroup"): (
            Rule("TrafficDialPercentage", below(1), "no traffic goes there any more", zero),
            Rule("EndpointConfigurations.Weight", is_zero, "no traffic goes there any more", zero),
        ),
        ("opensearch", "StartDomainMaintenance"): (
            Rule("Action", one_of("REBOOT_NODE", "RESTART_SEARCH_PROCESS", "RESTART_DASHBOARD"), "restarts it", zero),
        ),
        ("s3control", "SubmitMultiRegionAccessPointRoutes"): (
            Rule("RouteUpdates.TrafficDialPercentage", is_zero, "no traffic goes there any more", zero),
        ),
        ("workspaces", "ModifyWorkspaceState"): (
            Rule("WorkspaceState", one_of("ADMIN_MAINTENANCE"), "nobody can log in", zero),
        ),
        ("sagemaker", "UpdateEndpointWeightsAndCapacities"): (
            Rule("DesiredWeightsAndCapacities.DesiredInstanceCount", is_zero, _ZERO_NOW, zero),
            Rule("DesiredWeightsAndCapacities.DesiredWeight", is_zero, "no traffic goes there any more", zero),
        ),
    }  # fmt: skip


def _databases() -> dict[tuple[str, str], tuple[Rule, ...]]:
    instance = (_interrupting(*_DB_INTERRUPTIONS), _BACKUPS_OFF)
    dropped = "deletes part of the table"
    snapshot = (_SHARED,)
    cache_cluster = (
        _interrupting("CacheNodeType", "EngineVersion", "Engine", "NumCacheNodes", "CacheSecurityGroupNames",
                      "AZMode", "NodeType"),
        Rule("SnapshotRetentionLimit", is_zero, "no backups are kept any more"),
    )  # fmt: skip
    return {
        ("dms", "ModifyReplicationInstance"): (
            _interrupting("ReplicationInstanceClass", "EngineVersion", "MultiAZ"),
        ),
        ("dms", "StartReplication"): (
            Rule("StartReplicationType", one_of("reload-target"), "empties the tables that it loads", ()),
        ),
        ("dms", "StartReplicationTask"): (
            Rule("StartReplicationTaskType", one_of("reload-target"), "empties the tables that it loads", ()),
        ),
        ("docdb", "ModifyDBCluster"): instance,
        ("docdb-elastic", "UpdateCluster"): (
            Rule("backupRetentionPeriod", is_zero, _NO_BACKUPS, (IRREVERSIBLE,)),
        ),
        ("docdb", "ModifyDBInstance"): instance[:1],
        ("docdb", "ModifyDBClusterSnapshotAttribute"): snapshot,
        ("dynamodb", "UpdateContinuousBackups"): (
            Rule("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", is_false,
                 "ends the recovery to any moment, and what was kept for it is gone", (IRREVERSIBLE,)),
        ),
        ("dynamodb", "UpdateGlobalTable"): (Rule("ReplicaUpdates.Delete", is_given, "deletes a replica"),),
        ("dynamodb", "UpdateTable"): (
            Rule("GlobalSecondaryIndexUpdates.Delete", is_given, dropped),
            Rule("ReplicaUpdates.Delete", is_given, "deletes a replica"),
            Rule("GlobalTableWitnessUpdates.Delete", is_given, "deletes a witness"),
            Rule("StreamSpecification.StreamEnabled", is_false, "ends the stream of changes"),
        ),
        ("dynamodb", "UpdateItem"): (
            Rule("UpdateExpression", _drops_attributes, "removes attributes", (IRREVERSIBLE,)),
        ),
        ("dynamodb", "UpdateTimeToLive"): (
            Rule("TimeToLiveSpecification.Enabled", is_true, "items whose time has come are deleted from now on",
                 (IRREVERSIBLE,)),
        ),
        ("dynamodb", "BatchWriteItem"): (
            Rule("RequestItems.*.DeleteRequest", is_given, "deletes items", (IRREVERSIBLE,)),
        ),
        ("dynamodb", "TransactWriteItems"): (
            Rule("TransactItems.Delete", is_given, "deletes items", (IRREVERSIBLE,)),
            Rule("TransactItems.Update.UpdateExpression", _drops_attributes, "removes attributes", (IRREVERSIBLE,)),
        ),
        ("elasticache", "ModifyCacheCluster"): cache_cluster,
        ("elasticache", "ModifyGlobalReplicationGroup"): cache_cluster[:1],
        ("elasticache", "ModifyReplicationGroup"): cache_cluster,
        ("elasticache", "ModifyReplicationGroupShardConfiguration"): (
            Rule("NodeGroupsToRemove", is_given, "removes shards", (AVAILABILITY,)),
            Rule("NodeGroupsToRetain", is_given, "removes the shards that it does not name", (AVAILABILITY,)),
        ),
        ("elasticache", "ModifyServerlessCache"): (
            Rule("SnapshotRetentionLimit", is_zero, "no backups are kept any more"),
        ),
        ("keyspaces", "UpdateTable"): (
            Rule("defaultTimeToLive", lambda value: not is_zero(value), "rows are deleted when their time comes",
                 (IRREVERSIBLE,)),
        ),
        ("memorydb", "UpdateCluster"): (
            Rule("NodeType", is_given, "replaces the nodes", (AVAILABILITY,), MODIFY),
            Rule("ReplicaConfiguration.ReplicaCount", is_zero, "removes every replica", (AVAILABILITY,)),
            Rule("SnapshotRetentionLimit", is_zero, "no backups are kept any more"),
        ),
        ("neptune", "ModifyDBCluster"): instance,
        ("neptune", "ModifyDBInstance"): instance,
        ("neptune", "ModifyDBClusterSnapshotAttribute"): snapshot,
        ("rds", "ApplyPendingMaintenanceAction"): (
            Rule("OptInType", one_of("immediate", "next-maintenance"), "maintenance may reboot it", (AVAILABILITY,)),
        ),
        ("rds", "ModifyCurrentDBClusterCapacity"): (
            Rule("TimeoutAction", one_of("ForceApplyCapacityChange"), "may drop connections", (AVAILABILITY,)),
        ),
        ("rds", "ModifyCustomDBEngineVersion"): (
            Rule("Status", one_of("inactive", "inactive-except-restore"), "nothing new can be made of it"),
        ),
        ("rds", "ModifyDBCluster"): instance,
        ("rds", "ModifyDBInstance"): instance,
        ("rds", "ModifyDBClusterSnapshotAttribute"): snapshot,
        ("rds", "ModifyDBSnapshotAttribute"): snapshot,
        ("redshift", "ModifyCluster"): (
            Rule("NodeType", is_given, "the cluster is interrupted while it changes", (AVAILABILITY,)),
            Rule("NumberOfNodes", is_given, "the cluster is interrupted while it changes", (AVAILABILITY,)),
            Rule("ClusterType", is_given, "the cluster is interrupted while it changes", (AVAILABILITY,)),
            Rule("ClusterVersion", is_given, "the cluster is interrupted while it changes", (AVAILABILITY,)),
            Rule("NewClusterIdentifier", is_given, "the endpoint changes its name", (AVAILABILITY,)),
            Rule("AutomatedSnapshotRetentionPeriod", is_zero, _NO_BACKUPS, (IRREVERSIBLE,)),
        ),
        ("redshift", "BatchModifyClusterSnapshots"): (
            Rule("ManualSnapshotRetentionPeriod", _is_kept_for_a_time, "lets snapshots expire"),
        ),
        ("redshift", "ModifyClusterSnapshot"): (
            Rule("ManualSnapshotRetentionPeriod", _is_kept_for_a_time, "lets the snapshot expire"),
        ),
        ("timestream-write", "UpdateTable"): (
            Rule("RetentionProperties.MagneticStoreRetentionPeriodInDays", below(73_000), "older data is deleted",
                 (IRREVERSIBLE,)),
        ),
        ("redshift", "CreateScheduledAction"): _SCHEDULED,
        ("redshift", "ModifyScheduledAction"): _SCHEDULED,
        ("lightsail", "UpdateRelationalDatabase"): (
            Rule("disableBackupRetention", is_true, _NO_BACKUPS, (IRREVERSIBLE,)),
        ),
    }  # fmt: skip


_SCHEDULED = (
    Rule("TargetAction.PauseCluster", lambda _: True, "the cluster will be paused", (AVAILABILITY,)),
    Rule("TargetAction.ResizeCluster", lambda _: True, "the cluster will be interrupted", (AVAILABILITY,)),
)


def _storage() -> dict[tuple[str, str], tuple[Rule, ...]]:
    expiry = "objects are deleted when their time comes"
    lifecycle = tuple(
        Rule(f"{holder}.Rules.{member}", is_given, expiry, (IRREVERSIBLE,))
        for holder in ("LifecycleConfiguration",)
        for member in ("Expiration", "NoncurrentVersionExpiration")
    )
    unblocked = tuple(
        Rule(f"PublicAccessBlockConfiguration.{member}", is_false, "public access is no longer blocked", (EXPOSURE,))
        for member in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    )
    return {
        ("backup", "UpdateRecoveryPointLifecycle"): (
            Rule("Lifecycle.DeleteAfterDays", is_given, "the recovery point is deleted when its time comes",
                 (IRREVERSIBLE,)),
        ),
        ("backup", "PutBackupVaultLockConfiguration"): (
            Rule("ChangeableForDays", is_given, "the lock can never be undone after these days", (IRREVERSIBLE,), None),
        ),
        ("codeartifact", "UpdatePackageVersionsStatus"): (
            Rule("targetStatus", one_of("Deleted", "Archived", "Disposed", "Unlisted"), "takes packages away"),
        ),
        ("datasync", "StartTaskExecution"): (
            Rule("OverrideOptions.PreserveDeletedFiles", one_of("REMOVE"), "deletes what the source does not have"),
        ),
        ("datasync", "UpdateTask"): (
            Rule("Options.PreserveDeletedFiles", one_of("REMOVE"), "will delete what the source does not have"),
        ),
        ("fsx", "UpdateFileSystem"): tuple(
            Rule(f"{kind}Configuration.AutomaticBackupRetentionDays", is_zero, _NO_BACKUPS, (IRREVERSIBLE,))
            for kind in ("Windows", "Lustre", "Ontap", "OpenZFS")
        ),
        ("ec2", "LockSnapshot"): (
            Rule("LockMode", one_of("compliance"), "nobody can undo the lock", (IRREVERSIBLE,), None),
        ),
        ("efs", "UpdateFileSystemProtection"): (
            Rule("ReplicationOverwriteProtection", one_of("DISABLED"), "it may be overwritten"),
        ),
        ("kinesisvideo", "UpdateDataRetention"): (
            Rule("Operation", one_of("DECREASE_DATA_RETENTION"), "older data is deleted"),
        ),
        ("s3", "PutBucketAccelerateConfiguration"): (
            Rule("AccelerateConfiguration.Status", one_of("Suspended"), "switches acceleration off"),
        ),
        ("s3", "PutBucketLifecycle"): lifecycle,
        ("s3", "PutBucketLifecycleConfiguration"): lifecycle,
        ("s3", "PutBucketLogging"): (
            Rule("BucketLoggingStatus", lambda value: value == {}, "switches the bucket's logging off",
                 assumed=False),
        ),
        ("s3", "PutBucketNotificationConfiguration"): (
            Rule("NotificationConfiguration", lambda value: value == {}, "ends every notification", assumed=False),
        ),
        ("s3", "PutBucketVersioning"): (
            Rule("VersioningConfiguration.Status", one_of("Suspended"), "what is overwritten from now on is lost"),
            Rule("VersioningConfiguration.MFADelete", one_of("Disabled"), "versions go without a second factor"),
        ),
        ("s3control", "PutBucketVersioning"): (
            Rule("VersioningConfiguration.Status", one_of("Suspended"), "what is overwritten from now on is lost"),
            Rule("VersioningConfiguration.MFADelete", one_of("Disabled"), "versions go without a second factor"),
        ),
        ("s3", "PutObjectLegalHold"): (Rule("LegalHold.Status", one_of("OFF"), "the object may be deleted"),),
        ("s3", "PutObjectRetention"): (
            Rule("BypassGovernanceRetention", is_true, "may shorten the protection"),
        ),
        ("s3", "PutPublicAccessBlock"): unblocked,
        ("s3control", "PutPublicAccessBlock"): unblocked,
        ("s3control", "PutBucketLifecycleConfiguration"): lifecycle,
        ("sqs", "SetQueueAttributes"): (
            Rule("Attributes.MessageRetentionPeriod", below(_LONGEST_IN_A_QUEUE), "older messages are deleted",
                 (IRREVERSIBLE,)),
        ),
        ("s3control", "UpdateJobStatus"): (Rule("RequestedJobStatus", one_of("Cancelled"), "breaks the job off"),),
    }  # fmt: skip


def _access() -> dict[tuple[str, str], tuple[Rule, ...]]:
    revoked = "takes access away"
    return {
        ("acm-pca", "UpdateCertificateAuthority"): (
            Rule("Status", one_of("DISABLED"), "the authority issues nothing any more"),
        ),
        ("apigateway", "PutRestApi"): (
            Rule("mode", one_of("overwrite"), "what the definition does not have is removed"),
        ),
        ("cloudtrail", "PutEventSelectors"): (
            Rule("EventSelectors.IncludeManagementEvents", is_false, "less is logged"),
        ),
        ("cloudtrail", "UpdateEventDataStore"): (
            Rule("RetentionPeriod", below(2_557), "older events are deleted"),
        ),
        ("cloudtrail", "UpdateTrail"): (
            Rule("IncludeGlobalServiceEvents", is_false, "less is logged"),
            Rule("IsMultiRegionTrail", is_false, "less is logged"),
        ),
        ("codebuild", "UpdateProjectVisibility"): (
            Rule("projectVisibility", one_of("PUBLIC_READ"), "everybody may read its builds", (EXPOSURE,), None),
        ),
        ("codecommit", "UpdatePullRequestStatus"): (
            Rule("pullRequestStatus", one_of("CLOSED"), "a closed request cannot be opened again"),
        ),
        ("codecommit", "UpdatePullRequestApprovalState"): (
            Rule("approvalState", one_of("REVOKE"), "takes an approval back"),
        ),
        ("codecommit", "OverridePullRequestApprovalRules"): (
            Rule("overrideStatus", one_of("REVOKE"), revoked),
        ),
        ("cognito-idp", "SetUserPoolMfaConfig"): (Rule("MfaConfiguration", one_of("OFF"), "takes protection away"),),
        ("ec2", "AuthorizeSecurityGroupIngress"): _GROUP_RULES,
        ("ec2", "ModifySecurityGroupRules"): (
            Rule("SecurityGroupRules.SecurityGroupRule.CidrIpv4", _is_wide, _WIDE, (EXPOSURE,), None),
            Rule("SecurityGroupRules.SecurityGroupRule.CidrIpv6", _is_wide, _WIDE, (EXPOSURE,), None),
        ),
        ("ec2", "CreateNetworkAclEntry"): (
            Rule("RuleAction", one_of("deny"), "may cut off traffic", (AVAILABILITY,), MODIFY),
        ),
        ("ec2", "ModifyImageAttribute"): (
            Rule("LaunchPermission.Add.Group", _ALL, "shares it with every account", (EXPOSURE,), None),
            Rule("UserGroups", _ALL, "shares it with every account", (EXPOSURE,), None),
        ),
        ("ec2", "ModifySnapshotAttribute"): (
            Rule("CreateVolumePermission.Add.Group", _ALL, "shares it with every account", (EXPOSURE,), None),
            Rule("GroupNames", _ALL, "shares it with every account", (EXPOSURE,), None),
        ),
        ("ec2", "ModifyFpgaImageAttribute"): (
            Rule("LoadPermission.Add.Group", _ALL, "shares it with every account", (EXPOSURE,), None),
            Rule("UserGroups", _ALL, "shares it with every account", (EXPOSURE,), None),
        ),
        ("ec2", "ModifyInstanceAttribute"): (
            Rule("DisableApiTermination", is_false, "the instance may be ended"),
            Rule("DisableApiStop", is_false, "the instance may be stopped"),
        ),
        ("ec2", "ModifyInstanceMetadataOptions"): (
            Rule("HttpEndpoint", one_of("disabled"), "programs there lose their credentials", (AVAILABILITY,)),
        ),
        ("ec2", "ModifySubnetAttribute"): (
            Rule("MapPublicIpOnLaunch", is_true, "new instances get public addresses", (EXPOSURE,), None),
        ),
        ("ec2", "ModifyVpcBlockPublicAccessOptions"): (
            Rule("InternetGatewayBlockMode", one_of("block-bidirectional", "block-ingress"), "cuts traffic off",
                 (AVAILABILITY,)),
            Rule("InternetGatewayBlockMode", one_of("off"), "public access is no longer blocked", (EXPOSURE,)),
        ),
        ("ec2", "ModifyVpcEndpointServicePermissions"): (
            Rule("AddAllowedPrincipals", _ALL, "everybody may connect", (EXPOSURE,), None),
        ),
        ("eks", "UpdateClusterConfig"): (
            Rule("resourcesVpcConfig.publicAccessCidrs", _is_wide, _WIDE, (EXPOSURE,), None),
            Rule("resourcesVpcConfig.endpointPublicAccess", is_true, "can be reached from the internet", (EXPOSURE,),
                 None),
            Rule("resourcesVpcConfig.endpointPublicAccess", is_false, "takes public access away", (AVAILABILITY,)),
            Rule("logging.clusterLogging.enabled", is_false, "less is logged"),
        ),
        ("guardduty", "UpdateDetector"): (Rule("Enable", is_false, "switches the detector off"), *_WATCHED),
        ("guardduty", "UpdateMemberDetectors"): _WATCHED,
        ("lambda", "AddPermission"): (
            Rule("Principal", _ALL, "everybody may invoke it", (EXPOSURE,), None),
            Rule("FunctionUrlAuthType", one_of("NONE"), "everybody may invoke it", (EXPOSURE,), None),
        ),
        ("lambda", "AddLayerVersionPermission"): (
            Rule("Principal", _ALL, "everybody may use it", (EXPOSURE,), None),
        ),
        ("lambda", "CreateFunctionUrlConfig"): (
            Rule("AuthType", one_of("NONE"), "everybody may invoke it", (EXPOSURE,), None),
        ),
        ("lambda", "UpdateFunctionUrlConfig"): (
            Rule("AuthType", one_of("NONE"), "everybody may invoke it", (EXPOSURE,), None),
        ),
        ("lightsail", "OpenInstancePublicPorts"): (
            Rule("portInfo.fromPort", lambda _: True, "can be reached from the internet", (EXPOSURE,), None),
        ),
        ("lakeformation", "UpdateLFTag"): (Rule("TagValuesToDelete", is_given, "grants by these values end"),),
        ("macie2", "UpdateClassificationJob"): (
            Rule("jobStatus", one_of("CANCELLED", "USER_PAUSED"), "breaks the job off"),
        ),
        ("route53", "ChangeResourceRecordSets"): (
            Rule("ChangeBatch.Changes.Action", one_of("DELETE"), "deletes records", (AVAILABILITY,)),
        ),
        ("sns", "AddPermission"): (Rule("AWSAccountId", _ALL, "everybody gets access", (EXPOSURE,), None),),
        ("sqs", "AddPermission"): (Rule("AWSAccountIds", _ALL, "everybody gets access", (EXPOSURE,), None),),
        ("ssm", "ModifyDocumentPermission"): (
            Rule("AccountIdsToAdd", _ALL, "shares it with every account", (EXPOSURE,), None),
        ),
    }  # fmt: skip


_WATCHED = tuple(
    Rule(f"DataSources.{source}", is_false, "less is watched")
    for source in (
        "S3Logs.Enable", "Kubernetes.AuditLogs.Enable", "MalwareProtection.ScanEc2InstanceWithFindings.EbsVolumes",
    )
)  # fmt: skip


_IMAGES_EXPIRE = (
    Rule(
        "policyDetails.action.type", one_of("DELETE", "DISABLE", "DEPRECATE"), "takes images away when their time comes"
    ),
)
_INDEXES_EXPIRE = (Rule("policy", _ends_retention, "data is deleted when its time comes", (IRREVERSIBLE,)),)


def _rest() -> dict[tuple[str, str], tuple[Rule, ...]]:
    return {
        ("budgets", "ExecuteBudgetAction"): (
            Rule("ExecutionType", one_of("REVERSE_BUDGET_ACTION", "RESET_BUDGET_ACTION"), "undoes the action"),
        ),
        ("budgets", "CreateBudgetAction"): (
            Rule("Definition.SsmActionDefinition.ActionSubType", is_given, "plans to stop what the budget names",
                 (AVAILABILITY,)),
        ),
        ("budgets", "UpdateBudgetAction"): (
            Rule("Definition.SsmActionDefinition.ActionSubType", is_given, "plans to stop what the budget names",
                 (AVAILABILITY,)),
        ),
        ("clouddirectory", "BatchWrite"): (
            Rule("Operations.DeleteObject", is_given, "deletes objects"),
            Rule("Operations.DetachObject", is_given, "detaches objects"),
            Rule("Operations.DetachFromIndex", is_given, "detaches objects"),
            Rule("Operations.DetachPolicy", is_given, "takes access away"),
            Rule("Operations.DetachTypedLink", is_given, "detaches objects"),
            Rule("Operations.RemoveFacetFromObject", is_given, "removes facets"),
        ),
        ("cloudfront", "UpdateDistribution"): (
            Rule("DistributionConfig.Enabled", is_false, "the distribution serves nothing any more", (AVAILABILITY,)),
        ),
        ("cloudfront-keyvaluestore", "UpdateKeys"): (Rule("Deletes", is_given, "deletes keys"),),
        ("cognito-sync", "UpdateRecords"): (Rule("RecordPatches.Op", one_of("remove"), "deletes records"),),
        ("deadline", "UpdateJob"): (
            Rule("targetTaskRunStatus", one_of("CANCELED", "SUSPENDED", "FAILED"), "breaks the job off"),
            Rule("lifecycleStatus", one_of("ARCHIVED"), "the job is deleted after a while"),
        ),
        ("dlm", "UpdateLifecyclePolicy"): (
            Rule("PolicyDetails.Schedules.RetainRule", is_given, "older snapshots are deleted", (IRREVERSIBLE,)),
            Rule("RetainInterval", is_given, "older snapshots are deleted", (IRREVERSIBLE,)),
        ),
        ("ecr", "PutLifecyclePolicy"): (
            Rule("lifecyclePolicyText", _expires, "images are deleted when their time comes", (IRREVERSIBLE,)),
        ),
        ("ecr", "PutImageScanningConfiguration"): (
            Rule("imageScanningConfiguration.scanOnPush", is_false, "images are not scanned any more"),
        ),
        ("elasticbeanstalk", "UpdateApplicationResourceLifecycle"): tuple(
            Rule(f"ResourceLifecycleConfig.VersionLifecycleConfig.{rule}.{member}", is_true,
                 "older versions are deleted")
            for rule in ("MaxCountRule", "MaxAgeRule") for member in ("Enabled", "DeleteSourceFromS3")
        ),
        ("imagebuilder", "CreateLifecyclePolicy"): _IMAGES_EXPIRE,
        ("imagebuilder", "UpdateLifecyclePolicy"): _IMAGES_EXPIRE,
        ("imagebuilder", "StartResourceStateUpdate"): (
            Rule("state.status", one_of("DELETED", "DISABLED"), "takes images away"),
        ),
        ("iot", "UpdateCertificate"): (
            Rule("newStatus", one_of("INACTIVE", "REVOKED"), "devices lose their access", (AVAILABILITY,)),
        ),
        ("iot", "UpdateCACertificate"): (
            Rule("newStatus", one_of("INACTIVE"), "devices lose their access", (AVAILABILITY,)),
        ),
        ("iot", "UpdateIndexingConfiguration"): tuple(
            Rule(path, one_of("OFF"), "the index is deleted")
            for path in (
                "thingIndexingConfiguration.thingIndexingMode",
                "thingIndexingConfiguration.thingConnectivityIndexingMode",
                "thingIndexingConfiguration.deviceDefenderIndexingMode",
                "thingIndexingConfiguration.namedShadowIndexingMode",
                "thingGroupIndexingConfiguration.thingGroupIndexingMode",
            )
        ),
        ("iot", "UpdateTopicRuleDestination"): (
            Rule("status", one_of("DISABLED"), "ends deliveries"),
        ),
        ("opensearchserverless", "CreateLifecyclePolicy"): _INDEXES_EXPIRE,
        ("opensearchserverless", "UpdateLifecyclePolicy"): _INDEXES_EXPIRE,
        ("panorama", "CreateJobForDevices"): (
            Rule("JobType", one_of("REBOOT"), "reboots devices", (AVAILABILITY,)),
        ),
        ("snow-device-management", "CreateTask"): (
            Rule("command.reboot", lambda _: True, "reboots devices", (AVAILABILITY,)),
        ),
        ("panorama", "SignalApplicationInstanceNodeInstances"): (
            Rule("NodeSignals.Signal", one_of("PAUSE"), "pauses cameras", (AVAILABILITY,)),
        ),
        ("pinpoint", "UpdateJourneyState"): (
            Rule("JourneyStateRequest.State", one_of("CANCELLED", "PAUSED"), "breaks the journey off"),
        ),
        ("mediastore", "PutLifecyclePolicy"): (
            Rule("LifecyclePolicy", _expires, "objects are deleted when their time comes", (IRREVERSIBLE,)),
        ),
        ("resource-explorer-2", "UpdateIndexType"): (
            Rule("Type", one_of("LOCAL"), "what other regions told the index is deleted"),
        ),
        ("route53resolver", "UpdateResolverDnssecConfig"): (
            Rule("Validation", one_of("DISABLE"), "answers are not validated any more"),
        ),
        ("shield", "UpdateSubscription"): (Rule("AutoRenew", one_of("DISABLED"), "the protection ends with its term"),),
        ("ssm", "SendAutomationSignal"): (
            Rule("SignalType", one_of("Reject", "StopStep", "Revoke"), "breaks the automation off"),
        ),
        ("ssm-incidents", "UpdateReplicationSet"): (
            Rule("actions.deleteRegionAction", is_given, "deletes a replica"),
        ),
    }  # fmt: skip
