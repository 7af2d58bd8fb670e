"""What parameters say beyond the operation: take-aways, exposure, secrets, rights, and what will run later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk.documents import open_to_everyone
from cloudops_tui.policy.risk.members import (
    at,
    has,
    is_false,
    is_given,
    is_true,
    is_zero,
    members,
    number,
    plain,
    texts,
)
from cloudops_tui.policy.risk.rules import rules_for
from cloudops_tui.policy.risk.sql import Statement, statements
from cloudops_tui.policy.risk.subject import Finding, Subject
from cloudops_tui.policy.risk.verbs import taking_verb, words_of

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

_CHANGES = frozenset(
    {"Update", "Modify", "Put", "Set", "Change", "Configure", "Edit", "Manage", "Apply", "Toggle", "Override"}
)
_OFF = frozenset(
    {"disabled", "disable", "inactive", "suspended", "suspend", "paused", "pause", "stopped", "stop", "revoked",
     "cancel", "cancelled", "canceled", "draining", "deleted", "deleting", "expired", "off"}
)  # fmt: skip
_TAKING_WORDS = frozenset(
    {"delete", "remove", "cancel", "revoke", "reject", "detach", "terminate", "deregister", "disable", "stop"}
)
_ACTION = frozenset(
    {"action", "op", "operation", "operationtype", "updatemode", "objectattributeactiontype", "changeaction",
     "actiontype", "attributeaction"}
)  # fmt: skip
_SWITCH = re.compile(r"(?:[Ii]s)?[Ee]nabled?|\w+Enabled|[Ee]nable[A-Z]\w*|(?:[Ii]s)?[Aa]ctive|[Aa]utoEnable")
_PROTECTION = re.compile(r"\w*[Pp]rotect(?:ion|ed)\w*")
_OFF_SWITCH = re.compile(r"(?:[Ii]s)?[Dd]isabled|[Dd]isable[A-Z]\w*|\w+(?:Suspended|Paused)|[Ss]uspended|[Pp]aused")
_NO_LOSS = frozenset({"SampledRequestsEnabled", "CloudWatchMetricsEnabled", "EnablePropagateAdditionalUserContextData"})
"""Switches of figures and of context: nobody is cut off where they are off."""
_PROTECTS_BY_DISABLING = frozenset(
    {"DisableApiTermination", "DisableApiStop", "DisableRollback", "DisableScaleIn", "DisableEmailNotification",
     "DisableSourceDestCheck"}
)  # fmt: skip
_CONFLICTS = re.compile(r"(?:\w*[Mm]ode|\w*[Cc]onflicts?|\w*[Cc]onflictResolution|\w*[Mm]ergeStrategy)")
"""Members that say what happens to a thing that is already there."""
_STATE = re.compile(r"(?:\w*(?:Status|State)|status|state)")
_TAKE_LIST = re.compile(
    r"\w+To(?:Remove|Delete|Terminate|Disable|Revoke|Disassociate|Detach)|"
    r"(?:[Rr]emove|[Dd]elete|[Rr]evoke|[Dd]isassociate)(?:[A-Z]\w*)?|Deletes|Removals|\w*Deletions"
)
_NOT_TAKEN = re.compile(r"\w*Tag\w*|\w*Labels?|DeleteOnTermination|\w*DeleteMarker\w*|RemoveFromVersionId")
_LATER_LIST = re.compile(r"[Ss]kipFinal\w+|ForceDeleteWithoutRecovery|DeleteAutomatedBackups|AllowDataLoss")
_SECRET = re.compile(
    r"\w*(?:[Pp]assword|[Pp]assphrase|[Ss]ecretString|[Ss]ecretBinary|[Pp]rivateKey|[Aa]uthToken|[Ss]ecretAccessKey|"
    r"[Cc]lientSecret|[Ss]haredSecret|[Oo][Aa]uthToken)"
)
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(?:role|instance-profile)/.+")
_ROLE_MEMBER = re.compile(r"\w*(?:[Rr]ole|[Pp]rofile)\w*")
_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_GENERIC_DEPTH = 3
_LONGEST_IN_A_QUEUE = 1_209_600  # seconds; SQS keeps nothing longer, so that no message goes
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
    if _is_change(subject.operation or ""):
        yield from _taken_away(subject.parameters)
        yield from _attributes_off(subject.parameters)
    yield from _handed_in(subject)
    yield from _run_later(subject)


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
            yield Finding(f"`{rule.path}{_shown(plain(hit))}`: {rule.why}{unread}", rule.level, rule.flags)


def _shown(value: Any) -> str:
    match value:
        case bool():
            return f" = {str(value).lower()}"
        case int():
            return f" = {value}"
        case str(text) if len(text) <= 40 and text.isascii() and text.isprintable():
            return f" = {text}"
        case _:
            return ""


def _by_several(subject: Subject) -> Iterator[Finding]:
    """Where one member does not say it alone, or its absence does."""
    match subject.key:
        case ("ec2", "ModifyInstanceAttribute") if subject.parameters.get("Attribute") in (
            "disableApiTermination",
            "disableApiStop",
        ) and is_false(subject.parameters.get("Value")):
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
        case ("sqs", "SetQueueAttributes"):
            yield from _shorter_queue(at(subject.parameters, "Attributes.MessageRetentionPeriod"))
        case ("elasticbeanstalk", "UpdateEnvironment" | "UpdateConfigurationTemplate"):
            yield from _environment_off(at(subject.parameters, "OptionSettings"))
        case ("cloudcontrol", "UpdateResource"):
            yield from _patched(subject.parameters.get("PatchDocument"))
        case _:
            pass


def _shorter_queue(periods: list[Any]) -> Iterator[Finding]:
    for period in periods:
        seconds = number(period)
        if seconds is None or seconds < _LONGEST_IN_A_QUEUE:
            unread = " (so it is assumed, since the value could not be read)" if seconds is None else ""
            yield Finding(f"messages older than `MessageRetentionPeriod` are deleted{unread}", DESTRUCTIVE)


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
                if reason := _switched_off(name, value, 1):
                    yield Finding(reason, DESTRUCTIVE)
                elif is_zero(value) and _SCALE.fullmatch(name):
                    yield Finding(f"`{name} = 0`: it scales to nothing, or keeps no backups", DESTRUCTIVE)
            case _:
                pass


def _by_statements(said: list[Statement]) -> Iterator[Finding]:
    for one in said:
        if one.takes:
            yield Finding(f"its statement {one.takes}", DESTRUCTIVE)
        if one.calls:
            yield Finding("its statement runs code of the database", flags=(RiskFlag.EXEC,))
        if one.grants:
            yield Finding("its statement grants rights", flags=(RiskFlag.PRIVILEGE,))


# --- by name ---------------------------------------------------------------------------------------------------------


def _is_change(operation: str) -> bool:
    words = [word for word in words_of(operation)[:2] if word not in ("Batch", "Admin")]
    return words[:1] != [] and words[0] in _CHANGES


def _taken_away(parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """Members whose names and values say that something is switched off or removed, in any operation that changes."""
    for depth, name, held in members(parameters):
        value = plain(held)
        if isinstance(value, str) and name.lower() in _ACTION and value.lower() in _TAKING_WORDS:
            yield Finding(f"`{name} = {value}` takes something away", DESTRUCTIVE)
        elif depth <= _GENERIC_DEPTH and (reason := _switched_off(name, value, depth)):
            yield Finding(reason, DESTRUCTIVE)


def _switched_off(name: str, value: Any, depth: int) -> str:
    shown = f"`{name}{_shown(value)}`"
    if is_false(value) and depth < _GENERIC_DEPTH:
        if _PROTECTION.fullmatch(name):
            return f"{shown} takes protection away"
        if _SWITCH.fullmatch(name) and name not in _NO_LOSS:
            return f"{shown} switches something off"
    if is_true(value) and depth < _GENERIC_DEPTH:
        if _OFF_SWITCH.fullmatch(name) and name not in _PROTECTS_BY_DISABLING:
            return f"{shown} switches something off"
        if name.lower() in ("force", "forcedelete"):
            return f"{shown} goes on where the service would refuse"
    if isinstance(value, str) and value.lower() in _OFF:
        if _STATE.fullmatch(name):
            return f"{shown} takes something out of use"
        if _PROTECTION.fullmatch(name):
            return f"{shown} takes protection away"
    if _TAKE_LIST.fullmatch(name) and not _NOT_TAKEN.fullmatch(name) and is_given(value):
        return f"`{name}` takes something away"
    return ""


def _attributes_off(parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """`Attributes=[{Key=deletion_protection.enabled,Value=false}]`, as load balancers have it."""
    for value in parameters.values():
        for held in value if isinstance(value, list) else ():
            match held:
                case {"Key": str(key), "Value": switch} if key.endswith("enabled") and is_false(switch):
                    yield Finding(f"`{key} = false` switches something off", DESTRUCTIVE)
                case _:
                    pass


# --- whatever the operation ------------------------------------------------------------------------------------------


def _handed_in(subject: Subject) -> Iterator[Finding]:
    for _, name, value in members(subject.parameters):
        if isinstance(value, str) and value.lower() == "overwrite" and _CONFLICTS.fullmatch(name):
            yield Finding(f"`{name}{_shown(value)}`: what was set otherwise is lost", DESTRUCTIVE)
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
            yield Finding(f"`{name}{_shown(value)}` lets everybody in", flags=(RiskFlag.EXPOSURE,))
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


# --- later, elsewhere ------------------------------------------------------------------------------------------------

_DOCUMENTS = {
    ("ssm", "SendCommand"): "DocumentName", ("ssm", "StartAutomationExecution"): "DocumentName",
    ("ssm", "CreateAssociation"): "Name", ("ssm", "StartChangeRequestExecution"): "Runbooks.DocumentName",
    ("ssm", "RegisterTaskWithMaintenanceWindow"): "TaskArn",
}  # fmt: skip
_SHELL = re.compile(
    r"(?:^|[;&|(\n]|\bsudo)\s*(?:/\S*/)?"
    r"(rm|rmdir|shutdown|reboot|halt|poweroff|mkfs[.\w]*|dd|kill|killall|pkill|userdel|truncate|shred|fdisk|"
    r"systemctl\s+(?:stop|restart|disable|kill|mask)|service\s+\S+\s+(?:stop|restart)|"
    r"Remove-\w+|Stop-\w+|Restart-\w+|Clear-\w+|Uninstall-\w+|del|format)\b",
    re.IGNORECASE,
)
_UNIVERSAL_TARGET = re.compile(r"arn:aws[\w-]*:scheduler:::aws-sdk:(\w+):(\w+)")
_STATE_TASK = re.compile(r"arn:aws[\w-]*:states:::(?:aws-sdk:)?(\w+):(\w+)(?:\.\w+)?")
_LONGEST_SCRIPT = 65_536  # characters


def _run_later(subject: Subject) -> Iterator[Finding]:
    """Documents, scripts and scheduled calls that the command starts or plans; what they say can only raise."""
    path = _DOCUMENTS.get(subject.key)
    for document in at(subject.parameters, path) if path else ():
        for part in re.split(r"[^A-Za-z0-9]+", document) if isinstance(document, str) else ():
            taking = taking_verb(part)
            if taking is not None:
                yield Finding(f"the document `{part}` {taking[1]}", DESTRUCTIVE)
    if subject.key == ("ssm", "SendCommand"):
        for text in texts(at(subject.parameters, "Parameters.commands")):
            found = _SHELL.search(text[:_LONGEST_SCRIPT])
            if found:
                yield Finding(f"its script holds `{found[1].split()[0]}`", DESTRUCTIVE)
    if subject.service in ("scheduler", "events"):
        yield from _planned_calls(texts(subject.parameters), _UNIVERSAL_TARGET)
    if subject.service == "stepfunctions":
        yield from _planned_calls(_texts_of_json(subject.parameters.get("definition")), _STATE_TASK)


def _planned_calls(said: Iterable[str], pattern: re.Pattern[str]) -> Iterator[Finding]:
    for text in said:
        called = pattern.fullmatch(text)
        taking = taking_verb(called[2][:1].upper() + called[2][1:]) if called else None
        if called and taking is not None:
            yield Finding(f"it plans a call of {called[1]}:{called[2]}, which {taking[1]}", DESTRUCTIVE)


def _texts_of_json(written: Any) -> Iterator[str]:
    try:
        yield from texts(json.loads(written) if isinstance(written, str) else None)
    except (ValueError, RecursionError):
        return  # Step Functions refuses it as well
