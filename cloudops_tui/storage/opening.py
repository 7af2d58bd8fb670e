"""From a folder to an open store: whole, put right, or only to be looked at; with what there is to say about it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from cloudops_tui.model.errors import StorageError
from cloudops_tui.storage import damage, folders
from cloudops_tui.storage.database import Database, connect, connect_to_look, is_there, log_of
from cloudops_tui.storage.errors import Damaged, Unfit, damaged_words, has_no_room
from cloudops_tui.storage.hold import Hold
from cloudops_tui.storage.journal import Transaction, Writer
from cloudops_tui.storage.keepsake import Keepsake, keepsake_of
from cloudops_tui.storage.salvage import Salvaged, salvage
from cloudops_tui.storage.statements import statements
from cloudops_tui.storage.take_in import begin_what_began, index_anew, put_back_decisions, take_in

INDEXED_AT_ONCE = 200  # executions


@dataclass
class Opened:
    """An open store."""

    database: Database
    writer: Writer | None = None
    hold: Hold | None = None
    remarks: list[str] = field(default_factory=list)
    """What the operator should hear: damage, and what came of it; why nothing can be written."""
    is_checked: bool = False
    """The whole file was looked at."""

    async def close(self) -> None:
        """Write what is pending and let go."""
        try:
            if self.writer is not None:
                await self.writer.close()
        finally:
            try:
                await self.database.close()
            finally:
                if self.hold is not None:
                    self.hold.end()


async def open_store(state_dir: Path, patience: float, now: Callable[[], datetime]) -> Opened:
    """For writing; where folder, file or a full disk do not allow that, for looking. Raises StorageError."""
    database = state_dir / folders.DATABASE
    lost = damage.why_lost(database)
    try:
        path = folders.prepare(state_dir)
        hold = Hold(path.parent)
        await hold.begin(patience)
    except Unfit as error:
        return await _only_to_look(database, patience, error)
    try:
        opened = await _open(path, patience, now, hold, lost)
    except StorageError as error:
        hold.end()
        if not isinstance(error, Unfit) and not has_no_room(error):
            raise
        return await _only_to_look(database, patience, error)
    except BaseException:
        hold.end()
        raise
    await hold.share(patience)
    return opened


async def _only_to_look(path: Path, patience: float, why: StorageError) -> Opened:
    try:
        if not is_there(path):
            raise why
        database = await connect_to_look(path, patience, why)
    except OSError:
        raise why from None
    if database.stands_in:
        await database.close()
        raise why
    return Opened(database, remarks=[str(database.read_only_error())])


async def _open(path: Path, patience: float, now: Callable[[], datetime], hold: Hold, lost: str | None) -> Opened:
    """Damage is put right only where nobody else has the file open: else it would be moved away under a writer."""
    if lost is not None and hold.alone:
        return await _begin_anew(path, patience, now, hold, lost)
    crashed = hold.alone and _has_log(path)
    try:
        database = await connect(path, patience)
    except Damaged as error:
        if not hold.alone:
            raise
        return await _begin_anew(path, patience, now, hold, _reason(error))
    if database.writing is None:
        return Opened(database, hold=hold, remarks=[str(database.read_only_error())], is_checked=True)
    is_marked = damage.is_marked(path)
    is_checked = is_marked or path.stat().st_size <= damage.AFFORDABLE
    why = await asyncio.to_thread(damage.why_damaged, database.source) if is_checked else None
    if why is not None:
        await database.close()
        if not hold.alone:
            raise Damaged(damaged_words(path, why))
        return await _begin_anew(path, patience, now, hold, why)
    if is_marked:
        damage.unmark(path)
    opened = Opened(database, _writer(database), hold, is_checked=is_checked)
    if crashed:
        await _take_in_lost(opened, path.parent, now)
    return opened


async def _begin_anew(path: Path, patience: float, now: Callable[[], datetime], hold: Hold, why: str) -> Opened:
    """The damaged file is renamed, a new one begun, and everything read into it that can be read somewhere."""
    try:
        aside = await asyncio.to_thread(damage.set_aside, path, now())
    except OSError as error:
        said = f"{damaged_words(path, why)}; it could not be renamed: {error.strerror}"
        raise Damaged(said) from error
    folders.prepare(path.parent)
    database = await connect(path, patience)
    opened = Opened(database, _writer(database), hold, is_checked=True)
    try:
        found = Salvaged()
        if aside.exists():
            found = await asyncio.to_thread(salvage, aside, path, patience)
        taken = await _take_in_files(opened, path.parent, now)
        put_back, begun = await _put_right(opened, path.parent, now)
        await _index(opened)
    except BaseException:
        await opened.close()
        raise
    kept = f"It is kept as `{aside}`, and" if aside.exists() else "There was nothing to keep of it;"
    opened.remarks.append(
        f"The store `{path}` was damaged ({why}). {kept} a new one was begun: {found.executions} executions and"
        f" {found.entries} queue entries could be read out of it, {len(taken)} executions were taken in from what "
        f"their runners wrote{_numbered(taken)}{_of_known(put_back, begun)}; what "
        "stood only there is lost; `cloudops-tui verify` walks the rest"
    )
    return opened


async def _take_in_lost(opened: Opened, state_dir: Path, now: Callable[[], datetime]) -> None:
    """The last writer did not close the file. Where its log lost its end, files know more than the journal."""
    writer = opened.writer
    assert writer is not None
    taken = await _take_in_files(opened, state_dir, now)
    put_back, begun = await _put_right(opened, state_dir, now)
    if taken or put_back or begun:
        opened.remarks.append(
            f"The log of `{opened.database.path}` had lost its end: {len(taken)} executions were taken in from what "
            f"their runners wrote{_numbered(taken)}{_of_known(put_back, begun)}"
        )


async def _put_right(
    opened: Opened, state_dir: Path, now: Callable[[], datetime]
) -> tuple[list[int], list[int]]:
    """What files know of executions that have a row: decisions after an end, and commands that had begun."""
    writer = opened.writer
    assert writer is not None
    put_back = await writer.transact(lambda transaction: put_back_decisions(transaction, state_dir))
    begun = await writer.transact(lambda transaction: begin_what_began(transaction, state_dir, now()))
    return put_back, begun


def _of_known(put_back: list[int], begun: list[int]) -> str:
    decided = f", decisions on {len(put_back)} were put back{_numbered(put_back)}" if put_back else ""
    found = f", and commands of {len(begun)} were found begun{_numbered(begun)}" if begun else ""
    return decided + found


async def _take_in_files(opened: Opened, state_dir: Path, now: Callable[[], datetime]) -> list[int]:
    """Executions that have files and no row, oldest first; the numbers that they have now."""
    writer = opened.writer
    assert writer is not None
    parent = state_dir / "executions"
    names = await asyncio.to_thread(_names_in, parent)
    text = statements()["known_ids"]
    known = {row["id"] for row in await opened.database.reading.execute_fetchall(text)}
    unknown = [name for name in names if name not in known]
    found = await asyncio.to_thread(lambda: [one for name in unknown if (one := keepsake_of(parent / name))])
    numbers = []
    for keepsake in sorted(found, key=_age):
        number = await writer.transact(partial(_taken, keepsake, now()))
        if number is not None:
            numbers.append(number)
    return numbers


async def _index(opened: Opened) -> None:
    writer = opened.writer
    assert writer is not None
    rows = list(await opened.database.reading.execute_fetchall(statements()["not_searchable"]))
    serials = [row["serial"] for row in rows]
    for start in range(0, len(serials), INDEXED_AT_ONCE):
        some = serials[start : start + INDEXED_AT_ONCE]
        await writer.transact(partial(_indexed, some))


async def _taken(found: Keepsake, now: datetime, transaction: Transaction) -> int | None:
    return await take_in(transaction, found, now)


async def _indexed(serials: Sequence[int], transaction: Transaction) -> None:
    await index_anew(transaction, serials)


def _age(found: Keepsake) -> tuple[str, str]:
    return str(found.values.get("created_at")).zfill(20), str(found.values.get("number")).zfill(20)


def _writer(database: Database) -> Writer:
    assert database.writing is not None
    return Writer(database.writing, database.path)


def _has_log(path: Path) -> bool:
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False


def _reason(error: Damaged) -> str:
    cause = error.__cause__
    return str(cause) if cause is not None else str(error)


def _numbered(numbers: list[int]) -> str:
    return f" ({', '.join(map(str, numbers[:9]))}{', ...' if len(numbers) > 9 else ''})" if numbers else ""


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
