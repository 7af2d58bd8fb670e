"""Panes side by side: which has the focus, and which stands alone."""

from __future__ import annotations

from textual.screen import Screen
from textual.widget import Widget

ALONE = "-zoomed"
FACTS = "-facts"
"""The class of a screen that has room for what the decision hangs on."""


def zoom(screen: Screen[object]) -> None:
    """The pane with the focus alone, and back."""
    panes = list(screen.query("#panes > *"))
    zoomed = screen.has_class(ALONE)
    for pane in panes:
        pane.set_class(not zoomed and pane is screen.focused, "-zoom")
    screen.set_class(not zoomed and screen.focused in panes, ALONE)


def turn(screen: Screen[object], by: int) -> None:
    """The next pane, or the one before; zoomed, that one alone."""
    panes = [pane for pane in screen.query("#panes > *") if pane.id != "facts" or screen.has_class(FACTS)]
    at = next((place for place, pane in enumerate(panes) if pane is screen.focused), -by if by > 0 else 0)
    chosen = panes[(at + by) % len(panes)]
    if screen.has_class(ALONE):
        for pane in panes:
            pane.set_class(pane is chosen, "-zoom")
    chosen.focus()


def hidden(screen: Screen[object], pane: Widget) -> bool:
    """Another pane stands alone."""
    return screen.has_class(ALONE) and not pane.has_class("-zoom")
