"""What was refused, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from textual.app import ComposeResult

from cloudops_tui.presentation import queue as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.widgets.line_pane import LinePane


class RefusedScreen(FrameScreen):
    """A refused entry."""

    AREA = "queue"

    def __init__(self, entry_id: UUID) -> None:
        super().__init__()
        self._entry_id = entry_id

    def compose_body(self) -> ComposeResult:
        """Problems first, the text below."""
        yield LinePane(id="problems")

    def on_mount(self) -> None:
        """The text is there to be scrolled."""
        self.query_one(LinePane).focus()

    def present(self) -> None:
        """A refused entry does not change; its width does."""
        entry = self.bridge.entries.get(self._entry_id)
        if entry is not None:
            pane = self.query_one(LinePane)
            pane.show(view.refused_lines(entry.problems, entry.refused_text, max(40, pane.size.width - 1)))

    def key_hints(self) -> Sequence[KeyHint]:
        """Reading is all there is to do."""
        return (KeyHint("j/k", "scroll"), KeyHint("q", "back"))

    def trail(self) -> str:
        """Which entry."""
        entry = self.bridge.entries.get(self._entry_id)
        return f"#{entry.number} refused, from {entry.source}" if entry else ""
