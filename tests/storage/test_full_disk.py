"""A disk that is really full: what is refused, what is kept all the same, and that nothing is broken afterwards."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.service import StorageService
from tests.storage import stories

SIZE = "1200k"


def in_a_small_room(folder: Path) -> subprocess.CompletedProcess[str]:
    """This module as a program, in a mount namespace of its own, where `folder` is a small tmpfs."""
    script = f'mount -t tmpfs -o size={SIZE} none "$1" && exec "$2" -m tests.storage.test_full_disk "$1"'
    command = ["unshare", "-Urm", "sh", "-c", script, "sh", str(folder), sys.executable]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_full_disk_refuses_what_would_begin_and_breaks_nothing(tmp_path: Path) -> None:
    ran = in_a_small_room(tmp_path)
    if "unshare" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip(f"not run: no mount namespace here: {ran.stderr.strip()}")

    assert (ran.returncode, ran.stdout.splitlines()) == (
        0,
        [
            "refused: True",
            "not recorded: True",
            "last words: it was full",
            "recorded once there is room: True",
            "whole: True",
            "looked at while it is full: True",
            "refused then: True",
        ],
    ), ran.stderr


async def main(room: Path) -> None:
    config = StorageConfig(state_dir=room / "state")
    new = stories.execution()
    told = stories.retries(new, 1, 200)
    async with StorageService(config) as storage:
        await storage.create_execution(new)
        await storage.append(told[:5], durable=True)
        fill(room / "filler")
        print("refused:", await fails(storage.create_execution(stories.execution())))
        print("not recorded:", await fails(storage.append(told[5:], durable=True)))
        storage.keep_last_words(new.id, "it was full")
        print("last words:", storage.last_words(new.id))
        (room / "filler").unlink()
        await storage.append(told[5:], durable=True)
    async with StorageService(config) as storage:
        print("recorded once there is room:", await storage.journal(new.id) == told)
        print("whole:", (await storage.verify()).breaks == () and not storage.remarks)
    fill(room / "filler")
    async with StorageService(config) as storage:
        print("looked at while it is full:", await storage.journal(new.id) == told)
        print("refused then:", await fails(storage.create_execution(stories.execution())))


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as to:
        for size in (65536, 4096):
            try:
                while True:
                    to.write(b"x" * size)
            except OSError:
                continue


async def fails(work) -> bool:  # type: ignore[no-untyped-def]
    """Once the room that is left in the log is used up, it fails as it should."""
    try:
        await work
    except StorageError as error:
        return "No space is left" in str(error)
    return False


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
