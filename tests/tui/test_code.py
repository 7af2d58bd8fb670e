"""The code of an MFA device: asked over whatever is in front, masked, handed on once, kept nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.engine.asking import CodeQuestion
from cloudops_tui.tui.screens.code import CodeModal
from tests.tui.driving import cockpit, front, press, settled, shown, until
from tests.tui.estate import working_day
from tests.tui.twin import RecordedSession

STATE = Path("/var/lib/cloudops-tui")
DEVICE = "arn:aws:iam::123456789012:mfa/alice"
FIRST = CodeQuestion(1, "prod-admin", DEVICE, "#418 Rotate the keys of the payment service")
AGAIN = CodeQuestion(
    2, "prod-admin", DEVICE, FIRST.wanted_for, "MultiFactorAuthentication failed with invalid MFA one time pass code."
)


def answers(session: RecordedSession) -> list[Any]:
    return [said for what, said in session.asked if what == "code"]


async def asked(pilot: Pilot[Any], session: RecordedSession, question: CodeQuestion) -> None:
    session.ask_codes(question)
    await until(lambda: isinstance(pilot.app.screen, CodeModal) and pilot.app.screen.question == question)
    await settled(pilot)


async def test_six_digits_and_enter_answer_and_nothing_shows_them(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await asked(pilot, session, FIRST)

        await press(pilot, *"90a817", "enter")  # a letter is no digit, and five are no code
        assert answers(session) == []
        assert "1 of 6 digits to go" in shown(pilot)
        await press(pilot, "4")
        assert "908174" not in shown(pilot)
        await press(pilot, "enter")
        await settled(pilot)

        assert answers(session) == [{"number": 1, "code": "908174"}]
        assert not isinstance(pilot.app.screen, CodeModal)


async def test_the_digits_of_a_filter_are_no_code(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "/", *"id:")
        session.ask_codes(FIRST)
        await settled(pilot)
        await press(pilot, *"416")

        assert pilot.app.screen.query_one("#filter", Input).value == "id:416"
        await press(pilot, "enter")
        await until(lambda: isinstance(pilot.app.screen, CodeModal))
        assert answers(session) == []


async def test_escape_gives_no_code_and_a_code_that_was_not_taken_is_asked_for_again_with_the_reason(
    tmp_path: Path,
) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await asked(pilot, session, AGAIN)

        assert "AWS did not take it: MultiFactorAuthentication failed" in shown(pilot)
        await press(pilot, "escape")

        assert answers(session) == [{"number": 2, "code": None}]
        assert "No code for `prod-admin`" in shown(pilot)
        await press(pilot, "4")
        assert "R in queue or review asks again" in " ".join(shown(pilot).split())


async def test_a_question_that_nobody_waits_for_any_more_closes_by_itself(tmp_path: Path) -> None:
    session = working_day(tmp_path)
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await asked(pilot, session, FIRST)
        modal = front(pilot, CodeModal)

        session.ask_codes()

        await until(lambda: modal not in pilot.app.screen_stack)


def test_it_looks_as_it_did(snap_compare: Callable[..., bool]) -> None:
    session = working_day(STATE)

    async def drive(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await asked(pilot, session, AGAIN)
        await press(pilot, *"1234")

    assert snap_compare(cockpit(session), terminal_size=(80, 24), run_before=drive)
