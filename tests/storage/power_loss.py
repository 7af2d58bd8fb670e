"""The power goes at the n-th fsync, and the disk has only what was synced: `python -m tests.storage.power_loss [RUNS]`.

Row 31 of the fault matrix. Needs gcc. Plans of writes run in a child under `power_loss.c`; each write leaves a line in
a file that stands for AWS. Then the store is opened on what the disk kept, and recovered: every effect has its intent
(I1), nothing is sent again (I2), every command that was begun has an end (I3), the chains are whole (I7).
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ports import Attempt, AttemptOutcome, Ending
from cloudops_tui.executors.catalogue import BotocoreCatalogue
from cloudops_tui.model import events as happened
from cloudops_tui.model.approval import Approve
from cloudops_tui.model.command import Command
from cloudops_tui.model.config import ExecutionConfig, ExecutorType, StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.result import CommandOutput, DryRunOutput
from cloudops_tui.storage.service import StorageService
from tests.engine.made import KnownAccounts
from tests.engine.plans import graph, put

COMMANDS = 12
SEED = 31


class World:
    """An executor whose only effect is a line in a file, which no power cut takes back."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def run(self, attempt: Attempt) -> AttemptOutcome:
        with self._file.open("a") as file:
            file.write(f"{attempt.execution_id} {attempt.command.id}\n")
        await asyncio.sleep(0)
        return AttemptOutcome(Ending.COMPLETED, Duration.from_millis(1))

    async def reattach(self, attempt: Attempt) -> AttemptOutcome | None:
        return None

    def alive(self, folder: Path) -> bool:
        return False

    async def execute(self, command: Command) -> CommandOutput:
        raise NotImplementedError

    async def dry_run(self, command: Command) -> DryRunOutput:
        raise NotImplementedError

    def supports(self, command: Command) -> bool:
        return True

    def executor_type(self) -> ExecutorType:
        return ExecutorType.SDK


def engine_on(state: Path, world: Path) -> ExecutionEngine:
    return ExecutionEngine(
        StorageService(StorageConfig(state_dir=state)),
        ExecutionConfig(max_parallel=3),
        executors=[World(world)],
        catalogue=BotocoreCatalogue(),
        accounts=KnownAccounts(Path("/bin/false")),
        operator="alice",
    )


async def work(state: Path, world: Path) -> None:
    """Two plans, one after the other; the second finds a store that has been closed."""
    for _ in range(2):
        async with engine_on(state, world) as engine:
            plan = graph([put(str(number)) for number in range(COMMANDS)], {"5": ["0", "1"], "9": ["5"]})
            await engine.wait(await engine.execute_with_approval(plan, Approve()))


async def what_is_wrong(state: Path, world: Path) -> list[str]:
    """The invariants that do not hold on what the disk kept."""
    sent = [tuple(line.split()) for line in world.read_text().splitlines()] if world.exists() else []
    async with engine_on(state, world) as engine:
        storage = engine.storage
        assert isinstance(storage, StorageService)
        wrong = [f"I1: {one} had an effect and no intent" for one in sent if not await _begun(storage, *one)]
        for execution in await engine.recover():
            await engine.wait(execution)
        now = world.read_text().splitlines() if world.exists() else []
        wrong += [f"I2: {len(now) - len(sent)} were sent again"] if len(now) != len(sent) else []
        wrong += [f"I3: {one.number} has not ended" for one in await storage.unfinished()]
        wrong += [f"I7: {one.number} {one.what}: {one.told}" for one in (await storage.verify()).breaks]
        wrong += [f"damage: {one}" for one in storage.remarks]
    return wrong


async def _begun(storage: StorageService, execution: str, command: str) -> bool:
    return any(
        isinstance(event, happened.CommandStarted) and str(event.command_id) == command
        for event in await storage.journal(UUID(execution))
    )


def run_once(library: Path, folder: Path, cut: int | None) -> int:
    """One child; how many syncs there were, where it came to its end."""
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "POWER_ROOT": str(folder / "state"),
        "POWER_IMAGE": str(folder / "image"),
        "POWER_COUNT": str(folder / "count"),
        **({"POWER_CUT": str(cut)} if cut is not None else {}),
    }
    command = [sys.executable, "-m", "tests.storage.power_loss", "work", str(folder / "state"), str(folder / "world")]
    subprocess.run(command, env=environment, check=cut is None, capture_output=cut is not None)
    return int((folder / "count").read_text()) if cut is None else cut


def main(runs: int) -> int:
    if shutil.which("gcc") is None:
        print("not run: gcc is not here (row 31)")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "power_loss.so"
        source = Path(__file__).with_suffix(".c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], check=True)
        (Path(scratch) / "whole").mkdir()
        syncs = run_once(library, Path(scratch) / "whole", None)
        chance = random.Random(SEED)
        cuts = range(1, syncs + 1) if runs >= syncs else sorted(chance.sample(range(1, syncs + 1), runs))
        failed = 0
        for cut in cuts:
            folder = Path(scratch) / f"cut-{cut}"
            folder.mkdir()
            run_once(library, folder, cut)
            (folder / "image").mkdir(mode=0o700, exist_ok=True)
            wrong = asyncio.run(what_is_wrong(folder / "image", folder / "world"))
            effects = len((folder / "world").read_text().splitlines()) if (folder / "world").exists() else 0
            print(f"cut at sync {cut:>3} of {syncs}: {effects:>2} effects: {'; '.join(wrong) or 'ok'}", flush=True)
            failed += bool(wrong)
            shutil.rmtree(folder)
        print(f"row 31, power loss: {len(cuts)} cuts, {failed} with an invariant broken")
    return 1 if failed else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["work", state, world]:
            asyncio.run(work(Path(state), Path(world)))
        case [runs]:
            raise SystemExit(main(int(runs)))
        case _:
            raise SystemExit(main(30))
