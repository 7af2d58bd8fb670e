"""Each stylesheet belongs to one module and begins with its owner."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, STYLES, tree

SHEETS = sorted(path for kind in ("screens", "widgets") for path in (STYLES / kind).glob("*.tcss"))


def test_the_application_has_its_own_sheet() -> None:
    assert (STYLES / "app.tcss").is_file()


def test_no_sheet_lies_where_none_belongs() -> None:
    assert sorted(STYLES.rglob("*.tcss")) == sorted([STYLES / "app.tcss", *SHEETS])


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.relative_to(STYLES)))
def test_a_sheet_styles_the_module_of_the_same_name(sheet: Path) -> None:
    module = PACKAGE / "tui" / sheet.parent.name / f"{sheet.stem}.py"

    assert module.is_file(), f"`{sheet.relative_to(ROOT)}` has no `{module.relative_to(ROOT)}`"
    assert _owner(sheet) in {node.name for node in ast.walk(tree(module)) if isinstance(node, ast.ClassDef)}


def _owner(sheet: Path) -> str:
    """The first selector's type, past comments and variables."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"^\s*\$[\w-]+\s*:[^;]*;", "", text, flags=re.M)
    found = re.search(r"\w+", text)
    return found[0] if found else ""
