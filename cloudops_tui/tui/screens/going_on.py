"""What to do with an execution that has ended and is not done: retry, leave out, edit, roll back, or nothing."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from cloudops_tui.presentation import execution
from cloudops_tui.presentation import going_on as view
from cloudops_tui.presentation.lines import Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.navigation import AskGoOn, GoOn
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine

BESIDE = 8  # rows that are not the list's, less its head


class GoOnModal(ArmingModal[GoOn]):
    """Answers with what goes on and how; what runs is approved after that, by its digest."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "leave_out", "Leave out", id="going_on.skip", show=False),
        Binding("e", "edit", "Edit", id="going_on.edit", show=False),
        Binding("u", "undo", "Roll back", id="going_on.undo", show=False),
        Binding("ctrl+y", "go_on", "Go on", id="going_on.run", show=False, priority=True),
    ]

    FIRST = "#left"
    """Nothing on the list decides."""

    def __init__(self, asked: AskGoOn) -> None:
        super().__init__()
        self._state = asked.state
        self._number = asked.number
        self._skipped: set[UUID] = set()
        self._refused_undo = ""
        """Why the rollback that was asked for here cannot be had; until another key."""

    def compose(self) -> ComposeResult:
        """What is kept, what is left, why some of it is left out, the ways on."""
        with Vertical(id="box"):
            yield Static(id="kept")
            yield LineList(id="left", ascii_only=self.ascii)
            yield OneLine(id="keys")
            with Horizontal(classes="field"):
                yield Static("Reason: ")
                yield Field(id="reason", compact=True)
            yield OneLine(id="status")
            with Horizontal(id="choices"):
                yield Button("Stop here (esc)", id="cancel", compact=True)
                yield OneLine(id="go-key")

    def on_mount(self) -> None:
        """The ways on."""
        self.query_one("#box").border_title = theme.words(view.title(self._state.plan, self._number))
        self.query_one("#keys", OneLine).show(view.keys(execution.can_undo(self._state)))
        self.present()

    def on_key(self, event: events.Key) -> None:
        """Any key ends what was told."""
        self._refused_undo = ""

    def present(self) -> None:
        """What would run as things are chosen; somebody else may let it go on meanwhile."""
        state = self.bridge.states.get(self._state.execution_id, self._state)
        width = self.box_width()
        head = view.head(self._state, self._skipped, width)
        self.query_one("#kept", Static).update(theme.block(head))
        rows = view.rows(self._state, self._skipped, width - 2, ascii_only=self.ascii)
        left = self.query_one(LineList)
        left.show(rows)
        left.styles.height = max(1, min(len(rows), self.app.size.height - 2 - BESIDE - len(head)))
        lacking = view.missing(state, self._skipped, self._reason, armed=self._armed)
        told = line(Span(self._refused_undo, "caution")) if self._refused_undo else view.status(lacking)
        self.query_one("#status", OneLine).show(told)
        self.query_one("#go-key", OneLine).show(view.confirm_key(self._state, self._skipped, lacking))

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Enter decides nothing."""
        self.present()

    def action_leave_out(self) -> None:
        """This one does not run, or it does again."""
        found = self.query_one(LineList).cursor_id
        if isinstance(found, UUID):
            self._skipped ^= {found}
            self.present()

    def action_edit(self) -> None:
        """Change what is not done, in the operator's editor."""
        self.answer(GoOn("edit"))

    def action_undo(self) -> None:
        """Undo what completed instead."""
        why_not = execution.can_undo(self._state)
        if why_not:
            self._refused_undo = why_not
            self.present()
        else:
            self.answer(GoOn("undo"))

    def action_go_on(self) -> None:
        """Show what would run, and its approval."""
        state = self.bridge.states.get(self._state.execution_id, self._state)
        if view.missing(state, self._skipped, self._reason, armed=self._armed) is None:
            self.answer(GoOn("run", dict.fromkeys(self._skipped, self._reason)))
        else:
            self.present()

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value.strip()
