"""The colours, by theme and by the name of a style; of Rich only what is loaded in a moment, of Textual nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from cloudops_tui.model.settings import ThemeSettings


@dataclass(frozen=True)
class Palette:
    """The colours of a theme that writes them out."""

    ground: str
    raised: str
    cursor: str
    ink: str
    quiet: str
    faint: str
    title: str
    ok: str
    failed: str
    running: str
    waiting: str
    review: str
    unknown: str
    dark: bool = True


DARK = Palette(
    ground="#10141b",
    raised="#18202b",
    cursor="#24364f",
    ink="#d3dae5",
    quiet="#8592a6",
    faint="#5c687a",
    title="#a9c7ee",
    ok="#86c78b",
    failed="#f27e7a",
    running="#79b3f2",
    waiting="#e2b55f",
    review="#f0d06c",
    unknown="#f29c5f",
)

LIGHT = Palette(
    ground="#fbfbf8",
    raised="#eef0ee",
    cursor="#cfe0f6",
    ink="#1d242e",
    quiet="#515c6d",
    faint="#7a8494",
    title="#1f4577",
    ok="#17692b",
    failed="#ad1f1a",
    running="#0f549c",
    waiting="#7d5000",
    review="#6e5300",
    unknown="#964300",
    dark=False,
)

_ANSI_STYLES = {
    "": Style(),
    "ok": Style(color="green"),
    "failed": Style(color="red", bold=True),
    "running": Style(color="cyan"),
    "waiting": Style(color="yellow"),
    "review": Style(color="yellow", bold=True),
    "quiet": Style(),
    "faint": Style(dim=True),
    "unknown": Style(color="magenta", bold=True),
    "title": Style(color="cyan", bold=True),
    "strong": Style(bold=True),
    "danger": Style(color="red", bold=True, reverse=True),
    "caution": Style(color="yellow", bold=True),
    "key": Style(color="cyan", bold=True),
    "mark": Style(reverse=True),
    "added": Style(color="green"),
    "removed": Style(color="red"),
    "active": Style(bold=True, reverse=True),
    "cursor": Style(reverse=True),
}


def palette_of(settings: ThemeSettings) -> Palette:
    """A theme from the configuration."""
    given = {name: value for name, value in settings.model_dump(exclude={"base"}).items() if value is not None}
    return replace(LIGHT if settings.base == "light" else DARK, **given)


def palettes(configured: Mapping[str, ThemeSettings]) -> dict[str, Palette]:
    """Every theme that writes its colours out, by name."""
    return {"dark": DARK, "light": LIGHT} | {name: palette_of(one) for name, one in configured.items()}


def own_names(palette: Palette = DARK) -> dict[str, str]:
    """What our stylesheets name beside the theme's own; defined under every theme."""
    return {name: value for name, value in asdict(palette).items() if name in ("quiet", "faint", "cursor", "title")}


@cache
def styles(palette: Palette | None) -> Mapping[str, Style]:
    """Every style by its name; None is the theme of the terminal's own colours."""
    if palette is None:
        return _ANSI_STYLES
    return {
        "": Style(),
        "ok": Style(color=palette.ok),
        "failed": Style(color=palette.failed, bold=True),
        "running": Style(color=palette.running),
        "waiting": Style(color=palette.waiting),
        "review": Style(color=palette.review, bold=True),
        "quiet": Style(color=palette.quiet),
        "faint": Style(color=palette.faint),
        "unknown": Style(color=palette.unknown, bold=True),
        "title": Style(color=palette.title, bold=True),
        "strong": Style(bold=True),
        "danger": Style(color=palette.failed, bold=True, reverse=True),
        "caution": Style(color=palette.waiting, bold=True),
        "key": Style(color=palette.title, bold=True),
        "mark": Style(reverse=True),
        "added": Style(color=palette.ok),
        "removed": Style(color=palette.failed),
        "active": Style(color=palette.title, bold=True, reverse=True),
        "cursor": Style(bgcolor=palette.cursor),
    }
