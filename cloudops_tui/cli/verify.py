"""`verify`: walk the chains of what happened, and the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.failures import UnknownReference
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.wire import write_timestamp
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import counted
from cloudops_tui.storage.service import StorageService
from cloudops_tui.storage.verify import Break, Pruned, Rebuilt, Verified

PRUNED_SHOWN = 10
"""Of the pruned ones, the latest; `--json` has them all."""


@click.command("verify")
@click.argument("executions", metavar="[ID]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One document: `ok`, counts, `breaks`, `pruned`.")
@click.pass_obj
def verify(state_dir: Path | None, executions: tuple[str, ...], as_json: bool) -> int:
    """Walk the chain of each execution's events, and the ledger of all; name the first broken link of each.

    Exit code 1 where something was changed, taken out, put in or put elsewhere since it was written.
    """

    async def work() -> Verified:
        async with StorageService(StorageConfig(state_dir=state_dir), tell=say) as storage:
            return await storage.verify([await _named(storage, one) for one in executions] or None)

    found = asyncio.run(work())
    if as_json:
        show_json(_as_json(found))
    else:
        _show(found)
    return exit_codes.FAILED if found.breaks else exit_codes.DONE


async def _named(storage: StorageService, reference: str) -> str:
    try:
        return await storage.in_ledger(reference)
    except KeyError as error:
        raise UnknownReference(str(error.args[0])) from error


def _show(found: Verified) -> None:
    for one in found.breaks:
        show(f"BROKEN {_place(one)}: {one.what}: {safe_line(one.told)}")
    for gone in _latest(found.pruned):
        by_whom = f"by {safe_line(gone.by)} at {write_timestamp(gone.at)}"
        what = f"{counted(gone.count, 'event')}, head {gone.head[:12]}"
        show(f"pruned {gone.number} ({gone.execution_id[:8]}) {by_whom}: {what}")
    if len(found.pruned) > PRUNED_SHOWN:
        show(f"pruned {len(found.pruned) - PRUNED_SHOWN} more before; `--json` has them all")
    for anew in found.rebuilt:
        show(f"rebuilt {anew.number} ({anew.execution_id[:8]}) from its files: {_told(anew)}")
    said = [f"{counted(found.chains, 'chain')}, {counted(found.events, 'event')}"]
    if found.made_at_migration:
        said.append(f"{found.made_at_migration} chained at once as they were found, by the upgrade that brought chains")
    if found.from_elsewhere:
        said.append(f"{found.from_elsewhere} imported or replaced, with nothing to hold their record to")
    show("; ".join(said))
    show(_verdict(found))


def _verdict(found: Verified) -> str:
    if found.breaks:
        return f"{counted(len(found.breaks), 'place')} not as it was written"
    if found.rebuilt:
        return f"Nothing was changed since {counted(len(found.rebuilt), 'execution')} had to be put together from files"
    return "Nothing was changed"


def _place(one: Break) -> str:
    if not one.number:
        return "ledger"
    event = f" event {one.seq}" if one.seq is not None else ""
    return f"{one.number} ({one.execution_id[:8]}){event}"


def _told(one: Rebuilt) -> str:
    """How much of it is what was written, and that the rest is not."""
    if not one.kept:
        return "the events of its journal are lost; what it has now is told anew from what its runners left"
    anew = f", and {one.count - one.kept} told anew from what its runners left" if one.count > one.kept else ""
    return f"events 1 to {one.kept} are as they were written; anything that came after them is lost{anew}"


def _latest(pruned: Sequence[Pruned]) -> Sequence[Pruned]:
    return pruned[-PRUNED_SHOWN:]


def _as_json(found: Verified) -> dict[str, Any]:
    return {
        "ok": not found.breaks,
        "chains": found.chains,
        "events": found.events,
        "made_at_migration": found.made_at_migration,
        "from_elsewhere": found.from_elsewhere,
        "rebuilt": [
            {
                "number": one.number,
                "execution_id": one.execution_id,
                "as_written": one.kept,
                "events": one.count,
            }
            for one in found.rebuilt
        ],
        "breaks": [
            {
                "number": one.number or None,
                "execution_id": one.execution_id or None,
                "seq": one.seq,
                "what": one.what,
                "told": one.told,
            }
            for one in found.breaks
        ],
        "pruned": [
            {
                "number": one.number,
                "execution_id": one.execution_id,
                "events": one.count,
                "head": one.head,
                "at": write_timestamp(one.at),
                "by": one.by,
            }
            for one in found.pruned
        ],
    }
