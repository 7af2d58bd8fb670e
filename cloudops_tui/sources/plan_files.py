"""Plans that somebody names: a file, or standard input."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal
from uuid import UUID

from cloudops_tui.engine.plan_queue import Form, Submission
from cloudops_tui.policy.plan_text import LARGEST
from cloudops_tui.policy.safe_text import safe_line

STDIN = "-"
"""The name that stands for standard input."""

_FORMS: dict[str, Literal["json", "yaml"]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


class UnreadableFile(Exception):
    """A file that was named and cannot be read; the text names it and the reason."""


def read_plan(
    name: str, stdin: BinaryIO, *, user_prompt: str = "", conversation_id: UUID | None = None
) -> Submission:
    """What the file of that name holds, or `stdin` for `-`; at most one byte more than a plan may have.

    A pipe such as `<(...)` is a file here. Raises UnreadableFile.
    """
    if name == STDIN:
        return Submission(stdin.read(LARGEST + 1), "stdin", None, None, user_prompt, conversation_id)
    path = Path(name)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableFile(f"`{safe_line(name)}` cannot be read: {why}") from error
    folder = path.absolute().parent
    return Submission(data, safe_line(name), folder, form_of(name), user_prompt, conversation_id)


def form_of(name: str) -> Form | None:
    """How a file of that name is written; None where its content has to tell."""
    return _FORMS.get(Path(name).suffix.lower())
