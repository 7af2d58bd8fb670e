"""Styled text without a terminal: what a view is made of."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from cloudops_tui.policy.safe_text import safe_line

_PIECES = re.compile(r" +|[^ ]+")
_UNUSUAL = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Safe text in one style."""

    text: str
    style: str = ""
    """A name that the theme knows: those of `wording.Sign`, and `title`, `strong`, `danger`, `key`, `mark`."""


Line: TypeAlias = tuple[Span, ...]

BLANK: Line = (Span(""),)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list, with what it stands for; a cursor sticks to the id."""

    id: Hashable
    line: Line


def line(*parts: Span | str) -> Line:
    """A line of spans; a bare string is unstyled."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def plain(spans: Line) -> str:
    """The text alone."""
    return "".join(span.text for span in spans)


def width(text: str) -> int:
    """Terminal cells that `text` takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def line_width(spans: Line) -> int:
    """Terminal cells that a line takes."""
    return sum(width(span.text) for span in spans)


def cut(text: str, cells: int) -> str:
    """`text` in at most `cells` terminal cells; what was cut shows as `~`."""
    if width(text) <= cells:
        return text
    if cells <= 0:
        return ""
    kept, used = [], 1
    for character in text:
        used += _cells(character)
        if used > cells:
            break
        kept.append(character)
    return "".join(kept) + "~"


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """`text` in exactly `cells` terminal cells, cut where it is longer; `right` aligns it there."""
    shown = cut(text, cells)
    filling = " " * max(0, cells - width(shown))
    return filling + shown if right else shown + filling


def cut_line(spans: Line, cells: int) -> Line:
    """A line in at most `cells` terminal cells."""
    if line_width(spans) <= cells:
        return spans
    kept: list[Span] = []
    left = cells
    for span in spans:
        taken = width(span.text)
        if taken < left:
            kept.append(span)
            left -= taken
        else:
            kept.append(Span(cut(span.text + " ", left), span.style))
            break
    return tuple(kept)


def pad_line(spans: Line, cells: int) -> Line:
    """A line in exactly `cells` terminal cells."""
    shown = cut_line(spans, cells)
    missing = cells - line_width(shown)
    return (*shown, Span(" " * missing)) if missing > 0 else shown


def spread(left: Line, right: Line, cells: int) -> Line:
    """`left` at the left edge and `right` at the right one; where both do not fit, `left` is cut."""
    room = max(0, cells - line_width(right) - 1)
    return (*pad_line(left, room), Span(" "), *right)


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` terminal cells, broken at blanks, inside a word where it must."""
    return [piece for paragraph in text.split("\n") for piece in _wrap_paragraph(paragraph, max(1, cells))]


def wrapped(text: str, cells: int, *, indent: int = 0, hang: int | None = None, style: str = "") -> list[Line]:
    """`text` as lines, `indent` blanks before the first and `hang` (or as many) before the others."""
    others = indent if hang is None else hang
    pieces = wrap(text, cells - max(indent, others))
    return [line(" " * (others if number else indent), Span(piece, style)) for number, piece in enumerate(pieces)]


def reflow(spans: Line, cells: int) -> list[Line]:
    """A styled line in lines of at most `cells` terminal cells, broken at blanks, inside a word where it must."""
    rows: list[Line] = [()]
    used = 0
    for span in spans:
        for piece in _PIECES.findall(span.text):
            if used and used + width(piece) > cells:
                rows.append(())
                used = 0
            if not used and len(rows) > 1 and piece == " ":
                continue  # the break stands for it; a longer gap is kept
            for number, part in enumerate(fold((Span(piece, span.style),), cells)):
                if number:
                    rows.append(())
                    used = 0
                rows[-1] = (*rows[-1], *part)
                used += line_width(part)
    return rows


def first_rows(rows: list[Line], most: int) -> list[Line]:
    """No more than `most` rows; where there were others, the last says so, and cuts no word that it can do without."""
    if len(rows) <= most:
        return rows
    last = rows[most - 1]
    *words, end = reflow(last, max(1, line_width(last) - 4))[0]
    return [*rows[: most - 1], (*words, Span(end.text.rstrip(), end.style), Span(" ...", "quiet"))]


def joined(parts: Iterable[Span | str], by: str = "  ") -> Line:
    """Parts with a gap between them; empty ones are left out."""
    shown = [part for part in line(*parts) if part.text]
    return tuple(piece for number, part in enumerate(shown) for piece in ((Span(by), part) if number else (part,)))


def _wrap_paragraph(text: str, cells: int) -> list[str]:
    pieces: list[str] = []
    rest = text
    while width(rest) > cells:
        end = _fitting(rest, cells)
        at_blank = rest.rfind(" ", 0, end + 1)
        if at_blank > 0 and rest[:at_blank].strip():
            pieces.append(rest[:at_blank])
            rest = rest[at_blank + 1 :]
        else:
            pieces.append(rest[:end])
            rest = rest[end:]
    return [*pieces, rest]


def _fitting(text: str, cells: int) -> int:
    """How many characters fit; at least one."""
    used = 0
    for number, character in enumerate(text):
        used += _cells(character)
        if used > cells:
            return max(1, number)
    return len(text)


def _cells(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb":
        return 0  # parts of a Korean syllable; the part before them has its room
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def marked(text: str) -> Line:
    """Foreign text on one line, literally: what is not plain ASCII stands out, what is invisible is spelled out."""
    spans: list[Span] = []
    place = 0
    for found in _UNUSUAL.finditer(text):
        spans += [Span(text[place : found.start()]), Span(safe_line(found[0]), "mark")]
        place = found.end()
    return tuple(span for span in (*spans, Span(text[place:])) if span.text)


def fold(spans: Line, cells: int) -> list[Line]:
    """A line broken wherever it must be, at `cells` terminal cells; nothing is lost and no blank moves."""
    rows: list[Line] = []
    row: list[Span] = []
    room = max(2, cells)
    for span in spans:
        rest = span.text
        while rest:
            end = _fitting(rest, room) if room > 0 else 0
            if width(rest[:end]) > room or not end:
                rows.append(tuple(row))
                row, room = [], max(2, cells)
                continue
            row.append(Span(rest[:end], span.style))
            room -= width(rest[:end])
            rest = rest[end:]
    return [*rows, tuple(row)]


def fold_at_blanks(spans: Line, cells: int, sign: str) -> list[Line]:
    """A line broken behind a blank where there is one, else inside the word: `sign` stands before what goes on there.
    Nothing is lost and no blank moves."""
    text, rows, kept = plain(spans), list[Line](), deque(spans)
    start, before = 0, ""
    while start < len(text):
        room = max(2, cells - width(before))
        end = start + _fitting(text[start : start + room], room)
        if end < len(text):
            end = text.rfind(" ", start, end) + 1 or end
        row = _taken(kept, end - start)
        rows.append((Span(before, "faint"), *row) if before else row)
        before = " " * width(sign) if text[end - 1] == " " else sign
        start = end
    return rows or [()]


def _taken(spans: deque[Span], characters: int) -> Line:
    """So many characters from the beginning; the rest is left."""
    row: list[Span] = []
    while characters and spans:
        span = spans.popleft()
        row.append(Span(span.text[:characters], span.style))
        if len(span.text) > characters:
            spans.appendleft(Span(span.text[characters:], span.style))
        characters -= len(row[-1].text)
    return tuple(row)
