"""Ways back on identities, keys, databases, buckets, alarms, rules, queues, topics and DNS records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.before.access import KEY, ROLE, SECRET, USER
from cloudops_tui.policy.before.data import CLUSTER, INSTANCE, TABLE
from cloudops_tui.policy.before.operations import LOG_GROUP, RULE
from cloudops_tui.policy.before.reading import Answer, Asked, Read, Thing
from cloudops_tui.policy.before.values import at, each, mapping_at, same, text_at, texts_at
from cloudops_tui.policy.undo.families import (
    absent_body,
    known,
    names_of,
    needed,
    of_thing,
    one_value,
    settings,
    switch,
)
from cloudops_tui.policy.undo.stored import holds_bytes
from cloudops_tui.policy.undo.way_back import Call, Image, NoWayBack, WayBack

INVERSE, RESTORE = UndoKind.INVERSE, UndoKind.RESTORE_BEFORE

# ---------------------------------------------------------------- IAM

_NO_ENTITY = ("NoSuchEntity",)


def _policy_to(holder: Thing, call: str, attached: bool, back_by: str) -> WayBack:
    def reads(asked: Asked) -> Sequence[Read]:
        name = text_at(asked, holder.name)
        return (Read(call, {holder.ask: name}, _NO_ENTITY),) if name and text_at(asked, "PolicyArn") else ()

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        if answers[0].absent:
            raise NoWayBack(f"the {holder.noun} is absent")
        there = at(asked, "PolicyArn") in each(answers[0].there, "AttachedPolicies[].PolicyArn")
        if not there and at(answers[0].there, "IsTruncated"):
            raise NoWayBack("not all of its policies were listed")
        return {"policy attached": there}

    def back(asked: Asked, _: Image) -> Sequence[Call]:
        return (Call(back_by, names_of(asked, holder.name, "PolicyArn")),)

    return WayBack(
        INVERSE, lambda asked: f"policy {text_at(asked, 'PolicyArn')}", reads, image,
        lambda _asked, _before: {"policy attached": attached}, back,
        lambda asked: needed(asked, holder.name, "PolicyArn"),
    )  # fmt: skip


def _inline(holder: Thing, call: str, put_by: str, delete_by: str, *, deletes: bool) -> WayBack:
    def reads(asked: Asked) -> Sequence[Read]:
        named = {holder.ask: text_at(asked, holder.name), "PolicyName": text_at(asked, "PolicyName")}
        return (Read(call, named, _NO_ENTITY),) if all(named.values()) else ()

    def put(asked: Asked, document: Any) -> Call:
        named = names_of(asked, holder.name, "PolicyName")
        return Call(put_by, {**named, "PolicyDocument": _text(document)})

    return one_value(
        "inline policy", reads, lambda _, answers: at(answers[0].there, "PolicyDocument"),
        lambda asked: None if deletes else at(asked, "PolicyDocument"), put,
        lambda asked: Call(delete_by, names_of(asked, holder.name, "PolicyName")),
    )  # fmt: skip


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _trust(asked: Asked, document: Any) -> Call:
    return Call("UpdateAssumeRolePolicy", {**names_of(asked, "RoleName"), "PolicyDocument": _text(document)})


def _key_reads(asked: Asked) -> Sequence[Read]:
    user = text_at(asked, "UserName")
    if not text_at(asked, "AccessKeyId"):
        return ()
    return (Read("iam.ListAccessKeys", {"UserName": user} if user else {}, _NO_ENTITY),)


def _key_status(asked: Asked, answers: Sequence[Answer]) -> Any:
    keys = each(answers[0].there, "AccessKeyMetadata[]")
    found = next((one for one in keys if at(one, "AccessKeyId") == at(asked, "AccessKeyId")), None)
    if found is None:
        raise NoWayBack("the access key is absent")
    return at(found, "Status")


def _key_back(asked: Asked, status: Any) -> Call:
    return Call("UpdateAccessKey", {**names_of(asked, "UserName", "AccessKeyId"), "Status": status})


# ---------------------------------------------------------------- keys and secrets


def _key_state(item: Mapping[str, Any]) -> Any:
    return at(item, "KeyState")


def _is_scheduled(item: Mapping[str, Any]) -> Any:
    return bool(at(item, "DeletedDate"))


def _secret_deleted() -> WayBack:
    turned = switch(SECRET, "deletion scheduled", _is_scheduled, True, {False: "RestoreSecret"})
    return WayBack(
        turned.kind, turned.what, turned.reads, turned.image, turned.wrote, turned.back,
        lambda asked: "it is deleted without recovery" if same(at(asked, "ForceDeleteWithoutRecovery"), True) else None,
    )  # fmt: skip


# ---------------------------------------------------------------- databases

_DB_STATES = {"starting": "available", "stopping": "stopped"}


def _db_state(place: str) -> Callable[[Mapping[str, Any]], Any]:
    def state(item: Mapping[str, Any]) -> Any:
        now = at(item, place)
        return _DB_STATES.get(str(now), now)

    return state


def _item_reads(asked: Asked) -> Sequence[Read]:
    table, key = text_at(asked, "TableName"), at(asked, "Key")
    if table is None or not isinstance(key, Mapping) or not key:
        return ()
    return (Read("dynamodb.GetItem", {"TableName": table, "Key": dict(key), "ConsistentRead": True}),)


def _item(_: Asked, answers: Sequence[Answer]) -> Any:
    item = at(answers[0].there, "Item")
    if item is not None and holds_bytes(item):
        raise NoWayBack("the item holds binary values")
    return item


def _item_back(asked: Asked, item: Any) -> Call:
    return Call("PutItem", {**names_of(asked, "TableName"), "Item": item})


# ---------------------------------------------------------------- S3

_NO_BUCKET = ("NoSuchBucket", "404")


def _bucket_reads(call: str, *none_set: str) -> Callable[[Asked], Sequence[Read]]:
    def reads(asked: Asked) -> Sequence[Read]:
        names = names_of(asked, "Bucket", "ExpectedBucketOwner")
        return (Read(call, names, (*none_set, *_NO_BUCKET)),) if text_at(asked, "Bucket") else ()

    return reads


def _of_bucket(
    noun: str, call: str, none_set: str, held: str, put: Callable[[Any], Call], delete_by: str, asked_as: str
) -> WayBack:
    """A configuration of a bucket that is replaced or removed as a whole; `asked_as` empty: it is removed."""

    def value(_: Asked, answers: Sequence[Answer]) -> Any:
        return None if absent_body(answers[0], none_set) else at(answers[0].there, held)

    def back(asked: Asked, there: Any) -> Call:
        made = put(there)
        return Call(made.operation, {**names_of(asked, "Bucket", "ExpectedBucketOwner"), **made.parameters})

    def remove(asked: Asked) -> Call:
        return Call(delete_by, names_of(asked, "Bucket", "ExpectedBucketOwner"))

    def wrote(asked: Asked) -> Any:
        return at(asked, asked_as) if asked_as else None

    return one_value(
        noun, _bucket_reads(call, none_set), value, wrote, back, remove, why_not=lambda asked: needed(asked, "Bucket")
    )


def _bucket_policy(asked_as: str) -> WayBack:
    return _of_bucket(
        "bucket policy", "s3.GetBucketPolicy", "NoSuchBucketPolicy", "Policy",
        lambda there: Call("PutBucketPolicy", {"Policy": _text(there)}), "DeleteBucketPolicy", asked_as,
    )  # fmt: skip


def _lifecycle(asked_as: str) -> WayBack:
    return _of_bucket(
        "lifecycle rules", "s3.GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "Rules",
        lambda there: Call("PutBucketLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": there}}),
        "DeleteBucketLifecycle", asked_as,
    )  # fmt: skip


def _public_access(asked_as: str) -> WayBack:
    return _of_bucket(
        "public access block", "s3.GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
        "PublicAccessBlockConfiguration",
        lambda there: Call("PutPublicAccessBlock", {"PublicAccessBlockConfiguration": there}),
        "DeletePublicAccessBlock", asked_as,
    )  # fmt: skip


def _versioning(_: Asked, answers: Sequence[Answer]) -> Any:
    absent_body(answers[0])
    return at(answers[0].there, "Status")


def _versioning_back(asked: Asked, status: Any) -> Call:
    names = names_of(asked, "Bucket", "ExpectedBucketOwner")
    return Call("PutBucketVersioning", {**names, "VersioningConfiguration": {"Status": status}})


# ---------------------------------------------------------------- logs, alarms, rules


def _retention(wrote: Callable[[Asked], Any]) -> WayBack:
    def put(asked: Asked, days: Any) -> Call:
        return Call("PutRetentionPolicy", {**names_of(asked, "logGroupName"), "retentionInDays": days})

    def remove(asked: Asked) -> Call:
        return Call("DeleteRetentionPolicy", names_of(asked, "logGroupName"))

    return one_value(
        "retention in days", LOG_GROUP.reads, of_thing(LOG_GROUP, "retentionInDays"), wrote, put, remove
    )


_ALARM = (
    "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName",
    "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile",
    "Metrics", "ThresholdMetricId",
)  # fmt: skip


def _alarm_names(asked: Asked) -> tuple[str, ...]:
    return texts_at(asked, "AlarmNames") or texts_at(asked, "AlarmName")


def _alarm_reads(asked: Asked) -> Sequence[Read]:
    names, both = _alarm_names(asked), ["MetricAlarm", "CompositeAlarm"]
    return (Read("cloudwatch.DescribeAlarms", {"AlarmNames": list(names), "AlarmTypes": both}),) if names else ()


def _alarms(answer: Answer) -> dict[str, Mapping[str, Any]]:
    known(answer)
    if each(answer.there, "CompositeAlarms[]"):
        raise NoWayBack("one of them is a composite alarm")
    return {str(at(one, "AlarmName")): one for one in each(answer.there, "MetricAlarms[]")}


def _kept(item: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: item[name] for name in names if item.get(name) not in (None, [], "")}


def _whole_alarms(*, deletes: bool) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        there = _alarms(answers[0])
        return {f"alarm {one}": _kept(there[one], _ALARM) if one in there else None for one in _alarm_names(asked)}

    def wrote(asked: Asked, before: Image) -> Image:
        return dict.fromkeys(before) if deletes else {name: _kept(asked, _ALARM) for name in before}

    def back(_: Asked, before: Image) -> Sequence[Call]:
        names = {name: name.partition(" ")[2] for name in before}
        gone = [names[name] for name, value in before.items() if value is None]
        again = [Call("PutMetricAlarm", {"AlarmName": names[name], **it}) for name, it in before.items() if it]
        return [*again, *([Call("DeleteAlarms", {"AlarmNames": gone})] if gone else [])]

    def why_not(asked: Asked) -> str | None:
        if at(asked, "Tags"):
            return "`Tags` is not among what can be put back"
        return None if 0 < len(_alarm_names(asked)) <= 100 else "its alarms could not be read"

    return WayBack(
        RESTORE, lambda asked: f"alarm {', '.join(_alarm_names(asked))}", _alarm_reads, image, wrote, back, why_not
    )


def _alarm_actions(enabled: bool, back_by: str) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        there = _alarms(answers[0])
        return {f"actions of {one}": at(there.get(one), "ActionsEnabled") for one in _alarm_names(asked)}

    def back(_: Asked, before: Image) -> Sequence[Call]:
        names = [name.removeprefix("actions of ") for name, was in before.items() if was is not None]
        return (Call(back_by, {"AlarmNames": names}),) if names else ()

    return WayBack(
        INVERSE, lambda asked: f"the actions of {', '.join(_alarm_names(asked))}", _alarm_reads, image,
        lambda _, before: dict.fromkeys(before, enabled), back,
    )  # fmt: skip


_RULE = ("ScheduleExpression", "EventPattern", "State", "Description", "RoleArn")


def _whole_rule() -> WayBack:
    def value(_: Asked, answers: Sequence[Answer]) -> Any:
        return None if answers[0].absent else _kept(answers[0].there, _RULE)

    def put(asked: Asked, there: Any) -> Call:
        return Call("PutRule", {**names_of(asked, "Name", "EventBusName"), **there})

    def wrote(asked: Asked) -> Any:
        return {"State": "ENABLED", **_kept(asked, _RULE)}

    def remove(asked: Asked) -> Call:
        return Call("DeleteRule", names_of(asked, "Name", "EventBusName"))

    def why_not(asked: Asked) -> str | None:
        return "`Tags` is not among what can be put back" if at(asked, "Tags") else None

    return one_value("rule", RULE.reads, value, wrote, put, remove, why_not=why_not)


def _rule_targets(*, removes: bool) -> WayBack:
    def reads(asked: Asked) -> Sequence[Read]:
        names = names_of(asked, "Rule", "EventBusName")
        return (Read("events.ListTargetsByRule", names, ("ResourceNotFoundException",)),) if "Rule" in names else ()

    def ids(asked: Asked) -> list[str]:
        return list(texts_at(asked, "Ids")) if removes else [str(one) for one in each(asked, "Targets[].Id")]

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        if at(answers[0].there, "NextToken"):
            raise NoWayBack("not all of its targets were listed")
        there = {str(at(one, "Id")): one for one in each(answers[0].there, "Targets[]")}
        return {f"target {one}": there.get(one) for one in ids(asked)}

    def wrote(asked: Asked, before: Image) -> Image:
        if removes:
            return dict.fromkeys(before)
        return {f"target {at(one, 'Id')}": one for one in each(asked, "Targets[]")}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        named = names_of(asked, "Rule", "EventBusName")
        there = [value for value in before.values() if value is not None]
        gone = [name.partition(" ")[2] for name, value in before.items() if value is None]
        return [
            *([Call("PutTargets", {**named, "Targets": there})] if there else []),
            *([Call("RemoveTargets", {**named, "Ids": gone})] if gone else []),
        ]

    return WayBack(
        RESTORE, lambda asked: f"targets {', '.join(ids(asked))}", reads, image, wrote, back,
        lambda asked: None if ids(asked) else "its targets could not be read",
    )  # fmt: skip


# ---------------------------------------------------------------- queues and topics

_EMPTY_REMOVES = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "DisplayName", "DeliveryPolicy"})
"""Attributes that an empty text takes away (SQS and SNS API references)."""


def _attributes(
    reads: Callable[[Asked], Sequence[Read]],
    given: Callable[[Asked], Mapping[str, Any]],
    put: Callable[[Asked, Mapping[str, Any]], Call],
) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        if answers[0].absent:
            raise NoWayBack(answers[0].said or "it is absent")
        there = mapping_at(answers[0].there, "Attributes")
        return {name: there.get(name) for name in given(asked)}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        if stuck := [name for name, value in before.items() if value is None and name not in _EMPTY_REMOVES]:
            raise NoWayBack(f"{stuck[0]} was not set, and cannot be written so")
        return (put(asked, {name: "" if value is None else value for name, value in before.items()}),)

    return WayBack(
        RESTORE, lambda asked: ", ".join(given(asked)), reads, image, lambda asked, _: given(asked), back,
        lambda asked: None if given(asked) else "its attributes could not be read",
    )  # fmt: skip


def _queue_reads(asked: Asked) -> Sequence[Read]:
    gone = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    names = names_of(asked, "QueueUrl")
    return (Read("sqs.GetQueueAttributes", {**names, "AttributeNames": ["All"]}, gone),) if names else ()


def _queue_back(asked: Asked, values: Mapping[str, Any]) -> Call:
    return Call("SetQueueAttributes", {**names_of(asked, "QueueUrl"), "Attributes": dict(values)})


def _topic_reads(asked: Asked) -> Sequence[Read]:
    names = names_of(asked, "TopicArn")
    return (Read("sns.GetTopicAttributes", names, ("NotFound",)),) if names else ()


def _topic_given(asked: Asked) -> Mapping[str, Any]:
    name = text_at(asked, "AttributeName")
    return {name: at(asked, "AttributeValue")} if name else {}


def _topic_back(asked: Asked, values: Mapping[str, Any]) -> Call:
    [(name, value)] = values.items()
    return Call("SetTopicAttributes", {**names_of(asked, "TopicArn"), "AttributeName": name, "AttributeValue": value})


# ---------------------------------------------------------------- DNS records

_MOST_RECORDS = 5  # of one request; each is a read


def _records(asked: Asked) -> list[Mapping[str, Any]]:
    return [one for one in each(asked, "ChangeBatch.Changes[]") if isinstance(one, Mapping)]


def _record_key(record: Any) -> str:
    name = str(at(record, "Name") or "").lower().replace("*", "\\052").rstrip(".")
    identifier = at(record, "SetIdentifier")
    return f"record {name} {at(record, 'Type')}" + (f" {identifier}" if identifier else "")


def _record_reads(asked: Asked) -> Sequence[Read]:
    zone = text_at(asked, "HostedZoneId")
    reads = []
    for one in _records(asked):
        record = at(one, "ResourceRecordSet")
        start = {"StartRecordName": at(record, "Name"), "StartRecordType": at(record, "Type")}
        if text_at(record, "SetIdentifier"):
            start["StartRecordIdentifier"] = at(record, "SetIdentifier")
        reads.append(Read("route53.ListResourceRecordSets", {"HostedZoneId": zone, **start, "MaxItems": "5"}))
    return reads if zone else ()


def _record_value(record: Any) -> Any:
    """All of a record but what names it; the name that an alias points to as Route 53 keeps it."""
    if not isinstance(record, Mapping):
        return None
    kept = {name: value for name, value in record.items() if name not in ("Name", "Type", "SetIdentifier")}
    alias = kept.get("AliasTarget")
    if isinstance(alias, Mapping) and isinstance(alias.get("DNSName"), str):
        kept["AliasTarget"] = {**alias, "DNSName": alias["DNSName"].lower().rstrip(".") + "."}
    return kept


def _records_image(asked: Asked, answers: Sequence[Answer]) -> Image:
    known(*answers)
    there = {_record_key(one): one for answer in answers for one in each(answer.there, "ResourceRecordSets[]")}
    keys = [_record_key(at(one, "ResourceRecordSet")) for one in _records(asked)]
    return {key: _record_value(there.get(key)) for key in keys}


def _records_wrote(asked: Asked, _: Image) -> Image:
    wrote: dict[str, Any] = {}
    for one in _records(asked):
        record = at(one, "ResourceRecordSet")
        wrote[_record_key(record)] = None if at(one, "Action") == "DELETE" else _record_value(record)
    return wrote


def _records_back(asked: Asked, before: Image) -> Sequence[Call]:
    changes = []
    for one in reversed(_records(asked)):
        record = at(one, "ResourceRecordSet")
        key = _record_key(record)
        if key not in before:
            continue
        names = {name: at(record, name) for name in ("Name", "Type", "SetIdentifier") if at(record, name)}
        was = before[key]
        action, value = ("DELETE", _record_value(record)) if was is None else ("UPSERT", was)
        changes.append({"Action": action, "ResourceRecordSet": {**names, **value}})
    return (Call("ChangeResourceRecordSets", {**names_of(asked, "HostedZoneId"), "ChangeBatch": {"Changes": changes}}),)


def _records_why_not(asked: Asked) -> str | None:
    keys = [_record_key(at(one, "ResourceRecordSet")) for one in _records(asked)]
    if not keys or len(keys) > _MOST_RECORDS:
        return f"it changes {len(keys)} records; up to {_MOST_RECORDS} can be put back"
    return "it changes one record twice" if len(set(keys)) < len(keys) else needed(asked, "HostedZoneId")


WAYS_BACK: Mapping[tuple[str, str], WayBack] = {
    ("iam", "AttachRolePolicy"): _policy_to(ROLE, "iam.ListAttachedRolePolicies", True, "DetachRolePolicy"),
    ("iam", "DetachRolePolicy"): _policy_to(ROLE, "iam.ListAttachedRolePolicies", False, "AttachRolePolicy"),
    ("iam", "AttachUserPolicy"): _policy_to(USER, "iam.ListAttachedUserPolicies", True, "DetachUserPolicy"),
    ("iam", "DetachUserPolicy"): _policy_to(USER, "iam.ListAttachedUserPolicies", False, "AttachUserPolicy"),
    ("iam", "PutRolePolicy"): _inline(
        ROLE, "iam.GetRolePolicy", "PutRolePolicy", "DeleteRolePolicy", deletes=False
    ),
    ("iam", "DeleteRolePolicy"): _inline(
        ROLE, "iam.GetRolePolicy", "PutRolePolicy", "DeleteRolePolicy", deletes=True
    ),
    ("iam", "PutUserPolicy"): _inline(
        USER, "iam.GetUserPolicy", "PutUserPolicy", "DeleteUserPolicy", deletes=False
    ),
    ("iam", "DeleteUserPolicy"): _inline(
        USER, "iam.GetUserPolicy", "PutUserPolicy", "DeleteUserPolicy", deletes=True
    ),
    ("iam", "UpdateAssumeRolePolicy"): one_value(
        "trust policy", ROLE.reads, of_thing(ROLE, "AssumeRolePolicyDocument"),
        lambda asked: at(asked, "PolicyDocument"), _trust,
    ),
    ("iam", "UpdateAccessKey"): one_value(
        "status of the key", _key_reads, _key_status, lambda asked: at(asked, "Status"), _key_back, kind=INVERSE
    ),
    ("kms", "DisableKey"): switch(KEY, "KeyState", _key_state, "Disabled", {"Enabled": "EnableKey"}),
    ("kms", "EnableKey"): switch(KEY, "KeyState", _key_state, "Enabled", {"Disabled": "DisableKey"}),
    ("kms", "ScheduleKeyDeletion"): switch(
        KEY, "KeyState", _key_state, "PendingDeletion",
        {"Disabled": "CancelKeyDeletion", "Enabled": ("CancelKeyDeletion", "EnableKey")},
    ),
    ("secretsmanager", "DeleteSecret"): _secret_deleted(),
    ("rds", "ModifyDBInstance"): settings(
        INSTANCE,
        "ModifyDBInstance",
        ("DBInstanceClass", "MultiAZ", "PubliclyAccessible", "BackupRetentionPeriod", "PreferredBackupWindow",
         "PreferredMaintenanceWindow", "AutoMinorVersionUpgrade", "DeletionProtection", "CopyTagsToSnapshot"),
        also=("ApplyImmediately",),
        pending="PendingModifiedValues",
    ),
    ("rds", "ModifyDBCluster"): settings(
        CLUSTER,
        "ModifyDBCluster",
        ("BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow", "DeletionProtection",
         "CopyTagsToSnapshot"),
        also=("ApplyImmediately",),
        pending="PendingModifiedValues",
    ),
    ("rds", "StopDBInstance"): switch(
        INSTANCE, "state", _db_state("DBInstanceStatus"), "stopped", {"available": "StartDBInstance"}
    ),
    ("rds", "StartDBInstance"): switch(
        INSTANCE, "state", _db_state("DBInstanceStatus"), "available", {"stopped": "StopDBInstance"}
    ),
    ("rds", "StopDBCluster"): switch(CLUSTER, "state", _db_state("Status"), "stopped", {"available": "StartDBCluster"}),
    ("rds", "StartDBCluster"): switch(
        CLUSTER, "state", _db_state("Status"), "available", {"stopped": "StopDBCluster"}
    ),
    ("dynamodb", "UpdateTable"): settings(TABLE, "UpdateTable", ("DeletionProtectionEnabled",)),
    ("dynamodb", "DeleteItem"): one_value(
        "item", _item_reads, _item, lambda _: None, _item_back,
        why_not=lambda asked: None if _item_reads(asked) and not holds_bytes(at(asked, "Key")) else (
            "the key of the item could not be read"
        ),
    ),
    ("s3", "PutBucketPolicy"): _bucket_policy("Policy"),
    ("s3", "DeleteBucketPolicy"): _bucket_policy(""),
    ("s3", "PutBucketLifecycleConfiguration"): _lifecycle("LifecycleConfiguration.Rules"),
    ("s3", "DeleteBucketLifecycle"): _lifecycle(""),
    ("s3", "PutPublicAccessBlock"): _public_access("PublicAccessBlockConfiguration"),
    ("s3", "DeletePublicAccessBlock"): _public_access(""),
    ("s3", "PutBucketVersioning"): one_value(
        "versioning", _bucket_reads("s3.GetBucketVersioning"), _versioning,
        lambda asked: at(asked, "VersioningConfiguration.Status"), _versioning_back,
        why_not=lambda asked: "it sets MFA delete" if at(asked, "MFA") else needed(asked, "Bucket"),
    ),
    ("logs", "PutRetentionPolicy"): _retention(lambda asked: at(asked, "retentionInDays")),
    ("logs", "DeleteRetentionPolicy"): _retention(lambda _: None),
    ("cloudwatch", "PutMetricAlarm"): _whole_alarms(deletes=False),
    ("cloudwatch", "DeleteAlarms"): _whole_alarms(deletes=True),
    ("cloudwatch", "DisableAlarmActions"): _alarm_actions(False, "EnableAlarmActions"),
    ("cloudwatch", "EnableAlarmActions"): _alarm_actions(True, "DisableAlarmActions"),
    ("events", "DisableRule"): switch(
        RULE, "State", lambda item: at(item, "State"), "DISABLED", {"ENABLED": "EnableRule"}
    ),
    ("events", "EnableRule"): switch(
        RULE, "State", lambda item: at(item, "State"), "ENABLED", {"DISABLED": "DisableRule"}
    ),
    ("events", "PutRule"): _whole_rule(),
    ("events", "PutTargets"): _rule_targets(removes=False),
    ("events", "RemoveTargets"): _rule_targets(removes=True),
    ("sqs", "SetQueueAttributes"): _attributes(
        _queue_reads, lambda asked: mapping_at(asked, "Attributes"), _queue_back
    ),
    ("sns", "SetTopicAttributes"): _attributes(_topic_reads, _topic_given, _topic_back),
    ("route53", "ChangeResourceRecordSets"): WayBack(
        RESTORE, lambda asked: ", ".join(_records_image(asked, ())), _record_reads, _records_image, _records_wrote,
        _records_back, _records_why_not,
    ),
}  # fmt: skip
"""By service and operation."""

