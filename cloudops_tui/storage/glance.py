"""A look at the store that costs next to nothing: nothing is made, moved, migrated or locked. Loads nothing heavy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from cloudops_tui.model.glance import Glance, GlancedRun
from cloudops_tui.storage.place import DATABASE
from cloudops_tui.storage.statements import statements

PATIENCE = 0.2  # seconds; a status bar asks again soon

Lives = Callable[[int, str, int], bool]
"""Process id, boot id and start in ticks: whether that process lives."""


class UnreadableStore(Exception):
    """The store is there and cannot be read; the text says why."""


def glance(state_dir: Path, failed_since: int, lives: Lives) -> Glance:
    """What waits, what runs and what failed after a moment (microseconds since 1970); nothing where there is no store.

    Raises UnreadableStore.
    """
    path = state_dir / DATABASE
    try:
        if not path.exists() or not path.stat().st_size:
            return Glance()
        try:
            return _read(path, failed_since, lives)
        except sqlite3.Error:
            # Between the look for the log and the reading somebody may have opened the store, or closed it.
            return _read(path, failed_since, lives)
    except (sqlite3.Error, OSError) as error:
        from cloudops_tui.storage.errors import storage_error  # seldom needed, and not light

        raise UnreadableStore(str(storage_error(error, path))) from error


def _read(path: Path, failed_since: int, lives: Lives) -> Glance:
    # A store that nobody has open has no log. To read it as one that may have, SQLite would make the log's files, and
    # leave them; as an immutable one it makes none (https://www.sqlite.org/wal.html#read_only_databases).
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        if connection.execute(statements()["glance_tables"]).fetchone()[0] < 3:
            return Glance()  # it is being made this moment
        return Glance(
            review=connection.execute(statements()["glance_review"]).fetchone()[0],
            running=tuple(_run(row, lives) for row in connection.execute(statements()["glance_running"])),
            failed=connection.execute(statements()["glance_failed"], {"since": failed_since}).fetchone()[0],
        )
    finally:
        connection.close()


def _run(row: tuple[int, int, str, int, int | None, int, int, int], lives: Lives) -> GlancedRun:
    number, pid, boot, ticks, commands, completed, undoing, held = row
    return GlancedRun(number, completed, commands or 0, bool(undoing), lives(pid, boot, ticks), bool(held))
