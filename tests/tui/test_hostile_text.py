"""Text of strangers on the screens that decide: shown letter by letter, obeyed by nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueState
from cloudops_tui.tui.screens.approve import ApproveModal
from tests.tui.driving import cockpit, front, press, settled, shown
from tests.tui.twin import MODIFY, RecordedSession, cli, plan, sdk

HOSTILE = "[/x]\x1b]52;c;QQ==\x07\u202e[@click=app.quit]q[/]"
LITERAL = r"[/x]\x1b]52;c;QQ==\x07\u202e[@click=app.quit]q[/]"


def hostile_plan() -> ExecutionPlan:
    commands = [
        cli(
            1,
            MODIFY,
            HOSTILE,
            "ec2 create-tags",
            "--tags",
            f"Key=a,Value={HOSTILE}",
            profile="default",
            region="eu-west-1",
        ),
        sdk(2, MODIFY, HOSTILE, "ssm", "PutParameter", {"Name": HOSTILE, HOSTILE: "ключ"}),
    ]
    return plan(1, HOSTILE, commands)


def no_control_reached(pilot: Pilot[Any]) -> bool:
    """No character that a terminal would obey is in what would be drawn."""
    return not any(
        ord(letter) < 32 or 127 <= ord(letter) < 160 or letter == "\u202e" for letter in shown(pilot).replace("\n", "")
    )


@pytest.fixture
def session(tmp_path: Path) -> RecordedSession:
    made = RecordedSession(tmp_path, operator="al[/x]ice")
    made.add(1, hostile_plan(), source=HOSTILE, user_prompt=HOSTILE)
    return made


@pytest.mark.parametrize(
    "keys", [(), ("enter",), ("enter", "j"), ("enter", "j", "j"), ("a",), ("r",), ("slash", *"[/x]")]
)
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_every_deciding_screen_shows_it_and_obeys_none_of_it(
    session: RecordedSession, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with cockpit(session).run_test(size=size) as pilot:
        await settled(pilot)

        await press(pilot, *keys)

        assert no_control_reached(pilot)
        assert r"[/x]\x1b]52;c;QQ" in shown(pilot)


async def test_what_is_pasted_into_a_field_is_literal(session: RecordedSession) -> None:
    async with cockpit(session).run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        for keys, field in {"r": "#reason", "escape slash": "#filter", "escape 3 slash": "#query"}.items():
            await press(pilot, *keys.split())

            pilot.app.screen.query_one(field, Input).post_message(events.Paste(HOSTILE))
            await settled(pilot)

            assert LITERAL in shown(pilot)
            assert no_control_reached(pilot)


async def test_an_argument_is_shown_whole(session: RecordedSession) -> None:
    async with cockpit(session).run_test(size=(150, 48)) as pilot:
        await settled(pilot)

        await press(pilot, "enter", "j")

        assert f"'Key=a,Value={LITERAL}'" in shown(pilot)


async def test_a_refused_text_is_shown_whole(tmp_path: Path) -> None:
    session = RecordedSession(tmp_path)
    problem = Problem(path=f"/{HOSTILE}", message=HOSTILE, remedy=HOSTILE)
    session.add(1, None, state=QueueState.REFUSED, source=HOSTILE, problems=(problem,), refused_text=HOSTILE)
    async with cockpit(session).run_test(size=(160, 48)) as pilot:
        await settled(pilot)

        await press(pilot, "enter")

        assert no_control_reached(pilot)
        assert shown(pilot).count(LITERAL) >= 4


async def test_an_error_of_the_other_side_is_shown_literally(session: RecordedSession) -> None:
    session.fails["approve"] = RuntimeError(HOSTILE)
    async with cockpit(session).run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        front(pilot, ApproveModal).arm()

        await press(pilot, "ctrl+y")
        assert LITERAL in shown(pilot)
        await press(pilot, "escape", "4")

        assert LITERAL in shown(pilot)
        assert no_control_reached(pilot)
