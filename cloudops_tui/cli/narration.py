"""An execution told while it runs: in words for people, or an event a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from uuid import UUID

from cloudops_tui.cli.speaking import as_json, say, show
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model import events as happened
from cloudops_tui.model.events import EVENT, AnyEvent, AnyExecutionEvent
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.command_row import brief
from cloudops_tui.presentation.holding import held_words
from cloudops_tui.presentation.redriven import reconciled_words, redriven_words, title_of
from cloudops_tui.presentation.wording import clock, elapsed, was_cancelled

Teller = Callable[[AnyExecutionEvent], None]

_QUEUE = (happened.PlanQueued, happened.PlanRefused, happened.ApprovalDecided, happened.PlanMoved)


class Narration:
    """Follows one execution, and holds back what happens before its id is known."""

    def __init__(self, session: ExecutionSession, tell: Teller) -> None:
        self._tell = tell
        self._waiting: list[AnyExecutionEvent] = []
        self._wanted: UUID | None = None
        self.stop = session.listen(self._take)

    def follow(self, execution_id: UUID) -> None:
        """Tell what has happened in this execution, and what will."""
        self._wanted = execution_id
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self._take(event)

    def _take(self, event: AnyEvent) -> None:
        if isinstance(event, _QUEUE):
            return
        if self._wanted is None:
            self._waiting.append(event)
        elif event.execution_id == self._wanted:
            self._tell(event)


def in_words(plan: ExecutionPlan) -> Teller:
    """Tell on standard error, a line for each thing worth one."""
    words_of = worded(plan)

    def tell(event: AnyExecutionEvent) -> None:
        words = words_of(event)
        if words:
            say(words)

    return tell


def worded(plan: ExecutionPlan) -> Callable[[AnyExecutionEvent], str | None]:
    """What happened in a line of words; None for what is worth none."""
    now = plan
    numbers = _numbers(plan)

    def name(command_id: UUID) -> str:
        number = f"{numbers[command_id]}/{len(numbers)} " if command_id in numbers else "undo: "
        return number + title_of(now, command_id)

    def words(event: AnyExecutionEvent) -> str | None:
        nonlocal now, numbers
        if isinstance(event, happened.Redriven) and event.plan is not None:
            now, numbers = event.plan, _numbers(event.plan)
        return _words(event, name)

    return words


def _numbers(plan: ExecutionPlan) -> dict[UUID, int]:
    return {command.id: number for number, command in enumerate(plan.commands, start=1)}


def as_lines() -> Teller:
    """Tell on standard output, an event a line in wire form. When nobody reads any more the execution goes on."""
    silent = False

    def tell(event: AnyExecutionEvent) -> None:
        nonlocal silent
        if silent:
            return
        try:
            show(as_json(EVENT.dump_python(event, mode="json")))
            sys.stdout.flush()
        except OSError:
            silent = True
            _abandon_stdout()

    return tell


def _abandon_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _words(event: AnyExecutionEvent, name: Callable[[UUID], str]) -> str | None:
    match event:
        case happened.CommandStarted(command_id=command, attempt=attempt):
            return f"{name(command)}: started" if (attempt or 1) == 1 else f"{name(command)}: attempt {attempt}"
        case happened.CommandRetryScheduled(command_id=command, error=error, after=after) if not after:
            return f"{name(command)}: turned away: {brief(error)}"
        case happened.CommandRetryScheduled(command_id=command, error=error, after=after):
            return f"{name(command)}: retry in {elapsed(after)}: {safe_line(error)}"
        case happened.CommandCompleted(command_id=command, result=result):
            return f"{name(command)}: done in {elapsed(result.duration)}"
        case happened.CommandFailed(command_id=command, error=error, result=result):
            unknown = result is not None and result.status is CommandStatus.UNKNOWN
            word = "outcome unknown" if unknown else "cancelled" if was_cancelled(result) else "failed"
            return f"{name(command)}: {word}: {safe_line(error)}"
        case happened.CommandSkipped(command_id=command, reason=reason):
            return f"{name(command)}: skipped: {safe_line(reason)}"
        case happened.CommandThrottled(command_id=command, service=service, region=region, after=after):
            return f"{name(command)}: throttled: {safe_line(service)} {safe_line(region)}, next try in {elapsed(after)}"
        case happened.BeforeStateCompared(command_id=command, same=None, said=said):
            return f"{name(command)}: not compared with what was approved: {safe_line(said or 'not known')}"
        case happened.ExecutionHeld(profile=profile, error=error, renew=renew, gives_up_at=until):
            limit = f"; it fails at {clock(until)}" if until is not None else ""
            return f"HELD: {held_words(profile, renew)} ({brief(error)}){limit}"
        case happened.ExecutionReleased(profile=profile, why=None):
            return f"profile {safe_line(profile)} has new credentials; it goes on"
        case happened.ExecutionReleased(why=str(why)):
            return f"not held any more: {safe_line(why)}"
        case happened.CancellationRequested(by=by):
            return f"cancelled by {safe_line(by)}"
        case happened.StopRequested(by=by):
            return f"stopped by {safe_line(by)}: what runs is finished, nothing more begins"
        case happened.RollbackStarted(reason=reason):
            return f"undoing what completed: {safe_line(reason or 'asked for')}"
        case happened.CompensationStarted(compensation_id=command):
            return f"{name(command)}: started"
        case happened.CompensationEnded(compensation_id=command, result=result):
            end = "done" if result.status is CommandStatus.COMPLETED else f"failed: {safe_line(result.error or '')}"
            return f"{name(command)}: {end}"
        case happened.CommandReconciled(command_id=command):
            return f"{name(command)}: {reconciled_words(event)}"
        case happened.Redriven():
            return f"goes on, {redriven_words(event)}"
        case _:
            return None
