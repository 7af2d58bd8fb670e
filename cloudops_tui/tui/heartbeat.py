"""Whether the engine still answers: asked every now and then, for what is on screen is only as fresh as its answers."""

from __future__ import annotations

import asyncio

from cloudops_tui.presentation.availability import Lateness
from cloudops_tui.tui.session import Session

EVERY = 2.0  # seconds between two questions; each costs the engine's loop one look at the store's change counter


class Heartbeat:
    """One question at a time; `late` says since when there was no answer."""

    def __init__(self, session: Session, patience: float) -> None:
        """`patience` is how many seconds an answer may take."""
        self._session = session
        self._patience = patience
        self._answered = session.clock.now()
        self._asking: asyncio.Task[None] | None = None
        self.late: Lateness | None = None

    def beat(self) -> None:
        """Ask, unless the last question is still open."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self.ask())

    def stop(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def ask(self) -> None:
        """Ask once, and wait no longer than may be."""
        try:
            async with asyncio.timeout(self._patience):
                await self._session.heartbeat()
        except TimeoutError:
            self.late = Lateness(self._answered)
        except Exception as error:  # noqa: BLE001  whatever the store said, what is shown may be old
            self.late = Lateness(self._answered, str(error) or type(error).__name__)
        else:
            self._answered = self._session.clock.now()
            self.late = None
