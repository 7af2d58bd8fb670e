"""Leaving when no key asked for it: by a signal, by a terminal that is gone, and within a time limit."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from cloudops_tui.window import Repeats, give_back

LEAVE_WITHIN = timedelta(seconds=15)
"""Ten for calls of the SDK that are under way (CONTRACT 6), and a little for the screen."""

LOOK_EVERY = 1.0  # seconds

FAULTS = "faults.txt"
"""In the state folder: where every thread stood when the interpreter fell, or when leaving took too long."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Leaving:
    """Hears signals from before the first picture until everything is closed; one that was ignored stays ignored.

    What `then` was given is called on the running loop, once, when the program is asked to leave. From then on, or from
    `begin` on, it has `within` to end: after that it writes down where every thread stands, and ends all the same.
    While it is `busy` it then goes on without a screen, by `part`, and ends when nothing runs any more.
    """

    def __init__(self, within: timedelta = LEAVE_WITHIN) -> None:
        self.asked_by: signal.Signals | None = None
        """The first that asked; a terminal that is gone asks by SIGHUP."""
        self.heard: list[signal.Signals] = []
        """All that asked, in their order, without quick repeats."""
        self.busy: Callable[[], bool] = lambda: False
        self.part: Callable[[], object] = lambda: None
        self._repeats = Repeats()
        self._within = within
        self._act: Callable[[], None] = lambda: None
        self._before: dict[signal.Signals, Any] = {}
        self._limit: threading.Timer | None = None
        self._faults: int | None = None

    def __enter__(self) -> Self:
        for which in SIGNALS:
            if signal.getsignal(which) is not signal.SIG_IGN:
                self._before[which] = signal.signal(which, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._limit is not None:
            self._limit.cancel()
        for which, handler in self._before.items():
            signal.signal(which, handler)
        if self._faults is not None:
            faulthandler.disable()
            os.close(self._faults)
            self._faults = None

    @property
    def exit_code(self) -> int | None:
        """What a shell would say of a process that the signal ended; None when none asked."""
        return 128 + self.asked_by if self.asked_by is not None else None

    def then(self, act: Callable[[], None]) -> None:
        """What to do when asked; at once, when it was asked already."""
        self._act = act
        if self.asked_by is not None:
            act()

    def ask(self, which: signal.Signals) -> None:
        """Leave, for this reason unless there was one before."""
        self.begin()
        if self.asked_by is None:
            self.asked_by = which
            self._act()

    def begin(self) -> None:
        """The time to leave in runs from now on."""
        if self._limit is None:
            self._limit = threading.Timer(self._within.total_seconds(), self._give_up)
            self._limit.daemon = True
            self._limit.start()

    def take_time(self) -> None:
        """Until the next `begin` it may take as long as it takes: something runs, and there is no screen to close."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def keep_faults(self, folder: Path) -> None:
        """Faults of the interpreter are written to this folder. Where that cannot be, they go nowhere."""
        try:
            self._faults = os.open(folder / FAULTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            faulthandler.enable(self._faults)
        except OSError:
            pass  # a full disk is told by whoever needs the room

    def _heard(self, number: int, frame: FrameType | None) -> None:
        which = signal.Signals(number)
        if self._repeats.is_one(number, time.monotonic()):
            return
        self.heard.append(which)
        if which is signal.SIGHUP:
            # Whoever killed our parent has the terminal by now: putting it right must not stop us.
            for stops in (signal.SIGTTOU, signal.SIGTTIN):
                self._before.setdefault(stops, signal.signal(stops, signal.SIG_IGN))
        try:
            # A signal may come before any loop was loaded, or in the middle of its being loaded.
            loop = sys.modules["asyncio.events"].get_running_loop()
        except (RuntimeError, KeyError, AttributeError):
            self.asked_by = self.asked_by or which
            self.begin()
        else:
            loop.call_soon_threadsafe(self.ask, which)

    def _give_up(self) -> None:
        """Something hangs that should not. Nothing is ended by that which runs: only then it ends."""
        if self._faults is not None:
            os.write(self._faults, f"Process {os.getpid()} did not end in time\n".encode())
            faulthandler.dump_traceback(self._faults, all_threads=True)
        give_back(1)  # what hangs may be the screen itself
        if self.busy():
            self.part()
            while self.busy():
                time.sleep(LOOK_EVERY)
        # Every other end waits for threads, and one of them is what hangs.
        os._exit(self.exit_code or 1)
