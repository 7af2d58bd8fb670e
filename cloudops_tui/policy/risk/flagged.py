"""What operators want to know of an operation beside its level. Data: services with names, `*` for any ending."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.subject import Finding, Subject
from cloudops_tui.policy.risk.verbs import taking_verb, words_of

RETURNS_SECRETS: Mapping[str, str] = {
    "acm": "ExportCertificate", "apigateway": "GetApiKey GetApiKeys CreateApiKey GetClientCertificate",
    "appsync": "CreateApiKey ListApiKeys", "codeartifact": "GetAuthorizationToken",
    "cognito-identity": "GetCredentialsForIdentity GetOpenIdToken*",
    "cognito-idp": "InitiateAuth AdminInitiateAuth GetTokensFromRefreshToken DescribeUserPoolClient "
                   "CreateUserPoolClient RespondToAuthChallenge AdminRespondToAuthChallenge "
                   "AssociateSoftwareToken DescribeIdentityProvider",
    "connect": "GetFederationToken", "datazone": "GetEnvironmentCredentials",
    "directconnect": "DescribeRouterConfiguration",
    "ec2": "GetPasswordData CreateKeyPair GetVpnConnectionDeviceSampleConfiguration DescribeVpnConnections "
           "GetLaunchTemplateData CreateVpnConnection",
    "ecr": "GetAuthorizationToken", "ecr-public": "GetAuthorizationToken", "eks-auth": "AssumeRoleForPodIdentity",
    "emr": "GetClusterSessionCredentials", "emr-containers": "GetManagedEndpointSessionCredentials",
    "gamelift": "GetInstanceAccess GetComputeAccess GetComputeAuthToken RequestUploadCredentials",
    "iam": "CreateAccessKey CreateServiceSpecificCredential ResetServiceSpecificCredential CreateVirtualMFADevice",
    "iot": "CreateKeysAndCertificate CreateProvisioningClaim",
    "kms": "Decrypt GenerateDataKey GenerateDataKeyPair DeriveSharedSecret",
    "lakeformation": "GetTemporary* AssumeDecoratedRoleWithSAML", "lambda": "GetFunction GetFunctionConfiguration",
    "lightsail": "CreateKeyPair DownloadDefaultKeyPair GetInstanceAccessDetails CreateContactMethod "
                 "GetRelationalDatabaseMasterUserPassword CreateBucketAccessKey CreateContainerServiceRegistryLogin",
    "redshift": "GetClusterCredentials*", "redshift-serverless": "GetCredentials", "s3": "CreateSession",
    "s3control": "GetDataAccess", "secretsmanager": "GetSecretValue BatchGetSecretValue GetRandomPassword",
    "signin": "CreateOAuth2Token*", "ssm": "GetAccessToken StartSession ResumeSession",
    "sso": "GetRoleCredentials", "sso-oidc": "CreateToken*",
    "sts": "AssumeRole* AssumeRoot GetFederationToken GetSessionToken GetWebIdentityToken GetDelegatedAccessToken",
    "bedrock-agentcore": "GetWorkloadAccessToken* GetResourceOauth2Token GetResourceApiKey",
}  # fmt: skip

GIVES_RIGHTS: Mapping[str, str] = {
    "cognito-identity": "GetCredentialsForIdentity SetIdentityPoolRoles",
    "ec2": "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation", "eks": "CreateAccessEntry "
    "UpdateAccessEntry AssociateAccessPolicy CreatePodIdentityAssociation UpdatePodIdentityAssociation",
    "iam": "CreateAccessKey CreateLoginProfile UpdateLoginProfile AddUserToGroup AddRoleToInstanceProfile "
           "CreateServiceSpecificCredential UpdateAssumeRolePolicy CreateUser CreateRole UpdateAccessKey "
           "UploadSSHPublicKey EnableMFADevice",
    "lightsail": "CreateBucketAccessKey", "identitystore": "CreateGroupMembership",
    "ssm": "GetAccessToken", "sso-admin": "CreateAccountAssignment ProvisionPermissionSet",
    "sts": "AssumeRole* AssumeRoot GetFederationToken GetSessionToken",
    "redshift": "GetClusterCredentials*", "redshift-serverless": "GetCredentials",
    "emr": "GetClusterSessionCredentials", "eks-auth": "AssumeRoleForPodIdentity",
    "emr-containers": "GetManagedEndpointSessionCredentials", "connect": "GetFederationToken",
    "cognito-idp": "AdminAddUserToGroup GetTokensFromRefreshToken",
    "secretsmanager": "PutResourcePolicy",
}  # fmt: skip
"""Beyond what IAM itself calls permissions management."""

RUNS_CODE: Mapping[str, str] = {
    "amplify": "StartJob", "athena": "StartCalculationExecution",
    "batch": "SubmitJob SubmitServiceJob", "bedrock-agent-runtime": "InvokeAgent InvokeFlow InvokeInlineAgent",
    "bedrock-agentcore": "InvokeAgentRuntime* InvokeCodeInterpreter", "braket": "CreateJob CreateQuantumTask",
    "budgets": "ExecuteBudgetAction", "codebuild": "StartBuild StartBuildBatch RetryBuild* StartCommandExecution",
    "codedeploy": "CreateDeployment",
    "codecatalyst": "StartWorkflowRun", "codepipeline": "StartPipelineExecution RetryStageExecution",
    "databrew": "StartJobRun", "datapipeline": "ActivatePipeline",
    "devicefarm": "ScheduleRun", "ecs": "RunTask StartTask ExecuteCommand", "emr": "RunJobFlow AddJobFlowSteps "
    "StartNotebookExecution", "emr-containers": "StartJobRun", "emr-serverless": "StartJobRun",
    "fis": "StartExperiment", "glue": "StartJobRun RunStatement StartWorkflowRun StartTrigger ResumeWorkflowRun",
    "greengrassv2": "CreateDeployment",
    "iot": "CreateJob",
    "lambda": "Invoke InvokeAsync InvokeWithResponseStream", "m2": "StartBatchJob",
    "mwaa": "InvokeRestApi CreateCliToken", "omics": "StartRun StartRunBatch", "opsworks": "CreateDeployment",
    "sagemaker": "CreateProcessingJob CreateTrainingJob CreateTransformJob StartPipelineExecution "
                 "CreateHyperParameterTuningJob CreateAutoMLJob CreateAutoMLJobV2",
    "ssm": "SendCommand StartAutomationExecution "
    "StartChangeRequestExecution CreateAssociation CreateAssociationBatch UpdateAssociation "
    "StartAssociationsOnce RegisterTaskWithMaintenanceWindow UpdateMaintenanceWindowTask StartSession ResumeSession",
    "stepfunctions": "StartExecution StartSyncExecution RedriveExecution", "swf": "StartWorkflowExecution",
    "robomaker": "CreateSimulationJob",
}  # fmt: skip
"""Runs what stands elsewhere, with an effect that neither name nor parameters bound."""

COSTS: Mapping[str, str] = {
    "acm-pca": "CreateCertificateAuthority", "amp": "CreateWorkspace CreateScraper", "appstream": "CreateFleet "
    "StartFleet CreateImageBuilder StartImageBuilder", "bedrock": "CreateProvisionedModelThroughput "
    "CreateModelCustomizationJob", "cloud9": "CreateEnvironmentEC2", "cloudhsmv2": "CreateHsm",
    "dax": "CreateCluster IncreaseReplicationFactor", "directconnect": "CreateConnection CreateInterconnect CreateLag",
    "dms": "CreateReplicationInstance StartReplication CreateReplicationConfig",
    "docdb": "CreateDBInstance CreateDBCluster RestoreDBCluster* StartDBCluster", "docdb-elastic": "CreateCluster "
    "RestoreClusterFromSnapshot StartCluster", "ds": "CreateDirectory CreateMicrosoftAD AddRegion",
    "dynamodb": "CreateTable RestoreTable* CreateGlobalTable",
    "ec2": "RunInstances RunScheduledInstances StartInstances AllocateAddress AllocateHosts CreateFleet "
           "RequestSpotFleet RequestSpotInstances CreateNatGateway CreateVolume CreateCapacityReservation* "
           "CreateVpcEndpoint CreateVpnConnection CreateTransitGateway CreateTransitGatewayVpcAttachment "
           "CreateClientVpnEndpoint EnableFastSnapshotRestores CreateTrafficMirrorSession",
    "ecs": "RunTask StartTask CreateService", "efs": "CreateFileSystem",
    "eks": "CreateCluster CreateNodegroup CreateFargateProfile", "elasticache": "CreateCacheCluster "
    "CreateReplicationGroup CreateServerlessCache IncreaseReplicaCount",
    "elasticbeanstalk": "CreateEnvironment", "elb": "CreateLoadBalancer", "elbv2": "CreateLoadBalancer",
    "emr": "RunJobFlow AddInstanceFleet AddInstanceGroups", "emr-serverless": "StartApplication",
    "es": "CreateElasticsearchDomain", "finspace": "CreateKxCluster CreateEnvironment",
    "fsx": "CreateFileSystem* CreateVolume*", "gamelift": "CreateFleet CreateContainerFleet",
    "globalaccelerator": "CreateAccelerator", "glue": "CreateDevEndpoint CreateSession",
    "kafka": "CreateCluster CreateClusterV2", "kendra": "CreateIndex", "kinesis": "CreateStream SplitShard "
    "UpdateShardCount", "lambda": "PutProvisionedConcurrencyConfig", "lightsail": "CreateInstances* CreateDisk* "
    "CreateRelationalDatabase* CreateLoadBalancer CreateContainerService StartInstance AllocateStaticIp",
    "medialive": "StartChannel CreateMultiplex StartMultiplex", "memorydb": "CreateCluster",
    "mq": "CreateBroker", "mwaa": "CreateEnvironment", "neptune": "CreateDBInstance CreateDBCluster "
    "RestoreDBCluster* StartDBCluster", "neptune-graph": "CreateGraph RestoreGraphFromSnapshot StartGraph",
    "network-firewall": "CreateFirewall", "opensearch": "CreateDomain", "opensearchserverless": "CreateCollection",
    "organizations": "CreateAccount CreateGovCloudAccount", "outposts": "CreateOrder",
    "rds": "CreateDBInstance* CreateDBCluster CreateGlobalCluster RestoreDB* StartDBInstance StartDBCluster "
           "CreateBlueGreenDeployment CreateTenantDatabase",
    "redshift": "CreateCluster RestoreFromClusterSnapshot ResumeCluster", "redshift-serverless": "CreateWorkgroup",
    "route53": "CreateHostedZone CreateHealthCheck", "route53domains": "RegisterDomain RenewDomain TransferDomain",
    "sagemaker": "CreateEndpoint CreateNotebookInstance StartNotebookInstance CreateProcessingJob CreateTrainingJob "
                 "CreateTransformJob CreateCluster CreateHyperParameterTuningJob CreateApp",
    "shield": "CreateSubscription", "snowball": "CreateJob CreateCluster", "storagegateway": "ActivateGateway",
    "timestream-influxdb": "CreateDbInstance CreateDbCluster", "transfer": "CreateServer StartServer",
    "workspaces": "CreateWorkspaces StartWorkspaces",
}  # fmt: skip
"""Creates or starts capacity that is billed as long as it is there."""

IRREVERSIBLE: Mapping[str, str] = {
    "backup": "DeleteRecoveryPoint DeleteBackupVault", "cloudformation": "DeleteStack DeleteStackInstances",
    "cloudhsmv2": "DeleteCluster", "codecommit": "DeleteRepository DeleteBranch", "cognito-idp": "DeleteUserPool "
    "AdminDeleteUser DeleteUser", "docdb": "DeleteDBCluster DeleteDBInstance DeleteDBClusterSnapshot",
    "dynamodb": "DeleteTable DeleteBackup DeleteItem",
    "ec2": "TerminateInstances DeleteVolume DeleteSnapshot DeleteKeyPair ReleaseAddress ReleaseHosts "
    "AcceptReservedInstancesExchangeQuote CreateReplaceRootVolumeTask", "ecr": "DeleteRepository BatchDeleteImage",
    "efs": "DeleteFileSystem", "eks": "DeleteCluster", "elasticache": "DeleteCacheCluster DeleteReplicationGroup "
    "DeleteSnapshot DeleteServerlessCache", "es": "DeleteElasticsearchDomain", "freetier": "UpgradeAccountPlan",
    "fsx": "DeleteFileSystem DeleteVolume DeleteBackup DeleteSnapshot RestoreVolumeFromSnapshot",
    "glacier": "DeleteArchive DeleteVault CompleteVaultLock", "kinesis": "DeleteStream DecreaseStreamRetentionPeriod",
    "kms": "ScheduleKeyDeletion DeleteImportedKeyMaterial DeleteCustomKeyStore",
    "lightsail": "DeleteInstance DeleteDisk DeleteRelationalDatabase DeleteInstanceSnapshot DeleteBucket",
    "logs": "DeleteLogGroup DeleteLogStream", "memorydb": "DeleteCluster DeleteSnapshot",
    "mgn": "FinalizeCutover DisconnectFromService", "mq": "DeleteBroker",
    "neptune": "DeleteDBCluster DeleteDBInstance DeleteDBClusterSnapshot", "neptunedata": "ExecuteFastReset",
    "neptune-graph": "DeleteGraph ResetGraph DeleteGraphSnapshot", "opensearch": "DeleteDomain",
    "organizations": "CloseAccount LeaveOrganization DeleteOrganization RemoveAccountFromOrganization",
    "rds": "DeleteDBInstance DeleteDBCluster DeleteDBSnapshot DeleteDBClusterSnapshot BacktrackDBCluster "
           "PromoteReadReplica* DeleteDBInstanceAutomatedBackup DeleteDBClusterAutomatedBackup DeleteTenantDatabase",
    "redshift": "DeleteCluster DeleteClusterSnapshot BatchDeleteClusterSnapshots",
    "redshift-serverless": "DeleteNamespace DeleteSnapshot", "route53domains": "DeleteDomain PushDomain "
    "TransferDomainToAnotherAwsAccount RegisterDomain RenewDomain",
    "s3": "DeleteObject DeleteObjects DeleteBucket", "s3tables": "DeleteTable DeleteTableBucket",
    "s3vectors": "DeleteIndex DeleteVectors DeleteVectorBucket", "savingsplans": "CreateSavingsPlan",
    "shield": "CreateSubscription", "sdb": "DeleteDomain DeleteAttributes",
    "sqs": "PurgeQueue DeleteMessage DeleteMessageBatch DeleteQueue", "timestream-write": "DeleteTable "
    "DeleteDatabase", "workspaces": "TerminateWorkspaces RebuildWorkspaces MigrateWorkspace",
    "workdocs": "DeleteDocument DeleteFolderContents",
}  # fmt: skip
"""There is no way back: data is gone, money is spent, a name is given away."""

INTERRUPTS: Mapping[str, str] = {
    "autoscaling": "EnterStandby DetachInstances DetachLoadBalancer* DetachTrafficSources TerminateInstance* "
                   "StartInstanceRefresh SuspendProcesses",
    "ec2": "DetachInternetGateway DetachNetworkInterface DetachVolume DisassociateAddress "
    "DisassociateRouteTable DeleteRoute ReleaseAddress RevokeSecurityGroup* DeleteNatGateway ReplaceVpnTunnel "
    "SendDiagnosticInterrupt CreateReplaceRootVolumeTask CancelSpotFleetRequests DeleteFleets "
    "DeleteTransitGatewayRoute DeleteVpcPeeringConnection DetachVpnGateway WithdrawByoipCidr",
    "ecs": "DeleteService DeleteCluster DeregisterContainerInstance", "eks": "DeleteCluster DeleteNodegroup "
    "DeleteFargateProfile", "elb": "DeregisterInstancesFromLoadBalancer DeleteLoadBalancer DeleteLoadBalancerListeners "
    "DetachLoadBalancerFromSubnets DisableAvailabilityZonesForLoadBalancer",
    "elbv2": "DeregisterTargets DeleteLoadBalancer DeleteListener DeleteRule DeleteTargetGroup",
    "elasticache": "TestFailover CompleteMigration DeleteCacheCluster DeleteReplicationGroup",
    "lambda": "DeleteFunction DeleteFunctionUrlConfig DeleteEventSourceMapping",
    "apigateway": "DeleteRestApi DeleteStage DeleteDomainName DeleteBasePathMapping",
    "apigatewayv2": "DeleteApi DeleteStage DeleteDomainName", "cloudfront": "DeleteDistribution",
    "globalaccelerator": "RemoveEndpoints DenyCustomRoutingTraffic WithdrawByoipCidr",
    "kms": "DisableKey ScheduleKeyDeletion DisconnectCustomKeyStore", "route53": "DeleteHostedZone",
    "mq": "Promote DeleteBroker", "rds": "PromoteReadReplica DeleteDBInstance DeleteDBCluster BacktrackDBCluster",
    "redshift": "ResizeCluster DeleteCluster", "servicediscovery": "DeregisterInstance",
    "arc-zonal-shift": "StartZonalShift", "sagemaker": "DeleteEndpoint",
}  # fmt: skip
"""Cuts off or weakens what serves, beyond what the verbs in `_STOPPING` say of running things."""

NETWORK_SERVICES = frozenset(
    {"directconnect", "globalaccelerator", "network-firewall", "networkmanager", "route53", "route53domains",
     "route53profiles", "route53resolver", "vpc-lattice"}
)  # fmt: skip
_NETWORK_NOUNS = re.compile(
    r"Route|SecurityGroup(?!RuleDescriptions)|NetworkAcl|InternetGateway|NatGateway|VpcPeering|TransitGateway|"
    r"VpnGateway|VpnConnection|VpnTunnel|CustomerGateway|VpcEndpoint|DhcpOptions|ManagedPrefixList|Subnet|Vpc(?:$|Attribute|Cidr)|"
    r"DisassociateAddress|AssociateAddress|ReleaseAddress|ByoipCidr|ClientVpn"
)

_STOPPING = frozenset(
    {"Stop", "Reboot", "Restart", "Failover", "Switchover", "Shutdown", "Pause", "Suspend", "Rebuild", "Terminate",
     "Drain"}
)  # fmt: skip
_RUNNING = re.compile(
    r"Instance|Cluster|Database|Task|Service|Server|Broker|Application|Environment|Fleet|Workspaces|Endpoint|Node|"
    r"Gateway|Replication|Channel|Stream|Host|Shard|Function|Microvm|Graph|Computer|Session|App"
)
_NOT_RUNNING = re.compile(r"Logging|Query|Execution|Assessment|Monitoring|Protection|Crawler|Report")


def flags_of(subject: Subject, level: RiskLevel) -> Iterator[Finding]:
    """What the operation itself is known for; a command that only reads is asked for secrets alone."""
    service, operation = subject.key
    if _listed(RETURNS_SECRETS, service, operation):
        yield Finding("its answer holds secrets", flags=(RiskFlag.SECRET,))
    if level is RiskLevel.READ_ONLY:
        return
    if subject.access and "Permissions management" in subject.access:
        yield Finding("it changes who may do what", flags=(RiskFlag.PRIVILEGE,))
    elif _listed(GIVES_RIGHTS, service, operation):
        yield Finding("it hands out rights or credentials", flags=(RiskFlag.PRIVILEGE,))
    if _listed(RUNS_CODE, service, operation):
        yield Finding("it runs what stands elsewhere, with effects that nothing here bounds", flags=(RiskFlag.EXEC,))
    if _buys(operation):
        yield Finding(
            "it buys, and money spent does not come back", flags=(RiskFlag.COST, RiskFlag.IRREVERSIBLE)
        )
    elif _listed(COSTS, service, operation):
        yield Finding("it creates or starts what is billed", flags=(RiskFlag.COST,))
    if _listed(IRREVERSIBLE, service, operation):
        yield Finding("there is no way back", flags=(RiskFlag.IRREVERSIBLE,))
    if _interrupts(service, operation):
        yield Finding("it cuts off or weakens what serves now", flags=(RiskFlag.AVAILABILITY,))
    if _is_network(service, operation):
        yield Finding("it changes the network", flags=(RiskFlag.NETWORK,))


def _buys(operation: str) -> bool:
    return words_of(operation)[:1] == ["Purchase"] or operation == "CreateSavingsPlan"


def _interrupts(service: str, operation: str) -> bool:
    taking = taking_verb(operation)
    stops = taking is not None and taking[0] in _STOPPING
    serves = _RUNNING.search(operation) is not None and _NOT_RUNNING.search(operation) is None
    return (stops and serves) or _listed(INTERRUPTS, service, operation)


def _is_network(service: str, operation: str) -> bool:
    if "Tag" in operation:
        return False
    return service in NETWORK_SERVICES or (service == "ec2" and _NETWORK_NOUNS.search(operation) is not None)


def _listed(table: Mapping[str, str], service: str, operation: str) -> bool:
    names = table.get(service)
    if names is None:
        return False
    exact, beginnings = _names(names)
    return operation in exact or operation.startswith(beginnings)


@cache
def _names(names: str) -> tuple[frozenset[str], tuple[str, ...]]:
    words = names.split()
    return (
        frozenset(word for word in words if not word.endswith("*")),
        tuple(word[:-1] for word in words if word.endswith("*")),
    )
