"""What was refused, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from textual.app import ComposeResult
from textual.containers import Horizontal

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
        """Problems first, the text below them or beside."""
        with Horizontal(id="panes"):
            yield LinePane(id="problems")
            yield LinePane(id="text")

    def on_mount(self) -> None:
        """The text is there to be scrolled."""
        self.query_one("#problems").focus()

    def present(self) -> None:
        """A refused entry does not change; its width does."""
        entry = self.bridge.entries.get(self._entry_id)
        if entry is None:
            return
        problems, text = self.query_one("#problems", LinePane), self.query_one("#text", LinePane)
        width, handed_in = max(40, problems.size.width - 1), entry.refused_text
        if self.wide and handed_in is not None:
            problems.show(view.refused_problems(entry.problems, width))
            text.show(view.refused_text(entry.problems, handed_in, max(40, text.size.width - 1)))
        else:
            problems.show(view.refused_lines(entry.problems, handed_in, width))
        text.display = self.wide and handed_in is not None

    def key_hints(self) -> Sequence[KeyHint]:
        """Reading is all there is to do."""
        other = (KeyHint("tab", "pane"),) if self.wide else ()
        return (KeyHint("j/k", "scroll"), *other, KeyHint("q", "back"))

    def trail(self) -> str:
        """Which entry."""
        entry = self.bridge.entries.get(self._entry_id)
        return f"#{entry.number} refused, from {entry.source}" if entry else ""
