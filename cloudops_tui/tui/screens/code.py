"""The modal that asks for the code of an MFA device. What is typed is masked, and kept nowhere."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from cloudops_tui.engine.asking import CodeQuestion
from cloudops_tui.presentation import code as view
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.one_line import OneLine


class CodeModal(Modal[str]):
    """Answers with six digits, or None. Closes by itself when nobody waits for the answer any more."""

    def __init__(self, question: CodeQuestion) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """What is asked, the field, the two ways out."""
        with Vertical(id="box"):
            yield Static(id="asked")
            yield Label("Code")
            yield Field(id="code", compact=True, password=True, restrict="[0-9]*", max_length=view.DIGITS)
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield OneLine(id="send-key")

    def on_mount(self) -> None:
        """The field has the focus."""
        self.query_one("#box").border_title = theme.words(view.TITLE)
        self.query_one("#code").focus()
        self.present()

    def present(self) -> None:
        """What is missing; nothing, once the question is not open any more."""
        if self.question not in self.session.code_questions():
            self.answer(None)
            return
        asked, width = self.question, self.box_width()
        code = self.query_one("#code", Input).value
        facts = view.question(asked.profile, asked.device, asked.wanted_for, width)
        self.query_one("#asked", Static).update(theme.block(facts))
        self.query_one("#status", Static).update(theme.block(view.status(code, asked.refused, width)))
        self.query_one("#send-key", OneLine).show(view.send_key(code))

    def on_input_changed(self, _: Input.Changed) -> None:
        """Another digit, or one less."""
        self.present()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send it, if it is whole."""
        if view.why_not(event.value) is None:
            code, event.input.value = event.value, ""
            self.answer(code)

    def on_button_pressed(self, _: Button.Pressed) -> None:
        """There is one button, and it cancels."""
        self.action_cancel()
