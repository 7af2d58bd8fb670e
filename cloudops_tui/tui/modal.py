"""What every modal shares: a box in the middle, and a way out that decides nothing."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from cloudops_tui.tui.cockpit import Working
from cloudops_tui.tui.widgets.line_pane import LinePane

Answer = TypeVar("Answer")

BOX, FRAME = 76, 4  # columns of the box (styles/app.tcss), and of its border and padding


class Modal(Working, ModalScreen[Any], Generic[Answer]):
    """A question over the screen. `escape` answers None; nothing dangerous is ever on Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="modal.cancel", show=False),
        Binding("ctrl+q", "cancel", "Cancel", id="modal.leave", show=False, priority=True),
        Binding("question_mark,f10", "help", "Help", id="modal.help", show=False),
        Binding("down,j", "scroll(1)", "Down", id="modal.down", show=False),
        Binding("up,k", "scroll(-1)", "Up", id="modal.up", show=False),
        Binding("pagedown", "scroll_page(1)", "Page down", id="modal.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Page up", id="modal.page_up", show=False),
    ]

    def on_mount(self) -> None:
        """Whatever is asked stands there by then. Textual calls this beside a subclass's own."""
        self.call_after_refresh(self.be_drawn)

    def action_help(self) -> None:
        """The keys of this dialog."""
        self.cockpit.show_help()

    def answer(self, given: Answer | None) -> None:
        """Close with an answer."""
        _ = self.dismiss(given)

    def action_cancel(self) -> None:
        """Close and decide nothing."""
        self.answer(None)

    def present(self) -> None:
        """Bring the question up to date; called once a frame."""

    def on_resize(self) -> None:
        """Other room; below the smallest, only the notice of the screen behind."""
        self.fit()
        self.call_after_refresh(self.present)

    def action_scroll(self, by: int) -> None:
        """Read on, whatever has the focus."""
        for pane in self.query(LinePane):
            pane.scroll_to(y=pane.scroll_offset.y + by, animate=False, immediate=True)

    def action_scroll_page(self, by: int) -> None:
        """Read on, a screenful."""
        for pane in self.query(LinePane):
            self.action_scroll(by * max(1, pane.size.height - 1))

    def box_width(self, least: int = 30) -> int:
        """Cells for text in the box; before it was laid out, what it will have."""
        inside = self.query_one("#box").content_size.width or min(BOX, self.app.size.width) - FRAME
        return max(least, inside)

    def make_room(self, pane: LinePane, beside: int) -> None:
        """Give `pane` the rows that its lines want, and no more than are left beside `beside` others and the border."""
        left = self.app.size.height - 2 - beside
        pane.styles.height = max(1, min(len(pane.lines), left))
