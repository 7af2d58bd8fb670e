"""What a modification changes, before its own approval is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.review import difference as view
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class DifferenceScreen(FrameScreen):
    """One revision against the one before it."""

    AREA = "queue"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,l", "back", "Review it", id="difference.review", show=False)
    ]

    def __init__(self, before: QueueEntry, after: QueueEntry) -> None:
        super().__init__()
        self._before = before
        self._after = after

    def compose_body(self) -> ComposeResult:
        """The risk before and after, then the lines."""
        yield OneLine(id="risk")
        yield LinePane(id="changes")

    def on_mount(self) -> None:
        """The lines are there to be scrolled."""
        self.query_one(LinePane).focus()

    def present(self) -> None:
        """Two revisions do not change; the width does."""
        pane = self.query_one(LinePane)
        self.query_one("#risk", OneLine).show(view.change_of_risk(self._before, self._after))
        if self._before.plan is not None and self._after.plan is not None:
            width = max(40, pane.size.width - 1)
            if self.wide:
                pane.show(view.difference_beside(self._before.plan, self._after.plan, width, self.ascii))
            else:
                pane.show(view.difference(self._before.plan, self._after.plan, width))

    def key_hints(self) -> Sequence[KeyHint]:
        """On to the review; nothing is approved here."""
        return (
            KeyHint("enter", f"review r{self._after.revision}; it needs its own approval"),
            KeyHint("j/k", "scroll"),
        )

    def trail(self) -> str:
        """From which revision to which."""
        return f"#{self._after.number} r{self._before.revision} to r{self._after.revision}"
