"""Frozen files in place of what a plan names: in an argv, and behind the references of the SDK."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudops_tui.executors.output_files import make_private_folder
from cloudops_tui.model.catalogue import Reference, reference_in
from cloudops_tui.model.errors import InvalidCommand, Io
from cloudops_tui.model.files import FileKind
from cloudops_tui.policy.cli_grammar import ParsedCli
from cloudops_tui.policy.files import Named, named_in_cli, with_words
from cloudops_tui.policy.safe_text import safe_line

LARGEST_COMPARED = 1024 * 1024  # bytes of a file that are looked into

_CANNOT_LINK = (errno.EXDEV, errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP, errno.EACCES)


@dataclass(frozen=True)
class Frozen:
    """The files that were frozen for one command."""

    files: Mapping[str, Path]
    """Where each lies, by what the plan wrote, as in `Attempt` and `Rehearsal`."""
    folder: Path
    """For copies that must bear the name that the plan wrote; made where one is needed."""
    secret: frozenset[str] = frozenset()
    """Those of `files` that hold a secret."""


def with_frozen_files(read: ParsedCli, frozen: Frozen) -> ParsedCli:
    """The command line that is really run: it names the copies, by absolute paths. The other words stay.

    Raises InvalidCommand for a file that was not frozen, OSError. Blocks.
    """
    words: dict[str | int, str] = {}
    for number, named in enumerate(named_in_cli(read)):
        assert not isinstance(named.at, tuple)
        words[named.at] = _word(named, _frozen(named.written, frozen.files), frozen.folder / str(number))
    return with_words(read, words)


def frozen_reader(
    files: Mapping[str, Path], environment: Mapping[str, str] = os.environ
) -> Callable[[Reference], bytes]:
    """Reads what the references of the SDK's parameters stand for.

    Raises InvalidCommand for a file that was not frozen and for a variable that is not set, Io.
    """

    def read(reference: Reference) -> bytes:
        if reference.kind == "env":
            return variable(reference.text, environment)
        path = _frozen(reference.text, files)
        try:
            return path.read_bytes()
        except OSError as error:
            raise Io(f"{error.strerror}: `{safe_line(os.fspath(path))}`") from error

    return read


def variable(name: str, environment: Mapping[str, str]) -> bytes:
    """What the variable holds; the message never does."""
    if (value := environment.get(name)) is None:
        raise InvalidCommand(f"Variable `{safe_line(name)}` is not set; set it before the command runs")
    return os.fsencode(value)


def contents_of(files: Mapping[str, Path], secret: Collection[str] = ()) -> dict[str, bytes]:
    """What stands in the copies, by what the plan wrote; secret ones, folders and what is too large are left out."""
    found = {}
    for written, path in files.items():
        try:
            if written in secret or not path.is_file():
                continue
            with path.open("rb") as file:
                content = file.read(LARGEST_COMPARED + 1)
        except OSError:
            continue
        if len(content) <= LARGEST_COMPARED:
            found[written] = content
    return found


def parameters_with_contents(value: Any, contents: Mapping[str, bytes]) -> Any:
    """Parameters with the text of each known file in place of its `{"$file": PATH}`, to be looked at."""
    reference = reference_in(value)
    if reference is not None:
        known = contents.get(reference.text) if reference.kind == "file" else None
        return value if known is None else known.decode(errors="replace")
    match value:
        case Mapping():
            return {name: parameters_with_contents(inner, contents) for name, inner in value.items()}
        case list() | tuple():
            return [parameters_with_contents(inner, contents) for inner in value]
        case _:
            return value


def _frozen(written: str, files: Mapping[str, Path]) -> Path:
    try:
        return files[written]
    except KeyError:
        raise InvalidCommand(f"`{safe_line(written)}` was not frozen with the plan; submit the plan again") from None


def _word(named: Named, path: Path, folder: Path) -> str:
    if named.kind is FileKind.PARAMETER:
        prefix = named.written.partition("://")[0]
        return f"{prefix}://{_unexpanded(path)}"
    name = os.path.basename(os.path.normpath(named.written))
    if named.kind is FileKind.PATH and not named.secret and path.name != name:
        path = _under_its_name(path, folder / name)
    return _unexpanded(path) if isinstance(named.at, str) else os.fspath(path)


def _unexpanded(path: Path) -> str:
    """awscli expands variables in most paths."""
    if "$" in os.fspath(path):
        raise InvalidCommand(
            f"`aws` would expand `$` in `{safe_line(os.fspath(path))}`; choose a state folder without it (--state-dir)"
        )
    return os.fspath(path)


def _under_its_name(copy: Path, link: Path) -> Path:
    """The copy under another name; a second copy where the file system has no hard links."""
    make_private_folder(link.parent)
    link.unlink(missing_ok=True)
    try:
        os.link(copy, link)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        shutil.copyfile(copy, link)
    return link
