"""A recording played again: the moment moves as it moved, faster, or event by event."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cloudops_tui.state.playback import AS_FAST_AS_ONE_CAN_FOLLOW, KEPT_EVERY, Playback, Recording, started
from cloudops_tui.state.reducer import replay
from tests.storage import stories
from tests.tui import recorded


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    story = recorded.failed(tmp_path)
    return Recording(story.id, story.plan, tuple(story.session.journals[story.id]))


def since_start(playback: Playback) -> float:
    return (playback.at - playback.recording.moments[0]).total_seconds()


@pytest.mark.parametrize(("speed", "passed"), [(1, 3.0), (4, 12.0), (16, 48.0)])
def test_time_passes_at_its_speed_and_brings_the_events_of_that_time(
    recording: Recording, speed: int, passed: float
) -> None:
    later = started(recording, speed).advanced(3)

    assert since_start(later) == passed
    assert later.told == sum(moment <= later.at for moment in recording.moments)


def test_it_stops_at_the_last_event(recording: Recording) -> None:
    end = started(recording, 16).advanced(10_000)

    assert (end.ended, end.at) == (True, recording.moments[-1])
    assert end.advanced(1) is end


def test_a_paused_one_stands_still(recording: Recording) -> None:
    paused = started(recording).stepped(0)

    assert paused.advanced(60) is paused


def test_the_state_at_a_place_is_the_fold_of_the_events_before_it_from_wherever_one_comes(
    recording: Recording,
) -> None:
    expected = [replay(recording.execution_id, recording.plan, recording.events[:told])
                for told in range(len(recording.events) + 1)]  # fmt: skip

    forward = [recording.state_after(told) for told in range(len(expected))]
    backward = [recording.state_after(told) for told in reversed(range(len(expected)))][::-1]

    assert forward == backward == expected


def test_a_long_story_is_the_same_fold() -> None:
    new = stories.execution()
    first = stories.story(new)[0]
    events = (first, *stories.retries(new, 2, 3 * KEPT_EVERY))
    recording = Recording(new.id, new.plan, events)

    for told in (3 * KEPT_EVERY + 1, KEPT_EVERY, KEPT_EVERY - 1, 2 * KEPT_EVERY + 7, 1):
        assert recording.state_after(told) == replay(new.id, new.plan, events[:told])


def test_steps_go_from_event_to_event_also_where_several_share_a_moment(recording: Recording) -> None:
    playback = started(recording)
    places = []
    for _ in recording.events:
        playback = playback.stepped(1)
        places.append(playback.told)

    assert places[:-1] == list(range(2, len(recording.events) + 1))
    assert playback.stepped(-1).told == len(recording.events) - 1
    assert started(recording).stepped(-1).told == 1


def test_failures_are_jumped_to_in_time_and_back(recording: Recording) -> None:
    first = started(recording).at_failure(1)
    assert first is not None
    second = first.at_failure(1)
    assert second is not None

    assert recording.failures == [first.told - 1, second.told - 1]
    assert second.at_failure(1) is None
    back = second.at_failure(-1)
    assert back is not None
    assert (back.told, first.at_failure(-1)) == (first.told, None)


def test_at_the_highest_speed_no_silence_takes_longer_than_two_recorded_seconds(recording: Recording) -> None:
    whole = (recording.moments[-1] - recording.moments[0]).total_seconds()
    assert whole > 80
    shortened = sum(
        min(b - a, timedelta(seconds=2)).total_seconds()
        for a, b in zip(recording.moments[:-1], recording.moments[1:], strict=True)
    )
    fast = started(recording, AS_FAST_AS_ONE_CAN_FOLLOW)

    just_before = fast.advanced((shortened - 0.5) / AS_FAST_AS_ONE_CAN_FOLLOW)

    assert not just_before.ended
    assert just_before.advanced(0.5).ended


def test_a_line_of_output_ends_a_silence(recording: Recording) -> None:
    fast = started(recording, AS_FAST_AS_ONE_CAN_FOLLOW)
    heard = recording.moments[0] + timedelta(seconds=1)

    later = fast.advanced(1 / AS_FAST_AS_ONE_CAN_FOLLOW, lambda at: heard if at < heard else None)

    assert later.at == heard


def test_a_clock_that_was_set_back_does_not_take_the_story_back() -> None:
    new = stories.execution()
    events = stories.story(new)
    events[2] = events[2].model_copy(update={"at": stories.T0 - timedelta(hours=1)})
    recording = Recording(new.id, new.plan, tuple(events))

    assert list(recording.moments) == sorted(recording.moments)
    assert started(recording).advanced(60).ended


def test_speeds_end_where_they_end(recording: Recording) -> None:
    assert started(recording).faster(-1).speed == 1
    assert started(recording, 16).faster(1).faster(1).speed == AS_FAST_AS_ONE_CAN_FOLLOW
