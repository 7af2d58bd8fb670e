"""Foreign text made literal: what the operator sees is what is there, and the terminal obeys none of it."""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import NewType

Safe = NewType("Safe", str)
"""Text that holds nothing a terminal would obey or hide. Made here only, by the functions that make it so."""

_BIDI_AND_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U00016fe4\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"  # beside a space they make two names look like one
_FOREIGN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BLANKS}{_BIDI_AND_INVISIBLE}]")

_MOST_MARKS = 3  # Vietnamese and pointed Hebrew set two, and three at most, on one letter
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe20-\ufe2f"
    "\u1161-\u11ff\ud7b0-\ud7fb"  # parts of Korean syllables, which take no room of their own
    "\U0001f3fb-\U0001f3ff"  # colours of skin, of which nobody knows how wide several are
)
_FLOOD = re.compile(f"[{_MARKS}]{{{_MOST_MARKS + 1},}}")

_MOST_OF_A_SYLLABLE = 8  # marks; a Burmese one has six
_SCRIPTS_WITH_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u109f\u135d-\u135f\u1712-\u1c7f\u1cd0-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u302f"
    "\u3099\u309a\ua66f-\uaaff\uabe3-\uabed\ufb1e\ufe20-\ufe2f\U000101fd-\U00011fff\U00016af0-\U00016fff"
    "\U0001bc9d\U0001bc9e\U0001cf00-\U0001d244\U0001da00-\U0001e94a"
)
_SYLLABLES = re.compile(f"[{_SCRIPTS_WITH_MARKS}]{{{_MOST_OF_A_SYLLABLE + 1},}}")

TAB = "    "


def safe_line(text: str) -> Safe:
    """`text` on one line: every control, bidi, invisible and unpaired character as a visible ASCII escape.

    Line breaks become `\\n`, tabs four spaces; the rest `\\x1b`, `\\u202e`, `\\U000e0041`. Printable text is untouched,
    but for blanks other than the space, and for marks that pile up on one letter: from the fourth on each is spelled
    (in scripts whose syllables have more, from the ninth on).
    """
    if text.isascii() and text.isprintable():  # most of what is ever shown, and a tenth of the cost
        return Safe(text)
    return Safe(_floods_shown(_FOREIGN.sub(_shown, text.replace("\t", TAB))))


def safe_text(text: str) -> Safe:
    """Like `safe_line`, but line breaks stay: for blocks of text."""
    if text.isascii() and text.isprintable():
        return Safe(text)
    spaced = text.replace("\r\n", "\n").replace("\t", TAB)
    if spaced.isascii() and spaced.replace("\n", "").isprintable():  # a tenth of the cost: a command may say megabytes
        return Safe(spaced)
    return Safe("\n".join(map(_safe_between_breaks, spaced.split("\n"))))


def _safe_between_breaks(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _floods_shown(_FOREIGN.sub(_shown, text))


def safe_bytes(data: bytes) -> Safe:
    """Bytes from outside as safe text; what is not UTF-8 as `\\xNN`."""
    return safe_text(data.decode("utf-8", errors="backslashreplace"))


def quoted(argument: str) -> Safe:
    """One argument as a shell would need it, safe to show, and no two arguments alike.

    One with characters that would be escaped is written in bash's `$'...'`, so that an escape cannot be mistaken for a
    backslash that stands in the argument itself.
    """
    if not has_foreign(argument) and "\t" not in argument:
        return Safe(shlex.quote(argument))
    escaped = argument.replace("\\", "\\\\").replace("'", "\\'")
    shown = _FOREIGN.sub(_shown_to_bash, escaped.replace("\t", "\\t"))
    return Safe("$'" + _floods_shown(shown) + "'")


def _shown_to_bash(found: re.Match[str]) -> str:
    code = ord(found.group(0))
    return f"\\u{code:04x}" if 0x7F <= code < 0x100 else _shown(found)


def has_foreign(text: str) -> bool:
    """The text holds a character that `safe_line` would escape, tabs aside."""
    return bool(_FOREIGN.search(text.replace("\t", ""))) or _floods_shown(text) != text


def _floods_shown(text: str) -> str:
    """Marks on one letter beyond those that any language sets: they would pile up over the lines around."""
    return text if text.isascii() else _SYLLABLES.sub(_piles_shown, _FLOOD.sub(_flood_shown, text))


def _flood_shown(found: re.Match[str]) -> str:
    marks = found.group(0)
    return marks[:_MOST_MARKS] + "".join(map(_spelled, marks[_MOST_MARKS:]))


def _piles_shown(found: re.Match[str]) -> str:
    shown, pile = [], 0
    for character in found.group(0):
        pile = pile + 1 if unicodedata.category(character)[0] == "M" else 0
        shown.append(_spelled(character) if pile > _MOST_OF_A_SYLLABLE else character)
    return "".join(shown)


def _shown(found: re.Match[str]) -> str:
    return _spelled(found.group(0))


def _spelled(character: str) -> str:
    code = ord(character)
    match code:
        case 0x0A:
            return "\\n"
        case 0x0D:
            return "\\r"
        case _ if code < 0x100:
            return f"\\x{code:02x}"
        case _ if code < 0x10000:
            return f"\\u{code:04x}"
        case _:
            return f"\\U{code:08x}"
