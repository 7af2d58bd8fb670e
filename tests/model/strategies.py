"""Any value of any type of the reference, for tests that hold for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from cloudops_tui.model import events
from cloudops_tui.model.approval import (
    ApprovalMetadata,
    ApprovalRequest,
    Approve,
    CommandSummary,
    ModifyAndApprove,
    ProcessedApproval,
    Reject,
)
from cloudops_tui.model.command import Cli, CliCommand, Command, OnFailure, Sdk, SdkCommand
from cloudops_tui.model.config import (
    ApprovalConfig,
    CliExecutorConfig,
    ExecutionConfig,
    ExecutorType,
    Exponential,
    Fixed,
    Linear,
    RetryConfig,
)
from cloudops_tui.model.duration import LONGEST_SECONDS, NANOS, Duration
from cloudops_tui.model.errors import ExecutionError, StorageError
from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.model.plan import (
    DependencyGraph,
    ExecutionPlan,
    Parallel,
    RollbackStrategy,
    RollbackTrigger,
    Sequential,
)
from cloudops_tui.model.reconcile import Reconciliation, Resolution
from cloudops_tui.model.result import (
    CommandDryRun,
    CommandOutput,
    CommandResult,
    CommandStatus,
    DryRunNo,
    DryRunOutput,
    DryRunResult,
    DryRunRung,
    ExecutionResult,
    ExecutionStatus,
    Outcome,
)
from cloudops_tui.model.risk import RiskLevel

texts = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.integers(0, 2**31)
durations = st.builds(Duration.from_nanos, st.integers(0, LONGEST_SECONDS * NANOS))
instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=4,
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


def tuples(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=most).map(tuple)


cli_commands = st.builds(CliCommand, command=texts, args=tuples(texts), supports_dry_run=st.booleans())
sdk_commands = st.builds(SdkCommand, service=texts, operation=texts, parameters=json_values)
command_types = st.one_of(st.builds(Cli, cli_commands), st.builds(Sdk, sdk_commands))
commands = st.builds(
    Command,
    id=st.uuids(),
    command_type=command_types,
    description=texts,
    risk_level=st.sampled_from(RiskLevel),
    profile=texts,
    region=texts,
    timeout=maybe(durations),
    on_failure=maybe(st.sampled_from(OnFailure)),
    allow_failure=maybe(st.booleans()),
)
modes = st.one_of(
    st.builds(Sequential),
    st.builds(Parallel),
    st.builds(DependencyGraph, dependencies=st.dictionaries(st.uuids(), tuples(st.uuids()), max_size=3)),
)
strategies = st.builds(
    RollbackStrategy,
    trigger=st.sampled_from(RollbackTrigger),
    compensations=st.dictionaries(st.uuids(), tuples(commands, 2), max_size=2),
)
plans = st.builds(
    ExecutionPlan,
    id=st.uuids(),
    description=texts,
    commands=tuples(commands),
    mode=modes,
    risk_level=st.sampled_from(RiskLevel),
    rollback_strategy=maybe(strategies),
    estimated_duration=maybe(durations),
    max_parallel=maybe(numbers),
    expected_account=maybe(texts),
)
errors = st.one_of(
    st.builds(ExecutionError.ApprovalRequired),
    st.builds(ExecutionError.Cancelled),
    st.builds(ExecutionError.Timeout, durations),
    *(
        st.builds(variant, texts)
        for variant in (
            ExecutionError.CommandFailed, ExecutionError.RollbackFailed, ExecutionError.InvalidCommand,
            ExecutionError.ExecutorNotAvailable, ExecutionError.AwsSdk, ExecutionError.Other,
        )
    ),
    st.builds(ExecutionError.Storage, texts.map(StorageError)),
    st.builds(ExecutionError.Io, texts.map(OSError)),
)  # fmt: skip
command_results = st.builds(
    CommandResult,
    command_id=st.uuids(),
    status=st.sampled_from(CommandStatus),
    output=texts,
    error=maybe(texts),
    duration=durations,
    started_at=instants,
    completed_at=maybe(instants),
    outcome=maybe(st.sampled_from(Outcome)),
    attempts=maybe(numbers),
    exit_code=maybe(st.integers(-64, 255)),
    error_code=maybe(texts),
    output_file=maybe(texts),
    output_bytes=maybe(numbers),
    output_truncated=maybe(st.booleans()),
    reconciled=maybe(
        st.builds(Reconciliation, resolution=st.sampled_from(Resolution), by=texts, reason=texts, at=maybe(instants))
    ),
)
results = st.builds(
    ExecutionResult,
    plan_id=st.uuids(),
    status=st.sampled_from(ExecutionStatus),
    command_results=tuples(command_results),
    duration=durations,
    error=maybe(errors),
)
decisions = st.one_of(
    st.builds(Approve), st.builds(Reject, reason=texts), st.builds(ModifyAndApprove, modified_plan=plans)
)
metadata = st.builds(
    ApprovalMetadata,
    approved_by=texts,
    approved_at=instants,
    decision=decisions,
    notes=maybe(texts),
    digest=maybe(texts),
)
summaries = st.builds(
    CommandSummary,
    id=st.uuids(),
    description=texts,
    risk_level=st.sampled_from(RiskLevel),
    dry_run_result=maybe(texts),
)
requests = st.builds(
    ApprovalRequest,
    plan_id=st.uuids(),
    description=texts,
    risk_level=st.sampled_from(RiskLevel),
    commands=tuples(summaries),
    estimated_duration=maybe(durations),
    created_at=instants,
)
backoffs = st.one_of(
    st.builds(Fixed, durations),
    st.builds(Exponential, base=durations, max=durations),
    st.builds(Linear, increment=durations, max=durations),
)
retry_configs = st.builds(
    RetryConfig, max_attempts=st.integers(1, 2**32 - 1), backoff=backoffs, retryable_errors=tuples(texts)
)
execution_configs = st.builds(
    ExecutionConfig,
    default_executor=st.sampled_from(ExecutorType),
    retry_config=retry_configs,
    command_timeout=durations,
    stream_output=st.booleans(),
    store_history=st.booleans(),
    max_parallel=maybe(st.integers(1, 64)),
    cancel_grace=maybe(durations),
    hold_for=maybe(durations),
)
records = st.builds(
    ExecutionRecord,
    id=st.uuids(),
    conversation_id=st.uuids(),
    timestamp=instants,
    user_prompt=texts,
    execution_plan=plans,
    approval_metadata=maybe(metadata),
    result=results,
    duration=durations,
    number=maybe(numbers),
    risk_level=maybe(st.sampled_from(RiskLevel)),
)
filters = st.builds(
    ExecutionFilter,
    status=maybe(st.sampled_from(ExecutionStatus)),
    risk_level=maybe(st.sampled_from(RiskLevel)),
    conversation_id=maybe(st.uuids()),
    from_date=maybe(instants),
    to_date=maybe(instants),
    limit=numbers,
    offset=numbers,
)
dry_runs = st.builds(
    DryRunResult,
    plan_id=st.uuids(),
    passed=st.booleans(),
    natively=numbers,
    commands=tuples(
        st.builds(
            CommandDryRun,
            command_id=st.uuids(),
            rung=st.sampled_from(DryRunRung),
            passed=st.booleans(),
            description=texts,
            changes=tuples(texts),
            warnings=tuples(texts),
            natively=maybe(st.booleans()),
            no=maybe(st.sampled_from(DryRunNo)),
            found=maybe(tuples(texts)),
            details=maybe(tuples(texts)),
            before_state=maybe(texts),
        )
    ),
    states=maybe(numbers),
)

STRUCTS: dict[str, st.SearchStrategy[Any]] = {
    "ExecutionPlan": plans,
    "Command": commands,
    "CliCommand": cli_commands,
    "SdkCommand": sdk_commands,
    "RollbackStrategy": strategies,
    "ExecutionResult": results,
    "CommandResult": command_results,
    "ExecutionConfig": execution_configs,
    "RetryConfig": retry_configs,
    "ApprovalRequest": requests,
    "CommandSummary": summaries,
    "ProcessedApproval": st.builds(ProcessedApproval, approved=st.booleans(), plan=plans, metadata=metadata),
    "ApprovalMetadata": metadata,
    "ApprovalConfig": st.builds(
        ApprovalConfig,
        auto_approve_readonly=st.booleans(),
        require_approval_modify=st.booleans(),
        require_approval_destructive=st.booleans(),
        dry_run_before_approval=st.booleans(),
    ),
    "CliExecutorConfig": st.builds(
        CliExecutorConfig, cli_path=st.just(Path("/opt/aws")), timeout=durations, output_format=texts
    ),
    "CommandOutput": st.builds(
        CommandOutput, stdout=texts, stderr=texts, exit_code=st.integers(-(2**31), 2**31 - 1), duration=durations
    ),
    "DryRunOutput": st.builds(
        DryRunOutput,
        description=texts,
        changes=tuples(texts),
        warnings=tuples(texts),
        refused=maybe(st.booleans()),
        natively=maybe(st.booleans()),
        rung=maybe(st.sampled_from(DryRunRung)),
        no=maybe(st.sampled_from(DryRunNo)),
        found=maybe(tuples(texts)),
        details=maybe(tuples(texts)),
        before_state=maybe(texts),
    ),
    "DryRunResult": dry_runs,
    "ExecutionRecord": records,
    "ExecutionFilter": filters,
}

_of_execution = {"execution_id": st.uuids(), "seq": maybe(numbers), "at": maybe(instants)}
_of_command = _of_execution | {"command_id": st.uuids()}

EVENTS: dict[str, st.SearchStrategy[Any]] = {
    "Started": st.builds(events.Started, **_of_execution, plan=plans, approval=maybe(metadata)),
    "CommandStarted": st.builds(events.CommandStarted, **_of_command, attempt=maybe(numbers)),
    "CommandOutput": st.builds(events.CommandOutput, **_of_command, line=texts, stream=maybe(texts)),
    "CommandRetryScheduled": st.builds(
        events.CommandRetryScheduled, **_of_command, attempt=numbers, error=texts, after=durations
    ),
    "CommandCompleted": st.builds(events.CommandCompleted, **_of_command, result=command_results),
    "CommandFailed": st.builds(events.CommandFailed, **_of_command, error=texts, result=maybe(command_results)),
    "CommandSkipped": st.builds(events.CommandSkipped, **_of_command, reason=texts),
    "CommandThrottled": st.builds(
        events.CommandThrottled, **_of_command, service=texts, region=texts, after=durations, account=maybe(texts)
    ),
    "BeforeStateCompared": st.builds(
        events.BeforeStateCompared, **_of_command, same=maybe(st.booleans()), said=maybe(texts)
    ),
    "ExecutionHeld": st.builds(
        events.ExecutionHeld, **_of_execution, profile=texts, error=texts, renew=texts, command_id=maybe(st.uuids()),
        gives_up_at=maybe(instants),
    ),
    "ExecutionReleased": st.builds(events.ExecutionReleased, **_of_execution, profile=texts, why=maybe(texts)),
    "CancellationRequested": st.builds(events.CancellationRequested, **_of_execution, by=texts),
    "StopRequested": st.builds(events.StopRequested, **_of_execution, by=texts),
    "Completed": st.builds(events.Completed, **_of_execution, result=results),
    "Failed": st.builds(events.Failed, **_of_execution, error=errors, result=maybe(results)),
    "Cancelled": st.builds(events.Cancelled, **_of_execution, result=maybe(results)),
    "RollbackStarted": st.builds(
        events.RollbackStarted, **_of_execution, reason=maybe(texts), approval=maybe(metadata)
    ),
    "CompensationStarted": st.builds(
        events.CompensationStarted, **_of_command, compensation_id=st.uuids(), attempt=numbers
    ),
    "CompensationEnded": st.builds(
        events.CompensationEnded, **_of_command, compensation_id=st.uuids(), result=command_results
    ),
    "RollbackCompleted": st.builds(events.RollbackCompleted, **_of_execution, result=results),
    "CommandReconciled": st.builds(
        events.CommandReconciled, **_of_command, resolution=st.sampled_from(Resolution), by=texts, reason=texts
    ),
    "Redriven": st.builds(
        events.Redriven,
        **_of_execution,
        by=texts,
        remaining=tuples(st.uuids()),
        reason=maybe(texts),
        skipped=maybe(st.dictionaries(st.uuids(), texts, max_size=2)),
        approval=maybe(metadata),
        plan=maybe(plans),
    ),
}
UNIONS: dict[str, st.SearchStrategy[Any]] = {
    "CommandType": command_types,
    "ExecutionMode": modes,
    "ApprovalDecision": decisions,
    "BackoffStrategy": backoffs,
    "ExecutionError": errors,
    "ExecutionEvent": st.one_of(*EVENTS.values()),
}
