"""What a command only starts or plans: documents, scripts and scheduled calls. What they say can only raise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.policy.risk.members import at, texts
from cloudops_tui.policy.risk.subject import Finding, Subject
from cloudops_tui.policy.risk.verbs import taking_verb

DESTRUCTIVE = RiskLevel.DESTRUCTIVE

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
_INSTANCE_ACTION = re.compile(
    r"arn:aws[\w-]*:(?:automate:[\w-]*:ec2:|events:[\w-]*:\d*:target/|swf:[\w-]*:\d*:action/actions/AWS_EC2\.InstanceId\.)"
    r"(stop|terminate|reboot)(?:-instance|/1\.0)?",
    re.IGNORECASE,
)
"""What alarms and rules can do to an instance by themselves."""
_LONGEST_SCRIPT = 65_536  # characters


def run_later(subject: Subject) -> Iterator[Finding]:
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
    if subject.service in ("cloudwatch", "events"):
        yield from _planned_on_instances(texts(subject.parameters))
    if subject.service == "stepfunctions":
        yield from _planned_calls(_texts_of_json(subject.parameters.get("definition")), _STATE_TASK)


def _planned_calls(said: Iterable[str], pattern: re.Pattern[str]) -> Iterator[Finding]:
    for text in said:
        called = pattern.fullmatch(text)
        taking = taking_verb(called[2][:1].upper() + called[2][1:]) if called else None
        if called and taking is not None:
            yield Finding(f"it plans a call of {called[1]}:{called[2]}, which {taking[1]}", DESTRUCTIVE)


def _planned_on_instances(said: Iterable[str]) -> Iterator[Finding]:
    for text in said:
        action = _INSTANCE_ACTION.fullmatch(text)
        if action is not None:
            yield Finding(f"it plans to {action[1].lower()} instances", DESTRUCTIVE, (RiskFlag.AVAILABILITY,))


def _texts_of_json(written: Any) -> Iterator[str]:
    try:
        yield from texts(json.loads(written) if isinstance(written, str) else None)
    except (ValueError, RecursionError):
        return  # Step Functions refuses it as well
