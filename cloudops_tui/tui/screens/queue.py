"""The queue: what waits for a decision, what runs, what was refused."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.safe_text import safe_text
from cloudops_tui.presentation import availability, column_heads, opening, plan_offers, queue_filter, rejecting, similar
from cloudops_tui.presentation import queue as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import BLANK, Line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.queue_filter import Filter, Known, Texts
from cloudops_tui.presentation.queue_order import IDLE, MEANINGS, Settled, Sort, in_order, ranking
from cloudops_tui.presentation.queue_preview import Judged, outline, preview
from cloudops_tui.presentation.times import clock
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import AskChoice, AskReason, Choice, OpenExecution, OpenPlan, OpenRecord, Report
from cloudops_tui.tui.widgets.filter_field import FilterField
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

MOST_JUDGED = 500
"""Commands of a plan that is judged for its preview; a longer one is judged when it is reviewed."""
LOOK_AFTER = 1.0  # seconds between two looks at what is watched, whichever screen is in front
REPORT_WIDTH = 70
ARRIVING = timedelta(seconds=10)
UNCUT = 400  # cells; a row that wide cuts nothing that anybody would read


class QueueScreen(FrameScreen):
    """Area 1."""

    AREA = "queue"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", id="plan.approve", show=False),
        Binding("r", "reject", "Reject", id="plan.reject", show=False),
        Binding("m", "modify", "Modify", id="plan.modify", show=False),
        Binding("space", "mark", "Mark", id="queue.mark", show=False),
        Binding("slash", "filter", "Filter", id="queue.filter", show=False),
        Binding("f", "faults", "Faults only", id="queue.faults", show=False),
        Binding("s", "sort", "Sort", id="queue.sort", show=False),
        Binding("c", "columns", "Columns", id="queue.columns", show=False),
        Binding("w", "watch", "Watch", id="queue.watch", show=False),
        Binding("R", "reload", "Re-read", id="app.reload", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()
        self._faults_only = False
        self._marked: frozenset[UUID] = frozenset()
        self._watched: dict[UUID, QueueEntry] = {}
        """As they were when they were last looked at."""
        self._columns: tuple[str, ...] | None = None
        self._sort = Sort.NEEDS_ME
        self._order = Settled()
        self._unsorted = True
        """Something changed since the order was last made."""
        self._sorted_at: datetime | None = None
        self._moved_at: datetime | None = None
        """When the cursor last moved; rows stand still for a while after it."""
        self._entries: list[QueueEntry] = []
        self._ordered: tuple[Settled, list[QueueEntry], list[QueueEntry]] = (self._order, self._entries, [])
        """The order and the entries, and these in that."""
        self._fresh: set[UUID] = set()
        """What came and was not in view yet."""
        self._rows: view.Rows | None = None
        self._texts = Texts()
        self._judged: dict[tuple[UUID, str | None, bool], Judged | None] = {}
        self._judging = False
        self._shown_entry: UUID | None = None
        self._at_top_until: datetime | None = datetime.max.replace(tzinfo=UTC)
        """None: the cursor stands where somebody put it."""

    def compose_body(self) -> ComposeResult:
        """The list with its columns, and what is under the cursor."""
        yield OneLine(id="late")
        with Horizontal(id="panes"):
            with Vertical(id="plans"):
                yield OneLine(id="columns")
                yield LineList(id="entries", ascii_only=self.ascii)
            yield LinePane(id="preview")
        yield OneLine(id="count")
        yield FilterField(id="filter")

    def on_mount(self) -> None:
        """The list has the keys."""
        self._columns = self.cockpit.settings.columns.queue
        self.query_one("#filter").display = False
        self.query_one("#late").display = False
        self.query_one("#preview", LinePane).can_focus = False
        self.query_one("#entries").focus()
        _ = self.set_interval(LOOK_AFTER, self._look_after_watched)

    def present(self) -> None:
        """Rows and preview as they stand now."""
        now, late = self.clock_now(), self.cockpit.late
        states = {state.execution_id: state for state in self.bridge.known_states()}
        self._take_in(self.bridge.known_entries(), now)
        known = self._known()
        shown = self._shown(known)
        lines = self.query_one("#entries", LineList)
        width = max(40, self.query_one("#plans").size.width - 2)
        nothing = () if shown else self._nothing(known, now, width)
        self._present_late(now)
        rows = self._drawn(width)
        self.query_one("#columns", OneLine).show(column_heads.header(rows.columns, width))
        look = view.Look(self._marked, frozenset(self._watched), stale=late is not None)
        lines.show(rows.of(shown, states, self.bridge.outcomes, now, look), nothing)
        self._begin_at_the_top(shown, lines, now)
        self._present_count(shown, lines)
        self._present_preview(now)

    def stand_on(self, entry_id: Hashable) -> None:
        """Where somebody was before; no longer at the top."""
        self._at_top_until = None
        self.bring_up_to_date()  # what was just read may not be listed yet
        _ = self.query_one("#entries", LineList).move_to(entry_id)

    def _begin_at_the_top(self, shown: Sequence[QueueEntry], lines: LineList, now: datetime) -> None:
        """While plans arrive at the start, and before anybody typed, the cursor is on what needs somebody first."""
        if self._at_top_until is None or not shown:
            return
        self._at_top_until = min(self._at_top_until, now + ARRIVING)
        if self.cockpit.typed_at or now > self._at_top_until:
            self._at_top_until = None
        else:
            _ = lines.move_to(shown[0].id)

    def key_hints(self) -> Sequence[KeyHint]:
        """What can be done with the entry under the cursor; what cannot says why when it is pressed."""
        entry = self._entry()
        why_not = self._undecidable(entry)
        return opening.key_hints(
            opens=None if entry else opening.NOTHING_SELECTED,
            approves=self._cannot_approve(entry),
            rejects=None if self._marked else why_not,
            modifies=self._cannot_modify(entry),
            marked=len(self._marked),
        )

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that the plan under the cursor reaches."""
        entry = self._entry()
        return self.cockpit.identities_of(entry.plan if entry else None)

    def yanks(self) -> Sequence[Yank]:
        """Of the plan under the cursor."""
        entry, lines = self._entry(), self.query_one("#entries", LineList)
        return plan_offers.of_entry(entry, self._whole_row(entry), lines.rows) if entry else ()

    def _whole_row(self, entry: QueueEntry) -> Line:
        """Its row with room for everything in it."""
        known = {state.execution_id: state for state in self.bridge.known_states()}
        wide = view.Rows(column_heads.chosen(self._columns, UNCUT), UNCUT, self.ascii, self._patience)
        [row] = wide.of([entry], known, self.bridge.outcomes, self.clock_now())
        return row.line

    async def reading(self) -> Reading | None:
        """The plan under the cursor, or what was refused."""
        entry = self._entry()
        if entry is None:
            return None
        kind = "json" if entry.plan is not None else "txt"
        return Reading(f"plan-{entry.number}.{kind}", safe_text(await self.session.plan_text(entry.id)))

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """Another entry, another preview and other keys."""
        if self._at_top_until is None or self.cockpit.typed_at:
            self._moved_at = self.clock_now()
        self.bring_up_to_date()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """To whatever tells most about the entry."""
        self._open(event.row_id)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The list follows while one types."""
        self._filter = queue_filter.read(event.value, self.clock_now())
        self.bring_up_to_date()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the list."""
        self._leave_filter()

    def action_back(self) -> None:
        """Clears the filter, then what is marked; the queue is the first screen, there is nothing behind it."""
        if self._filter.text or self._faults_only or self.query_one("#filter").display:
            self._leave_filter()
            self.query_one("#filter", Input).value = ""
            self._faults_only, self._filter = False, Filter()
            self.bring_up_to_date()
        elif self._marked:
            self._marked = frozenset()
            self.bring_up_to_date()
        else:
            super().action_back()

    def action_filter(self) -> None:
        """Type what to look for."""
        field = self.query_one("#filter", FilterField)
        field.display = True
        field.action_end()
        field.focus()
        self.bring_up_to_date()

    def action_faults(self) -> None:
        """Only what went wrong, or all."""
        self._faults_only = not self._faults_only
        self.bring_up_to_date()

    def action_mark(self) -> None:
        """Mark the row, or no longer, and go on to the next."""
        entry = self._entry()
        if entry is None:
            self.refuse("Nothing is selected")
            return
        self._marked ^= {entry.id}
        self.query_one("#entries", LineList).action_move(1)
        self.bring_up_to_date()

    def action_watch(self) -> None:
        """Be told when this plan changes, or no longer."""
        entry = self._entry()
        if entry is None:
            self.refuse("Nothing is selected")
        elif entry.id in self._watched:
            del self._watched[entry.id]
            self.flash(f"#{entry.number} is no longer watched")
        else:
            self._watched[entry.id] = entry
            self.flash(f"#{entry.number} is watched: you are told when it changes")
        self.bring_up_to_date()

    def action_sort(self) -> None:
        """Another order."""
        choices = tuple(Choice(sort, sort.value, meaning) for sort, meaning in MEANINGS.items())
        self.cockpit.navigate(AskChoice("Sort the queue", choices, (self._sort,), self._sorted_by))

    def action_columns(self) -> None:
        """Which columns are shown."""
        shown = self._rows.columns if self._rows else ()
        choices = tuple(Choice(one.name, one.name, one.meaning) for one in column_heads.COLUMNS)
        chosen = tuple(one.name for one in shown)
        self.cockpit.navigate(AskChoice("Columns of the queue", choices, chosen, self._with_columns, several=True))

    def action_reload(self) -> None:
        """Read the queue again, and sort it."""
        self._unsorted, self._moved_at = True, None
        self.cockpit.ask_accounts_again()
        self.begin_once("Reading the queue again ...", self._read_again, "Cannot read the queue")

    async def _read_again(self) -> None:
        await self.cockpit.reload()
        if self.cockpit.load_error is None:
            self.flash(f"The queue was read again at {clock(self.clock_now())}")

    def action_approve(self) -> None:
        """To the review, and its modal."""
        entry = self._entry()
        why_not = self._cannot_approve(entry)
        if why_not is not None or entry is None:
            self.refuse(why_not or "Nothing is selected")
            return
        self.cockpit.navigate(OpenPlan(entry.id, then="approve"))

    def action_modify(self) -> None:
        """To the review, and the editor."""
        entry = self._entry()
        why_not = self._cannot_modify(entry)
        if why_not is not None or entry is None:
            self.refuse(why_not or "Nothing is selected")
            return
        self.cockpit.navigate(OpenPlan(entry.id, then="modify"))

    def action_reject(self) -> None:
        """Ask for the reason: of the row, or of all that are marked."""
        if self._marked:
            entries = tuple(entry for entry in self._entries if entry.id in self._marked)
            why_not = availability.READ_ONLY if self.cockpit.read_only else None
            why_not = why_not or (self.cockpit.late.refusal if self.cockpit.late else None)
        else:
            entry = self._entry()
            entries, why_not = (entry,) if entry else (), self._undecidable(entry)
        if why_not is not None or not entries:
            self.refuse(why_not or "What was marked is gone")
            return
        self.cockpit.navigate(AskReason(entries, lambda reason: self._reject(entries, reason)))

    def _reject(self, entries: tuple[QueueEntry, ...], reason: str | None) -> None:
        if reason is not None:
            called = f"#{entries[0].number}" if len(entries) == 1 else f"{len(entries)} plans"
            work = self.start_work(self._rejected(entries, reason), f"Cannot reject {called}")
            self.flash(f"rejecting {called} ...", while_true=lambda: not work.done(), fades=False)

    async def _rejected(self, entries: tuple[QueueEntry, ...], reason: str) -> None:
        """One after the other, each by the engine; of several, one that fails keeps none of the others."""
        if len(entries) == 1:
            self.bridge.keep(await self.session.reject(entries[0].id, reason=reason))
            self._marked -= {entries[0].id}
            self.flash(f"#{entries[0].number} was rejected")
            return
        found = rejecting.sorted_out(entries, self.bridge.entries, self.clock_now())
        done, failed = [], list(found.cannot)
        for entry in found.can:
            try:
                self.bridge.keep(await self.session.reject(entry.id, reason=reason))
            except Exception as error:  # noqa: BLE001  whatever it is, the others go on, and it is told below
                failed.append((entry, spoken(error)))
            else:
                done.append(entry)
                self._marked -= {entry.id}
        for entry, why in failed:
            self.cockpit.note(f"#{entry.number} was not rejected: {why}", "warning")
        self.flash(f"{len(done)} of {len(entries)} plans were rejected")
        if failed:
            lines = rejecting.report(rejecting.Outcome(tuple(done), tuple(failed)), REPORT_WIDTH)
            self.cockpit.navigate(Report(f"{len(failed)} of {len(entries)} were not rejected", lines))

    def _sorted_by(self, chosen: tuple[Hashable, ...] | None) -> None:
        if chosen:
            self._sort = Sort(chosen[0])
            self._unsorted, self._moved_at = True, None
            self.bring_up_to_date()

    def _with_columns(self, chosen: tuple[Hashable, ...] | None) -> None:
        if chosen is not None:
            self._columns = tuple(str(name) for name in chosen)
            self.bring_up_to_date()

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

    def _undecidable(self, entry: QueueEntry | None) -> str | None:
        if self._marked:
            return "Marked plans can be rejected together, nothing else; esc clears the marks"
        cockpit = self.cockpit
        return availability.decide(entry, self.clock_now(), read_only=cockpit.read_only, late=cockpit.late)

    def _cannot_approve(self, entry: QueueEntry | None) -> str | None:
        if self._marked:
            marked = ", ".join(f"#{one.number}" for one in self._entries if one.id in self._marked)
            return f"Nothing is approved in a batch. Open each plan: {marked}"
        return self._cannot_modify(entry)

    def _cannot_modify(self, entry: QueueEntry | None) -> str | None:
        """Who modifies a plan means to run it."""
        cockpit = self.cockpit
        return self._undecidable(entry) or availability.run(
            entry,
            self.clock_now(),
            read_only=cockpit.read_only,
            closed=cockpit.settings.read_only_profiles,
            late=cockpit.late,
        )

    def _take_in(self, entries: list[QueueEntry], now: datetime) -> None:
        """What came or changed; rows move only while nobody moves the cursor."""
        before = self._entries
        changed = len(before) != len(entries) or any(old is not new for old, new in zip(before, entries, strict=True))
        if changed:
            by_id = {entry.id: entry for entry in entries}
            if before:
                self._fresh |= by_id.keys() - {entry.id for entry in before}
            self._entries = entries
            self._marked &= by_id.keys()
        self._unsorted |= changed or self._sorted_at is None or (now - self._sorted_at).total_seconds() >= 60
        if not self._unsorted:
            return
        rank = ranking(self._sort, now, self._patience)
        if self._moved_at is None or now - self._moved_at >= IDLE:
            self._order = Settled(tuple(in_order(entries, rank)))
            self._unsorted, self._sorted_at = False, now
        else:
            self._order = self._order.joined_by({entry.id: entry for entry in entries}, rank)

    def _known(self) -> Known:
        running = {state.execution_id: state.status for state in self.bridge.known_states()}
        return Known({**self.bridge.outcomes, **running}, self.cockpit.known_identities, self._texts)

    def _shown(self, known: Known) -> list[QueueEntry]:
        if self._ordered[0] is not self._order or self._ordered[1] is not self._entries:
            by_id = {entry.id: entry for entry in self._entries}
            self._ordered = (self._order, self._entries, [by_id[one] for one in self._order.ids if one in by_id])
        entries = self._ordered[2]
        if self._faults_only:
            entries = [entry for entry in entries if queue_filter.is_fault(entry, known.outcome(entry))]
        return [entry for entry in entries if self._filter.holds(entry, known)] if self._filter.tests else entries

    def _nothing(self, known: Known, now: datetime, width: int) -> tuple[Line, ...]:
        left = [
            entry for entry in self._entries
            if not self._faults_only or queue_filter.is_fault(entry, known.outcome(entry))
        ]  # fmt: skip
        return view.nothing(
            loaded=self.cockpit.loaded,
            error=self.cockpit.load_error,
            total=len(self._entries),
            looked_for=self._filter,
            faults_only=self._faults_only,
            left=self._filter.remaining(left, known),
            last=view.last_ended(self._entries, known.outcomes, now),
            state_dir=str(self.session.state_dir),
            width=width,
        )

    def _drawn(self, width: int) -> view.Rows:
        wanted = column_heads.chosen(self._columns, width)
        if self._rows is None or not self._rows.fits(wanted, width):
            self._rows = view.Rows(wanted, width, self.ascii, self._patience)
        return self._rows

    def _present_late(self, now: datetime) -> None:
        late, told = self.cockpit.late, self.query_one("#late", OneLine)
        told.display = late is not None
        told.show(view.late_line(late, now, self.size.width) if late is not None else BLANK)

    def _present_count(self, shown: Sequence[QueueEntry], lines: LineList) -> None:
        count, width, total = self.query_one("#count", OneLine), self.size.width, len(self._entries)
        above = 0
        if self._fresh:
            self._fresh -= {entry.id for entry in shown[lines.top :]}
            above = sum(entry.id in self._fresh for entry in shown[: lines.top])
        if self.query_one("#filter").display:
            count.show(view.typing_line(self._filter, len(shown), total, width))
            return
        standing = view.Standing(
            shown=len(shown),
            total=total,
            wanted=self._filter.text,
            faults_only=self._faults_only,
            marked=len(self._marked),
            above=above,
            sort=self._sort,
            expected=self.bridge.expected,
        )
        count.show(view.count_line(standing, width))

    def _present_preview(self, now: datetime) -> None:
        entry, pane = self._entry(), self.query_one("#preview", LinePane)
        pane.display = entry is not None
        if entry is None:
            return
        # Below the list, on a short screen, the list comes first.
        roomy = self._roomy
        pane.styles.height = None if roomy else max(4, min(8, (self.size.height - 6) * 8 // 18))
        state = self.bridge.states.get(entry.execution_id) if entry.execution_id else None
        width = max(30, pane.size.width - 1)
        judged = self._judged.get(self._judgement_of(entry))
        self._judge(entry)
        lines = preview(entry, state, now, width, judged=judged, patience=self._patience)
        if roomy and entry.plan is not None:
            lines += outline(entry.plan, width, judged)
        pane.show(lines, from_top=entry.id != self._shown_entry)
        self._shown_entry = entry.id

    @property
    def _roomy(self) -> bool:
        """The preview has room for every command."""
        return self.wide or self.tall

    def _judgement_of(self, entry: QueueEntry) -> tuple[UUID, str | None, bool]:
        return entry.id, entry.plan_digest, self._roomy

    def _judge(self, entry: QueueEntry) -> None:
        """What we make of a plan, worked out once, one plan at a time; nobody waits for it."""
        wanted = entry.plan is not None and len(entry.plan.commands) <= MOST_JUDGED
        if self._judging or not wanted or self._judgement_of(entry) in self._judged:
            return
        self._judging = True
        _ = self.start_work(self._judge_now(entry), "Cannot judge this plan")

    async def _judge_now(self, entry: QueueEntry) -> None:
        place = self._judgement_of(entry)
        self._judged[place] = None
        try:
            found = await self.session.assess(entry.id)
            pasts = None
            if self._roomy:
                wanted = ExecutionFilter(limit=similar.LOOKED_THROUGH)
                records = await self.session.records(wanted, similar.question(found.plan))
                pasts = similar.alike(found.plan, records, entry.execution_id)
            self._judged[place] = Judged(
                found.level, found.flags, found.radius, found.assessments, pasts, found.named
            )
        except Exception:  # noqa: BLE001, S110  a preview that cannot judge shows the claims; the review says more
            pass
        finally:
            self._judging = False
            self.bridge.mark_dirty()

    def _look_after_watched(self) -> None:
        """Tell what became of the plans that are watched, whichever screen is in front."""
        for entry_id, before in list(self._watched.items()):
            after = self.bridge.entries.get(entry_id)
            if after is None or after is before:
                continue
            self._watched[entry_id] = after
            outcome = self._known().outcome(after)
            said = view.watched_change(before, after, view.sign(after, outcome).word, self.clock_now())
            if said is not None:
                self.cockpit.note(said, "info")
                if self.cockpit.settings.ui.bell:
                    self.app.bell()
                if self.is_current:
                    self.flash(said)

    def _leave_filter(self) -> None:
        field = self.query_one("#filter", FilterField)
        field.keep()
        field.display = False
        self.query_one("#entries").focus()
        self.bring_up_to_date()

    @property
    def _patience(self) -> timedelta:
        """How long a plan may wait for its decision."""
        return self.cockpit.settings.approval.review_expires
