"""Looking into parameters and answers, and saying what is found there in a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudops_tui.model.catalogue import MemberShape, ParameterPath, ServiceCatalogue, reference_in
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secret_answers import is_clear_text
from cloudops_tui.policy.secrets import is_secret_member

LONGEST_SHOWN = 100  # characters of one value
_DEEPEST = 40  # levels

_STEP = re.compile(r"([^.\[\]]+)|\[(\d*)\]")


class _Hidden:
    """Stands for a value that is never shown. Two of them are not known to be the same."""

    def __repr__(self) -> str:
        return "(hidden)"


HIDDEN = _Hidden()


# ---------------------------------------------------------------- looking


def at(value: Any, path: str) -> Any:
    """The value at `a.b[0].c`, at an empty path the value itself; None where there is none, or it was not read."""
    for name, place in _STEP.findall(path):
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            index = int(place or 0)
            value = value[index] if isinstance(value, Sequence) and not isinstance(value, str) and index < len(value) \
                else None
    return None if value is UNREAD else value


def each(value: Any, path: str) -> list[Any]:
    """All values at `a[].b[]`, in order."""
    found = [value]
    for name, place in _STEP.findall(path):
        if name:
            found = [one.get(name) for one in found if isinstance(one, Mapping)]
        else:
            lists = [one for one in found if isinstance(one, list | tuple)]
            found = [one[int(place)] for one in lists if int(place) < len(one)] if place else [
                inner for one in lists for inner in one
            ]
    return [one for one in found if one is not None and one is not UNREAD]


def text_at(value: Any, path: str) -> str | None:
    """The text at a path; None where there is none."""
    found = at(value, path)
    return found if isinstance(found, str) and found else None


def texts_at(value: Any, path: str) -> tuple[str, ...]:
    """All texts at a path; a single text counts as a list of one."""
    found = at(value, path)
    if isinstance(found, str):
        return (found,)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else ()


def mapping_at(value: Any, path: str) -> Mapping[str, Any]:
    """The object at a path; empty where there is none."""
    found = at(value, path)
    return found if isinstance(found, Mapping) else {}


# ---------------------------------------------------------------- comparing


def same(one: Any, other: Any) -> bool:
    """Equal, whatever spelling: `"30"` and 30, a list of words in another order, a JSON document in another layout."""
    if one is HIDDEN or other is HIDDEN:
        return False
    return bool(_canonical(one) == _canonical(other))


def _canonical(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:g}" if abs(value) < 10**15 else str(value)
        case Mapping():
            return {str(name): _canonical(inner) for name, inner in value.items()}
        case list() | tuple():
            inner = [_canonical(one) for one in value]
            return sorted(inner, key=lambda one: json.dumps(one, sort_keys=True, default=str))
        case str():
            document = json_document(value)
            return _canonical(document) if document is not None else _plain_number(value)
        case None:
            return None
        case _:
            return str(value)


def _plain_number(text: str) -> str:
    return f"{int(text)}" if re.fullmatch(r"\d{1,15}", text, re.ASCII) else text


def json_document(text: Any) -> Any:
    """The object or list that a text spells in JSON; None for any other text."""
    if isinstance(text, Mapping | list):
        return text
    if not isinstance(text, str) or text.strip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def changed(name: str, now: Any, asked: Any) -> Iterator[str]:
    """`name  now -> asked`, field by field where both are objects; nothing where they are the same."""
    if isinstance(asked, Mapping) and asked and isinstance(now, Mapping | None):
        for field, value in asked.items():
            yield from changed(f"{name}.{safe_line(str(field))}" if name else safe_line(str(field)), at_key(now, field),
                               value)
    elif asked is not UNREAD and not same(now, asked):
        yield f"{name}  {shown(now)} -> {shown(asked)}"


def replaced(name: str, now: Any, asked: Any) -> Iterator[str]:
    """As `changed`, where the whole object is replaced: what is left out goes."""
    yield from changed(name, now, asked)
    if isinstance(asked, Mapping) and isinstance(now, Mapping):
        for field in now:
            if field not in asked:
                yield f"{name}.{safe_line(str(field))}  {shown(now[field])} -> removed"


def at_key(value: Any, field: str) -> Any:
    """A member by its whole name, dots and all."""
    return value.get(field) if isinstance(value, Mapping) else None


def documents(name: str, now: Any, asked: Any) -> Iterator[str]:
    """Two policies or other documents, statement by statement."""
    before, after = json_document(now), json_document(asked)
    if asked is UNREAD or asked is None:
        return
    if after is None or asked is HIDDEN:
        yield from changed(name, now, asked)
        return
    if before is None and not isinstance(at(after, "Statement"), list):
        yield from changed(name, now, shown(after))
        return
    if before is None:
        yield f"{name}  {shown(now)} -> {counted(len(_parts(after)), 'statement')}"
        before = {}
    elif same(before, after):
        return
    gone, come = _parts(before), _parts(after)
    for one in gone:
        if not any(same(one, other) for other in come):
            yield f"{name}  removes {shown(one)}"
    for one in come:
        if not any(same(one, other) for other in gone):
            yield f"{name}  adds {shown(one)}"


def _parts(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(statements, list):
        rest = {name: value for name, value in document.items() if name not in ("Statement", "Version", "Id")}
        return [*statements, *([rest] if rest else [])]
    return [document] if document else []


# ---------------------------------------------------------------- saying


def shown(value: Any) -> str:
    """A value on one line, safe and short."""
    match value:
        case None:
            return "not set"
        case bool():
            return str(value).lower()
        case str():
            return _short(safe_line(value)) if value else "(empty)"
        case list() | tuple() if all(isinstance(one, str | int | float) for one in value):
            return _short("[" + ", ".join(safe_line(str(one)) for one in value) + "]")
        case Mapping() | list() | tuple():
            return _short(safe_line(json.dumps(value, ensure_ascii=False, default=repr)))
        case _:
            return _short(safe_line(str(value)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 object`, `2 objects`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def byte_size(number: Any) -> str:
    """A size for people: `1.4 MB`, in steps of 1,000 as AWS's console counts storage."""
    try:
        size = float(number)
    except (TypeError, ValueError, OverflowError):
        return shown(number)
    if size < 1000:
        return counted(int(size), "byte")
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} PB"


# ---------------------------------------------------------------- parameters


def typed(value: Any, members: Mapping[str, MemberShape], service: str, catalogue: ServiceCatalogue) -> dict[str, Any]:
    """Parameters in the types of the model: words of a command line become numbers and truth values."""
    return {
        name: _as(inner, members[name], service, catalogue, 0) if name in members else inner
        for name, inner in value.items()
    }


def _as(value: Any, member: MemberShape, service: str, catalogue: ServiceCatalogue, depth: int) -> Any:
    if value is UNREAD or depth > _DEEPEST:
        return value
    match member.type, value:
        case ("integer" | "long", str()) if re.fullmatch(r"[+-]?\d{1,30}", value, re.ASCII):
            return int(value)
        case ("float" | "double", str()) if re.fullmatch(r"[+-]?\d{1,30}(\.\d{0,30})?", value, re.ASCII):
            return float(value)
        case ("boolean", "true" | "True" | "false" | "False"):
            return value.lower() == "true"
        case ("structure", Mapping()) if not member.document:
            shape = catalogue.shape(service, member.shape)
            known = shape.members if shape else {}
            return {
                name: _as(inner, known[name], service, catalogue, depth + 1) if name in known else inner
                for name, inner in value.items()
            }
        case ("list", list() | tuple()):
            shape = catalogue.shape(service, member.shape)
            if shape is None or shape.element is None:
                return value
            return [_as(inner, shape.element, service, catalogue, depth + 1) for inner in value]
        case ("map", Mapping()):
            shape = catalogue.shape(service, member.shape)
            if shape is None or shape.element is None:
                return value
            return {name: _as(inner, shape.element, service, catalogue, depth + 1) for name, inner in value.items()}
        case _:
            return value


class Veil:
    """Hides what the model calls sensitive and what is known as a secret, in parameters and in answers."""

    def __init__(self, service: str, operation: str, catalogue: ServiceCatalogue) -> None:
        self._service = service
        self._operation = operation
        self._catalogue = catalogue

    def over_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A copy without what must not be shown."""
        shape = self._catalogue.operation(self._service, self._operation)
        return self._members(parameters, shape.members if shape else {}, (), asked=True)

    def over_answer(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """A copy without what must not be shown."""
        shape = self._catalogue.operation(self._service, self._operation)
        output = self._catalogue.shape(self._service, shape.output_shape) if shape and shape.output_shape else None
        return self._members(answer, output.members if output else {}, (), asked=False)

    def _members(
        self, given: Mapping[str, Any], known: Mapping[str, MemberShape], path: ParameterPath, *, asked: bool
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                shown[name] = HIDDEN  # what the model does not know cannot be judged
            elif not asked and is_clear_text(self._service, name, given):
                shown[name] = value
            else:
                shown[name] = self._value(value, known[name], (*path, name), asked=asked)
        return shown

    def _value(self, value: Any, member: MemberShape, path: ParameterPath, *, asked: bool) -> Any:
        if value is UNREAD or value is None:
            return value
        if asked and (is_secret_member(self._service, self._operation, path) or reference_in(value) is not None):
            return HIDDEN
        container = isinstance(value, Mapping | list | tuple)
        if len(path) > _DEEPEST or (member.sensitive and not container):
            return HIDDEN
        shape = self._catalogue.shape(self._service, member.shape) if container else None
        match value:
            case Mapping() if shape is not None and shape.type == "structure" and not member.document:
                veiled = self._members(value, shape.members, path, asked=asked)
                return dict.fromkeys(veiled, HIDDEN) if member.sensitive else veiled
            case Mapping() if shape is not None and shape.element is not None:
                if member.sensitive:
                    return dict.fromkeys(value, HIDDEN)
                element = shape.element
                return {name: self._value(inner, element, (*path, name), asked=asked) for name, inner in value.items()}
            case list() | tuple() if shape is not None and shape.element is not None:
                if member.sensitive:
                    return HIDDEN
                element = shape.element
                return [self._value(inner, element, (*path, place), asked=asked) for place, inner in enumerate(value)]
            case _:
                return value
