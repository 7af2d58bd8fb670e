"""Ways back on what a service keeps for its users: parameters of Systems Manager, items of DynamoDB."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.before.data import TABLE
from cloudops_tui.policy.before.reading import Answer, Asked, Read
from cloudops_tui.policy.before.values import HIDDEN, at, each, same, text_at
from cloudops_tui.policy.secrets import is_secret_name
from cloudops_tui.policy.undo.families import item_of, known, names_of, needed
from cloudops_tui.policy.undo.way_back import Call, Image, NoWayBack, WayBack

RESTORE = UndoKind.RESTORE_BEFORE

# ---------------------------------------------------------------- parameters of Systems Manager

_WRITTEN = ("Value", "Type", "DataType", "Description", "AllowedPattern")
_DESCRIBED = ("Description", "AllowedPattern")
_ONLY_AT_FIRST = ("KeyId", "Policies", "Tags", "Tier")
"""What may be given with a parameter that is new, for all of it goes with the deletion; else it is not put back."""
_CLEAR = ("String", "StringList")
_NEVER_READ = "the value of a SecureString is never read"


def _parameter_reads(asked: Asked) -> Sequence[Read]:
    name = text_at(asked, "Name")
    if not name:
        return ()
    reads = [Read("ssm.GetParameters", {"Names": [name], "WithDecryption": False})]
    if any(at(asked, one) is not None for one in _DESCRIBED):
        filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
        reads.append(Read("ssm.DescribeParameters", {"ParameterFilters": filters}))
    return reads


def _parameter(asked: Asked, answers: Sequence[Answer]) -> Image:
    known(*answers)
    name = text_at(asked, "Name")
    if name in each(answers[0].there, "InvalidParameters[]"):
        return {"parameter": None}
    found = next((one for one in each(answers[0].there, "Parameters[]") if at(one, "Name") == name), None)
    if found is None:
        raise NoWayBack("the answer does not say whether the parameter is there")
    if at(found, "Type") not in _CLEAR or at(found, "Value") is HIDDEN:
        raise NoWayBack(_NEVER_READ)
    if stuck := [one for one in _ONLY_AT_FIRST if at(asked, one)]:
        raise NoWayBack(f"`{stuck[0]}` is not among what can be put back")
    there = {one: at(found, one) for one in ("Value", "Type", "DataType") if at(found, one) is not None}
    if len(answers) > 1:
        described: Any = next((one for one in each(answers[1].there, "Parameters[]") if at(one, "Name") == name), {})
        there |= {one: at(described, one) or "" for one in _DESCRIBED if at(asked, one) is not None}
    return {"parameter": there}


def _parameter_wrote(asked: Asked, _: Image) -> Image:
    return {"parameter": {one: at(asked, one) for one in _WRITTEN if at(asked, one) is not None}}


def _parameter_back(asked: Asked, before: Image) -> Sequence[Call]:
    there = before["parameter"]
    if there is None:
        return (Call("DeleteParameter", names_of(asked, "Name")),)
    return (Call("PutParameter", {**names_of(asked, "Name"), **there, "Overwrite": True}),)


def _parameter_why_not(asked: Asked) -> str | None:
    name = text_at(asked, "Name") or ""
    if same(at(asked, "Type"), "SecureString"):
        return _NEVER_READ
    if name.startswith("arn:"):
        return "it names the parameter by its ARN"
    if is_secret_name(name.rpartition("/")[2]):
        return "its name says that it holds a secret, which is not read"
    return needed(asked, "Name", "Value")


# ---------------------------------------------------------------- items of DynamoDB

_ITEM = "as "
"""Begins the text of an item: compared as it stands, and not as a document of which a part may be enough."""


def exactly(item: Any) -> str | None:
    """An item, or one attribute of it, as a text that is the same only for the same; None where there is none."""
    if item is None:
        return None
    if holds_bytes(item):
        raise NoWayBack("the item holds binary values")
    return _ITEM + json.dumps(_plain(item), sort_keys=True, ensure_ascii=False)


def item_in(text: Any) -> Any:
    """What `exactly` was given; older images hold it as it is."""
    return json.loads(text.removeprefix(_ITEM)) if isinstance(text, str) else text


def holds_bytes(value: Any) -> bool:
    """Somewhere in it stands a value that is not text."""
    match value:
        case Mapping():
            return any(name in ("B", "BS") or holds_bytes(inner) for name, inner in value.items())
        case list() | tuple():
            return any(map(holds_bytes, value))
        case _:
            return value is HIDDEN


def _plain(value: Any) -> Any:
    """As DynamoDB keeps it: numbers without zeros that say nothing, sets in no order."""
    match value:
        case {"N": number}:
            return {"N": _number(number)}
        case {"NS": numbers}:
            return {"NS": sorted(map(_number, numbers))}
        case {"SS": texts}:
            return {"SS": sorted(texts)}
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def _number(text: Any) -> str:
    try:
        return f"{Decimal(str(text)).normalize():f}"
    except InvalidOperation:
        return str(text)


def _whole(table: str, key: Mapping[str, Any]) -> Read:
    return Read("dynamodb.GetItem", {"TableName": table, "Key": dict(key), "ConsistentRead": True})


def _key_of(asked: Asked, described: Answer) -> dict[str, Any]:
    names = [str(at(one, "AttributeName")) for one in each(item_of(TABLE, asked, described), "KeySchema[]")]
    item = at(asked, "Item")
    if not names or any(at(item, name) is None for name in names):
        raise NoWayBack("the key of the item could not be read")
    return {name: item[name] for name in names}


def _put_then(asked: Asked, answers: Sequence[Answer]) -> Sequence[Read]:
    return (_whole(str(at(asked, "TableName")), _key_of(asked, answers[0])),)


def _put_image(asked: Asked, answers: Sequence[Answer]) -> Image:
    known(*answers)
    return {"item": exactly(at(answers[1].there, "Item")), "key": exactly(_key_of(asked, answers[0]))}


def _put_wrote(asked: Asked, before: Image) -> Image:
    return {"item": exactly(at(asked, "Item")), "key": before.get("key")}


def _put_calls(asked: Asked, before: Image, touched: Mapping[str, Any]) -> Sequence[Call]:
    table, there = names_of(asked, "TableName"), touched["item"]
    if there is None:
        return (Call("DeleteItem", {**table, "Key": item_in(before["key"])}),)
    return (Call("PutItem", {**table, "Item": item_in(there)}),)


def _put_why_not(asked: Asked) -> str | None:
    if not at(asked, "Item"):
        return "the item could not be read from it"
    return "the item holds binary values" if holds_bytes(at(asked, "Item")) else needed(asked, "TableName")


class _PutItem(WayBack):
    """What deletes a new item needs its key, which the command itself does not change."""

    def calls(self, asked: Asked, before: Image) -> tuple[Call, ...]:
        touched = self.touched(asked, before)
        return tuple(_put_calls(asked, before, touched)) if touched else ()


# ---------------------------------------------------------------- updates by expression

_WORD = r"(?:#[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*)"
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
_SET = re.compile(rf"({_WORD})\s*=\s*(:[A-Za-z0-9_]+)")


def changes(asked: Asked) -> dict[str, Any] | None:
    """What an update makes of each attribute that it names, None for one that goes; None where it computes something,
    or reaches into an attribute."""
    text = text_at(asked, "UpdateExpression")
    if text is None:
        return None
    names, values = at(asked, "ExpressionAttributeNames") or {}, at(asked, "ExpressionAttributeValues") or {}
    found: dict[str, Any] = {}
    pieces = _CLAUSE.split(text)
    if pieces[0].strip():
        return None
    for clause, body in zip(pieces[1::2], pieces[2::2], strict=True):
        for part in map(str.strip, body.split(",")):
            match clause.upper():
                case "SET" if (made := _SET.fullmatch(part)) and made[2] in values:
                    name, value = made[1], values[made[2]]
                case "REMOVE" if re.fullmatch(_WORD, part):
                    name, value = part, None
                case _:
                    return None
            name = names.get(name) if name.startswith("#") else name
            if not isinstance(name, str):
                return None
            found[name] = value
    return found


def _update_reads(asked: Asked) -> Sequence[Read]:
    table, key = text_at(asked, "TableName"), at(asked, "Key")
    return (_whole(table, key),) if table and isinstance(key, Mapping) and key else ()


def _update_image(asked: Asked, answers: Sequence[Answer]) -> Image:
    known(*answers)
    item = at(answers[0].there, "Item") or {}
    whole = exactly(item or None) if not holds_bytes(item) else f"{_ITEM}binary values"
    return {"item": whole, **{f"attribute {name}": exactly(item.get(name)) for name in changes(asked) or {}}}


def _update_wrote(asked: Asked, before: Image) -> Image:
    made = changes(asked) or {}
    if before["item"] is None:
        new = {name: value for name, value in made.items() if value is not None}
        return {"item": exactly({**(at(asked, "Key") or {}), **new})}
    return {f"attribute {name}": exactly(value) for name, value in made.items()}


def _update_back(asked: Asked, before: Image) -> Sequence[Call]:
    where = names_of(asked, "TableName", "Key")
    if "item" in before:
        return (Call("DeleteItem", where),)
    made = changes(asked) or {}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    sets, removes, holds = [], [], []
    for number, (called, was) in enumerate(before.items()):
        name = called.removeprefix("attribute ")
        names[f"#a{number}"] = name
        if was is None:
            removes.append(f"#a{number}")
        else:
            sets.append(f"#a{number} = :was{number}")
            values[f":was{number}"] = item_in(was)
        if made[name] is None:
            holds.append(f"attribute_not_exists(#a{number})")
        else:
            holds.append(f"#a{number} = :made{number}")
            values[f":made{number}"] = made[name]
    clauses = [f"{verb} {', '.join(parts)}" for verb, parts in (("SET", sets), ("REMOVE", removes)) if parts]
    asked_for = {
        "UpdateExpression": " ".join(clauses),
        "ConditionExpression": " AND ".join(holds),  # the table itself refuses where somebody was faster
        "ExpressionAttributeNames": names,
        **({"ExpressionAttributeValues": values} if values else {}),
    }
    return (Call("UpdateItem", {**where, **asked_for}),)


def _update_why_not(asked: Asked) -> str | None:
    if holds_bytes(at(asked, "Key") or {}) or not _update_reads(asked):
        return "the key of the item could not be read"
    made = changes(asked)
    if not made:
        return "what its expression makes is known only to DynamoDB"
    if len(made) > _MOST_ATTRIBUTES or holds_bytes(made):
        return "it changes more than can be put back, or binary values"
    return None


_MOST_ATTRIBUTES = 50  # of one update; a way back has an expression of its own, which may have 4 KB

WAYS_BACK: Mapping[tuple[str, str], WayBack] = {
    ("ssm", "PutParameter"): WayBack(
        RESTORE, lambda asked: f"parameter {text_at(asked, 'Name')}", _parameter_reads, _parameter, _parameter_wrote,
        _parameter_back, _parameter_why_not,
    ),
    ("dynamodb", "PutItem"): _PutItem(
        RESTORE, lambda _: "item", TABLE.reads, _put_image, _put_wrote, lambda _asked, _before: (), _put_why_not,
        _put_then,
    ),
    ("dynamodb", "UpdateItem"): WayBack(
        RESTORE, lambda asked: ", ".join(changes(asked) or {}), _update_reads, _update_image, _update_wrote,
        _update_back, _update_why_not,
    ),
}  # fmt: skip
"""By service and operation."""
