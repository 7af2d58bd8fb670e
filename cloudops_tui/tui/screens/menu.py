"""A menu of things to do, found by typing: the help of a screen, and the palette of everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from cloudops_tui.presentation import menu as view
from cloudops_tui.presentation.lines import BLANK, Span, line
from cloudops_tui.presentation.menu import Entry
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine

HOW = line(
    Span("type", "key"), Span(" to find   ", "quiet"), Span("up down", "key"), Span(" choose   ", "quiet"),
    Span("enter", "key"), Span(" do it   ", "quiet"), Span("esc", "key"), Span(" close", "quiet"),
)  # fmt: skip
BESIDE = 6  # rows that are not the list's: two of the box, and what says where one is above it and below


class MenuModal(Modal[str]):
    """Answers with the id of the entry that Enter chose; one that cannot be done now says why, and stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "step(1)", "Down", id="menu.down", show=False),
        Binding("up,ctrl+p", "step(-1)", "Up", id="menu.up", show=False),
        Binding("pagedown", "step_page(1)", "Page down", id="menu.page_down", show=False),
        Binding("pageup", "step_page(-1)", "Page up", id="menu.page_up", show=False),
    ]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._title = title
        self._entries = tuple(entries)
        self._found = self._entries

    def compose(self) -> ComposeResult:
        """What is typed, what is found, how it goes on."""
        with Vertical(id="box"):
            yield Field(id="find", placeholder="type what you look for: a word, or a key", compact=True)
            yield LineList(id="entries", ascii_only=self.ascii)
            yield OneLine(id="how")

    def on_mount(self) -> None:
        """The field has the keys; the list follows."""
        self.query_one("#box").border_title = theme.words(self._title)
        self.query_one("#entries").can_focus = False
        self.query_one("#how", OneLine).show(HOW)
        self.query_one("#find").focus()
        self.call_after_refresh(self._list)

    def present(self) -> None:
        """What is listed was true when it was asked for; only its room changes."""
        self._make_room()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Other words, other entries; the best of them first."""
        event.stop()
        self._found = view.matching(self._entries, event.value)
        self._list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do it."""
        event.stop()
        self._choose()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Do it."""
        self._choose()

    def on_resize(self) -> None:
        """Another width is another cut."""
        self.call_after_refresh(self._list)

    def action_step(self, by: int) -> None:
        """To the next entry, over headings."""
        lines = self.query_one("#entries", LineList)
        place = view.neighbour(lines.rows, lines.cursor_index, by)
        if place is not None:
            if by < 0 and place == 1:
                lines.move_to(lines.rows[0].id)  # the heading above comes into sight, too
            lines.move_to(lines.rows[place].id)
            self._explain()

    def action_step_page(self, by: int) -> None:
        """A screenful of them."""
        self.action_step(by * max(1, self.query_one("#entries").size.height - 1))

    def _choose(self) -> None:
        entry = self._entry()
        if entry is not None and entry.why_not is None:
            self.answer(entry.id)

    def _explain(self) -> None:
        """Of the chosen entry, what its row has no room for."""
        cells = self.query_one("#box").content_size.width
        told = view.told_below(self._entry(), self._row_width, cells)
        self.query_one("#how", OneLine).show((told or HOW) if self._found else BLANK)

    @property
    def _row_width(self) -> int:
        return max(20, self.query_one("#box").content_size.width - 2)

    def _entry(self) -> Entry | None:
        at = self.query_one("#entries", LineList).cursor_id
        return next((each for each in self._found if each.id == at), None)

    def _list(self) -> None:
        if not self.there:
            return
        typed = bool(self.query_one("#find", Input).value.strip())
        lines = self.query_one("#entries", LineList)
        lines.show(view.rows(self._found, self._row_width, grouped=not typed), view.NOTHING)
        lines.action_first()
        self._explain()
        self.action_step(0)
        self._make_room()

    def _make_room(self) -> None:
        """As high as the whole menu, whatever is found: it must not jump while one types."""
        groups = len({entry.group for entry in self._entries})
        left = self.app.size.height - 2 - BESIDE
        self.query_one("#entries").styles.height = max(3, min(len(self._entries) + groups, left))
