"""What nobody set is what the reference says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from cloudops_tui import ApprovalConfig, CliExecutorConfig, Duration, ExecutionConfig, RetryConfig
from cloudops_tui.model.config import DEFAULT_CANCEL_GRACE, DEFAULT_MAX_PARALLEL
from cloudops_tui.model.settings import Settings

RETRY = {
    "max_attempts": 3,
    "backoff": {"Exponential": {"base": {"secs": 1, "nanos": 0}, "max": {"secs": 30, "nanos": 0}}},
    "retryable_errors": ["ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable"],
}


@pytest.mark.parametrize(
    ("config", "written"),
    [
        (
            ExecutionConfig(),
            {
                "default_executor": "Auto",
                "retry_config": RETRY,
                "command_timeout": {"secs": 300, "nanos": 0},
                "stream_output": True,
                "store_history": True,
            },
        ),
        (RetryConfig(), RETRY),
        (
            ApprovalConfig(),
            {
                "auto_approve_readonly": False,
                "require_approval_modify": True,
                "require_approval_destructive": True,
                "dry_run_before_approval": True,
            },
        ),
        (
            CliExecutorConfig(),
            {"cli_path": "aws", "timeout": {"secs": 300, "nanos": 0}, "output_format": "json"},
        ),
    ],
)
def test_a_default_is_the_reference_s(config: BaseModel, written: Any) -> None:
    assert json.loads(config.model_dump_json()) == written
    assert type(config).model_validate({}) == config


def test_eight_commands_at_once_and_three_seconds_of_grace() -> None:
    assert DEFAULT_MAX_PARALLEL == 8
    assert Duration.from_secs(3) == DEFAULT_CANCEL_GRACE


def test_headless_approval_ends_at_modify_unless_somebody_says_otherwise() -> None:
    assert Settings().approval.headless == "modify"


@pytest.mark.parametrize(
    "file",
    [
        {"approval": {"headless": "some"}},
        {"accounts": {"12345": {}}},
        {"accounts": {"123456789012": {"protected": "yes"}}},
        {"execution": {"max_parallel": 0}},
        {"execution": {"retry_config": {"max_attempts": 0}}},
        {"execution": {"command_timeout": "soon"}},
        {"ui": {"arm_ms": -1}},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(file: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(file)


def test_settings_are_read_as_people_write_them() -> None:
    settings = Settings.model_validate(
        {
            "execution": {"command_timeout": "90s", "retry_config": {"backoff": {"fixed": "2s"}}},
            "accounts": {"123456789012": {"name": "prod", "protected": True}},
        }
    )

    assert settings.execution.command_timeout == Duration.from_secs(90)
    assert settings.accounts["123456789012"].protected
