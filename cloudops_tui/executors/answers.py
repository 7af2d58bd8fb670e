"""What the SDK answered, as plain JSON.

- timestamp: RFC 3339 in UTC with `Z`, fractions as they came; the same form that parameters take.
- blob: `{"$base64": TEXT}`, again the form that parameters take, so that an answer can be put into a plan.
- streaming body: a file beside the other output, shown as `{"$file": PATH, "bytes": N}`.
- event stream: the list of its events.

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

PIECE = 262_144  # bytes of a body that are in memory at once


async def plain_answer(response: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """The response as JSON values; streaming bodies are read to their end into new files in `folder`."""
    answer: dict[str, Any] = {}
    for name, value in response.items():
        if name == "ResponseMetadata":
            continue
        if hasattr(value, "iter_chunks"):
            answer[name] = await _kept(value, folder, name)
        elif hasattr(value, "__aiter__"):
            answer[name] = [_plain(event) async for event in value]
        else:
            answer[name] = _plain(value)
    return answer


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
