"""Rows of what comes in: floods of output, bytes that are no text, plans that are bombs, clocks that jump."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.executors.sdk import SdkExecutor
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.storage.service import StorageService
from tests.engine.made import KnownAccounts
from tests.faults.case import Case, Kind
from tests.faults.driver import environment
from tests.faults.engine_process import memory
from tests.faults.invariants import CONTROL
from tests.faults.matrix import by_tests, row
from tests.faults.rows_network import the_program
from tests.faults.scene import Scene, case, facts

MIB = 2**20
MOST_MEMORY = 100 * MIB  # above what an idle engine holds

FLOOD = """
import hashlib
block, times, end = BLOCK, TIMES, END
digest = hashlib.sha256()
for _ in range(times):
    os.write(1, block) == len(block) or sys.exit(9)
    digest.update(block)
os.write(1, end)
digest.update(end)
open(FACTS, "w").write(digest.hexdigest())
"""


def flood(place: Scene, block: bytes, times: int, end: bytes = b"") -> dict[str, Any]:
    """A command of the CLI that prints so much; what the engine and the runner held at most, and what was kept."""
    said = place.folder / "digest"
    text = FLOOD
    for name, value in {"BLOCK": block, "TIMES": times, "END": end, "FACTS": os.fspath(said)}.items():
        text = text.replace(name, repr(value))
    place.aws = place.program(text)
    one = case(Kind.CLI_PUT, timeout=600.0)
    place.watch(one)
    engine = place.engine("run", one, before=("env",), measures=True)
    runner = 0
    while engine.lives():
        for started in list(place.evidence.started()):
            try:
                runner = max(runner, memory("VmHWM", json.loads(started.read_text())["runner_pid"]))
            except (OSError, ValueError):
                pass  # it ends this moment
        time.sleep(0.05)  # between two looks
    code, out, err = engine.end()
    assert code == 0, err[-500:]
    measured = facts(out)
    kept = next(kept for kept in place.evidence.executions() if kept.plan.id == one.plan.id)
    result = kept.state.command(one.plan.commands[0].id).result
    assert result is not None
    assert result.status.value == "Completed", result.error
    file = place.evidence.attempt(kept.id, one.plan.commands[0].id, 1) / "stdout"
    with file.open("rb") as source:
        same = hashlib.file_digest(source, "sha256").hexdigest() == said.read_text()
    assert same, "the bytes on disk are not those that were printed"
    above = measured["peak"] - measured["idle"]
    assert above < MOST_MEMORY, f"the engine took {above // MIB} MiB above idle"
    assert runner < MOST_MEMORY, f"the runner took {runner // MIB} MiB"
    length = file.stat().st_size
    assert result.output_bytes == length, (result.output_bytes, length)
    assert not CONTROL.search(result.output)
    return {"length": length, "above": above, "runner": runner}


@row(
    22,
    "1 GB of output, one line of 1 GB, 10 million lines",
    injected="such a program in place of `aws` (in the short form 16 MiB and 200,000 lines)",
    expected="engine and runner below 100 MB above idle; every byte on disk with the true length and hash",
)
def floods(place: Scene) -> str:
    size = 1024 if place.long else 16
    lines = 10_000_000 if place.long else 200_000
    block = (b"0123456789abcdef" * 3 + b"0123456789abcde\n") * 1024
    cases: dict[str, Callable[[], dict[str, Any]]] = {
        "lines of 64 bytes": lambda: flood(place, block, size * MIB // len(block)),
        "one line": lambda: flood(place, b"x" * 65536, size * 16),
        f"{lines:,} lines": lambda: flood(place, b"line\n" * 10_000, lines // 10_000),
    }
    seen = []
    for name, pour in cases.items():
        found = pour()
        seen.append(
            f"{name}: {found['length']:,} bytes kept whole, engine +{found['above'] // MIB} MiB,"
            f" runner {found['runner'] // MIB} MiB"
        )
    return "; ".join(seen)


@row(
    23,
    "bytes that are no text",
    injected="invalid UTF-8, NUL, UTF-16, C1, bidi, a character cut at the border of two writes",
    expected="kept byte for byte, shown escaped, no error",
)
def no_text(place: Scene) -> str:
    block = b"\xff\xfe\x00\x1b]0;x\x07\xc2\x9b2J\xe2\x80\xae" + "grün".encode("utf-16") + b"caf\xc3"
    found = flood(place, block, 3, end=b"\xa9 \xf0\x9f\x98\n")
    shown = the_program(place, "logs", place.kept().id.hex[:8])
    assert shown.returncode == 0, shown.stderr
    assert not CONTROL.search(shown.stdout.replace("\t", "")), shown.stdout
    return f"{found['length']} bytes kept; `logs` shows {shown.stdout.strip()[:60]!r}"


@row(
    25,
    "secrets in output, cut in two by a flush",
    injected="known values and patterns over every border of the runner's blocks; a whole plan with secrets",
    expected="I10: in no file, on no screen",
)
def secrets(place: Scene) -> str:
    cut = "tests/executors/test_runner.py::test_a_secret_cut_in_two_by_a_flush_is_never_written"
    return by_tests(place, "tests/journeys/test_secrets.py", cut)


@row(
    26,
    "`aws` missing, replaced or another between approval and run; an alias appears",
    injected="the program is swapped, an alias written, between review and decision and while a command runs",
    expected="refused: what was approved is not what is there",
)
def other_tool(place: Scene) -> str:
    return by_tests(place, "tests/engine/test_tampering.py", "tests/engine/test_safety.py")


@row(
    27,
    "a file of the plan changes after approval",
    injected="originals and copies changed, links put in their place, FIFOs, /proc, files of 10 GB",
    expected="the copy is used, a changed copy refuses, what is no regular file is refused",
)
def other_file(place: Scene) -> str:
    files = ("tests/engine/test_files.py", "tests/policy/test_files.py", "tests/storage/test_frozen_files.py")
    return by_tests(place, *files)


@row(
    28,
    "plans that are bombs",
    injected="duplicate keys, depth 100,000, a million commands, 100 MB, NaN, unknown fields, a cycle, an id twice",
    expected="refused with the reason, quickly, and nothing of it runs",
)
def bombs(place: Scene) -> str:
    good = json.loads(case(Kind.PUT, Kind.PUT).plan.model_dump_json())
    first, second = (command["id"] for command in good["commands"])
    cycle = {"DependencyGraph": {"dependencies": {first: [second], second: [first]}}}
    twice = [good["commands"][0], {**good["commands"][1], "id": first}]
    whole = json.dumps(good)
    files = {
        "duplicate keys": whole.replace('"description"', '"description": "x", "description"', 1),
        "depth": "[" * 100_000 + "]" * 100_000,
        "NaN": whole.replace('"Value": "value-of-c00"', '"Value": NaN'),
        "an unknown field": whole.replace('"description"', '"descripton": "x", "description"', 1),
        "a cycle": json.dumps({**good, "mode": cycle}),
        "an id twice": json.dumps({**good, "commands": twice}),
    }
    if place.long:
        files["100 MB"] = '{"description": "' + "x" * 100_000_000 + '"}'
        files["a million commands"] = json.dumps({**good, "commands": [good["commands"][0]] * 1_000_000})
    seen = []
    for name, text in files.items():
        assert text != whole, name
        path = place.folder / "bomb.json"
        path.write_text(text)
        began = time.monotonic()
        ended = the_program(place, "check", os.fspath(path))
        assert ended.returncode == 2, (name, ended.returncode, ended.stdout[-300:], ended.stderr[-300:])
        assert "Traceback" not in ended.stderr, ended.stderr[-500:]
        seen.append(f"{name} ({time.monotonic() - began:.1f} s)")
    assert not place.stub.requests
    return f"exit 2: {', '.join(seen)}; a start of the program is about 1 s of each"


class JumpingClock:
    """Tells a time that leaps an hour on, an hour back and over 2038 while a plan runs."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        self._looks += 1
        leap = (timedelta(0), timedelta(hours=1), timedelta(hours=-1), timedelta(days=365 * 13))[self._looks // 4 % 4]
        return datetime.now(UTC) + leap

    def monotonic(self) -> float:
        return time.monotonic()


@row(
    15,
    "the clock jumps",
    injected="a clock in the engine that leaps an hour on, an hour back and past 2038 with every few looks",
    expected="the story keeps its order, no duration is negative, the execution ends, an old approval stays old",
)
def clock_jumps(place: Scene) -> str:
    one = case(Kind.PUT, Kind.GET, Kind.PUT, Kind.TOKEN)
    place.watch(one)
    asyncio.run(_with_clock(place, one))
    kept = place.kept()
    assert [event.seq for event in kept.story] == list(range(1, len(kept.story) + 1))
    for command in one.plan.commands:
        result = kept.state.command(command.id).result
        assert result is not None
        assert result.duration.total_seconds() >= 0, result
        assert result.started_at is not None
        assert result.completed_at is not None
        assert result.completed_at >= result.started_at, result
    moments = [event.at for event in kept.story if event.at is not None]
    backwards = sum(later < earlier for earlier, later in pairwise(moments))
    if place.long:
        by_tests(place, "tests/engine/test_approval_record.py")
    ended = f"{kept.status} ({kept.state.error})" if kept.state.error else kept.status
    return f"{ended}; {len(moments)} events in order, {backwards} of them earlier by the clock than the one before"


async def _with_clock(place: Scene, one: Case) -> None:
    before = dict(os.environ)
    os.environ.update(environment(place.stub.address, place.folder))
    try:
        async with ExecutionEngine(
            StorageService(StorageConfig(state_dir=place.state_dir)),
            executors=[SdkExecutor()],
            accounts=KnownAccounts(Path("/bin/true")),
            clock=JumpingClock(),
            operator="driver",
        ) as engine:
            await engine.wait(await engine.execute_with_approval(one.plan, Approve()))
    finally:
        os.environ.clear()
        os.environ.update(before)


