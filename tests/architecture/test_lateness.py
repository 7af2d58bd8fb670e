"""The plugin that makes tests late on purpose does so, and can be made to do so again."""

from __future__ import annotations

import asyncio
import threading

from tests.late import LOOP, THREAD, TIMER, WORK, Lateness, late

KINDS = (TIMER, THREAD, WORK, LOOP)


def drawn(lateness: Lateness, test: str) -> list[float]:
    lateness.begin(test)
    return [lateness.of(kind) for kind in KINDS for _ in range(100)]


def test_the_same_seed_makes_the_same_test_late_in_the_same_way() -> None:
    assert drawn(Lateness(7), "a test") == drawn(Lateness(7), "a test")
    assert drawn(Lateness(7), "a test") != drawn(Lateness(8), "a test")
    assert drawn(Lateness(7), "a test") != drawn(Lateness(7), "another")


async def test_timers_threads_and_what_they_work_on_are_late() -> None:
    slept: dict[int, int] = {}

    def sleep(_: float) -> None:
        slept[threading.get_ident()] = slept.get(threading.get_ident(), 0) + 1

    loop = asyncio.get_running_loop()
    due = loop.time() + 3600
    with late(Lateness(7, sleep=sleep)):
        timers = [loop.call_at(due, print) for _ in range(20)]
        threads = {await asyncio.to_thread(threading.get_ident) for _ in range(20)}
    after = loop.call_at(due, print)

    assert any(timer.when() > due for timer in timers)
    assert all(timer.when() >= due for timer in timers)
    assert threads & set(slept)
    assert after.when() == due
    for timer in (*timers, after):
        timer.cancel()
