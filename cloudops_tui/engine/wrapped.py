"""An executor with only the reference's four methods, made to look like one that can be driven."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending, Executor
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutorType
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Cancelled, ExecutionError, InvalidCommand, Timeout
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.safe_text import safe_line, safe_text

CANNOT_FREEZE = "this executor cannot be given frozen files; write the values into the plan"


class WrappedExecutor:
    """Output comes when the command has ended; a cancelled call is given up, and what it did is not known."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @property
    def wrapped(self) -> Executor:
        """The executor itself."""
        return self._executor

    async def execute(self, command: Command) -> CommandOutput:
        """As the wrapped one."""
        return await self._executor.execute(command)

    async def dry_run(self, command: Command) -> DryRunOutput:
        """As the wrapped one."""
        return await self._executor.dry_run(command)

    def supports(self, command: Command) -> bool:
        """As the wrapped one."""
        return self._executor.supports(command)

    def executor_type(self) -> ExecutorType:
        """As the wrapped one."""
        return self._executor.executor_type()

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        """Call `execute`, until it ends, the timeout passes, or somebody cancels.

        A command that takes values from files is not begun: `execute` would read the files themselves.
        """
        if attempt.files:
            return AttemptOutcome(Ending.NEVER_BEGAN, Duration.from_secs(0), CANNOT_FREEZE, not_executed=True)
        call = asyncio.ensure_future(self._executor.execute(attempt.command))
        call.add_done_callback(_looked_at)
        cancelled = asyncio.ensure_future(attempt.cancel.wait())
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(attempt.timeout.total_seconds()):
                await asyncio.wait({call, cancelled}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            return AttemptOutcome(Ending.TIMED_OUT, _since(began), str(Timeout(attempt.timeout)))
        finally:
            cancelled.cancel()
            if not call.done():
                call.cancel()
        if call.done() and not call.cancelled():
            return _outcome(call, attempt, began)
        if attempt.cancel.is_set():
            return AttemptOutcome(Ending.CANCELLED, _since(began), str(Cancelled()))
        return AttemptOutcome(Ending.LOST, _since(began), "the executor broke: it was cancelled from within")

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        """Nothing is known of what a dead engine began."""
        return None

    def alive(self, folder: Path) -> bool:
        """Nobody works on anything once its engine is dead."""
        return False


def _looked_at(call: asyncio.Future[CommandOutput]) -> None:
    """A call that was given up may still fail; nobody asks it why, and asyncio would complain of that."""
    if not call.cancelled():
        call.exception()


def _outcome(call: asyncio.Future[CommandOutput], attempt: Attempt, began: float) -> AttemptOutcome:
    error = call.exception()
    match error:
        case None:
            return _ended(call.result(), attempt, began)
        case InvalidCommand():
            return AttemptOutcome(Ending.NEVER_BEGAN, _since(began), safe_line(str(error)), not_executed=True)
        case Timeout() | Cancelled():
            # How far it came is not said.
            return AttemptOutcome(Ending.FAILED, _since(began), safe_line(str(error)), timed_out_or_reset=True)
        case ExecutionError():
            return AttemptOutcome(Ending.FAILED, _since(began), safe_line(str(error)))
        case _:
            raise error


def _ended(output: CommandOutput, attempt: Attempt, began: float) -> AttemptOutcome:
    stdout, stderr = without_secrets(output.stdout), without_secrets(output.stderr)
    for stream, text in (("stdout", stdout), ("stderr", stderr)):
        attempt.sink(stream, [safe_line(line) for line in text.splitlines()])
    ending = Ending.COMPLETED if output.exit_code == 0 else Ending.FAILED
    error = None if output.exit_code == 0 else safe_line(stderr.strip() or f"exit code {output.exit_code}")
    return AttemptOutcome(ending, _since(began), error, exit_code=output.exit_code, output=safe_text(stdout)[-65_536:])


def _since(began: float) -> Duration:
    return Duration.from_secs(asyncio.get_running_loop().time() - began)
