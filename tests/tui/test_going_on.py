"""After the end: saying what came of an Unknown command, and going on with what is not done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.model import events as happened
from cloudops_tui.model.errors import Other
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.model.result import ExecutionStatus
from cloudops_tui.model.review import Review
from cloudops_tui.model.unknown import UnknownFacts
from cloudops_tui.tui.navigation import OpenExecution, OpenRecord
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.going_on import GoOnModal
from cloudops_tui.tui.screens.live import LiveScreen
from cloudops_tui.tui.screens.record import RecordScreen
from cloudops_tui.tui.screens.unknown import UnknownModal
from cloudops_tui.tui.session import ApprovalRefused
from tests.tui import recorded
from tests.tui.driving import cockpit, comes, front, press, settled, shown, until
from tests.tui.recorded import Story, ids
from tests.tui.test_live import watching

STATE = Path("/home/alice/.local/state/cloudops-tui")


async def test_an_unknown_is_marked_with_a_reason_and_enter_marks_nothing(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    [lost] = ids(story, 8)
    async with watching(story) as pilot:
        await press(pilot, "T")
        assert "What is Unknown comes first: U resolves it" in shown(pilot)
        await press(pilot, "U")
        modal = front(pilot, UnknownModal)
        await comes(pilot, "agent  3.2.0 -> 3.3.1")
        assert modal.focused is not None
        assert modal.focused.id == "cancel"

        await press(pilot, "f2", *"seen", "ctrl+y", "enter")
        assert story.session.asked == [], "not armed yet"
        modal.arm()
        await press(pilot, "enter")
        assert story.session.asked == []
        story.session.fails["reconcile"] = ApprovalRefused("`x` is not Unknown: bob was faster")
        await press(pilot, "ctrl+y")
        assert "REFUSED: `x` is not Unknown: bob was faster" in shown(pilot)
        story.session.fails.clear()
        await press(pilot, "ctrl+y")

        assert story.session.asked == [
            ("reconcile", {"command": lost, "resolution": Resolution.DONE, "reason": "seen"})
        ]
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "8/14 commands" in shown(pilot)


async def test_what_is_read_before_a_question_is_told_at_once_and_begun_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = recorded.failed(tmp_path)
    asked, may_answer = [], asyncio.Event()
    read = story.session.unknown_facts

    async def slowly(*given: Any, ask: bool = True) -> UnknownFacts:
        asked.append(ask)
        await may_answer.wait()
        return await read(*given, ask=ask)

    monkeypatch.setattr(story.session, "unknown_facts", slowly)
    async with watching(story) as pilot:
        await pilot.press("U")
        await until(lambda: "Reading what is known of it" in shown(pilot))
        await pilot.press("U", "u")
        assert asked == [False]

        may_answer.set()
        await settled(pilot)
        front(pilot, UnknownModal)
        await press(pilot, "escape")
        assert "Reading what is known of it" not in shown(pilot)


async def test_whoever_has_left_while_it_was_read_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = recorded.failed(tmp_path)
    may_answer = asyncio.Event()
    read = story.session.rollback_review

    async def slowly(*given: Any) -> Review:
        await may_answer.wait()
        return await read(*given)

    monkeypatch.setattr(story.session, "rollback_review", slowly)
    async with watching(story) as pilot:
        await pilot.press("u")
        await until(lambda: "Reading what a rollback would undo" in shown(pilot))
        await pilot.press("1")
        await until(lambda: not isinstance(pilot.app.screen, LiveScreen))
        may_answer.set()
        await settled(pilot)

        assert not isinstance(pilot.app.screen, ApproveModal)


async def test_sending_once_more_leads_to_its_own_approval(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)
    async with watching(story) as pilot:
        await press(pilot, "U", "f4", *"lost")
        front(pilot, UnknownModal).arm()
        await press(pilot, "ctrl+y")

        approval = front(pilot, ApproveModal)
        assert story.session.asked == []
        approval.arm()
        await press(pilot, "ctrl+y")

        [(what, given)] = story.session.asked
        assert (what, given["again"], given["reason"]) == ("redrive", ids(story, 8)[0], "lost")
        assert story.session.state(story.id).status is ExecutionStatus.RUNNING


async def test_what_is_left_goes_on_from_the_record_after_its_approval(tmp_path: Path) -> None:
    story = after_reconciling(tmp_path)
    [failed] = ids(story, 7)
    app = cockpit(story.session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.navigate(OpenRecord(story.id))
        await settled(pilot)
        await press(pilot, "T")
        modal = front(pilot, GoOnModal)
        modal.arm()
        await press(pilot, "space", "ctrl+y")
        assert "not ready: say why it is left out" in shown(pilot)
        modal.query_one(Input).focus()
        await press(pilot, *"byhand", "enter")
        assert isinstance(pilot.app.screen, GoOnModal)
        await press(pilot, "ctrl+y")
        front(pilot, ApproveModal).arm()
        await press(pilot, "pagedown", "pagedown", "ctrl+y")

        assert [what for what, _ in story.session.asked] == ["redrive"]
        assert story.session.asked[0][1]["skip"] == {failed: "byhand"}
        assert isinstance(pilot.app.screen, LiveScreen)
        assert "·6 queued" in shown(pilot), "what had been skipped is queued again"


async def test_an_edit_that_is_refused_can_be_gone_on_with(tmp_path: Path) -> None:
    story = after_reconciling(tmp_path)
    seen: list[str] = []

    async def edit(text: str) -> str:
        seen.append(text)
        return text + " "

    async with watching(story) as pilot:
        pilot.app.edit = edit  # type: ignore[attr-defined]
        story.session.fails["redrive_review"] = Other("`Snapshot` has completed, and was changed")
        await press(pilot, "T", "e")
        assert "has completed, and was changed" in shown(pilot)
        story.session.fails.clear()
        await press(pilot, "e")

        assert isinstance(pilot.app.screen, ApproveModal)
        assert seen[1] == seen[0] + " ", "what was written once is there again"


async def test_a_session_that_only_looks_goes_on_with_nothing(tmp_path: Path) -> None:
    story = after_reconciling(tmp_path)
    app = cockpit(story.session, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.navigate(OpenRecord(story.id))
        await settled(pilot)
        for key in ("T", "U"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, RecordScreen)
        assert story.session.asked == []


def after_reconciling(folder: Path) -> Story:
    story = recorded.failed(folder)
    [lost] = ids(story, 8)
    story.tell(
        happened.CommandReconciled(
            execution_id=story.id, command_id=lost, resolution=Resolution.NOT_DONE, by="alice", reason="it is not there"
        )
    )
    return story


@pytest.mark.parametrize("which", ["unknown", "going_on"])
def test_the_modals_look_as_they_did(which: str, snap_compare: Callable[..., bool]) -> None:
    story = recorded.failed(STATE) if which == "unknown" else after_reconciling(STATE)
    app = cockpit(story.session)

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app.navigate(OpenExecution(story.id))
        await settled(pilot)
        await press(pilot, *(("U", "f3", *"gone") if which == "unknown" else ("T", "down", "space")))
        if which == "unknown":
            await comes(pilot, "agent  3.2.0 -> 3.3.1")

    assert snap_compare(app, terminal_size=(80, 24), run_before=drive)
