"""Where a plan comes from: who sent it, who changed it, and what became of plans like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudops_tui.model.queue import QueueEntry, Revision
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import similar, wording
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.review.fields import field
from cloudops_tui.presentation.similar import Past


@dataclass(frozen=True)


class Background:
    """What is remembered of the plan and its like."""

    revisions: tuple[Revision, ...] = ()
    """Those that later ones took the place of, oldest first."""
    pasts: tuple[Past, ...] | None = None
    """None while the history was not asked."""


NO_BACKGROUND = Background()


def in_words(entry: QueueEntry, now: datetime) -> Line:
    """Who sent it, how long ago, and what has become of it since."""
    source = f"{safe_line(entry.source)}, {wording.age(entry.submitted_at, now)} ago"
    if entry.revision == 1:
        return line(source)
    by = f"edited by {safe_line(entry.edited_by)}" if entry.edited_by else "sent again"
    revised = Span(f"; revision {entry.revision}, {by};", "caution")
    return line(source, revised, Span(" D", "key"), Span(" shows what changed", "quiet"))


def revisions(entry: QueueEntry, earlier: Sequence[Revision], now: datetime, width: int) -> list[Line]:
    """Who wrote which revision, and when, the latest first."""
    if not earlier:
        return []
    written = [(entry.revision, entry.edited_by, entry.source, entry.changed_at)]
    written += [(one.revision, one.edited_by, one.source, one.at) for one in reversed(earlier)]
    shown: list[Line] = []
    for number, by, source, at in written:
        who = f"edited by {safe_line(by)}" if by else f"from {safe_line(source)}"
        said = line(Span(f"r{number} ", "strong"), f"{who}, {wording.age(at, now)} ago")
        shown += field("" if shown else "revisions", said, width)
    return shown


def past(background: Background, now: datetime, width: int) -> list[Line]:
    """What became of plans like this one."""
    if background.pasts is None:
        return []
    said = similar.in_words(background.pasts, now)
    return [row for number, each in enumerate(said) for row in field("" if number else "past runs", each, width)]
