"""What is known of a command whose end is not known, and what a person may wish of an execution that has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.command import Command
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import CommandDryRun
from cloudops_tui.model.undo import BeforeState


@dataclass(frozen=True)
class AttemptSeen:
    """One try at the command, as the journal and its files have it."""

    number: int
    sent_at: datetime | None
    error: str | None = None
    left: tuple[str, ...] = ()
    """What its runner left behind: each file with its length."""
    alive: bool = False
    """Somebody still works on it."""


@dataclass(frozen=True)
class UnknownFacts:
    """Everything to decide from about one Unknown command."""

    execution_id: UUID
    number: int
    """Of the execution."""
    command: Command
    place: int | None
    """In the plan, from 1; None of a compensation."""
    argv: tuple[str, ...] | None
    error: str
    attempts: tuple[AttemptSeen, ...]
    client_token: str | None
    """What AWS tells a repetition by; None where the request carries none."""
    repeatable: bool
    """Sent once more it cannot do the work twice."""
    repeatable_why: str
    account: str
    """Who would be asked, in words."""
    then: tuple[str, ...] = ()
    """What the rehearsal found before it was approved, where that was kept; in the words of `now`."""
    before: BeforeState | None = None
    """What was read right before its first doubtful attempt, where that was captured."""
    now: CommandDryRun | None = None
    """What is there now, beside what is asked for; None where nobody was asked."""
    not_asked: str = ""
    """Why nobody was asked."""


@dataclass(frozen=True)
class RedriveWish:
    """How an execution should go on: retry everything that is not done, less what is left out, edited where wanted."""

    skip: Mapping[UUID, str] = field(default_factory=dict)
    """What to leave out, and why; what waits for it may go on."""
    edited: ExecutionPlan | None = None
    """The whole plan with edited commands, under the ids that they have now."""
    again: UUID | None = None
    """Send only this one once more, whose end is not known."""
