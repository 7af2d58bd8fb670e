"""How dangerous a command is: from its operation's verb and HTTP method, never milder than the plan claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel

TABLE_VERSION = "verbs/2"
"""Version of the rules below; part of every approval digest."""

READ_VERBS = frozenset(
    {"Describe", "Get", "List", "Head", "Search", "Lookup", "Query", "Scan", "Select", "Preview", "Simulate",
     "Estimate", "Validate", "Check", "View", "Discover", "Count", "BatchGet", "BatchDescribe", "BatchCheck"}
)  # fmt: skip
DESTRUCTIVE_VERBS = frozenset(
    {"Delete", "Remove", "Terminate", "Stop", "Reboot", "Revoke", "Disable", "Detach", "Deregister", "Destroy",
     "Purge", "Drop", "Erase", "Flush", "Reset", "Release", "Disassociate", "Cancel", "Abort", "Reject", "Shutdown",
     "Unsubscribe", "Retire", "Decrease", "Failover", "Rebuild", "Restart", "Pause", "Suspend", "Force", "Close",
     "Leave", "Schedule", "Wipe", "Kill", "Expire", "Evict", "Decommission", "Deprovision", "Unassign", "Unmonitor",
     "Unlink", "Unregister", "Unshare", "Withdraw", "Dissociate", "Discard", "Forget", "BatchDelete", "BatchDisable",
     "BatchDisassociate", "BatchRevoke", "BatchStop", "BatchDeregister", "BatchRemove", "AdminDelete", "AdminDisable",
     "AdminReset", "Exit", "Replace", "Overwrite", "Restore", "Rollback", "Truncate", "Downgrade", "Deactivate",
     "Undeploy", "Uninstall", "Unpeer", "Swap", "Backtrack"}
)  # fmt: skip
READS_THAT_ACT = frozenset(
    {
        ("redshift", "GetClusterCredentials"), ("redshift", "GetClusterCredentialsWithIAM"),
        ("redshift-serverless", "GetCredentials"), ("lightsail", "GetInstanceAccessDetails"),
        ("emr", "GetClusterSessionCredentials"), ("emr-containers", "GetManagedEndpointSessionCredentials"),
        ("stepfunctions", "GetActivityTask"), ("cognito-identity", "GetId"),
        ("cognito-idp", "GetTokensFromRefreshToken"),
        ("lightsail", "GetRelationalDatabaseMasterUserPassword"), ("sts", "GetFederationToken"),
        ("sts", "GetSessionToken"),
    }
)  # fmt: skip
"""Read by name, and yet they mint credentials or take work (IAM calls them Write; SECURITY notes, section 1.3)."""

CUSTOM_COMMANDS: dict[tuple[str, ...], RiskLevel] = {
    ("s3", "ls"): RiskLevel.READ_ONLY,
    ("s3", "presign"): RiskLevel.MODIFY,
    ("s3", "cp"): RiskLevel.MODIFY,
    ("s3", "sync"): RiskLevel.MODIFY,
    ("s3", "mb"): RiskLevel.MODIFY,
    ("s3", "website"): RiskLevel.MODIFY,
    ("s3", "mv"): RiskLevel.DESTRUCTIVE,
    ("s3", "rm"): RiskLevel.DESTRUCTIVE,
    ("s3", "rb"): RiskLevel.DESTRUCTIVE,
}
"""Commands of awscli's own that have no operation behind them."""

_WORD = re.compile(r"[A-Z][a-z0-9]*|[A-Z]+(?=[A-Z][a-z]|$)")


@dataclass(frozen=True)
class Subject:
    """What there is to judge: an operation of the SDK, or a command of the CLI with the operation behind it."""

    service: str | None
    operation: str | None
    """CamelCase; None for a custom command of the CLI."""
    http_method: str | None = None
    cli_path: tuple[str, ...] = ()
    """Words after `aws`; empty for the SDK."""
    is_waiter: bool = False
    options: frozenset[str] = frozenset()
    """Options that were given, with dashes."""
    writes_file: bool = False
    """What the command answers goes into a file on this machine that the plan names."""
    read_only: bool | None = None
    """The model's `readonly` trait."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """By botocore's member names; of a command line as far as its words could be read (`cli_values.UNREAD`)."""
    words: tuple[str, ...] = ()
    """Words of a command line that stand without an option."""
    given: Mapping[str, tuple[str, ...] | bool] = field(default_factory=dict)
    """Options of a command line with their words, as read."""
    profile: str = "default"
    region: str = ""


def assess(subject: Subject, claimed: RiskLevel) -> RiskAssessment:
    """Judge one command. Unknown things never get milder than Modify."""
    found, reasons, flags = _judge(subject)
    if subject.writes_file:
        found = max(found, RiskLevel.MODIFY)
        reasons = [*reasons, "it writes, or overwrites, a file on this machine"]
        flags = [*flags, RiskFlag.LOCAL_WRITE]
    if claimed > found:
        reasons = [*reasons, f"the plan claims {claimed.value}, which counts"]
    elif claimed < found:
        reasons = [*reasons, f"the plan claims only {claimed.value}"]
    return RiskAssessment(
        level=max(found, claimed), assessed=found, claimed=claimed, flags=tuple(flags), reasons=tuple(reasons)
    )


def worst(levels: Iterable[RiskLevel]) -> RiskLevel:
    """The worst level; ReadOnly for none."""
    return max(levels, default=RiskLevel.READ_ONLY)


def _judge(subject: Subject) -> tuple[RiskLevel, list[str], list[RiskFlag]]:
    if subject.operation is None:
        return _judge_custom(subject)
    if subject.is_waiter:
        return RiskLevel.READ_ONLY, [f"a waiter only polls {subject.operation}"], []
    name = f"{subject.service}:{subject.operation}"
    if subject.http_method == "DELETE":
        return RiskLevel.DESTRUCTIVE, [f"{name} is an HTTP DELETE"], []
    verb = _verb(subject.operation, DESTRUCTIVE_VERBS)
    if verb:
        return RiskLevel.DESTRUCTIVE, [f"{name}: `{verb}` takes away, stops or overwrites"], []
    if (subject.service, subject.operation) in READS_THAT_ACT:
        return RiskLevel.MODIFY, [f"{name} reads by name, but hands out credentials or work"], [RiskFlag.PRIVILEGE]
    verb = _verb(subject.operation, READ_VERBS)
    if verb:
        return RiskLevel.READ_ONLY, [f"{name}: `{verb}` only reads"], []
    return RiskLevel.MODIFY, [f"{name} is neither known to only read nor to destroy"], []


def _judge_custom(subject: Subject) -> tuple[RiskLevel, list[str], list[RiskFlag]]:
    shown = " ".join(("aws", *subject.cli_path))
    if "--delete" in subject.options:
        return RiskLevel.DESTRUCTIVE, [f"`{shown} --delete` removes what the source does not have"], []
    level = CUSTOM_COMMANDS.get(subject.cli_path)
    if level is RiskLevel.READ_ONLY:
        return level, [f"`{shown}` only reads"], []
    if level is RiskLevel.DESTRUCTIVE:
        return level, [f"`{shown}` deletes"], []
    if level is RiskLevel.MODIFY:
        return level, [f"`{shown}` writes"], []
    verb = "".join(part.capitalize() for part in subject.cli_path[-1].split("-")) if subject.cli_path else ""
    destructive = _verb(verb, DESTRUCTIVE_VERBS)
    if destructive:
        return RiskLevel.DESTRUCTIVE, [f"`{shown}`: `{destructive}` takes away, stops or overwrites"], []
    return RiskLevel.MODIFY, [f"`{shown}` is a command of the CLI's own whose effect is not known"], [RiskFlag.UNKNOWN]


def _verb(operation: str, verbs: frozenset[str]) -> str | None:
    """The verb that the name begins with, of one word or two (`BatchDelete`)."""
    words = _WORD.findall(operation)
    for length in (2, 1):
        verb = "".join(words[:length])
        if verb in verbs:
            return verb
    return None
