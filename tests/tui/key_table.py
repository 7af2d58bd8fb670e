"""Write `presentation/actions.py` anew from docs/keys.md, after a key was added: `python -m tests.tui.key_table`."""

from __future__ import annotations

import re
from pathlib import Path

from cloudops_tui.presentation import actions

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "keys.md"
MODULE = Path(actions.__file__)
BEGIN, END = "# --- the table: begin", "# --- the table: end"

Table = dict[str, list[tuple[str, tuple[str, ...], str]]]


def documented() -> Table:
    """Sections of docs/keys.md with their rows: id, keys, what it does."""
    found: Table = {}
    for part in re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.M)[1:]:
        rows = re.findall(r"^\| ([a-z_.0-9]+\.[a-z_.0-9]+) \| (.*?) \| (.*) \|$", part, re.M)
        if rows:
            found[part.splitlines()[0]] = [(row[0], tuple(re.findall(r"`(.+?)`", row[1])), row[2]) for row in rows]
    return found


def written(table: Table) -> str:
    """The table as Python."""
    lines: list[str] = []
    for section, rows in table.items():
        lines.append(f"    {_quoted(section)}: (")
        lines += [
            f"        Action({_quoted(name)}, ({', '.join(map(_quoted, keys))},), {_quoted(does.replace('`', ''))}),"
            for name, keys, does in rows
        ]
        lines.append("    ),")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    text = MODULE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN + "\n")
    _, _, tail = rest.partition("    " + END)
    MODULE.write_text(head + BEGIN + "\n" + written(documented()) + "\n    " + END + tail, encoding="utf-8")
