"""The operator's keys in Textual: laid over every binding, and asked what can be done on a screen right now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from cloudops_tui.presentation import actions
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.keymap import Keymap, parts, shown
from cloudops_tui.presentation.menu import Entry


@dataclass(frozen=True)
class Doing:
    """Something that can be done, and who does it."""

    entry: Entry
    node: DOMNode
    action: str


def lay_over(app: App[Any], keymap: Keymap) -> None:
    """From now on these keys are heard. Textual takes no empty list of keys: what is off has a key that nobody has."""
    app.set_keymap({name: ",".join(keys) or f"off:{name}" for name, keys in keymap.taken.items()})


def own_keys(screen: Screen[Any], keymap: Keymap) -> dict[str, str | None]:
    """Of the keys that actions have by themselves on this screen, what became of those that the operator changed."""
    found: dict[str, str | None] = {}
    for node, _ in _listeners(screen, everywhere=True) if keymap.taken else ():
        for binding in _bindings(node):
            now = keymap.taken.get(binding.id or "")
            for number, key in enumerate(binding.key.split(",")):
                if now is None:
                    found.setdefault(shown(key), shown(key))
                else:
                    found.setdefault(shown(key), shown(now[min(number, len(now) - 1)]) if now else None)
    return found


def doings(screen: Screen[Any], hints: Sequence[KeyHint], keymap: Keymap, *, everywhere: bool) -> list[Doing]:
    """What the keys do on this screen: those of the part with the focus, or `everywhere` of each part in sight.

    `hints` are the screen's own: they know why a key cannot be used now.
    """
    place = type(screen).__name__
    found: list[Doing] = []
    claimed: set[str] = set()
    reasons = _reasons(screen, hints)
    for node, group in _listeners(screen, everywhere=everywhere):
        own: set[str] = set()
        for binding in _bindings(node):
            assert binding.id is not None
            keys = [key for key in _keys(binding, keymap) if key not in claimed | own]
            own.update(keys)
            if keys and all(each.entry.id != binding.id for each in found):
                entry = Entry(
                    id=binding.id,
                    label=actions.described(binding.id, place) or binding.description,
                    keys=tuple(map(shown, keys)),
                    group="Everywhere" if binding.id.startswith("app.") and group == "This screen" else group,
                    why_not=reasons.get(binding.id),
                )
                found.append(Doing(entry, node, binding.action))
        if not isinstance(node, Widget) or isinstance(node, Screen) or not everywhere:
            claimed |= own  # of several parts only one has the focus: they may have the same keys
    first = ("This screen", "Everywhere") if everywhere else ("This screen", "This part", "Everywhere")
    return sorted(found, key=lambda each: first.index(each.entry.group) if each.entry.group in first else len(first))


def _listeners(screen: Screen[Any], *, everywhere: bool) -> Iterator[tuple[DOMNode, str]]:
    """Who hears keys, before whom."""
    if everywhere:
        parts = [each for each in screen.focus_chain if _has_own(each)]
        yield from ((each, "This part" if len(parts) == 1 else _called(each)) for each in parts)
    elif screen.focused is not None:
        yield screen.focused, "This part"
    yield screen, "This screen"
    yield screen.app, "Everywhere"


def _called(part: Widget) -> str:
    return f"In {(part.id or type(part).__name__).replace('-', ' ')}"


def _has_own(part: Widget) -> bool:
    return any(True for _ in _bindings(part))


def _bindings(node: DOMNode) -> Iterator[Binding]:
    """Those of ours, a class's own before those of the classes that it refines."""
    for owner in type(node).__mro__:
        for binding in owner.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id is not None:
                yield binding


def _keys(binding: Binding, keymap: Keymap) -> tuple[str, ...]:
    assert binding.id is not None
    return keymap.taken.get(binding.id, tuple(binding.key.split(",")))


def _reasons(screen: Screen[Any], hints: Sequence[KeyHint]) -> dict[str, str]:
    """Why actions cannot be used now, as the footer knows it: by the key that they have by themselves."""
    of_key: dict[str, str] = {}
    for node, _ in _listeners(screen, everywhere=False):
        for binding in _bindings(node):
            for key in binding.key.split(","):
                of_key.setdefault(shown(key), binding.id or "")
    return {
        of_key[key]: hint.why_not
        for hint in hints
        if hint.why_not is not None
        for key in parts(hint.key)
        if key in of_key
    }
