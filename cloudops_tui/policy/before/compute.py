"""Groups of instances, functions, services of containers, listeners and targets before they are written to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.model.catalogue import reference_in
from cloudops_tui.policy.before.reading import (
    CHANGES,
    CREATES,
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
    different,
    gathered,
    needs_state,
    pictured,
    some_missing,
    warns,
    writes,
)
from cloudops_tui.policy.before.values import (
    HIDDEN,
    at,
    at_key,
    changed,
    counted,
    each,
    mapping_at,
    replaced,
    same,
    shown,
    text_at,
    texts_at,
)
from cloudops_tui.policy.safe_text import safe_line

_NOT_FOUND = ("ResourceNotFoundException",)

# ---------------------------------------------------------------- auto scaling

GROUP = Thing(
    "Auto Scaling group",
    "autoscaling.DescribeAutoScalingGroups",
    "AutoScalingGroupName",
    "AutoScalingGroupNames[]",
    at="AutoScalingGroups[]",
    key="AutoScalingGroupName",
    facts=("min=MinSize", "desired=DesiredCapacity", "max=MaxSize", "instances=Instances[]|count", "=Status"),
)
_GROUP_SETTINGS = {
    name: name
    for name in (
        "MinSize", "DesiredCapacity", "MaxSize", "DefaultCooldown", "LaunchConfigurationName", "HealthCheckType",
        "HealthCheckGracePeriod", "VPCZoneIdentifier", "NewInstancesProtectedFromScaleIn", "CapacityRebalance",
        "MaxInstanceLifetime", "ServiceLinkedRoleARN", "AvailabilityZones", "TerminationPolicies", "LaunchTemplate",
        "DefaultInstanceWarmup", "PlacementGroup",
    )
}  # fmt: skip


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _capacity(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    least, most = (
        _number(at(asked, name)) if at(asked, name) is not None else _number(at(item, name))
        for name in ("MinSize", "MaxSize")
    )
    wanted, now = _number(at(asked, "DesiredCapacity")), _number(at(item, "DesiredCapacity"))
    if least is not None and most is not None and least > most:
        yield different(f"a minimum of {least} is above the maximum of {most}")
    elif wanted is not None and least is not None and most is not None and not least <= wanted <= most:
        yield different(f"a desired capacity of {wanted} is outside {least} to {most}")
    after = wanted if wanted is not None else min(now or 0, most) if most is not None else now
    if after is not None and now is not None and after < now:
        yield f"{counted(now - after, 'instance')} would be terminated"


def _group_emptied(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    running = len(each(item, "Instances[]"))
    if running and not same(at(asked, "ForceDelete"), True):
        yield different(f"{counted(running, 'instance')} must go first, or `ForceDelete` be set")
    elif running:
        yield f"{counted(running, 'instance')} would be terminated with it"


# ---------------------------------------------------------------- Lambda

FUNCTION = Thing(
    "function",
    "lambda.GetFunctionConfiguration",
    "FunctionName",
    "FunctionName",
    absent=_NOT_FOUND,
    also={"Qualifier": "Qualifier"},
    facts=(
        "=Runtime", "=MemorySize|MB", "timeout=Timeout|s", "code=CodeSize|bytes", "changed=LastModified",
        "state=State",
    ),
)  # fmt: skip
_FUNCTION_SETTINGS = {
    name: name
    for name in (
        "Role", "Handler", "Description", "Timeout", "MemorySize", "Runtime", "KMSKeyArn", "TracingConfig",
        "EphemeralStorage", "DeadLetterConfig", "SnapStart.ApplyOn", "LoggingConfig",
    )
} | {
    "VpcConfig.SubnetIds": "VpcConfig.SubnetIds",
    "VpcConfig.SecurityGroupIds": "VpcConfig.SecurityGroupIds",
    "Layers": "Layers[].Arn",
}  # fmt: skip


def _function_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from compared(asked, item, _FUNCTION_SETTINGS)
    variables = at(asked, "Environment.Variables")
    if isinstance(variables, Mapping):
        # The whole environment is replaced; values are hidden, so only what comes and goes can be told.
        there = mapping_at(item, "Environment.Variables")
        for name in sorted(set(variables) | set(there)):
            called = f"Environment.Variables.{safe_line(str(name))}"
            if name not in variables:
                yield f"{called}  {HIDDEN!r} -> removed"
            elif name not in there:
                yield f"{called}  not set -> {HIDDEN!r}"
            else:
                yield f"{called}  {HIDDEN!r} -> {HIDDEN!r}, the same or not"


_BUSY = warns("LastUpdateStatus", "InProgress", "an earlier update is still in progress, so it may be refused")


def _code(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from compared(asked, item, ("Architectures",))
    now = at(item, "CodeSha256")
    if (digest := at_key(asked, _DIGEST)) is not None:
        yield from changed("CodeSha256", now, digest)
        return
    places = [f"{name} {shown(at(asked, name))}" for name in ("ImageUri", "S3Bucket", "S3Key") if at(asked, name)]
    yield f"CodeSha256  {shown(now)} -> of {', '.join(places) or 'the archive'}"


_DIGEST = "SHA-256 of ZipFile"


def _digest_of(asked: Asked) -> Mapping[str, str]:
    """What Lambda will call the archive, where it is in the parameters: base64 of its SHA-256."""
    archive = at(asked, "ZipFile")
    reference = reference_in(archive)
    try:
        content = base64.b64decode(reference.text, validate=True) if reference and reference.kind == "base64" else None
    except ValueError:
        return {}
    if isinstance(archive, bytes):
        content = archive
    return {} if content is None else {_DIGEST: base64.b64encode(hashlib.sha256(content).digest()).decode()}


CONCURRENCY = Thing(
    "function",
    "lambda.GetFunctionConcurrency",
    "FunctionName",
    "FunctionName",
    absent=_NOT_FOUND,
    facts=("reserved concurrency=ReservedConcurrentExecutions",),
)
ALIAS = Thing(
    "alias",
    "lambda.GetAlias",
    "Name",
    "Name",
    absent=_NOT_FOUND,
    also={"FunctionName": "FunctionName"},
    facts=("version=FunctionVersion", "=Description"),
)


def _cuts_off(asked: Asked, _: Mapping[str, Any]) -> Iterator[str | No]:
    if same(at(asked, "ReservedConcurrentExecutions"), 0):
        yield "with 0 every call of it would be refused"


# ---------------------------------------------------------------- ECS


def _service_reads(asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, "service")
    if name is None:
        return ()
    cluster = {"cluster": at(asked, "cluster")} if text_at(asked, "cluster") else {}
    reads = (Read("ecs.DescribeServices", {"services": [name], **cluster}, ("ClusterNotFoundException",)),)
    task = text_at(asked, "taskDefinition")
    if task is None:
        return reads
    return (*reads, Read("ecs.DescribeTaskDefinition", {"taskDefinition": task}, ("ClientException",)))


def _service(asked: Asked, answer: Answer, nothing: str) -> Mapping[str, Any] | Picture:
    name = safe_line(text_at(asked, "service") or "")
    if not answer.known:
        return Picture(unread=(answer.unread,))
    item = at(answer.there, "services[0]")
    if item is None or at(item, "status") == "INACTIVE":
        where = "its cluster" if answer.absent else f"service {name}"
        return Picture(nos=(absent(f"{where} is absent: {nothing}"),))
    return item if isinstance(item, Mapping) else Picture()


def _service_told(item: Mapping[str, Any]) -> str:
    task = (text_at(item, "taskDefinition") or "").rpartition("/")[2]
    running = f"{shown(at(item, 'runningCount'))} of {shown(at(item, 'desiredCount'))} running"
    return f"service {shown(at(item, 'serviceName'))}: {running}, {shown(at(item, 'status'))}, task {safe_line(task)}"


_SERVICE_SETTINGS = (
    "desiredCount", "platformVersion", "healthCheckGracePeriodSeconds", "enableExecuteCommand", "propagateTags",
    "deploymentConfiguration", "capacityProviderStrategy", "placementConstraints", "loadBalancers",
    "networkConfiguration.awsvpcConfiguration",
)  # fmt: skip


def _service_updated(asked: Asked, answers: Sequence[Answer]) -> Picture:
    item = _service(asked, answers[0], "nothing to update")
    if isinstance(item, Picture):
        return item
    lines = list(compared(asked, item, _SERVICE_SETTINGS))
    parts: list[str | No | Picture] = []
    wanted = text_at(asked, "taskDefinition")
    if wanted is not None:
        task = answers[1]
        arn = text_at(task.there, "taskDefinition.taskDefinitionArn")
        if task.absent:
            parts.append(absent(f"task definition {safe_line(wanted)} is absent"))
        elif not task.known:
            parts.append(Picture(unread=(f"task definition {safe_line(wanted)}: {task.unread}",)))
        elif at(task.there, "taskDefinition.status") == "INACTIVE":
            parts.append(different(f"task definition {safe_line(wanted)} is inactive"))
        elif arn != text_at(item, "taskDefinition"):
            lines.append(f"taskDefinition  {_tail(text_at(item, 'taskDefinition'))} -> {_tail(arn)}")
    now, desired = _number(at(item, "desiredCount")), _number(at(asked, "desiredCount"))
    if now is not None and desired is not None and desired < now:
        parts.append(f"{counted(now - desired, 'task')} would be stopped")
    if same(at(asked, "forceNewDeployment"), True):
        lines.append("every task would be replaced by a new deployment")
    if not lines and not any(isinstance(one, No) for one in parts):
        parts.append("The service is so already: nothing would change")
    return Picture(changes=tuple(lines)) + gathered(parts, (_service_told(item),))


def _tail(arn: str | None) -> str:
    return safe_line((arn or "not set").rpartition("/")[2])


def _service_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    item = _service(asked, answers[0], "nothing to delete")
    if isinstance(item, Picture):
        return item
    parts: list[str | No | Picture] = []
    running = _number(at(item, "desiredCount")) or 0
    forced = same(at(asked, "force"), True)
    if running and not forced:
        parts.append(different(f"it still wants {counted(running, 'task')}; scale it to 0 first, or set `force`"))
    name = shown(at(item, "serviceName"))
    return Picture(changes=(f"service {name}: would be deleted",)) + gathered(parts, (_service_told(item),))


# ---------------------------------------------------------------- EKS

NODEGROUP = Thing(
    "node group",
    "eks.DescribeNodegroup",
    "nodegroupName",
    "nodegroupName",
    at="nodegroup",
    absent=_NOT_FOUND,
    also={"clusterName": "clusterName"},
    facts=(
        "=status", "min=scalingConfig.minSize", "desired=scalingConfig.desiredSize", "max=scalingConfig.maxSize",
        "version=version", "release=releaseVersion",
    ),
)  # fmt: skip


def _nodegroup_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from compared(asked, item, ("scalingConfig", "updateConfig", "nodeRepairConfig"))
    labels = mapping_at(item, "labels")
    yield from changed("labels", labels, mapping_at(asked, "labels.addOrUpdateLabels"))
    for name in texts_at(asked, "labels.removeLabels"):
        if name in labels:
            yield f"labels.{safe_line(name)}  {shown(labels[name])} -> removed"
    there = each(item, "taints[]")
    for taint in each(asked, "taints.addOrUpdateTaints[]"):
        if not any(same(taint, one) for one in there):
            yield f"taints  adds {shown(taint)}"
    for taint in each(asked, "taints.removeTaints[]"):
        if any(same(taint, one) for one in there):
            yield f"taints  removes {shown(taint)}"


def _nodes_fall(asked: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    now, wanted = (_number(at(one, "scalingConfig.desiredSize")) for one in (item, asked))
    if now is not None and wanted is not None and wanted < now:
        yield f"{counted(now - wanted, 'node')} would be drained and terminated"
    if any(at(taint, "effect") == "NO_EXECUTE" for taint in each(asked, "taints.addOrUpdateTaints[]")):
        yield "a taint of NO_EXECUTE evicts what runs there"


_ACTIVE = needs_state("status", "ACTIVE", "DEGRADED")

# ---------------------------------------------------------------- load balancers


def _target_reads(asked: Asked) -> tuple[Read, ...]:
    group = text_at(asked, "TargetGroupArn")
    if group is None or not each(asked, "Targets[]"):
        return ()
    return (Read("elbv2.DescribeTargetHealth", {"TargetGroupArn": group}, ("TargetGroupNotFound",)),)


def _is_target(asked: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    port = at(asked, "Port")
    return at(asked, "Id") == at(there, "Target.Id") and (port is None or same(port, at(there, "Target.Port")))


def _target_group(asked: Asked, answer: Answer) -> tuple[list[Any], str] | Picture:
    name = (text_at(asked, "TargetGroupArn") or "").partition(":targetgroup/")[2] or text_at(asked, "TargetGroupArn")
    if not answer.known:
        return Picture(unread=(answer.unread,))
    if answer.absent:
        return Picture(nos=(absent(f"target group {safe_line(name or '')} is absent"),))
    there = each(answer.there, "TargetHealthDescriptions[]")
    healthy = sum(at(one, "TargetHealth.State") == "healthy" for one in there)
    return there, f"target group {safe_line(name or '')}: {counted(len(there), 'target')}, {healthy} healthy"


def _deregistered(asked: Asked, answers: Sequence[Answer]) -> Picture:
    group = _target_group(asked, answers[0])
    if isinstance(group, Picture):
        return group
    there, told = group
    whole, gone, missing = Picture(found=(told,)), [], []
    for target in each(asked, "Targets[]"):
        matching = [one for one in there if _is_target(target, one)]
        called = safe_line(str(at(target, "Id")))
        if not matching:
            missing.append(f"target {called} is not registered: nothing to deregister")
        for one in matching:
            state = shown(at(one, "TargetHealth.State"))
            whole += Picture(changes=(f"target {called}:{shown(at(one, 'Target.Port'))}  {state} -> deregistered",))
        gone += matching
    left = sum(at(one, "TargetHealth.State") == "healthy" and one not in gone for one in there)
    whole += some_missing(missing, any_there=bool(gone))
    return whole + Picture(warnings=(f"{counted(left, 'healthy target')} would be left",))


def _registered(asked: Asked, answers: Sequence[Answer]) -> Picture:
    group = _target_group(asked, answers[0])
    if isinstance(group, Picture):
        return group
    there, told = group
    whole = Picture(found=(told,))
    for target in each(asked, "Targets[]"):
        called = safe_line(str(at(target, "Id")))
        if any(_is_target(target, one) for one in there):
            whole += Picture(warnings=(f"target {called} is registered already",))
        else:
            whole += Picture(changes=(f"target {called}  not registered -> registered",))
    return whole


LISTENER = Thing(
    "listener",
    "elbv2.DescribeListeners",
    "ListenerArn",
    "ListenerArns[]",
    at="Listeners[]",
    by_arn=True,
    key="ListenerArn",
    absent=("ListenerNotFound",),
    facts=("=Protocol", "port=Port", "policy=SslPolicy"),
)
BALANCER = Thing(
    "load balancer",
    "elbv2.DescribeLoadBalancers",
    "LoadBalancerArn",
    "LoadBalancerArns[]",
    at="LoadBalancers[]",
    by_arn=True,
    key="LoadBalancerArn",
    absent=("LoadBalancerNotFound",),
    facts=("=LoadBalancerName", "=Type", "=Scheme", "=State.Code", "=DNSName"),
)
TARGET_GROUP = Thing(
    "target group",
    "elbv2.DescribeTargetGroups",
    "TargetGroupArn",
    "TargetGroupArns[]",
    at="TargetGroups[]",
    by_arn=True,
    key="TargetGroupArn",
    absent=("TargetGroupNotFound",),
    facts=("=TargetGroupName", "=Protocol", "port=Port", "used by=LoadBalancerArns[]|count"),
)


def _listener_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    yield from compared(asked, item, ("Port", "Protocol", "SslPolicy", "AlpnPolicy"))
    yield from _changed_list("Certificates", item, asked, "Certificates[].CertificateArn")
    actions = each(asked, "DefaultActions[]")
    now = [_action(one) for one in each(item, "DefaultActions[]")]
    if actions and [_action(one) for one in actions] != now:
        yield f"DefaultActions  {'; '.join(now) or 'not set'} -> {'; '.join(map(_action, actions))}"


def _changed_list(name: str, item: Mapping[str, Any], asked: Asked, path: str) -> Iterator[str]:
    if each(asked, path):
        yield from changed(name, each(item, path), each(asked, path))


def _action(action: Mapping[str, Any]) -> str:
    """An action in words; ELB tells a single target group in two places, and weights where there are several."""
    kind = shown(at(action, "Type"))
    groups = each(action, "ForwardConfig.TargetGroups[]")
    if not groups and at(action, "TargetGroupArn"):
        groups = [{"TargetGroupArn": at(action, "TargetGroupArn")}]
    many = len(groups) > 1
    named = [
        _group_name(at(one, "TargetGroupArn")) + (f" by {shown(at(one, 'Weight'))}" if many else "") for one in groups
    ]
    other = next((at(action, one) for one in ("RedirectConfig", "FixedResponseConfig") if at(action, one)), None)
    return f"{kind} {', '.join(named) or (shown(other) if other else '')}".strip()


def _group_name(arn: Any) -> str:
    return safe_line(str(arn).partition(":targetgroup/")[2] or str(arn))


def _balancer_reads(asked: Asked) -> tuple[Read, ...]:
    arn = text_at(asked, "LoadBalancerArn")
    if arn is None:
        return ()
    attributes = Read("elbv2.DescribeLoadBalancerAttributes", {"LoadBalancerArn": arn}, ("LoadBalancerNotFound",))
    return (*BALANCER.reads(asked), attributes)


def _balancer_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = pictured(BALANCER, DELETES, asked, answers[0])
    for one in each(answers[1].there, "Attributes[]"):
        if at(one, "Key") == "deletion_protection.enabled" and same(at(one, "Value"), True):
            whole += Picture(nos=(different("the load balancer: deletion protection is on"),))
    if not answers[1].known:
        whole += Picture(unread=(f"deletion protection: {answers[1].unread}",))
    return whole


def _group_in_use(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    users = each(item, "LoadBalancerArns[]")
    if users:
        yield different(f"it is used by {counted(len(users), 'load balancer')}")


# ---------------------------------------------------------------- CloudFormation

STACK = Thing(
    "stack",
    "cloudformation.DescribeStacks",
    "StackName",
    "StackName",
    at="Stacks[]",
    absent=("ValidationError: does not exist",),
    facts=("=StackStatus", "changed=LastUpdatedTime", "made=CreationTime"),
)
_UPDATABLE = (
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "CREATE_FAILED",
    "UPDATE_FAILED",
)  # fmt: skip


def _stack_deletion(asked: Asked) -> tuple[Read, ...]:
    name = text_at(asked, "StackName")
    if name is None:
        return ()
    resources = Read("cloudformation.ListStackResources", {"StackName": name}, ("ValidationError: does not exist",))
    return (*STACK.reads(asked), resources)


def _stack_deleted(asked: Asked, answers: Sequence[Answer]) -> Picture:
    described, listed = answers
    gone = at(described.there, "Stacks[0].StackStatus") == "DELETE_COMPLETE"
    if gone:
        name = safe_line(text_at(asked, "StackName") or "")
        return Picture(nos=(absent(f"stack {name} was deleted before: nothing to delete"),))
    whole = pictured(STACK, DELETES, asked, described, (), (_stack_protected,))
    resources = each(listed.there, "StackResourceSummaries[]")
    if resources:
        least = "at least " if at(listed.there, "NextToken") else ""
        kept = set(texts_at(asked, "RetainResources"))
        held = f", less the {counted(len(kept), 'resource')} that are retained" if kept else ""
        whole += Picture(changes=(f"with it {least}{counted(len(resources), 'resource')}{held}",))
    elif not listed.known:
        whole += Picture(unread=(f"its resources: {listed.unread}",))
    return whole


def _stack_protected(_: Asked, item: Mapping[str, Any]) -> Iterator[str | No]:
    if same(at(item, "EnableTerminationProtection"), True):
        yield different("termination protection is on")


def _template_reads(asked: Asked) -> tuple[Read, ...]:
    """CloudFormation's own look at the template; it is sent, and nothing is made of it."""
    for name in ("TemplateBody", "TemplateURL"):
        if text_at(asked, name):
            return (Read("cloudformation.ValidateTemplate", {name: at(asked, name)}, ("ValidationError",)),)
    return ()


def _stack_writing(asked: Asked) -> tuple[Read, ...]:
    return (*STACK.reads(asked), *_template_reads(asked)) if text_at(asked, "StackName") else ()


def _template(asked: Asked, answer: Answer, *, new: bool) -> Iterator[str | No | Picture]:
    if not answer.known:
        yield Picture(unread=(f"the template: {answer.unread}",))
        return
    if answer.absent:
        yield different(f"the template is not valid: {safe_line(answer.said.partition(': ')[2])}")
        return
    given = {text_at(one, "ParameterKey") for one in each(asked, "Parameters[]")}
    known = {text_at(one, "ParameterKey") for one in each(answer.there, "Parameters[]")}
    for one in each(answer.there, "Parameters[]"):
        name = text_at(one, "ParameterKey")
        if new and at(one, "DefaultValue") is None and name not in given and name is not None:
            yield different(f"parameter {safe_line(name)} has no value")
    for name in sorted(one for one in given - known if one):
        yield different(f"the template has no parameter {safe_line(name)}")
    needed = set(texts_at(answer.there, "Capabilities"))
    held = set(texts_at(asked, "Capabilities"))
    if "CAPABILITY_NAMED_IAM" in held:
        held.add("CAPABILITY_IAM")
    if needed - held:
        why = shown(at(answer.there, "CapabilitiesReason"))
        yield different(f"{', '.join(map(safe_line, sorted(needed - held)))} must be given: {why}")


def _stack_updated(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = pictured(
        STACK, CHANGES, asked, answers[0], _stack_settings, (needs_state("StackStatus", *_UPDATABLE),)
    )
    whole += Picture(warnings=("Which resources would change only a change set tells",))
    return whole + (gathered(_template(asked, answers[1], new=False)) if len(answers) > 1 else Picture())


def _stack_settings(asked: Asked, item: Mapping[str, Any]) -> Iterator[str]:
    there = {str(at(one, "ParameterKey")): at(one, "ParameterValue") for one in each(item, "Parameters[]")}
    for one in each(asked, "Parameters[]"):
        name = str(at(one, "ParameterKey"))
        now, wanted = there.get(name), at(one, "ParameterValue")
        if same(at(one, "UsePreviousValue"), True) or wanted is None:
            continue
        if isinstance(now, str) and now and not now.strip("*"):
            yield f"Parameters.{safe_line(name)}  {HIDDEN!r} -> {HIDDEN!r}, the same or not"
        else:
            yield from changed(f"Parameters.{safe_line(name)}", now, wanted)
    yield from compared(asked, item, ("RoleARN", "Capabilities", "NotificationARNs"))
    if at(asked, "Tags") is not None:
        yield from replaced("Tags", _tags(item), _tags(asked))
    if same(at(asked, "UsePreviousTemplate"), True):
        yield "the present template is used again"
    else:
        yield "the template would be replaced"


def _tags(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {str(at(one, "Key")): at(one, "Value") for one in each(holder, "Tags[]")}


def _stack_created(asked: Asked, answers: Sequence[Answer]) -> Picture:
    whole = pictured(STACK, CREATES, asked, answers[0])
    return whole + (gathered(_template(asked, answers[1], new=True)) if len(answers) > 1 else Picture())


BEFORE_READS = {
    ("autoscaling", "UpdateAutoScalingGroup"): writes(GROUP, CHANGES, _GROUP_SETTINGS, _capacity),
    ("autoscaling", "SetDesiredCapacity"): writes(GROUP, CHANGES, ("DesiredCapacity",), _capacity),
    ("autoscaling", "DeleteAutoScalingGroup"): writes(GROUP, DELETES, (), _group_emptied),
    ("lambda", "UpdateFunctionConfiguration"): writes(FUNCTION, CHANGES, _function_settings, _BUSY),
    ("lambda", "UpdateFunctionCode"): writes(FUNCTION, CHANGES, _code, _BUSY, derived=_digest_of),
    ("lambda", "DeleteFunction"): writes(FUNCTION, DELETES),
    ("lambda", "PutFunctionConcurrency"): writes(
        CONCURRENCY, CHANGES, ("ReservedConcurrentExecutions",), _cuts_off
    ),
    ("lambda", "DeleteFunctionConcurrency"): writes(
        CONCURRENCY, becomes("would lose its reserved concurrency")
    ),
    ("lambda", "UpdateAlias"): writes(ALIAS, CHANGES, ("FunctionVersion", "Description", "RoutingConfig")),
    ("lambda", "DeleteAlias"): writes(ALIAS, DELETES),
    ("ecs", "UpdateService"): BeforeRead(_service_reads, _service_updated),
    ("ecs", "DeleteService"): BeforeRead(_service_reads, _service_deleted),
    ("eks", "UpdateNodegroupConfig"): writes(NODEGROUP, CHANGES, _nodegroup_settings, _ACTIVE, _nodes_fall),
    ("eks", "UpdateNodegroupVersion"): writes(NODEGROUP, CHANGES, ("version", "releaseVersion"), _ACTIVE),
    ("eks", "DeleteNodegroup"): writes(NODEGROUP, DELETES),
    ("elbv2", "DeregisterTargets"): BeforeRead(_target_reads, _deregistered),
    ("elbv2", "RegisterTargets"): BeforeRead(_target_reads, _registered),
    ("elbv2", "ModifyListener"): writes(LISTENER, CHANGES, _listener_settings),
    ("elbv2", "DeleteListener"): writes(LISTENER, DELETES),
    ("elbv2", "DeleteLoadBalancer"): BeforeRead(_balancer_reads, _balancer_deleted),
    ("elbv2", "DeleteTargetGroup"): writes(TARGET_GROUP, DELETES, (), _group_in_use),
    ("cloudformation", "DeleteStack"): BeforeRead(_stack_deletion, _stack_deleted),
    ("cloudformation", "UpdateStack"): BeforeRead(_stack_writing, _stack_updated),
    ("cloudformation", "CreateStack"): BeforeRead(_stack_writing, _stack_created),
}  # fmt: skip
"""By service and operation."""
