"""What came of it: results of commands, executions and rehearsals."""

from __future__ import annotations

from uuid import UUID

from pydantic import model_validator

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.reconcile import Reconciliation
from cloudops_tui.model.wire import Timestamp, Wire, WireEnum, additive

UNKNOWN_PREFIX = "Outcome unknown: "


class ExecutionStatus(WireEnum):
    """Where an execution stands."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    ROLLED_BACK = "RolledBack"

    @property
    def ended(self) -> bool:
        """No command of it runs or will begin by itself."""
        return self not in (ExecutionStatus.PENDING, ExecutionStatus.RUNNING)


class CommandStatus(WireEnum):
    """Where a command stands. `UNKNOWN`: begun, end not known; JSON has it as `CommandResult.outcome`."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    ROLLED_BACK = "RolledBack"
    UNKNOWN = "Unknown"

    @property
    def written(self) -> str:
        """What the wire has: the reference has no `Unknown`, and a reader of its enum would refuse one."""
        return "Failed" if self is CommandStatus.UNKNOWN else self.value

    @property
    def ended(self) -> bool:
        """The command has begun and ended, or will never begin."""
        return self not in (CommandStatus.PENDING, CommandStatus.RUNNING)


class Outcome(WireEnum):
    """What `Failed` in the JSON of a command's result hides, where it hides something."""

    UNKNOWN = "Unknown"
    CANCELLED = "Cancelled"


class CommandResult(Wire):
    """What one command did.

    The wire has no `Unknown` status: such a result is written as `Failed`, with an `error` that begins
    `Outcome unknown: ` and `"outcome": "Unknown"`, and read back as `CommandStatus.UNKNOWN`.
    """

    command_id: UUID
    status: CommandStatus
    output: str
    """The last 64 KiB of standard output, made safe to show."""
    error: str | None = None
    duration: Duration
    started_at: Timestamp
    completed_at: Timestamp | None = None
    outcome: Outcome | None = additive("What a `Failed` hides: Unknown or Cancelled.")
    attempts: int | None = additive("Tries made; absent for a command that never began.")
    exit_code: int | None = additive("Of the child process, for a CLI command that ended by itself.")
    error_code: str | None = additive("AWS's error code, such as `ThrottlingException`.")
    output_file: str | None = additive("Path of the whole standard output of the last attempt, after redaction.")
    output_bytes: int | None = additive("Bytes of standard output, all of it.")
    output_truncated: bool | None = additive("True when `output` is not all of it.")
    reconciled: Reconciliation | None = additive("Who said what came of it, where its end had not been known.")

    @model_validator(mode="after")
    def _restore_unknown(self) -> CommandResult:  # noqa: N804  this mode is called on the value
        hidden = self.outcome is Outcome.UNKNOWN and self.status is CommandStatus.FAILED
        if hidden or self.status is CommandStatus.UNKNOWN:
            error = self.error or "the command began and its end is not known"
            spelled = error if error.startswith(UNKNOWN_PREFIX) else UNKNOWN_PREFIX + error
            # Set past the freeze: pydantic calls this from `__init__` too, where another value would be dropped.
            self.__dict__.update(status=CommandStatus.UNKNOWN, outcome=Outcome.UNKNOWN, error=spelled)
        return self


class ExecutionResult(Wire):
    """What an execution did; of a running one, so far."""

    plan_id: UUID
    status: ExecutionStatus
    command_results: tuple[CommandResult, ...]
    """In the plan's order. A command that has not begun and was not skipped is absent."""
    duration: Duration
    error: ExecutionError | None = None


class CommandOutput(Wire):
    """What an executor hands back for one attempt."""

    stdout: str
    stderr: str
    exit_code: int
    duration: Duration


class DryRunRung(WireEnum):
    """How much a rehearsal proved: the highest rung that was reached. What the others said stands beside it."""

    STATIC = "Static"
    """The command is well formed and known to the models."""
    IDENTITY = "Identity"
    """The account behind the profile answered."""
    AUTHORISED = "Authorised"
    """The service itself said that the call would be allowed."""
    STATE = "State"
    """What it would change was read as it is now, and is shown beside what is asked for."""
    NATIVE = "Native"
    """The tool or the service listed what it would do."""


class DryRunNo(WireEnum):
    """Why a rehearsal failed."""

    REFUSED = "Refused"
    """The service or the tool said that it would not do it."""
    ABSENT = "Absent"
    """What the command acts on is not there."""
    DIFFERENT = "Different"
    """What is there does not allow it: it exists already, is in another state, is protected."""


class DryRunOutput(Wire):
    """What an executor knows of a command without running it."""

    description: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: bool | None = additive("True when the service or tool answered that it would not be allowed or possible.")
    natively: bool | None = additive("True when the service or the tool itself answered.")
    rung: DryRunRung | None = additive("The highest rung that was reached; without it `natively` and `changes` tell.")
    no: DryRunNo | None = additive("Why `refused` is set.")
    found: tuple[str, ...] | None = additive("What is there now, in words and without secrets.")
    details: tuple[str, ...] | None = additive("What each rung said, where more than one was asked.")
    before_state: str | None = additive("SHA-256 over what was found, to be compared with a later one.")


class CommandDryRun(Wire):
    """The rehearsal of one command."""

    command_id: UUID
    rung: DryRunRung
    """The highest rung that was reached."""
    passed: bool
    """False only when somebody answered no; no answer is no failure."""
    description: str
    """In words, ready to show; where nothing could be asked it says `Not rehearsable: ...`."""
    changes: tuple[str, ...] = ()
    """What it would do or set, in words: `RetentionInDays  14 -> 30`."""
    warnings: tuple[str, ...] = ()
    natively: bool | None = additive("True when the service or the tool itself answered.")
    no: DryRunNo | None = additive("Why it did not pass.")
    found: tuple[str, ...] | None = additive("What is there now, in words and without secrets.")
    details: tuple[str, ...] | None = additive("What each rung said, where more than one was asked.")
    before_state: str | None = additive("SHA-256 over what was found, to be compared with a later one.")


class DryRunResult(Wire):
    """The rehearsal of a plan. It sends STS's who-am-I, reads, and native dry runs; nothing else."""

    plan_id: UUID
    passed: bool
    """True when no command was answered with a no."""
    natively: int
    """How many commands the service or tool itself rehearsed."""
    commands: tuple[CommandDryRun, ...]
    states: int | None = additive("How many commands' present state was read, whether or not rehearsed natively.")
