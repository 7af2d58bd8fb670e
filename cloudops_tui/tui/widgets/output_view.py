"""The output of one command: follows while at the bottom, stands still while somebody reads."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cloudops_tui.model.output import OutputLine
from cloudops_tui.presentation import execution
from cloudops_tui.presentation.lines import Line
from cloudops_tui.state.output import OutputBuffer
from cloudops_tui.tui import theme

SIDEWAYS = 16  # cells; a step to the left or right


class OutputView(Widget, can_focus=True):
    """A window on an `OutputBuffer`. Scrolling up freezes the view, never the data."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", id="output.down", show=False),
        Binding("k,up", "move(-1)", "Up", id="output.up", show=False),
        Binding("g,home", "first", "First", id="output.first", show=False),
        Binding("G,end", "follow", "Follow", id="output.follow", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", id="output.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", id="output.page_up", show=False),
        Binding("greater_than_sign,right", "sideways(1)", "Right", id="output.right", show=False),
        Binding("less_than_sign,left", "sideways(-1)", "Left", id="output.left", show=False),
    ]

    class Scrolled(Message):
        """What is said about the place in the output may differ now."""

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._buffer: OutputBuffer | None = None
        self._nothing: tuple[Line, ...] = ()
        self._ascii = ascii_only
        self._following = True
        self._top = 0
        self._left = 0
        self._paused_at = 0
        self._errors_at_pause = 0
        self._seen = (-1, -1)

    @property
    def following(self) -> bool:
        """New lines come into view by themselves."""
        return self._following

    @property
    def place(self) -> execution.OutputPlace:
        """Where the view stands in the output, for its title."""
        buffer = self._buffer
        if buffer is None:
            return execution.OutputPlace()
        return execution.OutputPlace(
            total=buffer.total,
            following=self._following,
            newer=0 if self._following else buffer.total - self._paused_at,
            newer_errors=0 if self._following else buffer.errors - self._errors_at_pause,
        )

    def show(self, buffer: OutputBuffer | None, nothing: tuple[Line, ...]) -> None:
        """Show this output; another one than before begins at its end. `nothing` is said where there is no line."""
        if buffer is not self._buffer:
            self._buffer, self._following, self._left = buffer, True, 0
            self._seen = (-1, -1)
        said_otherwise, self._nothing = nothing != self._nothing, nothing
        self._bring_up_to_date(said_otherwise)

    def action_move(self, by: int) -> None:
        """Some lines down, or up; up stops following, the bottom starts it again."""
        if self._buffer is None:
            return
        self._stand(self._first_in_view() + by)

    def action_page(self, by: int) -> None:
        """A screenful down, or up."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the oldest line that is kept."""
        self._stand(0)

    def action_follow(self) -> None:
        """To the newest line, and on with it."""
        if self._buffer is not None:
            self._stand(self._buffer.total)

    def toggle_follow(self) -> None:
        """Follow, or stand still here."""
        if self._buffer is None:
            return
        if self._following:
            self._pause(self._first_in_view())
            self._changed()
        else:
            self.action_follow()

    def action_sideways(self, by: int) -> None:
        """Long lines are cut, not wrapped: look further along them."""
        left = max(0, self._left + by * SIDEWAYS)
        if left != self._left:
            self._left = left
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line API: the line at `y` of what is visible."""
        width, base = self.size.width, self.rich_style
        buffer = self._buffer
        if buffer is None or not buffer.total:
            return theme.strip(self._nothing[y] if y < len(self._nothing) else (), width, base)
        number = self._first_in_view() + y - self._gap()
        if number < buffer.dropped and y == 0:
            return theme.strip(execution.dropped_words(buffer.dropped), width, base)
        found = buffer.line(number)
        return Strip.blank(width, base) if found is None else self._line(found, width, base)

    def on_resize(self) -> None:
        """Another height is another first line."""
        self.refresh()

    def _line(self, found: OutputLine, width: int, base: Style) -> Strip:
        style = base + theme.style("failed" if found.is_error else "")
        gutter = theme.cells("! " if found.is_error else "  ", style)
        room = max(0, width - 2)
        text = theme.cells(found.text, style)
        shown = [text.crop(self._left, self._left + room)]
        if text.cell_length > self._left + room and room:
            shown = [shown[0].crop(0, room - 1), theme.cells("~", base + theme.style("faint"))]
        return Strip.join([gutter, *shown]).adjust_cell_length(width, base)

    def _bring_up_to_date(self, said_otherwise: bool) -> None:
        buffer = self._buffer
        if buffer is None or not buffer.total:
            if said_otherwise or self._seen != (0, 0):
                self._seen = (0, 0)
                self._changed()
            return
        seen = (self._first_in_view(), min(buffer.total, self._first_in_view() + self.size.height))
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def _gap(self) -> int:
        """One row on top of the oldest line says that there were older ones."""
        buffer = self._buffer
        return int(buffer is not None and buffer.dropped > 0 and self._first_in_view() <= buffer.dropped)

    def _first_in_view(self) -> int:
        buffer = self._buffer
        if buffer is None:
            return 0
        last = max(buffer.dropped, buffer.total - self.size.height)
        return last if self._following else max(buffer.dropped, min(self._top, last))

    def _stand(self, top: int) -> None:
        buffer = self._buffer
        if buffer is None:
            return
        bottom = max(buffer.dropped, buffer.total - self.size.height)
        if top >= bottom:
            self._following = True
        else:
            self._pause(max(buffer.dropped, top))
        self._changed()

    def _pause(self, top: int) -> None:
        if self._following and self._buffer is not None:
            self._following = False
            self._paused_at, self._errors_at_pause = self._buffer.total, self._buffer.errors
        self._top = top

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.Scrolled())

