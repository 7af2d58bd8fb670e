"""What a command knows of its undoing before it runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.catalogue import ServiceCatalogue
from cloudops_tui.model.risk import RiskFlag, RiskLevel
from cloudops_tui.model.undo import Undoing, UndoKind
from cloudops_tui.policy.before.cli_forms import with_cli_forms
from cloudops_tui.policy.before.values import typed
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.risk.subject import Subject
from cloudops_tui.policy.undo import machines, services, stored
from cloudops_tui.policy.undo.created import CREATIONS, Creation
from cloudops_tui.policy.undo.way_back import WayBack

WAYS_BACK: Mapping[tuple[str, str], WayBack] = {
    **machines.WAYS_BACK,
    **services.WAYS_BACK,
    **stored.WAYS_BACK,
}
"""By botocore's service and operation."""


_WHOLE = frozenset(
    {("dynamodb", "PutItem"), ("dynamodb", "UpdateItem"), ("dynamodb", "DeleteItem"), ("kms", "ScheduleKeyDeletion")}
)
"""Irreversible operations whose way back brings back all that they take: the item itself, a key before its end. Of any
other, such as one that shortens how long something is kept, only the setting comes back."""


@dataclass(frozen=True)
class Undoable:
    """A command with an entry in our tables: what it asks for, in the types of the model, and its way back."""

    service: str
    asked: Mapping[str, Any]
    way: WayBack | Creation
    whole: bool = False
    """Nothing is lost for good until it is undone, even where the operation is called irreversible."""


def undoable(subject: Subject, catalogue: ServiceCatalogue) -> Undoable | str:
    """The way back that our tables have for a command, or why there is none."""
    if subject.is_waiter or subject.operation is None or subject.service is None:
        return "no way back is known"
    way = WAYS_BACK.get(subject.key) or CREATIONS.get(subject.key)
    shape = catalogue.operation(*subject.key)
    if way is None or shape is None:
        return "no way back is known"
    given = subject.parameters
    if subject.cli_path:
        given = with_cli_forms(subject.given, subject.cli_path, given)
    asked = typed(given, shape.members, subject.service, catalogue)
    if not _is_json(asked):
        return "its parameters could not be read, or come from elsewhere"
    why = way.why_not(asked)
    return why if why is not None else Undoable(subject.service, asked, way, subject.key in _WHOLE)


def undoing(
    level: RiskLevel, found: Undoable | str, compensations: int, flags: Collection[RiskFlag] = ()
) -> Undoing:
    """What is known of the way back; the plan's own word counts first."""
    if compensations:
        number = "a command" if compensations == 1 else f"{compensations} commands"
        return Undoing(kind=UndoKind.COMPENSATION, words=f"the plan has {number} for it")
    if level is RiskLevel.READ_ONLY:
        return Undoing(kind=UndoKind.NONE, words="it changes nothing")
    match found:
        case str():
            return Undoing(kind=UndoKind.NONE, words=found)
        case Undoable(way=Creation(noun=noun)):
            return Undoing(kind=UndoKind.DELETE_CREATED, words=f"the {noun} that it makes can be deleted")
        case Undoable(way=WayBack() as way, asked=asked):
            what = way.what(asked)
            said = f"{'are' if _is_plural(what) else 'is'} read before it, and can be put back"
            in_part = RiskFlag.IRREVERSIBLE in flags and not found.whole
            return Undoing(kind=way.kind, words=f"{_short(what)} {said}", in_part=in_part or None)
    return Undoing(kind=UndoKind.NONE, words="no way back is known")


def lacks_way_back(level: RiskLevel, known: Undoing) -> bool:
    """It destroys, and nothing would undo that, though perhaps its setting: a person has to say that they know."""
    return level is RiskLevel.DESTRUCTIVE and (known.kind is UndoKind.NONE or known.in_part is True)


def _is_json(value: Any) -> bool:
    if value is UNREAD:
        return False
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return not _refers(value)


def _refers(value: Any) -> bool:
    """Somewhere in it stands a file or a variable in place of a value."""
    match value:
        case Mapping():
            return any(name in ("$file", "$env") for name in value) or any(map(_refers, value.values()))
        case list() | tuple():
            return any(map(_refers, value))
        case _:
            return False


def _is_plural(what: str) -> bool:
    return ", " in what or what.removeprefix("the ").partition(" ")[0] in ("actions", "processes", "tags", "targets")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
