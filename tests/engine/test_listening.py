"""Who hears what, in which order, and what a bad listener can do: nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cloudops_tui.engine import bus as bus_module
from cloudops_tui.engine.bus import EventBus
from cloudops_tui.model import events as happened
from cloudops_tui.model.events import AnyEvent, AnyExecutionEvent
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.model.plan import Parallel
from cloudops_tui.model.result import ExecutionStatus
from tests.engine.made import Heard, Maker, approved, ended
from tests.engine.plans import cli_get, get, of, put, sequence
from tests.engine.stub import FINE, PATIENCE, Answer, Stub, until

MANY = Answer(body={"Parameter": {"Name": "x", "Value": "1", "Type": "String", "Policies": []}})


class Remembers:
    def __init__(self) -> None:
        self.events: list[AnyExecutionEvent] = []

    async def on_event(self, event: AnyExecutionEvent) -> None:
        self.events.append(event)


async def test_what_is_published_is_the_journal_in_order_without_gaps(make: Maker, stub: Stub) -> None:
    engine = make()
    heard = Heard(engine)
    listener = Remembers()
    engine.add_listener(listener)
    stub.says = lambda call: FINE

    execution = await engine.begin(of(Parallel(), *(get(f"p{number}") for number in range(30))))
    await ended(engine, execution)

    journal = await engine.storage.journal(execution)
    assert heard.story(execution) == journal
    assert [event.seq for event in journal] == list(range(1, 63))
    assert [event for event in listener.events if not isinstance(event, happened.CommandOutput)] == journal


async def test_output_comes_between_the_start_and_the_end_of_its_command(make: Maker, stub: Stub) -> None:
    engine = make()
    listener = Remembers()
    engine.add_listener(listener)
    stub.says = lambda call: MANY

    await engine.execute(sequence(cli_get("a")))

    kinds = [type(event) for event in listener.events]
    lines = [place for place, kind in enumerate(kinds) if kind is happened.CommandOutput]
    assert kinds.index(happened.CommandStarted) < lines[0]
    assert lines[-1] < kinds.index(happened.CommandCompleted)
    assert {event.stream for event in listener.events if isinstance(event, happened.CommandOutput)} == {"stdout"}


async def test_who_asks_for_batches_gets_the_lines_of_a_read_together_and_no_event_of_them(
    make: Maker, stub: Stub
) -> None:
    engine = make()
    events: list[AnyEvent] = []
    batches: list[OutputBatch] = []
    engine.bus.subscribe(events.append, batches.append)
    one_by_one = Heard(engine)
    stub.says = lambda call: MANY

    await engine.execute(sequence(cli_get("a")))

    lines = [line for batch in batches for line in batch.lines]
    assert lines == [event.line for event in one_by_one.events if isinstance(event, happened.CommandOutput)]
    assert 0 < len(batches) < len(lines)
    assert not any(isinstance(event, happened.CommandOutput) for event in events)


@pytest.mark.parametrize("error", [ValueError("bad"), asyncio.CancelledError()], ids=["raises", "cancels itself"])
async def test_a_listener_that_raises_is_dropped_and_reported_and_the_others_hear_on(
    make: Maker, stub: Stub, error: BaseException
) -> None:
    reports: list[str] = []
    engine = make(bus=EventBus(reports.append))
    times: list[AnyExecutionEvent] = []

    class Raises:
        async def on_event(self, event: AnyExecutionEvent) -> None:
            times.append(event)
            raise error

    good = Remembers()
    engine.add_listener(Raises())
    engine.add_listener(good)
    stub.says = lambda call: FINE

    async with asyncio.timeout(PATIENCE):
        result = await engine.execute(sequence(get("a"), get("b")))

    assert result.status is ExecutionStatus.COMPLETED
    assert len(times) == 1
    assert reports == [f"A listener was dropped: {type(error).__name__} at Started"]
    assert isinstance(good.events[-1], happened.Completed)


async def test_a_callback_that_raises_is_dropped_and_reported(make: Maker, stub: Stub) -> None:
    reports: list[str] = []
    engine = make(bus=EventBus(reports.append))
    stub.says = lambda call: FINE

    def raises(_: Any) -> None:
        raise ValueError

    engine.bus.subscribe(raises)

    assert (await engine.execute(sequence(get("a")))).status is ExecutionStatus.COMPLETED
    assert reports == ["A listener was dropped: ValueError at Started"]


async def test_a_slow_listener_loses_output_only(make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "MOST_PENDING_OUTPUT", 3)
    engine = make()
    let_go = asyncio.Event()
    events: list[AnyExecutionEvent] = []

    class Slow:
        async def on_event(self, event: AnyExecutionEvent) -> None:
            await let_go.wait()
            events.append(event)

    engine.add_listener(Slow())
    heard = Heard(engine)
    stub.says = lambda call: MANY
    execution = await engine.begin(sequence(get("a"), get("b")))
    await until(lambda: bool(heard.of(happened.Completed)), "it ended although nobody listens")
    let_go.set()
    await ended(engine, execution)

    assert len(heard.of(happened.CommandOutput)) > 3
    assert sum(isinstance(event, happened.CommandOutput) for event in events) == 3
    assert [event for event in events if event.seq is not None] == await engine.storage.journal(execution)


async def test_a_listener_that_hangs_delays_nothing_for_long(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    drained = engine.bus.drained
    monkeypatch.setattr(engine.bus, "drained", lambda: drained(0.1))
    stub.says = lambda call: FINE

    class Hangs:
        async def on_event(self, event: AnyExecutionEvent) -> None:
            await asyncio.Event().wait()

    engine.add_listener(Hangs())

    async with asyncio.timeout(PATIENCE):
        result = await engine.execute(sequence(get("a")))
        await engine.close()

    assert result.status is ExecutionStatus.COMPLETED


async def test_a_listener_may_wait_for_the_execution_that_it_hears_of(
    make: Maker, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()
    drained = engine.bus.drained
    monkeypatch.setattr(engine.bus, "drained", lambda: drained(0.1))
    stub.says = lambda call: FINE
    results = []

    class Waits:
        async def on_event(self, event: AnyExecutionEvent) -> None:
            if isinstance(event, happened.CommandStarted):
                results.append(await engine.wait(event.execution_id))

    engine.add_listener(Waits())

    async with asyncio.timeout(PATIENCE):
        result = await engine.execute(sequence(get("a")))
        await until(lambda: bool(results), "the listener has its result")

    assert results == [result]


async def test_a_listener_may_cancel(make: Maker, stub: Stub) -> None:
    engine = make()
    stub.says = lambda call: FINE

    class Cancels:
        async def on_event(self, event: AnyExecutionEvent) -> None:
            if isinstance(event, happened.CommandCompleted):
                await engine.cancel(event.execution_id)

    engine.add_listener(Cancels())
    execution = await approved(engine, sequence(*(put(f"p{number}") for number in range(50))))

    assert (await ended(engine, execution)).status is ExecutionStatus.CANCELLED
    assert len(stub.names) < 50


async def test_one_who_left_hears_nothing_more(make: Maker, stub: Stub) -> None:
    engine = make()
    listener = Remembers()
    leave = engine.add_listener(listener)
    stub.says = lambda call: FINE
    await engine.execute(sequence(get("a")))
    heard = len(listener.events)

    leave()
    leave()
    await engine.execute(sequence(get("b")))

    assert len(listener.events) == heard
