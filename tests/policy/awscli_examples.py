"""The command lines in the pages of examples that awscli brings, each read as a shell would read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Form = Literal["command", "shell", "variable", "gap", "cut"]
"""What a line is: one whole command of `aws`; more of the shell than a command (pipes, redirections, several commands,
what another command prints); a command with a variable of the shell in it; one with a gap that a person has to fill in,
outside quotes, so that a shell would read and write files; one whose quotes do not close on the page."""


@dataclass(frozen=True)
class Example:
    """One line that begins with `aws`, joined to what continues it."""

    page: str
    """The page, below the folder of examples: `s3/cp.rst`."""
    row: int
    """Where it begins, from 1."""
    text: str
    form: Form
    words: tuple[str, ...] = ()
    """What follows `aws`, without quotes; only of whole commands."""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.row}"


def examples(service: str = "") -> Iterator[Example]:
    """All of them, or those on the pages of one service, by page and row."""
    folder = examples_folder()
    for page in sorted((folder / service).rglob("*.rst")):
        yield from examples_on(page.relative_to(folder).as_posix(), page.read_text(encoding="utf-8"))


def examples_folder() -> Path:
    spec = find_spec("awscli")  # finds the folder and imports nothing
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "examples"


def examples_on(page: str, text: str) -> Iterator[Example]:
    """Those on one page. A row begins one when it is indented and its first word, after a prompt, is `aws`."""
    rows = text.split("\n")
    at = 0
    while at < len(rows):
        found = _BEGIN.match(rows[at])
        if found is None:
            at += 1
            continue
        line, ended = _joined(rows, at, found[1])
        yield _read(page, at + 1, line)
        at = ended


_BEGIN = re.compile(r"\s+(?:[$>] ?)?(aws\s.*)$")
_CONTINUED = re.compile(r"(?:\\|\s[\^`])\s*$")  # also as Windows' two shells write it; blanks behind are slips
_GAP = re.compile(r"<[A-Za-z][^<>]*>|\([A-Z][A-Za-z]+ [^()]*\)")


def _joined(rows: list[str], at: int, first: str) -> tuple[str, int]:
    """The line with what continues it, and the row after it."""
    line = first.rstrip()
    at += 1
    while at < len(rows):
        if not _in_block(rows[at]):
            break
        if _CONTINUED.search(line) and rows[at].strip():
            line = f"{_CONTINUED.sub('', line).rstrip()} {rows[at].strip()}"
        elif _shell_words(line) is None:
            line = f"{line}\n{rows[at].rstrip()}"
        else:
            break
        at += 1
    return _CONTINUED.sub("", line).rstrip(), at


def _in_block(row: str) -> bool:
    """The row can belong to the block that a command stands in: text of the page begins without a blank."""
    return not row or row[0].isspace()


def _read(page: str, row: int, line: str) -> Example:
    read = _shell_words(line)
    if read is None:
        return Example(page, row, line, "cut")
    words, marks = read
    form = _form(line, marks)
    return Example(page, row, line, form, tuple(words[1:]) if form == "command" else ())


def _form(line: str, marks: set[str]) -> Form:
    if "mark" in marks:
        return "gap" if _GAP.search(line) else "shell"
    if "substitution" in marks:
        return "shell"
    return "variable" if "variable" in marks else "command"


_PART = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<comment>(?<!\S)\#[^\n]*)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | \\(?P<escaped>.)
    | (?P<mark>[|&;<>()]+)
    | (?P<bare>[^\s'"\\|&;<>()]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_SUBSTITUTION = re.compile(r"(?<!\\)(?:`|\$\()")
_VARIABLE = re.compile(r"(?<!\\)\$[A-Za-z_{$]")
_ESCAPED_IN_QUOTES = re.compile(r"\\([$`\"\\])|\\\n")


def _shell_words(line: str) -> tuple[list[str], set[str]] | None:
    """The words as a POSIX shell makes them, and what else of the shell stands in the line; None for an open quote."""
    words: list[str] = []
    marks: set[str] = set()
    word: list[str] | None = None
    at = 0
    while at < len(line):
        part = _PART.match(line, at)
        if part is None:
            return None
        at = part.end()
        text = part[part.lastgroup or 0]
        if part.lastgroup in ("blank", "mark", "comment"):
            marks |= {"mark"} if part.lastgroup == "mark" else set()
            words += ["".join(word)] if word is not None else []
            word = None
            continue
        if part.lastgroup in ("double", "bare"):
            marks |= {"substitution"} if _SUBSTITUTION.search(text) else set()
            marks |= {"variable"} if _VARIABLE.search(text) else set()
        if part.lastgroup == "double":
            text = _ESCAPED_IN_QUOTES.sub(r"\1", text)
        word = [*(word or ()), "" if text == "\n" and part.lastgroup == "escaped" else text]
    return words + (["".join(word)] if word is not None else []), marks
