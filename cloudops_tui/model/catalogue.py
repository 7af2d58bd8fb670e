"""What AWS and its command line can be asked to do: services, operations, parameters, commands, options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from typing import Any, Literal, Protocol, runtime_checkable

ParameterPath = tuple[str | int, ...]
"""Where a value stands in the parameters: member names and map keys as text, list positions from 0."""

OptionKind = Literal["value", "optional-value", "list", "flag", "repeat"]
"""How many words an option takes: one; none or one; one or more; none; `least` words each time, any
number of times."""

OptionOrigin = Literal["model", "page", "input", "skeleton", "custom", "global"]
"""Who defines an option: the service's model; pagination of awscli; `--cli-input-json`;
`--generate-cli-skeleton`; a customization of awscli; every command (global)."""

ReferenceKind = Literal["base64", "file", "env"]


@dataclass(frozen=True, slots=True)
class MemberShape:
    """One named place for a value: a member of a structure, or what a list or map holds."""

    name: str
    type: str
    """The model's word: structure, list, map, string, integer, long, float, double, boolean, blob, timestamp."""
    shape: str = ""
    """The model's name of the value's shape, to look up with `ServiceCatalogue.shape`."""
    required: bool = False
    enum: tuple[str, ...] = ()
    """Known values. The service may accept others: a warning, never a refusal."""
    sensitive: bool = False
    pattern: str | None = None
    minimum: float | None = None
    """Of a number its value, of a string or list its length. Only the minimum is enforced before a call."""
    maximum: float | None = None
    token: bool = False
    """An idempotency token: filled in by the engine where the plan leaves it out."""
    streaming: bool = False
    document: bool = False
    """Any JSON value is accepted."""
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class ValueShape:
    """What a value may contain, one level deep; recursive shapes end at names."""

    name: str
    type: str
    members: Mapping[str, MemberShape] = field(default_factory=dict)
    element: MemberShape | None = None
    """What a list holds, or the values of a map."""
    key: MemberShape | None = None
    union: bool = False
    """Exactly one of the members may be set."""


@dataclass(frozen=True, slots=True)
class OperationShape:
    """One operation of a service, as botocore's model describes it."""

    service: str
    name: str
    http_method: str
    read_only: bool | None = None
    """The model's `readonly` trait. None: the model does not say. True is a claim, not always right."""
    access: frozenset[str] | None = None
    """IAM's access levels of every action behind it: Read, List, Write, Tagging, Permissions management.
    None: not known, and `access_gap` says why."""
    access_gap: str = ""
    idempotent: bool = False
    token_member: str | None = None
    dry_run_member: str | None = None
    """`DryRun` or `dryRun` where the service itself can say what it would do."""
    members: Mapping[str, MemberShape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    input_shape: str | None = None
    output_shape: str | None = None
    has_streaming_input: bool = False
    has_streaming_output: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """One thing wrong with the parameters of an operation. Never holds a text value: it may be a secret."""

    path: ParameterPath
    found: str
    expected: str
    nearest: str | None = None
    """The known name that an unknown one resembles."""


@dataclass(frozen=True, slots=True)
class CliOption:
    """One option of a command, or of all of them."""

    name: str
    """With its dashes: `--instance-ids`."""
    kind: OptionKind = "value"
    type: str = "string"
    """The model's word for the value, as in `MemberShape.type`."""
    required: bool = False
    partner: str | None = None
    """The flag that says the opposite: `--no-dry-run` of `--dry-run`."""
    sets: bool | None = None
    """What a flag sets its member to."""
    member: str | None = None
    """The botocore member that receives the value; None where awscli computes it or keeps it to itself."""
    choices: tuple[str, ...] = ()
    """awscli refuses anything else."""
    least: int = 1
    """Words a list needs at least, and a repeated option takes each time."""
    origin: OptionOrigin = "model"
    literal: bool = False
    """On awscli's paramfile-disabled list: `file://` and `https://` are values, nothing is read or fetched."""
    converted_early: bool = False
    """awscli turns the word into a number before it looks for `file://`, so a file cannot be named."""
    hidden: bool = False
    sensitive: bool = False
    order: str | None = None
    """Options with the same word here act in the order given: `--exclude` and `--include` of `s3`."""


@dataclass(frozen=True, slots=True)
class CliPositional:
    """Words that a command takes without an option's name."""

    name: str
    least: int = 1
    most: int | None = 1
    """None: any number."""
    type: str = "string"
    choices: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True, slots=True)
class CliCommandShape:
    """One command that can be run: what stands after `aws`, and what it takes."""

    path: tuple[str, ...]
    options: Mapping[str, CliOption]
    """By full name with dashes. Options that awscli's main parser takes away are not here."""
    positionals: tuple[CliPositional, ...] = ()
    service: str | None = None
    """botocore's name of the service, also of custom commands that belong to one; None for `s3`, `configure`."""
    operation: str | None = None
    """In CamelCase; of a waiter the operation that it polls; None for custom commands."""
    is_waiter: bool = False
    http_method: str | None = None
    read_only: bool | None = None
    access: frozenset[str] | None = None
    """As in `OperationShape`; None for custom commands, whose `access_gap` is empty."""
    access_gap: str = ""
    idempotent: bool = False
    token_member: str | None = None
    dry_run_member: str | None = None
    hidden: bool = False
    unreachable: tuple[str, ...] = ()
    """Options of the model that awscli itself cannot reach, because a global option has or begins with the name."""

    @property
    def passes_token(self) -> bool:
        """One call that carries a client token, which can be given on the command line."""
        member = self.token_member if self.operation is not None and not self.is_waiter else None
        return member is not None and any(option.member == member for option in self.options.values())


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that stands elsewhere: `{"$base64": TEXT}`, `{"$file": PATH}`, `{"$env": NAME}`."""

    kind: ReferenceKind
    text: str


@runtime_checkable
class ServiceCatalogue(Protocol):
    """What exists. Unknown names answer None or empty; nothing here needs credentials or a network."""

    @property
    def version(self) -> str:
        """All sources, for example `botocore 1.40.61, awscli 1.46.3, access levels 0.21.202609261/3f2a9c1d`.

        Part of what an approval is bound to.
        """
        ...

    def services(self) -> Sequence[str]: ...
    def operations(self, service: str) -> Sequence[str]: ...
    def operation(self, service: str, name: str) -> OperationShape | None: ...
    def shape(self, service: str, name: str) -> ValueShape | None: ...

    def parameter_problems(self, service: str, operation: str, parameters: Mapping[str, Any]) -> list[ParameterProblem]:
        """All that is wrong with JSON parameters, each with its place; also an unknown service or operation."""
        ...

    def cli_services(self) -> Sequence[str]: ...

    def cli_commands(self, service: str) -> Sequence[str]:
        """The commands below a service, nested ones with a space: `wait instance-running`."""
        ...

    def cli_command(self, words: Sequence[str]) -> CliCommandShape | None:
        """The command that exactly these words name."""
        ...

    def global_options(self) -> Mapping[str, CliOption]: ...


def nearest_name(word: str, names: Iterable[str]) -> str | None:
    """The name that a mistyped word most resembles; case, dashes and underscores are forgiven first."""
    known = list(names)
    folded = _folded(word)
    for name in known:
        if _folded(name) == folded:
            return name
    cut = word[:_LONGEST_NAME]
    if len(known) > _MOST_COMPARED:  # a plan of thousands of mistakes would cost minutes
        known = nlargest(_MOST_COMPARED, known, key=lambda name: _shared_pairs(cut, name))
    close = get_close_matches(cut, known, n=1, cutoff=0.6)
    return close[0] if close else None


def _shared_pairs(word: str, name: str) -> float:
    """How much of both is pairs of letters that both have, from 0 to 1."""
    ours, theirs = _pairs(word), _pairs(name)
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))


@lru_cache(maxsize=4096)
def _pairs(word: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(word)))


def reference_in(value: object) -> Reference | None:
    """The reference that a JSON value is, or None for a plain value."""
    match value:
        case {"$base64": str(text), **rest} if not rest:
            return Reference("base64", text)
        case {"$file": str(text), **rest} if not rest:
            return Reference("file", text)
        case {"$env": str(text), **rest} if not rest:
            return Reference("env", text)
        case _:
            return None


def is_moment(text: str) -> bool:
    """Whether a text names one moment whoever reads it: RFC 3339 with `Z` or an offset."""
    return RFC3339.fullmatch(text) is not None


RFC3339 = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
    r"(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_MOST_COMPARED = 24  # names, those with the most pairs of letters in common; difflib looks at them closely
_LONGEST_NAME = 128  # characters; difflib is quadratic and the word comes from a plan


def _folded(name: str) -> str:
    return name.replace("-", "").replace("_", "").casefold()
