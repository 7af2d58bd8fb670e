"""What is known of a command whose end is not known, in words: for the verb and for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import UNKNOWN_PREFIX
from cloudops_tui.model.unknown import AttemptSeen, UnknownFacts
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.command_details import command_words, was_before
from cloudops_tui.presentation.lines import Line, Span, line, pad, wrapped

NOT_CAPTURED = "the state before it was sent was not captured"


def facts(known: UnknownFacts) -> tuple[tuple[str, str], ...]:
    """Label and words, in the order in which somebody decides from them. Safe to show."""
    return tuple((label, without_secrets(safe_line(words))) for label, words in _facts(known))


def _facts(known: UnknownFacts) -> Iterator[tuple[str, str]]:
    place = f"{known.place}. " if known.place is not None else "undo: "
    yield "command", f"{place}{known.command.description}"
    yield "sent", " ".join(known.argv or command_words(known.command))
    yield "account", known.account
    yield from (("then", one) for one in _then(known) or (NOT_CAPTURED,))
    yield from _now(known)
    yield "unknown", known.error.removeprefix(UNKNOWN_PREFIX)
    yield "again", known.repeatable_why
    yield "token", known.client_token or "none: the request carries no client token"
    for one in known.attempts:
        yield "attempt", _attempt(one, known.error)


def _then(known: UnknownFacts) -> tuple[str, ...]:
    """What was there before it was sent."""
    read = was_before(known.before)
    return (*known.then, read) if read else known.then


def _attempt(one: AttemptSeen, last: str) -> str:
    at = write_timestamp(one.sent_at.replace(microsecond=0)) if one.sent_at else "a time that is not known"
    error = f": {one.error.removeprefix(UNKNOWN_PREFIX)}" if one.error and one.error != last else ""
    left = ", ".join(one.left) or "nothing"
    alive = ", still at work" if one.alive else ""
    return f"{one.number}, sent {at}{error}; left behind: {left}{alive}"


def _now(known: UnknownFacts) -> Iterator[tuple[str, str]]:
    now = known.now
    if now is None:
        yield "now", f"nobody was asked: {known.not_asked}"
        return
    found = now.found or ()
    yield from (("now", one) for one in found)
    if not found:
        yield "now", now.description
    yield from (("asked", one) for one in now.changes)
    yield from (("note", one) for one in now.warnings)


# --- the modal -------------------------------------------------------------------------------------------------------

CHOICES = (
    (Resolution.DONE, "f2", "done", "it did its work: it counts as completed"),
    (Resolution.NOT_DONE, "f3", "not done", "it did nothing: it counts as failed"),
    (Resolution.RUN_AGAIN, "f4", "run again", "send it once more, with its own approval"),
)
_LABEL = 9  # cells


def title(known: UnknownFacts) -> str:
    """What the modal is headed with."""
    return f"#{known.number} What came of `{safe_line(known.command.description)}`?"


def body(known: UnknownFacts, asking: bool, width: int) -> tuple[Line, ...]:
    """The facts, a label only where it changes."""
    shown: list[Line] = []
    before = ""
    for label, words in facts(known):
        if label == "now" and asking:
            words = "asking the account ..."
        style = {"unknown": "unknown", "again": "" if known.repeatable else "caution"}.get(label, "")
        rows = wrapped(words, max(10, width - _LABEL), style=style)
        for place, row in enumerate(rows):
            lead = label if not place and label != before else ""
            shown.append((Span(pad(lead, _LABEL), "quiet"), *row))
        before = label
    return tuple(shown)


def choices(chosen: Resolution | None) -> tuple[Line, ...]:
    """A line each: its key, and what it means."""
    return tuple(
        line(
            Span(f"{'(*)' if one is chosen else '( )'} ", "key" if one is chosen else "quiet"),
            Span(f"{key} ", "key"),
            Span(pad(label, 11), "strong" if one is chosen else ""),
            Span(meaning, "quiet"),
        )
        for one, key, label, meaning in CHOICES
    )


def missing(chosen: Resolution | None, reason: str, *, armed: bool) -> str | None:
    """What is missing before `ctrl+y` counts; None when nothing is."""
    if not armed:
        return "a moment ..."
    if chosen is None:
        return "choose: f2, f3 or f4"
    return None if reason.strip() else "say how that is known; it is kept with the command"


def status(refused: str, lacking: str | None, width: int) -> tuple[Line, ...]:
    """One line, or two."""
    if refused:
        return tuple(wrapped(f"REFUSED: {safe_line(refused)}", width, style="failed")[:2])
    if lacking:
        return (line(Span(f"not ready: {lacking}", "caution")),)
    return (line(Span("ready", "ok")),)


def confirm_key(chosen: Resolution | None, lacking: str | None) -> Line:
    """The key that decides, dim while it would not."""
    styles = ("faint", "faint") if lacking else ("key", "strong")
    means = {
        Resolution.DONE: "mark it done",
        Resolution.NOT_DONE: "mark it not done",
        Resolution.RUN_AGAIN: "show what would be sent, and its approval",
        None: "decide",
    }[chosen]
    return line(Span("ctrl+y", styles[0]), Span(f"  {means}", styles[1]))


def as_json(known: UnknownFacts) -> dict[str, Any]:
    """The same for programs."""
    return {
        "execution_id": str(known.execution_id),
        "number": known.number,
        "command_id": str(known.command.id),
        "place": known.place,
        "description": known.command.description,
        "argv": list(known.argv) if known.argv is not None else None,
        "error": known.error,
        "attempts": [
            {
                "attempt": one.number,
                "sent_at": write_timestamp(one.sent_at.replace(microsecond=0)) if one.sent_at else None,
                "error": one.error,
                "left": list(one.left),
                "alive": one.alive,
            }
            for one in known.attempts
        ],
        "client_token": known.client_token,
        "repeatable": known.repeatable,
        "repeatable_why": known.repeatable_why,
        "account": known.account,
        "then": list(_then(known)),
        "now": known.now.model_dump(mode="json") if known.now is not None else None,
        "not_asked": known.not_asked or None,
    }
