"""A running execution: its tree, the output of one command, and the way to stop or undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from cloudops_tui.model.result import CommandStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.kinds import kind_of
from cloudops_tui.presentation import execution, execution_offers, following, holding, output, timing
from cloudops_tui.presentation.execution import FOLDED_AT_FIRST, Arrangement, Graph, Group, Key, Look
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lease import silent_since
from cloudops_tui.presentation.lines import Line, Span, line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.timing import UNTIMED, Forecast, Timing
from cloudops_tui.state.execution import ExecutionState
from cloudops_tui.tui import theme
from cloudops_tui.tui.going_on import NOT_READ, READS_UNDO, GoingOn
from cloudops_tui.tui.navigation import Approved, AskApproval
from cloudops_tui.tui.output_source import Subject
from cloudops_tui.tui.widgets.command_tree import CommandTree
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_pane import OutputPane
from cloudops_tui.tui.widgets.output_view import OutputView

SETTLE = 2.0  # seconds; while somebody moves the cursor, rows stay where they are
FORECAST_EVERY = 1.0  # seconds
LEAST_TREE = 3  # rows
TALL = 36  # rows of both panes above one another; from here on the tree may have more than half of them
LOOKS_ONLY = "This session only looks; `cloudops-tui` in another may do that"
READING = line(Span("Reading the story of this execution ...", "quiet"))


class LiveScreen(GoingOn):
    """The tree above, the output below; side by side where there is room."""

    AREA = "running"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other_pane", "Pane", id="live.pane", show=False),
        Binding("z", "zoom", "Zoom", id="live.zoom", show=False),
        Binding("f", "failed(1)", "Next failed", id="live.next_failed", show=False),
        Binding("F", "failed(-1)", "Previous failed", id="live.previous_failed", show=False),
        Binding("space", "toggle_follow", "Follow", id="live.follow", show=False),
        Binding("i", "details", "Details", id="live.details", show=False),
        Binding("X", "stop", "Stop", id="live.stop", show=False),
        Binding("u", "undo", "Undo", id="live.undo", show=False),
    ]

    def __init__(self, execution_id: UUID) -> None:
        super().__init__()
        self.execution_id = execution_id
        self._number: int | None = None
        self._arrangement: Arrangement | None = None
        self._folded = FOLDED_AT_FIRST
        self._keys: tuple[Key, ...] = ()
        self._keys_of: tuple[object, ...] = ()
        self._moved_at: float | None = None
        self._chosen = False
        """The operator chose what to look at; until then the cursor goes to what is foremost."""
        self._of_heading: tuple[Group | None, UUID | None] = (None, None)
        """Whose output a heading shows, as long as that is one of its group."""
        self._details = False
        self._tree_rows = LEAST_TREE
        self._tree_height: int | None = LEAST_TREE
        self._summary: object = None
        self._folded_by_hand = False
        self._undo_asked = ""
        self._undoing = (False, False)
        self._timing: Timing = UNTIMED
        self._forecast: Forecast | None = None
        self._left: tuple[float, timedelta | None] = (0.0, None)
        """How long the rest usually takes, and when that was worked out."""

    def compose_body(self) -> ComposeResult:
        """What is special about it, header, tree, output, counts."""
        yield OneLine(id="banner")
        yield OneLine(id="head")
        with Container(id="panes"):
            yield CommandTree(id="tree", ascii_only=self.ascii)
            yield OutputPane(LinePane(id="details"), id="output", ascii_only=self.ascii)
        yield Static(id="summary")
        yield OneLine(id="counts")

    def on_mount(self) -> None:
        """Read the story so far; live events go on from there."""
        self.query_one(CommandTree).focus()
        self._number = self.bridge.known_numbers().get(self.execution_id)
        _ = self.start_work(self._watch(), "Cannot read this execution")

    # --- one frame ---------------------------------------------------------------------------------------------------

    def present(self) -> None:
        """What changed since the last frame, and nothing else."""
        self._present_banner()
        state = self.bridge.states.get(self.execution_id)
        if state is None:
            self.query_one("#head", OneLine).show(READING)
            return
        arrangement = self._rearranged(state)
        self._hear(arrangement)
        look = self._look(self.query_one("#head").size.width)
        self.query_one("#head", OneLine).show(
            execution.header(arrangement, self._number, look, self._undo_asked, self._left_of(arrangement, look))
        )
        self.query_one("#counts", OneLine).show(execution.counts(arrangement, look))
        self._present_tree(arrangement)
        self._present_output(arrangement)
        self._present_summary(arrangement, look)
        self._ask_who_undoes(state)

    def banner(self, width: int) -> Line:
        """What is special about it, such as that another process drives it; empty where nothing is."""
        lease, state = self.cockpit.lease_of(self.execution_id), self.bridge.states.get(self.execution_id)
        if (lease is None or lease.alive) and (
            waits := holding.banner(state, self.clock_now(), width, self.ascii)
        ):
            return waits
        return following.banner(lease, state, self.clock_now(), width)

    def why_not_write(self) -> str | None:
        """Why nothing can be stopped or undone from here."""
        return LOOKS_ONLY if self.cockpit.read_only else None

    def known_state(self) -> ExecutionState | None:
        """As the bridge has it."""
        return self.bridge.states.get(self.execution_id)

    def known_number(self) -> int | None:
        """Once it is read."""
        return self._number

    def command_in_sight(self) -> UUID | None:
        """The command under the cursor."""
        return self._selected()

    def goes_on(self) -> None:
        """Here it is seen already."""
        self._flash_until_it_ends("It goes on with what is not done")

    def _present_banner(self) -> None:
        said = self.banner(self.size.width - 2)
        banner = self.query_one("#banner", OneLine)
        if banner.display != bool(said):
            banner.display = bool(said)
        banner.show((Span(" "), *said))

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that this execution reaches."""
        state = self.bridge.states.get(self.execution_id)
        return self.cockpit.identities_of(state.plan if state else None)

    def key_hints(self) -> Sequence[KeyHint]:
        """The keys that help now come first."""
        state = self._arrangement.state if self._arrangement else None
        ended = state is not None and state.status.ended
        undo = KeyHint("u", "undo", self._why_not_undo())
        stop = KeyHint("X", "stop", "It has ended" if ended else self.why_not_write())
        failed = execution.failures(self._arrangement) if self._arrangement else ()
        next_failed = KeyHint("f", "next failed", None if failed else "Nothing has failed")
        others = (KeyHint("enter", "output"), KeyHint("i", "details"), KeyHint("space", "follow"))
        rest = (KeyHint("tab", "pane"), KeyHint("x", "fold"), KeyHint("z", "zoom"), KeyHint("q", "back"))
        if self.there and self.focused is self.query_one(OutputView):
            lines = self.query_one(OutputPane).hints()
            return (*lines, undo, *rest) if ended else (stop, *lines, *rest)
        if ended:
            return (next_failed, *self.going_on_hints(), undo, *others, *rest)
        return (stop, next_failed, *others, *rest)

    def yanks(self) -> Sequence[Yank]:
        """Ids, the command under the cursor, its ARNs; of the output, where that is in sight, its lines."""
        if self._arrangement is None:
            return ()
        own = execution_offers.yanks(self._arrangement, self._selected(), self._number, self._look(120))
        if self._details or self.has_class("-zoom-tree"):
            return own
        lines = self.query_one(OutputPane).yanks()
        return (*lines, *own) if self.focused is self.query_one(OutputView) else (*own, *lines)

    async def reading(self) -> Reading | None:
        """The output that has the keys; else the whole execution, as a text."""
        if self._arrangement is None:
            return None
        command_id = self._selected()
        if command_id is not None and self.focused is self.query_one(OutputView):
            name = execution_offers.output_name(self._arrangement, command_id, self._number)
            return await self.query_one(OutputPane).reading(name)
        return execution_offers.reading(self._arrangement, self._number, self._look(120))

    def _rearranged(self, state: ExecutionState) -> Arrangement:
        before = self._arrangement
        same_plan = before is not None and before.state.plan is state.plan
        if before is not None and same_plan:
            self._arrangement = execution.rearranged(before, state)
        else:
            self._arrangement = execution.arranged(Graph(state.plan), state)
        return self._arrangement

    def _present_tree(self, arrangement: Arrangement) -> None:
        tree = self.query_one(CommandTree)
        self._unfold_what_fits(arrangement, tree)
        self._chosen |= tree.moved
        wanted = self._looked_at(arrangement, tree)
        self._keys = self._ordered(arrangement, wanted)
        tree.show(self._keys, lambda key, width: execution.row(arrangement, key, self._folded, self._look(width)))
        self._make_room(tree)
        if wanted is not None and tree.cursor_key != wanted and not self._busy():
            tree.move_to(wanted)
        self._remember_whose_output(arrangement, tree)

    def _unfold_what_fits(self, arrangement: Arrangement, tree: CommandTree) -> None:
        """Nothing hides behind a heading beside empty rows, unless the operator folded it."""
        if not self._folded or self._folded_by_hand or (self.has_class("-zoom-tree") and not self._ended(arrangement)):
            return
        room = tree.size.height if self._tree_height is None else self._most_rows()
        folded = self._folded & execution.folded_in(arrangement, room)
        if folded != self._folded:
            self._folded = folded

    def _looked_at(self, arrangement: Arrangement, tree: CommandTree) -> UUID | None:
        """The command that the cursor has to stand on; None where it may stay on the heading that it is on."""
        if not self._chosen:
            return execution.foremost(arrangement)
        key = tree.cursor_key
        if isinstance(key, Group):  # a heading goes with the last of its group, whose output stays
            return None if key in arrangement.members else self._of_heading[1]
        return key

    def _ordered(self, arrangement: Arrangement, wanted: UUID | None) -> tuple[Key, ...]:
        """The rows; while the operator moves among them, those of before. What is looked at is hidden by no folding."""
        if self._keys and self._busy():
            return self._keys
        stays = wanted is not None and (self._chosen or self._ended(arrangement))
        kept = wanted if stays and wanted and execution.hides(arrangement, self._folded, wanted) else None
        made_of = (arrangement.members, self._folded, kept)
        if self._keys and all(was is now for was, now in zip(self._keys_of, made_of, strict=True)):
            return self._keys
        self._keys_of = made_of
        return execution.rows(arrangement, self._folded, kept)

    def _remember_whose_output(self, arrangement: Arrangement, tree: CommandTree) -> None:
        """On a heading the output is that of the first of its group, and stays that while others come before it."""
        key, shown = tree.cursor_key, self._of_heading[1]
        if not isinstance(key, Group):
            self._of_heading = (None, None)
        elif self._of_heading[0] is not key or shown is None:
            self._of_heading = (key, next(iter(arrangement.members.get(key, ())), None))
        elif execution.group_of(arrangement, shown) is not key and key in arrangement.members:
            self._of_heading = (key, arrangement.members[key][0])

    def _present_output(self, arrangement: Arrangement) -> None:
        command_id = self._selected()
        if command_id is None:
            return
        look = self._look(self.query_one("#output-title").size.width)
        if self._details:
            self.query_one(LinePane).show(execution.details(arrangement, command_id, self._look(look.width - 4)))
        head = output.head(arrangement, command_id, ascii_only=self.ascii, focused=self.focused is self._right_pane())
        nothing = execution.nothing_printed(arrangement, command_id, look)
        self.query_one(OutputPane).show(self._subject(arrangement, command_id), head, nothing)

    def _present_summary(self, arrangement: Arrangement, look: Look) -> None:
        lines = execution.summary(arrangement, look, self._undo_asked)
        summary = self.query_one("#summary", Static)
        if bool(lines) != summary.display:
            summary.display = bool(lines)
            self.query_one("#counts").display = not lines
        if (drawn := (lines, theme.worn())) != self._summary:
            self._summary = drawn
            summary.update(theme.block(lines))

    @staticmethod
    def _ended(arrangement: Arrangement) -> bool:
        return arrangement.state.status.ended and not arrangement.state.rolling_back

    def _make_room(self, tree: CommandTree) -> None:
        """Above one another the tree takes what it needs, within its share; it never gives rows back: nothing jumps."""
        self._tree_rows = min(self._most_rows(), max(LEAST_TREE, len(self._keys), self._tree_rows))
        wanted = None if self.wide or self.has_class("-zoom-tree") else self._tree_rows
        if wanted != self._tree_height:
            self._tree_height = wanted
            tree.styles.height = "1fr" if wanted is None else wanted

    def _most_rows(self) -> int:
        height = self.query_one("#panes").size.height
        return max(LEAST_TREE, height * 3 // 5 if height >= TALL else height // 2)

    def _ask_who_undoes(self, state: ExecutionState) -> None:
        """A state does not keep who asked for its rollback; the story does, read when one begins or has ended."""
        undoing = (state.rolling_back, state.rolling_back or bool(state.compensations))
        if undoing == self._undoing:
            return
        self._undoing = undoing
        if any(undoing):
            _ = self.start_work(self._read_who_undoes(), "Cannot read the story")

    async def _read_who_undoes(self) -> None:
        self._undo_asked = execution.asked_to_undo(await self.session.story(self.execution_id))
        self.bridge.mark_dirty()

    def _flash_until_it_ends(self, text: str, kind: str = "info") -> None:
        """What is said of a state goes with it: once the execution has ended, or another command has failed."""
        state, failed = self.known_state(), self._failed()
        told_at = state.seq if state else 0

        def holds() -> bool:
            now = self.known_state()
            return now is None or now.seq <= told_at or not (now.status.ended or self._failed() > failed)

        self.flash(text, kind, while_true=holds)

    def _failed(self) -> int:
        return len(execution.failures(self._arrangement)) if self._arrangement else 0

    def _subject(self, arrangement: Arrangement, command_id: UUID) -> Subject:
        known = arrangement.known(command_id)
        return Subject(
            self.execution_id,
            command_id,
            known.attempt,
            running=known.status is CommandStatus.RUNNING,
            began=known.started_at,
            heard=self.bridge.outputs.get((self.execution_id, command_id)),
        )

    # --- the operator ------------------------------------------------------------------------------------------------

    def on_command_tree_moved(self) -> None:
        """From here on the cursor is the operator's. It is painted at once; the output it is on, with the next frame:
        a key that is held down passes many commands."""
        self._chosen = True
        self._moved_at = self.session.clock.monotonic()
        self.bridge.mark_dirty()

    def on_command_tree_opened(self) -> None:
        """The output of that command, alone."""
        self._chosen = True
        self._show_details(False)
        self.set_class(True, "-zoom-output")
        self.query_one(OutputView).focus()
        self.present()

    def on_command_tree_folded(self, event: CommandTree.Folded) -> None:
        """Open or close a group; what it hides gives the cursor to its heading."""
        if self._arrangement is None:
            return
        group = execution.group_of(self._arrangement, event.key)
        if group not in self._keys:
            self.refuse("Only groups with a heading fold")
            return
        self._chosen, self._moved_at = True, None
        self._folded_by_hand = True
        self._folded = self._folded ^ {group}
        if group in self._folded or event.key is group:  # a command whose group opens around it stays under the cursor
            self.query_one(CommandTree).move_to(group)
        self.present()

    def on_descendant_focus(self) -> None:
        """The title of the right pane says whether keys go there."""
        if self.there:
            self.present()

    def action_other_pane(self) -> None:
        """From tree to output, and back."""
        self._chosen = True
        if self.focused is self.query_one(CommandTree):
            self._right_pane().focus()
        else:
            self.set_class(False, "-zoom-output")
            self.query_one(CommandTree).focus()

    def action_zoom(self) -> None:
        """The pane with the focus alone, and back."""
        self._chosen = True
        zoomed = "-zoom-tree" if self.focused is self.query_one(CommandTree) else "-zoom-output"
        self.toggle_class(zoomed)
        self.call_after_refresh(self.present)

    def action_back(self) -> None:
        """Out of a zoomed pane first, then out of the screen."""
        if self.has_class("-zoom-output") or self.has_class("-zoom-tree"):
            self.remove_class("-zoom-output", "-zoom-tree")
            self.query_one(CommandTree).focus()
            self.call_after_refresh(self.present)
        else:
            super().action_back()

    def action_failed(self, by: int) -> None:
        """To the next command that failed, or the one before."""
        found = execution.failures(self._arrangement) if self._arrangement else ()
        if not found:
            self._flash_until_it_ends("Nothing has failed", "warning")
            return
        at = self._selected()
        place = (found.index(at) + by) % len(found) if at in found else (0 if by > 0 else -1)
        self._chosen = True
        self._reveal(found[place])
        self.present()

    def action_toggle_follow(self) -> None:
        """Follow the output, or stand still."""
        self._chosen = True
        self.query_one(OutputView).toggle_follow()

    def action_details(self) -> None:
        """What exactly ran, instead of what it printed; and back."""
        self._chosen = True
        self._show_details(not self._details)
        self.present()

    def action_stop(self) -> None:
        """Ask what stopping means; nothing happens before the answer."""
        if why_not := self._why_not_stop():
            self.refuse(why_not, self._why_not_stop)
        else:
            self.cockpit.ask_stop(self.execution_id, self._number, self._stop)

    def _why_not_stop(self) -> str | None:
        state = self.known_state()
        return "Nothing runs here any more" if state is None or state.status.ended else self.why_not_write()

    def action_undo(self) -> None:
        """Show what a rollback would run, and ask for its own approval."""
        if why_not := self._why_not_undo():
            self.refuse(why_not, self._why_not_undo)
        else:
            self.begin_once(READS_UNDO, self._ask_undo, "Cannot undo")

    def _why_not_undo(self) -> str | None:
        state = self.known_state()
        return (execution.can_undo(state) if state else NOT_READ) or self.why_not_write()

    async def _ask_undo(self) -> None:
        review: Review = await self.session.rollback_review(self.execution_id)
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
            self._flash_until_it_ends("The rollback begins")

    def _stop(self, how: str | None) -> None:
        if how is not None:
            _ = self.start_work(self._cancel() if how == "cancel" else self._finish(), "Cannot stop")

    async def _finish(self) -> None:
        await self.session.stop_execution(self.execution_id)
        self._flash_until_it_ends("Nothing more of it begins; what runs is finished")

    async def _cancel(self) -> None:
        await self.session.cancel_execution(self.execution_id)
        self._flash_until_it_ends("Asked to stop; running commands get a moment to end")

    # --- helpers -----------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        state = await self.bridge.watch(self.execution_id)
        self._number = (await self.session.execution(self.execution_id)).number
        self.bridge.mark_dirty()
        await self._learn_what_is_usual(state)

    async def _learn_what_is_usual(self, state: ExecutionState) -> None:
        """Read once: what earlier runs took, and whether output is heard here."""
        recent = await self.session.recent_durations({kind_of(command) for command in state.plan.commands})
        usual = timing.usual_of(state.plan, recent)
        driving = await self.session.driving()
        since = self.bridge.listening_since if self.execution_id in driving else None
        self._timing = Timing(usual=usual, listening=since)
        self._forecast = timing.forecast(Graph(state.plan), usual, self.cockpit.settings.execution) if usual else None
        self._left = (0.0, None)
        self.bridge.mark_dirty()

    def _hear(self, arrangement: Arrangement) -> None:
        """When what runs was last heard."""
        if self._timing.listening is not None:
            running = arrangement.members.get(Group.RUNNING, ())
            moments = {key: self.bridge.last_heard(self.execution_id, key) for key in running}
            heard = {key: at for key, at in moments.items() if at is not None}
            self._timing = replace(self._timing, heard=heard)

    def _left_of(self, arrangement: Arrangement, look: Look) -> timedelta | None:
        """Worked out once a second: it reads every command that has not ended."""
        if self._forecast is None:
            return None
        now = self.session.clock.monotonic()
        if now - self._left[0] >= FORECAST_EVERY or arrangement.state.status.ended:
            self._left = (now, timing.left(arrangement, self._forecast, look.now))
        return self._left[1]

    def _look(self, width: int) -> Look:
        attempts = self.cockpit.settings.execution.retry_config.max_attempts
        lost = self._silent_since
        now = lost or self.clock_now()
        return Look(now, max(1, width), self.ascii, attempts, self._timing, lost is not None)

    @property
    def _silent_since(self) -> datetime | None:
        """Nobody knows what happened since then: clocks stand still."""
        lease = self.cockpit.lease_of(self.execution_id)
        return silent_since(lease, self.clock_now()) if lease is not None else None

    def _busy(self) -> bool:
        """The operator moved the cursor a moment ago."""
        return self._moved_at is not None and self.session.clock.monotonic() - self._moved_at < SETTLE

    def _selected(self) -> UUID | None:
        """The command under the cursor; on a heading, one of its group."""
        key = self.query_one(CommandTree).cursor_key
        if isinstance(key, Group) and self._arrangement is not None:
            self._remember_whose_output(self._arrangement, self.query_one(CommandTree))
            return self._of_heading[1]
        return key if isinstance(key, UUID) else None

    def _reveal(self, command_id: UUID) -> None:
        tree = self.query_one(CommandTree)
        if self._arrangement is not None and not tree.move_to(command_id):
            self._folded = self._folded - {execution.group_of(self._arrangement, command_id)}
            self._moved_at = None
            self._present_tree(self._arrangement)
            tree.move_to(command_id)

    def _show_details(self, wanted: bool) -> None:
        had_focus = self.focused is self._right_pane()
        self._details = wanted
        self.set_class(wanted, "-details")
        if had_focus:
            self._right_pane().focus()

    def _right_pane(self) -> OutputView | LinePane:
        return self.query_one(LinePane) if self._details else self.query_one(OutputView)
