"""What can be yanked from an execution, and read of it in a pager."""

from __future__ import annotations

from pathlib import Path

from cloudops_tui.policy.safe_text import has_foreign
from cloudops_tui.presentation.arrangement import Arrangement, arranged
from cloudops_tui.presentation.command_row import Look
from cloudops_tui.presentation.execution_offers import reading, yanks
from cloudops_tui.presentation.graph import Graph
from tests.tui import recorded
from tests.tui.recorded import HOSTILE, Story, ids
from tests.tui.twin import MODIFY, RecordedSession, cli, plan

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067"


def arrangement(story: Story) -> Arrangement:
    state = story.session.state(story.id)
    return arranged(Graph(state.plan), state)


def offered(story: Story, place: int) -> dict[str, str]:
    found = yanks(arrangement(story), ids(story, place)[0], 418, Look(story.session.clock.now(), 120))
    assert len({each.key for each in found}) == len(found)
    return {each.label: each.text for each in found}


def test_a_command_offers_its_argv_quoted_for_a_shell_its_id_and_its_error(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    taken = offered(story, 7)

    assert taken["command"] == (
        "aws ssm send-command --instance-ids i-003 --document-name AWS-RunPatchBaseline"
    )
    assert taken["execution id"] == str(story.id)
    assert taken["command id"] == str(story.plan.commands[6].id)
    assert taken["error"].startswith("An error occurred (TargetNotConnected)")
    assert taken["row"].startswith("✗ FAILED")


def test_each_arn_of_a_command_is_offered_once(tmp_path: Path) -> None:
    command = cli(1, MODIFY, "Drain", "elbv2 deregister-targets", "--target-group-arn", ARN, "--again", ARN)
    story = Story(RecordedSession(tmp_path), plan(9, "Drain", [command])).begin().start(1)

    assert [label for label in offered(story, 1) if label.startswith("ARN")] == [f"ARN {ARN}"]


def test_the_whole_execution_reads_as_a_text_with_every_command(tmp_path: Path) -> None:
    story = recorded.failed(tmp_path)

    text = reading(arrangement(story), 418, Look(story.session.clock.now(), 80))

    assert text.name == "execution-418.txt"
    assert all(command.description in text.text for command in story.plan.commands)
    assert "✗ FAILED in 1m26s" in text.text


def test_nothing_foreign_goes_into_what_is_taken_away(tmp_path: Path) -> None:
    story = Story(RecordedSession(tmp_path), plan(9, HOSTILE, [cli(1, MODIFY, HOSTILE, "ec2 stop-instances", HOSTILE)]))
    story.begin().start(1).wait(1).fail(1, HOSTILE)

    text = reading(arrangement(story), 1, Look(story.session.clock.now(), 80)).text
    assert not any(has_foreign(words) for words in (*offered(story, 1).values(), *text.splitlines()))
