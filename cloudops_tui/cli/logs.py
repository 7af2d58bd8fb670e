"""`logs`: what the commands of an execution said."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import command_named, execution_named
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show_json
from cloudops_tui.cli.speaking import show as show_text
from cloudops_tui.engine.ports import OutputFollower, StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.command import Command
from cloudops_tui.model.output import OutputLine
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.rollback import all_compensations
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.state.execution import CommandState, ExecutionState

LOOK_EVERY = 0.1  # seconds


@click.command("logs")
@click.argument("execution", metavar="ID")
@click.argument("command", metavar="[COMMAND]", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on until the execution ends.")
@click.option("--stderr", "only_stderr", is_flag=True, help="Only what was said on standard error.")
@click.option("--json", "as_json", is_flag=True, help="A list of commands with their lines; not with `-f`.")
@click.pass_obj
def logs(
    state_dir: Path | None, execution: str, command: str | None, follow: bool, only_stderr: bool, as_json: bool
) -> int:
    """What the commands of an execution said, in their last attempt; all of them, in the plan's order, or one.

    COMMAND is its number in the plan, from 1, or a unique prefix of its id.
    """
    if as_json and follow:
        raise click.UsageError("`--json` is one document, and `-f` has none until the end; use one of them")

    async def work(session: ExecutionSession) -> int:
        stored = await execution_named(session, execution)
        wanted = [command_named(stored.plan, command)] if command else _all_commands(stored.plan)
        if as_json:
            show_json([await _log_json(session, stored, one, only_stderr=only_stderr) for one in wanted])
            return exit_codes.DONE
        for one in wanted:
            await _Log(session, stored.id, one, headed=command is None, only_stderr=only_stderr).show(follow=follow)
        return exit_codes.DONE

    return in_session(state_dir, work)


class _Log:
    """The output of one command."""

    def __init__(
        self, session: ExecutionSession, execution_id: UUID, command: Command, *, headed: bool, only_stderr: bool
    ) -> None:
        self._session = session
        self._execution_id = execution_id
        self._command = command
        self._headed = headed
        self._only_stderr = only_stderr

    async def show(self, *, follow: bool) -> None:
        """Write the lines to standard output; with `follow` until the command can say no more."""
        attempt, follower = 0, None
        while True:
            state = await self._session.observe(self._execution_id)
            known = _known(state, self._command.id)
            if known is not None and known.attempt > attempt:
                self._write_rest(follower)
                attempt = known.attempt
                follower = await self._session.follow_output(self._execution_id, self._command.id)
                self._head(attempt)
            self._write_more(follower)
            if not follow or state.status.ended or (known is not None and known.status.ended):
                break
            await asyncio.sleep(LOOK_EVERY)
        self._write_rest(follower)
        sys.stdout.flush()

    def _head(self, attempt: int) -> None:
        if self._headed or attempt > 1:
            sys.stdout.flush()
            again = f" (attempt {attempt})" if attempt > 1 else ""
            say(f"==> {safe_line(self._command.description)}{again}")

    def _write_more(self, follower: OutputFollower | None) -> None:
        while follower is not None and (lines := follower.more()):
            self._write(lines)
        sys.stdout.flush()

    def _write_rest(self, follower: OutputFollower | None) -> None:
        if follower is not None:
            self._write_more(follower)
            self._write(follower.rest())

    def _write(self, lines: Sequence[OutputLine]) -> None:
        for line in lines:
            if not self._only_stderr or line.is_error:
                show_text(line.text)


async def _log_json(
    session: ExecutionSession, stored: StoredExecution, command: Command, *, only_stderr: bool
) -> dict[str, Any]:
    """What one command said so far in its last attempt; `number` is null for a compensation."""
    known = _known(await session.observe(stored.id), command.id)
    place = next((place for place, one in enumerate(stored.plan.commands, start=1) if one.id == command.id), None)
    lines = _lines_so_far(await session.follow_output(stored.id, command.id))
    return {
        "command_id": str(command.id),
        "number": place,
        **({"attempt": known.attempt} if known is not None and known.attempt else {}),
        "lines": [
            {"stream": line.stream, "text": line.text, "at": write_timestamp(line.at) if line.at else None}
            for line in lines
            if not only_stderr or line.is_error
        ],
    }


def _lines_so_far(follower: OutputFollower | None) -> list[OutputLine]:
    lines: list[OutputLine] = []
    while follower is not None and (more := follower.more()):
        lines += more
    return lines + follower.rest() if follower is not None else lines


def _known(state: ExecutionState, command_id: UUID) -> CommandState | None:
    return state.commands.get(command_id) or state.compensations.get(command_id)


def _all_commands(plan: ExecutionPlan) -> list[Command]:
    return [*plan.commands, *(undo.compensation for undo in all_compensations(plan))]
