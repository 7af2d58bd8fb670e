"""Stop an execution: what that ends, what it leaves behind, a gentler way, and a way out that changes nothing."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from cloudops_tui.presentation import execution
from cloudops_tui.presentation.execution import Graph, Look
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

WIDTH = 72  # cells; fits the smallest terminal that is drawn on, less its margin
MARGIN = 8


class StopChoice(Enum):
    """How to stop it."""

    CANCEL = "cancel"
    """End what runs, skip the rest."""
    FINISH = "finish"
    """Finish what runs, skip the rest."""


class StopModal(ArmingModal[StopChoice]):
    """Answers how to stop it, None to let it run. The focus is on letting it run; Enter never stops, and nothing does
    until the keyboard was still for a moment."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "stop", "Stop it", id="stop.confirm", show=False),
        Binding("f", "finish", "Begin no more", id="stop.finish", show=False),
        Binding("q", "cancel", "Let it run", id="stop.cancel", show=False),
    ]

    FIRST = "#keep"

    def __init__(self, execution_id: UUID, number: int | None) -> None:
        super().__init__()
        self.execution_id = execution_id
        self.number = number
        self._ended = False
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """The consequence, then the two ways on."""
        with Vertical(id="box"):
            yield LinePane(id="consequence")
            with Horizontal(id="choices"):
                yield Button("Let it run (enter, esc)", id="keep", compact=True)
                yield OneLine(id="how")

    def on_mount(self) -> None:
        """What stopping means."""
        self.query_one("#consequence").can_focus = False
        self.present()

    def present(self) -> None:
        """Commands go on while the question stands: what would be ended changes with them."""
        state = self.bridge.states.get(self.execution_id)
        if state is None:
            return
        self._ended = state.status.ended
        look = Look(self.clock_now(), min(WIDTH, self.app.size.width - MARGIN) - 4, self.ascii)
        stop = execution.stop(execution.arranged(Graph(state.plan), state), self.number, look)
        lines = execution.stop_lines(stop, self._ended, look)
        if lines != self._shown:
            self._shown = lines
            self.query_one("#consequence", LinePane).show(lines)
            self.query_one("#box").border_title = theme.words(stop.title)
        self.query_one("#how", OneLine).show(_how(self._ended, self._armed))
        waits = not (self._ended or self._armed)
        self.query_one("#box").border_subtitle = theme.words("not yet: a moment ...") if waits else None
        self.make_room(self.query_one("#consequence", LinePane), 2)

    def action_stop(self) -> None:
        """Stop it; nothing to stop any more is no answer."""
        self._decide(StopChoice.CANCEL)

    def action_finish(self) -> None:
        """Finish what runs, begin no more."""
        self._decide(StopChoice.FINISH)

    def _decide(self, choice: StopChoice) -> None:
        if self._ended:
            self.answer(None)
        elif self._armed:
            self.answer(choice)


def _how(ended: bool, armed: bool) -> Line:
    if ended:
        return ()
    if not armed:
        return line(Span("  ctrl+y", "faint"), Span(" stop  f finish", "faint"))
    return line(Span("  ctrl+y", "key"), Span(" stop", "failed"), Span("  f", "key"), " finish")
