"""Parameters of SDK operations: what JSON may say for them, what is wrong with it, and what botocore is given.

Plans are JSON, so three kinds of value have a rule of their own, the same for checking and for calling:

- blob (also streaming bodies): a string is its UTF-8 bytes; `{"$base64": TEXT}` is the decoded bytes.
- timestamp: an RFC 3339 string with `Z` or an offset, or a number of seconds since 1970. Text without an offset
  is refused: botocore would read it in the time zone of the host.
- string and blob: `{"$file": PATH}` and `{"$env": NAME}` stand for what is read at each attempt (CONTRACT.md 5).

References are recognised at string and blob members only, never inside documents, where `{"$file": ...}` is data.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import OperationModel
from botocore.utils import is_json_value_header
from botocore.validate import ParamValidator

from cloudops_tui.model.catalogue import (
    ParameterPath,
    ParameterProblem,
    Reference,
    is_moment,
    nearest_name,
    reference_in,
)

Resolve = Callable[[Reference], bytes]
"""Reads what a `$file` or `$env` reference stands for."""

FILLED_IN = {("glacier", "accountId")}  # by botocore itself before its own check, so leaving them out is no mistake
EITHER_WAY = {("CopyObject", "CopySource"), ("UploadPartCopy", "CopySource")}  # text, or a structure botocore joins


def problems_with(parameters: object, operation: OperationModel) -> list[ParameterProblem]:
    """Everything that botocore would refuse, and what only looks right to it, each with its place."""
    report = _Report()
    match operation.input_shape:
        case None if parameters:
            report.add((), "parameters", "none: the operation takes no parameters")
        case None:
            pass
        case shape:
            _Walk(operation).check(_joined(parameters, operation), shape, report)
    return report.problems


def call_parameters(parameters: Mapping[str, Any], operation: OperationModel, resolve: Resolve) -> dict[str, Any]:
    """The keyword arguments of the client's method, for parameters in which `problems_with` found nothing."""
    shape: Any = operation.input_shape
    if shape is None:
        return {}
    joined = _joined(parameters, operation)
    return {name: _given(value, shape.members[name], resolve) for name, value in joined.items()}


def _given(value: Any, shape: Any, resolve: Resolve) -> Any:
    if _is_free(shape):
        return value
    match shape.type_name:
        case "structure":
            return {name: _given(inner, shape.members[name], resolve) for name, inner in value.items()}
        case "list":
            return [_given(inner, shape.member, resolve) for inner in value]
        case "map":
            return {name: _given(inner, shape.value, resolve) for name, inner in value.items()}
        case "timestamp":
            return _moment(value)
        case "blob":
            return _bytes(value, resolve)
        case "string" if (reference := reference_in(value)) is not None:
            return resolve(reference).decode()
        case _:
            return value


def _moment(value: str | float) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value.upper())
    return datetime.fromtimestamp(value, UTC)


def _bytes(value: Any, resolve: Resolve) -> bytes:
    match reference_in(value):
        case None:
            return str(value).encode()
        case Reference(kind="base64", text=text):
            return base64.b64decode(text, validate=True)
        case reference:
            return resolve(reference)


def _joined(parameters: Any, operation: OperationModel) -> Any:
    """The parameters with `CopySource` in its text form, as botocore joins it before it checks."""
    if not isinstance(parameters, Mapping):
        return parameters
    return {
        name: _copy_source(value) if (operation.name, name) in EITHER_WAY else value
        for name, value in parameters.items()
    }


def _copy_source(value: Any) -> Any:
    match value:
        case {"Bucket": str(bucket), "Key": str(key), **rest} if not rest:
            return f"{bucket}/{key}"
        case {"Bucket": str(bucket), "Key": str(key), "VersionId": str(version), **rest} if not rest:
            return f"{bucket}/{key}?versionId={version}"
        case _:
            return value


_BOTOCORE: Any = ParamValidator  # its checks of single values are private to botocore, and typed nowhere


class _Report:
    """Stands where botocore's ValidationErrors stands; `name` is our path, handed through unchanged."""

    def __init__(self) -> None:
        self.problems: list[ParameterProblem] = []

    def add(self, path: ParameterPath, found: str, expected: str, nearest: str | None = None) -> None:
        self.problems.append(ParameterProblem(path, found, expected, nearest))

    def report(self, name: ParameterPath, reason: str, **facts: Any) -> None:
        match reason:
            case "invalid type":
                self.add(name, _kind_of(facts["param"]), _any_of(facts["valid_types"]))
            case "invalid length":
                self.add(name, f"a length of {facts['param']}", f"a length of at least {facts['min_allowed']}")
            case "invalid range":
                self.add(name, str(facts["param"]), f"at least {facts['min_allowed']}")
            case _:
                self.add(name, _kind_of(facts.get("param")), f"a value that botocore accepts ({reason})")


class _Walk(ParamValidator):
    """botocore's own checks of single values; its containers are walked here so that each place has a path."""

    def __init__(self, operation: OperationModel) -> None:
        self._service = operation.service_model.service_name

    def check(self, parameters: object, shape: Any, report: _Report) -> None:
        self._validate(parameters, shape, report, ())

    def _validate(self, params: Any, shape: Any, errors: Any, name: Any) -> None:
        if _is_free(shape):
            return
        if isinstance(params, str) and not _is_text(params):
            errors.add(name, "text with half a surrogate pair", "text that UTF-8 can write")
            return
        reference = reference_in(params) if shape.type_name in ("string", "blob") else None
        if reference is None:
            getattr(self, f"_validate_{shape.type_name}")(params, shape, errors, name)
        elif reference.kind == "base64" and shape.type_name == "string":
            errors.add(name, "a `$base64` value", "a string")
        elif reference.kind == "base64" and not _is_base64(reference.text):
            errors.add(name, "text that is not base64", "base64 in `$base64`")

    def _validate_structure(self, params: Any, shape: Any, errors: Any, name: Any) -> None:
        if not isinstance(params, dict):
            errors.add(name, _kind_of(params), "an object")
            return
        members = shape.members
        if shape.is_tagged_union and len(params) != 1:
            errors.add(name, f"{len(params)} members set", f"exactly one of {_listed(members)}")
        for required in shape.metadata.get("required", ()):
            if required not in params and not self._is_filled_in(required, members[required]):
                errors.add((*name, required), "nothing", f"{_ARTICLED[members[required].type_name]}: it is required")
        for member, value in params.items():
            if member in members:
                self._validate(value, members[member], errors, (*name, member))
            else:
                nearest = nearest_name(str(member), members)
                errors.add((*name, member), "an unknown parameter", _one_of(members), nearest)

    def _validate_list(self, params: Any, shape: Any, errors: Any, name: Any) -> None:
        if not isinstance(params, list | tuple):
            errors.add(name, _kind_of(params), "an array")
            return
        self._check_least(len(params), shape, errors, name)
        for index, value in enumerate(params):
            self._validate(value, shape.member, errors, (*name, index))

    def _validate_map(self, params: Any, shape: Any, errors: Any, name: Any) -> None:
        if not isinstance(params, dict):
            errors.add(name, _kind_of(params), "an object")
            return
        for key, value in params.items():
            self._validate(key, shape.key, errors, (*name, key))
            self._validate(value, shape.value, errors, (*name, key))

    def _validate_integer(self, param: Any, shape: Any, errors: Any, name: Any) -> None:
        if isinstance(param, bool):  # Python counts it as an integer, AWS does not
            errors.add(name, "a boolean", "an integer")
        else:
            _BOTOCORE._validate_integer(self, param, shape, errors, name)

    _validate_long = _validate_integer

    def _validate_double(self, param: Any, shape: Any, errors: Any, name: Any) -> None:
        if isinstance(param, bool):
            errors.add(name, "a boolean", "a number")
        else:
            _BOTOCORE._validate_double(self, param, shape, errors, name)

    _validate_float = _validate_double

    def _validate_timestamp(self, param: Any, shape: Any, errors: Any, name: Any) -> None:
        match param:
            case bool():
                errors.add(name, "a boolean", _MOMENT)
            case int() | float() if _FIRST_SECOND <= param <= _LAST_SECOND:
                pass
            case int() | float():
                errors.add(name, "a number of seconds outside the years 1 to 9999", _MOMENT)
            case str() if is_moment(param) and _is_date(param):
                pass
            case str():
                errors.add(name, "a string that is not one moment", _MOMENT)
            case _:
                errors.add(name, _kind_of(param), _MOMENT)

    def _is_filled_in(self, member: str, shape: Any) -> bool:
        return bool(shape.metadata.get("idempotencyToken")) or (self._service, member) in FILLED_IN

    @staticmethod
    def _check_least(size: int, shape: Any, errors: Any, name: Any) -> None:
        least = shape.metadata.get("min", 0)
        if size < least:
            errors.report(name, "invalid length", param=size, min_allowed=least)


_MOMENT = "an RFC 3339 time with its offset, such as `2026-01-31T08:00:00Z`, or seconds since 1970"
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799  # what a datetime can hold
_ARTICLED = {
    "structure": "an object",
    "map": "an object",
    "list": "an array",
    "string": "a string",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
    "boolean": "a boolean",
    "blob": "a string or `$base64` object",
    "timestamp": _MOMENT,
}
_SAID_BY_BOTOCORE = {
    "<class 'str'>": "a string",
    "<class 'int'>": "an integer",
    "<class 'float'>": "a number",
    "<class 'decimal.Decimal'>": "a number",
    "<class 'bool'>": "a boolean",
    "<class 'bytes'>": "a string or `$base64` object",
    "<class 'bytearray'>": "a string or `$base64` object",
    "file-like object": "a string or `$base64` object",
}
_MOST_LISTED = 12


def _any_of(types: list[str]) -> str:
    words = dict.fromkeys(_SAID_BY_BOTOCORE.get(word, word) for word in types)
    if "a number" in words:
        return "a number"
    return " or ".join(words)


def _kind_of(value: object) -> str:
    """A value's kind in JSON's words, never the value: it may be a secret."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a string"
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return f"a {type(value).__name__}"


def _one_of(names: Mapping[str, Any]) -> str:
    return f"one of {_listed(names)}" if names else "nothing here: no parameter is taken"


def _listed(names: Mapping[str, Any]) -> str:
    shown = [f"`{name}`" for name in list(names)[:_MOST_LISTED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _is_free(shape: Any) -> bool:
    """Whether any JSON value will do."""
    return bool(is_json_value_header(shape)) or (shape.type_name == "structure" and shape.is_document_type)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
