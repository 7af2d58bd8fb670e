"""Reading the output of a command: following, pausing, searching, filtering, marking, on whatever a command prints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual import events
from textual.pilot import Pilot

from cloudops_tui.executors.output_files import AttemptFiles
from cloudops_tui.executors.output_reader import OutputFiles
from cloudops_tui.model.output import Found, OutputPage, OutputSelection, PageWanted, Wanted
from cloudops_tui.presentation.lines import plain
from cloudops_tui.tui.navigation import OpenExecution
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.widgets.command_tree import CommandTree
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_pane import OutputPane, OutputPrompt
from cloudops_tui.tui.widgets.output_view import OutputView
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.recorded import HOSTILE, Story, ids
from tests.tui.twin import RecordedSession

TALKER = 6
"""The command of the recorded story that runs and prints."""


def pane(pilot: Pilot[Any]) -> OutputPane:
    return front(pilot, LiveScreen).query_one(OutputPane)


def view(pilot: Pilot[Any]) -> OutputView:
    return pane(pilot).view


def title(pilot: Pilot[Any]) -> str:
    return plain(pane(pilot).query_one("#output-title", OneLine).line)


def first_row(pilot: Pilot[Any]) -> str:
    return view(pilot).on_screen[0]


@asynccontextmanager
async def reading(story: Story, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Pilot[Any]]:
    """The output of the command that talks, alone, with the keys."""
    app = cockpit(story.session, **options)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.navigate(OpenExecution(story.id))
        await comes(pilot, "6 Patch the kernel of web-02")
        await press(pilot, "j")
        await until(lambda: front(pilot, LiveScreen).query_one(CommandTree).cursor_key == ids(story, TALKER)[0])
        await press(pilot, "enter")
        yield pilot


def talked(folder: Path, number: int = 300) -> Story:
    """Three hundred lines, every hundredth of them an error."""
    story = recorded.running(folder)
    for place in range(number):
        error = place % 100 == 50
        story.say(TALKER, f"row {place}" + (" AccessDenied" if error else ""), stream="stderr" if error else "stdout")
    return story


async def type_in(pilot: Pilot[Any], text: str) -> None:
    names = {"/": "slash", "!": "exclamation_mark", " ": "space", "*": "asterisk", "(": "left_parenthesis"}
    await pilot.press(*(names.get(each, each) for each in text))
    await settled(pilot)


async def test_a_view_that_is_paused_does_not_move_whatever_arrives(tmp_path: Path) -> None:
    story = talked(tmp_path)
    async with reading(story) as pilot:
        await comes(pilot, "row 299", "[FOLLOW]")
        await press(pilot, "k", "k")
        before = view(pilot).on_screen

        story.say(TALKER, *(f"later {place}" for place in range(2000)))
        story.say(TALKER, "an error", stream="stderr")
        await comes(pilot, "[PAUSED +2,001]", "1 on stderr, space follows")
        assert view(pilot).on_screen == before

        await press(pilot, "space")
        await comes(pilot, "an error", "[FOLLOW]")


async def test_the_first_line_and_the_last_are_a_key_away(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "g")
        await until(lambda: view(pilot).on_screen and first_row(pilot).startswith("12:04:00 Installing"))
        top = view(pilot).top
        await press(pilot, "ctrl+d", "ctrl+u")
        assert view(pilot).top == top == (0, 0)

        await press(pilot, "G")
        await until(lambda: view(pilot).on_screen[-1:] == ["row 299"])


async def test_a_search_goes_along_with_the_typing_and_leaves_the_other_lines_where_they_are(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "g", "slash")
        await type_in(pilot, "accessdenied")
        await comes(pilot, "1/3")
        assert {"row 49", "row 50 AccessDenied", "row 51"} <= set(view(pilot).on_screen)

        await press(pilot, "enter", "n", "n")
        await comes(pilot, "3/3")
        await press(pilot, "n")
        await comes(pilot, "1/3  went on at the other end")
        await press(pilot, "N")
        await comes(pilot, "3/3  went on at the other end", "row 250 AccessDenied")

        await press(pilot, "escape")
        assert "3/3" not in shown(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        await press(pilot, "N")
        await comes(pilot, "2/3")


async def test_what_is_typed_at_once_is_all_looked_for(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "g")
        for key, character in (("slash", "/"), *((each, each) for each in "denied")):
            pilot.app.post_message(events.Key(key, character))

        await comes(pilot, "1/3")
        assert pane(pilot).query_one(OutputPrompt).value == "denied"


async def test_the_field_stays_open_though_it_hears_last_of_all_that_it_has_the_keys(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "slash")
        field = pane(pilot).query_one(OutputPrompt)
        pilot.app.screen.set_focus(view(pilot))
        await settled(pilot)
        await press(pilot, "slash")
        field.has_focus = False  # as long as its message is on its way, which a busy machine may make long

        pane(pilot).post_message(events.DescendantBlur(view(pilot)))
        await settled(pilot)

        assert pane(pilot).has_class("-typing")
        await type_in(pilot, "denied")
        assert field.value == "denied"


async def test_leaving_the_typing_goes_back_to_where_one_stood(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await comes(pilot, "row 299")
        await press(pilot, "slash")
        await type_in(pilot, "row 7")
        await comes(pilot, "row 7")
        assert not view(pilot).following

        await press(pilot, "escape")

        await comes(pilot, "row 299", "[FOLLOW]")


async def test_what_is_not_there_is_said_and_nothing_moves(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "g")
        before = view(pilot).on_screen[:5]
        await press(pilot, "slash")
        await type_in(pilot, "kernl")
        await comes(pilot, "no match")
        await press(pilot, "enter")

        assert view(pilot).on_screen[:5] == before
        await press(pilot, "slash")
        await type_in(pilot, "/(/")
        await comes(pilot, "Not a regular")


async def test_a_filter_shows_only_its_lines_with_their_true_numbers_and_new_ones_too(tmp_path: Path) -> None:
    story = talked(tmp_path)
    async with reading(story) as pilot:
        await press(pilot, "ampersand")
        await type_in(pilot, "denied")
        await press(pilot, "enter")
        await comes(pilot, 'only "denied"', "row 250 AccessDenied")
        assert "row 251" not in shown(pilot)
        lines = view(pilot)._lines.values()
        assert f"{max(each.number for each in lines) + 1} row 250" in shown(pilot)

        story.say(TALKER, "one more", "Denied again")
        await comes(pilot, "Denied again")
        assert "one more" not in shown(pilot)

        await press(pilot, "ampersand", "enter")
        await comes(pilot, "one more", "row 299")
        assert "only" not in title(pilot)


async def test_a_filter_can_be_turned_round_and_says_when_it_leaves_nothing(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "ampersand")
        await type_in(pilot, "!row")
        await press(pilot, "enter")
        await comes(pilot, 'without "row"', "warning: /etc/sysctl.conf")
        assert "row 299" not in shown(pilot)

        await press(pilot, "ampersand")
        await type_in(pilot, "nowhere")
        await press(pilot, "enter")
        await comes(pilot, 'no line with "nowhere"', "& Enter shows all")


async def test_errors_are_a_key_apart_and_the_streams_can_be_told_apart(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "left_curly_bracket")
        await until(lambda: (at := view(pilot).current) is not None and at.line.text == "row 250 AccessDenied")
        await press(pilot, "left_curly_bracket")
        await comes(pilot, "row 150 AccessDenied", "Error line")
        assert "❯! row 150 AccessDenied" in shown(pilot)

        await press(pilot, "v", "v")
        await comes(pilot, "stderr only", "row 50 AccessDenied")
        assert "row 51" not in shown(pilot)


async def test_marks_stay_on_their_lines_and_can_be_gone_round(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "apostrophe")
        assert "No line is marked" in shown(pilot)

        await press(pilot, "g", "M")
        first = view(pilot).marked[0]
        await press(pilot, "G", "M", "apostrophe")
        await until(lambda: (at := view(pilot).current) is not None and at.line.text == first)
        assert view(pilot).marked == [first, "row 299"]
        assert [(each.key, each.text) for each in pane(pilot).yanks()][:2] == [("l", first), ("m", f"{first}\nrow 299")]

        await press(pilot, "M")
        assert view(pilot).marked == ["row 299"]


async def test_long_lines_are_wrapped_or_looked_at_sideways(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    story.say(TALKER, "begin " + "日本 " * 58 + "the end", "last")
    async with reading(story) as pilot:
        await comes(pilot, "last")
        assert "the end" not in shown(pilot)
        await press(pilot, "W")
        assert "the end" in shown(pilot)
        await press(pilot, "greater_than_sign")
        assert "Lines are wrapped" in shown(pilot)

        await press(pilot, "W", *["greater_than_sign"] * 17)
        assert "the end" in shown(pilot)


async def test_times_and_numbers_stand_before_the_lines_when_wanted(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        await press(pilot, "t")
        await comes(pilot, "Z row 299")
        await press(pilot, "t", "number_sign")
        said = next(row for row in shown(pilot).splitlines() if "row 299" in row)
        number, stamp, *text = said.strip(" ❯").split()
        assert (int(number), stamp[0], text) == (view(pilot).place.total, "+", ["row", "299"])


async def test_hostile_text_is_shown_found_and_kept_literally(tmp_path: Path) -> None:
    story = talked(tmp_path)
    files = OutputFilesTwin(story, HOSTILE.encode() + b"\r\x07 \xff\n" + b"[link=x]click[/link]\n")
    async with reading(files.story) as pilot:
        await comes(pilot, "[/bold] web", "[link=x]click[/link]")
        await press(pilot, "g", "slash")
        await type_in(pilot, "x1b")
        await comes(pilot, "1/1")

        assert not any(ord(each) < 32 or each == "\u202e" for row in shown(pilot).splitlines() for each in row)
    files.reader.close()


class OutputFilesTwin:
    """The story's session reads what the command that talks said from real files."""

    def __init__(self, story: Story, *written: bytes) -> None:
        self.story = story
        self.reader = OutputFiles()
        folder = story.session.state_dir / "attempt"
        self.files = AttemptFiles(folder)
        for data in written:
            self.files.write("stdout", data)
        self.files.close()

        async def page(_: UUID, command: UUID, __: int, wanted: PageWanted) -> OutputPage:
            return await asyncio.to_thread(self.reader.page, folder, wanted)

        async def find(
            _: UUID, __: UUID, ___: int, selection: OutputSelection, sought: Wanted, number: int, by: int
        ) -> Found:
            return await asyncio.to_thread(self.reader.find, folder, selection, sought, number, by)

        story.session.output_page = page  # type: ignore[method-assign, assignment]
        story.session.output_find = find  # type: ignore[method-assign, assignment]


async def test_the_pane_is_a_window_over_the_file_however_long_that_is(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    files = OutputFilesTwin(story, b"".join(b"line %d\n" % place for place in range(50_000)))
    async with reading(story) as pilot:
        await comes(pilot, "line 49999", "50,000 lines")
        await press(pilot, "g")
        await comes(pilot, "line 0")
        await press(pilot, "slash")
        await type_in(pilot, "e 23456")
        await comes(pilot, "1/1", "line 23455", "line 23457")
        await press(pilot, "enter", "G")
        await comes(pilot, "line 49999")

        assert len(view(pilot)._lines) < 200
        text = await pane(pilot).reading("output.txt")
        assert text is not None
        assert text.text.endswith("line 49998\nline 49999\n")
    files.reader.close()


async def test_pager_and_yank_take_the_output_that_has_the_keys_and_else_the_execution(tmp_path: Path) -> None:
    async with reading(talked(tmp_path)) as pilot:
        screen = front(pilot, LiveScreen)
        of_output, offers = await screen.reading(), screen.yanks()
        assert of_output is not None
        assert (of_output.name, of_output.text[-8:]) == ("output-418-6.txt", "row 299\n")
        assert (offers[0].label, offers[0].text) == ("line", "row 299")
        assert {"lines in view", "execution id", "command"} <= {each.label for each in offers}
        assert len({each.key for each in offers}) == len(offers)

        await press(pilot, "tab")
        of_all = await screen.reading()
        assert of_all is not None
        assert of_all.name == "execution-418.txt"
        assert screen.yanks()[0].label == "execution id"


async def test_a_session_that_cannot_read_is_told_once_and_the_screen_stays(tmp_path: Path) -> None:
    story = talked(tmp_path)
    story.session.fails["output_page"] = OSError("disk on fire")
    async with reading(story) as pilot:
        assert "disk on fire" in shown(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)


async def test_what_was_only_heard_is_shown_where_no_file_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = recorded.running(tmp_path)
    async with reading(story) as pilot:

        async def nothing(*_: object) -> OutputPage:
            return OutputPage(missing=True)

        monkeypatch.setattr(RecordedSession, "output_page", nothing)
        story.say(TALKER, "heard live")
        view(pilot).action_follow()

        await comes(pilot, "heard live")
        assert ids(story, TALKER)[0] == view(pilot).subject.command_id  # type: ignore[union-attr]
