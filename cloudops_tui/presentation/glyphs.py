"""ASCII twins of the signs on screen, cell for cell."""

from __future__ import annotations

from cloudops_tui.presentation.lines import width
from cloudops_tui.presentation.wording import COMMAND_SIGNS, EXECUTION_SIGNS, QUEUE_SIGNS, RETRYING, WAITS

_SIGNS = (*COMMAND_SIGNS.values(), *EXECUTION_SIGNS.values(), *QUEUE_SIGNS.values(), RETRYING, WAITS)

TWINS = {
    **{sign.glyph: sign.ascii for sign in _SIGNS},
    **dict.fromkeys("─━═╌╍┄┅┈┉╴╶╸╺", "-"),
    **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻▏▎▍▌▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("▁▂▃▄▅▆▇▔▀", " "),  # the ends of a scrollbar's thumb, less than a cell
    **dict.fromkeys("█▉▊▋■", "#"),
    **dict.fromkeys("▸▶►❯›→»", ">"),
    **dict.fromkeys("◂◀◄‹←«", "<"),
    **dict.fromkeys("▾▼↓", "v"),
    **dict.fromkeys("▴▲↑", "^"),
    **dict.fromkeys("•●○◦", "*"),
    **dict.fromkeys("↪↳", "\\"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    "…": "~",
    "–": "-",
    "—": "-",
    "×": "x",
    "µ": "u",
    "\u00a0": " ",
}
"""One character each, of one cell each."""

NO_TWIN = "?"


def in_ascii(text: str) -> list[tuple[str, bool]]:
    """`text` in ASCII, as pieces, each with whether it stands for something else; never wider nor narrower."""
    pieces: list[tuple[str, bool]] = []
    for character in text:
        twin = character if character.isascii() else TWINS.get(character)
        shown, stands_out = (NO_TWIN * width(character), True) if twin is None else (twin, False)
        if pieces and pieces[-1][1] is stands_out:
            pieces[-1] = (pieces[-1][0] + shown, stands_out)
        elif shown:
            pieces.append((shown, stands_out))
    return pieces
