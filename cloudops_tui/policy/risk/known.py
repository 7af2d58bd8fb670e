"""What single operations are known for. Data: services with names of operations, `*` for any ending."""

from __future__ import annotations

from collections.abc import Mapping

RETURNS_SECRETS: Mapping[str, str] = {
    "acm": "ExportCertificate",
    "amplify": "GetApp GetBranch ListApps ListBranches",
    "amplifybackend": "GetToken",
    "amplifyuibuilder": "ExchangeCodeForToken RefreshToken",
    "apigateway": "CreateApiKey GetApiKey GetApiKeys GetClientCertificate",
    "appsync": "CreateApiKey ListApiKeys",
    "bedrock-agentcore": "GetResourceApiKey GetResourceOauth2Token GetWorkloadAccessToken*",
    "chime": "CreateBot GetBot ListBots RegenerateSecurityToken",
    "chime-sdk-meetings": "BatchCreateAttendee CreateAttendee CreateMeetingWithAttendees GetAttendee ListAttendees",
    "codeartifact": "GetAuthorizationToken",
    "codepipeline": "GetJobDetails GetThirdPartyJobDetails PollForJobs PollForThirdPartyJobs",
    "cognito-identity": "GetCredentialsForIdentity GetOpenIdToken*",
    "cognito-idp": (
        "AdminInitiateAuth AdminRespondToAuthChallenge AssociateSoftwareToken CreateUserPoolClient "
        "DescribeIdentityProvider DescribeUserPoolClient GetTokensFromRefreshToken InitiateAuth "
        "RespondToAuthChallenge UpdateUserPoolClient"
    ),
    "connect": "GetFederationToken StartWebRTCContact",
    "connectparticipant": "CreateParticipantConnection",
    "datazone": "GetConnection GetEnvironmentCredentials",
    "deadline": "AssumeFleetRole* AssumeQueueRole*",
    "directconnect": "DescribeRouterConfiguration",
    "ec2": (
        "CreateKeyPair CreateVpnConnection DescribeVpnConnections ExportVerifiedAccessInstanceClientConfiguration "
        "GetPasswordData GetVpnConnectionDeviceSampleConfiguration"
    ),
    "ecr": "GetAuthorizationToken",
    "ecr-public": "GetAuthorizationToken",
    "ecs": "ExecuteCommand",
    "eks-auth": "AssumeRoleForPodIdentity",
    "emr": "GetClusterSessionCredentials",
    "emr-containers": "GetManagedEndpointSessionCredentials",
    "finspace-data": "GetExternalDataViewAccessDetails GetProgrammaticAccessCredentials",
    "gamelift": "CreateBuild GetComputeAccess GetComputeAuthToken GetInstanceAccess RequestUploadCredentials",
    "iam": (
        "CreateAccessKey CreateLoginProfile CreateServiceSpecificCredential CreateVirtualMFADevice "
        "ResetServiceSpecificCredential"
    ),
    "iot": "CreateKeysAndCertificate CreateProvisioningClaim",
    "iot-managed-integrations": "CreateProvisioningProfile GetManagedThing",
    "iotsecuretunneling": "OpenTunnel RotateTunnelAccessToken",
    "ivs": "BatchGetStreamKey CreateChannel GetStreamKey",
    "ivs-realtime": "CreateIngestConfiguration GetIngestConfiguration UpdateIngestConfiguration",
    "kinesis-video-signaling": "GetIceServerConfig",
    "kms": "Decrypt DeriveSharedSecret GenerateDataKey GenerateDataKeyPair GenerateRandom",
    "lakeformation": "AssumeDecoratedRoleWithSAML GetTemporary*",
    "lambda": "GetFunction GetFunctionConfiguration",
    "license-manager": "CreateToken GetAccessToken",
    "lightsail": (
        "CreateBucketAccessKey CreateContactMethod CreateContainerServiceRegistryLogin CreateKeyPair "
        "DownloadDefaultKeyPair GetInstanceAccessDetails GetRelationalDatabaseMasterUserPassword"
    ),
    "location": "CreateKey DescribeKey",
    "m2": "GetSignedBluinsightsUrl",
    "marketplace-reporting": "GetBuyerDashboard",
    "payment-cryptography": "ExportKey",
    "payment-cryptography-data": "DecryptData",
    "pca-connector-scep": "CreateChallenge GetChallengePassword",
    "pcs": "RegisterComputeNodeGroupInstance",
    "quicksight": "GenerateEmbedUrl* GetDashboardEmbedUrl GetSessionEmbedUrl",
    "redshift": "GetClusterCredentials*",
    "redshift-serverless": "GetCredentials",
    "route53domains": "TransferDomainToAnotherAwsAccount",
    "s3": "CreateSession",
    "s3control": "GetDataAccess",
    "sagemaker": "StartSession",
    "secretsmanager": "BatchGetSecretValue GetRandomPassword GetSecretValue",
    "security-ir": "GetCaseAttachmentDownloadUrl GetCaseAttachmentUploadUrl",
    "signin": "CreateOAuth2Token*",
    "snowball": "GetJobManifest GetJobUnlockCode",
    "ssm": "GetAccessToken ResumeSession StartSession",
    "sso": "GetRoleCredentials",
    "sso-oidc": "CreateToken* RegisterClient",
    "storagegateway": "DescribeChapCredentials",
    "sts": "AssumeRole* AssumeRoot GetDelegatedAccessToken GetFederationToken GetSessionToken GetWebIdentityToken",
}
"""Their answers hold passwords, keys, tokens, or addresses that let anybody in."""

GIVES_RIGHTS: Mapping[str, str] = {
    "acm-pca": "IssueCertificate",
    "bedrock-agentcore": "CompleteResourceTokenAuth",
    "bedrock-agentcore-control": "SetTokenVaultCMK",
    "cognito-identity": "GetCredentialsForIdentity SetIdentityPoolRoles",
    "cognito-idp": "AdminAddUserToGroup GetTokensFromRefreshToken",
    "connect": "GetFederationToken",
    "ec2": "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
    "eks": (
        "AssociateAccessPolicy CreateAccessEntry CreatePodIdentityAssociation DeleteAccessEntry UpdateAccessEntry "
        "UpdatePodIdentityAssociation"
    ),
    "eks-auth": "AssumeRoleForPodIdentity",
    "elasticache": "CreateUserGroup DeleteUserGroup ModifyUserGroup",
    "emr": "GetClusterSessionCredentials",
    "emr-containers": "GetManagedEndpointSessionCredentials",
    "fms": "AssociateAdminAccount DisassociateAdminAccount PutAdminAccount",
    "iam": (
        "AddRoleToInstanceProfile AddUserToGroup CreateAccessKey CreateLoginProfile CreateRole "
        "CreateServiceSpecificCredential CreateUser EnableMFADevice UpdateAccessKey UpdateAssumeRolePolicy "
        "UpdateLoginProfile UploadSSHPublicKey"
    ),
    "identitystore": "CreateGroupMembership",
    "iot": "TransferCertificate",
    "lightsail": "CreateBucketAccessKey GetInstanceAccessDetails",
    "memorydb": "CreateACL DeleteACL UpdateACL",
    "organizations": (
        "CreateAccount CreateGovCloudAccount EnableAllFeatures LeaveOrganization MoveAccount "
        "RemoveAccountFromOrganization"
    ),
    "redshift": "GetClusterCredentials*",
    "redshift-serverless": "GetCredentials",
    "secretsmanager": "PutResourcePolicy",
    "ssm": "GetAccessToken UpdateManagedInstanceRole",
    "sso": "GetRoleCredentials",
    "sso-admin": "CreateAccountAssignment ProvisionPermissionSet",
    "sts": "AssumeRole* AssumeRoot GetFederationToken GetSessionToken",
    "workdocs": "ActivateUser DeactivateUser",
}
"""Beyond what IAM itself calls permissions management."""

RUNS_CODE: Mapping[str, str] = {
    "amplify": "StartJob",
    "arc-region-switch": "StartPlanExecution",
    "athena": "StartCalculationExecution",
    "batch": "SubmitJob SubmitServiceJob",
    "bedrock-agent-runtime": "InvokeAgent InvokeFlow InvokeInlineAgent",
    "bedrock-agentcore": "InvokeAgentRuntime* InvokeCodeInterpreter",
    "braket": "CreateJob CreateQuantumTask",
    "budgets": "ExecuteBudgetAction",
    "codebuild": "RetryBuild* StartBuild StartBuildBatch StartCommandExecution",
    "codecatalyst": "StartWorkflowRun",
    "codedeploy": "CreateDeployment",
    "codepipeline": "RetryStageExecution StartPipelineExecution",
    "config": "StartRemediationExecution",
    "databrew": "StartJobRun",
    "datapipeline": "ActivatePipeline",
    "devicefarm": "ScheduleRun",
    "ecs": "ExecuteCommand RunTask StartTask",
    "emr": "AddJobFlowSteps StartNotebookExecution",
    "emr-containers": "StartJobRun",
    "emr-serverless": "StartJobRun",
    "fis": "StartExperiment",
    "glue": "ResumeWorkflowRun RunStatement StartJobRun StartTrigger StartWorkflowRun",
    "greengrassv2": "CreateDeployment",
    "iot": "CreateJob StartAuditMitigationActionsTask StartDetectMitigationActionsTask",
    "lambda": "Invoke InvokeAsync InvokeWithResponseStream",
    "m2": "StartBatchJob",
    "mwaa": "CreateCliToken InvokeRestApi",
    "omics": "StartRun StartRunBatch",
    "sagemaker": (
        "CreateAutoMLJob CreateAutoMLJobV2 CreateHyperParameterTuningJob CreateProcessingJob "
        "CreateTrainingJob CreateTransformJob StartPipelineExecution"
    ),
    "servicecatalog": "ExecuteProvisionedProductServiceAction",
    "ssm": (
        "CreateAssociation CreateAssociationBatch RegisterTaskWithMaintenanceWindow ResumeSession SendCommand "
        "StartAssociationsOnce StartAutomationExecution StartChangeRequestExecution StartSession "
        "UpdateAssociation UpdateMaintenanceWindowTask"
    ),
    "stepfunctions": "RedriveExecution StartExecution StartSyncExecution TestState",
    "swf": "StartWorkflowExecution",
}
"""Runs what stands elsewhere, with an effect that neither name nor parameters bound."""

COSTS: Mapping[str, str] = {
    "acm-pca": "CreateCertificateAuthority",
    "amp": "CreateScraper CreateWorkspace",
    "appstream": "CreateFleet CreateImageBuilder StartFleet StartImageBuilder",
    "autoscaling": "ExecutePolicy SetDesiredCapacity",
    "bedrock": "CreateModelCustomizationJob CreateProvisionedModelThroughput",
    "cloud9": "CreateEnvironmentEC2",
    "cloudhsmv2": "CreateHsm",
    "dax": "CreateCluster IncreaseReplicationFactor",
    "directconnect": "CreateConnection CreateInterconnect CreateLag",
    "dms": "CreateReplicationConfig CreateReplicationInstance StartReplication",
    "docdb": "CreateDBCluster CreateDBInstance RestoreDBCluster* StartDBCluster",
    "docdb-elastic": "CreateCluster RestoreClusterFromSnapshot StartCluster",
    "ds": "AddRegion CreateDirectory CreateMicrosoftAD",
    "dynamodb": "CreateGlobalTable CreateTable RestoreTable*",
    "ec2": (
        "AllocateAddress AllocateHosts CreateCapacityReservation* CreateClientVpnEndpoint CreateFleet "
        "CreateNatGateway CreateTrafficMirrorSession CreateTransitGateway CreateTransitGatewayVpcAttachment "
        "CreateVolume CreateVpcEndpoint CreateVpnConnection EnableFastSnapshotRestores RequestSpotFleet "
        "RequestSpotInstances RunInstances RunScheduledInstances StartInstances"
    ),
    "ecs": "CreateService RunTask StartTask",
    "efs": "CreateFileSystem",
    "eks": "CreateCluster CreateFargateProfile CreateNodegroup",
    "elasticache": "CreateCacheCluster CreateReplicationGroup CreateServerlessCache IncreaseReplicaCount",
    "elasticbeanstalk": "CreateEnvironment",
    "elb": "CreateLoadBalancer",
    "elbv2": "CreateLoadBalancer",
    "emr": "AddInstanceFleet AddInstanceGroups PutManagedScalingPolicy RunJobFlow",
    "emr-serverless": "StartApplication",
    "es": "CreateElasticsearchDomain",
    "finspace": "CreateEnvironment CreateKxCluster",
    "fsx": "CreateFileSystem* CreateVolume*",
    "gamelift": "CreateContainerFleet CreateFleet",
    "globalaccelerator": "CreateAccelerator",
    "glue": "CreateDevEndpoint CreateSession",
    "kafka": "CreateCluster CreateClusterV2",
    "kendra": "CreateIndex",
    "kinesis": "CreateStream SplitShard UpdateShardCount",
    "lambda": "PutProvisionedConcurrencyConfig",
    "lightsail": (
        "AllocateStaticIp CreateContainerService CreateDisk* CreateInstances* CreateLoadBalancer "
        "CreateRelationalDatabase* StartInstance"
    ),
    "medialive": "CreateMultiplex StartChannel StartMultiplex",
    "memorydb": "CreateCluster",
    "mq": "CreateBroker",
    "mwaa": "CreateEnvironment",
    "neptune": "CreateDBCluster CreateDBInstance RestoreDBCluster* StartDBCluster",
    "neptune-graph": "CreateGraph RestoreGraphFromSnapshot StartGraph",
    "network-firewall": "CreateFirewall",
    "opensearch": "CreateDomain",
    "opensearchserverless": "CreateCollection",
    "organizations": "CreateAccount CreateGovCloudAccount",
    "outposts": "CreateOrder",
    "rds": (
        "CreateBlueGreenDeployment CreateDBCluster CreateDBInstance* CreateGlobalCluster CreateTenantDatabase "
        "RestoreDB* StartDBCluster StartDBInstance"
    ),
    "redshift": "CreateCluster RestoreFromClusterSnapshot ResumeCluster",
    "redshift-serverless": "CreateWorkgroup",
    "route53": "CreateHealthCheck CreateHostedZone",
    "route53domains": "RegisterDomain RenewDomain TransferDomain",
    "sagemaker": (
        "CreateApp CreateCluster CreateEndpoint CreateHyperParameterTuningJob CreateNotebookInstance "
        "CreateProcessingJob CreateTrainingJob CreateTransformJob StartNotebookInstance"
    ),
    "shield": "CreateSubscription",
    "snowball": "CreateCluster CreateJob",
    "storagegateway": "ActivateGateway",
    "timestream-influxdb": "CreateDbCluster CreateDbInstance",
    "transfer": "CreateServer StartServer",
    "workspaces": "CreateWorkspaces StartWorkspaces",
}
"""Creates or starts capacity that is billed as long as it is there."""

IRREVERSIBLE: Mapping[str, str] = {
    "backup": "DeleteBackupVault DeleteRecoveryPoint",
    "cloudformation": "DeleteStack DeleteStackInstances",
    "cloudhsmv2": "DeleteCluster",
    "codecommit": "DeleteBranch DeleteRepository",
    "cognito-identity": "MergeDeveloperIdentities",
    "cognito-idp": "AdminDeleteUser DeleteUser DeleteUserPool",
    "docdb": "DeleteDBClusterSnapshot",
    "ds": "RestoreFromSnapshot",
    "dynamodb": "DeleteBackup DeleteItem DeleteTable",
    "ec2": (
        "AcceptReservedInstancesExchangeQuote CreateReplaceRootVolumeTask DeleteKeyPair DeleteSnapshot "
        "DeleteVolume ReleaseAddress ReleaseHosts TerminateInstances"
    ),
    "ecr": "BatchDeleteImage DeleteRepository",
    "efs": "DeleteFileSystem",
    "eks": "DeleteCluster",
    "elasticache": (
        "CompleteMigration DeleteCacheCluster DeleteReplicationGroup DeleteServerlessCache DeleteSnapshot "
        "StartMigration"
    ),
    "es": "DeleteElasticsearchDomain UpgradeElasticsearchDomain",
    "freetier": "UpgradeAccountPlan",
    "fsx": "DeleteBackup DeleteFileSystem DeleteSnapshot DeleteVolume RestoreVolumeFromSnapshot",
    "glacier": "CompleteVaultLock DeleteArchive DeleteVault",
    "kinesis": "DecreaseStreamRetentionPeriod DeleteStream",
    "kms": "DeleteCustomKeyStore DeleteImportedKeyMaterial ScheduleKeyDeletion",
    "lightsail": "DeleteBucket DeleteDisk DeleteInstance DeleteInstanceSnapshot DeleteRelationalDatabase",
    "logs": "DeleteLogGroup DeleteLogStream",
    "memorydb": "DeleteCluster DeleteSnapshot",
    "mgn": "DisconnectFromService FinalizeCutover",
    "mq": "DeleteBroker",
    "neptune": "DeleteDBClusterSnapshot",
    "neptune-graph": "DeleteGraph DeleteGraphSnapshot ResetGraph",
    "neptunedata": "ExecuteFastReset",
    "odb": "RestoreAutonomousDatabase",
    "opensearch": "DeleteDomain UpgradeDomain",
    "organizations": (
        "CloseAccount CreateAccount CreateGovCloudAccount DeleteOrganization EnableAllFeatures LeaveOrganization "
        "RemoveAccountFromOrganization"
    ),
    "outposts": "StartOutpostDecommission",
    "rds": (
        "BacktrackDBCluster DeleteDBClusterAutomatedBackup DeleteDBClusterSnapshot "
        "DeleteDBInstanceAutomatedBackup DeleteDBSnapshot DeleteTenantDatabase "
        "PromoteReadReplica*"
    ),
    "redshift": "BatchDeleteClusterSnapshots DeleteClusterSnapshot",
    "redshift-serverless": "DeleteNamespace DeleteSnapshot",
    "route53domains": "DeleteDomain PushDomain RegisterDomain RenewDomain TransferDomainToAnotherAwsAccount",
    "s3": "DeleteBucket DeleteObject DeleteObjects PutObjectLockConfiguration",
    "s3tables": "DeleteTable DeleteTableBucket",
    "s3vectors": "DeleteIndex DeleteVectorBucket DeleteVectors",
    "savingsplans": "CreateSavingsPlan",
    "sdb": "DeleteAttributes DeleteDomain",
    "security-ir": "UpdateResolverType",
    "shield": "CreateSubscription",
    "sqs": "DeleteMessage DeleteMessageBatch DeleteQueue PurgeQueue",
    "timestream-write": "DeleteDatabase DeleteTable",
    "workdocs": "DeleteDocument DeleteFolderContents",
    "workspaces": "MigrateWorkspace RebuildWorkspaces TerminateWorkspaces",
}
"""There is no way back: data is gone, money is spent, a name is given away."""

INTERRUPTS: Mapping[str, str] = {
    "apigateway": "DeleteBasePathMapping DeleteDomainName DeleteRestApi DeleteStage",
    "apigatewayv2": "DeleteApi DeleteDomainName DeleteStage",
    "arc-region-switch": "StartPlanExecution",
    "arc-zonal-shift": "StartZonalShift",
    "autoscaling": (
        "DeleteAutoScalingGroup DetachInstances DetachLoadBalancer* DetachTrafficSources EnterStandby "
        "StartInstanceRefresh SuspendProcesses TerminateInstance*"
    ),
    "cloudformation": "DeleteStackInstances",
    "cloudfront": "DeleteDistribution",
    "cognito-idp": "AdminUserGlobalSignOut GlobalSignOut",
    "directconnect": (
        "AssociateConnectionWithLag AssociateHostedConnection AssociateVirtualInterface DeleteConnection "
        "DeleteLag StartBgpFailoverTest"
    ),
    "dms": "DeleteConnection",
    "ec2": (
        "CancelSpotFleetRequests CreateReplaceRootVolumeTask DeleteFleets DeleteNatGateway DeleteRoute "
        "DeleteTransitGatewayRoute DeleteVpcPeeringConnection DetachInternetGateway DetachNetworkInterface "
        "DetachVolume DetachVpnGateway DisassociateAddress DisassociateRouteTable ModifyVpnConnection "
        "ModifyVpnConnectionOptions ModifyVpnTunnelOptions "
        "ReleaseAddress ReplaceVpnTunnel RevokeSecurityGroup* SendDiagnosticInterrupt "
        "WithdrawByoipCidr"
    ),
    "ecs": "DeleteCluster DeleteService DeregisterContainerInstance",
    "eks": "DeleteCluster DeleteFargateProfile DeleteNodegroup UpdateNodegroupVersion",
    "elasticache": "CompleteMigration DeleteCacheCluster DeleteReplicationGroup TestFailover",
    "elb": (
        "DeleteLoadBalancer DeleteLoadBalancerListeners DeregisterInstancesFromLoadBalancer "
        "DetachLoadBalancerFromSubnets DisableAvailabilityZonesForLoadBalancer"
    ),
    "elbv2": "DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup DeregisterTargets",
    "events": "DeleteRule DisableRule RemoveTargets",
    "fis": "StartExperiment",
    "globalaccelerator": "DenyCustomRoutingTraffic RemoveEndpoints WithdrawByoipCidr",
    "ivs": "BatchStartViewerSessionRevocation StartViewerSessionRevocation",
    "kafka": "RebootBroker UpdateBrokerType UpdateClusterKafkaVersion",
    "kms": "DisableKey DisconnectCustomKeyStore ScheduleKeyDeletion",
    "lambda": "DeleteEventSourceMapping DeleteFunction DeleteFunctionUrlConfig",
    "mq": "DeleteBroker Promote",
    "network-firewall": "StartFlowFlush",
    "networkmanager": "DeleteConnection",
    "rds": "BacktrackDBCluster DeleteDBCluster DeleteDBInstance PromoteReadReplica",
    "redshift": "DeleteCluster ResizeCluster",
    "route53": "DeleteHostedZone",
    "route53domains": "UpdateDomainNameservers",
    "s3": "DeleteBucketWebsite",
    "sagemaker": "DeleteEndpoint",
    "sqs": "PurgeQueue",
    "ssm": "TerminateSession",
    "storagegateway": "UpdateGatewaySoftwareNow",
    "servicediscovery": "DeregisterInstance",
}
"""Cuts off or weakens what serves, beyond what verbs such as Stop and Reboot say of running things."""
