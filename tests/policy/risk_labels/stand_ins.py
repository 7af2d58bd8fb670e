"""Ordinary values for what a labelled subject leaves out: required parameters, files, secrets by reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from cloudops_tui.model.catalogue import MemberShape, OperationShape, ParameterPath, ServiceCatalogue
from cloudops_tui.model.files import FrozenFile
from cloudops_tui.policy import cli_grammar
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.files import Named, NotTaken
from cloudops_tui.policy.secrets import is_secret_member, secrets_in_cli

SECRET_FILE = "file://stand-in-for-a-secret"
TEXT = "example"
MOMENT = "2026-01-01T00:00:00Z"
_PLAIN: dict[str, Any] = {"blob": {"$base64": "ZXhhbXBsZQ=="}, "timestamp": MOMENT, "boolean": True}
_NUMBERS = ("integer", "long", "float", "double")
_DEEPEST = 12


class StandIns:
    """A `FileSource`: what a subject's `files` say, and the same few bytes for everything else."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def take(self, named: Named) -> tuple[FrozenFile, bytes | None] | NotTaken:
        content = self.content(named.written)
        frozen = FrozenFile(
            kind=named.kind, written=named.written, sha256=sha256(content).hexdigest(), secret=named.secret
        )
        return frozen, None if named.secret else content

    def why_not_written(self, path: str) -> NotTaken | None:
        return None

    def keep(self) -> None:
        pass

    def content(self, written: str) -> bytes:
        return self._files.get(written, TEXT).encode()


def required_parameters(shape: OperationShape, catalogue: ServiceCatalogue, *, secrets: bool) -> dict[str, Any]:
    """A value for every member that the model requires; with `secrets`, secret ones name an environment variable."""

    def value(member: MemberShape, path: ParameterPath) -> Any:
        if len(path) > _DEEPEST:
            return {}
        held = catalogue.shape(shape.service, member.shape)
        match member.type:
            case "structure" if held is not None and not member.document:
                wanted = (
                    list(held.members.values())[:1] if held.union else [m for m in held.members.values() if m.required]
                )
                return {one.name: value(one, (*path, one.name)) for one in wanted}
            case "list" if held is not None and held.element is not None:
                return [value(held.element, (*path, place)) for place in range(max(1, int(member.minimum or 0)))]
            case "map" if held is not None and held.element is not None:
                return {TEXT: value(held.element, (*path, TEXT))}
            case "string" | "blob" if secrets and is_secret_member(shape.service, shape.name, path):
                return {"$env": "STAND_IN"}
            case "string":
                return member.enum[0] if member.enum else TEXT.ljust(int(member.minimum or 0), "x")
            case kind if kind in _NUMBERS:
                return int(member.minimum or 1)
            case kind:
                return _PLAIN.get(kind, {})

    wanted = [shape.members[name] for name in shape.required]
    return {one.name: value(one, (one.name,)) for one in wanted if not one.token}


def without_literal_secrets(words: Sequence[str], catalogue: ServiceCatalogue) -> list[str]:
    """The same line with every secret that an option writes down replaced by a file's name."""
    read = cli_grammar.parse(words, catalogue)
    if not isinstance(read, cli_grammar.ParsedCli):
        return list(words)
    literal = {one.at for one in secrets_in_cli(read, parameters_of(read, catalogue), catalogue)}
    return list(_replaced(words, literal))


def _replaced(words: Sequence[str], options: set[Any]) -> Iterator[str]:
    before = ""
    for word in words:
        name, equals, _ = word.partition("=")
        if before in options:
            yield SECRET_FILE
        elif equals and name in options:
            yield f"{name}={SECRET_FILE}"
        else:
            yield word
        before = word


def inline(words: Sequence[str], files: StandIns) -> list[str]:
    """The same line with the content in place of every file's name."""
    return [files.content(word).decode() if word.startswith(("file://", "fileb://")) else word for word in words]
