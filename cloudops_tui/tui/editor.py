"""The operator's own editor, run as an argv on a private copy."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path


def editor_argv(environ: Mapping[str, str]) -> list[str]:
    """The editor's argv: `$VISUAL`, else `$EDITOR`, else `vi`. Never a shell."""
    wanted = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip() or "vi"
    return shlex.split(wanted)


async def edited(text: str, folder: Path, environ: Mapping[str, str]) -> str | None:
    """`text` after the editor ended, from a file in `folder` that its owner alone can read.

    None when the editor ended with an error. Raises OSError when there is no such editor.
    """
    descriptor, name = tempfile.mkstemp(prefix="plan-", suffix=".json", dir=folder)  # 0600
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        child = await asyncio.create_subprocess_exec(*editor_argv(environ), str(path))
        if await child.wait() != 0:
            return None
        return await asyncio.to_thread(path.read_text, encoding="utf-8")
    finally:
        path.unlink(missing_ok=True)
