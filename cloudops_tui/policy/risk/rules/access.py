"""What takes access or a watch away, or lets everybody in."""

from __future__ import annotations

from cloudops_tui.policy.risk.rules.rule import (
    AVAILABILITY,
    EXPOSURE,
    IRREVERSIBLE,
    MODIFY,
    Rules,
    always,
    below,
    for_all,
    given,
    off,
    on,
    says,
    when,
    wide,
)

_GROUP_RULES = tuple(
    wide(path) for path in ("IpPermissions.IpRanges.CidrIp", "IpPermissions.Ipv6Ranges.CidrIpv6", "CidrIp")
)
_WATCHED = tuple(
    off(f"DataSources.{source}", "less is watched")
    for source in (
        "S3Logs.Enable",
        "Kubernetes.AuditLogs.Enable",
        "MalwareProtection.ScanEc2InstanceWithFindings.EbsVolumes",
    )
)
_REVOKED = "takes access away"
_LONGEST_IN_A_STORE = 2_557  # days; CloudTrail Lake keeps nothing longer, so that no event goes

ACCESS: Rules = {
    ("acm-pca", "UpdateCertificateAuthority"): (says("Status", "DISABLED", "the authority issues nothing any more"),),
    ("apigateway", "PutRestApi"): (says("mode", "overwrite", "what the definition does not have is removed"),),
    ("cloudtrail", "PutEventSelectors"): (off("EventSelectors.IncludeManagementEvents", "less is logged"),),
    ("cloudtrail", "UpdateEventDataStore"): (
        when("RetentionPeriod", below(_LONGEST_IN_A_STORE), "older events are deleted"),
    ),
    ("cloudtrail", "UpdateTrail"): (
        off("IncludeGlobalServiceEvents", "less is logged"),
        off("IsMultiRegionTrail", "less is logged"),
    ),
    ("codebuild", "UpdateProjectVisibility"): (
        says("projectVisibility", "PUBLIC_READ", "everybody may read its builds", EXPOSURE, level=None),
    ),
    ("codecommit", "UpdatePullRequestStatus"): (
        says("pullRequestStatus", "CLOSED", "a closed request cannot be opened again"),
    ),
    ("codecommit", "UpdatePullRequestApprovalState"): (says("approvalState", "REVOKE", "takes an approval back"),),
    ("codecommit", "OverridePullRequestApprovalRules"): (says("overrideStatus", "REVOKE", _REVOKED),),
    ("cognito-idp", "SetUserPoolMfaConfig"): (says("MfaConfiguration", "OFF", "takes protection away"),),
    ("ec2", "AuthorizeSecurityGroupIngress"): _GROUP_RULES,
    ("ec2", "ModifySecurityGroupRules"): (
        wide("SecurityGroupRules.SecurityGroupRule.CidrIpv4"),
        wide("SecurityGroupRules.SecurityGroupRule.CidrIpv6"),
    ),
    ("ec2", "CreateNetworkAclEntry"): (says("RuleAction", "deny", "may cut off traffic", AVAILABILITY, level=MODIFY),),
    ("ec2", "ModifyImageAttribute"): (
        for_all("LaunchPermission.Add.Group", "shares it with every account"),
        for_all("UserGroups", "shares it with every account"),
    ),
    ("ec2", "ModifySnapshotAttribute"): (
        for_all("CreateVolumePermission.Add.Group", "shares it with every account"),
        for_all("GroupNames", "shares it with every account"),
    ),
    ("ec2", "ModifyFpgaImageAttribute"): (
        for_all("LoadPermission.Add.Group", "shares it with every account"),
        for_all("UserGroups", "shares it with every account"),
    ),
    ("ec2", "ModifyInstanceAttribute"): (
        says("InstanceInitiatedShutdownBehavior", "terminate", "a shutdown ends the instance for good", IRREVERSIBLE),
        off("DisableApiTermination", "the instance may be ended"),
        off("DisableApiStop", "the instance may be stopped"),
    ),
    ("ec2", "ModifyInstanceMetadataOptions"): (
        says("HttpEndpoint", "disabled", "programs there lose their credentials", AVAILABILITY),
    ),
    ("ec2", "ModifySubnetAttribute"): (
        on("MapPublicIpOnLaunch", "new instances get public addresses", EXPOSURE, level=None),
    ),
    ("ec2", "ModifyVpcBlockPublicAccessOptions"): (
        says("InternetGatewayBlockMode", ("block-bidirectional", "block-ingress"), "cuts traffic off", AVAILABILITY),
        says("InternetGatewayBlockMode", "off", "public access is no longer blocked", EXPOSURE),
    ),
    ("ec2", "ModifyVpcEndpointServicePermissions"): (for_all("AddAllowedPrincipals", "everybody may connect"),),
    ("elb", "ModifyLoadBalancerAttributes"): tuple(
        off(f"LoadBalancerAttributes.{which}.Enabled", "switches something off")
        for which in ("AccessLog", "ConnectionDraining", "CrossZoneLoadBalancing")
    ),
    ("inspector2", "UpdateOrganizationConfiguration"): tuple(
        off(f"autoEnable.{what}", "new accounts are not watched") for what in ("ec2", "ecr", "lambda", "lambdaCode")
    ),
    ("mq", "UpdateBroker"): (off("Logs.Audit", "less is logged"), off("Logs.General", "less is logged")),
    ("eks", "UpdateClusterConfig"): (
        wide("resourcesVpcConfig.publicAccessCidrs"),
        on("resourcesVpcConfig.endpointPublicAccess", "can be reached from the internet", EXPOSURE, level=None),
        off("resourcesVpcConfig.endpointPublicAccess", "takes public access away", AVAILABILITY),
        off("logging.clusterLogging.enabled", "less is logged"),
    ),
    ("guardduty", "UpdateDetector"): (off("Enable", "switches the detector off"), *_WATCHED),
    ("guardduty", "UpdateMemberDetectors"): _WATCHED,
    ("kms", "PutKeyPolicy"): (
        on("BypassPolicyLockoutSafetyCheck", "nobody may be able to manage the key after it", IRREVERSIBLE, level=None),
    ),
    ("lambda", "AddPermission"): (
        for_all("Principal", "everybody may invoke it"),
        says("FunctionUrlAuthType", "NONE", "everybody may invoke it", EXPOSURE, level=None),
    ),
    ("lambda", "AddLayerVersionPermission"): (for_all("Principal", "everybody may use it"),),
    ("lambda", "CreateFunctionUrlConfig"): (says("AuthType", "NONE", "everybody may invoke it", EXPOSURE, level=None),),
    ("lambda", "UpdateFunctionUrlConfig"): (says("AuthType", "NONE", "everybody may invoke it", EXPOSURE, level=None),),
    ("lightsail", "OpenInstancePublicPorts"): (
        when("portInfo.fromPort", always, "can be reached from the internet", EXPOSURE, level=None),
    ),
    ("lakeformation", "UpdateLFTag"): (given("TagValuesToDelete", "grants by these values end"),),
    ("macie2", "UpdateClassificationJob"): (says("jobStatus", ("CANCELLED", "USER_PAUSED"), "breaks the job off"),),
    ("route53", "ChangeResourceRecordSets"): (
        says("ChangeBatch.Changes.Action", "DELETE", "deletes records", AVAILABILITY),
    ),
    ("sns", "AddPermission"): (for_all("AWSAccountId", "everybody gets access"),),
    ("sqs", "AddPermission"): (for_all("AWSAccountIds", "everybody gets access"),),
    ("ssm", "ModifyDocumentPermission"): (for_all("AccountIdsToAdd", "shares it with every account"),),
}
