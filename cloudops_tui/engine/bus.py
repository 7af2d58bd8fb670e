"""The event bus: the engine tells, everybody else listens."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from cloudops_tui.model.events import (
    AnyEvent,
    AnyExecutionEvent,
    ApprovalDecided,
    CommandOutput,
    ExecutionEventListener,
    PlanMoved,
    PlanQueued,
    PlanRefused,
)
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.policy.safe_text import safe_line

MOST_PENDING_OUTPUT = 10_000  # lines that a slow listener may be behind before it misses some
PATIENCE = 5.0  # seconds that an ended execution waits for its listeners; one that hangs holds nobody up

Report = Callable[[str], None]
Hear = Callable[[AnyEvent], None]
HearOutput = Callable[[OutputBatch], None]


@dataclass(frozen=True, slots=True)
class _Listening:
    """Somebody who is called on the publisher's thread."""

    event: Hear
    output: HearOutput | None
    """None: lines of output come one by one, as events."""


class EventBus:
    """In-process and thread-safe. `publish` never waits for anybody; a listener that raises is reported and dropped."""

    def __init__(self, report: Report | None = None) -> None:
        """`report` gets one line about each listener that was dropped; by default it goes to standard error."""
        self._report = report or _to_stderr
        self._lock = threading.Lock()
        self._callbacks: dict[int, _Listening] = {}
        self._next = 0
        self._pushers: set[_Pusher] = set()

    def subscribe(self, callback: Hear, output: HearOutput | None = None) -> Callable[[], None]:
        """Call `callback` for every event, on the publisher's thread; it must return at once. Returns the way out.

        With `output`, lines come there, as many at a time as were read at once, and not as an event each: the only
        way to hear fifty thousand a second and have time for anything else.
        """
        with self._lock:
            key = self._next
            self._next += 1
            self._callbacks[key] = _Listening(callback, output)
        return lambda: self._forget(key)

    def add_listener(self, listener: ExecutionEventListener) -> Callable[[], None]:
        """Push execution events to a listener of the reference's kind, on the running loop. Returns the way out.

        Output lines may be skipped for a listener that is too slow; state changes and decisions never.
        """
        pusher = _Pusher(listener, asyncio.get_running_loop(), self._report)
        self._pushers.add(pusher)
        forget = self.subscribe(pusher.take, pusher.take_output)

        def remove() -> None:
            forget()
            self._pushers.discard(pusher)
            pusher.stop()

        pusher.dropped = remove
        return remove

    async def drained(self, within: float = PATIENCE) -> None:
        """Return once every listener of the reference's kind on this loop was told everything so far, or after
        `within` seconds."""
        here = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                for pusher in [one for one in self._pushers if one.loop is here]:
                    await pusher.idle.wait()
        except TimeoutError:
            pass  # it is slow, or waits for the very thing that waits here; it is told the rest as it comes to it

    def publish(self, event: AnyEvent) -> None:
        """Tell everybody."""
        for key, listening in self._listening():
            with self._dropping(key, type(event).__name__):
                listening.event(event)

    def publish_output(self, batch: OutputBatch) -> None:
        """Tell everybody what a command said; an event is made of each line only for those who want one."""
        events: list[CommandOutput] | None = None
        for key, listening in self._listening():
            with self._dropping(key, CommandOutput.__name__):
                if listening.output is not None:
                    listening.output(batch)
                    continue
                events = list(_events(batch)) if events is None else events
                for event in events:
                    listening.event(event)

    def _listening(self) -> list[tuple[int, _Listening]]:
        with self._lock:
            return list(self._callbacks.items())

    @contextmanager
    def _dropping(self, key: int, told: str) -> Iterator[None]:
        """A listener that raises is dropped: its fault must not become the execution's."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  as the sentence above says
            self._forget(key)
            self._report(f"A listener was dropped: {type(error).__name__} at {told}")

    def _forget(self, key: int) -> None:
        with self._lock:
            self._callbacks.pop(key, None)


def _events(batch: OutputBatch) -> Iterator[CommandOutput]:
    for line in batch.lines:
        yield CommandOutput(
            execution_id=batch.execution_id, command_id=batch.command_id, line=line, stream=batch.stream, at=batch.at
        )


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{safe_line(line)}\n")  # a listener's error may quote anything


class _Pusher:
    """Hands events to one asynchronous listener, in order, in a task of its own."""

    def __init__(self, listener: ExecutionEventListener, loop: asyncio.AbstractEventLoop, report: Report) -> None:
        self._listener = listener
        self.loop = loop
        self._report = report
        self._pending: deque[AnyExecutionEvent] = deque()
        self._outputs = 0
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.dropped: Callable[[], None] = lambda: None
        self._task = loop.create_task(self._push())

    def take(self, event: AnyEvent) -> None:
        if isinstance(event, PlanQueued | PlanRefused | ApprovalDecided | PlanMoved):
            return
        if isinstance(event, CommandOutput):
            if self._outputs >= MOST_PENDING_OUTPUT:
                return
            self._outputs += 1
        self._pending.append(event)
        self._wake_up()

    def take_output(self, batch: OutputBatch) -> None:
        """As many of the lines as there is room for."""
        events = list(islice(_events(batch), max(0, MOST_PENDING_OUTPUT - self._outputs)))
        if events:
            self._outputs += len(events)
            self._pending.extend(events)
            self._wake_up()

    def _wake_up(self) -> None:
        if self._is_here():
            self._woken()
        else:
            self.loop.call_soon_threadsafe(self._woken)

    def stop(self) -> None:
        self.idle.set()
        if self._task is not asyncio.current_task():
            self._task.cancel()

    def _is_here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def _woken(self) -> None:
        self.idle.clear()
        self._wake.set()

    async def _push(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._pending:
                    event = self._pending.popleft()
                    self._outputs -= isinstance(event, CommandOutput)
                    if (error := await self._told(event)) is not None:
                        self._report(f"A listener was dropped: {type(error).__name__} at {type(event).__name__}")
                        return
                self.idle.set()
        finally:
            self.dropped()

    async def _told(self, event: AnyExecutionEvent) -> BaseException | None:
        """What went wrong in the listener, if anything did."""
        try:
            await self._listener.on_event(event)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise  # it is this task that shall end
            return error
        except Exception as error:  # noqa: BLE001  as in publish
            return error
        return None
