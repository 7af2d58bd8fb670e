"""A duration keeps Rust's nanoseconds, reads what people write, and writes what serde does."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cloudops_tui import Duration
from cloudops_tui.model.duration import LONGEST_SECONDS, NANOS
from tests.model.strategies import durations

DURATION: TypeAdapter[Duration] = TypeAdapter(Duration)


@given(st.integers(0, LONGEST_SECONDS), st.integers(0, NANOS - 1))
def test_seconds_and_nanoseconds_are_kept_exactly(secs: int, nanos: int) -> None:
    wire = {"secs": secs, "nanos": nanos}

    assert json.loads(DURATION.dump_json(DURATION.validate_python(wire))) == wire


@given(durations)
def test_a_copy_keeps_the_nanoseconds(duration: Duration) -> None:
    for again in (copy.copy(duration), copy.deepcopy(duration), pickle.loads(pickle.dumps(duration))):
        assert again.nanos == duration.nanos
        assert type(again) is Duration


def test_a_duration_equals_the_timedelta_of_the_same_length() -> None:
    assert Duration.from_secs(90) == timedelta(seconds=90)
    assert timedelta(minutes=5) == Duration.spelled("5m")
    assert hash(Duration.from_secs(90)) == hash(timedelta(seconds=90))
    assert Duration.from_nanos(1) != Duration.from_nanos(2)
    assert Duration.from_secs(1) != "1s"


@given(durations)
def test_what_is_printed_makes_the_same_duration(duration: Duration) -> None:
    assert eval(repr(duration), {"Duration": Duration}) == duration


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("90s", 90 * NANOS),
        ("5m", 300 * NANOS),
        ("1h30m", 5400 * NANOS),
        ("1h 30m", 5400 * NANOS),
        (" 250ms ", 250_000_000),
        ("1.5s", 1_500_000_000),
        ("0.000000001s", 1),
        ("2d", 172_800 * NANOS),
        ("0s", 0),
    ],
)
def test_people_write_durations_with_units(text: str, nanos: int) -> None:
    assert Duration.spelled(text).nanos == nanos
    assert DURATION.validate_python(text).nanos == nanos


@pytest.mark.parametrize(
    "value",
    [
        "", "90", "s", "-5s", "+5s", "5 s", "1e3s", "5S", "٥s", "1.s", ".5s", "5us", "999999999d 999999999d",
        90, 90.0, True, None, [], {}, {"secs": 1}, {"nanos": 1}, {"secs": 1, "nanos": 0, "more": 0},
        {"secs": -1, "nanos": 0}, {"secs": 1, "nanos": -1}, {"secs": 1, "nanos": NANOS}, {"secs": 1.0, "nanos": 0},
        {"secs": True, "nanos": 0}, {"secs": "1", "nanos": 0}, {"secs": LONGEST_SECONDS + 1, "nanos": 0},
        {"secs": 2**64 - 1, "nanos": 0},
    ],
)  # fmt: skip
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        DURATION.validate_python(value)


@given(st.text(max_size=12) | st.from_regex(r"(\d{1,10}(\.\d{1,10})?(ms|[smhd]) ?){1,4}", fullmatch=True))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        duration = Duration.spelled(text)
    except ValueError:
        return
    assert duration.nanos >= 0


def test_a_clock_set_back_counts_as_no_time() -> None:
    assert Duration.of(timedelta(seconds=-1)).nanos == 0
    assert Duration.of(timedelta(microseconds=1)).nanos == 1000


def test_a_duration_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        Duration.from_nanos(-1)
