"""A decision in the making: what is still missing, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.model.review import Review
from cloudops_tui.policy.approval import unacknowledged
from cloudops_tui.policy.entries import became
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import Line, Span, cut_line, joined, line, reflow, wrapped

UNSEEN = "look at all of it first (down, pagedown)"


@dataclass(frozen=True)
class Arming:
    """Just opened: a key that was pressed before does not count."""

    early: bool = False
    """The key that approves was pressed already."""


@dataclass(frozen=True)
class Ready:
    """A decision counts."""

    told: str = ""
    """What was refused a moment ago, and why."""


@dataclass(frozen=True)
class Submitting:
    """The decision is on its way."""


@dataclass(frozen=True)
class Unknown:
    """The decision was handed in, and the engine has not answered for so long that nobody can say what became of it."""

    told: str = ""
    """What a look at the queue has found."""


@dataclass(frozen=True)
class Locked:
    """A decision would not count any more."""

    why: str


Phase: TypeAlias = Arming | Ready | Submitting | Unknown | Locked


@dataclass(frozen=True)
class Given:
    """What was typed so far."""

    confirmation: str = ""
    reason: str = ""
    override: str = ""
    acknowledged: bool = False
    """That nothing undoes some of what destroys."""


def missing(
    review: Review,
    phase: Phase,
    given: Given,
    *,
    hindered: str | None = None,
    refused: str | None = None,
    seen: bool,
    hurried: int = 0,
) -> str | None:
    """What is still missing before `ctrl+y` approves; None when nothing is.

    `hindered` is what stands in the way; `refused` to what the rehearsal was answered with a no; `seen` says that what
    has to be seen of the body was on screen, `hurried` how many rows above it went by too fast for that.
    """
    if review.blocked is not None:
        return safe_line(review.blocked)
    match phase:
        case Arming():
            return "arming ..."
        case Submitting() | Unknown():
            return "the decision is on its way"
        case Locked(why=why):
            return why
        case Ready():
            return _not_given(review, given, hindered, refused, None if seen else unseen(hurried))
        case _:
            assert_never(phase)


def _not_given(
    review: Review, given: Given, hindered: str | None, refused: str | None, to_be_seen: str | None
) -> str | None:
    if hindered is not None:
        return safe_line(hindered)
    if to_be_seen is not None:
        return to_be_seen
    if not review.confirmation.given_by(given.confirmation):
        return "what is asked for above is not typed" + (" so" if given.confirmation else "")
    if review.confirmation.needed and not given.reason.strip():
        return "give a reason"
    if (why := unacknowledged(review, given.acknowledged)) is not None:
        return f"{safe_line(why)}: ctrl+n says that you know"
    if refused is not None and not given.override.strip():
        return f"{safe_line(refused)}; say why it is approved all the same"
    return None


def unseen(hurried: int) -> str:
    """Which way to go: on, or back to the rows that went by too fast, once there are no others."""
    rows = wording.counted(hurried, "row")
    return f"look at all of it: {rows} above went by too fast (pageup)" if hurried else UNSEEN


def status(
    phase: Phase, lacking: str | None, width: int, rests_on: Line = (), *, pasted: int = 0
) -> tuple[Line, ...]:
    """One or two lines: locked, refused, or what is lacking; None lacks nothing, and `rests_on` says what is known.

    `pasted` letters were not taken a moment ago.
    """
    match phase:
        case Locked(why=why):
            return tuple(wrapped(f"LOCKED: {why}; esc closes, look again", width, style="danger")[:2])
        case Submitting():
            return (line(Span("submitting ...", "running")),)
        case Unknown(told=told):
            said = told or "still waiting: the engine has not confirmed; do not re-submit"
            return tuple(wrapped(f"UNKNOWN: {safe_line(said)}", width, style="unknown")[:2])
        case Ready(told=told) if told:
            return tuple(wrapped(f"REFUSED: {safe_line(told)}", width, style="failed")[:2])
        case Arming() | Ready() if pasted:
            at_once = f"{wording.counted(pasted, 'letter')} came at once"
            return tuple(wrapped(f"not taken: this is typed, not pasted ({at_once})", width, style="caution")[:2])
        case Arming(early=early):
            return (line(Span("arming ... ctrl+y counts once it says ready" if early else "arming ...", "quiet")),)
        case Ready():
            if lacking is not None:
                return tuple(wrapped(f"not ready: {lacking}", width, style="caution")[:2])
            return (cut_line(joined((Span("ready", "ok"), *rests_on), by="  "), width),)
        case _:
            assert_never(phase)


def found(entry: QueueEntry | None, now: datetime) -> Phase:
    """Where a decision stands of which the engine has not said what became of it, as far as the queue tells."""
    if entry is None:
        return Unknown("the queue does not tell; the list of what runs, or the history, does")
    if entry.state is QueueState.REVIEW:
        return Unknown(f"#{entry.number} is in review at {wording.clock(now)}: nothing is recorded yet; R looks again")
    return Locked(f"#{entry.number} {became(entry, now)}")


def override_label(refused: str | None) -> str:
    """What stands before the field that takes why it is approved all the same."""
    return f"Override reason ({safe_line(refused.removeprefix('the '))}): " if refused else ""


def acknowledgement(review: Review, given: bool, ascii_only: bool, width: int) -> tuple[Line, ...]:
    """The tick that says that nothing undoes what destroys; nothing where there is no such command."""
    why = unacknowledged(review, acknowledged=False)
    if why is None:
        return ()
    tick = wording.OK.shown(ascii_only) if given else " "
    known, style = ("acknowledged", "strong") if given else ("not acknowledged", "danger")
    head = (Span(f"[{tick}] ", "ok" if given else "caution"), Span("ctrl+n", "key"))
    return tuple(reflow(line(*head, Span(f"  {safe_line(why)}: {known}", style)), width))


def approve_key(phase: Phase, lacking: str | None) -> Line:
    """The key that approves, dim while it would not; the key that looks, where nobody knows."""
    if isinstance(phase, Unknown):
        return line(Span("R", "key"), Span("  check what became of it", "strong"))
    style = ("faint", "faint") if lacking else ("key", "strong")
    return line(Span("ctrl+y", style[0]), Span("  approve and run now", style[1]))
