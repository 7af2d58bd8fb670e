"""What is remembered of an execution, and how to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from cloudops_tui.model.approval import ApprovalMetadata
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionResult, ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import Timestamp, Wire, additive


class ExecutionRecord(Wire):
    """One execution, whole."""

    id: UUID
    conversation_id: UUID
    """The conversation that the plan came from; a new id where it came from none."""
    timestamp: Timestamp
    """When the execution was created."""
    user_prompt: str
    execution_plan: ExecutionPlan
    approval_metadata: ApprovalMetadata | None = None
    result: ExecutionResult
    duration: Duration
    number: int | None = additive("The short number that screens and the command line use.")
    risk_level: RiskLevel | None = additive("The effective level that was approved; the plan holds only the claim.")


@dataclass(frozen=True)
class UnreadableRecord:
    """One execution whose record is damaged, as far as it is known."""

    id: UUID
    number: int
    created_at: datetime
    why: str


class ExecutionFilter(Wire):
    """Which records are wanted, newest first; unset fields do not filter."""

    status: ExecutionStatus | None = None
    risk_level: RiskLevel | None = None
    """The effective level."""
    conversation_id: UUID | None = None
    from_date: Timestamp | None = None
    """Inclusive."""
    to_date: Timestamp | None = None
    """Exclusive."""
    limit: Annotated[int, Field(ge=0)] = 50
    offset: Annotated[int, Field(ge=0)] = 0
