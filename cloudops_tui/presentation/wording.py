"""The words and signs that every screen shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import CommandResult, CommandStatus, ExecutionStatus, Outcome
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.presentation import times


@dataclass(frozen=True)
class Sign:
    """One state, three ways: never by colour alone."""

    glyph: str
    ascii: str
    word: str
    style: str
    """The name of its colour in the stylesheet: `ok`, `failed`, `running`, `waiting`, `review`, `quiet`, `unknown`."""

    def shown(self, ascii_only: bool) -> str:
        """The glyph, or its ASCII twin."""
        return self.ascii if ascii_only else self.glyph


REVIEW = Sign("◆", "?", "REVIEW", "review")
QUEUED = Sign("·", ".", "queued", "quiet")
WAITS = Sign("∙", ":", "waits", "waiting")
RUNNING = Sign("▶", ">", "running", "running")
RETRYING = Sign("▶", ">", "retrying", "waiting")
OK = Sign("✓", "+", "ok", "ok")
FAILED = Sign("✗", "x", "FAILED", "failed")
SKIPPED = Sign("–", "-", "skipped", "quiet")
CANCELLED = Sign("⊘", "/", "cancelled", "waiting")
ROLLED_BACK = Sign("↶", "<", "rolled back", "waiting")
UNKNOWN = Sign("¿", "!", "UNKNOWN", "unknown")
REFUSED = Sign("✗", "x", "refused", "failed")
REJECTED = Sign("⊘", "/", "rejected", "quiet")
EXPIRED = Sign("–", "-", "expired", "quiet")

COMMAND_SIGNS = {
    CommandStatus.PENDING: QUEUED,
    CommandStatus.RUNNING: RUNNING,
    CommandStatus.COMPLETED: OK,
    CommandStatus.FAILED: FAILED,
    CommandStatus.SKIPPED: SKIPPED,
    CommandStatus.ROLLED_BACK: ROLLED_BACK,
    CommandStatus.UNKNOWN: UNKNOWN,
}
EXECUTION_SIGNS = {
    ExecutionStatus.PENDING: QUEUED,
    ExecutionStatus.RUNNING: RUNNING,
    ExecutionStatus.COMPLETED: OK,
    ExecutionStatus.FAILED: FAILED,
    ExecutionStatus.CANCELLED: CANCELLED,
    ExecutionStatus.ROLLED_BACK: ROLLED_BACK,
}
QUEUE_SIGNS = {
    QueueState.REVIEW: REVIEW,
    QueueState.QUEUED: QUEUED,
    QueueState.RUNNING: RUNNING,
    QueueState.DONE: OK,
    QueueState.REJECTED: REJECTED,
    QueueState.EXPIRED: EXPIRED,
    QueueState.REFUSED: REFUSED,
}
RISK_WORDS = {RiskLevel.READ_ONLY: "read", RiskLevel.MODIFY: "modify", RiskLevel.DESTRUCTIVE: "DESTROY"}


def command_sign(status: CommandStatus, result: CommandResult | None) -> Sign:
    """Where a command stands, on every screen and in every line: what somebody stopped has not failed."""
    return CANCELLED if was_cancelled(result) else COMMAND_SIGNS[status]


def was_cancelled(result: CommandResult | None) -> bool:
    """It was ended because somebody asked for that, and nothing is left unknown."""
    return result is not None and result.outcome is Outcome.CANCELLED


age, clock = times.age, times.clock


def elapsed(length: timedelta) -> str:
    """A length of time in at most two units: `0.4s`, `41s`, `3m02s`, `11h05m`, `2d03h`."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02d}h"


def day_and_time(moment: datetime) -> str:
    """`08-22 12:15`, UTC."""
    return f"{moment.astimezone(UTC):%m-%d %H:%M}"


def size(number: int) -> str:
    """A number of bytes: `312 B`, `1.2 KB`, `48 MB`."""
    amount = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes everything")


def completed(counts: Mapping[CommandStatus, int]) -> int:
    """How many commands did what they should, whether or not that was undone later: the first number of `6/14`."""
    return counts.get(CommandStatus.COMPLETED, 0) + counts.get(CommandStatus.ROLLED_BACK, 0)


def counted(number: int, noun: str) -> str:
    """`1 command`, `3 commands`, `1,204 lines`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def cut(text: str, width: int) -> str:
    """`text` in at most `width` characters; what was cut shows as `~`."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "~"
