"""How fast commands follow each other to a service that said: too fast."""

from __future__ import annotations

import pytest

from cloudops_tui.policy.throttle import FREE, LONGEST, admitted, due, faster, pause, slower


def test_those_that_left_together_slow_the_place_down_once() -> None:
    first = slower(FREE, left_at=1.0, now=2.0, first=1.0, chance=0.0)

    assert slower(first, left_at=1.5, now=2.1, first=1.0, chance=0.0) == first
    assert slower(first, left_at=3.0, now=4.0, first=1.0, chance=0.0).level == 2


def test_each_throttled_probe_doubles_the_pause_up_to_a_bound() -> None:
    pace, pauses = FREE, []
    for moment in range(0, 20, 2):
        pace = slower(pace, left_at=moment, now=moment + 1, first=1.0, chance=0.0)
        pauses.append(pause(pace.level, 1.0))

    assert pauses == [1, 2, 4, 8, 16, 16, 16, 16, 16, 16]
    assert pause(5, first=10.0) == LONGEST


def test_answers_make_it_fast_again_and_old_ones_say_nothing() -> None:
    pace = slower(slower(FREE, 0, 1, 1.0, 0), 2, 3, 1.0, 0)

    assert faster(pace, left_at=2.5) == pace
    assert faster(faster(pace, left_at=4), left_at=5).is_free


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_chance_lengthens_a_pause_by_half_at_most(chance: float) -> None:
    pace = slower(FREE, left_at=0, now=10, first=2.0, chance=chance)

    assert 12.0 <= pace.opens_at <= 13.0
    assert 0 <= admitted(pace, now=20, first=2.0, chance=chance).opens_at - 22.0 <= 1.0


def test_in_a_line_each_is_a_pause_behind_the_one_before() -> None:
    pace = slower(FREE, left_at=0, now=10, first=2.0, chance=0)

    assert [due(pace, before, 2.0) for before in range(3)] == [12.0, 14.0, 16.0]
