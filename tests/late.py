"""Lateness on purpose: what a busy machine does to a program now and then, done often, and for a seed the same again.

    python -m pytest -p tests.late --late 7 tests/tui
    python -m pytest -p tests.late --freeze 7 tests/cli tests/terminal

A test that takes for granted what a preempted thread, a late timer or a slow process may break fails once in thousands
of runs, and then in the one that counts. Here it fails in one of ten. `--late` is for what runs in the tests' own
process, `--freeze` for the processes that they start: these are stopped for moments (a test that looks at stopped
processes itself may be disturbed by it). `--late-by 3` makes every lateness three times as long. What is found is
mended by waiting for the very condition that is asserted, or in the program (docs/decisions/0026-lateness.md).

Threads run as they like, so the same seed gives the same lateness only as far as they are alike.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import thread as executor
from contextlib import contextmanager
from typing import Any

import pytest

TIMER = (0.3, 0.1)
"""One in three timers is late, by up to 0.1 seconds; and so on below."""
THREAD = (0.3, 0.08)
"""A thread that has something to tell a loop is preempted before it does."""
WORK = (0.3, 0.15)
"""What was given to an executor begins late: results come back in another order."""
LOOP = (0.004, 0.12)
"""A loop stands still before it looks what is due."""

FROZEN = (0.01, 0.05, 0.2, 0.6)  # seconds that a child process is stopped
BETWEEN = (0.02, 0.25)  # seconds, least and most, between two of them
NOT_OURS = "TXZ"  # stopped by a test, dead, or a zombie


class Lateness:
    """How late what is, as a seed has it."""

    def __init__(self, seed: int, *, times: float = 1.0, sleep: Callable[[float], object] = time.sleep) -> None:
        self._seed, self._times, self._sleep = seed, times, sleep
        self.begin("")

    def begin(self, test: str) -> None:
        """From the beginning for each test, so that one alone is as late as it is among the others."""
        drawn_by = f"{self._seed} {zlib.crc32(test.encode())}"
        # One for each kind, so that one timer more makes no thread late at another moment.
        self._drawn = {kind: random.Random(f"{drawn_by} {kind}") for kind in (TIMER, THREAD, WORK, LOOP)}

    def of(self, kind: tuple[float, float]) -> float:
        """Seconds; 0 most of the time."""
        (chance, most), drawn = kind, self._drawn[kind]
        return drawn.uniform(0, most) * self._times if drawn.random() < chance else 0.0

    def wait(self, kind: tuple[float, float]) -> None:
        """Be late here and now."""
        if seconds := self.of(kind):
            self._sleep(seconds)


@contextmanager
def late(lateness: Lateness) -> Iterator[None]:
    """Loops, their timers, and threads are late."""
    loops: Any = asyncio.BaseEventLoop
    call_at, told, run_once, work = loops.call_at, loops.call_soon_threadsafe, loops._run_once, executor._WorkItem.run

    def call_at_last(self: Any, when: float, *how: Any, **more: Any) -> Any:
        return call_at(self, when + lateness.of(TIMER), *how, **more)

    def tell_at_last(self: Any, *what: Any, **more: Any) -> Any:
        if threading.get_ident() != self._thread_id:
            lateness.wait(THREAD)
        return told(self, *what, **more)

    def run_at_last(self: Any) -> None:
        lateness.wait(LOOP)
        run_once(self)

    def work_at_last(self: Any, *what: Any) -> None:
        lateness.wait(WORK)
        work(self, *what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "call_at", call_at_last)
        patch.setattr(loops, "call_soon_threadsafe", tell_at_last)
        patch.setattr(loops, "_run_once", run_at_last)
        patch.setattr(executor._WorkItem, "run", work_at_last)
        yield


class Freezer(threading.Thread):
    """Stops one process below this one after the other, each for a moment."""

    def __init__(self, seed: int) -> None:
        super().__init__(name="freezer", daemon=True)
        self._drawn = random.Random(seed)
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(self._drawn.uniform(*BETWEEN)):
            running = [pid for pid, state in sorted(below(os.getpid()).items()) if state not in NOT_OURS]
            if running:
                freeze(self._drawn.choice(running), self._drawn.choice(FROZEN))

    def end(self) -> None:
        """Let everything go on."""
        self._over.set()
        self.join()


def freeze(pid: int, seconds: float) -> None:
    """Stop it for so long; it may have ended at any time."""
    try:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def below(ancestor: int) -> dict[int, str]:
    """The state of every process that `ancestor` started, directly or not."""
    states: dict[int, str] = {}
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]  # the name before it may hold anything
        except (OSError, ValueError):
            continue  # it has ended
        states[int(name)] = state
        children.setdefault(int(parent), []).append(int(name))
    found, left = {}, [ancestor]
    while left:
        for child in children.get(left.pop(), ()):
            found[child] = states[child]
            left.append(child)
    return found


# --- pytest ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Seeds; without one nothing is late."""
    group = parser.getgroup("late", "lateness on purpose")
    group.addoption("--late", type=int, metavar="SEED", help="threads, timers and loops are late")
    group.addoption("--late-by", type=float, metavar="TIMES", default=1.0, help="so many times as late")
    group.addoption("--freeze", type=int, metavar="SEED", help="child processes are stopped for moments")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.late is not None:
        config.pluginmanager.register(LateTests(Lateness(config.option.late, times=config.option.late_by)))
    is_worker = hasattr(config, "workerinput")  # one that is below us is stopped, too, and so is what it starts
    if config.option.freeze is not None and not is_worker:
        freezer = Freezer(config.option.freeze)
        freezer.start()
        config.add_cleanup(freezer.end)


class LateTests:
    """Each test runs late; what is between them does not."""

    def __init__(self, lateness: Lateness) -> None:
        self._lateness = lateness

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._lateness.begin(item.nodeid)
        with late(self._lateness):
            return (yield)
