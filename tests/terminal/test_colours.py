"""Every colour that reaches a terminal, on the way through queue, review, approval and a running execution."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.terminal.pty_screen import Terminal

SCREENS = [sys.executable, "-m", "tests.terminal.screens"]
ROOT = Path(__file__).resolve().parents[2]

WEIGHTS = {0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29}
DEFAULT = {39, 49}
SIXTEEN = {*range(30, 38), *range(90, 98), *range(40, 48), *range(100, 108)}
INDEXED = re.compile(r"\b[34]8;5;\d+\b")
WRITTEN_OUT = re.compile(r"\b[34]8;2;\d+;\d+;\d+\b")


def walked(environment: Mapping[str, str]) -> bytes:
    """What the terminal was sent while somebody looked at four screens and left."""
    without = {name: value for name, value in os.environ.items() if name not in ("COLORTERM", "TERM")}
    known = {**without, "PYTHONPATH": str(ROOT), **environment}
    with Terminal([*SCREENS, "working_day"], known) as terminal:
        terminal.sees("Rotate the signing key", "REVIEW")
        terminal.press("j\r")
        terminal.sees("Write the new signing key", "rehearsal")
        terminal.press("a")
        terminal.sees("approve and run now", "Cancel (esc)")
        terminal.press("\x1b")
        terminal.lacks("Cancel (esc)")
        terminal.press("2")
        terminal.sees("1 running", "Copy the release")
        terminal.press("\r")
        terminal.sees("elapsed")
        terminal.press("Q")
        terminal.sees("leave it and quit")
        terminal.press("d")
        assert terminal.ends() == 0
        return bytes(terminal.raw)


def weights(raw: bytes) -> list[str]:
    """Each `ESC [ ... m`, its numbers."""
    return re.findall(r"\x1b\[([0-9;]*)m", raw.decode())


def numbers(weight: str) -> set[int]:
    return {int(one or 0) for one in weight.split(";")}


def test_without_colours_not_one_is_sent() -> None:
    sent = weights(walked({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}))

    assert len(sent) > 100
    assert {number for weight in sent for number in numbers(weight)} <= WEIGHTS | DEFAULT
    assert any(7 in numbers(weight) for weight in sent), "the row under the cursor stands in reverse video"


def test_sixteen_colours_are_the_terminals_own_even_where_others_would_be_drawn() -> None:
    sent = weights(walked({"TERM": "xterm", "COLORTERM": "truecolor", "CLOUDOPS_UI__THEME": "ansi"}))

    assert {number for weight in sent for number in numbers(weight)} <= WEIGHTS | DEFAULT | SIXTEEN
    assert any(numbers(weight) & SIXTEEN for weight in sent)


def test_two_hundred_and_fifty_six_colours_are_sent_by_their_numbers() -> None:
    sent = weights(walked({"TERM": "xterm-256color"}))

    assert not [weight for weight in sent if WRITTEN_OUT.search(weight)]
    assert any(INDEXED.search(weight) for weight in sent)
    assert {n for weight in sent for n in numbers(INDEXED.sub("0", weight))} <= WEIGHTS | DEFAULT
