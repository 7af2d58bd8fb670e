"""One execution as it is remembered, in six tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import execution, output, record, replay
from cloudops_tui.presentation.execution import Arrangement, Look
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line, Row, Span, line
from cloudops_tui.presentation.record import TABS
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import Approved, AskApproval, OpenExecution, OpenReplay
from cloudops_tui.tui.output_source import Subject
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_pane import OutputPane
from cloudops_tui.tui.widgets.output_view import OutputView

READING = line(Span("Reading the record ...", "quiet"))
OUTPUT = TABS.index("Output")


class RecordScreen(FrameScreen):
    """Outcome, timeline, commands, output, approval, and the record itself."""

    AREA = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "turn(-1)", "Previous tab", id="record.previous_tab", show=False),
        Binding("right_square_bracket,tab", "turn(1)", "Next tab", id="record.next_tab", show=False),
        Binding("f", "failed(1)", "Next failed", id="record.next_failed", show=False),
        Binding("F", "failed(-1)", "Previous failed", id="record.previous_failed", show=False),
        Binding("u", "undo", "Undo", id="record.undo", show=False),
        Binding("space", "toggle_follow", "Follow", id="record.follow", show=False),
        Binding("R", "again", "Read again", id="record.reload", show=False),
        Binding("P", "replay", "Replay", id="record.replay", show=False),
    ]

    def __init__(self, execution_id: UUID) -> None:
        super().__init__()
        self.execution_id = execution_id
        self._record: ExecutionRecord | None = None
        self._story: tuple[AnyExecutionEvent, ...] = ()
        self._arrangement: Arrangement | None = None
        self._undo_asked = ""
        self._tab = 0
        self._command: UUID | None = None
        self._rows_of: tuple[object, ...] = ()
        self._seq = -1

    def compose_body(self) -> ComposeResult:
        """Header, tabs, and the tab that is open."""
        yield OneLine(id="head")
        yield OneLine(id="tabs")
        yield LineList(id="rows", ascii_only=self.ascii)
        yield OutputPane(id="output", ascii_only=self.ascii)

    def on_mount(self) -> None:
        """Read the record and its story."""
        self.query_one(LineList).focus()
        self._read()

    def present(self) -> None:
        """Redraw what differs."""
        look = self._look()
        self.query_one("#tabs", OneLine).show(record.tabs(self._tab, look))
        if self._record is None or self._arrangement is None:
            self.query_one("#head", OneLine).show(READING)
            return
        self._notice_changes()
        self.query_one("#head", OneLine).show(record.header(self._arrangement, self._record, look, self._undo_asked))
        on_output = self._tab == OUTPUT
        self.query_one(LineList).display = not on_output
        self.query_one("#output").display = on_output
        if on_output:
            self._present_output(self._arrangement, look)
        else:
            self._present_rows(look)

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that this execution reached."""
        return self.cockpit.identities_of(self._record.execution_plan if self._record else None)

    def key_hints(self) -> Sequence[KeyHint]:
        """Tabs, the failed ones, undo."""
        failed = execution.failures(self._arrangement) if self._arrangement else ()
        why_not = execution.can_undo(self._arrangement.state) if self._arrangement else "It is not read yet"
        if self.there and self.query_one(OutputView).has_focus:
            return (KeyHint("[ ]", "tab"), *self.query_one(OutputPane).hints(), KeyHint("q", "back"))
        return (
            KeyHint("[ ]", "tab"),
            KeyHint("enter", "output of the command"),
            KeyHint("f", "next failed", None if failed else "Nothing failed"),
            KeyHint("u", "undo", why_not),
            KeyHint("P", "replay", self._why_no_replay()),
            KeyHint("R", "read again"),
            KeyHint("q", "back"),
        )

    # --- the operator ------------------------------------------------------------------------------------------------

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """The command under the cursor is the one whose output the tab shows."""
        self._command = record.command_of(event.row_id) or self._command

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """The output of that command."""
        command_id = record.command_of(event.row_id)
        if command_id is None:
            self.refuse("This line speaks of no command")
            return
        self._command = command_id
        self._open(OUTPUT)

    def action_turn(self, by: int) -> None:
        """To the next tab, or the one before."""
        self._open((self._tab + by) % len(TABS))

    def action_failed(self, by: int) -> None:
        """The output of the next command that failed, or the one before."""
        found = execution.failures(self._arrangement) if self._arrangement else ()
        if not found:
            self.refuse("Nothing failed")
            return
        on_one = self._tab == OUTPUT and self._command in found
        self._command = found[(found.index(self._command) + by) % len(found)] if on_one and self._command else found[0]
        self._open(OUTPUT)

    def action_toggle_follow(self) -> None:
        """Follow the output, or stand still."""
        if self._tab == OUTPUT:
            self.query_one(OutputView).toggle_follow()
        else:
            self.refuse("Only the output follows: it is the tab after the commands")

    def action_again(self) -> None:
        """Ask the store once more."""
        self._read()
        self.query_one(OutputView).look_again(afresh=True)

    def action_undo(self) -> None:
        """Show what a rollback would run, and ask for its own approval."""
        why_not = execution.can_undo(self._arrangement.state) if self._arrangement else "It is not read yet"
        if why_not:
            self.refuse(why_not)
        elif self.cockpit.read_only:
            self.refuse("This session only looks: a rollback needs a session that may write")
        else:
            _ = self.start_work(self._ask_undo(), "Cannot undo")

    def action_replay(self) -> None:
        """See it happen again."""
        if why_not := self._why_no_replay():
            self.refuse(why_not)
        else:
            self.cockpit.navigate(OpenReplay(self.execution_id))

    def _why_no_replay(self) -> str | None:
        if self._arrangement is None:
            return "It is not read yet"
        if not self._story:
            return replay.NO_STORY
        return None if self._arrangement.state.status.ended else replay.STILL_RUNS

    async def _ask_undo(self) -> None:
        review = await self.session.rollback_review(self.execution_id)
        self.cockpit.navigate(AskApproval(review, self._undo, self._asked_undo, "Roll back"))

    async def _undo(self, decision: Approved) -> None:
        await self.session.rollback(
            self.execution_id, digest=decision.digest, confirmation=decision.confirmation, reason=decision.reason
        )

    def _asked_undo(self, decision: Approved | None) -> None:
        if decision is not None:
            self.cockpit.navigate(OpenExecution(self.execution_id))

    def on_resize(self) -> None:
        """A screen too small for anything takes the keys from the open tab; they come back with it."""
        if self.has_class("-too-small"):  # until now: the frame judges the new size after this
            self.call_after_refresh(self._give_keys_back)

    def _give_keys_back(self) -> None:
        if self.there and not self.has_class("-too-small"):
            self._open(self._tab)

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _open(self, tab: int) -> None:
        self._tab = tab
        self.bring_up_to_date()
        pane = self.query_one(OutputView) if tab == OUTPUT else self.query_one(LineList)
        pane.focus()

    def _read(self) -> None:
        _ = self.start_work(self._load(), "Cannot read the record")

    async def _load(self) -> None:
        self._record = await self.session.record(self.execution_id)
        self._story = tuple(await self.session.story(self.execution_id))
        self._arrangement = record.remembered(self._record, self._story)
        self._undo_asked = execution.asked_to_undo(self._story)
        failed = execution.failures(self._arrangement)
        self._command = self._command or (failed[0] if failed else execution.foremost(self._arrangement))
        self._rows_of = ()
        self.bring_up_to_date()

    def _notice_changes(self) -> None:
        """While it runs, or is undone, the record grows."""
        state = self.bridge.states.get(self.execution_id)
        if state is not None and self._arrangement is not None:
            if self._seq not in (-1, state.seq) and state.seq > self._arrangement.state.seq:
                self._read()
            self._seq = state.seq

    def _present_rows(self, look: Look) -> None:
        made_of = (self._tab, look.width, self._arrangement)
        if made_of == self._rows_of:
            return
        changed_tab = not self._rows_of or self._rows_of[0] != self._tab
        self._rows_of = made_of
        rows = self.query_one(LineList)
        rows.show(self._rows(look))
        if changed_tab:
            rows.action_first()

    def _rows(self, look: Look) -> tuple[Row, ...]:
        assert self._record is not None
        assert self._arrangement is not None
        match TABS[self._tab]:
            case "Outcome":
                return record.outcome(self._arrangement, self._record, look, self._undo_asked)
            case "Timeline":
                return record.timeline(self._arrangement, self._story, look)
            case "Commands":
                return record.commands(self._arrangement, look)
            case "Approval":
                return record.approval(self._record, self._story, look)
            case _:
                return record.raw(self._record, look)

    def _present_output(self, arrangement: Arrangement, look: Look) -> None:
        command_id = self._command
        if command_id is None:
            return
        pane, known = self.query_one(OutputPane), arrangement.known(command_id)
        running = known.status is CommandStatus.RUNNING
        subject = Subject(self.execution_id, command_id, known.attempt, running=running, began=known.started_at)
        head = output.head(arrangement, command_id, ascii_only=self.ascii, focused=pane.view.has_focus)
        pane.show(subject, head, self._nothing(arrangement, command_id, look))

    def _nothing(self, arrangement: Arrangement, command_id: UUID, look: Look) -> tuple[Line, ...]:
        result = arrangement.known(command_id).result
        if result is not None and result.output_bytes and self.query_one(OutputView).place.page.missing:
            return output.pruned(result.output_bytes, result.completed_at)
        return execution.nothing_printed(arrangement, command_id, look)

    def _look(self) -> Look:
        return Look(self.clock_now(), max(1, self.query_one("#head").size.width - 1), self.ascii)
