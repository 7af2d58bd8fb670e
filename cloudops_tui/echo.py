"""The terminal's echo: off from the first moment of a program that draws, given back when it has ended.

While the program loads nobody hears keys, and the terminal would write them over its words. Whoever forks after
`turn_off` knows on both sides how it was. Loads next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

TERMINAL = 0
_LFLAG, _CC = 3, 6  # places in what tcgetattr(3) gives

_before: list[Any] | None = None
_unseen = False
"""Whatever was typed until now, was typed at no picture."""


def turn_off() -> None:
    """Stop the echo, if this terminal is ours; ctrl+c still ends what has not begun, ctrl+z is for later."""
    _change(_quiet)


def give_back() -> None:
    """Put it back as it was; to nobody else's terminal."""
    if (found := before()) is not None:
        _change(lambda _: found)


def before() -> list[Any] | None:
    """How the terminal was; None where its echo was never turned off."""
    return list(_before) if _before is not None else None


def drop_unseen() -> None:
    """Forget what was typed before there was any picture: it must not act on one that nobody had seen. Once."""
    global _unseen
    if _unseen:
        _unseen = False
        import termios

        try:
            termios.tcflush(TERMINAL, termios.TCIFLUSH)
        except termios.error:
            pass  # it is gone; whoever reads next finds out


def _quiet(found: Sequence[Any]) -> list[Any]:
    global _before, _unseen
    import termios

    if _before is None:
        _before, _unseen = list(found), True
    changed = list(found)
    changed[_LFLAG] &= ~(termios.ECHO | termios.ECHONL)
    changed[_CC] = list(changed[_CC])
    changed[_CC][termios.VSUSP] = b"\0"
    return changed


def _change(made: Callable[[Sequence[Any]], list[Any]]) -> None:
    import termios

    try:
        # From behind, to write settings would stop us.
        if os.tcgetpgrp(TERMINAL) == os.getpgrp():
            termios.tcsetattr(TERMINAL, termios.TCSANOW, made(termios.tcgetattr(TERMINAL)))
    except (OSError, termios.error):
        pass  # no terminal, or gone
