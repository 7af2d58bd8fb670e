"""The commands of awscli's own: what each does to AWS and to this machine, read in awscli's source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.subject import Finding, Subject

READ_ONLY, MODIFY, DESTRUCTIVE = RiskLevel
AVAILABILITY, COST, EXEC, EXPOSURE = RiskFlag.AVAILABILITY, RiskFlag.COST, RiskFlag.EXEC, RiskFlag.EXPOSURE
INTERACTIVE, IRREVERSIBLE, PRIVILEGE = RiskFlag.INTERACTIVE, RiskFlag.IRREVERSIBLE, RiskFlag.PRIVILEGE
LOCAL_READ, LOCAL_WRITE, SECRET = RiskFlag.LOCAL_READ, RiskFlag.LOCAL_WRITE, RiskFlag.SECRET


@dataclass(frozen=True, slots=True)
class Effect:
    """What an option adds to a command, or does in its place."""

    option: str
    level: RiskLevel | None
    """None: the level of the command."""
    why: str
    flags: tuple[RiskFlag, ...] = ()
    instead: bool = False
    """It happens in place of what the command does without it, not beside it."""


@dataclass(frozen=True, slots=True)
class CustomCommand:
    """One command without an operation behind it."""

    level: RiskLevel
    why: str
    flags: tuple[RiskFlag, ...] = ()
    reads: tuple[str, ...] = ()
    """Options, or positionals by awscli's names, whose files or folders of this machine it reads."""
    writes: tuple[str, ...] = ()
    """The same for those that it writes; other places in words."""
    children: tuple[str, ...] = ()
    """Programs that it starts."""
    calls: tuple[str, ...] = ()
    """Operations that it may call; `*` where awscli cannot know."""
    effects: tuple[Effect, ...] = ()
    unbounded: str = ""
    """Why nobody can count what it touches, in words."""


_TRANSFER = (
    "s3:ListObjectsV2", "s3:HeadObject", "s3:GetObject", "s3:PutObject", "s3:CopyObject", "s3:*MultipartUpload",
)  # fmt: skip
_DRYRUN = Effect("--dryrun", READ_ONLY, "only says what it would do", instead=True)
_RECURSIVE = "everything under a prefix or folder"
_SSH = ("ssh", "scp")

COMMANDS: Mapping[tuple[str, ...], CustomCommand] = {
    ("cloudformation", "deploy"): CustomCommand(
        DESTRUCTIVE, "executes a change set that may replace or remove resources, which cannot be told beforehand",
        reads=("--template-file", "--parameter-overrides"),
        calls=("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "s3:PutObject"),
        effects=(Effect("--no-execute-changeset", MODIFY, "only creates a change set", instead=True),),
        unbounded="everything in the stack",
    ),
    ("cloudformation", "package"): CustomCommand(
        MODIFY, "uploads what the template names", (LOCAL_READ,), reads=("--template-file",),
        writes=("--output-template-file",), calls=("s3:PutObject", "s3:HeadObject"),
        effects=(Effect("--output-template-file", MODIFY, "writes a file on this machine", (LOCAL_WRITE,)),),
    ),
    ("cloudfront", "sign"): CustomCommand(
        MODIFY, "mints a URL that lets its holder in", (SECRET, EXPOSURE, LOCAL_READ), reads=("--private-key",)
    ),
    ("cloudtrail", "create-subscription"): CustomCommand(
        MODIFY, "creates a trail with bucket and topic, and starts it", (PRIVILEGE,),
        calls=("cloudtrail:CreateTrail", "cloudtrail:StartLogging", "s3:CreateBucket", "s3:PutBucketPolicy",
               "sns:CreateTopic", "sns:SetTopicAttributes"),
    ),
    ("cloudtrail", "update-subscription"): CustomCommand(
        MODIFY, "changes a trail with bucket and topic", (PRIVILEGE,),
        calls=("cloudtrail:UpdateTrail", "cloudtrail:StartLogging", "s3:CreateBucket", "s3:PutBucketPolicy",
               "sns:CreateTopic", "sns:SetTopicAttributes"),
    ),
    ("cloudtrail", "validate-logs"): CustomCommand(
        READ_ONLY, "only reads and checks log files",
        calls=("cloudtrail:DescribeTrails", "cloudtrail:ListPublicKeys", "s3:GetObject", "s3:ListObjects"),
    ),
    ("codeartifact", "login"): CustomCommand(
        MODIFY, "puts a token into the configuration of a package manager", (SECRET, LOCAL_WRITE),
        writes=("the package manager's configuration",), children=("npm", "pip", "twine", "nuget", "dotnet", "swift"),
        calls=("codeartifact:GetAuthorizationToken", "codeartifact:GetRepositoryEndpoint"),
        effects=(Effect("--dry-run", MODIFY, "only prints the commands, with a token that it mints", instead=True),),
    ),
    ("codecommit", "credential-helper", "erase"): CustomCommand(MODIFY, "is called by git", (INTERACTIVE,)),
    ("codecommit", "credential-helper", "get"): CustomCommand(
        MODIFY, "mints a password for git and waits for its questions", (SECRET, INTERACTIVE)
    ),
    ("codecommit", "credential-helper", "store"): CustomCommand(MODIFY, "is called by git", (INTERACTIVE,)),
    ("configservice", "get-status"): CustomCommand(
        READ_ONLY, "only reads",
        calls=("config:DescribeConfigurationRecorderStatus", "config:DescribeDeliveryChannelStatus"),
    ),
    ("configservice", "subscribe"): CustomCommand(
        MODIFY, "creates bucket and topic where they are missing, and starts recording", (PRIVILEGE,),
        calls=("s3:CreateBucket", "sns:CreateTopic", "config:PutConfigurationRecorder", "config:PutDeliveryChannel",
               "config:StartConfigurationRecorder"),
    ),
    ("configure", "add-model"): CustomCommand(
        MODIFY, "changes what `aws` believes of a service", (LOCAL_READ, LOCAL_WRITE), reads=("--service-model",),
        writes=("~/.aws/models",),
    ),
    ("configure", "get"): CustomCommand(
        READ_ONLY, "prints a setting of this machine, which may be a secret", (SECRET, LOCAL_READ),
        reads=("~/.aws",),
    ),
    ("configure", "list"): CustomCommand(
        READ_ONLY, "prints settings of this machine", (LOCAL_READ,), reads=("~/.aws",)
    ),
    ("configure", "set"): CustomCommand(
        MODIFY, "changes the AWS configuration of this machine", (LOCAL_WRITE,), writes=("~/.aws",)
    ),
    ("datapipeline", "create-default-roles"): CustomCommand(
        MODIFY, "creates roles with policies", (PRIVILEGE,),
        calls=("iam:CreateRole", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"),
    ),
    ("datapipeline", "list-runs"): CustomCommand(
        READ_ONLY, "only reads", calls=("datapipeline:QueryObjects", "datapipeline:DescribeObjects")
    ),
    ("deploy", "deregister"): CustomCommand(
        DESTRUCTIVE, "takes an on-premises instance out, and deletes its IAM user", (PRIVILEGE,),
        calls=("codedeploy:DeregisterOnPremisesInstance", "iam:DeleteAccessKey", "iam:DeleteUserPolicy",
               "iam:DeleteUser"),
    ),
    ("deploy", "install"): CustomCommand(
        MODIFY, "installs an agent on this machine", (EXEC, LOCAL_READ, LOCAL_WRITE), reads=("--config-file",),
        writes=("/etc/codedeploy-agent", "system packages"), children=("sudo", "apt-get", "yum", "powershell.exe"),
        calls=("s3:GetObject",),
    ),
    ("deploy", "push"): CustomCommand(
        MODIFY, "uploads a folder and registers it as a revision", (LOCAL_READ,), reads=("--source",),
        calls=("s3:PutObject", "s3:*MultipartUpload", "codedeploy:RegisterApplicationRevision"),
    ),
    ("deploy", "register"): CustomCommand(
        MODIFY, "creates an IAM user with a key, and writes the key into a file", (PRIVILEGE, SECRET, LOCAL_WRITE),
        writes=("codedeploy.onpremises.yml",),
        calls=("iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy", "codedeploy:RegisterOnPremisesInstance"),
    ),
    ("deploy", "uninstall"): CustomCommand(
        DESTRUCTIVE, "removes an agent from this machine", (EXEC, LOCAL_WRITE), writes=("/etc/codedeploy-agent",),
        children=("sudo", "apt-get", "yum", "powershell.exe"),
    ),
    ("dlm", "create-default-role"): CustomCommand(
        MODIFY, "creates a role with a policy", (PRIVILEGE,), calls=("iam:CreateRole", "iam:AttachRolePolicy")
    ),
    ("ecr", "get-login"): CustomCommand(
        MODIFY, "mints a password, and prints a command with it", (SECRET,), calls=("ecr:GetAuthorizationToken",)
    ),
    ("ecr", "get-login-password"): CustomCommand(
        MODIFY, "mints a password and prints it", (SECRET,), calls=("ecr:GetAuthorizationToken",)
    ),
    ("ecr-public", "get-login-password"): CustomCommand(
        MODIFY, "mints a password and prints it", (SECRET,), calls=("ecr-public:GetAuthorizationToken",)
    ),
    ("ecs", "deploy"): CustomCommand(
        MODIFY, "deploys a new task definition and moves traffic to it", (EXEC, AVAILABILITY),
        reads=("--task-definition", "--codedeploy-appspec"),
        calls=("ecs:RegisterTaskDefinition", "codedeploy:CreateDeployment", "ecs:DescribeServices"),
    ),
    ("eks", "get-token"): CustomCommand(
        MODIFY, "mints a token for a cluster and prints it", (SECRET,),
        effects=(Effect("--role-arn", MODIFY, "takes on a role first", (PRIVILEGE,)),),
    ),
    ("eks", "update-kubeconfig"): CustomCommand(
        MODIFY, "changes the configuration of kubectl on this machine", (LOCAL_WRITE,), reads=("--kubeconfig",),
        writes=("--kubeconfig", "~/.kube/config"), calls=("eks:DescribeCluster",),
        effects=(Effect("--dry-run", READ_ONLY, "only prints what it would write", instead=True),),
    ),
    ("emr", "add-instance-groups"): CustomCommand(
        MODIFY, "adds instances to a cluster", (COST,), calls=("emr:AddInstanceGroups",)
    ),
    ("emr", "add-steps"): CustomCommand(
        MODIFY, "runs steps on a cluster", (EXEC,), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "create-cluster"): CustomCommand(
        MODIFY, "creates a cluster", (COST,), calls=("emr:RunJobFlow",),
        effects=(
            Effect("--steps", None, "runs its steps", (EXEC,)),
            Effect("--bootstrap-actions", None, "runs its bootstrap actions", (EXEC,)),
        ),
    ),
    ("emr", "create-default-roles"): CustomCommand(
        MODIFY, "creates roles with policies, and writes their names into the configuration",
        (PRIVILEGE, LOCAL_WRITE), writes=("~/.aws/config",),
        calls=("iam:CreateRole", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"),
    ),
    ("emr", "create-hbase-backup"): CustomCommand(
        MODIFY, "runs a backup step on a cluster", (EXEC,), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "describe-cluster"): CustomCommand(
        READ_ONLY, "only reads",
        calls=("emr:DescribeCluster", "emr:ListInstanceGroups", "emr:ListInstanceFleets", "emr:ListBootstrapActions"),
    ),
    ("emr", "disable-hbase-backups"): CustomCommand(
        DESTRUCTIVE, "switches backups off", (EXEC,), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "get"): CustomCommand(
        MODIFY, "copies a file from a cluster onto this machine", (LOCAL_WRITE, LOCAL_READ, INTERACTIVE),
        reads=("--key-pair-file",), writes=("--dest",), children=_SSH, calls=("emr:DescribeCluster",),
    ),
    ("emr", "install-applications"): CustomCommand(
        MODIFY, "runs installers on a cluster", (EXEC,), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "modify-cluster-attributes"): CustomCommand(
        MODIFY, "changes how a cluster is protected and seen",
        calls=("emr:SetTerminationProtection", "emr:SetVisibleToAllUsers", "emr:SetKeepJobFlowAliveWhenNoSteps",
               "emr:SetUnhealthyNodeReplacement"),
        effects=(
            Effect("--no-termination-protected", DESTRUCTIVE, "the cluster may be ended"),
            Effect("--auto-terminate", DESTRUCTIVE, "the cluster ends after its steps", (AVAILABILITY,)),
            Effect("--no-visible-to-all-users", DESTRUCTIVE, "takes access away"),
            Effect("--no-unhealthy-node-replacement", DESTRUCTIVE, "switches something off"),
        ),
    ),
    ("emr", "put"): CustomCommand(
        MODIFY, "copies a file from this machine to a cluster", (LOCAL_READ, INTERACTIVE),
        reads=("--key-pair-file", "--src"), children=_SSH, calls=("emr:DescribeCluster",),
    ),
    ("emr", "restore-from-hbase-backup"): CustomCommand(
        DESTRUCTIVE, "overwrites the tables of a cluster", (EXEC, IRREVERSIBLE), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "schedule-hbase-backup"): CustomCommand(
        MODIFY, "plans backups", (EXEC,), calls=("emr:AddJobFlowSteps",)
    ),
    ("emr", "socks"): CustomCommand(
        MODIFY, "opens a tunnel to a cluster", (INTERACTIVE, LOCAL_READ), reads=("--key-pair-file",), children=_SSH,
        calls=("emr:DescribeCluster",),
    ),
    ("emr", "ssh"): CustomCommand(
        MODIFY, "opens a shell on a cluster, or runs a command there", (EXEC, INTERACTIVE, LOCAL_READ),
        reads=("--key-pair-file",), children=_SSH, calls=("emr:DescribeCluster",),
    ),
    ("emr", "terminate-clusters"): CustomCommand(
        DESTRUCTIVE, "ends clusters", (AVAILABILITY, IRREVERSIBLE), calls=("emr:TerminateJobFlows",)
    ),
    ("emr-containers", "update-role-trust-policy"): CustomCommand(
        MODIFY, "lets a cluster take on a role", (PRIVILEGE,),
        calls=("eks:DescribeCluster", "iam:GetRole", "iam:UpdateAssumeRolePolicy"),
        effects=(Effect("--dry-run", READ_ONLY, "only prints the policy", instead=True),),
    ),
    ("gamelift", "get-game-session-log"): CustomCommand(
        MODIFY, "writes a file on this machine", (LOCAL_WRITE,), writes=("--save-as",),
        calls=("gamelift:GetGameSessionLogUrl",),
    ),
    ("gamelift", "upload-build"): CustomCommand(
        MODIFY, "uploads a folder and creates a build", (LOCAL_READ,), reads=("--build-root",),
        calls=("gamelift:CreateBuild", "gamelift:RequestUploadCredentials", "s3:PutObject"),
    ),
    ("history", "list"): CustomCommand(
        READ_ONLY, "prints what `aws` did on this machine", (LOCAL_READ,), reads=("~/.aws/cli/history",)
    ),
    ("history", "show"): CustomCommand(
        READ_ONLY, "prints requests and answers of earlier commands, which may hold secrets", (SECRET, LOCAL_READ),
        reads=("~/.aws/cli/history",), children=("a pager",),
    ),
    ("logs", "start-live-tail"): CustomCommand(
        READ_ONLY, "only reads, until somebody stops it", (INTERACTIVE,), calls=("logs:StartLiveTail",)
    ),
    ("rds", "generate-db-auth-token"): CustomCommand(
        MODIFY, "mints a password, computed here, and prints it", (SECRET,)
    ),
    ("s3", "cp"): CustomCommand(
        MODIFY, "copies, and overwrites what has the same name", reads=("paths",), writes=("paths",), calls=_TRANSFER,
        effects=(_DRYRUN,),
    ),
    ("s3", "ls"): CustomCommand(READ_ONLY, "only reads", calls=("s3:ListBuckets", "s3:ListObjectsV2")),
    ("s3", "mb"): CustomCommand(MODIFY, "creates a bucket", calls=("s3:CreateBucket",)),
    ("s3", "mv"): CustomCommand(
        DESTRUCTIVE, "deletes the source once it is copied", reads=("paths",), writes=("paths",),
        calls=(*_TRANSFER, "s3:DeleteObject"), effects=(_DRYRUN,),
    ),
    ("s3", "presign"): CustomCommand(
        MODIFY, "mints a URL that lets its holder read an object", (SECRET, EXPOSURE)
    ),
    ("s3", "rb"): CustomCommand(
        DESTRUCTIVE, "deletes a bucket", calls=("s3:DeleteBucket", "s3:ListObjectsV2", "s3:DeleteObject"),
        effects=(Effect("--force", DESTRUCTIVE, "deletes every object in it first", (IRREVERSIBLE,)),),
    ),
    ("s3", "rm"): CustomCommand(
        DESTRUCTIVE, "deletes objects", (IRREVERSIBLE,), calls=("s3:ListObjectsV2", "s3:DeleteObject"),
        effects=(_DRYRUN,),
    ),
    ("s3", "sync"): CustomCommand(
        MODIFY, "copies what differs, and overwrites it", reads=("paths",), writes=("paths",),
        calls=(*_TRANSFER, "s3:DeleteObject"), unbounded=_RECURSIVE,
        effects=(
            _DRYRUN, Effect("--delete", DESTRUCTIVE, "deletes what the source does not have", (IRREVERSIBLE,)),
        ),
    ),
    ("s3", "website"): CustomCommand(
        MODIFY, "lets a bucket serve a website", (EXPOSURE,), calls=("s3:PutBucketWebsite",)
    ),
    ("servicecatalog", "generate", "product"): CustomCommand(
        MODIFY, "uploads a template and creates a product", (LOCAL_READ,), reads=("--file-path",),
        calls=("s3:PutObject", "servicecatalog:CreateProduct"),
    ),
    ("servicecatalog", "generate", "provisioning-artifact"): CustomCommand(
        MODIFY, "uploads a template and creates a version of a product", (LOCAL_READ,), reads=("--file-path",),
        calls=("s3:PutObject", "servicecatalog:CreateProvisioningArtifact"),
    ),
}  # fmt: skip
"""By the words after `aws`. What awscli 1.46.3 has without an operation behind it, all of it."""

OUTFILES = ("--outfile", "--certificate-pem-outfile", "--public-key-outfile", "--private-key-outfile")
"""Options of awscli's own on commands with an operation that name files to write."""

_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")


def found_in_command(subject: Subject) -> Iterator[Finding]:
    """What a command without an operation does; one that is not known may do anything."""
    shown = f"`{subject.name}`"
    command = COMMANDS.get(subject.cli_path)
    if command is None:
        reason = f"{shown} is a command whose effect is not known"
        yield Finding(reason, DESTRUCTIVE, (RiskFlag.UNKNOWN,))
        return
    given = [effect for effect in command.effects if effect.option in subject.options]
    ending = next((one for one in given if one.instead), None)
    if ending is not None:
        yield Finding(f"{shown} with `{ending.option}` {ending.why}", ending.level, ending.flags)
        if RiskFlag.SECRET in command.flags:
            yield Finding("its answer holds secrets", flags=(RiskFlag.SECRET,))
        return
    yield from _at_s3_paths(subject, command, shown)
    for effect in given:
        yield Finding(f"{shown} with `{effect.option}` {effect.why}", effect.level, effect.flags)


def _at_s3_paths(subject: Subject, command: CustomCommand, shown: str) -> Iterator[Finding]:
    """The command itself; of transfers also on which side this machine stands."""
    if subject.cli_path[:1] != ("s3",) or "paths" not in command.reads:
        yield Finding(f"{shown} {command.why}", command.level, command.flags)
        return
    source, target = (*subject.words, "", "")[:2]
    if subject.cli_path == ("s3", "cp") and target == "-":
        yield Finding(f"{shown} to `-` only prints an object", RiskLevel.READ_ONLY)
        return
    yield Finding(f"{shown} {command.why}", command.level, command.flags)
    if not source.startswith("s3://") and source != "-":
        yield Finding("it reads files of this machine", flags=(LOCAL_READ,))
    if not target.startswith("s3://"):
        yield Finding("it writes, or overwrites, files on this machine", flags=(LOCAL_WRITE,))
    acl = subject.given.get("--acl")
    if isinstance(acl, tuple) and acl[:1] and acl[0] in _PUBLIC_ACLS:
        yield Finding("`--acl`: everybody may read it", flags=(EXPOSURE,))
    grants = subject.given.get("--grants")
    if isinstance(grants, tuple) and any("global/AllUsers" in grant for grant in grants):
        yield Finding("`--grants`: everybody gets access", flags=(EXPOSURE,))
