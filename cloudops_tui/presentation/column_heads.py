"""The columns of the queue: which there are, which are shown, and their heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudops_tui.presentation.lines import Line, Span, line, pad

WIDE = 90  # cells; from here on more of the source has room, and the expiry
NARROW = 70  # cells; in narrower rows what the plan is needs the room more than where it came from


@dataclass(frozen=True)
class Column:
    """One column; the plan's takes what the others leave."""

    name: str
    title: str
    cells: int
    meaning: str
    right: bool = False


COLUMNS = (
    Column("state", "STATE", 12, "where it stands"),
    Column("risk", "RISK", 8, "its effective level"),
    Column("no", "NO", 6, "its number"),
    Column("plan", "PLAN", 0, "what it is; takes the room that is left"),
    Column("cmds", "CMDS", 5, "how many commands it has", right=True),
    Column("age", "AGE", 5, "how long ago it came", right=True),
    Column("expires", "EXPIRES", 8, "how long it may still wait for a decision", right=True),
    Column("from", "FROM", 9, "where it came from"),
    Column("by", "BY", 9, "who decided, or edited it"),
    Column("account", "ACCOUNT", 13, "the account that it expects"),
    Column("profile", "PROFILE", 10, "the profiles that it uses"),
    Column("id", "PLAN ID", 9, "the head of the plan's id"),
)
NAMES = tuple(column.name for column in COLUMNS)
USUAL: tuple[str, ...] = ("state", "risk", "no", "plan", "cmds", "age", "from")
USUAL_IN_NARROW: tuple[str, ...] = ("state", "risk", "no", "plan", "age")
USUAL_IN_WIDE: tuple[str, ...] = ("state", "risk", "no", "plan", "cmds", "age", "expires", "from")
_BY_NAME = {column.name: column for column in COLUMNS}
_LEFT_PADDED = ("from", "by", "account", "profile", "id")
"""Text after a number that stands at the right of its column needs a gap."""
_SOURCE_IN_WIDE = 15
GUTTER = 4
"""Cells before the first column: mark, news, sign, a blank."""


def problem(name: str) -> str | None:
    """Why this is no column, with what was probably meant; None where it is one."""
    if name in NAMES:
        return None
    from cloudops_tui.policy.query import nearest

    near = nearest(name, NAMES)
    return f"`{name}` is no column of the queue" + (
        f"; did you mean `{near}`?" if near else f"; there are {', '.join(NAMES)}"
    )


def chosen(wanted: Sequence[str] | None, width: int) -> tuple[Column, ...]:
    """The columns that are shown: those that were chosen, or what the width has room for. The plan is always there."""
    names = USUAL_IN_WIDE if width >= WIDE else USUAL if width >= NARROW else USUAL_IN_NARROW
    if wanted is not None:
        names = tuple(name for name in wanted if name in _BY_NAME)
        names = names if "plan" in names else (*names, "plan")
    return tuple(_BY_NAME[name] for name in names)


def header(columns: Sequence[Column], width: int) -> Line:
    """The columns' names."""
    room = plan_room(columns, width)
    names = "".join(_titled(column, room, width) for column in columns)
    return line(" " * (GUTTER + 1), Span(names, "quiet"))


def plan_room(columns: Sequence[Column], width: int) -> int:
    """Cells that the others leave to the plan."""
    return max(8, width - GUTTER - 2 - sum(cells_of(column, width) for column in columns if column.name != "plan"))


def _titled(column: Column, room: int, width: int) -> str:
    if column.name == "plan":
        return pad(column.title, room)
    return pad(gap_before(column) + column.title, cells_of(column, width), right=column.right)


def cells_of(column: Column, width: int) -> int:
    """Cells that a column takes; not the plan's."""
    cells = _SOURCE_IN_WIDE if column.name == "from" and width >= WIDE else column.cells
    return cells + len(gap_before(column))


def gap_before(column: Column) -> str:
    """Blanks that keep a text away from the number before it."""
    return "  " if column.name in _LEFT_PADDED else ""
