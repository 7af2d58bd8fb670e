"""A row that repaints only when its words change."""

from __future__ import annotations

from typing import ClassVar, cast

from rich.text import Text
from textual.widget import Widget

from cloudops_tui.presentation.lines import BLANK, Line
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import Cockpit


class OneLine(Widget):
    """One line of a view."""

    DEFAULT_CSS = "OneLine { height: 1; width: 100%; }"

    KEYS_AS_WRITTEN: ClassVar[bool] = True
    """Keys are written as actions have them by themselves; the operator's own ones are put in their place."""

    line: Line = BLANK

    def show(self, line: Line) -> None:
        """Show `line`; the same one again costs nothing."""
        if self.KEYS_AS_WRITTEN:
            line = cast(Cockpit, self.app).in_own_keys(line)
        if line != self.line:
            self.line = line
            self.refresh()

    def render(self) -> Text:
        """The line as it stands."""
        return theme.text(self.line)
