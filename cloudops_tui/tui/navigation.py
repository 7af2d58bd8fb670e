"""Where an operator may go next, and what may be asked; the application is the only one who takes them there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from uuid import UUID

from cloudops_tui.model.queue import Problem, QueueEntry
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import UnknownFacts
from cloudops_tui.presentation.lines import Line
from cloudops_tui.presentation.review.rehearsed import NOT_REHEARSED, briefly
from cloudops_tui.state.execution import ExecutionState


@dataclass(frozen=True)
class OpenArea:
    """One of the four areas, at its own first screen."""

    area: str
    """`queue`, `running`, `history` or `notices`."""


@dataclass(frozen=True)
class OpenPlan:
    """What waits in the queue under this id: its review, or, of a refused one, its problems."""

    entry_id: UUID
    then: str = ""
    """What to begin once it is read: `approve`, `modify`, or nothing."""
    said: str = ""
    """What is told there, of how one came to it."""


@dataclass(frozen=True)
class OpenDifference:
    """What a modification changed; behind it lies the fresh review."""

    before: QueueEntry
    after: QueueEntry


@dataclass(frozen=True)
class OpenExecution:
    """The live screen of an execution."""

    execution_id: UUID


@dataclass(frozen=True)
class OpenRecord:
    """What is remembered of an execution."""

    execution_id: UUID


@dataclass(frozen=True)
class OpenReplay:
    """An execution of the past in the live screen, as it went."""

    execution_id: UUID
    speed: int = 1
    """One of `state.playback.SPEEDS`."""


@dataclass(frozen=True)
class GoBack:
    """One level up; at an area's first screen, nowhere."""


@dataclass(frozen=True)
class Approved:
    """A decision to approve, as the modal took it."""

    digest: str
    confirmation: str = ""
    reason: str = ""
    override: str = ""
    """Why, although the rehearsal was answered with a no."""
    acknowledged: bool = False
    """That nothing undoes some of what destroys was acknowledged."""


@dataclass(frozen=True)
class AskApproval:
    """The approval modal over `review`. `submit` hands the decision in; what it raises is shown in the modal.
    `answered` hears what was accepted, or None."""

    review: Review
    submit: Callable[[Approved], Awaitable[None]]
    answered: Callable[[Approved | None], None]
    called: str = ""
    """What is asked, such as `Roll back`; empty is `Approve`."""
    hindered: Callable[[], str | None] = lambda: None
    """Asked again and again while the modal is open: why it cannot be approved now, or None."""
    refused: Callable[[], str | None] = lambda: None
    """Asked as often: to what the rehearsal was answered with a no, so that an approval needs a reason, or None."""
    rehearsed: Callable[[], Line] = lambda: briefly(NOT_REHEARSED)
    """Asked as often: in a few words, what the rehearsal tells; also that none is made, as of a rollback."""
    reason: str = ""
    """What was given as the reason already, by the question that led here; nobody has to type it twice."""


@dataclass(frozen=True)
class AskReason:
    """The reject modal; `answered` hears a reason with something in it, or None."""

    entries: tuple[QueueEntry, ...]
    """One, or all that are marked: a reason for each."""
    answered: Callable[[str | None], None]


@dataclass(frozen=True)
class AskWhatToDo:
    """A modified plan is not valid: edit again (True), or discard (False)."""

    problems: tuple[Problem, ...]
    answered: Callable[[bool | None], None]


@dataclass(frozen=True)
class Choice:
    """One line of a menu."""

    id: Hashable
    label: str
    meaning: str = ""


@dataclass(frozen=True)
class AskChoice:
    """A menu; `answered` hears the ids that were chosen, in the menu's order, or None."""

    title: str
    choices: tuple[Choice, ...]
    chosen: tuple[Hashable, ...]
    """What is chosen now."""
    answered: Callable[[tuple[Hashable, ...] | None], None]
    several: bool = False


@dataclass(frozen=True)
class Resolved:
    """What a person says of an Unknown command, and why."""

    resolution: Resolution
    reason: str


@dataclass(frozen=True)
class AskUnknown:
    """What came of a command whose end is not known. `ask` asks its account, too. `submit` keeps a mark, and what it
    raises is shown in the modal; to send it once more is answered, and decided on elsewhere."""

    facts: UnknownFacts
    ask: Callable[[], Awaitable[UnknownFacts]]
    submit: Callable[[Resolved], Awaitable[None]]
    answered: Callable[[Resolved | None], None]


@dataclass(frozen=True)
class GoOn:
    """How an execution that has ended goes on."""

    how: Literal["run", "edit", "undo"]
    skip: Mapping[UUID, str] = field(default_factory=dict)
    """What is left out, and why."""


@dataclass(frozen=True)
class AskGoOn:
    """What to do with an execution that has ended and is not done."""

    state: ExecutionState
    number: int | None
    answered: Callable[[GoOn | None], None]


@dataclass(frozen=True)
class Report:
    """Lines that have to be read before one goes on, such as what could not be done, and why."""

    title: str
    lines: tuple[Line, ...]


Intent: TypeAlias = (
    OpenArea
    | OpenPlan
    | OpenDifference
    | OpenExecution
    | OpenRecord
    | OpenReplay
    | GoBack
    | AskApproval
    | AskReason
    | AskWhatToDo
    | AskChoice
    | AskUnknown
    | AskGoOn
    | Report
)
