"""The approval modal, one for every level: `ctrl+y` approves, Enter never does."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Static

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation import availability
from cloudops_tui.presentation.approval import Arming, Locked, Phase, Ready, Submitting
from cloudops_tui.presentation.lines import wrap
from cloudops_tui.tui import theme
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.navigation import Approved, AskApproval
from cloudops_tui.tui.widgets.field import TypedField
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

ROOMY = 30  # rows from which there is room for gaps
AT_ONCE = 0.001  # seconds; a timer of no length at all divides by zero in Textual


class ApproveModal(Modal[Approved]):
    """Asks once more, bound to the digest that it shows; locks itself when a decision would not count any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "approve", "Approve", id="approval.approve", show=False, priority=True),
    ]

    def __init__(self, asked: AskApproval) -> None:
        super().__init__()
        self._asked = asked
        self._review = asked.review
        self._phase: Phase = Arming()
        self._arming: Timer | None = None
        self._written_for = 0
        self._seen = False
        """The end of what is approved was on screen."""

    @property
    def phase(self) -> Phase:
        """Where the modal stands."""
        return self._phase

    def compose(self) -> ComposeResult:
        """What is approved; what is to be typed; what is missing; the way out and the way on."""
        with Vertical(id="box"):
            yield LinePane(id="approval")
            if self._review.confirmation.needed:
                yield Label(Content(safe_line(self._review.confirmation.prompt)), id="prompt")
                yield TypedField(id="confirmation", compact=True)
                yield Label("Reason, if there is one to remember", id="reason-prompt")
                yield TypedField(id="reason", compact=True)
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield OneLine(id="approve-key")

    def on_mount(self) -> None:
        """Focus on the confirmation, or else on Cancel; nothing counts until the keyboard was still for a moment."""
        box = self.query_one("#box")
        self.query_one("#approval").can_focus = False
        box.border_title = Content(view.title(self._review, self._asked.called))
        self.query_one("#confirmation" if self._review.confirmation.needed else "#cancel").focus()
        self._arming = self.set_timer(max(self.cockpit.arm_delay, AT_ONCE), self.arm)
        self.present()

    def present(self) -> None:
        """Lock when the plan moved on; say what is missing."""
        self._lock_if_changed()
        roomy = self.app.size.height >= ROOMY
        self.set_class(not roomy, "-short")
        pane, width = self.query_one("#approval", LinePane), self._width()
        if width != self._written_for:  # the review itself never changes
            pane.show(view.body(self._review, width - 1))
            self._written_for = width
        fields = len(wrap(safe_line(self._review.confirmation.prompt), width)) + 3 + roomy
        self.make_room(pane, 3 + 2 * roomy + (fields if self._review.confirmation.needed else 0))
        self.call_after_refresh(self._look)

    def arm(self) -> None:
        """From now on a decision counts."""
        if isinstance(self._phase, Arming):
            self._become(Ready())

    def on_key(self, event: events.Key) -> None:
        """Keys that were typed ahead of the modal put its arming off."""
        if isinstance(self._phase, Arming) and self._arming is not None:
            self._arming.reset()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is missing may be there now."""
        self._present_status()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter only says what is missing."""
        self._present_status()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """There is one button, and it cancels."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Decide nothing; not while a decision is on its way."""
        if not isinstance(self._phase, Submitting):
            self.answer(None)

    def action_scroll(self, by: int) -> None:
        """Read on; the end may be on screen now."""
        super().action_scroll(by)
        self._look()

    def action_approve(self) -> None:
        """Hand the decision in, if nothing is missing."""
        self._lock_if_changed()
        if self._missing() is not None:
            self._present_status()
            return
        decision = Approved(self._review.digest, self._typed(), self._value("#reason"))
        self._become(Submitting())
        _ = self.start_work(self._handed_in(decision), "Cannot approve")

    def went_wrong(self, what: str, error: Exception) -> None:
        """Refused: say why, here."""
        super().went_wrong(what, error)
        self._become(Ready(told=spoken(error)))
        self._lock_if_changed()

    async def _handed_in(self, decision: Approved) -> None:
        await self._asked.submit(decision)
        self.answer(decision)

    def _lock_if_changed(self) -> None:
        shown = self._review.entry
        if shown is None or isinstance(self._phase, Submitting | Locked):
            return
        why = availability.changed_since(shown, self.bridge.entries.get(shown.id))
        if why is not None:
            self._become(Locked(why))

    def _become(self, phase: Phase) -> None:
        self._phase = phase
        if not self.there:
            return
        for field in self.query(Input):
            field.disabled = isinstance(phase, Submitting | Locked)
        if isinstance(phase, Locked):
            self.query_one("#cancel").focus()
        self._present_status()

    def _look(self) -> None:
        """Whether the end of what is approved is on screen now, or was."""
        if not self.there:
            return
        pane = self.query_one("#approval", LinePane)
        if pane.size.height and not self.cockpit.too_small:
            self._seen |= pane.scroll_offset.y + pane.size.height >= len(pane.lines)
        self._present_status()

    def _width(self) -> int:
        return max(30, self.query_one("#box").content_size.width)

    def _present_status(self) -> None:
        width = self._width()
        lacking = self._missing()
        self.query_one("#status", Static).update(theme.block(view.status(self._phase, lacking, width)))
        self.query_one("#approve-key", OneLine).show(view.approve_key(lacking))

    def _missing(self) -> str | None:
        return view.missing(self._review, self._phase, self._typed(), self._asked.hindered(), seen=self._seen)

    def _typed(self) -> str:
        return self._value("#confirmation").strip()

    def _value(self, which: str) -> str:
        found = self.query(which)
        return found.first(Input).value if found else ""
