"""Walking the chains: whether every event still is what was written, in its place, and none is gone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.reconcile import Resolution
from cloudops_tui.state.execution import result_of
from cloudops_tui.state.reducer import replay
from cloudops_tui.storage.chain import BEFORE, ELSEWHERE, FROM_FILES, first_link, next_link
from cloudops_tui.storage.retold import Part, parts_of
from cloudops_tui.storage.rows import event_of, moment
from cloudops_tui.storage.statements import statements

Row = sqlite3.Row

LEDGER = 0
"""The number of a finding that is about the ledger itself."""


@dataclass(frozen=True)
class Break:
    """The first thing in an execution's chain that is not as it was written."""

    number: int
    execution_id: str
    seq: int | None
    """Of the event; None where it is about no single event."""
    what: str
    """`changed`, `missing`, `inserted`, `reordered`, `head cut`, `unlinked`, `removed`, `record` or `decision lost`."""
    told: str
    """In words."""


@dataclass(frozen=True)
class Pruned:
    """An execution of which only the end of its chain is left."""

    number: int
    execution_id: str
    count: int
    head: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Rebuilt:
    """An execution of which the journal was lost, and that was put together from its files."""

    number: int
    execution_id: str
    kept: int
    """The first so many of its events are what was written; the others were told anew from what its files knew."""
    count: int


@dataclass(frozen=True)
class Verified:
    """What a walk found."""

    chains: int
    """Walked."""
    events: int
    made_at_migration: int
    """Of the chains: what was there before is chained as it was found."""
    from_elsewhere: int
    """Records that were imported or replaced, and so have no story to hold them to."""
    pruned: tuple[Pruned, ...]
    breaks: tuple[Break, ...]
    rebuilt: tuple[Rebuilt, ...] = ()


def verify(connection: sqlite3.Connection, wanted: frozenset[str] | None = None, files: Path | None = None) -> Verified:
    """Walk the chains of these executions, by default all, and the ledger; of each chain the first broken link is told.

    `connection` has `sqlite3.Row` rows; `files` is where executions have theirs. One transaction, so that what runs
    meanwhile is seen at one moment.
    """
    connection.execute("BEGIN")
    try:
        return _Walk(connection, wanted, files).done()
    finally:
        connection.rollback()


class _Walk:
    def __init__(self, connection: sqlite3.Connection, wanted: frozenset[str] | None, files: Path | None) -> None:
        self._connection = connection
        self._files = files
        self._wanted = wanted
        self._events = 0
        self._chains = 0

    def done(self) -> Verified:
        ledger = self._rows("whole_ledger")
        rows = [row for row in ledger if self._wanted is None or row["execution_id"] in self._wanted]
        breaks = list(self._of_ledger(ledger)) if self._wanted is None else []
        pruned = []
        for row in rows:
            if row["present"] is None and row["pruned_at"] is not None:
                pruned.append(_pruned(row))
            elif found := self._of(row):
                breaks.append(found)
        unentered = self._rows("not_in_the_ledger")
        breaks += [
            Break(row["number"], row["execution_id"], None, "removed", "it ran, and the ledger does not know it")
            for row in unentered
            if self._wanted is None or row["execution_id"] in self._wanted
        ]
        return Verified(
            chains=self._chains,
            events=self._events,
            made_at_migration=sum(row["origin"] == BEFORE for row in rows),
            from_elsewhere=sum(_is_from_elsewhere(row) for row in rows),
            pruned=tuple(pruned),
            breaks=tuple(breaks),
            rebuilt=tuple(self._rebuilt(row) for row in rows if row["origin"] == FROM_FILES and row["present"]),
        )

    def _rebuilt(self, row: Row) -> Rebuilt:
        links = {one["place"]: one["link"] for one in self._rows("whole_chain", row["place"])}
        kept = max((part.count for part in self._parts(row) if links.get(part.count) == part.head), default=0)
        return Rebuilt(row["number"], row["execution_id"], kept, row["count"])

    def _parts(self, row: Row) -> tuple[Part, ...]:
        return parts_of(self._files / row["execution_id"]) if self._files is not None else ()

    def _decision_of(self, row: Row, links: Sequence[Row]) -> Break | None:
        """What somebody decided after its end stands in a file, too; the journal must have it."""
        there = {one["place"]: one["link"] for one in links}
        for part in self._parts(row):
            if part.kept and there.get(part.count) != part.head:
                _, (_, seq, _, kind, _) = part.events[-1]
                told = f"its files have a {kind} there that was committed, and its story has not"
                return _broken(row, seq, "decision lost", told)
        return None

    def _of_ledger(self, ledger: Sequence[Row]) -> Iterator[Break]:
        """Places have no gaps: a row that was taken out leaves one, the last rows by the number that was given last."""
        given = self._rows("last_place_given")
        there = {row["place"] for row in ledger}
        last = max(given[0]["seq"] if given else 0, max(there, default=0))
        gone = [place for place in range(1, last + 1) if place not in there]
        if gone:
            said = f"{len(gone)} of its {last} rows are gone, the first at place {gone[0]}"
            yield Break(LEDGER, "", None, "missing", f"of the ledger {said}")

    def _of(self, row: Row) -> Break | None:
        if row["present"] is None:
            return _broken(row, None, "removed", "it is gone, and nobody pruned it")
        self._chains += 1
        events = {one["seq"]: one for one in self._rows("whole_journal", row["execution_id"])}
        links = self._rows("whole_chain", row["place"])
        self._events += len(events)
        found = _walk(row, events, links)
        found = found or self._decision_of(row, links)
        if found is None and not _is_from_elsewhere(row):
            found = self._record_of(row, list(events.values()))
        return found

    def _record_of(self, row: Row, events: Sequence[Row]) -> Break | None:
        """What the list and `show` tell is kept beside the story, and has to say the same."""
        [kept] = self._rows("told_facts", row["execution_id"])
        told = [_inside(one["body"]) for one in events if not one["kind"].startswith("Command")]
        plans = [value for one in told for value in one.values() if isinstance(value, dict) and "commands" in value]
        if plans and _read(kept["plan"]) not in plans:
            return _broken(row, None, "record", "its record shows another plan than its story began with")
        last = next((one for one in reversed(events) if _ends(one["kind"])), None)
        result = _inside(last["body"]).get("result") if last is not None else None
        said = next((one for one in reversed(events) if _resolves(one)), None)
        if last is not None and said is not None and said["seq"] > last["seq"]:
            last, result = said, _told_by(row, kept["plan"], events, said["seq"])
        if kept["result"] is not None and result is not None and not _same_result(_read(kept["result"]), result):
            return _broken(row, last["seq"] if last else None, "record", "its record shows another result than its end")
        return None

    def _rows(self, name: str, *values: object) -> list[Row]:
        return self._connection.execute(statements()[name], values).fetchall()


def _walk(row: Row, events: dict[int, Row], links: Sequence[Row]) -> Break | None:
    """From the first link to the head. What was pruned once has lost its beginning."""
    before: bytes | None = first_link(row["execution_id"]) if row["pruned_at"] is None else None
    place = 0 if row["pruned_at"] is None else (links[0]["place"] - 1 if links else row["count"])
    linked = set()
    for link in links:
        place += 1
        if link["place"] != place:
            return _broken(row, None, "missing", f"the link at place {place} is gone")
        event = events.get(link["seq"])
        if event is None:
            return _missing(row, link["seq"], place)
        linked.add(link["seq"])
        if before is not None and _link(before, place, event) != link["link"]:
            return _differs(row, before, place, events, link)
        before = link["link"]
    if strangers := [seq for seq in events if seq not in linked]:
        if place < row["count"]:
            return _broken(row, strangers[0], "unlinked", "its link is gone")
        return _broken(row, strangers[0], "inserted", "it was written by no program that keeps the chain")
    if place < row["count"]:
        return _broken(row, None, "head cut", f"the last {row['count'] - place} of {row['count']} events are gone")
    if place > row["count"] or (before is not None and before != row["head"]):
        return _broken(row, None, "inserted", "its end is not the one that the ledger knows")
    return None


def _link(before: bytes, place: int, event: Row, *, seq: int | None = None) -> bytes:
    number = event["seq"] if seq is None else seq
    return next_link(before, place, number, event["at"], event["kind"], event["body"])


def _missing(row: Row, seq: int, place: int) -> Break:
    if place == row["count"]:
        return _broken(row, seq, "head cut", f"the last event of {row['count']} is gone")
    return _broken(row, seq, "missing", "its link is there, and the event is gone")


def _differs(row: Row, before: bytes, place: int, events: dict[int, Row], link: Row) -> Break:
    """Another text, or another event of the same story?"""
    seq = link["seq"]
    for other in events.values():
        if link["link"] in (_link(before, place, other), _link(before, place, other, seq=seq)):
            return _broken(row, seq, "reordered", f"what was written there now stands at event {other['seq']}")
    return _broken(row, seq, "changed", "it, or its link, is not what was written")


def _broken(row: Row, seq: int | None, what: str, told: str) -> Break:
    return Break(row["number"], row["execution_id"], seq, what, told)


def _pruned(row: Row) -> Pruned:
    at = moment(row["pruned_at"])
    return Pruned(row["number"], row["execution_id"], row["count"], row["head"].hex(), at, row["pruned_by"] or "?")


def _is_from_elsewhere(row: Row) -> bool:
    return row["origin"] == ELSEWHERE or row["replaced_at"] is not None or row["owner"] == 0


def _ends(kind: str) -> bool:
    return kind in ("Completed", "Failed", "Cancelled", "RollbackCompleted")


def _inside(body: str) -> dict[str, Any]:
    """What an event carries, without its name."""
    found = _read(body)
    inner = next(iter(found.values()), None) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _resolves(event: Row) -> bool:
    """A person has said what came of a command: the record follows, and no end is told anew."""
    if event["kind"] != "CommandReconciled":
        return False
    return _inside(event["body"]).get("resolution") != Resolution.RUN_AGAIN.value


def _told_by(row: Row, plan: str, events: Sequence[Row], seq: int) -> Any:
    """The result that the whole story gives, up to that event."""
    story = [event_of(one["body"]) for one in events if one["seq"] <= seq]
    state = replay(UUID(row["execution_id"]), ExecutionPlan.model_validate_json(plan), story)
    return _read(result_of(state, state.ended_at or moment(events[0]["at"])).model_dump_json())


def _same_result(kept: Any, told: Any) -> bool:
    """A cancellation is Cancelled whatever its result was told to be."""
    return isinstance(kept, dict) and isinstance(told, dict) and kept | {"status": ""} == told | {"status": ""}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
