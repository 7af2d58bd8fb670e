"""Plans that arrived: what waits for a decision, what became of it, and what was refused."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.files import FrozenFile
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.model.wire import Timestamp, Wire, WireEnum, additive


class QueueState(WireEnum):
    """Where an entry of the queue stands."""

    REVIEW = "Review"
    """Waits for a person."""
    QUEUED = "Queued"
    """Approved; waits to start."""
    RUNNING = "Running"
    DONE = "Done"
    """Its execution ended, well or not; the execution says which."""
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    REFUSED = "Refused"
    """Not a valid plan; kept and shown with its problems."""


class Problem(Wire):
    """One thing wrong with a plan."""

    path: str
    """JSON pointer to the place, such as `/commands/3/command_type/Sdk/parameters/Name`; `""` is the whole."""
    line: int | None = None
    """In the submitted text, from 1, where the text has lines."""
    message: str
    """What was found and what was expected."""
    remedy: str
    """What to do about it."""


class Revision(Wire):
    """A plan that a later revision took the place of, kept so that nobody loses what was asked for."""

    revision: int
    plan: ExecutionPlan
    plan_digest: str
    risk_level: RiskLevel
    """The effective level."""
    source: str
    at: Timestamp
    """When it came."""
    user_prompt: str = ""
    conversation_id: UUID
    edited_by: str | None = additive("Who wrote it here; None where it came as it is from its source.")


class QueueEntry(Wire):
    """One submission. The same plan id and plan digest is the same entry."""

    id: UUID
    number: int
    """The short number that screens and the command line use."""
    state: QueueState
    revision: int
    """From 1; a changed plan under the same id, while in Review, is the next revision."""
    plan: ExecutionPlan | None = None
    """None when refused."""
    plan_digest: str | None = None
    """What the plan itself says; names the revision."""
    risk_level: RiskLevel | None = None
    """The effective level."""
    source: str
    """Where it came from: a file, `stdin`, `inbox`."""
    base_dir: str | None = None
    """Folder that the plan's relative files belong to; None from stdin."""
    files: tuple[FrozenFile, ...] = ()
    """What was frozen with this revision; the copies are what runs."""
    submitted_at: Timestamp
    changed_at: Timestamp
    """When its state last changed."""
    conversation_id: UUID
    user_prompt: str = ""
    problems: tuple[Problem, ...] = ()
    """Why it was refused."""
    refused_text: str | None = None
    """What was refused, kept so that nothing is lost."""
    decided_by: str | None = None
    decided_at: Timestamp | None = additive("When it was approved or rejected.")
    edited_by: str | None = additive("Who wrote this revision here; None where it came as it is from its source.")
    reason: str | None = None
    """Why it was rejected."""
    execution_id: UUID | None = None
    """The execution that ran it."""
