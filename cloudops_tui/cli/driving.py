"""Waiting for an execution that this process drives, and doing what signals ask meanwhile."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import command_line
from cloudops_tui.cli.speaking import say
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.result import CommandStatus, ExecutionResult, ExecutionStatus

ONE_SIGNAL = 1.0  # seconds in which a repeated signal counts as one: a group may get it twice
AFTERTHOUGHT = 1.0  # seconds that executions of dead processes have to be written down, once ours has ended

_LEAVING = {signal.SIGTERM: exit_codes.TERMINATED, signal.SIGHUP: exit_codes.HANGUP}


async def drive(
    session: ExecutionSession, execution_id: UUID, state_dir: Path | None
) -> tuple[ExecutionResult | None, int]:
    """Wait for the end: the result, and the exit code that it means.

    The first SIGINT cancels and waits; a second one, SIGTERM or SIGHUP leaves at once without a result, and what is in
    flight goes on under its runners.
    """
    number = (await session.execution(execution_id)).number
    ending = asyncio.ensure_future(session.wait(execution_id))
    cancelling = False
    with _signals() as arrived:
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
            if which is signal.SIGINT and not cancelling:
                cancelling = True
                say(f"Cancelling {number}; what runs is ended, the rest skipped. Once more leaves at once")
                await session.cancel_execution(execution_id)
                continue
            ending.cancel()
            say(
                f"Leaving {number}: nothing more of it begins, and what is in flight goes on. "
                f"Look with `{command_line(state_dir, 'status', str(number))}`"
            )
            await session.close(leave_running=True)
            return None, _LEAVING.get(which, exit_codes.CANCELLED)


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


@contextmanager
def _signals() -> Iterator[asyncio.Queue[signal.Signals]]:
    """Signals as they arrive, without quick repeats. One that was ignored at the start (nohup) stays ignored."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[signal.Signals] = asyncio.Queue()
    last: dict[signal.Signals, float] = {}

    def take(which: signal.Signals) -> None:
        now = loop.time()
        if now - last.get(which, -ONE_SIGNAL) >= ONE_SIGNAL:
            last[which] = now
            arrived.put_nowait(which)

    wanted = [which for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if not _is_ignored(which)]
    for which in wanted:
        loop.add_signal_handler(which, take, which)
    try:
        yield arrived
    finally:
        for which in wanted:
            loop.remove_signal_handler(which)


def _is_ignored(which: signal.Signals) -> bool:
    return signal.getsignal(which) is signal.SIG_IGN
