"""Words with letters of two alphabets in them: one that only looks like another names another thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[\w.-]+")
_LOOK_ALIKES = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL")
"""Beginnings of the Unicode names of letters that look like Latin ones (UTS 39, confusables)."""


@dataclass(frozen=True)
class Mixed:
    """A word, and the letter in it that is not what it looks like."""

    word: str
    letter: str

    @property
    def name(self) -> str:
        """`CYRILLIC SMALL LETTER O`."""
        return unicodedata.name(self.letter)


def mixed_in(texts: Iterable[str]) -> tuple[Mixed, ...]:
    """Each such word once, in order. A word of one alphabet is no mixture, whichever it is."""
    return tuple(dict.fromkeys(found for text in texts if not text.isascii() for found in _mixed(text)))


def _mixed(text: str) -> Iterator[Mixed]:
    for word in _WORD.findall(text):
        latin = any(letter.isascii() and letter.isalpha() for letter in word)
        strange = next((one for one in word if unicodedata.name(one, "").startswith(_LOOK_ALIKES)), None)
        if latin and strange is not None:
            yield Mixed(word, strange)
