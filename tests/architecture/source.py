"""The project's own files, as the rules about them need to see them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cloudops_tui"
STYLES = ROOT / "styles"

PURE = ("model", "policy", "state", "presentation")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(path for name in sorted(filter(None, listed.split("\0"))) if (ROOT / (path := Path(name))).is_file())


@cache
def modules(folder: str = "") -> tuple[Path, ...]:
    """The program's Python files, or those of one of its packages."""
    return tuple(sorted((PACKAGE / folder).rglob("*.py")))


def dotted(path: Path) -> str:
    """The name under which a Python file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def walked(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file; a dozen rules look at them."""
    return tuple(ast.walk(tree(path)))


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of every module in these packages, with the file it stands in."""
    for folder in folders:
        for path in modules(folder):
            for node in walked(path):
                yield path, node


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
