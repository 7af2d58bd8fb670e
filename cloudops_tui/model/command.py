"""One command of a plan: an AWS CLI command line, or an operation of the SDK."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler, JsonValue, StrictBool
from pydantic_core import core_schema

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import Newtype, Tagged, Wire, WireEnum, additive, tagged_schema


class CliCommand(Wire):
    """A call of the `aws` program, as received; the canonical argv is derived from it, never the other way."""

    command: str
    """`"aws"`, or words such as `"aws ec2 describe-instances"`: split on white space only, quotes are refused."""
    args: tuple[str, ...] = ()
    """The rest of the argv, one element an argument."""
    supports_dry_run: StrictBool = False
    """A claim of the planner; never trusted."""


class SdkCommand(Wire):
    """An operation of the SDK."""

    service: str
    """botocore's service name, such as `"ec2"`."""
    operation: str
    """botocore's operation name, such as `"DescribeInstances"`."""
    parameters: JsonValue = Field(default_factory=dict)
    """The request as a JSON object."""


class Cli(Newtype[CliCommand]):
    """`{"Cli": {...}}`."""

    def __init__(self, value: CliCommand, /) -> None:
        super().__init__(value)


class Sdk(Newtype[SdkCommand]):
    """`{"Sdk": {...}}`."""

    def __init__(self, value: SdkCommand, /) -> None:
        super().__init__(value)


AnyCommandType: TypeAlias = Annotated[Cli | Sdk, Tagged()]


class CommandType:
    """How a command reaches AWS: `CommandType.Cli(CliCommand(...))` or `CommandType.Sdk(SdkCommand(...))`."""

    Cli = Cli
    Sdk = Sdk

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema((Cli, Sdk), handler)


class OnFailure(WireEnum):
    """What a failed command means for what has not begun."""

    ABORT = "Abort"
    """Nothing more begins; what has not begun becomes Skipped. The default."""
    CONTINUE = "Continue"
    """Unrelated commands go on; what waits for this one becomes Skipped."""
    ROLLBACK = "Rollback"
    """As Abort, and then what completed is undone by the plan's compensations, which its approval covers."""


class Command(Wire):
    """A single executable command of a plan."""

    id: UUID
    command_type: AnyCommandType
    description: str
    risk_level: RiskLevel
    """The planner's claim; the effective level is the worse of it and what we assess."""
    profile: str
    """A named AWS profile, or `"default"`: the standard credential chain."""
    region: str
    timeout: Duration | None = additive("Per attempt; None takes the configuration's `command_timeout`.")
    on_failure: OnFailure | None = additive("None means Abort.")
    allow_failure: StrictBool | None = additive("True: this command's failure does not fail the execution.")
