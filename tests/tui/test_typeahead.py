"""How long a key waits for what it was typed at."""

from __future__ import annotations

from typing import cast

import pytest
from textual import events
from textual.message_pump import MessagePump

from cloudops_tui.tui import typeahead
from cloudops_tui.tui.typeahead import Followed, TypeAhead, Typed


class Pump:
    """Takes what is sent to it, and passes nothing on by itself."""

    is_running = True

    def __init__(self) -> None:
        self.sent: list[Followed] = []

    def post_message(self, message: Followed) -> bool:
        self.sent.append(message)
        return True


class Front:
    """What is in front of the keys."""

    def __init__(self) -> None:
        self.ready = True
        self.heard: list[str] = []
        self.pump = Pump()
        self.keys = TypeAhead(self.hear, lambda: self.ready)

    async def hear(self, event: Typed) -> MessagePump:
        assert isinstance(event, events.Key)
        self.heard.append(event.key)
        return cast(MessagePump, self.pump)


def key(name: str) -> events.Key:
    return events.Key(name, None)


async def test_a_program_that_stood_still_does_not_take_a_key_for_lost() -> None:
    front = Front()
    await front.keys.typed(key("slash"))
    await front.keys.typed(key("x"))

    for _ in range(100):
        await front.keys.look()  # however long that took: no frame has come meanwhile

    assert front.heard == ["slash"]
    await front.keys.arrived(front.pump.sent[0])
    await front.keys.arrived(front.pump.sent[1])
    assert front.heard == ["slash", "x"]


async def test_a_key_that_got_lost_keeps_the_others_waiting_for_some_frames_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeahead, "PATIENCE", 3)
    front = Front()
    await front.keys.typed(key("slash"))
    await front.keys.typed(key("x"))

    for _ in range(3):
        await front.keys.frame()
        assert front.heard == ["slash"]

    await front.keys.frame()
    assert front.heard == ["slash", "x"]


async def test_a_screen_that_never_opens_keeps_a_key_waiting_for_some_frames_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeahead, "LONGEST", 3)
    front = Front()
    front.ready = False
    await front.keys.typed(key("a"))

    for _ in range(3):
        await front.keys.frame()
        await front.keys.look()
        assert front.heard == []

    await front.keys.frame()
    assert front.heard == ["a"]
