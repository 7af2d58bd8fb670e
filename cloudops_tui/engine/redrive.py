"""Redrive: an execution that has ended goes on as the same execution, with what is not done, or is undone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, Decision, InvalidPlan, PlanQueue, refusing
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import Other
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.review import Confirmation, Review
from cloudops_tui.model.unknown import RedriveWish
from cloudops_tui.policy import redrive
from cloudops_tui.policy.plan_text import read_plan_text
from cloudops_tui.policy.retry import RetryClass
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.resolving import UNDONE, cannot_go_on, remaining

TWICE = "twice"
"""What is typed to send once more what may do its work twice."""


@dataclass(frozen=True)
class Redrive:
    """What would run, and everything that the decision on it is about."""

    stored: StoredExecution
    state: ExecutionState
    plan: ExecutionPlan
    """The whole plan, edited where it was."""
    assessed: Assessed | None
    """Of what remains; None where nothing does."""
    review: Review | None


class Redriver:
    """Puts what remains before a person, and runs it as decided, or undoes what was done. On the engine's loop."""

    def __init__(self, engine: ExecutionEngine, queue: PlanQueue) -> None:
        self._engine = engine
        self._queue = queue

    async def look(self, execution_id: UUID, wish: RedriveWish = RedriveWish()) -> Redrive:
        """What would run. Raises Other, saying why nothing can, and InvalidCommand for an edit that cannot run."""
        stored = await self._engine.at_rest(execution_id)
        state = await self._engine.observe(execution_id)
        if wish.again is not None:
            return await self._once_more(stored, state, wish.again)
        why = cannot_go_on(state)
        if why is not None:
            raise Other(why)
        left = remaining(state)
        for one in wish.skip:
            if one not in left:
                raise Other("Only a command that is not done can be left out")
        ids = tuple(one for one in left if one not in wish.skip)
        plan = state.plan
        if wish.edited is not None:
            try:
                plan = redrive.edited_plan(plan, wish.edited, ids)
            except ValueError as error:
                raise Other(str(error)) from error
            kept = {one.id for one in state.plan.commands} - set(ids)
            ids = tuple(one.id for one in plan.commands if one.id not in kept)
        if not ids:
            return Redrive(stored, state, plan, None, None)
        return await self._put(stored, state, plan, ids, f"Go on with #{stored.number}")

    async def read_edited(self, execution_id: UUID, text: bytes) -> ExecutionPlan:
        """The plan of an execution as somebody changed it; the files are those that were frozen with it.

        Raises InvalidPlan, with all problems.
        """
        stored = await self._engine.at_rest(execution_id)
        read = await asyncio.to_thread(read_plan_text, text, None)
        taken = await self._engine.preparer.take_text(read, frozen=stored.files)
        if taken.plan is None:
            raise InvalidPlan(taken.problems)
        return taken.plan

    async def begin(self, execution_id: UUID, wish: RedriveWish, decision: Decision) -> None:
        """Begin to run exactly what was decided on; returns at once. Where nothing is left to run no digest is needed.

        Raises ApprovalRefused, DecisionIncomplete.
        """
        if self._engine.settings.safety.read_only:
            raise ApprovalRefused("This session is read-only; nothing can be redriven from here")
        with refusing():
            found = await self.look(execution_id, wish)
            if wish.again is not None and not decision.reason.strip():
                raise ApprovalRefused("Say why it is sent once more; the reason is kept")
            if any(not why.strip() for why in wish.skip.values()):
                raise ApprovalRefused("Say why it is left out; the reason is kept")
            metadata = None
            if found.review is not None:
                metadata = await self._queue.approval_of(found.review, decision)
            begun = happened.Redriven(
                execution_id=execution_id,
                by=self._engine.operator,
                remaining=tuple(one.id for one in found.review.plan.commands) if found.review else (),
                reason=decision.reason.strip() or None,
                skipped=dict(wish.skip) or None,
                approval=metadata,
                plan=found.plan if found.plan != found.state.plan else None,
            )
            await self._engine.drive_on(
                replace(found.stored, plan=found.plan),
                found.state,
                (*self._said(wish, execution_id, decision.reason), begun),
                found.assessed,
                found.review,
                metadata,
            )

    async def roll_back(self, execution_id: UUID, decision: Decision) -> None:
        """Begin to undo exactly what was decided on; returns at once. Raises ApprovalRefused, DecisionIncomplete."""
        if self._engine.settings.safety.read_only:
            raise ApprovalRefused("This session is read-only; nothing can be undone from here")
        review = await self._engine.rollback_review(execution_id)
        metadata = await self._queue.approval_of(review, decision)
        with refusing():
            await self._engine.start_rollback(execution_id, metadata, review)

    def _said(self, wish: RedriveWish, execution_id: UUID, reason: str) -> tuple[happened.AnyExecutionEvent, ...]:
        if wish.again is None:
            return ()
        return (
            happened.CommandReconciled(
                execution_id=execution_id,
                command_id=wish.again,
                resolution=Resolution.RUN_AGAIN,
                by=self._engine.operator,
                reason=reason.strip(),
            ),
        )

    async def _once_more(self, stored: StoredExecution, state: ExecutionState, command_id: UUID) -> Redrive:
        """Only one command, whose end is not known. Where nothing tells AWS that it is the same request, it is said."""
        if command_id in state.compensations:
            raise Other("What undoes is sent again by `rollback`: mark it not done first")
        if state.command(command_id).status is not CommandStatus.UNKNOWN:
            raise Other("Its end is known; a redrive runs what is not done")
        if state.compensations:
            raise Other(UNDONE)
        found = await self._put(stored, state, state.plan, (command_id,), f"Once more in #{stored.number}")
        if found.assessed is None or found.review is None:
            return found
        if found.assessed.retry_class(command_id) is RetryClass.A:
            return found
        return replace(found, review=replace(found.review, confirmation=_twice(found.review.confirmation)))

    async def _put(
        self, stored: StoredExecution, state: ExecutionState, plan: ExecutionPlan, ids: tuple[UUID, ...], title: str
    ) -> Redrive:
        preparer = self._engine.preparer
        assessed = await preparer.assessed(redrive.remaining_plan(plan, ids, title), frozen=stored.files)
        for command in assessed.plan.commands:
            self._engine.executor_for(command)
        review = await preparer.review_assessed(assessed)
        places = tuple(place for place, one in enumerate(plan.commands, 1) if one.id in ids)
        return Redrive(stored, state, plan, assessed, replace(review, places=places))


def _twice(asked: Confirmation) -> Confirmation:
    accepted = tuple(f"{one} {TWICE}" for one in asked.accepted) or (TWICE,)
    prompt = "It may do its work twice: AWS cannot tell that it is the same request. Type "
    return Confirmation(accepted, prompt + " or ".join(f"`{one}`" for one in accepted))
