"""Files and variables that a plan takes values from, as they were when it was frozen."""

from __future__ import annotations

from pydantic import Field

from cloudops_tui.model.wire import Wire, WireEnum


class FileKind(WireEnum):
    """How a plan names a value that stands elsewhere."""

    PARAMETER = "Parameter"
    """`file://PATH` or `fileb://PATH` in a command line."""
    MEMBER = "Member"
    """`{"$file": PATH}` in the parameters of the SDK."""
    ENVIRONMENT = "Environment"
    """`{"$env": NAME}` in the parameters of the SDK."""
    TEMPLATE = "Template"
    """A bare path that a command of the CLI's own reads, such as `--template-file`."""


class FrozenFile(Wire):
    """One value from elsewhere, copied and digested; a secret one is only digested."""

    kind: FileKind
    written: str
    """Exactly as the plan has it: `file://policy.json`, the PATH of `$file`, the NAME of `$env`."""
    origin: str = ""
    """The absolute path that it was read from; the variable's name for `$env`."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the content; of a secret one its keyed hash, so that nobody can guess the secret from it."""
    size: int | None = None
    """Bytes; None for a secret one."""
    secret: bool = False
    """Stands at a secret member: never copied, never on an argv, read again at each attempt and compared."""
