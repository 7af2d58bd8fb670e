"""Exactly what would be called: every argument and every parameter, nothing rounded off."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import groupby

from cloudops_tui.model.command import Cli, Sdk
from cloudops_tui.model.review import CommandReview
from cloudops_tui.policy.safe_text import has_foreign, quoted
from cloudops_tui.presentation import files
from cloudops_tui.presentation.lines import Line, Span, fold, fold_at_blanks, line, marked
from cloudops_tui.presentation.review.fields import field

_ESCAPE = re.compile(r"(\\(?:\\|'|[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))")
_LISTED = 6  # short values in a row, from which they stand side by side
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


def in_few_rows(reviewed: CommandReview, width: int, ascii_only: bool) -> list[Line]:
    """The same, broken between words where it can be; a sign says where a word goes on."""
    return fold_at_blanks(in_a_row(reviewed), width, _sign(ascii_only))


def _argv(argv: Sequence[str], width: int, ascii_only: bool, indent: int, most: int | None) -> list[Line]:
    """Program and sub-commands on one line, each further argument on its own, quoted as a shell would need it."""
    words = 1
    while words < min(3, len(argv)) and argv[words].replace("-", "").isalnum() and not argv[words].startswith("-"):
        words += 1
    shown = [
        _indented(tuple(part for word in argv[:words] for part in (*_argument(word), Span(" "))), indent, "strong")
    ]
    for many, arguments in groupby(argv[words:], lambda one: _is_short_value(one, width)):
        listed = list(arguments)
        if many and len(listed) >= _LISTED:
            shown += _left_out(_side_by_side(listed, width - indent - 2), indent + 2, most, _sign(ascii_only))
        else:
            shown += [row for one in listed for row in _folded(_argument(one), width, ascii_only, indent + 2, most)]
    return shown


def _is_short_value(argument: str, width: int) -> bool:
    """It needs no quotes, is no option, and leaves room for another beside it."""
    return quoted(argument) == argument and argument.isascii() and argument[:1] != "-" and len(argument) <= width // 3


def _side_by_side(values: Sequence[str], cells: int) -> list[Line]:
    """Hundreds of ids, one a line, are read by nobody."""
    rows: list[str] = []
    for value in values:
        if rows and len(rows[-1]) + 1 + len(value) <= cells:
            rows[-1] += f" {value}"
        else:
            rows.append(value)
    return [line(row) for row in rows]


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
    sign = _sign(ascii_only)
    first, *others = fold(spans, width - indent - 3)
    return _left_out([first, *((Span(sign, "faint"), *row) for row in others)], indent, most, sign)


def _left_out(rows: Sequence[Line], indent: int, most: int | None, sign: str) -> list[Line]:
    """The rows, or the first of them and how many there are more."""
    more = len(rows) - most if most is not None and len(rows) > most + 1 else 0
    shown = [line(" " * indent, *row) for row in rows[: len(rows) - more]]
    if more:
        shown.append(line(" " * indent, Span(f"{sign}{more} more rows; x shows them", "caution")))
    return shown


def _sign(ascii_only: bool) -> str:
    return ".. " if ascii_only else "↪ "


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
