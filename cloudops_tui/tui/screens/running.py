"""What runs now; Enter watches it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from cloudops_tui.presentation import execution
from cloudops_tui.presentation import running as view
from cloudops_tui.presentation.execution import Arrangement, Graph, Look
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line, Span
from cloudops_tui.presentation.offers import Yank
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class RunningScreen(FrameScreen):
    """Area 2."""

    AREA = "running"

    def __init__(self) -> None:
        super().__init__()
        self._arrangement: Arrangement | None = None
        """Of the execution that is previewed."""

    def compose_body(self) -> ComposeResult:
        """One row an execution; where there is room, the one under the cursor beside them."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield OneLine(id="columns")
                yield LineList(id="executions", ascii_only=self.ascii)
            yield LinePane(id="preview")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#preview").can_focus = False
        self.query_one("#executions").focus()

    def present(self) -> None:
        """Executions that have not ended, and those that ended while one looked."""
        width = max(40, self.query_one("#left").size.width - 3)
        states, numbers = self.bridge.known_states(), self.bridge.known_numbers()
        known = {state.execution_id: self.cockpit.lease_of(state.execution_id) for state in states}
        leases = {execution_id: lease for execution_id, lease in known.items() if lease is not None}
        rows = view.rows(states, numbers, leases, self.clock_now(), width, self.ascii)
        self.query_one("#executions", LineList).show(rows, self.nothing())
        self.query_one("#columns", OneLine).show(view.header(width))
        self._present_preview()

    def _present_preview(self) -> None:
        """The execution under the cursor, in short."""
        pane, execution_id = self.query_one("#preview", LinePane), self.query_one("#executions", LineList).cursor_id
        state = self.bridge.states.get(execution_id) if isinstance(execution_id, UUID) else None
        pane.display = self.broad and state is not None
        if state is None or not self.broad:
            return
        before = self._arrangement
        same = before is not None and before.state.plan is state.plan
        self._arrangement = (
            execution.rearranged(before, state)
            if before is not None and same
            else execution.arranged(Graph(state.plan), state)
        )
        look = Look(self.clock_now(), max(20, pane.size.width - 2), self.ascii)
        number = self.bridge.known_numbers().get(state.execution_id)
        lines = view.preview(self._arrangement, number, look, pane.size.height)
        pane.show(tuple((Span(" "), *each) for each in lines))

    def on_line_list_highlighted(self) -> None:
        """Another execution, another preview."""
        self.bring_up_to_date()

    def nothing(self) -> Sequence[Line]:
        """What stands there where nothing runs."""
        return view.nothing(self.bridge.known_entries(), self.cockpit.loaded)

    def yanks(self) -> Sequence[Yank]:
        """The execution under the cursor, by number and by id."""
        row_id = self.query_one(LineList).cursor_id
        if not isinstance(row_id, UUID):
            return ()
        number = self.bridge.known_numbers().get(row_id)
        named = (Yank("n", "execution number", str(number)),) if number is not None else ()
        return (Yank("i", "execution id", str(row_id)), *named)

    def key_hints(self) -> Sequence[KeyHint]:
        """To the live screen."""
        empty = None if self.query_one(LineList).rows else "Nothing runs"
        return (KeyHint("enter", "watch", empty), KeyHint("j/k", "move"), KeyHint("1-4", "areas"), KeyHint("Q", "quit"))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Watch it."""
        if isinstance(event.row_id, UUID):
            self.cockpit.navigate(OpenExecution(event.row_id))
