"""What came of a command whose end is not known: the facts, three choices, and a way out that decides nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.presentation import unknown as view
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.cockpit import spoken
from cloudops_tui.tui.navigation import AskUnknown, Resolved
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

BESIDE = 9  # rows that are not the facts': choices, reason, status, keys and the gaps between them


class UnknownModal(ArmingModal[Resolved]):
    """Answers with what was said, and why. Enter never decides, and nothing does until the keyboard was still."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "choose('Done')", "Done", id="unknown.done", show=False),
        Binding("f3", "choose('NotDone')", "Not done", id="unknown.not_done", show=False),
        Binding("f4", "choose('RunAgain')", "Run again", id="unknown.again", show=False),
        Binding("ctrl+y", "decide", "Decide", id="unknown.decide", show=False, priority=True),
    ]

    def __init__(self, asked: AskUnknown) -> None:
        super().__init__()
        self._asked = asked
        self._facts = asked.facts
        self._asking = True
        self._chosen: Resolution | None = None
        self._refused = ""
        self._submitting = False
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """What is known, what may be said, and why."""
        with Vertical(id="box"):
            yield LinePane(id="facts")
            yield Static(id="resolutions")
            with Horizontal(classes="field"):
                yield Static("Reason: ")
                yield Field(id="reason", compact=True)
            yield Static(id="status")
            with Horizontal(id="choices"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield OneLine(id="decide-key")

    def on_mount(self) -> None:
        """Cancel has the focus; the account is asked meanwhile."""
        self.query_one("#facts").can_focus = False
        self.query_one("#box").border_title = theme.words(view.title(self._facts))
        _ = self.start_work(self._ask(), "Cannot ask what is there now")
        self.present()

    def present(self) -> None:
        """The facts as they are by now, the choice, what is missing."""
        width = self.box_width()
        lines = view.body(self._facts, self._asking, width - 1)
        pane = self.query_one("#facts", LinePane)
        if lines != self._shown:
            self._shown = lines
            pane.show(lines)
        self.make_room(pane, BESIDE)
        lacking = self._missing()
        self.query_one("#resolutions", Static).update(theme.block(view.choices(self._chosen)))
        self.query_one("#status", Static).update(theme.block(view.status(self._refused, lacking, width)))
        self.query_one("#decide-key", OneLine).show(view.confirm_key(self._chosen, lacking))

    def action_choose(self, resolution: str) -> None:
        """This one; the reason is what comes next."""
        self._chosen = Resolution(resolution)
        self._refused = ""
        self.query_one("#reason").focus()
        self.present()

    def action_decide(self) -> None:
        """Keep what was said; to send it once more is decided on elsewhere."""
        if self._missing() is not None or self._chosen is None or self._submitting:
            self.present()
            return
        said = Resolved(self._chosen, self._reason)
        if self._chosen is Resolution.RUN_AGAIN:
            self.answer(said)
            return
        self._submitting = True
        _ = self.start_work(self._submit(said), "Cannot reconcile")

    def went_wrong(self, what: str, error: Exception) -> None:
        """Say why, here; among the notices, too, where it was closed."""
        super().went_wrong(what, error)
        self._submitting = False
        if self.there:
            self._refused = spoken(error)
            self.present()

    async def _submit(self, said: Resolved) -> None:
        await self._asked.submit(said)
        if self.there:
            self.answer(said)

    async def _ask(self) -> None:
        try:
            self._facts = await self._asked.ask()
        finally:
            self._asking = False
            if self.there:
                self.present()

    @property
    def _reason(self) -> str:
        return self.query_one("#reason", Input).value.strip()

    def _missing(self) -> str | None:
        return view.missing(self._chosen, self._reason, armed=self._armed)
