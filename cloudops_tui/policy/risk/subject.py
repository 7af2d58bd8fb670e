"""What there is to judge, and one thing found about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudops_tui.model.risk import RiskFlag, RiskLevel


@dataclass(frozen=True)
class Subject:
    """An operation of the SDK, or a command of the CLI with the operation behind it."""

    service: str | None
    operation: str | None
    """CamelCase; None for a custom command of the CLI."""
    http_method: str | None = None
    cli_path: tuple[str, ...] = ()
    """Words after `aws`; empty for the SDK."""
    is_waiter: bool = False
    options: frozenset[str] = frozenset()
    """Options that were given, with dashes."""
    writes_file: bool = False
    """What the command answers goes into a file on this machine that the plan names."""
    read_only: bool | None = None
    """The model's `readonly` trait."""
    access: frozenset[str] | None = None
    """IAM's access levels of every action behind the operation; None: not known."""
    access_gap: str = ""
    """Why `access` is None, in words."""
    dry_run_member: str | None = None
    """The member that makes the service only say what it would do."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """By botocore's member names; of a command line as far as its words could be read (`cli_values.UNREAD`)."""
    words: tuple[str, ...] = ()
    """Words of a command line that stand without an option."""
    given: Mapping[str, tuple[str, ...] | bool] = field(default_factory=dict)
    """Options of a command line with their words, as read."""
    profile: str = "default"
    region: str = ""

    @property
    def name(self) -> str:
        """As in `ec2:RunInstances`, or `aws s3 cp` for a command without an operation."""
        if self.operation is None:
            return " ".join(("aws", *self.cli_path))
        return f"{self.service}:{self.operation}"

    @property
    def key(self) -> tuple[str, str]:
        """Service and operation, for look-ups."""
        return self.service or "", self.operation or ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a level, or for a flag, in words."""

    reason: str
    level: RiskLevel | None = None
    """The level that this alone would give; None says nothing about it."""
    flags: tuple[RiskFlag, ...] = ()
