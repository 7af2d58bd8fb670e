"""Fields to type in: a cursor that stands still, and, where it matters, nothing pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.reactive import var
from textual.widgets import Input

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.frame import KeyHint


class Field(Input):
    """A line to type. Blinking would repaint twice a second over SSH."""

    cursor_blink = var(False, init=False)

    HINTS: ClassVar[Sequence[KeyHint]] = (KeyHint("enter", "find"), KeyHint("esc", "leave"))
    """What the footer says while one types here: every letter is a letter, not a key."""

    def validate_value(self, value: str) -> str:
        """Pasted text may hold anything; what is shown, and kept, is literal."""
        return safe_line(value)


class TypedField(Field):
    """A line that takes keys only: what is pasted was not read."""

    def on_paste(self, event: events.Paste) -> None:
        """Ignored."""
        event.prevent_default()
        event.stop()

    def action_paste(self) -> None:
        """Ignored, too."""
