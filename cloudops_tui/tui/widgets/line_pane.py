"""Lines to read: longer than the room, scrolled by keys, repainted where they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cloudops_tui.presentation.lines import Line
from cloudops_tui.tui import theme


class LinePane(ScrollView, can_focus=True):
    """A block of lines, already wrapped to its width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", id="pane.down", show=False),
        Binding("k,up", "scroll_up", "Up", id="pane.up", show=False),
        Binding("g,home", "scroll_home", "Top", id="pane.top", show=False),
        Binding("G,end", "scroll_end", "End", id="pane.end", show=False),
        Binding("ctrl+d,pagedown", "page_down", "Page down", id="pane.page_down", show=False),
        Binding("ctrl+u,pageup", "page_up", "Page up", id="pane.page_up", show=False),
    ]

    class Scrolled(Message):
        """Other lines are in view."""

        def __init__(self, pane: LinePane) -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> LinePane:
            """The pane."""
            return self.pane

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    @property
    def end_in_view(self) -> bool:
        """The last line is on screen."""
        return bool(self.size.height) and self.scroll_offset.y + self.size.height >= len(self._lines)

    def show(self, lines: Sequence[Line], *, from_top: bool = False) -> None:
        """Show these lines; `from_top` for a new subject, else the place is kept."""
        if lines is self._lines and not from_top:
            return
        before, self._lines = self._lines, tuple(lines)
        if len(before) != len(self._lines):
            self.virtual_size = Size(0, len(self._lines))
            self.refresh()
        else:
            for number, (old, new) in enumerate(zip(before, self._lines, strict=True)):
                if old != new:
                    self.refresh(Region(0, number - self.scroll_offset.y, self.size.width, 1))
        if from_top:
            self.scroll_to(y=0, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever waits for the end to be seen looks again."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled(self))

    def render_line(self, y: int) -> Strip:
        """Line API: the line at `y` of what is visible."""
        number = y + self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        return theme.strip(self._lines[number], self.size.width, self.rich_style)
