"""The quit dialog: what happens to what runs, said truthfully."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.presentation import frame as view
from cloudops_tui.presentation.lines import Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

CHOICES = line(
    Span("esc", "key"), " stay   ", Span("d", "key"), " leave it and quit   ", Span("X", "key"), " stop it and quit"
)


class QuitChoice(Enum):
    """What to do about the executions that run."""

    STAY = "stay"
    LEAVE = "leave"
    """Commands in flight finish under their runners; nothing more begins until the program starts again."""
    STOP = "stop"
    """Cancel every execution, wait for its end, and leave."""


class QuitModal(Modal[QuitChoice]):
    """Asked only while something runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "leave", "Leave", id="quit.leave", show=False),
        Binding("X", "stop", "Stop and leave", id="quit.stop", show=False),
    ]

    def __init__(self, driven: frozenset[UUID]) -> None:
        """`driven` are the executions that end with this program; those of other processes go on without it."""
        super().__init__()
        self._driven = driven

    def compose(self) -> ComposeResult:
        """What runs, and the three ways."""
        with Vertical(id="box"):
            yield LinePane(id="running")
            yield OneLine(id="choices")

    def on_mount(self) -> None:
        """The first picture."""
        self.query_one("#box").border_title = theme.words("Quit?")
        self.query_one("#choices", OneLine).show(CHOICES)
        self.call_after_refresh(self.present)

    def present(self) -> None:
        """What runs may end while one thinks."""
        numbers = {entry.execution_id: entry.number for entry in self.bridge.known_entries()}
        width = max(40, self.query_one("#box").size.width - 4)
        driven = [state for state in self.bridge.running() if state.execution_id in self._driven]
        lines = view.quitting(driven, numbers, width)
        pane = self.query_one("#running", LinePane)
        pane.show(lines)
        # Where all of it fits, the keys stand beside their meaning.
        self.query_one("#choices").display = len(lines) > self.app.size.height - 2
        self.make_room(pane, 2 if self.query_one("#choices").display else 0)

    def action_leave(self) -> None:
        """Go; what runs is taken over at the next start."""
        self.answer(QuitChoice.LEAVE)

    def action_stop(self) -> None:
        """Cancel everything first."""
        self.answer(QuitChoice.STOP)

    def action_cancel(self) -> None:
        """Stay."""
        self.answer(QuitChoice.STAY)
