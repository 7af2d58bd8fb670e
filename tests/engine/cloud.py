"""A small cloud in this process: Auto Scaling groups and security groups, as far as two operations of each go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending
from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.config import ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.before.reading import Answer, Read

NOTHING = Duration.from_secs(0)


class Cloud:
    """An executor that is its own AWS. What it was sent is in `sent`; `refuses` names what it says no to."""

    def __init__(self) -> None:
        self.groups = {"web": 2, "jobs": 3}
        self.sent: list[tuple[str, str]] = []
        self.reads = 0
        self.too_fast = 0
        """So many reads more are turned away because there were too many."""
        self.refuses: set[tuple[str, str]] = set()
        self.expired: set[str] = set()
        """Names whose requests are turned away for want of valid credentials."""
        self.answers = asyncio.Event()
        """Cleared: a read is never answered."""
        self.answers.set()
        self.made = 0

    async def execute(self, command: Command) -> CommandOutput:
        raise NotImplementedError

    async def dry_run(self, command: Command) -> DryRunOutput:
        raise NotImplementedError

    def supports(self, command: Command) -> bool:
        return isinstance(command.command_type, Sdk)

    def executor_type(self) -> ExecutorType:
        return ExecutorType.SDK

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        self.reads += 1
        await self.answers.wait()
        if self.too_fast:
            self.too_fast -= 1
            return [Answer(unread="Rate exceeded", code="Throttling") for _ in reads]
        return [self._answer(read) for read in reads]

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        call = attempt.command.command_type
        assert isinstance(call, Sdk)
        operation, asked = call.value.operation, call.value.parameters
        assert isinstance(asked, dict)
        name = str(asked.get("AutoScalingGroupName") or asked.get("GroupName") or asked.get("GroupId"))
        self.sent.append((operation, name))
        if name in self.expired:
            return AttemptOutcome(Ending.FAILED, NOTHING, "expired", not_executed=True, renew="renew them")
        if (operation, name) in self.refuses:
            return AttemptOutcome(Ending.FAILED, NOTHING, "Said no", not_executed=True)
        return AttemptOutcome(Ending.COMPLETED, NOTHING, output=json.dumps(self._done(operation, name, asked)))

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        return None

    def alive(self, folder: Path) -> bool:
        return False

    def _done(self, operation: str, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "SetDesiredCapacity":
                self.groups[name] = asked["DesiredCapacity"]
                return {}
            case "CreateSecurityGroup":
                self.made += 1
                return {"GroupId": f"sg-{self.made}"}
            case _:
                return {}

    def _answer(self, read: Read) -> Answer:
        [name] = read.parameters["AutoScalingGroupNames"]
        group = {"AutoScalingGroupName": name, "DesiredCapacity": self.groups[name]}
        return Answer({"AutoScalingGroups": [group]})


def scale(name: str, to: int, **more: Any) -> Command:
    return _sdk("autoscaling", "SetDesiredCapacity", {"AutoScalingGroupName": name, "DesiredCapacity": to}, **more)


def make_group(name: str) -> Command:
    return _sdk("ec2", "CreateSecurityGroup", {"GroupName": name, "Description": "Of a test"})


def terminate(name: str) -> Command:
    return _sdk("ec2", "TerminateInstances", {"InstanceIds": [name]})


def _sdk(service: str, operation: str, parameters: dict[str, Any], **more: Any) -> Command:
    return Command(
        id=uuid4(),
        command_type=Sdk(SdkCommand(service=service, operation=operation, parameters=parameters)),
        description=f"{operation} {next(iter(parameters.values()))}",
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="us-east-1",
        **more,
    )
