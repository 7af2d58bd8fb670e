"""Which operations can be asked by their own service what they would do, and with which word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.catalogue import OperationShape

UNDOCUMENTED = frozenset(
    {
        ("medialive", "CreateChannel"), ("medialive", "UpdateChannel"), ("medialive", "StartMonitorDeployment"),
        ("redshift", "CreateSnapshotSchedule"),
    }
)  # fmt: skip
"""Operations whose `DryRun` AWS documents nowhere (botocore 1.40.61, API references): what it does is not known."""

ANOTHER_MEANING = frozenset({("emr", "GetOnClusterAppUIPresignedURL")})
"""Its `DryRun` says what kind of address is made; one is made all the same."""

CHECK_ONLY = {
    ("es", "UpgradeElasticsearchDomain"): "PerformCheckOnly",
    ("opensearch", "UpgradeDomain"): "PerformCheckOnly",
    ("importexport", "CreateJob"): "ValidateOnly",
    ("importexport", "UpdateJob"): "ValidateOnly",
    ("outposts", "StartOutpostDecommission"): "ValidateOnly",
    ("timestream-query", "PrepareQuery"): "ValidateOnly",
}
"""Operations whose boolean with another name is a dry run, by the words of their models' documentation."""

TELLS = {
    ("appstream", "CreateUpdatedImage"): "canUpdateImage",
    ("es", "CancelDomainConfigChange"): "CancelledChangeProperties",
    ("es", "UpdateElasticsearchDomainConfig"): "DryRunResults",
    ("opensearch", "CancelDomainConfigChange"): "CancelledChangeProperties",
    ("opensearch", "UpdateDomainConfig"): "DryRunResults",
    ("ssm", "DeleteInventory"): "DeletionSummary",
}
"""Where the answer to a dry run says what would happen, and in which member."""

MORE_THAN_PERMISSION = frozenset(
    {
        ("clouddirectory", "UpgradeAppliedSchema"), ("clouddirectory", "UpgradePublishedSchema"),
        ("network-firewall", "CreateFirewallPolicy"), ("network-firewall", "CreateRuleGroup"),
        ("network-firewall", "UpdateFirewallPolicy"), ("network-firewall", "UpdateRuleGroup"),
        ("pinpoint-sms-voice-v2", "SendMediaMessage"), ("pinpoint-sms-voice-v2", "SendTextMessage"),
        ("pinpoint-sms-voice-v2", "SendVoiceMessage"),
        *CHECK_ONLY,
        *TELLS,
    }
)  # fmt: skip
"""Dry runs that look at the whole request, by the words of their models' documentation."""


@dataclass(frozen=True, slots=True)
class Switch:
    """The member that makes a call a dry run."""

    member: str
    value: bool | str = True

    def is_on(self, parameters: Mapping[str, Any]) -> bool:
        """The parameters ask for a dry run themselves."""
        return parameters.get(self.member) == self.value


INVOKE = Switch("InvocationType", "DryRun")
"""Of `lambda` `Invoke`: checks the caller's permission and runs nothing."""


def switch_of(service: str | None, operation: str | None, member: str | None) -> Switch | None:
    """How to ask for a dry run; `member` is the operation's `DryRun` or `dryRun`, where it has one."""
    if service is None or operation is None:
        return None
    key = (service, operation)
    if key in UNDOCUMENTED or key in ANOTHER_MEANING:
        return None
    if key == ("lambda", "Invoke"):
        return INVOKE
    known = CHECK_ONLY.get(key) or member
    return Switch(known) if known else None


def switch_of_shape(shape: OperationShape) -> Switch | None:
    """As `switch_of`, of a modelled operation."""
    member = shape.dry_run_member
    boolean = member is not None and shape.members[member].type == "boolean"
    return switch_of(shape.service, shape.name, member if boolean else None)


def why_no_switch(service: str | None, operation: str | None) -> str:
    """What to say where there is no dry run to ask for."""
    match (service or "", operation or ""):
        case key if key in UNDOCUMENTED:
            return f"{UNKNOWN}: AWS does not say what its `DryRun` does"
        case key if key in ANOTHER_MEANING:
            return f"{UNKNOWN}: its `DryRun` makes an address all the same"
        case _:
            return UNKNOWN


UNKNOWN = "permission and effect unknown"
