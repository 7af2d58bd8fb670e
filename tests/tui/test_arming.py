"""When a question takes keys, without waiting for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual.screen import Screen

from cloudops_tui.tui.arming import Stillness


class Clockwork:
    """In place of a screen: its timer is over when the test says so."""

    def __init__(self) -> None:
        self.then: Callable[[], None] | None = None
        self.seconds = 0.0

    def set_timer(self, seconds: float, then: Callable[[], None]) -> Clockwork:
        self.seconds, self.then = seconds, then
        return self

    def stop(self) -> None:
        self.then = None

    def goes_off(self) -> float:
        """It does; how long it had been set to."""
        assert self.then is not None
        seconds = self.seconds
        self.then()
        return seconds


def test_what_is_read_only_after_the_program_stood_still_puts_the_question_off() -> None:
    clock, armed = Clockwork(), list[bool]()
    stillness = Stillness(cast("Screen[Any]", clock), 0.6, lambda: armed.append(True))

    clock.goes_off()  # a process that was stopped finds its timer over before the keys that came meanwhile
    stillness.begin_anew()
    waited = clock.goes_off()
    assert armed == []
    waited += clock.goes_off()

    assert armed == [True]
    assert waited == 0.6
