"""Finding an execution again: the box, the quick keys, the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model.history import ExecutionFilter, ExecutionRecord
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.tui.navigation import OpenArea
from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import cockpit, front, press, settled, shown, until
from tests.tui.twin import MODIFY, RecordedSession


@asynccontextmanager
async def history(session: RecordedSession, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    app = cockpit(session)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.navigate(OpenArea("history"))
        await settled(pilot)
        yield pilot


def numbers(pilot: Pilot[Any]) -> list[int]:
    """The numbers of the records that are listed."""
    ids = [row.id for row in front(pilot, HistoryScreen).query_one(LineList).rows]
    known = {record.id: record.number for record in front(pilot, HistoryScreen)._records}
    return [known[row_id] or 0 for row_id in ids]  # type: ignore[index]


class CountingSession(RecordedSession):
    """Notes every question that is asked of the history; answers wait for `gate`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.questions: list[tuple[str, ExecutionFilter]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def records(self, filter: ExecutionFilter, query: str = "") -> list[ExecutionRecord]:
        self.questions.append((query, filter))
        await self.gate.wait()
        return await super().records(filter, query)


def counting(folder: Path, records: int = 3) -> CountingSession:
    session = CountingSession(folder)
    for place in range(1, records + 1):
        session.older.append(recorded.record(place, f"Plan {place}", ExecutionStatus.COMPLETED, MODIFY, 3))
    return session


async def test_the_newest_record_stands_first_and_under_the_cursor(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        assert numbers(pilot) == [418, *range(399, 392, -1)]
        assert "TargetNotConnected: i-0b7 is not connected" in shown(pilot)


async def test_results_appear_when_the_typing_pauses_and_one_question_was_asked(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        asked = len(session.questions)
        await pilot.press("slash", "2")

        await until(lambda: numbers(pilot) == [398])

        assert [query for query, _ in session.questions[asked:]] == ["2"]


async def test_typing_on_asks_for_the_whole_word_only(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        box = front(pilot, HistoryScreen).query_one(SearchBox)
        asked = len(session.questions)
        box.focus()
        for text in ("p", "pl", "plan", "plan 3"):
            box.value = text

        await until(lambda: numbers(pilot) == [397])

        assert [query for query, _ in session.questions[asked:]] == ["plan 3"]


async def test_old_results_stay_until_new_ones_replace_them(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        session.gate.clear()
        await pilot.press("f")
        await pilot.pause()

        assert numbers(pilot) == [399, 398, 397]
        assert front(pilot, HistoryScreen).query_one(LineList).has_class("-stale")
        assert "looking ..." in shown(pilot)

        session.gate.set()
        await settled(pilot)
        assert "Nothing matches" in shown(pilot)


async def test_the_quick_keys_write_the_search_that_they_mean(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "f")
        assert numbers(pilot) == [418, 395, 394]
        assert "status:failed,rolled_back" in shown(pilot)

        await press(pilot, "f", "s")
        assert numbers(pilot) == [398, 393]
        assert "risk:destructive" in shown(pilot)

        await press(pilot, "backspace")
        assert len(numbers(pilot)) == 8


async def test_letters_in_the_box_are_text_and_not_quick_keys(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "slash", "f", "t")

        assert front(pilot, HistoryScreen).query_one(SearchBox).value == "ft"


async def test_nothing_found_says_which_part_to_drop(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        box = front(pilot, HistoryScreen).query_one(SearchBox)
        box.put("rotate status:failed")
        await settled(pilot)

        rows = [row.split() for row in shown(pilot).splitlines()]
        assert ["Nothing", "matches", "rotate", "status:failed"] in rows
        assert ["without", "rotate", "2"] in rows
        assert ["without", "status:failed", "1"] in rows


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_records_found_after_nothing_matched_have_all_their_columns_at_once(
    size: tuple[int, int], tmp_path: Path
) -> None:
    async with history(recorded.some_history(tmp_path), size=size) as pilot:
        before = [row.line for row in front(pilot, HistoryScreen).query_one(LineList).rows]
        box = front(pilot, HistoryScreen).query_one(SearchBox)
        box.put("zzzz")
        await settled(pilot)
        assert "Nothing matches zzzz" in shown(pilot)

        box.put("")
        await until(lambda: numbers(pilot))

        # Before any later frame could mend it.
        assert [row.line for row in front(pilot, HistoryScreen).query_one(LineList).rows] == before
        await pilot.pause()
        assert "CMDS" in shown(pilot)


async def test_an_empty_history_leaves_the_keys_of_the_areas_to_work(tmp_path: Path) -> None:
    async with history(RecordedSession(tmp_path)) as pilot:
        await press(pilot, "1")

        assert not isinstance(pilot.app.screen, HistoryScreen)


async def test_after_a_screen_too_small_the_keys_are_back_at_the_list(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await pilot.resize_terminal(30, 8)
        await settled(pilot)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)

        assert isinstance(pilot.app.screen.focused, LineList)


async def test_an_empty_history_says_when_a_record_will_appear(tmp_path: Path) -> None:
    async with history(RecordedSession(tmp_path)) as pilot:
        assert "No records yet." in shown(pilot)
        assert "begins to run." in shown(pilot)


async def test_a_history_that_cannot_be_read_says_why_and_reads_again_on_r(tmp_path: Path) -> None:
    session = recorded.some_history(tmp_path)
    session.fails["records"] = OSError("history.db is locked by another process")
    async with history(session) as pilot:
        assert "history.db is locked by another process" in shown(pilot)

        session.fails.clear()
        await press(pilot, "R")
        assert len(numbers(pilot)) == 8


async def test_a_term_that_is_not_understood_is_explained(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        front(pilot, HistoryScreen).query_one(SearchBox).put("status:broken")
        await settled(pilot)

        assert "`status:broken`: ok, failed, cancelled" in shown(pilot)


async def test_enter_opens_the_record_and_back_returns_to_the_same_line(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "j", "j", "enter")
        assert isinstance(pilot.app.screen, RecordScreen)
        assert "Remove the access logs of 2024" in shown(pilot)

        await press(pilot, "q")
        assert front(pilot, HistoryScreen).query_one(LineList).cursor_index == 2


async def test_more_records_come_before_the_end_of_the_page_is_reached(tmp_path: Path) -> None:
    session = counting(tmp_path, records=260)
    async with history(session) as pilot:
        assert "200+ records" in shown(pilot)

        await press(pilot, "G")

        assert "260 records" in shown(pilot)
        assert [page.offset for _, page in session.questions] == [0, 200]


async def test_hostile_paste_into_the_box_is_shown_literally(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        front(pilot, HistoryScreen).query_one(SearchBox).value = "x\x1b]52;c;QQ==\x07[/b]"
        await settled(pilot)

        assert "\x1b" not in shown(pilot)
        assert "x\\x1b]52;c;QQ==\\x07[/b]" in shown(pilot)
