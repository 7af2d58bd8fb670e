"""Instances, groups, volumes, snapshots and tags of EC2 before they are written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.policy.before.reading import (
    CHANGES,
    DELETES,
    MOST_NAMES,
    Answer,
    Asked,
    BeforeRead,
    Effect,
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
    pictured,
    some_missing,
    warns,
    writes,
)
from cloudops_tui.policy.before.values import at, counted, each, same, shown, text_at, texts_at
from cloudops_tui.policy.safe_text import safe_line

MOST_LOOKED_INTO = 10  # instances whose protection is read, one read each

_INSTANCE_FACTS = ("=State.Name", "=InstanceType", "=Placement.AvailabilityZone", "Name=Name|tag")


def _instances(name: str) -> Thing:
    return Thing(
        "instance",
        "ec2.DescribeInstances",
        name,
        "Filters:instance-id",
        at="Reservations[].Instances[]",
        key="InstanceId",
        facts=_INSTANCE_FACTS,
    )


INSTANCES = _instances("InstanceIds")
INSTANCE = _instances("InstanceId")


def _goes_to(state: str) -> Callable[[Asked, Mapping[str, Any]], Iterator[str]]:
    def lines(_: Asked, item: Mapping[str, Any]) -> Iterator[str]:
        now = text_at(item, "State.Name") or "unknown"
        if now != state:
            yield f"State  {safe_line(now)} -> {state}"

    return lines


_GONE = ("terminated", "shutting-down")


def _not_gone(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    state = text_at(item, "State.Name")
    if state in _GONE:
        yield different(f"it is {state}")


def _can_be_stopped(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if text_at(item, "RootDeviceType") == "instance-store":
        yield different("its root device is an instance store, so it cannot be stopped")


def _is_rebooted(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if text_at(item, "State.Name") == "running":
        yield "it is running and would be cut off"
    else:
        yield f"it is {safe_line(text_at(item, 'State.Name') or 'in an unknown state')}, so there is nothing to reboot"


def _volumes_go(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    gone = [one for one in each(item, "BlockDeviceMappings[].Ebs") if at(one, "DeleteOnTermination")]
    if gone:
        names = ", ".join(safe_line(str(at(one, "VolumeId"))) for one in gone)
        yield f"deletes {counted(len(gone), 'volume')} with it: {names}"


def _protections(asked: Asked, answers: Sequence[Answer]) -> tuple[Read, ...]:
    if len(answers) > 1:
        return ()
    there = [name for name, item in INSTANCES.among(answers[0], texts_at(asked, "InstanceIds")).items() if item]
    return tuple(
        Read("ec2.DescribeInstanceAttribute", {"InstanceId": name, "Attribute": "disableApiTermination"})
        for name in there[:MOST_LOOKED_INTO]
    )


def _terminated(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = pictured(
        INSTANCES, CHANGES, asked, answers[0], _goes_to("terminated"), (_not_gone, _volumes_go)
    )
    for answer in answers[1:]:
        name = text_at(answer.there, "InstanceId") or "an instance"
        if at(answer.there, "DisableApiTermination.Value") is True:
            whole += Picture(nos=(different(f"instance {safe_line(name)}: it is protected against termination"),))
        elif not answer.known:
            whole += Picture(unread=(f"protection against termination: {answer.unread}",))
    return whole


# ---------------------------------------------------------------- attributes

_ATTRIBUTES = {
    "InstanceType.Value": "InstanceType",
    "Groups": "SecurityGroups[].GroupId",
    "EbsOptimized.Value": "EbsOptimized",
    "SourceDestCheck.Value": "SourceDestCheck",
    "EnaSupport.Value": "EnaSupport",
    "SriovNetSupport.Value": "SriovNetSupport",
    "Kernel.Value": "KernelId",
    "Ramdisk.Value": "RamdiskId",
}
_BY_NAME = {"instanceType": "InstanceType", "ebsOptimized": "EbsOptimized", "sourceDestCheck": "SourceDestCheck"}
_NOT_IN_A_DESCRIPTION = ("DisableApiTermination", "DisableApiStop", "InstanceInitiatedShutdownBehavior", "UserData")


def _attribute(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from (line.replace(".Value  ", "  ", 1) for line in compared(asked, item, _ATTRIBUTES))
    named = text_at(asked, "Attribute")
    if named in _BY_NAME and not same(at(item, _BY_NAME[named]), at(asked, "Value")):
        yield f"{_BY_NAME[named]}  {shown(at(item, _BY_NAME[named]))} -> {shown(at(asked, 'Value'))}"
    for name in _NOT_IN_A_DESCRIPTION:
        if at(asked, name) is not None:
            value = at(asked, f"{name}.Value")
            yield f"{name}  (not read) -> {shown(value) if name != 'UserData' else '(not shown)'}"


def _type_needs_a_stop(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    wanted = at(asked, "InstanceType.Value") or (
        at(asked, "Value") if text_at(asked, "Attribute") == "instanceType" else None
    )
    if wanted and not same(wanted, at(item, "InstanceType")) and text_at(item, "State.Name") != "stopped":
        yield different("its type can be changed only while it is stopped")


# ---------------------------------------------------------------- launching


def _image(asked: Asked) -> tuple[Read, ...]:
    image = text_at(asked, "ImageId")
    if image is None or not image.startswith("ami-"):
        return ()
    return (Read("ec2.DescribeImages", {"Filters": [{"Name": "image-id", "Values": [image]}]}),)


def _launched(asked: Asked, answers: Sequence[Answer]) -> Picture:
    [answer] = answers
    image = text_at(asked, "ImageId") or ""
    if not answer.known:
        return Picture(unread=(answer.unread,))
    item = at(answer.there, "Images[0]")
    if item is None:
        return Picture(nos=(absent(f"image {safe_line(image)} is absent, or not shared with this account"),))
    found = f"image {safe_line(image)}: {shown(at(item, 'Name'))}, {shown(at(item, 'State'))}"
    parts: list[str | No] = []
    if text_at(item, "State") not in (None, "available"):
        parts.append(different(f"image {safe_line(image)} is {shown(at(item, 'State'))}"))
    if at(item, "DeprecationTime"):
        parts.append(f"the image is deprecated as of {shown(at(item, 'DeprecationTime'))}")
    least, most = at(asked, "MinCount"), at(asked, "MaxCount")
    number = shown(most) if same(least, most) else f"{shown(least)} to {shown(most)}"
    kind = shown(at(asked, "InstanceType")) if at(asked, "InstanceType") else "default-type"
    return Picture(changes=(f"would start {number} {kind} instances",)) + gathered(parts, (found,))


# ---------------------------------------------------------------- security groups


def _group_reads(asked: Asked) -> tuple[Read, ...]:
    group, name = text_at(asked, "GroupId"), text_at(asked, "GroupName")
    if group is not None:
        filters = [{"Name": "group-id", "Values": [group]}]
    elif name is not None:
        filters = [{"Name": "group-name", "Values": [name]}]  # with a name alone, the default VPC is meant
    else:
        return ()
    return (Read("ec2.DescribeSecurityGroups", {"Filters": filters}),)


def _group(asked: Asked, answer: Answer) -> Mapping[str, Any] | Picture:
    """The group, or why it is not known."""
    called = safe_line(text_at(asked, "GroupId") or text_at(asked, "GroupName") or "")
    if not answer.known:
        return Picture(unread=(answer.unread,))
    found = [one for one in each(answer.there, "SecurityGroups[]") if isinstance(one, Mapping)]
    if not found:
        return Picture(nos=(absent(f"security group {called} is absent"),))
    if len(found) > 1:
        return Picture(unread=(f"{len(found)} security groups are called {called}; name one by its id",))
    return found[0]


def _told(group: Mapping[str, Any]) -> str:
    rules = f"{counted(len(_rules(at(group, 'IpPermissions'))), 'rule')} in"
    out = f"{counted(len(_rules(at(group, 'IpPermissionsEgress'))), 'rule')} out"
    name = f"{shown(at(group, 'GroupId'))} ({shown(at(group, 'GroupName'))})"
    return f"security group {name}: {rules}, {out}, {shown(at(group, 'VpcId'))}"


_SOURCES = (
    ("IpRanges[].CidrIp", ""),
    ("Ipv6Ranges[].CidrIpv6", ""),
    ("PrefixListIds[].PrefixListId", ""),
    ("UserIdGroupPairs[].GroupId", ""),
)


def _rules(permissions: Any) -> list[str]:
    """Each rule in words, one per source: `tcp 22 0.0.0.0/0`."""
    rules: list[str] = []
    for one in permissions if isinstance(permissions, list) else ():
        protocol = str(at(one, "IpProtocol") or "")
        ports = _ports(protocol, at(one, "FromPort"), at(one, "ToPort"))
        rules += [f"{ports} {safe_line(str(source))}" for path, _ in _SOURCES for source in each(one, path)]
    return rules


def _ports(protocol: str, first: Any, last: Any) -> str:
    names = {"-1": "all traffic", "6": "tcp", "17": "udp", "1": "icmp"}
    called = names.get(protocol, safe_line(protocol))
    if protocol == "-1" or first is None or (str(first), str(last)) == ("-1", "-1"):
        return called
    return f"{called} {first}" if same(first, last) or last is None else f"{called} {first}-{last}"


def _asked_rules(asked: Asked) -> list[str] | None:
    """None where the rules are spelled in a way that is not looked into."""
    permissions = at(asked, "IpPermissions")
    if isinstance(permissions, list):
        named = [one for one in each(permissions, "[].UserIdGroupPairs[]") if not at(one, "GroupId")]
        return None if named else _rules(permissions)
    if at(asked, "CidrIp") is not None:
        one = {
            "IpProtocol": str(at(asked, "IpProtocol") or "-1"),
            "FromPort": at(asked, "FromPort"),
            "ToPort": at(asked, "ToPort"),
            "IpRanges": [{"CidrIp": at(asked, "CidrIp")}],
        }
        return _rules([one])
    return None


def _authorised(direction: str) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        group = _group(asked, answers[0])
        if isinstance(group, Picture):
            return group
        wanted, there = _asked_rules(asked), _rules(at(group, direction))
        whole = Picture(found=(_told(group),))
        if wanted is None:
            return whole + Picture(warnings=("Its rules were not compared",))
        for rule in wanted:
            if rule in there:
                whole += Picture(nos=(different(f"the rule is there already: {rule}"),))
            else:
                whole += Picture(changes=(f"adds rule: {rule}",))
        return whole

    return picture


def _revoke_reads(asked: Asked) -> tuple[Read, ...]:
    ids = texts_at(asked, "SecurityGroupRuleIds")
    reads = _group_reads(asked)
    if reads and ids:
        filters = [{"Name": "security-group-rule-id", "Values": list(ids[:MOST_NAMES])}]
        reads += (Read("ec2.DescribeSecurityGroupRules", {"Filters": filters}),)
    return reads


def _revoked(direction: str) -> Callable[[Asked, Sequence[Answer]], Picture]:
    def picture(asked: Asked, answers: Sequence[Answer]) -> Picture:
        group = _group(asked, answers[0])
        if isinstance(group, Picture):
            return group
        whole = Picture(found=(_told(group),))
        if len(answers) > 1:
            return whole + _rules_by_id(asked, answers[1])
        wanted, there = _asked_rules(asked), _rules(at(group, direction))
        if wanted is None:
            return whole + Picture(warnings=("Its rules were not compared",))
        for rule in wanted:
            if rule in there:
                whole += Picture(changes=(f"removes rule: {rule}",))
            else:
                whole += Picture(nos=(absent(f"there is no such rule to remove: {rule}"),))
        return whole

    return picture


def _rules_by_id(asked: Asked, answer: Answer) -> Picture:
    if not answer.known:
        return Picture(unread=(answer.unread,))
    there = {text_at(one, "SecurityGroupRuleId"): one for one in each(answer.there, "SecurityGroupRules[]")}
    whole = Picture()
    for name in texts_at(asked, "SecurityGroupRuleIds")[:MOST_NAMES]:
        rule = there.get(name)
        if rule is None:
            whole += Picture(nos=(absent(f"there is no rule {safe_line(name)} to remove"),))
            continue
        sources = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo.GroupId")
        source = next((shown(at(rule, one)) for one in sources if at(rule, one) is not None), "")
        ports = _ports(str(at(rule, "IpProtocol")), at(rule, "FromPort"), at(rule, "ToPort"))
        whole += Picture(changes=(f"removes rule {safe_line(name)}: {ports} {source}",))
    return whole


def _group_users(asked: Asked) -> tuple[Read, ...]:
    group = text_at(asked, "GroupId")
    reads = _group_reads(asked)
    if group is None:
        return reads
    return (
        *reads,
        Read("ec2.DescribeNetworkInterfaces", {"Filters": [{"Name": "group-id", "Values": [group]}]}),
        Read("ec2.DescribeSecurityGroups", {"Filters": [{"Name": "ip-permission.group-id", "Values": [group]}]}),
    )


def _group_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    group = _group(asked, answers[0])
    if isinstance(group, Picture):
        return group
    called = f"security group {shown(at(group, 'GroupId'))}"
    parts: list[str | No | Picture] = [Picture(changes=(f"{called}: would be deleted",))]
    if at(group, "GroupName") == "default":
        parts.append(different(f"{called} is the default group of its VPC, which cannot be deleted"))
    if len(answers) > 1:
        used, named = answers[1], answers[2]
        parts += [Picture(unread=(f"who uses it: {one.unread}",)) for one in (used, named) if not one.known]
        interfaces = len(each(used.there, "NetworkInterfaces[]"))
        if interfaces:
            parts.append(different(f"{called} is used by {counted(interfaces, 'network interface')}"))
        others = [one for one in each(named.there, "SecurityGroups[].GroupId") if one != at(group, "GroupId")]
        if others:
            parts.append(different(f"{called} is named by rules of {', '.join(map(shown, others[:5]))}"))
    return gathered(parts, (_told(group),))


# ---------------------------------------------------------------- tags


def _tag_reads(asked: Asked) -> tuple[Read, ...]:
    resources = texts_at(asked, "Resources")
    if not resources:
        return ()
    return (Read("ec2.DescribeTags", {"Filters": [{"Name": "resource-id", "Values": list(resources[:MOST_NAMES])}]}),)


def _present_tags(asked: Asked, answer: Answer) -> dict[str, dict[str, Any]]:
    there: dict[str, dict[str, Any]] = {name: {} for name in texts_at(asked, "Resources")[:MOST_NAMES]}
    for one in each(answer.there, "Tags[]"):
        if (name := text_at(one, "ResourceId")) in there and name is not None:
            there[name][str(at(one, "Key"))] = at(one, "Value")
    return there


def _tags_told(there: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{safe_line(name)} has {counted(len(tags), 'tag')}" for name, tags in there.items())


def _tagged(asked: Asked, answers: Sequence[Answer]) -> Picture:
    if not answers[0].known:
        return Picture(unread=(answers[0].unread,))
    there = _present_tags(asked, answers[0])
    lines = []
    for name, tags in there.items():
        for one in each(asked, "Tags[]"):
            key, value = str(at(one, "Key")), at(one, "Value") or ""
            now = tags.get(key)
            if now != value:
                lines.append(f"{safe_line(name)}: {safe_line(key)}  {shown(now)} -> {shown(value)}")
    same_already = () if lines else ("Every tag is so already: nothing would change",)
    unknown = "Tags were read; whether the resources exist was not"
    return Picture(_tags_told(there), tuple(lines), (*same_already, unknown))


def _untagged(asked: Asked, answers: Sequence[Answer]) -> Picture:
    if not answers[0].known:
        return Picture(unread=(answers[0].unread,))
    there = _present_tags(asked, answers[0])
    named = each(asked, "Tags[]")
    lines, missing = [], []
    for name, tags in there.items():
        if not named and at(asked, "Tags") is None:
            lines += [f"{safe_line(name)}: {safe_line(key)}  {shown(now)} -> removed" for key, now in tags.items()]
        for one in named:
            key, value = str(at(one, "Key")), at(one, "Value")
            if key in tags and (value is None or tags[key] == value):
                lines.append(f"{safe_line(name)}: {safe_line(key)}  {shown(tags[key])} -> removed")
            else:
                missing.append(f"{safe_line(name)} has no such tag {safe_line(key)}: nothing to remove")
    return Picture(_tags_told(there), tuple(lines)) + some_missing(missing, any_there=bool(lines))


# ---------------------------------------------------------------- volumes, snapshots, images, addresses

VOLUME = Thing(
    "volume",
    "ec2.DescribeVolumes",
    "VolumeId",
    "Filters:volume-id",
    at="Volumes[]",
    key="VolumeId",
    facts=("=State", "=Size|GiB", "=VolumeType", "Name=Name|tag", "attached to=Attachments[0].InstanceId"),
)
SNAPSHOT = Thing(
    "snapshot",
    "ec2.DescribeSnapshots",
    "SnapshotId",
    "Filters:snapshot-id",
    at="Snapshots[]",
    key="SnapshotId",
    facts=("=State", "=VolumeSize|GiB", "of=VolumeId", "begun=StartTime", "=Description"),
)
IMAGE = Thing(
    "image",
    "ec2.DescribeImages",
    "ImageId",
    "Filters:image-id",
    at="Images[]",
    key="ImageId",
    facts=("=Name", "=State", "made=CreationDate"),
)
ADDRESS = Thing(
    "address",
    "ec2.DescribeAddresses",
    "AllocationId",
    "Filters:allocation-id",
    at="Addresses[]",
    key="AllocationId",
    facts=("=PublicIp", "used by=InstanceId", "interface=NetworkInterfaceId"),
)


def _snapshot_reads(asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, "SnapshotId")
    if name is None:
        return ()
    users = [{"Name": "block-device-mapping.snapshot-id", "Values": [name]}]
    return (*SNAPSHOT.reads(asked), Read("ec2.DescribeImages", {"Filters": users, "Owners": ["self"]}))


def _snapshot_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = pictured(SNAPSHOT, DELETES, asked, answers[0])
    images = each(answers[1].there, "Images[].ImageId")
    if images:
        why = f"it is part of {counted(len(images), 'image')}: {', '.join(map(shown, images[:5]))}"
        whole += Picture(nos=(different(f"snapshot {safe_line(text_at(asked, 'SnapshotId') or '')}: {why}"),))
    elif not answers[1].known:
        whole += Picture(unread=(f"images that use it: {answers[1].unread}",))
    return whole


_STOPPED = Effect(True, nothing="nothing to start")

BEFORE_READS = {
    ("ec2", "RunInstances"): BeforeRead(_image, _launched),
    ("ec2", "StartInstances"): writes(INSTANCES, _STOPPED, _goes_to("running"), _not_gone),
    ("ec2", "StopInstances"): writes(
        INSTANCES, Effect(True, nothing="nothing to stop"), _goes_to("stopped"), _not_gone, _can_be_stopped
    ),
    ("ec2", "RebootInstances"): writes(
        INSTANCES, becomes("would be rebooted", "nothing to reboot"), (), _not_gone, _is_rebooted
    ),
    ("ec2", "TerminateInstances"): BeforeRead(INSTANCES.reads, _terminated, _protections),
    ("ec2", "ModifyInstanceAttribute"): writes(INSTANCE, CHANGES, _attribute, _not_gone, _type_needs_a_stop),
    ("ec2", "AuthorizeSecurityGroupIngress"): BeforeRead(_group_reads, _authorised("IpPermissions")),
    ("ec2", "AuthorizeSecurityGroupEgress"): BeforeRead(_group_reads, _authorised("IpPermissionsEgress")),
    ("ec2", "RevokeSecurityGroupIngress"): BeforeRead(_revoke_reads, _revoked("IpPermissions")),
    ("ec2", "RevokeSecurityGroupEgress"): BeforeRead(_revoke_reads, _revoked("IpPermissionsEgress")),
    ("ec2", "DeleteSecurityGroup"): BeforeRead(_group_users, _group_deleted),
    ("ec2", "CreateTags"): BeforeRead(_tag_reads, _tagged),
    ("ec2", "DeleteTags"): BeforeRead(_tag_reads, _untagged),
    ("ec2", "DeleteVolume"): writes(VOLUME, DELETES, (), needs_state("State", "available", "error")),
    ("ec2", "DetachVolume"): writes(
        VOLUME, becomes("would be detached"), (), needs_state("State", "in-use"),
        warns("Attachments[0].Device", "/dev/xvda", "it is a root device"),
    ),
    ("ec2", "ModifyVolume"): writes(VOLUME, CHANGES, ("Size", "VolumeType", "Iops", "Throughput")),
    ("ec2", "DeleteSnapshot"): BeforeRead(_snapshot_reads, _snapshot_deleted),
    ("ec2", "DeregisterImage"): writes(IMAGE, becomes("would be deregistered", "nothing to deregister")),
    ("ec2", "ReleaseAddress"): writes(
        ADDRESS, becomes("would be released", "nothing to release"), (),
        counts("AssociationId", "association", "stands in the way"),
    ),
}  # fmt: skip
"""By service and operation."""


