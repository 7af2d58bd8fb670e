"""Finding an execution again: the box, the quick keys, the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudops_tui.model import events as happened
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.search import Condition, Listed, Word
from cloudops_tui.model.settings import AccountSettings, ColumnSettings, Settings
from cloudops_tui.tui.navigation import OpenArea
from cloudops_tui.tui.screens.history import HistoryScreen
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.widgets.line_list import LineList
from cloudops_tui.tui.widgets.search_box import SearchBox
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.twin import MODIFY, RecordedSession, cli, plan


@asynccontextmanager
async def history(
    session: RecordedSession, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Pilot[Any]]:
    app = cockpit(session, **options)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.navigate(OpenArea("history"))
        await settled(pilot)
        yield pilot


def numbers(pilot: Pilot[Any]) -> list[int]:
    """The numbers of the records that are listed."""
    ids = [row.id for row in front(pilot, HistoryScreen).query_one(LineList).rows]
    known = {record.id: record.number for record in front(pilot, HistoryScreen)._records}
    return [known[row_id] for row_id in ids]  # type: ignore[index]


def row_of(pilot: Pilot[Any], number: int) -> str:
    """The row of the record with that number."""
    return next(row for row in shown(pilot).splitlines() if f"#{number} " in row)


class CountingSession(RecordedSession):
    """Notes every page that is asked for; answers wait for `gate`, and one that is given up is noted, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.questions: list[tuple[str, int | None]] = []
        """The words that were looked for, and the place before which."""
        self.given_up = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def listed(
        self, wanted: Sequence[Condition] = (), *, limit: int, before: int | None = None, up_to: int | None = None
    ) -> list[Listed]:
        words = " ".join(one.asked.text for one in wanted if isinstance(one.asked, Word))
        self.questions.append((words, before))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await super().listed(wanted, limit=limit, before=before, up_to=up_to)


def counting(folder: Path, records: int = 3) -> CountingSession:
    session = CountingSession(folder)
    for place in range(1, records + 1):
        session.older.append(recorded.record(place, f"Plan {place}", ExecutionStatus.COMPLETED, MODIFY, 3))
    return session


def begin_another(session: RecordedSession, number: int) -> None:
    """One more execution begins, and everybody hears of it."""
    entry = session.add(number, plan(number, f"Newcomer {number}", [cli(number, MODIFY, "Tag", "sqs tag-queue")]))
    session.clock.forward(60)
    execution = session.run(entry, number)
    assert entry.plan is not None
    session.tell(happened.Started(execution_id=execution, plan=entry.plan))


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

        assert {query for query, _ in session.questions[asked:]} == {"plan 3"}


async def test_old_results_stay_until_new_ones_replace_them(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        session.gate.clear()
        await pilot.press("f")
        await until(lambda: "looking ..." in shown(pilot))

        assert numbers(pilot) == [399, 398, 397]
        assert front(pilot, HistoryScreen).query_one(LineList).has_class("-stale")

        session.gate.set()
        await settled(pilot)
        assert "Nothing matches" in shown(pilot)


async def test_the_quick_keys_write_the_search_that_they_mean(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "f")
        assert numbers(pilot) == [418, 395, 394]
        assert "status:failed,rolled_back,unknown" in shown(pilot)

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
    session.fails["listed"] = OSError("history.db is locked by another process")
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

        front(pilot, HistoryScreen).query_one(SearchBox).put("statu:failed")
        await settled(pilot)
        assert "did you mean `status:`?" in shown(pilot)


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
        last = front(pilot, HistoryScreen)._records[-1].place
        assert "260 records" in shown(pilot)
        assert len(numbers(pilot)) == 200

        await press(pilot, "G")

        assert len(numbers(pilot)) == len(set(numbers(pilot))) == 260
        assert [before for _, before in session.questions] == [None, last]


async def test_a_newer_search_gives_the_older_one_up(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        session.gate.clear()
        box = front(pilot, HistoryScreen).query_one(SearchBox)
        box.put("1")
        await until(lambda: ("1", None) in session.questions)
        box.put("2")
        await until(lambda: session.given_up == 1)

        session.gate.set()
        await settled(pilot)

        assert numbers(pilot) == [398]


async def test_typing_goes_on_while_a_search_runs(tmp_path: Path) -> None:
    session = counting(tmp_path)
    async with history(session) as pilot:
        session.gate.clear()
        await pilot.press("slash", "1", "enter", "slash", "2", "3")

        await until(lambda: front(pilot, HistoryScreen).query_one(SearchBox).value == "1 23")
        session.gate.set()


async def test_new_records_are_counted_and_move_no_row_until_g(tmp_path: Path) -> None:
    session = recorded.some_history(tmp_path)
    async with history(session) as pilot:
        await press(pilot, "j")
        before = numbers(pilot)

        begin_another(session, 500)
        begin_another(session, 501)
        await comes(pilot, "^2 newer (g)")

        assert numbers(pilot) == before
        assert front(pilot, HistoryScreen).query_one(LineList).cursor_index == 1
        await press(pilot, "g")
        assert numbers(pilot) == [501, 500, *before]
        assert "newer" not in shown(pilot)


async def test_a_record_that_ends_is_brought_up_to_date_in_its_row(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with history(story.session) as pilot:
        assert "running" in row_of(pilot, 418)

        story.end(ExecutionStatus.CANCELLED)
        await comes(pilot, "⊘ cancelled")

        assert "6/14" in row_of(pilot, 418)


async def test_the_scope_goes_from_all_to_mine_to_this_account(tmp_path: Path) -> None:
    session = recorded.some_history(tmp_path)
    stranger = session.older[0]
    session.older[0] = stranger.model_copy(update={"approval_metadata": session._approval("a" * 64).model_copy(
        update={"approved_by": "bob"})})  # fmt: skip
    async with history(session) as pilot:
        await press(pilot, "ctrl+r")
        assert "scope: mine" in shown(pilot)
        assert 399 not in numbers(pilot)

        await press(pilot, "ctrl+r")
        assert "scope: this account" in shown(pilot)
        assert 399 in numbers(pilot)

        await press(pilot, "ctrl+r")
        assert "scope: all" in shown(pilot)


async def test_u_and_the_brackets_write_chips_that_backspace_takes_away_one_by_one(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "u")
        assert "[user:me ×]" in shown(pilot)
        assert numbers(pilot) == [418]

        await press(pilot, "left_square_bracket")
        assert "[user:me ×] [day:2026-03-03 ×]" in shown(pilot)

        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert "There is no later day" in shown(pilot)
        assert "[day:2026-03-04 ×]" in shown(pilot)

        await press(pilot, "backspace", "backspace")
        assert len(numbers(pilot)) == 8


async def test_a_word_that_is_typed_after_a_quick_key_is_a_part_of_its_own(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "f", "slash", *"kernel")
        await comes(pilot, "[status:failed,rolled_back,unknown ×] [kernel ×]")

        await until(lambda: numbers(pilot) == [418, 394])


async def test_ctrl_w_and_ctrl_u_edit_the_box(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        box = front(pilot, HistoryScreen).query_one(SearchBox)
        await press(pilot, "slash", *"ab cd", "ctrl+w")
        assert box.value == "ab "

        await press(pilot, "ctrl+u")
        assert box.value == ""


async def test_an_account_is_found_by_its_name_in_the_configuration(tmp_path: Path) -> None:
    settings = Settings(accounts={"210987654321": AccountSettings(name="lab")})
    async with history(recorded.some_history(tmp_path), settings=settings) as pilot:
        front(pilot, HistoryScreen).query_one(SearchBox).put("env:lab")
        await settled(pilot)
        assert "Nothing matches env:lab" in shown(pilot)

        front(pilot, HistoryScreen).query_one(SearchBox).put("env:shop")
        await settled(pilot)
        assert "`env:shop`: the name of an account in the configuration" in shown(pilot)


async def test_the_configuration_chooses_the_columns(tmp_path: Path) -> None:
    settings = Settings(columns=ColumnSettings(history=("no", "plan", "exit")))
    async with history(recorded.some_history(tmp_path), settings=settings) as pilot:
        assert "NO     PLAN" in shown(pilot)
        assert "STATE" not in shown(pilot)


async def test_i_shows_the_same_plan_over_time_and_hides_it_again(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        assert "the same plan over time" not in shown(pilot)

        await press(pilot, "i")
        assert "the same plan over time" in shown(pilot)
        await press(pilot, "j")
        assert "Rotate the signing key of the shop" in shown(pilot)

        await press(pilot, "i")
        assert "the same plan over time" not in shown(pilot)


async def test_a_history_that_is_locked_keeps_what_was_listed_and_says_how_to_retry(tmp_path: Path) -> None:
    session = recorded.some_history(tmp_path)
    async with history(session) as pilot:
        session.fails["listed"] = OSError("`cloudops.db` is locked by another process")
        await press(pilot, "f")
        assert "is locked by another process; R retry" in shown(pilot)
        assert len(numbers(pilot)) == 8

        session.fails.clear()
        await press(pilot, "R")
        assert numbers(pilot) == [418, 395, 394]


async def test_what_can_be_yanked_and_read_is_of_the_record_under_the_cursor(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        await press(pilot, "j")
        screen = front(pilot, HistoryScreen)

        offered = {each.label: each.text for each in screen.yanks()}
        reading = await screen.reading()

        assert len({each.key for each in screen.yanks()}) == len(offered)
        assert offered["number"] == "399"
        assert offered["command that shows it"] == "cloudops-tui show 399"
        assert len(offered["all that is listed"].splitlines()) == 8
        assert reading is not None
        assert (reading.name, "Rotate the signing key" in reading.text) == ("record-399.json", True)


async def test_hostile_paste_into_the_box_is_shown_literally(tmp_path: Path) -> None:
    async with history(recorded.some_history(tmp_path)) as pilot:
        front(pilot, HistoryScreen).query_one(SearchBox).value = "x\x1b]52;c;QQ==\x07[/b]"
        await settled(pilot)

        assert "\x1b" not in shown(pilot)
        assert "x\\x1b]52;c;QQ==\\x07[/b]" in shown(pilot)
