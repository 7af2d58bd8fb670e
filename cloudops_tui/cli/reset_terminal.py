"""`reset-terminal`: put a terminal right that a killed program left behind."""

from __future__ import annotations

import os
import sys

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.speaking import say

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


@click.command("reset-terminal")
def reset_terminal() -> int:
    """Leave the alternate screen, mouse, paste, focus and keyboard modes, and show the cursor again.

    For a terminal in which the program was killed with no chance to do so. Line editing comes back as well, as with
    `stty sane`.
    """
    if not os.isatty(1):
        say(f"{PROGRAM}: Standard output is not a terminal; run it in the terminal that is to be put right")
        return exit_codes.USAGE
    _make_sane(1)
    sys.stdout.write(LEAVE)
    sys.stdout.flush()
    return exit_codes.DONE


def _make_sane(terminal: int) -> None:
    """Echo, whole lines, signals and carriage returns: what `stty sane` would set of what raw mode takes away."""
    import termios

    try:
        state = termios.tcgetattr(terminal)
        state[0] |= termios.ICRNL | termios.IXON | termios.BRKINT
        state[1] |= termios.OPOST | termios.ONLCR
        state[3] |= termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ICANON | termios.ISIG | termios.IEXTEN
        termios.tcsetattr(terminal, termios.TCSANOW, state)
    except termios.error:
        pass  # a terminal that takes no settings still takes the sequences
