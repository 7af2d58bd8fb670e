"""How an execution stands, in words or as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cloudops_tui.cli.speaking import show
from cloudops_tui.engine.ownership import is_alive
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.model.command import Command
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.result import UNKNOWN_PREFIX, CommandStatus
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.command_row import brief
from cloudops_tui.presentation.holding import HELD, held_words, turn_words
from cloudops_tui.presentation.wording import EXECUTION_SIGNS, RISK_WORDS, command_sign, elapsed
from cloudops_tui.state.execution import CommandState, ExecutionState, Held


def standing_json(stored: StoredExecution, state: ExecutionState) -> dict[str, Any]:
    """The execution with its counts, its commands, and the process that drives it."""
    return {
        "execution_id": str(stored.id),
        "number": stored.number,
        "status": state.status.value,
        "plan_id": str(stored.plan.id),
        "description": stored.plan.description,
        "risk_level": stored.risk_level.value,
        "entry_id": str(stored.entry_id) if stored.entry_id else None,
        "created_at": write_timestamp(stored.created_at),
        "started_at": _moment(state.started_at),
        "ended_at": _moment(state.ended_at),
        "pid": stored.owner.pid,
        "alive": is_alive(stored.owner),
        "held": _held_json(state.held) if state.held else None,
        "cancel_requested_by": state.cancelled_by or stored.cancel_requested_by,
        "stop_requested_by": state.stopped_by or stored.stop_requested_by,
        "counts": {status.value: number for status, number in state.counts().items()},
        "commands": [
            _command_json(number, command, state.command(command.id))
            for number, command in enumerate(stored.plan.commands, start=1)
        ],
        "error": str(state.error) if state.error else None,
    }


def headline(stored: StoredExecution, state: ExecutionState, now: datetime) -> str:
    """`418  running  modify  3/5  41s  pid 4711  Description`."""
    done = state.counts().get(CommandStatus.COMPLETED, 0)
    length = (state.ended_at or now) - (state.started_at or now)
    return "  ".join(
        (
            str(stored.number),
            HELD.word if state.held and not state.status.ended else EXECUTION_SIGNS[state.status].word,
            RISK_WORDS[stored.risk_level],
            f"{done}/{len(stored.plan.commands)}",
            elapsed(length),
            *((driver(stored),) if not state.status.ended else ()),
            safe_line(stored.plan.description),
        )
    )


def driver(stored: StoredExecution) -> str:
    """Who drives it, and whether that process lives."""
    return f"pid {stored.owner.pid}" + ("" if is_alive(stored.owner) else " (dead)")


def show_standing(stored: StoredExecution, state: ExecutionState, now: datetime) -> None:
    """The execution and its commands, on standard output."""
    show(headline(stored, state, now))
    if state.held is not None and not state.status.ended:
        show(f"      {held_words(state.held.profile, state.held.renew)}: {brief(state.held.error)}")
    for number, command in enumerate(stored.plan.commands, start=1):
        known = state.command(command.id)
        attempt = f"  attempt {known.attempt}" if known.attempt > 1 else ""
        length = f"  {elapsed((known.ended_at or now) - known.started_at)}" if known.started_at else ""
        word = command_sign(known.status, known.result).word
        show(f"{number:>4}  {word:<11}  {safe_line(command.description)}{attempt}{length}")
        if (turn := state.turns.get(command.id)) is not None:
            show(f"      {turn_words(turn, now)}")
        if known.error:
            show(f"      {safe_line(known.error)}")
    if state.error is not None:
        show(f"      {safe_line(str(state.error))}")


def _held_json(held: Held) -> dict[str, Any]:
    return {
        "profile": held.profile,
        "error": held.error,
        "renew": held.renew,
        "since": _moment(held.since),
        "gives_up_at": _moment(held.gives_up_at),
    }


def _command_json(number: int, command: Command, known: CommandState) -> dict[str, Any]:
    unknown = known.status is CommandStatus.UNKNOWN
    error = known.error
    if unknown and not (error or "").startswith(UNKNOWN_PREFIX):
        error = UNKNOWN_PREFIX + (error or "the command began and its end is not known")
    length = known.ended_at - known.started_at if known.ended_at and known.started_at else None
    return {
        "number": number,
        "id": str(command.id),
        "description": command.description,
        "status": CommandStatus.FAILED.value if unknown else known.status.value,
        **({"outcome": "Unknown"} if unknown else {}),
        "attempt": known.attempt,
        "started_at": _moment(known.started_at),
        "ended_at": _moment(known.ended_at),
        "duration": _length(length),
        "error": error,
    }


def _length(length: timedelta | None) -> dict[str, int] | None:
    if length is None:
        return None
    nanos = Duration.of(length).nanos
    return {"secs": nanos // 1_000_000_000, "nanos": nanos % 1_000_000_000}


def _moment(at: datetime | None) -> str | None:
    return write_timestamp(at) if at else None
