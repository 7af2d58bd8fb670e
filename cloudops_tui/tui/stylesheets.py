"""Where the stylesheets lie, inside the installed package or beside it in a clone, and how often they are parsed."""

from __future__ import annotations

from pathlib import Path, PurePath

from textual.css.stylesheet import Stylesheet

_PACKAGE = Path(__file__).resolve().parent.parent


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
    """A stylesheet that is parsed anew only when its variables are others.

    Textual parses everything again whenever the theme is said, twice before the first picture, and once for each
    screen that is opened after that.
    """

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._is_of_others = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take them; what has been parsed with the same stays."""
        if variables != self._variables:
            super().set_variables(variables)
            self._is_of_others = True

    def reparse(self) -> None:
        """Parse what was added since; all of it, where the variables are others."""
        if self._is_of_others:
            super().reparse()
            self._is_of_others = False
        elif self._require_parse:
            self.parse()
