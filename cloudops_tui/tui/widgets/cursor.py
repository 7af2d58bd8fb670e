"""A cursor over rows that are drawn one by one: where it goes, and what is painted when it does."""

from __future__ import annotations

from textual.geometry import Region
from textual.scroll_view import ScrollView


class CursorView(ScrollView):
    """What lists and trees share. Subclasses say how many rows there are, and hear where the operator went."""

    _cursor = 0

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def went_to(self, place: int) -> None:
        """The operator stands on another row."""

    def action_move(self, by: int) -> None:
        """Some rows down, or up."""
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        """A screenful down, or up."""
        self._go(self._cursor + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the first row."""
        self._go(0)

    def action_last(self) -> None:
        """To the last row."""
        self._go(self.row_count - 1)

    def on_focus(self) -> None:
        """The pointer tells where keys go."""
        self._repaint(self._cursor)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._reveal()

    def _go(self, place: int) -> None:
        place = max(0, min(place, self.row_count - 1))
        if self.row_count and place != self._cursor:
            self._stand(place)
            self.went_to(place)

    def _stand(self, place: int) -> None:
        if place != self._cursor:
            before, self._cursor = self._cursor, place
            self._repaint(before)
            self._repaint(place)
            self._reveal()

    def _repaint(self, number: int) -> None:
        self.refresh(Region(0, number - self.scroll_offset.y, self.size.width, 1))

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True)
