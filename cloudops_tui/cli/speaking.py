"""Data on standard output, narration on standard error, and nothing foreign unescaped on either."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from cloudops_tui.policy.safe_text import safe_line, safe_text


def say(text: str) -> None:
    """Narrate: a line, or several, on standard error."""
    try:
        sys.stderr.write(safe_text(text) + "\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody listens any more; the work goes on


def say_over(text: str) -> None:
    """Narrate in place of what stands on the terminal's line; the line does not end."""
    try:
        sys.stderr.write("\r" + safe_line(text))
        sys.stderr.flush()
    except OSError:
        pass  # as in `say`


def show(text: str = "") -> None:
    """Data for people: a line, or several, on standard output."""
    sys.stdout.write(safe_text(text) + "\n")


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(as_json(value, indent=2) + "\n")
    sys.stdout.flush()


def as_json(value: Any, indent: int | None = None) -> str:
    """JSON in printable ASCII: no byte of it can mean anything to a terminal."""
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")


def show_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> None:
    """A table on standard output; the last column is as long as it is. `right` are columns aligned there."""
    from cloudops_tui.presentation.lines import pad, width

    cells = [[safe_line(cell) for cell in row] for row in (header, *rows)]
    widths = [max(width(row[place]) for row in cells) for place in range(len(header))]
    at_right = set(right)
    for row in cells:
        padded = [pad(cell, widths[place], right=place in at_right) for place, cell in enumerate(row[:-1])]
        sys.stdout.write("  ".join((*padded, row[-1])).rstrip() + "\n")
