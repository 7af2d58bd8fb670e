"""Parameters make an operation worse than its name, for SDK and command line alike, and only where they should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cloudops_tui.model.catalogue import MemberShape
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk import parameters, radius, rules
from tests.policy.judged import CATALOGUE, DESTROY, MODIFY, READ, cli, flags, named, sdk

SCALABLE = "--service-namespace ecs --resource-id r --scalable-dimension ecs:service:DesiredCount"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("autoscaling update-auto-scaling-group --auto-scaling-group-name g --max-size 0 --min-size 0", DESTROY),
        ("autoscaling update-auto-scaling-group --auto-scaling-group-name g --min-size 0", MODIFY),
        ("autoscaling set-desired-capacity --auto-scaling-group-name g --desired-capacity 0", DESTROY),
        ("autoscaling set-desired-capacity --auto-scaling-group-name g --desired-capacity 3", MODIFY),
        (f"application-autoscaling register-scalable-target {SCALABLE} --max-capacity 0", DESTROY),
        (f"application-autoscaling register-scalable-target {SCALABLE} --min-capacity 0 --max-capacity 9", MODIFY),
        ("ecs update-service --service s --desired-count 0", DESTROY),
        ("ecs update-service --service s --desired-count 2", MODIFY),
        ("eks update-nodegroup-config --cluster-name c --nodegroup-name n --scaling-config desiredSize=0", DESTROY),
        ("eks update-nodegroup-config --cluster-name c --nodegroup-name n --scaling-config desiredSize=2", MODIFY),
        ("eks update-nodegroup-config --cluster-name c --nodegroup-name n "
         "--taints 'addOrUpdateTaints=[{key=k,effect=NO_EXECUTE}]'", DESTROY),
        ("eks update-nodegroup-version --cluster-name c --nodegroup-name n --force", DESTROY),
        ("lambda put-function-concurrency --function-name f --reserved-concurrent-executions 0", DESTROY),
        ("lambda put-function-concurrency --function-name f --reserved-concurrent-executions 5", MODIFY),
        ("rds modify-db-instance --db-instance-identifier d --backup-retention-period 0", DESTROY),
        ("rds modify-db-instance --db-instance-identifier d --backup-retention-period 7 --apply-immediately", MODIFY),
        ("rds modify-db-instance --db-instance-identifier d --db-instance-class c --apply-immediately", DESTROY),
        ("rds modify-db-instance --db-instance-identifier d --no-deletion-protection", DESTROY),
        ("rds modify-db-instance --db-instance-identifier d --deletion-protection", MODIFY),
        ("ec2 create-image --instance-id i --name n", DESTROY),
        ("ec2 create-image --instance-id i --name n --no-reboot", MODIFY),
        ("ec2 modify-instance-attribute --instance-id i --no-disable-api-termination", DESTROY),
        ("ec2 modify-instance-attribute --instance-id i --attribute disableApiTermination --value false", DESTROY),
        ("ec2 modify-instance-attribute --instance-id i --attribute disableApiTermination --value 0", DESTROY),
        ("ec2 modify-instance-attribute --instance-id i --disable-api-termination", MODIFY),
        ("ec2 modify-instance-attribute --instance-id i --instance-type t3.small", MODIFY),
        ("ec2 modify-image-attribute --image-id a --launch-permission 'Remove=[{UserId=1}]'", DESTROY),
        ("ec2 modify-image-attribute --image-id a --launch-permission 'Add=[{UserId=1}]'", MODIFY),
        ("dynamodb batch-write-item --request-items "
         """'{"t": [{"DeleteRequest": {"Key": {"a": {"S": "1"}}}}]}'""", DESTROY),
        ("dynamodb batch-write-item --request-items "
         """'{"t": [{"PutRequest": {"Item": {"a": {"S": "1"}}}}]}'""", MODIFY),
        ("dynamodb update-continuous-backups --table-name t --point-in-time-recovery-specification "
         "PointInTimeRecoveryEnabled=false", DESTROY),
        ("dynamodb update-continuous-backups --table-name t --point-in-time-recovery-specification "
         "PointInTimeRecoveryEnabled=true", MODIFY),
        ("dynamodb update-table --table-name t --global-secondary-index-updates "
         """'[{"Delete": {"IndexName": "i"}}]'""", DESTROY),
        ("route53 change-resource-record-sets --hosted-zone-id z --change-batch "
         "'Changes=[{Action=DELETE,ResourceRecordSet={Name=a,Type=A}}]'", DESTROY),
        ("route53 change-resource-record-sets --hosted-zone-id z --change-batch "
         "'Changes=[{Action=UPSERT,ResourceRecordSet={Name=a,Type=A}}]'", MODIFY),
        ("iam update-access-key --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive", DESTROY),
        ("iam update-access-key --access-key-id AKIAIOSFODNN7EXAMPLE --status Active", MODIFY),
        ("synthetics update-canary --name n --success-retention-period-in-days 7", DESTROY),
        ("events update-archive --archive-name a --retention-days 0", MODIFY),
        ("events update-archive --archive-name a --retention-days 7", DESTROY),
        ("workmail put-retention-policy --organization-id o --name n --folder-configurations Name=INBOX,Action=NONE",
         DESTROY),
        ("eks update-addon --cluster-name c --addon-name a --resolve-conflicts OVERWRITE", DESTROY),
        ("eks update-addon --cluster-name c --addon-name a --resolve-conflicts PRESERVE", MODIFY),
        (f"application-autoscaling register-scalable-target {SCALABLE} "
         "--suspended-state ScheduledScalingSuspended=true", DESTROY),
        ("cloudtrail put-event-selectors --trail-name t --event-selectors "
         "'[{\"IncludeManagementEvents\": false}]'", DESTROY),
        ("cloudtrail put-event-selectors --trail-name t --event-selectors "
         "'[{\"IncludeManagementEvents\": true}]'", MODIFY),
        ("cloudtrail put-insight-selectors --trail-name t --insight-selectors '[]'", DESTROY),
        ("ec2 modify-vpc-endpoint --vpc-endpoint-id v --remove-subnet-ids '[]'", MODIFY),
        ("cognito-idp update-user-pool --user-pool-id p --user-pool-add-ons AdvancedSecurityMode=OFF", DESTROY),
        ("scheduler update-schedule --name n --schedule-expression 'rate(1 day)' --flexible-time-window Mode=OFF "
         "--target Arn=a,RoleArn=r", MODIFY),
        ("ecs update-cluster-settings --cluster c --settings name=containerInsights,value=disabled", DESTROY),
        ("ecs update-cluster-settings --cluster c --settings name=containerInsights,value=enabled", MODIFY),
        ("apigateway update-stage --rest-api-id r --stage-name s --patch-operations "
         "op=replace,path=/tracingEnabled,value=false", DESTROY),
        ("apigateway update-stage --rest-api-id r --stage-name s --patch-operations "
         "op=replace,path=/tracingEnabled,value=true", MODIFY),
        ("redshift modify-cluster --cluster-identifier c --no-encrypted", DESTROY),
        ("dynamodb update-item --table-name t --key '{}' --update-expression 'SET b = :b REMOVE c'", DESTROY),
        ("dynamodb update-item --table-name t --key '{}' --update-expression 'SET removed = :b'", MODIFY),
        ("cloudwatch put-metric-alarm --alarm-name a --evaluation-periods 1 --comparison-operator LessThanThreshold "
         "--alarm-actions arn:aws:automate:us-east-1:ec2:terminate", DESTROY),
        ("cloudwatch put-metric-alarm --alarm-name a --evaluation-periods 1 --comparison-operator LessThanThreshold "
         "--alarm-actions arn:aws:sns:us-east-1:111122223333:t", MODIFY),
        ("events put-targets --rule r --targets Id=1,Arn=arn:aws:events:us-east-1:111122223333:target/stop-instance",
         DESTROY),
        ("codepipeline put-approval-result --pipeline-name p --stage-name s --action-name a "
         "--result summary=x,status=Rejected --token t", DESTROY),
        ("guardduty update-detector --detector-id d --no-enable", DESTROY),
        ("guardduty update-detector --detector-id d --enable", MODIFY),
        ("events put-rule --name r --state DISABLED --schedule-expression 'rate(1 day)'", DESTROY),
        ("s3api put-bucket-versioning --bucket b --versioning-configuration Status=Suspended", DESTROY),
        ("s3api put-bucket-versioning --bucket b --versioning-configuration Status=Enabled", MODIFY),
        ("s3api put-bucket-lifecycle-configuration --bucket b --lifecycle-configuration "
         """'{"Rules": [{"Status": "Enabled", "Prefix": "", "Expiration": {"Days": 1}}]}'""", DESTROY),
        ("s3api put-bucket-lifecycle-configuration --bucket b --lifecycle-configuration "
         """'{"Rules": [{"Status": "Enabled", "Prefix": "", "Transitions": [{"Days": 1}]}]}'""", MODIFY),
        ("s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=false", DESTROY),
        ("s3api put-public-access-block --bucket b --public-access-block-configuration BlockPublicAcls=true", MODIFY),
        ("s3api put-bucket-logging --bucket b --bucket-logging-status '{}'", DESTROY),
        ("logs put-retention-policy --log-group-name g --retention-in-days 1", DESTROY),
        ("""ecr put-lifecycle-policy --repository-name r --lifecycle-policy-text '{"action": "expire"}'""", DESTROY),
        ("elbv2 modify-load-balancer-attributes --load-balancer-arn a "
         "--attributes Key=deletion_protection.enabled,Value=false", DESTROY),
        ("elbv2 modify-load-balancer-attributes --load-balancer-arn a "
         "--attributes Key=deletion_protection.enabled,Value=true", MODIFY),
        ("cognito-idp update-user-pool --user-pool-id p --deletion-protection INACTIVE", DESTROY),
        ("cloudformation update-termination-protection --stack-name s --no-enable-termination-protection", DESTROY),
        ("ssm start-automation-execution --document-name AWS-StopEC2Instance", DESTROY),
        ("ssm start-automation-execution --document-name AWS-StartEC2Instance", MODIFY),
        ("ssm send-command --document-name AWS-RunShellScript --parameters 'commands=[\"sudo rm -rf /srv\"]'", DESTROY),
        ("ssm send-command --document-name AWS-RunShellScript --parameters 'commands=[\"uptime\"]'", MODIFY),
        ("scheduler create-schedule --name n --schedule-expression 'rate(1 day)' --flexible-time-window Mode=OFF "
         "--target Arn=arn:aws:scheduler:::aws-sdk:ec2:stopInstances,RoleArn=r", DESTROY),
        ("rds-data execute-statement --resource-arn a --secret-arn s --sql 'DROP TABLE t'", DESTROY),
        ("rds-data execute-statement --resource-arn a --secret-arn s --sql 'INSERT INTO t VALUES (1)'", MODIFY),
        ("athena start-query-execution --query-string 'SELECT 1'", MODIFY),
        ("redshift-data batch-execute-statement --sqls 'select 1' 'truncate t'", DESTROY),
        ("dynamodb execute-statement --statement 'DELETE FROM \"t\" WHERE a=1'", DESTROY),
        ("dynamodb execute-statement --statement 'SELECT * FROM \"t\"'", READ),
        ("dynamodb execute-statement --statement 'INSERT INTO \"t\" VALUE {}'", MODIFY),
        ("elasticache modify-replication-group-shard-configuration --replication-group-id r --node-group-count 1 "
         "--apply-immediately --node-groups-to-retain 1", DESTROY),
        ("elasticache modify-replication-group-shard-configuration --replication-group-id r --node-group-count 5 "
         "--apply-immediately", MODIFY),
        ("ecr put-lifecycle-policy --repository-name r --lifecycle-policy-text "
         """'{"rules": [{"action": {"type": "\\u0065xpire"}}]}'""", DESTROY),
        ("""ecr put-lifecycle-policy --repository-name r --lifecycle-policy-text '{"rules": [{"action": {}}]}'""",
         MODIFY),
        ("sqs set-queue-attributes --queue-url q --attributes MessageRetentionPeriod=60", DESTROY),
        ("sqs set-queue-attributes --queue-url q --attributes MessageRetentionPeriod=1209600", MODIFY),
        ("sqs set-queue-attributes --queue-url q --attributes VisibilityTimeout=0", MODIFY),
        ("cloudtrail update-event-data-store --event-data-store e --retention-period 7", DESTROY),
        ("cloudtrail update-event-data-store --event-data-store e --retention-period 3653", MODIFY),
        ("redshift modify-cluster-snapshot --snapshot-identifier s --manual-snapshot-retention-period 1", DESTROY),
        ("redshift modify-cluster-snapshot --snapshot-identifier s --manual-snapshot-retention-period -1", MODIFY),
        ("keyspaces update-table --keyspace-name k --table-name t --default-time-to-live 1", DESTROY),
        ("keyspaces update-table --keyspace-name k --table-name t --default-time-to-live 0", MODIFY),
        ("elasticbeanstalk update-environment --environment-name e --option-settings "
         "Namespace=aws:autoscaling:asg,OptionName=MaxSize,Value=0", DESTROY),
        ("elasticbeanstalk update-environment --environment-name e --option-settings "
         "Namespace=aws:autoscaling:asg,OptionName=MaxSize,Value=2", MODIFY),
        ("ecs update-task-set --cluster c --service s --task-set t --scale value=0,unit=PERCENT", DESTROY),
        ("ecs update-task-set --cluster c --service s --task-set t --scale value=50,unit=PERCENT", MODIFY),
        ("globalaccelerator update-endpoint-group --endpoint-group-arn a --traffic-dial-percentage 1e-9", DESTROY),
        ("globalaccelerator update-endpoint-group --endpoint-group-arn a --traffic-dial-percentage 50", MODIFY),
        ("datasync start-task-execution --task-arn t --override-options PreserveDeletedFiles=REMOVE", DESTROY),
        ("datasync start-task-execution --task-arn t --override-options PreserveDeletedFiles=PRESERVE", MODIFY),
        ("s3api put-bucket-versioning --bucket b --versioning-configuration Status=Enabled,MFADelete=Disabled",
         DESTROY),
        ("ec2 modify-instance-maintenance-options --instance-id i --auto-recovery disabled", DESTROY),
        ("ec2 modify-instance-maintenance-options --instance-id i --auto-recovery default", MODIFY),
        ("apigatewayv2 reimport-api --api-id a --body b", DESTROY),
        ("wafv2 update-ip-set --name n --scope REGIONAL --id i --addresses 10.0.0.0/8 --lock-token t", MODIFY),
        ("lambda update-function-code --function-name f --s3-bucket b --s3-key k", MODIFY),
    ],
)  # fmt: skip
def test_a_command_line_is_judged_by_what_it_says(line: str, expected: RiskLevel) -> None:
    found = cli(line)

    assert found.assessed is expected, found.reasons


@pytest.mark.parametrize(
    ("operation", "given", "expected"),
    [
        ("autoscaling SetDesiredCapacity", {"DesiredCapacity": 0}, DESTROY),
        ("dynamodb TransactWriteItems", {"TransactItems": [{"Put": {}}, {"Delete": {"Key": {}}}]}, DESTROY),
        ("dynamodb TransactWriteItems", {"TransactItems": [{"Put": {}}]}, MODIFY),
        ("apigateway UpdateStage", {"patchOperations": [{"op": "remove", "path": "/accessLogSettings"}]}, DESTROY),
        ("apigateway UpdateStage", {"patchOperations": [{"op": "replace", "path": "/description"}]}, MODIFY),
        ("ec2 CancelSpotFleetRequests", {"TerminateInstances": True}, DESTROY),
        ("waf UpdateRule", {"Updates": [{"Action": "DELETE", "Predicate": {}}]}, DESTROY),
        ("waf UpdateRule", {"Updates": [{"Action": "INSERT", "Predicate": {}}]}, MODIFY),
        ("ec2 ModifyVpcEndpoint", {"RemoveSubnetIds": ["subnet-1"]}, DESTROY),
        ("ec2 ModifyVpcEndpoint", {"AddSubnetIds": ["subnet-1"], "RemoveSubnetIds": []}, MODIFY),
        ("cloudfront UpdateDistribution", {"DistributionConfig": {"Enabled": False}}, DESTROY),
        ("cloudfront UpdateDistribution",
         {"DistributionConfig": {"Enabled": True, "Logging": {"Enabled": False}}}, MODIFY),
        ("mediastore PutLifecyclePolicy", {"LifecyclePolicy": '{"action": "EX\\u0050IRE"}'}, DESTROY),
        ("mediastore PutLifecyclePolicy", {"LifecyclePolicy": "{"}, DESTROY),
        ("elasticbeanstalk UpdateEnvironment", {"OptionSettings": UNREAD}, DESTROY),
        ("sqs SetQueueAttributes", {"Attributes": UNREAD}, DESTROY),
        ("cloudcontrol UpdateResource", {"PatchDocument": '[{"op": "remove", "path": "/A"}]'}, DESTROY),
        ("cloudcontrol UpdateResource",
         {"PatchDocument": '[{"op": "replace", "path": "/DesiredCount", "value": 0}]'}, DESTROY),
        ("cloudcontrol UpdateResource",
         {"PatchDocument": '[{"op": "replace", "path": "/DeletionProtection", "value": false}]'}, DESTROY),
        ("cloudcontrol UpdateResource",
         {"PatchDocument": '[{"op": "replace", "path": "/DesiredCount", "value": 2}]'}, MODIFY),
        ("cloudcontrol UpdateResource", {"PatchDocument": "["}, DESTROY),
        ("sesv2 PutAccountSendingAttributes", {}, DESTROY),
        ("sesv2 PutAccountSendingAttributes", {"SendingEnabled": True}, MODIFY),
        ("ses UpdateAccountSendingEnabled", {}, DESTROY),
        ("timestream-write UpdateTable",
         {"RetentionProperties": {"MagneticStoreRetentionPeriodInDays": 1}}, DESTROY),
        ("fsx UpdateFileSystem", {"OntapConfiguration": {"AutomaticBackupRetentionDays": 0}}, DESTROY),
        ("fsx UpdateFileSystem", {"OntapConfiguration": {"AutomaticBackupRetentionDays": 7}}, MODIFY),
        ("docdb-elastic UpdateCluster", {"backupRetentionPeriod": 0}, DESTROY),
        ("elasticache ModifyServerlessCache", {"SnapshotRetentionLimit": 0}, DESTROY),
        ("appstream UpdateFleet", {"ComputeCapacity": {"DesiredInstances": 0}}, DESTROY),
        ("memorydb UpdateCluster", {"ReplicaConfiguration": {"ReplicaCount": 0}}, DESTROY),
        ("globalaccelerator UpdateEndpointGroup", {"EndpointConfigurations": [{"Weight": 0}]}, DESTROY),
        ("sagemaker UpdateEndpointWeightsAndCapacities",
         {"DesiredWeightsAndCapacities": [{"DesiredWeight": 0.0}]}, DESTROY),
        ("elasticbeanstalk UpdateApplicationResourceLifecycle",
         {"ResourceLifecycleConfig": {"VersionLifecycleConfig": {"MaxAgeRule": {"DeleteSourceFromS3": True}}}},
         DESTROY),
        ("stepfunctions CreateStateMachine",
         {"definition": '{"States": {"A": {"Resource": "arn:aws:states:::aws-sdk:ec2:terminateInstances"}}}'}, DESTROY),
        ("stepfunctions CreateStateMachine",
         {"definition": '{"States": {"A": {"Resource": "arn:aws:states:::dynamodb:deleteItem"}}}'}, DESTROY),
        ("stepfunctions CreateStateMachine",
         {"definition": '{"States": {"A": {"Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}}}'}, MODIFY),
        ("route53resolver UpdateResolverDnssecConfig", {"Validation": "DISABLE"}, DESTROY),
        ("ecr PutImageScanningConfiguration", {"imageScanningConfiguration": {"scanOnPush": False}}, DESTROY),
        ("iot UpdateIndexingConfiguration", {"thingIndexingConfiguration": {"thingIndexingMode": "OFF"}}, DESTROY),
        ("shield UpdateSubscription", {"AutoRenew": "DISABLED"}, DESTROY),
        ("ecs PutAccountSetting", {"name": "containerInsights", "value": "disabled"}, DESTROY),
        ("ecs PutAccountSetting", {"name": "containerInsights", "value": "enabled"}, MODIFY),
        ("guardduty UpdateMemberDetectors", {"DataSources": {"S3Logs": {"Enable": False}}}, DESTROY),
        ("codecommit UpdatePullRequestApprovalState", {"approvalState": "REVOKE"}, DESTROY),
        ("codecommit UpdatePullRequestApprovalState", {"approvalState": "APPROVE"}, MODIFY),
        ("rds CreateDBInstance", {"DeletionProtection": False, "MultiAZ": False}, MODIFY),
        ("ecs CreateService", {"desiredCount": 0}, MODIFY),
        ("secretsmanager UpdateSecretVersionStage", {"RemoveFromVersionId": "1", "MoveToVersionId": "2"}, MODIFY),
        ("redshift CreateScheduledAction", {"TargetAction": {"PauseCluster": {"ClusterIdentifier": "c"}}}, DESTROY),
    ],
)  # fmt: skip
def test_parameters_of_the_sdk_are_judged_the_same(
    operation: str, given: Mapping[str, Any], expected: RiskLevel
) -> None:
    found = sdk(*named(operation), given)

    assert found.assessed is expected, found.reasons


@pytest.mark.parametrize(
    "text",
    ["/*" + "x" * 70_000 + "*/ UNLOAD (SELECT 1) TO 's3://x/'", "WITH x AS (SELECT 1) UNLOAD (x) TO 's'", UNREAD],
    ids=("too long", "behind a SELECT", "unread"),
)  # fmt: skip
def test_a_read_is_none_where_its_statement_is_no_select(text: Any) -> None:
    assert sdk("timestream-query", "Query", {"QueryString": text}).assessed is not READ
    assert sdk("timestream-query", "Query", {"QueryString": "WITH x AS (SELECT 1) SELECT * FROM x"}).assessed is READ


def test_what_could_not_be_read_is_assumed_only_where_a_rule_looks_and_said() -> None:
    watched = sdk("ecs", "UpdateService", {"service": "s", "desiredCount": UNREAD})
    other = sdk("ecs", "UpdateService", {"service": "s", "taskDefinition": UNREAD})
    hidden = cli("ecs update-service --cli-input-json file://x.json")
    shown = cli("ecs update-service --cli-input-json file://x.json", {"file://x.json": b'{"desiredCount": 3}'})

    assert watched.assessed is DESTROY
    assert "could not be read" in watched.reasons[0]
    assert other.assessed is MODIFY
    assert hidden.assessed is DESTROY
    assert shown.assessed is MODIFY


def test_asking_what_would_happen_changes_nothing() -> None:
    assert cli("ec2 terminate-instances --instance-ids i-1 --dry-run").assessed is READ
    assert cli("ec2 terminate-instances --instance-ids i-1 --no-dry-run").assessed is DESTROY
    assert cli("ec2 terminate-instances --instance-ids i-1").assessed is DESTROY
    assert cli("ec2 terminate-instances --generate-cli-skeleton").assessed is READ
    assert sdk("ec2", "TerminateInstances", {"InstanceIds": ["i"], "DryRun": True}).assessed is READ
    assert sdk("ec2", "TerminateInstances", {"InstanceIds": ["i"], "DryRun": UNREAD}).assessed is DESTROY


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("ec2 authorize-security-group-ingress --group-id g --protocol tcp --port 22 --cidr 0.0.0.0/0", "exposure"),
        ("ec2 authorize-security-group-ingress --group-id g --ip-permissions "
         "'IpProtocol=tcp,Ipv6Ranges=[{CidrIpv6=::/0}]'", "exposure"),
        ("ec2 authorize-security-group-ingress --group-id g --protocol tcp --port 22 --cidr 1.2.3.4/0", "exposure"),
        ("ec2 authorize-security-group-ingress --group-id g --ip-permissions "
         "'IpProtocol=tcp,Ipv6Ranges=[{CidrIpv6=0::/0}]'", "exposure"),
        ("s3api put-bucket-policy --bucket b --policy "
         """'{"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "s3:GetObject"}]}'""",
         "exposure"),
        ("s3api put-object-acl --bucket b --key k --acl public-read", "exposure"),
        ("s3api put-bucket-policy --bucket b --policy "
         """'{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}'""", "exposure"),
        ("sqs set-queue-attributes --queue-url q --attributes "
         """'{"Policy": "{\\"Statement\\":{\\"Effect\\":\\"Allow\\",\\"Principal\\":{\\"AWS\\":\\"*\\"}}}"}'""",
         "exposure"),
        ("rds modify-db-snapshot-attribute --db-snapshot-identifier s --attribute-name restore --values-to-add all",
         "exposure"),
        ("rds modify-db-instance --db-instance-identifier d --publicly-accessible", "exposure"),
        ("lambda create-function-url-config --function-name f --auth-type NONE", "exposure"),
        ("lambda add-permission --function-name f --statement-id s --action a --principal '*'", "exposure"),
        ("ec2 modify-snapshot-attribute --snapshot-id s --create-volume-permission 'Add=[{Group=all}]'", "exposure"),
        ("ssm get-parameter --name n --with-decryption", "secret"),
        ("ssm put-parameter --name n --value v --type SecureString", "secret"),
        ("rds delete-db-instance --db-instance-identifier d --skip-final-snapshot", "irreversible"),
        ("rds modify-db-instance --db-instance-identifier d --backup-retention-period 0", "irreversible"),
        ("rds modify-db-instance --db-instance-identifier d --db-instance-class db.r5.large", "cost"),
        ("redshift-data execute-statement --database d --sql 'TRUNCATE sales'", "irreversible"),
        ("events put-rule --name r --state DISABLED", "availability"),
        ("emr put-block-public-access-configuration --block-public-access-configuration "
         "BlockPublicSecurityGroupRules=false", "exposure"),
        ("secretsmanager delete-secret --secret-id s --force-delete-without-recovery", "irreversible"),
        ("lambda update-function-configuration --function-name f --role arn:aws:iam::123456789012:role/admin",
         "privilege"),
        ("ec2 run-instances --iam-instance-profile Name=p", "privilege"),
        ("iam create-virtual-mfa-device --virtual-mfa-device-name n --bootstrap-method QRCodePNG --outfile x",
         "local_write"),
        ("s3api get-object --bucket b --key k out.bin", "local_write"),
        ("s3api put-object --bucket b --key k --body in.bin", "local_read"),
    ],
)  # fmt: skip
def test_parameters_add_flags(line: str, flag: str) -> None:
    assert flag in flags(cli(line))


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("ec2 authorize-security-group-ingress --group-id g --protocol tcp --port 22 --cidr 10.0.0.0/8", "exposure"),
        ("s3api put-bucket-policy --bucket b --policy "
         """'{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}]}'""", "exposure"),
        ("ssm get-parameter --name n", "secret"),
        ("ssm put-parameter --name n --value v --type String", "secret"),
        ("rds delete-db-instance --db-instance-identifier d --final-db-snapshot-identifier s", "irreversible"),
        ("redshift-data execute-statement --database d --sql 'SELECT pg_cancel_backend(1)'", "irreversible"),
        ("autoscaling update-auto-scaling-group --auto-scaling-group-name g --max-size 0", "cost"),
        ("rds modify-db-instance --db-instance-identifier d --no-publicly-accessible", "exposure"),
        ("rds create-db-instance --db-instance-identifier d --db-instance-class c --engine e "
         "--manage-master-user-password", "secret"),
    ],
)  # fmt: skip
def test_flags_are_not_given_freely(line: str, flag: str) -> None:
    assert flag not in flags(cli(line))


def test_a_file_that_a_read_writes_makes_it_a_write() -> None:
    found = cli("s3api get-object --bucket b --key k out.bin")

    assert found.assessed is MODIFY
    assert "it writes, or overwrites, a file on this machine" in found.reasons


def test_values_of_secrets_never_stand_in_reasons() -> None:
    found = cli("rds modify-db-instance --db-instance-identifier d --master-user-password hunter2")

    assert "secret" in flags(found)
    assert "hunter2" not in repr(found)


# ---------------------------------------------------------------- the data


def test_every_place_that_a_rule_looks_at_exists_in_the_models() -> None:
    looked_at = [
        *((key, rule.path) for key, found in rules.RULES.items() for rule in found),
        *parameters.SQL_MEMBERS.items(),
        *((key, path) for key, path in radius._COUNTED.items() if path),
    ]

    assert len(looked_at) > 150
    assert [(key, path) for key, path in looked_at if not exists(*key, path)] == []
    beside = [(key, rule.beside) for key, found in rules.RULES.items() for rule in found if rule.beside]
    assert [(key, names) for key, names in beside if not any(exists(*key, name) for name in names)] == []


def exists(service: str, operation: str, path: str) -> bool:
    """The path leads to a member, through lists and maps as `members.at` goes."""
    shape = CATALOGUE.operation(service, operation)
    members = shape.members if shape is not None else {}
    for step in path.split("."):
        held = members.get(step) or members.get("*")  # a map takes any key
        if held is None:
            return False
        members = dict(inside(service, held))
    return True


def inside(service: str, member: MemberShape) -> Iterator[tuple[str, MemberShape]]:
    shape = CATALOGUE.shape(service, member.shape)
    while shape is not None and shape.type == "list" and shape.element is not None:
        shape = CATALOGUE.shape(service, shape.element.shape)
    if shape is not None and shape.type == "map" and shape.element is not None:
        yield "*", shape.element
    elif shape is not None:
        yield from shape.members.items()
