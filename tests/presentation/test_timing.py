"""What is usual, what is slow, how long the rest takes, and who has gone quiet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cloudops_tui.model import events as happened
from cloudops_tui.model.config import ExecutionConfig
from cloudops_tui.policy.kinds import kind_of
from cloudops_tui.presentation import timing
from cloudops_tui.presentation.arrangement import arranged
from cloudops_tui.presentation.command_row import Look, about, row
from cloudops_tui.presentation.graph import Graph
from cloudops_tui.presentation.lines import line_width, plain
from cloudops_tui.presentation.outcome import header
from cloudops_tui.presentation.timing import Timing
from tests.tui import recorded
from tests.tui.recorded import Story, ids
from tests.tui.twin import MODIFY, NOON, READ, RecordedSession, cli, sdk

DRAIN, PATCH = "aws elbv2 deregister-targets", "aws ssm send-command"
ALL = {
    "aws ec2 describe-launch-templates": (2.0, 2.0, 2.0), DRAIN: (4.0, 30.0, 10.0), PATCH: (60.0, 50.0, 40.0, 70.0),
    "aws elbv2 describe-target-health": (5.0,) * 3, "aws s3 cp": (3.0,) * 3,
}  # fmt: skip


def begun(folder: Path) -> Story:
    """One command done, four drains under way, ten seconds ago."""
    story = Story(RecordedSession(folder), recorded.fleet()).begin()
    return story.start(1).wait(2).complete(1, seconds=2).start(2, 3, 4, 5).wait(4)


def left(story: Story, recent: dict[str, tuple[float, ...]], max_parallel: int | None = None) -> timedelta | None:
    state = story.session.state(story.id)
    graph = Graph(state.plan)
    made = timing.forecast(graph, timing.usual_of(state.plan, recent), ExecutionConfig(max_parallel=max_parallel))
    return timing.left(arranged(graph, state), made, story.session.clock.now())


def shown(story: Story, place: int, known: Timing, width: int = 78) -> str:
    state = story.session.state(story.id)
    [key] = ids(story, place)
    look = Look(story.session.clock.now(), width, timing=known)
    drawn = row(arranged(Graph(state.plan), state), key, frozenset(), look)
    assert line_width(drawn) == width
    return plain(drawn)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("ec2 stop-instances", "--instance-ids", "i-1"), ("ec2 stop-instances", "--dry-run"), True),
        (("ec2", "stop-instances"), ("ec2 stop-instances", "--instance-ids", "i-1"), True),
        (("s3 cp", "a", "s3://b"), ("s3 mv", "a", "s3://b"), False),
        (("ec2 wait instance-running",), ("ec2 wait image-available",), False),
    ],
    ids=["other options", "split otherwise", "other command", "other waiter"],
)
def test_a_kind_is_the_service_and_the_operation(one: tuple[str, ...], other: tuple[str, ...], alike: bool) -> None:
    kinds = {kind_of(cli(1, READ, "it", *words)) for words in (one, other)}

    assert len(kinds) == (1 if alike else 2)


def test_a_call_by_the_sdk_is_not_compared_with_one_by_the_program() -> None:
    called = sdk(1, MODIFY, "Stop", "ec2", "StopInstances", {"InstanceIds": ["i-1"]})

    assert kind_of(called) == "sdk ec2 StopInstances"


def test_the_usual_is_the_median_of_three_or_more_runs_and_of_fewer_there_is_none(tmp_path: Path) -> None:
    story = begun(tmp_path)

    usual = timing.usual_of(story.plan, {DRAIN: (4.0, 90.0, 10.0), PATCH: (60.0, 50.0)})

    assert usual == {command: timedelta(seconds=10) for command in ids(story, 2, 3, 4, 5)}


def test_a_row_tells_what_is_usual_and_in_words_when_it_takes_much_longer(tmp_path: Path) -> None:
    story = begun(tmp_path)
    known = Timing(usual=timing.usual_of(story.plan, ALL))

    assert shown(story, 2, known).rstrip().endswith("4s of ~10s")
    assert "the usual" not in shown(story, 2, known)
    story.wait(31)
    assert "3x the usual" in shown(story, 2, known)
    assert shown(story, 2, known).rstrip().endswith("35s of ~10s")


def test_a_row_without_room_or_without_history_keeps_to_the_time_that_passed(tmp_path: Path) -> None:
    story = begun(tmp_path)

    assert shown(story, 2, Timing(usual=timing.usual_of(story.plan, ALL)), width=60).endswith("  4s")
    assert shown(story, 2, Timing()).endswith("  4s")


def test_the_rest_takes_as_long_as_the_longest_way_through_the_graph(tmp_path: Path) -> None:
    story = begun(tmp_path)

    # Six more seconds of the drain, then a patch, its check, and the report.
    assert left(story, ALL, max_parallel=64) == timedelta(seconds=6 + 55 + 5 + 3)
    story.wait(5)
    assert left(story, ALL, max_parallel=64) == timedelta(seconds=1 + 55 + 5 + 3)


def test_the_rest_is_never_shorter_than_its_work_over_the_places(tmp_path: Path) -> None:
    story = begun(tmp_path)

    assert left(story, ALL, max_parallel=1) == timedelta(seconds=4 * (6 + 55 + 5) + 3)


@pytest.mark.parametrize("lacking", [DRAIN, PATCH, "aws s3 cp"])
def test_one_command_without_a_usual_is_enough_to_forecast_nothing(lacking: str, tmp_path: Path) -> None:
    assert left(begun(tmp_path), {kind: runs for kind, runs in ALL.items() if kind != lacking}) is None


def test_what_ended_needs_no_usual(tmp_path: Path) -> None:
    story = begun(tmp_path)

    assert left(story, {kind: runs for kind, runs in ALL.items() if kind != "aws ec2 describe-launch-templates"})


def test_nothing_is_forecast_of_what_runs_much_longer_than_usual_or_is_stopped_or_held(tmp_path: Path) -> None:
    slow, stopped, held = begun(tmp_path).wait(60), begun(tmp_path), begun(tmp_path)
    held.tell(happened.ExecutionHeld(execution_id=held.id, profile="prod", error="expired", renew="aws sso login"))
    stopped.tell(happened.CancellationRequested(execution_id=stopped.id, by="alice"))

    assert left(slow, ALL) is None
    assert left(stopped, ALL) is None
    assert left(held, ALL) is None


def test_the_wait_for_another_attempt_counts(tmp_path: Path) -> None:
    story = begun(tmp_path).complete(2, 3, 4).retry(5, 1, "Throttling", after=24)

    assert left(story, ALL, max_parallel=64) == timedelta(seconds=24 + 10 + 55 + 5 + 3)


def test_the_header_tells_the_rest_only_where_it_is_known(tmp_path: Path) -> None:
    story = begun(tmp_path)
    state = story.session.state(story.id)
    arrangement, look = arranged(Graph(state.plan), state), Look(story.session.clock.now(), 78)

    assert plain(header(arrangement, 418, look, left=timedelta(seconds=62))).endswith("eta ~1m")
    assert "eta" not in plain(header(arrangement, 418, look))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1s"), (8.4, "8s"), (59.6, "1m"), (62, "1m"), (156, "2m40s"), (3900, "1h05m")]
)
def test_a_forecast_is_not_more_exact_than_it_can_be(seconds: float, words: str) -> None:
    assert about(timedelta(seconds=seconds)) == words


def test_a_command_is_quiet_after_thirty_seconds_or_after_what_it_usually_takes(tmp_path: Path) -> None:
    story = begun(tmp_path).wait(26)
    unknown, known = Timing(listening=NOON), Timing(usual={ids(story, 2)[0]: timedelta(minutes=2)}, listening=NOON)

    assert "quiet" not in shown(story, 2, unknown)
    story.wait(1)
    assert "quiet for 31s" in shown(story, 2, unknown)
    assert "quiet" not in shown(story, 2, known)
    story.wait(99)
    assert "quiet for 2m10s" in shown(story, 2, known)


def test_silence_is_counted_from_when_somebody_began_to_listen(tmp_path: Path) -> None:
    story = begun(tmp_path).wait(100)

    assert "quiet" not in shown(story, 2, Timing(listening=story.session.clock.now() - timedelta(seconds=29)))


def test_a_command_that_prints_is_not_quiet_and_what_nobody_hears_is_not_called_so(tmp_path: Path) -> None:
    story = begun(tmp_path).wait(100)
    [talking] = ids(story, 2)
    heard = {talking: story.session.clock.now() - timedelta(seconds=3)}

    assert "quiet" not in shown(story, 2, Timing(heard=heard, listening=NOON))
    assert "quiet" not in shown(story, 2, Timing())
