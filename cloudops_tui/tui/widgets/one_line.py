"""A row that repaints only when its words change."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from cloudops_tui.presentation.lines import BLANK, Line
from cloudops_tui.tui import theme


class OneLine(Widget):
    """One line of a view."""

    DEFAULT_CSS = "OneLine { height: 1; width: 100%; }"

    line: Line = BLANK

    def show(self, line: Line) -> None:
        """Show `line`; the same one again costs nothing."""
        if line != self.line:
            self.line = line
            self.refresh()

    def render(self) -> Text:
        """The line as it stands."""
        return theme.text(self.line)
