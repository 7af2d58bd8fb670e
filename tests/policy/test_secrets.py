"""Which values are secrets, and what a plan may not write down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.policy.cli_grammar import ParsedCli, parse
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.refusals import Refusal
from cloudops_tui.policy.risk.flagged import answers_secrets
from cloudops_tui.policy.secret_answers import command_gives_out_secrets, gives_out_secrets, hidden_members
from cloudops_tui.policy.secret_names import KEPT_BUT_FOR_SECRETS, NO_SECRET_IN_IT
from cloudops_tui.policy.secrets import is_secret_member, secrets_in_cli, secrets_in_sdk
from tests.policy.secret_census import LIST, census

SECRET = "correct-horse-1"
READ_AGAIN = ("acm", "directconnect", "ds", "elasticache", "iam", "mq", "rds", "secretsmanager", "ssm", "transfer")


def in_cli(*words: str) -> list[Refusal]:
    read = parsed(words)
    return list(secrets_in_cli(read, parameters_of(read, the_catalogue()), the_catalogue()))


def in_sdk(service: str, operation: str, **parameters: Any) -> list[Refusal]:
    return list(secrets_in_sdk(service, operation, parameters, the_catalogue()))


def parsed(words: Sequence[str]) -> ParsedCli:
    read = parse(words, the_catalogue())
    assert isinstance(read, ParsedCli), read
    return read


# ---------------------------------------------------------------- members


def test_the_members_that_count_as_secrets_are_those_that_were_read_and_decided() -> None:
    decided = [line for line in LIST.read_text().splitlines() if line.split()[0] in READ_AGAIN]

    assert list(census(READ_AGAIN, the_catalogue())) == decided


@pytest.mark.parametrize(
    ("service", "operation", "path"),
    [
        ("rds", "CreateDBInstance", ("MasterUserPassword",)),
        ("docdb", "CreateDBCluster", ("MasterUserPassword",)),
        ("mq", "CreateBroker", ("Users", 0, "Password")),
        ("elasticache", "CreateUser", ("Passwords", 0)),
        ("glue", "CreateConnection", ("ConnectionInput", "ConnectionProperties", "PASSWORD")),
        ("cognito-identity", "GetId", ("Logins", "graph.facebook.com")),
        ("apigateway", "CreateApiKey", ("value",)),
        ("ssm", "PutParameter", ("Value",)),
        ("lambda", "CreateFunction", ("Environment", "Variables", "DB_PASSWORD")),
    ],
)
def test_secret(service: str, operation: str, path: tuple[str | int, ...]) -> None:
    assert is_secret_member(service, operation, path)


@pytest.mark.parametrize(
    ("service", "operation", "path"),
    [
        ("rds", "CreateDBInstance", ("ManageMasterUserPassword",)),
        ("rds", "CreateDBInstance", ("MasterUsername",)),
        ("secretsmanager", "GetSecretValue", ("SecretId",)),
        ("ec2", "DescribeVpcs", ("NextToken",)),
        ("ec2", "RunInstances", ("ClientToken",)),
        ("iam", "UpdateAccountPasswordPolicy", ("AllowUsersToChangePassword",)),
        ("iam", "CreateLoginProfile", ("PasswordResetRequired",)),
        ("apigateway", "GetApiKey", ("apiKey",)),
        ("mediapackage", "CreatePackagingGroup", ("Authorization", "CdnIdentifierSecret")),
        ("cognito-idp", "CreateUserPoolClient", ("TokenValidityUnits", "AccessToken")),
        ("lambda", "Invoke", ("Payload",)),
        ("cognito-idp", "AdminGetUser", ("Username",)),
        ("lambda", "CreateFunction", ("Environment", "Variables", "NEXT_TOKEN")),
        ("ssm", "GetParameter", ("Name",)),
    ],
)
def test_not_secret(service: str, operation: str, path: tuple[str | int, ...]) -> None:
    assert not is_secret_member(service, operation, path)


# ---------------------------------------------------------------- command lines

LITERAL_COMMANDS = [
    (["rds", "modify-db-instance", "--db-instance-identifier", "d", "--master-user-password", SECRET],
     "--master-user-password", "--master-user-password file://PATH"),
    (["rds", "modify-db-instance", "--db-instance-identifier", "d", f"--master-user-password={SECRET}"],
     "--master-user-password", "file://PATH"),
    (["secretsmanager", "put-secret-value", "--secret-id", "s", "--secret-binary", SECRET],
     "--secret-binary", "--secret-binary fileb://PATH"),
    (["elasticache", "create-user", "--user-id", "u", "--user-name", "u", "--engine", "redis", "--access-string", "on",
      "--passwords", "file://one", SECRET], "--passwords", "file://PATH"),
    (["mq", "create-broker", "--broker-name", "b", "--deployment-mode", "SINGLE_INSTANCE", "--engine-type", "RABBITMQ",
      "--host-instance-type", "t", "--no-publicly-accessible", "--users", f"Username=u,Password={SECRET}"],
     "--users", '{"$file": "PATH"}'),
    (["glue", "create-connection", "--connection-input",
      f'{{"Name": "n", "ConnectionType": "JDBC", "ConnectionProperties": {{"PASSWORD": "{SECRET}"}}}}'],
     "--connection-input", "SDK"),
    (["ssm", "put-parameter", "--name", "n", "--type", "SecureString", "--value", SECRET], "--value", "file://PATH"),
    (["lambda", "update-function-configuration", "--function-name", "f", "--environment",
      f"Variables={{DB_PASSWORD={SECRET}}}"], "--environment", "SDK"),
    (["ec2", "bundle-instance", "--instance-id", "i-1", "--bucket", "b", "--prefix", "p", "--owner-akid", "AKIA1",
      "--owner-sak", SECRET], "--owner-sak", "--owner-sak file://PATH"),
    (["sns", "create-platform-application", "--name", "n", "--platform", "GCM", "--attributes",
      f"PlatformCredential={SECRET}"], "--attributes", "SDK"),
    (["cloudformation", "create-stack", "--stack-name", "s", "--parameters",
      f"ParameterKey=DBPassword,ParameterValue={SECRET}"], "--parameters", "SDK"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "at", "remedy"), LITERAL_COMMANDS)
def test_a_secret_in_a_command_line_is_refused_with_the_way_to_pass_it(words: list[str], at: str, remedy: str) -> None:
    [refusal] = in_cli(*words)

    assert refusal.at == at
    assert remedy in refusal.remedy
    assert SECRET not in f"{refusal}"


@pytest.mark.parametrize(
    "words",
    [
        ["rds", "modify-db-instance", "--db-instance-identifier", "d", "--master-user-password", "file://secret"],
        ["rds", "modify-db-instance", "--db-instance-identifier", "d", "--manage-master-user-password"],
        ["rds", "modify-db-instance", "--db-instance-identifier", "d", "--master-user-password", "{{resolve:ssm:x}}"],
        ["ssm", "put-parameter", "--name", "n", "--type", "String", "--value", "blue"],
        ["lambda", "update-function-configuration", "--function-name", "f", "--environment", "Variables={TOKEN=no}"],
        ["cloudformation", "create-stack", "--stack-name", "s", "--tags", "Key=Password,Value=none-here"],
        ["ec2", "create-tags", "--resources", "i-1", "--tags", "Key=token,Value=abc"],
        ["ec2", "describe-vpcs", "--starting-token", "abc"],
        ["dynamodb", "get-item", "--table-name", "t", "--key", '{"token":{"S":"abc"}}'],
        ["dynamodb", "put-item", "--table-name", "t", "--item", '{"id":{"S":"a"},"token":{"S":"abc"}}'],
        ["dynamodb", "query", "--table-name", "t", "--expression-attribute-values", '{":token":{"S":"abc"}}'],
        ["cloudformation", "create-stack", "--stack-name", "s", "--parameters",
         "ParameterKey=MaxToken,ParameterValue=4096", "ParameterKey=DBSecret,ParameterValue=prod/db"],
        ["glue", "start-job-run", "--job-name", "j", "--arguments", '{"--db_secret": "prod/db"}'],
        ["lambda", "update-function-configuration", "--function-name", "f", "--environment",
         "Variables={CACHE_TOKEN=600,DB_PASSWORD_SECRET=prod/db,PASSWORD_POLICY=strict}"],
        ["iam", "update-account-password-policy", "--minimum-password-length", "14"],
    ],
)  # fmt: skip
def test_a_command_line_without_a_secret_is_taken(words: list[str]) -> None:
    assert in_cli(*words) == []


# ---------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "at"),
    [
        ("rds", "ModifyDBInstance", {"MasterUserPassword": SECRET}, ("MasterUserPassword",)),
        ("secretsmanager", "PutSecretValue", {"SecretId": "s", "SecretBinary": {"$base64": "aGV5"}}, ("SecretBinary",)),
        ("elasticache", "CreateUser", {"Passwords": [{"$env": "A"}, SECRET]}, ("Passwords", 1)),
        ("mq", "CreateUser", {"BrokerId": "b", "Username": "u", "Password": SECRET}, ("Password",)),
        ("ssm", "PutParameter", {"Name": "n", "Value": SECRET, "Type": "SecureString"}, ("Value",)),
        ("ssm", "PutParameter", {"Name": "n", "Value": SECRET}, ("Value",)),
        (
            "codebuild", "StartBuild",
            {"projectName": "p", "environmentVariablesOverride": [{"name": "NPM_TOKEN", "value": SECRET}]},
            ("environmentVariablesOverride", 0, "value"),
        ),
        ("appflow", "CreateConnectorProfile", {"connectorProfileConfig": {"connectorProfileCredentials": {
            "CustomConnector": {"authenticationType": "CUSTOM", "custom": {"credentialsMap": {"who": SECRET}}}}}},
         ("connectorProfileConfig", "connectorProfileCredentials", "CustomConnector", "custom", "credentialsMap",
          "who")),
    ],
)  # fmt: skip
def test_a_secret_among_parameters_is_refused_where_it_stands(
    service: str, operation: str, parameters: dict[str, Any], at: tuple[str | int, ...]
) -> None:
    [refusal] = in_sdk(service, operation, **parameters)

    assert refusal.at == at
    assert '{"$file": "PATH"}' in refusal.remedy
    assert SECRET not in f"{refusal}"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("rds", "ModifyDBInstance", {"MasterUserPassword": {"$file": "secret"}, "ManageMasterUserPassword": False}),
        ("rds", "ModifyDBInstance", {"MasterUserPassword": {"$env": "SECRET"}}),
        ("ssm", "PutParameter", {"Name": "n", "Value": "blue", "Type": "String"}),
        ("ssm", "PutParameter", {"Name": "password", "Value": "blue", "Type": "StringList"}),
        ("lambda", "UpdateFunctionConfiguration", {"Environment": {"Variables": {"SECRET_ARN": "arn:x", "TOKEN": ""}}}),
        (
            "codebuild", "StartBuild",
            {"environmentVariablesOverride": [{"name": "A_TOKEN", "value": "/a/token", "type": "PARAMETER_STORE"}]},
        ),
        ("dynamodb", "GetItem", {"TableName": "t", "Key": {"token": {"S": "abc"}}}),
        ("lambda", "UpdateFunctionConfiguration", {"Environment": {"Variables": {"ENCRYPTION_KEY": "alias/app"}}}),
        ("ec2", "CreateTags", {"Tags": [{"Key": "Password", "Value": "in the safe"}]}),
    ],
)  # fmt: skip
def test_parameters_without_a_secret_are_taken(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert in_sdk(service, operation, **parameters) == []


@pytest.mark.parametrize(
    "name",
    ["DB_PASS", "DB_PASSWORD_PROD", "GITHUB_PAT", "SIGNING_KEY", "ENCRYPTION_KEY", "CREDENTIALS", "core.fernet_key"],
)
def test_a_name_that_people_give_to_secrets_is_one(name: str) -> None:
    [refusal] = in_sdk("lambda", "UpdateFunctionConfiguration", Environment={"Variables": {name: SECRET}})

    assert refusal.at == ("Environment", "Variables", name)
    assert in_cli("mwaa", "update-environment", "--name", "n", "--airflow-configuration-options", f"{name}={SECRET}")


@pytest.mark.parametrize("value", ["123456", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "prod/db"])
def test_a_password_of_digits_or_with_strokes_is_a_secret(value: str) -> None:
    assert in_sdk("lambda", "UpdateFunctionConfiguration", Environment={"Variables": {"DB_PASSWORD": value}})


TEXTS = {
    "postgres://app:hunter22@db.internal/x": "an address with a password",
    "redis://:hunter22@cache": "an address with a password",
    "jdbc:mysql://db:3306/x?user=app&password=hunter22": "an address with a password",
    "token ghp_0123456789abcdefghijABCDEFGHIJ012345": "a token",
    "xoxb-1234567890-abcdefgh": "a token",
    "Authorization: Bearer abcdef0123456789abcd": "a token",
    "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq5Xp0\n-----END PRIVATE KEY-----": "a private key",
    "CREDENTIALS 'aws_access_key_id=A;aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'":
        "a secret access key",
    "export PGPASSWORD=hunter22 && psql": "a password",
    '{"Resources": {"D": {"Properties": {"MasterUserPassword": "hunter22"}}}}': "the secret `MasterUserPassword`",
    '{"environment": [{"name": "DB_PASS", "value": "hunter22"}]}': "the secret `DB_PASS`",
}  # fmt: skip
NO_SECRET_TEXTS = [
    "https://example.com:8443/a@b",
    "postgres://app:${PASSWORD}@db/x",
    "postgres://app:{{resolve:secretsmanager:db:SecretString:password}}@db/x",
    "https://<user>:<password>@host",
    "export PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id s)",
    "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
    "Authorization: Bearer ${TOKEN_0123456789abcdef}",
    '{"Parameters": {"DBPassword": {"Type": "String", "NoEcho": true}}}',
    '{"Properties": {"MasterUserPassword": {"Ref": "DBPassword"}, "Password": "{{resolve:ssm-secure:p}}"}}',
    '{"Condition": {"StringEquals": {"aws:RequestTag/token": "blue"}}}',
    '{"Parameters": {"TaskToken.$": "$$.Task.Token", "Password.$": "$.password", "secret": "arn:aws:x"}}',
    '{"properties": {"password": "string", "ClientToken": "abc"}, "Tags": {"token": "x"}}',
    "{not JSON: password=",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_holds_a_secret_beyond_doubt_is_refused_wherever_it_stands(text: str) -> None:
    [told] = in_sdk("sns", "Publish", TopicArn="t", Message=text)
    [said] = in_cli("sns", "publish", "--topic-arn", "t", f"--message={text}")

    assert (told.at, said.at) == (("Message",), "--message")
    assert TEXTS[text] in told.message
    assert TEXTS[text] in said.message
    assert not any(secret in f"{told}{said}" for secret in ("hunter22", "wJalr", "MIIE", "0123456789"))


@pytest.mark.parametrize("text", NO_SECRET_TEXTS)
def test_a_text_that_only_resembles_one_is_taken(text: str) -> None:
    assert in_sdk("sns", "Publish", TopicArn="t", Message=text) == []
    assert in_cli("sns", "publish", "--topic-arn", "t", f"--message={text}") == []


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "words",
    [
        ["secretsmanager", "get-secret-value", "--secret-id", "s"],
        ["sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/r", "--role-session-name", "s"],
        ["ssm", "get-parameter", "--name", "n", "--with-decryption"],
        ["ecr", "get-login-password"],
        ["rds", "generate-db-auth-token", "--hostname", "h", "--port", "1", "--username", "u"],
        ["s3", "presign", "s3://b/k"],
        ["iam", "create-access-key"],
        ["appsync", "create-api-key", "--api-id", "a"],
        ["snowball", "get-job-unlock-code", "--job-id", "JID123e4567-e89b-12d3-a456-426655440000"],
        ["deploy", "register", "--instance-name", "i"],
    ],
)
def test_a_command_that_hands_out_a_secret_is_known(words: list[str]) -> None:
    assert command_gives_out_secrets(parsed(words))


@pytest.mark.parametrize(
    "words",
    [
        ["ssm", "get-parameter", "--name", "n"],
        ["ssm", "get-parameter", "--name", "n", "--no-with-decryption"],
        ["rds", "describe-db-instances"],
        ["iam", "list-access-keys"],
    ],
)
def test_other_commands_keep_their_output(words: list[str]) -> None:
    assert not command_gives_out_secrets(parsed(words))


def test_what_depends_on_a_parameter_is_asked_for() -> None:
    assert gives_out_secrets("ssm", "GetParameter", {"Name": "n", "WithDecryption": True})
    assert not gives_out_secrets("ssm", "GetParameter", {"Name": "n", "WithDecryption": False})


@pytest.mark.parametrize(
    ("service", "operation"),
    [(service, one) for service, names in sorted(KEPT_BUT_FOR_SECRETS.items()) for one in sorted(names)],
    ids=str,
)
def test_an_answer_with_the_risk_flag_is_kept_only_without_its_secrets(service: str, operation: str) -> None:
    hidden = hidden_members(service, operation, the_catalogue())

    assert answers_secrets(service, operation)
    assert not gives_out_secrets(service, operation, {})
    assert hidden.names or hidden.open
    assert hidden.has_secrets, "where the output says no names, nothing of it is kept"


@pytest.mark.parametrize(("service", "operation"), sorted(NO_SECRET_IN_IT), ids=str)
def test_what_only_takes_secrets_has_none_to_hide(service: str, operation: str) -> None:
    assert not gives_out_secrets(service, operation, {})
    assert not hidden_members(service, operation, the_catalogue()).has_secrets


def test_members_to_hide_are_those_of_the_model_and_those_that_it_misses() -> None:
    keys = hidden_members("apigateway", "GetApiKeys", the_catalogue())
    vpn = hidden_members("ec2", "DescribeVpnConnections", the_catalogue())
    databases = hidden_members("rds", "DescribeDBInstances", the_catalogue())

    assert (keys.names, keys.has_secrets) == (("value",), True)
    assert {"PreSharedKey", "CustomerGatewayConfiguration"} <= set(vpn.names)
    assert vpn.has_secrets
    assert ("MasterUserPassword" in databases.names, databases.has_secrets) == (True, False)
    assert hidden_members("ec2", "DescribeInstances", the_catalogue()).names == ()
