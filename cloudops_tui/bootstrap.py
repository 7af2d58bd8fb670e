"""The composition root: the only place that names concrete adapters."""

from __future__ import annotations

import asyncio
import os
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
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
    from cloudops_tui.tui.leaving import Leaving

LOOK_FOR_THE_DEAD_EVERY = 3.0  # seconds
TRY_AGAIN_AFTER = 10.0  # seconds

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


def run_tui(setup: Setup, *, left_running: Callable[[Sequence[int]], None] | None = None) -> int:
    """Open the terminal UI on an engine with a thread and loop of its own; the exit code.

    The screen is painted first; taking over what dead processes left, following the store and watching the inbox
    begin behind it. `left_running` hears the numbers of the executions that go on without it.
    """
    from cloudops_tui.engine.session import EngineThread
    from cloudops_tui.tui.app import no_terminal
    from cloudops_tui.tui.app import run_tui as run
    from cloudops_tui.tui.leaving import Leaving

    why = no_terminal(os.environ)
    if why:
        sys.stderr.write(f"{why}\n")
        return 2
    with Leaving() as leaving:
        thread = EngineThread()
        try:
            session = thread.call(_made_there(setup, thread.loop))
            background: list[Future[None]] = []
            code = run(
                session,
                leaving=leaving,
                attend=lambda tell: background.append(_begun(_attend(session, leaving, tell), thread.loop)),
                settings=setup.settings,
                read_only=setup.settings.safety.read_only,
                rehearse_first=setup.settings.approval.dry_run_before_approval,
            )
            leaving.begin()
            for work in background:
                work.cancel()
            numbers = thread.call(_numbers_of_what_runs(session))
            thread.call(session.close(leave_running=True))
            if numbers and left_running is not None:
                left_running(numbers)
            return code
        finally:
            thread.stop()


def _begun(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
    return asyncio.run_coroutine_threadsafe(work, loop)


async def _made_there(setup: Setup, loop: asyncio.AbstractEventLoop) -> ExecutionSession:
    return make_session(setup, loop)


async def _numbers_of_what_runs(session: ExecutionSession) -> list[int]:
    return sorted([(await session.execution(one)).number for one in await session.driving()])


# --- behind the screens ----------------------------------------------------------------------------------------------


async def _attend(session: ExecutionSession, leaving: Leaving, tell: Callable[[str], None]) -> None:
    """What a session that stays open looks after; `tell` keeps a line for the operator."""
    from cloudops_tui.sources.inbox import watch_inbox

    inbox = session.state_dir / "inbox"
    # Each for itself: a fault of one must not end the others.
    await asyncio.gather(
        _keep_faults(session, leaving),
        _kept_up("Following other processes", session.watch_store, tell),
        _kept_up("Removing files that nobody uses", session.remove_unused_files, tell),
        _kept_up("Taking over executions of dead processes", lambda: _take_over_the_dead(session), tell),
        _kept_up("Watching the inbox", lambda: watch_inbox(session, inbox, faults=tell), tell),
    )


async def _kept_up(what: str, work: Callable[[], Awaitable[object]], tell: Callable[[str], None]) -> None:
    """Begin it again whenever an error ends it that it did not expect, and say so: once for the same error."""
    said = ""
    while True:
        try:
            await work()
            return
        except Exception as error:  # noqa: BLE001  whatever it was, an inbox that nobody watches must not look empty
            why = f"{type(error).__name__}: {error}"
            if why != said:
                said = why
                tell(f"{what} met an error ({why}); it is tried again every {TRY_AGAIN_AFTER:.0f} s")
        await asyncio.sleep(TRY_AGAIN_AFTER)


async def _keep_faults(session: ExecutionSession, leaving: Leaving) -> None:
    """Once the store is there: a folder with something else in it would be refused."""
    from cloudops_tui.model.errors import ExecutionError

    while True:
        try:
            await session.queue()
        except ExecutionError:
            await asyncio.sleep(TRY_AGAIN_AFTER)  # whoever asks the store for something is told
        else:
            leaving.keep_faults(session.state_dir)
            return


async def _take_over_the_dead(session: ExecutionSession) -> None:
    """Executions whose process died before this one began, or dies while it is open."""
    from cloudops_tui.model.errors import ExecutionError

    while True:
        try:
            await session.recover()
        except ExecutionError:
            pass  # the store is busy or gone for a while; whoever asks it for something is told
        await asyncio.sleep(LOOK_FOR_THE_DEAD_EVERY)
