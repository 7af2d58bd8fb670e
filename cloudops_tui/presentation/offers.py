"""What a screen offers to take away: texts to yank, and a text to read in the pager."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Yank:
    """One line of the yank menu. Its text is what is known here, with secrets taken out."""

    key: str
    """The letter that takes it; one per menu."""
    label: str
    """Such as `plan id`, `command`, `ARN`, `line`."""
    text: str


@dataclass(frozen=True)
class Reading:
    """A text for `$PAGER`, read-only."""

    name: str
    """Of the private copy, a plain file name such as `plan-418.json`."""
    text: str
