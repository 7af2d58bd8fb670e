"""A list of things to do: found by typing, each with its key, and dim with its reason where it cannot be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudops_tui.presentation.lines import BLANK, Line, Row, Span, cut_line, line, pad
from cloudops_tui.presentation.lines import width as cells

KEYS = 14  # cells for the keys of an entry
NOTHING: tuple[Line, ...] = (BLANK, line("  ", Span("Nothing here is called so; backspace, or esc closes.", "quiet")))
_NO_MATCH = 1_000


@dataclass(frozen=True)
class Entry:
    """One thing to do."""

    id: str
    label: str
    keys: tuple[str, ...] = ()
    """As they are shown."""
    group: str = ""
    why_not: str | None = None
    """Why it cannot be done now; None when it can."""
    words: tuple[str, ...] = ()
    """Other names by which people look for it, such as `q` for quitting."""


@dataclass(frozen=True)
class Heading:
    """The id of a row that only says what follows."""

    group: str


def matching(entries: Sequence[Entry], typed: str) -> tuple[Entry, ...]:
    """Entries in which every word that was typed is found, in order of how well; all of them without a word.

    Its other names and its keys come first, then whole words, beginnings, parts, and abbreviations.
    """
    wanted = typed.split()
    ranked = [(sum(_rank(entry, word) for word in wanted), number) for number, entry in enumerate(entries)]
    return tuple(entries[number] for rank, number in sorted(ranked) if rank < _NO_MATCH)


def rows(entries: Sequence[Entry], width: int, *, grouped: bool) -> tuple[Row, ...]:
    """One row an entry; grouped, each group stands under its name."""
    found: list[Row] = []
    group = ""
    for entry in entries:
        if grouped and entry.group != group:
            group = entry.group
            found.append(Row(Heading(group), line(" ", Span(group, "title"))))
        found.append(Row(entry.id, _row(entry, width)))
    return tuple(found)


def told_below(entry: Entry | None, row_width: int, width: int) -> Line:
    """Below the list, what the row of an entry has no room for: why it cannot be done, or all that it does."""
    if entry is None or (entry.why_not is None and cells(entry.label) <= row_width - KEYS - 1):
        return ()
    told = Span(entry.label, "quiet") if entry.why_not is None else Span(f"not now: {entry.why_not}", "caution")
    return cut_line((told,), width)


def neighbour(shown: Sequence[Row], at: int, by: int) -> int | None:
    """The place of the next row that is an entry, `by` rows on or as near to it as there is one."""
    places = [number for number, row in enumerate(shown) if not isinstance(row.id, Heading)]
    if not places:
        return None
    wanted = max(0, min(at + by, len(shown) - 1))
    ahead = [place for place in places if (place >= wanted if by >= 0 else place <= wanted)]
    if by >= 0:
        return ahead[0] if ahead else places[-1]
    return ahead[-1] if ahead else places[0]


def _row(entry: Entry, width: int) -> Line:
    usable = entry.why_not is None
    spans = [
        Span(pad(" ".join(entry.keys), KEYS), "key" if usable else "faint"),
        Span(" "),
        Span(entry.label, "" if usable else "faint"),
    ]
    if entry.why_not is not None:
        spans.append(Span(f"  ({entry.why_not})", "faint"))
    return cut_line(tuple(spans), width)


def _rank(entry: Entry, word: str) -> int:
    if word in entry.words:
        return 0
    if word in entry.keys:
        return 1
    low = word.lower()
    text = f"{entry.label} {entry.group}".lower()
    if low in text.split():
        return 10
    if f" {low}" in f" {text}":
        return 20
    if low in text or low in entry.id:
        return 30
    return 60 if any(_abbreviates(low, each) for each in text.split()) else _NO_MATCH


def _abbreviates(letters: str, word: str) -> bool:
    """`hstry` is `history`: the first letter, and the others in order."""
    rest = iter(word)
    return len(letters) > 1 and word.startswith(letters[0]) and all(letter in rest for letter in letters)
