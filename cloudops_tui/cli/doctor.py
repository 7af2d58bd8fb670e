"""`doctor`: look at the installation and its surroundings."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from cloudops_tui import __version__
from cloudops_tui.bootstrap import SettingsError, Setup, config_path, key_problems, load_setup
from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.sessions import INBOX
from cloudops_tui.cli.speaking import show, show_json
from cloudops_tui.cli.surroundings import terminal_facts
from cloudops_tui.engine.plugins import load_catalogue
from cloudops_tui.executors.aws_program import NoProgram, aws_program
from cloudops_tui.executors.catalogue import the_catalogue
from cloudops_tui.executors.surroundings import BUNDLES, PROXIES, without_credentials
from cloudops_tui.model.config import CliExecutorConfig, StorageConfig
from cloudops_tui.model.errors import ExecutionError, StorageError
from cloudops_tui.model.settings import Settings
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.wording import counted
from cloudops_tui.storage.folders import DATABASE, state_folder
from cloudops_tui.storage.service import StorageService, StoreFacts

PACKAGES = ("textual", "aioboto3", "botocore", "pydantic", "aiosqlite", "awscli", "moto")
TERMINAL = (
    "TERM", "COLORTERM", "TMUX", "STY", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "EDITOR", "VISUAL", "PAGER",
)  # fmt: skip
ADDRESSES = re.compile(rf"{'|'.join(PROXIES)}|NO_PROXY|AWS_ENDPOINT_URL(?:_\w+)?", re.IGNORECASE)
NETWORK = re.compile(
    rf"{'|'.join(BUNDLES)}|AWS_(?:DEFAULT_)?(?:PROFILE|REGION)|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    value: str
    problem: str | None = None
    """What keeps the program from working, with the remedy."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One document: `ok` and the findings.")
@click.pass_obj
def doctor(state_dir: Path | None, as_json: bool) -> int:
    """Look at the installation and its surroundings; nothing is changed and nobody is asked.

    Exit code 1 when something keeps the program from working.
    """
    findings = list(_look(state_dir))
    problems = [one for one in findings if one.problem is not None]
    if as_json:
        show_json({"ok": not problems, "findings": [asdict(one) for one in findings]})
    else:
        for one in findings:
            show(f"{one.name:<18} {safe_line(one.value)}".rstrip())
            if one.problem is not None:
                show(f"{'':<18} PROBLEM: {safe_line(one.problem)}")
        show("Nothing keeps it from working" if not problems else f"{len(problems)} to be put right")
    return exit_codes.FAILED if problems else exit_codes.DONE


def _look(state_dir: Path | None) -> Iterator[Finding]:
    yield Finding("cloudops-tui", __version__)
    yield Finding("python", f"{sys.version.split()[0]} {sys.executable}")
    for package in PACKAGES:
        yield Finding(package, _version_of(package))
    setup, configuration = _configuration(state_dir)
    yield configuration
    folder = state_folder(StorageConfig(state_dir=state_dir))
    yield from _state(state_dir, folder)
    yield Finding("database", _mode_of(folder / DATABASE))
    yield Finding("inbox", _mode_of(folder / INBOX))
    yield _aws(setup.settings.cli if setup else CliExecutorConfig())
    if setup and setup.settings.safety.allow:
        yield Finding("allowed in plans", ", ".join(setup.settings.safety.allow))
    yield _told("catalogue", lambda: load_catalogue().version)
    for name in TERMINAL:
        if name in os.environ:
            yield Finding(name, os.environ[name])
    yield Finding("encoding", f"{sys.stdout.encoding}, file names {sys.getfilesystemencoding()}")
    settings = setup.settings if setup else Settings()
    yield from (Finding(name, value) for name, value in terminal_facts(settings, folder))
    yield Finding("keys", "; ".join(key_problems(settings.keys)) or f"{len(settings.keys)} set in the configuration")
    for name in sorted(os.environ):
        if ADDRESSES.fullmatch(name):
            yield Finding(name, without_credentials(os.environ[name]))
        elif NETWORK.fullmatch(name):
            yield Finding(name, os.environ[name])


def _configuration(state_dir: Path | None) -> tuple[Setup | None, Finding]:
    path = config_path()
    shown = _mode_of(path) if os.path.lexists(path) else f"{path} is not there: everything has its default"
    try:
        return load_setup(state_dir), Finding("configuration", shown)
    except SettingsError as error:
        return None, Finding("configuration", shown, str(error))


def _state(state_dir: Path | None, folder: Path) -> Iterator[Finding]:
    shown = _mode_of(folder)
    if not folder.exists():
        above = next(part for part in folder.parents if part.exists())
        problem = None if os.access(above, os.W_OK | os.X_OK) else f"`{above}` cannot be written; choose --state-dir"
        yield Finding("state folder", shown, problem)
        return
    try:
        facts, remarks = asyncio.run(_look_at_store(state_dir))
    except StorageError as error:
        yield Finding("state folder", shown, str(error))
        return
    yield Finding("state folder", shown, "; ".join(remarks) or None)
    yield Finding("store", _told_store(facts))
    for name, files in (("store copies", facts.copies), ("damaged stores", facts.damaged)):
        if files:
            yield Finding(name, ", ".join(f"{file.name} ({_megabytes(size)})" for file, size in files))


async def _look_at_store(state_dir: Path | None) -> tuple[StoreFacts, Sequence[str]]:
    async with StorageService(StorageConfig(state_dir=state_dir)) as storage:  # looks at modes, owners and schema
        return await storage.facts(), storage.remarks


def _told_store(facts: StoreFacts) -> str:
    chains = f"{counted(facts.chains, 'chain')} of {counted(facts.events, 'event')}, {facts.pruned} pruned"
    return f"{_megabytes(facts.size)}, schema {facts.schema}, {chains}; `cloudops-tui verify` walks them"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _aws(config: CliExecutorConfig) -> Finding:
    try:
        found = aws_program(config.cli_path, os.environ)
    except NoProgram as error:
        return Finding("aws", str(config.cli_path), str(error))
    note = found.beyond(the_catalogue().awscli_version)
    return Finding("aws", f"{found.path} {found.version} sha256:{found.sha256}" + (f" ({note})" if note else ""))


def _told(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ask())
    except ExecutionError as error:
        return Finding(name, "", str(error))


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _mode_of(path: Path) -> str:
    """The path with its mode, or that it is not there."""
    try:
        return f"{path} {stat.S_IMODE(path.stat().st_mode):04o}"
    except OSError as error:
        return f"{path} ({error.strerror})"
