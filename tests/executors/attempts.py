"""Attempts to hand to an executor, and what they told their sink."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cloudops_tui.engine.ports import Attempt
from cloudops_tui.model.command import Cli, CliCommand, Command, SdkCommand
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.risk import RiskLevel

TOKEN = "11111111-2222-3333-4444-555555555555"


@dataclass
class Told:
    """A sink that remembers."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, stream: str, lines: Sequence[str]) -> None:
        self.lines += [(stream, line) for line in lines]

    def of(self, stream: str) -> list[str]:
        return [line for where, line in self.lines if where == stream]


def cli_command(*words: str, profile: str = "default", region: str = "us-east-1") -> Command:
    return _command({"Cli": CliCommand(command="aws", args=words)}, profile, region)


def sdk_command(
    service: str, operation: str, parameters: Any = None, *, profile: str = "default", region: str = "us-east-1"
) -> Command:
    sdk = SdkCommand(service=service, operation=operation, parameters=parameters or {})
    return _command({"Sdk": sdk}, profile, region)


def attempt_at(
    command: Command,
    folder: Path,
    *,
    sink: Told | None = None,
    timeout: float = 60,
    token: str = TOKEN,
    note: str = "",
    grace: float = 3,
    files: Mapping[str, Path] | None = None,
    secret_files: Collection[str] = (),
) -> Attempt:
    """The first attempt; of a CLI command its words stand as the canonical argv."""
    argv = ("aws", *command.command_type.value.args) if isinstance(command.command_type, Cli) else None
    return Attempt(
        execution_id=UUID(int=1),
        command=command,
        argv=argv,
        number=1,
        timeout=Duration.from_secs(timeout),
        client_token=token,
        folder=folder / "attempts" / "1",
        sink=sink or Told(),
        cancel=asyncio.Event(),
        grace=Duration.from_secs(grace),
        agent_note=note,
        files=files or {},
        secret_files=frozenset(secret_files),
    )


def write_aws_files(home: Path, config: str = "", credentials: Mapping[str, str] | None = None) -> None:
    """`~/.aws/config`, and a credentials file with one access key per profile."""
    folder = home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(config)
    sections = (
        f"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{profile}\n"
        for profile, key in (credentials or {}).items()
    )
    (folder / "credentials").write_text("\n".join(sections))


def _command(kind: Mapping[str, CliCommand | SdkCommand], profile: str, region: str) -> Command:
    """By its wire form, which needs no constructor of a variant."""
    return Command.model_validate(
        {
            "id": uuid4(),
            "command_type": {tag: value.model_dump() for tag, value in kind.items()},
            "description": "A command of a test",
            "risk_level": RiskLevel.READ_ONLY,
            "profile": profile,
            "region": region,
        }
    )
