"""Errors have the reference's words, compare by value, and travel without their history."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from cloudops_tui import Duration, ExecutionError, StorageError
from tests.model.strategies import errors

ERROR: TypeAdapter[ExecutionError] = TypeAdapter(ExecutionError)
VARIANTS = (
    "CommandFailed", "ApprovalRequired", "Timeout", "Cancelled", "RollbackFailed", "InvalidCommand",
    "ExecutorNotAvailable", "Storage", "Io", "AwsSdk", "Other",
)  # fmt: skip


@pytest.mark.parametrize(
    ("error", "text", "wire"),
    [
        (ExecutionError.CommandFailed("x"), "Command execution failed: x", {"CommandFailed": "x"}),
        (ExecutionError.ApprovalRequired(), "Approval required but not provided", "ApprovalRequired"),
        (
            ExecutionError.Timeout(Duration.from_secs(300)),
            "Execution timeout after 300s",
            {"Timeout": {"secs": 300, "nanos": 0}},
        ),
        (ExecutionError.Cancelled(), "Execution cancelled by user", "Cancelled"),
        (ExecutionError.RollbackFailed("x"), "Rollback failed: x", {"RollbackFailed": "x"}),
        (ExecutionError.InvalidCommand("x"), "Invalid command: x", {"InvalidCommand": "x"}),
        (ExecutionError.ExecutorNotAvailable("x"), "Executor not available: x", {"ExecutorNotAvailable": "x"}),
        (ExecutionError.Storage(StorageError("x")), "Storage error: x", {"Storage": "x"}),
        (ExecutionError.Io(OSError("x")), "IO error: x", {"Io": "x"}),
        (ExecutionError.AwsSdk("x"), "AWS SDK error: x", {"AwsSdk": "x"}),
        (ExecutionError.Other("x"), "x", {"Other": "x"}),
    ],
)
def test_an_error_says_what_the_reference_says_and_is_written_as_serde_does(
    error: ExecutionError, text: str, wire: Any
) -> None:
    assert str(error) == text
    assert json.loads(ERROR.dump_json(error)) == wire
    assert ERROR.validate_python(wire) == error


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (0, "0ns"), (1, "1ns"), (999, "999ns"), (1_000, "1µs"), (1_500, "1.5µs"), (999_999, "999.999µs"),
        (1_000_000, "1ms"), (250_000_000, "250ms"), (250_000_001, "250.000001ms"), (1_000_000_000, "1s"),
        (1_500_000_000, "1.5s"), (1_000_000_001, "1.000000001s"), (300_000_000_000, "300s"),
        (86_400_000_000_000, "86400s"),
    ],
)  # fmt: skip
def test_a_timeout_shows_its_duration_as_rust_debugs_it(nanos: int, text: str) -> None:
    assert str(ExecutionError.Timeout(Duration.from_nanos(nanos))) == f"Execution timeout after {text}"


def test_a_timeout_takes_any_length_of_time() -> None:
    assert str(ExecutionError.Timeout(timedelta(minutes=5))) == "Execution timeout after 300s"


@given(errors)
def test_a_fresh_error_is_equal_and_has_no_history(error: ExecutionError) -> None:
    try:
        try:
            raise KeyError("secret")
        except KeyError as cause:
            raise error from cause
    except ExecutionError as caught:
        fresh = caught.fresh()

    assert fresh == error
    assert hash(fresh) == hash(error)
    assert (fresh.__cause__, fresh.__context__, fresh.__traceback__) == (None, None, None)


def test_errors_differ_by_variant_and_by_payload() -> None:
    assert ExecutionError.Other("x") != ExecutionError.AwsSdk("x")
    assert ExecutionError.Other("x") != ExecutionError.Other("y")
    assert ExecutionError.Cancelled() != "Cancelled"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_caught_as_itself_and_as_an_execution_error(name: str) -> None:
    variant = getattr(ExecutionError, name)

    assert issubclass(variant, ExecutionError)
    assert issubclass(variant, Exception)


@pytest.mark.parametrize(
    "value",
    ["", "Timeout", "Other", {"Cancelled": "x"}, {"Other": 1}, {"Other": "x", "Io": "y"}, {"Unheard": "x"}, {}, None,
     {"Timeout": "soon"}, {"Timeout": {"secs": -1, "nanos": 0}}, [], 1],
)  # fmt: skip
def test_what_is_no_error_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        ERROR.validate_python(value)


def test_a_field_for_one_variant_takes_no_other() -> None:
    timeouts: TypeAdapter[Any] = TypeAdapter(ExecutionError.Timeout)

    assert timeouts.validate_python({"Timeout": "5m"}) == ExecutionError.Timeout(Duration.from_secs(300))
    with pytest.raises(ValidationError):
        timeouts.validate_python("Cancelled")
