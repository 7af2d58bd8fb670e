"""The notices: what was told and faded, with its time."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from cloudops_tui.presentation import frame as view
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.widgets.line_list import LineList


class NoticesScreen(FrameScreen):
    """Area 4."""

    AREA = "notices"

    def compose_body(self) -> ComposeResult:
        """Newest first."""
        yield LineList(id="told", ascii_only=self.ascii)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#told").focus()

    def present(self) -> None:
        """All that was told since the program began."""
        rows = view.notice_rows(self.cockpit.notices, max(40, self.size.width - 3))
        self.query_one("#told", LineList).show(rows, view.NO_NOTICES)

    def key_hints(self) -> Sequence[KeyHint]:
        """Reading is all there is to do."""
        return (KeyHint("j/k", "move"), KeyHint("1-4", "areas"), KeyHint("Q", "quit"))
