"""One command, tried until it succeeds or trying again would be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import tenacity

from cloudops_tui.engine.guard import Expired
from cloudops_tui.engine.passage import Passage
from cloudops_tui.engine.ports import Attempt, AttemptExecutor, AttemptOutcome, Clock, Ending
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import AnyBackoffStrategy, Exponential, Fixed, Linear, RetryConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import Cancelled, StorageError, Timeout
from cloudops_tui.model.result import UNKNOWN_PREFIX, CommandResult, CommandStatus, Outcome
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.retry import AttemptFacts, Retry, RetryClass, decide, says_nothing_of_the_work
from cloudops_tui.policy.safe_text import safe_line

FROM_WITHIN = "it was cancelled from within"


def cancelled_from_within() -> bool:
    """The CancelledError that is handled comes from somewhere in what was awaited, and from nobody of ours."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()


@dataclass(frozen=True)
class Telling:
    """What the tries report as they happen; each returns once it is kept."""

    started: Callable[[int], Awaitable[None]]
    """Attempt number n is about to leave."""
    retrying: Callable[[int, str, Duration], Awaitable[None]]
    """Attempt number n failed so, and another follows after that long. Where it may have been executed all the same,
    the error begins as that of an Unknown command."""


class Tries:
    """The attempts at one command."""

    def __init__(
        self,
        command: Command,
        executor: AttemptExecutor,
        make_attempt: Callable[[int], Attempt],
        telling: Telling,
        *,
        retry: RetryConfig,
        retry_class: RetryClass,
        reads: bool,
        cancel: asyncio.Event,
        no_more: asyncio.Event | None = None,
        clock: Clock,
        before: int = 0,
        passage: Passage | None = None,
        doubtful: bool = False,
    ) -> None:
        """`before`: attempts of an earlier time; numbers go on from there, for each attempt has a folder of its own.
        `no_more` ends the tries with the attempt that runs; where it is not given, `cancel` does. `passage` is what
        each attempt has to pass before it leaves. `doubtful`: one of those before may have done the work."""
        self._command = command
        self._executor = executor
        self._make_attempt = make_attempt
        self._telling = telling
        self._retry = retry
        self._class = retry_class
        self._reads = reads
        self._cancel = cancel
        self._no_more = no_more or cancel
        self._clock = clock
        self._before = before
        self._passage = passage
        self._number = before
        self._renewed = 0
        """Attempts that failed for want of valid credentials, and did not count."""
        self._started_at: datetime | None = None
        self._left_at: datetime | None = None
        self._last: AttemptOutcome | None = None
        self._doubtful = doubtful
        self.unrecorded: StorageError | None = None
        """Why the tries ended early: what they would have reported could not be kept."""
        self.unbegun = False
        """It was cancelled before anything of it was told: the command has not begun."""

    async def run(self) -> CommandResult:
        """Try, wait, try again; the result of the last attempt."""
        retrying = tenacity.AsyncRetrying(
            sleep=self._pause,
            wait=waits(self._retry.backoff),
            retry=tenacity.retry_if_result(self._again),
            stop=tenacity.stop_never,
            reraise=True,
        )
        try:
            outcome: AttemptOutcome = await retrying(self._once)
        except StorageError as error:
            # An attempt leaves only after its record, so nothing is in flight: the last answer stands.
            self.unrecorded = error
            outcome = self._last or AttemptOutcome(
                Ending.NEVER_BEGAN, Duration.from_secs(0), str(error), not_executed=True
            )
        began = self._started_at or self._clock.now()
        return result_of_outcome(
            outcome,
            self._make_attempt(self._number),
            began,
            self._end_of(outcome),
            reads=self._reads,
            doubtful=self._doubtful,
        )

    def _end_of(self, outcome: AttemptOutcome) -> datetime:
        """When the last attempt ended: by the executor's own clock, for we may have learned of it later."""
        now = self._clock.now()
        if self._left_at is None or not outcome.duration.nanos:
            return now
        return min(now, self._left_at + outcome.duration)

    async def _once(self) -> AttemptOutcome:
        """One attempt that counts: those that only lacked valid credentials are made again when there are some."""
        while True:
            outcome = await self._attempted()
            if outcome.renew is None or self._passage is None or self._no_more.is_set():
                return outcome
            if not self._passage.may_wait:
                return outcome
            error = without_secrets(outcome.error or "it has no valid credentials")
            # Whoever takes over from a dead process must know that nothing is in flight.
            await self._telling.retrying(self._number, error, Duration.from_secs(0))
            untouched = not (self._doubtful or _may_have_run(outcome))
            why = await self._passage.renewed(Expired(error, outcome.renew), untouched=untouched)
            if self._no_more.is_set():
                return outcome
            if why is not None:
                self._last = replace(outcome, error=f"{outcome.error}; {why}", renew=None)
                return self._last
            self._renewed += 1

    async def _attempted(self) -> AttemptOutcome:
        refused = await self._guarded()
        if self._no_more.is_set() and self._last is not None:
            # Asked to stop between two attempts: nothing is in flight, and the last answer stands.
            return self._last
        self._number += 1
        if refused is not None:
            return refused
        await self._telling.started(self._number)
        self._started_at = self._started_at or self._clock.now()
        self._doubtful = self._doubtful or (self._last is not None and _may_have_run(self._last))
        self._left_at = self._clock.now()
        if self._passage is not None:
            self._passage.leaves()
        self._last = await self._made(self._make_attempt(self._number))
        if self._passage is not None:
            self._passage.answered(self._last)
        return self._last

    async def _guarded(self) -> AttemptOutcome | None:
        """Why the attempt may not leave, as its outcome; None when it may."""
        why = await self._passage.why_not() if self._passage is not None else None
        if self._no_more.is_set() and self._last is None and self._passage is not None:
            self.unbegun = True
            return AttemptOutcome(Ending.CANCELLED, Duration.from_secs(0), str(Cancelled()), not_executed=True)
        if why is None:
            return None
        self._doubtful = self._doubtful or (self._last is not None and _may_have_run(self._last))
        return AttemptOutcome(Ending.NEVER_BEGAN, Duration.from_secs(0), why, not_executed=True)

    async def _made(self, attempt: Attempt) -> AttemptOutcome:
        if self._cancel.is_set():
            return AttemptOutcome(Ending.CANCELLED, Duration.from_secs(0), str(Cancelled()), not_executed=True)
        try:
            return await self._executor.run(attempt)
        except asyncio.CancelledError:
            if not cancelled_from_within():
                raise
            return _broken(FROM_WITHIN)
        except Exception as error:  # noqa: BLE001  a stranger's executor: what it did before it broke is not known
            return _broken(f"{type(error).__name__}: {safe_line(str(error))}")

    def _again(self, outcome: AttemptOutcome) -> bool:
        if self._no_more.is_set():
            return False
        facts = facts_of(outcome)
        made = self._number - self._before - self._renewed
        return facts is not None and isinstance(decide(facts, made, self._class, self._retry), Retry)

    async def _pause(self, seconds: float) -> None:
        error = without_secrets((self._last.error if self._last else None) or "failed")
        if not self._reads and self._last is not None and _may_have_run(self._last):
            error = UNKNOWN_PREFIX + error  # whoever takes over while it waits has to know
        await self._telling.retrying(self._number, error, Duration.from_secs(seconds))
        try:
            async with asyncio.timeout(seconds):
                await self._no_more.wait()
        except TimeoutError:
            pass  # nobody asked to stop: the wait is over


def waits(backoff: AnyBackoffStrategy) -> tenacity.wait.wait_base:
    """tenacity's wait of that shape; deterministic, without jitter."""
    match backoff:
        case Fixed(value=wait):
            return tenacity.wait_fixed(wait.total_seconds())
        case Exponential(base=base, max=most):
            return tenacity.wait_exponential(multiplier=base.total_seconds(), max=most.total_seconds())
        case Linear(increment=increment, max=most):
            step = increment.total_seconds()
            return tenacity.wait_incrementing(start=step, increment=step, max=most.total_seconds())


def facts_of(outcome: AttemptOutcome) -> AttemptFacts | None:
    """What retry policy needs to know; None where no other attempt is thinkable."""
    match outcome.ending:
        case Ending.FAILED:
            return AttemptFacts(outcome.error_code, outcome.not_executed, outcome.timed_out_or_reset)
        case Ending.TIMED_OUT:
            return AttemptFacts(None, outcome.not_executed, timed_out_or_reset=True)
        case Ending.COMPLETED | Ending.CANCELLED | Ending.LOST | Ending.NEVER_BEGAN:
            return None


def _broken(how: str) -> AttemptOutcome:
    return AttemptOutcome(Ending.LOST, Duration.from_secs(0), f"the executor broke: {how}")


def _may_have_run(outcome: AttemptOutcome) -> bool:
    ambiguous = _is_no_answer(outcome) or outcome.ending in (Ending.TIMED_OUT, Ending.CANCELLED, Ending.LOST)
    return ambiguous and not outcome.not_executed


def _is_no_answer(outcome: AttemptOutcome) -> bool:
    """Nobody said whether the work was done: the way back broke, or the service itself did."""
    return outcome.timed_out_or_reset or says_nothing_of_the_work(outcome.error_code)


def result_of_outcome(
    outcome: AttemptOutcome,
    attempt: Attempt,
    started: datetime,
    ended: datetime,
    *,
    reads: bool,
    doubtful: bool = False,
) -> CommandResult:
    """The result of a command whose last attempt came out so; `doubtful`: an earlier one may have done the work.

    A write that was ended, timed out or lost is Unknown: it may have been executed. A read is plainly Failed.
    """
    outcome = _clean(outcome)
    status, error, hidden = _status_of(outcome, attempt.timeout, reads=reads)
    if status is CommandStatus.FAILED and doubtful and not reads:
        status, error, hidden = _unknown(f"an earlier attempt may have been executed; the last one: {error}")
    return CommandResult(
        command_id=attempt.command.id,
        status=status,
        output=outcome.output,
        error=error,
        duration=Duration.of(max(ended - started, timedelta(0))),
        started_at=started,
        completed_at=max(ended, started),
        outcome=hidden,
        attempts=attempt.number,
        exit_code=outcome.exit_code,
        error_code=outcome.error_code,
        output_file=outcome.output_file,
        output_bytes=outcome.output_bytes,
        output_truncated=outcome.output_truncated or None,
    )


def _clean(outcome: AttemptOutcome) -> AttemptOutcome:
    """Without what looks like a secret, whoever's executor made it."""
    error = None if outcome.error is None else without_secrets(outcome.error)
    return replace(outcome, error=error, output=without_secrets(outcome.output))


def _status_of(
    outcome: AttemptOutcome, timeout: Duration, *, reads: bool
) -> tuple[CommandStatus, str | None, Outcome | None]:
    uncertain = not reads and not outcome.not_executed
    match outcome.ending:
        case Ending.COMPLETED:
            return CommandStatus.COMPLETED, None, None
        case Ending.NEVER_BEGAN:
            return CommandStatus.FAILED, outcome.error, None
        case Ending.FAILED if _is_no_answer(outcome) and uncertain:
            return _unknown(outcome.error or "the connection broke before an answer came")
        case Ending.FAILED:
            return CommandStatus.FAILED, outcome.error, None
        case Ending.TIMED_OUT:
            said = str(Timeout(timeout))
            return _unknown(said) if uncertain else (CommandStatus.FAILED, said, None)
        case Ending.CANCELLED if uncertain:
            return _unknown("cancelled while the request was in flight")
        case Ending.CANCELLED:
            return CommandStatus.FAILED, str(Cancelled()), Outcome.CANCELLED
        case Ending.LOST if uncertain:
            return _unknown(outcome.error or "its process vanished")
        case Ending.LOST:
            return CommandStatus.FAILED, f"Interrupted: {outcome.error or 'its process vanished'}", None


def _unknown(why: str) -> tuple[CommandStatus, str, Outcome]:
    return CommandStatus.UNKNOWN, UNKNOWN_PREFIX + why, Outcome.UNKNOWN


def client_token(execution_id: UUID, command_id: UUID) -> str:
    """The idempotency token of a command: the same for every attempt, also after a restart."""
    return str(uuid5(execution_id, str(command_id)))
