"""The search box: waits until the typing pauses, then says what is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.widgets.field import Field

PAUSE = 0.15  # seconds without a key before a search begins


class SearchBox(Field):
    """One line with the edits of emacs: ctrl+a, ctrl+e, ctrl+w, ctrl+u, ctrl+k."""

    HINTS: ClassVar[Sequence[KeyHint]] = (
        KeyHint("enter", "finds it"), KeyHint("esc", "back to the list"), KeyHint("ctrl+w", "takes a word away"),
        KeyHint("ctrl+u", "all of it"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down,tab", "leave", "List", id="search.leave", show=False),
    ]

    class Searched(Message):
        """The typing paused at this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The operator goes on to the results."""

    _pausing: Timer | None = None

    def __init__(self, *, id: str | None = None, pause: float = PAUSE, placeholder: str = "") -> None:
        """`pause` is in seconds: without a key for so long, the search begins."""
        # Who comes back to the box goes on typing; a selection would be typed over.
        super().__init__(id=id, placeholder=placeholder, select_on_focus=False)
        self._pause = pause

    def put(self, text: str) -> None:
        """Another text, from a quick key: searched at once."""
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(self.value)
        self._stop_pausing()
        self.post_message(self.Searched(self.value))

    def go_on(self) -> None:
        """Take the keys, ready for another word: the next letter belongs to no part that stands there already."""
        if self.value and not self.value.endswith(" "):
            with self.prevent(Input.Changed):
                self.value += " "
        self.cursor_position = len(self.value)
        self.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Every key starts the pause anew."""
        event.stop()
        self._stop_pausing()
        self._pausing = self.set_timer(self._pause, self._searched)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter searches at once and goes to the results."""
        event.stop()
        self._stop_pausing()
        self._searched()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """To the results; what is typed stays."""
        self.post_message(self.Left())

    def _searched(self) -> None:
        self.post_message(self.Searched(self.value))

    def _stop_pausing(self) -> None:
        if self._pausing is not None:
            self._pausing.stop()
            self._pausing = None
