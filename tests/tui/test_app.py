"""The application itself: starting, editing, quitting, and what it leaves behind when it falls."""

from __future__ import annotations

import gc
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from textual import events
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.screen import Screen

from cloudops_tui.engine.asking import CodeQuestion
from cloudops_tui.engine.left_behind import INTERRUPTED
from cloudops_tui.engine.ports import StoredExecution
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model import events as happened
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.output import OutputBatch
from cloudops_tui.model.queue import QueueState
from cloudops_tui.model.result import CommandStatus, ExecutionResult, ExecutionStatus
from cloudops_tui.tui import bridge
from cloudops_tui.tui.app import CloudOpsApp, run_tui, write_crash
from cloudops_tui.tui.bridge import Bridge
from cloudops_tui.tui.editor import EditorError, edited, editor_argv
from cloudops_tui.tui.navigation import OpenArea, OpenPlan
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.queue import QueueScreen
from cloudops_tui.tui.screens.quit import QuitModal
from cloudops_tui.tui.screens.reject import RejectModal
from cloudops_tui.tui.screens.running import RunningScreen
from cloudops_tui.tui.session import Session
from cloudops_tui.tui.terminal_here import no_terminal
from cloudops_tui.tui.widgets.line_list import LineList
from tests.tui.driving import cockpit, front, press, settled, shown, until
from tests.tui.estate import bucket_clean_up, key_rotation, stock_taking, working_day
from tests.tui.twin import NOON, RecordedSession, result, uid

UNKNOWN = CommandStatus.UNKNOWN


def as_screens_see_it(session: ExecutionSession | RecordedSession) -> Session:
    """The engine's session and its twin answer the same questions; mypy holds them to it."""
    return session


async def test_with_nothing_running_q_leaves_at_once(tmp_path: Path) -> None:
    app = cockpit(RecordedSession(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("Q")
        await until(lambda: app.return_value is not None)

    assert app.return_value == 0


async def test_with_something_running_ctrl_q_asks_first_and_enter_leaves_nothing(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "ctrl+q", "enter")
        front(pilot, QuitModal)
        assert "goes on without a screen" in shown(pilot)

        await press(pilot, "escape")
        assert "REVIEW" in shown(pilot)


async def test_ctrl_q_in_a_dialog_closes_the_dialog_and_not_the_program(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    session.add(1, key_rotation())
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "r")
        front(pilot, RejectModal)

        await press(pilot, "ctrl+q")

        front(pilot, QueueScreen)
    assert app.return_value is None


async def test_stopping_cancels_everything_and_leaves_when_it_has_ended(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    [running] = await session.unfinished()
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "Q")
        front(pilot, QuitModal).arm()
        await press(pilot, "X", "enter")
        assert session.asked == []
        await press(pilot, "ctrl+y")
        assert session.asked == [("cancel", running.id)]
        assert app.return_value is None

        session.tell(happened.Cancelled(execution_id=running.id))
        await until(lambda: app.return_value is not None)

    assert app.return_value == 0


async def test_waiting_leaves_when_everything_has_ended_and_staying_takes_it_back(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    [running] = await session.unfinished()
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        for last in ("escape", "w"):
            await press(pilot, "Q")
            front(pilot, QuitModal).arm()
            await press(pilot, last)
        assert "leaves when 1 execution has ended; Q takes it back" in shown(pilot)
        await press(pilot, "2")
        assert "leaves when 1 execution has ended; Q takes it back" in shown(pilot)
        await press(pilot, "Q")
        assert "Stays open" in shown(pilot)
        await press(pilot, "Q")
        front(pilot, QuitModal).arm()
        await press(pilot, "w")
        assert session.asked == []
        assert app.return_value is None

        session.tell(happened.Cancelled(execution_id=running.id))
        await until(lambda: app.return_value is not None)

    assert app.return_value == 0


async def test_keys_typed_ahead_of_the_quit_dialog_decide_nothing(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        for key in ("Q", "d", "X", "ctrl+y", "w"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settled(pilot)

        front(pilot, QuitModal)
        assert "asks once more" in shown(pilot).lower()

        await press(pilot, "d")
        front(pilot, QuitModal)
        assert "did nothing: press it again" in shown(pilot)


async def test_the_areas_keep_their_place(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)

        await press(pilot, "j", "2")
        front(pilot, RunningScreen)
        assert "#412" in shown(pilot)
        await press(pilot, "1")

        assert "❯  ◆ REVIEW      modify  #416" in shown(pilot)


async def test_the_bridge_misses_nothing_and_takes_nothing_twice(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, stock_taking())
    execution = session.run(entry, 1)
    assert entry.plan is not None
    first, second, third = (command.id for command in entry.plan.commands)
    session.tell(happened.Started(execution_id=execution, plan=entry.plan))
    bridge = Bridge(session)
    bridge.start()
    session.tell(happened.CommandStarted(execution_id=execution, command_id=first, attempt=1))

    watched = await bridge.watch(execution)
    session.tell(happened.CommandStarted(execution_id=execution, command_id=second, attempt=1))
    for event in session.journals[execution]:
        bridge.hear(event)

    assert watched.seq == 2
    assert bridge.states[execution] == session.state(execution)
    assert bridge.states[execution].command(third).attempt == 0


async def test_the_bridge_reads_the_story_again_when_an_event_went_missing(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, stock_taking())
    execution = session.run(entry, 1)
    assert entry.plan is not None
    bridge = Bridge(session)
    bridge.start()
    session.tell(happened.Started(execution_id=execution, plan=entry.plan))
    bridge.stop()
    session.tell(happened.CommandStarted(execution_id=execution, command_id=entry.plan.commands[0].id, attempt=1))
    bridge.start()
    session.tell(happened.CommandStarted(execution_id=execution, command_id=entry.plan.commands[1].id, attempt=1))

    gaps = [bridge.behind]
    await bridge.catch_up()
    gaps.append(bridge.behind)

    assert gaps == [True, False]
    assert bridge.states[execution] == session.state(execution)


async def test_the_memory_of_output_is_bounded_and_what_is_given_up_is_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "OUTPUT_KEPT", 200_000)
    heard = Bridge(as_screens_see_it(RecordedSession(tmp_path)))

    for round_ in range(20):
        for number in range(10):
            lines = tuple(f"{round_} {place} {'x' * 100}" for place in range(50))
            heard.hear_output(OutputBatch(uid(1), uid(number), "stdout", lines))

    assert sum(buffer.size for buffer in heard.outputs.values()) <= 200_000
    for number in range(10):
        buffer = heard.outputs[uid(1), uid(number)]
        last = buffer.line(buffer.total - 1)
        assert buffer.total == 1_000
        assert last is None or last.text.startswith("19 49")


async def test_a_plan_that_ran_before_shows_how_it_ended(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    entry = session.add(1, stock_taking())
    execution = session.run(entry, 1)
    assert entry.plan is not None
    session.tell(happened.Started(execution_id=execution, plan=entry.plan), happened.Cancelled(execution_id=execution))
    session.executions[execution] = _with_status(session, execution, "Cancelled")
    session.change(session.entries[entry.id], state=QueueState.DONE)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        assert "cancelled" in shown(pilot)


async def test_the_editor_gets_a_private_copy_and_no_shell(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script = tmp_path / "my editor.py"
    script.write_text(
        "import os, stat, sys\n"
        "path = sys.argv[-1]\n"
        f"open({str(seen)!r}, 'w').write(oct(stat.S_IMODE(os.stat(path).st_mode)) + ' ' + sys.argv[1])\n"
        "open(path, 'a').write('changed')\n"
    )
    environ = {"VISUAL": f"{sys.executable} '{script}' '$(id)'", "EDITOR": "false"}

    assert await edited("text ", tmp_path, environ) == "text changed"
    assert seen.read_text() == "0o600 $(id)"
    assert list(tmp_path.glob("plan-*")) == []


async def test_an_editor_that_fails_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(EditorError, match="your editor ended with 1; nothing was changed"):
        await edited("text", tmp_path, {"EDITOR": "false"})
    with pytest.raises(EditorError, match="`nosuchprog` cannot be started; set EDITOR"):
        await edited("text", tmp_path, {"EDITOR": "nosuchprog -x"})
    with pytest.raises(EditorError, match="cannot be read as a command"):
        await edited("text", tmp_path, {"VISUAL": "vi 'x"})
    assert list(tmp_path.glob("plan-*")) == []


def test_without_a_wish_the_editor_is_vi() -> None:
    assert editor_argv({}) == ["vi"]


def test_a_dumb_terminal_is_refused_with_what_to_use_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tui(RecordedSession(tmp_path)) == 2
    assert "`cloudops-tui queue`" in capsys.readouterr().err
    assert no_terminal({"TERM": "dumb"}) is not None


def test_a_crash_is_written_without_local_variables_for_its_owner_alone(tmp_path: Path) -> None:
    def fall() -> None:
        credential = "wJalr" + "XUtnFEMI"
        raise ValueError(f"it broke after {len(credential)} letters")

    with pytest.raises(ValueError, match="it broke") as caught:
        fall()
    path = write_crash(tmp_path, NOON, caught.value)

    assert path is not None
    assert "it broke after 13 letters" in path.read_text()
    assert "wJalrXUtnFEMI" not in path.read_text()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_crash_holds_no_secret_and_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    path = write_crash(tmp_path, NOON, ValueError("\x1b]0;mine\x07 \ud800 password=correct-horse-battery"))

    assert path is not None
    assert "\\x1b]0;mine\\x07 \\ud800" in path.read_text()
    assert "correct-horse" not in path.read_text()


class Falling(CloudOpsApp):
    """Breaks on the first frame."""

    def present_now(self) -> None:
        raise ZeroDivisionError("the screen fell over")


async def test_an_error_of_our_own_ends_with_one_and_leaves_its_traceback(tmp_path: Path) -> None:
    app = Falling(RecordedSession(tmp_path))

    async def wait(pilot: Pilot[Any]) -> None:
        await until(lambda: app.crash_file is not None)

    with pytest.raises(ZeroDivisionError):
        async with app.run_test() as pilot:
            await wait(pilot)

    assert app.return_code == 1
    assert app.crash_file is not None
    assert "the screen fell over" in app.crash_file.read_text()


def _with_status(session: RecordedSession, execution: UUID, status: str) -> StoredExecution:
    return replace(session.executions[execution], status=status)


async def test_a_frame_that_comes_when_everything_has_closed_looks_for_no_screen(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
    assert not app.screen_stack

    app.note("what is told last")
    await app._frame()

    assert app.bridge.dirty, "nobody was there to show it to"


async def test_work_that_is_cancelled_before_it_began_leaves_nothing_unawaited(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
        task = front(pilot, QueueScreen).start_work(app.bridge.load(), "Cannot look")
        task.cancel()
        await settled(pilot)
        assert task.cancelled()
    gc.collect()  # whoever was never awaited says so, which fails a test


async def test_without_colour_nothing_is_coloured_and_everything_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with cockpit(working_day(tmp_path), no_color=True).run_test() as pilot:
        await settled(pilot)

        assert "DESTROY" in shown(pilot)


@pytest.mark.parametrize("keys", [(), ("enter",), ("enter", "n"), ("a",), ("r",), ("Q",), ("2",), ("4",)])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_where_only_ascii_arrives_nothing_else_is_drawn(
    tmp_path: Path, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with cockpit(working_day(tmp_path), ascii_only=True).run_test(size=size) as pilot:
        await settled(pilot)

        await press(pilot, *keys)

        assert shown(pilot).isascii(), [letter for letter in shown(pilot) if not letter.isascii()]


async def test_the_notices_tell_what_arrived_and_what_ended_otherwise_than_it_should(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    runs = [session.run(session.add(number, stock_taking(), source="inbox"), number) for number in (1, 2, 3, 4, 5)]
    async with cockpit(session).run_test(size=(140, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "4")
        assert "nothing ended badly and nothing went wrong" in shown(pilot)

        session.tell(
            happened.PlanQueued(entry=session.add(7, key_rotation(), source="inbox")),
            happened.PlanRefused(entry=working_day(tmp_path).entries[refused_id(tmp_path)]),
            *(happened.Started(execution_id=run, plan=stock_taking()) for run in runs),
            happened.Failed(execution_id=runs[0], error=ExecutionError.CommandFailed("denied"), result=ended(UNKNOWN)),
            happened.Cancelled(execution_id=runs[1]),
            happened.RollbackCompleted(execution_id=runs[2], result=ended(CommandStatus.ROLLED_BACK)),
            happened.Failed(execution_id=runs[3], error=ExecutionError.Other(INTERRUPTED)),
            happened.Completed(execution_id=runs[4], result=ended(CommandStatus.COMPLETED)),
        )
        await until(lambda: len(app_of(pilot).notices) == 6)
        await settled(pilot)

        for words in (
            "info    #7 arrived from inbox: Rotate the signing key of the shop",
            "warning #408 from inbox/shutdown.json was refused: Found `ec2 stop-instance`",
            "error   #1 failed: Command execution failed: denied; how 1 command ended is not known",
            "warning #2 was cancelled",
            "warning #3 was rolled back",
            "error   #4 was taken over and ended: Interrupted: the process that drove this execution ended",
        ):
            assert words in shown(pilot)


async def test_what_went_wrong_elsewhere_is_said_over_the_queue_whose_row_of_it_may_be_far_away(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    run = session.run(session.add(1, stock_taking(), source="inbox"), 1)
    async with cockpit(session).run_test(size=(140, 40)) as pilot:
        await settled(pilot)

        session.tell(
            happened.Started(execution_id=run, plan=stock_taking()),
            happened.Failed(execution_id=run, error=ExecutionError.Other(INTERRUPTED)),
        )

        await until(lambda: "#1 was taken over and ended: Interrupted" in shown(pilot))


def app_of(pilot: Pilot[Any]) -> CloudOpsApp:
    assert isinstance(pilot.app, CloudOpsApp)
    return pilot.app


def refused_id(folder: Path) -> UUID:
    return next(e.id for e in working_day(folder).entries.values() if e.state is QueueState.REFUSED)


def ended(status: CommandStatus) -> ExecutionResult:
    """An execution of the stock taking of which the first command came to `status`."""
    first = stock_taking().commands[0]
    return ExecutionResult(
        plan_id=stock_taking().id,
        status=ExecutionStatus.FAILED,
        command_results=(result(first, status, 1.0),),
        duration=Duration.from_secs(1),
    )


@pytest.mark.parametrize("keys", [("r",), ("r", "f3"), ("a",), ("m",)])
async def test_below_the_smallest_size_no_key_acts_but_quit_and_the_focus_comes_back(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    session = RecordedSession(tmp_path)
    _ = session.add(1, key_rotation())
    app = cockpit(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        if keys == ("a",):
            await press(pilot, *keys)
            front(pilot, ApproveModal).arm()
        elif len(keys) == 2:
            await press(pilot, *keys)
        before, focused = app.screen, app.focused
        assert focused is not None

        await pilot.resize_terminal(59, 15)
        await settled(pilot)
        await press(pilot, *(keys if len(keys) == 1 else ()), "enter", "ctrl+y", "f3", "escape", "2")
        assert "need 60x16, have 59x15" in shown(pilot)
        assert (session.asked, app.screen) == ([], before)

        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert app.focused is focused
        focused.post_message(events.Hide())  # it hears only now that it was hidden
        await settled(pilot)
        assert app.focused is focused

        await pilot.resize_terminal(59, 15)
        await settled(pilot)
        await pilot.press("Q")
        await until(lambda: app.return_value is not None)

    assert app.return_value == 0


async def test_what_is_pasted_into_a_list_decides_nothing(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)

        app_of(pilot).post_message(events.Paste("ar1Q"))
        await settled(pilot)

        front(pilot, QueueScreen)
        assert session.asked == []


async def test_a_screen_that_is_still_being_made_when_the_program_ends_is_no_fault(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.navigate(OpenArea("history"))
        app.navigate(OpenPlan(next(iter(app.bridge.entries))))
        app.exit(0)

    assert (app.return_code, app.crash_file) == (0, None)


async def test_what_was_refused_stands_beside_its_problems_where_there_is_room(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    app = cockpit(session)
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        app.navigate(OpenPlan(refused_id(tmp_path)))
        await settled(pilot)
        first = shown(pilot).splitlines()[2]
        assert "problem" in first
        assert "what was handed in" in first

        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        assert "what was handed in" not in shown(pilot).splitlines()[2]
        assert "what was handed in" in shown(pilot)


async def test_what_runs_is_previewed_beside_the_list_where_there_is_room(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test(size=(180, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "2")
        assert "0/2 commands" in shown(pilot)

        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        assert "0/2 commands" not in shown(pilot)


async def test_a_dialog_tells_its_keys_and_does_nothing_by_them(tmp_path: Path) -> None:
    async with cockpit(working_day(tmp_path)).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "Q", "question_mark")
        assert "go on here, and quit when it has ended" in shown(pilot)

        await press(pilot, "enter")
        front(pilot, QuitModal)
        assert pilot.app.return_value is None


async def test_at_the_start_the_cursor_is_on_what_needs_somebody_first_until_a_key_is_pressed(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    quiet = session.add(1, key_rotation())
    async with cockpit(session).run_test() as pilot:
        await settled(pilot)
        queue = front(pilot, QueueScreen)

        urgent = session.add(2, bucket_clean_up())
        session.tell(happened.PlanQueued(entry=urgent))
        await settled(pilot)
        assert queue.query_one("#entries", LineList).cursor_id == urgent.id

        await press(pilot, "j")
        assert queue.query_one("#entries", LineList).cursor_id == quiet.id
        session.tell(happened.PlanMoved(entry=session.change(urgent, state=QueueState.EXPIRED)))
        session.clock.forward(6)
        await settled(pilot)
        assert queue.query_one("#entries", LineList).cursor_id == quiet.id


async def test_a_screen_is_drawn_only_once_there_is_something_on_it(tmp_path: Path) -> None:
    app = cockpit(working_day(tmp_path))
    pictures: list[tuple[str, str]] = []

    def displayed(screen: Screen[Any], renderable: Any) -> None:
        visible_screen_stack.set(app._background_screens)
        words = "\n".join(strip.text for strip in screen._compositor.render_strips())
        pictures.append((type(screen).__name__, words))

    app._display = displayed  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter", "r")

    assert {"QueueScreen", "ReviewScreen", "RejectModal"} == {name for name, _ in pictures}
    assert all("2 Running" in words for _, words in pictures)
    assert all("Reason" in words for name, words in pictures if name == "RejectModal")


async def test_a_frame_that_comes_when_the_last_screen_has_gone_needs_none(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    app = cockpit(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
    app.bridge.tell("Watching the inbox met an error")
    session.ask_codes(CodeQuestion(1, "prod", "arn:aws:iam::123456789012:mfa/alice", "#418"))

    await app._frame()

    assert app.screen_stack == []
