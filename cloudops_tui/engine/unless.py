"""Waiting for an answer, unless somebody asks to stop first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LETS_GO_WITHIN = 1.0  # seconds; whoever does not let go by then is left alone, and nobody waits for it any more


class StopAsked(Exception):
    """Somebody asked to stop while the answer was awaited."""


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; raises StopAsked, and ends the work, as soon as `stop` is set."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise StopAsked
        return working.result()
    finally:
        stopping.cancel()
        await ended(working)


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; raises TimeoutError after that long, also where the work does not heed its end."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({working}, timeout=seconds)
        if not working.done():
            raise TimeoutError
        return working.result()
    finally:
        await ended(working)


async def ended(working: asyncio.Future[Any]) -> None:
    """End it, and wait a moment until it has let go of what it holds."""
    if working.done():
        return
    working.cancel()
    working.add_done_callback(_heard)
    await asyncio.wait({working}, timeout=LETS_GO_WITHIN)


def _heard(working: asyncio.Future[Any]) -> None:
    """What it still says is no news for anybody."""
    if not working.cancelled():
        working.exception()
