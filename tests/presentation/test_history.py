"""Records as lines, and the same plan over time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.search import Listed
from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation import history as view
from cloudops_tui.presentation import searching
from cloudops_tui.presentation.history import Found
from cloudops_tui.presentation.lines import Line, line_width, plain
from cloudops_tui.presentation.searching import Search, Standpoint
from tests.tui import recorded
from tests.tui.recorded import HOSTILE
from tests.tui.twin import MODIFY, NOON, listed_of, uid

HERE = Standpoint(NOON, operator="alice")


def records(folder: Path) -> dict[int, Listed]:
    session = recorded.some_history(folder)
    return {one.number: one for one in asyncio.run(session.listed(limit=50))}


def made(**more: Any) -> Listed:
    return replace(listed_of(recorded.record(1, "Patch", ExecutionStatus.FAILED, MODIFY, 60)), **more)


def said(lines: tuple[Line, ...]) -> list[str]:
    return [plain(shown).rstrip() for shown in lines]


@pytest.mark.parametrize("cells", [58, 60, 78, 100, 158, 198])
@pytest.mark.parametrize("chosen", [None, ("no", "plan", "error", "approver"), ("when", "no"), ("error",) * 9])
def test_a_row_takes_exactly_its_place_and_so_does_the_heading(
    cells: int, chosen: tuple[str, ...] | None, tmp_path: Path
) -> None:
    shown = view.columns(cells, chosen)

    assert line_width(view.heading(shown, cells)) == cells
    for record in records(tmp_path).values():
        assert line_width(view.row(record, shown, cells)) == cells


def test_a_wider_list_has_more_columns() -> None:
    names = [[column.name for column in view.columns(cells)] for cells in (60, 78, 100, 180)]

    assert names[0] == ["when", "status", "no", "plan", "cmds"]
    assert names[1] == ["when", "status", "dur", "no", "plan", "by", "cmds"]
    assert "risk" in names[2]
    assert "error" in names[3]


def test_the_configuration_chooses_columns_and_their_order_and_what_does_not_fit_gives_way() -> None:
    assert [column.name for column in view.columns(78, ("plan", "when", "error", "date"))] == ["plan", "when", "error"]
    assert [column.name for column in view.columns(158, ("plan", "when"))] == ["plan", "when"]
    assert view.unknown_columns(("plan", "wen")) == ("wen",)


def test_a_record_says_how_many_of_its_commands_did_what_they_should(tmp_path: Path) -> None:
    rows = {number: plain(view.row(one, view.columns(78), 78)).rstrip() for number, one in records(tmp_path).items()}

    assert rows[418].endswith("7/14")
    assert rows[399].endswith(" 3")


def test_an_execution_with_a_command_unknown_says_so_beside_its_state(tmp_path: Path) -> None:
    row = plain(view.row(records(tmp_path)[418], view.columns(78), 78))

    assert "✗ FAILED ¿" in row


def test_what_is_damaged_is_listed_with_a_mark_and_says_so() -> None:
    damaged = made(title=None, unreadable=True)

    assert "! damaged" in plain(view.row(damaged, view.columns(78), 78))
    assert "its plan is damaged" in plain(view.row(damaged, view.columns(78), 78))
    assert "damaged" in plain(view.preview(damaged, (), 78)[1])


def test_the_preview_tells_who_approved_it_and_what_went_wrong_first(tmp_path: Path) -> None:
    plan, problem, _ = view.preview(records(tmp_path)[418], (), 100)

    assert "approved by alice 03-04 12:02Z" in plain(plan)
    assert plain(problem).startswith("Patch the kernel of web-03: TargetNotConnected: i-0b7 is not connected")


def test_the_average_is_of_the_last_ten_that_ended_and_counts_their_outcomes() -> None:
    ok = [made(status=ExecutionStatus.COMPLETED, duration=timedelta(minutes=10)) for _ in range(8)]
    bad = [made(duration=timedelta(minutes=5)) for _ in range(2)]
    older = [made(duration=timedelta(hours=9)) for _ in range(5)]
    running = made(status=ExecutionStatus.RUNNING, duration=None)

    assert view.average([running, *ok, *bad, *older]) == "avg of last 10: 9m00s, 8 ok, 2 failed"
    assert view.average([running]) == ""
    assert view.average([*ok[:1]]) == "the only run of this plan: 1 ok"


def test_the_inspector_draws_each_run_of_the_plan_as_long_as_it_took() -> None:
    short = made(id=uid(1), status=ExecutionStatus.COMPLETED, duration=timedelta(seconds=30), exit_code=0)
    long = made(id=uid(2), duration=timedelta(seconds=60), exit_code=254)

    lines = said(view.inspector(long, [long, short], 60))

    assert "1 ok, 1 failed  exits  0 ×1  254 ×1" in lines
    bars = [text.count("▇") for text in lines if "▇" in text]
    assert bars == [view.BAR, view.BAR // 2]
    assert [text[0] for text in lines if "▇" in text] == [">", " "]
    assert not any("▇" in text or "×" in text for text in said(view.inspector(long, [long], 60, ascii_only=True)))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found(412, 18_204, timedelta(milliseconds=64)), "412 of 18,204  64 ms"),
        (Found(2001, 18_204), "2,000+ of 18,204"),
        (Found(1, 1), "1 record"),
        (Found(), ""),
    ],
    ids=["some", "many", "one", "not counted"],
)
def test_what_was_found_is_counted_to_two_thousand(found: Found, words: str) -> None:
    assert view.found_words(found) == words


def test_newer_records_and_a_problem_are_said_above_the_list() -> None:
    newer = plain(view.found_line(Search(""), Found(3, 3, newer=2), "", 78))
    locked = plain(view.found_line(Search(""), Found(problem="`cloudops.db` is locked"), "", 78))

    assert "^2 newer (g)" in newer
    assert "`cloudops.db` is locked; R retry" in locked


def test_every_part_of_the_search_is_a_chip_and_a_hint_comes_before_them() -> None:
    assert plain(view.chips(searching.read("kernel !status:failed", HERE), 78)) == " [kernel ×] [!status:failed ×]"
    assert "did you mean `status:`?" in plain(view.chips(searching.read("statu:failed", HERE), 78))


def test_nothing_found_says_which_part_to_drop() -> None:
    search = searching.read("kernel status:failed", HERE)

    lines = [plain(shown).split() for shown in view.nothing_found(search, [("kernel", 31), ("status:failed", 0)])]

    assert lines[0] == ["Nothing", "matches", "kernel", "status:failed"]
    assert lines[1] == ["without", "kernel", "31"]
    assert not any("status:failed" in words for words in lines[1:])


def test_a_hostile_description_is_shown_literally() -> None:
    hostile = made(title=HOSTILE, error=HOSTILE, failed_command=HOSTILE, approver=HOSTILE, user_prompt=HOSTILE)
    lines = [
        view.row(hostile, view.columns(198), 198), *view.preview(hostile, [hostile], 150),
        *view.inspector(hostile, [hostile], 150), view.chips(searching.read(HOSTILE, HERE), 150),
    ]  # fmt: skip

    assert not any(has_foreign(span.text) for shown in lines for span in shown)
    assert "\\x1b]52;c;QQ==" in plain(lines[0])
