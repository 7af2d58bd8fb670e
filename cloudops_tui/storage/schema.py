"""The steps from an older schema to the newest, all in one transaction, with a copy of the file as it was before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from cloudops_tui.storage import chain, copies
from cloudops_tui.storage.journal import BEGIN, GroupingConnection
from cloudops_tui.storage.statements import migrations, newest_version

AFTERWARDS: Mapping[int, Callable[[sqlite3.Connection], None]] = {6: chain.chain_what_is_there}
"""What a step does that SQL cannot."""


def bring_up_to_date(path: Path, patience: float) -> None:
    """Where it is needed; blocks. A write-ahead log has to be on. Raises sqlite3.Error, OSError, StorageError."""
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None, factory=GroupingConnection)
    with closing(connection):
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(BEGIN)  # whoever else wants to, waits, and then finds it done
        try:
            before = version_of(connection)
            if before < newest_version():
                if before:
                    copies.keep(path, before)
                climb(connection, before)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def climb(connection: sqlite3.Connection, before: int = 0) -> None:
    """Every step above `before`, inside the open transaction."""
    for number, script in migrations():
        if number <= before:
            continue
        for statement in script:
            connection.execute(statement)
        if number in AFTERWARDS:
            AFTERWARDS[number](connection)
    connection.execute(f"PRAGMA user_version = {newest_version():d}")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema of the file; 0 of one that nothing was written to."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
