"""What the terminal UI costs, in a real pty: `python benchmarks/terminal.py [--short] [--json]`.

The program is the real one: its own process, its engine on its thread, a store on disk, a runner and a child process
for each command. The child is a stand-in for `aws` that prints as many lines a second as a file says. Keys are pressed
from the other end of the pty; a key has arrived when an emulator shows what it does. Figures are ratios of the same
run on the same machine. `--short` takes a minute and more and leaves the ten million lines out.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import random
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyte

COLUMNS, ROWS = 80, 24
PATIENCE = 120.0  # seconds
TICK = 0.05  # seconds between two writes of the stand-in
TEN_MILLION = 10_000_000
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
AT_CURSOR = re.compile(r"❯ *\S+ +\S+ +(\d+)")
"""The row of the tree that the cursor is on, as it is painted: pointer, sign, word, the command's number. Rows that
ended stand further in."""
BETWEEN_KEYS = 0.1, 0.4
"""Seconds. At random, from a seed: a fixed rhythm meets the frames, ten a second, always at the same place."""

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("1 Queue")
Bare().run(mouse=False)
"""

STAND_IN = """#!{python} -IS
import os, sys, time
words = sys.argv[1:]
if "--version" in words:
    print("aws-cli/1.46.3 Python/3.11 Linux botocore/1.40.61"); sys.exit(0)
if "describe-tags" not in words:
    time.sleep(1); sys.exit(0)
folder, number, due, sent = {folder!r}, 0, time.monotonic(), 0
out = sys.stdout.buffer
line = b"2026-03-04T12:04:31Z INFO  installing kernel-5.10.220-209.867.amzn2 step %09d of many\\n"
while True:
    orders = open(os.path.join(folder, "orders")).read().split()
    if not orders or orders[0] == "end":
        break
    rate, until = int(orders[0]), int(orders[1])
    size = rate // {ticks}
    if until:
        size = max(0, min(size, until - sent))
    if rate:
        out.write(b"".join(line % n for n in range(number, number + size))); out.flush()
        number += size; sent += size
        told = os.path.join(folder, "sent-%d" % os.getpid())
        with open(told + ".new", "w") as file:
            file.write(str(sent))
        os.replace(told + ".new", told)
    due += {tick}
    wait = due - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    else:
        due = time.monotonic()
"""

CHILD = """
import asyncio, os, pathlib, sys
from cloudops_tui import bootstrap
from cloudops_tui.engine.session import EngineThread
from cloudops_tui.tui.app import run_tui
thread = EngineThread()
setup = bootstrap.load_setup(pathlib.Path(sys.argv[1]))
session = thread.call(bootstrap._made_there(setup, thread.loop))
entry = thread.call(session.submit(pathlib.Path(sys.argv[2]).read_text(), source="benchmark"))
assert entry.plan is not None, entry.problems
thread.call(session.run_unasked(entry.id))
sys.setswitchinterval(bootstrap.SHORTEST_TURN)
code = run_tui(session, settings=setup.settings)
os._exit(code)
"""


# --- a terminal ------------------------------------------------------------------------------------------------------


class Terminal:
    """A pty with a program on one end; counts bytes, knows the screen."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], *, watched: bool = True) -> None:
        """`watched`: an emulator follows; otherwise bytes are only kept."""
        self.bytes = 0
        self.tail = b""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen) if watched else None
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), start_new_session=True
        )
        os.close(slave)

    def close(self) -> None:
        """End the program and whatever it began."""
        for each in (*_descendants(self.process.pid), self.process.pid):
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        os.close(self._master)

    def press(self, keys: str) -> None:
        """As a person would."""
        os.write(self._master, keys.encode())

    def read(self, within: float) -> bytes:
        """What came, at most that much later."""
        if not select.select([self._master], [], [], within)[0]:
            return b""
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return b""
        self.bytes += len(data)
        self.tail = (self.tail + data)[-200_000:]
        if self._stream is not None:
            self._stream.feed(data)
        return data

    def until(self, holds: Callable[[], bool], what: str) -> float:
        """Read until it holds; seconds since the program began."""
        deadline = time.perf_counter() + PATIENCE
        while not holds():
            if time.perf_counter() > deadline:
                raise SystemExit(f"{what} did not come; the screen shows:\n{self.text}")
            self.read(0.05)
        return time.perf_counter() - self.began

    def rest(self, seconds: float) -> bytes:
        """Read for so long; what came."""
        end, came = time.perf_counter() + seconds, b""
        while (left := end - time.perf_counter()) > 0:
            came += self.read(left)
        return came

    @property
    def text(self) -> str:
        """The screen, row by row."""
        return "\n".join(self._screen.display)

    def unwatched(self) -> None:
        """From now on bytes are only kept: an emulator takes longer to draw them than a key takes to act."""
        self._stream = None


@contextmanager
def terminal(argv: Sequence[str], environment: Mapping[str, str], *, watched: bool = True) -> Iterator[Terminal]:
    """A terminal that is cleared away."""
    opened = Terminal(argv, environment, watched=watched)
    try:
        yield opened
    finally:
        opened.close()


def _descendants(pid: int) -> list[int]:
    """Children and theirs; runners are sessions of their own and are found through their parents."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except (OSError, ValueError, IndexError):
                continue
    found, left = [], [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    """Of the process alone, user and system."""
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


# --- the world around it ---------------------------------------------------------------------------------------------


@dataclass
class World:
    """A state folder, a configuration, a stand-in, and orders for it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        program = self.folder / "aws"
        program.write_text(
            STAND_IN.format(python=sys.executable, folder=str(self.folder), ticks=round(1 / TICK), tick=TICK)
        )
        program.chmod(0o755)
        config = self.folder / "config.toml"
        config.write_text(
            f'[cli]\ncli_path = "{program}"\n[approval]\nauto_approve_readonly = true\n'
            "[execution]\ncommand_timeout = \"1h\"\nmax_parallel = 64\n"
        )
        keep = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ} | {
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1",
            "CLOUDOPS_CONFIG": str(config), "CLOUDOPS_STATE_DIR": str(self.folder / "state"),
            "AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark", "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip
        self.order("end")

    def order(self, rate: int | str, until: int = 0) -> None:
        """Lines a second of each stand-in that talks, and after how many it only waits; `end` ends it."""
        waiting = self.folder / "orders.new"
        waiting.write_text(f"{rate} {until}")
        waiting.replace(self.folder / "orders")

    def sent(self) -> int:
        """Lines that were printed so far, by all of them."""
        return sum(int(file.read_text() or 0) for file in self.folder.glob("sent-*[0-9]"))

    def plan(self, talking: int, quiet: int) -> Path:
        """A plan of commands that talk, and of a graph of others that say nothing and wait for the first."""
        talkers = [_command(n, "talk") for n in range(1, talking + 1)]
        others = [_command(n, "rest") for n in range(talking + 1, talking + quiet + 1)]
        ids = [each["id"] for each in others]
        # As many edges as a plan of 1,000,000 bytes has room for: every tenth command waits for the one before it.
        waits = {late: [early] for early, late in zip(ids[8::10], ids[9::10], strict=False)}
        document = {
            "id": str(UUID(int=1 << 80 | talking << 20 | quiet)), "description": f"{talking} talk, {quiet} do not",
            "commands": [*talkers, *others], "mode": {"DependencyGraph": {"dependencies": waits}},
            "risk_level": "ReadOnly", "max_parallel": 8 if quiet > 1 else 64,
        }  # fmt: skip
        path = self.folder / f"plan-{talking}-{quiet}.json"
        path.write_text(json.dumps(document, separators=(",", ":")))
        return path


def _command(number: int, word: str) -> dict[str, Any]:
    command = "aws ec2 describe-tags" if word == "talk" else "aws s3 ls"
    return {
        "id": UUID(int=2 << 80 | number).hex, "description": word, "risk_level": "ReadOnly",
        "command_type": {"Cli": {"command": command, "args": []}}, "profile": "default", "region": "eu-west-1",
    }  # fmt: skip


# --- what is measured ------------------------------------------------------------------------------------------------


def first_paints(world: World, times: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds from process start to the first picture, of a bare Textual program and of ours, in turn; and to the help
    of our screen, asked for by a key that was pressed as soon as there was a picture.

    Our first picture is the frame with its words. It is drawn before Textual is loaded; keys wait until it is.
    """
    bare_file = world.folder / "bare.py"
    bare_file.write_text(BARE)
    bare: list[float] = []
    ours: list[float] = []
    answers: list[float] = []
    for number in range(times + 1):
        for argv, found in (
            ([sys.executable, str(bare_file)], bare),
            ([sys.executable, "-m", "cloudops_tui"], ours),
        ):
            with terminal(argv, world.environment, watched=False) as shown:
                took = shown.until(lambda shown=shown: b"Queue" in shown.tail, "the first picture")  # type: ignore[misc]
                if number:  # the first of each warms the caches
                    found.append(took)
                if found is ours:
                    shown.press("?")
                    told = shown.until(lambda shown=shown: b"Keys of this screen" in shown.tail, "the help")  # type: ignore[misc]
                    answers += [told] if number else []
    return bare, ours, answers


def key_latency(shown: Terminal, times: int) -> float:
    """The median of seconds from `j` or `k` to the bytes that paint the cursor on another row."""
    shown.unwatched()
    _, at = _cursor_after(shown, "j", None)
    waits, at = [], _painted(shown.rest(0.5), at)  # the first picture with a cursor may still be of the row before
    rhythm = random.Random(7)
    for number in range(times):
        took, at = _cursor_after(shown, "k" if number % 2 == 0 else "j", at)
        waits.append(took)
        at = _painted(shown.rest(rhythm.uniform(*BETWEEN_KEYS)), at)  # a command that ended may take the cursor along
    return statistics.median(waits)


def _cursor_after(shown: Terminal, key: str, before: str | None) -> tuple[float, str | None]:
    """Seconds until the cursor is painted on another command than `before`, and on which."""
    came, began = b"", time.perf_counter()
    shown.press(key)
    while time.perf_counter() - began < 10:
        came += shown.read(0.02)
        took = time.perf_counter() - began
        at = _painted(came, before)
        if at != before:
            return took, at
    raise SystemExit("A key moved no cursor")


def _painted(came: bytes, before: str | None) -> str | None:
    """On which command the cursor was painted last; `before` where it was not."""
    painted = AT_CURSOR.findall(ESCAPES.sub("", came.decode(errors="ignore")))
    return painted[-1] if painted else before


def bytes_a_second(shown: Terminal, seconds: float) -> float:
    """What the terminal gets."""
    began, before = time.perf_counter(), shown.bytes
    shown.rest(seconds)
    return (shown.bytes - before) / (time.perf_counter() - began)


def watching(shown: Terminal, plan: str) -> None:
    """From the queue to the live screen."""
    shown.until(lambda: plan in shown.text, "the queue")
    shown.press("2")
    shown.until(lambda: "COMMANDS" in shown.text and plan in shown.text, "the area of what runs")
    shown.press("\r")
    shown.until(lambda: "[FOLLOW]" in shown.text, "the live screen")


def _child(world: World, plan: Path, state: str) -> list[str]:
    return [sys.executable, "-c", CHILD, str(world.folder / state), str(plan)]


def few_that_talk(world: World, figures: dict[str, Any], *, lines: int, seconds: float, keys: int) -> None:
    """Idle, 1,000 and 50,000 lines a second, then as many lines as it takes; all in one process.

    Two commands share the lines, so that whichever the cursor is on, its output moves.
    """
    world.order(0)
    with terminal(_child(world, world.plan(2, 0), "state-two"), world.environment) as shown:
        watching(shown, "2 talk, 0 do not")
        shown.until(lambda: "2 running" in shown.text, "both of them running")
        world.order(1_000)
        shown.until(lambda: world.sent() > 500, "the first lines")
        world.order(0)  # idle is a screen that shows as much, of which nothing moves
        shown.rest(2.0)
        pid = shown.process.pid
        figures["idle_cpu_percent"] = _cpu_percent(pid, shown, seconds)
        figures["key_idle_ms"] = key_latency(shown, keys) * 1000
        for rate in (1_000, 50_000):
            world.order(rate // 2)
            shown.rest(1.0)
            printed, began = world.sent(), time.perf_counter()
            figures[f"bytes_a_second_{rate}"] = bytes_a_second(shown, seconds)
            figures[f"cpu_percent_{rate}"] = _cpu_percent(pid, shown, seconds)
            figures[f"lines_a_second_{rate}"] = (world.sent() - printed) / (time.perf_counter() - began)
            figures[f"key_{rate}_ms"] = key_latency(shown, keys) * 1000
        figures["rss_start_mb"] = resident(pid) / 1e6
        most, until = 0, (world.sent() + lines) // 2 * 2
        world.order(100_000, until // 2)
        while world.sent() < until - 1:
            shown.rest(0.5)
            most = max(most, resident(pid))
        shown.rest(2.0)
        figures["rss_after_lines_mb"] = max(most, resident(pid)) / 1e6
        figures["lines_for_rss"] = lines
        world.order("end")


def many_that_talk(world: World, figures: dict[str, Any], *, many: int, seconds: float, keys: int) -> None:
    """Two hundred commands that talk at once."""
    world.order(0)
    for file in world.folder.glob("sent-*"):
        file.unlink()
    with terminal(_child(world, world.plan(many, 0), f"state-{many}"), world.environment) as shown:
        watching(shown, f"{many} talk, 0 do not")
        shown.until(lambda: f"{min(many, 64)} running" in shown.text, "all of them running")
        world.order(100)
        shown.rest(3.0)
        figures["talkers"] = min(many, 64)
        printed, began = world.sent(), time.perf_counter()
        figures["talkers_bytes_a_second"] = bytes_a_second(shown, seconds)
        figures["talkers_lines_a_second"] = (world.sent() - printed) / (time.perf_counter() - began)
        figures["talkers_key_ms"] = key_latency(shown, keys) * 1000
        figures["talkers_rss_mb"] = resident(shown.process.pid) / 1e6
        world.order("end")


def big_graph(world: World, figures: dict[str, Any], *, size: int, seconds: float, keys: int) -> None:
    """A graph of five thousand, of which commands end all the time."""
    world.order(0)
    plan = world.plan(1, size - 1)
    with terminal(_child(world, plan, "state-big"), world.environment) as shown:
        watching(shown, f"1 talk, {size - 1} do not")
        shown.rest(2.0)
        figures["commands"] = size
        figures["graph_bytes_a_second"] = bytes_a_second(shown, seconds)
        figures["graph_cpu_percent"] = _cpu_percent(shown.process.pid, shown, seconds)
        figures["key_5000_commands_ms"] = key_latency(shown, keys) * 1000
        figures["graph_rss_mb"] = resident(shown.process.pid) / 1e6
        world.order("end")


def _cpu_percent(pid: int, shown: Terminal, seconds: float) -> float:
    before, began = cpu_seconds(pid), time.perf_counter()
    shown.rest(seconds)
    return 100 * (cpu_seconds(pid) - before) / (time.perf_counter() - began)


def ratios_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """What the figures say about one another."""
    pairs = {
        "first_paint_vs_bare": ("first_paint_ms", "first_paint_bare_ms"),
        "bytes_50k_vs_1k": ("bytes_a_second_50000", "bytes_a_second_1000"),
        "key_p50_50k_vs_idle": ("key_50000_ms", "key_idle_ms"),
        "key_p50_5000_commands_vs_idle": ("key_5000_commands_ms", "key_idle_ms"),
    }
    if figures.get("lines_for_rss") == TEN_MILLION:
        pairs["rss_10m_lines_vs_start"] = ("rss_after_lines_mb", "rss_start_mb")
    return {name: round(figures[over] / figures[under], 3) for name, (over, under) in pairs.items()
            if over in figures and under in figures}  # fmt: skip


def measured(*, short: bool) -> dict[str, Any]:
    """The whole document."""
    figures: dict[str, Any] = {"lines_come_from": "a stand-in for `aws` under the real runner"}
    seconds, keys = (1.5, 30) if short else (6.0, 60)
    with tempfile.TemporaryDirectory(prefix="cloudops-terminal-") as folder:
        world = World(Path(folder))
        bare, ours, answers = first_paints(world, 2 if short else 9)
        figures["first_paint_bare_ms"] = statistics.median(bare) * 1000
        figures["first_paint_ms"] = statistics.median(ours) * 1000
        figures["first_key_answered_ms"] = statistics.median(answers) * 1000
        few_that_talk(world, figures, lines=300_000 if short else TEN_MILLION, seconds=seconds, keys=keys)
        if not short:
            many_that_talk(world, figures, many=200, seconds=seconds, keys=keys)
        big_graph(world, figures, size=5_000, seconds=seconds, keys=keys)
    ratios = ratios_of(figures)
    wanted = (
        "first_paint_vs_bare", "bytes_50k_vs_1k", "key_p50_50k_vs_idle", "rss_10m_lines_vs_start",
        "key_p50_5000_commands_vs_idle",
    )  # fmt: skip
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
    missing = [name for name in wanted if name not in ratios]
    return {"name": "terminal", "ratios": ratios, "figures": rounded, "missing": missing}


def main() -> None:
    """Print it, for people or for programs."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--short", action="store_true", help="a minute and more, without the ten million lines")
    options.add_argument("--json", action="store_true", help="one document")
    chosen = options.parse_args()
    document = measured(short=chosen.short)
    if chosen.json:
        print(json.dumps(document))
        return
    for part in ("ratios", "figures"):
        for name, value in document[part].items():
            print(f"{name:<34} {value}")
    for name in document["missing"]:
        print(f"{name:<34} not measured")


if __name__ == "__main__":
    main()
