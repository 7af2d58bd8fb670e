"""Which names of AWS stand for secrets: decided by reading every input and output member of botocore 1.40.61.

Read for it: the 1,801 shapes with the `sensitive` trait, and every text or blob member whose name speaks of a password,
passphrase, secret, token, key or credential. The trait alone is no measure: it also covers names, addresses and
payloads, and it is missing at session tokens, at `AuthToken` and at the passwords of DocumentDB and Amazon MQ.
"""

from __future__ import annotations

ENDINGS = (
    "accesstoken", "apikey", "apikeyvalue", "apisecretkey", "apitoken", "authenticationtoken", "authkey",
    "authorizationtoken", "authtoken", "bearertoken", "clientsecret", "connectiontoken", "grafanatoken", "hectoken",
    "hostkey", "hostkeybody", "identitytoken", "idtoken", "jointoken", "jwttoken", "oauthtoken", "participanttoken",
    "passphrase", "passwd", "password", "passwords", "presharedkey", "privatekey", "refreshtoken", "samlassertion",
    "secretaccesskey", "secretbinary", "secrethash", "secretkey", "secretstring", "secrettoken", "securitytoken",
    "sessiontoken", "sharedsecret", "ssecustomerkey", "statickeyvalue", "subjecttoken", "tokenkey",
    "usertoken", "webidentitytoken",
)  # fmt: skip
"""A member is a secret when its name, in small letters and nothing but letters and digits, ends so."""

FREE_ENDINGS = (
    *ENDINGS, "accesskeysecret", "apisecret", "credentials", "encryptionkey", "fernetkey", "masterpass", "pwd",
    "secret", "secretkeybase", "signingkey", "token",
)  # fmt: skip
"""As `ENDINGS`, for names that people choose: keys of maps, and names of environment variables and parameters."""

FREE_WORDS = r"(?:.*[_-])?(?i:pass)|(?:.*[_-])?PAT|.*[a-z]Pass"
"""As `FREE_ENDINGS`, where a word counts only as a whole: `DB_PASS` and `GITHUB_PAT`, not `BYPASS` or `COMPAT`."""

ABOUT_PASSWORDS = frozenset({
    "age", "algorithm", "arn", "attempts", "auth", "change", "column", "count", "disabled", "enabled",
    "encryption", "env", "expiration", "expires", "expiry", "field", "file", "grant", "history", "id", "key",
    "keys", "len", "length", "link", "location", "login", "manager", "max", "min", "mode", "name", "param",
    "parameter", "path", "pattern", "policy", "prompt", "ref", "regex", "required", "reset", "rotation",
    "source", "store", "strength", "timeout", "ttl", "type", "uri", "url", "version",
})  # fmt: skip
"""What may follow `PASSWORD_` without making it a password of something, as in `DB_PASSWORD_PROD`."""

NO_TOKENS = (
    "clientrequesttoken", "clienttoken", "continuationtoken", "creationtoken", "idempotencytoken", "locktoken",
    "nexttoken", "pagetoken", "paginationtoken", "requesttoken", "sequencetoken", "startingtoken", "starttoken",
    "tasktoken", "updatetoken",
)  # fmt: skip
"""Ends like a secret among `FREE_ENDINGS` and opens nothing."""

VERBS = (
    "allow", "allows", "change", "disable", "enable", "exclude", "force", "forgot", "generate", "has", "hide",
    "include", "is", "manage", "require", "requires", "reset", "rotate", "use",
)  # fmt: skip
"""A name that begins with one of these words is a switch: `ManageMasterUserPassword`."""

NEVER = frozenset(
    {
        ("apigateway", "apiKey"),  # the id of a key
        ("appmesh", "privateKey"),  # a path inside the container
        ("cloudformation", "BearerToken"),  # makes a report of a handler's progress idempotent
        ("cognito-sync", "SyncSessionToken"),  # a place in a data set
        ("datazone", "usernamePassword"),  # a structure; its password is one
        ("iam", "RemovePrivateKey"),  # the id of a key of a SAML provider
        ("mediaconvert", "CertificateSecret"),
        ("mediapackage", "CdnIdentifierSecret"),  # an ARN
        ("mediapackage-vod", "CdnIdentifierSecret"),  # an ARN
        ("sns", "OneTimePassword"),  # of a telephone number, used up by the call
        ("sts", "SubjectFromWebIdentityToken"),  # a name
        ("wafv2", "APIKey"),  # stands in the pages of the customer's site
    }
)
"""(service, member) that the endings would take for a secret."""

NO_SECRETS_BELOW = frozenset(
    {"Tags", "tags", "TagList", "TagSpecifications", "TokenValidityUnits", "tokenUrlCustomProperties"}
)
"""Members below which nothing is a secret."""

ALSO = frozenset(
    {
        ("acm", "Passphrase"),
        ("amplify", "basicAuthCredentials"),
        ("apigateway", "certificatePrivateKey"),
        ("chime-sdk-identity", "DeviceToken"),
        ("chime-sdk-identity", "VoipDeviceToken"),
        ("codebuild", "token"),
        ("cognito-idp", "SecretCode"),
        ("cognito-idp", "Session"),
        ("datasync", "KerberosKeytab"),
        ("datasync", "Token"),
        ("dms", "SecurityDbEncryption"),
        ("ec2", "MacCredentials"),
        ("ec2", "UploadPolicySignature"),
        ("eks-auth", "token"),
        ("firehose", "AccessKey"),
        ("inspector2", "authCode"),
        ("iot", "token"),
        ("iot-managed-integrations", "AuthenticationMaterial"),
        ("iotwireless", "AppKey"),
        ("iotwireless", "AppSKey"),
        ("iotwireless", "FNwkSIntKey"),
        ("iotwireless", "GenAppKey"),
        ("iotwireless", "NwkKey"),
        ("iotwireless", "NwkSEncKey"),
        ("iotwireless", "NwkSKey"),
        ("iotwireless", "SNwkSIntKey"),
        ("kendra", "Token"),
        ("kms", "Plaintext"),
        ("license-manager", "Token"),
        ("medialive", "Token"),
        ("payment-cryptography-data", "PlainText"),
        ("route53domains", "AuthCode"),
        ("route53domains", "FIAuthKey"),
        ("sns", "PlatformCredential"),
        ("socialmessaging", "twoFactorPin"),
        ("sso-oidc", "assertion"),
        ("sso-oidc", "codeVerifier"),
        ("storagegateway", "SecretToAuthenticateInitiator"),
        ("storagegateway", "SecretToAuthenticateTarget"),
    }
)
"""(service, member) that are secrets though the endings do not say so."""

ALSO_IN_OPERATION = frozenset({("apigateway", "CreateApiKey", "value")})
"""(service, operation, member) that are secrets in that operation alone."""

SECRETS_BELOW = frozenset(
    {
        ("appflow", "credentialsMap"),
        ("cognito-identity", "Logins"),
        ("datazone", "customAuthenticationCredentials"),
        ("glue", "CustomAuthenticationCredentials"),
    }
)
"""(service, member): every text below is a secret, whatever it is called."""

PAIRS = (
    ("Name", "Value"), ("name", "value"), ("Key", "Value"), ("key", "value"), ("ParameterKey", "ParameterValue"),
    ("OptionName", "Value"), ("ParameterName", "ParameterValue"), ("parameterName", "parameterValue"),
)  # fmt: skip
"""Two members of one structure of which the first names what the second holds."""

CLI_OPTIONS = frozenset({"--owner-sak", "--sse-c-copy-source-key", "--sse-c-key"})
"""Options of the CLI's own commands that are secrets though the endings do not say so."""

DATA = frozenset({"dynamodb"})
"""Services whose maps are the customer's data, in which a name tells nothing about a secret of the plan."""

# ---------------------------------------------------------------- answers

KEPT_BUT_FOR_SECRETS: dict[str, frozenset[str]] = {
    service: frozenset(operations.split())
    for service, operations in {
        "amplify": "GetApp GetBranch ListApps ListBranches",
        "apigateway": "GetApiKey GetApiKeys",
        "chime": "CreateBot GetBot ListBots",
        "chime-sdk-meetings": "BatchCreateAttendee CreateAttendee CreateMeetingWithAttendees GetAttendee ListAttendees",
        "cognito-idp": "CreateUserPoolClient DescribeIdentityProvider DescribeUserPoolClient UpdateUserPoolClient",
        "datazone": "GetConnection",
        "ec2": "CreateVpnConnection DescribeVpnConnections",
        "ecs": "ExecuteCommand",
        "gamelift": "CreateBuild",
        "iot-managed-integrations": "GetManagedThing",
        "ivs": "CreateChannel",
        "ivs-realtime": "CreateIngestConfiguration GetIngestConfiguration UpdateIngestConfiguration",
        "lambda": "GetFunction GetFunctionConfiguration",
        "storagegateway": "DescribeChapCredentials",
    }.items()
}
"""Operations whose answers hold secrets among other things, each in a member that is hidden by its name."""

NO_SECRET_IN_IT = frozenset(
    {
        ("apigateway", "GetClientCertificate"),  # its public half
        ("ds", "ResetUserPassword"),
        ("iam", "CreateLoginProfile"),
        ("lightsail", "CreateContactMethod"),
        ("workmail", "ResetPassword"),
    }
)
"""(service, operation) that are about secrets, of which nothing comes back."""

GIVES_OUT_ON_REQUEST = {
    ("apigateway", "GetApiKey"): "includeValue",
    ("apigateway", "GetApiKeys"): "includeValues",
    ("ssm", "GetParameter"): "WithDecryption",
    ("ssm", "GetParameterHistory"): "WithDecryption",
    ("ssm", "GetParameters"): "WithDecryption",
    ("ssm", "GetParametersByPath"): "WithDecryption",
}
"""Operations that hand out a secret only where that member of the input is set."""

COMMANDS_THAT_GIVE_OUT = frozenset(
    {
        ("cloudfront", "sign"),
        ("codecommit", "credential-helper"),
        ("configure", "export-credentials"),
        ("dsql", "generate-db-connect-admin-auth-token"),
        ("dsql", "generate-db-connect-auth-token"),
        ("ecr", "get-login"),
        ("ecr", "get-login-password"),
        ("ecr-public", "get-login-password"),
        ("eks", "get-token"),
        ("rds", "generate-db-auth-token"),
        ("s3", "presign"),
    }
)
"""Commands of the CLI's own that print a secret, by the words that they begin with."""

MASKED = frozenset(
    {
        "appstream", "datasync", "dms", "docdb", "elbv2", "fsx", "glue", "neptune", "quicksight", "rds", "redshift",
        "securityhub",
    }
)  # fmt: skip
"""Services that mask or leave out the secrets of what they describe, by their documentation."""

ALSO_IN_ANSWERS = frozenset(
    {
        ("apigateway", "CreateApiKey", "value"),
        ("apigateway", "GetApiKey", "value"),
        ("apigateway", "GetApiKeys", "value"),
        ("apigateway", "UpdateApiKey", "value"),
        ("cognito-identity", "GetOpenIdToken", "Token"),
        ("cognito-identity", "GetOpenIdTokenForDeveloperIdentity", "Token"),
        ("ec2", "CreateKeyPair", "KeyMaterial"),
        ("ec2", "GetPasswordData", "PasswordData"),
        ("grafana", "CreateWorkspaceApiKey", "key"),
        ("grafana", "CreateWorkspaceServiceAccountToken", "key"),
        ("ivschat", "CreateChatToken", "token"),
        ("ivs-realtime", "CreateParticipantToken", "token"),
        ("kms", "GenerateDataKeyPair", "PrivateKeyPlaintext"),
        ("lambda", "GetFunction", "Location"),  # of the code: an address that lets in
        ("license-manager", "CreateToken", "Token"),
        ("lightsail", "CreateKeyPair", "privateKeyBase64"),
        ("lightsail", "DownloadDefaultKeyPair", "privateKeyBase64"),
        ("location", "CreateKey", "Key"),
        ("location", "DescribeKey", "Key"),
        ("mwaa", "CreateCliToken", "CliToken"),
        ("mwaa", "CreateWebLoginToken", "WebToken"),
        ("ssm", "ResumeSession", "TokenValue"),
        ("ssm", "StartSession", "TokenValue"),
        ("sts", "AssumeRole", "AccessKeyId"),
        ("sts", "AssumeRoleWithSAML", "AccessKeyId"),
        ("sts", "AssumeRoleWithWebIdentity", "AccessKeyId"),
        ("sts", "AssumeRoot", "AccessKeyId"),
        ("sts", "GetFederationToken", "AccessKeyId"),
        ("sts", "GetSessionToken", "AccessKeyId"),
    }
)
"""(service, operation, member) of answers that are secrets though neither trait nor endings say so."""

CLEAR_TEXT = {("ssm", "Value"): ("Type", frozenset({"String", "StringList"}))}
"""(service, member) with the `sensitive` trait that is none where the structure says so: member and its values."""
