"""A menu over the screen: one of several, or some of many."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.presentation import choosing as view
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.navigation import Choice
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine


class ChooseModal(Modal[tuple[Hashable, ...]]):
    """Answers with the ids that are chosen, in the menu's order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "Choose", id="choose.toggle", show=False),
        Binding("q", "cancel", "Cancel", id="choose.cancel", show=False),
    ]

    def __init__(
        self, title: str, choices: tuple[Choice, ...], chosen: tuple[Hashable, ...], several: bool = False
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = set(chosen)
        self._several = several

    def compose(self) -> ComposeResult:
        """The choices, and the keys."""
        with Vertical(id="box"):
            yield LineList(id="choices-list", ascii_only=self.ascii)
            yield OneLine(id="keys")

    def on_mount(self) -> None:
        """The cursor stands on what is chosen."""
        self.query_one("#box").border_title = theme.words(self._title)
        self.query_one("#keys", OneLine).show(view.keys(several=self._several))
        lines = self.query_one(LineList)
        lines.focus()
        self.present()
        lines.move_to(next((one.id for one in self._choices if one.id in self._chosen), None))

    def present(self) -> None:
        """Each choice with its meaning, and whether it is chosen."""
        lines = self.query_one(LineList)
        width = self.box_width() - 2
        shown = [(one.id, one.label, one.meaning) for one in self._choices]
        lines.show(view.rows(shown, self._chosen, width, several=self._several))
        lines.styles.height = max(1, min(len(shown), self.app.size.height - 4))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Take this one; or, where there may be several, what is chosen by now."""
        if not self._several:
            self._chosen = {event.row_id}
        self.answer(tuple(one.id for one in self._choices if one.id in self._chosen))

    def action_choose(self) -> None:
        """Choose it, or no longer; where there is one choice alone, take it."""
        found = self.query_one(LineList).cursor_id
        self._chosen = self._chosen ^ {found} if self._several else {found}
        self.present()
