"""Values that stand elsewhere: which ones a command names, and what stood there when the plan was frozen."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from cloudops_tui.model.catalogue import MemberShape, ParameterPath, ServiceCatalogue, reference_in
from cloudops_tui.model.files import FILE_PREFIXES, FileKind, FrozenFile, named_path
from cloudops_tui.policy.cli_grammar import Given, ParsedCli
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.refusals import FILES_ELSEWHERE, Refusal
from cloudops_tui.policy.safe_text import has_foreign, safe_line
from cloudops_tui.policy.secrets import is_secret_member

LARGEST_FILE = 64 * 2**20
"""Bytes of one frozen file; a larger one belongs into `aws s3 cp`."""

LARGEST_SECRET = 2**20
"""Bytes of one secret file; a key or a password is far smaller."""

LARGEST_TOGETHER = 512 * 2**20
"""Bytes of all the frozen files of one plan."""

ELSEWHERE = FILES_ELSEWHERE
"""In `[safety] allow`: files outside the plan's own folder may be read and written."""

STREAMED_PATHS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("cloudsearchdomain", "upload-documents"): ("--documents",),
    ("codeartifact", "publish-package-version"): ("--asset-content",),
    ("ebs", "put-snapshot-block"): ("--block-data",),
    ("glacier", "upload-archive"): ("--body",),
    ("glacier", "upload-multipart-part"): ("--body",),
    ("lambda", "invoke-async"): ("--invoke-args",),
    ("lex-runtime", "post-content"): ("--input-stream",),
    ("lexv2-runtime", "recognize-utterance"): ("--input-stream",),
    ("mediastore-data", "put-object"): ("--body",),
    ("omics", "upload-read-set-part"): ("--payload",),
    ("s3api", "put-object"): ("--body",),
    ("s3api", "put-object-annotation"): ("--annotation-payload",),
    ("s3api", "upload-part"): ("--body",),
    ("s3api", "write-get-object-response"): ("--body",),
}
"""Options whose value is a bare path, since awscli streams them (awscli 1.46.3, `argprocess.unpack_scalar_cli_arg`)."""

READ_PATHS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    **STREAMED_PATHS,
    ("cloudformation", "deploy"): ("--template-file",),
    ("ec2", "get-password-data"): ("--priv-launch-key",),
    ("ecs", "deploy"): ("--task-definition", "--codedeploy-appspec"),
    ("servicecatalog", "generate", "product"): ("--file-path",),
    ("servicecatalog", "generate", "provisioning-artifact"): ("--file-path",),
}
"""Options whose value is the bare path of one file that is read (awscli 1.46.3)."""

WRITTEN_PATHS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("gamelift", "get-game-session-log"): ("--save-as",),
    ("iam", "create-virtual-mfa-device"): ("--outfile",),
    ("iot", "create-certificate-from-csr"): ("--certificate-pem-outfile",),
    ("iot", "create-keys-and-certificate"): (
        "--certificate-pem-outfile",
        "--private-key-outfile",
        "--public-key-outfile",
    ),
}
"""Options whose value is the bare path of a file that is written (awscli 1.46.3)."""

SECRET_OPTIONS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("cloudfront", "sign"): ("--private-key",),
    ("ec2", "get-password-data"): ("--priv-launch-key",),
    ("s3", "cp"): ("--sse-c-key", "--sse-c-copy-source-key"),
    ("s3", "mv"): ("--sse-c-key", "--sse-c-copy-source-key"),
    ("s3", "sync"): ("--sse-c-key", "--sse-c-copy-source-key"),
}
"""Options of awscli's own that hold a secret and belong to no member of an operation."""

COPYING = {("s3", "cp"), ("s3", "mv"), ("s3", "sync")}
"""Commands whose two words are a source and a target, each on this machine or in S3."""

_STANDARD_STREAMS = ("-", "/dev/stdout", "/dev/stderr", "/dev/null")
_SHORTHAND_TYPES = ("structure", "list", "map")
_SHORTHAND_FILE = re.compile(r"@\s*=")
_EXPANDED = re.compile(r"^~|\$")
_PRIVATE_VARIABLES = ("AWS_", "CLOUDOPS_")


@dataclass(frozen=True, slots=True)
class Named:
    """One place of a command that takes a value from elsewhere."""

    kind: FileKind
    written: str
    at: str | int | ParameterPath
    """The option, the position among the words without an option, or the place in the parameters."""
    secret: bool = False
    follows_links: bool = False
    """Of a folder: the command takes what links in it lead to."""
    may_be_large: bool = False
    """A file that is too large to be copied is used where it is."""

    @property
    def path(self) -> str:
        """The path alone; of a variable its name."""
        return named_path(self.written) if self.kind is FileKind.PARAMETER else self.written


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why a value from elsewhere cannot be had; both are safe to show."""

    why: str
    """The end of a sentence that begins with the name."""
    remedy: str


class FileSource(Protocol):
    """Where values from elsewhere come from: the plan's folder, or the copies of a plan that was frozen before."""

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        """The frozen value, with its content where it is small and no secret."""
        ...

    def why_not_written(self, path: str) -> NotTaken | None:
        """Why a command may not write to that path; None where it may."""
        ...

    def keep(self) -> None:
        """Keep copies of what was taken. Until then nothing of it is written: what turns out to hold a secret, or
        belongs to a plan that is refused, never is."""
        ...


@dataclass(frozen=True)
class FilesTaken:
    """What one command takes from elsewhere."""

    frozen: tuple[FrozenFile, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """By `FrozenFile.written`; secret ones, bare paths and places are left out."""
    refused: tuple[Refusal, ...] = ()


# --- command lines ---------------------------------------------------------------------------------------------------


def files_of_cli(read: ParsedCli, source: FileSource | None) -> FilesTaken:
    """What a command line takes from elsewhere, and where it may not write."""
    by_form = (*_refused_by_form(read), *_refused_targets(read, source))
    if by_form:
        return FilesTaken(refused=by_form)
    taken = _taken(named_in_cli(read), source, lambda named: _place(read, named))
    nested = tuple(_files_in_files(read, taken.contents))
    return replace(taken, refused=(*taken.refused, *nested))


def named_in_cli(read: ParsedCli) -> list[Named]:
    """Every value from elsewhere that a command line names, in the order of its options, positional words last."""
    return [*_named_by_options(read), *_named_by_words(read)]


def with_words(read: ParsedCli, words: Mapping[str | int, str]) -> ParsedCli:
    """The same command line with other words: by option, or by position among the words without an option."""
    options: dict[str, Given] = {
        name: (words[name],) if name in words else given for name, given in read.options.items()
    }
    positionals = tuple(words.get(place, word) for place, word in enumerate(read.positionals))
    return replace(read, options=options, positionals=positionals)


def _named_by_options(read: ParsedCli) -> Iterator[Named]:
    bare = READ_PATHS.get(read.path, ())
    for name, given in read.options.items():
        if not isinstance(given, tuple) or len(given) != 1:
            continue
        [word] = given
        secret = _is_secret_option(read, name)
        if name in bare:
            yield Named(FileKind.PATH, word, name, secret=secret)
        elif word.startswith(FILE_PREFIXES) and not read.shape.options[name].literal:
            yield Named(FileKind.PARAMETER, word, name, secret=secret)


def _named_by_words(read: ParsedCli) -> Iterator[Named]:
    """The source of `aws s3 cp`, `mv` or `sync`, where that is on this machine."""
    if read.path not in COPYING or len(read.positionals) != 2:
        return
    source = read.positionals[0]
    if not _is_local(source) or source == "-":
        return
    if read.path == ("s3", "sync") or "--recursive" in read.options:
        yield Named(FileKind.PLACE, source, 0, follows_links="--no-follow-symlinks" not in read.options)
    else:
        kind = FileKind.MOVED if read.path == ("s3", "mv") else FileKind.PATH
        yield Named(kind, source, 0, may_be_large=True)


def _is_secret_option(read: ParsedCli, name: str) -> bool:
    option = read.shape.options[name]
    if name in SECRET_OPTIONS.get(read.path, ()):
        return True
    if read.shape.service is None or read.shape.operation is None or option.member is None:
        return False
    # Another member may decide; it stands in the line, for what comes by `--cli-input-json` is not given here.
    said = {
        read.shape.options[other].member or other: given[0]
        for other, given in read.options.items()
        if isinstance(given, tuple) and len(given) == 1
    }
    return is_secret_member(read.shape.service, read.shape.operation, (option.member,), said)


def _is_local(word: str) -> bool:
    return not word.startswith("s3://")


def _refused_by_form(read: ParsedCli) -> Iterator[Refusal]:
    """What no folder could make acceptable."""
    bare = READ_PATHS.get(read.path, ())
    for name, given in read.options.items():
        option = read.shape.options[name]
        values = given if isinstance(given, tuple) else ()
        files = () if option.literal else [value for value in values if value.startswith(FILE_PREFIXES)]
        if files and name in bare:
            remedy = "Write the bare path"
            yield Refusal(name, f"`{name}` is a path itself; `aws` would read the path from that file", remedy)
        elif files and option.converted_early:
            yield Refusal(name, f"`{name}`: `aws` takes no file here", "Write the value itself")
        elif files and len(values) > 1:
            said = "`aws` reads a file only where it is the option's only value"
            yield Refusal(name, f"`{name}`: {said}", "Put all of its values into one file, as JSON")
        elif option.type != "blob" and name not in SECRET_OPTIONS.get(read.path, ()):
            # awscli decodes the bytes all the same, and nobody here would have looked into them.
            for value in (one for one in files if one.startswith("fileb://")):
                said = "`fileb://` is for binary values, and this one is text"
                yield Refusal(name, f"`{name}`: {said}", f"Write `file://{safe_line(named_path(value))}`")
        if option.type in _SHORTHAND_TYPES and _reads_files_by_shorthand(values):
            remedy = "Put the whole value into a file as JSON, or write one that holds `@=` as JSON"
            yield Refusal(name, f"`{name}`: `@=` takes parts of values from files, which are not frozen", remedy)
    if not all(positional.literal for positional in read.shape.positionals):
        for value in read.positionals:
            if value.startswith(FILE_PREFIXES):
                said = "`aws` would read the word itself from that file"
                yield Refusal(value, f"`{safe_line(value)}`: {said}", "Write the word itself")


def _reads_files_by_shorthand(values: Sequence[str]) -> bool:
    """awscli reads `Key@=file://PATH`, however deep it stands, except where the first word is JSON."""
    if values and values[0].strip().startswith(("[", "{")):
        return False
    return any(_SHORTHAND_FILE.search(value) for value in values)


def _files_in_files(read: ParsedCli, contents: Mapping[str, bytes]) -> Iterator[Refusal]:
    """A file whose content awscli would read as shorthand, and that names files in turn."""
    for name, given in read.options.items():
        if not isinstance(given, tuple) or len(given) != 1 or given[0] not in contents:
            continue
        text = contents[given[0]].decode(errors="replace")
        if read.shape.options[name].type in _SHORTHAND_TYPES and _reads_files_by_shorthand((text,)):
            said = f"`{safe_line(given[0])}` takes values from other files by `@=`, which are not frozen"
            yield Refusal(name, f"`{name}`: {said}", "Write that file as JSON")


def _refused_targets(read: ParsedCli, source: FileSource | None) -> Iterator[Refusal]:
    """Where the command would write and may not."""
    for at, path, expanded in _targets(read) if source is not None else ():
        if path in _STANDARD_STREAMS:
            continue
        not_taken = _strange(path, expanded=expanded)
        if not_taken is None and source is not None and (path.startswith("/") or ".." in path.split("/")):
            not_taken = source.why_not_written(path)
        if not_taken is not None:
            yield Refusal(at, f"`{safe_line(path)}`, which would be written, {not_taken.why}", not_taken.remedy)


def outside_work_folder(path: str) -> NotTaken:
    """Why nothing is written there: what a command writes stays in the folder of its attempt."""
    return NotTaken(
        "is outside the folder of the attempt", f"Write a plain name such as `{safe_line(posixpath.basename(path))}`"
    )


def _targets(read: ParsedCli) -> Iterator[tuple[str, str, bool]]:
    """Where the command writes on this machine: the word to point at, the path, whether awscli expands it."""
    for name in WRITTEN_PATHS.get(read.path, ()):
        given = read.options.get(name)
        if isinstance(given, tuple) and given:
            yield name, given[0], read.path[0] != "gamelift"
    for positional, word in zip(read.shape.positionals, read.positionals, strict=False):
        if positional.name == "outfile":
            yield word, word, False
    if read.path in COPYING and len(read.positionals) == 2 and _is_local(read.positionals[1]):
        yield read.positionals[1], read.positionals[1], False


def _place(read: ParsedCli, named: Named) -> str:
    return read.positionals[named.at] if isinstance(named.at, int) else str(named.at)


# --- parameters ------------------------------------------------------------------------------------------------------


def files_of_sdk(
    service: str, operation: str, parameters: Any, source: FileSource | None, catalogue: ServiceCatalogue
) -> FilesTaken:
    """What the parameters of an operation take from elsewhere."""
    named = named_in_sdk(service, operation, parameters, catalogue)
    loose = tuple(
        Refusal(one.at, "`$env` is for secrets, and this member holds none", 'Write the value, or `{"$file": PATH}`')
        for one in named
        if one.kind is FileKind.ENVIRONMENT
        and isinstance(one.at, tuple)
        and not is_secret_member(service, operation, one.at, parameters)
    )
    # A plan could send whatever the operator's environment holds to whomever it likes.
    return FilesTaken(refused=loose) if loose else _taken(named, source, lambda one: one.at)


def named_in_sdk(service: str, operation: str, parameters: Any, catalogue: ServiceCatalogue) -> list[Named]:
    """Every value from elsewhere that the parameters name, in order."""
    kinds = {"file": FileKind.MEMBER, "env": FileKind.ENVIRONMENT}
    return [
        Named(
            kinds[reference.kind],
            reference.text,
            path,
            secret=reference.kind == "env" or is_secret_member(service, operation, path, parameters),
        )
        for path, held in _texts(service, operation, parameters, catalogue)
        if (reference := reference_in(held)) is not None and reference.kind in kinds
    ]


def with_contents(
    service: str, operation: str, parameters: Any, contents: Mapping[str, bytes], catalogue: ServiceCatalogue
) -> Any:
    """The parameters with what stands in the files that they name; `UNREAD` where that is a secret or no text."""
    places = {one.at: one.written for one in named_in_sdk(service, operation, parameters, catalogue)}

    def filled(value: Any, path: ParameterPath) -> Any:
        if path in places:
            content = contents.get(places[path])
            return UNREAD if content is None else _as_text(content)
        match value:
            case dict():
                return {key: filled(inner, (*path, key)) for key, inner in value.items()}
            case list():
                return [filled(inner, (*path, place)) for place, inner in enumerate(value)]
            case _:
                return value

    return filled(parameters, ()) if places else parameters


def _as_text(content: bytes) -> Any:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return UNREAD


def _texts(
    service: str, operation: str, parameters: Any, catalogue: ServiceCatalogue
) -> Iterator[tuple[ParameterPath, Any]]:
    """Every value at a string or blob member, where alone references are references; documents are data."""
    shape = catalogue.operation(service, operation)
    if shape is None or not isinstance(parameters, dict):
        return
    stack: list[tuple[ParameterPath, Any, MemberShape]] = [
        ((name,), value, shape.members[name]) for name, value in parameters.items() if name in shape.members
    ]
    while stack:
        path, value, member = stack.pop()
        if member.document:
            continue
        match member.type, value:
            case "string" | "blob", _:
                yield path, value
            case "structure", dict():
                inner = catalogue.shape(service, member.shape)
                known = inner.members if inner is not None else {}
                stack += [((*path, name), held, known[name]) for name, held in value.items() if name in known]
            case "map", dict():
                element = _element(service, member, catalogue)
                stack += [((*path, key), held, element) for key, held in value.items() if element is not None]
            case "list", list():
                element = _element(service, member, catalogue)
                stack += [((*path, place), held, element) for place, held in enumerate(value) if element is not None]
            case _:
                pass


def _element(service: str, member: MemberShape, catalogue: ServiceCatalogue) -> MemberShape | None:
    shape = catalogue.shape(service, member.shape)
    return shape.element if shape is not None else None


# --- taking ----------------------------------------------------------------------------------------------------------


def _taken(named: Sequence[Named], source: FileSource | None, place: Callable[[Named], Any]) -> FilesTaken:
    frozen: list[FrozenFile] = []
    contents: dict[str, bytes] = {}
    refused: list[Refusal] = []
    for one in named:
        if source is None and isinstance(one.at, int):
            continue  # whoever only judges needs no copy of what is uploaded; whoever runs it brings a source
        answer = _asked(one, source)
        if isinstance(answer, NotTaken):
            refused.append(Refusal(place(one), f"`{safe_line(one.path)}` {answer.why}", answer.remedy))
            continue
        file, content = answer
        frozen.append(file)
        if content is not None and one.kind in (FileKind.PARAMETER, FileKind.MEMBER):
            contents[one.written] = content
    return FilesTaken(tuple(dict.fromkeys(frozen)), contents, tuple(refused))


def _asked(named: Named, source: FileSource | None) -> tuple[FrozenFile, bytes | None] | NotTaken:
    if named.kind is FileKind.ENVIRONMENT:
        strange = _strange_variable(named.path)
    else:
        strange = _strange(named.path, expanded=_is_expanded(named))
    if strange is not None:
        return strange
    if source is None:
        return NotTaken("stands elsewhere, and the plan came without its folder", "Submit the plan as a file")
    return source.take(named)


def _is_expanded(named: Named) -> bool:
    """awscli expands `~` and `$NAME` everywhere but in the words of `s3`; in the SDK nobody does."""
    return named.kind is FileKind.PARAMETER or (named.kind is FileKind.PATH and isinstance(named.at, str))


def _strange(path: str, *, expanded: bool) -> NotTaken | None:
    if not path:
        return NotTaken("names no file", "Write the path of a file")
    if has_foreign(path) or "\t" in path:
        return NotTaken("has characters that cannot be shown", "Rename the file")
    if expanded and _EXPANDED.search(path):
        return NotTaken("holds `~` or `$`, which `aws` would expand", "Write the path itself")
    return None


def _strange_variable(name: str) -> NotTaken | None:
    if not name or "=" in name or has_foreign(name) or "\t" in name:
        return NotTaken("is not the name of a variable", "Write the name of an environment variable")
    if name.upper().startswith(_PRIVATE_VARIABLES):
        return NotTaken("belongs to this machine's own access to AWS", "Put the value into a variable of another name")
    return None
