"""Rows of output: nothing is lost by wrapping, no row is wider than its place, and the title tells what matters."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudops_tui.model.output import Found, OutputLine, OutputPage, OutputSelection, PageLine, Wanted
from cloudops_tui.policy import matching
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import output
from cloudops_tui.presentation.lines import Span, line, line_width, plain, width
from cloudops_tui.presentation.output import Place, RowLook, Stamps
from tests.presentation.test_execution import arranged
from tests.tui import recorded
from tests.tui.recorded import HOSTILE, ids
from tests.tui.twin import NOON, ago

TEXT = st.text(st.sampled_from("ab 日本é\u0301\u200b\t\x1b["), max_size=60).map(safe_line)
HEAD = line("  ", Span("Patch the kernel of web-02", "strong"))


def page(total: int = 12_340, **more: object) -> OutputPage:
    return OutputPage(**{"selected": total, "total": total, "size": 1_234_567, "last_at": NOON} | more)  # type: ignore[arg-type]


def titled(cells: int = 100, **place: object) -> str:
    return plain(output.title(HEAD, Place(**{"page": page(), "running": True} | place), cells, NOON))  # type: ignore[arg-type]


# --- rows ------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(TEXT, st.integers(2, 20))
def test_wrapping_loses_nothing_and_no_piece_is_wider_than_its_row(text: str, cells: int) -> None:
    pieces = output.pieces(text, cells)

    assert "".join(text[begin:end] for begin, end in pieces) == text
    assert all(width(text[begin:end]) <= cells for begin, end in pieces)


@settings(max_examples=40)
@given(
    TEXT, st.integers(20, 60), st.booleans(), st.integers(0, 40), st.sampled_from(list(Stamps)),
    st.sampled_from([0, 5]), st.booleans(),
)  # fmt: skip
def test_a_row_fits_its_place_however_it_is_looked_at(
    text: str, cells: int, wrap: bool, left: int, stamps: Stamps, digits: int, error: bool
) -> None:
    look = RowLook(cells, wrap=wrap, left=left, stamps=stamps, began=ago(minutes=3), digits=digits)
    shown = PageLine(7, OutputLine("stderr" if error else "stdout", text, NOON), ((0, 2),))

    rows = [output.row(shown, piece, look) for piece in range(output.height(text, look))]

    assert all(line_width(row) <= cells for row in rows)
    if wrap:
        assert "".join(plain(row)[look.gutter :] for row in rows) == text


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=20), st.data())
def test_moving_down_and_up_again_ends_where_it_began(tall: list[int], data: st.DataObject) -> None:
    rows = [(place, piece) for place, pieces in enumerate(tall) for piece in range(pieces)]
    at, by = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, 30))

    def heights(place: int) -> int:
        return tall[place] if place < len(tall) else 1

    down = output.moved(rows[at], by, heights)

    assert output.moved(rows[at], -by, heights) == rows[max(0, at - by)]
    assert output.moved(down, -by, heights) == rows[at]
    assert down == (rows[at + by] if at + by < len(rows) else (len(tall) + at + by - len(rows), 0))


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), max_size=20), st.integers(1, 12))
def test_at_the_bottom_the_last_row_is_the_last_of_the_view(tall: list[int], height: int) -> None:
    rows = [(place, piece) for place, pieces in enumerate(tall) for piece in range(pieces)]

    top = output.bottom(len(tall), height, lambda place: tall[place])

    assert top == (rows[max(0, len(rows) - height)] if rows else (0, 0))


def test_a_line_of_a_million_characters_costs_what_is_seen_of_it() -> None:
    shown = PageLine(0, OutputLine("stdout", "x" * 1_000_000))

    row = plain(output.row(shown, 0, RowLook(80, left=900_000)))

    assert row == "   " + "x" * 76 + "~"


def test_what_was_found_stands_out_and_the_rest_stays() -> None:
    shown = PageLine(0, OutputLine("stdout", "an error here"), ((3, 8),))

    row = output.row(shown, 0, RowLook(40))

    assert [span.text for span in row if span.style == "mark"] == ["error"]
    assert plain(row) == "   an error here"


def test_a_find_that_is_broken_by_wrapping_is_marked_on_both_rows() -> None:
    shown = PageLine(0, OutputLine("stdout", "abcdefgh"), ((2, 6),))
    look = RowLook(3 + 4, wrap=True)

    marked = [[s.text for s in output.row(shown, piece, look) if s.style == "mark"] for piece in (0, 1)]

    assert marked == [["cd"], ["ef"]]


def test_standard_error_has_a_sign_of_its_own_on_every_row() -> None:
    shown = PageLine(0, OutputLine("stderr", "abcdefgh"))

    rows = [plain(output.row(shown, piece, RowLook(7, wrap=True))) for piece in (0, 1)]

    assert rows == [" ! abcd", " | efgh"]


@pytest.mark.parametrize(
    ("stamps", "said"),
    [(Stamps.OFF, ""), (Stamps.UTC, "12:04:31Z "), (Stamps.SINCE, "+0:03:00  ")],
    ids=["off", "utc", "since"],
)
def test_times_are_those_of_the_day_or_since_the_command_began(stamps: Stamps, said: str) -> None:
    shown = PageLine(41, OutputLine("stdout", "text", NOON))

    row = plain(output.row(shown, 0, RowLook(60, stamps=stamps, began=ago(minutes=3), digits=4), pointer=True))

    assert row == f"❯    42 {said}text"


def test_the_glyphs_have_twins_in_ascii() -> None:
    shown = PageLine(41, OutputLine("stderr", "text", NOON))

    assert plain(output.row(shown, 0, RowLook(60, ascii=True), pointer=True)).isascii()


def test_a_small_view_follows_in_every_frame_and_a_large_one_as_often_as_the_line_bears() -> None:
    assert output.pause_after(output.cost(18, 80)) == 0
    for columns, rows in ((120, 30), (200, 50), (400, 100)):
        sent = output.cost(rows, columns)
        pause = output.pause_after(sent)
        assert pause == output.LONGEST_WAIT or sent / pause <= output.BYTES_A_SECOND * 1.001


# --- what is said ----------------------------------------------------------------------------------------------------


def test_the_title_says_which_how_much_and_whether_it_moves() -> None:
    assert titled().rstrip().endswith("stdout+stderr  12,340 lines  1.2 MB  [FOLLOW]")
    assert titled(running=False).rstrip().endswith("[END]")


@pytest.mark.parametrize("cells", range(20, 120, 7))
def test_a_title_fits_and_keeps_what_changes_the_meaning_of_the_lines(cells: int) -> None:
    selection = OutputSelection("stderr", Wanted("kernel"), True)

    said = titled(cells, selection=selection, following=False, newer=9)

    assert width(said) == cells
    if cells >= 76:
        assert 'without "kernel"' in said
        assert "stderr only" in said
        assert "[PAUSED +9]" in said


def test_a_command_that_has_been_quiet_for_long_is_said_to_be() -> None:
    assert "quiet for 2m" in titled(page=page(last_at=ago(minutes=2, seconds=10)))
    assert "quiet" not in titled(page=page(last_at=ago(seconds=50)))
    assert "quiet" not in titled(page=page(last_at=ago(hours=2)), running=False)


def test_the_title_tells_what_came_while_somebody_reads_and_how_to_follow_again() -> None:
    paused = titled(following=False, newer=1234, newer_errors=3)

    assert paused.rstrip().endswith("[PAUSED +1,234]  3 on stderr, space follows")
    assert titled(44, following=False, newer=312).rstrip().endswith("[PAUSED +312]")
    assert titled(following=False).rstrip().endswith("[PAUSED]")


def test_the_row_below_is_there_only_for_a_search() -> None:
    found = Place(page=page(), sought=Wanted("error"), found=Found(9, 9, 2, 17))

    assert plain(output.status(found, 80)) == ' "error" 3/17  n next  N previous  esc clears'
    assert output.status(Place(page=page(), following=False, newer=9), 80) == ()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "..."),
        (Found(9, 9, 2, 17), "3/17"),
        (Found(9, 9, 2, 2000, complete=False), "3/2,000+"),
        (Found(9, 9, 0, 17, wrapped=True), "1/17  went on at the other end"),
        (Found(), "no match"),
        (Found(complete=False, settled=False, done=0.34), "searching 34%"),
    ],
    ids=["unknown", "third", "counting", "wrapped", "none", "searching"],
)
def test_a_search_says_which_match_of_how_many_it_stands_at(found: Found | None, said: str) -> None:
    assert output.count(found) == said


def test_a_filter_that_leaves_nothing_says_of_how_much_and_how_to_leave_it() -> None:
    place = Place(page=page(900, selected=0), selection=OutputSelection(only=Wanted("kernl")))

    assert plain(output.empty(place, ())[0]).strip() == 'no line with "kernl" among 900 lines; & Enter shows all'


def test_output_that_was_pruned_is_told_from_output_that_never_was() -> None:
    assert plain(output.pruned(1_200_000, NOON)[0]).strip().startswith("output of 1.2 MB, written 03-04 12:04Z, pruned")


def test_the_head_shows_by_a_sign_whether_keys_go_there(tmp_path: Path) -> None:
    arrangement, [key] = arranged(recorded.running(tmp_path)), ids(recorded.running(tmp_path), 6)

    heads = [plain(output.head(arrangement, key, ascii_only=False, focused=has)) for has in (False, True)]

    assert [each[0] for each in heads] == [" ", "❯"]
    assert heads[0][1:] == heads[1][1:]


def test_what_is_looked_for_is_shown_literally() -> None:
    place = Place(page=page(), sought=Wanted(HOSTILE), selection=OutputSelection(only=Wanted(HOSTILE)))

    said = plain(output.status(place, 200)) + plain(output.title(HEAD, place, 200, NOON))

    assert said.isprintable()
    assert "\\x1b" in said


# --- what is looked for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text", "where"),
    [
        ("error", "an Error", ((3, 8),)),
        ("Error", "an error", ()),
        ("a.c", "abc a.c", ((4, 7),)),
        ("/a.c/", "abc a.c", ((0, 3), (4, 7))),
        ("/etc", "in /etc/x", ((3, 7),)),
        (r"/\Sx/", "Ax ax", ((0, 2), (3, 5))),
        ("/x*/", "aXx", ((1, 3),)),
    ],
)
def test_plain_text_is_itself_lower_case_finds_both_and_slashes_make_an_expression(
    typed: str, text: str, where: tuple[tuple[int, int], ...]
) -> None:
    sought = matching.wanted(typed)

    assert sought is not None
    assert matching.spans(matching.expression(sought), text) == where
    assert matching.wanted("") is None
