"""The tree of a running execution: thousands of rows, drawn as they come into view, repainted where they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from cloudops_tui.presentation.execution import Group, Key
from cloudops_tui.presentation.lines import Line, Span
from cloudops_tui.tui import theme
from cloudops_tui.tui.widgets.cursor import CursorView

Draw = Callable[[Key, int], Line]
"""A row's line in so many cells; asked for visible rows only."""


class CommandTree(CursorView, can_focus=True):
    """Commands and groups. The cursor sticks to its command wherever that moves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="tree.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="tree.up", show=False),
        Binding("g,home", "first", "First", id="tree.first", show=False),
        Binding("G,end", "last", "Last", id="tree.last", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", id="tree.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", id="tree.page_up", show=False),
        Binding("enter,l,right", "open", "Open", id="tree.open", show=False),
        Binding("x", "fold", "Fold", id="tree.fold", show=False),
    ]

    class Moved(Message):
        """The operator moved the cursor."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """A command was chosen."""

        def __init__(self, command_id: UUID) -> None:
            super().__init__()
            self.command_id = command_id

    class Folded(Message):
        """The group around this row shall be opened or closed."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._keys: tuple[Key, ...] = ()
        self._draw: Draw = _nothing
        self._pointer = ">" if ascii_only else "❯"
        self._lines: dict[int, Line] = {}
        """What was last drawn, by row; only rows in view."""
        self._drawn_at = 0
        """The width that it was drawn for."""
        self.moved = False
        """The operator has moved the cursor: a frame may come before the screen has heard of it."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The rows, from top to bottom."""
        return self._keys

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._keys)

    def went_to(self, place: int) -> None:
        """The operator stands on another row."""
        self.moved = True
        self.post_message(self.Moved(self._keys[place]))

    @property
    def cursor_key(self) -> Key | None:
        """What the cursor stands on; None while there is nothing."""
        return self._keys[self._cursor] if self._keys else None

    def show(self, keys: tuple[Key, ...], draw: Draw) -> None:
        """Show these rows; of those in view, the ones that look different are repainted."""
        self._draw = draw
        if keys is not self._keys and keys != self._keys:
            self._take(keys)
        self._forget_other_width()
        for number in self._in_view():
            line = draw(self._keys[number], self._row_width)
            if self._lines.get(number) != line:
                self._lines[number] = line
                self._repaint(number)

    def move_to(self, key: Key) -> bool:
        """Stand on that row without the operator; False where there is none."""
        if key not in self._keys:
            return False
        self._stand(self._keys.index(key))
        return True

    def action_open(self) -> None:
        """Into a command, or a group open or closed."""
        match self.cursor_key:
            case None:
                pass
            case Group() as group:
                self.post_message(self.Folded(group))
            case command_id:
                self.post_message(self.Opened(command_id))

    def action_fold(self) -> None:
        """The group of this row open or closed."""
        if self.cursor_key is not None:
            self.post_message(self.Folded(self.cursor_key))

    def render_line(self, y: int) -> Strip:
        """Line API: the row at `y` of what is visible."""
        number = y + self.scroll_offset.y
        if number >= len(self._keys):
            return Strip.blank(self.size.width, self.rich_style)
        self._forget_other_width()
        line = self._lines.get(number)
        if line is None:
            line = self._lines[number] = self._draw(self._keys[number], self._row_width)
        at_cursor = number == self._cursor
        base = self.rich_style + theme.style("cursor") if at_cursor else self.rich_style
        pointer = Span(self._pointer if at_cursor else " ", "key" if self.has_focus else "faint")
        return theme.strip((pointer, *line), self._row_width + 1, base)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Rows that left the view are forgotten."""
        super().watch_scroll_y(old_value, new_value)
        view = set(self._in_view())
        self._lines = {number: line for number, line in self._lines.items() if number in view}

    def on_blur(self) -> None:
        """The pointer tells where keys no longer go."""
        self._repaint(self._cursor)

    def _forget_other_width(self) -> None:
        """Another width is another line; a scrollbar comes and goes without a resize."""
        if self._row_width != self._drawn_at:
            self._drawn_at = self._row_width
            self._lines.clear()

    @property
    def _row_width(self) -> int:
        return max(1, self.scrollable_content_region.width - 1)

    def _take(self, keys: tuple[Key, ...]) -> None:
        stood_on, before = self.cursor_key, len(self._keys)
        self._keys = keys
        if stood_on is not None and stood_on in keys:
            self._cursor = keys.index(stood_on)
        self._cursor = max(0, min(self._cursor, len(keys) - 1))
        if len(keys) != before:
            self.virtual_size = Size(0, len(keys))
        self._lines.clear()
        self.refresh()
        self._reveal()

    def _in_view(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self._keys), top + self.size.height))


def _nothing(key: Key, width: int) -> Line:
    return ()
