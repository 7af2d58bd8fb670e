"""Pages and searches say what a plain look at all the lines would have said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.model.output import ERRORS, OutputLine, OutputSelection, PageWanted, Wanted
from cloudops_tui.state.output_book import Book, Gathered, InThisProcess

WORDS = st.sampled_from(["ok", "Error: no", "error", "done 1", "done 2", ""])
LINES = st.lists(st.builds(OutputLine, st.sampled_from(["stdout", "stderr"]), WORDS), max_size=60)
SOUGHT = st.sampled_from([Wanted("error"), Wanted("Error"), Wanted("o"), Wanted("done [0-9]", regex=True), ERRORS])
SELECTIONS = st.builds(
    OutputSelection, st.sampled_from([None, "stdout", "stderr"]), st.none() | SOUGHT, st.booleans()
)


def holds(sought: Wanted | None, line: OutputLine) -> bool:
    if sought is None:
        return True
    if sought.errors:
        return line.is_error or "error" in line.text.lower()
    if sought.regex:
        return bool(re.search(sought.text, line.text))
    return sought.text in (line.text if sought.text != sought.text.lower() else line.text.lower())


def selected(lines: list[OutputLine], chosen: OutputSelection) -> list[int]:
    return [
        number
        for number, line in enumerate(lines)
        if chosen.stream in (None, line.stream) and (chosen.only is None or holds(chosen.only, line) != chosen.inverted)
    ]


def book(lines: list[OutputLine], block_size: int) -> Book:
    return Book(Gathered(lines, block_size=block_size), InThisProcess())


@settings(max_examples=40)
@given(LINES, SELECTIONS, st.integers(1, 7), st.integers(0, 70), st.integers(0, 30))
def test_a_page_is_the_part_of_the_selected_lines_that_was_asked_for(
    lines: list[OutputLine], chosen: OutputSelection, block_size: int, place: int, count: int
) -> None:
    page = book(lines, block_size).page(PageWanted(count, place, selection=chosen))

    expected = selected(lines, chosen)
    assert [each.number for each in page.lines] == expected[place : place + count]
    assert all(each.line is lines[each.number] for each in page.lines)
    assert page.selected == len(expected)


@settings(max_examples=40)
@given(LINES, SELECTIONS, st.integers(1, 7), st.integers(0, 60))
def test_a_page_round_a_line_begins_at_it_wherever_there_are_enough_lines_after_it(
    lines: list[OutputLine], chosen: OutputSelection, block_size: int, number: int
) -> None:
    page = book(lines, block_size).page(PageWanted(5, number=number, selection=chosen))

    expected = selected(lines, chosen)
    after = [each for each in expected if each >= number][:5]
    assert [each.number for each in page.lines] == (after if len(after) == 5 else expected[-5:])


@settings(max_examples=40)
@given(LINES, SELECTIONS, SOUGHT, st.integers(1, 7), st.integers(0, 60), st.sampled_from([-1, 0, 1]))
def test_a_search_finds_the_nearest_match_and_goes_round_only_where_there_is_none(
    lines: list[OutputLine], chosen: OutputSelection, sought: Wanted, block_size: int, number: int, by: int
) -> None:
    found = book(lines, block_size).find(chosen, sought, number, by)

    among = selected(lines, chosen)
    matches = [each for each in among if holds(sought, lines[each])]
    onward = [each for each in matches if (each < number if by < 0 else each >= number + by)]
    assert found.matches == len(matches)
    assert found.wrapped == (bool(matches) and not onward)
    expected = (onward or matches)[-1 if by < 0 else 0] if matches else None
    assert found.number == expected
    if expected is not None:
        assert (matches[found.ordinal], among[found.place]) == (expected, expected)


@settings(max_examples=40)
@given(LINES, LINES, SELECTIONS, SOUGHT, st.integers(1, 7))
def test_what_was_counted_stays_true_while_lines_come(
    first: list[OutputLine], more: list[OutputLine], chosen: OutputSelection, sought: Wanted, block_size: int
) -> None:
    lines = list(first)
    growing = book(lines, block_size)
    growing.find(chosen, sought, 0, 0)
    lines += more

    assert growing.find(chosen, sought, 0, 0) == book(lines, block_size).find(chosen, sought, 0, 0)
    wanted = PageWanted(9, selection=chosen)
    assert growing.page(wanted) == book(lines, block_size).page(wanted)


def test_work_is_done_in_pieces_and_a_match_is_told_before_all_was_looked_at() -> None:
    lines = [OutputLine("stdout", "needle" if number in (250, 900) else "hay") for number in range(1000)]
    sliced, steps = book(lines, 100), iter([True] * 4 + [False] + [True] * 20)

    early = sliced.find(OutputSelection(), Wanted("needle"), 0, 1, lambda: next(steps))
    late = sliced.find(OutputSelection(), Wanted("needle"), 250, 1, lambda: next(steps))

    assert (early.number, early.complete) == (250, False)
    assert (late.number, late.ordinal, late.matches, late.complete) == (900, 1, 2, True)


def test_a_search_that_has_not_come_far_enough_asks_for_patience() -> None:
    lines = [OutputLine("stdout", "hay")] * 1000

    found = book(lines, 100).find(OutputSelection(), Wanted("hay"), 500, 1, lambda: False)

    assert not found.settled
    assert found.number is None


@pytest.mark.parametrize(("expression", "words"), [("(", "Not a regular expression"), ("a{2,1}", "Not a regular")])
def test_what_is_no_expression_is_a_problem_and_not_a_crash(expression: str, words: str) -> None:
    sought = Wanted(expression, regex=True)
    read = book([OutputLine("stdout", "a")], 10)

    assert words in read.find(OutputSelection(), sought, 0, 0).problem
    assert words in read.page(PageWanted(5, selection=OutputSelection(only=sought))).problem


def test_where_it_matches_is_told_of_every_line() -> None:
    page = book([OutputLine("stdout", "an Error is an error")], 10).page(PageWanted(5, marked=Wanted("error")))

    assert page.lines[0].found == ((3, 8), (15, 20))
