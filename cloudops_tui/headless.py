"""Going on without a screen: what ends a process that drives executions, and what does not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.engine.whoami import operator_here
from cloudops_tui.policy.line_drop import Login, line_drop, logind_settings
from cloudops_tui.window import RELAYED, Repeats

FOR_CALLS = 10.0  # seconds that calls without a runner have to end, when the process is told to end twice

CONFIGURED = (Path("/usr/lib/systemd"), Path("/run/systemd"), Path("/etc/systemd"))
"""Where logind's settings stand, the strongest last."""
LOGIND = "logind.conf"
LINGER = Path("/var/lib/systemd/linger")

Arrived = asyncio.Queue[signal.Signals]


@contextmanager
def signals() -> Iterator[Arrived]:
    """HUP, INT and TERM as they arrive; quick repeats are one. One that was ignored at the start stays ignored."""
    loop = asyncio.get_running_loop()
    arrived: Arrived = asyncio.Queue()
    repeats = Repeats()

    def take(which: signal.Signals) -> None:
        if not repeats.is_one(which, loop.time()):
            arrived.put_nowait(which)

    wanted = {which: old for which in RELAYED if (old := signal.getsignal(which)) is not signal.SIG_IGN}
    for which in wanted:
        loop.add_signal_handler(which, take, which)
    try:
        yield arrived
    finally:
        for which, old in wanted.items():
            loop.remove_signal_handler(which)
            signal.signal(which, old)


async def go_on(session: ExecutionSession, heard: Sequence[signal.Signals]) -> None:
    """Wait until everything that this process drives has ended, and close the session.

    Nothing else is begun: no inbox is watched, nothing is taken over. SIGTERM lets go of it, the second counted with
    those that were `heard` before; so does a second SIGINT, of which the first cancels.
    """
    told: list[signal.Signals] = [which for which in heard if which is signal.SIGTERM]
    if len(told) > 1:
        await session.close(leave_running=True, patience=FOR_CALLS)
        return
    with signals() as arrived:
        ends = asyncio.gather(*(session.wait(one) for one in await session.driving()), return_exceptions=True)
        while not ends.done():
            asked = asyncio.ensure_future(arrived.get())
            _ = await asyncio.wait({ends, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                asked.cancel()
                continue
            which = asked.result()
            told.append(which)
            if is_second(which, told):
                ends.cancel()
                await session.close(leave_running=True, patience=FOR_CALLS)
                return
            if which is signal.SIGINT:
                for execution_id in await session.driving():
                    await session.cancel_execution(execution_id)
        await session.close()


def is_second(which: signal.Signals, told: Sequence[signal.Signals]) -> bool:
    """The last of `told` ends the process: TERM after TERM, or INT after INT."""
    return which is not signal.SIGHUP and told.count(which) > 1


def line_drop_here(environ: Mapping[str, str]) -> str:
    """What a dropped line would mean here; empty where nothing need be said."""
    user = operator_here()
    files = (*(place / LOGIND for place in CONFIGURED), *_drop_ins())
    settings = logind_settings(map(_read, files))
    return line_drop(environ, Login(user, _read(Path("/proc/self/cgroup")), (LINGER / user).exists(), settings))


def _drop_ins() -> list[Path]:
    """By their names, whichever folder they are in; one of a higher place hides another of the same name."""
    found = {one.name: one for place in CONFIGURED for one in (place / f"{LOGIND}.d").glob("*.conf")}
    return [found[name] for name in sorted(found)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def going_on(numbers: Sequence[int], program: str) -> str:
    """The line that names what goes on without a screen, and how to look at it."""
    if len(numbers) == 1:
        return f"#{numbers[0]} goes on without a screen; look with `{program} watch {numbers[0]}`"
    named = [f"#{number}" for number in numbers]
    listed = f"{', '.join(named[:-1])} and {named[-1]}"
    return f"{listed} go on without a screen; look with `{program} watch {numbers[0]}`, or open `{program}`"
