"""Fields to type in: a cursor that stands still, and, where it matters, nothing pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.at_once import letters_at_once


class Field(Input):
    """A line to type. Blinking would repaint twice a second over SSH."""

    cursor_blink = var(False, init=False)

    HINTS: ClassVar[Sequence[KeyHint]] = (KeyHint("enter", "find"), KeyHint("esc", "leave"))
    """What the footer says while one types here: every letter is a letter, not a key."""

    def validate_value(self, value: str) -> str:
        """Pasted text may hold anything; what is shown, and kept, is literal."""
        return safe_line(value)


class NotTyped(Message):
    """Something was pasted where only what is typed counts; it was not taken."""

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.letters = letters


class TypedField(Field):
    """A line that takes keys only: what is pasted was not read."""

    def on_paste(self, event: events.Paste) -> None:
        """Not taken."""
        event.prevent_default()
        event.stop()
        self.post_message(NotTyped(len(event.text)))

    def action_paste(self) -> None:
        """Not taken either."""
        self.post_message(NotTyped(len(self.app.clipboard)))


class ConfirmField(TypedField):
    """A line that confirms: neither does it take letters that came faster than any hand, from a terminal that pastes
    as if it typed. Elsewhere a burst is prose of somebody quick, behind a line that is slow."""

    def on_key(self, event: events.Key) -> None:
        """A letter of a burst is not taken."""
        if letters := letters_at_once(event):
            event.prevent_default()
            event.stop()
            self.post_message(NotTyped(letters))
