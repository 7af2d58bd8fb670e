"""How much slower output is for being read for secrets: `python benchmarks/redaction.py [--megabytes 256] [--json]`.

A command writes clean text as fast as it can: once straight into a file, once through a runner that redacts nothing,
once through the runner as it is, with two secret values to look for in all their forms. Figures are ratios against
the runner that redacts nothing, measured in the same run, each the best of three; a busy machine changes them little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloudops_tui.executors import job
from cloudops_tui.policy import redaction

SECRETS = (b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY", random.Random(1).randbytes(600).hex().encode())
PASSES_ALL = """
class Redaction:
    is_holding = False
    def __init__(self, *_): pass
    def feed(self, data): return data
    def idle(self): return b""
    def close(self): return b""
"""
STARTS = 21


def log_lines(chance: random.Random) -> bytes:
    """What a program logs."""
    return b"".join(
        b"2024-05-01T12:00:%02d.%03dZ INFO request id=%08x path=/api/v1/items/%d status=200 bytes=%d\n"
        % (number % 60, number % 1000, chance.getrandbits(32), number, number * 7)
        for number in range(20_000)
    )


def answers(chance: random.Random) -> bytes:
    """What AWS answers; `ClientToken` stands in each."""
    instances = [
        {
            "InstanceId": f"i-{chance.getrandbits(60):017x}",
            "ClientToken": f"{chance.getrandbits(120):032x}",
            "PrivateIpAddress": f"10.0.0.{number % 250}",
            "Tags": [{"Key": "Name", "Value": f"web-{number}"}],
        }
        for number in range(4_000)
    ]
    return json.dumps({"Reservations": [{"Instances": instances}]}, indent=4).encode()


def addresses(chance: random.Random) -> bytes:
    """Addresses beside addresses of mail: each looks as if a password might follow."""
    return b"".join(
        b'{"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q-%x", "Owner": "a@example.com"}\n'
        % chance.getrandbits(32)
        for _ in range(15_000)
    )


TEXTS: dict[str, Callable[[random.Random], bytes]] = {"log": log_lines, "answers": answers, "addresses": addresses}


@contextmanager
def using(module: str) -> Iterator[None]:
    """Runners that are started meanwhile run this redaction."""
    ours = redaction.__file__
    redaction.__file__ = module
    try:
        yield
    finally:
        redaction.__file__ = ours


def through_runner(folder: Path, argv: list[str]) -> float:
    """Seconds that a command takes under a runner, from the start of the runner to its end."""

    async def run() -> float:
        room = folder / "attempt"
        known = tuple(form.decode("latin-1") for form in redaction.all_forms(SECRETS))
        spec = job.JobSpec(tuple(argv), {"PATH": "/usr/bin:/bin"}, folder, timeout=None, secrets=known)
        began = time.perf_counter()
        result = await (await job.Job.start(room, spec)).end()
        took = time.perf_counter() - began
        assert result.exit_code == 0, result
        shutil.rmtree(room)
        return took

    return asyncio.run(run())


def into_file(folder: Path, argv: list[str]) -> float:
    """Seconds that the same command takes with a file as its output."""
    began = time.perf_counter()
    with (folder / "out").open("wb") as out:
        subprocess.run(argv, stdout=out, check=True)
    return time.perf_counter() - began


def measured(megabytes: int) -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory(prefix="cloudops-redaction-") as name:
        folder = Path(name)
        (folder / "passes_all.py").write_text(PASSES_ALL)
        passes_all = str(folder / "passes_all.py")
        texts = {what: _text(folder, what, make, megabytes, passes_all) for what, make in TEXTS.items()}
        with using(passes_all):
            bare = statistics.median(through_runner(folder, ["/bin/true"]) for _ in range(STARTS))
        silent = statistics.median(through_runner(folder, ["/bin/true"]) for _ in range(STARTS))
    return {"megabytes": megabytes, "texts": texts, "silent_command": {"ratio": silent / bare, "seconds": silent}}


def _text(
    folder: Path, what: str, make: Callable[[random.Random], bytes], megabytes: int, passes_all: str
) -> dict[str, float]:
    text = make(random.Random(7))
    source = folder / what
    with source.open("wb") as file:
        for _ in range(megabytes * 1_000_000 // len(text) + 1):
            file.write(text)
    argv = ["cat", str(source)]
    floor = min(into_file(folder, argv) for _ in range(3))
    with using(passes_all):
        without = min(through_runner(folder, argv) for _ in range(3))
    with_it = min(through_runner(folder, argv) for _ in range(3))
    size = source.stat().st_size / 1_000_000
    source.unlink()
    return {"ratio": with_it / without, "ratio_to_file": with_it / floor, "megabytes_per_second": size / with_it}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = measured(wanted.megabytes)
    if wanted.json:
        print(json.dumps(found, indent=2))
        return
    for what, one in found["texts"].items():
        print(
            f"{what:10} {one['ratio']:5.2f} times the runner that redacts nothing, "
            f"{one['ratio_to_file']:5.1f} times `cat` to a file, {one['megabytes_per_second']:.0f} MB/s"
        )
    silent = found["silent_command"]
    print(f"{'silent':10} {silent['ratio']:5.2f} times, {silent['seconds'] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
