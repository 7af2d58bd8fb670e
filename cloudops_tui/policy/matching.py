"""What an operator looks for in text: plainly, smart about case, or as a regular expression."""

from __future__ import annotations

import re

from cloudops_tui.model.output import Wanted

ERROR_WORDS = "error|failed|failure|denied|exception|fatal|traceback"
_ERRORS = re.compile(ERROR_WORDS, re.IGNORECASE)
MOST_SPANS = 200  # of one line; more than a screen shows


def wanted(typed: str, *, regex: bool = False) -> Wanted | None:
    """What was typed: `/a.c/` is a regular expression, all else is itself; None where it is empty."""
    if len(typed) > 2 and typed.startswith("/") and typed.endswith("/"):
        return Wanted(typed[1:-1], regex=True)
    return Wanted(typed, regex=regex) if typed else None


def spelled(sought: Wanted) -> str:
    """How it would be typed."""
    return f"/{sought.text}/" if sought.regex else sought.text


def ignores_case(sought: Wanted) -> bool:
    """Lower case finds both; a capital letter is meant. In an expression a class such as `\\S` is no capital."""
    text = re.sub(r"\\.", "", sought.text) if sought.regex else sought.text
    return text == text.lower()


def bad_expression(sought: Wanted) -> str:
    """Why this is no regular expression; empty where it is one."""
    if not sought.regex:
        return ""
    try:
        re.compile(sought.text)
    except (re.error, RecursionError, OverflowError) as error:
        return f"Not a regular expression: {error}"
    return ""


def expression(sought: Wanted) -> re.Pattern[str]:
    """What finds it. A regular expression of an operator may take for ever: never run it where somebody waits."""
    if sought.errors:
        return _ERRORS
    text = sought.text if sought.regex else re.escape(sought.text)
    return re.compile(text, re.IGNORECASE if ignores_case(sought) else 0)


def spans(pattern: re.Pattern[str], text: str) -> tuple[tuple[int, int], ...]:
    """Where it matches, without the empty matches."""
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        if match.end() > match.start():
            found.append(match.span())
        if len(found) >= MOST_SPANS:
            break
    return tuple(found)
