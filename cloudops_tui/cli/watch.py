"""`watch`: follow an execution that another process runs, on a screen or line by line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from cloudops_tui.bootstrap import load_setup, open_session
from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.driving import code_of
from cloudops_tui.cli.failures import UnknownReference
from cloudops_tui.cli.narration import worded
from cloudops_tui.cli.references import execution_named
from cloudops_tui.cli.speaking import as_json, say, show
from cloudops_tui.cli.terminal import has_terminal
from cloudops_tui.engine.ports import OutputFollower, StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model import events as happened
from cloudops_tui.model.events import EVENT, AnyExecutionEvent
from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.following import GONE
from cloudops_tui.presentation.wording import EXECUTION_SIGNS, clock, elapsed
from cloudops_tui.state import playback
from cloudops_tui.state.execution import ExecutionState, begin, result_of
from cloudops_tui.state.reducer import apply

SPEEDS = {**{str(speed): speed for speed in playback.SPEEDS[:-1]}, "max": playback.SPEEDS[-1]}
LOOK_EVERY = 0.25  # seconds
TAKEN_OVER_WITHIN = 10.0
"""Seconds in which another program may take over what lost its process, before its outcome counts as the end."""


@click.command("watch")
@click.argument("reference", metavar="[ID]", required=False)
@click.option("--plain", is_flag=True, help="Lines on standard output; so it is without a terminal.")
@click.option("--json", "as_events", is_flag=True, help="Events in wire form, a line each; output lines among them.")
@click.option("--exit", "leave", is_flag=True, help="Leave when it has ended, with its exit code.")
@click.option("--replay", is_flag=True, help="Play an execution of the past again, on the same screen.")
@click.option("--speed", type=click.Choice([*SPEEDS]), help="With `--replay`; + and - change it later.")
@click.pass_obj
def watch(
    state_dir: Path | None,
    reference: str | None,
    plain: bool,
    as_events: bool,
    leave: bool,
    replay: bool,
    speed: str | None,
) -> int:
    """Follow an execution that another process runs, read-only: nothing is taken over, decided or stopped.

    Without ID: the one that runs; of several, the one you choose; where none runs, the next one that begins.
    """
    if replay:
        return _replayed(state_dir, reference, SPEEDS[speed or "1"], no_screen=plain or as_events)
    if speed is not None:
        raise click.UsageError("`--speed` is how fast an execution of the past is played: it goes with `--replay`")
    if plain or as_events or not has_terminal():
        return asyncio.run(_plainly(state_dir, reference, as_events=as_events, leave=leave))
    from cloudops_tui.bootstrap import watch_tui

    async def wanted(session: ExecutionSession) -> UUID | None:
        return (await execution_named(session, reference)).id if reference is not None else None

    sys.stdout.flush()
    return watch_tui(load_setup(state_dir), wanted, code_of_state if leave else None)


def _replayed(state_dir: Path | None, reference: str | None, speed: int, *, no_screen: bool) -> int:
    if reference is None:
        raise click.UsageError("`--replay` needs the ID of the execution; `cloudops-tui history` lists them")
    if no_screen or not has_terminal():
        raise click.UsageError("`--replay` needs a screen; `watch ID --plain` prints what happened, with its times")
    from cloudops_tui.bootstrap import watch_tui

    async def wanted(session: ExecutionSession) -> UUID:
        stored = await execution_named(session, reference)
        if not (await session.observe(stored.id)).status.ended:
            raise UnknownReference(f"{stored.number} still runs; `cloudops-tui watch {stored.number}` follows it")
        return stored.id

    sys.stdout.flush()
    return watch_tui(load_setup(state_dir), wanted, replay_speed=speed)


def code_of_state(state: ExecutionState) -> int:
    """What the end of an execution means to a script."""
    if any(one.status is CommandStatus.UNKNOWN for one in (*state.commands.values(), *state.compensations.values())):
        return exit_codes.UNKNOWN
    ended = state.ended_at or state.started_at
    return code_of(result_of(state, ended)) if ended is not None else exit_codes.FAILED


async def _plainly(state_dir: Path | None, reference: str | None, *, as_events: bool, leave: bool) -> int:
    async with open_session(load_setup(state_dir), looks_only=True) as session:
        stored = await execution_named(session, reference) if reference is not None else await _running(session)
        state = await _Following(session, stored, _as_events if as_events else _in_lines(stored)).to_the_end()
        return code_of_state(state) if leave else exit_codes.DONE


async def _running(session: ExecutionSession) -> StoredExecution:
    """The one that runs, or the next one that begins. Raises UnknownReference where several do."""
    waited = False
    while not (found := await session.unfinished()):
        if not waited:
            say("Nothing runs; waiting for the next execution that begins")
        waited = True
        await asyncio.sleep(LOOK_EVERY)
    if len(found) > 1 and not waited:
        several = "; ".join(f"{one.number} {safe_line(one.plan.description)}" for one in found)
        raise UnknownReference(f"Several executions run, name one: {several}")
    return found[0]


Tell = Callable[[AnyExecutionEvent], None]


class _Following:
    """One execution, told from its journal and the files of its commands."""

    def __init__(self, session: ExecutionSession, stored: StoredExecution, tell: Tell) -> None:
        self._session = session
        self._tell = tell
        self._state = begin(stored.id, stored.plan)
        self._id = stored.id
        self._outputs: dict[UUID, OutputFollower] = {}
        self._gone_at: float | None = None

    async def to_the_end(self) -> ExecutionState:
        """Tell what happened and what happens; how it stands at its end, or as its process left it."""
        while True:
            story = await self._session.story(self._id, self._state.seq)
            for event in story:
                self._hear(event)
            for command_id, follower in self._outputs.items():
                self._tell_output(command_id, follower.more())
            sys.stdout.flush()
            if not story:
                if self._state.status.ended:
                    return self._state
                if (left := await self._as_left()) is not None:
                    return left
                await asyncio.sleep(LOOK_EVERY)

    def _hear(self, event: AnyExecutionEvent) -> None:
        """What a command said comes before what is told of its end."""
        match event:
            case happened.CommandStarted(command_id=command_id, attempt=attempt):
                self._close(command_id)
                self._open(command_id, attempt or 1)
            case happened.CompensationStarted(compensation_id=command_id, attempt=attempt):
                self._close(command_id)
                self._open(command_id, attempt)
            case happened.CompensationEnded(compensation_id=command_id):
                self._close(command_id)
            case happened.CommandCompleted() | happened.CommandFailed() | happened.CommandRetryScheduled():
                self._close(event.command_id)
            case _:
                pass
        self._tell(event)
        self._state = apply(self._state, event)

    def _open(self, command_id: UUID, attempt: int) -> None:
        self._outputs[command_id] = self._session.follow_attempt(self._id, command_id, attempt)

    def _close(self, command_id: UUID) -> None:
        follower = self._outputs.pop(command_id, None)
        while follower is not None and (lines := follower.more()):
            self._tell_output(command_id, lines)
        if follower is not None:
            self._tell_output(command_id, follower.rest())

    def _tell_output(self, command_id: UUID, lines: list[OutputLine]) -> None:
        for line in lines:
            self._tell(
                happened.CommandOutput(
                    execution_id=self._id, command_id=command_id, line=line.text, stream=line.stream, at=line.at
                )
            )

    async def _as_left(self) -> ExecutionState | None:
        """How an execution stands that lost its process, once it is too late for anybody to take it over."""
        lease = await self._session.lease(self._id)
        now = self._session.clock.monotonic()
        if lease.alive:
            self._gone_at = None
            return None
        if self._gone_at is None:
            self._gone_at = now
            say(f"! {GONE} (pid {lease.pid}); outcome of running commands unknown")
        left = await self._session.observe(self._id)
        return left if left.status.ended and now - self._gone_at >= TAKEN_OVER_WITHIN else None


def _as_events(event: AnyExecutionEvent) -> None:
    show(as_json(EVENT.dump_python(event, mode="json")))


def _in_lines(stored: StoredExecution) -> Tell:
    """A line a thing, each with its time; what a command said stands behind a bar."""
    words_of = worded(stored.plan)
    numbers = {command.id: str(number) for number, command in enumerate(stored.plan.commands, start=1)}
    last: list[datetime] = [stored.created_at]

    def tell(event: AnyExecutionEvent) -> None:
        last[0] = event.at or last[0]
        match event:
            case happened.CommandOutput(command_id=command_id, line=line, stream=stream):
                bar = "!" if stream == "stderr" else "|"
                words: str | None = f"{numbers.get(command_id, 'undo')} {bar} {line}"
            case happened.Started():
                words = f"{stored.number} {safe_line(stored.plan.description)}: started"
            case happened.Completed() | happened.Failed() | happened.Cancelled() | happened.RollbackCompleted():
                words = _ended(stored, event)
            case _:
                words = words_of(event)
        if words:
            show(f"{clock(last[0])} {words}")

    return tell


def _ended(
    stored: StoredExecution,
    event: happened.Completed | happened.Failed | happened.Cancelled | happened.RollbackCompleted,
) -> str:
    result = event.result
    if result is None:
        return f"{stored.number} ended"
    error = f": {safe_line(str(result.error))}" if result.error else ""
    return f"{stored.number} {EXECUTION_SIGNS[result.status].word} in {elapsed(result.duration)}{error}"
