"""The themes, and the one way from text to a widget: whatever a view forgot, nothing foreign gets past here.

No other module of the interface makes a `Content`, a `Text`, a `Segment` or a `Strip` of words; a test holds that.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip
from textual.theme import Theme

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.glyphs import in_ascii
from cloudops_tui.presentation.lines import Line
from cloudops_tui.tui.palette import DARK, LIGHT, Palette, own_names, palette_of, palettes, styles

__all__ = ["DARK", "LIGHT", "Palette", "own_names", "palette_of", "palettes"]

# --- themes ----------------------------------------------------------------------------------------------------------


OURS = "cloudops-"
"""What the name of a theme of ours begins with, for Textual, which has others."""

ANSI_THEME = Theme(
    name="cloudops-ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "quiet": "ansi_default",
        "faint": "ansi_default",
        "cursor": "ansi_default",
        "title": "ansi_cyan",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "scrollbar": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
    },
)
"""The terminal's own sixteen colours on its own ground; also what stands where there is no colour at all."""


def look_of(name: str) -> str:
    """What the configuration calls a theme of ours."""
    return name.removeprefix(OURS)


def textual_theme(name: str, palette: Palette | None) -> Theme:
    """What Textual and our stylesheets need to know of a theme; None is the one of the terminal's own colours."""
    if palette is None:
        return ANSI_THEME
    return Theme(
        name=f"{OURS}{name}",
        primary=palette.running,
        secondary=palette.title,
        accent=palette.review,
        warning=palette.waiting,
        error=palette.failed,
        success=palette.ok,
        foreground=palette.ink,
        background=palette.ground,
        surface=palette.raised,
        panel=palette.raised,
        dark=palette.dark,
        variables={
            **own_names(palette),
            "input-cursor-background": palette.ink,
            "input-cursor-foreground": palette.ground,
            "input-selection-background": palette.cursor,
            "scrollbar": palette.faint,
            "scrollbar-background": palette.raised,
        },
    )


_worn: Mapping[str, Style] = styles(DARK)


def wear(palette: Palette | None) -> None:
    """From now on `style` follows this theme; None is the one of the terminal's own colours."""
    global _worn
    _worn = styles(palette)


def worn() -> Mapping[str, Style]:
    """The styles of the theme that is worn."""
    return _worn


def style(name: str) -> Style:
    """The style of that name under the theme that is worn; an unknown name is a mistake of ours and raises KeyError."""
    return _worn[name]


# --- from text to a widget -------------------------------------------------------------------------------------------


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
    segments = [Segment(safe_line(span.text), _over(base, style(span.style))) for span in line]
    return Strip(segments).adjust_cell_length(width, base).simplify()


def _over(base: Style, look: Style) -> Style:
    """A span's style on its place's. A row in reverse video has one colour: another would be a ground, not ink."""
    if not base.reverse:
        return base + look
    return base + Style(bold=look.bold, underline=look.reverse)


class AsciiOnly(LineFilter):
    """The last look at a line where nothing beyond ASCII arrives: what Textual draws by itself, and what data holds."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Each sign by its twin; one that has none stands out as `?`, so that nobody takes it for what it is not."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [piece for segment in segments for piece in _ascii_pieces(segment)]


def _ascii_pieces(segment: Segment) -> list[Segment]:
    look = segment.style or Style()
    return [
        Segment(safe_line(shown), look + _worn["mark"] if stands_out else segment.style, segment.control)
        for shown, stands_out in in_ascii(segment.text)
    ]
