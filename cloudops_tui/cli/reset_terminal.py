"""`reset-terminal`: put a terminal right that a killed program left behind."""

from __future__ import annotations

import os

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.speaking import say
from cloudops_tui.window import put_right


@click.command("reset-terminal")
def reset_terminal() -> int:
    """Leave the alternate screen, mouse, paste, focus and keyboard modes, and show the cursor again.

    For a terminal in which the program was killed with no chance to do so. Line editing comes back as well, as with
    `stty sane`.
    """
    if not os.isatty(1):
        say(f"{PROGRAM}: Standard output is not a terminal; run it in the terminal that is to be put right")
        return exit_codes.USAGE
    put_right(1)
    return exit_codes.DONE
