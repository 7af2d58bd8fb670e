"""Reading out of a damaged database what can still be read, into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from cloudops_tui.storage.journal import BEGIN

_TABLES = ("entries", "revisions", "executions", "listed", "ledger", "links", "journal", "ran", "durations")
"""Search text is made anew."""


@dataclass(frozen=True)
class Salvaged:
    """What came out."""

    executions: int = 0
    entries: int = 0


def salvage(damaged: Path, new: Path, patience: float) -> Salvaged:
    """Copy every row that can be read. Blocks; raises sqlite3.Error for the new file, nothing for the damaged one."""
    with closing(sqlite3.connect(new, timeout=patience, isolation_level=None)) as to:
        to.execute("PRAGMA synchronous = FULL")
        to.execute(BEGIN)
        try:
            with suppress(sqlite3.Error, OSError), closing(_opened(damaged)) as source:
                for table in _TABLES:
                    _copy(source, to, table)
            _heal(to)
            counted = Salvaged(_count(to, "executions"), _count(to, "entries"))
            to.commit()
        except BaseException:
            to.rollback()
            raise
        finally:
            Path(f"{damaged}-shm").unlink(missing_ok=True)
        return counted


def _opened(damaged: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{damaged.as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copy(source: sqlite3.Connection, to: sqlite3.Connection, table: str) -> None:
    names = [name for name in _columns(to, table) if name in set(_columns(source, table))]
    if not names:
        return
    listed = ", ".join(names)
    statement = f"INSERT OR IGNORE INTO {table} ({listed}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  our own names
    # From both ends: a damaged page hides what lies behind it.
    for order in ("ASC", "DESC"):
        first = names[0] if table in ("links", "durations") else "rowid"
        query = f"SELECT {listed} FROM {table} ORDER BY {first} {order}"  # noqa: S608  our own names
        for row in _readable(source, query):
            to.execute(statement, row)


def _readable(source: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    try:
        yield from source.execute(query)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        return


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return []


def _heal(to: sqlite3.Connection) -> None:
    """What refers to a row that is lost goes, for the schema holds references. Chains stay: they say what is lost."""
    to.execute("DELETE FROM listed WHERE serial NOT IN (SELECT serial FROM executions)")
    to.execute("DELETE FROM journal WHERE execution_id NOT IN (SELECT id FROM executions)")
    to.execute("DELETE FROM revisions WHERE entry_id NOT IN (SELECT id FROM entries)")
    to.execute("DELETE FROM links WHERE ledger NOT IN (SELECT place FROM ledger)")
    to.execute(
        "UPDATE numbers SET next = max(next, 1 + (SELECT coalesce(max(number), 0) FROM ("
        "SELECT number FROM entries UNION ALL SELECT number FROM executions UNION ALL SELECT number FROM ran "
        "UNION ALL SELECT number FROM ledger)))"
    )


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  our own names
