"""What a plan may not ask of `aws` by default, each with its reason, and what the configuration opens of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from cloudops_tui.model.catalogue import ParameterPath, ServiceCatalogue, nearest_name
from cloudops_tui.model.risk import RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.policy.cli_grammar import CliProblem, ParsedCli, parse
from cloudops_tui.policy.safe_text import safe_line

Allowed = frozenset[str]
"""Names out of `OPENABLE` that the configuration opens (`[safety] allow`)."""

NOTHING: Allowed = frozenset()
"""The default: everything below is refused."""

FETCHED_VALUES = "fetched-values"
FILES_ELSEWHERE = "files-elsewhere"
UNKNOWN_COMMANDS = "unknown-commands"


@dataclass(frozen=True, slots=True)
class Rule:
    """Why something is refused, and what it adds to a command's risk where it is opened."""

    why: str
    flags: tuple[RiskFlag, ...] = ()
    least: RiskLevel = RiskLevel.MODIFY
    """The level of a command is then at least this."""


_LOGIN = (RiskFlag.SECRET, RiskFlag.LOCAL_WRITE)
_ELSEWHERE = (RiskFlag.NETWORK,)
_SESSION = (RiskFlag.INTERACTIVE, RiskFlag.EXEC)
_PROGRAM = (RiskFlag.EXEC, RiskFlag.LOCAL_WRITE)
_HERE = (RiskFlag.LOCAL_WRITE,)
_TOKEN = (RiskFlag.SECRET,)

REFUSED_OPTIONS: Mapping[str, Rule] = {
    "--endpoint-url": Rule("endpoints come from the AWS configuration only", _ELSEWHERE),
    "--no-verify-ssl": Rule("it would talk to anybody", _ELSEWHERE),
    "--ca-bundle": Rule("it would trust anybody", _ELSEWHERE),
    "--no-sign-request": Rule("it would act as nobody"),
    "--debug": Rule("it prints secrets", _TOKEN),
}
"""Global options of `aws`."""

REFUSED_COMMANDS: Mapping[tuple[str, ...], Rule] = {
    ("cli-dev",): Rule("it is for developers of `aws`", _PROGRAM),
    ("codeartifact", "login"): Rule("it starts other programs and changes this machine's configuration", _PROGRAM),
    ("codecommit", "credential-helper"): Rule("it prints a credential, and waits for `git` to ask", _TOKEN),
    ("configure",): Rule("it changes or prints this machine's AWS configuration", _LOGIN),
    ("deploy", "install"): Rule("it installs software on this machine", _PROGRAM),
    ("deploy", "register"): Rule("it writes the keys of a new user into a file on this machine", _LOGIN),
    ("deploy", "uninstall"): Rule("it removes software from this machine", _PROGRAM, RiskLevel.DESTRUCTIVE),
    ("dsql", "generate-db-connect-admin-auth-token"): Rule("it prints a credential", _TOKEN),
    ("dsql", "generate-db-connect-auth-token"): Rule("it prints a credential", _TOKEN),
    ("ec2-instance-connect", "open-tunnel"): Rule("it is interactive", _SESSION),
    ("ec2-instance-connect", "ssh"): Rule("it is interactive", _SESSION),
    ("ecr", "get-login"): Rule("it prints a credential for `docker login`", _TOKEN),
    ("ecr", "get-login-password"): Rule("it prints a credential for `docker login`", _TOKEN),
    ("ecr-public", "get-login-password"): Rule("it prints a credential for `docker login`", _TOKEN),
    ("ecs", "execute-command"): Rule("it is interactive, and starts another program", _SESSION),
    ("eks", "get-token"): Rule("it prints a credential", _TOKEN),
    ("eks", "update-kubeconfig"): Rule("it changes this machine's configuration", _HERE),
    ("emr", "create-default-roles"): Rule("it changes this machine's AWS configuration", _HERE),
    ("emr", "get"): Rule("it starts another program", _PROGRAM),
    ("emr", "put"): Rule("it starts another program", _PROGRAM),
    ("emr", "socks"): Rule("it is interactive, and starts another program", _SESSION),
    ("emr", "ssh"): Rule("it is interactive, and starts another program", _SESSION),
    ("history",): Rule("it reads this machine's command history", _TOKEN),
    ("lightsail", "push-container-image"): Rule("it starts other programs", _PROGRAM),
    ("login",): Rule("it logs a person in", _LOGIN),
    ("logout",): Rule("it logs a person out", _HERE),
    ("logs", "start-live-tail"): Rule("it shows a live view and does not end by itself", (RiskFlag.INTERACTIVE,)),
    ("opsworks", "register"): Rule("it starts other programs", _PROGRAM),
    ("rds", "generate-db-auth-token"): Rule("it prints a credential", _TOKEN),
    ("ssm", "start-session"): Rule("it is interactive, and starts another program", _SESSION),
    ("sso", "login"): Rule("it logs a person in", _LOGIN),
    ("sso", "logout"): Rule("it logs a person out", _HERE),
    ("update",): Rule("it replaces the program", _PROGRAM),
    ("wizard",): Rule("it is interactive", _SESSION),
}
"""Commands of `aws`, by the words that they begin with; some exist in version 2 only."""

REFUSED_OPTIONS_OF: Mapping[tuple[tuple[str, ...], str], Rule] = {
    (("dlm", "create-default-role"), "--iam-endpoint"): REFUSED_OPTIONS["--endpoint-url"],
    (("emr", "create-default-roles"), "--iam-endpoint"): REFUSED_OPTIONS["--endpoint-url"],
    (("emr-containers", "update-role-trust-policy"), "--iam-endpoint"): REFUSED_OPTIONS["--endpoint-url"],
}
"""Options of single commands that choose with whom they talk."""

TAKEN_COMMANDS = frozenset(
    tuple(line.split(" "))
    for line in (
        "cloudformation deploy", "cloudformation package", "cloudfront sign", "cloudtrail create-subscription",
        "cloudtrail update-subscription", "cloudtrail validate-logs", "configservice get-status",
        "configservice subscribe", "datapipeline create-default-roles", "datapipeline list-runs", "deploy deregister",
        "deploy push", "dlm create-default-role", "ecs deploy", "emr add-instance-groups", "emr add-steps",
        "emr create-cluster", "emr create-hbase-backup", "emr describe-cluster", "emr disable-hbase-backups",
        "emr install-applications", "emr modify-cluster-attributes", "emr restore-from-hbase-backup",
        "emr schedule-hbase-backup", "emr terminate-clusters", "emr-containers update-role-trust-policy",
        "gamelift get-game-session-log", "gamelift upload-build", "s3 cp", "s3 ls", "s3 mb", "s3 mv", "s3 presign",
        "s3 rb", "s3 rm", "s3 sync", "s3 website", "servicecatalog generate product",
        "servicecatalog generate provisioning-artifact",
    )
)  # fmt: skip
"""Commands without an operation of their own that a plan may hold; one that stands neither here nor above is as good
as unknown."""

REFUSED_FILES: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("cloudformation", "package"): ("--template-file", "it uploads whole folders that the template names"),
    ("deploy", "push"): ("--source", "it uploads a whole folder"),
    ("gamelift", "upload-build"): ("--build-root", "it uploads a whole folder"),
}
"""Options of commands that read folders of this machine in a way that cannot be frozen, and why."""

_UNKNOWN = Rule("the table of commands does not have it", (RiskFlag.UNKNOWN,), RiskLevel.DESTRUCTIVE)
_UNDECIDED = Rule("nobody has looked at what it does", (RiskFlag.UNKNOWN,), RiskLevel.DESTRUCTIVE)
_FETCHED = Rule("`aws` would fetch the value, and nobody could approve it", (RiskFlag.NETWORK, RiskFlag.UNKNOWN))

OPENABLE: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *REFUSED_OPTIONS,
            *(option for _, option in REFUSED_OPTIONS_OF),
            *(f"aws {' '.join(words)}" for words in REFUSED_COMMANDS),
            FETCHED_VALUES,
            FILES_ELSEWHERE,
            UNKNOWN_COMMANDS,
        )
    )
)
"""Everything that `[safety] allow` may name."""

_NEVER_OPEN = {
    "--profile": "who acts is what the plan says, and the account behind it is shown and approved",
    "--region": "where a command acts is what the plan says, and it is shown and approved",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a command may not be part of a plan; safe to show."""

    at: str | ParameterPath | None
    """The word of the command line, the place in the parameters, or None for the command as a whole."""
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Opening:
    """One thing in a command that is refused by default and that the configuration lets through."""

    name: str
    """As `[safety] allow` names it."""
    rule: Rule

    @property
    def told(self) -> str:
        """For the reasons of an assessment."""
        return f"opened by the configuration: `{self.name}` ({self.rule.why})"


def read_line(
    words: Sequence[str], catalogue: ServiceCatalogue, allowed: Allowed = NOTHING
) -> ParsedCli | list[CliProblem]:
    """The one reading of the words that follow `aws`, or all that is wrong with them.

    A command that the catalogue does not know has a reading only where the configuration opens it.
    """
    return parse(words, catalogue, beyond=lambda path: UNKNOWN_COMMANDS in allowed or _named(path) in allowed)


def refused(read: ParsedCli, profile: str, region: str, allowed: Allowed = NOTHING) -> Iterator[Refusal]:
    """Why a command line that was read may not run, whatever the values are."""
    for matter in _matters(read):
        if matter.name not in allowed:
            yield Refusal(matter.at, matter.message, f"{matter.remedy}, or allow `{matter.name}` in `[safety]`")
    for words, (name, why) in REFUSED_FILES.items():
        if read.path[: len(words)] == words and name in read.options:
            remedy = "Upload it with `aws s3 cp` or `aws s3 sync`, and name it in S3"
            yield Refusal(name, f"`{name}` is refused: {why}, and what it takes cannot be frozen", remedy)
    for name, said in (("--profile", profile), ("--region", region)):
        given = read.globals.get(name)
        if isinstance(given, tuple) and given[0] != said:
            message = f"`{name} {safe_line(given[0])}` contradicts the command's {name[2:]} `{safe_line(said)}`"
            yield Refusal(name, message, f"Remove `{name}`, or make both the same")


def opened(read: ParsedCli, allowed: Allowed) -> tuple[Opening, ...]:
    """What of a command line only the configuration lets through, each once."""
    found = (Opening(matter.name, matter.rule) for matter in _matters(read) if matter.name in allowed)
    return tuple(dict.fromkeys(found))


def with_openings(assessment: RiskAssessment, openings: Sequence[Opening]) -> RiskAssessment:
    """The assessment of a command, with what the configuration lets through in it."""
    if not openings:
        return assessment
    found = max(assessment.assessed, *(one.rule.least for one in openings))
    flags = chain(assessment.flags, *(one.rule.flags for one in openings))
    return assessment.model_copy(
        update={
            "assessed": found,
            "level": max(found, assessment.level),
            "flags": tuple(dict.fromkeys(flags)),
            "reasons": (*assessment.reasons, *(one.told for one in openings)),
        }
    )


def allowance_problem(name: str) -> str | None:
    """Why `name` cannot stand in `[safety] allow`, with the remedy; None when it can."""
    if name in OPENABLE:
        return None
    if name in _NEVER_OPEN:
        return f"`{name}` cannot be opened: {_NEVER_OPEN[name]}"
    close = nearest_name(name, OPENABLE)
    hint = f"; did you mean `{close}`?" if close else ""
    return f"`{safe_line(name)}` is nothing that is refused by default{hint}"


# ---------------------------------------------------------------- what is in a line


@dataclass(frozen=True, slots=True)
class _Matter:
    """Something in a line that is refused unless its name is allowed."""

    name: str
    at: str | None
    message: str
    remedy: str
    rule: Rule


def _matters(read: ParsedCli) -> Iterator[_Matter]:
    yield from _about_the_command(read)
    for name, rule in REFUSED_OPTIONS.items():
        if name in read.globals:
            yield _about_option(name, rule)
    for (words, name), rule in REFUSED_OPTIONS_OF.items():
        if read.path[: len(words)] == words and name in read.options:
            yield _about_option(name, rule)
    for at in _fetched(read):
        shown = f"`{at}`" if at.startswith("--") else "A word without an option"
        remedy = "Write an address that is the value itself as JSON: in `--cli-input-json`, or `[...]` for a list"
        yield _Matter(FETCHED_VALUES, at, f"{shown}: {_FETCHED.why}", remedy, _FETCHED)


def _about_the_command(read: ParsedCli) -> Iterator[_Matter]:
    spoken = f"aws {' '.join(read.path)}"
    if (name := _named(read.path)) is not None:
        rule = REFUSED_COMMANDS[tuple(name.split(" ")[1:])]
        if read.is_unknown:
            rule = Rule(rule.why, (*rule.flags, *_UNKNOWN.flags), _UNKNOWN.least)
        yield _Matter(name, None, f"`{name}` is refused: {rule.why}", "Leave this command out", rule)
    elif read.is_unknown:
        message = f"`{safe_line(spoken)}` is refused: {_UNKNOWN.why}"
        yield _Matter(UNKNOWN_COMMANDS, None, message, "Leave this command out", _UNKNOWN)
    elif read.shape.operation is None and read.path not in TAKEN_COMMANDS:
        message = f"`{spoken}` is refused: {_UNDECIDED.why}"
        yield _Matter(UNKNOWN_COMMANDS, None, message, "Leave this command out", _UNDECIDED)


def _about_option(name: str, rule: Rule) -> _Matter:
    return _Matter(name, name, f"`{name}` is refused: {rule.why}", f"Remove `{name}`", rule)


def _named(path: Sequence[str]) -> str | None:
    """The entry among the refused commands that `path` falls under, as the configuration names it."""
    for length in range(1, len(path) + 1):
        if tuple(path[:length]) in REFUSED_COMMANDS:
            return f"aws {' '.join(path[:length])}"
    return None


def _fetched(read: ParsedCli) -> Iterator[str]:
    """Options, and words without one, whose value awscli 1 would fetch.

    It looks at single words only, and leaves the parameters alone that `awscli.paramfile.PARAMFILE_DISABLED` lists.
    """
    for name, given in read.options.items():
        alone = isinstance(given, tuple) and len(given) == 1 and _is_address(given[0])
        if alone and not read.shape.options[name].literal:
            yield name
    if read.is_unknown:
        yield from (word for word in read.positionals if _is_address(word) or _is_address(word.partition("=")[2]))
    elif not all(positional.literal for positional in read.shape.positionals):
        alone = len(read.shape.positionals) > 1 or len(read.positionals) == 1
        yield from (word for word in read.positionals if alone and _is_address(word))


def _is_address(value: str) -> bool:
    return value.startswith(("http://", "https://"))
