"""One dark theme, and the one way from text to a widget: whatever a view forgot, nothing foreign gets past here.

No other module of the interface makes a `Content`, a `Text`, a `Segment` or a `Strip` of words; a test holds that.
"""

from __future__ import annotations

from functools import cache

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.strip import Strip
from textual.theme import Theme

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line

GROUND = "#10141b"
RAISED = "#18202b"
CURSOR = "#24364f"
INK = "#d3dae5"
QUIET = "#8592a6"
FAINT = "#5c687a"
OK = "#86c78b"
FAILED = "#f27e7a"
RUNNING = "#79b3f2"
WAITING = "#e2b55f"
REVIEW = "#f0d06c"
UNKNOWN = "#f29c5f"
TITLE = "#a9c7ee"

OWN_NAMES = {"quiet": QUIET, "faint": FAINT, "cursor": CURSOR, "title": TITLE}
"""What our stylesheets name beside the theme's own; defined under every theme."""

DARK = Theme(
    name="cloudops-dark",
    primary=RUNNING,
    secondary=TITLE,
    accent=REVIEW,
    warning=WAITING,
    error=FAILED,
    success=OK,
    foreground=INK,
    background=GROUND,
    surface=RAISED,
    panel=RAISED,
    dark=True,
    variables={
        **OWN_NAMES,
        "input-cursor-background": INK,
        "input-cursor-foreground": GROUND,
        "input-selection-background": CURSOR,
        "scrollbar": FAINT,
        "scrollbar-background": RAISED,
    },
)

_STYLES = {
    "": Style(),
    "ok": Style(color=OK),
    "failed": Style(color=FAILED, bold=True),
    "running": Style(color=RUNNING),
    "waiting": Style(color=WAITING),
    "review": Style(color=REVIEW, bold=True),
    "quiet": Style(color=QUIET),
    "faint": Style(color=FAINT),
    "unknown": Style(color=UNKNOWN, bold=True),
    "title": Style(color=TITLE, bold=True),
    "strong": Style(bold=True),
    "danger": Style(color=FAILED, bold=True, reverse=True),
    "caution": Style(color=WAITING, bold=True),
    "key": Style(color=TITLE, bold=True),
    "mark": Style(reverse=True),
    "added": Style(color=OK),
    "removed": Style(color=FAILED),
    "active": Style(color=TITLE, bold=True, reverse=True),
}


@cache
def style(name: str) -> Style:
    """The style of that name; an unknown name is a mistake of ours and raises KeyError."""
    return _STYLES[name]


def words(foreign: str) -> Content:
    """Text for whatever Textual takes as `Content`: a label, a button, a title. Literal, whatever it says."""
    return Content(safe_line(foreign))


def text(line: Line) -> Text:
    """A view's line for a widget that takes Rich's text."""
    shown = Text(no_wrap=True, end="")
    for span in line:
        shown.append(safe_line(span.text), style(span.style))
    return shown


def block(lines: tuple[Line, ...] | list[Line]) -> Text:
    """Several lines for a widget that takes Rich's text."""
    return Text("\n").join(text(line) for line in lines)


def cells(foreign: str, look: Style) -> Strip:
    """Text in the terminal's cells, as long as it is."""
    return Strip([Segment(safe_line(foreign), look)])


def strip(line: Line, width: int, base: Style) -> Strip:
    """A view's line in exactly `width` cells on the style of its place."""
    segments = [Segment(safe_line(span.text), base + style(span.style)) for span in line]
    return Strip(segments).adjust_cell_length(width, base).simplify()
