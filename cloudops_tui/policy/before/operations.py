"""Logs, alarms, rules, queues, topics and DNS records before they are written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.policy.before.reading import (
    CHANGES,
    DELETES,
    SETS,
    Answer,
    Asked,
    BeforeRead,
    No,
    Picture,
    Read,
    Thing,
    absent,
    compared,
    different,
    gathered,
    pictured,
    writes,
)
from cloudops_tui.policy.before.values import (
    at,
    at_key,
    changed,
    counted,
    documents,
    each,
    json_document,
    mapping_at,
    same,
    shown,
    text_at,
    texts_at,
)
from cloudops_tui.policy.safe_text import safe_line

# ---------------------------------------------------------------- logs

LOG_GROUP = Thing(
    "log group",
    "logs.DescribeLogGroups",
    "logGroupName",
    "logGroupNamePrefix",  # sorted by name, so the group itself comes first
    at="logGroups[]",
    key="logGroupName",
    facts=("stored=storedBytes|bytes", "retention days=retentionInDays", "class=logGroupClass"),
)


def _retention(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    now, wanted = at(item, "retentionInDays"), at(asked, "retentionInDays")
    if not same(now, wanted):
        yield f"retentionInDays  {shown(now) if now is not None else 'never expires'} -> {shown(wanted)}"


def _expires(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    now, wanted = at(item, "retentionInDays"), at(asked, "retentionInDays")
    if isinstance(wanted, int) and (now is None or (isinstance(now, int) and wanted < now)):
        yield f"events older than {counted(wanted, 'day')} would be deleted"


def _kept_for_ever(_: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    if at(item, "retentionInDays") is not None:
        yield f"retentionInDays  {shown(at(item, 'retentionInDays'))} -> never expires"


def _log_protected(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if same(at(item, "deletionProtectionEnabled"), True):
        yield different("deletion protection is on")


# ---------------------------------------------------------------- alarms


def _alarm_reads(asked: Asked) -> tuple[Read, ...]:
    names = texts_at(asked, "AlarmNames") or texts_at(asked, "AlarmName")
    if not names:
        return ()
    both = ["MetricAlarm", "CompositeAlarm"]
    return (Read("cloudwatch.DescribeAlarms", {"AlarmNames": list(names[:100]), "AlarmTypes": both}),)


def _alarms(answer: Answer) -> dict[str, Mapping[str, Any]]:
    found = each(answer.there, "MetricAlarms[]") + each(answer.there, "CompositeAlarms[]")
    return {str(at(one, "AlarmName")): one for one in found}


def _alarm_told(name: str, item: Mapping[str, Any]) -> str:
    metric = f", {shown(at(item, 'Namespace'))} {shown(at(item, 'MetricName'))}" if at(item, "MetricName") else ""
    actions = f", {counted(len(each(item, 'AlarmActions[]')), 'action')}"
    off = "" if at(item, "ActionsEnabled") is not False else " (switched off)"
    return f"alarm {safe_line(name)}: {shown(at(item, 'StateValue'))}{metric}{actions}{off}"


_ALARM_SETTINGS = (
    "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName",
    "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile",
    "Metrics", "ThresholdMetricId",
)  # fmt: skip


def _alarm_put(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    name = text_at(asked, "AlarmName") or ""
    if not answer.known:
        return Picture(unread=(answer.unread,))
    item = _alarms(answer).get(name)
    if item is None:
        return Picture((f"alarm {safe_line(name)} is absent",), ("absent: would be created",))
    lines = list(compared(asked, item, _ALARM_SETTINGS))
    # The whole alarm is replaced, so what is left out goes, or takes its default.
    lines += [
        f"{one}  {shown(at(item, one))} -> left out"
        for one in _ALARM_SETTINGS
        if at(asked, one) is None and at(item, one) not in (None, [], "", True)
    ]
    return Picture(
        (_alarm_told(name, item),), tuple(lines), () if lines else ("The alarm is so already: nothing would change",)
    )


def _alarms_told(words: str, nothing: str, enabled: bool | None = None) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        [answer] = answers
        if not answer.known:
            return Picture(unread=(answer.unread,))
        there = _alarms(answer)
        whole = Picture()
        for name in texts_at(asked, "AlarmNames") or texts_at(asked, "AlarmName"):
            called, item = f"alarm {safe_line(name)}", there.get(name)
            if item is None:
                whole += Picture(nos=(absent(f"{called} is absent: {nothing}"),))
            elif enabled is not None and same(at(item, "ActionsEnabled"), enabled):
                whole += Picture((_alarm_told(name, item),), warnings=(f"{called} is so already",))
            else:
                whole += Picture((_alarm_told(name, item),), (f"{called}: {words}",))
        return whole

    return picture


# ---------------------------------------------------------------- rules of EventBridge

_NO_RULE = ("ResourceNotFoundException",)


def _rule(name: str = "Name") -> Thing:
    return Thing(
        "rule",
        "events.DescribeRule",
        name,
        "Name",
        absent=_NO_RULE,
        also={"EventBusName": "EventBusName"},
        facts=("=State", "schedule=ScheduleExpression", "managed by=ManagedBy"),
    )


RULE = _rule()


def _state(state: str) -> Callable[[Asked, Mapping[str, Any]], Iterator[str]]:
    def lines(_: Asked, item: Mapping[str, Any]) -> Iterator[str]:
        if at(item, "State") != state:
            yield f"State  {shown(at(item, 'State'))} -> {state}"

    return lines


def _rule_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from compared(asked, item, ("ScheduleExpression", "Description", "RoleArn"))
    yield from documents("EventPattern", at(item, "EventPattern"), at(asked, "EventPattern"))
    wanted = at(asked, "State") or "ENABLED"  # the default of PutRule, also for a rule that is disabled now
    if not same(wanted, at(item, "State")):
        yield f"State  {shown(at(item, 'State'))} -> {shown(wanted)}"
    for name in ("ScheduleExpression", "EventPattern", "Description", "RoleArn"):
        if at(asked, name) is None and at(item, name):
            yield f"{name}  {shown(at(item, name))} -> removed"


def _targets_of(name: str) -> Callable[[Asked], tuple[Read, ...]]:
    thing = _rule(name)

    def reads(asked: Asked) -> tuple[Read, ...]:
        rule, bus = text_at(asked, name), text_at(asked, "EventBusName")
        if rule is None:
            return ()
        where = {"EventBusName": bus} if bus else {}
        return (*thing.reads(asked), Read("events.ListTargetsByRule", {"Rule": rule, **where}, _NO_RULE))

    return reads


def _rule_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    rule, targets = answers
    whole = pictured(RULE, DELETES, asked, rule)
    number = len(each(targets.there, "Targets[]"))
    if number:
        whole += Picture(nos=(different(f"the rule has {counted(number, 'target')}, which must go first"),))
    elif not targets.known:
        whole += Picture(unread=(f"its targets: {targets.unread}",))
    return whole


def _targets_removed(asked: Asked, answers: Sequence[Answer]) -> Picture:
    rule, targets = answers
    whole = pictured(_rule("Rule"), CHANGES, asked, rule)
    if whole.nos or not targets.known:
        return whole + Picture(unread=(targets.unread,) if targets.unread else ())
    there = {str(at(one, "Id")): at(one, "Arn") for one in each(targets.there, "Targets[]")}
    for name in texts_at(asked, "Ids"):
        if name in there:
            whole += Picture(changes=(f"target {safe_line(name)}  {shown(there[name])} -> removed",))
        else:
            whole += Picture(nos=(absent(f"the rule has no target {safe_line(name)}: nothing to remove"),))
    return whole


# ---------------------------------------------------------------- queues and topics


def _queue_reads(asked: Asked) -> tuple[Read, ...]:
    url = text_at(asked, "QueueUrl")
    if url is None:
        return ()
    gone = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    return (Read("sqs.GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]}, gone),)


def _queue(words: str, nothing: str) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        [answer] = answers
        called = f"queue {safe_line((text_at(asked, 'QueueUrl') or '').rpartition('/')[2])}"
        if not answer.known:
            return Picture(unread=(answer.unread,))
        if answer.absent:
            return Picture(nos=(absent(f"{called} is absent: {nothing}"),))
        there = mapping_at(answer.there, "Attributes")
        waiting = at_key(there, "ApproximateNumberOfMessages")
        flying = at_key(there, "ApproximateNumberOfMessagesNotVisible")
        found = f"{called}: about {shown(waiting)} messages waiting, {shown(flying)} in flight"
        if words:
            return Picture((found,), (f"{called}: {words}",))
        return _attributes(found, there, mapping_at(asked, "Attributes"))

    return picture


def _attributes(found: str, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> Picture:
    lines: list[str] = []
    for name, value in wanted.items():
        now = at_key(there, name)
        compare = documents if json_document(value) is not None else changed
        lines += compare(safe_line(str(name)), now, value)
    return Picture((found,), tuple(lines), () if lines else ("It is so already: nothing would change",))


def _topic_reads(asked: Asked) -> tuple[Read, ...]:
    arn = text_at(asked, "TopicArn")
    return (Read("sns.GetTopicAttributes", {"TopicArn": arn}, ("NotFound",)),) if arn else ()


def _topic(words: str, nothing: str) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        [answer] = answers
        called = f"topic {safe_line((text_at(asked, 'TopicArn') or '').rpartition(':')[2])}"
        if not answer.known:
            return Picture(unread=(answer.unread,))
        if answer.absent:
            return Picture(nos=(absent(f"{called} is absent: {nothing}"),))
        there = mapping_at(answer.there, "Attributes")
        found = f"{called}: {shown(at_key(there, 'SubscriptionsConfirmed'))} confirmed subscriptions"
        if words:
            return Picture((found,), (f"{called}: {words}",))
        name = text_at(asked, "AttributeName") or ""
        return _attributes(found, there, {name: at(asked, "AttributeValue")})

    return picture


def _subscription_reads(asked: Asked) -> tuple[Read, ...]:
    arn = text_at(asked, "SubscriptionArn")
    return (Read("sns.GetSubscriptionAttributes", {"SubscriptionArn": arn}, ("NotFound",)),) if arn else ()


def _unsubscribed(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    name = safe_line((text_at(asked, "SubscriptionArn") or "").rpartition(":")[2])
    if not answer.known:
        return Picture(unread=(answer.unread,))
    if answer.absent:
        return Picture(nos=(absent(f"subscription {name} is absent: nothing to remove"),))
    topic = shown(at(answer.there, "Attributes.TopicArn"))
    return Picture(
        (f"subscription {name}: {shown(at(answer.there, 'Attributes.Protocol'))}, of {topic}",),
        (f"subscription {name}: would be removed",),
    )


# ---------------------------------------------------------------- Route 53

MOST_RECORDS = 20  # record sets that are looked at for one request, one read each


def _record_changes(asked: Asked) -> list[Mapping[str, Any]]:
    return [
        one for one in each(asked, "ChangeBatch.Changes[]")
        if text_at(one, "ResourceRecordSet.Name") and text_at(one, "ResourceRecordSet.Type")
    ]  # fmt: skip


def _record_reads(asked: Asked) -> tuple[Read, ...]:
    zone = text_at(asked, "HostedZoneId")
    if zone is None:
        return ()
    return tuple(_record_read(zone, one) for one in _record_changes(asked)[:MOST_RECORDS])


def _record_read(zone: str, change: Mapping[str, Any]) -> Read:
    record = at(change, "ResourceRecordSet")
    start = {"StartRecordName": at(record, "Name"), "StartRecordType": at(record, "Type")}
    if text_at(record, "SetIdentifier"):
        start["StartRecordIdentifier"] = at(record, "SetIdentifier")
    # The list begins at the record that is named; some more show whether it is one of several.
    parameters = {"HostedZoneId": zone, **start, "MaxItems": "5"}
    return Read("route53.ListResourceRecordSets", parameters, ("NoSuchHostedZone",))


def _record_name(name: Any) -> str:
    """As Route 53 keeps it: lower case, a last dot, `*` as its octal escape."""
    text = str(name or "").lower().replace("*", "\\052")
    return text if text.endswith(".") else f"{text}."


def _is_record(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    return (
        _record_name(at(wanted, "Name")) == _record_name(at(there, "Name"))
        and at(wanted, "Type") == at(there, "Type")
        and at(wanted, "SetIdentifier") == at(there, "SetIdentifier")
    )


def _record_value(record: Mapping[str, Any]) -> str:
    alias = at(record, "AliasTarget.DNSName")
    if alias:
        return f"alias of {shown(alias)}"
    values = sorted(shown(one) for one in each(record, "ResourceRecords[].Value"))
    return f"[{', '.join(values)}] TTL {shown(at(record, 'TTL'))}"


def _records_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alias = _record_name(at(one, "AliasTarget.DNSName")) == _record_name(at(other, "AliasTarget.DNSName"))
    values = sorted(each(one, "ResourceRecords[].Value")) == sorted(each(other, "ResourceRecords[].Value"))
    routed = all(same(at(one, name), at(other, name)) for name in ("Weight", "Region", "Failover", "HealthCheckId"))
    return alias and values and routed and same(at(one, "TTL"), at(other, "TTL"))


def _records_changed(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = Picture()
    changes = _record_changes(asked)
    for change, answer in zip(changes, answers, strict=False):
        if answer.absent:
            zone = safe_line(text_at(asked, "HostedZoneId") or "")
            return Picture(nos=(absent(f"hosted zone {zone} is absent"),))
        whole += gathered(_record_changed(change, answer))
    if len(changes) > MOST_RECORDS:
        whole += Picture(warnings=(f"{len(changes) - MOST_RECORDS} more record sets were not looked at",))
    return whole


def _record_changed(change: Mapping[str, Any], answer: Answer) -> Iterator[str | No | Picture]:
    record = at(change, "ResourceRecordSet")
    called = f"{safe_line(str(at(record, 'Name')))} {shown(at(record, 'Type'))}"
    if not answer.known:
        yield Picture(unread=(f"{called}: {answer.unread}",))
        return
    there = next((one for one in each(answer.there, "ResourceRecordSets[]") if _is_record(record, one)), None)
    yield Picture((f"{called} is {_record_value(there)}" if there else f"{called} is absent",))
    match at(change, "Action"):
        case "CREATE" if there:
            yield different(f"{called} exists already, so it cannot be created")
        case "DELETE" if there is None:
            yield absent(f"{called} is absent: nothing to delete")
        case "DELETE" if not _records_equal(record, there or {}):
            yield different(f"{called} has other values than those to delete: {_record_value(record)}")
        case "DELETE":
            yield Picture(changes=(f"{called}  {_record_value(record)} -> removed",))
        case _ if there is None:
            yield Picture(changes=(f"{called}  absent: would be created as {_record_value(record)}",))
        case _ if _records_equal(record, there):
            yield f"{called} is so already"
        case _:
            yield Picture(changes=(f"{called}  {_record_value(there)} -> {_record_value(record)}",))


BEFORE_READS = {
    ("logs", "PutRetentionPolicy"): writes(LOG_GROUP, CHANGES, _retention, _expires),
    ("logs", "DeleteRetentionPolicy"): writes(LOG_GROUP, CHANGES, _kept_for_ever),
    ("logs", "DeleteLogGroup"): writes(LOG_GROUP, DELETES, (), _log_protected),
    ("cloudwatch", "PutMetricAlarm"): BeforeRead(_alarm_reads, _alarm_put),
    ("cloudwatch", "DeleteAlarms"): BeforeRead(_alarm_reads, _alarms_told("would be deleted", "nothing to delete")),
    ("cloudwatch", "DisableAlarmActions"): BeforeRead(
        _alarm_reads, _alarms_told("its actions would be switched off", "nothing to switch off", enabled=False)
    ),
    ("cloudwatch", "EnableAlarmActions"): BeforeRead(
        _alarm_reads, _alarms_told("its actions would be switched on", "nothing to switch on", enabled=True)
    ),
    ("events", "DisableRule"): writes(RULE, CHANGES, _state("DISABLED")),
    ("events", "EnableRule"): writes(RULE, CHANGES, _state("ENABLED")),
    ("events", "PutRule"): writes(RULE, SETS, _rule_settings),
    ("events", "DeleteRule"): BeforeRead(_targets_of("Name"), _rule_deleted),
    ("events", "RemoveTargets"): BeforeRead(_targets_of("Rule"), _targets_removed),
    ("sqs", "SetQueueAttributes"): BeforeRead(_queue_reads, _queue("", "nothing to change")),
    ("sqs", "DeleteQueue"): BeforeRead(
        _queue_reads, _queue("would be deleted with its messages", "nothing to delete")
    ),
    ("sqs", "PurgeQueue"): BeforeRead(_queue_reads, _queue("would lose all its messages", "nothing to purge")),
    ("sns", "SetTopicAttributes"): BeforeRead(_topic_reads, _topic("", "nothing to change")),
    ("sns", "DeleteTopic"): BeforeRead(
        _topic_reads, _topic("would be deleted with its subscriptions", "nothing to delete")
    ),
    ("sns", "Unsubscribe"): BeforeRead(_subscription_reads, _unsubscribed),
    ("route53", "ChangeResourceRecordSets"): BeforeRead(_record_reads, _records_changed),
}
"""By service and operation."""

