"""What can be set, and what it is when nobody sets it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import core_schema

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.wire import Newtype, Tagged, Variant, Wire, WireEnum, additive, tagged_schema

DEFAULT_MAX_PARALLEL = 8
"""Commands at once in one execution, where neither plan nor configuration says otherwise."""

MOST_PARALLEL = 64
"""Commands at once that a plan may ask for where the configuration sets no limit: each is a runner, a child and its
files, and a planner is only partly trusted."""

DEFAULT_CANCEL_GRACE = Duration.from_secs(3)
"""Between SIGTERM and SIGKILL of a cancelled command."""


class ExecutorType(WireEnum):
    """Who runs a command."""

    CLI = "Cli"
    SDK = "Sdk"
    AUTO = "Auto"
    """By the command's own kind."""


class Fixed(Newtype[Duration]):
    """The same wait each time."""

    def __init__(self, value: Duration, /) -> None:
        super().__init__(value)


class Exponential(Variant):
    """`base`, twice that, four times that, ... at most `max`."""

    base: Duration
    max: Duration


class Linear(Variant):
    """`increment`, twice that, three times that, ... at most `max`."""

    increment: Duration
    max: Duration


AnyBackoffStrategy: TypeAlias = Annotated[Fixed | Exponential | Linear, Tagged()]


class BackoffStrategy:
    """How long to wait before the next attempt: `.Fixed(d)`, `.Exponential(base, max)` or `.Linear(increment, max)`."""

    Fixed = Fixed
    Exponential = Exponential
    Linear = Linear

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema((Fixed, Exponential, Linear), handler)


class RetryConfig(Wire):
    """When a failed attempt is tried again."""

    max_attempts: Annotated[int, Field(ge=1, le=2**32 - 1)] = 3
    """The first attempt counts."""
    backoff: AnyBackoffStrategy = Exponential(base=Duration.from_secs(1), max=Duration.from_secs(30))
    retryable_errors: tuple[str, ...] = ("ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable")
    """AWS error codes."""


class ExecutionConfig(Wire):
    """How the engine runs plans."""

    default_executor: ExecutorType = ExecutorType.AUTO
    retry_config: RetryConfig = RetryConfig()
    command_timeout: Duration = Duration.from_secs(300)
    """Per attempt, unless the command has its own."""
    stream_output: bool = True
    """False: no output events; the files are kept all the same."""
    store_history: bool = True
    """False: journalled while it runs, pruned when it ends."""
    max_parallel: Annotated[int, Field(ge=1)] | None = additive("Commands at once per execution; None means 8.")
    cancel_grace: Duration | None = additive("Between SIGTERM and SIGKILL of a cancelled command; None means 3 s.")
    hold_for: Duration | None = additive(
        "How long an execution with expired credentials waits for new ones; None: 15 min without a screen, else a week."
    )


class ApprovalConfig(Wire):
    """What needs a decision. Levels not named here, such as read-only ones, are decided by `auto_approve_readonly`."""

    auto_approve_readonly: bool = False
    require_approval_modify: bool = True
    require_approval_destructive: bool = True
    dry_run_before_approval: bool = True


class CliExecutorConfig(Wire):
    """How the `aws` program is called."""

    cli_path: Path = Path("aws")
    timeout: Duration = Duration.from_secs(300)
    output_format: str = "json"
    """`json`, `text` or `table`; a plan's own `--output` wins."""


class StorageConfig(Wire):
    """Where things are remembered."""

    state_dir: Path | None = None
    """None: `CLOUDOPS_STATE_DIR`, or `cloudops-tui` under the XDG state folder."""
