"""Who may load what: the import contracts, and the same promises seen at run time."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.source import PURE, ROOT, dotted, modules

WORLD = ("sqlite3", "textual", "rich", "botocore", "boto3", "aiobotocore", "aioboto3", "aiosqlite")
LOOPS = ("asyncio", "subprocess", "ssl")
ADAPTERS = tuple(f"cloudops_tui.{name}" for name in ("tui", "executors", "storage", "sources", "cli", "bootstrap"))

IMPORT_ONE_BY_ONE = """
import importlib, json, sys

names, forbidden = json.loads(sys.argv[1])
loaded, offenders = set(), {}
for name in names:
    importlib.import_module(name)
    if new := set(forbidden) & set(sys.modules) - loaded:
        offenders[name] = sorted(new)
        loaded |= new
print(json.dumps(offenders))
"""

ASK_FOR_EVERY_NAME = """
import json, sys
import cloudops_tui

for name in cloudops_tui.__all__:
    getattr(cloudops_tui, name)
print(json.dumps(sorted({"textual", "rich", "cloudops_tui.tui"} & set(sys.modules))))
"""


def offenders(names: list[str], forbidden: tuple[str, ...]) -> object:
    """What a fresh interpreter loads of the forbidden, by the module whose import brought it."""
    return json.loads(in_fresh_interpreter("-c", IMPORT_ONE_BY_ONE, json.dumps([names, forbidden])).stdout)


def in_fresh_interpreter(*arguments: str) -> subprocess.CompletedProcess[str]:
    child = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert child.returncode == 0, child.stderr
    return child


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_loads_neither_loop_nor_world(package: str) -> None:
    names = [dotted(path) for path in modules(package)]

    assert offenders(names, WORLD + LOOPS + ADAPTERS) == {}


def test_the_engine_loads_no_adapter_and_no_library_of_one() -> None:
    names = [dotted(path) for path in modules("engine")]

    assert offenders(names, WORLD + ADAPTERS) == {}


def test_the_package_itself_loads_nothing_but_itself() -> None:
    assert offenders(["cloudops_tui"], WORLD + LOOPS + ADAPTERS) == {}


def test_no_public_name_brings_the_terminal_interface_along() -> None:
    assert json.loads(in_fresh_interpreter("-c", ASK_FOR_EVERY_NAME).stdout) == []


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_a_short_answer_is_given_before_anything_heavy_is_loaded(option: str) -> None:
    child = in_fresh_interpreter("-X", "importtime", "-m", "cloudops_tui", option)

    loaded = {line.rpartition("|")[2].strip() for line in child.stderr.splitlines()}
    assert "click" in loaded, "the list of loaded modules was not written"
    assert loaded.isdisjoint({*WORLD, "pydantic", "cloudops_tui.tui", "cloudops_tui.executors", "cloudops_tui.storage"})
    assert child.stdout.strip()


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"

    child = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert child.returncode == 0, child.stdout + child.stderr
