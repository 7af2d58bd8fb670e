"""What a command knows of its undoing, and what was there before it ran."""

from __future__ import annotations

from uuid import UUID

from pydantic import JsonValue

from cloudops_tui.model.command import Command
from cloudops_tui.model.wire import Timestamp, Wire, WireEnum, additive


class UndoKind(WireEnum):
    """Which way back a command has. Written in small letters with dashes."""

    COMPENSATION = "compensation"
    """The plan itself says what undoes it."""
    RESTORE_BEFORE = "restore-before"
    """What is read before it is sent can be put back."""
    INVERSE = "inverse"
    """Another operation does the opposite: attach and detach, start and stop."""
    DELETE_CREATED = "delete-created"
    """What it makes can be deleted, by the name or id that our own record of it has."""
    NONE = "none"
    """Nothing is known that would undo it."""


class Undoing(Wire):
    """The way back of one command, as far as it is known before it runs."""

    kind: UndoKind
    words: str
    """What would come back and how; for `none`, why nothing can."""
    in_part: bool | None = additive("A setting comes back, and not what goes for good while it is in force.")


class BeforeState(Wire):
    """What was there of what a command writes, read right before it was sent. No secret is in it."""

    at: Timestamp
    image: dict[str, JsonValue] | None = None
    """By what it is called: the value as it was, null where there was none. None: it is not known."""
    unread: str | None = additive("Why it is not known.")


class ProposedUndo(Wire):
    """What undoes a command for which the plan wrote nothing; made from what was recorded, and approved on its own."""

    command_id: UUID
    """The command that is undone."""
    kind: UndoKind
    compensations: tuple[Command, ...]
    """In the order in which they run."""
