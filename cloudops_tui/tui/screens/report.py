"""Something that has to be read before one goes on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class ReportModal(Modal[None]):
    """Lines, and a way out."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "cancel", "Close", id="report.close", show=False)]

    def __init__(self, title: str, lines: tuple[Line, ...]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The lines, and the keys."""
        with Vertical(id="box"):
            yield LinePane(id="lines")
            yield OneLine(id="keys")

    def on_mount(self) -> None:
        """The lines are there to be scrolled."""
        self.query_one("#box").border_title = theme.words(self._title)
        self.query_one("#keys", OneLine).show(line(Span("esc", "key"), " closes"))
        self.query_one(LinePane).focus()
        self.present()

    def present(self) -> None:
        """As many lines as there is room for."""
        pane = self.query_one(LinePane)
        pane.show(self._lines)
        self.make_room(pane, 1)
