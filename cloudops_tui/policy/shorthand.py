"""awscli's shorthand: `Key=value,Other=[a,b],Third={Inner=c}` read into a dictionary, as awscli reads it.

The language is described in the AWS CLI user guide, "Using shorthand syntax"; its corners (which characters end a
value, when a comma begins a new key) were learnt from awscli 1.46.3 and are held to it by test.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

_KEY = frozenset(string.ascii_letters + string.digits + "-_.#/:")
_SPACE = frozenset(string.whitespace)
_NEVER = frozenset("\"',")  # ends every unquoted value
_NOT_FIRST = _NEVER | frozenset("=[{") | _SPACE  # an unquoted value does not begin with these
_NOT_LATER = _NEVER | frozenset("]}")  # after the first character; of a list's later values `=` as well
_NOT_LATER_IN_ROW = _NEVER | frozenset("=")
_LAST = "\uffff"  # awscli's character classes end here
_DEEPEST = 50


class UnreadableShorthand(ValueError):
    """awscli would refuse the text. The message never holds any of it."""


def read_shorthand(text: str, resolve: Callable[[str], Any]) -> dict[str, Any]:
    """The dictionary that a text means; raises UnreadableShorthand.

    `resolve` answers what stands behind the value of a key that is written `key@=value`.
    """
    return _Reader(text, resolve).parameter()


class _Reader:
    def __init__(self, text: str, resolve: Callable[[str], Any]) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._resolve = resolve
        self._elsewhere = False

    def parameter(self) -> dict[str, Any]:
        """Keys with values, separated by commas, to the end of the text."""
        found: dict[str, Any] = {}
        while True:
            key = self._key_and_sign()
            if key in found:
                raise UnreadableShorthand("a key stands twice")
            found[key] = self._values()
            if self._at >= len(self._text):
                return found
            self._expect(",")

    def _key_and_sign(self) -> str:
        start = self._at
        while self._now() in _KEY:
            self._at += 1
        key = self._text[start : self._at]
        self._skip_space()
        self._elsewhere = self._now() == "@"
        if self._elsewhere:
            self._expect("@")
        self._expect("=")
        return key

    def _values(self) -> Any:
        if self._at >= len(self._text):
            return ""
        if self._now() in ("[", "{"):
            return self._nested()
        return self._row()

    def _row(self) -> Any:
        """`a`, or `a,b,c`: a later part that turns out to be a key gives its comma back."""
        first = self._value()
        self._skip_space()
        if self._now() != ",":
            return first
        self._expect(",")
        found = [first]
        while True:
            try:
                later = self._value(in_row=True)
                self._skip_space()
                if self._at >= len(self._text):
                    found.append(later)
                    break
                self._expect(",")
                found.append(later)
            except UnreadableShorthand:
                if self._at >= len(self._text):
                    raise
                self._at = self._text.rindex(",", 0, self._at + 1)
                break
        return found if len(found) > 1 else first

    def _nested(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableShorthand("it is nested too deeply")
        found = self._list() if self._now() == "[" else self._structure()
        self._depth -= 1
        return found

    def _list(self) -> list[Any]:
        self._expect("[")
        found = []
        while self._now() != "]":
            found.append(self._inner())
            self._separate("]")
        self._at += 1
        return found

    def _structure(self) -> dict[str, Any]:
        self._expect("{")
        found = {}
        while self._now() != "}":
            key = self._key_and_sign()
            found[key] = self._inner()
            self._separate("}")
        self._at += 1
        return found

    def _inner(self) -> Any:
        return self._nested() if self._now() in ("[", "{") else self._value()

    def _separate(self, end: str) -> None:
        self._skip_space()
        if self._now() != end:
            self._expect(",")

    def _value(self, *, in_row: bool = False) -> Any:
        if self._now() in ("'", '"'):
            found = self._quoted(self._now())
        else:
            found = self._plain(_NOT_LATER_IN_ROW if in_row else _NOT_LATER)
            if in_row and not found:
                raise UnreadableShorthand("a value is missing")
            found = found.replace("\\,", ",").rstrip()
        return self._resolve(found) if self._elsewhere else found

    def _plain(self, ends: frozenset[str]) -> str:
        start = self._at
        forbidden = _NOT_FIRST
        while self._at < len(self._text):
            if self._text.startswith("\\,", self._at):
                self._at += 2
            elif self._text[self._at] in forbidden or self._text[self._at] > _LAST:
                break
            else:
                self._at += 1
            forbidden = ends
        return self._text[start : self._at]

    def _quoted(self, quote: str) -> str:
        end = self._at + 1
        while end < len(self._text) and self._text[end] != quote:
            end += 2 if self._text.startswith("\\" + quote, end) else 1
        if end >= len(self._text):
            raise UnreadableShorthand("a quote is not closed")
        inside = self._text[self._at + 1 : end]
        self._at = end + 1
        return inside.replace("\\" + quote, quote).replace("\\\\", "\\")

    def _now(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _expect(self, sign: str) -> None:
        """Takes one sign with the space around it."""
        self._skip_space()
        if self._now() != sign:
            raise UnreadableShorthand(f"`{sign}` is missing")
        self._at += 1
        self._skip_space()

    def _skip_space(self) -> None:
        while self._now() in _SPACE:
            self._at += 1
