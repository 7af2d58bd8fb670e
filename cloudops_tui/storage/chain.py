"""Each event of an execution is chained to the one before it, so that no change of the past goes unseen.

`link = SHA-256(link before + place + seq + moment + kind + body)`. The order is that of writing, which after a failed
write is not always that of `seq`. The ledger keeps the last link and the count, also when the rest is pruned. The
hash is not keyed: whoever may write the whole file can also make a whole new chain (docs/decisions/0023-the-chain.md).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloudops_tui.storage.statements import statements

EventRow = tuple[str, int, int | None, str, str]
"""Execution, seq, moment, kind, body."""

HERE, BEFORE, ELSEWHERE, FROM_FILES = "here", "migration", "elsewhere", "files"
"""Where a chain comes from: made with each event, made at once for an older journal, of a record that has none, or put
together from files after the database was lost."""

_START = b"cloudops/chain/v1\n"


def first_link(execution_id: str) -> bytes:
    """What the first event of an execution is chained to."""
    return hashlib.sha256(_START + execution_id.encode()).digest()


def next_link(before: bytes, place: int, seq: int, at: int | None, kind: str, body: str) -> bytes:
    """The link of the event that is written as the `place`-th, from 1. The length keeps kind and body apart."""
    return hashlib.sha256(before + f"{place}|{seq}|{at}|{len(kind)}|{kind}|{body}".encode()).digest()


@dataclass
class _Chain:
    """The end of one execution's chain, as it grows."""

    ledger: int
    head: bytes
    count: int

    def take(self, row: EventRow) -> tuple[int, int, int, bytes]:
        self.count += 1
        self.head = next_link(self.head, self.count, *row[1:])
        return self.ledger, self.count, row[1], self.head


def journal(connection: sqlite3.Connection, rows: Iterable[EventRow]) -> sqlite3.Cursor:
    """Write events and their links, in order, inside the open transaction. The ledger is read each time: another
    process may have driven the execution meanwhile."""
    events = list(rows)
    chains: dict[str, _Chain] = {}
    links = []
    for event in events:
        if (chain := chains.get(event[0])) is None:
            chain = chains[event[0]] = _end_of(connection, event[0])
        links.append(chain.take(event))
    cursor = connection.executemany(statements()["journal_event"], events)
    connection.executemany(statements()["link_event"], links)
    ends = [(chain.head, chain.count, chain.ledger) for chain in chains.values()]
    connection.executemany(statements()["move_head"], ends)
    return cursor


def chain_what_is_there(connection: sqlite3.Connection) -> None:
    """Chain every journal as it stands now; a part of the step that brought the ledger."""
    named = statements()
    for execution_id, number, owner in connection.execute(named["numbers_of_all"]).fetchall():
        ledger = enter(connection, execution_id, number, BEFORE if owner > 0 else ELSEWHERE)
        chain = _Chain(ledger, first_link(execution_id), 0)
        events = connection.execute(named["whole_journal"], (execution_id,))
        connection.executemany(named["link_event"], (chain.take((execution_id, *event)) for event in events))
        connection.execute(named["move_head"], (chain.head, chain.count, ledger))


def enter(connection: sqlite3.Connection, execution_id: str, number: int, origin: str) -> int:
    """A new execution's row in the ledger, with a chain of no events; its place."""
    values = (execution_id, number, origin, first_link(execution_id))
    place = connection.execute(statements()["enter"], values).lastrowid
    assert place is not None
    return place


def _end_of(connection: sqlite3.Connection, execution_id: str) -> _Chain:
    row = connection.execute(statements()["ledger_row"], (execution_id,)).fetchone()
    if row is not None:
        return _Chain(row["place"], row["head"], row["count"])
    known = connection.execute(statements()["execution"], {"id": execution_id}).fetchone()
    if known is None:
        raise sqlite3.IntegrityError(f"there is no execution `{execution_id}`")
    # A program of before the ledger made it while this one had the store open, too.
    return _Chain(enter(connection, execution_id, known["number"], HERE), first_link(execution_id), 0)
