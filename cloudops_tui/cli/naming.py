"""What a word on the command line names, as far as it tells by itself. Loads nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from cloudops_tui.policy.safe_text import safe_line

NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_FLAGS = ("--json", "--events", "--again", "--no-way-back")
"""Options that take no value, of the verbs that take a plan; of any other the next word may be the value."""
_PREFIX = re.compile(r"[0-9a-fA-F]{7,8}(?:-[0-9a-fA-F-]*)?|[0-9a-fA-F]{32}", re.ASCII)


def bare(reference: str) -> str:
    """The number alone of one that was quoted as screens show it, `'#418'`."""
    return reference[1:] if reference.startswith("#") and NUMBER.fullmatch(reference[1:]) else reference


def names_entry(name: str) -> bool:
    """A number, or what may begin an id where no file has that name; all else is a file, or `-`."""
    return bool(NUMBER.fullmatch(bare(name)) or (_PREFIX.fullmatch(name) and not Path(name).exists()))


def words_alone(args: Sequence[str]) -> list[str]:
    """Those of the words behind a verb that are no option, and cannot be the value of one."""
    return [
        word
        for before, word in pairwise(["", *args])
        if not word.startswith("-") and (not before.startswith("-") or before in _FLAGS)
    ]


def missing_file(name: str) -> str | None:
    """That there is no such file, where the word can only be one. It is not opened: a pipe is read once."""
    if name.startswith("-") or names_entry(name):
        return None
    try:
        Path(name).stat()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return f"`{safe_line(name)}` cannot be read: {why}"
    return None
