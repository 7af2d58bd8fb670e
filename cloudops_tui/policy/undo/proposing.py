"""Compensations that nobody wrote: made from what was there before and from what the commands answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID, uuid5

from cloudops_tui.model.command import Command, Sdk, SdkCommand
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.undo import BeforeState, ProposedUndo, UndoKind
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.undo.created import Creation
from cloudops_tui.policy.undo.knowing import Undoable
from cloudops_tui.policy.undo.way_back import Call, NoWayBack, WayBack


@dataclass(frozen=True)
class Facts:
    """What is recorded of a command that completed and for which the plan wrote no compensation."""

    command: Command
    undoable: Undoable | str
    before: BeforeState | None
    output: str


def proposed(execution_id: UUID, facts: Facts) -> ProposedUndo | str:
    """What would undo the command, or why nothing can; the same facts make the same commands, ids and all."""
    found = facts.undoable
    if isinstance(found, str):
        return found
    try:
        kind, calls, words = _calls(found, facts)
    except NoWayBack as why:
        return str(why)
    if not calls:
        return "it changed nothing"
    commands = tuple(_command(execution_id, facts.command, found.service, place, words, call)
                     for place, call in enumerate(calls))  # fmt: skip
    return ProposedUndo(command_id=facts.command.id, kind=kind, compensations=commands)


def _calls(found: Undoable, facts: Facts) -> tuple[UndoKind, Sequence[Call], str]:
    match found.way:
        case Creation() as creation:
            call = creation.call(found.asked, facts.output)
            made = _short(safe_line(" ".join(text for text in call.parameters.values() if isinstance(text, str))))
            return UndoKind.DELETE_CREATED, (call,), f"Delete the {creation.noun} {made} that was made"
        case WayBack() as way:
            before = _before(facts.before)
            calls = way.calls(found.asked, before)
            return way.kind, calls, f"Put back {_short(safe_line(way.told(found.asked, before)))}"
        case _:
            assert_never(found.way)


def _before(before: BeforeState | None) -> Mapping[str, object]:
    if before is None:
        raise NoWayBack("what was there before was not read")
    if before.image is None:
        raise NoWayBack(f"what was there before is not known: {before.unread or 'it was not read'}")
    return before.image


def _command(execution_id: UUID, undone: Command, service: str, place: int, words: str, call: Call) -> Command:
    return Command(
        id=uuid5(execution_id, f"undo/{undone.id}/{place}"),
        command_type=Sdk(SdkCommand(service=service, operation=call.operation, parameters=dict(call.parameters))),
        description=f"{words} ({call.operation}; undoes `{undone.description}`)",
        risk_level=RiskLevel.READ_ONLY,
        profile=undone.profile,
        region=undone.region,
        timeout=undone.timeout,
    )


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:87]}..."
