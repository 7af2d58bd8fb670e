"""What every screen has at hand: help, the palette, yanking, pager and editor, and keys that wait for their place."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.model.settings import Settings
from cloudops_tui.tui.app import CloudOpsApp
from cloudops_tui.tui.editor import EditorError, looked_at
from cloudops_tui.tui.outside import run
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.menu import MenuModal
from cloudops_tui.tui.screens.notices import NoticesScreen
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.review import ReviewScreen
from cloudops_tui.tui.screens.text import TextModal
from cloudops_tui.tui.yank import MOST, yank
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.estate import protected_day, working_day
from tests.tui.twin import RecordedSession


def settings(**sections: Any) -> Settings:
    return Settings.model_validate(sections)


def burst(pilot: Pilot[Any], *keys: str) -> None:
    """Keys that arrive at once, as over a line that had stood still."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else {"slash": "/"}.get(key)))


# --- help and palette ------------------------------------------------------------------------------------------------


async def test_help_lists_what_the_keys_do_here_and_why_some_do_nothing(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "question_mark")

        said = shown(pilot)

    assert "next dangerous command" in said
    assert "the approval modal" in said
    assert "not now: 2 of 2 dangerous commands still to be seen" in said
    assert "open the review and its approval" not in said  # what the same key does on the queue


async def test_enter_in_help_does_what_was_found_by_typing_and_nothing_dangerous_by_itself(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "question_mark", *"reject", "enter")

        front(pilot, RejectModal)
        assert session.asked == []


async def test_enter_on_what_cannot_be_done_says_why_and_stays(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path), settings=settings(ui={"pager": "none"}))
    async with app.run_test() as pilot:
        await settled(pilot)

        await press(pilot, "question_mark", *"pager", "enter")

        front(pilot, MenuModal)
        assert "read it in $PAGER  (the configuration forbids it)" in shown(pilot)


async def test_the_palette_reaches_everything_and_remembers_what_was_used(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)

        await press(pilot, "colon", *"notices", "enter")
        front(pilot, NoticesScreen)
        await press(pilot, "1", "colon")

        rows = [row for row in shown(pilot).splitlines() if "│" in row]
        assert "Used last" in shown(pilot)
        assert "area 4, what was told" in rows[2]


async def test_colon_q_enter_quits(tmp_path: Path) -> None:
    app = cockpit(RecordedSession(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("colon", "q", "enter")
        await until(lambda: app.return_value is not None)

    assert app.return_value == 0


async def test_at_the_smallest_size_the_palette_can_be_used(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(60, 16)) as pilot:
        await settled(pilot)

        await press(pilot, "colon", *"history", "enter")

        assert pilot.app.current_mode == "history"


# --- the operator's own keys -----------------------------------------------------------------------------------------


async def test_own_keys_are_heard_shown_and_told_of_in_help_and_the_old_ones_are_not(tmp_path: Path) -> None:
    own = settings(keys={"plan.reject": ("p",), "plan.modify": (), "app.help": ("f2",), "app.quit": ("Z",)})
    async with cockpit(working_day(tmp_path), settings=own).run_test() as pilot:
        await settled(pilot)
        screen = shown(pilot)
        assert "p reject" in screen
        assert "modify" not in screen.splitlines()[-1]
        assert "f2 help" in screen
        assert "Z quit" in screen

        await press(pilot, "r", "m")
        front(pilot, QueueScreen)
        await press(pilot, "p")
        front(pilot, RejectModal)


async def test_an_approval_is_given_by_the_operators_own_key_alone_and_says_so(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session, settings=settings(keys={"approval.approve": ("f9",)})).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "j", "a")
        assert "f9  approve" in shown(pilot)
        front(pilot, ApproveModal).arm()

        await press(pilot, "ctrl+y")
        assert session.asked == []
        await press(pilot, "f9")

        assert [what for what, _ in session.asked] == ["approve"]


async def test_a_key_that_cannot_be_had_is_told_and_changes_nothing(tmp_path: Path) -> None:
    """Textual would let `r` approve, and silently take rejecting away."""
    session = working_day(tmp_path)
    async with cockpit(session, settings=settings(keys={"plan.approve": ("r",)})).run_test(size=(120, 24)) as pilot:
        await settled(pilot)

        await press(pilot, "r")
        front(pilot, RejectModal)
        await press(pilot, "escape", "4")

        assert '"plan.approve": `r` is `plan.reject` in the queue; it keeps a' in shown(pilot)


# --- keys typed ahead ------------------------------------------------------------------------------------------------


async def test_letters_behind_a_slash_are_typed_into_the_filter(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "slash", *"jrakey", "enter", "j")
        await settled(pilot)

        assert front(pilot, QueueScreen).query_one("#filter", Input).value == "jrakey"


async def test_letters_behind_a_key_that_opens_a_dialog_are_typed_into_its_field(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "r", *"quite")
        await settled(pilot)

        assert front(pilot, RejectModal).query_one("#reason", Input).value == "quite"


async def test_keys_behind_enter_reach_the_screen_that_it_opens(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "enter", "tab", "question_mark", *"read on")
        await settled(pilot)

        assert front(pilot, MenuModal).query_one("#find", Input).value == "read on"
        assert isinstance(pilot.app.screen_stack[-2], ReviewScreen)


async def test_letters_behind_the_key_that_approves_from_the_queue_are_typed_into_the_approval(tmp_path: Path) -> None:
    async with cockpit(protected_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "j", "a", *"prod")
        await settled(pilot)

        assert front(pilot, ApproveModal).query_one("#confirmation", Input).value == "prod"


async def test_keys_behind_one_that_closes_a_dialog_reach_the_screen_below(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "r", "x", "escape", "4")
        await settled(pilot)

        front(pilot, NoticesScreen)


async def test_what_was_typed_ahead_of_an_approval_does_not_approve(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        burst(pilot, "a", "enter", "ctrl+y")
        await settled(pilot)
        await until(lambda: isinstance(pilot.app.screen, ApproveModal | ReviewScreen))

        assert session.asked == []


# --- yanking ---------------------------------------------------------------------------------------------------------


class Sent:
    """What a terminal was sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str) -> None:
        self.texts.append(text)


async def test_without_tmux_the_terminal_and_a_private_file_get_the_text(tmp_path: Path) -> None:
    sent = Sent()
    done = await yank("arn:é", {"XDG_RUNTIME_DIR": str(tmp_path)}, to_terminal=sent, command=None, state_dir=tmp_path)
    file = tmp_path / "cloudops-tui" / "yank"

    assert sent.texts == ["arn:é"]
    assert file.read_text() == "arn:é"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert done.ways[-1] == str(file)
    assert done.failed == ()


async def test_a_text_that_no_terminal_takes_and_a_program_that_fails_are_told(tmp_path: Path) -> None:
    sent, long = Sent(), "x" * MOST
    done = await yank(long, {}, to_terminal=sent, command="false 'a b'", state_dir=tmp_path)

    assert sent.texts == []
    assert [why.partition(": ")[2].split()[-1] for why in done.failed] == ["take", "1"]
    assert (tmp_path / "yank").read_text() == long


async def test_the_operators_own_command_gets_the_text_as_it_is(tmp_path: Path) -> None:
    seen = tmp_path / "it's seen"
    command = f'{sys.executable} -c \'import sys; open(sys.argv[1], "w").write(sys.stdin.read())\' "{seen}"'

    done = await yank("$(id) ;'", {}, to_terminal=Sent(), command=command, state_dir=tmp_path)

    assert seen.read_text() == "$(id) ;'"
    assert f"`{sys.executable}`" in done.ways


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "yank").symlink_to(precious)

    await yank("text", {}, to_terminal=Sent(), command=None, state_dir=tmp_path)

    assert precious.read_text() == "kept"
    assert (tmp_path / "yank").read_text() == "text"


async def test_y_and_a_letter_take_what_the_menu_shows_and_say_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMUX", "STY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    app = cockpit(working_day(tmp_path))
    async with app.run_test(size=(300, 24)) as pilot:
        await settled(pilot)
        app.note("the disk\x1b]52;c;QQ== is full")
        await press(pilot, "4", "y")
        assert "this notice" in shown(pilot)
        await press(pilot, "l")

        assert r"error   the disk\x1b]52;c;QQ== is full" in (tmp_path / "yank").read_text()
        assert "yanked this notice" in shown(pilot)
        assert "control characters spelled out" in shown(pilot)
        assert str(tmp_path / "yank") in shown(pilot)


# --- notices ---------------------------------------------------------------------------------------------------------


async def test_what_was_flashed_stays_and_enter_shows_it_whole(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)
        front(pilot, QueueScreen).refuse("Nothing " * 20 + "at all")

        await press(pilot, "exclamation_mark", "enter")

        front(pilot, TextModal)
        assert "at all" in shown(pilot)
        await press(pilot, "q")
        front(pilot, NoticesScreen)


# --- pager and editor ------------------------------------------------------------------------------------------------


def program(tmp_path: Path, body: str) -> str:
    """A program of the operator's, at a path that a shell would take apart; it gets the file as its last argument."""
    script = tmp_path / "my $(touch x); program.py"
    script.write_text(f"import os, stat, sys\npath = sys.argv[-1]\nout = {str(tmp_path / 'seen')!r}\n{body}")
    return f'{sys.executable} "{script}" "a b;"'


async def test_the_pager_reads_a_private_copy_and_may_run_nothing(tmp_path: Path) -> None:
    body = (
        "mode = oct(stat.S_IMODE(os.stat(path).st_mode))\n"
        "open(out, 'w').write('|'.join([os.environ['LESSSECURE'], sys.argv[1], mode, open(path).read()]))"
    )

    await looked_at("text", "plan.json", tmp_path, {"PAGER": program(tmp_path, body)})

    assert (tmp_path / "seen").read_text() == "1|a b;|0o600|text"
    assert list(tmp_path.glob("copy-*")) == []


@pytest.mark.parametrize("wanted", ["none", "nosuchprog -x", "less '"])
async def test_a_pager_that_is_not_there_or_not_allowed_is_told(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(EditorError, match=r"none|cannot be started; set \[ui\] pager|cannot be read as a command"):
        await looked_at("text", "plan.json", tmp_path, {}, wanted=wanted)


async def test_the_loop_goes_on_while_a_program_has_the_terminal(tmp_path: Path) -> None:
    """Waited for by the loop itself, an editor would stop the clock of everything that runs."""
    fifo = tmp_path / "until"
    os.mkfifo(fifo)
    ticks = 0

    async def aside(work: Callable[[], Awaitable[int]]) -> int:
        return await work()

    async def tick() -> None:
        nonlocal ticks
        while ticks < 20:
            ticks += 1
            await asyncio.sleep(0)
        await asyncio.to_thread(fifo.write_text, "go")

    code, _ = await asyncio.gather(run(["cat", str(fifo)], {}, tmp_path, popup=True, aside=aside), tick())

    assert (code, ticks) == (0, 20)


class Reader(CloudOpsApp):
    """Its pager is remembered, not run."""

    read_texts: list[str]

    async def _record(self, argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
        self.read_texts = [Path(argv[-1]).read_text(), Path(argv[-1]).name]
        return 0


async def test_o_reads_what_the_screen_offers_with_foreign_words_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Reader(working_day(tmp_path), settings=settings(ui={"pager": "cat"}))
    monkeypatch.setattr(app.tools, "_run", app._record)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.note("esc \x1b[2J")
        await press(pilot, "4", "o")

        assert app.read_texts[0].endswith(r"esc \x1b[2J")
        assert app.read_texts[1] == "notices.txt"


async def test_o_where_there_is_nothing_to_read_says_so(tmp_path: Path) -> None:
    async with cockpit(RecordedSession(tmp_path)).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "4", "o")

        await comes(pilot, "nothing here to read")
