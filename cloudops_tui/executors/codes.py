"""Codes of MFA devices: nothing asks on the terminal; who can be asked is set by whoever has a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakKeyDictionary

Ask = Callable[[str, str, str], Awaitable[str | None]]
"""`ask(profile, device, refused)`: a code, or None where nobody gives one; `refused` is why the last one was not taken.
"""

nobody_is_asked: ContextVar[bool] = ContextVar("nobody_is_asked", default=False)
"""Set by who only looks whether there are credentials, again and again."""
given: ContextVar[str | None] = ContextVar("given", default=None)
"""The code that was just given, for the one call that it is for."""
limit: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)
"""What bounds the call; a person who looks for their device is not to be bounded by it."""

_ask: Ask | None = None
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()


def ask_with(ask: Ask | None) -> None:
    """From now on, in the whole process, this is who is asked."""
    global _ask
    _ask = ask


def can_ask() -> bool:
    """There is somebody to ask, and asking is allowed here."""
    return _ask is not None and not nobody_is_asked.get()


async def asked(profile: str, device: str, refused: str) -> str | None:
    """A code, or None."""
    return await _ask(profile, device, refused) if _ask is not None else None


def one_at_a_time(profile: str) -> asyncio.Lock:
    """Held while a code for the profile is asked for and used. AWS takes each code once: whoever waited for this looks
    for the credentials that came of it first."""
    locks = _locks.setdefault(asyncio.get_running_loop(), {})
    return locks.setdefault(profile, asyncio.Lock())


@contextmanager
def unlimited(afterwards: float) -> Iterator[None]:
    """No limit meanwhile; `afterwards` are the seconds that there are again then."""
    bound = limit.get()
    if bound is None:
        yield
        return
    bound.reschedule(None)
    try:
        yield
    finally:
        if not bound.expired():
            bound.reschedule(asyncio.get_running_loop().time() + afterwards)
