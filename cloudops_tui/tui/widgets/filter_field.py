"""The field that narrows a list: the filters that were kept before come back with `up`, as in a shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.tui.widgets.field import Field

KEPT = 50


class FilterField(Field):
    """One line; remembers what it was given."""

    HINTS: ClassVar[Sequence[KeyHint]] = (
        KeyHint("enter", "keeps it"), KeyHint("esc", "clears it"), KeyHint("up", "recalls an earlier one"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Earlier filter", id="filter.earlier", show=False),
        Binding("down", "recall(1)", "Later filter", id="filter.later", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, placeholder="words to look for  status:review  risk:destroy  !not", compact=True)
        self._kept: list[str] = []
        self._place = 0

    def keep(self) -> None:
        """Remember what stands here."""
        text = self.value.strip()
        if text:
            self._kept = [*(one for one in self._kept if one != text), text][-KEPT:]
        self._place = len(self._kept)

    def action_recall(self, by: int) -> None:
        """An earlier one, or a later; after the last, an empty field."""
        self._place = max(0, min(self._place + by, len(self._kept)))
        self.value = self._kept[self._place] if self._place < len(self._kept) else ""
        self.action_end()
