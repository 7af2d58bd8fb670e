"""What the program imports is what it declares, and the lock knows only the public index."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from typing import Any
from urllib.parse import urlsplit

from tests.architecture.source import PACKAGE, ROOT, modules, walked

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

BROUGHT_ALONG = {
    "pydantic_core": "pydantic",
    "botocore": "aioboto3",
    "aiobotocore": "aioboto3",
    "s3transfer": "boto3",
    "dateutil": "botocore",
}
"""Libraries that a declared one pins exactly or is made of, so that a bound of our own could only disagree."""


def test_every_library_the_program_imports_is_a_declared_dependency() -> None:
    declared = set(map(_name, PROJECT["dependencies"]))
    demo = declared | set(map(_name, PROJECT["optional-dependencies"]["demo"]))
    distributions = packages_distributions()

    undeclared = {
        f"{path} imports {library}"
        for path, library in _libraries()
        if _normal(BROUGHT_ALONG.get(library, "")) not in declared
        and not {_normal(name) for name in distributions.get(library, [library])}
        & (demo if "embedded_aws" in path else declared)
    }

    assert undeclared == set()


def test_the_lock_names_only_the_public_index() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())

    sources = {source for package in lock["package"] for source in package["source"].items()}
    archives = {
        urlsplit(archive["url"]).hostname
        for package in lock["package"]
        for archive in [*package.get("wheels", []), *([package["sdist"]] if "url" in package.get("sdist", {}) else [])]
    }

    assert len({kind for kind, _ in sources}) == 2
    assert {value for kind, value in sources if kind == "editable"} == {"."}
    assert {urlsplit(value).hostname for kind, value in sources if kind == "registry"} == {"py" + "pi.org"}
    assert archives == {"files.python" + "hosted.org"}


def test_the_lock_holds_every_declared_dependency() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    locked = {package["name"] for package in lock["package"]}
    extras = [name for extra in PROJECT["optional-dependencies"].values() for name in extra]

    assert set(map(_name, [*PROJECT["dependencies"], *extras])) - locked == set()


def _libraries() -> Iterator[tuple[str, str]]:
    """Third-party packages by the file that imports them, wherever in the file that is."""
    for path in modules():
        for node in walked(path):
            match node:
                case ast.Import(names=names):
                    imported = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module), level=0):
                    imported = [module]
                case _:
                    continue
            for name in imported:
                library = name.partition(".")[0]
                if library not in sys.stdlib_module_names and library != PACKAGE.name:
                    yield str(path.relative_to(ROOT)), library


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return _normal(found[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
