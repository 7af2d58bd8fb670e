"""What every modal shares: a box in the middle, and a way out that decides nothing."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from cloudops_tui.tui.cockpit import Working

Answer = TypeVar("Answer")


class Modal(Working, ModalScreen[Any], Generic[Answer]):
    """A question over the screen. `escape` answers None; nothing dangerous is ever on Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="modal.cancel", show=False),
        Binding("ctrl+q", "cancel", "Cancel", id="modal.leave", show=False, priority=True),
    ]

    def answer(self, given: Answer | None) -> None:
        """Close with an answer."""
        _ = self.dismiss(given)

    def action_cancel(self) -> None:
        """Close and decide nothing."""
        self.answer(None)

    def present(self) -> None:
        """Bring the question up to date; called once a frame."""
