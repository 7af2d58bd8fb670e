"""The review: each command of a plan as it would run, and the decision about the whole."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from cloudops_tui.model.history import ExecutionFilter
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import availability, plan_graph, plan_offers, queue_columns, similar
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line, Span, line, plain
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.queue import late_line
from cloudops_tui.presentation.review.call import FOLDED_TO
from cloudops_tui.presentation.review.command import command
from cloudops_tui.presentation.review.counts import counts
from cloudops_tui.presentation.review.facts import facts
from cloudops_tui.presentation.review.origin import NO_BACKGROUND, Background
from cloudops_tui.presentation.review.outline import GRAPH, SUMMARY, Outline
from cloudops_tui.presentation.review.reading import everything
from cloudops_tui.presentation.review.rehearsed import NOT_REHEARSED, Rehearsal, briefly, hindrance, news, refusal
from cloudops_tui.presentation.review.search import search_line, with_hits, words_of
from cloudops_tui.presentation.review.summary import summary
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.navigation import (
    Approved,
    AskApproval,
    AskReason,
    GoBack,
    OpenDifference,
    OpenExecution,
)
from cloudops_tui.tui.reviewing import panes
from cloudops_tui.tui.reviewing.looking import Looking
from cloudops_tui.tui.reviewing.modifying import Modifying
from cloudops_tui.tui.reviewing.once import Once
from cloudops_tui.tui.reviewing.panes import FACTS
from cloudops_tui.tui.reviewing.progress import Progress
from cloudops_tui.tui.reviewing.search import Search
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

LEAST_COMMANDS, MOST_COMMANDS = 3, 9  # rows of the list above the details
MOST_OF_A_TALL_ONE = 3  # a third of a tall screen may be the list
ROWS_TO_READ = 12  # rows of the screen that are not the list's
WIDEST = 160
"""Columns from which what the decision hangs on has a pane beside the others; on a tall screen it stands below them."""
READING_WIDTH = 100
SHORTEST_LOOK = 0.05  # seconds between two looks at what was seen
NOT_LOADED = "The review is not loaded yet"
AROUND_HIT = 3  # lines above a hit that was not in view
_CHANGED_KEYS = line(Span("  D", "key"), " shows what,", Span(" R", "key"), " loads it")


class ReviewScreen(Modifying):
    """A plan before its decision."""

    AREA = "queue"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "Approve", id="plan.approve", show=False),
        Binding("r", "reject", "Reject", id="plan.reject", show=False),
        Binding("m", "modify", "Modify", id="plan.modify", show=False),
        Binding("d", "rehearse", "Rehearse", id="plan.rehearse", show=False),
        Binding("D", "difference", "Difference", id="review.difference", show=False),
        Binding("n", "danger(1)", "Next dangerous", id="review.next_danger", show=False),
        Binding("N", "danger(-1)", "Previous dangerous", id="review.previous_danger", show=False),
        Binding("R", "reload", "Load anew", id="app.reload", show=False),
        Binding("space", "scroll_details(1)", "Details down", id="review.details_down", show=False),
        Binding("b", "scroll_details(-1)", "Details up", id="review.details_up", show=False),
        Binding("x", "fold", "Fold long values", id="review.fold", show=False),
        Binding("z", "zoom", "Zoom", id="review.zoom", show=False),
        Binding("tab", "pane(1)", "Next pane", id="review.next_pane", show=False),
        Binding("shift+tab", "pane(-1)", "Previous pane", id="review.previous_pane", show=False),
        Binding("slash", "search", "Search", id="review.search", show=False),
        Binding("ctrl+n", "hit(1)", "Next hit", id="review.next_hit", show=False),
        Binding("ctrl+p", "hit(-1)", "Previous hit", id="review.previous_hit", show=False),
        Binding("escape", "leave", "Leave", id="review.leave", show=False),
    ]

    def __init__(self, entry_id: UUID, then: str = "", said: str = "") -> None:
        super().__init__()
        self.entry_id = entry_id
        self._then, self._said = then, said
        self._review: Review | None = None
        self._error: str | None = None
        self._rehearsal = NOT_REHEARSED
        self._progress: Progress | None = None
        """Of the rehearsal that was asked for last."""
        self._started: UUID | None = None
        self._most_rows: int | None = None
        self._looking = Looking(self, self.bring_up_to_date)
        self._background = NO_BACKGROUND
        self._search = Search(self, self._words, self.bring_up_to_date)
        self._once = Once()

    @property
    def opening(self) -> bool:
        """The approval or the editor comes when the review has been read."""
        return bool(self._then) and self._error is None

    @property
    def unseen(self) -> list[UUID]:
        """Dangerous commands that have to be seen before it is approved, and were not yet."""
        return self._looking.unseen

    def compose_body(self) -> ComposeResult:
        """The commands, the one under the cursor, and what the decision hangs on."""
        yield OneLine(id="banner")
        yield OneLine(id="counts")
        with Horizontal(id="panes"):
            yield LineList(id="commands", ascii_only=self.ascii)
            yield LinePane(id="details")
            yield LinePane(id="facts")
        yield OneLine(id="hits")
        yield Field(id="search", placeholder="words of a command, an argument, a parameter", compact=True)

    def on_mount(self) -> None:
        """Paint, then ask for the review."""
        self.query_one("#search").display = False
        self.query_one("#hits").display = False
        self.query_one("#commands").focus()
        _ = self.start_work(self._load(), "Cannot review this plan")

    def present(self) -> None:
        """Commands, details, and whether a decision would still count."""
        banner = self.query_one("#banner", OneLine)
        lost, late = self._changed(), self.cockpit.late
        found = availability.known_by_now(self._review, self._asked_meanwhile())
        banner.display = lost is not None or late is not None or found is not None
        if lost is not None:
            banner.show(line(Span(f" {lost} ", "danger"), *self._ways_on()))
        elif late is not None:
            banner.show(late_line(late, self.clock_now(), self.size.width))
        elif found is not None:
            banner.show(line(Span(f" {found}", "caution"), Span("  R", "key"), Span(" loads it")))
        self.set_class(self.size.width >= WIDEST, "-widest")
        self.set_class(self.size.width >= WIDEST or (self.tall and not self.wide), FACTS)
        if self._review is None:
            self._present_waiting()
            return
        lines = self.query_one("#commands", LineList)
        # Above one another, on a short screen, the details are what has to be read.
        most = self.size.height // MOST_OF_A_TALL_ONE if self.tall else MOST_COMMANDS
        rows = None if self.wide else max(LEAST_COMMANDS, min(most, self.size.height - ROWS_TO_READ))
        if rows != self._most_rows:
            self._most_rows = lines.styles.max_height = rows
        review, width = self._review, max(20, lines.size.width - 2)
        rehearsal, seen = self._so_far(), self._looking.seen
        seen_by = (review, rehearsal.result, width)
        [outline] = self._once("outline", seen_by, lambda: (Outline(review, rehearsal, width, self.ascii),))
        shown = self._once("rows", (outline, seen), lambda: outline.rows(frozenset(self._looking.unseen)))
        lines.show(shown)
        left, cells = queue_columns.until(self._expiry(), self.clock_now()), self.size.width
        self._present_details(review)
        to_go, dangers = len(self._looking.to_go), self._looking.required
        counted_by = (review, seen, len(dangers), to_go, left, self._looking.folded, cells)
        [counted] = self._once(
            "counts", counted_by, lambda: (counts(review, seen, dangers, to_go, left, self._looking.folded, cells),)
        )
        self.query_one("#counts", OneLine).show(counted)
        self._present_facts(review)
        self._present_hits()

    def key_hints(self) -> Sequence[KeyHint]:
        """The decision first; of a plan that moved on, only what is left to do."""
        if self._changed() is not None:
            return self._hints_after_change()
        why_not = self._cannot_approve()
        undecidable = self._undecidable()
        dangers, unseen = self._looking.dangers, len(self._looking.unseen)
        known = f"danger {len(dangers)}" if self._review is not None else "danger"
        danger = f"{unseen} not seen" if unseen else known
        return (
            KeyHint("a", "approve", why_not),
            KeyHint("r", "reject", undecidable),
            KeyHint("m", "modify", undecidable),
            KeyHint("d", "rehearse", self._cannot_rehearse()),
            KeyHint("n/N", danger, None if dangers else self._no_danger()),
            KeyHint("space", "read on"),
            KeyHint("/", "search"),
            KeyHint("q", "back"),
            KeyHint("D", "difference", self._cannot_compare()),
            KeyHint("tab", "pane"),
            KeyHint("z", "zoom"),
            KeyHint("x", "unfold" if self._looking.folded else "fold"),
        )

    def trail(self) -> str:
        """Which plan."""
        entry = self._entry()
        if entry is None:
            return ""
        title = entry.plan.description if entry.plan else ""
        return f"#{entry.number} r{entry.revision} {title}"

    def identities(self) -> tuple[ProfileIdentity, ...]:
        """The accounts that this plan reaches."""
        if self._review is not None:
            return self._review.identities
        entry = self._entry()
        return self.cockpit.identities_of(entry.plan if entry else None)

    def _asked_meanwhile(self) -> Sequence[ProfileIdentity]:
        """Accounts that were not known when the review was made are asked for now and then."""
        review = self._review
        if review is None or all(one.account for one in review.identities):
            return ()
        return self.cockpit.identities_of(review.plan)

    def yanks(self) -> Sequence[Yank]:
        """Of the command that is shown, or of the plan."""
        if self._review is None:
            return ()
        found = self.query_one("#commands", LineList).cursor_id
        shown = self.query_one("#details", LinePane).lines
        return plan_offers.of_review(self._review, found if isinstance(found, UUID) else None, shown)

    async def reading(self) -> Reading | None:
        """The whole review: the plan, who waits for whom, and every command."""
        review = self._review
        if review is None:
            return None
        parts = everything(review, self._rehearsal, self.clock_now(), READING_WIDTH, self._background)
        number = review.entry.number if review.entry else "plan"
        return Reading(f"review-{number}.txt", "\n".join(plain(one).rstrip() for one in parts) + "\n")

    def on_input_changed(self, event: Input.Changed) -> None:
        """The first hit from where the search began, while one types."""
        self._search.type(event.value)
        self.bring_up_to_date()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the text; `ctrl+n` and `ctrl+p` go on."""
        self._leave_field()

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """Another command, other details."""
        self.bring_up_to_date()

    def on_line_pane_scrolled(self) -> None:
        """The end of a dangerous command may be on screen now."""
        self._looking.look()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Into the details, to scroll them."""
        self.query_one("#details").focus()

    def action_back(self) -> None:
        """Out of a zoomed pane; from the details to the commands, from there to the queue."""
        if self.has_class(panes.ALONE):
            self.action_zoom()
        elif self.focused is self.query_one("#details"):
            self.query_one("#commands").focus()
        else:
            super().action_back()

    def action_leave(self) -> None:
        """End the search; without one, back."""
        if self._search.wanted or self.query_one("#search").display:
            self.query_one("#search", Input).value = ""
            self._search.wanted = ""
            self._leave_field()
        else:
            self.action_back()

    def action_search(self) -> None:
        """Type what to look for."""
        if self._review is None:
            self.refuse(NOT_LOADED, self._not_loaded)
            return
        self._search.begin()
        field = self.query_one("#search", Field)
        field.display = True
        field.action_end()
        field.focus()
        self.bring_up_to_date()

    def action_hit(self, by: int) -> None:
        """The next place that holds what is searched for, or the one before; past the end, from the beginning."""
        if not self._search.wanted:
            self.refuse("Nothing is searched for: / begins")
        elif not self._search.go(by):
            self.refuse(f"`{safe_line(self._search.wanted)}` is nowhere in this plan")
        self.bring_up_to_date()

    def action_fold(self) -> None:
        """Long values in a few rows, or whole."""
        self._looking.folded = not self._looking.folded
        self.bring_up_to_date()

    def action_zoom(self) -> None:
        """The pane with the focus alone, and back."""
        panes.zoom(self)
        self.call_after_refresh(self.bring_up_to_date)

    def action_pane(self, by: int) -> None:
        """The next pane, or the one before; zoomed, that one alone."""
        panes.turn(self, by)
        self.call_after_refresh(self.bring_up_to_date)

    def action_scroll_details(self, by: int) -> None:
        """Read on without leaving the list."""
        pane = self.query_one("#details", LinePane)
        if by > 0:
            pane.scroll_page_down(animate=False)
        else:
            pane.scroll_page_up(animate=False)

    def action_danger(self, by: int) -> None:
        """Read on in a dangerous command that was not seen to its end; else to the next, or previous, one, those first
        that were not seen."""
        dangers = self._looking.dangers
        if not dangers:
            self.refuse(self._no_danger(), self._not_loaded if self._review is None else None)
            return
        lines, unseen = self.query_one("#commands", LineList), self._looking.unseen
        if by > 0 and lines.cursor_id in unseen and not self.query_one("#details", LinePane).end_in_view:
            self.action_scroll_details(1)
            return
        order = [row.id for row in lines.rows]
        places = [order.index(each) for each in (unseen or dangers)]
        ahead = [place for place in places if (place - lines.cursor_index) * by > 0]
        target = (min(ahead) if by > 0 else max(ahead)) if ahead else (places[0] if by > 0 else places[-1])
        self._to_unseen(order[target])

    def _no_danger(self) -> str:
        """Why there is nothing to walk through; a plan that is still being read is never called harmless."""
        return self._not_loaded() or "No command of this plan is dangerous"

    def _not_loaded(self) -> str | None:
        return NOT_LOADED if self._review is None else None

    def _to_unseen(self, command_id: Hashable) -> None:
        """To that command; where it is shown already, to the first line of it that was not seen."""
        lines = self.query_one("#commands", LineList)
        if lines.cursor_id != command_id:
            lines.move_to(command_id)
        elif missing := self._looking.to_go:
            self.query_one("#details", LinePane).scroll_to(y=max(0, missing[0] - 1), animate=False, immediate=True)

    def action_difference(self) -> None:
        """What the last revision changed; where the plan has just changed again, from what is shown to what is so."""
        why_not, shown = self._cannot_compare(), self._review.entry if self._review else None
        if why_not is not None or shown is None:
            self.refuse(why_not or NOT_LOADED, None if why_not else self._not_loaded)
            return
        now = self._entry()
        if now is not None and now.revision != shown.revision:
            self.cockpit.navigate(OpenDifference(shown, now))
        else:
            _ = self.start_work(self._compare(shown), "Cannot show the difference")

    def action_reload(self) -> None:
        """What is so now."""
        self.cockpit.ask_accounts_again()
        _ = self.start_work(self._load(), "Cannot review this plan")

    def action_rehearse(self) -> None:
        """Ask AWS what it would say."""
        why_not = self._cannot_rehearse()
        if why_not is not None:
            self.refuse(why_not)
        elif self._review is not None:
            self.cockpit.ask_accounts_again()
            _ = self.start_work(self._rehearse(), "Cannot rehearse")

    def action_approve(self) -> None:
        """Open the modal; it alone approves."""
        if self._review is None and self._error is None:
            self._then = "approve"  # pressed right behind what opened the review; it comes when that is read
            return
        why_not = self._cannot_approve()
        if why_not is not None or self._review is None:
            reads_on = self._looking.unseen and self._cannot_approve(unseen=()) is None
            all_seen = f"All of it was seen; {self.cockpit.key_of('plan.approve')} approves" if reads_on else ""
            self.refuse(why_not or NOT_LOADED, self._cannot_approve, all_seen)
            if reads_on:
                self._to_unseen(self._looking.unseen[0])
            return
        self.cockpit.navigate(
            AskApproval(
                self._review,
                self._submit,
                self._after_approval,
                hindered=lambda: hindrance(self._so_far()),
                refused=lambda: refusal(self._rehearsal),
                rehearsed=lambda: briefly(self._rehearsal),
            )
        )

    def action_reject(self) -> None:
        """Ask for the reason."""
        entry, why_not = self._entry(), self._undecidable()
        if why_not is not None or entry is None:
            self.refuse(why_not or "The entry is gone")
            return
        self.cockpit.navigate(AskReason((entry,), self._after_reason))

    def action_modify(self) -> None:
        """Open the plan in the editor."""
        entry, why_not = self._entry(), self._undecidable()
        if why_not is not None or entry is None:
            self.refuse(why_not or "The entry is gone")
            return
        self.modify(entry)

    async def _load(self) -> None:
        self._error = None
        before = self._review
        try:
            self._review = await self.session.review(self.entry_id)
        except Exception as error:
            self._error, self._then = spoken(error), ""
            self.bring_up_to_date()
            raise
        self.cockpit.learn(self._review.identities)
        if self._review.entry is not None:
            self.bridge.keep(self._review.entry)
        self._looking.begin(self._review, anew=before is None or before.digest != self._review.digest)
        self._search.forget()
        self._rehearsal, self._progress = NOT_REHEARSED, None
        self.bring_up_to_date()
        _ = self.start_work(self._remember(self._review), "Cannot read what came before this plan")
        if self._said:
            self.flash(self._said)
        then, self._then, self._said = self._then, "", ""
        if self.cockpit.rehearse_first and self._undecidable() is None and self._cannot_rehearse() is None:
            _ = self.start_work(self._rehearse(), "Cannot rehearse")
        match then:
            case "approve":
                self.action_approve()
            case "modify":
                self.action_modify()

    async def _remember(self, review: Review) -> None:
        """Earlier revisions, and what became of plans like this one; nobody waits for it."""
        revisions = tuple(await self.session.revisions(self.entry_id))
        self._background = Background(revisions, self._background.pasts)
        wanted = ExecutionFilter(limit=similar.LOOKED_THROUGH)
        records = await self.session.records(wanted, similar.question(review.plan))
        own = review.entry.execution_id if review.entry is not None else None
        self._background = Background(revisions, similar.alike(review.plan, records, own))
        self.bring_up_to_date()

    async def _rehearse(self) -> None:
        begun = self._progress = Progress(self.bridge.mark_dirty)
        commands = len(self._review.commands) if self._review is not None else 0
        self._rehearsal = Rehearsal(under_way=True, commands=commands)
        self.bring_up_to_date()
        try:
            self._rehearsed(begun, Rehearsal(result=await self.session.rehearse(self.entry_id, begun)))
        except Exception as error:
            self._rehearsed(begun, Rehearsal(error=spoken(error)))
            raise

    def _so_far(self) -> Rehearsal:
        """What is known of the rehearsal now."""
        done = self._progress.done if self._progress is not None else 0
        if self._rehearsal.under_way and done != self._rehearsal.done:
            self._rehearsal = replace(self._rehearsal, done=done)
        return self._rehearsal

    def _rehearsed(self, begun: Progress, told: Rehearsal) -> None:
        """What an answer says counts for the review that asked: what was loaded since may be another plan."""
        if self._progress is begun:
            self._rehearsal = told
            self._looking.reopen([one for one in news(told) if not self._was_read(one)])
        self.bring_up_to_date()

    def _was_read(self, command_id: UUID) -> bool:
        """All of it as it is told now: the rehearsal said the same when it was here before."""
        review = self._review
        if review is None or command_id not in self._looking.seen:
            return False
        lines = command(review, command_id, self._rehearsal, self._details_width(), self.ascii)
        return self._looking.was_read(command_id, lines)

    async def _submit(self, decision: Approved) -> None:
        self._started = await self.session.approve(
            self.entry_id,
            digest=decision.digest,
            confirmation=decision.confirmation,
            reason=decision.reason,
            override=decision.override,
            acknowledged=decision.acknowledged,
        )

    def _after_approval(self, decision: Approved | None) -> None:
        if decision is not None and self._started is not None:
            self.cockpit.navigate(GoBack())
            self.cockpit.navigate(OpenExecution(self._started))

    def _after_reason(self, reason: str | None) -> None:
        if reason is not None:
            work = self.start_work(self._reject(reason), "Cannot reject this plan")
            self.flash("rejecting this plan ...", while_true=lambda: not work.done(), fades=False)

    async def _reject(self, reason: str) -> None:
        self.bridge.keep(await self.session.reject(self.entry_id, reason=reason))
        self.cockpit.navigate(GoBack())

    def _entry(self) -> QueueEntry | None:
        return self.bridge.entries.get(self.entry_id)

    async def _compare(self, after: QueueEntry) -> None:
        earlier = await self.session.revisions(self.entry_id)
        before = next((one for one in reversed(earlier) if one.revision < after.revision), None)
        if before is None:
            self.refuse("The revision before this one was not kept")
            return
        was = {"revision": before.revision, "plan": before.plan, "risk_level": before.risk_level}
        self.cockpit.navigate(OpenDifference(after.model_copy(update=was), after))

    def _changed(self) -> str | None:
        """Why what is shown does not count any more."""
        shown = self._review.entry if self._review else None
        return availability.changed_since(shown, self._entry(), self.clock_now()) if shown is not None else None

    def _decided(self) -> bool:
        entry = self._entry()
        return entry is None or entry.state is not QueueState.REVIEW

    def _undecidable(self) -> str | None:
        now, read_only = self.clock_now(), self.cockpit.read_only
        return self._changed() or availability.decide(
            self._entry(), now, read_only=read_only, late=self.cockpit.late
        )

    def _cannot_approve(self, unseen: Sequence[UUID] | None = None) -> str | None:
        if self._review is None:
            return NOT_LOADED
        missing = self.unseen if unseen is None else unseen
        return self._changed() or availability.approve(
            self._entry(),
            self._review,
            self.clock_now(),
            read_only=self.cockpit.read_only,
            unseen=[self._looking.numbers[one] for one in missing],
            dangers=len(self._looking.dangers),
            late=self.cockpit.late,
        )

    def _cannot_rehearse(self) -> str | None:
        return availability.rehearse(self._entry(), self.clock_now(), under_way=self._rehearsal.under_way)

    def _cannot_compare(self) -> str | None:
        entry = self._entry()
        return None if entry is not None and entry.revision > 1 else "This is its first revision"

    def on_screen_suspend(self) -> None:
        """Something stands over it."""
        self._looking.look_away()

    def _present_waiting(self) -> None:
        pane = self.query_one("#details", LinePane)
        said = Span(f"Cannot review: {self._error}", "failed") if self._error else Span("loading ...", "quiet")
        pane.show((line(" ", replace(said, text=safe_line(said.text))),))

    def _present_details(self, review: Review) -> None:
        pane, found = self.query_one("#details", LinePane), self.query_one("#commands", LineList).cursor_id
        width = self._details_width()
        # Ages of the summary are told by the minute.
        minute = self.clock_now().replace(second=0, microsecond=0)
        chosen = (found, self._looking.folded, self._search.wanted)
        seen_by = (review, *chosen, self._rehearsal, width, minute, self._background)
        lines = self._once("details", seen_by, lambda: self._details(review, found, width))
        self._looking.turn_to(found)
        pane.show(lines, from_top=found != self._looking.subject)
        self._looking.subject = found
        self.call_after_refresh(self._looking.look)

    def _details_width(self) -> int:
        return max(40, self.query_one("#details", LinePane).size.width - 3)

    def _details(self, review: Review, found: Hashable, width: int) -> tuple[Line, ...]:
        if isinstance(found, UUID):
            most = FOLDED_TO if self._looking.folded else None
            lines = command(review, found, self._rehearsal, width, self.ascii, most)
        elif found == GRAPH:
            lines = plan_graph.drawn(review.commands, width, self.ascii)
        else:
            lines = summary(review, self._rehearsal, self.clock_now(), width, self.ascii, self._background)
        marked = with_hits(lines, self._search.wanted) if self._search.wanted else lines
        return tuple((Span(" "), *each) for each in marked)

    def _present_facts(self, review: Review) -> None:
        pane = self.query_one("#facts", LinePane)
        if not self.has_class(FACTS):
            return
        width, now, why_not = max(24, pane.size.width - 3), self.clock_now(), self._cannot_approve()
        minute = now.replace(second=0, microsecond=0)
        told, background = self._rehearsal, self._background
        seen_by = (review, told, why_not, minute, width, background)
        lines = self._once("facts", seen_by, lambda: facts(review, told, why_not, now, width, background))
        pane.show(self._once("facts shown", (lines,), lambda: tuple((Span(" "), *each) for each in lines)))

    def _present_hits(self) -> None:
        told, typing = self.query_one("#hits", OneLine), self.query_one("#search").display
        told.display = typing or bool(self._search.wanted)
        rows = self._search.rows()
        told.show(search_line(self._search.wanted, len(rows), self.size.width))

    def _words(self) -> dict[Hashable, str]:
        """What can be looked for, by row."""
        review = self._review
        if review is None:
            return {}
        whole = summary(review, self._rehearsal, self.clock_now(), READING_WIDTH, self.ascii)
        found: dict[Hashable, str] = {each.command.id: words_of(each) for each in review.commands}
        return {**found, SUMMARY: "\n".join(plain(one) for one in whole).casefold()}

    def _leave_field(self) -> None:
        self.query_one("#search").display = False
        self.query_one("#commands").focus()
        self.bring_up_to_date()

    def _expiry(self) -> datetime | None:
        entry = self._entry()
        longest = self.cockpit.settings.approval.review_expires
        return queue_columns.expiry(entry, longest) if entry is not None else None

    def _ways_on(self) -> tuple[Span, ...]:
        """The keys beside the banner of a plan that moved on."""
        if not self._decided():
            return _CHANGED_KEYS
        watch = (Span("  2", "key"), Span(" watches it")) if self._watchable() else ()
        return (*watch, Span("  R", "key"), Span(" loads it"))

    def _hints_after_change(self) -> Sequence[KeyHint]:
        compare = () if self._decided() else (KeyHint("D", "what changed"),)
        watch = (KeyHint("2", "watch"),) if self._watchable() else ()
        return (*watch, *compare, KeyHint("R", "load it"), KeyHint("j/k", "read"), KeyHint("q", "back"))

    def _watchable(self) -> bool:
        entry = self._entry()
        return entry is not None and entry.state in (QueueState.RUNNING, QueueState.QUEUED)
