"""The approval modal, one for every level: `ctrl+y` approves, Enter never does."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Button, Input, Static

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import approval as view
from cloudops_tui.presentation import availability, last_look
from cloudops_tui.presentation.approval import Arming, Given, Locked, Phase, Ready, Submitting, Unknown
from cloudops_tui.presentation.lines import plain, wrap
from cloudops_tui.presentation.seeing import Seeing, Sight
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import AT_ONCE, Stillness
from cloudops_tui.tui.at_once import letters_at_once
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.modal import BOX, FRAME, Modal
from cloudops_tui.tui.navigation import Approved, AskApproval
from cloudops_tui.tui.widgets.field import ConfirmField, NotTyped, TypedField
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.way_out import WayOut

ROOMY = 30  # rows from which there is room for gaps
WIDEST = 110  # columns of the box: what is approved is read more easily in few rows, and no row of prose is longer
APPROVED = "approved"  # what the modal reads; there is nothing else in it
SHORTEST_LOOK = 0.05  # seconds between two looks at what was read


class ApproveModal(Modal[Approved]):
    """Asks once more, bound to the digest that it shows; locks itself when a decision would not count any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y", "approve", "Approve", id="approval.approve", show=False, priority=True),
        Binding("ctrl+n", "acknowledge", "Acknowledge", id="approval.acknowledge", show=False, priority=True),
        Binding("R", "check", "Check", id="approval.check", show=False),
    ]

    def __init__(self, asked: AskApproval) -> None:
        super().__init__()
        self._asked = asked
        self._review = asked.review
        self._phase: Phase = Arming()
        self._arming: Stillness | None = None
        self._waiting: Timer | None = None
        """For the answer to the decision that was handed in last."""
        self._written_for = 0
        self._acknowledged = False
        """That nothing undoes some of what destroys."""
        self._pasted = 0
        """Letters that were pasted where they have to be typed; until another key."""
        self._seen = False
        """What is approved was on screen: to its end, and row by row where nothing else shows what is dangerous."""
        self._seeing = Seeing()
        self._again: Timer | None = None
        """Looks again when what is on screen has stood there long enough."""
        self._left = False
        """It was closed while the engine had not answered."""

    @property
    def phase(self) -> Phase:
        """Where the modal stands."""
        return self._phase

    def compose(self) -> ComposeResult:
        """What is approved; what is to be typed; what is missing; the way out and the way on."""
        with Vertical(id="box"):
            yield LinePane(id="approval")
            if self._review.confirmation.needed:
                yield Static(theme.words(self._review.confirmation.prompt), id="prompt")
                yield ConfirmField(id="confirmation", compact=True, select_on_focus=False)
                with Horizontal(classes="field"):
                    yield Static("Reason: ")
                    yield TypedField(self._asked.reason, id="reason", compact=True)
            with Horizontal(id="overriding", classes="field"):
                yield Static(id="refused")
                yield TypedField(id="override", compact=True)
            yield Static(id="acknowledgement")
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield WayOut("Cancel (esc)", id="cancel", compact=True, typed=self._review.confirmation.needed)
                yield OneLine(id="approve-key")

    def on_mount(self) -> None:
        """Focus on Cancel; nothing counts until the keyboard was still for a moment."""
        box = self.query_one("#box")
        self.query_one("#approval").can_focus = False
        box.border_title = theme.words(last_look.title(self._review, self._asked.called))
        self.query_one("#cancel").focus()
        self._seeing = Seeing(self.cockpit.dwell)
        self._arming = Stillness(self, self.cockpit.arm_delay, self.arm)
        self.present()

    def present(self) -> None:
        """Lock when the plan moved on; say what is missing."""
        self._lock_if_changed()
        self.query_one("#box").styles.width = self._box()
        roomy = self.app.size.height >= ROOMY
        self.set_class(not roomy, "-short")
        refused = self._asked.refused()
        self.query_one("#overriding").display = refused is not None
        self.query_one("#refused", Static).update(theme.words(view.override_label(refused)))
        pane, width = self.query_one("#approval", LinePane), self._width()
        if width != self._written_for:  # the review itself never changes
            pane.show(last_look.body(self._review, width - 1, self.ascii))
            self._written_for = width
        typed = len(wrap(safe_line(self._review.confirmation.prompt), width)) + 2 + roomy
        fields = (typed if self._review.confirmation.needed else 0) + (refused is not None) + self._tick_rows(width)
        self.make_room(pane, 3 + 2 * roomy + fields)
        self._present_status()
        self.call_after_refresh(self._look)

    def arm(self) -> None:
        """From now on a decision counts."""
        if isinstance(self._phase, Arming):
            self._become(Ready())

    def on_key(self, event: events.Key) -> None:
        """Keys that were typed ahead of the modal put its arming off."""
        self._put_off()
        if self._pasted and not letters_at_once(event):
            self._pasted = 0
            self._present_status()

    def on_not_typed(self, event: NotTyped) -> None:
        """What was pasted was not taken: say so, or nobody knows why the field is empty."""
        self._put_off()
        self._pasted = event.letters
        self._present_status()

    def _put_off(self, phase: Arming | None = None) -> None:
        if isinstance(self._phase, Arming) and self._arming is not None:
            self._phase = phase or self._phase
            self._arming.begin_anew()

    def on_way_out_typed(self, event: WayOut.Typed) -> None:
        """Letters belong to the confirmation, wherever the focus is: nobody types a name at a button."""
        for field in self.query("#confirmation").results(Input):
            field.focus()
            field.insert_text_at_cursor(event.letter)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is missing may be there now."""
        self._pasted = 0
        self._present_status()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on from the account to the reason, and says what is missing; it decides nothing."""
        if event.input.id == "confirmation":
            self.query_one("#reason").focus()
        self._present_status()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """There is one button, and it cancels."""
        self.action_cancel()

    def action_cancel(self) -> None:
        """Decide nothing; not while a decision is on its way. One that nobody answers can be left to the engine."""
        match self._phase:
            case Submitting():
                return
            case Unknown():
                self._left = True
                unknown = f"The decision on {self._subject()} is unknown: the engine has not confirmed"
                self.cockpit.note(unknown, "warning")
        self.answer(None)

    def action_scroll(self, by: int) -> None:
        """Read on; the end may be on screen now."""
        super().action_scroll(by)
        self._look()

    def action_approve(self) -> None:
        """Hand the decision in, if nothing is missing."""
        self._lock_if_changed()
        if self._missing() is not None:
            self._put_off(Arming(early=True))
            self._present_status()
            return
        given = self._given()
        self._become(Submitting())
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(max(self.cockpit.patience, AT_ONCE), self._give_up_waiting)
        decision = Approved(
            self._review.digest, given.confirmation, given.reason, given.override, given.acknowledged
        )
        _ = self.start_work(self._handed_in(decision), "Cannot approve")

    def action_acknowledge(self) -> None:
        """Say, or take back, that nothing undoes what destroys; a key that was typed ahead says nothing."""
        if isinstance(self._phase, Ready) and self._review.without_way_back:
            self._acknowledged = not self._acknowledged
            self._present_status()

    def action_check(self) -> None:
        """Look what became of a decision that nobody confirms; it is not handed in again."""
        if isinstance(self._phase, Unknown):
            self._become(Unknown("asking ..."))
            _ = self.start_work(self._checked(), "Cannot check")

    def went_wrong(self, what: str, error: Exception) -> None:
        """Refused: say why, here; among the notices, too, where it was closed."""
        super().went_wrong(what, error)
        self._become(Ready(told=spoken(error)))
        self._lock_if_changed()

    async def _handed_in(self, decision: Approved) -> None:
        await self._asked.submit(decision)
        if self._left:
            self.cockpit.note(f"The decision on {self._subject()} was accepted after all", "warning")
        else:
            self.answer(decision)

    def _give_up_waiting(self) -> None:
        if isinstance(self._phase, Submitting):
            self._become(Unknown())

    async def _checked(self) -> None:
        """What the queue says; an engine that does not even answer that is no news."""
        try:
            async with asyncio.timeout(self.cockpit.patience):
                entries = {entry.id: entry for entry in await self.session.queue()}
        except Exception as error:  # noqa: BLE001  whatever it is, the decision is as unknown as before
            why = "the engine does not answer" if isinstance(error, TimeoutError) else spoken(error)
            told: Phase = Unknown(f"{why}; esc leaves the decision to the engine, the queue will tell")
        else:
            shown = self._review.entry
            told = view.found(entries.get(shown.id) if shown else None, self.clock_now())
        if isinstance(self._phase, Unknown):  # by now the engine may have answered
            self._become(told)

    def _lock_if_changed(self) -> None:
        shown = self._review.entry
        if shown is None or isinstance(self._phase, Submitting | Locked):
            return
        why = availability.changed_since(shown, self.bridge.entries.get(shown.id), self.clock_now())
        if why is not None:
            self._become(Locked(why))

    def _become(self, phase: Phase) -> None:
        self._phase = phase
        if not self.there:
            return
        for field in self.query(Input):
            field.disabled = isinstance(phase, Submitting | Unknown | Locked)
        if isinstance(phase, Unknown | Locked):
            self.query_one("#cancel").focus()
        self._present_status()

    def _look(self) -> None:
        """Whether what is approved is on screen now, or was."""
        if not self.there:
            return
        pane = self.query_one("#approval", LinePane)
        in_front = self.app.screen is self and not self.cockpit.too_small
        if last_look.has_to_be_read(self._review):
            self._read(pane if in_front and not self.cockpit.covered else None)
        else:
            self._seen |= pane.end_in_view and in_front
        self._present_status()

    def _read(self, pane: LinePane | None) -> None:
        """Note which rows stand there, and look again when they have stood there long enough."""
        at = self.session.clock.monotonic()
        words = tuple(plain(row) for row in pane.lines) if pane is not None else ()
        sight = Sight(APPROVED, words, pane.scroll_offset.y, pane.size.height) if pane is not None else None
        self._seeing = self._seeing.look(at, sight)
        self._seen |= APPROVED in self._seeing.seen
        if self._again is not None:
            self._again.stop()
        due = self._seeing.due(at)
        self._again = self.set_timer(max(SHORTEST_LOOK, due), self._look) if due is not None else None

    def _box(self) -> int:
        room = self.app.size.width
        return min(room, max(BOX, min(WIDEST, room - FRAME)))

    def _width(self) -> int:
        return max(30, self._box() - FRAME)  # as it is about to be, not as it was laid out last

    def _present_status(self) -> None:
        width = self._width()
        lacking = self._missing()
        tick = view.acknowledgement(self._review, self._acknowledged, self.ascii, width)
        self.query_one("#acknowledgement", Static).update(theme.block(tick))
        self.query_one("#acknowledgement").display = bool(tick)
        status = view.status(self._phase, lacking, width, self._asked.rehearsed(), pasted=self._pasted)
        self.query_one("#status", Static).update(theme.block(status))
        self.query_one("#approve-key", OneLine).show(view.approve_key(self._phase, lacking))

    def _missing(self) -> str | None:
        return view.missing(
            self._review,
            self._phase,
            self._given(),
            hindered=self.cockpit.late.refusal if self.cockpit.late else self._asked.hindered(),
            refused=self._asked.refused(),
            seen=self._seen,
            hurried=self._hurried(),
        )

    def _hurried(self) -> int:
        """Rows above what is in view that went by too fast, once nothing below it is left to be read."""
        if self._seen or not last_look.has_to_be_read(self._review):
            return 0
        pane = self.query_one("#approval", LinePane)
        left = self._seeing.missing(APPROVED, [plain(row) for row in pane.lines])
        top = pane.scroll_offset.y
        return 0 if any(row >= top + pane.size.height for row in left) else sum(row < top for row in left)

    def _given(self) -> Given:
        return Given(
            self._value("#confirmation").strip(),
            self._value("#reason"),
            self._value("#override"),
            self._acknowledged,
        )

    def _tick_rows(self, width: int) -> int:
        return len(view.acknowledgement(self._review, self._acknowledged, self.ascii, width))

    def _value(self, which: str) -> str:
        found = self.query(which)
        return found.first(Input).value if found else ""

    def _subject(self) -> str:
        return f"#{self._review.entry.number}" if self._review.entry else "the rollback"
