"""A store as an older program left it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from cloudops_tui.storage.statements import migrations

TABLES = (
    "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%'"
)


def make_older(path: Path, version: int = 5) -> None:
    """Put the rows of a closed store into a file of that schema, as far as it has room for them."""
    older = path.with_name("older.db")
    with closing(sqlite3.connect(older)) as file:
        for number, script in migrations():
            for statement in script if number <= version else ():
                file.execute(statement)
        file.execute("DELETE FROM numbers")
        file.commit()
        file.execute("ATTACH ? AS newer", (str(path),))
        for (table,) in file.execute(TABLES).fetchall():
            _copy(file, table)
        file.execute(f"PRAGMA user_version = {version:d}")
        file.commit()
    older.chmod(0o600)
    os.replace(older, path)


def _copy(file: sqlite3.Connection, table: str) -> None:
    there = {row[1] for row in file.execute(f"PRAGMA newer.table_info({table})")}
    names = [row[1] for row in file.execute(f"PRAGMA main.table_info({table})") if row[1] in there]
    if table == "search":
        names.append("rowid")
    listed = ", ".join(names)
    file.execute(f"INSERT INTO main.{table} ({listed}) SELECT {listed} FROM newer.{table}")
