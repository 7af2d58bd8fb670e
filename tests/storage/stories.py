"""Plans, submissions and whole stories to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from cloudops_tui.engine.ports import NewEntry, NewExecution, Owner
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import ApprovalMetadata, Approve
from cloudops_tui.model.command import CliCommand, Command, SdkCommand
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel

T0 = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SOME_ID = UUID("dddddddd-0000-4000-8000-000000000001")
ME = Owner(pid=4711, boot_id="boot-one", started_ticks=99)
OTHER = Owner(pid=4712, boot_id="boot-one", started_ticks=123)


def later(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def plan(description: str = "List the estate", *, id: UUID | None = None) -> ExecutionPlan:
    common = {"risk_level": RiskLevel.READ_ONLY, "profile": "default", "region": "eu-central-1"}
    return ExecutionPlan(
        id=id or uuid4(),
        description=description,
        commands=(
            Command.model_validate(
                {
                    "id": uuid4(),
                    "description": "Look at instances",
                    "command_type": CliCommand(command="aws ec2 describe-instances", args=("--output", "json")),
                    **common,
                }
            ),
            Command.model_validate(
                {
                    "id": uuid4(),
                    "description": "Look at parameters",
                    "command_type": SdkCommand(
                        service="ssm", operation="GetParameter", parameters={"Name": "/app/colour"}
                    ),
                    **common,
                }
            ),
        ),
        mode=Sequential(),
        risk_level=RiskLevel.READ_ONLY,
    )


def submission(
    of: ExecutionPlan | None = None, digest: str = "d1", *, source: str = "plan.json", at: datetime = T0
) -> NewEntry:
    return NewEntry(
        source=source,
        submitted_at=at,
        plan=of or plan(),
        plan_digest=digest,
        risk_level=RiskLevel.READ_ONLY,
        user_prompt="what do we run",
    )


_AGAIN = count(1)
"""Each further run has an approval of its own."""


def approval(by: str = "alice") -> ApprovalMetadata:
    return ApprovalMetadata(approved_by=by, approved_at=T0, decision=Approve(), digest="a" * 64)


def execution(
    of: ExecutionPlan | None = None,
    digest: str = "d1",
    *,
    at: datetime = T0,
    owner: Owner = ME,
    entry_id: UUID | None = None,
    again: bool = False,
    conversation_id: UUID | None = None,
    risk_level: RiskLevel = RiskLevel.READ_ONLY,
) -> NewExecution:
    return NewExecution(
        id=uuid4(),
        plan=of or plan(),
        plan_digest=digest,
        approval_digest="a" * 64,
        risk_level=risk_level,
        approval=approval().model_copy(update={"notes": f"{next(_AGAIN)} more"}) if again else approval(),
        created_at=at,
        conversation_id=conversation_id or uuid4(),
        user_prompt="what do we run",
        owner=owner,
        entry_id=entry_id,
        again=again,
    )


def result(
    of: ExecutionPlan, status: ExecutionStatus = ExecutionStatus.COMPLETED, output: str = "i-0abc running"
) -> ExecutionResult:
    return ExecutionResult(
        plan_id=of.id,
        status=status,
        command_results=tuple(command_result(command.id, output) for command in of.commands),
        duration=Duration.from_secs(4),
    )


def command_result(command_id: UUID, output: str = "i-0abc running") -> CommandResult:
    return CommandResult(
        command_id=command_id,
        status=CommandStatus.COMPLETED,
        output=output,
        duration=Duration.from_secs(1),
        started_at=later(1),
        completed_at=later(2),
        attempts=1,
    )


def story(
    new: NewExecution, *, status: ExecutionStatus = ExecutionStatus.COMPLETED, output: str = "i-0abc running"
) -> list[AnyExecutionEvent]:
    """Everything from Started to the end, stamped."""
    events: list[AnyExecutionEvent] = [happened.Started(execution_id=new.id, plan=new.plan, approval=new.approval)]
    for command in new.plan.commands:
        events += [
            happened.CommandStarted(execution_id=new.id, command_id=command.id, attempt=1),
            happened.CommandCompleted(
                execution_id=new.id, command_id=command.id, result=command_result(command.id, output)
            ),
        ]
    events.append(happened.Completed(execution_id=new.id, result=result(new.plan, status, output)))
    return stamped(events)


def stamped(events: list[AnyExecutionEvent], first: int = 1) -> list[AnyExecutionEvent]:
    return [event.model_copy(update={"seq": seq, "at": later(seq)}) for seq, event in enumerate(events, first)]


def retries(new: NewExecution, first: int, count: int) -> list[AnyExecutionEvent]:
    """Events that change nothing but the journal."""
    command = new.plan.commands[0].id
    return stamped(
        [
            happened.CommandRetryScheduled(
                execution_id=new.id, command_id=command, attempt=n + 1, error="Throttled", after=Duration.from_secs(1)
            )
            for n in range(count)
        ],
        first,
    )


def record(
    description: str = "From another machine", *, at: datetime = T0, number: int | None = None
) -> ExecutionRecord:
    of = plan(description)
    return ExecutionRecord(
        id=uuid4(),
        conversation_id=uuid4(),
        timestamp=at,
        user_prompt="imported",
        execution_plan=of,
        approval_metadata=approval(),
        result=result(of),
        duration=Duration.from_nanos(4_000_000_007),
        number=number,
    )
