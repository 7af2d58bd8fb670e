"""The button that decides nothing. It has the focus first: whatever was typed ahead presses it, or is a letter."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Button

from cloudops_tui.tui import theme
from cloudops_tui.tui.at_once import letters_at_once
from cloudops_tui.tui.widgets.field import NotTyped


class WayOut(Button):
    """Cancel. Letters that are typed at it are told to whoever has a field for them."""

    class Typed(Message):
        """A letter for the first field."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, label: str, *, id: str, compact: bool, typed: bool) -> None:
        super().__init__(theme.words(label), id=id, compact=compact)
        self._typed = typed

    async def on_key(self, event: events.Key) -> None:
        """Letters and digits; not the keys that scroll, where nothing is to be typed."""
        if self._typed and event.character is not None and event.character.isprintable() and event.character != " ":
            event.prevent_default()
            event.stop()
            letters = letters_at_once(event)
            self.post_message(NotTyped(letters) if letters else self.Typed(event.character))
