"""The composition root: the only place that names concrete adapters."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cloudops_tui.model.config import StorageConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.settings import ColumnSettings, Settings
from cloudops_tui.policy.configuring import Configuration, Origin, Problem, configuration
from cloudops_tui.policy.terminal import Appearance, appearance
from cloudops_tui.presentation.column_heads import problem as column_problem
from cloudops_tui.window import here

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

    from cloudops_tui.engine.session import ExecutionSession
    from cloudops_tui.state.execution import ExecutionState
    from cloudops_tui.tui.leaving import Leaving

HOLD_BEFORE_A_SCREEN = Duration.from_secs(7 * 86_400)
"""How long an execution waits for new credentials where somebody can see that it does, and can stop it."""

LOOK_FOR_THE_DEAD_EVERY = 3.0  # seconds
TRY_AGAIN_AFTER = 10.0  # seconds
LOOK_AT_THE_STORE_EVERY = 1.0  # seconds; a look at a list

QUIET = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""What Textual reads when it is imported: nothing moves that would repaint a line of SSH for its looks."""

SHORTEST_TURN = 0.001
"""Seconds that the engine's thread may keep the screen's waiting while it reads fifty thousand lines a second; at
Python's own five milliseconds a key that needs the interpreter a few times is seen to lag."""

CONFIG_VARIABLE = "CLOUDOPS_CONFIG"
STATE_VARIABLE = "CLOUDOPS_STATE_DIR"


_flags: Mapping[tuple[str, ...], tuple[Any, str]] = {}


class SettingsError(Exception):
    """The configuration file cannot be used; the text lists everything that is wrong with it."""


@dataclass(frozen=True)
class Setup:
    """What the command line decided before anything was opened."""

    settings: Settings
    config_path: Path
    state_dir: Path | None = None
    """None: the default of the store."""


def typed(setup: Setup) -> str:
    """What was typed to get here, as a shell would need it to find the same store."""
    place = ("--state-dir", str(setup.state_dir)) if setup.state_dir is not None else ()
    return shlex.join(("cloudops-tui", *place))


def config_path() -> Path:
    """`CLOUDOPS_CONFIG`, or `cloudops-tui/config.toml` under the XDG configuration folder."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("cloudops-tui", appauthor=False) / "config.toml"


def on_command_line(flags: Mapping[tuple[str, ...], tuple[Any, str]]) -> None:
    """What the options before the verb say, by setting: the value, and the option. Holds for every `load_setup`."""
    global _flags
    _flags = dict(flags)


def read_configuration() -> Configuration:
    """The configuration with everything that is wrong with it; raises SettingsError where the file cannot be read.

    A file that is not there is an empty one, unless it was named.
    """
    path = config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if os.environ.get(CONFIG_VARIABLE):
            raise SettingsError(f"`{CONFIG_VARIABLE}` names `{path}`, which does not exist") from None
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"`{path}` cannot be read: {error}") from error
    found = configuration(text, os.environ, _flags)
    return replace(found, problems=(*found.problems, *_columns_without_a_name(found.settings.columns)))


def _columns_without_a_name(columns: ColumnSettings) -> Iterator[Problem]:
    for name in columns.queue or ():
        if said := column_problem(name):
            yield Problem(("columns", "queue"), said)
    if columns.history:
        from cloudops_tui.presentation.history import COLUMNS, unknown_columns

        for name in unknown_columns(columns.history):
            said = f"`{name}` is no column of the history; there are {', '.join(COLUMNS)}"
            yield Problem(("columns", "history"), said)


def key_problems(keys: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What is wrong with `[keys]`: the program keeps its own keys for each entry that it refuses."""
    from cloudops_tui.presentation.keymap import problems

    return problems(keys)


def load_setup(state_dir: Path | None = None) -> Setup:
    """Read the configuration; raises SettingsError with everything that is wrong."""
    path, found = config_path(), read_configuration()
    if found.problems:
        raise SettingsError("; ".join(placed(one, path) for one in found.problems))
    return Setup(found.settings, path, state_dir)


def placed(problem: Problem, path: Path) -> str:
    """The problem with its place: the file and its line, the variable, or the option."""
    match problem.origin:
        case Origin(kind="environment" | "flag", name=name) if name != problem.name:
            return f"{name}: {problem.told()}"
        case Origin(kind="file", line=int(line)):
            return f"{path}:{line}: {problem.told()}"
        case Origin(kind="file") | None:
            return f"{path}: {problem.told()}"
        case _:
            return problem.told()


def appearance_here(settings: Settings) -> Appearance:
    """How the screen is drawn in this terminal."""
    encoding = getattr(sys.__stderr__, "encoding", None)
    return appearance(settings.ui, os.environ, encoding, utf8_mode=bool(sys.flags.utf8_mode))


def drawing(settings: Settings) -> dict[str, Any]:
    """How the interface draws itself, as its options; before Textual is imported, which reads its part once."""
    look = appearance_here(settings)
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["TEXTUAL_COLOR_SYSTEM"] = look.color_system
    return {"look": look.theme.value, "no_color": look.colourless, "ascii_only": look.ascii_only}


@asynccontextmanager
async def open_session(
    setup: Setup, *, looks_only: bool = False, tell: Callable[[str], None] | None = None
) -> AsyncIterator[ExecutionSession]:
    """An `ExecutionSession` on the running loop, for the command line. Closing it waits for what it drives.

    `tell` hears what there is to say of the store.
    """
    import asyncio

    session = make_session(setup, asyncio.get_running_loop(), looks_only=looks_only, tell=tell)
    try:
        yield session
    finally:
        await session.close()


def make_session(
    setup: Setup,
    loop: asyncio.AbstractEventLoop,
    *,
    looks_only: bool = False,
    tell: Callable[[str], None] | None = None,
) -> ExecutionSession:
    """An `ExecutionSession` whose engine works on `loop`. Adapters are imported here and nowhere else.

    `looks_only`: its store is opened for reading, and nothing can be decided, run or stopped with it.
    """
    from cloudops_tui.engine.engine import ExecutionEngine
    from cloudops_tui.engine.plugins import executor_configs, load_catalogue, load_executors
    from cloudops_tui.engine.session import ExecutionSession
    from cloudops_tui.executors.accounts import AwsAccounts
    from cloudops_tui.executors.output_reader import OutputFiles
    from cloudops_tui.storage.service import StorageService

    settings = _looking(setup.settings) if looks_only else setup.settings
    engine = ExecutionEngine(
        StorageService(StorageConfig(state_dir=setup.state_dir), read_only=looks_only, tell=tell),
        settings.execution,
        settings.approval,
        executors=load_executors(executor_configs(settings)),
        catalogue=load_catalogue(),
        accounts=AwsAccounts(settings.cli.cli_path),
        settings=settings,
    )
    return ExecutionSession(engine, OutputFiles(), loop)


def _looking(settings: Settings) -> Settings:
    return settings.model_copy(update={"safety": settings.safety.model_copy(update={"read_only": True})})


def run_tui(setup: Setup, *, demo: bool = False) -> int:
    """Open the terminal UI on an engine with a thread and loop of its own; the exit code. `demo`: all of it goes after.

    The screen is painted first; taking over what dead processes left, following the store and watching the inbox
    begin behind it. What runs when the screen is left goes on without one, and this process with it.
    """
    from cloudops_tui.tui.leaving import Leaving
    from cloudops_tui.tui.terminal_here import no_terminal

    why = no_terminal(os.environ)
    if why:
        sys.stderr.write(f"{why}\n")
        return 2
    sys.setswitchinterval(SHORTEST_TURN)
    gc.disable()  # what is loaded from here on stays: to look through it again and again only takes time
    drawn = drawing(setup.settings)
    with Leaving() as leaving, _first_picture(setup.settings):
        import asyncio

        from cloudops_tui.engine.session import EngineThread
        from cloudops_tui.headless import go_on, going_on, line_drop_here
        from cloudops_tui.tui.app import run_tui as run
        from cloudops_tui.tui.remembering import RememberingApp

        thread = EngineThread()
        try:
            session = thread.call(_made_there(_patient(setup), thread.loop))
            _ask_for_codes(session)
            leaving.busy = lambda: session.busy
            waits_as_configured = setup.settings.execution.hold_for is not None

            def part(code: int, said: str) -> bool:
                session.leave_screen(as_configured=waits_as_configured)
                return _part(code, said)

            if not demo:
                leaving.part = lambda: part(leaving.exit_code or 1, "What runs goes on without a screen")
            background: list[Future[None]] = []
            code = run(
                session,
                RememberingApp,
                leaving=leaving,
                attend=lambda tell, left: background.append(
                    _begun(_attend(session, leaving, tell, left), thread.loop)
                ),
                settings=setup.settings,
                read_only=setup.settings.safety.read_only,
                rehearse_first=setup.settings.approval.dry_run_before_approval,
                demo=demo,
                at_start=(lambda: "") if demo else lambda: line_drop_here(os.environ),
                program=None if demo else typed(setup),
                **drawn,
            )
            leaving.begin()
            for work in background:
                work.cancel()
            numbers = [] if demo else thread.call(_numbers_of_what_runs(session))
            if numbers and part(code, going_on(numbers, typed(setup))):
                leaving.take_time()
                asyncio.run(go_on(session, leaving.heard))
            else:
                thread.call(session.close(leave_running=True))
            return code
        finally:
            gc.enable()
            thread.stop()


def _part(code: int, said: str) -> bool:
    """Leave the terminal, which was put right before; False where this process has no parent to leave."""
    window = here()
    if window is not None:
        window.detach(code, said)
    return window is not None


def _first_picture(settings: Settings) -> AbstractContextManager[None]:
    """The frame as it will be, drawn before anything else is loaded."""
    from cloudops_tui.engine.whoami import operator_here
    from cloudops_tui.presentation.frame import Standing
    from cloudops_tui.presentation.keymap import keymap
    from cloudops_tui.presentation.opening import Opening
    from cloudops_tui.tui.first_picture import first_picture
    from cloudops_tui.tui.palette import palettes

    look = appearance_here(settings)
    standing = Standing(
        identities=(),
        operator=operator_here(),
        host=os.uname().nodename,
        read_only=settings.safety.read_only,
        review=0,
        running=0,
        now=datetime.now(UTC),
        counted=False,
    )
    what = Opening(standing, keymap(settings.keys), settings.columns.queue, look.ascii_only)
    palette = None if look.colourless else palettes(settings.themes).get(look.theme.value)
    return first_picture(what, look, palette)


def _ask_for_codes(session: ExecutionSession) -> None:
    """Codes of MFA devices are asked for on the screen."""
    from cloudops_tui.executors import codes

    codes.ask_with(session.desk.ask)


def _patient(setup: Setup) -> Setup:
    execution = setup.settings.execution
    if execution.hold_for is not None:
        return setup
    patient = execution.model_copy(update={"hold_for": HOLD_BEFORE_A_SCREEN})
    return replace(setup, settings=setup.settings.model_copy(update={"execution": patient}))


def _begun(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
    import asyncio

    return asyncio.run_coroutine_threadsafe(work, loop)


def watch_tui(
    setup: Setup,
    wanted: Callable[[ExecutionSession], Coroutine[Any, Any, UUID | None]],
    code_at_end: Callable[[ExecutionState], int] | None = None,
    **options: Any,
) -> int:
    """Open the terminal UI on an execution that another process runs; the exit code. Nothing is taken over, taken in,
    expired or pruned, and the store is opened for reading.

    `wanted` finds the execution; None waits for one. With `code_at_end` it leaves by itself, with that code.
    """
    drawn = drawing(setup.settings)
    from cloudops_tui.engine.session import EngineThread
    from cloudops_tui.tui.app import run_tui as run
    from cloudops_tui.tui.leaving import Leaving
    from cloudops_tui.tui.watching import WatchApp

    with Leaving() as leaving:
        thread = EngineThread()
        try:
            session = thread.call(_made_there(setup, thread.loop, looks_only=True))
            try:
                execution_id = thread.call(wanted(session))
                thread.call(session.watch_store())
                return run(
                    session,
                    WatchApp,
                    leaving=leaving,
                    execution_id=execution_id,
                    code_at_end=code_at_end,
                    settings=setup.settings,
                    program=typed(setup),
                    **drawn,
                    **options,
                )
            finally:
                leaving.begin()
                thread.call(session.close(leave_running=True))
        finally:
            thread.stop()


async def _made_there(
    setup: Setup, loop: asyncio.AbstractEventLoop, *, looks_only: bool = False
) -> ExecutionSession:
    return make_session(setup, loop, looks_only=looks_only)


async def _numbers_of_what_runs(session: ExecutionSession) -> list[int]:
    return sorted([(await session.execution(one)).number for one in await session.driving()])


# --- behind the screens ----------------------------------------------------------------------------------------------


async def _attend(
    session: ExecutionSession, leaving: Leaving, tell: Callable[[str], None], left: Callable[[int], None]
) -> None:
    """What a session that stays open looks after; `tell` keeps a line for the operator, `left` hears how many files of
    the inbox are still to be queued."""
    import asyncio

    from cloudops_tui.sources.inbox import watch_inbox

    if (window := here()) is not None:
        window.watch()
    inbox = session.state_dir / "inbox"
    # Each for itself: a fault of one must not end the others.
    await asyncio.gather(
        _keep_faults(session, leaving),
        _kept_up("Following other processes", session.watch_store, tell),
        _kept_up("Watching the store", lambda: _tell_remarks(session, tell), tell),
        _kept_up("Removing files that nobody uses", session.remove_unused_files, tell),
        _kept_up("Taking over executions of dead processes", lambda: _take_over_the_dead(session, tell), tell),
        _kept_up("Watching the inbox", lambda: watch_inbox(session, inbox, faults=tell, left=left), tell),
    )


async def _kept_up(what: str, work: Callable[[], Awaitable[object]], tell: Callable[[str], None]) -> None:
    """Begin it again whenever an error ends it that it did not expect, and say so: once for the same error."""
    import asyncio

    from cloudops_tui.model.errors import ExecutionError, StorageError

    said = ""
    while True:
        try:
            await work()
            return
        except Exception as error:  # noqa: BLE001  whatever it was, an inbox that nobody watches must not look empty
            # What is foreseen has words of its own; of anything else its kind tells the most.
            why = str(error) if isinstance(error, ExecutionError | StorageError) else f"{type(error).__name__}: {error}"
            if why != said:
                said = why
                tell(f"{what} met an error ({why}); it is tried again every {TRY_AGAIN_AFTER:.0f} s")
        await asyncio.sleep(TRY_AGAIN_AFTER)


async def _keep_faults(session: ExecutionSession, leaving: Leaving) -> None:
    """Once the store is there: a folder with something else in it would be refused."""
    import asyncio

    from cloudops_tui.model.errors import ExecutionError

    while True:
        try:
            await session.queue()
        except ExecutionError:
            await asyncio.sleep(TRY_AGAIN_AFTER)  # whoever asks the store for something is told
        else:
            leaving.keep_faults(session.state_dir)
            return


async def _tell_remarks(session: ExecutionSession, tell: Callable[[str], None]) -> None:
    """What there is to say of the store, once each: damage, what came of it, and why nothing can be written."""
    import asyncio

    told = 0
    while True:
        remarks = session.remarks
        for remark in remarks[told:]:
            tell(remark)
        told = len(remarks)
        await asyncio.sleep(LOOK_AT_THE_STORE_EVERY)


async def _take_over_the_dead(session: ExecutionSession, tell: Callable[[str], None]) -> None:
    """Executions whose process died before this one began, or dies while it is open."""
    import asyncio

    from cloudops_tui.model.errors import ExecutionError

    while True:
        try:
            for one in await session.recover():
                number = (await session.execution(one)).number
                tell(f"#{number} lost its process: what it still runs is followed to its end, and no more of it begins")
        except ExecutionError:
            pass  # the store is busy or gone for a while; whoever asks it for something is told
        await asyncio.sleep(LOOK_FOR_THE_DEAD_EVERY)
