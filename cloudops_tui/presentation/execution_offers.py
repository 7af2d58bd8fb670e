"""What can be taken away from an execution: ids, the command, its ARNs, the row, and all of it to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.safe_text import quoted, safe_line, safe_text
from cloudops_tui.policy.undo.by_hand import by_hand
from cloudops_tui.presentation.arrangement import Arrangement
from cloudops_tui.presentation.command_details import command_words, details
from cloudops_tui.presentation.command_row import Look, row
from cloudops_tui.presentation.lines import plain
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.outcome import header, summary

ARNS = 9
"""Of one command; each has a digit."""

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s\"',;\]})]+")
_WIDE = 120  # cells; what is read in a pager need not be narrower


def yanks(arrangement: Arrangement, command_id: UUID | None, number: int | None, look: Look) -> tuple[Yank, ...]:
    """What `y` offers on a row of the tree."""
    state = arrangement.state
    offered = [Yank("i", "execution id", str(state.execution_id))]
    if number is not None:
        offered.append(Yank("n", "execution number", str(number)))
    if command_id is None:
        return tuple(offered)
    command = arrangement.graph.commands[command_id]
    words = [without_secrets(word) for word in command_words(command)]
    error = arrangement.known(command_id).error
    offered += [
        Yank("c", "command", " ".join(words)),
        Yank("d", "command id", str(command_id)),
        Yank("r", "row", plain(row(arrangement, command_id, frozenset(), look)).strip()),
    ]
    if command_id not in arrangement.graph.positions:  # what undoes something, to be run by hand as well
        argv = (without_secrets(word) for word in by_hand(command))
        offered.append(Yank("a", "argv to run by hand", " ".join(map(quoted, argv))))
    if error:
        offered.append(Yank("e", "error", safe_text(error)))
    found = _arns(" ".join(words))
    return (*offered, *(Yank(str(place), f"ARN {safe_line(arn)}", arn) for place, arn in enumerate(found[:ARNS], 1)))


def output_name(arrangement: Arrangement, command_id: UUID, number: int | None) -> str:
    """Of the file with what a command printed, for the pager."""
    place = arrangement.graph.positions.get(command_id)
    return f"output-{_called(arrangement, number)}-{place or str(command_id)[:8]}.txt"


def reading(arrangement: Arrangement, number: int | None, look: Look) -> Reading:
    """The whole execution as a text: how it stands, then every command with what ran and what came of it."""
    called = _called(arrangement, number)
    wide = Look(look.now, _WIDE, look.ascii, look.attempts)
    return Reading(f"execution-{called}.txt", without_secrets("\n".join(_whole(arrangement, number, wide)) + "\n"))


def _whole(arrangement: Arrangement, number: int | None, look: Look) -> Iterator[str]:
    yield plain(header(arrangement, number, look)).rstrip()
    yield from (plain(part).rstrip() for part in summary(arrangement, look))
    for group in arrangement.members.values():
        for command_id in group:
            yield ""
            yield plain(row(arrangement, command_id, frozenset(), look)).rstrip()
            yield from (f"    {plain(part).rstrip()}" for part in details(arrangement, command_id, look))


def _called(arrangement: Arrangement, number: int | None) -> str:
    return str(number) if number is not None else str(arrangement.state.execution_id)[:8]


def _arns(text: str) -> Sequence[str]:
    return tuple(dict.fromkeys(_ARN.findall(text)))
