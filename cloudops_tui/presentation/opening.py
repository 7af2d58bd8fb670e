"""The queue before anything of it has been read: what is drawn while the rest of the program is still being loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudops_tui.presentation import column_heads, frame
from cloudops_tui.presentation.frame import KeyHint, Standing
from cloudops_tui.presentation.keymap import Keymap, own_keys_at, shown, with_own_keys
from cloudops_tui.presentation.lines import BLANK, Line, Span, line

PLANS_IN_WIDE = 60  # per cent of the width that the list has beside a preview; styles/screens/queue.tcss
WIDE = 120  # columns; `tui.frame.WIDE`

READING: tuple[Line, ...] = (BLANK, line("  ", Span("Reading the queue ...", "quiet")))
"""What stands in the place of rows until there may be some."""

NOTHING_SELECTED = "Nothing is selected"


@dataclass(frozen=True)
class Opening:
    """What is known before the store was opened."""

    standing: Standing
    keymap: Keymap
    columns: Sequence[str] | None = None
    """Of the queue, as the configuration names them."""
    ascii_only: bool = False


def rows(opening: Opening, width: int, height: int) -> tuple[Line, ...]:
    """The screen, row by row, as the queue's own draws it until the queue has been read; none where it is too small."""
    if frame.is_too_small(width, height):
        return ()
    top = (
        frame.identity_bar(opening.standing, width),
        frame.area_line("queue", "", width, opening.ascii_only, _key_of(opening, "app.help")),
        _columns(opening, width),
        *READING,
    )
    return (*top, *(BLANK for _ in range(height - len(top) - 1)), _footer(opening, width))


def key_hints(
    *, opens: str | None, approves: str | None, rejects: str | None, modifies: str | None, marked: int = 0
) -> tuple[KeyHint, ...]:
    """The keys of the queue, most wanted first; of those that depend on the entry, why they cannot be used."""
    many = f" {marked}" if marked else ""
    return (
        KeyHint("enter", "open", opens),
        KeyHint("a", "approve", approves),
        KeyHint("r", f"reject{many}", rejects),
        KeyHint("m", "modify", modifies),
        KeyHint("space", "mark"),
        KeyHint("/", "filter"),
        KeyHint("Q", "quit"),
        KeyHint("f", "faults"),
        KeyHint("s", "sort"),
        KeyHint("w", "watch"),
        KeyHint("c", "columns"),
        KeyHint("R", "re-read"),
    )


def _columns(opening: Opening, width: int) -> Line:
    room = max(40, (width * PLANS_IN_WIDE // 100 if width >= WIDE else width) - 2)
    return column_heads.header(column_heads.chosen(opening.columns, room), room)


def _footer(opening: Opening, width: int) -> Line:
    why = NOTHING_SELECTED
    hints = key_hints(opens=why, approves=why, rejects=why, modifies=why)
    if opening.keymap.taken:
        hints = with_own_keys(hints, own_keys_at("QueueScreen", opening.keymap))
    return frame.key_footer(hints, width)


def _key_of(opening: Opening, action_id: str) -> str:
    return next((shown(key) for key in opening.keymap.keys_of(action_id)), "")
