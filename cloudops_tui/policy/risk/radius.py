"""How much a command may touch, as far as its words say: what is named, and why some of it cannot be counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudops_tui.model.risk import BlastRadius
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk.commands import COMMANDS
from cloudops_tui.policy.risk.members import at, is_true
from cloudops_tui.policy.risk.sql import Statement
from cloudops_tui.policy.risk.subject import Subject

_NAMES = re.compile(
    r"\w*(?:Ids?|IDs?|Arns?|ARNs?|Names?|Identifiers?|Keys?|Urls?|Url|Bucket|Resources?|Instances|Targets|Items|"
    r"Entries|Paths?|Addresses|Users|Principals?|PublicIp|Endpoint|Repository|Function)|ids?|arns?|names?"
)
_NOT_NAMES = re.compile(
    r"\w*(?:Token|KmsKey\w*|Role\w*|Subnet\w*|SecurityGroup\w*|[Tt]agKeys?|Notification\w*|RequestId|CallerReference|ClientRequest\w*|"
    r"AttributeNames?|ExpressionAttribute\w*|PolicyNames?|EngineName|DryRun|AvailabilityZones?|MetricNames?|"
    r"ContentType|AccountId|OwnerId|ParameterGroupName|Groups?)"
)
_COUNTED = {
    ("dynamodb", "BatchWriteItem"): "RequestItems.*",
    ("dynamodb", "TransactWriteItems"): "TransactItems",
    ("ec2", "RunInstances"): "",
    ("route53", "ChangeResourceRecordSets"): "ChangeBatch.Changes",
    ("s3", "DeleteObjects"): "Delete.Objects",
    ("cloudfront", "CreateInvalidation"): "InvalidationBatch.Paths.Items",
}  # fmt: skip
"""Where operations hold what they touch, where it is not a parameter of its own."""

_WHOLE = {
    ("cloudformation", "DeleteStack"): "everything in the stack",
    ("cloudformation", "DeleteStackInstances"): "everything in the stacks",
    ("cloudformation", "ExecuteChangeSet"): "everything in the stack",
    ("cloudformation", "UpdateStack"): "everything in the stack",
    ("cloudformation", "UpdateStackSet"): "everything in the stacks",
    ("organizations", "CloseAccount"): "everything in the account",
    ("organizations", "LeaveOrganization"): "everything in the account",
    ("sqs", "PurgeQueue"): "every message of the queue",
    ("neptunedata", "ExecuteFastReset"): "everything in the graph",
    ("neptune-graph", "ResetGraph"): "everything in the graph",
    ("fis", "StartExperiment"): "whatever the template chooses",
}  # fmt: skip
_TAG_FILTER = re.compile(r"tag(?:-key)?(?::.+)?|resource-groups:.+|aws:.+|InstanceTagKey.*", re.IGNORECASE)
_SELECTORS = (
    "Filters", "Filter", "Targets", "TagFilters", "ResourceTagFilters", "TargetLocations", "filters", "targets",
    "OnPremisesInstanceTagFilters", "Ec2TagFilters", "ResourceTags", "TagSet",
)  # fmt: skip
_EVERYTHING = ("ALL", "*", "all", "AllInstances")
_MOST_REASONS = 8


def radius_of(subject: Subject, said: Iterable[Statement]) -> BlastRadius:
    """What one command names."""
    reasons = dict.fromkeys((*_unbounded(subject), *(one.unbounded for one in said if one.unbounded)))
    return BlastRadius(resources=_named(subject), unbounded=tuple(reasons)[:_MOST_REASONS])


def together(radii: Iterable[BlastRadius]) -> BlastRadius:
    """Of several commands; a resource that two of them name counts twice."""
    known = list(radii)
    reasons = dict.fromkeys(reason for one in known for reason in one.unbounded)
    return BlastRadius(resources=sum(one.resources for one in known), unbounded=tuple(reasons))


def names_something(member: str) -> bool:
    """What stands at this member is the name of a resource that is acted on."""
    return _NAMES.fullmatch(member) is not None and _NOT_NAMES.fullmatch(member) is None


# --- named -----------------------------------------------------------------------------------------------------------


def _named(subject: Subject) -> int:
    if subject.operation is None:
        return _named_by_words(subject)
    if subject.key in _COUNTED:
        return max(_count(subject, _COUNTED[subject.key]), 1)
    counts = [
        len(value) if isinstance(value, list) else 1
        for name, value in subject.parameters.items()
        if value not in (None, "", [], {}) and names_something(name)
    ]
    return max(counts, default=1)


def _count(subject: Subject, path: str) -> int:
    if not path:
        most = subject.parameters.get("MaxCount", 1)
        return most if isinstance(most, int) and not isinstance(most, bool) else 1
    return len(at(subject.parameters, path))


def _named_by_words(subject: Subject) -> int:
    """S3 paths that are written to or deleted; else what list options hold."""
    if subject.cli_path[:1] == ("s3",):
        return 1
    lists = [len(words) for name, words in subject.given.items() if isinstance(words, tuple) and name.endswith("ids")]
    return max(lists, default=1)


# --- not to be counted -----------------------------------------------------------------------------------------------


def _unbounded(subject: Subject) -> Iterator[str]:
    command = COMMANDS.get(subject.cli_path) if subject.operation is None else None
    if command is not None:
        if command.unbounded:
            yield command.unbounded
        if "--recursive" in subject.options or subject.cli_path == ("s3", "sync"):
            yield "everything under a prefix or folder"
        if subject.cli_path == ("s3", "rb") and "--force" in subject.options:
            yield "every object of the bucket"
    if subject.key in _WHOLE:
        yield _WHOLE[subject.key]
    path = _COUNTED.get(subject.key)
    if path and any(isinstance(one, str) and _is_wildcard(one) for one in at(subject.parameters, path)):
        yield f"`{path}` holds a wildcard"
    unread = [name for name, value in subject.parameters.items() if value is UNREAD and _chooses(name)]
    if unread:
        yield f"`{unread[0]}` could not be read" if len(unread) == 1 else "its parameters could not be read"
    for name, value in subject.parameters.items():
        yield from _by_parameter(name, value)


def _by_parameter(name: str, value: Any) -> Iterator[str]:
    if name in _SELECTORS and any(_selects_by_tag(one) for one in (value if isinstance(value, list) else [value])):
        yield f"`{name}` chooses by tag"
    elif _chooses(name):
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str) and (one in _EVERYTHING or _is_wildcard(one)):
                yield f"`{name}` holds a wildcard"
    elif name.startswith("All") and is_true(value):
        yield f"`{name}` chooses everything"


def _chooses(name: str) -> bool:
    return name in _SELECTORS or names_something(name)


def _selects_by_tag(chosen: Any) -> bool:
    if not isinstance(chosen, Mapping):
        return False
    for name in ("Key", "key", "Name", "name"):
        held = chosen.get(name)
        if isinstance(held, str) and (_TAG_FILTER.fullmatch(held) or name in ("Key", "key")):
            return held not in ("InstanceIds", "instanceids", "InstanceId", "WindowTargetIds", "ParameterValues")
    return False


def _is_wildcard(text: str) -> bool:
    return "*" in text and " " not in text and not text.startswith("{")
