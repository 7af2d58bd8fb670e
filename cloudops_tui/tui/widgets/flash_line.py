"""The row above the keys: what was just told, until it fades."""

from __future__ import annotations

from rich.text import Text
from textual.timer import Timer

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import BLANK, Line, Span, cut_line, line
from cloudops_tui.tui import theme
from cloudops_tui.tui.widgets.one_line import OneLine

SHOWN_FOR = 8.0  # seconds; area 4 keeps what fades here

_STYLES = {"info": "ok", "warning": "caution", "error": "failed"}


class FlashLine(OneLine):
    """Says one thing for a while."""

    _fading: Timer | None = None
    _resting: Line = BLANK
    _saying = False

    def say(self, text: str, kind: str = "info") -> None:
        """Show `text`; `kind` is `info`, `warning` or `error`."""
        if self._fading is not None:
            self._fading.stop()
        self._saying = True
        self.show(line(" ", Span(safe_line(text), _STYLES[kind])))
        self._fading = self.set_timer(SHOWN_FOR, self.clear)

    def keep(self, text: str, kind: str = "info") -> None:
        """Show `text` until something else is said."""
        self.say(text, kind)
        if self._fading is not None:
            self._fading.stop()

    def render(self) -> Text:
        """What does not fit is seen to be cut off; area 4 keeps the whole."""
        return theme.text(cut_line(self.line, self.size.width))

    def clear(self) -> None:
        """Say nothing more, but for what lasts."""
        if self._fading is not None:
            self._fading.stop()
        self._saying = False
        self.show(self._resting)

    def rest(self, said: Line) -> None:
        """What stands here for as long as nothing else is said."""
        if said != self._resting:
            self._resting = said
            if not self._saying:
                self.show(said)
