"""What Textual does behind one's back, without a terminal; all findings are listed in `terminal/test_findings.py`."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual.pilot import Pilot

from cloudops_tui import bootstrap
from cloudops_tui.engine.session import EngineThread
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.presentation.lines import Span
from cloudops_tui.tui import theme
from cloudops_tui.tui.driver import MOST_WAITING, Outlet
from cloudops_tui.tui.editor import edited
from cloudops_tui.tui.leaving import Leaving
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.architecture.source import nodes, place
from tests.journeys.working import cli, plan
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.estate import key_rotation
from tests.tui.twin import RecordedSession

PATIENCE = 120.0  # seconds
OBEYED = "\x1b]52;c;QQ==\x07\x9b2J\x7f\u202e"
MARKUP = "arn:aws:[x=1] a[b]=1 [/foo] [bold]\\"


def made_by_the_theme(foreign: str) -> dict[str, str]:
    """The text as every maker of what widgets take hands it on."""
    line = (Span(foreign),)
    return {
        "words": theme.words(foreign).plain,
        "text": theme.text(line).plain,
        "block": theme.block([line]).plain,
        "cells": theme.cells(foreign, Style()).text,
        "strip": theme.strip(line, 80, Style()).text.rstrip(),
    }


def test_1_nothing_that_a_terminal_obeys_gets_past_the_makers() -> None:
    assert set(made_by_the_theme(OBEYED).values()) == {r"\x1b]52;c;QQ==\x07\x9b2J\x7f\u202e"}


def test_2_nothing_that_looks_like_markup_is_lost() -> None:
    assert set(made_by_the_theme(MARKUP).values()) == {MARKUP}


def test_3_nobody_escapes_markup_because_nobody_makes_any() -> None:
    found = [
        place(path, node)
        for path, node in nodes("tui")
        if called(node) in {"escape", "from_markup", "render"} and path.name != "first_picture.py"  # a style's `render`
    ]

    assert found == [], "hand the words to `theme`; escaping doubles backslashes and lets the last one eat a tag"


async def test_7_a_writer_that_nobody_reads_takes_everything_at_once_and_asks_for_a_new_picture(tmp_path: Path) -> None:
    reader, writer = os.openpty()
    recovered, lost = threading.Event(), threading.Event()
    outlet = Outlet(writer, lost=lost.set, recovered=recovered.set)
    outlet.start()
    frame = "x" * 8000

    for _ in range(100):
        outlet.write(frame)
        outlet.write("\x1b[?2004l")
    received = bytearray()
    await until(lambda: drained(reader, received) and recovered.is_set())
    outlet.write("the new picture")
    await until(lambda: drained(reader, received) and received.endswith(b"the new picture"))
    outlet.stop()

    assert received.count(b"x") < 2 * MOST_WAITING + 8000
    assert received.count(b"\x1b[?2004l") == 100
    os.close(reader)
    os.close(writer)
    assert not lost.is_set()


def test_7_a_writer_ends_in_time_though_its_terminal_takes_nothing() -> None:
    reader, writer = os.openpty()
    outlet = Outlet(writer, lost=lambda: None, recovered=lambda: None)
    outlet.start()
    outlet.write("x" * 1_000_000)

    outlet.stop(within=0.01)

    assert outlet.is_alive(), "the pty took everything, and the test shows nothing"
    os.close(reader)
    outlet.join(PATIENCE)
    os.close(writer)


def test_5_and_6_a_writer_whose_terminal_closes_says_so_once_and_is_deaf_from_then_on() -> None:
    reader, writer = os.openpty()
    lost: list[bool] = []
    outlet = Outlet(writer, lost=lambda: lost.append(True), recovered=lambda: None)
    outlet.start()
    os.close(reader)

    outlet.write("anybody there?")
    outlet.join(PATIENCE)
    outlet.write("no")

    assert lost == [True]
    os.close(writer)


async def test_8_the_loop_goes_on_while_an_editor_is_open(tmp_path: Path) -> None:
    opened, go = tmp_path / "opened", tmp_path / "go"
    editor = tmp_path / "editor.py"
    editor.write_text(
        f"import pathlib, sys, time\npathlib.Path({str(opened)!r}).touch()\n"
        f"end = time.monotonic() + 300\nwhile not pathlib.Path({str(go)!r}).exists():\n"
        "    time.sleep(0.02)\n    if time.monotonic() > end: sys.exit(1)\n"
    )

    editing = asyncio.ensure_future(edited("text", tmp_path, {"EDITOR": f"{sys.executable} {editor}"}))
    while not opened.exists():
        await asyncio.sleep(0.01)
    go.touch()

    assert await editing == "text"


def test_8_no_program_is_run_in_a_way_that_waits_for_it() -> None:
    waiting = {"system", "popen", "waitpid", "spawnl", "spawnv", "check_output", "check_call"}
    found = [place(path, node) for path, node in nodes("tui") if called(node) in waiting]

    assert found == [], "use `asyncio.create_subprocess_exec`"


async def test_9_enter_pressed_ahead_opens_and_closes_but_decides_nothing(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    _ = session.add(1, key_rotation())
    async with cockpit(session, arm_delay=0.0).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        front(pilot, ReviewScreen)

        await pilot.press("a", "enter", "enter", "a", "enter", "enter", "enter")
        await settled(pilot)

        assert session.asked == []


@pytest.mark.usefixtures("everything_is_drawn")
async def test_13_lines_cost_what_is_seen_of_them_and_a_still_picture_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draws = OutputView.render_line

    def counted(self: OutputView, y: int) -> Any:
        drawn.append(y)
        return draws(self, y)

    story = recorded.running(tmp_path)
    app = cockpit(story.session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.navigate(OpenExecution(story.id))
        await settled(pilot)
        await press(pilot, "j")  # a command that runs
        monkeypatch.setattr(OutputView, "render_line", counted)

        for frame in range(10):
            for number in range(400):
                story.say(6, f"line {frame * 400 + number}")
            app.present_now()
            await pilot.pause()
        lines = len(drawn)
        await settled(pilot)
        drawn.clear()
        for _ in range(10):
            front(pilot, LiveScreen).present()
        await pilot.pause()

        await comes(pilot, "line 3999")
        assert 0 < lines <= 24 * 30
        assert drawn == []
        assert list(app.workers) == []


def test_14_nothing_is_a_worker_of_textual() -> None:
    found = [place(path, node) for path, node in nodes("tui") if called(node) in {"work", "run_worker", "on_worker"}]

    assert found == [], "a worker ends with its screen, and its error ends the program: use `start_work`"


async def test_14_and_7_an_interface_that_stands_still_delays_no_command(tmp_path: Path, home: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    stand_in = tmp_path / "aws"
    stand_in.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo aws-cli/1.46.3 Python/3 Linux/6 botocore/1; exit; }\n'
        f'if [ -e "{first}" ]; then touch "{second}"; else touch "{first}"; fi\n'
    )
    stand_in.chmod(0o755)
    config = tmp_path / "config.toml"
    config.write_text(f'[cli]\ncli_path = "{stand_in}"\n')
    environment = {
        "CLOUDOPS_CONFIG": str(config),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    }
    reads = plan("Look twice", [cli(name, "sts", "get-caller-identity") for name in ("One", "Two")])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        thread = EngineThread()
        try:
            setup = bootstrap.load_setup(tmp_path / "state")
            session = await asyncio.to_thread(thread.call, bootstrap._made_there(setup, thread.loop))
            entry = await session.submit(json.dumps(reads), source="test")
            review = await session.review(entry.id)
            execution = await session.approve(entry.id, digest=review.digest)

            deadline = time.monotonic() + PATIENCE
            while not second.exists():
                assert time.monotonic() < deadline, "the second command waited for this loop"
                time.sleep(0.01)  # this loop stands still, which is the point

            assert (await session.wait(execution)).status is ExecutionStatus.COMPLETED
            await session.close(leave_running=True)
        finally:
            await asyncio.to_thread(thread.stop)


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="Python 3.12 brought eager tasks")
async def test_14_tasks_may_begin_at_once_as_they_do_outside_of_tests(tmp_path: Path) -> None:
    asyncio.get_running_loop().set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009
    session = RecordedSession(tmp_path)
    _ = session.add(1, key_rotation())
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "enter", "q", "r", *"no", "enter")

        assert "Rotate the signing key" in shown(pilot)


@pytest.mark.parametrize(("signals", "code"), [("INT", 130), ("TERM", 143), ("HUP", 129), ("TERM INT", 143)])
def test_4_the_first_signal_is_the_exit_code(signals: str, code: int) -> None:
    with Leaving() as leaving:
        for name in signals.split():
            os.kill(os.getpid(), getattr(signal, f"SIG{name}"))

        assert leaving.exit_code == code


def test_6_a_hangup_that_was_ignored_at_the_start_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Leaving() as leaving:
            os.kill(os.getpid(), signal.SIGHUP)

            assert leaving.exit_code is None
    finally:
        signal.signal(signal.SIGHUP, before)


# --- what goes on behind the screens ---------------------------------------------------------------------------------


async def test_work_that_meets_an_unexpected_error_is_told_once_and_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "TRY_AGAIN_AFTER", 0.0)
    errors = [ValueError("odd"), ValueError("odd"), KeyError("other")]
    told: list[str] = []

    async def work() -> None:
        if errors:
            raise errors.pop(0)

    await bootstrap._kept_up("Watching the inbox", work, told.append)

    assert [re.sub(r";.*", "", line) for line in told] == [
        "Watching the inbox met an error (ValueError: odd)",
        "Watching the inbox met an error (KeyError: 'other')",
    ]


async def test_what_is_told_from_behind_the_screens_is_among_the_notices(tmp_path: Path) -> None:
    async with cockpit(RecordedSession(tmp_path)).run_test() as pilot:
        await settled(pilot)
        await asyncio.to_thread(cockpit_of(pilot).bridge.tell, "Watching the inbox met an error \x1b[2J")
        await until(lambda: cockpit_of(pilot).notices)

        await press(pilot, "4")

        assert r"error   Watching the inbox met an error \x1b[2J" in shown(pilot)


def cockpit_of(pilot: Pilot[Any]) -> Any:
    return pilot.app


def called(node: ast.AST) -> str:
    """The name of what is called, or of what decorates."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def drained(reader: int, into: bytearray) -> bool:
    """Nothing is left to read for now."""
    while select.select([reader], [], [], 0.05)[0]:
        into += os.read(reader, 65_536)
    return True
