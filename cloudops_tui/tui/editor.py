"""The operator's own editor, run as an argv on a private copy."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path


class EditorError(Exception):
    """The text could not be edited; the message says why, and what to do."""


def editor_argv(environ: Mapping[str, str]) -> list[str]:
    """The editor's argv: `$VISUAL`, else `$EDITOR`, else `vi`. Never a shell."""
    wanted = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip() or "vi"
    try:
        return shlex.split(wanted)
    except ValueError as error:
        raise EditorError(f"`{wanted}` cannot be read as a command ({error}); set {_variable(environ)}") from error


async def edited(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    """`text` after the editor ended, from a file in `folder` that its owner alone can read.

    Raises EditorError when there is no such editor, it ended with an error, or what it left cannot be read.
    """
    argv = editor_argv(environ)
    try:
        descriptor, name = tempfile.mkstemp(prefix="plan-", suffix=".json", dir=folder)  # 0600
        path = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            await _run(argv, path, environ)
            return await asyncio.to_thread(path.read_text, encoding="utf-8")
        finally:
            path.unlink(missing_ok=True)
    except (OSError, UnicodeError) as error:
        raise EditorError(
            f"the copy for your editor cannot be written or read: {error}; nothing was changed"
        ) from error


async def _run(argv: list[str], path: Path, environ: Mapping[str, str]) -> None:
    try:
        child = await asyncio.create_subprocess_exec(*argv, str(path))
    except (OSError, ValueError) as error:
        raise EditorError(f"`{argv[0]}` cannot be started; set {_variable(environ)}") from error
    code = await child.wait()
    if code != 0:
        raise EditorError(f"your editor ended with {code}; nothing was changed")


def _variable(environ: Mapping[str, str]) -> str:
    """The variable that decides."""
    return "VISUAL" if environ.get("VISUAL", "").strip() else "EDITOR"
