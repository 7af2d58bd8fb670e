"""Names that are not what they look like, spelled out: a mark alone does not say which letter it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cloudops_tui.model.command import Cli, Sdk
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.policy.mixed_letters import mixed_in
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Span, cut, line

_MOST = 4
_CELLS = 32  # of a word


def of_command(reviewed: CommandReview) -> list[Line]:
    """What of its call mixes alphabets, each word in a line."""
    return _said(_texts(reviewed))


def of_plan(review: Review) -> list[Line]:
    """As `of_command`, of all commands and of what undoes them."""
    return _said(text for one in review.commands for each in (one, *one.compensations) for text in _texts(each))


def _said(texts: Iterator[str]) -> list[Line]:
    found = mixed_in(texts)
    shown = [
        line(Span(f"`{safe_line(one.letter)}` in `{cut(safe_line(one.word), _CELLS)}` is {one.name}", "caution"))
        for one in found[:_MOST]
    ]
    return shown if len(found) <= _MOST else [*shown, line(Span(f"and {len(found) - _MOST} more words", "caution"))]


def _texts(reviewed: CommandReview) -> Iterator[str]:
    yield reviewed.command.profile
    match reviewed.command.command_type:
        case Cli():
            yield from reviewed.argv or ()
        case Sdk(value=call):
            yield json.dumps(call.parameters, ensure_ascii=False)
