"""What can go wrong, in the reference's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from cloudops_tui.model.duration import Duration, _read, _write


class StorageError(Exception):
    """The store could not be read or written; the message names the path and the remedy."""


class ExecutionError(Exception):
    """Why an execution or a call of the engine did not succeed; its text is the reference's.

    Caught as `ExecutionError` or by variant (`ExecutionError.Timeout`). Two are equal when variant and payload are.
    On the wire: `"ApprovalRequired"`, `{"Timeout": {"secs", "nanos"}}`, `{"CommandFailed": "text"}`.
    """

    CommandFailed: ClassVar[type[CommandFailed]]
    ApprovalRequired: ClassVar[type[ApprovalRequired]]
    Timeout: ClassVar[type[Timeout]]
    Cancelled: ClassVar[type[Cancelled]]
    RollbackFailed: ClassVar[type[RollbackFailed]]
    InvalidCommand: ClassVar[type[InvalidCommand]]
    ExecutorNotAvailable: ClassVar[type[ExecutorNotAvailable]]
    Storage: ClassVar[type[Storage]]
    Io: ClassVar[type[Io]]
    AwsSdk: ClassVar[type[AwsSdk]]
    Other: ClassVar[type[Other]]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == getattr(other, "args", None)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))

    def fresh(self) -> ExecutionError:
        """The same error without traceback, cause or context; what events and results hold."""
        return type(self)(*self.args)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: _read_error(value, cls),
            serialization=core_schema.plain_serializer_function_ser_schema(_write_error),
        )


class _Text(ExecutionError):
    """A variant that carries a text."""

    prefix: ClassVar[str]

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"{self.prefix}{self.text}"


class CommandFailed(_Text):
    """A command ran and failed."""

    prefix = "Command execution failed: "


class ApprovalRequired(ExecutionError):
    """The plan may not run without a decision."""

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return "Approval required but not provided"


class Timeout(ExecutionError):
    """An attempt took longer than it may."""

    def __init__(self, after: timedelta) -> None:
        self.after = Duration.of(after)
        super().__init__(self.after)

    def __str__(self) -> str:
        return f"Execution timeout after {_rust_debug(self.after)}"


class Cancelled(ExecutionError):
    """The operator asked for it to stop."""

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return "Execution cancelled by user"


class RollbackFailed(_Text):
    """A compensation failed; the text lists what is left to undo."""

    prefix = "Rollback failed: "


class InvalidCommand(_Text):
    """A command, or a plan, that cannot be run as it is written."""

    prefix = "Invalid command: "


class ExecutorNotAvailable(_Text):
    """Nothing here can run this kind of command."""

    prefix = "Executor not available: "


class Storage(_Text):
    """The store failed; made from a `StorageError` or its text."""

    prefix = "Storage error: "

    def __init__(self, error: StorageError | str) -> None:
        super().__init__(str(error))


class Io(_Text):
    """The operating system refused; made from an `OSError` or its text."""

    prefix = "IO error: "

    def __init__(self, error: OSError | str) -> None:
        super().__init__(str(error))


class AwsSdk(_Text):
    """AWS, or the way to it, answered with an error."""

    prefix = "AWS SDK error: "


class Other(_Text):
    """Everything else, in its own words."""

    prefix = ""


_VARIANTS: dict[str, type[ExecutionError]] = {
    variant.__name__: variant
    for variant in (
        CommandFailed, ApprovalRequired, Timeout, Cancelled, RollbackFailed, InvalidCommand,
        ExecutorNotAvailable, Storage, Io, AwsSdk, Other,
    )
}  # fmt: skip
for _name, _variant in _VARIANTS.items():
    setattr(ExecutionError, _name, _variant)


def _read_error(value: Any, wanted: type[ExecutionError]) -> ExecutionError:
    error = _parse_error(value)
    if not isinstance(error, wanted):
        raise PydanticCustomError("execution_error", "an execution error, as the reference writes them")
    return error


def _parse_error(value: Any) -> ExecutionError | None:
    match value:
        case ExecutionError():
            return value.fresh()
        case "ApprovalRequired" | "Cancelled":
            return _VARIANTS[value]()
        case {"Timeout": after} if len(value) == 1:
            return Timeout(_read(after))
        case dict() if len(value) == 1:
            [(name, text)] = value.items()
            variant = _VARIANTS.get(name)
            if variant is not None and issubclass(variant, _Text) and isinstance(text, str):
                return variant(text)
    return None


def _write_error(error: ExecutionError) -> Any:
    match error:
        case Timeout():
            return {"Timeout": _write(error.after)}
        case _Text():
            return {type(error).__name__: error.text}
        case _:
            return type(error).__name__


def _rust_debug(duration: Duration) -> str:
    """A duration as Rust's `{:?}` prints it: `300s`, `1.5s`, `250ms`, `7µs`, `3ns`."""
    nanos = duration.nanos
    for size, unit in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")):
        if nanos >= size:
            whole, part = divmod(nanos, size)
            digits = f"{part:0{len(str(size)) - 1}d}".rstrip("0")
            return f"{whole}.{digits}{unit}" if digits else f"{whole}{unit}"
    return f"{nanos}ns"
