"""Executors of others, with nothing but the reference's four methods."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from cloudops_tui.model import events as happened
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import AwsSdk, CommandFailed, InvalidCommand, Timeout
from cloudops_tui.model.result import CommandOutput, CommandStatus, DryRunOutput, ExecutionStatus
from tests.engine.made import Heard, Maker, approved, ended
from tests.engine.plans import get, put, seconds, sequence
from tests.engine.stub import Stub


class Stranger:
    def __init__(self, execute: Callable[[Command], Awaitable[CommandOutput]]) -> None:
        self._execute = execute
        self.began = asyncio.Event()
        self.times = 0

    async def execute(self, command: Command) -> CommandOutput:
        self.times += 1
        self.began.set()
        return await self._execute(command)

    async def dry_run(self, command: Command) -> DryRunOutput:
        raise ZeroDivisionError

    def supports(self, command: Command) -> bool:
        return True

    def executor_type(self) -> ExecutorType:
        return ExecutorType.AUTO


async def says_hello(command: Command) -> CommandOutput:
    return CommandOutput(stdout="hello\nworld\x1b[2J\n", stderr="oh\n", exit_code=0, duration=Duration.from_secs(0))


async def fails(command: Command) -> CommandOutput:
    return CommandOutput(stdout="", stderr="no\n", exit_code=3, duration=Duration.from_secs(0))


async def hangs(command: Command) -> CommandOutput:
    await asyncio.Event().wait()
    raise AssertionError


def raising(error: BaseException) -> Callable[[Command], Awaitable[CommandOutput]]:
    async def execute(command: Command) -> CommandOutput:
        raise error

    return execute


async def test_its_output_is_told_when_it_has_ended_and_made_safe(make: Maker, stub: Stub) -> None:
    engine = make(executors=[Stranger(says_hello)])
    heard = Heard(engine)

    result = await engine.execute(sequence(get("a")))

    assert result.status is ExecutionStatus.COMPLETED
    told = [(event.stream, event.line) for event in heard.of(happened.CommandOutput)]
    assert told[0] == ("stdout", "hello")
    assert "\x1b" not in told[1][1]
    assert told[2] == ("stderr", "oh")
    assert "\x1b" not in result.command_results[0].output


async def test_an_exit_code_is_a_failure_with_the_words_of_stderr(make: Maker, stub: Stub) -> None:
    result = await make(executors=[Stranger(fails)]).execute(sequence(get("a")))

    [command] = result.command_results
    assert (command.status, command.error, command.exit_code) == (CommandStatus.FAILED, "no", 3)


@pytest.mark.parametrize(
    ("command", "status"), [(get, CommandStatus.FAILED), (put, CommandStatus.UNKNOWN)], ids=["read", "write"]
)
async def test_a_cancelled_one_is_given_up(make: Maker, stub: Stub, command, status: CommandStatus) -> None:  # type: ignore[no-untyped-def]
    stranger = Stranger(hangs)
    engine = make(executors=[stranger])
    execution = await approved(engine, sequence(command("a")))
    await stranger.began.wait()

    await engine.cancel(execution)

    assert (await ended(engine, execution)).command_results[0].status is status


@pytest.mark.parametrize(
    ("error", "status", "times"),
    [
        (Timeout(seconds(1)), CommandStatus.UNKNOWN, 1),
        (ZeroDivisionError(), CommandStatus.UNKNOWN, 1),
        (asyncio.CancelledError(), CommandStatus.UNKNOWN, 1),
        (AwsSdk("no"), CommandStatus.FAILED, 1),
        (CommandFailed("no"), CommandStatus.FAILED, 1),
        (InvalidCommand("no"), CommandStatus.FAILED, 1),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else None,
)
async def test_what_a_write_raises_is_as_certain_as_it_says(
    make: Maker, stub: Stub, error: BaseException, status: CommandStatus, times: int
) -> None:
    stranger = Stranger(raising(error))
    engine = make(executors=[stranger])

    result = await ended(engine, await approved(engine, sequence(put("a"), put("b"))))

    assert [one.status for one in result.command_results] == [status, CommandStatus.SKIPPED]
    assert stranger.times == times


async def test_one_that_can_be_driven_and_cancels_itself_does_not_hang_the_execution(make: Maker, stub: Stub) -> None:
    class Driven(Stranger):
        async def run(self, attempt: object) -> object:
            raise asyncio.CancelledError

        async def reattach(self, attempt: object) -> None:
            return None

        def alive(self, folder: object) -> bool:
            return False

    engine = make(executors=[Driven(hangs)])

    result = await ended(engine, await approved(engine, sequence(put("a"), put("b"))))

    assert result.command_results[0].status is CommandStatus.UNKNOWN


async def test_the_timeout_of_the_command_holds(make: Maker, stub: Stub) -> None:
    engine = make(executors=[Stranger(hangs)])

    result = await ended(engine, await approved(engine, sequence(put("a", timeout=seconds(0.1)))))

    assert result.command_results[0].error == "Outcome unknown: Execution timeout after 100ms"


async def test_a_rehearsal_that_breaks_says_so_and_blocks_nothing(make: Maker, stub: Stub) -> None:
    rehearsed = await make(executors=[Stranger(hangs)]).dry_run(sequence(put("a")))

    assert rehearsed.passed
    assert rehearsed.commands[0].description == "Not rehearsable: the executor broke: ZeroDivisionError"


async def test_a_rehearsal_that_is_answered_with_no_does_not_pass(make: Maker, stub: Stub) -> None:
    class Refused(Stranger):
        async def dry_run(self, command: Command) -> DryRunOutput:
            raise CommandFailed("Refused by a dry run: UnauthorizedOperation")

    rehearsed = await make(executors=[Refused(hangs)]).dry_run(sequence(put("a")))

    assert not rehearsed.passed
    assert "UnauthorizedOperation" in rehearsed.commands[0].description
    assert stub.names == []
