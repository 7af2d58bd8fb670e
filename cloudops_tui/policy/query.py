"""The words of a filter, of queue and history alike: free words, "phrases", !not, and `key:value`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TERMS = 32
"""Terms that count; the rest of a pasted page does not."""

_TERM = re.compile(r'(!?)(?:([A-Za-z_]+):)?(?:"([^"]*)"?|([^\s"]*))')


@dataclass(frozen=True)
class Term:
    """One part of a query. Every part has to hold."""

    text: str
    """As it was typed."""
    value: str
    """Without its quotes."""
    key: str = ""
    """In lower case; empty for free words."""
    negated: bool = False
    """`!`: it must not hold."""
    quoted: bool = False
    """A phrase, not the beginning of a word."""


def terms(text: str) -> tuple[Term, ...]:
    """The parts of a query, in order. No text makes an error; a part without a value is still being typed."""
    found: list[Term] = []
    for hit in _TERM.finditer(text):
        if hit[0] and len(found) < MOST_TERMS:
            quoted = hit[3] is not None
            value = hit[3] if quoted else hit[4]
            found.append(Term(hit[0], value, (hit[2] or "").lower(), bool(hit[1]), quoted))
    return tuple(found)


def value_of(text: str, key: str) -> str | None:
    """What the first part with this key wants; None where there is none."""
    return next((term.value for term in terms(text) if term.key == key and not term.negated), None)


def without(text: str, *gone: Term) -> str:
    """The query less some of its parts."""
    left = list(terms(text))
    for term in gone:
        if term in left:
            left.remove(term)
    return " ".join(term.text for term in left)


def with_value(text: str, key: str, value: str | None) -> str:
    """The query with this value, and no other, for the key; None takes the key away."""
    rest = without(text, *(term for term in terms(text) if term.key == key and not term.negated))
    return rest if value is None else f"{rest} {key}:{_quoted(value)}".strip()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """What was probably meant."""
    from difflib import get_close_matches  # only where something is wrong

    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def _quoted(value: str) -> str:
    return f'"{value}"' if not value or any(map(str.isspace, value)) else value
