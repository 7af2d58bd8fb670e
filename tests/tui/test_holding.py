"""An execution that waits says why, and what helps, without a key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cloudops_tui.model import events as happened
from cloudops_tui.model.duration import Duration
from cloudops_tui.tui.app import CloudOpsApp
from tests.tui import recorded
from tests.tui.driving import comes, settled, shown
from tests.tui.recorded import ids
from tests.tui.test_live import watching

RENEW = "renew with: aws sso login --profile prod"


async def test_a_held_execution_and_what_releases_it_are_in_sight(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        app = pilot.app
        assert isinstance(app, CloudOpsApp)
        until = app.clock_now() + timedelta(minutes=14)

        story.session.tell(
            happened.ExecutionHeld(
                execution_id=story.id, profile="prod", error="The token has expired", renew=RENEW, gives_up_at=until
            )
        )
        await comes(pilot, RENEW)
        assert "HELD" in shown(pilot)
        assert any("is HELD" in notice.text for notice in app.notices)

        story.session.tell(happened.ExecutionReleased(execution_id=story.id, profile="prod"))
        await settled(pilot)
        await comes(pilot, "running")
        assert RENEW not in shown(pilot)


async def test_a_throttled_service_is_named_with_the_next_try(tmp_path: Path) -> None:
    story = recorded.running(tmp_path)
    async with watching(story) as pilot:
        for command in ids(story, 12, 14):
            story.session.tell(
                happened.CommandThrottled(
                    execution_id=story.id, command_id=command, service="sqs", region="eu-west-1",
                    after=Duration.from_secs(4),
                )
            )  # fmt: skip
        await comes(pilot, "throttled: sqs eu-west-1, next try in 4 s; 2 commands wait")
