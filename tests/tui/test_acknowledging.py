"""A plan that destroys and that nothing undoes: a key of its own is part of what approves it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from cloudops_tui.model.review import Review
from cloudops_tui.model.risk import RiskLevel
from cloudops_tui.tui.screens.approve import ApproveModal
from cloudops_tui.tui.screens.review import ReviewScreen
from tests.tui.driving import cockpit, front, press, settled, shown
from tests.tui.estate import bucket_clean_up
from tests.tui.twin import RecordedSession


class WithoutWayBack(RecordedSession):
    """Knows of no way back for what destroys, as the engine says of most of it."""

    async def review(self, entry_id: UUID) -> Review:
        review = await super().review(entry_id)
        lost = (
            replace(one, no_way_back=one.assessment.level is RiskLevel.DESTRUCTIVE and not one.compensations)
            for one in review.commands
        )
        return replace(review, commands=tuple(lost))


async def test_the_approval_waits_for_the_key_that_says_so_and_hands_it_in(tmp_path: Path) -> None:
    session = WithoutWayBack(tmp_path)
    session.add(1, bucket_clean_up())
    async with cockpit(session).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        while front(pilot, ReviewScreen).unseen:
            await press(pilot, "n")
        await press(pilot, "a")
        modal = front(pilot, ApproveModal)
        await press(pilot, "ctrl+n")  # before it has armed: says nothing
        modal.arm()
        await settled(pilot)
        await press(pilot, *"210987654321", "tab", *"agreed")

        await press(pilot, "ctrl+y")
        screen = shown(pilot)
        assert "[ ] ctrl+n" in screen
        assert "not acknowledged" in screen
        assert not [asked for asked in session.asked if asked[0] == "approve"]

        await press(pilot, "ctrl+n")
        assert "not acknowledged" not in shown(pilot), shown(pilot)
        await press(pilot, "ctrl+y")
        assert [asked for asked in session.asked if asked[0] == "approve"], shown(pilot)
