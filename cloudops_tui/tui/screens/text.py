"""A text over the screen, to be read whole, taken away, or opened in the pager."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.policy.safe_text import safe_text
from cloudops_tui.presentation.lines import Span, line, wrapped
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

HOW = line(
    Span("q", "key"), Span(" close   ", "quiet"), Span("y", "key"), Span(" yank   ", "quiet"),
    Span("o", "key"), Span(" pager", "quiet"),
)  # fmt: skip


class TextModal(Modal[None]):
    """Shows one text; answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,h,enter", "cancel", "Close", id="text.close", show=False),
        Binding("y", "yank", "Yank", id="text.yank", show=False),
        Binding("o", "pager", "Pager", id="text.pager", show=False),
    ]

    def __init__(self, title: str, reading: Reading) -> None:
        super().__init__()
        self._title = title
        self._reading = reading
        self._written_for = 0

    def compose(self) -> ComposeResult:
        """The text, and the ways on."""
        with Vertical(id="box"):
            yield LinePane(id="text")
            yield OneLine(id="how")

    def on_mount(self) -> None:
        """The text is there to be scrolled."""
        self.query_one("#box").border_title = theme.words(self._title)
        self.query_one("#how", OneLine).show(HOW)
        self.query_one("#text").focus()
        self.call_after_refresh(self.present)

    def present(self) -> None:
        """It does not change; its width does."""
        pane = self.query_one("#text", LinePane)
        width = max(20, self.query_one("#box").content_size.width - 1)
        if width != self._written_for:
            self._written_for = width
            pane.show(wrapped(safe_text(self._reading.text), width))
        self.make_room(pane, 1)

    def action_yank(self) -> None:
        """All of it."""
        self.cockpit.take(Yank("y", "this text", self._reading.text))

    def action_pager(self) -> None:
        """In the pager."""
        self.cockpit.read(self._reading)
