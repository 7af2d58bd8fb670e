"""What a program sends to its terminal, taken apart: its own escapes by a list of what it may say, and plain text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

OWN = re.compile(
    r"""
      \x1b\[ [0-9;:]* m                       # colours and weights
    | \x1b\[ [0-9]* (; [0-9]*)? H             # go there
    | \x1b\[ \? [0-9]+ [hl]                   # modes: alternate screen, cursor, bracketed paste, synchronised output
    | \x1b\[ \? [0-9]+ \$ p                   # which modes the terminal knows
    | \x1b\[ [<>=] [0-9;]* u                  # the kitty keyboard, on and off
    """,
    re.VERBOSE,
)
OWN_MODES = {1049, 25, 2004, 1004, 2026, 2048, 1000, 1002, 1003, 1006, 1015, 1016, 7, 12, 45}
"""Alternate screen, cursor, paste, focus, synchronised output, resize reports, mouse (only ever turned off)."""

BREAKS = "\r\n"
"""What moves on to the next line."""


@dataclass(frozen=True)
class Foreign:
    """Something that is neither plain text nor an escape of the program's own."""

    what: str
    around: str


def foreign(raw: bytes) -> list[Foreign]:
    """Everything in the stream that a terminal would obey or hide, and that the program does not say by itself."""
    text = raw.decode("utf-8", errors="surrogateescape")
    found: list[Foreign] = []
    place = 0
    while place < len(text):
        own = OWN.match(text, place)
        if own is not None:
            mode = re.match(r"\x1b\[\?(\d+)[hl]", own[0])
            if mode is not None and int(mode[1]) not in OWN_MODES:
                found.append(_at(text, place, own[0]))
            place = own.end()
            continue
        character = text[place]
        if character not in BREAKS and _obeyed(character):
            found.append(_at(text, place, character))
        place += 1
    return found


def _obeyed(character: str) -> bool:
    """Controls, formats, bytes that are no UTF-8, separators of lines: whatever is not seen as itself."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _at(text: str, place: int, what: str) -> Foreign:
    return Foreign(ascii(what), ascii(text[max(0, place - 30) : place + 50]))
