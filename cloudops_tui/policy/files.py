"""Values that stand elsewhere: which ones a command names, and what stood there when the plan was frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cloudops_tui.model.catalogue import ParameterPath, reference_in
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.refusals import Refusal
from cloudops_tui.policy.safe_text import safe_line

_SHORTHAND_TYPES = ("structure", "list", "map")
_SHORTHAND_FILE = re.compile(r"@\s*=")


class FileSource(Protocol):
    """Where values from elsewhere come from: the plan's folder, or the copies of a plan that was frozen before."""

    def take(self, kind: FileKind, written: str, *, secret: bool) -> tuple[FrozenFile, bytes | None] | str:
        """The frozen value with its content (None for a secret one), or why it cannot be had, in words."""
        ...


@dataclass(frozen=True)
class FilesTaken:
    """What one command takes from elsewhere."""

    frozen: tuple[FrozenFile, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """By `FrozenFile.written`; secret ones are left out."""
    refused: tuple[Refusal, ...] = ()


def files_of_cli(read: ParsedCli, source: FileSource | None) -> FilesTaken:
    """What a command line takes from elsewhere."""
    return FilesTaken(refused=tuple(_refused_in_cli(read)))


def files_of_sdk(service: str, operation: str, parameters: Any, source: FileSource | None) -> FilesTaken:
    """What the parameters of an operation take from elsewhere."""
    words = {"file": "a file", "env": "an environment variable"}
    return FilesTaken(
        refused=tuple(
            Refusal(place, f"A value from {words[kind]} is not taken", "Write the value itself")
            for place, kind in _references(parameters)
        )
    )


def _refused_in_cli(read: ParsedCli) -> Iterator[Refusal]:
    for name, given in read.options.items():
        option = read.shape.options[name]
        values = given if isinstance(given, tuple) else ()
        if not option.literal and any(map(_is_file, values)):
            yield Refusal(name, f"`{name}`: values from files are not taken", "Write the value itself")
        if option.type in _SHORTHAND_TYPES and _reads_files_by_shorthand(values):
            remedy = "Write the value itself; one that holds `@=` as JSON"
            yield Refusal(name, f"`{name}`: `@=` takes values from files, which are not taken", remedy)
    if not all(positional.literal for positional in read.shape.positionals):
        for value in filter(_is_file, read.positionals):
            yield Refusal(value, f"`{safe_line(value)}`: values from files are not taken", "Write the value itself")


def _is_file(value: str) -> bool:
    """awscli looks for these prefixes in options and positionals alike."""
    return value.startswith(("file://", "fileb://"))


def _reads_files_by_shorthand(values: Sequence[str]) -> bool:
    """awscli reads `Key@=file://PATH`, however deep it stands, except where the first word is JSON."""
    if values and values[0].strip().startswith(("[", "{")):
        return False
    return any(_SHORTHAND_FILE.search(value) for value in values)


def _references(value: Any) -> Iterator[tuple[ParameterPath, str]]:
    stack: list[tuple[ParameterPath, Any]] = [((), value)]
    while stack:
        path, held = stack.pop()
        reference = reference_in(held)
        if reference is not None:
            if reference.kind != "base64":
                yield path, reference.kind
            continue
        match held:
            case dict():
                stack.extend(((*path, key), inner) for key, inner in held.items())
            case list():
                stack.extend(((*path, place), inner) for place, inner in enumerate(held))
