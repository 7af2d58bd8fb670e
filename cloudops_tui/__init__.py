"""An execution engine for AWS plans that are queued, reviewed, approved, run, undone and remembered.

Names are resolved on first use (PEP 562): importing the package loads neither Textual nor an AWS library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudops_tui.engine.approval import ApprovalWorkflow as ApprovalWorkflow
    from cloudops_tui.engine.engine import ExecutionEngine as ExecutionEngine
    from cloudops_tui.engine.ports import Attempt as Attempt
    from cloudops_tui.engine.ports import AttemptExecutor as AttemptExecutor
    from cloudops_tui.engine.ports import AttemptOutcome as AttemptOutcome
    from cloudops_tui.engine.ports import Ending as Ending
    from cloudops_tui.engine.ports import Executor as Executor
    from cloudops_tui.engine.session import ExecutionSession as ExecutionSession
    from cloudops_tui.executors.cli import CliExecutor as CliExecutor
    from cloudops_tui.executors.sdk import SdkExecutor as SdkExecutor
    from cloudops_tui.model.approval import ApprovalDecision as ApprovalDecision
    from cloudops_tui.model.approval import ApprovalMetadata as ApprovalMetadata
    from cloudops_tui.model.approval import ApprovalRequest as ApprovalRequest
    from cloudops_tui.model.approval import CommandSummary as CommandSummary
    from cloudops_tui.model.approval import Operator as Operator
    from cloudops_tui.model.approval import ProcessedApproval as ProcessedApproval
    from cloudops_tui.model.command import CliCommand as CliCommand
    from cloudops_tui.model.command import Command as Command
    from cloudops_tui.model.command import CommandType as CommandType
    from cloudops_tui.model.command import OnFailure as OnFailure
    from cloudops_tui.model.command import SdkCommand as SdkCommand
    from cloudops_tui.model.config import ApprovalConfig as ApprovalConfig
    from cloudops_tui.model.config import BackoffStrategy as BackoffStrategy
    from cloudops_tui.model.config import CliExecutorConfig as CliExecutorConfig
    from cloudops_tui.model.config import ExecutionConfig as ExecutionConfig
    from cloudops_tui.model.config import ExecutorType as ExecutorType
    from cloudops_tui.model.config import RetryConfig as RetryConfig
    from cloudops_tui.model.config import StorageConfig as StorageConfig
    from cloudops_tui.model.duration import Duration as Duration
    from cloudops_tui.model.errors import ExecutionError as ExecutionError
    from cloudops_tui.model.errors import StorageError as StorageError
    from cloudops_tui.model.events import ExecutionEvent as ExecutionEvent
    from cloudops_tui.model.events import ExecutionEventListener as ExecutionEventListener
    from cloudops_tui.model.history import ExecutionFilter as ExecutionFilter
    from cloudops_tui.model.history import ExecutionRecord as ExecutionRecord
    from cloudops_tui.model.plan import ExecutionMode as ExecutionMode
    from cloudops_tui.model.plan import ExecutionPlan as ExecutionPlan
    from cloudops_tui.model.plan import RollbackStrategy as RollbackStrategy
    from cloudops_tui.model.plan import RollbackTrigger as RollbackTrigger
    from cloudops_tui.model.queue import Problem as Problem
    from cloudops_tui.model.queue import QueueEntry as QueueEntry
    from cloudops_tui.model.queue import QueueState as QueueState
    from cloudops_tui.model.queue import Revision as Revision
    from cloudops_tui.model.result import CommandDryRun as CommandDryRun
    from cloudops_tui.model.result import CommandOutput as CommandOutput
    from cloudops_tui.model.result import CommandResult as CommandResult
    from cloudops_tui.model.result import CommandStatus as CommandStatus
    from cloudops_tui.model.result import DryRunNo as DryRunNo
    from cloudops_tui.model.result import DryRunOutput as DryRunOutput
    from cloudops_tui.model.result import DryRunResult as DryRunResult
    from cloudops_tui.model.result import DryRunRung as DryRunRung
    from cloudops_tui.model.result import ExecutionResult as ExecutionResult
    from cloudops_tui.model.result import ExecutionStatus as ExecutionStatus
    from cloudops_tui.model.result import Outcome as Outcome
    from cloudops_tui.model.risk import RiskAssessment as RiskAssessment
    from cloudops_tui.model.risk import RiskFlag as RiskFlag
    from cloudops_tui.model.risk import RiskLevel as RiskLevel
    from cloudops_tui.storage.history import ExecutionHistory as ExecutionHistory
    from cloudops_tui.storage.service import StorageService as StorageService

_HOMES = {
    "engine.approval": ("ApprovalWorkflow",),
    "engine.engine": ("ExecutionEngine",),
    "engine.ports": ("Attempt", "AttemptExecutor", "AttemptOutcome", "Ending", "Executor"),
    "engine.session": ("ExecutionSession",),
    "executors.cli": ("CliExecutor",),
    "executors.sdk": ("SdkExecutor",),
    "model.approval": (
        "ApprovalDecision", "ApprovalMetadata", "ApprovalRequest", "CommandSummary", "Operator", "ProcessedApproval",
    ),
    "model.command": ("CliCommand", "Command", "CommandType", "OnFailure", "SdkCommand"),
    "model.config": (
        "ApprovalConfig", "BackoffStrategy", "CliExecutorConfig", "ExecutionConfig", "ExecutorType", "RetryConfig",
        "StorageConfig",
    ),
    "model.duration": ("Duration",),
    "model.errors": ("ExecutionError", "StorageError"),
    "model.events": ("ExecutionEvent", "ExecutionEventListener"),
    "model.history": ("ExecutionFilter", "ExecutionRecord"),
    "model.plan": ("ExecutionMode", "ExecutionPlan", "RollbackStrategy", "RollbackTrigger"),
    "model.queue": ("Problem", "QueueEntry", "QueueState", "Revision"),
    "model.result": (
        "CommandDryRun", "CommandOutput", "CommandResult", "CommandStatus", "DryRunNo", "DryRunOutput",
        "DryRunResult", "DryRunRung", "ExecutionResult", "ExecutionStatus", "Outcome",
    ),
    "model.risk": ("RiskAssessment", "RiskFlag", "RiskLevel"),
    "storage.history": ("ExecutionHistory",),
    "storage.service": ("StorageService",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605  a list of names, made from the table above


def __getattr__(name: str) -> Any:
    if name == "__version__":
        # It loads `email` and more: a quarter of the time that a short answer takes.
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("cloudops-tui")
        except PackageNotFoundError:
            return "0+source"
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
