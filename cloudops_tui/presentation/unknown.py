"""What is known of a command whose end is not known, in words: for the verb and for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudops_tui.model.result import UNKNOWN_PREFIX
from cloudops_tui.model.unknown import AttemptSeen, UnknownFacts
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.redaction import without_secrets
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.command_details import command_words

NOT_CAPTURED = "the state before it was sent was not captured"


def facts(known: UnknownFacts) -> tuple[tuple[str, str], ...]:
    """Label and words, in the order in which somebody decides from them. Safe to show."""
    return tuple((label, without_secrets(safe_line(words))) for label, words in _facts(known))


def _facts(known: UnknownFacts) -> Iterator[tuple[str, str]]:
    place = f"{known.place}. " if known.place is not None else "undo: "
    yield "command", f"{place}{known.command.description}"
    yield "sent", " ".join(known.argv or command_words(known.command))
    yield "unknown", known.error.removeprefix(UNKNOWN_PREFIX)
    for one in known.attempts:
        yield "attempt", _attempt(one)
    yield "token", known.client_token or "none: the request carries no client token"
    yield "again", known.repeatable_why
    yield "account", known.account
    yield "then", NOT_CAPTURED
    yield from _now(known)


def _attempt(one: AttemptSeen) -> str:
    at = write_timestamp(one.sent_at) if one.sent_at else "a time that is not known"
    error = f": {one.error.removeprefix(UNKNOWN_PREFIX)}" if one.error else ""
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
                "sent_at": write_timestamp(one.sent_at) if one.sent_at else None,
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
        "now": known.now.model_dump(mode="json") if known.now is not None else None,
        "not_asked": known.not_asked or None,
    }
