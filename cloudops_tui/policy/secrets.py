"""Which values are secrets, and where a plan writes one down that it must not hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from cloudops_tui.model.catalogue import (
    CliCommandShape,
    CliOption,
    MemberShape,
    ParameterPath,
    ServiceCatalogue,
    reference_in,
)
from cloudops_tui.policy import secret_names
from cloudops_tui.policy.cli_grammar import Given, ParsedCli
from cloudops_tui.policy.refusals import Refusal
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secret_texts import unmistakable

_FILE_PREFIXES = ("file://", "fileb://")
_STANDS_ELSEWHERE = ("{{resolve:", *_FILE_PREFIXES)
_NO_SECRET = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null"})
"""Values of free names that are settings, such as `USE_TOKEN=true`."""


# --- names -----------------------------------------------------------------------------------------------------------


def is_secret_member(
    service: str, operation: str, path: ParameterPath, parameters: Mapping[str, Any] | None = None
) -> bool:
    """The value at `path` of the operation's input is a secret: a password, key, token or secret text.

    `path` holds botocore's member names; positions and map keys count as steps. Narrower than the `sensitive` trait.
    Where it depends on another member (`Type` of a parameter of Systems Manager), `parameters` tell; without them it
    counts as a secret.
    """
    steps = [step for step in path if isinstance(step, str)]
    if not steps or service in secret_names.DATA or any(step in secret_names.NO_SECRETS_BELOW for step in steps[:-1]):
        return False
    if any((service, step) in secret_names.SECRETS_BELOW for step in steps):
        return True
    name = steps[-1]
    if (service, operation, path) == ("ssm", "PutParameter", ("Value",)):
        return parameters is None or parameters.get("Type", "SecureString") not in ("String", "StringList")
    if (service, name) in secret_names.NEVER:
        return False
    if (service, name) in secret_names.ALSO or (service, operation, name) in secret_names.ALSO_IN_OPERATION:
        return True
    return is_secret_name(name) if _is_free(name) else _ends(name, secret_names.ENDINGS)


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """A name that somebody chose, such as `DB_PASSWORD`, stands for a secret."""
    return (
        _ends(name, secret_names.FREE_ENDINGS)
        or re.fullmatch(secret_names.FREE_WORDS, name) is not None
        or _names_one_of_many_passwords(name)
    )


def _names_one_of_many_passwords(name: str) -> bool:
    found = re.search(r"(?:password|passwd|passphrase)[_-](.+)", name.lower())
    if found is None or _first_word(name) in secret_names.VERBS:
        return False
    return secret_names.ABOUT_PASSWORDS.isdisjoint(re.split(r"[^a-z0-9]+", found[1]))


def is_below_tags(path: ParameterPath) -> bool:
    """Nothing there is a secret, whatever it is called."""
    return any(step in secret_names.NO_SECRETS_BELOW for step in path)


def is_secret_option(shape: CliCommandShape, option: CliOption) -> bool:
    """What the option takes is a secret as a whole."""
    if option.name in secret_names.CLI_OPTIONS:
        return True
    if shape.service is None or shape.operation is None or option.member is None:
        return option.member is None and option.origin == "custom" and _ends(option.name, secret_names.ENDINGS)
    return is_secret_member(shape.service, shape.operation, (option.member,))


@lru_cache(maxsize=4096)
def _ends(name: str, endings: tuple[str, ...]) -> bool:
    plain = folded(name)
    if not plain.endswith(endings) or plain.endswith(secret_names.NO_TOKENS):
        return False
    return _first_word(name) not in secret_names.VERBS


def folded(name: str) -> str:
    """In small letters, and nothing but letters and digits."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _first_word(name: str) -> str:
    found = re.match(r"[-_]*([A-Z]?[a-z]+)(?=[A-Z_-])", name)
    return found[1].lower() if found else ""


def _is_free(name: str) -> bool:
    """It looks like a name that people choose, not like one of botocore's members."""
    return "_" in name or "-" in name or name.isupper()


# --- literals --------------------------------------------------------------------------------------------------------


def secrets_in_sdk(service: str, operation: str, parameters: Any, catalogue: ServiceCatalogue) -> Iterator[Refusal]:
    """Secrets that parameters write down literally. Messages never hold the value."""
    literals = list(literals_in(service, operation, parameters, catalogue))
    for path in literals:
        name = safe_line(_spoken(path))
        yield Refusal(
            path,
            f"`{name}` is a secret, and a plan must not hold one",
            'Put it into a file of mode 0600 and write `{"$file": "PATH"}`, or into a variable: `{"$env": "NAME"}`',
        )
    read_json = service not in secret_names.DATA
    for path, what in texts_that_hold_secrets(parameters, read_json=read_json):
        if path not in literals:
            yield Refusal(
                path,
                f"`{safe_line(_spoken(path))}` holds {what}, and a plan must not hold one",
                'Put the whole text into a file of mode 0600 and write `{"$file": "PATH"}`, or into a variable: '
                '`{"$env": "NAME"}`',
            )


def secrets_in_cli(read: ParsedCli, parameters: dict[str, Any], catalogue: ServiceCatalogue) -> Iterator[Refusal]:
    """Secrets that a command line writes down literally. Messages never hold the value."""
    shape = read.shape
    told: set[str] = set()
    for name, given in read.options.items():
        option = shape.options.get(name)
        if option is not None and _takes_literal(shape, option, given, parameters):
            told.add(name)
            yield Refusal(name, f"`{name}` takes a secret, and a plan must not hold one", _remedy(option))
    for name, member in _nested(read, parameters, catalogue):
        if name not in told:
            told.add(name)
            shown = safe_line(member)
            yield Refusal(
                name,
                f"`{name}` holds the secret `{shown}`, and a plan must not hold one",
                f'Write this command for the SDK, with `{{"$file": "PATH"}}` or `{{"$env": "NAME"}}` at `{shown}`',
            )
    for name, given in read.options.items():
        if name not in told and isinstance(given, tuple) and (what := _held_in_words(read, name, given)) is not None:
            yield Refusal(
                name,
                f"`{name}` holds {what}, and a plan must not hold one",
                'Write this command for the SDK, with `{"$file": "PATH"}` or `{"$env": "NAME"}` in place of the text',
            )


def literals_in(service: str, operation: str, parameters: Any, catalogue: ServiceCatalogue) -> Iterator[ParameterPath]:
    """Where parameters, as botocore takes them, write a secret down."""
    if not isinstance(parameters, Mapping) or service in secret_names.DATA:
        return
    shape = catalogue.operation(service, operation)
    members = shape.members if shape is not None else {}
    search = _Search(service, operation, parameters, catalogue)
    yield from search.structure((), parameters, members)


class _Search:
    """Walks parameters along their shapes, so that keys of maps, which people choose, are told from members."""

    def __init__(
        self, service: str, operation: str, parameters: Mapping[str, Any], catalogue: ServiceCatalogue
    ) -> None:
        self._service, self._operation = service, operation
        self._parameters, self._catalogue = parameters, catalogue

    def structure(
        self, path: ParameterPath, value: Mapping[str, Any], members: Mapping[str, MemberShape]
    ) -> Iterator[ParameterPath]:
        paired, called = paired_secret(value) if path and not is_below_tags(path) else (None, "")
        for name, held in value.items():
            here = (*path, name)
            if self._is_secret(here) or name == paired:
                yield from _texts(here, held, free=name == paired, called=called or name)
            else:
                yield from self.value(here, held, members.get(name))

    def value(self, path: ParameterPath, held: Any, member: MemberShape | None) -> Iterator[ParameterPath]:
        shape = self._catalogue.shape(self._service, member.shape) if member is not None and member.shape else None
        match held:
            case Mapping() if reference_in(held) is not None:
                return
            case Mapping() if shape is not None and shape.type == "structure":
                yield from self.structure(path, held, shape.members)
            case Mapping():
                yield from self._map(path, held, shape.element if shape is not None else None)
            case list() | tuple():
                for place, one in enumerate(held):
                    yield from self.value((*path, place), one, shape.element if shape is not None else None)
            case _:
                return

    def _map(
        self, path: ParameterPath, held: Mapping[str, Any], element: MemberShape | None
    ) -> Iterator[ParameterPath]:
        if element is None:
            yield from self.structure(path, held, {})  # a document: its fields may well be pairs
            return
        for key, one in held.items():
            here = (*path, key)
            free = not is_below_tags(path) and is_secret_name(key)
            if self._is_secret(here) or free:
                yield from _texts(here, one, free=free, called=key)
            else:
                yield from self.value(here, one, element)

    def _is_secret(self, path: ParameterPath) -> bool:
        return is_secret_member(self._service, self._operation, path, self._parameters)


def _texts(path: ParameterPath, held: Any, *, free: bool, called: str) -> Iterator[ParameterPath]:
    """Every text at or below a secret place that is one itself and no way to it."""
    reference = reference_in(held)
    match held:
        case Mapping() if reference is not None:
            if reference.kind == "base64":
                yield path
        case Mapping():
            for key, one in held.items():
                yield from _texts((*path, key), one, free=free, called=called)
        case list() | tuple():
            for place, one in enumerate(held):
                yield from _texts((*path, place), one, free=free, called=called)
        case str() | bytes() if is_literal(held, free=free, called=called):
            yield path
        case _:
            return


def is_literal(value: str | bytes, *, free: bool = False, called: str = "") -> bool:
    """A secret itself, not the way to one. Values of `free` names may also be settings or the name of a secret; what
    the name is, `called`, tells more of that."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    if not text or text.startswith(_STANDS_ELSEWHERE):
        return False
    return not free or not (text.lower() in _NO_SECRET or text.startswith("arn:") or _is_setting(text, called))


_NUMBER = re.compile(r"[0-9]{1,6}")
_STEP = r"(?:[A-Z][a-z0-9_.-]+|[a-z0-9_.-]+)"  # in one way alone: two would double with every step
_WAY = re.compile(rf"/?{_STEP}(?:/{_STEP})+")
_KMS_KEY = re.compile(r"alias/[\w/-]+|(?:mrk-)?[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _is_setting(text: str, called: str) -> bool:
    """A number, such as `CACHE_TOKEN=600`, or a name, such as `DB_SECRET=prod/db`; never behind a password's name."""
    plain = folded(called)
    if plain.endswith(("secret", "credentials")) and _WAY.fullmatch(text):
        return True
    if plain.endswith(("encryptionkey", "signingkey")) and _KMS_KEY.fullmatch(text):
        return True
    return plain != "" and "pass" not in plain and "pwd" not in plain and _NUMBER.fullmatch(text) is not None


def paired_secret(value: Mapping[str, Any]) -> tuple[str | None, str]:
    """The member that holds the value of a pair whose name stands for a secret, and that name."""
    if str(value.get("type", value.get("Type", ""))) in ("PARAMETER_STORE", "SECRETS_MANAGER"):
        return None, ""
    for name, held in secret_names.PAIRS:
        called = value.get(name)
        if isinstance(called, str) and held in value:
            secret = value.get("IsValueSecret") is True or is_secret_name(called)
            return (held, called) if secret else (None, "")
    return None, ""


# --- command lines ---------------------------------------------------------------------------------------------------


def _takes_literal(shape: CliCommandShape, option: CliOption, given: Given, parameters: Mapping[str, Any]) -> bool:
    if not isinstance(given, tuple) or not is_secret_option(shape, option):
        return False
    if not is_secret_member(shape.service or "", shape.operation or "", (option.member or "Password",), parameters):
        return False  # known only now that the other members are
    return any(word and (option.literal or not word.startswith(_STANDS_ELSEWHERE)) for word in given)


def _remedy(option: CliOption) -> str:
    if option.literal or option.converted_early:
        return 'Write this command for the SDK, with `{"$file": "PATH"}` in its place: `aws` takes no file here'
    prefix = "fileb" if option.type == "blob" else "file"
    return f"Put it into a file of mode 0600 and write `{option.name} {prefix}://PATH`"


def _nested(read: ParsedCli, parameters: Mapping[str, Any], catalogue: ServiceCatalogue) -> Iterator[tuple[str, str]]:
    """Options that hold a secret somewhere inside, and its name: as parameters have it, and as the words read."""
    shape = read.shape
    if shape.service is not None and shape.operation is not None:
        options = {one.member: one.name for one in shape.options.values() if one.member in parameters}
        for path in literals_in(shape.service, shape.operation, dict(parameters), catalogue):
            origin = options.get(str(path[0]), "")
            yield origin if origin in read.options else _json_option(read), _spoken(path)
    for name, given in read.options.items():
        option = shape.options.get(name)
        if isinstance(given, tuple) and option is not None and not option.literal and _is_structured(option):
            for word in given:
                for secret in names_in_word(word, shape.service or "", shape.operation or "", option.member or ""):
                    yield name, secret


def _held_in_words(read: ParsedCli, name: str, given: tuple[str, ...]) -> str | None:
    option = read.shape.options.get(name)
    named = option is not None and (_is_structured(option) or option.member in secret_names.NO_SECRETS_BELOW)
    read_json = not named and read.shape.service not in secret_names.DATA
    words = (word for word in given if not word.startswith(_FILE_PREFIXES))
    return next(filter(None, (secret_held(word, read_json=read_json) for word in words)), None)


def _json_option(read: ParsedCli) -> str:
    return next((name for name in ("--cli-input-json", "--cli-input-yaml") if name in read.options), "--cli-input-json")


def _is_structured(option: CliOption) -> bool:
    return option.type in ("structure", "list", "map") or option.origin in ("input", "custom")


_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,127})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s,{}\[\]]+)")
_NAMED_PAIR = re.compile(
    r"(?:ParameterKey|OptionName|ParameterName|parameterName|Name|name|Key|key)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s,{}\[\]]+)"
)


def names_in_word(word: str, service: str, operation: str, member: str) -> Iterator[str]:
    """Names of secrets that a word in awscli's shorthand, or in JSON, writes down; whatever else it holds."""
    if word.startswith(_FILE_PREFIXES) or service in secret_names.DATA:
        return
    if word.strip().startswith(("{", "[")):
        try:
            document = json.loads(word)
        except (ValueError, RecursionError):
            document = None
        if document is not None:
            yield from (name for name, _ in named_secrets(document, service, operation))
            return
    if member in secret_names.NO_SECRETS_BELOW:
        return
    for found in _PAIR.finditer(word):
        name, value = found[1].rpartition(".")[2] or found[1], found[2].strip("\"'")
        secret = is_secret_member(service, operation, (member, name)) or (_is_free(name) and is_secret_name(name))
        if secret and is_literal(value, free=_is_free(name), called=name) and value.lower() not in _NO_SECRET:
            yield name
    named = _NAMED_PAIR.search(word)
    if named is not None and is_secret_name(named[1].strip("\"'")):
        value = next((found[2] for found in _PAIR.finditer(word) if found[1].lower().endswith("value")), "")
        if is_literal(value.strip("\"'"), free=True, called=named[1].strip("\"'")):
            yield named[1].strip("\"'")


def named_secrets(document: Any, service: str = "", operation: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of secrets in any document, by names alone: whatever shape it was meant to have."""
    match document:
        case Mapping():
            paired, called = paired_secret(document)
            for name, held in document.items():
                if name in secret_names.NO_SECRETS_BELOW:
                    continue
                free = (
                    name == paired
                    or _is_free(str(name))
                    or not is_secret_member(service, operation, ("", str(name)), {})
                )
                if not free or name == paired or is_secret_name(str(name)):
                    known = called if name == paired else str(name)
                    texts = (text for text in texts_below(held) if is_literal(text, free=free, called=known))
                    yield from ((str(name), text) for text in texts)
                else:
                    yield from named_secrets(held, service, operation)
        case list() | tuple():
            for one in document:
                yield from named_secrets(one, service, operation)
        case _:
            return


def texts_below(held: Any) -> Iterator[str]:
    """Every text in a value; of a reference nothing but what it holds itself."""
    reference = reference_in(held)
    match held:
        case Mapping() if reference is not None:
            if reference.kind == "base64":
                yield reference.text
        case Mapping():
            for one in held.values():
                yield from texts_below(one)
        case list() | tuple():
            for one in held:
                yield from texts_below(one)
        case str():
            yield held
        case _:
            return


def _spoken(path: ParameterPath) -> str:
    return ".".join(str(step) for step in path if isinstance(step, str)) or "the value"


# --- texts -----------------------------------------------------------------------------------------------------------

_WAYS = ("$", "{{", "{%", "<", "%")
"""What begins so in a template is put in later."""
_TYPES = frozenset({"string", "text", "str", "keyword", "password", "securestring"})


def secret_held(text: str, *, read_json: bool) -> str | None:
    """What the text of any member holds, to be put into a sentence; the name of a secret in JSON too."""
    return unmistakable(text) or (next(map(_told_by_name, _in_json(text)), None) if read_json else None)


def _told_by_name(name: str) -> str:
    return f"the secret `{safe_line(name)}`"


def texts_that_hold_secrets(
    parameters: Any, path: ParameterPath = (), *, read_json: bool
) -> Iterator[tuple[ParameterPath, str]]:
    """Where such texts stand in parameters, and what they hold."""
    match parameters:
        case Mapping() if reference_in(parameters) is not None:
            return
        case Mapping():
            for name, held in parameters.items():
                yield from texts_that_hold_secrets(held, (*path, str(name)), read_json=read_json)
        case list() | tuple():
            for place, held in enumerate(parameters):
                yield from texts_that_hold_secrets(held, (*path, place), read_json=read_json)
        case str() if (what := secret_held(parameters, read_json=read_json and not is_below_tags(path))) is not None:
            yield path, what
        case _:
            return


def _in_json(text: str) -> Iterator[str]:
    if not text.lstrip().startswith(("{", "[")):
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    stack = [document]
    while stack:
        match stack.pop():
            case dict() as held:
                paired, called = paired_secret(held)
                for name, one in held.items():
                    if is_below_tags((name,)):
                        continue
                    if isinstance(one, str) and (name == paired or _may_name(name)):
                        if _is_written(one, called if name == paired else name):
                            yield called if name == paired else name
                    else:
                        stack.append(one)
            case list() as held:
                stack.extend(held)
            case _:
                pass


def _may_name(name: str) -> bool:
    """Not the key of a condition in a policy, nor one whose value is a path into a state."""
    return ":" not in name and "/" not in name and not name.endswith(".$") and is_secret_name(name)


def _is_written(text: str, called: str) -> bool:
    """No type, no mask, and nothing that is put in later."""
    if text.startswith(_WAYS) or text.lower() in _TYPES or not text.strip("*"):
        return False
    return is_literal(text, free=True, called=called)
