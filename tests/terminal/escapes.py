"""What a program sends to its terminal, taken apart: its own escapes, by a list of what it may say, and plain text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

OWN = re.compile(
    r"""
      \x1b\[0m \x1b\[1;1H \x1b\[J            # nothing is left of the last picture, before it goes
    | \x1b\[ (?P<weights> [0-9;]* ) m         # colours and weights
    | \x1b\[ [0-9]+ ; [0-9]+ H                # go there
    | \x1b\[ \? (?P<mode> [0-9]+ ) [hl]       # modes
    | \x1b\[ \? (?: 2026 | 2048 ) \$ p        # does the terminal know synchronised output, and resize reports?
    | \x1b\[ (?: > [0-9]+ | < ) u             # the kitty keyboard, on and off
    | \x1b\] 22;default \x07                  # the shape of the mouse pointer
    | \x1b\[ 2[23] ; 2 t                      # the terminal's own title, kept and put back
    | \x1b\] 2; (?: \[ [0-9a-z\x20]+ \] \x20 )? cloudops-tui [\x20-\x7e]{0,25} \x07
    """,
    re.VERBOSE,
)
PLAIN = re.compile(r"[\x20-\x7e\r\n\u2500-\u257f]+")
"""What nothing obeys: taken by the run, since it is nearly everything."""

OWN_MODES = {7, 25, 1004, 1049, 2004, 2026, 2048}
"""Wrapping, cursor, focus, alternate screen, paste, synchronised output, resize reports. The mouse is off."""

OWN_WEIGHTS = {0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29, 39, 49}
"""Neither blinking nor concealed, and no colour of the sixteen: ours are all written out."""

BREAKS = "\r\n"
"""What the verbs end their lines with."""


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
        if plain := PLAIN.match(text, place):
            place = plain.end()
            continue
        own = OWN.match(text, place)
        if own is not None:
            if not _may_be(own):
                found.append(_at(text, place, own[0]))
            place = own.end()
            continue
        if text[place] not in BREAKS and _obeyed(text[place]):
            found.append(_at(text, place, text[place]))
        place += 1
    return found


def _may_be(own: re.Match[str]) -> bool:
    if own["mode"] is not None:
        return int(own["mode"]) in OWN_MODES
    if own["weights"] is not None:
        written_out = re.sub(r"\b[34]8;2;\d+;\d+;\d+\b", "0", own["weights"])
        return all(int(one or 0) in OWN_WEIGHTS for one in written_out.split(";"))
    return True


def _obeyed(character: str) -> bool:
    """Controls, formats, bytes that are no UTF-8, separators of lines: whatever is not seen as itself."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _at(text: str, place: int, what: str) -> Foreign:
    return Foreign(ascii(what), ascii(text[max(0, place - 30) : place + 50]))
