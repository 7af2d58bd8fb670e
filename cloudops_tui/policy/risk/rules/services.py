"""What single services hide in a parameter, wherever else it does not belong."""

from __future__ import annotations

import json
from typing import Any

from cloudops_tui.policy.risk.members import texts
from cloudops_tui.policy.risk.rules.rule import (
    AVAILABILITY,
    IRREVERSIBLE,
    Rules,
    always,
    given,
    off,
    on,
    says,
    when,
)


def _expires(policy: Any) -> bool:
    """A lifecycle policy, as text, deletes; one that cannot be read counts as one that does."""
    if not isinstance(policy, str) or "expire" in policy.lower():
        return True
    try:
        return any("expire" in text.lower() for text in texts(json.loads(policy)))
    except (ValueError, RecursionError):
        return True


def _ends_retention(policy: Any) -> bool:
    """A lifecycle policy of OpenSearch, as text, keeps something for a time only."""
    return not isinstance(policy, str) or "MinIndexRetention" in policy.replace("NoMinIndexRetention", "")


_IMAGES_EXPIRE = (
    says("policyDetails.action.type", ("DELETE", "DISABLE", "DEPRECATE"), "takes images away when their time comes"),
)
_INDEXES_EXPIRE = (when("policy", _ends_retention, "data is deleted when its time comes", IRREVERSIBLE),)

SERVICES: Rules = {
    ("budgets", "ExecuteBudgetAction"): (
        says("ExecutionType", ("REVERSE_BUDGET_ACTION", "RESET_BUDGET_ACTION"), "undoes the action"),
    ),
    ("budgets", "CreateBudgetAction"): (
        given("Definition.SsmActionDefinition.ActionSubType", "plans to stop what the budget names", AVAILABILITY),
    ),
    ("budgets", "UpdateBudgetAction"): (
        given("Definition.SsmActionDefinition.ActionSubType", "plans to stop what the budget names", AVAILABILITY),
    ),
    ("clouddirectory", "BatchWrite"): (
        given("Operations.DeleteObject", "deletes objects"),
        given("Operations.DetachObject", "detaches objects"),
        given("Operations.DetachFromIndex", "detaches objects"),
        given("Operations.DetachPolicy", "takes access away"),
        given("Operations.DetachTypedLink", "detaches objects"),
        given("Operations.RemoveFacetFromObject", "removes facets"),
    ),
    ("cloudfront", "UpdateDistribution"): (
        off("DistributionConfig.Enabled", "the distribution serves nothing any more", AVAILABILITY),
    ),
    ("cloudfront-keyvaluestore", "UpdateKeys"): (given("Deletes", "deletes keys"),),
    ("cognito-sync", "UpdateRecords"): (says("RecordPatches.Op", "remove", "deletes records"),),
    ("deadline", "UpdateJob"): (
        says("targetTaskRunStatus", ("CANCELED", "SUSPENDED", "FAILED"), "breaks the job off"),
        says("lifecycleStatus", "ARCHIVED", "the job is deleted after a while"),
    ),
    ("dlm", "UpdateLifecyclePolicy"): (
        given("PolicyDetails.Schedules.RetainRule", "older snapshots are deleted", IRREVERSIBLE),
        given("RetainInterval", "older snapshots are deleted", IRREVERSIBLE),
    ),
    ("ecr", "PutLifecyclePolicy"): (
        when("lifecyclePolicyText", _expires, "images are deleted when their time comes", IRREVERSIBLE),
    ),
    ("ecr", "PutImageScanningConfiguration"): (
        off("imageScanningConfiguration.scanOnPush", "images are not scanned any more"),
    ),
    ("elasticbeanstalk", "UpdateApplicationResourceLifecycle"): tuple(
        on(f"ResourceLifecycleConfig.VersionLifecycleConfig.{rule}.{member}", "older versions are deleted")
        for rule in ("MaxCountRule", "MaxAgeRule")
        for member in ("Enabled", "DeleteSourceFromS3")
    ),
    ("imagebuilder", "CreateLifecyclePolicy"): _IMAGES_EXPIRE,
    ("imagebuilder", "UpdateLifecyclePolicy"): _IMAGES_EXPIRE,
    ("imagebuilder", "StartResourceStateUpdate"): (says("state.status", ("DELETED", "DISABLED"), "takes images away"),),
    ("iot", "UpdateCertificate"): (
        says("newStatus", ("INACTIVE", "REVOKED"), "devices lose their access", AVAILABILITY),
    ),
    ("iot", "UpdateCACertificate"): (says("newStatus", "INACTIVE", "devices lose their access", AVAILABILITY),),
    ("iot", "UpdateIndexingConfiguration"): tuple(
        says(path, "OFF", "the index is deleted")
        for path in (
            "thingIndexingConfiguration.thingIndexingMode",
            "thingIndexingConfiguration.thingConnectivityIndexingMode",
            "thingIndexingConfiguration.deviceDefenderIndexingMode",
            "thingIndexingConfiguration.namedShadowIndexingMode",
            "thingGroupIndexingConfiguration.thingGroupIndexingMode",
        )
    ),
    ("iot", "UpdateTopicRuleDestination"): (says("status", "DISABLED", "ends deliveries"),),
    ("opensearchserverless", "CreateLifecyclePolicy"): _INDEXES_EXPIRE,
    ("opensearchserverless", "UpdateLifecyclePolicy"): _INDEXES_EXPIRE,
    ("panorama", "CreateJobForDevices"): (says("JobType", "REBOOT", "reboots devices", AVAILABILITY),),
    ("snow-device-management", "CreateTask"): (when("command.reboot", always, "reboots devices", AVAILABILITY),),
    ("panorama", "SignalApplicationInstanceNodeInstances"): (
        says("NodeSignals.Signal", "PAUSE", "pauses cameras", AVAILABILITY),
    ),
    ("pinpoint", "UpdateJourneyState"): (
        says("JourneyStateRequest.State", ("CANCELLED", "PAUSED"), "breaks the journey off"),
    ),
    ("mediastore", "PutLifecyclePolicy"): (
        when("LifecyclePolicy", _expires, "objects are deleted when their time comes", IRREVERSIBLE),
    ),
    ("resource-explorer-2", "UpdateIndexType"): (
        says("Type", "LOCAL", "what other regions told the index is deleted"),
    ),
    ("route53resolver", "UpdateResolverDnssecConfig"): (
        says("Validation", "DISABLE", "answers are not validated any more"),
    ),
    ("shield", "UpdateSubscription"): (says("AutoRenew", "DISABLED", "the protection ends with its term"),),
    ("ssm", "SendAutomationSignal"): (
        says("SignalType", ("Reject", "StopStep", "Revoke"), "breaks the automation off"),
    ),
    ("ssm-incidents", "UpdateReplicationSet"): (given("actions.deleteRegionAction", "deletes a replica"),),
}
