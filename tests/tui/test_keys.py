"""Keys: the table in the documents is what the program does, and no key means two things on one screen."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.frame import FrameScreen
from cloudops_tui.tui.modal import Modal
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.choose import ChooseModal
from cloudops_tui.tui.screens.difference import DifferenceScreen
from cloudops_tui.tui.screens.notices import NoticesScreen
from cloudops_tui.tui.screens.problems import ProblemsModal
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.quit import QuitModal
from cloudops_tui.tui.screens.refused import RefusedScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.report import ReportModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.screens.running import RunningScreen
from cloudops_tui.tui.widgets.filter_field import FilterField
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.line_pane import LinePane

TABLE = Path(__file__).resolve().parents[2] / "docs" / "keys.md"
SCREENS: list[type[DOMNode]] = [
    QueueScreen, ReviewScreen, RefusedScreen, DifferenceScreen, RunningScreen, NoticesScreen,
    ApproveModal, RejectModal, ProblemsModal, QuitModal, ChooseModal, ReportModal,
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

    assert on_enter <= {"back"}


def test_what_stops_every_thread_is_bound_nowhere() -> None:
    keys = {key for owner in OWNERS for binding in bindings(owner) for key in binding.key.split(",")}

    assert "ctrl+z" not in keys
