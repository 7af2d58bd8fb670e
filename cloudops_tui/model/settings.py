"""The configuration file: everything that an operator or a team can set."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from cloudops_tui.model.config import ApprovalConfig, CliExecutorConfig, ExecutionConfig
from cloudops_tui.model.wire import Wire


class ApprovalSettings(ApprovalConfig):
    """`[approval]`."""

    headless: Literal["none", "modify", "all"] = "modify"


class AccountSettings(Wire):
    """`[accounts."123456789012"]`."""

    name: str | None = None
    """The short name that people type and see."""
    protected: StrictBool = False
    """Every writing plan asks for the account's name."""


class SafetySettings(Wire):
    """`[safety]`."""

    allow_unresolved_writes: StrictBool = False
    """Writing plans may run although the account behind their profile is not known."""
    read_only: StrictBool = False
    """Nothing can be approved or run from here."""


class UiSettings(Wire):
    """`[ui]`."""

    ascii: StrictBool = False
    """Draw with ASCII only, whatever the terminal says it can do."""
    arm_ms: Annotated[int, Field(ge=0, le=10_000)] = 600
    """How long a fresh approval dialog takes no approval."""


class Settings(Wire):
    """The whole file. Durations may be spelled (`"90s"`)."""

    execution: ExecutionConfig = ExecutionConfig()
    approval: ApprovalSettings = ApprovalSettings()
    cli: CliExecutorConfig = CliExecutorConfig()
    accounts: dict[Annotated[str, Field(pattern=r"^\d{12}$")], AccountSettings] = {}
    safety: SafetySettings = SafetySettings()
    ui: UiSettings = UiSettings()
