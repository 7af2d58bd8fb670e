"""What changed from one revision of a plan to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.policy.difference import difference as plan_difference
from cloudops_tui.presentation.lines import BLANK, Line, Span, fold, line, marked, pad_line
from cloudops_tui.presentation.queue import risk_span


def difference(before: ExecutionPlan, after: ExecutionPlan, width: int) -> tuple[Line, ...]:
    """What changed from one revision to the next, line by line of their JSON, with three lines around each change."""
    shown: list[Line] = []
    for text in plan_difference(before, after).split("\n"):
        style = {"+": "added", "-": "removed", "@": "faint"}.get(text[:1], "quiet")
        if text.startswith("@@"):
            shown += [BLANK] if shown else []
        elif text:
            for row in fold(marked(text), width - 2):
                shown.append((Span(" "), *(Span(span.text, span.style or style) for span in row)))
    return tuple(shown) or (line(" ", Span("Nothing changed", "quiet")),)


def difference_beside(
    before: ExecutionPlan, after: ExecutionPlan, width: int, ascii_only: bool
) -> tuple[Line, ...]:
    """As `difference`, with what was on the left and what is on the right."""
    room, bar = (width - 3) // 2, Span(" | " if ascii_only else " │ ", "faint")
    shown: list[Line] = []
    for pair in _beside(plan_difference(before, after).split("\n")):
        if pair is None:
            shown += [BLANK] if shown else []
            continue
        left, right = (_side(text, room) for text in pair)
        for old, new in zip_longest(left, right, fillvalue=BLANK):
            shown.append((*pad_line(old, room), bar, *new))
    return tuple(shown) or (line(" ", Span("Nothing changed", "quiet")),)


def _beside(written: Sequence[str]) -> Iterator[tuple[str, str] | None]:
    """Lines of a unified difference, old and new in pairs; None between two places."""
    old: list[str] = []
    new: list[str] = []
    for text in (*written, ""):
        match text[:1]:
            case "-":
                old.append(text)
            case "+":
                new.append(text)
            case sign:
                yield from zip_longest(old, new, fillvalue="")
                old, new = [], []
                if sign:
                    yield (text, text) if sign == " " else None


def _side(text: str, room: int) -> list[Line]:
    style = {"+": "added", "-": "removed"}.get(text[:1], "quiet")
    return [tuple(Span(span.text, span.style or style) for span in row) for row in fold(marked(text), room)]


def change_of_risk(before: QueueEntry, after: QueueEntry) -> Line:
    """The effective level of both revisions."""
    old, new = before.risk_level, after.risk_level
    if old is None or new is None:
        return BLANK
    verdict = (
        Span("higher than before", "caution") if new > old else Span("lower" if new < old else "the same", "quiet")
    )
    return line(
        Span(f" r{before.revision} ", "quiet"),
        risk_span(old),
        Span(f"   r{after.revision} ", "quiet"),
        risk_span(new),
        "   ",
        verdict,
    )
