"""What became of plans like this one: those that called exactly the same operations as often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.wording import Sign

LOOKED_THROUGH = 30
"""Records, the latest that hold the same words, among which those alike are looked for."""
LEAST_FOR_A_MEDIAN = 3
_SHOWN = 4
_MOST_WORDS = 12


@dataclass(frozen=True)
class Past:
    """One execution of a plan like this one."""

    id: UUID
    number: int | None
    status: ExecutionStatus
    took: timedelta
    at: datetime
    failed: str = ""
    """The first command that did not complete, by its place and description."""

    @property
    def called(self) -> str:
        """`#377`, or the head of its id."""
        return f"#{self.number}" if self.number is not None else str(self.id)[:8]

    @property
    def sign(self) -> Sign:
        """How it ended."""
        return wording.EXECUTION_SIGNS[self.status]


def question(plan: ExecutionPlan) -> str:
    """What to ask the history's search for, so that every plan alike is among the answers."""
    phrases = sorted({_operation(command) for command in plan.commands})[:_MOST_WORDS]
    return " ".join(f'"{phrase}"' for phrase in phrases)


def alike(plan: ExecutionPlan, records: Iterable[ExecutionRecord], own: UUID | None = None) -> tuple[Past, ...]:
    """Those of the records that ran the same operations, newest first, but for its `own` execution."""
    kind = _kind(plan)
    others = (one for one in records if one.result.status.ended and one.id != own)
    return tuple(_past(one) for one in others if _kind(one.execution_plan) == kind)


def usual(pasts: Sequence[Past]) -> timedelta | None:
    """The median time of those that went well; None where there are too few to say."""
    lengths = [past.took.total_seconds() for past in pasts if past.status is ExecutionStatus.COMPLETED]
    return timedelta(seconds=median(lengths)) if len(lengths) >= LEAST_FOR_A_MEDIAN else None


def in_words(pasts: Sequence[Past], now: datetime) -> list[Line]:
    """A line each, newest first, and what they amount to."""
    if not pasts:
        return [line(Span("never run here", "quiet"))]
    well = sum(past.status is ExecutionStatus.COMPLETED for past in pasts)
    length = usual(pasts)
    takes = f", usually {wording.elapsed(length)}" if length is not None else ""
    amount = line(f"{well} of {len(pasts)} went well", Span(takes, "strong"))
    return [amount, *(_in_a_line(past, now) for past in pasts[:_SHOWN])]


def briefly(pasts: Sequence[Past]) -> Line:
    """The same in one line."""
    if not pasts:
        return ()
    parts: list[Span] = []
    for past in pasts[:_SHOWN]:
        parts += [
            Span(f"{', ' if parts else ''}{past.called} ", "quiet"),
            Span(past.sign.word, past.sign.style),
            Span(f" {wording.elapsed(past.took)}", "quiet"),
        ]
    length = usual(pasts)
    return (*parts, Span(f"; usually {wording.elapsed(length)}", "strong")) if length is not None else tuple(parts)


def _in_a_line(past: Past, now: datetime) -> Line:
    return line(
        Span(f"{past.called} ", "quiet"),
        Span(past.sign.word, past.sign.style),
        Span(f" {wording.elapsed(past.took)}, {wording.age(past.at, now)} ago", "quiet"),
        Span(f"  {past.failed}", "caution"),
    )


def _past(record: ExecutionRecord) -> Past:
    failed = ""
    if record.result.status is not ExecutionStatus.COMPLETED:
        places = {command.id: (place, command) for place, command in enumerate(record.execution_plan.commands, 1)}
        first = next((one for one in record.result.command_results if one.error and one.command_id in places), None)
        if first is not None:
            place, command = places[first.command_id]
            failed = f"at {place} {safe_line(command.description)}"
    return Past(record.id, record.number, record.result.status, record.duration, record.timestamp, failed)


def _kind(plan: ExecutionPlan) -> Counter[str]:
    return Counter(_operation(command) for command in plan.commands)


def _operation(command: Command) -> str:
    """`aws ec2 create-tags`, or `ec2 CreateTags` by SDK."""
    match command.command_type:
        case Cli(value=call):
            return " ".join(call.command.split()[:4])
        case Sdk(value=call):
            return f"{call.service} {call.operation}"
