"""What parameters say beyond the operation: take-aways, exposure, secrets, rights, and what will run later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk.documents import open_to_everyone
from cloudops_tui.policy.risk.later import run_later
from cloudops_tui.policy.risk.members import (
    at,
    has,
    is_given,
    is_true,
    is_zero,
    members,
    plain,
    texts,
)
from cloudops_tui.policy.risk.rules import rules_for
from cloudops_tui.policy.risk.shapes import fitting, found_by_shape, is_change, shown
from cloudops_tui.policy.risk.sql import Statement, statements
from cloudops_tui.policy.risk.subject import Finding, Subject

DESTRUCTIVE = RiskLevel.DESTRUCTIVE

SQL_MEMBERS: Mapping[tuple[str, str], str] = {
    ("athena", "StartQueryExecution"): "QueryString",
    ("cleanrooms", "StartProtectedQuery"): "sqlParameters.queryString",
    ("dynamodb", "BatchExecuteStatement"): "Statements.Statement",
    ("dynamodb", "ExecuteStatement"): "Statement",
    ("dynamodb", "ExecuteTransaction"): "TransactStatements.Statement",
    ("neptune-graph", "ExecuteQuery"): "queryString",
    ("neptunedata", "ExecuteGremlinQuery"): "gremlinQuery",
    ("neptunedata", "ExecuteOpenCypherQuery"): "openCypherQuery",
    ("rds-data", "BatchExecuteStatement"): "sql",
    ("rds-data", "ExecuteSql"): "sqlStatements",
    ("rds-data", "ExecuteStatement"): "sql",
    ("redshift-data", "BatchExecuteStatement"): "Sqls",
    ("redshift-data", "ExecuteStatement"): "Sql",
    ("timestream-query", "Query"): "QueryString",
}
"""Where operations carry statements of a query language."""

_CONFLICTS = re.compile(r"(?:\w*[Mm]ode|\w*[Cc]onflicts?|\w*[Cc]onflictResolution|\w*[Mm]ergeStrategy)")
"""Members that say what happens to a thing that is already there."""
_LATER_LIST = re.compile(r"[Ss]kipFinal\w+|ForceDeleteWithoutRecovery|DeleteAutomatedBackups|AllowDataLoss")
_SECRET = re.compile(
    r"\w*(?:[Pp]assword|[Pp]assphrase|[Ss]ecretString|[Ss]ecretBinary|[Pp]rivateKey|[Aa]uthToken|[Ss]ecretAccessKey|"
    r"[Cc]lientSecret|[Ss]haredSecret|[Oo][Aa]uthToken)"
)
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(?:role|instance-profile)/.+")
_ROLE_MEMBER = re.compile(r"\w*(?:[Rr]ole|[Pp]rofile)\w*")
_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_SCALE = re.compile(r"Desired\w+|Max(?:Size|Capacity)|BackupRetentionPeriod|ReservedConcurrentExecutions")


def statements_in(subject: Subject) -> list[Statement]:
    """The statements of a query language that the command carries; one that is not known takes things away."""
    path = SQL_MEMBERS.get(subject.key)
    if path is None:
        return []
    found: list[Statement] = []
    for value in at(subject.parameters, path):
        found += statements(value) if isinstance(value, str) else [_UNKNOWN_STATEMENT]
    return found


_UNKNOWN_STATEMENT = Statement("", "may do anything, since its text could not be read", calls=True)


def found_in(subject: Subject, said: list[Statement]) -> Iterator[Finding]:
    """Everything that the parameters of a command that may write give reason for."""
    yield from _by_rules(subject)
    yield from _by_several(subject)
    yield from _by_statements(said)
    if is_change(subject.operation or ""):
        measured = {rule.path.rpartition(".")[2] for rule in rules_for(*subject.key)}
        yield from found_by_shape(subject.parameters, measured)
    yield from _handed_in(subject)
    yield from run_later(subject)


def secrets_asked_for(subject: Subject) -> Iterator[Finding]:
    """Reads that answer secrets only when asked to."""
    if subject.service == "ssm" and is_true(subject.parameters.get("WithDecryption")):
        yield Finding("it asks for decrypted values", flags=(RiskFlag.SECRET,))
    if subject.service == "apigateway" and any(is_true(value) for value in at(subject.parameters, "includeValues")):
        yield Finding("it asks for the keys themselves", flags=(RiskFlag.SECRET,))


# --- by table --------------------------------------------------------------------------------------------------------


def _by_rules(subject: Subject) -> Iterator[Finding]:
    for rule in rules_for(*subject.key):
        if rule.beside and not any(has(subject.parameters, name) for name in rule.beside):
            continue
        values = at(subject.parameters, rule.path)
        hit = next((value for value in values if (rule.assumed if value is UNREAD else rule.when(plain(value)))), None)
        if hit is not None:
            unread = " (so it is assumed, since the value could not be read)" if hit is UNREAD else ""
            yield Finding(f"`{rule.path}{shown(plain(hit))}`: {rule.why}{unread}", rule.level, rule.flags)


def _by_several(subject: Subject) -> Iterator[Finding]:
    """Where one member does not say it alone, or its absence does."""
    match subject.key:
        case ("ec2", "ModifyInstanceAttribute") if subject.parameters.get("Attribute") in (
            "disableApiTermination",
            "disableApiStop",
        ) and not is_true(subject.parameters.get("Value")):
            yield Finding("the instance may be ended or stopped", DESTRUCTIVE)
        case ("ec2", "CreateImage") if not is_true(subject.parameters.get("NoReboot")):
            reason = "an image is made by rebooting the instance, unless `NoReboot` is set"
            yield Finding(reason, DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
        case ("ses", "SetActiveReceiptRuleSet") if not is_given(subject.parameters.get("RuleSetName")):
            yield Finding("without a name no rule set is active", DESTRUCTIVE)
        case ("rds" | "docdb" | "neptune", "DeleteDBInstance" | "DeleteDBCluster") if not is_given(
            subject.parameters.get("FinalDBSnapshotIdentifier")
        ) and is_true(subject.parameters.get("SkipFinalSnapshot")):
            yield Finding("no last snapshot is kept", DESTRUCTIVE, (RiskFlag.IRREVERSIBLE,))
        case ("ec2", "CancelSpotFleetRequests" | "DeleteFleets") if is_true(
            subject.parameters.get("TerminateInstances")
        ):
            yield Finding("ends the instances as well", DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
        case ("sesv2", "PutAccountSendingAttributes") if not is_true(subject.parameters.get("SendingEnabled")):
            yield Finding("without `SendingEnabled` the account sends no mail", DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
        case ("ses", "UpdateAccountSendingEnabled") if not is_true(subject.parameters.get("Enabled")):
            yield Finding("without `Enabled` the account sends no mail", DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
        case ("elasticbeanstalk", "UpdateEnvironment" | "UpdateConfigurationTemplate"):
            yield from _environment_off(at(subject.parameters, "OptionSettings"))
        case ("cloudcontrol", "UpdateResource"):
            yield from _patched(subject.parameters.get("PatchDocument"))
        case _:
            pass


def _environment_off(settings: list[Any]) -> Iterator[Finding]:
    for setting in settings:
        match setting:
            case {"OptionName": "MaxSize", "Value": value} if value is UNREAD or is_zero(value):
                yield Finding("`MaxSize = 0`: it scales to nothing", DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
            case _ if setting is UNREAD:
                reason = "`OptionSettings` could not be read, so it may scale to nothing"
                yield Finding(reason, DESTRUCTIVE, (RiskFlag.AVAILABILITY,))
            case _:
                pass


def _patched(document: Any) -> Iterator[Finding]:
    """A JSON Patch written as text; one that cannot be read may remove anything."""
    try:
        steps = json.loads(document) if isinstance(document, str) else None
    except (ValueError, RecursionError):
        steps = None
    if not isinstance(steps, list):
        yield Finding("`PatchDocument` could not be read, so it may remove anything", DESTRUCTIVE)
        return
    for step in steps:
        match step:
            case {"op": "remove" | "move"}:
                yield Finding("`PatchDocument` removes a property", DESTRUCTIVE)
            case {"op": "replace" | "add", "path": str(path), "value": value}:
                name = path.rpartition("/")[2]
                if (shape := fitting(name, value, 1)) is not None and shape.level is DESTRUCTIVE:
                    yield Finding(f"`{name}{shown(value)}` {shape.why}", DESTRUCTIVE, shape.flags)
                elif is_zero(value) and _SCALE.fullmatch(name):
                    yield Finding(f"`{name} = 0`: it scales to nothing, or keeps no backups", DESTRUCTIVE)
            case _:
                pass


def _by_statements(said: list[Statement]) -> Iterator[Finding]:
    for one in said:
        if one.takes:
            yield Finding(f"its statement {one.takes}", DESTRUCTIVE, (RiskFlag.IRREVERSIBLE,) if one.loses_data else ())
        if one.calls:
            yield Finding("its statement runs code of the database", flags=(RiskFlag.EXEC,))
        if one.grants:
            yield Finding("its statement grants rights", flags=(RiskFlag.PRIVILEGE,))


# --- whatever the operation ------------------------------------------------------------------------------------------


def _handed_in(subject: Subject) -> Iterator[Finding]:
    for _, name, value in members(subject.parameters):
        if isinstance(value, str) and value.lower() == "overwrite" and _CONFLICTS.fullmatch(name):
            yield Finding(f"`{name}{shown(value)}`: what was set otherwise is lost", DESTRUCTIVE)
        elif _LATER_LIST.fullmatch(name) and is_true(value):
            yield Finding(f"`{name} = true`: nothing is kept", flags=(RiskFlag.IRREVERSIBLE,))
        elif _SECRET.fullmatch(name) and (value is UNREAD or (isinstance(value, str) and value)):
            yield Finding(f"`{name}` takes a secret", flags=(RiskFlag.SECRET,))
        elif (
            subject.service not in ("iam", "sts")
            and isinstance(value, str)
            and _ROLE_MEMBER.fullmatch(name)
            and _ROLE_ARN.fullmatch(value)
        ):
            yield Finding(f"`{name}` lets the service act with that role", flags=(RiskFlag.PRIVILEGE,))
        elif name == "IamInstanceProfile" and is_given(value):
            yield Finding(f"`{name}` lets the instance act with that role", flags=(RiskFlag.PRIVILEGE,))
        elif _lets_everybody_in(name, value):
            yield Finding(f"`{name}{shown(value)}` lets everybody in", flags=(RiskFlag.EXPOSURE,))
    if subject.service == "ssm" and subject.parameters.get("Type") == "SecureString":
        yield Finding("`Value` takes a secret", flags=(RiskFlag.SECRET,))
    for text in texts(subject.parameters):
        reason = open_to_everyone(text)
        if reason:
            yield Finding(reason, flags=(RiskFlag.EXPOSURE,))


def _lets_everybody_in(name: str, value: Any) -> bool:
    """Members that mean the same wherever they stand."""
    match name.lower():
        case "publiclyaccessible":
            return is_true(value)
        case "acl":
            return isinstance(value, str) and value in _PUBLIC_ACLS
        case "uri" | "grantread" | "grantwrite" | "grantfullcontrol" | "grantreadacp" | "grantwriteacp":
            return isinstance(value, str) and "global/AllUsers" in value
        case _:
            return False
