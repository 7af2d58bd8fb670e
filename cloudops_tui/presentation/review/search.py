"""Words that are looked for in a review, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from cloudops_tui.model.review import CommandReview
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut_line, line, plain
from cloudops_tui.presentation.review import call


def search_line(wanted: str, rows: int, width: int) -> Line:
    """What is searched for, in how many places, and the keys that go on."""
    if not wanted:
        return line(Span(" type what to look for", "quiet"))
    found = f"in {wording.counted(rows, 'place')}" if rows else "nowhere in this plan"
    keys = line(Span("  ctrl+n", "key"), " next ", Span(" ctrl+p", "key"), " previous ", Span(" esc", "key"), " ends")
    said = line(" ", Span(f"/{safe_line(wanted)}", "key"), Span(f"  {found} ", "quiet" if rows else "caution"))
    return cut_line((*said, *keys), width)


def words_of(reviewed: CommandReview) -> str:
    """Everything of a command that can be looked for, in small letters."""
    said = [reviewed.command.description, plain(call.in_a_row(reviewed)), *reviewed.assessment.reasons]
    for undoing in reviewed.compensations:
        said += [undoing.command.description, plain(call.in_a_row(undoing))]
    return "\n".join(said).casefold()


def hits(lines: Sequence[Line], wanted: str) -> list[int]:
    """The lines that hold the words."""
    folded = wanted.casefold()
    return [number for number, one in enumerate(lines) if folded in plain(one).casefold()]


def with_hits(lines: Sequence[Line], wanted: str) -> tuple[Line, ...]:
    """The lines, with what was looked for in reverse video."""
    return tuple(_marked_hits(one, wanted.casefold()) for one in lines)


def _marked_hits(spans: Line, wanted: str) -> Line:
    """A hit may run over the edge of a span; it is marked in both."""
    text = plain(spans).casefold()
    if not wanted or wanted not in text or len(text) != len(plain(spans)):
        return spans
    marks: set[int] = set()
    place = text.find(wanted)
    while place >= 0:
        marks.update(range(place, place + len(wanted)))
        place = text.find(wanted, place + len(wanted))
    shown: list[Span] = []
    at = 0
    for span in spans:
        start = 0
        for end in range(1, len(span.text) + 1):
            if end == len(span.text) or ((at + end) in marks) != ((at + start) in marks):
                style = "mark" if (at + start) in marks else span.style
                shown.append(Span(span.text[start:end], style))
                start = end
        at += len(span.text)
    return tuple(shown)
