"""`prune`: forget old executions, not by mistake."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.moments import Length
from cloudops_tui.cli.speaking import say, show, show_json
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.presentation.wording import counted
from cloudops_tui.storage.history import ExecutionHistory
from cloudops_tui.storage.service import Prunable, StorageService

SELDOM_MEANT = timedelta(hours=1)
"""Whoever writes less may have meant months, which `m` is not."""
TYPED = "prune"

_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second"}


@click.command("prune")
@click.option("--older-than", "age", type=Length(), required=True, help="How old: `30d`, `12h`; `m` is minutes.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and forget nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing; needed without a terminal for less than an hour.")
@click.option("--json", "as_json", is_flag=True, help='`{"pruned": N}`.')
@click.pass_obj
def prune(state_dir: Path | None, age: Duration, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Forget executions that ended and are older than that, with their output. That a plan ran stays known.

    On a terminal it says first what would go, and asks for the word `prune`.
    """
    older_than, there_is_someone = datetime.now(UTC) - age, sys.stdin.isatty() and sys.stderr.isatty()
    if dry_run or (there_is_someone and not yes):
        found = asyncio.run(_prunable(state_dir, older_than))
        if dry_run:
            return _tell(found, age, older_than, as_json=as_json)
        if found.many and not _is_meant(found, age, older_than):
            say("Nothing was pruned")
            return exit_codes.REFUSED
    elif not yes and age < SELDOM_MEANT:
        raise click.UsageError(
            f"`--older-than {age.spelling()}` is {in_words(age)}, and forgets nearly everything: add `--yes` if that "
            "is meant; `--dry-run` says what would go"
        )
    pruned = asyncio.run(_pruned(state_dir, older_than))
    if as_json:
        show_json({"pruned": pruned})
    else:
        show(f"{counted(pruned, 'execution')} pruned")
    return exit_codes.DONE


def in_words(length: Duration) -> str:
    """`1 minute` of `1m`, `1 day 12 hours` of `36h`."""
    parts = re.findall(r"(\d+)([dhms])(?![a-z])", length.spelling())
    return " ".join(counted(int(many), _UNITS[unit]) for many, unit in parts) or length.spelling()


def _tell(found: Prunable, age: Duration, older_than: datetime, *, as_json: bool) -> int:
    if as_json:
        show_json({"would_prune": found.many, "of": found.of})
    else:
        show(_would_go(found, age, older_than))
    return exit_codes.DONE


def _is_meant(found: Prunable, age: Duration, older_than: datetime) -> bool:
    say(_would_go(found, age, older_than))
    typed = click.prompt(f"Type `{TYPED}` to forget them", default="", show_default=False, err=True)
    return str(typed).strip() == TYPED


def _would_go(found: Prunable, age: Duration, older_than: datetime) -> str:
    limit = f"older than {in_words(age)}, from before {_minute(older_than)}"
    if not found.oldest or not found.newest:
        return f"Nothing would go of {counted(found.of, 'execution')}: none that ended is {limit}"
    between = " to ".join(dict.fromkeys(_minute(at) for at in (found.oldest, found.newest)))
    return f"{found.many:,} of {counted(found.of, 'execution')} would go with their output, of {between}: {limit}"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}"


async def _prunable(state_dir: Path | None, older_than: datetime) -> Prunable:
    async with StorageService(StorageConfig(state_dir=state_dir)) as storage:
        return await storage.prunable(older_than)


async def _pruned(state_dir: Path | None, older_than: datetime) -> int:
    async with StorageService(StorageConfig(state_dir=state_dir)) as storage:
        return await ExecutionHistory(storage).cleanup(older_than)
