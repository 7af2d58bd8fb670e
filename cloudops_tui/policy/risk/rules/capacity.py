"""What scales to nothing, ends, or moves what runs."""

from __future__ import annotations

from cloudops_tui.model.risk import RiskFlag
from cloudops_tui.policy.risk.rules.rule import (
    AVAILABILITY,
    IRREVERSIBLE,
    MODIFY,
    Rules,
    below,
    given,
    off,
    on,
    says,
    to_nothing,
    when,
    zero,
)

_SETTING_OFF = ("disabled", "off")

_GROUP = (
    to_nothing("DesiredCapacity"),
    to_nothing("MaxSize"),
)
CAPACITY: Rules = {
    ("application-autoscaling", "PutScheduledAction"): (to_nothing("ScalableTargetAction.MaxCapacity"),),
    ("application-autoscaling", "RegisterScalableTarget"): (
        to_nothing("MaxCapacity"),
        *(
            on(f"SuspendedState.{which}Suspended", "switches scaling off", AVAILABILITY)
            for which in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
        ),
    ),
    ("autoscaling", "CompleteLifecycleAction"): (
        says("LifecycleActionResult", "ABANDON", "a starting instance is ended", AVAILABILITY),
    ),
    ("autoscaling", "BatchPutScheduledUpdateGroupAction"): tuple(
        to_nothing(f"ScheduledUpdateGroupActions.{member}") for member in ("DesiredCapacity", "MaxSize")
    ),
    ("autoscaling", "PutScheduledUpdateGroupAction"): _GROUP,
    ("autoscaling", "SetDesiredCapacity"): _GROUP[:1],
    ("autoscaling", "SetInstanceHealth"): (
        says("HealthStatus", "Unhealthy", "the group ends an unhealthy instance", AVAILABILITY),
    ),
    ("autoscaling", "SetInstanceProtection"): (off("ProtectedFromScaleIn", "the instances may be ended by scaling"),),
    ("autoscaling", "UpdateAutoScalingGroup"): _GROUP,
    ("appstream", "UpdateFleet"): (
        to_nothing("ComputeCapacity.DesiredInstances"),
        to_nothing("ComputeCapacity.DesiredSessions"),
    ),
    ("batch", "UpdateComputeEnvironment"): (
        to_nothing("computeResources.maxvCpus"),
        says("state", "DISABLED", "no job starts there any more", AVAILABILITY),
    ),
    ("ec2", "ModifyInstanceMaintenanceOptions"): (
        says("AutoRecovery", "disabled", "the instance does not recover by itself any more"),
    ),
    ("ec2", "ModifyFleet"): (to_nothing("TargetCapacitySpecification.TotalTargetCapacity"),),
    ("ec2", "ModifySpotFleetRequest"): (to_nothing("TargetCapacity"),),
    ("ecs", "PutAccountSetting"): (says("value", _SETTING_OFF, "switches a setting off"),),
    ("ecs", "PutAccountSettingDefault"): (says("value", _SETTING_OFF, "switches a setting off"),),
    ("ecs", "UpdateTaskSet"): (to_nothing("scale.value"),),
    ("ecs", "UpdateService"): (
        to_nothing("desiredCount"),
        on("forceNewDeployment", "replaces every running task", AVAILABILITY, level=MODIFY),
    ),
    ("ecs", "UpdateContainerInstancesState"): (says("status", "DRAINING", "moves every task away", AVAILABILITY),),
    ("eks", "UpdateNodegroupConfig"): (
        to_nothing("scalingConfig.desiredSize"),
        to_nothing("scalingConfig.maxSize"),
        says("taints.addOrUpdateTaints.effect", "NO_EXECUTE", "evicts what runs on the nodes", AVAILABILITY),
    ),
    ("eks", "UpdateNodegroupVersion"): (on("force", "ends pods that will not move", AVAILABILITY),),
    ("eks", "UpdateClusterVersion"): (
        given("version", "a cluster cannot go back to an older version", IRREVERSIBLE, level=None),
    ),
    ("emr", "RunJobFlow"): (
        given("Steps", "runs its steps", RiskFlag.EXEC, level=None),
        given("BootstrapActions", "runs its bootstrap actions", RiskFlag.EXEC, level=None),
    ),
    ("emr", "ModifyInstanceGroups"): (
        to_nothing("InstanceGroups.InstanceCount"),
        given("InstanceGroups.EC2InstanceIdsToTerminate", "ends instances", AVAILABILITY),
    ),
    ("emr", "ModifyInstanceFleet"): (to_nothing("InstanceFleet.TargetOnDemandCapacity"),),
    ("emr", "SetKeepJobFlowAliveWhenNoSteps"): (
        off("KeepJobFlowAliveWhenNoSteps", "the clusters end after their steps", AVAILABILITY),
    ),
    ("emr", "PutAutoTerminationPolicy"): (
        given("AutoTerminationPolicy.IdleTimeout", "the cluster ends once it is idle", AVAILABILITY),
    ),
    ("emr", "SetUnhealthyNodeReplacement"): (off("UnhealthyNodeReplacement", "unhealthy nodes stay"),),
    ("emr", "SetVisibleToAllUsers"): (off("VisibleToAllUsers", "takes access away"),),
    ("emr", "SetTerminationProtection"): (off("TerminationProtected", "the clusters may be ended"),),
    ("gamelift", "UpdateFleetCapacity"): (
        to_nothing("DesiredInstances"),
        to_nothing("MaxSize"),
    ),
    ("lambda", "PutFunctionConcurrency"): (
        zero("ReservedConcurrentExecutions", "the function cannot run any more", AVAILABILITY),
    ),
    ("globalaccelerator", "UpdateEndpointGroup"): (
        when("TrafficDialPercentage", below(1), "no traffic goes there any more", AVAILABILITY),
        zero("EndpointConfigurations.Weight", "no traffic goes there any more", AVAILABILITY),
    ),
    ("opensearch", "StartDomainMaintenance"): (
        says("Action", ("REBOOT_NODE", "RESTART_SEARCH_PROCESS", "RESTART_DASHBOARD"), "restarts it", AVAILABILITY),
    ),
    ("s3control", "SubmitMultiRegionAccessPointRoutes"): (
        zero("RouteUpdates.TrafficDialPercentage", "no traffic goes there any more", AVAILABILITY),
    ),
    ("workspaces", "ModifyWorkspaceState"): (
        says("WorkspaceState", "ADMIN_MAINTENANCE", "nobody can log in", AVAILABILITY),
    ),
    ("sagemaker", "UpdateEndpointWeightsAndCapacities"): (
        to_nothing("DesiredWeightsAndCapacities.DesiredInstanceCount"),
        zero("DesiredWeightsAndCapacities.DesiredWeight", "no traffic goes there any more", AVAILABILITY),
    ),
}
