"""The buffer of output lines: bounded, numbered, never wrong about what is missing."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudops_tui.model.output import OutputLine
from cloudops_tui.state.output import LONGEST_LINE, OutputBuffer


def filled(number: int, capacity: int) -> OutputBuffer:
    return OutputBuffer.of((OutputLine("stdout", f"line {n}") for n in range(number)), capacity)


@given(capacity=st.integers(1, 20), number=st.integers(0, 100))
def test_a_number_stays_with_its_line_for_as_long_as_the_line_is_kept(capacity: int, number: int) -> None:
    buffer = filled(number, capacity)

    kept = {n: line.text for n in range(-3, number + 3) if (line := buffer.line(n)) is not None}
    assert kept == {n: f"line {n}" for n in range(max(0, number - capacity), number)}
    assert (buffer.total, buffer.dropped) == (number, max(0, number - capacity))


@given(st.lists(st.one_of(st.integers(1, 9), st.just("line")), max_size=60), st.integers(1, 8))
def test_lines_that_a_slow_reader_missed_are_counted_and_never_renumbered(
    story: list[int | str], capacity: int
) -> None:
    buffer, said = OutputBuffer(capacity), dict[int, str]()
    for event in story:
        if isinstance(event, int):
            buffer.skip(event)
        else:
            said[buffer.total] = f"at {buffer.total}"
            buffer.append("stdout", f"at {buffer.total}")

    kept = {n: line.text for n in range(buffer.dropped, buffer.total) if (line := buffer.line(n))}
    assert kept.items() <= said.items()
    assert buffer.total == sum(event if isinstance(event, int) else 1 for event in story)
    assert len(kept) == buffer.total - buffer.dropped <= capacity


def test_a_range_gives_only_what_is_still_here() -> None:
    buffer = filled(12, capacity=5)

    assert [line.text for line in buffer.lines(0, 9)] == ["line 7", "line 8"]
    assert buffer.lines(12, 99) == []


def test_lines_of_standard_error_are_counted_even_after_they_were_dropped() -> None:
    buffer = OutputBuffer(2)
    for stream in ("stderr", "stdout", "stdout", "stderr"):
        buffer.append(stream, "x")

    assert buffer.errors == 2


def test_memory_does_not_grow_with_the_output() -> None:
    buffer = filled(5_000, capacity=100)
    before = sys.getsizeof(buffer._ring)

    for number in range(50_000):
        buffer.append("stdout", f"line {number}")

    assert sys.getsizeof(buffer._ring) == before
    assert len(buffer.lines(0, buffer.total)) == 100


def test_an_endless_line_is_cut_and_says_so() -> None:
    buffer = OutputBuffer.of([OutputLine("stdout", "x" * (LONGEST_LINE + 1234))])

    line = buffer.line(0)
    assert line is not None
    assert line.text.endswith(" ... 1,234 more characters on disk")


def test_a_buffer_that_could_hold_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        OutputBuffer(0)
