"""The Escape key, told from the beginning of a key's sequence.

Terminals send Escape and Alt alike: tmux makes one key of Escape and what is typed within its `escape-time`, half a
second where nobody has changed it, and a slow line brings both at once. We bind nothing to Alt, so an Escape that no
sequence follows is the key, and what follows it is the next one. Textual 8.2.8 hears `alt+x`, types the `x` into a
field, or spells the Escape `^`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual import events
from textual.keys import _character_to_key
from textual.message import Message

ESCAPE = "\x1b"
SPELLED_OUT = "\x1b[27u"
"""The same key in a sequence of its own, which the parser cannot take for the beginning of another."""

_KEY = re.compile("\x1b(?![\\[O\x1b])")
_PASTE = re.compile("\x1b\\[20([01])~")
_MARK = 6  # characters of the marks around a paste


class Escapes:
    """What a terminal sends, read by read."""

    def __init__(self) -> None:
        self._kept = ""
        """An Escape that came last: what follows it says what it is."""
        self._before = ""
        """The end of what came before: a mark may come in two parts."""
        self._pasting = False

    def read(self, text: str) -> str:
        """The text with its Escape keys spelled out; what is pasted stays as it is."""
        text, self._kept = self._kept + text, ""
        spelled, at = [], 0
        for mark in _PASTE.finditer(seen := self._before + text):
            end = mark.end() - len(self._before)
            spelled.append(self._spelled(text[at:end]))
            at, self._pasting = end, mark[1] == "0"
        rest = text[at:]
        if rest.endswith(ESCAPE) and not self._pasting:
            rest, self._kept = rest[:-1], ESCAPE
        spelled.append(self._spelled(rest))
        self._before = seen.removesuffix(self._kept)[-(_MARK - 1) :]
        return "".join(spelled)

    def lapse(self) -> str:
        """Nothing has come for a while: an Escape that was waited on was the key."""
        kept, self._kept = self._kept, ""
        return SPELLED_OUT if kept else ""

    def _spelled(self, text: str) -> str:
        return text if self._pasting else _KEY.sub(lambda _: SPELLED_OUT, text)


def apart(event: Message) -> Iterator[Message]:
    """The two keys that Textual has made one of: `[` and `O` behind an Escape begin a sequence, or do not."""
    if isinstance(event, events.Key) and event.key.startswith("alt+") and event.character:
        yield events.Key("escape", ESCAPE)
        yield events.Key(_character_to_key(event.character), event.character)
    else:
        yield event
