"""Files and variables that a plan takes values from, as they were when it was frozen."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from cloudops_tui.model.wire import Wire, WireEnum


class FileKind(WireEnum):
    """How a plan names a value that stands elsewhere, and what becomes of it."""

    PARAMETER = "Parameter"
    """`file://PATH` or `fileb://PATH` in a command line."""
    MEMBER = "Member"
    """`{"$file": PATH}` in the parameters of the SDK."""
    ENVIRONMENT = "Environment"
    """`{"$env": NAME}` in the parameters of the SDK."""
    PATH = "Path"
    """A bare path that a command of the CLI reads, such as `--template-file` or the source of `s3 cp`."""
    MOVED = "Moved"
    """A bare path that the command takes away (`s3 mv FILE s3://...`): digested, and used where it is."""
    PLACE = "Place"
    """A folder that the command reads, or a file too large to be copied: only its place is part of the approval."""


class FrozenFile(Wire):
    """One value from elsewhere, copied and digested; what is not copied is read again at each attempt and compared."""

    kind: FileKind
    written: str
    """Exactly as the plan has it: `file://policy.json`, the PATH of `$file`, the NAME of `$env`."""
    origin: str = ""
    """The absolute path that it was read from, links followed; the variable's name for `$env`."""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Of the content; of a secret one its keyed hash, so that nobody can guess the secret from it; None of a place."""
    size: int | None = None
    """Bytes; None for a secret one and for a place."""
    secret: bool = False
    """Stands at a secret member: never copied, never on an argv, read again at each attempt and compared."""

    @property
    def name(self) -> str:
        """What the plan names, without `file://`."""
        return named_path(self.written) if self.kind is FileKind.PARAMETER else self.written

    @property
    def copied(self) -> bool:
        """A private copy of it exists, and is what runs."""
        return not self.secret and self.kind in (FileKind.PARAMETER, FileKind.MEMBER, FileKind.PATH)


def secret_of(files: Iterable[FrozenFile]) -> frozenset[str]:
    """What the plan wrote for those files that hold a secret."""
    return frozenset(one.written for one in files if one.secret and one.kind is not FileKind.ENVIRONMENT)


FILE_PREFIXES = ("file://", "fileb://")
"""How a word of a command line says that its value stands in a file."""


def named_path(word: str) -> str:
    """The path in `file://PATH` or `fileb://PATH`."""
    return word.partition("://")[2]
