"""Nothing is milder than we find it, whatever the plan claims, and nothing unknown is harmless."""

from __future__ import annotations

import pytest

from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.executors.risk_table import RiskTable
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk import Subject, assess, known, traps, worst
from cloudops_tui.policy.risk.operations import level_of
from cloudops_tui.policy.risk.verbs import READ_VERBS, TAKES_AWAY, only_untags, reading_verb, taking_verb
from tests.policy.judged import DESTROY, MODIFY, READ, flags, named, sdk, subject_of_sdk

TABLE = RiskTable("1.40.61", "1.46.3")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("ec2 DescribeInstances", READ), ("s3 GetObject", READ), ("s3 ListObjectsV2", READ), ("s3 HeadBucket", READ),
        ("dynamodb Query", READ), ("dynamodb BatchGetItem", READ), ("dynamodb TransactGetItems", READ),
        ("cognito-idp AdminGetUser", READ), ("apigateway GetRestApis", READ), ("budgets DescribeBudgets", READ),
        ("keyspaces ListTables", READ), ("neptunedata GetEngineStatus", READ), ("iam SimulatePrincipalPolicy", READ),
        ("comprehend DetectSentiment", READ), ("logs FilterLogEvents", READ), ("sts GetCallerIdentity", READ),
        ("ec2 RunInstances", MODIFY), ("ssm PutParameter", MODIFY), ("ec2 ReplaceRoute", MODIFY),
        ("rds RestoreDBInstanceFromDBSnapshot", MODIFY), ("autoscaling ExitStandby", MODIFY),
        ("kms CancelKeyDeletion", MODIFY), ("guardduty ArchiveFindings", MODIFY), ("lambda Invoke", MODIFY),
        ("ec2 DeleteTags", MODIFY), ("s3 DeleteBucketTagging", MODIFY), ("eks UntagResource", MODIFY),
        ("ec2 TerminateInstances", DESTROY), ("ec2 StopInstances", DESTROY), ("ec2 RebootInstances", DESTROY),
        ("iam DetachRolePolicy", DESTROY), ("ec2 RevokeSecurityGroupIngress", DESTROY), ("kms DisableKey", DESTROY),
        ("kms ScheduleKeyDeletion", DESTROY), ("s3 DeleteObjects", DESTROY), ("cloudtrail StopLogging", DESTROY),
        ("organizations LeaveOrganization", DESTROY), ("organizations CloseAccount", DESTROY),
        ("rds FailoverDBCluster", DESTROY), ("rds BacktrackDBCluster", DESTROY), ("ecr BatchDeleteImage", DESTROY),
        ("cognito-idp AdminDeleteUser", DESTROY), ("ec2 DeregisterImage", DESTROY), ("sns Unsubscribe", DESTROY),
        ("neptunedata ExecuteFastReset", DESTROY), ("fis StartExperiment", DESTROY),
        ("autoscaling StartInstanceRefresh", DESTROY), ("workspaces RebuildWorkspaces", DESTROY),
        ("outposts StartOutpostDecommission", DESTROY), ("storagegateway ShutdownGateway", DESTROY),
        ("kinesis DecreaseStreamRetentionPeriod", DESTROY), ("redshift PauseCluster", DESTROY),
        ("ivs StartViewerSessionRevocation", DESTROY), ("ivs BatchStartViewerSessionRevocation", DESTROY),
        ("cloudformation ExecuteChangeSet", DESTROY), ("elasticache TestFailover", DESTROY),
        ("ec2 CreateReplaceRootVolumeTask", DESTROY), ("mgn FinalizeCutover", DESTROY),
        ("bedrock-agent-runtime EndSession", DESTROY), ("wafv2 UpdateManagedRuleSetVersionExpiryDate", DESTROY),
        ("workmail PutRetentionPolicy", DESTROY), ("logs PutRetentionPolicy", DESTROY),
        ("s3 PutObjectRetention", MODIFY), ("kinesis IncreaseStreamRetentionPeriod", MODIFY),
        ("elasticache StartMigration", DESTROY),
        ("codecatalyst VerifySession", READ), ("waf GetChangeToken", READ),
        ("lakeformation DeleteLFTag", DESTROY), ("rds SwitchoverBlueGreenDeployment", DESTROY),
    ],
)  # fmt: skip
def test_an_operation_has_the_level_that_the_definitions_give_it(operation: str, expected: RiskLevel) -> None:
    assert sdk(*named(operation)).assessed is expected


@pytest.mark.parametrize(
    "operation",
    [
        "cognito-identity GetCredentialsForIdentity", "cognito-identity GetOpenIdToken",
        "datazone GetEnvironmentCredentials", "finspace-data GetProgrammaticAccessCredentials",
        "finspace-data GetExternalDataViewAccessDetails", "gamelift GetComputeAuthToken", "s3control GetDataAccess",
        "lakeformation GetTemporaryGlueTableCredentials", "lakeformation GetTemporaryGluePartitionCredentials",
        "m2 GetSignedBluinsightsUrl", "license-manager GetAccessToken", "bedrock-agentcore GetResourceApiKey",
        "auditmanager GetEvidenceFileUploadUrl", "emr-serverless GetDashboardForJobRun", "ds VerifyTrust",
        "sagemaker GetScalingConfigurationRecommendation",
        "redshift GetClusterCredentials", "redshift GetClusterCredentialsWithIAM", "redshift-serverless GetCredentials",
        "lightsail GetInstanceAccessDetails", "lightsail GetRelationalDatabaseMasterUserPassword",
        "emr GetClusterSessionCredentials", "emr-containers GetManagedEndpointSessionCredentials",
        "stepfunctions GetActivityTask", "cognito-identity GetId", "cognito-idp GetTokensFromRefreshToken",
        "bedrock-agentcore GetWorkloadAccessToken", "security-ir GetCaseAttachmentUploadUrl",
        "sqs ReceiveMessage", "bedrock-agent-runtime InvokeAgent", "bedrock-agent-runtime InvokeFlow",
        "sagemaker-runtime InvokeEndpoint", "iot TestInvokeAuthorizer", "transfer TestIdentityProvider",
        "dms TestConnection", "config DeliverConfigSnapshot", "cloudformation DetectStackDrift",
        "elasticbeanstalk RequestEnvironmentInfo", "eks-auth AssumeRoleForPodIdentity",
        "bedrock-agentcore CompleteResourceTokenAuth", "bedrock-agentcore-control SetTokenVaultCMK",
        "kinesisanalyticsv2 CreateApplicationPresignedUrl", "acm ExportCertificate", "sts GetFederationToken",
        "sts GetSessionToken", "s3 CreateSession", "iot ConfirmTopicRuleDestination", "deadline AssumeFleetRoleForRead",
        "cognito-idp GetUserAttributeVerificationCode", "timestream-query Query",
        "networkflowmonitor StartQueryMonitorTopContributors",
        "codepipeline GetJobDetails", "gamelift GetComputeAccess", "gamelift GetInstanceAccess",
        "inspector GetAssessmentReport", "marketplace-reporting GetBuyerDashboard",
        "taxsettings GetTaxRegistrationDocument", "timestream-query PrepareQuery", "xray GetSamplingTargets",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_read_is_none(operation: str) -> None:
    query = {"QueryString": "UNLOAD (SELECT 1) TO 's3://b'"} if operation.startswith("timestream") else None

    assert sdk(*named(operation), query).assessed is not READ


def test_a_read_needs_both_keys() -> None:
    def level(operation: str, *access: str, read_only: bool | None = None, method: str = "POST") -> RiskLevel:
        subject = Subject("ec2", operation, method, read_only=read_only, access=frozenset(access))
        return assess(subject, READ).assessed

    assert level("DescribeThings", "Read") is READ
    assert level("DescribeThings", "List", "Read") is READ
    assert level("ShowThings", "Read", read_only=True) is READ
    assert level("ShowThings", "Read") is MODIFY
    assert level("DescribeThings", "Write") is MODIFY
    assert level("DescribeThings", "Read", "Write") is MODIFY
    assert level("StopThings", "Read", read_only=True) is DESTROY
    assert level("GetThings", "Read", method="DELETE") is DESTROY


def test_an_operation_that_is_not_in_the_table_is_never_a_read_and_says_so() -> None:
    found = assess(Subject("ec2", "DescribeThings", "POST", read_only=True, access_gap="nobody knows it"), READ)
    destroying = assess(Subject("ec2", "DeleteThings", "POST"), READ)

    assert (found.assessed, found.flags) == (MODIFY, (RiskFlag.UNKNOWN,))
    assert sum("nobody knows it" in reason for reason in found.reasons) == 1
    assert destroying.assessed is DESTROY


def test_of_all_operations_none_is_read_only_against_iam() -> None:
    """Even if every model called every one of them `readonly`."""
    known_ones = [(service, name) for service in TABLE.services for name in TABLE.names(service)]
    harmless = [
        (service, name)
        for service, name in known_ones
        if level_of(Subject(service, name, read_only=True, access=TABLE.levels(service, name)), []).level is READ
    ]

    assert len(known_ones) > 19_000
    assert len(harmless) > 7_500
    assert [one for one in harmless if not (TABLE.levels(*one) or {"?"}) <= {"Read", "List"}] == []


def test_without_a_table_nothing_is_a_read_and_the_program_still_judges() -> None:
    blind = BotocoreCatalogue(risk_table=b"damaged")
    found = assess(subject_of_sdk("ec2", "DescribeInstances", catalogue=blind), READ)
    destroying = assess(subject_of_sdk("ec2", "TerminateInstances", catalogue=blind), READ)

    assert (found.assessed, flags(found)) == (MODIFY, {"unknown"})
    assert sum("the risk table is damaged" in reason for reason in found.reasons) == 1
    assert destroying.assessed is DESTROY


@pytest.mark.parametrize("claimed", RiskLevel)
@pytest.mark.parametrize("operation", ["DescribeInstances", "RunInstances", "TerminateInstances"])
def test_a_claim_can_only_raise(claimed: RiskLevel, operation: str) -> None:
    found = assess(subject_of_sdk("ec2", operation), claimed)

    assert found.level is max(found.assessed, claimed)
    assert found.claimed is claimed
    assert any("claims" in reason for reason in found.reasons) is (claimed is not found.assessed)


def test_the_reason_for_the_worst_level_comes_first() -> None:
    found = sdk("ecs", "UpdateService", {"service": "s", "desiredCount": 0})

    assert found.assessed is DESTROY
    assert found.reasons[0] == "`desiredCount = 0`: it scales to nothing"


def test_the_worst_counts() -> None:
    assert worst([READ, DESTROY, MODIFY]) is DESTROY
    assert worst([]) is READ


# ---------------------------------------------------------------- flags


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("ec2 DescribeInstances", set()),
        ("ec2 DescribeSecurityGroups", set()),
        ("iam GetRole", set()),
        ("secretsmanager GetSecretValue", {"secret"}),
        ("kms Decrypt", {"secret"}),
        ("ecr GetAuthorizationToken", {"secret"}),
        ("sts AssumeRole", {"secret", "privilege"}),
        ("iam CreateAccessKey", {"secret", "privilege"}),
        ("iam AttachRolePolicy", {"privilege"}),
        ("s3 PutBucketPolicy", {"privilege"}),
        ("lambda Invoke", {"exec"}),
        ("ssm SendCommand", {"exec"}),
        ("stepfunctions StartExecution", {"exec"}),
        ("codebuild StartBuild", {"exec"}),
        ("ec2 RunInstances", {"cost"}),
        ("ec2 PurchaseReservedInstancesOffering", {"cost", "irreversible"}),
        ("ec2 StopInstances", {"availability"}),
        ("rds RebootDBInstance", {"availability"}),
        ("elbv2 DeregisterTargets", {"availability"}),
        ("cloudtrail StopLogging", set()),
        ("ec2 CreateRoute", {"network"}),
        ("route53 ChangeResourceRecordSets", {"network"}),
        ("ec2 CreateTags", set()),
        ("kms ScheduleKeyDeletion", {"irreversible", "availability"}),
        ("ivs GetStreamKey", {"secret"}),
        ("sagemaker CreatePresignedDomainUrl", {"secret", "privilege"}),
        ("deadline AssumeFleetRoleForWorker", {"secret", "privilege"}),
        ("sagemaker-runtime InvokeEndpoint", {"exec"}),
        ("bedrock-runtime InvokeModel", set()),
        ("fms PutAdminAccount", {"privilege"}),
        ("iam TagRole", set()),
        ("iam GenerateCredentialReport", set()),
        ("logs StartQuery", {"cost"}),
        ("databrew DeleteDataset", {"irreversible"}),
        ("ec2 DeleteRouteTable", {"network"}),
        ("apigatewayv2 DeleteRoute", {"availability"}),
        ("devops-guru RemoveNotificationChannel", set()),
        ("dynamodb PutItem", set()),
        ("s3 PutObject", set()),
    ],
)
def test_flags_say_what_an_operator_wants_to_know_and_no_more(operation: str, expected: set[str]) -> None:
    assert flags(sdk(*named(operation))) == expected


def test_every_flag_has_its_reason() -> None:
    found = sdk("ec2", "RunInstances", {"IamInstanceProfile": {"Name": "p"}, "MinCount": 1, "MaxCount": 1})

    assert flags(found) == {"privilege", "cost"}
    assert found.reasons[1:3] == (
        "it creates or starts what is billed",
        "`IamInstanceProfile` lets the instance act with that role",
    )


# ---------------------------------------------------------------- the data


def test_every_operation_that_the_tables_name_exists() -> None:
    """A name that awscli or botocore does not have would protect nobody."""
    tables = (
        known.RETURNS_SECRETS, known.GIVES_RIGHTS, known.RUNS_CODE, known.COSTS, known.IRREVERSIBLE, known.INTERRUPTS,
        traps.READS,
    )  # fmt: skip
    named = [(service, word) for table in tables for service, words in table.items() for word in words.split()]
    missing = [
        (service, word)
        for service, word in (*named, *traps.ACTS, *traps.LEVELS)
        if not any(name == word or (word.endswith("*") and name.startswith(word[:-1])) for name in TABLE.names(service))
    ]

    assert len(named) > 500
    assert missing == []


def test_no_verb_is_both() -> None:
    assert not READ_VERBS & set(TAKES_AWAY)


@pytest.mark.parametrize(
    ("operation", "verb"),
    [
        ("DeleteThing", "Delete"), ("BatchDeleteImage", "Delete"), ("AdminDisableUser", "Disable"),
        ("StartBatchDeleteConfigurationTask", "Delete"), ("StartOutpostDecommission", "Decommission"),
        ("RequestCancelWorkflowExecution", "Cancel"), ("StartActiveApprovalTeamDeletion", "Deletion"),
        ("StartViewerSessionRevocation", "Revocation"), ("CreateThing", None), ("DescribeDeletedThings", None),
        ("UpdateDeletionProtection", None), ("PutLogGroupDeletionProtection", None), ("StartInstances", None),
        ("ForgotPassword", None), ("", None), ("Gettysburg", None),
    ],
)  # fmt: skip
def test_a_taking_verb_is_found_where_it_means_something(operation: str, verb: str | None) -> None:
    found = taking_verb(operation)

    assert (found[0] if found else None) == verb


def test_a_reading_verb_is_a_whole_word() -> None:
    assert reading_verb("GetThing") == "Get"
    assert reading_verb("BatchGetThing") == "Get"
    assert reading_verb("AdminListThings") == "List"
    assert reading_verb("Gettysburg") is None
    assert reading_verb("Descriptor") is None
    assert reading_verb("") is None


def test_only_the_removal_of_tags_counts_as_that() -> None:
    assert only_untags("UntagResource")
    assert only_untags("RemoveTagsFromResource")
    assert only_untags("DeleteBucketTagging")
    assert not only_untags("DeleteLFTag")
    assert not only_untags("DeleteTagOption")
    assert not only_untags("RemoveTargets")


def test_a_waiter_only_polls() -> None:
    polling = Subject("ec2", "DescribeInstances", "POST", is_waiter=True, access=frozenset({"List"}))
    blind = Subject("ec2", "DescribeInstances", "POST", is_waiter=True)

    assert assess(polling, READ).assessed is READ
    assert assess(blind, READ).assessed is MODIFY
