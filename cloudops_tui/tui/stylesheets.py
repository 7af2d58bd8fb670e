"""Where the stylesheets lie, inside the installed package or beside it in a clone, and how often they are parsed."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

SOURCES = 512
"""More than there are stylesheets and widgets."""

_PACKAGE = Path(__file__).resolve().parent.parent
_PARSED: dict[tuple[tuple[str, str], ...], LRUCache[tuple[Any, ...], list[RuleSet]]] = {}
"""By the variables that a theme gives: rules are read only, and few themes are worn in one process."""


def folder() -> Path:
    """The folder of all sheets. An editable install has no `styles` in the package; the clone has it beside."""
    packaged = _PACKAGE / "styles"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "styles"


def sheets() -> list[str | PurePath]:
    """Every sheet, absolute: a relative path would be resolved against whichever class names it."""
    found = folder()
    return [
        found / "app.tcss",
        *sorted((found / "widgets").glob("*.tcss")),
        *sorted((found / "screens").glob("*.tcss")),
    ]


class ParsedOnce(Stylesheet):
    """A stylesheet of which each source is parsed once for the same variables, whoever asks.

    Textual parses everything again whenever the theme is said, twice before the first picture, and once for each
    screen that is opened after that: it remembers 64 sources, and we have more.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._parse_cache = _parsed_with(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take them; what has been parsed with the same stays."""
        if variables != self._variables:
            self._parse_cache = LRUCache(1)  # which is what is emptied, not the one that others share
            super().set_variables(variables)
            self._parse_cache = _parsed_with(variables)
            self._require_parse = True

    def reparse(self) -> None:
        """Parse what was not parsed with these variables."""
        if self._require_parse:
            self.parse()


def _parsed_with(variables: dict[str, str]) -> LRUCache[tuple[Any, ...], list[RuleSet]]:
    return _PARSED.setdefault(tuple(sorted(variables.items())), LRUCache(SOURCES))
