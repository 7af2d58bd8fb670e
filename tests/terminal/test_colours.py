"""Every colour that reaches a terminal, on the way through queue, review, approval and a running execution."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.terminal.pty_screen import Terminal
from tests.tui.driving import cockpit, settled, shown
from tests.tui.estate import working_day

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
    known = {**without, "PYTHONPATH": str(ROOT), "CLOUDOPS_UI__ARM_MS": "1", **environment}
    with Terminal([*SCREENS, "working_day"], known) as terminal:
        terminal.sees("Rotate the signing key", "REVIEW")
        terminal.press("j\r")
        terminal.sees("Write the new signing key", "rehearsal")
        terminal.press("a")
        terminal.sees("approve and run now", "Cancel (esc)")
        terminal.press("\x1b")
        terminal.lacks("Cancel (esc)")
        terminal.press("2")
        terminal.sees("enter watch", "Copy the release")
        terminal.press("\r")
        terminal.sees("elapsed")
        terminal.press("Q")
        terminal.sees("let it go on and quit")
        terminal.insist("d", lambda: terminal.process.poll() is not None)
        assert terminal.ends() == 0
        return bytes(terminal.raw)


def weights(raw: bytes) -> list[str]:
    """Each `ESC [ ... m`, its numbers."""
    return re.findall(r"\x1b\[([0-9;]*)m", raw.decode())


def numbers(weight: str) -> set[int]:
    return {int(one or 0) for one in weight.split(";")}


@pytest.fixture(scope="module")
def in_256() -> bytes:
    """The walk in a terminal of 256 colours."""
    return walked({"TERM": "xterm-256color"})


def test_without_colours_not_one_is_sent() -> None:
    sent = weights(walked({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}))

    assert len(sent) > 100
    assert {number for weight in sent for number in numbers(weight)} <= WEIGHTS | DEFAULT
    assert any(7 in numbers(weight) for weight in sent), "the row under the cursor stands in reverse video"


def test_sixteen_colours_are_the_terminals_own_even_where_others_would_be_drawn() -> None:
    sent = weights(walked({"TERM": "xterm", "COLORTERM": "truecolor", "CLOUDOPS_UI__THEME": "ansi"}))

    assert {number for weight in sent for number in numbers(weight)} <= WEIGHTS | DEFAULT | SIXTEEN
    assert any(numbers(weight) & SIXTEEN for weight in sent)


def test_two_hundred_and_fifty_six_colours_are_sent_by_their_numbers(in_256: bytes) -> None:
    sent = weights(in_256)

    assert not [weight for weight in sent if WRITTEN_OUT.search(weight)]
    assert any(INDEXED.search(weight) for weight in sent)
    assert {n for weight in sent for n in numbers(INDEXED.sub("0", weight))} <= WEIGHTS | DEFAULT


def test_the_title_says_what_waits_and_gives_way_to_the_old_one_at_the_end(in_256: bytes) -> None:
    kept, said, back = b"\x1b[22;2t", b"\x1b]2;[4 review 1 running] cloudops-tui 210987654321\x07", b"\x1b[23;2t"

    assert in_256.count(kept) == in_256.count(back) == 1
    assert in_256.index(kept) < in_256.index(said) < in_256.index(back)


def test_the_mouse_is_left_to_the_terminal_unless_it_is_asked_for(in_256: bytes) -> None:
    assert not re.search(rb"\x1b\[\?100[0-36]h", in_256)


async def test_a_storm_of_sizes_ends_in_the_picture_of_the_last_one(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        drawn = [row.rstrip() for row in shown(pilot).splitlines()]

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLOUDOPS_UI__MOUSE": "yes", "CLOUDOPS_UI__ARM_MS": "1"}
    with Terminal([*SCREENS, "working_day"], environment) as terminal:
        terminal.sees("Rotate the signing key", "1 running")
        for columns, rows in [(1, 1), (200, 50), (60, 16), (2, 90), (59, 15), (160, 48)] * 3 + [(1, 1), (100, 30)]:
            terminal.resize(columns, rows)
        terminal.shows(drawn)
        terminal.press("Q")
        terminal.sees("let it go on and quit")
        terminal.insist("d", lambda: terminal.process.poll() is not None)
        assert terminal.ends() == 0
        assert b"\x1b[?1000h" in terminal.raw, "the mouse was asked for"
