"""The configuration in layers (default, file, environment, flag): what is wrong with it, where each value is from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from cloudops_tui.model.settings import AUTO, OWN_THEMES, Settings, UiSettings
from cloudops_tui.policy.terminal import theme_problem

Path = tuple[str, ...]
"""A setting: its tables and its name."""

ENVIRONMENT = "CLOUDOPS_UI__"
"""What the variables that set `[ui]` begin with: `CLOUDOPS_UI__THEME`, `CLOUDOPS_UI__TMUX__POPUP`."""

SAID_YES, SAID_NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    kind: str
    """`default`, `file`, `environment` or `flag`."""
    name: str = ""
    """The variable, or the option."""
    line: int | None = None
    """In the file."""


@dataclass(frozen=True)
class Layer:
    """Values that one source gives."""

    values: Mapping[Path, Any]
    origins: Mapping[Path, Origin]


@dataclass(frozen=True)
class Problem:
    """Something in the configuration that cannot be used."""

    setting: Path
    message: str
    """What is wrong, with the remedy."""
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """The setting as a person would say it."""
        return ".".join(self.setting)

    def told(self) -> str:
        """The whole sentence."""
        if not self.setting:
            return self.message
        return f"`{self.name}`{' ' if self.message.startswith('is ') else ': '}{self.message}"


@dataclass(frozen=True)
class Configuration:
    """Everything that was said, and what came of it."""

    settings: Settings
    """Without what is wrong, where there are problems."""
    problems: tuple[Problem, ...] = ()
    origins: Mapping[Path, Origin] = field(default_factory=dict)

    def effective(self) -> Iterator[tuple[Path, Any, Origin]]:
        """Every setting with its value and its origin, in the order of the settings' own definition."""
        for path, value in _leaves(self.settings):
            yield path, value, self._origin(path)

    def _origin(self, path: Path) -> Origin:
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return Origin("default")


def configuration(text: str, environ: Mapping[str, str], flags: Mapping[Path, tuple[Any, str]]) -> Configuration:
    """Read it all. `flags` has each setting's value and the option that gave it."""
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        origin = Origin("file", line=int(found[1]) if found else None)
        return Configuration(Settings(), (Problem((), f"It cannot be read as TOML: {error}", origin),))
    lines = lines_of(text)
    from_file = dict(_flat(parsed))
    origins = {path: Origin("file", line=_line(lines, path)) for path in from_file}
    given, unknown = environment(environ)
    values = from_file | dict(given.values) | {path: value for path, (value, _) in flags.items()}
    origins |= dict(given.origins) | {path: Origin("flag", option) for path, (_, option) in flags.items()}
    settings, problems = _validated(_nested(values), origins, lines)
    return Configuration(settings, (*unknown, *problems), origins)


def environment(environ: Mapping[str, str]) -> tuple[Layer, tuple[Problem, ...]]:
    """What variables say of `[ui]`, and those that name no setting."""
    values: dict[Path, Any] = {}
    origins: dict[Path, Origin] = {}
    problems: list[Problem] = []
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT):
            continue
        path = ("ui", *name.removeprefix(ENVIRONMENT).lower().split("__"))
        kind = _type_of(UiSettings, path[1:])
        if kind is None:
            close = _nearest(path[-1], UiSettings.model_fields)
            meant = f"; did you mean `{ENVIRONMENT}{close.upper()}`?" if close else ""
            problems.append(Problem((name,), f"is not a setting of `[ui]`{meant}", Origin("environment", name)))
            continue
        values[path] = _spoken(environ[name], kind)
        origins[path] = Origin("environment", name)
    return Layer(values, origins), tuple(problems)


def _nearest(word: str, names: Iterable[str]) -> str | None:
    from cloudops_tui.model.catalogue import nearest_name  # only where something is wrong: a start must not wait for it

    return nearest_name(word, names)


def lines_of(text: str) -> dict[Path, int]:
    """Where each table and each key stands, from 1. For messages: what is written unusually may be missing."""
    found: dict[Path, int] = {}
    table: Path = ()
    waits_for: str | None = None
    depth = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        if waits_for is not None:
            waits_for = None if waits_for in raw else waits_for
            continue
        if depth > 0:
            depth += _depth(raw)
            continue
        if header := _HEADER.match(raw):
            table = _keys(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(raw):
            path = (*table, *_keys(key[1]))
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], number)
            value = key[2]
            for quotes in ('"""', "'''"):
                if value.startswith(quotes) and quotes not in value[3:]:
                    waits_for = quotes
            depth = max(0, _depth(value)) if waits_for is None else 0
            if value.startswith("{"):
                for inner in _INNER.finditer(value):
                    found.setdefault((*path, *_keys(inner[1])), number)
    return found


def schema() -> dict[str, Any]:
    """The JSON schema of the whole file."""
    made = TypeAdapter(Settings).json_schema(schema_generator=_Schema)
    for table in (made, *made["$defs"].values()):
        if "properties" in table:
            table["additionalProperties"] = False  # a slip in a name is one here, too
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


class _Schema(GenerateJsonSchema):
    """What only code can judge is left open, rather than refused."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}


_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_NAMES = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_NAMES})\s*\]")
_KEY = re.compile(rf"\s*({_NAMES})\s*=\s*(.*)")
_INNER = re.compile(rf"[{{,]\s*({_NAMES})\s*=")
_STRINGS = re.compile(r"""\"(?:\\.|[^"\\])*"|'[^']*'|#.*""")


def _keys(written: str) -> Path:
    return tuple(name.strip("\"'") for name in re.findall(_NAME, written))


def _depth(value: str) -> int:
    bare = _STRINGS.sub("", value)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def _line(lines: Mapping[Path, int], path: Path) -> int | None:
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


def _flat(values: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value


def _nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in values.items():
        place = made
        for name in path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        place[path[-1]] = value
    return made


def _validated(
    raw: dict[str, Any], origins: Mapping[Path, Origin], lines: Mapping[Path, int]
) -> tuple[Settings, tuple[Problem, ...]]:
    """Every mistake at once: some are found only in what is right otherwise, so what is wrong is taken out and the rest
    looked at again."""
    problems: list[Problem] = []
    while True:
        settings, found = _looked_at(raw, origins, lines)
        new = [one for one in found if one not in problems]
        problems += new
        if not new:
            return settings, tuple(problems)
        raw = _without(raw, [one.setting for one in new])


def _looked_at(
    raw: dict[str, Any], origins: Mapping[Path, Origin], lines: Mapping[Path, int]
) -> tuple[Settings, tuple[Problem, ...]]:
    try:
        settings = Settings.model_validate(raw, extra="forbid")
    except ValidationError as error:
        return Settings(), tuple(_problem(one, origins, lines) for one in error.errors(include_url=False))
    problems = tuple(_beyond_types(settings, origins, lines))
    return (Settings() if problems else settings), problems


def _without(raw: dict[str, Any], places: Iterable[Path]) -> dict[str, Any]:
    """The values less those at these places; less what holds it, where something is missing."""
    left = deepcopy(raw)
    for place in places:
        held: Any = left
        holder: dict[str, Any] = left
        key: str | None = None
        for step in place:
            if not isinstance(held, dict) or step not in held:
                break
            holder, key, held = held, step, held[step]
        if key is not None:
            del holder[key]
    return left


def _beyond_types(settings: Settings, origins: Mapping[Path, Origin], lines: Mapping[Path, int]) -> Iterable[Problem]:
    """What only the whole can tell."""
    for name in settings.safety.allow:
        from cloudops_tui.policy.refusals import allowance_problem  # only where something is allowed

        if (why := allowance_problem(name)) is not None:
            path = ("safety", "allow")
            yield Problem(path, why, _origin_of(path, origins, lines))
    for name in {AUTO, *OWN_THEMES} & settings.themes.keys():
        path = ("themes", name)
        why = "This is a theme of the program; choose another name for yours"
        yield Problem(path, why, Origin("file", line=_line(lines, path)))
    theme = settings.ui.theme
    near = None if theme in settings.theme_names else _nearest(theme, settings.theme_names)
    if (why := theme_problem(theme, settings.theme_names, near)) is not None:
        path = ("ui", "theme")
        yield Problem(path, why, _origin_of(path, origins, lines))


def _problem(error: Any, origins: Mapping[Path, Origin], lines: Mapping[Path, int]) -> Problem:
    path = tuple(str(part) for part in error["loc"] if str(part) != "[key]")
    origin = _origin_of(path, origins, lines)
    if error["type"] == "extra_forbidden":
        names = _names_beside(path)
        close = _nearest(path[-1], names)
        meant = f"did you mean `{close}`?" if close else f"There are {', '.join(f'`{name}`' for name in names)}"
        return Problem(path, f"is not a setting; {meant}", origin)
    return Problem(path, _remedy(error), origin)


def _remedy(error: Any) -> str:
    given = error["input"]
    said = f"`{given}`" if isinstance(given, str | int | float | bool) else "This"
    match error["type"]:
        case "bool_type":
            return f"{said} is not yes or no; write `true` or `false`, without quotes"
        case "literal_error":
            expected = error["ctx"]["expected"].replace("'", "`")
            return f"{said} is not one of its values; write {expected}, with quotes"
        case "string_pattern_mismatch" if error["ctx"]["pattern"].startswith("^#"):
            return f"{said} is not a colour; write it as `#rrggbb`, such as `#86c78b`"
        case "string_pattern_mismatch":
            return f"{said} is not a number of an account; write its twelve digits, in quotes"
        case _:
            return f"{error['msg']}" + (f"; found {said}" if said != "This" else "")


def _origin_of(path: Path, origins: Mapping[Path, Origin], lines: Mapping[Path, int]) -> Origin:
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    return Origin("file", line=_line(lines, path))


def _names_beside(path: Path) -> tuple[str, ...]:
    kind: Any = Settings
    for name in path[:-1]:
        kind = _inner(kind, name)
    fields: Mapping[str, Any] = getattr(kind, "model_fields", {})
    return tuple(fields)


def _inner(kind: Any, name: str) -> Any:
    """The type of what is called `name` in a table of that type; None where nothing is."""
    for one in _alternatives(kind):
        if isinstance(one, type) and issubclass(one, BaseModel):
            if name in one.model_fields:
                return one.model_fields[name].annotation
        elif get_origin(one) is dict:
            return get_args(one)[1]
    return None


def _alternatives(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from _alternatives(one)
    else:
        yield kind


def _type_of(kind: Any, path: Path) -> Any:
    for name in path:
        kind = _inner(kind, name)
    return kind


def _spoken(text: str, kind: Any) -> Any:
    """A variable's text as the type wants it; what does not fit stays text, and the validation says so."""
    kinds = list(_alternatives(kind))
    if bool in kinds:
        plain = text.strip().lower()
        return True if plain in SAID_YES else False if plain in SAID_NO else text
    if int in kinds and text.strip().isdecimal():
        return int(text)
    return text


def _leaves(model: BaseModel, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name in type(model).model_fields:
        yield from _leaf(getattr(model, name), (*above, name))


def _leaf(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, BaseModel) and type(value).__name__.endswith(("Settings", "Config")):
        yield from _leaves(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaf(inner, (*path, str(key)))
    else:
        yield path, value
