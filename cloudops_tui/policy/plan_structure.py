"""What a plan's structure lacks, has too much of, or holds of the wrong kind, each with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from cloudops_tui.model.catalogue import nearest_name
from cloudops_tui.model.command import CliCommand, Command, SdkCommand
from cloudops_tui.model.plan import DependencyGraph, ExecutionPlan, RollbackStrategy
from cloudops_tui.model.wire import plain_name
from cloudops_tui.policy.plan_text import Path
from cloudops_tui.policy.safe_text import safe_line

_MOST_LOOKED_AT = 1000  # mistakes of structure; each costs a search for the name that was meant


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a plan."""

    path: Path
    message: str
    remedy: str
    secrets: tuple[str, ...] = ()
    """Texts that hold the secret that it is about."""


def mistakes_of_structure(document: Any) -> Iterator[Mistake]:
    """All that keeps a document from being a plan, whatever its commands ask for."""
    if not isinstance(document, dict):
        yield Mistake((), f"A plan is an object; found {kind_of(document)}", "Write `{...}` with the fields of a plan")
        return
    try:
        ExecutionPlan.model_validate(document, extra="forbid")
    except ValidationError as error:
        for one in error.errors(include_url=False)[:_MOST_LOOKED_AT]:
            yield _mistake(one["type"], one["loc"], one["msg"], one["input"], document)


def _mistake(kind: str, loc: Sequence[str | int], message: str, found: Any, document: Any) -> Mistake:
    path = _path_in(loc, document)
    name = safe_line(str(path[-1])) if path else "the plan"
    match kind:
        case "missing":
            return Mistake(path, f"`{name}` is missing", f"Add `{name}`")
        case "extra_forbidden":
            close = nearest_name(str(path[-1]), _fields_at(path[:-1]))
            remedy = f"Did you mean `{close}`?" if close else "Remove it"
            return Mistake(path, f"Unknown field `{name}`", remedy)
        case "choice" | "duration" | "duration_too_long" | "timestamp":
            return Mistake(path, f"Found {_shown(found)}, expected {message}", f"Correct `{name}`")
        case _ if kind.startswith("uuid"):
            return Mistake(path, f"Found {_shown(found)}, expected a UUID", f"Write a UUID for `{name}`")
        case "string_type":
            remedy = f"Put `{name}` in quotes" if isinstance(found, int | float) else f"Write a text for `{name}`"
            return Mistake(path, f"Found {_shown(found)}, expected a text", remedy)
        case _:
            expected = _EXPECTED.get(kind) or safe_line(message)
            return Mistake(path, f"Found {_shown(found)}, expected {expected}", f"Correct `{name}`")


_EXPECTED = {
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "string_unicode": "a text without unpaired surrogates",
    "model_attributes_type": "an object",
}


def _path_in(loc: Sequence[str | int], document: Any) -> Path:
    """A pydantic location as a path into the document: names of arms that are not keys there are left out."""
    path: list[str | int] = []
    here = document
    for place, part in enumerate(loc):
        last = place == len(loc) - 1
        match here:
            case dict():
                key = part if part in here else _spelled(str(part), here)
                if key is not None:
                    path.append(key)
                    here = here[key]
                elif last:
                    path.append(part)
            case list() if isinstance(part, int) and part < len(here):
                path.append(part)
                here = here[part]
            case _:
                if last and isinstance(part, str) and not _is_arm(part) and isinstance(here, dict):
                    path.append(part)
    return tuple(path)


def _spelled(part: str, holder: dict[str, Any]) -> str | None:
    """The key that spells an arm's name otherwise (`sdk` for `Sdk`)."""
    plain = plain_name(part)
    return next((key for key in holder if len(holder) == 1 and plain_name(key) == plain), None)


def _is_arm(part: str) -> bool:
    return part[:1].isupper() or part.endswith("()")


def _fields_at(path: Path) -> list[str]:
    """The fields that the object at `path` may have."""
    names = [part for part in path if isinstance(part, str)]
    model: type[BaseModel] = ExecutionPlan
    for name in names:
        match plain_name(name):
            case "commands" | "compensations":
                model = Command
            case "cli":
                model = CliCommand
            case "sdk":
                model = SdkCommand
            case "dependencygraph":
                model = DependencyGraph
            case "rollbackstrategy":
                model = RollbackStrategy
            case _:
                pass
    return list(model.model_fields)


# --- words -----------------------------------------------------------------------------------------------------------


def kind_of(value: Any) -> str:
    """What JSON calls it: `a text`, `an object`."""
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _shown(value: Any) -> str:
    """A found value, short and safe; containers by kind only."""
    match value:
        case str():
            text = safe_line(value)
            return f"`{text[:60]}...`" if len(text) > 60 else f"`{text}`"
        case bool() | None:
            return f"`{str(value).lower()}`" if value is not None else "null"
        case int() | float():
            return f"`{value}`"
        case _:
            return kind_of(value)
