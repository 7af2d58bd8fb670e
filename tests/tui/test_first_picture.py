"""The picture that is drawn before anything is loaded is the one that the queue's screen draws after that."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pyte
import pytest
from rich.console import Console
from textual._compositor import CompositorUpdate

from cloudops_tui.model.queue import QueueEntry
from cloudops_tui.model.settings import Settings, ThemeSettings
from cloudops_tui.policy.terminal import Appearance, Choice
from cloudops_tui.presentation.frame import Standing
from cloudops_tui.presentation.keymap import keymap
from cloudops_tui.presentation.opening import Opening
from cloudops_tui.tui import first_picture
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.palette import palettes
from tests.tui.driving import cockpit, until
from tests.tui.twin import RecordedSession

SEA = Settings(
    themes={"sea": ThemeSettings(base="light", ok="#00aa55", ground="#fefefe")},
    keys={"app.help": ("f2",), "plan.approve": (), "queue.filter": ("F",)},
)


class Unanswered(RecordedSession):
    """A store that takes its time."""

    async def queue(self) -> list[QueueEntry]:
        """Not yet."""
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("theme", "colors", "glyphs", "size", "settings"),
    [
        ("dark", "truecolor", "unicode", (80, 24), Settings()),
        ("light", "256", "unicode", (160, 48), Settings()),
        ("ansi", "16", "ascii", (119, 30), Settings()),
        ("ansi", "none", "unicode", (60, 16), Settings()),
        ("sea", "truecolor", "unicode", (80, 24), SEA),
    ],
    ids=["dark", "light-256-wide", "ansi-ascii", "colourless-small", "own-theme-and-keys"],
)
async def test_it_is_cell_by_cell_what_the_queue_shows_until_it_has_been_read(
    tmp_path: Path, theme: str, colors: str, glyphs: str, size: tuple[int, int], settings: Settings
) -> None:
    look = Appearance(Choice(theme, ""), Choice(colors, ""), Choice(glyphs, ""))
    session = Unanswered(state_dir=tmp_path)
    app = cockpit(
        session, settings=settings, look=theme, no_color=look.colourless, ascii_only=look.ascii_only, read_only=True
    )
    standing = Standing((), session.operator, session.host, True, 0, 0, session.clock.now(), counted=False)
    what = Opening(standing, keymap(settings.keys), settings.columns.queue, look.ascii_only)
    palette = None if look.colourless else palettes(settings.themes).get(theme)
    first = _cells(first_picture.picture(what, look, palette, *size), size)

    async with app.run_test(size=size) as pilot:
        await until(lambda: pilot.app.screen.is_mounted and "Reading" in _words(_cells(_as_sent(app, look), size)))
        with suppress(AssertionError):  # the comparison below says more
            await until(lambda: _cells(_as_sent(app, look), size) == first)
        later = _cells(_as_sent(app, look), size)

    assert "Readingthequeue..." in _words(first)
    assert later == first


def test_there_is_none_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    session = RecordedSession(state_dir=tmp_path)
    what = Opening(Standing((), "ana", "bastion", False, 0, 0, session.clock.now(), counted=False), keymap({}))
    look = Appearance(Choice("dark", ""), Choice("truecolor", ""), Choice("unicode", ""))

    assert first_picture.picture(what, look, None, 59, 24) == ""


def test_keys_are_kept_without_an_echo_and_the_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    monkeypatch.setattr(first_picture, "INPUT", slave)
    monkeypatch.setattr(first_picture, "OUTPUT", slave)

    with first_picture.drawn("\x1b[?1049hpicture"):
        os.write(master, b"/id:7\x13\r")
        heard = _came(slave, b"\r")
        shown = _came(master, b"picture")
    after, left = termios.tcgetattr(slave), _came(master, b"\x1b[?1049l")
    os.close(master)
    os.close(slave)

    assert (heard, shown) == (b"/id:7\x13\r", b"\x1b[?1049hpicture")
    assert after == before
    assert b"\x1b[?1049l" in left


def test_what_took_it_over_ends_it_and_knows_how_the_terminal_was(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    monkeypatch.setattr(first_picture, "INPUT", slave)
    monkeypatch.setattr(first_picture, "OUTPUT", slave)

    with first_picture.drawn("picture"):
        told = first_picture.take_over()
    os.write(slave, b".")
    sent = _came(master, b".")
    os.close(master)
    os.close(slave)

    assert told == before
    assert sent == b"picture."
    assert first_picture.take_over() is None


def _came(master: int, last: bytes) -> bytes:
    """What a terminal was sent, up to and with `last`: it may come in parts."""
    came = b""
    while last not in came:
        came += os.read(master, 1000)
    return came


def _words(cells: list[list[tuple[object, ...]]]) -> str:
    return "\n".join("".join(str(cell[0]) for cell in row) for row in cells)


def _as_sent(app: CloudOpsApp, look: Appearance) -> str:
    """What the screen in front sends to a terminal."""
    update = app.screen._compositor.render_update(full=True)
    console = Console(
        file=StringIO(), force_terminal=True, legacy_windows=False, no_color=False,
        color_system=cast(Any, look.color_system),
    )  # fmt: skip
    return cast(CompositorUpdate, update).render_segments(console)


def _cells(sent: str, size: tuple[int, int]) -> list[list[tuple[object, ...]]]:
    """Every cell of an emulator: its sign and how it looks. A blank's ink cannot be seen."""
    screen = pyte.Screen(*size)
    pyte.Stream(screen).feed(sent)
    rows = [[screen.buffer[y][x] for x in range(size[0])] for y in range(size[1])]
    return [[("", cell.bg, cell.reverse) if cell.data == " " else tuple(cell) for cell in row] for row in rows]
