"""What the program leaves in the scrollback when it ends: what ran or was watched, and how it came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import Arrangement, arranged, failures
from cloudops_tui.presentation.command_row import Look, brief, ticking
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.presentation.lines import plain
from cloudops_tui.presentation.outcome import sign_of_execution, summary_head
from cloudops_tui.state.execution import ExecutionState

BLOCKS = 10
"""Executions that are told of, the latest; nobody wants a page of them at the prompt."""

ERRORS = 5
"""Commands that failed and are named, of each execution."""

_ANY = 10_000  # cells; a shell's window breaks lines by itself, and copies them whole


def parting(
    states: Iterable[ExecutionState],
    numbers: Mapping[UUID, int],
    now: datetime,
    *,
    ascii_only: bool = False,
    program: str | None = "cloudops-tui",
) -> tuple[str, ...]:
    """A block for each execution, the latest last, in safe text without colours; nothing where nothing ran.

    `program` is what to type to ask it again, with the options that find this store; None where the store goes, too.
    """
    begun = sorted(
        (state for state in states if state.started_at is not None), key=lambda state: state.started_at or now
    )
    shown: list[str] = []
    if len(begun) > BLOCKS:
        how = f": {program} history" if program else ""
        shown.append(f"{len(begun) - BLOCKS} earlier executions{how}")
    for state in begun[-BLOCKS:]:
        number = numbers.get(state.execution_id)
        shown += _block(arranged(Graph(state.plan), state), number, now, ascii_only, program)
    return tuple(shown)


def _block(
    arrangement: Arrangement, number: int | None, now: datetime, ascii_only: bool, program: str | None
) -> Sequence[str]:
    state = arrangement.state
    called = str(number) if number is not None else str(state.execution_id)[:8]
    look = Look(now, _ANY, ascii_only)
    return (
        f"#{called} {safe_line(state.plan.description)}" if number is not None else safe_line(state.plan.description),
        f"  {_standing(arrangement, look)}",
        *(f"    {words}" for words in _errors(arrangement)),
        *((f"  more: {program} show {called}",) if program else ()),
    )


def _standing(arrangement: Arrangement, look: Look) -> str:
    state = arrangement.state
    if state.status.ended and not state.rolling_back:
        return " ".join(plain(part).strip() for part in summary_head(arrangement, look))
    sign = sign_of_execution(state)
    done = f"{arrangement.completed}/{wording.counted(len(arrangement.graph.positions), 'command')}"
    so_far = f"{done}, {ticking(state.lasted(look.now))} so far"
    return f"{sign.shown(look.ascii)} {sign.word} when the screen closed: {so_far}"


def _errors(arrangement: Arrangement) -> Iterable[str]:
    found = failures(arrangement)
    for command_id in found[:ERRORS]:
        error = brief(arrangement.known(command_id).error) or "no reason was given"
        yield f"{arrangement.graph.title(command_id)}: {error}"
    if len(found) > ERRORS:
        yield f"and {len(found) - ERRORS} more that failed"
