"""The fault matrix of SECURITY.md 7, row by row: injected how, expected, seen."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.faults.scene import ROOT, NotRun, Scene, scene

Play = Callable[[Scene], str]
"""Injects the fault, and says what was seen; raises AssertionError, or NotRun."""


@dataclass(frozen=True)
class Row:
    """One row."""

    number: int
    fault: str
    injected: str
    expected: str
    play: Play


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    row: Row
    verdict: str
    """`passed`, `FAILED` or `not run`."""
    seen: str
    seconds: float


ROWS: dict[int, Row] = {}


def row(number: int, fault: str, *, injected: str, expected: str) -> Callable[[Play], Play]:
    """Enter a function as the row of that number."""

    def entered(play: Play) -> Play:
        ROWS[number] = Row(number, fault, injected, expected, play)
        return play

    return entered


def played(numbers: Iterable[int], *, long: bool) -> Iterable[Outcome]:
    """Play the rows, one after the other."""
    for number in numbers:
        one = ROWS[number]
        began = time.monotonic()
        with scene(long=long) as place:
            verdict, seen = _played(one, place)
        yield Outcome(one, verdict, seen, time.monotonic() - began)


def _played(one: Row, place: Scene) -> tuple[str, str]:
    try:
        return "passed", one.play(place)
    except NotRun as why:
        return "not run", str(why)
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "FAILED", f"{str(error) or where.line} ({where.name}:{where.lineno})"
    except Exception as error:  # noqa: BLE001  a row that breaks is a row that failed, and the others go on
        return "FAILED", f"{type(error).__name__}: {error}"


def table(outcomes: Sequence[Outcome]) -> str:
    """The rows as a table for a person, and the sums."""
    lines = []
    for outcome in outcomes:
        one = outcome.row
        head = f"{one.number:>2}  {outcome.verdict:<8} {one.fault}  ({outcome.seconds:.1f} s)"
        lines += [
            head,
            *_wrapped("injected", one.injected),
            *_wrapped("expected", one.expected),
            *_wrapped("why" if outcome.verdict == "not run" else "seen", outcome.seen),
        ]
    counts = {word: sum(one.verdict == word for one in outcomes) for word in ("passed", "FAILED", "not run")}
    return "\n".join([*lines, "", ", ".join(f"{count} {word}" for word, count in counts.items())])


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, 116, initial_indent=f"    {label:<9}", subsequent_indent=" " * 13)


def by_tests(place: Scene, *which: str) -> str:
    """Play a row by tests that inject it; only by the long command, for the suite runs them anyway."""
    if not place.long:
        raise NotRun(f"only with --long, for these tests of the suite inject it: {', '.join(which)}")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *which]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    last = ended.stdout.strip().splitlines()[-1] if ended.stdout.strip() else ended.stderr[-300:]
    assert ended.returncode == 0, f"{last}: {', '.join(which)}"
    return f"{last}: {', '.join(which)}"
