"""Keys: the table in the documents is what the program does, and no key means two things on one screen."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from cloudops_tui.presentation.actions import PLACES, SECTIONS, Place
from cloudops_tui.tui import screens
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.choose import ChooseModal
from cloudops_tui.tui.screens.difference import DifferenceScreen
from cloudops_tui.tui.screens.menu import MenuModal
from cloudops_tui.tui.screens.notices import NoticesScreen
from cloudops_tui.tui.screens.problems import ProblemsModal
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.quit import QuitModal
from cloudops_tui.tui.screens.refused import RefusedScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.report import ReportModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.screens.running import RunningScreen
from cloudops_tui.tui.screens.text import TextModal
from cloudops_tui.tui.widgets.filter_field import FilterField
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane
from tests.tui import key_table

TABLE = Path(__file__).resolve().parents[2] / "docs" / "keys.md"
SCREENS: list[type[DOMNode]] = [
    QueueScreen, ReviewScreen, RefusedScreen, DifferenceScreen, RunningScreen, NoticesScreen,
    ApproveModal, RejectModal, ProblemsModal, QuitModal, ChooseModal, ReportModal, MenuModal, TextModal,
]  # fmt: skip
OWNERS: list[type[DOMNode]] = [CloudOpsApp, FrameScreen, Modal, LineList, LinePane, FilterField, *SCREENS]


def bindings(owner: type[DOMNode]) -> list[Binding]:
    found = [each for each in owner.__dict__.get("BINDINGS", []) if isinstance(each, Binding)]
    assert len(found) == len(owner.__dict__.get("BINDINGS", [])), "a binding without an id"
    return found


def documented() -> dict[str, list[set[str]]]:
    rows: dict[str, list[set[str]]] = {}
    for row in re.findall(r"^\| ([a-z_.0-9]+\.[a-z_.0-9]+) \| (.*?) \|", TABLE.read_text(encoding="utf-8"), re.M):
        rows.setdefault(row[0], []).append(set(re.findall(r"`(.+?)`", row[1])))
    return rows


@pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)
def test_every_key_is_in_the_table_as_it_is_bound(owner: type[DOMNode]) -> None:
    table = documented()

    for binding in bindings(owner):
        assert binding.id in table, f"`{binding.id}` is not in docs/keys.md"
        assert set(binding.key.split(",")) in table[binding.id]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_no_key_means_two_things_on_one_screen(screen: type[DOMNode]) -> None:
    keys = Counter(key for binding in bindings(screen) for key in binding.key.split(","))

    assert [key for key, times in keys.items() if times > 1] == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_enter_is_bound_to_nothing_that_decides(screen: type[DOMNode]) -> None:
    on_enter = {binding.action for binding in bindings(screen) if "enter" in binding.key.split(",")}

    assert on_enter <= {"back", "cancel"}


def test_what_stops_every_thread_is_bound_nowhere() -> None:
    keys = {key for owner in OWNERS for binding in bindings(owner) for key in binding.key.split(",")}

    assert "ctrl+z" not in keys


def every_screen() -> Iterator[type[DOMNode]]:
    """Of every screen's module, what can be pushed."""
    for module in pkgutil.iter_modules(screens.__path__):
        found = import_module(f"{screens.__name__}.{module.name}")
        yield from (
            each
            for each in vars(found).values()
            if isinstance(each, type) and issubclass(each, FrameScreen | Modal) and each.__module__ == found.__name__
        )


def test_the_program_knows_its_keys_as_the_documents_say_them() -> None:
    """Where this fails because a key was added to docs/keys.md: `python -m tests.tui.key_table`."""
    told = {section: [(each.id, each.keys, each.does) for each in rows] for section, rows in SECTIONS.items()}

    assert told == {
        section: [(name, keys, does.replace("`", "")) for name, keys, does in rows]
        for section, rows in key_table.documented().items()
    }


def test_every_screen_is_a_place_where_keys_may_clash() -> None:
    """Where this fails because a screen was added: it needs its line in `presentation/actions.py`."""
    assert {screen.__name__ for screen in every_screen()} == {place.screen for place in PLACES}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.screen)
def test_a_place_has_the_keys_that_its_screen_binds(place: Place) -> None:
    screen = next(each for each in every_screen() if each.__name__ == place.screen)
    bound = {binding.id for owner in (screen, *screen.__mro__) for binding in ours(owner)}
    own = {action.id for section in place.own for action in SECTIONS[section]}

    assert bound == own - {"app.quit_at_once"}


def ours(owner: type) -> list[Binding]:
    found = (each for each in owner.__dict__.get("BINDINGS", []) if isinstance(each, Binding))
    return [each for each in found if each.id is not None]
