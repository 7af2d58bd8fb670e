"""The first picture: the frame, drawn by hand before Textual and the engine are loaded, and handed over to them.

It is what the queue's screen shows until the queue has been read, cell by cell; a test holds the two together. Keys
that are pressed at it wait in the terminal and are heard when there is somebody to hear them; what was typed before it
was typed at nothing, and is forgotten.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from rich.color import ColorSystem
from rich.style import Style

from cloudops_tui import echo
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.terminal import Appearance
from cloudops_tui.presentation import opening
from cloudops_tui.presentation.lines import Line, fold, pad_line
from cloudops_tui.presentation.opening import Opening
from cloudops_tui.tui.palette import Palette, styles

ENTER = "\x1b[?1049h"
"""The alternate screen, as Textual asks for it."""

INPUT, OUTPUT = 0, 2
"""Where Textual reads keys, and where it draws."""

LEAVE = "\x1b[0m\x1b[1;1H\x1b[J\x1b[?7h\x1b[?1049l\x1b[?25h"
LONGEST = 32 * 1024  # bytes that a terminal takes which was asked whether it takes any

COLOR_SYSTEMS = {
    "standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR,
}  # fmt: skip

_before: list[Any] | None = None
"""How the terminal was before the picture; None where there is no picture, or Textual has taken it over."""


def first_picture(what: Opening, look: Appearance, palette: Palette | None) -> AbstractContextManager[None]:
    """Draw it, if this terminal takes it at once. Whatever happens inside, the terminal is left as it was found.

    Nobody but a signal can end the program meanwhile: those are to be heard from before this begins.
    """
    return drawn(picture(what, look, palette, *_size()))


@contextmanager
def drawn(sent: str) -> Iterator[None]:
    """What `first_picture` does with its escapes."""
    began = _begin(sent)
    try:
        yield
    finally:
        if began is not None and _before is not None:
            _end(began)


def take_over() -> list[Any] | None:
    """From now on the terminal is somebody else's. How it was before the picture; None where there was none."""
    global _before
    before, _before = _before, None
    return before


def picture(what: Opening, look: Appearance, palette: Palette | None, width: int, height: int) -> str:
    """The escapes that draw it; empty where it has no room."""
    rows = [
        f"\x1b[{number};1H{_escapes(line, width, look, palette)}"
        for number, line in enumerate(opening.rows(what, width, height), start=1)
    ]
    return f"{ENTER}\x1b[?25l\x1b[?7l{''.join(rows)}" if rows else ""


def _escapes(line: Line, width: int, look: Appearance, palette: Palette | None) -> str:
    by_name = styles(palette)
    base = Style(color=palette.ink, bgcolor=palette.ground) if palette is not None else Style()
    system = COLOR_SYSTEMS[look.color_system]
    pieces: list[str] = []
    for span in pad_line(fold(line, width)[0], width):
        style, text = base + by_name[span.style], safe_line(span.text)
        if look.colourless:
            style = style.without_color
        shown = _in_ascii(text) if look.ascii_only else text
        pieces.append(style.render(shown, color_system=system))
    return "".join(pieces)


def _in_ascii(text: str) -> str:
    from cloudops_tui.presentation.glyphs import in_ascii  # which knows every sign that there is

    return "".join(piece for piece, _ in in_ascii(text))


def _size() -> tuple[int, int]:
    try:
        width, height = os.get_terminal_size(OUTPUT)
    except OSError:
        return 0, 0
    return width, height


def _begin(sent: str) -> list[Any] | None:
    """Draw it and stop the echo; how the terminal was. None where nothing was drawn."""
    global _before
    data = sent.encode("utf-8", errors="backslashreplace")
    if not data or len(data) > LONGEST or not (os.isatty(INPUT) and os.isatty(OUTPUT)):
        return None
    try:
        if not select.select([], [OUTPUT], [], 0)[1]:
            return None  # it takes nothing now; nobody waits for it
        sys.stdout.flush()
        _before = echo.before() or list(termios.tcgetattr(INPUT))
        termios.tcsetattr(INPUT, termios.TCSANOW, _quietly(_before))
        echo.drop_unseen()  # not behind the picture: what is typed at it is meant for it
        os.write(OUTPUT, data)
    except (OSError, ValueError, termios.error):
        pass  # whoever reads or writes next finds out
    return _before


def _quietly(attributes: Sequence[Any]) -> list[Any]:
    """Keys are kept as they come and not echoed, Enter too, and none of them stops what is drawn; ctrl+c still ends
    what has not begun, ctrl+z is for later."""
    changed = list(attributes)
    changed[tty.IFLAG] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    changed[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    changed[tty.CC] = list(changed[tty.CC])
    for number in (termios.VSUSP, termios.VQUIT):
        changed[tty.CC][number] = b"\0"
    return changed


def _end(before: list[Any]) -> None:
    take_over()
    try:
        os.write(OUTPUT, LEAVE.encode())
        termios.tcsetattr(INPUT, termios.TCSANOW, before)
    except (OSError, termios.error):
        pass  # the terminal is gone
