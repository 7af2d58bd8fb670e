"""The whole review as one text, for a pager or a file."""

from __future__ import annotations

from datetime import datetime

from cloudops_tui.model.review import Review
from cloudops_tui.presentation.lines import BLANK, Line, line
from cloudops_tui.presentation.review.command import command
from cloudops_tui.presentation.review.origin import NO_BACKGROUND, Background
from cloudops_tui.presentation.review.rehearsed import Rehearsal
from cloudops_tui.presentation.review.summary import summary


def everything(
    review: Review, rehearsal: Rehearsal, now: datetime, width: int, background: Background = NO_BACKGROUND
) -> tuple[Line, ...]:
    """The whole review as one text."""
    shown: list[Line] = [*summary(review, rehearsal, now, width, True, background)]
    for each in review.commands:
        shown += [BLANK, line("-" * width), *command(review, each.command.id, rehearsal, width, True)]
    return tuple(shown)
