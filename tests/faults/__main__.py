"""`python -m tests.faults`: see the package's first page."""

from __future__ import annotations

import argparse
import itertools
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from tests.conftest import MOTO_SERVER
from tests.faults import rows_disk, rows_intake, rows_network, rows_processes, rows_terminal  # noqa: F401  enter rows
from tests.faults.case import SDK_KINDS, Blow, Case, Kind, case_of
from tests.faults.driver import SECRET, Ended, Ring, ring, run_all
from tests.faults.invariants import Tally
from tests.faults.matrix import ROWS, played, table

REGRESSIONS = Path(__file__).with_name("regressions.txt")
MOTO_KINDS = (Kind.PUT, Kind.TOKEN, Kind.SEND, Kind.PUBLISH)
MIXED_KINDS = (Kind.CLI_PUT, Kind.CLI_SEND, Kind.PUT, Kind.TOKEN, Kind.SEND, Kind.PUBLISH)
"""A third of a plan's commands are the real `aws`: enough for most kills to meet one at work."""
KILLS = (Blow.KILL_AT_WRITE, Blow.KILL_AT_REQUEST, Blow.KILL_AT_MOMENT)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="the first case; alone: only this one")
    parser.add_argument("--seconds", type=float, default=None, help="how long to go on with the numbers after it")
    verbs = parser.add_subparsers(dest="verb")
    kills = verbs.add_parser("kills", help="random kill -9 over plans of 20 commands")
    kills.add_argument("--count", type=int, default=500)
    kills.add_argument("--real", type=int, default=None, help="so many of them with the real aws; a fifth")
    kills.add_argument("--moto", type=int, default=None, help="so many of them against moto; a fifth")
    kills.add_argument("--seed", type=int, default=10_000, dest="first")
    rows = verbs.add_parser("matrix", help="the fault matrix as a table")
    rows.add_argument("rows", nargs="*", type=int)
    rows.add_argument("--long", action="store_true", help="the long forms, and the rows that the suite injects")
    given = parser.parse_args(words)
    # A shell that starts it in the background ignores the first; neither may leave folders behind.
    for ended_by in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended_by, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # `nohup`: what is ignored stays so in every program that a row starts, and a dropped line would be no news.
        signal.signal(signal.SIGHUP, lambda number, frame: None)
    match given.verb:
        case "kills":
            fifth = given.count // 5
            real = fifth if given.real is None else given.real
            moto = fifth if given.moto is None else given.moto
            return _kills(given.count, real, moto, given.first)
        case "matrix":
            return _matrix(given.rows or sorted(ROWS), long=given.long)
        case _:
            return _drive(given.seed, given.seconds)


def _drive(seed: int | None, seconds: float | None) -> int:
    first = int(time.time()) if seed is None else seed
    numbers: Iterator[int] = itertools.count(first)
    if seconds is None and seed is not None:
        numbers = iter([first])
    until = time.monotonic() + (60.0 if seconds is None else seconds)
    in_time = itertools.takewhile(lambda _: time.monotonic() < until, numbers)
    cases = (case_of(number, goes_on=True) for number in in_time)
    with ring() as place:
        tally, broken = run_all(cases, place, _say)
    print(f"{tally.plans} cases, {tally.kills} kills, {tally.effects} effects; {len(broken)} broke something")
    for ended in broken:
        print(f"again: python -m tests.faults --seed {ended.case.seed}")
    return 1 if broken else 0


def _say(ended: Ended) -> None:
    print(f"{ended.seconds:5.1f} s  {ended.case}: {ended.how}", flush=True)
    for sentence in ended.verdict.broken:
        print(f"         BROKEN {sentence}", flush=True)


def _kills(count: int, real: int, moto: int, first: int) -> int:
    """So many kills, each of a plan of its own; a plan that was too quick to be killed counts for its table only.

    The slowest come first, and an interrupt (SIGINT) ends it with the table of what was run until then.
    """
    rows: list[tuple[str, Tally]] = []
    broken: list[Ended] = []
    begun = time.monotonic()
    try:
        if real:
            with ring(real_aws=Path(sysconfig.get_path("scripts")) / "aws") as place:
                rows.append(("with the real aws", Tally()))
                _kill(rows[-1][1], broken, real, first, place, kinds=MIXED_KINDS, span=8.0, timeout=60.0)
        if moto:
            with moto_server() as address, ring(upstream=address) as place:
                rows.append(("SDK, moto", Tally()))
                _kill(rows[-1][1], broken, moto, first, place, kinds=MOTO_KINDS)
        with ring() as place:
            rows.append(("SDK, counting stub", Tally()))
            _kill(rows[-1][1], broken, count - real - moto, first, place, kinds=SDK_KINDS)
    except KeyboardInterrupt:
        print(f"\n\nstopped before all {count} kills were done")
    print(f"\n\n{kill_table(rows)}\n\n{time.monotonic() - begun:.0f} s")
    for ended in broken:
        print(f"{ended.case}: {'; '.join(ended.verdict.broken)}")
    return 1 if broken else 0


def _kill(tally: Tally, broken: list[Ended], wanted: int, first: int, place: Ring, **more: Any) -> None:
    def cases() -> Iterator[Case]:
        for number in itertools.count(first):
            if tally.kills >= wanted:
                return
            yield case_of(number, size=20, blows=KILLS, **more)

    def say(ended: Ended) -> None:
        print("." if not ended.verdict.broken else "F", end="", flush=True)
        if ended.verdict.broken:
            broken.append(ended)

    run_all(cases(), place, say, tally)


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server in a process of its own, with the queue and the topic that the plans name."""
    with subprocess.Popen(
        [sys.executable, "-c", MOTO_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            assert server.stdout is not None
            address = f"http://127.0.0.1:{server.stdout.readline().decode().strip()}"
            session = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", SECRET, region_name="us-east-1")
            session.client("sqs", endpoint_url=address).create_queue(QueueName="q")
            session.client("sns", endpoint_url=address).create_topic(Name="t")
            yield address
        finally:
            server.kill()


def kill_table(rows: Sequence[tuple[str, Tally]]) -> str:
    """The table of "what must be seen" 1."""
    heads = (
        "", "plans", "kills", "commands", "intents", "requests", "effects", "without intent", "twice", "lost",
        "unknown", "had happened", "untrue",
    )  # fmt: skip
    total = Tally()
    lines = []
    for title, one in (*rows, ("together", total)):
        if one is not total:
            total.add(one)
        lines.append(
            (
                title, one.plans, one.kills, one.commands, one.intents, one.requests, one.effects, one.without_intent,
                one.twice, one.lost, one.unknown, one.unknown_that_had_happened, one.untrue_unknown,
            )
        )  # fmt: skip
    widths = [max(len(str(line[at])) for line in (heads, *lines)) for at in range(len(heads))]
    return "\n".join(
        "  ".join(str(word).rjust(width) for word, width in zip(line, widths, strict=True)) for line in (heads, *lines)
    )


def _matrix(numbers: Sequence[int], *, long: bool) -> int:
    outcomes = []
    for outcome in played(numbers, long=long):
        outcomes.append(outcome)
        print(f"row {outcome.row.number}: {outcome.verdict}", file=sys.stderr, flush=True)
    print(table(outcomes))
    return 1 if any(outcome.verdict == "FAILED" for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
