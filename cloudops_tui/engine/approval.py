"""The approval workflow of the reference: assess, ask, decide."""

from __future__ import annotations

from collections.abc import Collection

from cloudops_tui.engine.ownership import login_here
from cloudops_tui.engine.plugins import load_catalogue
from cloudops_tui.engine.ports import Clock, ServiceCatalogue
from cloudops_tui.engine.prepare import Assessed, assess, request_of
from cloudops_tui.engine.system_clock import SystemClock
from cloudops_tui.engine.whoami import operator_here
from cloudops_tui.model.approval import (
    AnyApprovalDecision,
    ApprovalMetadata,
    ApprovalRequest,
    Approve,
    ModifyAndApprove,
    ProcessedApproval,
    Reject,
)
from cloudops_tui.model.config import ApprovalConfig
from cloudops_tui.model.errors import Other
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import DryRunResult
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.settings import ApprovalSettings
from cloudops_tui.model.wire import as_value
from cloudops_tui.policy import approval as approving
from cloudops_tui.policy.difference import difference
from cloudops_tui.policy.intake import take_plan


class ApprovalWorkflow:
    """Says what a plan is, whether it needs a decision, and turns a decision into something to run.

    Keeps the plan of each request that it made, so that a decision is applied to exactly that plan.
    """

    def __init__(
        self,
        config: ApprovalConfig | None = None,
        *,
        catalogue: ServiceCatalogue | None = None,
        clock: Clock | None = None,
        operator: str | None = None,
        allowed: Collection[str] = (),
    ) -> None:
        """Without a catalogue the registered one is loaded; `operator` is who decides, by default the user.

        `allowed` names what may be in a plan although it is refused by default, as `SafetySettings.allow` does.
        """
        self._config = config or ApprovalConfig()
        known = self._config if isinstance(self._config, ApprovalSettings) else ApprovalSettings()
        self._valid_for = known.valid_for
        self._catalogue = catalogue
        self._clock = clock or SystemClock()
        self._operator = operator or operator_here()
        self._allowed = frozenset(allowed)
        self._asked: dict[str | None, tuple[ApprovalRequest, ExecutionPlan]] = {}
        """By plan digest."""

    def assess_risk(self, plan: ExecutionPlan) -> RiskLevel:
        """The effective level: the worse of what the plan claims and what we find. Raises InvalidCommand."""
        return self._assessed(plan).level

    def requires_approval(self, plan: ExecutionPlan) -> bool:
        """A person has to decide. Raises InvalidCommand."""
        return approving.requires_approval(self.assess_risk(plan), self._config)

    def create_approval_request(
        self, plan: ExecutionPlan, rehearsal: DryRunResult | None = None
    ) -> ApprovalRequest:
        """What to put before the person, with what a rehearsal (`ExecutionEngine.dry_run`) said.

        Raises InvalidCommand.
        """
        request = request_of(self._assessed(plan), self._clock.now(), rehearsal)
        self._asked[request.plan_digest] = (request, plan)
        return request

    def process_decision(self, request: ApprovalRequest, decision: AnyApprovalDecision) -> ProcessedApproval:
        """Apply the decision to the plan of the request. A rejection raises nothing: `approved` is False.

        Raises Other for a request that this workflow did not make, and for a rejection without a reason;
        InvalidCommand for a modified plan that cannot run.
        """
        decided = as_value(decision)
        plan = self._asked_about(request)
        match decided:
            case Approve():
                return self._processed(plan, decided, approved=True)
            case Reject(reason=reason):
                if not reason.strip():
                    raise Other("A rejection needs a reason")
                return self._processed(plan, decided, approved=False, notes=reason)
            case ModifyAndApprove(modified_plan=modified):
                self._assessed(modified)
                return self._processed(
                    modified,
                    decided,
                    approved=True,
                    original_digest=self._assessed(plan).plan_digest,
                    difference=difference(plan, modified),
                )

    def _asked_about(self, request: ApprovalRequest) -> ExecutionPlan:
        """The plan of exactly this request; one that only knows the reference's fields has to be told apart by them."""
        known = [
            plan
            for digest, (asked, plan) in self._asked.items()
            if digest == request.plan_digest
            or (request.plan_digest is None and asked.model_copy(update={"plan_digest": None}) == request)
        ]
        if len(known) != 1:
            raise Other(f"No such request was made for plan {request.plan_id}; call `create_approval_request` first")
        return known[0]

    def _processed(
        self,
        plan: ExecutionPlan,
        decision: AnyApprovalDecision,
        *,
        approved: bool,
        notes: str | None = None,
        original_digest: str | None = None,
        difference: str | None = None,
    ) -> ProcessedApproval:
        now = self._clock.now()
        metadata = ApprovalMetadata(
            approved_by=self._operator,
            approved_at=now,
            decision=decision,
            notes=notes,
            operator=login_here(),
            expires_at=now + self._valid_for if approved else None,
            original_digest=original_digest,
            difference=difference,
        )
        return ProcessedApproval(approved=approved, plan=plan, metadata=metadata)

    def _assessed(self, plan: ExecutionPlan) -> Assessed:
        catalogue = self._catalogue or load_catalogue()
        return assess(take_plan(plan, catalogue, allowed=self._allowed), catalogue)
