"""Accounts that are not known yet: asked for again by themselves, and then nobody is asked for a code."""

from __future__ import annotations

from pathlib import Path

from cloudops_tui.tui.screens.review import ReviewScreen
from tests.tui.driving import cockpit, front, press, settled, shown
from tests.tui.estate import key_rotation
from tests.tui.twin import LAB, RecordedSession

UNKNOWN = LAB.model_copy(update={"account": None, "principal": None, "reason": "STS has not answered"})


async def test_an_account_that_was_not_known_is_asked_for_again_in_passing_and_on_a_key_in_earnest(
    tmp_path: Path,
) -> None:
    session = RecordedSession(tmp_path, identity=UNKNOWN)
    session.add(5, key_rotation())
    app = cockpit(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        first = len(session.identified)
        session.clock.forward(29)
        app.present_now()
        await settled(pilot)
        assert len(session.identified) == first
        assert not any(in_passing for _, in_passing in session.identified)

        session.clock.forward(2)
        app.present_now()
        await settled(pilot)
        assert [in_passing for _, in_passing in session.identified[first:]] == [True] * first

        await press(pilot, "R")
        await settled(pilot)
        assert session.codes_asked_again == 1
        assert [in_passing for _, in_passing in session.identified[2 * first :]] == [False] * first

        session.identity = LAB
        session.clock.forward(31)
        app.present_now()
        await settled(pilot)
        assert str(LAB.account) in shown(pilot).splitlines()[0]
        asked = len(session.identified)
        session.clock.forward(3600)
        app.present_now()
        await settled(pilot)
        assert len(session.identified) == asked


async def test_a_review_says_when_the_account_that_it_lacked_is_known(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path, identity=UNKNOWN)
    session.add(5, key_rotation())
    app = cockpit(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await settled(pilot)
        session.identity = LAB
        session.clock.forward(31)
        app.present_now()
        await settled(pilot)
        assert f"is account {LAB.account} by now  R loads it" in shown(pilot)

        await press(pilot, "R")
        await settled(pilot)
        assert "by now" not in shown(pilot)
        assert front(pilot, ReviewScreen).identities() == (LAB,)
