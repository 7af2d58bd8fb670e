"""What runs now; Enter watches it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from textual.app import ComposeResult

from cloudops_tui.presentation import running as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lease import Lease
from cloudops_tui.presentation.offers import Yank
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine

ASK_EVERY = 2.0  # seconds


class RunningScreen(FrameScreen):
    """Area 2."""

    AREA = "running"

    def __init__(self) -> None:
        super().__init__()
        self._leases: dict[UUID, Lease] = {}
        self._asked_at = -ASK_EVERY
        self._asked_for: set[UUID] = set()

    def compose_body(self) -> ComposeResult:
        """One row an execution."""
        yield OneLine(id="columns")
        yield LineList(id="executions", ascii_only=self.ascii)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#executions").focus()

    def present(self) -> None:
        """Executions that have not ended, and those that ended while one looked."""
        entries = self.bridge.known_entries()
        width = max(40, self.size.width - 3)
        states, numbers = self.bridge.known_states(), self.bridge.known_numbers()
        self._look_who_drives(states)
        rows = view.rows(states, numbers, self._leases, self.clock_now(), width, self.ascii)
        self.query_one("#executions", LineList).show(rows, view.nothing(entries, self.cockpit.loaded))
        self.query_one("#columns", OneLine).show(view.header(width))

    def _look_who_drives(self, states: Sequence[ExecutionState]) -> None:
        """Ask the store every other second, and at once when an execution has come."""
        unfinished = {state.execution_id for state in states if not state.status.ended}
        now = self.session.clock.monotonic()
        if unfinished and (now - self._asked_at >= ASK_EVERY or not unfinished <= self._asked_for):
            self._asked_at, self._asked_for = now, unfinished
            _ = self.start_work(self._read_who_drives(), "Cannot read who drives what")

    async def _read_who_drives(self) -> None:
        driving = set(await self.session.driving())
        stored = await self.session.unfinished()
        self._leases = {one.id: Lease(one.owner.pid, one.id in driving, one.heartbeat_at) for one in stored}
        self.bridge.mark_dirty()

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
