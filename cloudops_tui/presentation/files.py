"""What a plan takes from elsewhere, in words."""

from __future__ import annotations

from typing import assert_never

from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.safe_text import safe_line

SHOWN = 12  # hexadecimal digits of a hash; the whole one is in `check --json`

NOT_PART = "what it holds is not part of the approval"
"""Said of what is uploaded from where it lies."""


def label_of(file: FrozenFile) -> str:
    """The kind of thing, as a label."""
    if file.secret:
        return "secret"
    return "place" if file.kind is FileKind.PLACE else "file"


def words_of(file: FrozenFile) -> str:
    """The thing and what the approval holds of it, in a line, safe to show."""
    name, shown = safe_line(file.name), (file.sha256 or "")[:SHOWN]
    match file.kind:
        case FileKind.ENVIRONMENT:
            return f"from variable {name}  (keyed hash {shown})"
        case FileKind.PLACE:
            return f"{name}  {safe_line(file.origin)}  {NOT_PART}"
        case FileKind.MOVED:
            return f"{name}  {_bytes(file)}  sha256 {shown}  (moved away from {safe_line(file.origin)})"
        case FileKind.PARAMETER | FileKind.MEMBER | FileKind.PATH if file.secret:
            return f"from file {safe_line(file.origin)}  (keyed hash {shown})"
        case FileKind.PARAMETER | FileKind.MEMBER | FileKind.PATH:
            return f"{name}  {_bytes(file)}  sha256 {shown}"
        case _:
            assert_never(file.kind)


def _bytes(file: FrozenFile) -> str:
    return f"{file.size or 0:,} byte{'' if file.size == 1 else 's'}"
