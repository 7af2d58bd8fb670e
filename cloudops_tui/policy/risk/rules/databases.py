"""What empties, interrupts, or stops protecting databases and caches."""

from __future__ import annotations

import re
from typing import Any

from cloudops_tui.policy.risk.members import is_zero, number
from cloudops_tui.policy.risk.rules.rule import (
    AVAILABILITY,
    IRREVERSIBLE,
    MODIFY,
    NO_BACKUPS,
    Rules,
    always,
    below,
    for_all,
    given,
    interrupting,
    no_backups,
    off,
    on,
    says,
    when,
    zero,
)


def _is_kept_for_a_time(value: Any) -> bool:
    """A number of days; -1 keeps it for good."""
    return number(value) not in (None, -1)


def _drops_attributes(expression: Any) -> bool:
    """An update expression of DynamoDB has a clause that removes."""
    return isinstance(expression, str) and _DROPS.search(expression) is not None


_DROPS = re.compile(r"(?:^|\s)(?:REMOVE|DELETE)\s", re.IGNORECASE)


_DB_INTERRUPTIONS = (
    "DBInstanceClass",
    "EngineVersion",
    "NewDBInstanceIdentifier",
    "DBPortNumber",
    "CACertificateIdentifier",
    "OptionGroupName",
    "DBSubnetGroupName",
    "LicenseModel",
    "ProcessorFeatures",
    "Engine",
    "Port",
    "NewDBClusterIdentifier",
    "DBClusterInstanceClass",
    "ServerlessV2ScalingConfiguration",
    "MultiAZ",
    "StorageType",
)
_LONGEST_IN_A_TABLE = 73_000  # days; Timestream keeps nothing longer
_BACKUPS_OFF = no_backups("BackupRetentionPeriod")
_SHARED = for_all("ValuesToAdd", "shares it with every account")
_SCHEDULED = (
    when("TargetAction.PauseCluster", always, "the cluster will be paused", AVAILABILITY),
    when("TargetAction.ResizeCluster", always, "the cluster will be interrupted", AVAILABILITY),
)
_INSTANCE = (interrupting(*_DB_INTERRUPTIONS), _BACKUPS_OFF)
_DROPPED = "deletes part of the table"
_SNAPSHOT = (_SHARED,)
_CACHE = (
    interrupting(
        "CacheNodeType", "EngineVersion", "Engine", "NumCacheNodes", "CacheSecurityGroupNames", "AZMode", "NodeType"
    ),
    zero("SnapshotRetentionLimit", "no backups are kept any more"),
)
DATABASES: Rules = {
    ("dms", "ModifyReplicationInstance"): (interrupting("ReplicationInstanceClass", "EngineVersion", "MultiAZ"),),
    ("dms", "StartReplication"): (says("StartReplicationType", "reload-target", "empties the tables that it loads"),),
    ("dms", "StartReplicationTask"): (
        says("StartReplicationTaskType", "reload-target", "empties the tables that it loads"),
    ),
    ("docdb", "ModifyDBCluster"): _INSTANCE,
    ("docdb-elastic", "UpdateCluster"): (no_backups("backupRetentionPeriod"),),
    ("docdb", "ModifyDBInstance"): _INSTANCE[:1],
    ("docdb", "ModifyDBClusterSnapshotAttribute"): _SNAPSHOT,
    ("dynamodb", "UpdateContinuousBackups"): (
        off(
            "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
            "ends the recovery to any moment, and what was kept for it is gone",
            IRREVERSIBLE,
        ),
    ),
    ("dynamodb", "UpdateGlobalTable"): (given("ReplicaUpdates.Delete", "deletes a replica"),),
    ("dynamodb", "UpdateTable"): (
        given("GlobalSecondaryIndexUpdates.Delete", _DROPPED),
        given("ReplicaUpdates.Delete", "deletes a replica"),
        given("GlobalTableWitnessUpdates.Delete", "deletes a witness"),
        off("StreamSpecification.StreamEnabled", "ends the stream of changes"),
    ),
    ("dynamodb", "UpdateItem"): (when("UpdateExpression", _drops_attributes, "removes attributes", IRREVERSIBLE),),
    ("dynamodb", "UpdateTimeToLive"): (
        on("TimeToLiveSpecification.Enabled", "items whose time has come are deleted from now on", IRREVERSIBLE),
    ),
    ("dynamodb", "BatchWriteItem"): (given("RequestItems.*.DeleteRequest", "deletes items", IRREVERSIBLE),),
    ("dynamodb", "TransactWriteItems"): (
        given("TransactItems.Delete", "deletes items", IRREVERSIBLE),
        when("TransactItems.Update.UpdateExpression", _drops_attributes, "removes attributes", IRREVERSIBLE),
    ),
    ("elasticache", "ModifyCacheCluster"): _CACHE,
    ("elasticache", "ModifyGlobalReplicationGroup"): _CACHE[:1],
    ("elasticache", "ModifyReplicationGroup"): _CACHE,
    ("elasticache", "ModifyReplicationGroupShardConfiguration"): (
        given("NodeGroupsToRemove", "removes shards", AVAILABILITY),
        given("NodeGroupsToRetain", "removes the shards that it does not name", AVAILABILITY),
    ),
    ("elasticache", "ModifyServerlessCache"): (zero("SnapshotRetentionLimit", "no backups are kept any more"),),
    ("keyspaces", "UpdateTable"): (
        when(
            "defaultTimeToLive",
            lambda value: not is_zero(value),
            "rows are deleted when their time comes",
            IRREVERSIBLE,
        ),
    ),
    ("memorydb", "UpdateCluster"): (
        given("NodeType", "replaces the nodes", AVAILABILITY, level=MODIFY),
        zero("ReplicaConfiguration.ReplicaCount", "removes every replica", AVAILABILITY),
        zero("SnapshotRetentionLimit", "no backups are kept any more"),
    ),
    ("neptune", "ModifyDBCluster"): _INSTANCE,
    ("neptune", "ModifyDBInstance"): _INSTANCE,
    ("neptune", "ModifyDBClusterSnapshotAttribute"): _SNAPSHOT,
    ("rds", "ApplyPendingMaintenanceAction"): (
        says("OptInType", ("immediate", "next-maintenance"), "maintenance may reboot it", AVAILABILITY),
    ),
    ("rds", "ModifyCurrentDBClusterCapacity"): (
        says("TimeoutAction", "ForceApplyCapacityChange", "may drop connections", AVAILABILITY),
    ),
    ("rds", "ModifyCustomDBEngineVersion"): (
        says("Status", ("inactive", "inactive-except-restore"), "nothing new can be made of it"),
    ),
    ("rds", "ModifyDBCluster"): (
        *_INSTANCE,
        zero("BacktrackWindow", "what could be rewound to is deleted", IRREVERSIBLE),
    ),
    ("rds", "ModifyDBInstance"): _INSTANCE,
    ("rds", "ModifyDBClusterSnapshotAttribute"): _SNAPSHOT,
    ("rds", "ModifyDBSnapshotAttribute"): _SNAPSHOT,
    ("redshift", "ModifyCluster"): (
        given("NodeType", "the cluster is interrupted while it changes", AVAILABILITY),
        given("NumberOfNodes", "the cluster is interrupted while it changes", AVAILABILITY),
        given("ClusterType", "the cluster is interrupted while it changes", AVAILABILITY),
        given("ClusterVersion", "the cluster is interrupted while it changes", AVAILABILITY),
        given("NewClusterIdentifier", "the endpoint changes its name", AVAILABILITY),
        no_backups("AutomatedSnapshotRetentionPeriod"),
    ),
    ("redshift", "BatchModifyClusterSnapshots"): (
        when("ManualSnapshotRetentionPeriod", _is_kept_for_a_time, "lets snapshots expire"),
    ),
    ("redshift", "ModifyClusterSnapshot"): (
        when("ManualSnapshotRetentionPeriod", _is_kept_for_a_time, "lets the snapshot expire"),
    ),
    ("timestream-write", "UpdateTable"): (
        when(
            "RetentionProperties.MagneticStoreRetentionPeriodInDays",
            below(_LONGEST_IN_A_TABLE),
            "older data is deleted",
            IRREVERSIBLE,
        ),
    ),
    ("redshift", "CreateScheduledAction"): _SCHEDULED,
    ("redshift", "ModifyScheduledAction"): _SCHEDULED,
    ("lightsail", "UpdateRelationalDatabase"): (on("disableBackupRetention", NO_BACKUPS, IRREVERSIBLE),),
}
