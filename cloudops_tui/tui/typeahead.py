"""Keys that were typed ahead: one is heard only when what the one before it opened is there to hear it.

Textual hands a key to whatever has the focus when it arrives. Over a slow line several keys arrive at once: the letters
behind a `/` would still reach the list as keys of their own. So a key waits until the one before it has gone all the
way up, everything that it began has been mounted, and the focus has moved.

How long is counted in frames, not in seconds: a process that was stopped, or got no processor, must not find that time
is up and give the keys that came meanwhile to a screen that they were not meant for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump

PATIENCE = 10  # frames, a second; a key that got lost with its widget must not keep the others waiting
LONGEST = 20  # frames that a key waits for what is to hear it; a keyboard must not be dead because an engine is slow

Typed = events.Key | events.Paste


class Followed(Message, bubble=True):
    """Sent behind a key along its way; where it arrives, the key has been before.

    Twice: a widget answers some keys with a message of its own, which goes the same way behind the first.
    """

    def __init__(self, number: int, *, again: bool = False) -> None:
        super().__init__()
        self.number = number
        self.again = again


class TypeAhead:
    """The keys that wait."""

    def __init__(self, hear: Callable[[Typed], Awaitable[MessagePump | None]], ready: Callable[[], bool]) -> None:
        """`hear` gives a key to the program and says who got it; `ready`: what is in front can be typed at."""
        self._hear = hear
        self._ready = ready
        self._waiting: deque[tuple[Typed, int]] = deque()
        """With the frame in which each arrived."""
        self._number = 0
        self._frames = 0
        """How many were drawn since the start."""
        self._since: int | None = None
        """The frame in which the key that is under way began; None while there is none."""
        self._by: MessagePump | None = None

    @property
    def idle(self) -> bool:
        """Every key has been heard."""
        return self._since is None and not self._waiting

    @property
    def begun(self) -> bool:
        """Somebody has typed something."""
        return self._number > 0 or bool(self._waiting)

    @property
    def heard(self) -> int:
        """How many were heard."""
        return self._number

    async def typed(self, event: Typed) -> None:
        """A key has arrived."""
        self._waiting.append((event, self._frames))
        await self._go_on()

    async def arrived(self, followed: Followed) -> None:
        """The key of that number, or what it caused, has been heard by everybody."""
        if followed.number != self._number or self._since is None:
            return
        if followed.again or not self._follow(again=True):
            self._since = None
            await self._go_on()

    async def frame(self) -> None:
        """Called for every frame: the program has gone all the way round, and what was sent has come a step further."""
        self._frames += 1
        await self.look()

    async def look(self) -> None:
        """What keeps the keys may have come to be there, or to be gone."""
        if self._since is not None:
            too_long = self._frames - self._since > PATIENCE
            if too_long or not (self._by and self._by.is_running):
                self._since = None
        await self._go_on()

    async def _go_on(self) -> None:
        while self._waiting and self._since is None:
            event, came = self._waiting[0]
            if not self._ready() and self._frames - came <= LONGEST:
                return
            _ = self._waiting.popleft()
            self._since = self._frames
            self._number += 1
            self._by = await self._hear(event)
            if not self._follow():
                self._since = None

    def _follow(self, *, again: bool = False) -> bool:
        return self._by is not None and self._by.post_message(Followed(self._number, again=again))
