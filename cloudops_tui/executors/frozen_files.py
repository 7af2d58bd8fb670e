"""Puts the frozen copies of files in the place of the words that name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cloudops_tui.model.catalogue import reference_in

LARGEST_SHOWN = 1024 * 1024  # bytes of a file that are looked into


def argv_with_copies(argv: Sequence[str], files: Mapping[str, Path]) -> tuple[str, ...]:
    """The argv with each `file://...` that was frozen naming its copy; `files` by the word as written."""
    return tuple(_copied(word, files) for word in argv)


def parameters_with_copies(parameters: Any, files: Mapping[str, Path]) -> Any:
    """Parameters with each `{"$file": PATH}` that was frozen naming its copy."""
    return _each_reference(parameters, lambda path: {"$file": str(files[path])} if path in files else None)


def parameters_with_contents(parameters: Any, files: Mapping[str, Path]) -> Any:
    """Parameters with each `{"$file": PATH}` that was frozen replaced by its text, to be compared."""
    known = contents_of(files)

    def text(path: str) -> str | None:
        return known[path].decode(errors="replace") if path in known else None

    return _each_reference(parameters, text)


def contents_of(files: Mapping[str, Path]) -> dict[str, bytes]:
    """What stands in the copies; one that is too large or gone is left out."""
    found = {}
    for written, path in files.items():
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_SHOWN + 1)
        except OSError:
            continue
        if len(content) <= LARGEST_SHOWN:
            found[written] = content
    return found


def _copied(word: str, files: Mapping[str, Path]) -> str:
    name, sign, value = word.partition("=") if word.startswith("--") else ("", "", word)
    if value not in files:
        return word
    scheme, _, _ = value.partition("://")
    return f"{name}{sign}{scheme}://{files[value]}"


def _each_reference(value: Any, replace: Any) -> Any:
    reference = reference_in(value)
    if reference is not None:
        replaced = replace(reference.text) if reference.kind == "file" else None
        return value if replaced is None else replaced
    match value:
        case Mapping():
            return {name: _each_reference(inner, replace) for name, inner in value.items()}
        case list() | tuple():
            return [_each_reference(inner, replace) for inner in value]
        case _:
            return value
