"""When to try again, and what would be a repetition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from cloudops_tui.model.config import RetryConfig

NOTHING_WAS_EXECUTED = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException", "ValidationException", "ValidationError",
    }
)  # fmt: skip
"""Codes that say that the request was turned away before it did anything (botocore's `_retry.json` and
`ThrottlingRetryable`, less those that a service also answers after the work)."""

_SERVICE_BROKE = re.compile(
    r"5\d\d|Internal\w*(?:Error|Failure|Fault|Exception)|\w*InternalException|Service(?:Failure|Unavailable|Exception)\w*"
    r"|Unavailable|ServerException|DependencyTimeout\w*"
)


def says_nothing_of_the_work(error_code: str | None) -> bool:
    """An answer with this code comes from a service that broke, at any moment: before the work, in it, or after it.

    A number is the HTTP status alone, as a proxy gives it that had no answer from behind (RFC 9110, 15.6).
    """
    return error_code is not None and _SERVICE_BROKE.fullmatch(error_code) is not None


class RetryClass(Enum):
    """Whether a second request could do the work twice."""

    A = "A"
    """A read, an idempotent operation, or one that carries a client token."""
    B = "B"
    """Anything else: tried again only with proof that nothing was executed."""


def retry_class(*, reads: bool, idempotent: bool, token: bool) -> RetryClass:
    """A command's class: what it does, what the model says of its operation, what it carries."""
    return RetryClass.A if reads or idempotent or token else RetryClass.B


def repeating(*, reads: bool, idempotent: bool, token: bool, config: RetryConfig) -> str:
    """Whether and why a command is tried more than once, for the person who decides on it."""
    most = config.max_attempts
    if retry_class(reads=reads, idempotent=idempotent, token=token) is RetryClass.B:
        turned_away = f"; up to {most} when throttled or never reached" if most > 1 else ""
        return f"one attempt: a repeat could do it twice; a timeout makes it UNKNOWN{turned_away}"
    why = (
        "reads can be repeated" if reads
        else "its operation does the same however often it is called" if idempotent
        else "each attempt carries the same client token, so AWS does it once"
    )  # fmt: skip
    return f"at most {most} attempts: {why}" if most > 1 else f"one attempt, as configured, although {why}"


@dataclass(frozen=True)
class AttemptFacts:
    """What policy needs to know of a failed attempt."""

    error_code: str | None
    not_executed: bool
    """The error itself proves that nothing was executed."""
    timed_out_or_reset: bool


@dataclass(frozen=True)
class Retry:
    """Try again, after the wait that the configuration says."""


@dataclass(frozen=True)
class GiveUp:
    """Do not."""

    why: str


def decide(facts: AttemptFacts, attempt: int, retry_class: RetryClass, config: RetryConfig) -> Retry | GiveUp:
    """What to do after attempt number `attempt` (from 1) failed."""
    if not _worth_it(facts, config):
        return GiveUp("the error is not one that another attempt helps against")
    if retry_class is RetryClass.B and not (facts.not_executed or facts.error_code in NOTHING_WAS_EXECUTED):
        return GiveUp("it may have been executed, and another attempt could do it twice")
    if attempt >= config.max_attempts:
        return GiveUp(f"{attempt} of {config.max_attempts} attempts were made")
    return Retry()


def _worth_it(facts: AttemptFacts, config: RetryConfig) -> bool:
    if facts.timed_out_or_reset:
        return True
    if facts.error_code is None:
        return facts.not_executed
    return any(_same_code(facts.error_code, code) for code in config.retryable_errors)


def _same_code(found: str, listed: str) -> bool:
    """`Throttling` and `ThrottlingException` are one: services spell the same error both ways."""
    return found.removesuffix("Exception") == listed.removesuffix("Exception")
