"""What needs a person: when it is said by bell, and what the terminal's title says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.frame import PROGRAM
from cloudops_tui.presentation.lines import cut
from cloudops_tui.state.execution import ExecutionState

LONGEST_NAME = 24
"""Characters of the account's name in the title."""


@dataclass(frozen=True)
class Standing:
    """What waits and what runs, as of one look."""

    review: frozenset[tuple[UUID, int]]
    """Entries in review, with their revisions."""
    running: frozenset[UUID]
    """Executions that have not ended."""
    held: frozenset[UUID] = frozenset()
    """Of those, the ones that wait for new credentials."""
    asked: frozenset[object] = frozenset()
    """Questions that only a person can answer, such as for the code of an MFA device."""


def standing(
    entries: Iterable[QueueEntry], running: Iterable[ExecutionState], asked: Iterable[object] = ()
) -> Standing:
    """What waits and what runs."""
    states = tuple(running)
    return Standing(
        frozenset((entry.id, entry.revision) for entry in entries if entry.state is QueueState.REVIEW),
        frozenset(state.execution_id for state in states),
        frozenset(state.execution_id for state in states if state.held is not None),
        frozenset(asked),
    )


def calls(before: Standing, now: Standing) -> bool:
    """Something began to need a person: a plan came into review, an execution came to its end or is held, or
    something is asked."""
    came = now.review - before.review or now.held - before.held or now.asked - before.asked
    return bool(came or before.running - now.running)


def title(now: Standing, identities: Sequence[ProfileIdentity]) -> str:
    """`[2 review 1 running] cloudops-tui prod`: short, and nothing in it that a terminal would obey."""
    numbers = ((now.asked, "CODE"), (now.held, "HELD"), (now.review, "review"), (now.running - now.held, "running"))
    counts = [f"{len(some)} {word}" for some, word in numbers if some]
    head = f"[{' '.join(counts)}] " if counts else ""
    first = identities[0] if identities else None
    name = safe_line(first.account_name or first.account or "") if first else ""
    shown = "".join(character if " " <= character <= "~" else "?" for character in cut(name, LONGEST_NAME))
    return f"{head}{PROGRAM} {shown}".rstrip()
