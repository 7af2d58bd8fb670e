"""Ways back on EC2, Auto Scaling, Lambda, containers and load balancers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.before.compute import ALIAS, CONCURRENCY, FUNCTION, GROUP, LISTENER, NODEGROUP
from cloudops_tui.policy.before.ec2 import INSTANCE, INSTANCES, VOLUME
from cloudops_tui.policy.before.reading import Answer, Asked, Read, batches
from cloudops_tui.policy.before.values import at, each, same, shown, text_at, texts_at
from cloudops_tui.policy.undo.families import item_of, known, names_of, one_value, settings
from cloudops_tui.policy.undo.way_back import Call, Image, NoWayBack, WayBack

INVERSE = UndoKind.INVERSE

MOST = 1_000
"""Things of one command whose state is kept: five questions, put together, and less than is kept of one command."""


def _too_many(what: str, names: Sequence[str]) -> str | None:
    return f"it names {len(names):,} {what}, and at most {MOST:,} are read" if len(names) > MOST else None


# ---------------------------------------------------------------- instances

_SAME_AS = {"pending": "running", "stopping": "stopped"}


def _instances_to(state: str) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(*answers)
        named = batches(texts_at(asked, "InstanceIds"))
        items = dict(chain.from_iterable(INSTANCES.among(*one).items() for one in zip(answers, named, strict=True)))
        if missing := [name for name, item in items.items() if item is None]:
            raise NoWayBack(f"instance {missing[0]} is absent")
        states = {name: text_at(item, "State.Name") or "" for name, item in items.items()}
        return {f"State of {name}": _SAME_AS.get(one, one) for name, one in states.items()}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        other = {"running": "StartInstances", "stopped": "StopInstances"}
        if strange := [state for state in before.values() if state not in other]:
            raise NoWayBack(f"an instance was {strange[0]}")
        return [
            Call(operation, {"InstanceIds": [name.rpartition(" ")[2] for name in names]})
            for state, operation in other.items()
            if (names := [name for name, was in before.items() if was == state])
        ]

    def why_not(asked: Asked) -> str | None:
        if same(at(asked, "Hibernate"), True):
            return "it hibernates"
        return _too_many("instances", texts_at(asked, "InstanceIds")) or (
            None if texts_at(asked, "InstanceIds") else "no instance could be read from it"
        )

    def wrote(asked: Asked, before: Image) -> Image:
        return dict.fromkeys(before, state)

    return WayBack(INVERSE, lambda _: "the state of each instance", INSTANCES.all_reads, image, wrote, back, why_not)


_ATTRIBUTES = {
    "InstanceType.Value": "InstanceType",
    "EbsOptimized.Value": "EbsOptimized",
    "SourceDestCheck.Value": "SourceDestCheck",
    "Groups": "SecurityGroups[].GroupId",
}

# ---------------------------------------------------------------- rules of security groups

_LISTS = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}


def _group_reads(asked: Asked) -> Sequence[Read]:
    group = text_at(asked, "GroupId")
    filters = [{"Name": "group-id", "Values": [group]}]
    return (Read("ec2.DescribeSecurityGroups", {"Filters": filters}),) if group else ()


def _rules(permissions: Any) -> dict[str, Any]:
    """Each rule by itself, one source a rule, by what it is called."""
    rules: dict[str, Any] = {}
    for one in permissions if isinstance(permissions, list | tuple) else ():
        protocol = str(at(one, "IpProtocol"))
        ports = {name: at(one, name) for name in ("FromPort", "ToPort") if at(one, name) not in (None, -1)}
        head = {"IpProtocol": _PROTOCOLS.get(protocol, protocol), **ports}
        span = "-".join(dict.fromkeys(str(port) for port in ports.values())) or "all"
        for holder, member in _LISTS:
            for source in each(one, f"{holder}[]"):
                kept = {name: source[name] for name in (member, "Description") if source.get(name)}
                rules[f"rule {head['IpProtocol']} {span} {at(source, member)}"] = {**head, holder: [kept]}
    return rules


def _asked_rules(asked: Asked) -> dict[str, Any]:
    if at(asked, "CidrIp") is None:
        return _rules(at(asked, "IpPermissions"))
    plain = names_of(asked, "IpProtocol", "FromPort", "ToPort")
    return _rules([{**plain, "IpRanges": [{"CidrIp": at(asked, "CidrIp")}]}])


def _rules_to(direction: str, there: bool, back_by: str) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        [group] = each(answers[0].there, "SecurityGroups[]") or [None]
        if group is None:
            raise NoWayBack("the security group is absent")
        present = _rules(at(group, direction))
        return {name: present.get(name) for name in _asked_rules(asked)}

    def wrote(asked: Asked, before: Image) -> Image:
        return _asked_rules(asked) if there else dict.fromkeys(before)

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        rules = [_asked_rules(asked)[name] if there else rule for name, rule in before.items()]
        return (Call(back_by, {"GroupId": at(asked, "GroupId"), "IpPermissions": rules}),)

    def why_not(asked: Asked) -> str | None:
        if not text_at(asked, "GroupId"):
            return "it names the group by its name and not by its id"
        if texts_at(asked, "SecurityGroupRuleIds"):
            return "it names rules by their ids"
        if any(not at(one, "GroupId") for one in each(asked, "IpPermissions[].UserIdGroupPairs[]")):
            return "a rule names another group by its name"
        return None if _asked_rules(asked) else "its rules could not be read"

    return WayBack(INVERSE, lambda asked: ", ".join(_asked_rules(asked)), _group_reads, image, wrote, back, why_not)


# ---------------------------------------------------------------- tags


def _tag_reads(asked: Asked) -> Sequence[Read]:
    return tuple(
        Read("ec2.DescribeTags", {"Filters": [{"Name": "resource-id", "Values": list(names)}]})
        for names in batches(texts_at(asked, "Resources"))
    )


def _tags(*, sets: bool) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(*answers)
        if any(at(answer.there, "NextToken") for answer in answers):
            raise NoWayBack("not all tags were listed")
        there = {
            (text_at(one, "ResourceId"), str(at(one, "Key"))): at(one, "Value") or ""
            for answer in answers
            for one in each(answer.there, "Tags[]")
        }
        keys = [str(at(one, "Key")) for one in each(asked, "Tags[]")]
        if not keys:  # a DeleteTags without tags removes all of them
            return {f"{name} {key}": value for (name, key), value in there.items()}
        return {f"{name} {key}": there.get((name, key)) for name in texts_at(asked, "Resources") for key in keys}

    def wrote(asked: Asked, before: Image) -> Image:
        values = {str(at(one, "Key")): at(one, "Value") for one in each(asked, "Tags[]")}
        if sets:
            return {name: values.get(name.partition(" ")[2]) or "" for name in before}
        only = {key: value for key, value in values.items() if value is not None}
        # A tag goes only where its value is the one that was given, or none was.
        return {name: None if only.get(name.partition(" ")[2], was) == was else was for name, was in before.items()}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        calls: dict[tuple[str, str], list[str]] = {}
        for name, was in before.items():
            resource, _, key = name.partition(" ")
            tag = {"Key": key} | ({"Value": was} if was is not None else {})
            operation = "DeleteTags" if was is None else "CreateTags"
            calls.setdefault((operation, json.dumps(tag, sort_keys=True)), []).append(resource)
        together: dict[tuple[str, tuple[str, ...]], list[Any]] = {}
        for (operation, tag_text), resources in calls.items():
            together.setdefault((operation, tuple(resources)), []).append(json.loads(tag_text))
        return [
            Call(operation, {"Resources": list(resources), "Tags": tags})
            for (operation, resources), tags in together.items()
        ]

    def what(asked: Asked) -> str:
        keys = ", ".join(str(at(one, "Key")) for one in each(asked, "Tags[]"))
        return f"tags {keys}" if keys else "the tags"

    def why_not(asked: Asked) -> str | None:
        return _too_many("resources", texts_at(asked, "Resources")) or (
            None if texts_at(asked, "Resources") else "no resource could be read from it"
        )

    return WayBack(INVERSE, what, _tag_reads, image, wrote, back, why_not)


# ---------------------------------------------------------------- volumes


def _attachment(asked: Asked, answers: Sequence[Answer]) -> Any:
    volume = item_of(VOLUME, asked, answers[0])
    found = [one for one in each(volume, "Attachments[]") if at(one, "State") not in ("detached", "detaching")]
    if len(found) > 1:
        raise NoWayBack("it is attached to several instances")
    return {name: at(found[0], name) for name in ("InstanceId", "Device")} if found else None


def _attach(asked: Asked, there: Any) -> Call:
    return Call("AttachVolume", {"VolumeId": at(asked, "VolumeId"), **there})


def _detach(asked: Asked) -> Call:
    return Call("DetachVolume", names_of(asked, "VolumeId", "InstanceId"))


# ---------------------------------------------------------------- Auto Scaling: processes


def _processes_to(suspended: bool, back_by: str) -> WayBack:
    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        group = item_of(GROUP, asked, answers[0])
        now = each(group, "SuspendedProcesses[].ProcessName")
        return {f"{name} suspended": name in now for name in texts_at(asked, "ScalingProcesses")}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        names = [name.partition(" ")[0] for name in before]
        return (Call(back_by, {**names_of(asked, "AutoScalingGroupName"), "ScalingProcesses": names}),)

    def why_not(asked: Asked) -> str | None:
        return None if texts_at(asked, "ScalingProcesses") else "it does not name the processes"

    def what(asked: Asked) -> str:
        return f"processes {', '.join(texts_at(asked, 'ScalingProcesses'))}"

    return WayBack(INVERSE, what, GROUP.reads, image, lambda _, before: dict.fromkeys(before, suspended), back, why_not)


# ---------------------------------------------------------------- ECS

_SERVICE = ("desiredCount", "taskDefinition", "healthCheckGracePeriodSeconds", "enableExecuteCommand")


def _service_reads(asked: Asked) -> Sequence[Read]:
    service, cluster = text_at(asked, "service"), text_at(asked, "cluster")
    where = {"cluster": cluster} if cluster else {}
    return (Read("ecs.DescribeServices", {"services": [service], **where}),) if service else ()


def _revision(value: Any) -> Any:
    return value.rpartition("/")[2] if isinstance(value, str) else value


def _service_settings() -> WayBack:
    def given(asked: Asked) -> dict[str, Any]:
        return {name: _revision(at(asked, name)) for name in _SERVICE if at(asked, name) is not None}

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        service = at(answers[0].there, "services[0]")
        if service is None:
            raise NoWayBack("the service is absent")
        return {name: _revision(at(service, name)) for name in given(asked)}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        if unset := [name for name, value in before.items() if value is None]:
            raise NoWayBack(f"{unset[0]} was not set, and cannot be written so")
        return (Call("UpdateService", {**names_of(asked, "cluster", "service"), **before}),)

    def why_not(asked: Asked) -> str | None:
        others = set(asked) - {*_SERVICE, "cluster", "service", "forceNewDeployment"}
        if others:
            return f"`{min(others)}` is not among what can be put back"
        task = text_at(asked, "taskDefinition")
        if task is not None and ":" not in _revision(task):
            return "it names a task definition without its revision"
        return None if given(asked) else "it changes nothing that could be put back"

    return WayBack(
        UndoKind.RESTORE_BEFORE, lambda asked: ", ".join(given(asked)), _service_reads, image,
        lambda asked, _: given(asked), back, why_not,
    )  # fmt: skip


# ---------------------------------------------------------------- targets


def _target_name(one: Any) -> str:
    port = at(one, "Port")
    return f"target {at(one, 'Id')}" + (f":{port}" if port is not None else "")


def _targets_to(there: bool, back_by: str) -> WayBack:
    def reads(asked: Asked) -> Sequence[Read]:
        arn = text_at(asked, "TargetGroupArn")
        return (Read("elbv2.DescribeTargetHealth", {"TargetGroupArn": arn}),) if arn else ()

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        found = each(answers[0].there, "TargetHealthDescriptions[]")
        staying = [one for one in found if at(one, "TargetHealth.State") != "draining"]
        targets = [at(one, "Target") for one in staying]
        names = {name for one in targets for name in (_target_name(one), f"target {at(one, 'Id')}")}
        return {_target_name(one): _target_name(one) in names for one in each(asked, "Targets[]")}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        targets = [dict(one) for one in each(asked, "Targets[]") if _target_name(one) in before]
        return (Call(back_by, {**names_of(asked, "TargetGroupArn"), "Targets": targets}),)

    def what(asked: Asked) -> str:
        return ", ".join(map(_target_name, each(asked, "Targets[]")))

    def why_not(asked: Asked) -> str | None:
        return None if each(asked, "Targets[]") else "its targets could not be read"

    return WayBack(INVERSE, what, reads, image, lambda _, before: dict.fromkeys(before, there), back, why_not)


def _balancer_attributes() -> WayBack:
    def reads(asked: Asked) -> Sequence[Read]:
        arn = text_at(asked, "LoadBalancerArn")
        return (Read("elbv2.DescribeLoadBalancerAttributes", {"LoadBalancerArn": arn}),) if arn else ()

    def given(asked: Asked) -> dict[str, Any]:
        return {str(at(one, "Key")): at(one, "Value") for one in each(asked, "Attributes[]")}

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(answers[0])
        there = given(answers[0].there)
        return {name: there.get(name) for name in given(asked)}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        values = [{"Key": name, "Value": value} for name, value in before.items() if value is not None]
        return (Call("ModifyLoadBalancerAttributes", {**names_of(asked, "LoadBalancerArn"), "Attributes": values}),)

    return WayBack(
        UndoKind.RESTORE_BEFORE, lambda asked: ", ".join(given(asked)), reads, image, lambda asked, _: given(asked),
        back,
    )  # fmt: skip


# ---------------------------------------------------------------- Lambda


def _reserved(wrote: Callable[[Asked], Any]) -> WayBack:
    def put(asked: Asked, value: Any) -> Call:
        names = {**names_of(asked, "FunctionName"), "ReservedConcurrentExecutions": value}
        return Call("PutFunctionConcurrency", names)

    def value(_: Asked, answers: Sequence[Answer]) -> Any:
        return at(answers[0].there, "ReservedConcurrentExecutions")

    def remove(asked: Asked) -> Call:
        return Call("DeleteFunctionConcurrency", names_of(asked, "FunctionName"))

    return one_value("reserved concurrency", CONCURRENCY.reads, value, wrote, put, remove)


def _shown_attribute(asked: Asked) -> str | None:
    named = text_at(asked, "Attribute")
    return f"it changes `{shown(named)}` by its name" if named else None


WAYS_BACK: Mapping[tuple[str, str], WayBack] = {
    ("ec2", "StartInstances"): _instances_to("running"),
    ("ec2", "StopInstances"): _instances_to("stopped"),
    ("ec2", "ModifyInstanceAttribute"): settings(
        INSTANCE, "ModifyInstanceAttribute", _ATTRIBUTES, why_not=_shown_attribute
    ),
    ("ec2", "AuthorizeSecurityGroupIngress"): _rules_to("IpPermissions", True, "RevokeSecurityGroupIngress"),
    ("ec2", "AuthorizeSecurityGroupEgress"): _rules_to("IpPermissionsEgress", True, "RevokeSecurityGroupEgress"),
    ("ec2", "RevokeSecurityGroupIngress"): _rules_to("IpPermissions", False, "AuthorizeSecurityGroupIngress"),
    ("ec2", "RevokeSecurityGroupEgress"): _rules_to("IpPermissionsEgress", False, "AuthorizeSecurityGroupEgress"),
    ("ec2", "CreateTags"): _tags(sets=True),
    ("ec2", "DeleteTags"): _tags(sets=False),
    ("ec2", "AttachVolume"): one_value(
        "attachment", VOLUME.reads, _attachment, lambda asked: names_of(asked, "InstanceId", "Device"), _attach,
        _detach, kind=INVERSE,
    ),
    ("ec2", "DetachVolume"): one_value(
        "attachment", VOLUME.reads, _attachment, lambda _: None, _attach, _detach, kind=INVERSE
    ),
    ("autoscaling", "UpdateAutoScalingGroup"): settings(
        GROUP,
        "UpdateAutoScalingGroup",
        ("MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown", "HealthCheckType", "HealthCheckGracePeriod",
         "VPCZoneIdentifier", "NewInstancesProtectedFromScaleIn", "CapacityRebalance", "TerminationPolicies",
         "LaunchConfigurationName", "MaxInstanceLifetime"),
    ),
    ("autoscaling", "SetDesiredCapacity"): settings(
        GROUP, "SetDesiredCapacity", ("DesiredCapacity",), also=("HonorCooldown",)
    ),
    ("autoscaling", "SuspendProcesses"): _processes_to(True, "ResumeProcesses"),
    ("autoscaling", "ResumeProcesses"): _processes_to(False, "SuspendProcesses"),
    ("lambda", "UpdateFunctionConfiguration"): settings(
        FUNCTION,
        "UpdateFunctionConfiguration",
        ("Role", "Handler", "Description", "Timeout", "MemorySize", "Runtime", "TracingConfig.Mode",
         "EphemeralStorage.Size"),
        dropped=("RevisionId",),
    ),
    ("lambda", "UpdateAlias"): settings(
        ALIAS, "UpdateAlias", ("FunctionVersion", "Description"), also=("FunctionName",), dropped=("RevisionId",)
    ),
    ("lambda", "PutFunctionConcurrency"): _reserved(lambda asked: at(asked, "ReservedConcurrentExecutions")),
    ("lambda", "DeleteFunctionConcurrency"): _reserved(lambda _: None),
    ("ecs", "UpdateService"): _service_settings(),
    ("eks", "UpdateNodegroupConfig"): settings(
        NODEGROUP,
        "UpdateNodegroupConfig",
        ("scalingConfig.minSize", "scalingConfig.maxSize", "scalingConfig.desiredSize"),
        also=("clusterName",),
        dropped=("clientRequestToken",),
    ),
    ("elbv2", "ModifyListener"): settings(
        LISTENER, "ModifyListener", ("Port", "Protocol", "SslPolicy", "DefaultActions")
    ),
    ("elbv2", "ModifyLoadBalancerAttributes"): _balancer_attributes(),
    ("elbv2", "RegisterTargets"): _targets_to(True, "DeregisterTargets"),
    ("elbv2", "DeregisterTargets"): _targets_to(False, "RegisterTargets"),
}  # fmt: skip
"""By service and operation."""
