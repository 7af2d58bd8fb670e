"""The question for the code of an MFA device: what is said, and when an answer is one."""

from __future__ import annotations

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Span, line, pad, wrap, wrapped

TITLE = "Code of an MFA device"
DIGITS = 6
"""AWS's virtual and hardware devices give six (IAM User Guide, "AWS Multi-factor authentication")."""
_LABEL = 9


def question(profile: str, device: str, wanted_for: str, width: int) -> tuple[Line, ...]:
    """Which profile, which device, and what needs it."""
    facts = (("profile", profile), ("device", device), ("for", wanted_for or "to learn which account it reaches"))
    return tuple(row for label, words in facts if words for row in _fact(label, words, width))


def status(code: str, refused: str, width: int) -> tuple[Line, ...]:
    """Why the last code was not taken, and what is missing of this one."""
    shown = wrapped(f"AWS did not take it: {safe_line(refused)}", width, style="failed") if refused else ()
    lacking = why_not(code)
    said = line(Span(lacking, "caution")) if lacking else line(Span("ready", "ok"))
    return (*tuple(shown)[:3], said)


def why_not(code: str) -> str | None:
    """Why Enter does not send it yet; None when it does."""
    missing = DIGITS - len(code)
    return f"{missing} of {DIGITS} digits to go" if missing > 0 else None


def declined(profile: str, again_key: str) -> str:
    """What follows from giving none."""
    again = f"; {again_key} in queue or review asks again" if again_key else ""
    return f"No code for `{safe_line(profile)}`: account unknown{again}"


def send_key(code: str) -> Line:
    """The key that sends it, dim while it would not."""
    key, word = ("faint", "faint") if why_not(code) else ("key", "strong")
    return line(Span("enter", key), Span("  send; it goes to AWS once, kept nowhere", word))


def _fact(label: str, words: str, width: int) -> list[Line]:
    rows = wrap(safe_line(words), width - _LABEL)[:2]
    return [line(Span(pad(label if not number else "", _LABEL), "quiet"), row) for number, row in enumerate(rows)]
