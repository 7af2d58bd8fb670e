"""What runs now; Enter watches it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from textual.app import ComposeResult

from cloudops_tui.presentation import running as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line
from cloudops_tui.presentation.offers import Yank
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine


class RunningScreen(FrameScreen):
    """Area 2."""

    AREA = "running"

    def compose_body(self) -> ComposeResult:
        """One row an execution."""
        yield OneLine(id="columns")
        yield LineList(id="executions", ascii_only=self.ascii)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#executions").focus()

    def present(self) -> None:
        """Executions that have not ended, and those that ended while one looked."""
        width = max(40, self.size.width - 3)
        states, numbers = self.bridge.known_states(), self.bridge.known_numbers()
        known = {state.execution_id: self.cockpit.lease_of(state.execution_id) for state in states}
        leases = {execution_id: lease for execution_id, lease in known.items() if lease is not None}
        rows = view.rows(states, numbers, leases, self.clock_now(), width, self.ascii)
        self.query_one("#executions", LineList).show(rows, self.nothing())
        self.query_one("#columns", OneLine).show(view.header(width))

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
