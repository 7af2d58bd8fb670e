"""Looking into parameters, whether they came as JSON or as words of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudops_tui.policy.cli_values import UNREAD

_DEEPEST = 12


def at(parameters: Any, path: str) -> list[Any]:
    """Every value at a dotted path; lists on the way are looked through. `UNREAD` where the way is not known.

    A member that is missing gives nothing. `*` stands for every key of a map.
    """
    found = [parameters]
    for step in path.split("."):
        found = [inner for value in found for inner in _step(value, step)]
    return [inner for value in found for inner in (value if isinstance(value, list) else [value])]


def has(parameters: Any, path: str) -> bool:
    """Whether the member is given at all, also as an empty list."""
    found = [parameters]
    for step in path.split("."):
        found = [inner for value in found for inner in _step(value, step)]
    return bool(found)


def _step(value: Any, step: str) -> Iterator[Any]:
    if value is UNREAD:
        yield UNREAD
    elif isinstance(value, list):
        for inner in value:
            yield from _step(inner, step)
    elif isinstance(value, Mapping):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]


def members(parameters: Mapping[str, Any], deepest: int = _DEEPEST) -> Iterator[tuple[int, str, Any]]:
    """Every named value with its depth (1: a parameter itself); lists are looked through."""
    stack: list[tuple[int, str, Any]] = [(1, name, value) for name, value in reversed(list(parameters.items()))]
    while stack:
        depth, name, value = stack.pop()
        yield depth, name, value
        if depth >= deepest:
            continue
        for inner in value if isinstance(value, list) else (value,):
            if isinstance(inner, Mapping):
                stack += [(depth + 1, key, held) for key, held in reversed(list(inner.items()))]


def plain(value: Any) -> Any:
    """The value itself; of EC2's `{"Value": x}` what it wraps."""
    if isinstance(value, Mapping) and len(value) == 1 and "Value" in value:
        return value["Value"]
    return value


def is_false(value: Any) -> bool:
    """False, as JSON or as a word."""
    value = plain(value)
    return value is False or (isinstance(value, str) and value.lower() == "false")


def is_true(value: Any) -> bool:
    """True, as JSON or as a word."""
    value = plain(value)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def is_zero(value: Any) -> bool:
    """0, as JSON or as a word."""
    return number(value) == 0


def number(value: Any) -> float | None:
    """The number, as JSON or as a word; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def is_given(value: Any) -> bool:
    """Anything but nothing: an empty text, list or object is nothing, and so is False."""
    return value not in (None, "", [], {}) and not is_false(value)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep, map keys included."""
    stack = [value]
    while stack:
        match stack.pop():
            case str(text):
                yield text
            case list(inner):
                stack.extend(inner)
            case Mapping() as held:
                stack.extend(held.keys())
                stack.extend(held.values())
            case _:
                pass
