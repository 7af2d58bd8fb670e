"""The composition root: the only place that names concrete adapters."""

from __future__ import annotations

import asyncio
import os
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cloudops_tui.model.catalogue import nearest_name
from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.settings import Settings
from cloudops_tui.policy.refusals import allowance_problem

if TYPE_CHECKING:
    from cloudops_tui.engine.session import ExecutionSession

LOOK_FOR_THE_DEAD_EVERY = 3.0  # seconds

CONFIG_VARIABLE = "CLOUDOPS_CONFIG"
STATE_VARIABLE = "CLOUDOPS_STATE_DIR"


class SettingsError(Exception):
    """The configuration file cannot be used; the text lists everything that is wrong with it."""


@dataclass(frozen=True)
class Setup:
    """What the command line decided before anything was opened."""

    settings: Settings
    config_path: Path
    state_dir: Path | None = None
    """None: the default of the store."""


def config_path() -> Path:
    """`CLOUDOPS_CONFIG`, or `cloudops-tui/config.toml` under the XDG configuration folder."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("cloudops-tui", appauthor=False) / "config.toml"


def load_setup(state_dir: Path | None = None) -> Setup:
    """Read the configuration; raises SettingsError. A file that is not there is an empty one, unless it was named."""
    path = config_path()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if os.environ.get(CONFIG_VARIABLE):
            raise SettingsError(f"`{CONFIG_VARIABLE}` names `{path}`, which does not exist") from None
        raw = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"`{path}` cannot be read: {error}") from error
    return Setup(_settings(raw, path), path, state_dir)


def _settings(raw: dict[str, Any], path: Path) -> Settings:
    try:
        settings = Settings.model_validate(raw, extra="forbid")
    except ValidationError as error:
        lines = [_setting_problem(one["type"], one["loc"], one["msg"]) for one in error.errors()]
        raise SettingsError(f"`{path}`: " + "; ".join(lines)) from error
    refused = [problem for name in settings.safety.allow if (problem := allowance_problem(name))]
    if refused:
        raise SettingsError(f"`{path}`: `safety.allow`: " + "; ".join(refused))
    return settings


def _setting_problem(kind: str, place: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in place)
    if kind != "extra_forbidden":
        return f"`{name}`: {message}"
    model: Any = Settings
    for part in place[:-1]:
        field = getattr(model, "model_fields", {}).get(str(part))
        model = field.annotation if field is not None else None
    close = nearest_name(str(place[-1]), getattr(model, "model_fields", {}))
    return f"`{name}` is not a setting" + (f"; did you mean `{close}`?" if close else "")


@asynccontextmanager
async def open_session(setup: Setup) -> AsyncIterator[ExecutionSession]:
    """An `ExecutionSession` on the running loop, for the command line. Closing it waits for what it drives."""
    session = make_session(setup, asyncio.get_running_loop())
    try:
        yield session
    finally:
        await session.close()


def make_session(setup: Setup, loop: asyncio.AbstractEventLoop) -> ExecutionSession:
    """An `ExecutionSession` whose engine works on `loop`. Adapters are imported here and nowhere else."""
    from cloudops_tui.engine.engine import ExecutionEngine
    from cloudops_tui.engine.plugins import executor_configs, load_catalogue, load_executors
    from cloudops_tui.engine.session import ExecutionSession
    from cloudops_tui.executors.accounts import AwsAccounts
    from cloudops_tui.executors.output_reader import OutputFiles
    from cloudops_tui.storage.service import StorageService

    settings = setup.settings
    engine = ExecutionEngine(
        StorageService(StorageConfig(state_dir=setup.state_dir)),
        settings.execution,
        settings.approval,
        executors=load_executors(executor_configs(settings)),
        catalogue=load_catalogue(),
        accounts=AwsAccounts(settings.cli.cli_path),
        settings=settings,
    )
    return ExecutionSession(engine, OutputFiles(), loop)


def run_tui(setup: Setup, *, demo: bool = False) -> int:
    """Open the terminal UI on an engine with a thread and loop of its own; the exit code. `demo`: all of it goes after.

    The screen is painted first; taking over what dead processes left, following the store and watching the inbox
    begin behind it.
    """
    from cloudops_tui.engine.session import EngineThread
    from cloudops_tui.tui.app import no_terminal
    from cloudops_tui.tui.app import run_tui as run

    why = no_terminal(os.environ)
    if why:
        sys.stderr.write(f"{why}\n")
        return 2
    thread = EngineThread()
    try:
        session = thread.call(_made_there(setup, thread.loop))
        background = asyncio.run_coroutine_threadsafe(_attend(session), thread.loop)
        code = run(
            session,
            settings=setup.settings,
            read_only=setup.settings.safety.read_only,
            rehearse_first=setup.settings.approval.dry_run_before_approval,
            demo=demo,
        )
        background.cancel()
        thread.call(session.close(leave_running=True))
        return code
    finally:
        thread.stop()


async def _made_there(setup: Setup, loop: asyncio.AbstractEventLoop) -> ExecutionSession:
    return make_session(setup, loop)


async def _attend(session: ExecutionSession) -> None:
    """What a session that stays open looks after."""
    from cloudops_tui.sources.inbox import watch_inbox

    await session.watch_store()
    # Each for itself: a fault of one must not end the other.
    await asyncio.gather(
        session.remove_unused_files(),
        _take_over_the_dead(session),
        watch_inbox(session, session.state_dir / "inbox"),
        return_exceptions=True,
    )


async def _take_over_the_dead(session: ExecutionSession) -> None:
    """Executions whose process died before this one began, or dies while it is open."""
    from cloudops_tui.model.errors import ExecutionError

    while True:
        try:
            await session.recover()
        except ExecutionError:
            pass  # the store is busy or gone for a while; whoever asks it for something is told
        await asyncio.sleep(LOOK_FOR_THE_DEAD_EVERY)
