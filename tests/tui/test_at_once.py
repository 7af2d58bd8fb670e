"""What a hand types, and what no hand does."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from cloudops_tui.tui.at_once import letters_at_once, noted


def not_typed(read: str) -> list[int]:
    """What one read of the terminal says of each of its keys."""
    heard = noted(list(XTermParser().feed(read)))
    return [letters_at_once(one) for one in heard if isinstance(one, events.Key)]


@pytest.mark.parametrize(
    "read",
    [
        pytest.param("p", id="a-letter"),
        pytest.param("pr", id="two-that-a-slow-line-bundled"),
        pytest.param("product", id="half-a-second-of-the-quickest-hands"),
        pytest.param("jjjjjjjjjjjjjjjjjjjj", id="a-key-that-is-held-down"),
        pytest.param("\x7f" * 20, id="backspace-held-down"),
        pytest.param("\x1b[B" * 20, id="an-arrow-held-down"),
    ],
)
def test_what_a_quick_hand_types_over_a_slow_line_is_never_taken_for_a_paste(read: str) -> None:
    assert not any(not_typed(read))


def test_an_account_number_in_one_read_was_typed_by_nobody_and_each_of_its_keys_says_so() -> None:
    assert not_typed("210987654321\r") == [12] * 12 + [0]


def test_a_paste_that_the_terminal_announces_is_one_event_and_no_keys() -> None:
    assert not_typed("\x1b[200~210987654321\x1b[201~") == []
