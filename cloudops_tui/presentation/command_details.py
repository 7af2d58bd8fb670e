"""Everything about one command: what runs, as what, how far it came, what it said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import assert_never
from uuid import UUID

from cloudops_tui.model.command import Cli, Command, Sdk
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.undo import BeforeState
from cloudops_tui.policy.before.values import shown
from cloudops_tui.policy.rollback import runs_by_itself
from cloudops_tui.policy.safe_text import quoted, safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.arrangement import Arrangement
from cloudops_tui.presentation.command_row import Look, attempts_words, sign_of, time_taken, why_skipped
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.presentation.lines import Line, Span, line, wrap
from cloudops_tui.state.execution import CommandState


def details(arrangement: Arrangement, command_id: UUID, look: Look) -> tuple[Line, ...]:
    """Everything about one command: what runs, as what, how far it came, what it said."""
    command, known = arrangement.graph.commands[command_id], arrangement.known(command_id)
    sign = sign_of(arrangement, command_id)
    skipped = known.status is CommandStatus.SKIPPED
    why = why_skipped(arrangement, known) if skipped else known.error or ""
    facts: list[tuple[str, str, str]] = [
        ("status", f"{sign.shown(look.ascii)} {sign.word}", sign.style),
        ("reason" if skipped else "error", safe_text(why), sign.style),
        ("resolved", safe_line(known.reconciled.words) if known.reconciled else "", ""),
        ("runs as", f"profile {safe_line(command.profile)}, {safe_line(command.region)}", ""),
        ("waits for", ", ".join(map(arrangement.graph.title, arrangement.graph.waits_for.get(command_id, ()))), ""),
        *(() if skipped else _run_facts(known, look)),
        ("was before", was_before(arrangement.state.befores.get(command_id)), ""),
        ("undone by", _undone_by(arrangement.graph, command_id), ""),
    ]
    found = [*argv_lines(command, look.width)]
    for label, words, style in facts:
        found += fact(label, words, style, look.width)
    return tuple(found)


def fact(label: str, words: str, style: str, width: int) -> Iterable[Line]:
    """A labelled text over as many lines as it needs; nothing for no words."""
    if not words:
        return
    for index, part in enumerate(wrap(words, width - 12)):
        yield line(Span(f"{label if not index else '':<11} ", "quiet"), Span(part, style))


def command_words(command: Command) -> list[str]:
    """What is run, one argument an item: of the CLI as a shell would need it quoted, of the SDK with its parameters."""
    match command.command_type:
        case Cli(value=cli):
            return [quoted(word) for word in (*cli.command.split(), *cli.args)]
        case Sdk(value=sdk):
            parameters = sdk.parameters if isinstance(sdk.parameters, dict) else {"parameters": sdk.parameters}
            pairs = [safe_line(f"{name}={_value(value)}") for name, value in parameters.items()]
            return [safe_line(f"{sdk.service} {sdk.operation}"), *pairs]
        case _:
            assert_never(command.command_type)


def _value(value: object) -> str:
    """A parameter as AWS gets it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def argv_lines(command: Command, cells: int) -> Iterable[Line]:
    """What is run: program and subcommands on the first line, then an option with its values on each."""
    label = "command"
    for part in _argument_lines(command):
        for piece in wrap(part, cells - 12):
            yield line(Span(f"{label:<11} ", "quiet"), Span(piece, "strong"))
            label = ""


def _argument_lines(command: Command) -> Iterable[str]:
    words = command_words(command)
    if isinstance(command.command_type, Sdk):
        yield from (word if not place else f"  {word}" for place, word in enumerate(words))
        return
    starts = [place for place, word in enumerate(words) if place and word.startswith("--")]
    for start, end in pairwise([0, *starts, len(words)]):
        yield ("  " if start else "") + " ".join(words[start:end])


def _ended_words(known: CommandState, now: datetime) -> str:
    length = time_taken(known, now)
    if known.ended_at is None or length is None:
        return ""
    return f"{wording.clock(known.ended_at)} after {wording.elapsed(length)}"


def _run_facts(known: CommandState, look: Look) -> list[tuple[str, str, str]]:
    """What only a command has that was begun, or may still be."""
    return [
        ("attempts", attempts_words(known.attempt, look) if known.attempt else "none yet", ""),
        ("started", wording.clock(known.started_at) if known.started_at else "", ""),
        ("ended", _ended_words(known, look.now), ""),
        *_result_facts(known),
    ]


def _result_facts(known: CommandState) -> list[tuple[str, str, str]]:
    result = known.result
    if result is None:
        return []
    return [
        ("exit code", "" if result.exit_code is None else str(result.exit_code), ""),
        ("error code", safe_line(result.error_code or ""), ""),
        ("output", "" if result.output_bytes is None else wording.size(result.output_bytes), ""),
        ("file", safe_line(result.output_file or ""), ""),
    ]


def was_before(before: BeforeState | None) -> str:
    """What was there before it was sent: what a rollback would put back."""
    if before is None:
        return ""
    if before.image is None:
        return f"not known: {safe_line(before.unread or '')}"
    told = (f"{name} {shown(value) if value is not None else '(not set)'}" for name, value in before.image.items())
    return safe_line(", ".join(told))


def _undone_by(graph: Graph, command_id: UUID) -> str:
    strategy = graph.plan.rollback_strategy
    if strategy is None or command_id not in graph.positions:
        return ""
    names = [safe_line(command.description) for command in strategy.compensations.get(command_id, ())]
    when = "on failure" if runs_by_itself(graph.plan) else "when asked"
    return f"{'; '.join(names)} ({when})" if names else ""
