"""Waiting for an execution that this process drives, and doing what signals ask meanwhile."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import command_line
from cloudops_tui.cli.speaking import say
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.headless import FOR_CALLS, Arrived, going_on, is_second
from cloudops_tui.model.result import CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.window import here

T = TypeVar("T")

AFTERTHOUGHT = 1.0  # seconds that executions of dead processes have to be written down, once ours has ended

CODES = {
    signal.SIGHUP: exit_codes.HANGUP,
    signal.SIGINT: exit_codes.CANCELLED,
    signal.SIGTERM: exit_codes.TERMINATED,
}


class Left(Exception):
    """A signal came before anything had begun."""

    def __init__(self, which: signal.Signals) -> None:
        super().__init__(which.name)
        self.code = CODES[which]


async def begun(session: ExecutionSession, work: Coroutine[Any, Any, T], arrived: Arrived) -> T | UUID:
    """What `work` returns, which begins an execution. Raises Left where a signal comes first: nothing begins then.

    A signal that comes while the store takes the execution in is too late for that, and is obeyed later: then this
    returns its id.
    """
    before = len(await session.began())
    beginning = asyncio.ensure_future(work)
    asked = asyncio.ensure_future(arrived.get())
    _ = await asyncio.wait({beginning, asked}, return_when=asyncio.FIRST_COMPLETED)
    if beginning.done():
        if asked.done():
            arrived.put_nowait(asked.result())
        asked.cancel()
        return beginning.result()
    beginning.cancel()
    await asyncio.gather(beginning, return_exceptions=True)
    if named := (await session.began())[before:]:
        arrived.put_nowait(asked.result())
        return named[-1]
    raise Left(asked.result())


async def drive(
    session: ExecutionSession, execution_id: UUID, state_dir: Path | None, arrived: Arrived
) -> tuple[ExecutionResult | None, int]:
    """Wait for the end: the result, and the exit code that it means.

    HUP, and the first TERM, leave the terminal: it goes on without one. The first INT cancels and waits. A second INT
    or TERM leaves it, without a result: nothing more begins, and what has a runner goes on.
    """
    number = (await session.execution(execution_id)).number
    ending = asyncio.ensure_future(session.wait(execution_id))
    told: list[signal.Signals] = []
    while True:
        asked = asyncio.ensure_future(arrived.get())
        await asyncio.wait({ending, asked}, return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            asked.cancel()
            code = await _code(session, execution_id, ending.result())
            if code == exit_codes.UNKNOWN:
                line = command_line(state_dir, "reconcile", str(number))
                say(f"What is Unknown is resolved by a person: `{line}` shows what is known")
            return ending.result(), code
        which = asked.result()
        told.append(which)
        if which is signal.SIGINT and not is_second(which, told):
            say(f"Cancelling {number}; what runs is ended, the rest skipped. Once more leaves it")
            await session.cancel_execution(execution_id)
        elif is_second(which, told) or not _detached(number, state_dir, CODES[which]):
            ending.cancel()
            say(
                f"Leaving {number}: nothing more of it begins, and what is in flight goes on. "
                f"Look with `{command_line(state_dir, 'status', str(number))}`"
            )
            await session.close(leave_running=True, patience=FOR_CALLS)
            return None, exit_codes.TERMINATED


def _detached(number: int, state_dir: Path | None, code: int) -> bool:
    """The terminal is left; False where this process has no parent that would say so."""
    window = here()
    if window is not None:
        window.detach(code, going_on([number], command_line(state_dir)))
    return window is not None


async def leave_others(session: ExecutionSession) -> None:
    """Let go of executions that were taken over from dead processes; what still runs of them goes on by itself."""
    ends = [asyncio.ensure_future(session.wait(one)) for one in await session.driving()]
    if ends:
        await asyncio.wait(ends, timeout=AFTERTHOUGHT)
    await session.close(leave_running=True)
    await asyncio.gather(*ends, return_exceptions=True)


def code_of(result: ExecutionResult) -> int:
    """What a result means to a script."""
    if any(one.status is CommandStatus.UNKNOWN for one in result.command_results):
        return exit_codes.UNKNOWN
    match result.status:
        case ExecutionStatus.COMPLETED:
            return exit_codes.DONE
        case ExecutionStatus.CANCELLED:
            return exit_codes.CANCELLED
        case _:
            return exit_codes.FAILED


async def _code(session: ExecutionSession, execution_id: UUID, result: ExecutionResult) -> int:
    state = await session.observe(execution_id)
    if any(one.status is CommandStatus.UNKNOWN for one in state.compensations.values()):
        return exit_codes.UNKNOWN
    return code_of(result)
