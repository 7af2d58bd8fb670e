"""How the screen is drawn here: how many colours, which theme, which glyphs; and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cloudops_tui.model.settings import AUTO, UiSettings

NONE, SIXTEEN, MANY, ALL = "none", "16", "256", "truecolor"
"""How many colours are sent."""

COLOR_SYSTEMS = {NONE: "standard", SIXTEEN: "standard", MANY: "256", ALL: "truecolor"}
"""What Textual calls them, in `TEXTUAL_COLOR_SYSTEM`."""

TRUECOLOR = ("truecolor", "24bit")
COLOURLESS = ("-m", "-mono")
WITHOUT_UTF8 = ("linux", "vt100", "vt102", "vt220", "vt320")
"""Consoles whose font or decoder has nothing beyond ASCII that we could count on."""
COERCED = "C.UTF-8"
"""What Python itself writes into LC_CTYPE where the locale is C; the terminal has not said so."""


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why, in words for `doctor`."""

    value: str
    why: str


@dataclass(frozen=True)
class Appearance:
    """How the screen is drawn."""

    theme: Choice
    colors: Choice
    """`none`, `16`, `256` or `truecolor`."""
    glyphs: Choice
    """`unicode` or `ascii`."""

    @property
    def colourless(self) -> bool:
        """Weights alone: bold, dim, underline, reverse."""
        return self.colors.value == NONE

    @property
    def ascii_only(self) -> bool:
        """Nothing beyond ASCII is sent."""
        return self.glyphs.value == "ascii"

    @property
    def color_system(self) -> str:
        """For `TEXTUAL_COLOR_SYSTEM`."""
        return COLOR_SYSTEMS[self.colors.value]


def appearance(
    ui: UiSettings, environ: Mapping[str, str], encoding: str | None, *, utf8_mode: bool = False
) -> Appearance:
    """The choice for this terminal. `encoding` is standard error's; `utf8_mode` says that Python forces UTF-8."""
    colors = colors_here(ui.color, environ)
    return Appearance(theme_here(ui.theme, colors), colors, glyphs_here(ui.glyphs, environ, encoding, utf8_mode))


def colors_here(wanted: str, environ: Mapping[str, str]) -> Choice:
    """How many colours; a setting wins over NO_COLOR, as no-color.org asks."""
    match wanted:
        case "never":
            return Choice(NONE, "`color` is `never`")
        case "16" | "256":
            return Choice(wanted, f"`color` is `{wanted}`")
        case "always":
            found = _colors_of_terminal(environ)
            return found if found.value != NONE else Choice(SIXTEEN, "`color` is `always`")
    if environ.get("NO_COLOR"):
        return Choice(NONE, "NO_COLOR is set")
    return _colors_of_terminal(environ)


def _colors_of_terminal(environ: Mapping[str, str]) -> Choice:
    term, claimed = environ.get("TERM", ""), environ.get("COLORTERM", "")
    if term.endswith(COLOURLESS):
        return Choice(NONE, f"TERM={term}")
    if claimed.strip().lower() in TRUECOLOR:
        return Choice(ALL, f"COLORTERM={claimed}")
    if term.endswith("-direct"):
        return Choice(ALL, f"TERM={term}")
    if "256" in term or "kitty" in term:
        return Choice(MANY, f"TERM={term}")
    return Choice(SIXTEEN, f"TERM={term}" if term else "TERM is not set")


def theme_here(wanted: str, colors: Choice) -> Choice:
    """Which theme: what was asked for, or what this many colours can draw."""
    if colors.value == NONE:
        return Choice("ansi", f"no colours: {colors.why}")
    if wanted != AUTO:
        return Choice(wanted, f"`theme` is `{wanted}`")
    if colors.value == SIXTEEN:
        return Choice("ansi", f"16 colours, the terminal's own: {colors.why}")
    return Choice("dark", f"{colors.value} colours: {colors.why}")


def glyphs_here(wanted: str, environ: Mapping[str, str], encoding: str | None, utf8_mode: bool) -> Choice:
    """ASCII where the terminal does not speak UTF-8."""
    if wanted != AUTO:
        return Choice(wanted, f"`glyphs` is `{wanted}`")
    if environ.get("TERM", "") in WITHOUT_UTF8:
        return Choice("ascii", f"TERM={environ['TERM']}")
    if not _is_utf8(encoding or ""):
        return Choice("ascii", f"standard error is {encoding or 'of no known encoding'}")
    name, locale = _locale(environ, utf8_mode)
    if not _is_utf8(locale.partition(".")[2].partition("@")[0] or locale):
        return Choice("ascii", f"{name}={locale}" if locale else "no locale is set (LANG, LC_ALL, LC_CTYPE)")
    return Choice("unicode", f"{name}={locale}")


def _locale(environ: Mapping[str, str], utf8_mode: bool) -> tuple[str, str]:
    """The variable that decides about characters, and what it says; not what Python put there by itself."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environ.get(name, "")
        if value and not (name == "LC_CTYPE" and utf8_mode and value == COERCED):
            return name, value
    return "LANG", ""


def _is_utf8(name: str) -> bool:
    return name.lower().replace("-", "").replace("_", "") == "utf8"


def theme_problem(wanted: str, names: Collection[str], near: str | None) -> str | None:
    """Why no theme of that name can be drawn, with the remedy; None where one can."""
    if wanted in names:
        return None
    meant = f"did you mean `{near}`? " if near else ""
    return f"No theme is called `{wanted}`; {meant}There are {', '.join(f'`{name}`' for name in names)}"
