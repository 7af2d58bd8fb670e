"""The last row: the keys of this screen."""

from __future__ import annotations

from rich.text import Text

from cloudops_tui.presentation.lines import Span
from cloudops_tui.tui import theme
from cloudops_tui.tui.widgets.one_line import OneLine


class KeyFooter(OneLine):
    """The last row: the keys of this screen."""

    KEYS_AS_WRITTEN = False

    def render(self) -> Text:
        """Behind a dialog its keys do nothing; where no shade falls on them, they are faint by themselves."""
        behind = self.app.has_class("-plain") and self.app.screen is not self.screen
        return theme.text(tuple(Span(span.text, "faint") for span in self.line) if behind else self.line)
