"""Keys of the screens that watch and remember: as documented, one meaning each, nothing dear on Enter."""

from __future__ import annotations

from collections import Counter

import pytest
from textual.dom import DOMNode

from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.screens.stop import StopModal
from cloudops_tui.tui.widgets.command_tree import CommandTree
from cloudops_tui.tui.widgets.output_pane import OutputPrompt
from cloudops_tui.tui.widgets.output_view import OutputView
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui.test_keys import bindings, documented

TOGETHER: list[tuple[type[DOMNode], ...]] = [
    (LiveScreen, CommandTree),
    (LiveScreen, OutputView),
    (HistoryScreen, SearchBox),
    (RecordScreen, OutputView),
    (OutputPrompt,),
    (StopModal,),
]
"""Screens with the widget that has the focus: a key that both bind would be the widget's alone."""

OWNERS = sorted({owner for owners in TOGETHER for owner in owners}, key=lambda owner: owner.__name__)


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_every_key_is_in_the_table_as_it_is_bound(owner: type[DOMNode]) -> None:
    table = documented()

    for binding in bindings(owner):
        assert set(binding.key.split(",")) in table.get(binding.id or "", []), f"`{binding.id}` in docs/keys.md"


@pytest.mark.parametrize("owners", TOGETHER, ids=lambda owners: "-".join(owner.__name__ for owner in owners))
def test_no_key_of_a_screen_is_taken_by_the_widget_with_the_focus(owners: tuple[type[DOMNode], ...]) -> None:
    screen, *widgets = ({key for each in bindings(owner) for key in each.key.split(",")} for owner in owners)

    # A record looks for words in its other tabs by the same keys.
    shared = {"tab", "slash", "n", "N"} if RecordScreen in owners else {"tab"}
    for keys in widgets:
        assert screen & keys <= shared


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_a_key_means_one_thing(owner: type[DOMNode]) -> None:
    keys = Counter(key for each in bindings(owner) for key in each.key.split(","))

    assert not {key for key, times in keys.items() if times > 1}


def test_enter_never_stops_anything() -> None:
    assert not {each.id for each in bindings(StopModal) if "enter" in each.key}
