"""Keys that came faster than any hand: a paste, from a terminal that does not say so.

A slow line bundles what was typed, too: one packet that is lost keeps what follows it for about half a second, in
which the quickest hands type six or seven letters. So it takes more than that, in one read of the terminal; what is
shorter cannot be told from typing, and is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

MOST_TYPED = 7  # letters that one read of the terminal may hold of somebody who types

_LETTERS = "letters_at_once"


def pasted(letters: str) -> bool:
    """Nobody typed these, which arrived together. The same letter again and again is a key that is held down."""
    return len(letters) > MOST_TYPED and len(set(letters)) > 1


def noted(heard: Sequence[Message]) -> Sequence[Message]:
    """The keys of one read; where nobody typed its letters, each of them says how many came at once."""
    keys = [one for one in heard if isinstance(one, events.Key) and one.is_printable]
    letters = "".join(key.character or "" for key in keys)
    if pasted(letters):
        for key in keys:
            setattr(key, _LETTERS, len(letters))
    return heard


def letters_at_once(key: events.Key) -> int:
    """How many letters came with this one; 0 where a hand may have typed them."""
    found: int = getattr(key, _LETTERS, 0)
    return found
