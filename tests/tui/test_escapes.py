"""Escape and the next key, however they arrive."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from cloudops_tui.tui.escapes import Escapes, apart


def heard(reads: Sequence[str | None]) -> list[str]:
    """The keys and pastes of what a terminal sent, read by read; None: nothing came for a while."""
    parser, escapes = XTermParser(), Escapes()
    said = []
    for read in reads:
        text = escapes.lapse() if read is None else escapes.read(read)
        for event in parser.feed(text) if text else ():
            for one in apart(event):
                match one:
                    case events.Key():
                        said.append(one.key)
                    case events.Paste():
                        said.append(f"paste {one.text!r}")
    return said


@pytest.mark.parametrize(
    ("reads", "keys"),
    [
        pytest.param(["\x1bc"], ["escape", "c"], id="tmux-sends-both-at-once"),
        pytest.param(["\x1b", "c"], ["escape", "c"], id="in-two-reads"),
        pytest.param(["\x1b", None, "c"], ["escape", "c"], id="slowly"),
        pytest.param(["\x1b:quit\r"], ["escape", "colon", *"quit", "enter"], id="a-burst-behind-it"),
        pytest.param(["\x1bx\x1by"], ["escape", "x", "escape", "y"], id="twice"),
        pytest.param(["\x1b\x1b", None], ["escape", "escape"], id="pressed-twice"),
        pytest.param(["\x1b\r"], ["escape", "enter"], id="enter"),
        pytest.param(["\x1b\x19"], ["escape", "ctrl+y"], id="a-control-key"),
        pytest.param(["\x1b[A\x1bOP\x1b[1;3D"], ["up", "f1", "alt+left"], id="sequences-stay"),
        pytest.param(["\x1b", "[A"], ["up"], id="a-sequence-in-two-reads"),
        pytest.param(["\x1b\x1b[A"], ["escape", "up"], id="then-an-arrow"),
        pytest.param(["\x1b[2", "00~a", "\x1b[20", "1~\x1bq"], ["paste 'a'", "escape", "q"], id="marks-in-two-reads"),
    ],
)
def test_escape_is_a_key_of_its_own(reads: list[str | None], keys: list[str]) -> None:
    assert heard(reads) == keys


def test_what_is_pasted_stays_as_it_is() -> None:
    assert Escapes().read("\x1b[200~a\x1bb\x1b[201~") == "\x1b[200~a\x1bb\x1b[201~"
