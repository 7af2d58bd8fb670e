"""The queue: what waits for a decision, what runs, what was refused."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import availability
from cloudops_tui.presentation import queue as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import AskReason, OpenExecution, OpenPlan, OpenRecord
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class QueueScreen(FrameScreen):
    """Area 1."""

    AREA = "queue"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", id="plan.approve", show=False),
        Binding("r", "reject", "Reject", id="plan.reject", show=False),
        Binding("m", "modify", "Modify", id="plan.modify", show=False),
        Binding("slash", "filter", "Filter", id="queue.filter", show=False),
        Binding("R", "reload", "Re-read", id="app.reload", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""
        self._shown_entry: UUID | None = None

    def compose_body(self) -> ComposeResult:
        """The list with its columns, and what is under the cursor."""
        with Horizontal(id="panes"):
            with Vertical(id="plans"):
                yield OneLine(id="columns")
                yield LineList(id="entries", ascii_only=self.ascii)
            yield LinePane(id="preview")
        yield OneLine(id="count")
        yield Field(id="filter", placeholder="words to look for: enter keeps, esc clears", compact=True)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#filter").display = False
        self.query_one("#preview", LinePane).can_focus = False
        self.query_one("#entries").focus()

    def present(self) -> None:
        """Rows and preview as they stand now."""
        entries = self.bridge.known_entries()
        shown = view.in_order(view.matching(entries, self._wanted))
        lines = self.query_one("#entries", LineList)
        width = max(40, self.query_one("#plans").size.width - 2)
        states = {state.execution_id: state for state in self.bridge.known_states()}
        nothing = view.nothing(
            loaded=self.cockpit.loaded,
            error=self.cockpit.load_error,
            total=len(entries),
            wanted=self._wanted,
            state_dir=str(self.session.state_dir),
            width=width,
        )
        self.query_one("#columns", OneLine).show(view.header(width))
        lines.show(view.rows(shown, states, self.bridge.outcomes, self.clock_now(), width, self.ascii), nothing)
        self.query_one("#count", OneLine).show(view.count_line(len(shown), len(entries), self._wanted))
        self._present_preview()

    def key_hints(self) -> Sequence[KeyHint]:
        """What can be done with the entry under the cursor; a decision only where it can be taken."""
        entry = self._entry()
        decidable = availability.decide(entry, self.clock_now(), read_only=self.cockpit.read_only) is None
        decisions = (KeyHint("a", "approve"), KeyHint("r", "reject"), KeyHint("m", "modify"))
        return (
            KeyHint("enter", "open", None if entry else "Nothing is selected"),
            *(decisions if decidable else ()),
            KeyHint("/", "filter"),
            KeyHint("j/k", "move"),
            KeyHint("Q", "quit"),
        )

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that the plan under the cursor reaches."""
        entry = self._entry()
        return self.cockpit.identities_of(entry.plan if entry else None)

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """Another entry, another preview and other keys."""
        self.bring_up_to_date()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """To whatever tells most about the entry."""
        self._open(event.row_id)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows while one types."""
        self._wanted = event.value.strip()
        self.bring_up_to_date()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the list."""
        self._leave_filter()

    def action_back(self) -> None:
        """Clears the filter; the queue is the first screen, there is nothing behind it."""
        self.query_one("#filter", Input).value = ""
        self._wanted = ""
        self._leave_filter()

    def action_filter(self) -> None:
        """Type what to look for."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def action_reload(self) -> None:
        """Read the queue again."""
        self.cockpit.reload()
        self.flash("Reading the queue again")

    def action_approve(self) -> None:
        """To the review, and its modal."""
        entry = self._decidable()
        if entry is not None:
            self.cockpit.navigate(OpenPlan(entry.id, then="approve"))

    def action_modify(self) -> None:
        """To the review, and the editor."""
        entry = self._decidable()
        if entry is not None:
            self.cockpit.navigate(OpenPlan(entry.id, then="modify"))

    def action_reject(self) -> None:
        """Ask for the reason."""
        entry = self._decidable()
        if entry is not None:
            self.cockpit.navigate(AskReason(entry, lambda reason: self._reject(entry, reason)))

    def _reject(self, entry: QueueEntry, reason: str | None) -> None:
        if reason is not None:
            _ = self.start_work(self._rejected(entry, reason), f"Cannot reject #{entry.number}")

    async def _rejected(self, entry: QueueEntry, reason: str) -> None:
        self.bridge.keep(await self.session.reject(entry.id, reason=reason))
        self.flash(f"#{entry.number} was rejected")

    def _open(self, entry_id: Hashable) -> None:
        entry = self._entry()
        if entry is None or entry.id != entry_id:
            return
        match entry.state:
            case QueueState.QUEUED | QueueState.RUNNING if entry.execution_id is not None:
                self.cockpit.navigate(OpenExecution(entry.execution_id))
            case QueueState.DONE if entry.execution_id is not None:
                self.cockpit.navigate(OpenRecord(entry.execution_id))
            case _:
                self.cockpit.navigate(OpenPlan(entry.id))

    def _entry(self) -> QueueEntry | None:
        found = self.query_one("#entries", LineList).cursor_id
        return self.bridge.entries.get(found) if isinstance(found, UUID) else None

    def _decidable(self) -> QueueEntry | None:
        entry = self._entry()
        why_not = availability.decide(entry, self.clock_now(), read_only=self.cockpit.read_only)
        if why_not is not None:
            self.refuse(why_not)
            return None
        return entry

    def _present_preview(self) -> None:
        entry, pane = self._entry(), self.query_one("#preview", LinePane)
        pane.display = entry is not None
        if entry is None:
            return
        state = self.bridge.states.get(entry.execution_id) if entry.execution_id else None
        width = max(30, pane.size.width - 1)
        lines = view.preview(entry, state, self.clock_now(), width)
        if self.wide and entry.plan is not None:
            lines += view.outline(entry.plan, width)
        pane.show(lines, from_top=entry.id != self._shown_entry)
        self._shown_entry = entry.id

    def _leave_filter(self) -> None:
        self.query_one("#filter").display = False
        self.query_one("#entries").focus()
        self.bring_up_to_date()
