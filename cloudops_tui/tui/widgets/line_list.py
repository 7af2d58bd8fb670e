"""A list of lines whose cursor sticks to what a line stands for, not to where it stands."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from cloudops_tui.presentation.lines import Line, Row, Span
from cloudops_tui.tui import theme
from cloudops_tui.tui.widgets.cursor import CursorView


class LineList(CursorView, can_focus=True):
    """Rows drawn one by one as they come into view; a change repaints the changed rows alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="list.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="list.up", show=False),
        Binding("g,home", "first", "First", id="list.first", show=False),
        Binding("G,end", "last", "Last", id="list.last", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", id="list.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", id="list.page_up", show=False),
        Binding("enter,l,right", "open", "Open", id="list.open", show=False),
    ]

    class Highlighted(Message):
        """The cursor stands on another row."""

        def __init__(self, lines: LineList, row_id: Hashable | None) -> None:
            super().__init__()
            self.lines = lines
            self.row_id = row_id

        @property
        def control(self) -> LineList:
            """The list."""
            return self.lines

    class Opened(Message):
        """A row was chosen."""

        def __init__(self, lines: LineList, row_id: Hashable) -> None:
            super().__init__()
            self.lines = lines
            self.row_id = row_id

        @property
        def control(self) -> LineList:
            """The list."""
            return self.lines

    def __init__(self, *, id: str | None = None, classes: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._instead: tuple[Line, ...] = ()
        self._pointer = ">" if ascii_only else "❯"

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed."""
        return self._rows

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def went_to(self, place: int) -> None:
        """The operator stands on another row."""
        self.post_message(self.Highlighted(self, self.cursor_id))

    @property
    def cursor_id(self) -> Hashable | None:
        """What the cursor stands on; None in an empty list."""
        return self._rows[self._cursor].id if self._rows else None

    @property
    def top(self) -> int:
        """The first row in view, from 0."""
        return self.scroll_offset.y

    @property
    def cursor_index(self) -> int:
        """Where the cursor stands, from 0."""
        return self._cursor

    def show(self, rows: Sequence[Row], instead: Sequence[Line] = ()) -> None:
        """List these rows; the cursor stays on its id, or, where that is gone, on its place.

        Where there are none, the lines of `instead` stand in their place.
        """
        if rows and rows is self._rows:
            return
        before, stood_on, stood_at = self._rows, self.cursor_id, self._cursor
        self._rows = tuple(rows)
        if not rows and tuple(instead) != self._instead:
            self._instead = tuple(instead)
            self.refresh()
        cursor = self._place_of(stood_on)
        self._cursor = min(self._cursor, max(0, len(self._rows) - 1)) if cursor is None else cursor
        if len(before) != len(self._rows):
            self.virtual_size = Size(0, len(self._rows))
            self.refresh()
        else:
            for number, (old, new) in enumerate(zip(before, self._rows, strict=True)):
                if old is not new and old != new:
                    self._repaint(number)
        if cursor is not None and self._cursor != stood_at and before:
            # What one looks at stays where it is on screen, whatever came above it.
            self.scroll_to(y=self.scroll_offset.y + self._cursor - stood_at, animate=False, immediate=True, force=True)
        if self.cursor_id != stood_on:
            self.refresh()
            self.post_message(self.Highlighted(self, self.cursor_id))

    def move_to(self, row_id: Hashable) -> bool:
        """Stand on that row; False where there is none."""
        place = self._place_of(row_id)
        if place is not None:
            self._go(place)
        return place is not None

    def action_open(self) -> None:
        """Choose the row."""
        if self._rows:
            self.post_message(self.Opened(self, self._rows[self._cursor].id))

    def render_line(self, y: int) -> Strip:
        """Line API: the row at `y` of what is visible."""
        number = y + self.scroll_offset.y
        width = self.size.width
        if not self._rows and y < len(self._instead):
            return theme.strip(self._instead[y], width, self.rich_style)
        if number >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        at_cursor = number == self._cursor
        base = self.rich_style + theme.style("cursor") if at_cursor else self.rich_style
        pointer = Span(self._pointer if at_cursor else " ", "key")
        return theme.strip((pointer, *self._rows[number].line), width, base)

    def _place_of(self, row_id: Hashable | None) -> int | None:
        return next((number for number, row in enumerate(self._rows) if row.id == row_id), None)
