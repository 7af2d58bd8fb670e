"""How one operation is undone: what is read before it, what it makes of that, and which calls put it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.before.reading import Answer, Asked, Read
from cloudops_tui.policy.before.values import json_document, same, shown

Image = Mapping[str, Any]
"""By what it is called: a value in JSON; None where there is no such thing."""


class NoWayBack(Exception):
    """What was there cannot be put back; the message says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the same service that puts something back."""

    operation: str
    parameters: Mapping[str, Any]


def always(_: Asked) -> str | None:
    """Nothing in the parameters stands in the way."""
    return None


def nothing_more(_: Asked, __: Sequence[Answer]) -> Sequence[Read]:
    """The first answers are all that is needed."""
    return ()


@dataclass(frozen=True, slots=True)
class WayBack:
    """How one operation is undone. Every function is about the same names."""

    kind: UndoKind
    what: Callable[[Asked], str]
    """What would come back, in words."""
    reads: Callable[[Asked], Sequence[Read]]
    """What to ask before the command is sent, and again before it is undone."""
    image: Callable[[Asked, Sequence[Answer]], Image]
    """What the answers say is there; raises NoWayBack where they do not say enough."""
    wrote: Callable[[Asked, Image], Image]
    """What the command makes of that."""
    back: Callable[[Asked, Image], Sequence[Call]]
    """The calls that put these values back; raises NoWayBack where none would."""
    why_not: Callable[[Asked], str | None] = always
    """Why there is no way back with these parameters, as far as they alone say."""
    then: Callable[[Asked, Sequence[Answer]], Sequence[Read]] = nothing_more
    """What to ask next, once the first answers are there; raises NoWayBack where they do not say enough."""

    def touched(self, asked: Asked, before: Image) -> dict[str, Any]:
        """What was there of that which the command really changed."""
        wrote = self.wrote(asked, before)
        return {name: value for name, value in before.items() if name in wrote and not covers(value, wrote[name])}

    def calls(self, asked: Asked, before: Image) -> tuple[Call, ...]:
        """What puts back everything that the command changed; nothing where it changed nothing."""
        touched = self.touched(asked, before)
        return tuple(self.back(asked, touched)) if touched else ()

    def is_back(self, asked: Asked, before: Image, now: Image) -> bool:
        """Everything that the command changed is again as it was."""
        touched = self.touched(asked, before)
        return all(_equal(now.get(name), value) for name, value in touched.items())

    def changed_since(self, asked: Asked, before: Image, now: Image) -> str | None:
        """What somebody else has changed after the command, in words; None while it is as the command left it."""
        wrote = self.wrote(asked, before)
        for name, value in self.touched(asked, before).items():
            is_now = now.get(name)
            if not covers(is_now, wrote[name]) and not _equal(is_now, value):
                return f"{name} is {_said(is_now)} now, and the command had made it {_said(wrote[name])}"
        return None

    def told(self, asked: Asked, before: Image) -> str:
        """What would be put back, in a line: `DesiredCapacity 2`, or `retention in days: none`."""
        touched = self.touched(asked, before)
        return ", ".join(f"{name}: none" if it is None else f"{name} {shown(it)}" for name, it in touched.items())


def covers(there: Any, wanted: Any) -> bool:
    """Everything that was asked for is there; what a service adds of its own does not count."""
    if _is_nothing(wanted):
        return _is_nothing(there)
    wanted_document, document = json_document(wanted), json_document(there)
    if wanted_document is not None and document is not None:
        wanted, there = wanted_document, document
    match wanted, there:
        case Mapping(), Mapping():
            return all(covers(there.get(name), value) for name, value in wanted.items())
        case list() | tuple(), list() | tuple():
            if same(there, wanted):
                return True
            return len(there) == len(wanted) and all(map(covers, there, wanted))
        case _:
            return same(there, wanted)


def _equal(one: Any, other: Any) -> bool:
    return same(one, other) or (_is_nothing(one) and _is_nothing(other))


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str | Mapping | list | tuple) and not value)


def _said(value: Any) -> str:
    return "not set" if value is None else shown(value)


def leaves(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every member with its dotted place, objects opened."""
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from leaves(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", inner


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Objects of dotted places: `a.b` becomes `{"a": {"b": ...}}`."""
    whole: dict[str, Any] = {}
    for path, value in values.items():
        holder = whole
        *outer, last = path.split(".")
        for name in outer:
            holder = holder.setdefault(name, {})
        holder[last] = value
    return whole
