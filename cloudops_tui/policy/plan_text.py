"""Reading a plan's text, JSON or YAML 1.2, so strictly that nobody can read it differently."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from cloudops_tui.model.queue import Problem
from cloudops_tui.policy.safe_text import safe_line

LARGEST = 1_000_000  # bytes; a plan of 5,000 commands is about half of it
DEEPEST = 64

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class PlanText:
    """A text as a document, with the line of every value, or what is wrong with it."""

    document: Any
    """None when the text could not be read."""
    lines: Mapping[Path, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: Path) -> int | None:
        """The line where the value at `path` stands; of a missing one, where its holder stands."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def pointer(path: Path) -> str:
    """A path as JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def read_plan_text(data: bytes | str, form: Literal["json", "yaml"] | None = None) -> PlanText:
    """Read JSON or YAML; `form` None tells them apart by the first character. Never raises for content."""
    raw = data.encode("utf-8", errors="surrogatepass") if isinstance(data, str) else data
    if len(raw) > LARGEST:
        return _unreadable(f"The plan has more than {LARGEST:,} bytes", "Split it into several plans")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _unreadable(f"Not UTF-8: byte {raw[error.start]:#04x}", "Write the plan in UTF-8", line)
    if not text.strip():
        return _unreadable("The plan is empty", "Write a plan; the README shows one")
    if (form or _told_by_first_character(text)) == "json":
        return _read_json(text)
    return _read_yaml(text)


def _told_by_first_character(text: str) -> Literal["json", "yaml"]:
    return "json" if text.lstrip()[:1] in ("{", "[", '"') else "yaml"


def _unreadable(message: str, remedy: str, line: int | None = None) -> PlanText:
    return PlanText(None, {}, (Problem(path="", line=line, message=message, remedy=remedy),))


# --- JSON ------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'[\s]*(?:([{}\[\],:])|("[^"\\]*(?:\\.[^"\\]*)*")|([^\s{}\[\],:"]+))', re.DOTALL)

_NO_JSON = ("NaN", "Infinity", "-Infinity")  # the json module reads them all the same


def _read_json(text: str) -> PlanText:
    try:
        document = json.loads(text, parse_constant=lambda _: None, parse_int=_int_of, parse_float=_float_of)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return _unreadable(f"Not JSON: {error.msg} at {where}", "Correct the syntax there", error.lineno)
    except RecursionError:
        return _too_deep()
    scan = _scan_json(text)
    if scan is None:
        return _too_deep()
    lines, problems = scan
    problems.extend(odd_values(document, lines))
    return PlanText(document, lines, tuple(problems))


def _scan_json(text: str) -> tuple[dict[Path, int], list[Problem]] | None:
    """Lines of all values of a well-formed text, and duplicate keys; None when it is nested too deep."""
    lines: dict[Path, int] = {}
    problems: list[Problem] = []
    stack: list[_Holder] = []
    line, seen_to = 1, 0

    def path() -> Path:
        return tuple(holder.at for holder in stack if holder.at is not None)

    for token in _TOKEN.finditer(text):
        start = token.start(token.lastindex or 0)
        line += text.count("\n", seen_to, start)
        seen_to = start
        mark = token.group(1)
        holder = stack[-1] if stack else None
        if mark in ("}", "]"):
            stack.pop()
        elif mark == ",":
            if holder is not None:
                holder.at = holder.at + 1 if isinstance(holder.at, int) else None
        elif mark == ":":
            continue
        elif holder is not None and holder.keys is not None and holder.at is None:
            key = json.loads(token.group(0))
            holder.at = key
            if key in holder.keys:
                remedy = "Keep one of them"
                problems.append(_problem(path(), _twice(key), remedy, {path(): line}))
            holder.keys.add(key)
        else:
            lines[path()] = line
            if mark in ("{", "["):
                stack.append(_Holder(None, set()) if mark == "{" else _Holder(0, None))
                if len(stack) > DEEPEST:
                    return None
            elif token.group(3) in _NO_JSON:
                remedy = "Write a number, a string or null"
                problems.append(_problem(path(), f"`{token.group(3)}` is not JSON", remedy, lines))
            elif len(token.group(3) or "") > _LONGEST_NUMBER:
                problems.append(_too_long(path(), lines))
    return lines, problems


def _int_of(text: str) -> int | None:
    return int(text) if len(text) <= _LONGEST_NUMBER else None


def _float_of(text: str) -> float | None:
    return float(text) if len(text) <= _LONGEST_NUMBER else None


@dataclass
class _Holder:
    """An open object or array, and the key or position that comes next in it."""

    at: str | int | None
    keys: set[str] | None


# --- YAML ------------------------------------------------------------------------------------------------------------

# The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), except that a number with a leading zero
# stays text: it is an account id, not a number.
_CORE_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+", re.ASCII)
_CORE_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_CORE_ODD = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CORE_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_PLAIN_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:str"}
_BREAKS_OF_YAML_1_1 = re.compile("[\x85\u2028\u2029]")  # PyYAML begins a new line at them; YAML 1.2 and people do not
_LONGEST_NUMBER = 1000  # characters; Python will not write integers of more than 4,300 digits


class _TooDeep(RecursionError):
    """Nested deeper than is taken."""


class _CoreLoader(yaml.SafeLoader):
    """Composes nodes without resolving anything; resolution is ours."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    flow_level: int

    def fetch_flow_collection_start(self, kind: Any) -> None:
        if self.flow_level >= DEEPEST:
            raise _TooDeep  # it would first look for the ends of a thousand more, at a cost that grows with the square
        super().fetch_flow_collection_start(kind)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            raise yaml.composer.ComposerError(None, None, "aliases are not taken: write the value out", mark)
        written: str | None = self.peek_event().tag  # type: ignore[no-untyped-call]  # the stubs leave it untyped
        node = super().compose_node(parent, index)
        if node is not None and written is not None:
            node.tag = written.replace("tag:yaml.org,2002:", "!!")  # so that `!!str 12` is told from a plain 12
        return node


def _read_yaml(text: str) -> PlanText:
    odd_break = _BREAKS_OF_YAML_1_1.search(text)
    if odd_break:
        message = f"Not YAML: `{safe_line(odd_break.group())}` would be read as a line break by some"
        return _unreadable(message, "Write it as an escape, in double quotes", _line_at(text, odd_break.start()))
    try:
        loader = _CoreLoader(text)
    except yaml.reader.ReaderError as error:
        message = f"Not YAML: the character U+{error.character:04X} is not allowed"
        return _unreadable(message, "Write it as an escape, in double quotes", _line_at(text, error.position))
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        return _unreadable(f"Not YAML: {_told(error.problem or str(error))}", "Correct the syntax there", line)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets `"\UFFFFFFFF"` and version numbers of 5,000 digits through to Python's own conversions.
        return _unreadable(f"Not YAML: {safe_line(str(error))}", "Correct the escape or the directive", loader.line + 1)
    except RecursionError:
        return _too_deep()
    finally:
        loader.dispose()
    if root is None:
        return _unreadable("The plan is empty", "Write a plan; the README shows one")
    lines: dict[Path, int] = {}
    problems: list[Problem] = []
    try:
        document = _value_of(root, (), lines, problems)
    except _TooDeep:
        return _too_deep()
    problems.extend(odd_values(document, lines))
    return PlanText(document, lines, tuple(problems))


_COMMON_TAG = "tag:yaml.org,2002:"


def _told(problem: str) -> str:
    """What a parser says, without the names that it quotes: a password may begin with `*` or `&`."""
    return safe_line(re.sub(r"'[^']{2,}'", "a name", problem))


def _value_of(node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    if len(path) >= DEEPEST and not isinstance(node, yaml.ScalarNode):
        raise _TooDeep
    lines[path] = node.start_mark.line + 1
    if node.tag not in _PLAIN_TAGS:
        shown = f"The tag `{safe_line(node.tag)}`" if node.tag.startswith(_COMMON_TAG) else "A tag of its own"
        problems.append(_problem(path, f"{shown} is not taken", "Write a plain value, or put it in quotes", lines))
    match node:
        case yaml.ScalarNode():
            return _scalar(node, path, lines, problems)
        case yaml.SequenceNode():
            return [_value_of(held, (*path, place), lines, problems) for place, held in enumerate(node.value)]
        case yaml.MappingNode():
            read: dict[str, Any] = {}
            for key_node, held in node.value:
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
                if key is None or key_node.tag not in _PLAIN_TAGS:
                    problems.append(_problem(path, "A key is not a text", "Write a text as key", lines))
                    continue
                value = _value_of(held, (*path, key), lines, problems)
                if key in read:
                    lines[(*path, key)] = key_node.start_mark.line + 1
                    problems.append(_problem((*path, key), _twice(key), "Keep one of them", lines))
                read[key] = value
            return read
        case _:
            raise AssertionError(f"PyYAML composes scalars, sequences and mappings, not {node!r}")


def _scalar(node: yaml.ScalarNode, path: Path, lines: dict[Path, int], problems: list[Problem]) -> Any:
    text: str = node.value
    if node.style is not None:
        return text
    if text in _CORE_WORDS:
        return _CORE_WORDS[text]
    if len(text) > _LONGEST_NUMBER and (_CORE_INT.fullmatch(text) or _CORE_FLOAT.fullmatch(text)):
        problems.append(_too_long(path, lines))
        return None
    if _CORE_INT.fullmatch(text):
        return int(text, 16) if text.startswith("0x") else int(text)
    if _CORE_ODD.fullmatch(text):
        problems.append(_problem(path, f"`{text}` is not a number that JSON has", "Write a finite number", lines))
        return None
    if _CORE_FLOAT.fullmatch(text):
        return float(text)
    return text


# --- both ------------------------------------------------------------------------------------------------------------


def odd_values(document: Any, lines: Mapping[Path, int]) -> Iterator[Problem]:
    """Values that are well formed and still not to be trusted: infinite numbers, unpaired surrogates."""
    stack: list[tuple[Path, Any]] = [((), document)]
    while stack:
        path, value = stack.pop()
        match value:
            case dict():
                for key, held in value.items():
                    if not _encodable(str(key)):
                        message = "The key holds an unpaired surrogate"
                        yield _problem((*path, key), message, "Write the character itself", lines)
                    stack.append(((*path, key), held))
            case list() | tuple():
                stack.extend(((*path, place), held) for place, held in enumerate(value))
            case str() if not _encodable(value):
                yield _problem(path, "The text holds an unpaired surrogate", "Write the character itself", lines)
            case float() if not math.isfinite(value):
                message = "The value is not a number" if math.isnan(value) else "The number is too large"
                yield _problem(path, message, "Write a number that fits, or a text", lines)
            case _:
                pass


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _problem(path: Path, message: str, remedy: str, lines: Mapping[Path, int]) -> Problem:
    line = PlanText(None, lines).line_of(path)
    return Problem(path=safe_line(pointer(path)), line=line, message=message, remedy=remedy)


def _twice(key: str) -> str:
    return f"The key `{safe_line(key)}` stands twice"


def _too_long(path: Path, lines: Mapping[Path, int]) -> Problem:
    return _problem(path, "The number is too long", "Write a shorter one, or put it in quotes", lines)


def _too_deep() -> PlanText:
    return _unreadable(f"The plan is nested deeper than {DEEPEST} levels", "Flatten it")
