"""Words for the shell, now that the screen is gone: said if somebody reads them, and never waited for long."""

from __future__ import annotations

import os
import sys
import threading
from typing import TextIO

from textual.app import _PrintCapture

WITHIN = 0.5  # seconds that a terminal has to take a line; one that nobody reads takes none


def say(file: TextIO, text: str, within: float = WITHIN) -> bool:
    """Write it; False where nobody took it. Past the file's own buffer: what is stuck there would hold up the end."""
    if (own := _in_place_of(file)) is not None:
        file = own
    try:
        file.flush()
        descriptor = file.fileno()
    except (OSError, ValueError):
        return _into(file, text)
    data = text.encode(file.encoding or "utf-8", errors="backslashreplace")
    took: list[bool] = []
    # A terminal cannot be written to without waiting, short of changing it for the shell as well.
    writer = threading.Thread(target=_write_all, args=(descriptor, data, took), name="last-words", daemon=True)
    writer.start()
    writer.join(within)
    return bool(took)


def _in_place_of(file: object) -> TextIO | None:
    """The shell's stream, where Textual's stand-in was left: the program ended while an editor had the terminal."""
    if not isinstance(file, _PrintCapture):
        return None
    return sys.__stderr__ if file.stderr else sys.__stdout__


def _write_all(descriptor: int, data: bytes, took: list[bool]) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
    except OSError:
        return  # the terminal is gone
    took.append(True)


def _into(file: TextIO, text: str) -> bool:
    """A file that is none of the system's."""
    try:
        file.write(text)
        file.flush()
    except (OSError, ValueError):
        return False
    return True
