"""Exactly what would be called: every argument and every parameter, nothing rounded off."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cloudops_tui.model.command import Cli, Sdk
from cloudops_tui.model.review import CommandReview
from cloudops_tui.policy.safe_text import has_foreign, quoted
from cloudops_tui.presentation import files
from cloudops_tui.presentation.lines import Line, Span, fold, line, marked
from cloudops_tui.presentation.review.fields import field

_ESCAPE = re.compile(r"(\\(?:\\|'|[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))")
FOLDED_TO = 3
"""Rows of a long value that are left of it when it is folded."""


def rows(
    reviewed: CommandReview, width: int, ascii_only: bool, indent: int = 2, most: int | None = None
) -> list[Line]:
    """Exactly what would be called: an argv with one argument a line, or the operation and its parameters."""
    match reviewed.command.command_type:
        case Cli():
            return _argv(reviewed.argv or (), width, ascii_only, indent, most)
        case Sdk(value=call):
            head = [_indented(marked(f"{call.service}.{call.operation}"), indent, "strong")]
            parameters = json.dumps(call.parameters, indent=2, ensure_ascii=False).split("\n")
            return head + [row for text in parameters for row in _folded(marked(text), width, ascii_only, indent, most)]


def in_a_row(reviewed: CommandReview) -> Line:
    """Exactly what would be called, as one line: the argv as a shell would need it, or operation and parameters."""
    match reviewed.command.command_type:
        case Cli():
            words = (_argument(word) for word in reviewed.argv or ())
            return tuple(part for number, word in enumerate(words) for part in ((Span(" "), *word) if number else word))
        case Sdk(value=call):
            return (
                *marked(f"{call.service}.{call.operation} "),
                *marked(json.dumps(call.parameters, ensure_ascii=False)),
            )


def _argv(argv: Sequence[str], width: int, ascii_only: bool, indent: int, most: int | None) -> list[Line]:
    """Program and sub-commands on one line, each further argument on its own, quoted as a shell would need it."""
    words = 1
    while words < min(3, len(argv)) and argv[words].replace("-", "").isalnum() and not argv[words].startswith("-"):
        words += 1
    shown = [
        _indented(tuple(part for word in argv[:words] for part in (*_argument(word), Span(" "))), indent, "strong")
    ]
    for argument in argv[words:]:
        shown += _folded(_argument(argument), width, ascii_only, indent + 2, most)
    return shown


def _argument(argument: str) -> Line:
    """As a shell would need it. What would be escaped is in bash's `$'...'`: there no escape looks like a backslash."""
    needed = quoted(argument)
    if needed == argument:
        return marked(argument)
    if has_foreign(argument) or "\t" in argument:
        return line(Span("$'", "quiet"), *_escapes_marked(needed[2:-1]), Span("'", "quiet"))
    return (Span("'", "quiet"), *marked(argument.replace("'", "'\"'\"'")), Span("'", "quiet"))


def _escapes_marked(text: str) -> Line:
    pieces = _ESCAPE.split(text)
    return tuple(
        part
        for number, piece in enumerate(pieces)
        for part in ((Span(piece, "mark"),) if number % 2 and piece != r"\\" else marked(piece))
    )


def _folded(spans: Line, width: int, ascii_only: bool, indent: int, most: int | None = None) -> list[Line]:
    """A line that goes on below where it must; a sign before each further row says that it is the same line."""
    sign = ".. " if ascii_only else "↪ "
    folded = fold(spans, width - indent - 3)
    left_out = len(folded) - most if most is not None and len(folded) > most + 1 else 0
    kept = folded[: len(folded) - left_out]
    shown = [line(" " * indent, *((Span(sign, "faint"),) if number else ()), *row) for number, row in enumerate(kept)]
    if left_out:
        shown.append(line(" " * indent, Span(f"{sign}{left_out} more rows; x shows them", "caution")))
    return shown


def _indented(spans: Line, indent: int, style: str) -> Line:
    return (Span(" " * indent), *(Span(span.text, span.style or style) for span in spans))


def taken(reviewed: CommandReview, width: int) -> list[Line]:
    """What it takes from elsewhere; what the approval does not hold stands out."""
    return [
        row
        for one in reviewed.files
        for row in field(
            files.label_of(one), line(Span(files.words_of(one), "" if one.sha256 is not None else "caution")), width
        )
    ]
