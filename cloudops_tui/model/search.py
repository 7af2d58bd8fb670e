"""What a search of the history asks for, and the short form in which records are listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel


@dataclass(frozen=True)
class Word:
    """Somewhere in the plan, its commands, its ids, its errors or its output stands this."""

    text: str
    phrase: bool = False
    """Exactly so; else the last word may be a beginning."""


@dataclass(frozen=True)
class Ended:
    """It stands at one of these."""

    statuses: frozenset[ExecutionStatus]
    unknown: bool = False
    """Or the end of one of its commands is not known."""


@dataclass(frozen=True)
class Risked:
    """Its effective level is one of these."""

    levels: frozenset[RiskLevel]


@dataclass(frozen=True)
class ApprovedBy:
    """The approver's name holds this."""

    name: str


@dataclass(frozen=True)
class Mine:
    """Approved by this person, or begun here without a decision."""

    name: str


@dataclass(frozen=True)
class Named:
    """The plan's description holds this, or its id begins so."""

    text: str


@dataclass(frozen=True)
class Exited:
    """One of its commands ended with one of these exit codes."""

    codes: frozenset[int]


@dataclass(frozen=True)
class Since:
    """Begun then or later."""

    at: datetime


@dataclass(frozen=True)
class Until:
    """Begun before."""

    at: datetime


@dataclass(frozen=True)
class Identified:
    """Its number, or the beginning of its id or its plan's."""

    text: str


@dataclass(frozen=True)
class Reached:
    """It reached one of these accounts, as far as its approvals, its plan and what was known at its start say."""

    accounts: frozenset[str]
    or_not_recorded: bool = False
    """Or nothing recorded says which accounts those were."""


@dataclass(frozen=True)
class InConversation:
    """The conversation's id begins so."""

    prefix: str


Asked: TypeAlias = (
    Word | Ended | Risked | ApprovedBy | Mine | Named | Exited | Since | Until | Identified | Reached | InConversation
)


@dataclass(frozen=True)
class Condition:
    """One part of a search; every part has to hold."""

    asked: Asked
    negated: bool = False


@dataclass(frozen=True)
class Listed:
    """A record in short: what a list shows without reading the whole of it."""

    place: int
    """Where it stands among all records: a later one has a higher place, and no two have the same."""
    id: UUID
    number: int
    status: ExecutionStatus
    risk_level: RiskLevel
    """The effective level."""
    created_at: datetime
    duration: timedelta | None = None
    """None while it runs."""
    title: str | None = None
    """The plan's description; None where the plan cannot be read."""
    approver: str | None = None
    approved_at: datetime | None = None
    accounts: tuple[str, ...] = ()
    commands: int = 0
    completed: int | None = None
    """How many of them completed; None while it runs."""
    unknown: int = 0
    """Commands whose end is not known."""
    exits: tuple[int, ...] = ()
    """The different exit codes of its commands."""
    exit_code: int | None = None
    """Of the first command that failed; 0 where none did."""
    failed_command: str | None = None
    """The description of the first command that failed."""
    error: str | None = None
    """What went wrong first."""
    output_bytes: int | None = None
    user_prompt: str = ""
    unreadable: bool = False
    """What is stored of it is damaged."""
