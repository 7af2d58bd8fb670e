"""Rejecting one plan or many: which can be, which cannot any more and why, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import availability, wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, cut_line, line, wrapped

REASONS = ("wrong target", "wrong time", "too risky", "need more facts")


@dataclass(frozen=True)
class Sorted:
    """Entries as they were when they were chosen: those that can still be rejected, and the others."""

    can: tuple[QueueEntry, ...]
    cannot: tuple[tuple[QueueEntry, str], ...] = ()
    """With why not."""


@dataclass(frozen=True)
class Outcome:
    """What became of each rejection."""

    done: tuple[QueueEntry, ...]
    failed: tuple[tuple[QueueEntry, str], ...]
    """With what the engine said."""


def sorted_out(entries: Iterable[QueueEntry], known: Mapping[UUID, QueueEntry], now: datetime) -> Sorted:
    """A plan that was decided or changed meanwhile is not rejected unseen."""
    can, cannot = [], []
    for entry in entries:
        why = availability.changed_since(entry, known.get(entry.id), now)
        if why is None:
            can.append(entry)
        else:
            cannot.append((entry, why))
    return Sorted(tuple(can), tuple(cannot))


def title(entries: Sequence[QueueEntry]) -> str:
    """What the modal is headed with."""
    if len(entries) == 1:
        return f"Reject #{entries[0].number} r{entries[0].revision}"
    return f"Reject {wording.counted(len(entries), 'marked plan')}, for one reason"


def plans(found: Sorted, width: int, most: int) -> tuple[Line, ...]:
    """What is not rejected and why, and what is, in at most so many rows."""
    shown: list[Line] = []
    if len(found.can) == 1 and not found.cannot:
        [entry] = found.can
        return tuple(wrapped(_description(entry), width, style="title")[:2])
    shown += [cut_line(line(Span(f"not: {why}", "caution")), width) for _, why in found.cannot]
    shown += [_named(entry, width) for entry in found.can]
    if len(shown) <= most:
        return tuple(shown)
    return (*shown[: most - 1], line(Span(f"and {len(shown) - most + 1} more", "quiet")))


def missing(found: Sorted, reason: str, *, armed: bool) -> str | None:
    """Why Enter does not reject yet; None when it does."""
    if not found.can:
        return found.cannot[0][1] if found.cannot else "Nothing is left to reject"
    if not armed:
        return "a moment ..."
    return None if reason.strip() else "give a reason"


def status(found: Sorted, lacking: str | None, width: int) -> tuple[Line, ...]:
    """One line, or two."""
    if lacking is None:
        return (line(Span("ready", "ok")),)
    if not found.can:
        return tuple(wrapped(f"LOCKED: {lacking}; esc closes, look again", width, style="danger")[:2])
    return tuple(wrapped(f"not ready: {lacking}", width, style="caution")[:2])


def reject_key(found: Sorted, lacking: str | None) -> Line:
    """The key that rejects, dim while it would not."""
    styles = ("faint", "faint") if lacking else ("key", "strong")
    many = f" {len(found.can)} plans" if len(found.can) > 1 else ""
    return line(Span("enter", styles[0]), Span(f"  reject{many}", styles[1]))


def quick_reasons() -> Line:
    """The usual ones and their keys."""
    parts = [
        (Span(f"f{number}", "key"), Span(f" {reason}   ", "quiet")) for number, reason in enumerate(REASONS, start=1)
    ]
    return tuple(span for part in parts for span in part)


def report(outcome: Outcome, width: int) -> tuple[Line, ...]:
    """What was rejected, and what was not and why."""
    shown: list[Line] = []
    for entry, why in outcome.failed:
        shown += [_named(entry, width), *wrapped(safe_line(why), width, indent=2, style="failed")]
    shown.append(BLANK)
    done = ", ".join(f"#{entry.number}" for entry in outcome.done)
    said = f"Rejected: {done}" if done else "Nothing was rejected"
    return (*shown, *wrapped(said, width, style="quiet"), *wrapped("The others stay marked.", width, style="quiet"))


def _named(entry: QueueEntry, width: int) -> Line:
    return cut_line(line(Span(f"#{entry.number} r{entry.revision}  ", "strong"), _description(entry)), width)


def _description(entry: QueueEntry) -> str:
    return safe_line(entry.plan.description) if entry.plan else "not a valid plan"
