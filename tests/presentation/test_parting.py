"""What stands at the prompt after the program has ended."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation.parting import BLOCKS, parting
from cloudops_tui.state.execution import ExecutionState
from tests.tui import recorded
from tests.tui.recorded import HOSTILE, NUMBER, Story
from tests.tui.twin import MODIFY, RecordedSession, cli, plan


def told(story: Story, *, number: int | None = NUMBER, ascii_only: bool = False) -> list[str]:
    numbers: dict[UUID, int] = {} if number is None else {story.id: number}
    states = [story.session.state(story.id)]
    return list(parting(states, numbers, story.session.clock.now(), ascii_only=ascii_only))


def test_what_failed_is_told_with_its_first_error_and_how_to_see_more(tmp_path: Path) -> None:
    assert told(recorded.failed(tmp_path)) == [
        "#418 Patch the kernel of the web fleet",
        "  ✗ FAILED in 1m26s: 1 failed, 1 UNKNOWN, 7 ok, 5 skipped",
        "    7 Patch the kernel of web-03: TargetNotConnected: i-0b7 is not connected",
        "    8 Patch the kernel of web-04: the connection broke",
        "  more: cloudops-tui show 418",
    ]


def test_what_still_runs_is_told_as_it_stood(tmp_path: Path) -> None:
    assert "  > running when the screen closed: 6/14 commands, 1m25s so far" in told(
        recorded.running(tmp_path), ascii_only=True
    )


def test_an_execution_without_a_number_is_named_by_its_id(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)

    assert told(story, number=None)[-1] == f"  more: cloudops-tui show {str(story.id)[:8]}"


def test_more_is_asked_of_the_store_that_it_came_from_and_of_none_that_is_gone(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    states, now = [story.session.state(story.id)], story.session.clock.now()

    elsewhere = parting(states, {story.id: 418}, now, program="cloudops-tui --state-dir '/srv/my store'")
    assert elsewhere[-1] == "  more: cloudops-tui --state-dir '/srv/my store' show 418"
    assert "cloudops-tui" not in "".join(parting(states * (BLOCKS + 1), {story.id: 418}, now, program=None))


def test_a_session_in_which_nothing_ran_leaves_nothing(tmp_path: Path) -> None:
    story = Story(RecordedSession(tmp_path), recorded.fleet())

    assert told(story) == []


def test_only_the_latest_are_told_and_how_many_there_were(tmp_path: Path) -> None:
    story = recorded.completed(tmp_path)
    states: list[ExecutionState] = [story.session.state(story.id)] * (BLOCKS + 3)

    lines = parting(states, {story.id: 418}, story.session.clock.now())

    assert lines[0] == "3 earlier executions: cloudops-tui history"
    assert sum(text.startswith("#418") for text in lines) == BLOCKS


def test_nothing_that_a_plan_or_an_error_says_reaches_the_prompt_as_more_than_text(tmp_path: Path) -> None:
    story = Story(RecordedSession(tmp_path), plan(9, HOSTILE, [cli(1, MODIFY, HOSTILE, "ec2 stop-instances")])).begin()
    story.start(1).wait(1).fail(1, HOSTILE)

    assert not any(has_foreign(text) for text in told(story))
