"""Shapes that many ways back have: settings of a thing, one value that is set or removed, a switch with two ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudops_tui.model.undo import UndoKind
from cloudops_tui.policy.before.reading import Answer, Asked, Read, Thing
from cloudops_tui.policy.before.values import at, each, text_at, texts_at
from cloudops_tui.policy.undo.way_back import Call, Image, NoWayBack, WayBack, always, leaves, nested


def item_of(thing: Thing, asked: Asked, answer: Answer) -> Mapping[str, Any]:
    """The one thing that the command is about; raises NoWayBack where it is not known."""
    known(answer)
    names = texts_at(asked, thing.name)
    item = next(iter(thing.among(answer, names).values()), None) if names else None
    if item is None:
        raise NoWayBack(f"{thing.called(names[0]) if names else thing.noun} is absent")
    return item


def known(*answers: Answer) -> None:
    """Raise NoWayBack unless everybody answered."""
    for answer in answers:
        if not answer.known:
            raise NoWayBack(answer.unread)


def names_of(asked: Asked, *names: str) -> dict[str, Any]:
    """Those of the parameters that are given, as they are."""
    return {name: at(asked, name) for name in names if at(asked, name) is not None}


def settings(
    thing: Thing,
    operation: str,
    members: Mapping[str, str] | Sequence[str],
    *,
    also: Sequence[str] = (),
    dropped: Sequence[str] = (),
    pending: str = "",
    tidy: Callable[[str, Any], Any] = lambda _name, value: value,
    why_not: Callable[[Asked], str | None] = always,
) -> WayBack:
    """Settings of one thing, written back by the operation that changed them.

    `members`: where each stands in the parameters and in the answer. `also`: parameters that go along and are no
    settings, `dropped` those that count for one call only. `pending`: where the answer has what is written and not in
    force yet.
    """
    places = members if isinstance(members, Mapping) else {name: name for name in members}

    def given(asked: Asked) -> dict[str, Any]:
        return {path: tidy(path, at(asked, path)) for path in places if at(asked, path) is not None}

    def not_all(asked: Asked) -> str | None:
        passing = {thing.name, *thing.also.values(), *also, *dropped}
        rest = {name: value for name, value in asked.items() if name not in passing and name not in places}
        for path, _ in leaves(rest):
            if not any(path == one or path.startswith(f"{one}.") for one in places):
                return f"`{path}` is not among what can be put back"
        return why_not(asked) if given(asked) else "it changes nothing that could be put back"

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        item = item_of(thing, asked, answers[0])
        return {path: tidy(path, _value(item, path, places[path], pending)) for path in given(asked)}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        unset = [path for path, value in before.items() if value is None]
        if unset:
            raise NoWayBack(f"{', '.join(unset)} was not set, and cannot be written so")
        named = names_of(asked, thing.name, *thing.also.values(), *also)
        return (Call(operation, {**named, **nested(before)}),)

    return WayBack(
        UndoKind.RESTORE_BEFORE,
        lambda asked: ", ".join(given(asked)),
        thing.reads,
        image,
        lambda asked, _: given(asked),
        back,
        not_all,
    )


def _value(item: Mapping[str, Any], path: str, place: str, pending: str) -> Any:
    waiting = at(item, f"{pending}.{path}") if pending else None
    if waiting is not None:
        return waiting
    return each(item, place) if "[]" in place else at(item, place)


def one_value(
    noun: str,
    reads: Callable[[Asked], Sequence[Read]],
    value: Callable[[Asked, Sequence[Answer]], Any],
    wrote: Callable[[Asked], Any],
    put: Callable[[Asked, Any], Call | Sequence[Call]],
    remove: Callable[[Asked], Call] | None = None,
    *,
    kind: UndoKind = UndoKind.RESTORE_BEFORE,
    why_not: Callable[[Asked], str | None] = always,
) -> WayBack:
    """One value that is set as a whole, or removed. Without `remove`, what was not there cannot be put back."""

    def image(asked: Asked, answers: Sequence[Answer]) -> Image:
        known(*answers)
        return {noun: value(asked, answers)}

    def back(asked: Asked, before: Image) -> Sequence[Call]:
        there = before[noun]
        if there is None:
            if remove is None:
                raise NoWayBack(f"there was no {noun}, and none can be written")
            return (remove(asked),)
        made = put(asked, there)
        return (made,) if isinstance(made, Call) else made

    return WayBack(kind, lambda _: noun, reads, image, lambda asked, _: {noun: wrote(asked)}, back, why_not)


def of_thing(thing: Thing, place: str) -> Callable[[Asked, Sequence[Answer]], Any]:
    """What one read of the thing has at that place."""
    return lambda asked, answers: at(item_of(thing, asked, answers[0]), place)


def switch(
    thing: Thing,
    noun: str,
    state: Callable[[Mapping[str, Any]], Any],
    to: Any,
    back: Mapping[Any, Call | str | Sequence[str]],
    *,
    named: Sequence[str] = (),
) -> WayBack:
    """A thing that is turned to `to`; `back` has, by how it was, the operations that turn it back."""

    def turned(asked: Asked, was: Any) -> Sequence[Call]:
        operations = back.get(was)
        if operations is None:
            raise NoWayBack(f"its {noun} was {was}")
        all_of_them = (operations,) if isinstance(operations, str | Call) else operations
        names = names_of(asked, *(named or (thing.name, *thing.also.values())))
        return [one if isinstance(one, Call) else Call(one, names) for one in all_of_them]

    return one_value(
        noun,
        thing.reads,
        lambda asked, answers: state(item_of(thing, asked, answers[0])),
        lambda _: to,
        turned,
        kind=UndoKind.INVERSE,
    )


def absent_body(answer: Answer, *none_set: str) -> bool:
    """The answer is that this is not set, and not that what would hold it is missing."""
    if answer.absent and not answer.said.startswith(none_set):
        raise NoWayBack(answer.said or "it is absent")
    return answer.absent


def needed(asked: Asked, *names: str) -> str | None:
    """Why nothing can be read: a name that the command line does not spell."""
    missing = next((name for name in names if not text_at(asked, name)), None)
    return f"`{missing}` could not be read from it" if missing else None
