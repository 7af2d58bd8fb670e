"""The notices: what was told and faded, with its time."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from cloudops_tui.presentation import frame as view
from cloudops_tui.presentation.frame import KeyHint, Notice
from cloudops_tui.presentation.offers import Reading, Yank
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
        empty = None if self.cockpit.notices else "Nothing was told yet"
        return (
            KeyHint("enter", "read whole", empty),
            KeyHint("y", "yank", empty),
            KeyHint("o", "pager", empty),
            KeyHint("j/k", "move"),
            KeyHint("1-4", "areas"),
            KeyHint("Q", "quit"),
        )

    def yanks(self) -> Sequence[Yank]:
        """The notice under the cursor, or all of them."""
        notice = self._notice()
        if notice is None:
            return ()
        return (Yank("l", "this notice", view.notice_text(notice)), Yank("a", "all notices", self._all()))

    async def reading(self) -> Reading | None:
        """All of them, newest first."""
        return Reading("notices.txt", self._all()) if self.cockpit.notices else None

    def on_line_list_opened(self, event: LineList.Opened) -> None:
        """The whole of it."""
        notice = self._notice()
        if notice is not None:
            self.cockpit.show_text("Notice", Reading("notice.txt", view.notice_text(notice)))

    def _all(self) -> str:
        return "\n".join(map(view.notice_text, self.cockpit.notices))

    def _notice(self) -> Notice | None:
        """The rows of one notice share the first half of their id: how many there were when it was told."""
        told = self.cockpit.notices
        match self.query_one("#told", LineList).cursor_id:
            case (int(number), _) if 0 < number <= len(told):
                return told[len(told) - number]
            case _:
                return None
