"""Operations whose names or IAM levels deceive, each read in AWS's documentation."""

from __future__ import annotations

from collections.abc import Mapping

from cloudops_tui.model.risk import RiskLevel

_, MODIFY, DESTRUCTIVE = RiskLevel

READS: Mapping[str, str] = {
    "amplifyuibuilder": "ExportComponents ExportForms ExportThemes",
    "appsync": "EvaluateCode EvaluateMappingTemplate",
    "artifact": "ExportComplianceInquiry",
    "backup": "ExportBackupPlanTemplate",
    "bedrock": "ExportAutomatedReasoningPolicyVersion",
    "clouddirectory": "BatchRead",
    "cloudfront": "VerifyDnsConfiguration",
    "codecommit": "EvaluatePullRequestApprovalRules",
    "comprehend": (
        "BatchDetectDominantLanguage BatchDetectEntities BatchDetectKeyPhrases BatchDetectSentiment "
        "BatchDetectSyntax BatchDetectTargetedSentiment DetectDominantLanguage DetectEntities "
        "DetectKeyPhrases DetectPiiEntities DetectSentiment DetectSyntax DetectTargetedSentiment "
        "DetectToxicContent"
    ),
    "comprehendmedical": "DetectEntities DetectEntitiesV2 DetectPHI",
    "connect": "EvaluateDataTableValues",
    "customer-profiles": "DetectProfileObjectType",
    "datapipeline": "EvaluateExpression",
    "ds": "VerifyTrust",
    "dynamodb": "TransactGetItems",
    "ec2": (
        "ExportClientVpnClientCertificateRevocationList ExportClientVpnClientConfiguration "
        "ExportVerifiedAccessInstanceClientConfiguration"
    ),
    "elementalinference": "ExportDictionaryEntries",
    "events": "TestEventPattern",
    "evidently": "TestSegmentPattern",
    "gamelift": "ResolveAlias",
    "geo-places": "ReverseGeocode",
    "geo-routes": "OptimizeWaypoints SnapToRoads",
    "greengrassv2": "ResolveComponentCandidates",
    "iot": "TestAuthorization",
    "iotanalytics": "SampleChannelData",
    "iotsitewise": "ExecuteQuery",
    "iottwinmaker": "ExecuteQuery",
    "kendra-ranking": "Rescore",
    "location": "ForecastGeofenceEvents VerifyDevicePosition",
    "logs": "StartLiveTail TestMetricFilter TestTransformer",
    "mediaconvert": "Probe",
    "pinpoint": "PhoneNumberValidate",
    "pinpoint-sms-voice-v2": "CarrierLookup",
    "polly": "SynthesizeSpeech",
    "qconnect": "RenderMessageTemplate",
    "quicksight": "PredictQAResults",
    "rds": "DownloadDBLogFilePortion",
    "rekognition": (
        "DetectCustomLabels DetectFaces DetectLabels DetectModerationLabels DetectProtectiveEquipment DetectText"
    ),
    "route53": "TestDNSAnswer",
    "sagemaker": "RenderUiTemplate",
    "schemas": "ExportSchema",
    "sdb": "DomainMetadata",
    "textract": "DetectDocumentText",
    "timestream-query": "PrepareQuery",
    "translate": "TranslateDocument TranslateText",
    "verifiedpermissions": "BatchIsAuthorized BatchIsAuthorizedWithToken",
    "wellarchitected": "ExportLens",
    "wickr": "BatchLookupUserUname",
}
"""Only read, though no verb says so: they answer or compute, and leave nothing behind. IAM agrees, else they do not
count."""

ACTS: Mapping[tuple[str, str], str] = {
    ("bedrock-agentcore", "GetResourceOauth2Token"): "it mints a token",
    ("bedrock-agentcore", "CompleteResourceTokenAuth"): "it completes an authorisation",
    ("cloudformation", "DetectStackDrift"): "it starts a detection",
    ("cognito-identity", "GetOpenIdTokenForDeveloperIdentity"): "it links or creates an identity",
    ("codeartifact", "GetAuthorizationToken"): "it mints a token",
    ("cognito-identity", "GetId"): "it creates an identity",
    ("cognito-idp", "GetUserAttributeVerificationCode"): "it sends a message to a user",
    ("cognito-idp", "GetTokensFromRefreshToken"): "it mints tokens",
    ("connect", "GetFederationToken"): "it signs an administrator in",
    ("ecr", "GetAuthorizationToken"): "it mints a token for the registry",
    ("ecr-public", "GetAuthorizationToken"): "it mints a token for the registry",
    ("ecs", "DiscoverPollEndpoint"): "it is for agents",
    ("iot-data", "GetConnection"): "IAM calls it a write",
    ("lightsail", "GetInstanceAccessDetails"): "it mints keys for a login",
    ("quicksight", "GetDashboardEmbedUrl"): "it mints a URL that signs in",
    ("quicksight", "GetSessionEmbedUrl"): "it mints a URL that signs in",
    ("redshift", "GetClusterCredentials"): "it mints a password, and may create the user",
    ("redshift", "GetClusterCredentialsWithIAM"): "it mints a password",
    ("redshift-serverless", "GetCredentials"): "it mints a password",
    ("stepfunctions", "GetActivityTask"): "it takes a task off the queue",
    ("sts", "GetFederationToken"): "it mints credentials",
    ("sts", "GetSessionToken"): "it mints credentials",
    ("emr", "GetClusterSessionCredentials"): "it mints credentials",
    ("emr-containers", "GetManagedEndpointSessionCredentials"): "it mints credentials",
    ("lightsail", "GetRelationalDatabaseMasterUserPassword"): "it hands out a master password",
    ("sqs", "ReceiveMessage"): "it takes messages out of sight of others",
    ("eks-auth", "AssumeRoleForPodIdentity"): "it mints credentials",
    ("appconfig", "ValidateConfiguration"): "it may run a function that validates",
    ("ssm", "GetAccessToken"): "it mints credentials",
    ("sso", "GetRoleCredentials"): "it mints credentials",
}  # fmt: skip
"""Sound like reads, or are reads to IAM, and act all the same: never ReadOnly."""

LEVELS: Mapping[tuple[str, str], tuple[RiskLevel, str]] = {
    # Takes away, and no verb says so
    ("arc-region-switch", "StartPlanExecution"): (DESTRUCTIVE, "moves what runs to another region"),
    ("autoscaling", "EnterStandby"): (DESTRUCTIVE, "takes instances out of service"),
    ("autoscaling", "StartInstanceRefresh"): (DESTRUCTIVE, "replaces running instances"),
    ("chime-sdk-messaging", "CreateChannelBan"): (DESTRUCTIVE, "bans a member for good"),
    ("cloudformation", "ExecuteChangeSet"): (DESTRUCTIVE, "may replace or remove resources; its plan cannot tell"),
    ("cloudformation", "UpdateStack"): (DESTRUCTIVE, "may replace or remove resources; its plan cannot tell"),
    ("cloudformation", "UpdateStackSet"): (DESTRUCTIVE, "may replace or remove resources in many accounts"),
    ("cloudformation", "UpdateStackInstances"): (DESTRUCTIVE, "may replace or remove resources in many accounts"),
    ("codedeploy", "SkipWaitTimeForInstanceTermination"): (DESTRUCTIVE, "ends the old instances at once"),
    ("config", "PutRetentionConfiguration"): (DESTRUCTIVE, "lets the history of configurations expire"),
    ("cognito-idp", "AdminUserGlobalSignOut"): (DESTRUCTIVE, "ends every session of a user"),
    ("cognito-idp", "GlobalSignOut"): (DESTRUCTIVE, "ends every session of a user"),
    ("directconnect", "StartBgpFailoverTest"): (DESTRUCTIVE, "takes a line down on purpose"),
    ("drs", "StartFailbackLaunch"): (DESTRUCTIVE, "reboots the machine that it fails back to"),
    ("ds", "RestoreFromSnapshot"): (DESTRUCTIVE, "overwrites a directory in place"),
    ("ec2", "CreateReplaceRootVolumeTask"): (DESTRUCTIVE, "replaces the root volume of a running instance"),
    ("ec2", "ModifyVpnConnection"): (DESTRUCTIVE, "cuts the connection for a while"),
    ("ec2", "ModifyVpnConnectionOptions"): (DESTRUCTIVE, "cuts the connection for a while"),
    ("ec2", "ModifyVpnTunnelOptions"): (DESTRUCTIVE, "interrupts a tunnel"),
    ("ec2", "ReplaceVpnTunnel"): (DESTRUCTIVE, "interrupts a tunnel"),
    ("ec2", "SendDiagnosticInterrupt"): (DESTRUCTIVE, "makes the operating system crash"),
    ("elasticache", "TestFailover"): (DESTRUCTIVE, "fails over on purpose"),
    ("fis", "StartExperiment"): (DESTRUCTIVE, "injects faults on purpose"),
    ("fsx", "CopySnapshotAndUpdateVolume"): (DESTRUCTIVE, "overwrites a volume in place"),
    ("fsx", "RestoreVolumeFromSnapshot"): (DESTRUCTIVE, "overwrites a volume in place"),
    ("iotevents-data", "BatchSnoozeAlarm"): (DESTRUCTIVE, "silences alarms"),
    ("iotsecuretunneling", "RotateTunnelAccessToken"): (DESTRUCTIVE, "ends the access of the present token"),
    ("kms", "ScheduleKeyDeletion"): (DESTRUCTIVE, "schedules the end of a key and of all data under it"),
    ("lightsail", "PutInstancePublicPorts"): (DESTRUCTIVE, "closes every port that it does not name"),
    ("logs", "PutRetentionPolicy"): (DESTRUCTIVE, "lets log events expire"),
    ("marketplace-agreement", "AcceptAgreementCancellationRequest"): (DESTRUCTIVE, "ends an agreement"),
    ("mediapackage", "RotateChannelCredentials"): (DESTRUCTIVE, "makes the present credentials worthless"),
    ("mediapackage", "RotateIngestEndpointCredentials"): (DESTRUCTIVE, "makes the present credentials worthless"),
    ("mgn", "FinalizeCutover"): (DESTRUCTIVE, "ends the replication and removes what it used"),
    ("mgn", "DisconnectFromService"): (DESTRUCTIVE, "ends the replication and removes what it used"),
    ("mq", "Promote"): (DESTRUCTIVE, "fails over to another broker"),
    ("neptune", "PromoteReadReplicaDBCluster"): (DESTRUCTIVE, "ends the replication for good"),
    ("network-firewall", "StartFlowFlush"): (DESTRUCTIVE, "cuts off traffic that flows"),
    ("networkmanager", "ExecuteCoreNetworkChangeSet"): (DESTRUCTIVE, "may remove attachments and routes"),
    ("neptunedata", "ExecuteFastReset"): (DESTRUCTIVE, "removes all data of a graph"),
    ("odb", "RestoreAutonomousDatabase"): (DESTRUCTIVE, "overwrites a database in place"),
    ("personalize", "CreateDataDeletionJob"): (DESTRUCTIVE, "deletes data of users"),
    ("rds", "PromoteReadReplica"): (DESTRUCTIVE, "reboots the replica and ends its replication for good"),
    ("rds", "PromoteReadReplicaDBCluster"): (DESTRUCTIVE, "ends the replication for good"),
    ("redshift", "ModifySnapshotCopyRetentionPeriod"): (DESTRUCTIVE, "lets snapshots expire"),
    ("redshift", "ResizeCluster"): (DESTRUCTIVE, "interrupts the cluster while it moves"),
    ("redshift-serverless", "RestoreFromRecoveryPoint"): (DESTRUCTIVE, "replaces the databases of a namespace"),
    ("redshift-serverless", "RestoreFromSnapshot"): (DESTRUCTIVE, "replaces the databases of a namespace"),
    ("route53domains", "PushDomain"): (DESTRUCTIVE, "gives a domain away"),
    ("route53domains", "TransferDomainToAnotherAwsAccount"): (DESTRUCTIVE, "gives a domain away"),
    ("sagemaker", "BatchReplaceClusterNodes"): (DESTRUCTIVE, "replaces nodes and what is on them"),
    ("savingsplans", "ReturnSavingsPlan"): (DESTRUCTIVE, "gives a savings plan back"),
    ("securityhub", "StartConfigurationPolicyDisassociation"): (DESTRUCTIVE, "ends the rule of a policy"),
    ("servicecatalog", "UpdateProvisionedProduct"): (DESTRUCTIVE, "may interrupt or replace the product"),
    ("servicecatalog", "ExecuteProvisionedProductPlan"): (DESTRUCTIVE, "may interrupt or replace the product"),
    ("transfer", "StartRemoteDelete"): (DESTRUCTIVE, "deletes files on another machine"),
    ("voice-id", "OptOutSpeaker"): (DESTRUCTIVE, "deletes a speaker's voiceprint"),
    ("wickr", "BatchToggleUserSuspendStatus"): (DESTRUCTIVE, "suspends users"),
    ("workspaces", "MigrateWorkspace"): (DESTRUCTIVE, "replaces a desktop and drops its root volume"),
    ("workspaces", "RestoreWorkspace"): (DESTRUCTIVE, "overwrites a desktop in place"),
    # Sounds worse than it is
    ("kms", "CancelKeyDeletion"): (MODIFY, "keeps a key that was to be deleted"),
    ("ssm", "UnlabelParameterVersion"): (MODIFY, "removes a label"),
}  # fmt: skip
"""Judged by hand; goes before the verb and the HTTP method."""
