"""Where the stylesheets lie: inside the installed package, or beside it in a clone."""

from __future__ import annotations

from pathlib import Path, PurePath

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
