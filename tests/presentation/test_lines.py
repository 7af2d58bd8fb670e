"""Lines of a view: measured in cells, cut and broken without losing anything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.presentation.lines import Span, cut, fold, line, line_width, marked, pad, plain, spread, width, wrap


def test_wide_characters_take_two_cells() -> None:
    assert width("a東b") == 4
    assert width("\u1112\u1161\u11ab") == 2


def test_what_was_cut_shows() -> None:
    assert cut("abcdef", 4) == "abc~"


def test_padding_fills_by_cells() -> None:
    assert pad("東", 4) == "東  "
    assert pad("7", 3, right=True) == "  7"


@given(st.text(alphabet="ab 東é\n", max_size=60), st.integers(2, 20))
def test_wrapping_loses_no_letter_and_never_overflows(text: str, cells: int) -> None:
    pieces = wrap(text, cells)

    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(width(piece) <= cells for piece in pieces)


@given(st.text(alphabet="ab 東'", max_size=60), st.integers(2, 20))
def test_folding_keeps_every_blank(text: str, cells: int) -> None:
    rows = fold(line(Span(text, "ok")), cells)

    assert "".join(map(plain, rows)) == text
    assert all(line_width(row) <= cells for row in rows)


def test_what_is_not_plain_ascii_stands_out() -> None:
    assert marked("s3://рrod\u202e") == (
        Span("s3://"),
        Span("р", "mark"),
        Span("rod"),
        Span("\\u202e", "mark"),
    )


def test_the_right_side_stays_whole_when_both_do_not_fit() -> None:
    assert plain(spread(line("a long left side"), line("12:00Z"), 14)).endswith("12:00Z")
    assert line_width(spread(line("a long left side"), line("12:00Z"), 14)) == 14
