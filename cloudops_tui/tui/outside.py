"""A program of the operator's own on the whole terminal: in a tmux popup over ours, or instead of ours for a while."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PASSED_ON = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "EDITOR", "VISUAL", "EXINIT",
    "VIMINIT", "MYVIMRC", "LESS", "LESSCHARSET", "LESSSECURE", "LESSKEY", "NANORC", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "NO_COLOR",
)  # fmt: skip
"""tmux gives a popup the environment of its server, from whenever that began. No credentials: they stand on an argv."""

GRACE = 5.0  # seconds that an editor has to leave when the program is told to: on a busy machine it saves slowly
BEGUN = "begun"
_BEGIN = 'b=$1; shift; : >"$b" && exec "$@"'
"""Says that the popup was really there: some tmux open none, silently, and end with 0."""

Aside = Callable[[Callable[[], Awaitable[int]]], Awaitable[int]]
"""Runs what it is given with the terminal handed over, and takes the terminal back."""


async def run(argv: Sequence[str], environ: Mapping[str, str], folder: Path, *, popup: bool, aside: Aside) -> int:
    """Run `argv` on the terminal; its exit code. Raises OSError or ValueError when it cannot be started.

    In tmux, where `popup` is wanted, over the program, which goes on; else, and where no popup comes up, in its place.
    `folder` is private to this run.
    """
    if popup and "TMUX" in environ:
        code = await _in_popup(argv, environ, folder)
        if code is not None:
            return code
    return await aside(lambda: _alone(argv, environ))


def popup_argv(argv: Sequence[str], environ: Mapping[str, str], begun: Path, cwd: str) -> list[str]:
    """The tmux command that shows `argv` over the pane. More than one word after `--`: tmux then starts no shell."""
    passed = [f"{name}={environ[name]}" for name in PASSED_ON if name in environ]
    pane = ["-t", environ["TMUX_PANE"]] if "TMUX_PANE" in environ else []
    shown = ["env", *passed, "sh", "-c", _BEGIN, "sh", str(begun), *argv]
    return ["tmux", "display-popup", "-E", *pane, "-w", "90%", "-h", "80%", "-d", cwd, "--", *map(_unsplit, shown)]


def _unsplit(word: str) -> str:
    """tmux reads a word that ends with a semicolon as the end of its command."""
    return word[:-1] + "\\;" if word.endswith(";") else word


async def _in_popup(argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> int | None:
    """The exit code; None where no popup came up."""
    begun = folder / BEGUN
    try:
        child = await asyncio.create_subprocess_exec(
            *popup_argv(argv, environ, begun, _here()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except (OSError, ValueError):
        return None
    try:
        code = await child.wait()
    except asyncio.CancelledError:  # the program leaves, and what stood over it has nobody to give its text to
        await _closed(environ)
        await _ended(child)
        raise
    came_up = await asyncio.to_thread(begun.exists)
    return code if came_up else None


async def _closed(environ: Mapping[str, str]) -> None:
    """The popup goes, and with its terminal whatever ran in it."""
    with suppress(OSError, asyncio.CancelledError):
        pane = ["-t", environ["TMUX_PANE"]] if "TMUX_PANE" in environ else []
        nothing = asyncio.subprocess.DEVNULL
        closing = await asyncio.create_subprocess_exec(
            "tmux", "display-popup", "-C", *pane, stdin=nothing, stdout=nothing, stderr=nothing
        )
        await asyncio.wait_for(closing.wait(), GRACE)


async def _alone(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    child = await asyncio.create_subprocess_exec(*argv, env=dict(environ))
    try:
        return await child.wait()
    except asyncio.CancelledError:
        await _ended(child)
        raise


async def _ended(child: asyncio.subprocess.Process) -> None:
    """The program leaves: so does what has its terminal, which is to be put right before the shell has it again."""
    with suppress(ProcessLookupError):
        child.terminate()
        deadline = time.monotonic() + GRACE
        while child.returncode is None and time.monotonic() < deadline:
            with suppress(asyncio.CancelledError):  # a loop that closes cancels once more what is cancelled already
                await asyncio.sleep(0.02)
        if child.returncode is None:
            child.kill()


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"  # the folder that we were started in is gone
