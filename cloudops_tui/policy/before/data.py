"""Databases, tables, buckets and objects before they are written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.model.catalogue import reference_in
from cloudops_tui.policy.before.reading import (
    CHANGES,
    DELETES,
    Answer,
    Asked,
    BeforeRead,
    No,
    Picture,
    Read,
    Thing,
    absent,
    becomes,
    compared,
    counts,
    different,
    gathered,
    needs_state,
    refuses,
    says,
    some_missing,
    writes,
)
from cloudops_tui.policy.before.values import at, byte_size, documents, each, same, shown, text_at
from cloudops_tui.policy.safe_text import safe_line

# ---------------------------------------------------------------- RDS

INSTANCE = Thing(
    "DB instance",
    "rds.DescribeDBInstances",
    "DBInstanceIdentifier",
    "DBInstanceIdentifier",
    at="DBInstances[]",
    key="DBInstanceIdentifier",
    folded=True,
    absent=("DBInstanceNotFound",),
    facts=(
        "=DBInstanceStatus", "=Engine", "=EngineVersion", "=DBInstanceClass", "=AllocatedStorage|GiB",
        "multi-AZ=MultiAZ|set", "in cluster=DBClusterIdentifier", "newest restore point=LatestRestorableTime",
    ),
)  # fmt: skip
CLUSTER = Thing(
    "DB cluster",
    "rds.DescribeDBClusters",
    "DBClusterIdentifier",
    "DBClusterIdentifier",
    at="DBClusters[]",
    key="DBClusterIdentifier",
    folded=True,
    absent=("DBClusterNotFoundFault",),
    facts=("=Status", "=Engine", "=EngineVersion", "members=DBClusterMembers[]|count"),
)
_INSTANCE_SETTINGS = {
    name: name
    for name in (
        "AllocatedStorage", "MaxAllocatedStorage", "DBInstanceClass", "EngineVersion", "StorageType", "Iops",
        "StorageThroughput", "MultiAZ", "PubliclyAccessible", "BackupRetentionPeriod", "PreferredBackupWindow",
        "PreferredMaintenanceWindow", "AutoMinorVersionUpgrade", "LicenseModel", "DeletionProtection",
        "CopyTagsToSnapshot", "MonitoringInterval", "MonitoringRoleArn", "NetworkType", "CACertificateIdentifier",
    )
} | {
    "VpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId",
    "DBParameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
    "OptionGroupName": "OptionGroupMemberships[0].OptionGroupName",
    "DBSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
    "NewDBInstanceIdentifier": "DBInstanceIdentifier",
    "DBPortNumber": "Endpoint.Port",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
}  # fmt: skip
_CLUSTER_SETTINGS = {
    name: name
    for name in (
        "BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow", "EngineVersion", "Port",
        "DeletionProtection", "CopyTagsToSnapshot", "AllocatedStorage", "StorageType", "Iops", "DBClusterInstanceClass",
        "BacktrackWindow", "NetworkType",
    )
} | {
    "VpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId",
    "DBClusterParameterGroupName": "DBClusterParameterGroup",
    "NewDBClusterIdentifier": "DBClusterIdentifier",
    "ServerlessV2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
}  # fmt: skip


def _when(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if at(asked, "MasterUserPassword") is not None:
        yield "the master password would be replaced"
    if not same(at(asked, "ApplyImmediately"), True):
        window = text_at(item, "PreferredMaintenanceWindow")
        yield f"without `ApplyImmediately` most changes wait for the maintenance window {shown(window)}"
    elif at(item, "PendingModifiedValues"):
        yield f"what is pending already would be applied as well: {shown(at(item, 'PendingModifiedValues'))}"


def _final_snapshot(asked: Asked, _: Mapping[str, Any]) -> Iterator[str | No]:
    if same(at(asked, "SkipFinalSnapshot"), True):
        yield "no final snapshot would be taken"
    elif at(asked, "FinalDBSnapshotIdentifier"):
        yield f"a final snapshot would be taken: {shown(at(asked, 'FinalDBSnapshotIdentifier'))}"
    if same(at(asked, "DeleteAutomatedBackups"), False):
        yield "automated backups would be kept"


_PROTECTED = "deletion protection is on"

# ---------------------------------------------------------------- DynamoDB

TABLE = Thing(
    "table",
    "dynamodb.DescribeTable",
    "TableName",
    "TableName",
    at="Table",
    absent=("ResourceNotFoundException",),
    facts=(
        "=TableStatus", "items about=ItemCount", "size=TableSizeBytes|bytes", "indexes=GlobalSecondaryIndexes[]|count"
    ),
)  # fmt: skip


def _table_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    plain = {
        "ProvisionedThroughput.ReadCapacityUnits": "ProvisionedThroughput.ReadCapacityUnits",
        "ProvisionedThroughput.WriteCapacityUnits": "ProvisionedThroughput.WriteCapacityUnits",
        "DeletionProtectionEnabled": "DeletionProtectionEnabled",
        "StreamSpecification": "StreamSpecification",
    }
    yield from compared(asked, item, plain)
    billing = text_at(item, "BillingModeSummary.BillingMode") or "PROVISIONED"  # the model: absent until changed once
    if at(asked, "BillingMode") is not None and not same(at(asked, "BillingMode"), billing):
        yield f"BillingMode  {shown(billing)} -> {shown(at(asked, 'BillingMode'))}"
    kind = text_at(item, "TableClassSummary.TableClass") or "STANDARD"
    if at(asked, "TableClass") is not None and not same(at(asked, "TableClass"), kind):
        yield f"TableClass  {shown(kind)} -> {shown(at(asked, 'TableClass'))}"
    for one in each(asked, "GlobalSecondaryIndexUpdates[]"):
        for verb in ("Create", "Update", "Delete"):
            if at(one, verb):
                yield f"index {shown(at(one, f'{verb}.IndexName'))}: {verb.lower()}"


def _indexes(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    there = {text_at(one, "IndexName") for one in each(item, "GlobalSecondaryIndexes[]")}
    for one in each(asked, "GlobalSecondaryIndexUpdates[]"):
        for verb in ("Update", "Delete"):
            name = text_at(one, f"{verb}.IndexName")
            if name is not None and name not in there:
                yield absent(f"it has no index {safe_line(name)} to {verb.lower()}")
        if (name := text_at(one, "Create.IndexName")) in there and name is not None:
            yield different(f"it has an index {safe_line(name)} already")


def _item_reads(asked: Asked) -> tuple[Read, ...]:
    """Only the key comes back, none of what the item holds."""
    table, key = text_at(asked, "TableName"), at(asked, "Key")
    if table is None or not isinstance(key, Mapping) or not key or _holds_bytes(key):
        return ()
    names = {f"#k{number}": str(name) for number, name in enumerate(key)}
    return (_get_item(table, key, names),)


def _get_item(table: str, key: Mapping[str, Any], names: Mapping[str, str]) -> Read:
    return Read(
        "dynamodb.GetItem",
        {
            "TableName": table,
            "Key": dict(key),
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": dict(names),
        },
        ("ResourceNotFoundException",),
    )


def _holds_bytes(key: Mapping[str, Any]) -> bool:
    return any(not isinstance(one, Mapping) or "B" in one or reference_in(one) for one in key.values())


def _item(words: str, *, needed: bool) -> Any:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        return _item_told(asked, answers[0], words, needed=needed)

    return picture


def _item_told(asked: Asked, answer: Answer, words: str, *, needed: bool) -> Picture:
    table = safe_line(text_at(asked, "TableName") or "")
    if not answer.known:
        return Picture(unread=(answer.unread,))
    if answer.absent:
        return Picture(nos=(absent(f"table {table} is absent"),))
    if at(answer.there, "Item"):
        return Picture((f"table {table} has an item of this key",), (f"the item {words}",))
    if needed:
        return Picture(nos=(absent(f"table {table} has no item of this key: nothing to delete"),))
    return Picture((f"table {table} has no item of this key",), ("absent: would be created",))


def _put_reads(asked: Asked) -> tuple[Read, ...]:
    return TABLE.reads(asked) if isinstance(at(asked, "Item"), Mapping) else ()


def _put_then(asked: Asked, answers: Sequence[Answer]) -> tuple[Read, ...]:
    """The table says which attributes are its key."""
    table, item = text_at(asked, "TableName"), at(asked, "Item")
    if len(answers) > 1 or table is None or not isinstance(item, Mapping):
        return ()
    schema = [str(at(one, "AttributeName")) for one in each(answers[0].there, "Table.KeySchema[]")]
    key = {name: item[name] for name in schema if name in item}
    if not key or len(key) < len(schema) or _holds_bytes(key):
        return ()
    return (_get_item(table, key, {f"#k{number}": name for number, name in enumerate(key)}),)


def _put(asked: Asked, answers: Sequence[Answer]) -> Picture:
    if len(answers) < 2:
        first = answers[0]
        if first.absent:
            return Picture(nos=(absent(f"table {safe_line(text_at(asked, 'TableName') or '')} is absent"),))
        return Picture(unread=(first.unread or "the item's key was not understood",))
    return _item_told(asked, answers[1], "would be overwritten as a whole", needed=False)


# ---------------------------------------------------------------- S3

MOST_OBJECTS = 20  # objects that are looked at for one request, one read each

_OWNER = ("ExpectedBucketOwner", "RequestPayer")
_NO_BUCKET = ("NoSuchBucket", "404")


def _bucket_read(asked: Asked, call: str, *absences: str) -> tuple[Read, ...]:
    bucket = text_at(asked, "Bucket")
    if bucket is None:
        return ()
    owner = text_at(asked, "ExpectedBucketOwner")
    named = {"Bucket": bucket} | ({"ExpectedBucketOwner": owner} if owner else {})
    return (Read(call, named, absences),)


def _document(
    call: str, none_set: str, held: str, asked_as: str, noun: str, key: str | None = None, *, deletes: bool = False
) -> BeforeRead:
    """A configuration of a bucket that is replaced, or removed, as a whole."""

    def reads(asked: Asked) -> tuple[Read, ...]:
        return _bucket_read(asked, call, none_set, *_NO_BUCKET)

    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        [answer] = answers
        bucket = safe_line(text_at(asked, "Bucket") or "")
        if not answer.known:
            return Picture(unread=(answer.unread,))
        if answer.absent and not answer.said.startswith(none_set):
            return Picture(nos=(absent(f"bucket {bucket} is absent"),))
        now, wanted = at(answer.there, held), at(asked, asked_as)
        if not now:
            if deletes:
                return Picture(nos=(absent(f"bucket {bucket} has no {noun}: nothing to delete"),))
            return Picture((f"bucket {bucket} has no {noun}",), (f"absent: the {noun} would be created",))
        found = (f"bucket {bucket} has a {noun}",)
        if deletes:
            return Picture(found, (f"the {noun} would be deleted", *documents(noun, now, {})))
        lines = tuple(_by_key(noun, now, wanted, key) if key else documents(noun, now, wanted))
        return Picture(found, lines, () if lines else (f"The {noun} is so already: nothing would change",))

    return BeforeRead(reads, picture)


def _by_key(noun: str, now: Any, wanted: Any, key: str) -> Iterator[str]:
    """Lists of rules with names: the whole list is replaced, so what is left out goes."""
    before = {str(at(one, key) or "(unnamed)"): one for one in each(now, "[]")}
    after = {str(at(one, key) or "(unnamed)"): one for one in each(wanted, "[]")}
    for name, rule in before.items():
        if name not in after:
            yield f"{noun} rule {safe_line(name)}  removed: {shown(rule)}"
    for name, rule in after.items():
        if name not in before:
            yield f"{noun} rule {safe_line(name)}  added: {shown(rule)}"
        elif not same(before[name], rule):
            yield f"{noun} rule {safe_line(name)}  {shown(before[name])} -> {shown(rule)}"


def _versioning_reads(asked: Asked) -> tuple[Read, ...]:
    return _bucket_read(asked, "s3.GetBucketVersioning", *_NO_BUCKET)


def _versioned(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    bucket = safe_line(text_at(asked, "Bucket") or "")
    if not answer.known:
        return Picture(unread=(answer.unread,))
    if answer.absent:
        return Picture(nos=(absent(f"bucket {bucket} is absent"),))
    status = text_at(answer.there, "Status")
    wanted = at(asked, "VersioningConfiguration.Status")
    found = (f"bucket {bucket}: versioning {safe_line(status or 'was never enabled')}",)
    parts: list[str | No | Picture] = []
    if wanted is not None and not same(status, wanted):
        parts.append(Picture(changes=(f"Status  {shown(status)} -> {shown(wanted)}",)))
    elif wanted is not None:
        parts.append("Versioning is so already: nothing would change")
    if wanted == "Suspended" and status == "Enabled":
        parts.append("objects that are overwritten from then on are lost; present versions stay")
    return gathered(parts, found)


def _bucket_deletion(asked: Asked) -> tuple[Read, ...]:
    head = _bucket_read(asked, "s3.HeadBucket", *_NO_BUCKET)
    content = _bucket_read(asked, "s3.ListObjectVersions", *_NO_BUCKET)
    return head + tuple(Read(one.call, {**one.parameters, "MaxKeys": 1}, one.absent) for one in content)


def _bucket_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    head, content = answers
    bucket = safe_line(text_at(asked, "Bucket") or "")
    if head.absent:
        return Picture(nos=(absent(f"bucket {bucket} is absent: nothing to delete"),))
    whole = Picture(unread=(head.unread,)) if not head.known else Picture(
        (f"bucket {bucket}",), (f"bucket {bucket}: would be deleted",)
    )
    if each(content.there, "Versions[]") or each(content.there, "DeleteMarkers[]"):
        what = "objects" if each(content.there, "Versions[]") else "delete markers of older objects"
        whole += Picture(nos=(different(f"bucket {bucket} is not empty, it holds {what}"),))
    elif not content.known:
        whole += Picture(unread=(f"whether it is empty: {content.unread}",))
    return whole


def _head(bucket: str, key: str, asked: Asked, version: str | None) -> Read:
    also = {name: at(asked, name) for name in _OWNER if text_at(asked, name)}
    named = {"Bucket": bucket, "Key": key, **also} | ({"VersionId": version} if version else {})
    return Read("s3.HeadObject", named, ("404", "NoSuchKey", "NoSuchVersion"))


def _object_reads(asked: Asked) -> tuple[Read, ...]:
    bucket, key = text_at(asked, "Bucket"), text_at(asked, "Key")
    if bucket is None or key is None:
        return ()
    return (*_versioning_reads(asked), _head(bucket, key, asked, text_at(asked, "VersionId")))


def _objects_reads(asked: Asked) -> tuple[Read, ...]:
    bucket = text_at(asked, "Bucket")
    named = each(asked, "Delete.Objects[]")
    keys = [(text_at(one, "Key"), text_at(one, "VersionId")) for one in named]
    if bucket is None or not keys:
        return ()
    heads = (_head(bucket, key, asked, version) for key, version in keys[:MOST_OBJECTS] if key)
    return (*_versioning_reads(asked), *heads)


def _object_told(key: str, answer: Answer) -> str:
    size, when = at(answer.there, "ContentLength"), at(answer.there, "LastModified")
    return f"object {safe_line(key)}: {byte_size(size)}, of {shown(when)}"


def _fate(versioning: Answer, version: str | None) -> str:
    if version:
        return "this version would be deleted for good"
    if not versioning.known:
        return "would be deleted"
    if text_at(versioning.there, "Status") == "Enabled":
        return "would be hidden by a delete marker; its versions stay"
    return "would be deleted for good: the bucket keeps no versions"


def _objects_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    versioning, *heads = answers
    if versioning.absent:
        return Picture(nos=(absent(f"bucket {safe_line(text_at(asked, 'Bucket') or '')} is absent"),))
    named = each(asked, "Delete.Objects[]") or [asked]
    whole, missing = Picture(), []
    for one, head in zip([one for one in named if text_at(one, "Key")], heads, strict=False):
        key, version = text_at(one, "Key") or "", text_at(one, "VersionId")
        if not head.known:
            whole += Picture(unread=(f"object {safe_line(key)}: {head.unread}",))
        elif head.absent:
            missing.append(f"object {safe_line(key)} is absent: nothing to delete")
        else:
            line = f"object {safe_line(key)}: {_fate(versioning, version)}"
            whole += Picture((_object_told(key, head),), (line,))
    whole += some_missing(missing, any_there=bool(whole.found or whole.unread))
    if len(named) > MOST_OBJECTS:
        whole += Picture(warnings=(f"{len(named) - MOST_OBJECTS} more objects were not looked at",))
    return whole


def _object_put(asked: Asked, answers: Sequence[Answer]) -> Picture:
    versioning, head = answers
    bucket, key = safe_line(text_at(asked, "Bucket") or ""), text_at(asked, "Key") or ""
    if versioning.absent:
        return Picture(nos=(absent(f"bucket {bucket} is absent"),))
    if not head.known:
        return Picture(unread=(head.unread,))
    if head.absent:
        return Picture((f"object {safe_line(key)} is absent",), ("absent: would be created",))
    if at(asked, "IfNoneMatch") == "*":
        return Picture((_object_told(key, head),), nos=(different(f"object {safe_line(key)} exists already"),))
    kept = text_at(versioning.there, "Status") == "Enabled"
    fate = "its present version would stay" if kept else "the bucket keeps no versions, so what is there is lost"
    known = fate if versioning.known else "whether the bucket keeps versions is not known"
    return Picture((_object_told(key, head),), (f"object {safe_line(key)}: would be overwritten; {known}",))


def _public_access(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    bucket = safe_line(text_at(asked, "Bucket") or "")
    none_set = "NoSuchPublicAccessBlockConfiguration"
    if not answer.known:
        return Picture(unread=(answer.unread,))
    if answer.absent and not answer.said.startswith(none_set):
        return Picture(nos=(absent(f"bucket {bucket} is absent"),))
    now = at(answer.there, "PublicAccessBlockConfiguration") or {}
    members = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    wanted = at(asked, "PublicAccessBlockConfiguration") or {}
    lines = [
        f"{name}  {shown(bool(at(now, name)))} -> {shown(bool(at(wanted, name)))}"
        for name in members
        if bool(at(now, name)) != bool(at(wanted, name))
    ]
    on = [name for name in members if at(now, name)]
    found = f"bucket {bucket} blocks public access by {', '.join(on) if on else 'nothing'}"
    return Picture((found,), tuple(lines), () if lines else ("It is so already: nothing would change",))


BEFORE_READS = {
    ("rds", "ModifyDBInstance"): writes(INSTANCE, CHANGES, _INSTANCE_SETTINGS, _when),
    ("rds", "DeleteDBInstance"): writes(
        INSTANCE, DELETES, (), refuses("DeletionProtection", True, _PROTECTED), _final_snapshot
    ),
    ("rds", "StopDBInstance"): writes(
        INSTANCE, becomes("would be stopped", "nothing to stop"), (), needs_state("DBInstanceStatus", "available")
    ),
    ("rds", "StartDBInstance"): writes(
        INSTANCE, becomes("would be started", "nothing to start"), (), needs_state("DBInstanceStatus", "stopped")
    ),
    ("rds", "RebootDBInstance"): writes(
        INSTANCE, becomes("would be rebooted", "nothing to reboot"), (), needs_state("DBInstanceStatus", "available"),
        says("ForceFailover", True, "it would fail over to another zone"),
    ),
    ("rds", "ModifyDBCluster"): writes(CLUSTER, CHANGES, _CLUSTER_SETTINGS, _when),
    ("rds", "DeleteDBCluster"): writes(
        CLUSTER, DELETES, (), refuses("DeletionProtection", True, _PROTECTED),
        counts("DBClusterMembers[]", "instance", "must be deleted first"), _final_snapshot,
    ),
    ("rds", "StopDBCluster"): writes(
        CLUSTER, becomes("would be stopped", "nothing to stop"), (), needs_state("Status", "available")
    ),
    ("rds", "FailoverDBCluster"): writes(
        CLUSTER, becomes("would fail over", "nothing to fail over"), (), needs_state("Status", "available")
    ),
    ("dynamodb", "UpdateTable"): writes(
        TABLE, CHANGES, _table_settings, needs_state("TableStatus", "ACTIVE"), _indexes
    ),
    ("dynamodb", "DeleteTable"): writes(
        TABLE, DELETES, (), refuses("DeletionProtectionEnabled", True, _PROTECTED),
        needs_state("TableStatus", "ACTIVE", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED"),
    ),
    ("dynamodb", "DeleteItem"): BeforeRead(_item_reads, _item("would be deleted", needed=True)),
    ("dynamodb", "UpdateItem"): BeforeRead(_item_reads, _item("would be changed", needed=False)),
    ("dynamodb", "PutItem"): BeforeRead(_put_reads, _put, _put_then),
    ("s3", "PutBucketPolicy"): _document(
        "s3.GetBucketPolicy", "NoSuchBucketPolicy", "Policy", "Policy", "bucket policy"
    ),
    ("s3", "DeleteBucketPolicy"): _document(
        "s3.GetBucketPolicy", "NoSuchBucketPolicy", "Policy", "Policy", "bucket policy", deletes=True
    ),
    ("s3", "PutBucketLifecycleConfiguration"): _document(
        "s3.GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "Rules", "LifecycleConfiguration.Rules",
        "lifecycle", key="ID",
    ),
    ("s3", "DeleteBucketLifecycle"): _document(
        "s3.GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "Rules", "", "lifecycle", deletes=True
    ),
    ("s3", "PutPublicAccessBlock"): BeforeRead(
        lambda asked: _bucket_read(
            asked, "s3.GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", *_NO_BUCKET
        ),
        _public_access,
    ),
    ("s3", "PutBucketVersioning"): BeforeRead(_versioning_reads, _versioned),
    ("s3", "DeleteBucket"): BeforeRead(_bucket_deletion, _bucket_deleted),
    ("s3", "DeleteObject"): BeforeRead(_object_reads, _objects_deleted),
    ("s3", "DeleteObjects"): BeforeRead(_objects_reads, _objects_deleted),
    ("s3", "PutObject"): BeforeRead(_object_reads, _object_put),
    ("s3", "CopyObject"): BeforeRead(_object_reads, _object_put),
}  # fmt: skip
"""By service and operation."""
