"""What counts as seen: every line, there for a moment, in front of somebody."""

from __future__ import annotations

import pytest

from cloudops_tui.presentation.seeing import Seeing, Sight, listed, numbers

TEXT = [f"line {number}" for number in range(10)]


def at(top: int, rows: int = 5, subject: str = "one") -> Sight:
    return Sight(subject, TEXT, top, rows)


def test_a_text_that_fits_is_seen_when_it_has_stood_there_for_a_moment() -> None:
    begun = Seeing(dwell=0.7).look(0.0, at(0, 10))

    assert begun.seen == frozenset()
    assert begun.due(0.2) == pytest.approx(0.5)
    assert begun.look(0.6, at(0, 10)).seen == frozenset()
    assert begun.look(0.8, at(0, 10)).seen == {"one"}


def test_a_longer_text_is_seen_when_each_of_its_lines_was() -> None:
    top = Seeing(dwell=0.7).look(0.0, at(0)).look(1.0, at(0))
    end = top.look(1.0, at(5))

    assert top.missing("one", TEXT) == [5, 6, 7, 8, 9]
    assert end.seen == frozenset()
    assert end.look(2.0, at(5)).seen == {"one"}


def test_lines_that_scroll_by_slowly_are_seen_though_the_view_never_stands_still() -> None:
    seeing = Seeing(dwell=0.7)
    for step in range(6):
        seeing = seeing.look(step * 0.3, at(step))

    assert seeing.missing("one", TEXT) == [0, 1, 7, 8, 9]


def test_what_flies_past_to_the_end_is_not_seen() -> None:
    seeing = Seeing(dwell=0.7).look(0.0, at(0)).look(0.1, at(5)).look(1.0, at(5))

    assert seeing.missing("one", TEXT) == [0, 1, 2, 3, 4]


def test_another_text_in_front_ends_what_stood_there() -> None:
    seeing = Seeing(dwell=0.7).look(0.0, at(0, 10))
    elsewhere = seeing.look(0.1, at(0, 10, "two"))

    assert elsewhere.look(5.0, at(0, 10, "one")).missing("one", TEXT) == list(range(10))
    assert elsewhere.look(5.0, at(0, 10, "one")).seen == frozenset()
    assert seeing.look(0.1, None).look(9.0, at(0, 10)).seen == frozenset()
    assert seeing.interrupted().look(9.0, at(0, 10)).seen == frozenset()


def test_a_text_that_is_laid_out_anew_goes_on_where_it_was() -> None:
    seeing = Seeing(dwell=0.7).look(0.0, at(0)).look(1.0, at(0))
    wider = [*TEXT[:5], "line 5 line 6", "line 7 line 8 line 9"]

    assert seeing.missing("one", wider) == [5, 6]


def test_a_text_without_room_is_not_seen() -> None:
    assert Seeing(dwell=0.0).look(0.0, at(0, 0)).seen == frozenset()


def test_many_numbers_are_named_until_it_is_too_many() -> None:
    assert numbers([3]) == "3"
    assert numbers([2, 3]) == "2 and 3"
    assert numbers(range(1, 21)) == "1, 2, 3, 4, 5, 6 and 14 more"


def test_a_few_numbers_are_all_told_and_thousands_never() -> None:
    assert listed(range(1, 5)) == "1, 2, 3, 4"
    assert listed(range(1, 3501)) == "1, 2, 3, 4, 5, 6 and 3494 more"


def test_of_a_text_that_has_grown_only_what_is_new_is_left_to_read() -> None:
    read = Seeing(dwell=0.7).look(0.0, at(0, 10)).look(0.8, at(0, 10))
    grown = [*TEXT[:4], "the rehearsal found something", *TEXT[4:]]

    reopened = read.reopened({"one"})

    assert reopened.seen == frozenset()
    assert reopened.missing("one", grown) == [4]
    assert (read.missing("one", grown), read.unread("one", grown)) == ([], [4])
