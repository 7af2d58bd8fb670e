"""Looking for words in a review, from hit to hit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from textual.screen import Screen

from cloudops_tui.presentation.review import search as view
from cloudops_tui.tui.reviewing.once import Once
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane

AROUND_HIT = 3  # lines above a hit that was not in view


class Search:
    """What is looked for, and where the search stands."""

    def __init__(
        self, screen: Screen[object], words: Callable[[], Mapping[Hashable, str]], redraw: Callable[[], None]
    ) -> None:
        """`words` gives what can be found, in small letters, by row; `redraw` shows the details of another row."""
        self._screen, self._words_now, self._redraw = screen, words, redraw
        self._once = Once()
        self._words: Mapping[Hashable, str] = {}
        """Of each row, once somebody searched."""
        self._origin: Hashable = None
        """The row from which the search began."""
        self._hit: tuple[Hashable, int] | None = None
        """The row and the line where the search stands."""
        self.wanted = ""
        """What is looked for."""

    def forget(self) -> None:
        """There is another text to search."""
        self._words = {}

    def begin(self) -> None:
        """From the row under the cursor."""
        self._origin = self._commands().cursor_id

    def type(self, text: str) -> None:
        """The first hit from where the search began, while one types."""
        self.wanted = text.strip()
        if self.wanted:
            _ = self._commands().move_to(self._origin)
            self._hit = None
            self._redraw()
            _ = self.go(1, from_here=True)

    def rows(self) -> list[Hashable]:
        """Rows whose subject holds what is looked for."""
        if not self.wanted:
            return []
        if not self._words:
            self._words = self._words_now()
        words, wanted = self._words, self.wanted.casefold()
        return list(self._once("rows", (words, wanted), lambda: tuple(one for one in words if wanted in words[one])))

    def go(self, by: int, *, from_here: bool = False) -> bool:
        """The next hit below what is in view, else in the next row that has one; False where there is none."""
        lines, rows = self._commands(), set(self.rows())
        order = [row.id for row in lines.rows]
        places = [place for place, one in enumerate(order) if one in rows]
        if not places:
            return False
        here = lines.cursor_index
        if here in places and self._reveal(by, from_here=from_here):
            return True
        further = [place for place in places if (place - here) * by > 0]
        target = (further[0] if by > 0 else further[-1]) if further else (places[0] if by > 0 else places[-1])
        lines.move_to(order[target])
        self._hit = None
        self._redraw()
        _ = self._reveal(by, from_here=False)
        return True

    def _reveal(self, by: int, *, from_here: bool) -> bool:
        """Bring the next hit of the shown text into view, with some lines around it; False where there is none."""
        pane, row = self._screen.query_one("#details", LinePane), self._commands().cursor_id
        found = view.hits(pane.lines, self.wanted)
        if self._hit is not None and self._hit[0] == row and not from_here:
            found = [one for one in found if (one - self._hit[1]) * by > 0]
        if not found:
            return False
        at = found[0] if by > 0 else found[-1]
        self._hit = (row, at)
        if not 0 <= at - pane.scroll_offset.y < pane.size.height - 1:
            pane.scroll_to(y=max(0, at - AROUND_HIT), animate=False, immediate=True)
        return True

    def _commands(self) -> LineList:
        return self._screen.query_one("#commands", LineList)
