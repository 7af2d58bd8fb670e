"""The reject modal: a reason, and Enter; the safe direction needs no more."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.presentation import rejecting as view
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.one_line import OneLine


class RejectModal(ArmingModal[str]):
    """Answers with a reason that is not blank, or None. Armed after half of what an approval takes: an Enter that was
    typed ahead of it is not meant for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"f{number}", f"reason({number})", reason, id=f"reject.reason_{number}", show=False)
        for number, reason in enumerate(view.REASONS, start=1)
    ]

    FIRST, SHARE = "#reason", 0.5

    def __init__(self, entries: tuple[QueueEntry, ...]) -> None:
        super().__init__()
        self._entries = entries

    def compose(self) -> ComposeResult:
        """The plans, the reason, the two ways out."""
        with Vertical(id="box"):
            yield Static(id="plan")
            yield Static(theme.text(view.quick_reasons()), id="quick")
            yield Label("Reason, for whoever sent it")
            yield Field(id="reason", compact=True)
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield OneLine(id="reject-key")

    def on_mount(self) -> None:
        """What is rejected."""
        self.query_one("#box").border_title = theme.words(view.title(self._entries))
        self.present()

    def present(self) -> None:
        """What can still be rejected: others decide, too."""
        found, width = self._found(), self._width()
        self.query_one("#plan", Static).update(theme.block(view.plans(found, width, self._rows())))
        lacking = view.missing(found, self.query_one("#reason", Input).value, armed=self._armed)
        self.query_one("#status", Static).update(theme.block(view.status(found, lacking, width)))
        self.query_one("#reject-key", OneLine).show(view.reject_key(found, lacking))

    def action_reason(self, number: int) -> None:
        """One of the usual ones, to be completed."""
        field = self.query_one("#reason", Input)
        field.value = view.REASONS[number - 1]
        field.action_end()
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Reject, if nothing is missing."""
        if view.missing(self._found(), event.value, armed=self._armed) is None:
            event.prevent_default()
            self.answer(event.value.strip())

    def _put_off(self) -> None:
        """The reason is typed at once, and is not a key that was typed ahead."""

    def _found(self) -> view.Sorted:
        return view.sorted_out(self._entries, self.bridge.entries, self.clock_now())

    def _rows(self) -> int:
        """What the fields and the keys leave."""
        return max(1, min(12, self.app.size.height - 13))

    def _width(self) -> int:
        return self.box_width()
