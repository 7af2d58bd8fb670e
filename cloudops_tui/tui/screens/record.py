"""One execution as it is remembered, in seven tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from cloudops_tui.model.errors import ExecutionError, Other, StorageError
from cloudops_tui.model.events import AnyExecutionEvent
from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.presentation import execution, output, record, replay
from cloudops_tui.presentation.execution import Arrangement, Look
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.history import RUNS
from cloudops_tui.presentation.lines import Row, Span, line, plain
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.record import TABS, Origin
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.state.output import OutputBuffer
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.going_on import NOT_READ, READS_UNDO, GoingOn
from cloudops_tui.tui.navigation import Approved, AskApproval, OpenExecution, OpenPlan, OpenReplay
from cloudops_tui.tui.output_source import Subject
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_pane import OutputPane
from cloudops_tui.tui.widgets.output_view import OutputView
from cloudops_tui.tui.widgets.search_box import SearchBox

READING = line(Span("Reading the record ...", "quiet"))
GONE = "This record is gone; there is nothing to read again"
OUTPUT = TABS.index("Output")
FOLLOW_COMMAND = ("Outcome", "Commands", "Difference")
"""Tabs that open at the command that was looked at last."""


class RecordScreen(GoingOn):
    """Outcome, timeline, approval, commands, output, difference, and the record itself."""

    AREA = "history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "turn(-1)", "Previous tab", id="record.previous_tab", show=False),
        Binding("right_square_bracket,tab", "turn(1)", "Next tab", id="record.next_tab", show=False),
        Binding("f", "failed(1)", "Next failed", id="record.next_failed", show=False),
        Binding("F", "failed(-1)", "Previous failed", id="record.previous_failed", show=False),
        Binding("slash", "find", "Find", id="record.find", show=False),
        Binding("n", "found(1)", "Next found", id="record.next_found", show=False),
        Binding("N", "found(-1)", "Previous found", id="record.previous_found", show=False),
        Binding("u", "undo", "Undo", id="record.undo", show=False),
        Binding("space", "toggle_follow", "Follow", id="record.follow", show=False),
        Binding("r", "run_again", "Run again", id="record.run_again", show=False),
        Binding("E", "export", "Export", id="record.export", show=False),
        Binding("R", "again", "Read again", id="record.reload", show=False),
        Binding("P", "replay", "Replay", id="record.replay", show=False),
    ]

    def __init__(self, execution_id: UUID) -> None:
        super().__init__()
        self.execution_id = execution_id
        self._record: ExecutionRecord | None = None
        self._story: tuple[AnyExecutionEvent, ...] = ()
        self._origin = Origin()
        self._problem = ""
        self._gone = False
        """Nobody has it any more: to read it again is no use."""
        self._word = ""
        """What is marked in the open tab."""
        self._arrangement: Arrangement | None = None
        self._undo_asked = ""
        self._tab = 0
        self._command: UUID | None = None
        self._outputs: dict[UUID, OutputBuffer] = {}
        """What the record keeps of outputs whose files are gone."""
        self._rows_of: tuple[object, ...] = ()
        self._seq = -1

    def compose_body(self) -> ComposeResult:
        """Header, tabs, and the tab that is open."""
        yield OneLine(id="head")
        yield OneLine(id="tabs")
        with Horizontal(id="panes"):
            yield LineList(id="rows", ascii_only=self.ascii)
            yield OutputPane(id="output", ascii_only=self.ascii)
        with Horizontal(id="finding"):
            yield Static(theme.words("/"), id="find-prompt")
            yield SearchBox(id="find", placeholder="enter finds, escape leaves")

    def on_mount(self) -> None:
        """Read the record and its story."""
        self.query_one(LineList).focus()
        self._read()

    def present(self) -> None:
        """Redraw what differs."""
        look = self._look()
        self.query_one("#tabs", OneLine).show(record.tabs(self._tab, look))
        if self._record is None or self._arrangement is None:
            said = line(Span("! This record is gone" if self._gone else "! This record cannot be read", "failed"))
            self.query_one("#head", OneLine).show(said if self._problem else READING)
            why = record.not_readable(self._problem, look, gone=self._gone) if self._problem else ()
            self.query_one(LineList).show((), why)
            return
        self._notice_changes()
        self.query_one("#head", OneLine).show(record.header(self._arrangement, self._record, look, self._undo_asked))
        on_output = self._tab == OUTPUT
        self.query_one(LineList).display = not on_output
        # Beside the other tabs, where there is room: what the command under the cursor printed.
        beside = not on_output and self.broad and self._command is not None
        self.query_one("#output").display = on_output or beside
        self.set_class(beside, "-beside")
        if on_output or beside:
            self._present_output(self._arrangement, look)
        if not on_output:
            self._present_rows(self._look_at_rows() if beside else look)

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that this execution reached."""
        return self.cockpit.identities_of(self._record.execution_plan if self._record else None)

    def key_hints(self) -> Sequence[KeyHint]:
        """Tabs, the failed ones, undo."""
        failed = execution.failures(self._arrangement) if self._arrangement else ()
        why_not = execution.can_undo(self._arrangement.state) if self._arrangement else NOT_READ
        if self.there and self.focused is self.query_one(OutputView):
            return (KeyHint("[ ]", "tab"), *self.query_one(OutputPane).hints(), KeyHint("q", "back"))
        return (
            KeyHint("[ ]", "tab"),
            KeyHint("enter", "output"),
            KeyHint("f", "failed", None if failed else "Nothing failed"),
            *self.going_on_hints(),
            KeyHint("/", "find", "Here the output itself is searched" if self._tab == OUTPUT else None),
            KeyHint("r", "re-run", self._why_no_rerun()),
            KeyHint("u", "undo", why_not),
            KeyHint("P", "replay", self._why_no_replay()),
            KeyHint("E", "export", None if self._record else NOT_READ),
            KeyHint("R", "read again", GONE if self._gone else None),
            KeyHint("q", "back"),
        )

    def known_state(self) -> ExecutionState | None:
        """As the bridge has it where it is heard of, else as it was read."""
        read = self._arrangement.state if self._arrangement else None
        heard = self.bridge.states.get(self.execution_id)
        return heard if heard is not None and (read is None or heard.seq > read.seq) else read

    def known_number(self) -> int | None:
        """Once it is read."""
        return self._record.number if self._record else None

    def command_in_sight(self) -> UUID | None:
        """The command that was looked at last."""
        return self._command

    def why_not_write(self) -> str | None:
        """Why nothing can be changed from here."""
        return "This session only looks; another may write" if self.cockpit.read_only else None

    def said_something(self) -> None:
        """Read it again."""
        self._read()

    def yanks(self) -> Sequence[Yank]:
        """The record and the command under the cursor; of the output, where that is open, its lines."""
        if self._record is None or self._arrangement is None:
            return ()
        listed, program = self.query_one(LineList), self.cockpit.program
        if self._tab == OUTPUT:
            own = record.offers(self._record, self._arrangement, self._command, (), 0, program)
            return (*self.query_one(OutputPane).yanks(), *own)
        rows, at = listed.rows, listed.cursor_index
        return record.offers(self._record, self._arrangement, self._command, rows, at, program)

    async def reading(self) -> Reading | None:
        """The open tab, or the output that it shows."""
        if self._record is None:
            return None
        called = f"record-{self._record.number}"
        if self._tab == OUTPUT:
            return await self.query_one(OutputPane).reading(f"{called}-output.txt")
        if TABS[self._tab] == "Raw":
            return Reading(f"{called}.json", self._record.model_dump_json(indent=2) + "\n")
        text = "".join(f"{plain(row.line).rstrip()}\n" for row in self._rows(self._look()))
        return Reading(f"{called}-{TABS[self._tab].lower()}.txt", text)

    # --- the operator ------------------------------------------------------------------------------------------------

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """The command under the cursor is the one whose output the tab shows."""
        self._command = record.command_of(event.row_id) or self._command
        if self.has_class("-beside"):
            self.bring_up_to_date()

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
        if self._gone:
            self.refuse(GONE)
            return
        self._read()
        self.query_one(OutputView).look_again(afresh=True)

    def action_undo(self) -> None:
        """Show what a rollback would run, and ask for its own approval."""
        if why_not := self._why_not_undo():
            self.refuse(why_not, self._why_not_undo)
        else:
            self.begin_once(READS_UNDO, self._ask_undo, "Cannot undo")

    def _why_not_undo(self) -> str | None:
        why_not = execution.can_undo(self._arrangement.state) if self._arrangement else NOT_READ
        if why_not is None and self.cockpit.read_only:
            return "This session only looks: a rollback needs a session that may write"
        return why_not

    def action_replay(self) -> None:
        """See it happen again."""
        if why_not := self._why_no_replay():
            self.refuse(why_not)
        else:
            self.cockpit.navigate(OpenReplay(self.execution_id))

    def _why_no_replay(self) -> str | None:
        if self._arrangement is None:
            return NOT_READ
        if not self._story:
            return replay.NO_STORY
        return None if self._arrangement.state.status.ended else replay.STILL_RUNS

    def action_find(self) -> None:
        """Look for a word in the open tab."""
        if self._tab == OUTPUT:
            self.refuse("The words of this box are looked for in the other tabs")
            return
        self.query_one("#finding").display = True
        self.query_one(SearchBox).focus()

    def on_search_box_searched(self, event: SearchBox.Searched) -> None:
        """Mark it wherever it stands, and go to its first place from the cursor on."""
        self._word = event.text.strip()
        self._rows_of = ()
        self.bring_up_to_date()
        self._go_to_found(0)

    def on_search_box_left(self) -> None:
        """Back to the tab; the marks stay."""
        self.query_one("#finding").display = False
        self.query_one(LineList).focus()

    def action_found(self, by: int) -> None:
        """The next place of the word, or the one before."""
        if not self._word:
            self.refuse("Nothing is looked for; / begins")
        elif self._tab != OUTPUT:
            self._go_to_found(by)

    def _go_to_found(self, by: int) -> None:
        rows = self.query_one(LineList)
        places = record.holding(rows.rows, self._word)
        if not self._word:
            return
        at = record.found_place(places, rows.cursor_index, by)
        if at is not None:
            rows.move_to(rows.rows[places[at]].id)
        self.flash(record.find_words(self._word, at, len(places)))

    def action_run_again(self) -> None:
        """Put the same commands into the queue as another plan; nothing runs until somebody approves it."""
        why_not = self._why_no_rerun()
        if why_not:
            self.refuse(why_not)
        else:  # a key that is held down makes one plan
            self.begin_once("Queueing the same commands once more ...", self._run_again, "Cannot queue it again")

    async def _run_again(self) -> None:
        entry = await self.session.run_again(self.execution_id)
        self.bridge.keep(entry)
        number = self._record.number if self._record else None
        said = f"#{entry.number} waits in the queue, a re-run of #{number}; it runs when somebody approves it"
        self.cockpit.navigate(OpenPlan(entry.id, said=said))

    def action_export(self) -> None:
        """Write the record, its story and its output files to a folder."""
        if self._record is None:
            self.refuse(NOT_READ)
        else:
            self.begin_once("Exporting the record and its output ...", self._export, "Cannot export the record")

    async def _export(self) -> None:
        folder = await self.session.export(self.execution_id)
        self.flash(f"Exported to {folder}")

    def _why_no_rerun(self) -> str | None:
        if self._record is None:
            return NOT_READ
        return "This session only looks: a re-run needs a session that may write" if self.cockpit.read_only else None

    async def _ask_undo(self) -> None:
        review = await self.session.rollback_review(self.execution_id)
        self.ask(AskApproval(review, self._undo, self._asked_undo, "Roll back"))

    async def _undo(self, decision: Approved) -> None:
        await self.session.rollback(
            self.execution_id,
            digest=decision.digest,
            confirmation=decision.confirmation,
            reason=decision.reason,
            acknowledged=decision.acknowledged,
        )

    def _asked_undo(self, decision: Approved | None) -> None:
        if decision is not None:
            self.cockpit.navigate(OpenExecution(self.execution_id))

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _open(self, tab: int) -> None:
        self._tab = tab
        self.query_one("#finding").display = False
        self.bring_up_to_date()
        pane = self.query_one(OutputView) if tab == OUTPUT else self.query_one(LineList)
        pane.focus()

    def _read(self) -> None:
        _ = self.start_work(self._load(), "Cannot read the record")

    async def _load(self) -> None:
        try:
            found = await self.session.record(self.execution_id)
            story = tuple(await self.session.story(self.execution_id))
        except Exception as error:
            self._problem, self._gone = spoken(error), isinstance(error, KeyError | Other)
            self.bring_up_to_date()
            raise
        self._record, self._story, self._problem = found, story, ""
        self._gone = False
        self._origin = await self._read_origin(found)
        self._arrangement = record.remembered(self._record, self._story)
        self._undo_asked = execution.asked_to_undo(self._story)
        failed = execution.failures(self._arrangement)
        self._command = self._command or (failed[0] if failed else execution.foremost(self._arrangement))
        self._rows_of = ()
        self.bring_up_to_date()

    async def _read_origin(self, found: ExecutionRecord) -> Origin:
        """What is known beside the record, as far as it is known: a record from elsewhere has none of it."""
        runs = tuple(await self.session.runs_of(found.execution_plan.description, RUNS))
        try:
            stored = await self.session.execution(self.execution_id)
            if stored.entry_id is None:
                return Origin(stored.plan_digest, stored.approval_digest or "", runs=runs)
            entry = await self.session.entry(stored.entry_id)
            revisions = tuple(await self.session.revisions(stored.entry_id))
        except (KeyError, StorageError, ExecutionError):
            return Origin(runs=runs)
        return Origin(stored.plan_digest, stored.approval_digest or "", entry, revisions, runs)

    def _notice_changes(self) -> None:
        """While it runs, or is undone, the record grows."""
        state = self.bridge.states.get(self.execution_id)
        if state is not None and self._arrangement is not None:
            if self._seq not in (-1, state.seq) and state.seq > self._arrangement.state.seq:
                self._read()
            self._seq = state.seq

    def _present_rows(self, look: Look) -> None:
        made_of = (self._tab, look.width, self._arrangement, self._origin)
        if made_of == self._rows_of:
            return
        changed_tab = not self._rows_of or self._rows_of[0] != self._tab
        self._rows_of = made_of
        rows, command = self.query_one(LineList), self._command
        shown = self._rows(look)
        rows.show(record.with_marks(shown, self._word) if self._word else shown)
        if changed_tab:
            rows.action_first()
            # Not before the list has its room: it would scroll further than it must.
            self.call_after_refresh(self._stand_on, command, shown)

    def _stand_on(self, command: UUID | None, shown: Sequence[Row]) -> None:
        """The cursor is where the command is that was looked at last; at first, the one that failed first."""
        if not self.there or TABS[self._tab] not in FOLLOW_COMMAND:
            return
        row = next((row for row in shown if command and record.command_of(row.id) == command), None)
        if row is not None:
            self.query_one(LineList).move_to(row.id)

    def _rows(self, look: Look) -> tuple[Row, ...]:
        assert self._record is not None
        assert self._arrangement is not None
        match TABS[self._tab]:
            case "Outcome":
                return record.outcome(self._arrangement, self._record, look, self._undo_asked)
            case "Timeline":
                return record.timeline(self._arrangement, self._record, self._story, look, self._origin)
            case "Commands":
                return record.commands(self._arrangement, look)
            case "Approval":
                return record.approval(self._record, self._story, look, self._origin)
            case "Difference":
                return record.difference(self._arrangement, self._record, look, self._origin)
            case _:
                return record.raw(self._record, look)

    def _present_output(self, arrangement: Arrangement, look: Look) -> None:
        command_id = self._command
        if command_id is None:
            return
        pane, known = self.query_one(OutputPane), arrangement.known(command_id)
        running = known.status is CommandStatus.RUNNING
        subject = Subject(
            self.execution_id, command_id, known.attempt, running=running, began=known.started_at,
            heard=None if running else self._kept(arrangement, command_id),
        )  # fmt: skip
        head = output.head(arrangement, command_id, ascii_only=self.ascii, focused=self.focused is pane.view)
        pane.show(subject, head, execution.nothing_printed(arrangement, command_id, look))

    def _kept(self, arrangement: Arrangement, command_id: UUID) -> OutputBuffer:
        """What the record itself keeps of an output, for when its files are gone."""
        if command_id not in self._outputs:
            self._outputs[command_id] = OutputBuffer.of(record.kept_output(arrangement, command_id))
        return self._outputs[command_id]

    def _look_at_rows(self) -> Look:
        """The rows have what the output beside them leaves."""
        return Look(self.clock_now(), max(1, self.query_one("#rows").size.width - 2), self.ascii)

    def _look(self) -> Look:
        return Look(self.clock_now(), max(1, self.query_one("#head").size.width - 1), self.ascii)
