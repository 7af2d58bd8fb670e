"""Whether a process lives, told apart from a later one of the same number. Loads nothing heavy."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@cache
def boot_id() -> str:
    """A name of this run of the machine; empty where the system does not say."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def started(pid: int) -> int | None:
    """When the process began, in clock ticks since boot (proc(5), field 22); None when there is no such process."""
    try:
        state, *rest = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if state == "Z" else int(rest[18])


def lives(pid: int, boot: str, ticks: int) -> bool:
    """The process lives: same boot, same pid, same start. A zombie does not."""
    return boot == boot_id() and started(pid) == ticks
