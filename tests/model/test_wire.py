"""Every type of the reference speaks serde's JSON, both ways, under the reference's names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any, assert_never
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import cloudops_tui
from cloudops_tui import (
    ApprovalDecision,
    ApprovalMetadata,
    BackoffStrategy,
    CliCommand,
    Command,
    CommandResult,
    CommandStatus,
    CommandType,
    DryRunNo,
    DryRunRung,
    Duration,
    ExecutionEvent,
    ExecutionMode,
    ExecutionPlan,
    ExecutionRecord,
    ExecutionStatus,
    ExecutorType,
    RiskLevel,
    RollbackTrigger,
    SdkCommand,
)
from cloudops_tui.model.approval import AnyApprovalDecision, Approve, ModifyAndApprove, Reject
from cloudops_tui.model.events import EVENT, VARIANTS
from cloudops_tui.model.wire import Timestamp, Unit, as_value
from tests.model.strategies import EVENTS, STRUCTS, UNIONS, command_results, instants, plans

TIMESTAMP: TypeAdapter[datetime] = TypeAdapter(Timestamp)
MODE: TypeAdapter[Any] = TypeAdapter(ExecutionMode)
DECISION: TypeAdapter[Any] = TypeAdapter(ApprovalDecision)

REFERENCE: dict[str, str] = {
    "ExecutionPlan": "id description commands mode risk_level rollback_strategy estimated_duration",
    "Command": "id command_type description risk_level profile region",
    "CliCommand": "command args supports_dry_run",
    "SdkCommand": "service operation parameters",
    "ExecutionResult": "plan_id status command_results duration error",
    "CommandResult": "command_id status output error duration started_at completed_at",
    "ExecutionConfig": "default_executor retry_config command_timeout stream_output store_history",
    "RetryConfig": "max_attempts backoff retryable_errors",
    "ApprovalRequest": "plan_id description risk_level commands estimated_duration created_at",
    "CommandSummary": "id description risk_level dry_run_result",
    "ProcessedApproval": "approved plan metadata",
    "ApprovalMetadata": "approved_by approved_at decision notes",
    "ApprovalConfig": (
        "auto_approve_readonly require_approval_modify require_approval_destructive dry_run_before_approval"
    ),
    "CliExecutorConfig": "cli_path timeout output_format",
    "CommandOutput": "stdout stderr exit_code duration",
    "DryRunOutput": "description changes warnings",
    "ExecutionRecord": (
        "id conversation_id timestamp user_prompt execution_plan approval_metadata result duration"
    ),
    "ExecutionFilter": "status risk_level conversation_id from_date to_date limit offset",
}
ADDITIVE: dict[str, str] = {
    "ExecutionPlan": "max_parallel expected_account",
    "Command": "timeout on_failure allow_failure",
    "CommandResult": "outcome attempts exit_code error_code output_file output_bytes output_truncated reconciled",
    "ExecutionConfig": "max_parallel cancel_grace hold_for",
    "ApprovalMetadata": "digest operator override expires_at original_digest difference before acknowledged",
    "ApprovalRequest": "plan_digest",
    "DryRunOutput": "refused natively rung no found details before_state",
    "ExecutionRecord": "number risk_level",
}
ENUMS: dict[type[Enum], str] = {
    RiskLevel: "ReadOnly Modify Destructive",
    ExecutionStatus: "Pending Running Completed Failed Cancelled RolledBack",
    CommandStatus: "Pending Running Completed Failed Skipped RolledBack Unknown",
    ExecutorType: "Cli Sdk Auto",
    RollbackTrigger: "Manual OnFailure",
    DryRunRung: "Static Identity Authorised State Native",
    DryRunNo: "Refused Absent Different",
}
EVENTS_OF_THE_REFERENCE: dict[str, str] = {
    "Started": "execution_id plan",
    "CommandStarted": "execution_id command_id",
    "CommandOutput": "execution_id command_id line",
    "CommandCompleted": "execution_id command_id result",
    "CommandFailed": "execution_id command_id error",
    "Completed": "execution_id result",
    "Failed": "execution_id error",
    "Cancelled": "execution_id",
    "RollbackStarted": "execution_id",
    "RollbackCompleted": "execution_id result",
}


def struct(name: str) -> type[BaseModel]:
    kind: type[BaseModel] = getattr(cloudops_tui, name)
    return kind


# ---------------------------------------------------------------- both ways


@pytest.mark.parametrize("name", STRUCTS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_struct_comes_back_from_its_own_json(name: str, data: st.DataObject) -> None:
    value = data.draw(STRUCTS[name])

    written = value.model_dump_json()

    again = struct(name).model_validate_json(written)
    assert again == value
    assert again.model_dump_json() == written
    assert struct(name).model_validate(value.model_dump(mode="json")) == value
    assert struct(name).model_validate(value.model_dump()) == value


@pytest.mark.parametrize("name", UNIONS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_union_comes_back_from_its_own_json(name: str, data: st.DataObject) -> None:
    value = data.draw(UNIONS[name])
    adapter: TypeAdapter[Any] = TypeAdapter(getattr(cloudops_tui, name))

    written = adapter.dump_json(value)

    again = adapter.validate_json(written)
    assert again == value
    assert type(again) is type(value)
    assert adapter.dump_json(again) == written


@pytest.mark.parametrize("name", EVENTS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_event_comes_back_from_its_line(name: str, data: st.DataObject) -> None:
    event = data.draw(EVENTS[name])

    line = EVENT.dump_json(event)

    assert list(json.loads(line)) == [name]
    assert EVENT.validate_json(line) == event
    assert b"\n" not in line


def test_no_event_was_forgotten_here() -> None:
    assert set(EVENTS) == {variant.tag for variant in VARIANTS} == {
        name for name in vars(ExecutionEvent) if not name.startswith("_")
    }
    assert set(EVENTS_OF_THE_REFERENCE) < set(EVENTS)


@pytest.mark.parametrize("kind", ENUMS)
def test_every_enum_has_the_names_that_serde_writes(kind: type[Enum]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    assert [member.value for member in kind] == ENUMS[kind].split()
    for member in kind:
        if member is CommandStatus.UNKNOWN:
            assert adapter.dump_json(member) == b'"Failed"'  # the reference's reader would refuse another name
        else:
            assert adapter.dump_json(member) == json.dumps(member.value).encode()
        assert adapter.validate_json(json.dumps(member.value)) is member
        assert getattr(kind, member.value) is member  # the reference's own spelling is one, too


# ---------------------------------------------------------------- the reference's fields


@pytest.mark.parametrize("name", REFERENCE)
def test_a_struct_has_the_fields_of_the_reference_in_its_order_then_ours(name: str) -> None:
    assert list(struct(name).model_fields) == [*REFERENCE[name].split(), *ADDITIVE.get(name, "").split()]


@pytest.mark.parametrize("name", REFERENCE)
@settings(max_examples=25)
@given(data=st.data())
def test_the_reference_s_fields_are_always_written_and_ours_only_when_they_are_set(
    name: str, data: st.DataObject
) -> None:
    value = data.draw(STRUCTS[name])

    written = set(json.loads(value.model_dump_json()))

    ours = {field for field in ADDITIVE.get(name, "").split() if getattr(value, field) is not None}
    assert written == set(REFERENCE[name].split()) | ours


@pytest.mark.parametrize("name", EVENTS_OF_THE_REFERENCE)
@settings(max_examples=25)
@given(data=st.data())
def test_an_event_has_the_reference_s_fields_and_ours_only_when_they_are_set(name: str, data: st.DataObject) -> None:
    event = data.draw(EVENTS[name])

    [(_, written)] = json.loads(EVENT.dump_json(event)).items()

    reference = set(EVENTS_OF_THE_REFERENCE[name].split())
    ours = {field for field in set(type(event).model_fields) - reference if getattr(event, field) is not None}
    assert set(written) == reference | ours


def test_an_unset_option_of_the_reference_is_written_as_null() -> None:
    plan = ExecutionPlan(
        id=UUID(int=1), description="", commands=(), mode=ExecutionMode.Parallel(), risk_level=RiskLevel.READ_ONLY
    )

    written = json.loads(plan.model_dump_json())

    assert written["rollback_strategy"] is None
    assert written["estimated_duration"] is None
    assert written["mode"] == "Parallel"


@pytest.mark.parametrize("name", STRUCTS)
@settings(max_examples=25)
@given(data=st.data())
def test_fields_that_nobody_knows_are_ignored_on_reading(name: str, data: st.DataObject) -> None:
    value = data.draw(STRUCTS[name])

    written = json.loads(value.model_dump_json()) | {"field_of_2031": [1]}

    assert struct(name).model_validate(written) == value


@settings(max_examples=25)
@given(plans)
def test_unknown_fields_inside_are_ignored_too(plan: ExecutionPlan) -> None:
    written = json.loads(plan.model_dump_json())
    for command in written["commands"]:
        command["from_the_future"] = True
        [held] = command["command_type"].values()
        held["from_the_future"] = True

    assert ExecutionPlan.model_validate(written) == plan


# ---------------------------------------------------------------- unions


@pytest.mark.parametrize(
    ("mode", "written"),
    [
        (ExecutionMode.Sequential(), "Sequential"),
        (ExecutionMode.Parallel(), "Parallel"),
        (
            ExecutionMode.DependencyGraph(dependencies={UUID(int=1): (UUID(int=2),)}),
            {"DependencyGraph": {"dependencies": {str(UUID(int=1)): [str(UUID(int=2))]}}},
        ),
    ],
)
def test_a_mode_is_tagged_from_outside(mode: Any, written: Any) -> None:
    assert MODE.dump_python(mode, mode="json") == written


def test_a_backoff_around_one_duration_holds_it_bare() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(BackoffStrategy)

    assert json.loads(adapter.dump_json(BackoffStrategy.Fixed(Duration.from_millis(1500)))) == {
        "Fixed": {"secs": 1, "nanos": 500_000_000}
    }


def test_an_arm_without_data_may_be_named_by_its_class() -> None:
    assert MODE.validate_python(ExecutionMode.Sequential) == ExecutionMode.Sequential()
    assert isinstance(as_value(ApprovalDecision.Approve), Approve)
    metadata = ApprovalMetadata.model_validate(
        {"approved_by": "me", "approved_at": "2026-03-04T05:06:07Z", "decision": ApprovalDecision.Approve}
    )
    assert json.loads(metadata.model_dump_json())["decision"] == "Approve"


def test_an_arm_with_data_is_not_named_by_its_class() -> None:
    with pytest.raises(ValidationError):
        DECISION.validate_python(ApprovalDecision.Reject)


def test_a_bare_command_line_is_wrapped_in_its_arm() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(CommandType)

    assert adapter.validate_python(CliCommand(command="aws")) == CommandType.Cli(CliCommand(command="aws"))
    sdk = SdkCommand(service="s3", operation="ListBuckets")
    assert adapter.validate_python(sdk) == CommandType.Sdk(sdk)


@pytest.mark.parametrize(
    "text",
    [
        '"DependencyGraph"', '"Elsewhere"', "null", "1", "[]", "{}", '{"Sequential": {"hidden": 1}}',
        '{"Sequential": []}', '{"Sequential": null, "Parallel": null}', '{"DependencyGraph": null}',
        '{"DependencyGraph": {"dependencies": {"x": []}}}', '{"Parallel": false}',
    ],
)  # fmt: skip
def test_what_is_no_mode_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MODE.validate_json(text)


def test_a_unit_arm_may_be_written_with_null_as_serde_reads_it() -> None:
    assert MODE.validate_json('{"Sequential": null}') == ExecutionMode.Sequential()


@pytest.mark.parametrize("text", ["sequential", "SEQUENTIAL", "Sequential"])
def test_people_may_spell_an_arm_their_way(text: str) -> None:
    assert MODE.validate_python(text) == ExecutionMode.Sequential()


@pytest.mark.parametrize("text", ["read_only", "READ-ONLY", "read only", "readonly", "ReadOnly"])
def test_people_may_spell_a_level_their_way_and_it_is_written_as_serde_does(text: str) -> None:
    adapter: TypeAdapter[RiskLevel] = TypeAdapter(RiskLevel)

    assert adapter.dump_json(adapter.validate_python(text)) == b'"ReadOnly"'


def test_the_refusal_of_an_enum_names_the_choices() -> None:
    with pytest.raises(ValidationError, match="one of `ReadOnly`, `Modify`, `Destructive`"):
        TypeAdapter(RiskLevel).validate_python("Safe")


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "Reado", ""])
def test_what_is_no_level_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(RiskLevel).validate_python(value)


def said(decision: AnyApprovalDecision) -> str:
    match decision:
        case Approve():
            return "yes"
        case Reject(reason=reason):
            return f"no: {reason}"
        case ModifyAndApprove(modified_plan=plan):
            return f"this instead: {plan.description}"
        case _:
            assert_never(decision)


def test_a_match_over_the_arms_is_complete() -> None:
    assert said(ApprovalDecision.Reject(reason="late")) == "no: late"
    assert said(ApprovalDecision.Approve()) == "yes"


def test_unit_arms_print_their_name() -> None:
    assert issubclass(Approve, Unit)
    assert str(Approve()) == "Approve"


def test_levels_are_ordered_by_what_they_may_do() -> None:
    assert sorted(RiskLevel, reverse=True)[::-1] == [RiskLevel.READ_ONLY, RiskLevel.MODIFY, RiskLevel.DESTRUCTIVE]
    assert RiskLevel.MODIFY >= RiskLevel.MODIFY > RiskLevel.READ_ONLY <= RiskLevel.READ_ONLY < RiskLevel.DESTRUCTIVE


def test_values_do_not_change() -> None:
    command = CliCommand(command="aws")

    with pytest.raises(ValidationError, match="frozen"):
        command.command = "sh"


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07.000000Z", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07.1Z", "2026-03-04T05:06:07.100Z"),
        ("2026-03-04T05:06:07.123Z", "2026-03-04T05:06:07.123Z"),
        ("2026-03-04T05:06:07.1230Z", "2026-03-04T05:06:07.123Z"),
        ("2026-03-04T05:06:07.123456Z", "2026-03-04T05:06:07.123456Z"),
        ("2026-03-04T05:06:07.000001Z", "2026-03-04T05:06:07.000001Z"),
        ("2026-03-04T05:06:07.123456789Z", "2026-03-04T05:06:07.123456Z"),
        ("2026-03-04T05:06:07.999999999999Z", "2026-03-04T05:06:07.999999Z"),
        ("2026-03-04T07:06:07+02:00", "2026-03-04T05:06:07Z"),
        ("2026-03-03T23:06:07.5-06:00", "2026-03-04T05:06:07.500Z"),
        ("2026-03-04t05:06:07z", "2026-03-04T05:06:07Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0999-12-31T23:59:59+00:00", "0999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instants_are_written_as_chrono_writes_them(read: str, written: str) -> None:
    assert TIMESTAMP.dump_python(TIMESTAMP.validate_python(read), mode="json") == written


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-04T05:06:07", "2026-03-04", "05:06:07Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-03-04T24:00:00Z", "2026-03-04T05:06:07.Z", "2026-03-04T05:06:07 Z", "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00", "٢٠٢٦-03-04T05:06:07Z", "", 0, 1772600767, None, [], {}, True,
        datetime(2026, 3, 4), datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(value)


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_in_every_zone(instant: datetime, minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))

    read = TIMESTAMP.validate_python(elsewhere.isoformat())
    assert read == TIMESTAMP.validate_python(elsewhere) == instant
    assert read.tzinfo is UTC


# ---------------------------------------------------------------- a command whose end is not known

RESULT = {
    "command_id": str(UUID(int=1)),
    "status": "Failed",
    "output": "",
    "error": None,
    "duration": {"secs": 0, "nanos": 0},
    "started_at": "2026-03-04T05:06:07Z",
    "completed_at": None,
}


@pytest.mark.parametrize(
    ("error", "written"),
    [
        (None, "Outcome unknown: the command began and its end is not known"),
        ("the runner is gone", "Outcome unknown: the runner is gone"),
        ("Outcome unknown: the runner is gone", "Outcome unknown: the runner is gone"),
    ],
)
def test_an_unknown_end_is_written_as_failed_with_its_outcome_and_restored(error: str | None, written: str) -> None:
    result = CommandResult.model_validate(RESULT | {"status": CommandStatus.UNKNOWN, "error": error})

    wire = json.loads(result.model_dump_json())

    assert (wire["status"], wire["error"], wire["outcome"]) == ("Failed", written, "Unknown")
    assert CommandResult.model_validate(wire).status is CommandStatus.UNKNOWN


def test_an_outcome_that_says_unknown_always_carries_the_words() -> None:
    result = CommandResult.model_validate(RESULT | {"outcome": "Unknown"})

    assert result.status is CommandStatus.UNKNOWN
    assert (result.error or "").startswith("Outcome unknown: ")


def test_a_cancelled_read_stays_failed_with_its_outcome() -> None:
    result = CommandResult.model_validate(
        RESULT | {"error": "Execution cancelled by user", "outcome": "Cancelled"}
    )

    assert result.status is CommandStatus.FAILED
    assert json.loads(result.model_dump_json())["outcome"] == "Cancelled"


@given(command_results)
def test_no_json_ever_says_that_a_status_is_unknown(result: CommandResult) -> None:
    assert json.loads(result.model_dump_json())["status"] != "Unknown"


# ---------------------------------------------------------------- the whole




def test_a_command_of_a_plan_is_found_by_its_id_compensations_included() -> None:
    def command(number: int) -> Command:
        return Command(
            id=UUID(int=number),
            command_type=CommandType.Cli(CliCommand(command="aws")),
            description=str(number),
            risk_level=RiskLevel.MODIFY,
            profile="default",
            region="eu-west-1",
        )

    plan = ExecutionPlan(
        id=UUID(int=9),
        description="",
        commands=(command(1), command(2)),
        mode=ExecutionMode.Sequential(),
        risk_level=RiskLevel.MODIFY,
        rollback_strategy=cloudops_tui.RollbackStrategy(compensations={UUID(int=1): (command(3),)}),
    )

    assert [plan.command(UUID(int=number)).description for number in (1, 2, 3)] == ["1", "2", "3"]
    with pytest.raises(KeyError):
        plan.command(UUID(int=4))


@settings(max_examples=25)
@given(STRUCTS["ExecutionRecord"])
def test_a_record_is_one_line_of_json(record: ExecutionRecord) -> None:
    assert "\n" not in record.model_dump_json()
