"""The reject modal: a reason, and Enter; the safe direction needs no more."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.presentation.lines import Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.one_line import OneLine

REASONS = ("wrong target", "wrong time", "too risky", "need more facts")


class RejectModal(Modal[str]):
    """Answers with a reason that is not blank, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"f{number}", f"reason({number})", reason, id=f"reject.reason_{number}", show=False)
        for number, reason in enumerate(REASONS, start=1)
    ]

    def __init__(self, entry: QueueEntry) -> None:
        super().__init__()
        self._entry = entry

    def compose(self) -> ComposeResult:
        """The plan, the reason, the two ways out."""
        entry = self._entry
        with Vertical(id="box"):
            yield Label(theme.words(entry.plan.description if entry.plan else ""), id="plan")
            yield Static(theme.text(_quick_reasons()), id="quick")
            yield Label("Reason, for whoever sent the plan")
            yield Field(id="reason", compact=True)
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield OneLine(id="reject-key")

    def on_mount(self) -> None:
        """The reason has the focus."""
        self.query_one("#box").border_title = theme.words(f"Reject #{self._entry.number} r{self._entry.revision}")
        self.query_one("#reason").focus()
        self._present_status()

    def action_reason(self, number: int) -> None:
        """One of the usual ones, to be completed."""
        field = self.query_one("#reason", Input)
        field.value = REASONS[number - 1]
        field.action_end()
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something is there, or not any more."""
        self._present_status()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Reject, if there is a reason."""
        reason = event.value.strip()
        if reason:
            self.answer(reason)
        else:
            self._present_status()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """There is one button, and it cancels."""
        self.action_cancel()

    def _present_status(self) -> None:
        given = bool(self.query_one("#reason", Input).value.strip())
        said = line(Span("ready", "ok")) if given else line(Span("not ready: give a reason", "caution"))
        self.query_one("#status", Static).update(theme.text(said))
        styles = ("key", "strong") if given else ("faint", "faint")
        self.query_one("#reject-key", OneLine).show(line(Span("enter", styles[0]), Span("  reject", styles[1])))


def _quick_reasons() -> tuple[Span, ...]:
    parts = [
        (Span(f"f{number}", "key"), Span(f" {reason}   ", "quiet")) for number, reason in enumerate(REASONS, start=1)
    ]
    return tuple(span for part in parts for span in part)
