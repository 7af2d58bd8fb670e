"""The approval workflow of the reference, as a program without our screens uses it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from cloudops_tui import (
    ApprovalConfig,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalWorkflow,
    Command,
    CommandDryRun,
    CommandType,
    DryRunResult,
    DryRunRung,
    ExecutionError,
    ExecutionMode,
    ExecutionPlan,
    RiskLevel,
    SdkCommand,
)

OPERATIONS: dict[RiskLevel, tuple[str, dict[str, Any]]] = {
    RiskLevel.READ_ONLY: ("DescribeInstances", {}),
    RiskLevel.MODIFY: ("CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "a", "Value": "b"}]}),
    RiskLevel.DESTRUCTIVE: ("TerminateInstances", {"InstanceIds": ["i-1"]}),
}


class StillClock:
    """Every request is made at the same moment, so that time tells none apart."""

    def now(self) -> datetime:
        return datetime(2026, 3, 4, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def plan(level: RiskLevel, plan_id: UUID | None = None, instance: str = "i-1") -> ExecutionPlan:
    operation, parameters = OPERATIONS[level]
    if "InstanceIds" in parameters:
        parameters = {"InstanceIds": [instance]}
    command = Command(
        id=UUID(int=1),
        command_type=CommandType.Sdk(SdkCommand(service="ec2", operation=operation, parameters=parameters)),
        description="It",
        risk_level=RiskLevel.READ_ONLY,
        profile="default",
        region="eu-west-1",
    )
    return ExecutionPlan(
        id=plan_id or uuid4(),
        description="A plan",
        commands=(command,),
        mode=ExecutionMode.Sequential(),
        risk_level=RiskLevel.READ_ONLY,
    )


def workflow(**config: bool) -> ApprovalWorkflow:
    return ApprovalWorkflow(ApprovalConfig(**config), clock=StillClock(), operator="alice")


@pytest.mark.parametrize("level", list(OPERATIONS))
def test_a_plan_is_assessed_by_what_it_does_not_by_what_it_claims(level: RiskLevel) -> None:
    assert workflow().assess_risk(plan(level)) is level


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({}, {RiskLevel.READ_ONLY, RiskLevel.MODIFY, RiskLevel.DESTRUCTIVE}),
        ({"auto_approve_readonly": True}, {RiskLevel.MODIFY, RiskLevel.DESTRUCTIVE}),
        ({"auto_approve_readonly": True, "require_approval_modify": False}, {RiskLevel.DESTRUCTIVE}),
        ({"require_approval_destructive": False}, {RiskLevel.READ_ONLY, RiskLevel.MODIFY}),
    ],
)
def test_the_configuration_says_which_levels_wait_for_a_person(
    config: dict[str, bool], asked: set[RiskLevel]
) -> None:
    assert {level for level in OPERATIONS if workflow(**config).requires_approval(plan(level))} == asked


def test_an_approval_gives_the_plan_that_was_asked_about() -> None:
    flow, asked = workflow(), plan(RiskLevel.DESTRUCTIVE)

    processed = flow.process_decision(flow.create_approval_request(asked), ApprovalDecision.Approve())

    assert processed.approved
    assert processed.plan == asked
    assert processed.metadata.approved_by == "alice"
    assert processed.metadata.decision == ApprovalDecision.Approve()


def test_two_plans_of_one_id_are_never_taken_for_each_other() -> None:
    flow, one_id = workflow(), uuid4()
    first, second = (plan(RiskLevel.DESTRUCTIVE, one_id, instance) for instance in ("i-1", "i-2"))

    about_first = flow.create_approval_request(first)
    flow.create_approval_request(second)

    assert flow.process_decision(about_first, ApprovalDecision.Approve()).plan == first


def test_a_request_that_knows_only_the_references_fields_is_refused_where_two_plans_fit_it() -> None:
    flow, one_id = workflow(), uuid4()
    request = flow.create_approval_request(plan(RiskLevel.DESTRUCTIVE, one_id, "i-1"))
    bare = ApprovalRequest.model_validate(request.model_dump(mode="json", exclude={"plan_digest"}))
    assert flow.process_decision(bare, ApprovalDecision.Approve()).approved

    flow.create_approval_request(plan(RiskLevel.DESTRUCTIVE, one_id, "i-2"))

    with pytest.raises(ExecutionError.Other, match="No such request"):
        flow.process_decision(bare, ApprovalDecision.Approve())


def test_a_rejection_raises_nothing_and_keeps_its_reason() -> None:
    flow, asked = workflow(), plan(RiskLevel.MODIFY)

    processed = flow.process_decision(flow.create_approval_request(asked), ApprovalDecision.Reject(reason="not now"))

    assert not processed.approved
    assert processed.metadata.notes == "not now"


@pytest.mark.parametrize("reason", ["", "  \t"])
def test_a_rejection_without_a_reason_is_none(reason: str) -> None:
    flow, asked = workflow(), plan(RiskLevel.MODIFY)

    with pytest.raises(ExecutionError.Other, match="reason"):
        flow.process_decision(flow.create_approval_request(asked), ApprovalDecision.Reject(reason=reason))


def test_a_modification_gives_the_modified_plan() -> None:
    flow, asked = workflow(), plan(RiskLevel.DESTRUCTIVE)
    instead = plan(RiskLevel.READ_ONLY, asked.id)

    processed = flow.process_decision(
        flow.create_approval_request(asked), ApprovalDecision.ModifyAndApprove(modified_plan=instead)
    )

    assert processed.approved
    assert processed.plan == instead


def test_a_modification_that_cannot_run_is_refused() -> None:
    flow, asked = workflow(), plan(RiskLevel.DESTRUCTIVE)
    broken = asked.model_copy(update={"commands": ()})

    with pytest.raises(ExecutionError.InvalidCommand, match="no commands"):
        flow.process_decision(
            flow.create_approval_request(asked), ApprovalDecision.ModifyAndApprove(modified_plan=broken)
        )


def test_a_foreign_request_is_refused() -> None:
    asked = plan(RiskLevel.MODIFY)
    foreign = workflow().create_approval_request(asked)

    with pytest.raises(ExecutionError.Other, match="create_approval_request"):
        workflow().process_decision(foreign, ApprovalDecision.Approve())


def test_a_request_carries_what_the_rehearsal_said() -> None:
    asked = plan(RiskLevel.MODIFY)
    said = CommandDryRun(command_id=UUID(int=1), rung=DryRunRung.AUTHORISED, passed=True, description="It is allowed")
    rehearsal = DryRunResult(plan_id=asked.id, passed=True, natively=1, commands=(said,))

    request = workflow().create_approval_request(asked, rehearsal)

    assert [command.dry_run_result for command in request.commands] == ["It is allowed"]
