"""Opening the terminal UI, where there is a terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import HEADLESS, PROGRAM
from cloudops_tui.cli.speaking import say

NO_SCREEN = ("dumb", "unknown")
"""What TERM says of a terminal on which nothing can be drawn."""


def has_terminal() -> bool:
    """A screen can be drawn here."""
    in_place = all(os.isatty(number) for number in (0, 1, 2) if _is_open(number)) and _is_open(0) and _is_open(2)
    return in_place and os.environ.get("TERM", "") not in NO_SCREEN


def open_terminal_ui(state_dir: Path | None) -> int:
    """Run the terminal UI; the exit code. Without a terminal it refuses, and names the verbs that need none."""
    if not has_terminal():
        term = os.environ.get("TERM", "")
        why = f"TERM={term} can show no screen" if term in NO_SCREEN and os.isatty(0) else "Not a terminal"
        say(
            f"{PROGRAM}: {why}; without one use `{PROGRAM} VERB`: {HEADLESS}. Each has `--json`; "
            f"`{PROGRAM} --help` lists all"
        )
        return exit_codes.USAGE
    from cloudops_tui.bootstrap import load_setup, run_tui

    sys.stdout.flush()
    return run_tui(load_setup(state_dir))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
