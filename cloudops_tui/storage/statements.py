"""The SQL in its named files: statements by name, migrations by number."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

SQL = Path(__file__).parent / "sql"

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_NUMBER = re.compile(r"(\d{4})_\w+\.sql")


@cache
def statements() -> Mapping[str, str]:
    """Every statement of `sql/*.sql`, without its semicolon so that parts can be put together."""
    found: dict[str, str] = {}
    for file in sorted(SQL.glob("*.sql")):
        _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"`{name}` stands twice in `{SQL}`")
            found[name] = text.strip().removesuffix(";")
    return found


@cache
def migrations() -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The steps to the newest schema, in order: number and statements of each."""
    return tuple(
        (int(match[1]), tuple(split(file.read_text(encoding="utf-8"))))
        for file in sorted((SQL / "migrations").glob("*.sql"))
        if (match := _NUMBER.fullmatch(file.name))
    )


def newest_version() -> int:
    """The schema that this program writes."""
    return migrations()[-1][0]


def split(script: str) -> Iterator[str]:
    """The single statements of a script; `executescript` would commit between them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        if not statement and (not line.strip() or line.startswith("--")):
            continue
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        raise ValueError(f"A statement has no end: {statement[:60]}")
