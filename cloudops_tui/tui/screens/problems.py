"""A modified plan that is not valid: what is wrong, and whether to go on editing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from cloudops_tui.model.queue import Problem
from cloudops_tui.presentation import queue as view
from cloudops_tui.presentation.lines import Span, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.widgets.line_pane import LinePane
from cloudops_tui.tui.widgets.one_line import OneLine


class ProblemsModal(Modal[bool]):
    """Answers True to edit again, False to discard what was written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "again", "Edit again", id="problems.again", show=False),
        Binding("x", "discard", "Discard", id="problems.discard", show=False),
    ]

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__()
        self._problems = problems

    def compose(self) -> ComposeResult:
        """The problems, and the choice."""
        with Vertical(id="box"):
            yield LinePane(id="problems")
            yield OneLine(id="choices")

    def on_mount(self) -> None:
        """The problems are there to be scrolled."""
        self.query_one("#box").border_title = theme.words("What you wrote is not a valid plan; it is kept")
        self.query_one(LinePane).focus()
        self.query_one("#choices", OneLine).show(
            line(Span("e", "key"), " edit again   ", Span("x", "key"), " discard what was written")
        )
        self.call_after_refresh(self.present)

    def present(self) -> None:
        """Every problem with its remedy."""
        pane = self.query_one(LinePane)
        pane.show(view.refused_lines(self._problems, None, max(30, pane.size.width - 1)))
        self.make_room(pane, 2)

    def action_again(self) -> None:
        """Back to the editor with the same text."""
        self.answer(True)

    def action_discard(self) -> None:
        """The plan stays as it was."""
        self.answer(False)

    def action_cancel(self) -> None:
        """Nothing written is lost by a slip of Escape: only `x` discards."""
