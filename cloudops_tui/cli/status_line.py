"""The store in one line on standard output. Loads nothing heavy."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.speaking import say, show
from cloudops_tui.engine.living import lives
from cloudops_tui.presentation.glance import status_line, unreadable_line
from cloudops_tui.presentation.remembered import FILE, NotOurs, read
from cloudops_tui.storage.glance import UnreadableStore, glance
from cloudops_tui.storage.place import state_folder_of

LONG_AGO = timedelta(days=1)
"""Since when failures count for somebody of whom it is not known when they last looked."""


def show_line(state_dir: Path | None, *, ascii_only: bool, tmux: bool) -> int:
    """Write it; the exit code. A store that is not there is an idle one."""
    ascii_only = ascii_only or _encoding() != "utf8"
    folder = state_folder_of(state_dir)
    try:
        found = glance(folder, _micros(_looked_at(folder)), lives)
    except UnreadableStore as error:
        show(unreadable_line(ascii_only=ascii_only, tmux=tmux))
        say(str(error))
        return exit_codes.FAILED
    show(status_line(found, ascii_only=ascii_only, tmux=tmux))
    return exit_codes.DONE


def _looked_at(folder: Path) -> datetime:
    long_ago = datetime.now(UTC) - LONG_AGO
    try:
        return read((folder / FILE).read_text(encoding="utf-8")).looked_at or long_ago
    except (OSError, UnicodeDecodeError, NotOurs):
        return long_ago


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _encoding() -> str:
    # tmux runs its commands without a locale of their own; what LANG says of the terminal is what it shows.
    said = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    name = said.rpartition(".")[2] if "." in said else sys.stdout.encoding or ""
    return name.lower().replace("-", "")
