"""The review: each command of a plan as it would run, and the decision about the whole."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from cloudops_tui.model.queue import Problem, QueueEntry, QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.model.target import ProfileIdentity
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import availability
from cloudops_tui.presentation import plan_review as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import BLANK, Span, line
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.editor import EditorError
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.navigation import (
    Approved,
    AskApproval,
    AskReason,
    AskWhatToDo,
    GoBack,
    OpenDifference,
    OpenExecution,
    OpenPlan,
)
from cloudops_tui.tui.session import ApprovalRefused, InvalidPlan
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

LEAST_COMMANDS, MOST_COMMANDS = 3, 9  # rows of the list above the details
ROWS_TO_READ = 12  # rows of the screen that are not the list's
_CHANGED_KEYS = line(Span("  D", "key"), " shows what,", Span(" R", "key"), " loads it")


class ReviewScreen(FrameScreen):
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
    ]

    def __init__(self, entry_id: UUID, then: str = "") -> None:
        super().__init__()
        self._entry_id = entry_id
        self._then = then
        self._review: Review | None = None
        self._error: str | None = None
        self._rehearsal = view.NOT_REHEARSED
        self._started: UUID | None = None
        self._most_rows: int | None = None
        self._reading: Hashable = None
        """Whose details are shown."""
        self._read: frozenset[UUID] = frozenset()
        """Dangerous commands of this very review that were on screen to their end."""

    @property
    def opening(self) -> bool:
        """The approval or the editor comes when the review has been read."""
        return bool(self._then) and self._error is None

    def compose_body(self) -> ComposeResult:
        """The commands, and the one under the cursor."""
        yield OneLine(id="banner")
        with Horizontal(id="panes"):
            yield LineList(id="commands", ascii_only=self.ascii)
            yield LinePane(id="details")

    def on_mount(self) -> None:
        """Paint, then ask for the review."""
        self.query_one("#commands").focus()
        _ = self.start_work(self._load(), "Cannot review this plan")

    def present(self) -> None:
        """Commands, details, and whether a decision would still count."""
        banner = self.query_one("#banner", OneLine)
        lost = self._changed()
        banner.display = lost is not None
        keys = (Span("  R", "key"), " loads it") if self._decided() else _CHANGED_KEYS
        banner.show(line(Span(f" {lost} ", "danger"), *keys) if lost else BLANK)
        if self._review is None:
            self._present_waiting()
            return
        lines = self.query_one("#commands", LineList)
        # Above one another, on a short screen, the details are what has to be read.
        rows = None if self.wide else max(LEAST_COMMANDS, min(MOST_COMMANDS, self.size.height - ROWS_TO_READ))
        if rows != self._most_rows:
            self._most_rows = lines.styles.max_height = rows
        width = max(20, lines.size.width - 2)
        lines.show(view.outline(self._review, self._rehearsal, width, self.ascii, self._unread()))
        self._present_details(self._review)

    def key_hints(self) -> Sequence[KeyHint]:
        """The decision first."""
        why_not = self._cannot_approve()
        undecidable = self._undecidable()
        dangers = view.dangerous(self._review) if self._review else []
        unread = len(self._unread())
        danger = f"{unread} unread" if unread else f"danger {len(dangers)}"
        return (
            KeyHint("a", "approve", why_not),
            KeyHint("r", "reject", undecidable),
            KeyHint("m", "modify", undecidable),
            KeyHint("d", "rehearse", self._cannot_rehearse()),
            KeyHint("n/N", danger, None if dangers else "No command is dangerous"),
            KeyHint("space", "read on"),
            KeyHint("D", "difference", self._cannot_compare()),
            KeyHint("tab", "pane"),
            KeyHint("q", "back"),
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

    def on_line_list_highlighted(self, event: LineList.Highlighted) -> None:
        """Another command, other details."""
        self.bring_up_to_date()

    def on_line_pane_scrolled(self) -> None:
        """The end of a dangerous command may be on screen now."""
        self._look()

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """Into the details, to scroll them."""
        self.query_one("#details").focus()

    def action_back(self) -> None:
        """From the details to the commands, from there to the queue."""
        if self.query_one("#details").has_focus:
            self.query_one("#commands").focus()
        else:
            super().action_back()

    def action_scroll_details(self, by: int) -> None:
        """Read on without leaving the list."""
        pane = self.query_one("#details", LinePane)
        if by > 0:
            pane.scroll_page_down(animate=False)
        else:
            pane.scroll_page_up(animate=False)

    def action_danger(self, by: int) -> None:
        """Read on in a dangerous command that was not on screen to its end; else to the next, or previous, one, those
        first that were not read."""
        dangers = view.dangerous(self._review) if self._review else []
        if not dangers or self._review is None:
            self.refuse("No command of this plan is dangerous")
            return
        lines, unread = self.query_one("#commands", LineList), self._unread()
        if by > 0 and lines.cursor_id in unread and not self.query_one("#details", LinePane).end_in_view:
            self.action_scroll_details(1)
            return
        order = [row.id for row in lines.rows]
        places = [order.index(each) for each in (unread or dangers)]
        ahead = [place for place in places if (place - lines.cursor_index) * by > 0]
        target = (min(ahead) if by > 0 else max(ahead)) if ahead else (places[0] if by > 0 else places[-1])
        lines.move_to(order[target])

    def action_difference(self) -> None:
        """What the last revision changed; where the plan has just changed again, from what is shown to what is so."""
        why_not, shown = self._cannot_compare(), self._review.entry if self._review else None
        if why_not is not None or shown is None:
            self.refuse(why_not or "The review is not loaded yet")
            return
        now = self._entry()
        if now is not None and now.revision != shown.revision:
            self.cockpit.navigate(OpenDifference(shown, now))
        else:
            _ = self.start_work(self._compare(shown), "Cannot show the difference")

    def action_reload(self) -> None:
        """What is so now."""
        _ = self.start_work(self._load(), "Cannot review this plan")

    def action_rehearse(self) -> None:
        """Ask AWS what it would say."""
        why_not = self._cannot_rehearse()
        if why_not is not None:
            self.refuse(why_not)
        elif self._review is not None:
            _ = self.start_work(self._rehearse(), "Cannot rehearse")

    def action_approve(self) -> None:
        """Open the modal; it alone approves."""
        why_not = self._cannot_approve()
        if why_not is not None or self._review is None:
            self.refuse(why_not or "The review is not loaded yet")
            return
        self.cockpit.navigate(
            AskApproval(
                self._review,
                self._submit,
                self._after_approval,
                hindered=lambda: view.hindrance(self._rehearsal),
                refused=lambda: view.refusal(self._rehearsal),
            )
        )

    def action_reject(self) -> None:
        """Ask for the reason."""
        entry, why_not = self._entry(), self._undecidable()
        if why_not is not None or entry is None:
            self.refuse(why_not or "The entry is gone")
            return
        self.cockpit.navigate(AskReason(entry, self._after_reason))

    def action_modify(self) -> None:
        """Open the plan in the editor."""
        entry, why_not = self._entry(), self._undecidable()
        if why_not is not None or entry is None:
            self.refuse(why_not or "The entry is gone")
            return
        _ = self.start_work(self._modify(entry), "Cannot modify this plan")

    async def _load(self) -> None:
        self._error = None
        before = self._review
        try:
            self._review = await self.session.review(self._entry_id)
        except Exception as error:
            self._error = spoken(error)
            self.bring_up_to_date()
            raise
        if self._review.entry is not None:
            self.bridge.keep(self._review.entry)
        if before is None or before.digest != self._review.digest:
            self._read, self._reading = frozenset(), None
        self._rehearsal = view.NOT_REHEARSED
        self.bring_up_to_date()
        then, self._then = self._then, ""
        if self.cockpit.rehearse_first and self._undecidable() is None:
            self.action_rehearse()
        match then:
            case "approve":
                self.action_approve()
            case "modify":
                self.action_modify()

    async def _rehearse(self) -> None:
        self._rehearsal = view.Rehearsal(under_way=True)
        self.bring_up_to_date()
        try:
            self._rehearsal = view.Rehearsal(result=await self.session.rehearse(self._entry_id))
        except Exception as error:
            self._rehearsal = view.Rehearsal(error=spoken(error))
            raise
        finally:
            self.bring_up_to_date()

    async def _submit(self, decision: Approved) -> None:
        self._started = await self.session.approve(
            self._entry_id,
            digest=decision.digest,
            confirmation=decision.confirmation,
            reason=decision.reason,
            override=decision.override,
        )

    def _after_approval(self, decision: Approved | None) -> None:
        if decision is not None and self._started is not None:
            self.cockpit.navigate(GoBack())
            self.cockpit.navigate(OpenExecution(self._started))

    def _after_reason(self, reason: str | None) -> None:
        if reason is not None:
            _ = self.start_work(self._reject(reason), "Cannot reject this plan")

    async def _reject(self, reason: str) -> None:
        self.bridge.keep(await self.session.reject(self._entry_id, reason=reason))
        self.cockpit.navigate(GoBack())

    async def _modify(self, entry: QueueEntry, text: str | None = None) -> None:
        before = await self.session.plan_text(self._entry_id) if text is None else text
        try:
            edited = await self.cockpit.edit(before)
        except EditorError as error:
            self.flash(spoken(error), "error")
            if text is not None:  # what was written once is lost by no editor that fails
                again = Problem(path="", message=spoken(error), remedy="Edit again, or discard what was written")
                self.cockpit.navigate(AskWhatToDo((again,), lambda again: self._after_problems(entry, text, again)))
            return
        if edited == before and text is None:
            self.flash("Nothing was changed")
            return
        try:
            after = await self.session.modify(self._entry_id, edited)
        except (InvalidPlan, ApprovalRefused) as refused:
            problems = _problems(refused)
            self.cockpit.navigate(AskWhatToDo(problems, lambda again: self._after_problems(entry, edited, again)))
            return
        self.bridge.keep(after)
        # Modification and approval are two decisions: the new revision's review opens fresh, behind the difference.
        self.cockpit.navigate(GoBack())
        self.cockpit.navigate(OpenPlan(after.id))
        self.cockpit.navigate(OpenDifference(entry, after))

    def _after_problems(self, entry: QueueEntry, text: str, again: bool | None) -> None:
        if again:
            _ = self.start_work(self._modify(entry, text), "Cannot modify this plan")
        else:
            self.flash("The modification was discarded; the plan is as it was")

    def _entry(self) -> QueueEntry | None:
        return self.bridge.entries.get(self._entry_id)

    async def _compare(self, after: QueueEntry) -> None:
        earlier = await self.session.revisions(self._entry_id)
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
        return self._changed() or availability.decide(self._entry(), now, read_only=read_only)

    def _cannot_approve(self) -> str | None:
        if self._review is None:
            return "The review is not loaded yet"
        now, read_only = self.clock_now(), self.cockpit.read_only
        return self._changed() or availability.approve(
            self._entry(), self._review, now, read_only=read_only, unread=self._unread()
        )

    def _cannot_rehearse(self) -> str | None:
        return availability.rehearse(self._entry(), self.clock_now(), under_way=self._rehearsal.under_way)

    def _cannot_compare(self) -> str | None:
        entry = self._entry()
        return None if entry is not None and entry.revision > 1 else "This is its first revision"

    def _unread(self) -> list[UUID]:
        return view.unread(self._review, self._read) if self._review is not None else []

    def _look(self) -> None:
        """Whether the details that are shown were on screen to their end."""
        reading = self._reading
        if not self.there or self.cockpit.too_small or not isinstance(reading, UUID) or reading in self._read:
            return
        if self.query_one("#details", LinePane).end_in_view:
            self._read |= {reading}
            if self._review is not None and reading in view.dangerous(self._review):
                self.bring_up_to_date()

    def _present_waiting(self) -> None:
        pane = self.query_one("#details", LinePane)
        said = Span(f"Cannot review: {self._error}", "failed") if self._error else Span("loading ...", "quiet")
        pane.show((line(" ", replace(said, text=safe_line(said.text))),))

    def _present_details(self, review: Review) -> None:
        pane, found = self.query_one("#details", LinePane), self.query_one("#commands", LineList).cursor_id
        width = max(40, pane.size.width - 3)
        if isinstance(found, UUID):
            lines = view.command(review, found, self._rehearsal, width, self.ascii)
        else:
            lines = view.summary(review, self._rehearsal, self.clock_now(), width, self.ascii)
        pane.show(tuple((Span(" "), *each) for each in lines), from_top=found != self._reading)
        self._reading = found
        self.call_after_refresh(self._look)


def _problems(refused: InvalidPlan | ApprovalRefused) -> tuple[Problem, ...]:
    """What is wrong with a modification; also where it is its moment, so that what was written is not lost."""
    if isinstance(refused, InvalidPlan):
        return refused.problems
    return (Problem(path="", message=refused.reason, remedy="Edit again to save the text elsewhere, or discard it"),)
