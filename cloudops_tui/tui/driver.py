"""The terminal's driver: a terminal that stalls, closes or vanishes never holds the program up.

Textual's own blocks its loop on a terminal that nobody reads, spins on one that is closed, and starts a second time on
the SIGCONT that comes with a hangup. What is replaced here are private parts of textual 8.2.8, which is pinned.
"""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import threading
import tty
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from cloudops_tui import echo
from cloudops_tui.tui import first_picture
from cloudops_tui.tui.at_once import noted
from cloudops_tui.tui.escapes import Escapes, apart

if TYPE_CHECKING:
    from textual.app import App

LOOK_UP = 0.1  # seconds; how long an escape key is waited on, and how soon the reading thread notices that it shall end
LAST_WORDS = 1.0  # seconds that the terminal has, when the program leaves, to take what restores it
MOST_WAITING = 64 * 1024  # characters; on a line of 100 kB/s still less than a second late

MODE = re.compile(r"\x1b\[[?<>](?!2026)[0-9]*[hlu]")
"""Switches of the terminal: they are never dropped, because no later frame would repeat them. Those around a frame
(2026) go with it."""

CLEAR = "\x1b[0m\x1b[1;1H\x1b[J"
"""tmux leaves rows of a screen that grew in the scrollback: rows of nothing, then, and not of somebody's plan."""


class TerminalLost(Message):
    """The terminal is gone: its line was cut, its window closed, or its server killed."""


class Outlet(threading.Thread):
    """Writes to a terminal on a thread of its own. `write` never waits and never raises.

    A terminal that takes less than it is sent loses frames: once more than `MOST_WAITING` wait, all of them go, since
    each describes only what changed since the one before. When the terminal has taken what is left, `recovered` asks
    for a picture of everything.
    """

    def __init__(self, descriptor: int, *, lost: Callable[[], None], recovered: Callable[[], None]) -> None:
        """Both are called on this thread: `lost` once, `recovered` after every stall that cost frames."""
        super().__init__(name="terminal-output", daemon=True)
        self._descriptor = descriptor
        self._tell_lost, self._tell_recovered = lost, recovered
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._size = 0
        self._dropped = False
        self._closing = False
        self._deaf = False

    def write(self, text: str) -> None:
        """Hand it over."""
        with self._changed:
            if self._deaf or self._closing:
                return
            # However large, one text has room in an empty queue: the picture of everything, that is.
            full = self._size > MOST_WAITING
            self._waiting.append(text)
            self._size += len(text)
            if full:
                self._drop_frames()
            self._changed.notify_all()

    def stop(self, within: float = LAST_WORDS) -> None:
        """Write what waits, and end; what the terminal does not take in time it does not get."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self.join(within)

    def run(self) -> None:
        """Write as long as there is somebody who reads."""
        try:
            while (text := self._next()) is not None:
                _write_all(self._descriptor, text.encode("utf-8", errors="backslashreplace"))
                if self._took_all_after_a_stall():
                    self._tell_recovered()
        except OSError:
            with self._changed:
                self._deaf = True
                self._waiting.clear()
            self._tell_lost()

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if not self._waiting:
                return None
            text = self._waiting.popleft()
            self._size -= len(text)
            return text

    def _took_all_after_a_stall(self) -> bool:
        with self._changed:
            over = self._dropped and not self._waiting and not self._closing
            if over:
                self._dropped = False
            return over

    def _drop_frames(self) -> None:
        kept = [text for text in self._waiting if MODE.fullmatch(text)]
        self._waiting = deque(kept)
        self._size = sum(map(len, kept))
        self._dropped = True


class TerminalDriver(LinuxDriver):
    """Textual's driver with a writer and a reader of our own; posts `TerminalLost`, once."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._lost = False
        self._away = False
        """It was given back, to another program or to the shell: from then on nobody changes its settings."""
        self._entered = False
        """The first picture stands on the alternate screen; to enter it again would wipe it off."""
        self._outlet: Outlet | None = None

    def write(self, data: str) -> None:
        """Hand it to the writer; nothing is written while another program has the terminal."""
        if self._outlet is not None and not (data == first_picture.ENTER and self._entered):
            self._outlet.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._away = False
        assert sys.__stderr__ is not None, "refused at the start"
        self._outlet = Outlet(sys.__stderr__.fileno(), lost=self._lose, recovered=self._paint_everything)
        self._outlet.start()
        before = first_picture.take_over()
        echo.drop_unseen()
        self._entered = before is not None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._entered = False
        if (found := before or echo.before()) is not None:
            self.attrs_before = found
        tells_size = signal.getsignal(signal.SIGWINCH)
        if callable(tells_size):
            signal.signal(signal.SIGWINCH, partial(self._resized, tells_size))

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        lent = self._away
        self._away = True  # first: a SIGCONT that comes while the program leaves must not make it raw again
        self.write(CLEAR)
        super().stop_application_mode()
        if echo.before() is not None and not lent:
            echo.turn_off()  # what ends takes its time, too

    def suspend_application_mode(self) -> None:
        """Hand the terminal to another program."""
        self._away = True
        super().suspend_application_mode()

    def close(self) -> None:
        """Let go of the terminal, which has a moment to take what restores it."""
        super().close()
        outlet, self._outlet = self._outlet, None
        if outlet is not None:
            outlet.stop(0 if self._lost else LAST_WORDS)

    def run_input_thread(self) -> None:
        """Read keys until told to end, or until there is nobody who could press any."""
        parser = XTermParser(self._debug)
        escapes = Escapes()
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        ready = select.poll()
        ready.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if ready.poll(LOOK_UP * 1000):
                data = _read(self.fileno)
                if not data:
                    self._lose()
                    return
                text = escapes.read(decode(data))
            else:
                text = escapes.lapse()
            if text:  # none would end the parser
                self._hear(parser.feed(text))
            self._hear(parser.tick())

    def _hear(self, heard: Iterable[Message]) -> None:
        for key in noted([key for event in heard for key in apart(event)]):
            self.process_message(key)

    def _run_input_thread(self) -> None:
        # Textual's own prints the error; an error of ours ends as all of them do.
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001  told to the application, which ends by it
            self._call(self._app._handle_exception, error)

    def _resized(self, tells_size: Callable[..., object], number: int, frame: FrameType | None) -> None:
        # The size is read on the loop, not here: a signal that came between reading and telling it would be told before
        # the one that it interrupted, and the older size would be the last word.
        self._call(tells_size, number, frame)
        # A terminal that shrinks cuts its picture off. Where it has its old size again before anybody looked, nothing
        # seems to have changed, and nothing would be painted.
        self._paint_everything()

    def _sigcont_application(self, *_: object) -> None:
        # A hangup sends SIGCONT as well as SIGHUP. Only after a stop of our own is there a mode to go back to; after
        # any other, the shell has had the terminal meanwhile, and a second reader would be one too many.
        if self._must_signal_resume:
            super()._sigcont_application()
        elif not self._away and not self._lost:
            self._take_raw_again()
            self._paint_everything()

    def _take_raw_again(self) -> None:
        try:
            wanted = termios.tcgetattr(self.fileno)
            wanted[tty.LFLAG] = self._patch_lflag(wanted[tty.LFLAG])
            wanted[tty.IFLAG] = self._patch_iflag(wanted[tty.IFLAG])
            termios.tcsetattr(self.fileno, termios.TCSANOW, wanted)
        except termios.error:
            pass  # it is gone; whoever reads or writes next finds out

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._call(self._app.post_message, TerminalLost())

    def _paint_everything(self) -> None:
        self._call(self._app.refresh)

    def _call(self, what: Callable[..., object], *arguments: object) -> None:
        """On the application's loop, from any thread."""
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            pass  # it has closed; nobody is left to be told


def _read(descriptor: int) -> bytes:
    """What was typed; nothing where the terminal is gone, which one system says by EIO and another by an empty read."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
