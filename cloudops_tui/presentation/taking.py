"""Texts that leave the program: made safe to paste, and what is said about where they went."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cloudops_tui.policy.safe_text import safe_line, safe_text
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut, line, pad
from cloudops_tui.presentation.offers import Yank

_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def pasteable(text: str) -> tuple[str, bool]:
    """The text as it may be pasted into a shell, and whether that differs from what was meant.

    What a terminal would obey or hide is spelled out. Line breaks stay, but for those at the end: with one of them a
    shell would run the last line before anybody has read it.
    """
    safe = str(safe_text(text.rstrip("\r\n")))
    return safe, safe != text.rstrip("\r\n")


def told(label: str, text: str, changed: bool, ways: Sequence[str], failed: Sequence[str]) -> str:
    """One sentence about what was yanked, how much of it, and where it is now."""
    lines = text.count("\n") + 1
    size = len(text.encode("utf-8", "backslashreplace"))
    what = f"yanked {safe_line(label)}, {wording.counted(size, 'byte')}"
    if lines > 1:
        what += f" in {lines} lines"
    if changed:
        what += ", control characters spelled out"
    where = f": to {' and '.join(map(safe_line, ways))}" if ways else ": nowhere"
    return what + where + (f"; not to {'; '.join(map(safe_line, failed))}" if failed else "")


def yank_lines(yanks: Sequence[Yank], width: int) -> tuple[Line, ...]:
    """The menu: the letter, what it takes, how it begins."""
    label = max((len(each.label) for each in yanks), default=0) + 2
    return tuple(
        line(
            Span(pad(each.key, 3), "key"),
            Span(pad(str(safe_line(each.label)), label), "strong"),
            Span(cut(str(safe_line(each.text)), max(8, width - 3 - label)), "quiet"),
        )
        for each in yanks
    )


def file_name(wanted: str) -> str:
    """A plain name for a private copy, whatever the screen called it."""
    return _NO_FILE_NAME.sub("-", wanted).strip(".-")[:80] or "text"
