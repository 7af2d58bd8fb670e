"""What destructive commands would act on: captured when a plan is decided on, compared right before they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cloudops_tui.engine.guard import Guard
from cloudops_tui.engine.ports import AttemptExecutor, FrozenFiles, Hears, Rehearsal, RehearsingExecutor
from cloudops_tui.engine.unless import within
from cloudops_tui.engine.wrapped import WrappedExecutor
from cloudops_tui.model.approval import RehearsedState
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.files import secret_of
from cloudops_tui.model.result import DryRunOutput, DryRunResult
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.before.compared import difference
from cloudops_tui.policy.earlier import Earlier
from cloudops_tui.policy.safe_text import safe_line

LOOKS_WITHIN = 20.0  # seconds; without an answer by then nothing is proved, and nothing is blocked


@dataclass(frozen=True)
class Comparison:
    """What is there now, beside what was there when it was approved."""

    same: bool | None
    """None: that could not be told."""
    said: str = ""
    """The difference, or why it could not be told."""

    @property
    def refusal(self) -> str | None:
        """Why the command may not leave; None when it may."""
        if self.same is not False:
            return None
        return f"What it acts on has changed since the approval: {self.said}; nothing was sent. Approve the plan anew"


def captured_states(review: Review, rehearsal: DryRunResult | None) -> tuple[RehearsedState, ...]:
    """What the rehearsal found of the review's destructive commands."""
    destructive = {one.command.id for one in review.commands if one.assessment.level is RiskLevel.DESTRUCTIVE}
    return tuple(
        RehearsedState(command_id=one.command_id, digest=one.before_state, found=one.found or ())
        for one in (rehearsal.commands if rehearsal is not None else ())
        if one.before_state is not None and one.command_id in destructive
    )


class BeforeStates:
    """Of one run. Sends nothing but the reads that the rehearsal sent."""

    def __init__(
        self,
        guard: Guard | None,
        executor_for: Callable[[Command], AttemptExecutor],
        files: FrozenFiles,
    ) -> None:
        captured = (guard.approval.before or ()) if guard is not None and guard.approval is not None else ()
        self._captured = {one.command_id: one for one in captured}
        self._commands = {one.command.id: one for one in guard.review.commands} if guard is not None else {}
        self._earlier = Earlier(guard.review.numbered if guard is not None else ())
        self._executor_for = executor_for
        self._files = files

    async def compared(
        self, command: Command, begun: Callable[[UUID], bool], heard: Hears | None = None
    ) -> Comparison | None:
        """Look again; None for a command of which nothing was captured. `begun`: which others began before it.
        `heard` is told every answer."""
        before, review = self._captured.get(command.id), self._commands.get(command.id)
        if before is None or review is None:
            return None
        if changed_by := self._earlier.among(begun, review):
            named = ", ".join(map(str, changed_by))
            return Comparison(None, f"command {named} of this plan ran before it, and may have changed what it acts on")
        now = await self._read(review, heard)
        if isinstance(now, str):
            return Comparison(None, f"what it acts on could not be read: {now}")
        if now.before_state == before.digest:
            return Comparison(True)
        return Comparison(False, difference(before.found, now.found or (), now.description))

    async def _read(self, review: CommandReview, heard: Hears | None) -> DryRunOutput | str:
        """What is there; a text says why it is not known."""
        try:
            executor = self._executor_for(review.command)
            asked = executor.wrapped if isinstance(executor, WrappedExecutor) else executor
            if not isinstance(asked, RehearsingExecutor):
                return "its executor cannot look"
            paths = await asyncio.to_thread(self._files.paths_of, review.files)
            rehearsal = Rehearsal(
                review.command, review.argv, paths, secret_of(review.files), state_only=True, heard=heard
            )
            found = await within(LOOKS_WITHIN, asked.rehearse(rehearsal))
        except TimeoutError:
            return f"no answer within {LOOKS_WITHIN:.0f} s"
        except ExecutionError as error:
            return safe_line(str(error))
        except Exception as error:  # noqa: BLE001  a stranger's executor: that it breaks says nothing about the command
            return f"the executor broke: {type(error).__name__}"
        if found.before_state is None:
            return safe_line(found.description.removeprefix("Not rehearsable: "))
        return found
