"""What a person needs in front of them to decide: the frozen plan, what it will do, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from cloudops_tui.model.approval import ApprovalRequest
from cloudops_tui.model.command import Command
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.model.undo import Undoing, UndoKind

NO_UNDOING = Undoing(kind=UndoKind.NONE, words="no way back is known")


@dataclass(frozen=True)
class CommandReview:
    """One command as it would run."""

    command: Command
    argv: tuple[str, ...] | None
    """The canonical argv of a CLI command; None for the SDK."""
    assessment: RiskAssessment
    waits_for: frozenset[UUID]
    compensations: tuple[CommandReview, ...] = ()
    """What undoes it, in order."""
    files: tuple[FrozenFile, ...] = ()
    """What it takes from elsewhere, as it was frozen."""
    repeating: str = ""
    """Whether it is tried more than once, and why; empty where that was not looked at."""
    once: bool = False
    """A second request could do it twice: it is sent again only where nothing was done."""
    undoing: Undoing = NO_UNDOING
    """What is known of its way back before it runs."""
    undoes: str = ""
    """Of a command that undoes another: what kind of undoing it is, and how things stand; in words."""
    named: tuple[str, ...] = ()
    """Resources that it names, the first of them."""
    no_way_back: bool = False
    """It destroys, and nothing is known that would undo it; whoever approves it says that they know."""


@dataclass(frozen=True)
class Confirmation:
    """What has to be typed before an approval counts."""

    accepted: tuple[str, ...] = ()
    """Any one of these; empty: nothing has to be typed."""
    prompt: str = ""
    """What to type, in words."""

    @property
    def needed(self) -> bool:
        """Something has to be typed."""
        return bool(self.accepted)

    def given_by(self, typed: str) -> bool:
        """The typed text confirms, or nothing had to be typed."""
        return not self.accepted or typed.strip() in self.accepted


@dataclass(frozen=True)
class Review:
    """A plan put before a person: everything shown, digested and decided comes from this one value."""

    plan: ExecutionPlan
    entry: QueueEntry | None
    request: ApprovalRequest
    commands: tuple[CommandReview, ...]
    """In the plan's order."""
    level: RiskLevel
    flags: frozenset[RiskFlag]
    digest: str
    """The approval digest, 64 hex digits; the decision is bound to it."""
    plan_digest: str
    identities: tuple[ProfileIdentity, ...]
    tool: ToolIdentity | None
    confirmation: Confirmation
    blocked: str | None = None
    """Why it cannot be approved, with the remedy; None when it can."""
    radius: BlastRadius = field(default_factory=BlastRadius)
    """Of all commands that write, together."""
    surroundings: tuple[str, ...] = ()
    """Proxies and certificate authorities between us and AWS that are not standard, each `NAME=value`."""
    remains: tuple[str, ...] = ()
    """Of a rollback: what completed and stays done, and why, each in words."""
    places: tuple[int, ...] = ()
    """Of what is only a part of a plan: the numbers that its commands have there. Empty: 1, 2 and so on."""
    asked_under: object = field(default=None, compare=False, repr=False)
    """`Accounts.fingerprint` as it was before the accounts were asked; what differs from it has changed since."""

    @cached_property
    def numbered(self) -> tuple[tuple[int, CommandReview], ...]:
        """The commands with the numbers by which people speak of them: those of the plan, in whatever part of it."""
        return tuple(zip(self.places or range(1, len(self.commands) + 1), self.commands, strict=True))

    @property
    def without_way_back(self) -> tuple[UUID, ...]:
        """The commands that destroy and that nothing undoes; an approval acknowledges them as such."""
        return tuple(one.command.id for one in self.commands if one.no_way_back)

    @property
    def short_digest(self) -> str:
        """The first twelve characters, which people compare."""
        return self.digest[:12]
