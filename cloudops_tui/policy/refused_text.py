"""What is kept and told of a plan that was refused, without the secrets that it wrote down."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import yaml

from cloudops_tui.model.catalogue import reference_in
from cloudops_tui.model.queue import Problem
from cloudops_tui.policy import secret_names
from cloudops_tui.policy.plan_text import read_plan_text
from cloudops_tui.policy.redaction import REDACTED, forms, without_secrets
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.policy.secrets import folded, is_literal, is_secret_name, named_secrets

_INSTEAD = REDACTED.decode()
_SHORTEST = 4  # characters of a value that is replaced wherever it stands
_MOST_WORK = 20_000
"""Characters of secrets, and 40 for each of them, that are looked for in all their spellings: a second's work."""
_TOO_MUCH = "The text is not kept: too much of it stands behind the names of secrets"
_LONGEST_SHOWN = 60  # characters of a value that a problem may show the beginning of
_FILES = ("file://", "fileb://", "{{resolve:")
_ANCHOR = re.compile(r"(?:^|[\s\[,{:-])[&*][^\s,\]}]")
"""What YAML takes for the name of a value elsewhere; a password may begin so."""
_ALSO = frozenset(folded(name) for _, name in secret_names.ALSO)


def kept_text(data: bytes, form: Literal["json", "yaml"] | None, secrets: Collection[str] = ()) -> str:
    """The text of a refused plan without its secrets: `secrets`, and whatever stands behind the name of one.

    Where that cannot be done within the text, it is written anew; where it is no document at all, more than the
    secrets may be missing.
    """
    text = data.decode("utf-8", errors="backslashreplace")
    read = read_plan_text(data, form)
    if read.document is not None and not read.problems and not _ANCHOR.search(text):
        return without_secrets(_shown(text, read.document, secrets, lambda text: read_plan_text(text, form).document))
    secrets = {*secrets, *written_secrets(read.document)}
    loose = _loosely_read(text)
    shown = _shown(text, loose, secrets, _loosely_read) if loose is not None else _taken_out(text, secrets)
    return without_secrets(_without_named(shown))


def _shown(text: str, document: Any, secrets: Collection[str], read: Callable[[str], Any]) -> str:
    values = {*secrets, *written_secrets(document)}
    if not values:
        return text
    shown = _taken_out(text, values)
    if shown == _TOO_MUCH:
        return shown
    again = read(shown)
    if again is None or _still_there(again, values):
        return json.dumps(_scrubbed(document, values), indent=2, ensure_ascii=False)
    return shown


def _loosely_read(text: str) -> Any:
    """As the document that it might have been meant to be; None where that is not to be had.

    Not with anchors: what they stand for may be endless.
    """
    if _ANCHOR.search(text):
        return None
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  makes nothing but texts, lists and mappings
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def told(problem: Problem, secrets: Collection[str]) -> Problem:
    """A problem whose words hold no secret."""
    shown = {text[:_LONGEST_SHOWN] for one in secrets for text in (one, safe_line(one))}
    message, remedy = (without_secrets(without_values(text, shown)) for text in (problem.message, problem.remedy))
    if (message, remedy) == (problem.message, problem.remedy):
        return problem
    return problem.model_copy(update={"message": message, "remedy": remedy})


def written_secrets(document: Any) -> Iterator[str]:
    """Secrets that a document writes down, by names alone: whatever is wrong with it as a plan."""
    yield from (value for _, value in named_secrets(document))
    stack = [document]
    while stack:
        held = stack.pop()
        match held:
            case Mapping():
                stack.extend(held.values())
                yield from _of_operation(held)
                yield from (str(one) for name, one in held.items() if _is_number(one) and is_secret_name(str(name)))
                words = held.get("args")
                line = held.get("command")
                yield from _of_words(
                    [
                        *(line.split() if isinstance(line, str) else ()),
                        *(one for one in (words if isinstance(words, list) else ()) if isinstance(one, str)),
                    ]
                )
            case list() | tuple():
                stack.extend(held)
            case _:
                pass


def _of_operation(held: Mapping[str, Any]) -> Iterator[str]:
    service, operation = held.get("service"), held.get("operation")
    if isinstance(service, str) and isinstance(operation, str):
        yield from (value for _, value in named_secrets(held.get("parameters"), service, operation))
    if held.get("Type") == "SecureString" and isinstance(held.get("Value"), str):
        yield held["Value"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_words(words: Sequence[str]) -> Iterator[str]:
    """What follows options whose names are those of secrets, and what stands within the other words."""
    wanted = False
    for word in words:
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            wanted = _is_secret_option(name, words)
            if wanted and sign and is_literal(value):
                yield value
            elif sign:
                yield from _of_word(value)
        elif wanted:
            if is_literal(word):
                yield word
        else:
            yield from _of_word(word)


def _is_secret_option(name: str, words: Sequence[str]) -> bool:
    if name == "--value" and any("SecureString" in word for word in words):
        return True
    return name in secret_names.CLI_OPTIONS or is_secret_name(name) or folded(name) in _ALSO


def _of_word(word: str) -> Iterator[str]:
    if word.startswith(_FILES):
        return
    if word.lstrip().startswith(("{", "[")):
        try:
            document = json.loads(word)
        except (ValueError, RecursionError):
            pass
        else:
            yield from written_secrets(document)
            return
    for found in _PAIR.finditer(word):
        value = (found[2] or found[3] or found[4] or "").strip()
        if _names(found[1]) and is_literal(value):
            yield value
    for found in _NAMED_VALUE.finditer(word):
        if is_secret_name(found[1]) and is_literal(found[2], free=True):
            yield found[2]


def _names(name: str) -> bool:
    last = name.rpartition(".")[2]
    return is_secret_name(last) or folded(last) in _ALSO


_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,127})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s,{}\[\]]+))")
_NAMED_VALUE = re.compile(r"(?i:name|key)=([^\s,{}]{1,256}),\s*\w{0,64}[Vv]alue=([^\s,{}]+)")


# --- taking out ------------------------------------------------------------------------------------------------------


def _taken_out(text: str, values: Collection[str]) -> str:
    return _TOO_MUCH if sum(len(value) + 40 for value in values) > _MOST_WORK else without_values(text, values)


def without_values(text: str, values: Iterable[str]) -> str:
    """A text without these values, however it spells them."""
    spelled = {form for value in values if len(value) >= _SHORTEST for form in _spellings(value)}
    for form in sorted(spelled, key=len, reverse=True):
        text = text.replace(form, _INSTEAD)
    return text


def _spellings(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogatepass")
    lines = [line.strip() for line in value.splitlines()] if "\n" in value else []
    for one in (value, value.strip(), *(line for line in lines if len(line) >= _SHORTEST)):
        in_json = json.dumps(one)[1:-1]
        yield from (
            one,
            in_json,
            in_json.replace("/", "\\/"),
            json.dumps(in_json)[1:-1],
            json.dumps(one, ensure_ascii=False)[1:-1],
            one.replace("'", "''"),
        )
    yield from (form.decode("utf-8", "backslashreplace") for form in forms(raw))


def _still_there(document: Any, values: Collection[str]) -> bool:
    long = [value for value in values if len(value) >= _SHORTEST]
    texts = list(_every_text(document))
    if any(value in text for value in long for text in texts):
        return True
    return any(_INSTEAD not in value for value in written_secrets(document))


def _every_text(document: Any) -> Iterator[str]:
    match document:
        case Mapping():
            for name, held in document.items():
                yield str(name)
                yield from _every_text(held)
        case list() | tuple():
            for held in document:
                yield from _every_text(held)
        case None:
            return
        case _:
            yield str(document)


def _scrubbed(document: Any, values: Collection[str]) -> Any:
    """The document with every text that holds a secret replaced as a whole."""
    match document:
        case Mapping() if reference_in(document) is not None and reference_in(document).kind != "base64":  # type: ignore[union-attr]
            return document
        case Mapping():
            return {without_values(str(name), values): _scrubbed(held, values) for name, held in document.items()}
        case list() | tuple():
            return [_scrubbed(held, values) for held in document]
        case None | bool():
            return document
        case _ if any(value in str(document) for value in values):
            return _INSTEAD
        case _:
            return document


# --- text that is no document ----------------------------------------------------------------------------------------

# A planner sends what it likes, and a search holds the whole process: nothing here may go on for the length of the text
# at each place of it. So a name begins where it says what it is, and what repeats before something else is bounded.
_ANY_NAME = r"(?:passw(?:or)?ds?|passwd|passphrase|secret[\w-]{0,48}?|token|private[_-]?key|api[_-]?key|auth[_-]?key)"
_BEHIND_NAME = re.compile(
    rf"(?i)({_ANY_NAME}[\"']?\s*+[:=]\s*+)"
    r"(?!\s*[\[{]|file:|fileb:)(\"(?:[^\"\\\n]|\\.)*\"?|'[^'\n]*'?|[|>][-+0-9]*\n(?:[ \t]+[^\n]*\n?)+|[^\n]+)"
)
_BEHIND_OPTION = re.compile(
    rf"(?i)((?<!-)--[\w-]{{0,48}}?{_ANY_NAME}(?:=|[\"']?\s*,\s*[\"']?|[\"']?\s+(?:-\s+)?[\"']?))(?!fileb?://)([^\"'\n]+?)(?=[\"'\n]|\s--|\Z)"
)


def _without_named(text: str) -> str:
    text = _BEHIND_OPTION.sub(rf"\1{_INSTEAD}", text)
    return _BEHIND_NAME.sub(rf"\1{_INSTEAD}", text)
