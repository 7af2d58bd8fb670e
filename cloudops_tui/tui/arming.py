"""A dialog that arms after a delay: what was typed ahead of the question, or pasted at it, decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Input

from cloudops_tui.tui.modal import Answer, Modal

AT_ONCE = 0.001  # seconds; a timer of no length at all divides by zero in Textual


class Stillness:
    """Calls `then` once the keyboard was still for so many seconds. It takes them in two steps: after a time in which
    the whole program stood still, one would be over before what was typed meanwhile is read."""

    def __init__(self, screen: Screen[Any], seconds: float, then: Callable[[], None]) -> None:
        self._screen = screen
        self._step = max(seconds / 2, AT_ONCE)
        self._then = then
        self._timer = self._first()

    def begin_anew(self) -> None:
        """Something was typed."""
        self._timer.stop()
        self._timer = self._first()

    def _first(self) -> Timer:
        return self._screen.set_timer(self._step, self._second)

    def _second(self) -> None:
        self._timer = self._screen.set_timer(self._step, self._then)


class ArmingModal(Modal[Answer]):
    """Nothing counts until the keyboard was still for a moment; a button only cancels, Enter only says what is missing.

    Textual calls these handlers beside a subclass's own; nobody calls them by `super`.
    """

    FIRST: ClassVar[str] = "#cancel"
    """What has the focus when it opens: the way out, or something on which no key decides."""
    SHARE: ClassVar[float] = 1.0
    """How much of the delay before an approval it takes."""

    _armed = False
    _arming: Stillness | None = None

    def on_mount(self) -> None:
        """The safe choice has the focus; what decides is lowered."""
        for first in self.query(self.FIRST):
            first.focus()
        self._arming = Stillness(self, self.cockpit.arm_delay * self.SHARE, self.arm)

    def arm(self) -> None:
        """From now on the keys that decide count."""
        self._armed = True
        if self.there:
            self.present()

    def on_key(self, event: events.Key) -> None:
        """Keys that were typed ahead put it off."""
        self._put_off()

    def on_paste(self, event: events.Paste) -> None:
        """So does what is pasted."""
        self._put_off()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was missing may be there now."""
        if self.there:
            self.present()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter says what is missing."""
        if self.there:
            self.present()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """There is one button, and it cancels."""
        self.action_cancel()

    def _put_off(self) -> None:
        if not self._armed and self._arming is not None:
            self._arming.begin_anew()
