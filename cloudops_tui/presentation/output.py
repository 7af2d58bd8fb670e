"""The output of one command as rows: gutter, wrapping, scrolling, and what is said about where somebody stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

from cloudops_tui.model.output import EVERYTHING, UNREAD, Found, OutputPage, OutputSelection, PageLine, Wanted
from cloudops_tui.policy import matching
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.execution import Arrangement, sign_of
from cloudops_tui.presentation.lines import Line, Span, cut_line, line, line_width, spread, width

QUIET_AFTER = timedelta(seconds=60)
"""A command that says nothing for this long is told to be quiet."""

BYTES_A_SECOND = 24_000
"""What a view that follows may send to the terminal: an SSH line stays quick, and nobody reads faster."""

SMALL = 2500
"""Bytes; a picture of less may be sent in every frame."""

ROW_STYLES = 24  # bytes of a row, about, that place and colour it

LONGEST_WAIT = 0.5  # seconds between two pictures of what rushes by
SHORTEST_HEAD = 16  # cells; the name of a command, cut

Top: TypeAlias = tuple[int, int]
"""What stands in the first row: the place of a line, and which of its wrapped pieces."""


class Stamps(Enum):
    """What stands before each line."""

    OFF = "off"
    UTC = "UTC time"
    SINCE = "since the command began"

    @property
    def next(self) -> Stamps:
        """The one that `t` goes to."""
        kinds = list(Stamps)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


STREAMS = {None: "stdout+stderr", "stdout": "stdout only", "stderr": "stderr only"}


@dataclass(frozen=True)
class RowLook:
    """How lines become rows."""

    width: int
    ascii: bool = False
    wrap: bool = False
    left: int = 0
    """Cells that are scrolled out at the left, where lines are not wrapped."""
    stamps: Stamps = Stamps.OFF
    began: datetime | None = None
    digits: int = 0
    """Width of the line numbers; 0 shows none."""

    @property
    def gutter(self) -> int:
        """Cells before the text."""
        stamps = 0 if self.stamps is Stamps.OFF else 10
        return 3 + (self.digits + 1 if self.digits else 0) + stamps

    @property
    def room(self) -> int:
        """Cells for the text."""
        return max(2, self.width - self.gutter)


@dataclass(frozen=True)
class Place:
    """Where somebody stands in the output of a command, and what is known of all of it."""

    page: OutputPage = UNREAD
    selection: OutputSelection = EVERYTHING
    following: bool = True
    running: bool = False
    newer: int = 0
    """Lines that came since they stopped following."""
    newer_errors: int = 0
    """Of those, from standard error."""
    marks: int = 0
    sought: Wanted | None = None
    found: Found | None = None
    """None while nothing is known yet."""

    @property
    def total(self) -> int:
        """Lines since the beginning."""
        return self.page.total


# --- rows ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def pieces(text: str, cells: int) -> tuple[tuple[int, int], ...]:
    """Where a text is broken so that each piece fits; an empty one is one piece. No character is halved."""
    if text.isascii():
        return tuple((at, min(at + cells, len(text))) for at in range(0, max(1, len(text)), cells))
    found: list[tuple[int, int]] = []
    begin = used = 0
    for at, character in enumerate(text):
        needs = width(character)
        if used + needs > cells and at > begin:
            found.append((begin, at))
            begin, used = at, 0
        used += needs
    return (*found, (begin, len(text)))


def height(text: str, look: RowLook) -> int:
    """Rows that a line takes."""
    return len(pieces(text, look.room)) if look.wrap else 1


def moved(top: Top, by: int, heights: Callable[[int], int], first: int = 0) -> Top:
    """So many rows down, or up, but not above the line at `first`."""
    place, piece = top
    piece += by
    while piece < 0 and place > first:
        place -= 1
        piece += heights(place)
    while piece >= (tall := heights(place)):
        place, piece = place + 1, piece - tall
    return (place, max(0, piece))


def bottom(selected: int, rows: int, heights: Callable[[int], int]) -> Top:
    """The first row where the last one stands at the bottom."""
    place, left = selected, rows
    while place > 0 and left > 0:
        place -= 1
        left -= heights(place)
    return (place, max(0, -left))


def row(shown: PageLine, piece: int, look: RowLook, *, mark: str = " ", pointer: bool = False) -> Line:
    """One row of a line: its gutter and a piece of its text, with what was found in reverse."""
    text = shown.line.text
    if look.wrap:
        begin, end = pieces(text, look.room)[piece]
        cut = False
    else:
        begin, end, cut = _window(text, look.left, look.room)
    style = "failed" if shown.line.is_error else ""
    spans = _highlighted(text, begin, end, shown.found, style)
    more = (Span("~", "faint"),) if cut else ()
    return (*_gutter(shown, piece, look, mark, pointer), *spans, *more)


def _gutter(shown: PageLine, piece: int, look: RowLook, mark: str, pointer: bool) -> Line:
    first = piece == 0
    sign = (">" if look.ascii else "❯") if pointer and first else mark if first else " "
    error = "! " if shown.line.is_error else "  "
    if not first and shown.line.is_error:
        error = "| "
    # A blank without a style of its own joins the text: thirty bytes a row less to the terminal.
    plain_gutter = (sign + error).isspace()
    parts = [Span("   ")] if plain_gutter else [Span(sign, "key"), Span(error, "failed")]
    if look.digits:
        parts.append(Span(f"{shown.number + 1 if first else '':>{look.digits}} ", "faint"))
    if look.stamps is not Stamps.OFF:
        parts.append(Span(f"{_stamp(shown.line.at, look) if first else '':<9} ", "quiet"))
    return tuple(parts)


def _stamp(at: datetime | None, look: RowLook) -> str:
    if at is None:
        return "-"
    if look.stamps is Stamps.UTC:
        return wording.clock(at)
    if look.began is None:
        return "-"
    seconds = max(0, int((at - look.began).total_seconds()))
    return f"+{seconds // 3600:d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _window(text: str, left: int, room: int) -> tuple[int, int, bool]:
    """What of a long line is in view, in characters, and whether something follows."""
    if text.isascii():
        return _ascii_window(text, left, room)
    begin = _characters(text, 0, left)
    end = _characters(text, begin, room)
    return (begin, end, False) if end == len(text) else (begin, _characters(text, begin, room - 1), True)


def _ascii_window(text: str, left: int, room: int) -> tuple[int, int, bool]:
    cut = len(text) > left + room
    return (min(left, len(text)), min(len(text), left + room - cut), cut)


def _characters(text: str, begin: int, cells: int) -> int:
    """The character after those from `begin` on that fit in so many cells."""
    used = 0
    for at in range(begin, len(text)):
        used += width(text[at])
        if used > cells:
            return at
    return len(text)


def _highlighted(text: str, begin: int, end: int, found: tuple[tuple[int, int], ...], style: str) -> list[Span]:
    spans: list[Span] = []
    at = begin
    for first, last in found:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            spans.append(Span(text[at:first], style))
        spans.append(Span(text[first:last], "mark"))
        at = last
    return [*spans, Span(text[at:end], style)] if at < end or not spans else spans


def cost(rows: int, cells: int) -> int:
    """Bytes, about, that so many rows of that width are to the terminal: a row is sent whole, blanks and all."""
    return rows * (cells + ROW_STYLES)


def pause_after(sent: int) -> float:
    """Seconds until the next picture after one of so many bytes."""
    return 0.0 if sent <= SMALL else min(LONGEST_WAIT, sent / BYTES_A_SECOND)


# --- what is said about it -------------------------------------------------------------------------------------------


def head(arrangement: Arrangement, command_id: UUID, *, ascii_only: bool, focused: bool) -> Line:
    """Which command it is of, and by the pointer of the tree's cursor whether keys go there."""
    sign = sign_of(arrangement, command_id)
    return line(
        Span((">" if ascii_only else "❯") if focused else " ", "key"),
        Span(f"{sign.shown(ascii_only)} ", sign.style),
        Span(arrangement.graph.title(command_id), "active" if focused else "strong"),
    )


def title(head: Line, place: Place, cells: int, now: datetime) -> Line:
    """The head of the pane: whose output, which lines, how many, whether it moves. What matters least goes first."""
    facts = _facts(place, now)
    name = min(line_width(head), max(SHORTEST_HEAD, cells // 2))
    while _facts_width(facts) >= cells - name and any(rank for rank, _ in facts):
        facts.remove(max(facts, key=lambda each: each[0]))
    spaced = [piece for _, span in facts for piece in (span, Span("  "))]
    return spread(head, cut_line((*spaced[:-1], Span(" ")), max(0, cells - 1)), cells)


def _facts_width(facts: list[tuple[int, Span]]) -> int:
    return sum(width(span.text) + 2 for _, span in facts)


def _facts(place: Place, now: datetime) -> list[tuple[int, Span]]:
    """Each with how early it may be left out; 0 stays."""
    page, selection = place.page, place.selection
    facts: list[tuple[int, Span]] = []
    if selection.only is not None:
        which = "without" if selection.inverted else "only"
        facts.append((0, Span(f"{which} {_short(selection.only)}", "caution")))
    if selection.stream is not None:
        facts.append((0, Span(STREAMS[selection.stream], "caution")))
    elif page.total and selection.only is None:
        facts.append((4, Span(STREAMS[None], "quiet")))
    counted = f"{page.selected:,} of " if not selection.is_all else ""
    paused = place.newer and not place.following
    facts.append((2 if paused else 1, Span(f"{counted}{wording.counted(page.total, 'line')}", "quiet")))
    if page.size:
        facts.append((3, Span(wording.size(page.size), "quiet")))
    if place.marks:
        facts.append((2, Span(wording.counted(place.marks, "mark"), "quiet")))
    if not page.complete:
        facts.append((0, Span(f"reading {page.done:.0%}", "running")))
    if place.running and page.last_at is not None and now - page.last_at >= QUIET_AFTER:
        facts.append((2, Span(f"quiet for {wording.age(page.last_at, now)}", "waiting")))
    facts.append((0, _badge(place)))
    if paused:
        errors = f"{place.newer_errors:,} on stderr, " if place.newer_errors else ""
        facts.append((1, Span(f"{errors}space follows", "failed" if errors else "quiet")))
    return facts


def _badge(place: Place) -> Span:
    if place.following:
        return Span("[FOLLOW]" if place.running else "[END]", "ok" if place.running else "quiet")
    paused = f"[PAUSED +{place.newer:,}]" if place.newer else "[PAUSED]"
    return Span(paused, "failed" if place.newer_errors else "caution")


def _short(sought: Wanted) -> str:
    spelled = safe_line(matching.spelled(sought))
    shown = spelled if len(spelled) <= 24 else f"{spelled[:23]}~"
    return shown if sought.regex else f'"{shown}"'


def status(place: Place, cells: int) -> Line:
    """The row below: what was found, or why nothing can be; empty where nothing is looked for."""
    problem = place.page.problem or (place.found.problem if place.found else "")
    if problem:
        return cut_line(line(" ", Span(safe_line(problem), "caution")), cells)
    if place.sought is None:
        return ()
    sought = Span(f" {_short(place.sought)} ", "key")
    found = Span(f"{count(place.found)}  ", "strong")
    return cut_line((sought, found, Span("n next  N previous  esc clears", "quiet")), cells)


def count(found: Found | None) -> str:
    """`3/17`, `3/2,000+` while it counts on, and what became of it."""
    if found is None:
        return "..."
    more = "" if found.complete else "+"
    if found.number is None:
        return "no match" if found.complete else f"searching {found.done:.0%}"
    wrapped = "  went on at the other end" if found.wrapped else ""
    return f"{found.ordinal + 1:,}/{found.matches:,}{more}{wrapped}"


def empty(place: Place, nothing: tuple[Line, ...]) -> tuple[Line, ...]:
    """What stands in the place of lines where there are none; `nothing` is why the command said none."""
    page = place.page
    if not page.complete:
        return _quietly(f"reading {page.done:.0%} ...")
    if page.total and not place.selection.is_all:
        only = place.selection.only
        of_what = f" {'without' if place.selection.inverted else 'with'} {_short(only)}" if only else ""
        stream = f" on {place.selection.stream}" if place.selection.stream else ""
        remedy = "& Enter shows all" if only else "v shows both"
        return _quietly(f"no line{of_what}{stream} among {wording.counted(page.total, 'line')}; {remedy}")
    return nothing


def pruned(size: int | None, when: datetime | None) -> tuple[Line, ...]:
    """What stands in the place of output whose files are gone."""
    known = f" of {wording.size(size)}" if size else ""
    told = f", written {wording.day_and_time(when)}Z," if when else ""
    return _quietly(f"output{known}{told} pruned: its files are gone; the record and its hashes are kept")


def _quietly(words: str) -> tuple[Line, ...]:
    return (line("   ", Span(words, "quiet")),)


def mark_sign(number: int, marks: Mapping[int, str]) -> str:
    """What stands at a marked line."""
    return "*" if number in marks else " "
