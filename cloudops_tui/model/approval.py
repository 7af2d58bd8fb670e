"""Asking for a decision, and the decision."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from cloudops_tui.model.duration import Duration
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import Tagged, Timestamp, Unit, Variant, Wire, additive, tagged_schema


class CommandSummary(Wire):
    """One command, as the person who decides should see it first."""

    id: UUID
    description: str
    risk_level: RiskLevel
    """The effective level, not the plan's claim."""
    dry_run_result: str | None = None


class ApprovalRequest(Wire):
    """What is put before a person."""

    plan_id: UUID
    description: str
    risk_level: RiskLevel
    """The effective level of the whole plan."""
    commands: tuple[CommandSummary, ...]
    estimated_duration: Duration | None = None
    created_at: Timestamp
    plan_digest: str | None = additive("Names exactly the plan that is asked about: its id alone may be another's.")


class Approve(Unit):
    """Run it as it is."""


class Reject(Variant):
    """Do not run it."""

    reason: str
    """Any non-blank text."""


class ModifyAndApprove(Variant):
    """Run this one instead."""

    modified_plan: ExecutionPlan


AnyApprovalDecision: TypeAlias = Annotated[Approve | Reject | ModifyAndApprove, Tagged()]


class ApprovalDecision:
    """`ApprovalDecision.Approve()`, `.Reject(reason=...)` or `.ModifyAndApprove(modified_plan=...)`."""

    Approve = Approve
    Reject = Reject
    ModifyAndApprove = ModifyAndApprove

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return tagged_schema((Approve, Reject, ModifyAndApprove), handler)


class Operator(Wire):
    """Who sat at the keyboard, as far as this machine knows."""

    uid: int
    """The real user id."""
    login_uid: int | None = None
    """Of the login session (`/proc/self/loginuid`), kept through `su` and `sudo`; None where it is not set."""
    sudo_user: str | None = None
    """`SUDO_USER`: a hint only, for any program can set it."""
    ssh_connection: str | None = None
    """`SSH_CONNECTION`: addresses and ports of both ends."""
    principals: tuple[str, ...] = ()
    """Callers that the plan's profiles resolved to, each `ACCOUNT PRINCIPAL`."""


class RehearsedState(Wire):
    """What one command would act on, as it was found when the decision was taken."""

    command_id: UUID
    digest: str
    """SHA-256 over what was found; `CommandDryRun.before_state`."""
    found: tuple[str, ...] = ()
    """The facts, in words."""


class ApprovalMetadata(Wire):
    """Who decided, when, and what."""

    approved_by: str
    approved_at: Timestamp
    decision: AnyApprovalDecision
    notes: str | None = None
    digest: str | None = additive("The approval digest that the decision is bound to.")
    operator: Operator | None = additive("Who decided, in more detail than a name.")
    override: str | None = additive("Why it was approved although the rehearsal failed.")
    expires_at: Timestamp | None = additive("From then on the decision begins nothing any more.")
    original_digest: str | None = additive("Of the plan before it was modified: its plan digest.")
    difference: str | None = additive("What the modification changed: a unified diff of both plans' JSON.")
    before: tuple[RehearsedState, ...] | None = additive("What its destructive commands would act on, as rehearsed.")
    acknowledged: tuple[UUID, ...] | None = additive("Commands that destroy and that nothing undoes, known as such.")


class ProcessedApproval(Wire):
    """A decision applied to the plan that it was asked for."""

    approved: bool
    plan: ExecutionPlan
    """The plan to run: the modified one after ModifyAndApprove."""
    metadata: ApprovalMetadata
