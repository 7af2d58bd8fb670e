"""Ways back at work: what is there is read before a command leaves, and compared again before it is undone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from cloudops_tui.engine.ports import AskingExecutor, AttemptExecutor, Clock, Hears
from cloudops_tui.engine.prepare import Assessed
from cloudops_tui.engine.unless import within
from cloudops_tui.model.command import Command
from cloudops_tui.model.errors import ExecutorNotAvailable
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.undo import BeforeState, ProposedUndo, UndoKind
from cloudops_tui.policy.before.reading import Answer, Read
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.risk import about_the_claim
from cloudops_tui.policy.rollback import Undo, extended, left_to_undo, undo_order
from cloudops_tui.policy.undo.knowing import Undoable
from cloudops_tui.policy.undo.proposing import Facts, proposed
from cloudops_tui.policy.undo.way_back import NoWayBack, WayBack
from cloudops_tui.state.execution import ExecutionState, undone

PATIENCE = 20.0
"""Seconds for all reads of one command, clients and credentials included; nothing waits longer. An executor of ours
gives an answer five once its client is there: the first client of a process may take as long on a busy machine."""
LARGEST = 64 * 1024  # characters of what is kept of one command

AT_ONCE = 8  # commands that are looked at together
IS_BACK = "It is as it was before already: there is nothing to put back"

ExecutorFor = Callable[[Command], AttemptExecutor]


class Undoing:
    """Reads what commands are about to change, and finds it changed by others. One per engine; it holds nothing."""

    def __init__(self, executor_for: ExecutorFor, clock: Clock) -> None:
        self._executor_for = executor_for
        self._clock = clock

    async def before(self, command: Command, assessed: Assessed, heard: Hears | None = None) -> BeforeState | None:
        """What is there of what the command will change; None where our tables have nothing to put back. `heard` is
        told every answer.

        Never raises and never takes longer than `PATIENCE`: the command goes on without it.
        """
        found = assessed.ways_back.get(command.id)
        if not isinstance(found, Undoable) or not isinstance(found.way, WayBack):
            return None
        image = await self._read_in_time(command, found, heard)
        now = self._clock.now()
        if isinstance(image, str):
            return BeforeState(at=now, unread=without_secrets(image))
        return BeforeState(at=now, image=image)

    async def changed_since(
        self,
        undo: ProposedUndo,
        command: Command,
        state: ExecutionState,
        found: Undoable,
        heard: Hears | None = None,
    ) -> str:
        """Why the undo may not leave any more, in words; empty while things are as the command left them."""
        before = state.befores.get(undo.command_id)
        if not isinstance(found.way, WayBack) or before is None or before.image is None:
            return ""
        now = await self._read_in_time(command, found, heard)
        if isinstance(now, str):
            return f"Whether somebody changed it since cannot be read: {now}"
        if found.way.is_back(found.asked, before.image, now):
            return IS_BACK
        changed = found.way.changed_since(found.asked, before.image, now)
        return f"Somebody changed it since: {without_secrets(changed)}" if changed else ""

    async def prepared(self, state: ExecutionState, written: ExecutionPlan, assessed: Assessed) -> PreparedUndo:
        """What a rollback would run now: what the plan has, and where it has nothing what can be put back."""
        found = _proposals(state, written, assessed)
        made = [one for one in found.values() if isinstance(one, ProposedUndo)]
        finished = set(undone(state))
        fresh = [one for one in made if not finished.intersection(each.id for each in one.compensations)]
        limit = asyncio.Semaphore(AT_ONCE)

        async def standing(one: ProposedUndo) -> str:
            way = assessed.ways_back[one.command_id]
            async with limit:
                assert isinstance(way, Undoable)
                return await self.changed_since(one, written.command(one.command_id), state, way)

        told = dict(zip((one.command_id for one in fresh), await asyncio.gather(*map(standing, fresh)), strict=True))
        back = {command_id for command_id, said in told.items() if said == IS_BACK}
        kept = [one for one in made if one.command_id not in back]
        plan = extended(written, kept)
        before = state.plan.rollback_strategy.compensations if state.plan.rollback_strategy else {}
        now = plan.rollback_strategy.compensations if plan.rollback_strategy else {}
        gone = [_nothing_for(one) for one, each in before.items() if each and not now.get(one)]
        remains = {one: why for one, why in found.items() if isinstance(why, str) and not before.get(one)}
        return PreparedUndo(
            tuple(left_to_undo(undo_order(plan, state.completed), finished)),
            (*kept, *gone),
            {one.compensations[0].id: told[one.command_id] for one in fresh if told[one.command_id]},
            remains | dict.fromkeys(back, IS_BACK),
            written,
        )

    async def _read_in_time(self, command: Command, found: Undoable, heard: Hears | None) -> dict[str, Any] | str:
        try:
            return await within(PATIENCE, self._read(command, found, heard))
        except TimeoutError:
            return f"no answer within {PATIENCE:.0f} s"

    async def _read(self, command: Command, found: Undoable, heard: Hears | None) -> dict[str, Any] | str:
        """The image of what is there, or why there is none."""
        assert isinstance(found.way, WayBack)
        try:
            executor = self._executor_for(command)
            if not isinstance(executor, AskingExecutor):
                return "its executor cannot read"
            reads = found.way.reads(found.asked)
            if not reads:
                return "what the command names could not be read from it"
            answers = await _asked(executor, reads, command, heard)
            if more := found.way.then(found.asked, answers):
                answers += await _asked(executor, more, command, heard)
            return _kept(found.way.image(found.asked, answers))
        except (NoWayBack, ExecutorNotAvailable) as why:
            return str(why)
        except Exception as error:  # noqa: BLE001  an answer of a shape that nobody foresaw is no reason not to go on
            return f"what was answered was not understood ({type(error).__name__})"


async def _asked(
    executor: AskingExecutor, reads: Sequence[Read], command: Command, heard: Hears | None
) -> list[Answer]:
    answers = await executor.ask(reads, command.profile, command.region)
    if heard is not None:
        heard(reads, answers)
    return list(answers)


def _kept(image: Mapping[str, Any]) -> dict[str, Any]:
    """The image as it may be kept; raises NoWayBack where a part of it is a secret, or it is too large."""
    try:
        text = json.dumps(image)
    except (TypeError, ValueError) as error:
        raise NoWayBack("a part of it is hidden, or cannot be kept") from error
    if len(text) > LARGEST:
        raise NoWayBack(f"what is there takes {len(text):,} characters, which is more than is kept")
    if without_secrets(text) != text:
        raise NoWayBack("it holds what looks like a secret, which is not kept")
    return dict(json.loads(text))


@dataclass(frozen=True)
class Unchanged:
    """Says of what a rollback proposes whether somebody changed what is to be put back."""

    undoing: Undoing
    assessed: Assessed
    proposals: Sequence[ProposedUndo]
    state: Callable[[], ExecutionState]

    async def why_not(self, command: Command, heard: Hears | None = None) -> str | None:
        """Why the command may not leave; None while it may. `heard` is told every answer."""
        undo = next((one for one in self.proposals if any(each.id == command.id for each in one.compensations)), None)
        if undo is None or self._has_begun(undo):
            return None
        found = self.assessed.ways_back.get(undo.command_id)
        if not isinstance(found, Undoable):
            return "What it undoes is not known to our tables any more; nothing was sent"
        state = self.state()
        command_then = state.plan.command(undo.command_id)
        changed = await self.undoing.changed_since(undo, command_then, state, found, heard)
        return f"{changed}; nothing was sent" if changed else None

    def _has_begun(self, undo: ProposedUndo) -> bool:
        """An earlier step of the same undo has done its part, so that things are between both states."""
        known = self.state().compensations
        done = (known.get(one.id) for one in undo.compensations)
        return any(one is not None and one.status is CommandStatus.COMPLETED for one in done)


@dataclass(frozen=True)
class PreparedUndo:
    """What a rollback would run now."""

    undos: tuple[Undo, ...]
    """What is left to undo, the last that completed first."""
    proposals: tuple[ProposedUndo, ...]
    """What is proposed where the plan has nothing; one without commands takes back what was proposed before."""
    standing: Mapping[UUID, str]
    """By proposed command: how things stand, where that is not as the command left them."""
    remains: Mapping[UUID, str]
    """Commands that completed and that nothing undoes, and why."""
    plan: ExecutionPlan

    def held_to(self, review: Review) -> tuple[ProposedUndo, ...]:
        """Only what was decided on."""
        decided = {one.id for one in review.plan.commands}
        return tuple(
            one if all(each.id in decided for each in one.compensations) else _nothing_for(one.command_id)
            for one in self.proposals
        )


def with_kinds(review: Review, prepared: PreparedUndo) -> Review:
    """The review of a rollback, with what each of its commands is, and with what stays done."""
    words: dict[UUID, str] = {}
    for one in prepared.proposals:
        for each in one.compensations:
            words[each.id] = ": ".join(filter(None, (one.kind.value, prepared.standing.get(each.id, ""))))
    # It is the way back itself: what it destroys is confirmed by typing, as ever, and has no other way back to lack.
    commands = tuple(
        replace(
            one if one.command.id not in words else _unclaimed(one),
            undoes=words.get(one.command.id, UndoKind.COMPENSATION.value),
            no_way_back=False,
        )
        for one in review.commands
    )
    remains = (f"`{prepared.plan.command(one).description}`: {why}" for one, why in prepared.remains.items())
    return replace(review, commands=commands, remains=tuple(remains))


def _unclaimed(proposed: CommandReview) -> CommandReview:
    """No plan says how bad it is, since it is ours."""
    found = proposed.assessment
    reasons = tuple(one for one in found.reasons if one != about_the_claim(found.claimed, found.assessed))
    return replace(proposed, assessment=found.model_copy(update={"claimed": found.level, "reasons": reasons}))


def nothing_to_undo(prepared: PreparedUndo) -> str:
    """Why there is nothing, naming what completed: the reasons first, for the line that tells them may be cut."""
    reasons: dict[str, list[str]] = {}
    for one, why in prepared.remains.items():
        reasons.setdefault(why, []).append(f"`{prepared.plan.command(one).description}`")
    told = [f"{why} ({', '.join(named[:3])}{', ...' if named[3:] else ''})" for why, named in reasons.items()]
    left = "no command that completed has compensations in the plan that are left"
    return "; ".join((f"Nothing to undo: {told[0]}", *told[1:3], left)) if told else f"Nothing to undo: {left}"


def _proposals(state: ExecutionState, written: ExecutionPlan, assessed: Assessed) -> dict[UUID, ProposedUndo | str]:
    """For each command that completed and for which the plan wrote nothing: what would undo it, or why nothing can."""
    compensations = written.rollback_strategy.compensations if written.rollback_strategy else {}
    found: dict[UUID, ProposedUndo | str] = {}
    for command_id in reversed(state.completed):
        if compensations.get(command_id) or assessed.reads(command_id):
            continue
        known = state.command(command_id)
        facts = Facts(
            written.command(command_id),
            assessed.ways_back.get(command_id, "no way back is known"),
            state.befores.get(command_id),
            known.result.output if known.result else "",
        )
        found[command_id] = proposed(state.execution_id, facts)
    return found


def _nothing_for(command_id: UUID) -> ProposedUndo:
    return ProposedUndo(command_id=command_id, kind=UndoKind.NONE, compensations=())
