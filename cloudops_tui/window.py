"""The terminal is only a window: one fork, so that what runs can go on without it. Loads next to nothing.

The parent is what the shell started. It has the shell's job, relays signals, and passes on how the child ended; the
child does all the work, and may leave terminal and parent behind.
"""

from __future__ import annotations

import os
import signal
import sys

from cloudops_tui import echo

RELAYED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
ONE_SIGNAL = 1.0  # seconds in which a repeated signal counts as one: a group's arrives directly and by the relay
WRITABLE_WITHIN = 1000  # milliseconds that a terminal has to take the last line

LEAVE = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # the mouse, in every dialect
    "\x1b[?2004l"  # bracketed paste
    "\x1b[?1004l"  # reports of focus
    "\x1b[?2026l\x1b[?2048l"  # synchronised output, reports of size
    "\x1b[<u"  # the kitty keyboard
    "\x1b[?1049l"  # the alternate screen
    "\x1b[?7h"  # lines wrap again
    "\x1b[0m"  # no colour, no weight
    "\x1b[?25h"  # the cursor is seen
    "\x1b[23;2t"  # the title of before, where the terminal kept it
)
"""Every mode that a screen may have set; what a terminal does not know it ignores."""

_DETACHED = signal.SIGUSR1
_FROM_THE_KERNEL = 0x80  # SI_KERNEL of sigaction(2): a key of the terminal, which the whole group has got
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

_here: Window | None = None


class Window:
    """The child's end: how to leave the terminal."""

    def __init__(self, parent: int, notes: int) -> None:
        """To be told of the parent's death costs some milliseconds of loading: `watch`, once there is time."""
        self._parent = parent
        self._notes = notes
        self.detached = False
        """It has been left; the process has no terminal and no parent that waits."""

    def watch(self) -> None:
        """From now on a parent that is killed hangs up on us; for as long as the thread lives that calls this."""
        if self.detached:
            return
        _signal_at_parents_death(signal.SIGHUP)
        if os.getppid() != self._parent:
            os.kill(os.getpid(), signal.SIGHUP)  # it died before we could ask to be told

    def detach(self, code: int, said: str) -> None:
        """Leave it, once: a session of our own, the null device in place of it. The parent says `said` and ends with
        `code`. From any thread; the terminal has to be as it was before."""
        if self.detached:
            return
        self.detached = True
        echo.give_back()
        _signal_at_parents_death(0)
        try:
            os.setsid()
        except PermissionError:
            pass  # the leader of a group already: nothing can hang up on it but its own terminal
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        if null > 2:
            os.close(null)
        try:
            os.write(self._notes, f"{code} {said}".encode(errors="backslashreplace")[:4000])
            if os.getppid() == self._parent:
                os.kill(self._parent, _DETACHED)
        except OSError:
            pass  # nobody waits: it was killed, and that is why we are here
        os.close(self._notes)


class Repeats:
    """Tells a signal from the same one arriving once more by another way."""

    def __init__(self) -> None:
        self._last: dict[int, float] = {}

    def is_one(self, which: int, now: float) -> bool:
        """It came already, a moment ago; `now` in seconds of a clock that never jumps."""
        again = now - self._last.get(which, now - 2 * ONE_SIGNAL) < ONE_SIGNAL
        if not again:
            self._last[which] = now
        return again


def here() -> Window | None:
    """The window of this process; None where it has none, as in a program of somebody else."""
    return _here


def open_window() -> None:
    """Fork. Only the child returns; the parent ends as the child ends, or as the child tells it to.

    TSTP, TTIN, TTOU, CONT and WINCH stay as they are: the kernel delivers them to both. What is ignored stays ignored.
    """
    global _here
    relayed = {which for which in RELAYED if signal.getsignal(which) is not signal.SIG_IGN}
    awaited = relayed | {signal.SIGCHLD, _DETACHED}
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child:
        os.close(writing)
        code = _relay(child, reading, awaited)
        echo.give_back()
        os._exit(code)
    os.close(reading)
    _here = Window(parent, writing)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _relay(child: int, notes: int, awaited: set[signal.Signals]) -> int:
    """Pass signals on until the child has ended or detached; the exit code."""
    os.set_blocking(notes, False)
    while True:
        heard = signal.sigwaitinfo(awaited)
        if heard.si_signo in (signal.SIGCHLD, _DETACHED):
            ended, status = os.waitpid(child, os.WNOHANG)
            note = _note(notes)
            if note:
                code, _, said = note.partition(b" ")
                _say(said + b"\n")
                return int(code)
            if ended:
                code_of_child = os.waitstatus_to_exitcode(status)
                if code_of_child < 0:
                    _tell_of_death(-code_of_child)
                return code_of_child if code_of_child >= 0 else 128 - code_of_child
        elif heard.si_signo != signal.SIGINT or heard.si_code != _FROM_THE_KERNEL:
            os.kill(child, heard.si_signo)


def _note(notes: int) -> bytes:
    try:
        return os.read(notes, 4096)
    except BlockingIOError:
        return b""


def _tell_of_death(number: int) -> None:
    """The child could not tidy up any more: put its terminal right, and say what became of what ran."""
    give_back(1)
    if number not in (*RELAYED, signal.SIGPIPE):
        killed = f"cloudops-tui: killed by signal {number}; what was sent to AWS goes on, nothing more is begun"
        _say(f"{killed}. Start it again: it tells what came of each command\n".encode())


def give_back(terminal: int) -> None:
    """Put a terminal right that a full screen of ours still holds."""
    if _holds_raw(terminal):
        put_right(terminal)


def _holds_raw(terminal: int) -> bool:
    """It is ours to use, and no line is edited there: a full screen left it so. A shell's prompt does so, too, which is
    why the foreground counts; to write settings from behind it would stop us."""
    import termios

    try:
        return os.tcgetpgrp(terminal) == os.getpgrp() and not termios.tcgetattr(terminal)[3] & termios.ICANON
    except (termios.error, OSError):
        return False  # no terminal, or gone


def put_right(terminal: int) -> None:
    """Echo, whole lines, signals and carriage returns, as `stty sane` would set of what a full screen takes away; then
    the screen itself."""
    import termios

    try:
        state = termios.tcgetattr(terminal)
        state[0] |= termios.ICRNL | termios.IXON | termios.BRKINT
        state[1] |= termios.OPOST | termios.ONLCR
        state[3] |= termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ICANON | termios.ISIG | termios.IEXTEN
        termios.tcsetattr(terminal, termios.TCSANOW, state)
    except termios.error:
        pass  # a terminal that takes no settings still takes the sequences
    _say(LEAVE.encode(), terminal)


def _say(line: bytes, to: int = 2) -> None:
    """On standard error, where it is and takes it."""
    import select

    try:
        waiting = select.poll()
        waiting.register(to, select.POLLOUT)
        if any(event & select.POLLOUT for _, event in waiting.poll(WRITABLE_WITHIN)):
            os.write(to, line)
    except OSError:
        pass


def _signal_at_parents_death(number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number))
