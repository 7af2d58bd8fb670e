"""The operator's own keys: what can be had is taken, what cannot is refused with its reason and changes nothing."""

from __future__ import annotations

import pytest

from cloudops_tui.presentation.actions import LAID_OVER, PLACES, SECTIONS, known
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.keymap import in_own_keys, keymap, name_of, problems, shown, with_own_keys
from cloudops_tui.presentation.lines import Span, line, plain


def test_without_wishes_nothing_changes_and_nothing_is_wrong() -> None:
    assert keymap({}).taken == {}
    assert problems({name: action.keys for name, action in known().items() if name not in SHADOWED}) == ()


SHADOWED = {"history.drop", "app.back", "review.leave", "menu.down", "menu.up", "menu.page_down", "menu.page_up",
            "modal.down", "modal.up", "modal.page_down", "modal.page_up"}  # fmt: skip
"""Actions of which one takes a key from the other on one screen; who writes such a key anew is asked to choose."""


@pytest.mark.parametrize(
    ("id", "keys", "names"),
    [
        ("plan.approve", ("A",), ("A",)),
        ("app.back", ("q", "h"), ("q", "h")),
        ("queue.filter", ("/", "ctrl+f"), ("slash", "ctrl+f")),
        ("live.zoom", (), ()),
        ("live.zoom", ("F5",), ("f5",)),
        ("live.zoom", ("shift+z",), ("Z",)),
        ("approval.approve", ("f9",), ("f9",)),
        ("output.right", ("plus",), ("plus",)),
        ("output.right", ("+",), ("plus",)),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "-".join(value) or "none",
)
def test_what_can_be_had_is_taken(id: str, keys: tuple[str, ...], names: tuple[str, ...]) -> None:
    found = keymap({id: keys})

    assert found.problems == ()
    assert found.keys_of(id) == names


@pytest.mark.parametrize(
    ("id", "key", "why"),
    [
        ("plan.aprove", "A", "no such action; the nearest is `plan.approve`"),
        ("live.zoom", "hyperspace", "is not the name of a key"),
        ("live.zoom", "", "is not the name of a key"),
        ("live.zoom", "é", "is not the name of a key"),
        ("live.zoom", "ctrl+b", "prefix of tmux"),
        ("live.zoom", "ctrl+z", "stop every thread"),
        ("live.zoom", "alt+x", "escape first"),
        ("live.zoom", "ctrl+shift+a", "terminals do not send it"),
        ("live.zoom", "shift+enter", "terminals do not send it"),
        ("live.zoom", "tab", "the screen's own in a running execution"),
        ("plan.approve", "r", "`r` is `plan.reject` in the queue"),
        ("plan.approve", "j", "`j` is `list.down` in the queue"),
        ("plan.approve", "q", "`q` is `app.back` in the queue"),
        ("plan.approve", "tab", "the screen's own in the queue"),
        ("plan.approve", "enter", "would decide or leave with Enter"),
        ("plan.approve", "u", "`u` is `live.undo`, and a slip must not exchange the two"),
        ("approval.approve", "enter", "would decide or leave with Enter"),
        ("approval.approve", "y", "could be typed by accident"),
        ("approval.approve", "down", "is needed to move"),
        ("app.quit_at_once", "Z", "could be typed by accident"),
        ("list.down", "n", "`n` is `review.next_danger` in the review"),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_reason(id: str, key: str, why: str) -> None:
    found = keymap({id: (key,)})

    assert found.taken == {}
    assert len(found.problems) == 1
    assert why in found.problems[0]


@pytest.mark.parametrize("id", ["app.quit", "app.back", "modal.cancel"])
def test_nobody_can_lock_himself_in(id: str) -> None:
    assert "nobody gets out" in problems({id: ()})[0]


def test_two_actions_may_exchange_their_keys_but_not_share_one() -> None:
    swapped = {"live.next_failed": ("F",), "live.previous_failed": ("f",)}
    shared = {"live.next_failed": ("b",), "live.previous_failed": ("b",)}

    assert keymap(swapped).taken == swapped
    assert keymap(shared).taken == {"live.next_failed": ("b",)}


def test_an_entry_that_counted_only_beside_a_refused_one_goes_with_it() -> None:
    found = keymap({"plan.reject": ("a",), "plan.approve": ("ctrl+b",)})

    assert found.taken == {}
    assert len(found.problems) == 2


def test_a_refusal_says_what_the_action_keeps_and_shows_foreign_words_literally() -> None:
    assert problems({"plan.approve": ("r",)})[0].endswith("; it keeps a")
    assert "\x1b" not in problems({"\x1b]52;c;": ("x",)})[0]


def test_hints_show_the_keys_that_count() -> None:
    hints = (KeyHint("n/N", "danger"), KeyHint("/", "filter"), KeyHint("z", "zoom"), KeyHint("1-4", "areas"))

    shown_hints = with_own_keys(hints, {"n": "]", "N": "[", "/": "ctrl+f", "z": None})

    assert [hint.key for hint in shown_hints] == ["]/[", "ctrl+f", "1-4"]


def test_keys_are_named_and_shown_both_ways() -> None:
    assert [shown(name_of(character)) for character in "/?!:[]<>+a-"] == list("/?!:[]<>+a-")
    assert shown("escape") == "esc"


def test_every_section_of_the_table_is_heard_somewhere() -> None:
    placed = {section for place in PLACES for section in (*place.own, *place.panes)}

    assert placed | set(LAID_OVER) == set(SECTIONS)
    assert not placed & set(LAID_OVER)


def test_a_line_is_shown_with_the_keys_that_count() -> None:
    keys = (Span("D", "key"), Span(" up down ", "key"), Span("/", "key"), Span("D", "faint"))

    own = {"D": "d", "down": "ctrl+n", "/": "ctrl+f", "up": None}

    assert plain(in_own_keys(line(*keys, Span(" D ", "strong")), own)) == "d up ctrl+n ctrl+fd D "
