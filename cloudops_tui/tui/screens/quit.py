"""The quit dialog: what happens to what runs, said truthfully."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar
from uuid import UUID

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.presentation import frame as view
from cloudops_tui.presentation.frame import Leaving
from cloudops_tui.presentation.lines import BLANK, Span, line, wrapped
from cloudops_tui.tui import theme
from cloudops_tui.tui.arming import ArmingModal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine

IDS = {
    "stay": "modal.cancel", "leave": "quit.leave", "wait": "quit.wait", "stop": "quit.stop", "confirm": "quit.confirm",
}  # fmt: skip
KEYS = {"stay": "esc", "leave": "d", "wait": "w", "stop": "X", "confirm": "ctrl+y"}
TOO_SOON = "That came before this could be read, and did nothing: press it again"


class QuitChoice(Enum):
    """What to do about the executions that run."""

    STAY = "stay"
    LEAVE = "leave"
    """What runs goes on without a screen, to its end."""
    WAIT = "wait"
    """Go on, and leave when every execution has ended."""
    STOP = "stop"
    """Cancel every execution, wait for its end, and leave."""


class QuitModal(ArmingModal[QuitChoice]):
    """Asked only while something runs. Keys that were typed ahead of it decide nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "leave", "Leave", id="quit.leave", show=False),
        Binding("w", "wait", "Wait", id="quit.wait", show=False),
        Binding("X", "stop", "Stop and leave", id="quit.stop", show=False),
        Binding("ctrl+y", "confirm", "Stop now", id="quit.confirm", show=False),
    ]

    def __init__(self, driven: frozenset[UUID], *, demo: bool = False) -> None:
        """`driven` are the executions that this program drives; those of other processes are none of its business."""
        super().__init__()
        self._driven = driven
        self._demo = demo
        self._stopping = False
        self._too_soon = False

    def compose(self) -> ComposeResult:
        """What runs, and the ways."""
        with Vertical(id="box"):
            yield LinePane(id="running")
            yield OneLine(id="choices")

    def on_mount(self) -> None:
        """The first picture."""
        self.query_one("#box").border_title = theme.words("Quit?")
        self.call_after_refresh(self.present)

    def present(self) -> None:
        """What runs may end while one thinks."""
        numbers = {entry.execution_id: entry.number for entry in self.bridge.known_entries()}
        width = max(40, self.query_one("#box").size.width - 4)
        driven = [state for state in self.bridge.running() if state.execution_id in self._driven]
        keys = {name: self.cockpit.key_of(action) for name, action in IDS.items()}
        lines = view.quitting(Leaving(driven, numbers, self._demo, self._stopping, self._armed), keys, width)
        if self._too_soon:
            lines = (*wrapped(TOO_SOON, width, style="caution"), BLANK, *lines)
        pane = self.query_one("#running", LinePane)
        pane.show(lines)
        # Where all of it fits, the keys stand beside their meaning.
        crowded = len(lines) > self.app.size.height - 2
        choices = self.query_one("#choices", OneLine)
        choices.display = crowded
        labels = ("confirm",) if self._stopping else ("leave", "wait", "stop")
        styles = dict.fromkeys(labels, ("key", "") if self._armed else ("faint", "faint")) | {"stay": ("key", "")}
        named = ((name, *styles[name]) for name in ("stay", *labels))
        shown = (part for name, key, words in named for part in (Span(KEYS[name], key), Span(f" {name}   ", words)))
        choices.show(line(*shown))
        self.make_room(pane, 2 if crowded else 0)

    def action_leave(self) -> None:
        """Go; what runs goes on."""
        self._decide(QuitChoice.LEAVE)

    def action_wait(self) -> None:
        """Go when it has ended."""
        self._decide(QuitChoice.WAIT)

    def action_stop(self) -> None:
        """Ask once more: this cannot be taken back."""
        self._too_soon = not self._armed
        self._stopping = self._armed
        self.present()

    def action_confirm(self) -> None:
        """Cancel everything first."""
        if self._stopping:
            self._decide(QuitChoice.STOP)

    def action_cancel(self) -> None:
        """Stay."""
        self.answer(QuitChoice.STAY)

    def _decide(self, choice: QuitChoice) -> None:
        if not self._armed:
            self._too_soon = True
            self.present()
        elif not self._stopping or choice is QuitChoice.STOP:
            self.answer(choice)
