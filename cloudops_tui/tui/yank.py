"""Take a text away: into tmux's buffer or the terminal's clipboard, a private file, and whatever the operator named."""

from __future__ import annotations

import asyncio
import base64
import os
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST = 74_994
"""Bytes of base64 that terminals still take in one OSC 52; k9s has the same cap."""
PATIENCE = 3.0  # seconds that a program may take to swallow the text


@dataclass(frozen=True)
class Taken:
    """Where a text is now, and where it could not be put."""

    ways: tuple[str, ...]
    failed: tuple[str, ...]


async def yank(
    text: str,
    environ: Mapping[str, str],
    *,
    to_terminal: Callable[[str], None],
    command: str | None,
    state_dir: Path,
) -> Taken:
    """Put `text`, which is safe to paste, wherever it can be fetched from."""
    data = text.encode("utf-8", "backslashreplace")
    ways: list[str] = []
    failed: list[str] = []

    def told(way: str, why_not: str | None) -> bool:
        (ways if why_not is None else failed).append(way if why_not is None else f"{way}: {why_not}")
        return why_not is None

    in_tmux = "TMUX" in environ and told("tmux's buffer", await _swallow(("tmux", "load-buffer", "-w", "-"), data))
    if not in_tmux:
        _ = told("the terminal (OSC 52, unconfirmed)", _send(text, data, environ, to_terminal))
    if command:
        _ = told(*await _own_command(command, data))
    _ = told(*await asyncio.to_thread(_keep, data, environ, state_dir))
    return Taken(tuple(ways), tuple(failed))


def _send(text: str, data: bytes, environ: Mapping[str, str], to_terminal: Callable[[str], None]) -> str | None:
    size = len(base64.b64encode(data))
    if size > MOST:
        return f"{size} bytes of base64 are more than the {MOST} that terminals take"
    if "STY" in environ:
        return "screen does not pass it on"
    if "TMUX" in environ:
        return "tmux does not pass it on"
    to_terminal(text)
    return None


async def _own_command(command: str, data: bytes) -> tuple[str, str | None]:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        return "[ui] yank_command", f"it cannot be read as a command ({error})"
    return (f"`{argv[0]}`", await _swallow(argv, data)) if argv else ("[ui] yank_command", "it is empty")


async def _swallow(argv: Sequence[str], data: bytes) -> str | None:
    """Hand `data` to a program's standard input; why it did not take it, or None."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
    except (OSError, ValueError) as error:
        return f"it cannot be started ({error.__class__.__name__})"
    try:
        async with asyncio.timeout(PATIENCE):
            _ = await child.communicate(data)
    except TimeoutError:
        child.kill()
        _ = await child.wait()
        return f"it did not take the text within {PATIENCE:.0f} s"
    return None if child.returncode == 0 else f"it ended with {child.returncode}"


def _keep(data: bytes, environ: Mapping[str, str], state_dir: Path) -> tuple[str, str | None]:
    """Into a file that nobody else can read; a link that somebody laid in its place is replaced, not followed."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime) / "cloudops-tui" if runtime.startswith("/") and _ours(Path(runtime)) else state_dir
    path = folder / "yank"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".yank-", dir=folder)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                _ = file.write(data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError as error:
        return str(path), error.strerror or str(error)
    return str(path), None


def _ours(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.getuid()
    except OSError:
        return False
