"""Who has the store open: many share it, one alone may put it right."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage.errors import storage_error

LOOK_AGAIN = 0.02  # seconds


class Hold:
    """A lock on the state folder itself, so that no file more lies there. It ends with the process.

    It says nothing of executions, which have leases; only that nobody moves the database away from under a writer.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self.alone = False
        """Nobody else has the store open for writing, and nobody can, until it is shared."""

    async def begin(self, patience: float) -> None:
        """Alone if that can be, else shared; raises StorageError when somebody else is alone for longer."""
        try:
            self._descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while True:
            if self._take(fcntl.LOCK_EX):
                self.alone = True
                return
            if self._take(fcntl.LOCK_SH):
                return
            if loop.time() > deadline:
                self.end()
                raise StorageError(
                    f"Another process brings the store in `{self._folder}` up to date or puts it right; try again"
                )
            await asyncio.sleep(LOOK_AGAIN)

    async def share(self, patience: float) -> None:
        """Let others in, too."""
        if not self.alone:
            return
        self.alone = False
        deadline = asyncio.get_running_loop().time() + patience
        # flock(2) lets go of the one lock before it takes the other: whoever comes between is alone, and shares soon.
        while True:
            if self._take(fcntl.LOCK_SH) or asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(LOOK_AGAIN)

    def end(self) -> None:
        """Let go. Idempotent."""
        self.alone = False
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, how: int) -> bool:
        assert self._descriptor is not None
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks: SQLite says what it thinks of that
        return True
