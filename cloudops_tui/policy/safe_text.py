"""Foreign text made literal: what the operator sees is what is there, and the terminal obeys none of it."""

from __future__ import annotations

import re
import shlex

_BIDI_AND_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_FOREIGN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI_AND_INVISIBLE}]")
_FOREIGN_BUT_BREAKS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI_AND_INVISIBLE}]")

TAB = "    "


def safe_line(text: str) -> str:
    """`text` on one line: every control, bidi, invisible and unpaired character as a visible ASCII escape.

    Line breaks become `\\n`, tabs four spaces; the rest `\\x1b`, `\\u202e`, `\\U000e0041`. Printable text is untouched.
    """
    return _FOREIGN.sub(_shown, text.replace("\t", TAB))


def safe_text(text: str) -> str:
    """Like `safe_line`, but line breaks stay: for blocks of text."""
    return _FOREIGN_BUT_BREAKS.sub(_shown, text.replace("\r\n", "\n").replace("\t", TAB))


def safe_bytes(data: bytes) -> str:
    """Bytes from outside as safe text; what is not UTF-8 as `\\xNN`."""
    return safe_text(data.decode("utf-8", errors="backslashreplace"))


def quoted(argument: str) -> str:
    """One argument as a shell would need it, safe to show, and no two arguments alike.

    One with characters that would be escaped is written in bash's `$'...'`, so that an escape cannot be mistaken for a
    backslash that stands in the argument itself.
    """
    if not has_foreign(argument) and "\t" not in argument:
        return shlex.quote(argument)
    escaped = argument.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _FOREIGN.sub(_shown_to_bash, escaped.replace("\t", "\\t")) + "'"


def _shown_to_bash(found: re.Match[str]) -> str:
    code = ord(found.group(0))
    return f"\\u{code:04x}" if 0x7F <= code < 0x100 else _shown(found)


def has_foreign(text: str) -> bool:
    """The text holds a character that `safe_line` would escape, tabs aside."""
    return bool(_FOREIGN.search(text.replace("\t", "")))


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group(0))
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
