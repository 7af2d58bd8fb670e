"""What a model says about values without enforcing it: known words, patterns, maxima. Only ever warnings.

botocore checks types, what is required, and minima before it sends anything. Enumerations grow, patterns are written
for other engines, and limits are raised while a client stays old; so what breaks them is told and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from cloudops_tui.model.catalogue import MemberShape, ParameterPath, ServiceCatalogue, nearest_name, reference_in
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secrets import is_secret_member

MOST_WARNINGS = 20  # of one command
LONGEST_MATCHED = 256  # characters; a longer value is not held against a pattern, for the worst take its cube in time
_LONGEST_SHOWN = 60  # characters of a value
_LONGEST_PATTERN = 80  # characters of a pattern
_DEEPEST = 40  # levels of parameters

_NUMBERS = ("integer", "long", "float", "double")


def static_warnings(
    service: str, operation: str, parameters: Mapping[str, Any], catalogue: ServiceCatalogue
) -> tuple[str, ...]:
    """What the model would not expect in these parameters; values that were not read are passed over.

    `parameters` hold botocore's member names. Safe to show; sensitive and secret values are never in the text.
    """
    shape = catalogue.operation(service, operation)
    if shape is None:
        return ()
    walk = _Walk(service, operation, catalogue)
    found = walk.members(parameters, shape.members, ())
    told = list(islice(dict.fromkeys(found), MOST_WARNINGS + 1))
    if len(told) > MOST_WARNINGS:
        told[MOST_WARNINGS:] = ["There are more values that the model would not expect"]
    return tuple(told)


class _Walk:
    """Through the parameters of one operation, with the model at hand."""

    def __init__(self, service: str, operation: str, catalogue: ServiceCatalogue) -> None:
        self._service = service
        self._operation = operation
        self._catalogue = catalogue

    def members(
        self, given: Any, known: Mapping[str, MemberShape], path: ParameterPath, hidden: bool = False
    ) -> Iterator[str]:
        if isinstance(given, Mapping):
            for name, value in given.items():
                if name in known:
                    yield from self._value(value, known[name], (*path, name), hidden)

    def _value(self, value: Any, member: MemberShape, path: ParameterPath, hidden: bool) -> Iterator[str]:
        if value is UNREAD or value is None or len(path) > _DEEPEST or member.document or reference_in(value):
            return
        hidden = hidden or member.sensitive or is_secret_member(self._service, self._operation, path)
        match member.type:
            case "structure":
                shape = self._catalogue.shape(self._service, member.shape)
                yield from self.members(value, shape.members if shape else {}, path, hidden)
            case "list" if isinstance(value, list | tuple):
                yield from _too_many(len(value), "elements", member, path)
                shape = self._catalogue.shape(self._service, member.shape)
                if shape is not None and shape.element is not None:
                    for place, inner in enumerate(value):
                        yield from self._value(inner, shape.element, (*path, place), hidden)
            case "map" if isinstance(value, Mapping):
                yield from _too_many(len(value), "entries", member, path)
                shape = self._catalogue.shape(self._service, member.shape)
                if shape is not None and shape.key is not None and shape.element is not None:
                    for key, inner in value.items():
                        yield from self._value(key, shape.key, (*path, key), hidden)
                        yield from self._value(inner, shape.element, (*path, key), hidden)
            case "string" if isinstance(value, str):
                yield from _text(value, member, path, hidden)
            case "blob" if isinstance(value, str):
                yield from _too_many(len(value.encode(errors="replace")), "bytes", member, path)
            case kind if kind in _NUMBERS:
                yield from _number(value, member, path, hidden)
            case _:
                pass


def _text(value: str, member: MemberShape, path: ParameterPath, hidden: bool) -> Iterator[str]:
    if member.enum and value not in member.enum:
        close = None if hidden else nearest_name(value, member.enum)
        remedy = f"; did you mean `{close}`?" if close else ""
        yield f"{_spoken(path)}{_shown(value, hidden)} is none of the {len(member.enum)} known values{remedy}"
    yield from _too_many(len(value), "characters", member, path)
    if member.pattern and not _fits(value, member.pattern):
        pattern = safe_line(member.pattern)
        shown = pattern if len(pattern) <= _LONGEST_PATTERN else f"{pattern[:_LONGEST_PATTERN]}..."
        yield f"{_spoken(path)}{_shown(value, hidden)} does not look like `{shown}`"


def _number(value: Any, member: MemberShape, path: ParameterPath, hidden: bool) -> Iterator[str]:
    try:
        number = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError, OverflowError):
        return
    if number is not None and member.maximum is not None and number > member.maximum:
        yield f"{_spoken(path)}{_shown(str(value), hidden)} is more than {member.maximum:,}"


def _too_many(size: int, things: str, member: MemberShape, path: ParameterPath) -> Iterator[str]:
    if member.maximum is not None and size > member.maximum:
        yield f"{_spoken(path)} has {size:,} {things}; the model allows {member.maximum:,}"


def _spoken(path: ParameterPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return f"`{safe_line(text)}`"


def _shown(value: str, hidden: bool) -> str:
    if hidden:
        return ""
    text = safe_line(value)
    return f" `{text[:_LONGEST_SHOWN]}...`" if len(text) > _LONGEST_SHOWN else f" `{text}`"


# ---------------------------------------------------------------- patterns


def _fits(value: str, pattern: str) -> bool:
    """False only where the pattern was understood and the value breaks it."""
    compiled = _compiled(pattern)
    if compiled is None or len(value) > LONGEST_MATCHED:
        return True
    whole = not (pattern.startswith("^") or pattern.endswith("$"))
    # Models without anchors mean the whole value; those with anchors say themselves what they mean.
    return bool(compiled.fullmatch(value) if whole else compiled.search(value))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None where Python does not speak this dialect, or matching could take for ever."""
    spelled = pattern.replace(_ASTRAL, "\\U00010000-\\U0010ffff")
    if _FOREIGN_DIALECT.search(spelled) or _may_explode(spelled):
        return None
    try:
        return re.compile(spelled, re.ASCII | re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        return None


_ASTRAL = "\\uD800\\uDC00-\\uDBFF\\uDFFF"
"""How Java and JavaScript write all characters beyond the first plane."""
_FOREIGN_DIALECT = re.compile(r"&&|\[\[|\[:|\\[pPQEzGKXR]|--|~~|\|\||[*+?}]\+")
"""Set operations, classes and possessive repeats that Python reads otherwise or not at all."""
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\d*\}")
_MOST_WILD = 2  # `.*` in one pattern; each multiplies the time by the value's length


def _may_explode(pattern: str) -> bool:
    """A repeated group repeats something itself, or too many parts match anything."""
    bare = re.sub(r"\\.", "x", pattern)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "x", bare)
    if len(re.findall(r"\.[*+]|\.\{", bare)) > _MOST_WILD:
        return True
    repeats_inside: list[bool] = [False]
    position = 0
    while position < len(bare):
        letter = bare[position]
        repeat = _UNBOUNDED.match(bare, position)
        if letter == "(":
            repeats_inside.append(False)
        elif letter == ")" and len(repeats_inside) > 1:
            inside = repeats_inside.pop()
            if inside and _UNBOUNDED.match(bare, position + 1):
                return True
            repeats_inside[-1] |= inside
        elif repeat:
            repeats_inside[-1] = True
            position = repeat.end()
            continue
        position += 1
    return False
