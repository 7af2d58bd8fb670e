"""`queue`: what waits for a decision, and what became of the rest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import PROGRAM
from cloudops_tui.cli.sessions import in_session, sweep_inbox
from cloudops_tui.cli.speaking import say, show_json, show_table
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.errors import ExecutionError
from cloudops_tui.model.queue import QueueEntry, QueueState
from cloudops_tui.presentation.wording import RISK_WORDS, age

OPEN = frozenset({QueueState.REVIEW, QueueState.QUEUED, QueueState.RUNNING, QueueState.REFUSED})
"""What a person may still want to do something about."""

AT_ONCE = 8  # reviews


@click.command("queue")
@click.option("--all", "everything", is_flag=True, help="Also what was done, rejected or expired.")
@click.option("--json", "as_json", is_flag=True, help="All entries in wire form, each with its `digest`.")
@click.pass_obj
def queue(state_dir: Path | None, everything: bool, as_json: bool) -> int:
    """List the plans that wait for a decision or run.

    Takes in first what lies in the inbox. With `--json` all entries are listed; `state` tells them apart.
    """

    async def work(session: ExecutionSession) -> int:
        await sweep_inbox(session)
        entries = await session.queue()
        if as_json:
            digests = await _digests(session, entries)
            show_json([entry_json(entry, digest) for entry, digest in zip(entries, digests, strict=True)])
            return exit_codes.DONE
        shown = [entry for entry in entries if everything or entry.state in OPEN]
        if not shown:
            say(f"No plans are waiting; `{PROGRAM} submit FILE` queues one")
            return exit_codes.DONE
        _show(session, shown)
        return exit_codes.DONE

    return in_session(state_dir, work)


async def digest_of(session: ExecutionSession, entry: QueueEntry) -> str | None:
    """The approval digest: of what is in review as it would be now, of what was executed the stored one."""
    if entry.state is QueueState.REVIEW:
        try:
            return (await session.review(entry.id)).digest
        except ExecutionError:
            return None  # the models have changed since it was taken in; `check ID` says how
    if entry.execution_id is None:
        return None
    try:
        return (await session.execution(entry.execution_id)).approval_digest
    except KeyError:
        return None  # pruned


async def _digests(session: ExecutionSession, entries: list[QueueEntry]) -> list[str | None]:
    """The digests of many entries; each review asks STS, so only some at a time."""
    together = asyncio.Semaphore(AT_ONCE)

    async def one(entry: QueueEntry) -> str | None:
        async with together:
            return await digest_of(session, entry)

    return await asyncio.gather(*map(one, entries))


def entry_json(entry: QueueEntry, digest: str | None) -> dict[str, Any]:
    """The entry in wire form, and its approval digest."""
    return entry.model_dump(mode="json") | {"digest": digest}


def _show(session: ExecutionSession, entries: list[QueueEntry]) -> None:
    now = session.clock.now()
    show_table(
        ("NO", "STATE", "RISK", "AGE", "COMMANDS", "SOURCE", "PLAN"),
        [
            (
                str(entry.number),
                entry.state.value,
                RISK_WORDS[entry.risk_level] if entry.risk_level else "-",
                age(entry.submitted_at, now),
                str(len(entry.plan.commands)) if entry.plan else "-",
                entry.source,
                entry.plan.description if entry.plan else entry.problems[0].message if entry.problems else "-",
            )
            for entry in entries
        ],
        right=(0, 3, 4),
    )
