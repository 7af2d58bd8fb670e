"""The operator's own keys: which of them can be had, why the others cannot, and how a key is written on screen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.actions import PLACES, SECTIONS, Place, known
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import Line, Span

Wanted = Mapping[str, Sequence[str]]
"""By an action's id: the keys that it shall have in place of its own; none switches it off."""

NEEDED = ("app.back", "app.quit", "modal.cancel", "search.leave")
"""Without them nobody gets out."""

ABOVE_FIELDS = (
    "app.quit_at_once", "modal.leave", "approval.approve", "quit.confirm", "stop.confirm", "unknown.decide",
    "going_on.run",
)  # fmt: skip
"""They are heard before the field that has the focus, or decide something: a letter would be typed, or slip."""

KINDS: dict[str, tuple[str, ...]] = {
    "approve": ("plan.approve", "approval.approve"),
    "reject": ("plan.reject",),
    "modify": ("plan.modify",),
    "stop": ("live.stop", "quit.stop"),
    "undo": ("live.undo", "record.undo"),
    "quit": ("app.quit", "app.quit_at_once"),
}
"""What a slip of the finger must not exchange: no key of one is a key of another, on whatever screen."""

NAMED = {
    "enter", "tab", "escape", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "shift+tab", *(f"f{number}" for number in range(1, 13)),
    *(f"{held}+{key}" for held in ("ctrl", "shift") for key in ("up", "down", "left", "right", "home", "end")),
}  # fmt: skip
LISTENED_TO = {
    "ctrl+a": "it is the prefix of screen", "ctrl+b": "it is the prefix of tmux",
    "ctrl+z": "it would stop every thread",
    "ctrl+space": "input methods take it", "ctrl+c": "it is the terminal's", "ctrl+s": "it may stop the terminal",
    "ctrl+h": "terminals send it for backspace", "ctrl+i": "terminals send it for tab",
    "ctrl+m": "terminals send it for enter", "ctrl+j": "terminals send it for enter",
    "ctrl+k": "tmux users move between panes with it", "ctrl+l": "tmux users move between panes with it",
    "ctrl+left_square_bracket": "terminals send it for escape",
}  # fmt: skip
_OTHER_NAMES = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
    "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
_SPELLED = {"return": "enter", "esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "page_up": "pageup",
            "page_down": "pagedown", "del": "delete", " ": "space"}  # fmt: skip
_WORDS = re.compile(r"( +|(?<=[^ ])/(?=[^ ]))")
_BRIEF = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}


def name_of(character: str) -> str:
    """How Textual calls the key of a character: `slash` for `/`, the letter itself for a letter."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _OTHER_NAMES.get(name, name) or character


_CHARACTERS = {name_of(chr(code)): chr(code) for code in range(0x21, 0x7F)}


def shown(key: str) -> str:
    """How a key is written on screen: `/` for `slash`, `esc` for `escape`."""
    head, plus, last = key.rpartition("+")
    return head + plus + (_CHARACTERS.get(last) or _BRIEF.get(last) or last)


@dataclass(frozen=True)
class Keymap:
    """What became of the configuration's `[keys]`."""

    taken: Mapping[str, tuple[str, ...]]
    """Entries that count, by Textual's names of the keys."""
    problems: tuple[str, ...]
    """Why the others do not."""

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys that an action has now; none where it is switched off."""
        action = known().get(action_id)
        return self.taken.get(action_id, action.keys if action else ())


def own_keys_at(screen: str, keymap: Keymap) -> dict[str, str | None]:
    """Of the keys that actions have by themselves on a screen, those that they have now; None where one is off.

    `screen` is the name of its class: as for `with_own_keys`, before there is such a screen.
    """
    found: dict[str, str | None] = {}
    place = next(each for each in PLACES if each.screen == screen)
    for section in (*place.panes, *place.own):
        for action in SECTIONS[section]:
            now = keymap.keys_of(action.id)
            for number, key in enumerate(action.keys):
                found.setdefault(shown(key), shown(now[min(number, len(now) - 1)]) if now else None)
    return found


def problems(keys: Wanted) -> tuple[str, ...]:
    """Everything in `[keys]` that does not count, each with its reason."""
    return keymap(keys).problems


def keymap(keys: Wanted) -> Keymap:
    """Take what can be had; an entry that is refused leaves its action the keys that it has by itself."""
    told: list[str] = []
    taken: dict[str, tuple[str, ...]] = {}
    for action_id, wanted in keys.items():
        names = tuple(dict.fromkeys(_normal(key) for key in wanted))
        why = _wrong(action_id, names)
        if why is None:
            taken[action_id] = names
        else:
            told.append(_refusal(action_id, why))
    while (clash := next(_clashes(taken), None)) is not None:
        refused, why = clash
        del taken[refused]  # its own keys may clash with what another entry took from it: look again
        told.append(_refusal(refused, why))
    return Keymap(taken, tuple(told))


def with_own_keys(hints: Sequence[KeyHint], own: Mapping[str, str | None]) -> tuple[KeyHint, ...]:
    """Hints as a screen writes them, such as `n/N`, with the operator's keys in place of those.

    `own` says for a key that an action has by itself which key it has here now; None where it is switched off.
    """
    found: list[KeyHint] = []
    for hint in hints:
        keys = [own.get(part, part) for part in parts(hint.key)]
        if any(keys):
            found.append(replace(hint, key="/".join(key for key in keys if key)))
    return tuple(found)


def in_own_keys(spans: Line, own: Mapping[str, str | None]) -> Line:
    """A line with the operator's keys in place of those that it is written with.

    Keys stand in the style `key`, or, alone, in `faint` while they cannot be used. One that is switched off stays: the
    line says what cannot be done otherwise.
    """
    return tuple(_in_own_keys(span, own) for span in spans)


def _in_own_keys(span: Span, own: Mapping[str, str | None]) -> Span:
    match span.style:
        case "key":
            return Span("".join(own.get(word) or word for word in _WORDS.split(span.text)), span.style)
        case "faint":
            return Span(own.get(span.text) or span.text, span.style)
        case _:
            return span


def parts(keys: str) -> list[str]:
    """The keys of a hint such as `n/N`; `/` alone is a key."""
    return keys.split("/") if keys.strip("/") else [keys]


def _refusal(action_id: str, why: str) -> str:
    has = known().get(action_id)
    keeps = f"; it keeps {' '.join(map(shown, has.keys))}" if has else ""
    return safe_line(f'[keys] "{action_id}": {why}{keeps}')


def _normal(key: str) -> str:
    head, plus, last = key.strip().rpartition("+") if key.strip() not in ("", "+") else ("", "", key)
    if len(last) == 1 and not plus:
        return name_of(last) if last != " " else "space"
    held = [each.lower() for each in head.split("+") if each]
    last = last if len(last) == 1 else _SPELLED.get(last.lower(), last.lower())
    if held == ["shift"] and len(last) == 1 and last.isalpha():
        return last.upper()
    if "ctrl" in held and len(last) == 1:
        last = name_of(last).lower()
    return "+".join([*held, last])


def _wrong(action_id: str, keys: tuple[str, ...]) -> str | None:
    """What is wrong with an entry by itself."""
    if action_id not in known():
        import difflib  # only where something is wrong

        near = difflib.get_close_matches(action_id, known(), 1)
        return f"no such action{f'; the nearest is `{near[0]}`' if near else ''}"
    if not keys:
        return "without it nobody gets out, it cannot be switched off" if action_id in NEEDED else None
    for key in keys:
        why = _unusable(key) or _unwise(action_id, key)
        if why is not None:
            return f"`{shown(key)}` {why}"
    return None


def _unusable(key: str) -> str | None:
    """Why no action can have that key."""
    *held, last = key.split("+")
    if "alt" in held or "meta" in held:
        return "cannot be had: with alt, terminals send escape first"
    if key in LISTENED_TO:
        return f"cannot be had: {LISTENED_TO[key]}"
    if key in NAMED or (not held and key in _CHARACTERS):
        return None
    if held == ["ctrl"] and len(last) == 1 and last.isascii() and last.isalpha():
        return None
    plain = last in _CHARACTERS or last in NAMED
    if plain and held and set(held) <= {"ctrl", "shift", "super", "hyper"}:
        return "cannot be had: terminals do not send it"
    return "is not the name of a key"


def _unwise(action_id: str, key: str) -> str | None:
    """Why this action cannot have that key."""
    printable = key in _CHARACTERS or key in ("space", "backspace", "delete")
    decides = action_id in ABOVE_FIELDS or any(action_id in kind for kind in KINDS.values())
    if key == "enter" and decides:
        return "would decide or leave with Enter"
    if action_id in ABOVE_FIELDS and (printable or (key not in NAMED and not key.startswith("ctrl+"))):
        return "could be typed by accident; it takes ctrl with a letter, or a function key"
    if action_id in ABOVE_FIELDS and key not in ("escape",) and not key.startswith("ctrl+") and key[:1] != "f":
        return "is needed to move in the dialog; it takes ctrl with a letter, or a function key"
    return None


def _clashes(taken: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Entries that cannot stand beside what is there, later ones first, each with the reason."""
    for action_id in reversed(tuple(taken)):
        for key in taken[action_id]:
            for place in PLACES:
                with_whom = _taken_at(place, action_id, key, taken)
                if with_whom is not None:
                    yield action_id, f"`{shown(key)}` is {with_whom} in {place.name}"
            for mine, theirs in combinations(KINDS, 2):
                for one, other in ((mine, theirs), (theirs, mine)):
                    both = [each for each in KINDS[other] if key in _now(each, taken)]
                    if action_id in KINDS[one] and both:
                        yield action_id, f"`{shown(key)}` is `{both[0]}`, and a slip must not exchange the two"


def _taken_at(place: Place, action_id: str, key: str, taken: Mapping[str, tuple[str, ...]]) -> str | None:
    """Whose that key is already where the action can be called; None where it is free, or not called there."""
    own = _ids(place.own)
    panes = [_ids((pane,)) for pane in place.panes]
    by_itself = known()[action_id].keys
    if action_id in own:
        beside, apart = own, [each for pane in panes for each in pane]
    elif any(action_id in pane for pane in panes):
        beside, apart = next(pane for pane in panes if action_id in pane), own
    else:
        return None
    if key in place.fixed and key not in by_itself:
        return "the screen's own"
    for other in beside:
        if other != action_id and key in _now(other, taken):
            return f"`{other}`"
    for other in apart:
        # A part that has the focus goes before its screen; what has been so from the start stays so.
        shared = key in by_itself and key in known()[other].keys
        if other != action_id and key in _now(other, taken) and not shared:
            return f"`{other}`"
    return None


def _ids(sections: Sequence[str]) -> list[str]:
    return [action.id for section in sections for action in SECTIONS[section]]


def _now(action_id: str, taken: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return taken.get(action_id, known()[action_id].keys)
