"""Reconcile: a command whose end is not known is resolved by a person, with what can be found out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.attempt import client_token
from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.plan_queue import ApprovalRefused, refusing
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.prepare import Repeatable
from cloudops_tui.engine.rehearsal import rehearse
from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import ExecutionError, Other
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import CommandDryRun, CommandStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.model.unknown import AttemptSeen, UnknownFacts
from cloudops_tui.policy.retry import RetryClass
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.state.execution import CommandState, ExecutionState
from cloudops_tui.state.resolving import unresolved

NOTHING_UNKNOWN = "Nothing in it is Unknown; there is nothing to reconcile"


class Reconciler:
    """Finds out what can be known, and keeps what a person said. Works on the engine's loop."""

    def __init__(self, engine: ExecutionEngine) -> None:
        self._engine = engine

    async def unresolved(self, execution_id: UUID) -> tuple[UUID, ...]:
        """Commands, then compensations, whose end is not known. Raises Other while it runs."""
        await self._engine.at_rest(execution_id)
        return unresolved(await self._engine.observe(execution_id))

    async def facts(self, execution_id: UUID, command_id: UUID, *, ask: bool = True) -> UnknownFacts:
        """Everything to decide from; with `ask`, also what is there now: reads only. Raises Other."""
        stored = await self._engine.at_rest(execution_id)
        state = await self._engine.observe(execution_id)
        command, known = _unknown(state, command_id)
        story = await self._engine.storage.journal(execution_id)
        review, why = await self._review(stored, state.plan, command)
        now, not_asked = await self._now(review, why) if ask else (None, "not asked")
        repeats = await asyncio.to_thread(self._engine.preparer.repeatable, command, stored.files)
        places = {one.id: place for place, one in enumerate(state.plan.commands, start=1)}
        return UnknownFacts(
            execution_id=execution_id,
            number=stored.number,
            command=command,
            place=places.get(command_id),
            argv=review.commands[0].argv if review else None,
            error=known.error or "its end is not known",
            attempts=await self._attempts(execution_id, command, story),
            client_token=(repeats.own_token or client_token(execution_id, command_id)) if repeats.token else None,
            repeatable=repeats.retry_class is RetryClass.A,
            repeatable_why=_why_repeatable(repeats),
            account=_account(review.identities[0]) if review and review.identities else "not known",
            then=_rehearsed(story, command_id),
            before=state.befores.get(command_id),
            now=now,
            not_asked=not_asked,
        )

    async def resolve(self, execution_id: UUID, command_id: UUID, resolution: Resolution, reason: str) -> None:
        """Keep what a person said of an Unknown command; nothing is sent. Raises ApprovalRefused."""
        if self._engine.settings.safety.read_only:
            raise ApprovalRefused("This session is read-only; nothing can be reconciled from here")
        if resolution is Resolution.RUN_AGAIN:
            raise ApprovalRefused("What is sent once more is approved by its digest")
        if not reason.strip():
            raise ApprovalRefused("Say why; the reason is kept with the command")

        def said(state: ExecutionState) -> AnyExecutionEvent:
            _unknown(state, command_id)  # somebody else may have been faster
            return happened.CommandReconciled(
                execution_id=execution_id,
                command_id=command_id,
                resolution=resolution,
                by=self._engine.operator,
                reason=reason.strip(),
            )

        with refusing():
            await self._engine.at_rest(execution_id)
            await self._engine.add_to_story(execution_id, said)

    async def _review(
        self, stored: StoredExecution, plan: ExecutionPlan, command: Command
    ) -> tuple[Review | None, str]:
        alone = plan.model_copy(
            update={
                "commands": (command,),
                "mode": Sequential(),
                "risk_level": RiskLevel.READ_ONLY,
                "rollback_strategy": None,
                "estimated_duration": None,
            }
        )
        try:
            return await self._engine.preparer.review(alone, frozen=stored.files), ""
        except ExecutionError as error:
            return None, f"it cannot be judged any more: {safe_line(str(error))}"

    async def _now(self, review: Review | None, why: str) -> tuple[CommandDryRun | None, str]:
        if review is None:
            return None, why
        result = await rehearse(review, self._engine.executor_for, self._engine.storage.files)
        return result.commands[0], ""

    async def _attempts(
        self, execution_id: UUID, command: Command, story: list[AnyExecutionEvent]
    ) -> tuple[AttemptSeen, ...]:
        seen: list[AttemptSeen] = []
        for event in story:
            match event:
                case happened.CommandStarted(command_id=one) | happened.CompensationStarted(compensation_id=one):
                    if one != command.id:
                        continue
                    number = event.attempt or len(seen) + 1
                    folder = self._engine.storage.attempt_folder(execution_id, one, number)
                    left = await asyncio.to_thread(_left_in, folder)
                    error = _error_of(story, one, number)
                    seen.append(AttemptSeen(number, event.at, error, left, self._alive(command, folder)))
        return tuple(seen)

    def _alive(self, command: Command, folder: Path) -> bool:
        try:
            return self._engine.executor_for(command).alive(folder)
        except ExecutionError:
            return False


def _unknown(state: ExecutionState, command_id: UUID) -> tuple[Command, CommandState]:
    """The command and what is known of it; raises Other unless its end is not known."""
    known = state.compensations.get(command_id) or state.command(command_id)
    undoing = (one.compensation for one in all_compensations(state.plan))
    command = next((one for one in (*state.plan.commands, *undoing) if one.id == command_id), None)
    if command is None:
        raise Other(f"It has no command {command_id}")
    if known.status is not CommandStatus.UNKNOWN:
        said = f", {known.reconciled.words}" if known.reconciled else ""
        raise Other(f"`{command.description}` is not Unknown: it is {known.status.value}{said}")
    return command, known


def _error_of(story: list[AnyExecutionEvent], command_id: UUID, attempt: int) -> str | None:
    for event in story:
        match event:
            case happened.CommandRetryScheduled(command_id=one, attempt=number, error=error):
                if (one, number) == (command_id, attempt):
                    return error
            case happened.CommandFailed(command_id=one, error=error, result=result):
                if one == command_id and result is not None and result.attempts == attempt:
                    return error
            case happened.CompensationEnded(compensation_id=one, result=result):
                if one == command_id and result.attempts == attempt:
                    return result.error
            case _:
                pass
    return None


def _rehearsed(story: list[AnyExecutionEvent], command_id: UUID) -> tuple[str, ...]:
    """What it would act on, as it was found when its last decision was taken."""
    for event in reversed(story):
        match event:
            case happened.Started(approval=approval) | happened.Redriven(approval=approval) if approval is not None:
                for one in approval.before or ():
                    if one.command_id == command_id:
                        return one.found
            case _:
                pass
    return ()


_PRINTED = ("stdout", "stderr")


def _left_in(folder: Path) -> tuple[str, ...]:
    """What the attempt printed, nothing included, and whatever else of its files has something in it."""
    try:
        found = [(one.name, one.stat().st_size) for one in sorted(folder.iterdir()) if one.is_file()]
        return tuple(f"{name} {size} B" for name, size in found if size or name in _PRINTED)
    except OSError:
        return ()


def _why_repeatable(repeats: Repeatable) -> str:
    if repeats.token:
        return "it carries a client token: AWS answers a repetition as it answered the first"
    if repeats.reads:
        return "it only reads"
    if repeats.retry_class is RetryClass.A:
        return "the service's model calls it idempotent"
    return "nothing tells AWS that it is the same request: sent once more it may do its work twice"


def _account(identity: ProfileIdentity) -> str:
    if identity.account is None:
        return f"{identity.profile} in {identity.region}: not known: {identity.reason or 'no reason given'}"
    name = f" ({identity.account_name})" if identity.account_name else ""
    return f"{identity.profile} in {identity.region}: {identity.account}{name}"
