"""How fast commands may follow each other to a service that has told us to slow down."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudops_tui.model.config import AnyBackoffStrategy, Exponential, Fixed, Linear

THROTTLING = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException",
    }
)  # fmt: skip
"""Codes that mean: too fast (botocore's `ThrottledRetryableChecker`, less `LimitExceededException` and
`TransactionInProgressException`, which waiting does not help against)."""

STEEPEST = 5
"""Times that the pause is doubled, less one; one command every sixteen first waits is slow enough for any service."""
LONGEST = 30.0  # seconds between two commands, however long the configured waits are
JITTER = 0.5
"""A pause is longer by at most this part of it, by chance: other programs of the account slow down as well, and should
not all come back at the same moment."""


@dataclass(frozen=True)
class Place:
    """What one limit of AWS is about: an account, a region and a service in it."""

    account: str
    """Its number; where that is not known, the profile that reaches it."""
    region: str
    service: str


@dataclass(frozen=True)
class Pace:
    """How slowly a place is approached. Times are seconds on a clock that is never set back."""

    level: int = 0
    """0: as fast as commands come."""
    opens_at: float = 0.0
    """When the next may leave."""
    slowed_at: float = float("-inf")

    @property
    def is_free(self) -> bool:
        """Nobody has to wait."""
        return self.level == 0


FREE = Pace()


def is_throttling(code: str | None) -> bool:
    """AWS said: too fast."""
    return code in THROTTLING


def first_wait(backoff: AnyBackoffStrategy) -> float:
    """Seconds of the shortest pause: what the configuration waits before a second attempt."""
    match backoff:
        case Fixed(value=wait):
            return wait.total_seconds()
        case Exponential(base=base):
            return base.total_seconds()
        case Linear(increment=increment):
            return increment.total_seconds()


def pause(level: int, first: float, chance: float = 0.0) -> float:
    """Seconds between two commands; `chance` is from 0 to 1."""
    return min(first * 2.0 ** (level - 1), LONGEST) * (1.0 + JITTER * chance)


def slower(pace: Pace, left_at: float, now: float, first: float, chance: float) -> Pace:
    """After a command that had left at `left_at` was throttled. Those that left together slow us down once."""
    if left_at < pace.slowed_at:
        return pace
    level = min(pace.level + 1, STEEPEST)
    return Pace(level, max(pace.opens_at, now + pause(level, first, chance)), now)


def faster(pace: Pace, left_at: float) -> Pace:
    """After a command was answered that was not throttled."""
    if pace.is_free or left_at < pace.slowed_at:
        return pace
    return replace(pace, level=pace.level - 1)


def admitted(pace: Pace, now: float, first: float, chance: float) -> Pace:
    """After the next one has left."""
    return pace if pace.is_free else replace(pace, opens_at=now + pause(pace.level, first, chance))


def due(pace: Pace, before: int, first: float) -> float:
    """When a command may leave that has `before` others before it in line, if nothing changes."""
    return pace.opens_at + before * pause(pace.level, first)
