"""Executions that other processes drive: their leases, looked at while somebody watches."""

from __future__ import annotations

from uuid import UUID

from cloudops_tui.model.lease import Lease
from cloudops_tui.tui.bridge import Bridge
from cloudops_tui.tui.session import Session

LOOK_EVERY = 1.0  # seconds
SURE_FOR = 10  # looks; what this program drives itself is asked for once in so many


class Leases:
    """What is known of who drives what. Nothing is claimed and nothing is ended by looking."""

    def __init__(self, session: Session, bridge: Bridge) -> None:
        self._session = session
        self._bridge = bridge
        self.known: dict[UUID, Lease] = {}
        """Of executions that had not ended when they were looked at."""
        self._looks = 0
        self._as_left: dict[UUID, int] = {}
        """The last event of executions that are shown as their process left them."""

    @property
    def orphans(self) -> list[UUID]:
        """What has not ended and lost its process, as long as nobody takes it over; it is shown as it was left."""
        return list(self._as_left)

    async def look(self) -> None:
        """Ask anew who drives what has not ended; what lost its process is shown as it would be found."""
        going = {state.execution_id for state in self._bridge.running()}
        self._looks += 1
        for execution_id in going | self._as_left.keys():
            if self._looks % SURE_FOR and self._is_ours(execution_id):
                continue
            lease = await self._session.lease(execution_id)
            if lease != self.known.get(execution_id):
                self.known[execution_id] = lease
                self._bridge.mark_dirty()
            if execution_id in self._as_left:
                await self._go_on_if_taken_over(execution_id, lease)
            if not lease.alive and execution_id in self.known:
                await self._show_as_left(execution_id)

    def _is_ours(self, execution_id: UUID) -> bool:
        """This very program drives it: as long as anybody looks, it lives."""
        known = self.known.get(execution_id)
        return known is not None and known.here and known.alive and execution_id not in self._as_left

    async def _show_as_left(self, execution_id: UUID) -> None:
        found = await self._session.observe(execution_id)
        shown = self._bridge.states.get(execution_id)
        if shown is not None and found.seq >= shown.seq and found != shown:
            self._bridge.states[execution_id] = found
            self._as_left[execution_id] = found.seq
            self._bridge.mark_dirty()

    async def _go_on_if_taken_over(self, execution_id: UUID, lease: Lease) -> None:
        """Whoever took it over tells its story on, from where the story was, not from what is shown."""
        shown, seq = self._bridge.states.get(execution_id), self._as_left[execution_id]
        told = shown is None or shown.seq != seq or bool(await self._session.story(execution_id, seq))
        if lease.alive or told:
            del self._as_left[execution_id]
            if (await self._bridge.read_again(execution_id)).status.ended:
                self.known.pop(execution_id, None)
