"""The queue's order: what needs a person first, and rows that do not run away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.presentation import column_heads, queue
from cloudops_tui.presentation.queue_order import Settled, Sort, in_order, ranking
from tests.tui.estate import bucket_clean_up, key_rotation, stock_taking, working_day
from tests.tui.twin import NOON, RecordedSession, ago

WEEK = timedelta(days=7)


def numbers(entries: list[QueueEntry], sort: Sort, longest: timedelta = WEEK) -> list[int]:
    by_id = {entry.id: entry.number for entry in entries}
    return [by_id[one] for one in in_order(entries, ranking(sort, NOON, longest))]


def test_what_expires_within_the_hour_comes_before_what_is_more_dangerous(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, bucket_clean_up(), at=ago(minutes=5))
    session.add(2, stock_taking(), at=ago(hours=23, minutes=30))

    assert numbers(list(session.entries.values()), Sort.NEEDS_ME, timedelta(days=1)) == [2, 1]
    assert numbers(list(session.entries.values()), Sort.NEEDS_ME, WEEK) == [1, 2]


def test_every_sort_puts_its_own_first(tmp_path: Path) -> None:
    entries = list(working_day(tmp_path).entries.values())

    assert numbers(entries, Sort.AGE)[:2] == [418, 417]
    assert numbers(entries, Sort.RISK)[0] == 417
    assert numbers(entries, Sort.EXPIRY)[:4] == [414, 416, 417, 418]
    assert numbers(entries, Sort.SOURCE)[0] == 418


def test_a_row_that_changes_keeps_its_place_and_a_new_one_takes_its_own(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    first, second = session.add(1, bucket_clean_up()), session.add(2, key_rotation())
    rank = ranking(Sort.NEEDS_ME, NOON, WEEK)
    settled = Settled(tuple(in_order(session.entries.values(), rank)))

    session.change(second, risk_level=first.risk_level, submitted_at=ago(days=1))
    third = session.add(3, stock_taking(), at=ago(minutes=1))

    joined = settled.joined_by(session.entries, rank)
    assert joined.ids[:2] == (first.id, second.id)
    assert joined.ids[2] == third.id
    assert joined.joined_by(session.entries, rank) is joined


def test_a_row_is_drawn_again_only_when_it_says_something_else(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, key_rotation(), at=ago(minutes=4, seconds=30))
    rows = queue.Rows(column_heads.chosen(None, 80), 80, False, WEEK)

    [before] = rows.of([entry], {}, {}, NOON)

    assert rows.of([entry], {}, {}, NOON + timedelta(seconds=29))[0] is before
    assert rows.of([entry], {}, {}, NOON + timedelta(seconds=30))[0] != before
    assert rows.of([entry], {}, {}, NOON, queue.Look(marked=frozenset({entry.id})))[0] != before


def test_what_came_a_moment_ago_says_so_for_ten_seconds(tmp_path: Path) -> None:
    entry = RecordedSession(tmp_path).add(1, key_rotation(), at=ago(seconds=9))

    assert queue.is_new(entry, NOON)
    assert not queue.is_new(entry, NOON + timedelta(seconds=1))
