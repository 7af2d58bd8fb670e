"""What the SDK answered, as plain JSON.

- timestamp: RFC 3339 in UTC with `Z`, fractions as they came; the same form that parameters take.
- blob: `{"$base64": TEXT}`, again the form that parameters take, so that an answer can be put into a plan.
- streaming body: a file beside the other output, shown as `{"$file": PATH, "bytes": N}`.
- event stream: the list of its events.
- what the model calls sensitive, and what is a secret though it does not: `<redacted>`, whatever stands below.

Members keep the order in which botocore parsed them. `ResponseMetadata` is left out.
"""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloudops_tui.executors.output_files import private_file, write_whole
from cloudops_tui.model.catalogue import MemberShape, ParameterPath, ServiceCatalogue, ValueShape, reference_in
from cloudops_tui.policy.redaction import REDACTED
from cloudops_tui.policy.secret_answers import hidden_members, is_clear_text, is_secret_text
from cloudops_tui.policy.secrets import is_below_tags, is_literal, paired_secret, texts_below

PIECE = 262_144  # bytes of a body that are in memory at once


async def plain_answer(
    response: Mapping[str, Any], folder: Path | None, hiding: Hiding | None = None
) -> dict[str, Any]:
    """The response as JSON values; streaming bodies are read to their end into new files in `folder`, unless `hiding`
    says that they are not for keeping."""
    answer: dict[str, Any] = {}
    for name, value in response.items():
        if name == "ResponseMetadata":
            continue
        if hasattr(value, "iter_chunks"):
            hidden = hiding is not None and hiding.hides(name)
            answer[name] = await _dropped(value) if hidden else await _kept(value, folder, name)
        elif hasattr(value, "__aiter__"):
            answer[name] = [_plain(event) async for event in value]
        else:
            answer[name] = _plain(value)
    return answer


class Hiding:
    """Takes the sensitive and the secret values out of an answer, along the shapes of its model."""

    def __init__(self, service: str, operation: str, catalogue: ServiceCatalogue) -> None:
        self._service, self._operation, self._catalogue = service, operation, catalogue
        shape = catalogue.operation(service, operation)
        output = catalogue.shape(service, shape.output_shape) if shape is not None and shape.output_shape else None
        self._members = output.members if output is not None else {}
        self._shapes: dict[str, ValueShape | None] = {}
        self.secrets: list[bytes] = []
        """Values of secrets that were taken out, for whoever looks for them elsewhere."""

    def hides(self, name: str) -> bool:
        """The member of the answer is hidden as a whole."""
        member = self._members.get(name)
        return member is not None and (
            member.sensitive or is_secret_text(self._service, self._operation, (name,), member)
        )

    def applied(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer without them."""
        hidden = hidden_members(self._service, self._operation, self._catalogue)
        return self._structure((), answer, self._members) if hidden.names or hidden.open else answer

    def _structure(
        self, path: ParameterPath, value: Mapping[str, Any], members: Mapping[str, MemberShape]
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        paired, called = paired_secret(value) if path and not is_below_tags(path) else (None, "")
        for name, held in value.items():
            member = members.get(name)
            clear = is_clear_text(self._service, name, value)
            if name == paired and not clear and isinstance(held, str) and is_literal(held, free=True, called=called):
                self.secrets += _values(held)
                shown[name] = REDACTED.decode()
            else:
                shown[name] = held if clear or member is None else self._value((*path, name), held, member)
        return shown

    def _value(self, path: ParameterPath, held: Any, member: MemberShape) -> Any:
        secret = is_secret_text(self._service, self._operation, path, member)
        if secret or member.sensitive:
            if secret:
                self.secrets += _values(held)
            return held if held in (None, "", [], {}) else REDACTED.decode()
        shape = self._shape(member.shape)
        match held:
            case dict() if shape is not None and shape.type == "structure":
                return self._structure(path, held, shape.members)
            case dict() if shape is not None and shape.element is not None and reference_in(held) is None:
                return {key: self._value((*path, key), one, shape.element) for key, one in held.items()}
            case list() if shape is not None and shape.element is not None:
                return [self._value(path, one, shape.element) for one in held]
            case list() if shape is not None:
                # The events of a stream: each a structure that names the kind of event.
                return [self._structure(path, one, shape.members) if isinstance(one, dict) else one for one in held]
            case _:
                return held

    def _shape(self, name: str) -> ValueShape | None:
        if name not in self._shapes:
            self._shapes[name] = self._catalogue.shape(self._service, name) if name else None
        return self._shapes[name]


def _values(held: Any) -> list[bytes]:
    if (reference := reference_in(held)) is not None and reference.kind == "base64":
        return [base64.b64decode(reference.text)]
    return [text.encode(errors="surrogatepass") for text in texts_below(held)]


def as_text(answer: Mapping[str, Any]) -> str:
    """Indented as `aws` does it, with a last line break."""
    return json.dumps(answer, indent=4, ensure_ascii=False, allow_nan=False) + "\n"


async def _kept(body: Any, folder: Path | None, member: str) -> dict[str, Any]:
    assert folder is not None, "an operation whose model has no streaming body gave one"
    path = folder / f"{member.lower()}.bin"  # a member's name comes from botocore's model
    descriptor = private_file(path)
    size = 0
    try:
        async with body:
            async for piece in body.iter_chunks(PIECE):
                write_whole(descriptor, piece)
                size += len(piece)
    finally:
        os.close(descriptor)
    return {"$file": os.fspath(path), "bytes": size}


async def _dropped(body: Any) -> str:
    """Read to its end, for the connection's sake, and kept nowhere."""
    async with body:
        async for _ in body.iter_chunks(PIECE):
            pass
    return REDACTED.decode()


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case datetime():
            return _moment(value)
        case bytes() | bytearray():
            return {"$base64": base64.b64encode(value).decode()}
        case float() if not math.isfinite(value):
            return str(value)  # JSON has no word for it
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _moment(value: datetime) -> str:
    """A moment without an offset is UTC: botocore gives every other its own."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
