"""The short form of `python -m tests.faults`: kills, regressions and the rows that are quick."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import rows_disk, rows_intake, rows_network, rows_processes, rows_terminal
from tests.faults.case import SDK_KINDS, Blow, Case, Kind, Later, case_of
from tests.faults.driver import ring, run_all
from tests.faults.invariants import Tally
from tests.faults.matrix import ROWS, Outcome, Row, played, table
from tests.faults.scene import NotRun, case, scene
from tests.faults.stub import Weather

LONG = os.environ.get("LONG_TESTS") == "1"
KILLS = (Blow.KILL_AT_WRITE, Blow.KILL_AT_REQUEST)
ONE_CLIENT = (Kind.PUT, Kind.TOKEN, Kind.GET)
"""Of one service: most of what an engine costs here is the making of its clients."""
REGRESSIONS = [
    line.split()[0]
    for line in Path(__file__).with_name("regressions.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
QUICK_ROWS = (12, 20, 32)
"""Rows that take about a second; the others are played by hand, or by tests of their own."""


def test_twenty_kills_lose_nothing_do_nothing_twice_and_every_unknown_is_true(tmp_path: Path) -> None:
    tally = Tally()

    def cases() -> Iterator[Case]:
        for number in itertools.count(500):
            if tally.kills >= 20:
                return
            kinds = SDK_KINDS if number % 4 == 0 else ONE_CLIENT
            one = case_of(number, kinds=kinds, blows=KILLS, most=4)
            yield replace(one, kills_again=("before:1", "after:1", "before:2"))

    with ring(inside=tmp_path) as place:
        _, broken = run_all(cases(), place, lambda ended: None, tally)

    assert [(str(ended.case), ended.verdict.broken) for ended in broken] == []
    assert tally.is_clean
    assert tally.effects > 0


def test_a_kill_while_the_real_aws_is_at_work_is_no_different(aws_program: Path, tmp_path: Path) -> None:
    nine = case_of(9, kinds=(Kind.CLI_PUT,), blows=(Blow.KILL_BOTH,), size=2, timeout=60.0)

    with ring(real_aws=aws_program, inside=tmp_path) as place:
        ended = place.run(nine)

    assert ended.verdict.broken == ()
    assert ended.verdict.tally.kills >= 2


@pytest.mark.parametrize(("what", "strikes"), [("redrive", "within:1"), ("rollback", "after:1")])
def test_a_kill_while_an_ended_execution_goes_on_is_no_different(what: str, strikes: str, tmp_path: Path) -> None:
    one = case(Kind.PUT, Kind.PUT, Kind.PUT, weather={1: (Weather.REFUSE,)})
    orders = [Later(what, strikes), Later("reconcile", ""), Later(what, "")]

    with ring(inside=tmp_path) as place:
        ended = place.run(replace(one, later=tuple(orders)))

    assert ended.verdict.broken == ()
    assert ended.verdict.tally.kills == 1
    assert ended.verdict.tally.effects == (3 if what == "redrive" else 4)


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_what_broke_once_does_not_break_again(seed: str, tmp_path: Path) -> None:
    with ring(inside=tmp_path) as place:
        ended = place.run(case_of(int(seed.rstrip("+")), goes_on=seed.endswith("+")))

    assert ended.verdict.broken == ()


@pytest.mark.parametrize(
    ("weather", "status"),
    [((Weather.RESET, Weather.THROTTLE), "Unknown"), ((Weather.THROTTLE, Weather.THROTTLE), "Failed")],
    ids=["done perhaps", "not done"],
)
def test_a_kill_between_two_attempts_does_not_forget_that_the_first_may_have_done_the_work(
    weather: tuple[Weather, ...], status: str
) -> None:
    one = case(Kind.TOKEN, weather={0: weather})
    with scene(long=False) as place:
        place.watch(one)
        code, _, _ = place.engine("run", one, crash="after:2:CommandRetryScheduled").end()
        place.settled()
        place.holds(one)

        assert code == -9
        assert len(place.stub.requests) == 2
        assert place.statuses(one) == {"c00": status}
        assert place.known(one, "c00").doubtful is False


@pytest.mark.parametrize("number", sorted(ROWS) if LONG else QUICK_ROWS)
def test_a_row_of_the_matrix(number: int) -> None:
    [outcome] = played([number], long=LONG)

    if outcome.verdict == "not run":
        pytest.skip(outcome.seen)
    assert outcome.verdict == "passed", outcome.seen


def test_every_row_of_the_matrix_is_there() -> None:
    modules = (rows_disk, rows_intake, rows_network, rows_processes, rows_terminal)

    assert sorted(ROWS) == list(range(1, 33))
    assert {row.play.__module__ for row in ROWS.values()} == {module.__name__ for module in modules}


def test_a_row_that_was_not_run_is_never_told_as_passed() -> None:
    row = Row(99, "a fault", "somehow", "something", lambda place: "seen")
    outcomes = [Outcome(row, "passed", "seen", 1.0), Outcome(row, "not run", str(NotRun("no means")), 0.0)]

    lines = table(outcomes).splitlines()

    assert [line for line in lines if "no means" in line] == ["    why      no means"]
    assert lines[-1] == "1 passed, 0 FAILED, 1 not run"
