"""The yank menu: what can be taken away from here, each by one letter."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from cloudops_tui.presentation import taking as view
from cloudops_tui.presentation.lines import Span, line
from cloudops_tui.presentation.offers import Yank
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class YankModal(Modal[Yank]):
    """Answers with what the letter stands for; any other key is let be."""

    def __init__(self, yanks: Sequence[Yank]) -> None:
        super().__init__()
        self._yanks = tuple(yanks)

    def compose(self) -> ComposeResult:
        """The letters, and the way out."""
        with Vertical(id="box"):
            yield LinePane(id="yanks")
            yield OneLine(id="how")

    def on_mount(self) -> None:
        """Nothing has the focus: letters come here."""
        self.query_one("#box").border_title = theme.words("Yank")
        self.query_one("#yanks").can_focus = False
        self.query_one("#how", OneLine).show(line(Span("esc", "key"), Span(" close", "quiet")))
        self.call_after_refresh(self.present)

    def present(self) -> None:
        """What can be taken, as it begins."""
        pane = self.query_one("#yanks", LinePane)
        pane.show(view.yank_lines(self._yanks, max(30, self.query_one("#box").content_size.width - 1)))
        self.make_room(pane, 1)

    def on_key(self, event: events.Key) -> None:
        """A letter of the menu goes before the keys that scroll."""
        found = next((each for each in self._yanks if each.key == (event.character or event.key)), None)
        if found is not None and event.key != "escape":
            event.prevent_default()
            event.stop()
            self.answer(found)
