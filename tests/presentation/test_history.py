"""The words of a search, and records as lines."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.model.history import ExecutionRecord
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation import history as view
from cloudops_tui.presentation.lines import line_width, plain
from tests.tui import recorded
from tests.tui.recorded import HOSTILE
from tests.tui.twin import MODIFY, NOON, uid


def records(folder: Path) -> list[ExecutionRecord]:
    session = recorded.some_history(folder)
    [page] = view.read("", NOON).pages(50)
    return asyncio.run(session.records(page))


def test_words_and_filters_are_told_apart() -> None:
    search = view.read("kernel status:failed risk:destructive web since:7d", NOON)

    assert search.words == "kernel web"
    assert (search.status, search.risk) == ((ExecutionStatus.FAILED,), RiskLevel.DESTRUCTIVE)
    assert search.since == NOON - timedelta(days=7)
    assert search.hints == ()


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("ok", ExecutionStatus.COMPLETED),
        ("Completed", ExecutionStatus.COMPLETED),
        ("FAILED", ExecutionStatus.FAILED),
        ("rolled_back", ExecutionStatus.ROLLED_BACK),
        ("rolled-back", ExecutionStatus.ROLLED_BACK),
        ("cancelled", ExecutionStatus.CANCELLED),
    ],
)
def test_a_status_is_understood_as_people_spell_it(typed: str, status: ExecutionStatus) -> None:
    assert view.read(f"status:{typed}", NOON).status == (status,)


def test_a_page_of_several_statuses_is_put_together_newest_first(tmp_path: Path) -> None:
    session = recorded.some_history(tmp_path)
    search = view.read("status:failed,rolled_back", NOON)

    def page(limit: int, offset: int) -> list[int | None]:
        found = [asyncio.run(session.records(each)) for each in search.pages(limit, offset)]
        return [record.number for record in search.merged(found, limit, offset)]

    assert page(50, 0) == [418, 395, 394]
    assert page(2, 0) + page(2, 2) == [418, 395, 394]


def test_unknown_is_no_end_of_an_execution_and_the_hint_says_where_to_look() -> None:
    search = view.read("status:unknown", NOON)

    assert search.status == ()
    assert search.hints == ("`status:unknown`: only commands end UNKNOWN; their executions are failed, cancelled",)


def test_until_a_day_includes_that_day() -> None:
    search = view.read("since:2026-03-01 until:2026-03-02", NOON)

    assert search.since == datetime(2026, 3, 1, tzinfo=UTC)
    assert search.until == datetime(2026, 3, 3, tzinfo=UTC)


def test_today_begins_at_midnight_utc() -> None:
    assert view.read("since:today", NOON).since == datetime(2026, 3, 4, tzinfo=UTC)


def test_what_is_not_understood_is_said_and_does_not_filter() -> None:
    search = view.read("status:broken since:yesterdayish conversation:17", NOON)

    assert (search.status, search.since, search.conversation) == ((), None, None)
    assert len(search.hints) == 3
    assert search.hints[0] == "`status:broken`: ok, failed, cancelled, rolled_back, running"


def test_an_unknown_key_is_a_word_and_a_near_one_is_suggested() -> None:
    search = view.read("statu:failed arn:aws:iam::1:role/x", NOON)

    assert search.words == "statu:failed arn:aws:iam::1:role/x"
    assert search.hints == ("`statu:` is searched as a word; did you mean `status:`?",)


def test_a_conversation_is_asked_for_by_its_id() -> None:
    assert view.read(f"conversation:{uid(7)}", NOON).conversation == uid(7)


@given(st.text())
def test_no_text_breaks_the_search_or_reaches_the_screen_raw(text: str) -> None:
    search = view.read(text, NOON)

    assert not any(has_foreign(hint) for hint in search.hints)
    assert not any(has_foreign(span.text) for shown in view.nothing_found(search, []) for span in shown)
    assert {page.limit for page in search.pages(200)} == {200}


def test_the_quick_keys_go_round_and_keep_the_rest_of_the_search() -> None:
    text, windows, risks = "kernel", [], []
    for _ in range(5):
        text = view.with_next_window(text)
        windows.append(text)
    for _ in range(4):
        text = view.with_next_risk(text)
        risks.append(text)

    assert windows == ["kernel since:today", "kernel since:24h", "kernel since:7d", "kernel since:30d", "kernel"]
    assert risks == ["kernel risk:destructive", "kernel risk:modify", "kernel risk:read", "kernel"]
    assert view.with_failed_only("kernel") == "kernel status:failed,rolled_back"
    assert view.with_failed_only("kernel status:failed,rolled_back") == "kernel"
    assert view.with_failed_only("kernel status:failed") == "kernel"
    assert view.with_failed_only("status:ok kernel") == "kernel status:failed,rolled_back"


def test_nothing_found_says_which_part_to_drop() -> None:
    search = view.read("kernel status:failed", NOON)

    said = [plain(shown).split() for shown in view.nothing_found(search, [("kernel", "31"), ("status:failed", "0")])]

    assert said[0] == ["Nothing", "matches", "kernel", "status:failed"]
    assert said[1] == ["without", "kernel", "31"]
    assert not any("status:failed" in words for words in said[1:])


def test_a_record_is_one_line_of_exactly_its_place_and_keeps_state_risk_and_number(tmp_path: Path) -> None:
    for record in records(tmp_path):
        for width in (60, 78, 158):
            row = view.row(record, width)
            assert line_width(row) == width
            assert f"#{record.number}" in plain(row)
        assert line_width(view.heading(78)) == 78


def test_a_record_says_how_many_of_its_commands_did_what_they_should(tmp_path: Path) -> None:
    rows = {record.number: plain(view.row(record, 100)).rstrip() for record in records(tmp_path)}

    assert rows[418].endswith("7/14")
    assert rows[399].endswith(" 3")


def test_the_preview_tells_the_first_error_without_opening_the_record(tmp_path: Path) -> None:
    failed = next(record for record in records(tmp_path) if record.number == 418)

    plan, problem = view.preview(failed, 100)

    assert "approved by alice 12:02:31Z" in plain(plan)
    assert plain(problem).startswith("Patch the kernel of web-03: TargetNotConnected: i-0b7 is not connected")


def test_a_hostile_description_is_shown_literally() -> None:
    made = recorded.record(1, HOSTILE, ExecutionStatus.FAILED, MODIFY, 3)
    lines = [view.row(made, 150), *view.preview(made, 150)]

    assert not any(has_foreign(span.text) for shown in lines for span in shown)
    assert "\\x1b]52;c;QQ==" in plain(lines[0])
