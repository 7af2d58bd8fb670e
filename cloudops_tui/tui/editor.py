"""The operator's own editor and pager, run as an argv on a private copy."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

NONE = "none"
"""What switches an editor or a pager off."""

Run = Callable[[Sequence[str], Mapping[str, str], Path], Awaitable[int]]
"""Shows an argv on the terminal, in this environment and with a folder of its own; the exit code."""


class EditorError(Exception):
    """The text could not be edited or shown; the message says why, and what to do."""


def editor_argv(environ: Mapping[str, str], wanted: str | None = None) -> list[str]:
    """The editor's argv: `wanted`, else `$VISUAL`, `$EDITOR`, `vi`. Never a shell."""
    return _argv(wanted or _first(environ, "VISUAL", "EDITOR") or "vi", _editor_variable(environ, wanted), "editor")


def pager_argv(environ: Mapping[str, str], wanted: str | None = None) -> list[str]:
    """The pager's argv: `wanted`, else `$PAGER`, `less`. Never a shell."""
    return _argv(wanted or _first(environ, "PAGER") or "less", "[ui] pager" if wanted else "PAGER", "pager")


async def edited(
    text: str, folder: Path, environ: Mapping[str, str], run: Run | None = None, *, wanted: str | None = None
) -> str:
    """`text` after the editor ended, from a file below `folder` that its owner alone can read.

    Raises EditorError when there is no such editor, it ended with an error, or what it left cannot be read.
    """
    argv = editor_argv(environ, wanted)
    return await _with_copy(
        text, "plan.json", folder, argv, environ, run or _here, of="editor", set_=_editor_variable(environ, wanted)
    )


async def looked_at(
    text: str, name: str, folder: Path, environ: Mapping[str, str], run: Run | None = None, *, wanted: str | None = None
) -> None:
    """Show `text` in the pager, which may run nothing. Raises EditorError as `edited` does."""
    argv = pager_argv(environ, wanted)
    confined = dict(environ) | {"LESSSECURE": "1"}
    set_ = "[ui] pager" if wanted else "PAGER"
    _ = await _with_copy(text, name, folder, argv, confined, run or _here, of="pager", set_=set_)


async def _with_copy(
    text: str,
    name: str,
    folder: Path,
    argv: list[str],
    environ: Mapping[str, str],
    run: Run,
    *,
    of: str,
    set_: str,
) -> str:
    own: Path | None = None
    try:
        own = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="copy-", dir=folder))  # 0700
        path = own / name
        await asyncio.to_thread(_write, path, text)
        await _run(argv, path, environ, run, of, set_)
        return await asyncio.to_thread(path.read_text, encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise EditorError(f"the copy for your {of} cannot be written or read: {error}; nothing was changed") from error
    finally:
        if own is not None:  # with whatever else the program left beside it
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        _ = file.write(text)


async def _run(argv: list[str], path: Path, environ: Mapping[str, str], run: Run, of: str, set_: str) -> None:
    if shutil.which(argv[0], path=environ.get("PATH")) is None:
        raise EditorError(f"`{argv[0]}` cannot be started; set {set_}")
    try:
        code = await run([*argv, str(path)], environ, path.parent)
    except (OSError, ValueError) as error:
        raise EditorError(f"`{argv[0]}` cannot be started; set {set_}") from error
    if code != 0:
        raise EditorError(f"your {of} ended with {code}; nothing was changed")


async def _here(argv: Sequence[str], environ: Mapping[str, str], _: Path) -> int:
    child = await asyncio.create_subprocess_exec(*argv, env=dict(environ))
    return await child.wait()


def _argv(wanted: str, set_: str, of: str) -> list[str]:
    if wanted.strip() == NONE:
        raise EditorError(f'no {of} may be started here: the configuration says `{of} = "none"`')
    try:
        argv = shlex.split(wanted)
    except ValueError as error:
        raise EditorError(f"`{wanted}` cannot be read as a command ({error}); set {set_}") from error
    if not argv:
        raise EditorError(f"there is no {of}; set {set_}")
    return argv


def _first(environ: Mapping[str, str], *names: str) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def _editor_variable(environ: Mapping[str, str], wanted: str | None) -> str:
    """What decides."""
    return "[ui] editor" if wanted else "VISUAL" if environ.get("VISUAL", "").strip() else "EDITOR"
